"""What is lost, what never answered and what was not asked: of what a core's zones reach."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from nornir_tasks.core.verdict import Status, Verdict
from nornir_tasks.model import Device
from nornir_tasks.platforms.common.base import Origin, PortState
from nornir_tasks.reachability.service_probes import ServiceProbe, ServiceProbes
from nornir_tasks.targets import service_probe
from nornir_tasks.targets.service_probe import ServiceLook, ask
from nornir_tasks.targets.switch_probe import Baseline
from tests.support import small_region as small

OPEN, REFUSED, SILENT = PortState.OPEN, PortState.REFUSED, PortState.SILENT
DEVICE: Device = small.region().devices["loppa-core-01"]


def probe(host: int = 30, port: int = 443, zone: str = "school", vlan: int = 120) -> ServiceProbe:
    """The question of a zone about a host."""
    return ServiceProbe(
        zones=(zone,),
        vlan=vlan,
        source=f"10.17.{vlan}.1",
        host=f"app-{host}",
        address=f"10.17.92.{host}",
        port=port,
        records=(f"application loppa/{host}",),
    )


@dataclass
class Core:
    """A switch that answers from a table: by address and port, or by address for a ping."""

    states: dict[tuple[str, int], PortState] = field(default_factory=dict)
    pings: dict[str, bool] | None = None
    asked: list[str] = field(default_factory=list)

    def ask_port(self, origin: Origin, address: str, port: int) -> PortState | None:
        """From the table; None: it cannot."""
        self.asked.append(f"{origin.address} {address} {port}")
        return None if self.pings is not None else self.states.get((address, port), SILENT)

    def ping_from(self, origin: Origin, address: str) -> bool | None:
        """From the table; None: it cannot."""
        return (self.pings or {}).get(address)


def session(core: Core) -> Any:
    """A core, as a session."""
    return cast(Any, core)


def judge(core: Core, before: dict[str, str], *probes: ServiceProbe, unasked: tuple[str, ...] = ()) -> list[Verdict]:
    """The verdicts of one look."""
    return ServiceLook(DEVICE, session(core), ServiceProbes(probes, unasked), before).judge()


def test_each_answer_by_its_question() -> None:
    """Ports where the platform asks for them, else pings; what it cannot ask is in no answer."""
    first, second = probe(30), probe(31)
    core = Core({("10.17.92.30", 443): OPEN, ("10.17.92.31", 443): REFUSED})
    assert ask(session(core), [first, second]) == {first.key: "open", second.key: "refused"}
    assert ask(session(Core(pings={"10.17.92.30": True})), [first, second]) == {first.key: "answers"}
    assert ask(session(Core(pings={"10.17.92.31": False})), [first, second]) == {second.key: "silent"}


def test_a_silent_address_is_not_asked_by_every_zone() -> None:
    """Each silence takes seconds; two are enough."""
    core = Core()
    probes = [probe(30, zone=f"zone{vlan}", vlan=vlan) for vlan in range(100, 110)]
    answers = ask(session(core), probes)
    assert [answers[each.key] for each in probes] == ["silent"] * 2 + ["not asked"] * 8
    assert len(core.asked) == 2
    core = Core({("10.17.92.30", 80): REFUSED})
    assert "not asked" not in ask(session(core), [probe(30, 80), *probes]).values()  # it is there: some are not let in


def test_no_question_begins_when_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change waits meanwhile."""
    monkeypatch.setattr(service_probe, "LOOK_SECONDS", -1.0)
    core = Core({("10.17.92.30", 443): OPEN})
    assert ask(session(core), [probe()]) == {}
    assert core.asked == []


def test_all_is_as_before() -> None:
    """And what is not asked is told."""
    one = probe()
    core = Core({("10.17.92.30", 443): OPEN})
    (verdict,) = judge(core, {one.key: "open"}, one, unasked=("common service time",))
    assert verdict.status == Status.PASSED
    assert verdict.text == ("1 of 1 ways to services answer; UDP is not asked: common service time")


def test_what_answered_before_and_does_not_now_fails_and_is_named() -> None:
    """Whom, from which interface, what, and where."""
    one, other = probe(30), probe(31)
    core = Core({("10.17.92.30", 443): REFUSED})
    (verdict,) = judge(core, {one.key: "open", other.key: "refused"}, one, other)
    assert verdict.status == Status.FAILURE
    whom = "school (Vlan120, 10.17.120.1) of loppa to reach application loppa"
    assert verdict.text == (
        f"Expected {whom}/30 at app-30 (10.17.92.30 tcp/443), as before; "
        f"{whom}/31 at app-31 (10.17.92.31 tcp/443), as before, "
        "actual: 10.17.92.30 tcp/443: refused; 10.17.92.31 tcp/443: no answer"
    )


def test_of_many_the_first_are_asked_and_named() -> None:
    """It goes back all the same; each silence takes seconds."""
    probes = [probe(host) for host in range(10, 20)]
    core = Core()
    (verdict,) = judge(core, {each.key: "open" for each in probes}, *probes)
    assert len(core.asked) == 5
    assert verdict.actual.endswith("10.17.92.14 tcp/443: no answer; 5 more were not asked any more")
    refusing = Core({(each.address, 443): REFUSED for each in probes})
    (verdict,) = judge(refusing, {each.key: "open" for each in probes}, *probes)
    assert verdict.actual.endswith("10.17.92.14 tcp/443: refused; and 5 more")


def test_what_did_not_answer_before_is_told_and_is_no_failure() -> None:
    """At an old place that was silent, or at a new one of which nothing is known yet."""
    one, silent, new = probe(30), probe(31), probe(32, vlan=160)
    core = Core({("10.17.92.30", 443): OPEN})
    (verdict,) = judge(core, {one.key: "open", silent.key: "silent"}, one, silent, new)
    assert verdict.passed
    assert verdict.text == (
        "1 of 3 ways to services answer; no answer, as before the change: "
        "school (Vlan120, 10.17.120.1) to application loppa/31 at app-31 (10.17.92.31 tcp/443); "
        "no answer at a new place: "
        "school (Vlan160, 10.17.160.1) to application loppa/32 at app-32 (10.17.92.32 tcp/443)"
    )
    assert core.asked == [one.key, new.key]


def test_what_cannot_be_asked_is_counted() -> None:
    """A platform that asks neither for ports nor from an address."""
    one = probe()
    (verdict,) = judge(Core(pings={}), {}, one)
    assert verdict.text == (
        "0 of 1 ways to services answer; 1 were not asked: no time, a silent host, or a switch that cannot"
    )


def test_what_holds_no_more_is_not_asked() -> None:
    """An old place that has gone with the change."""
    gone, one = probe(30), probe(31)
    core = Core({("10.17.92.31", 443): OPEN})
    (verdict,) = judge(core, {gone.key: "open", one.key: "open"}, one)
    assert verdict.passed
    assert core.asked == [one.key]
    assert judge(core, {gone.key: "open"}) == []


def test_another_look_asks_for_what_is_missing_alone() -> None:
    """Routes take their time; what has been reached stays so."""
    one, late = probe(30), probe(31)
    core = Core({("10.17.92.30", 443): OPEN})
    look = ServiceLook(DEVICE, session(core), ServiceProbes((one, late)), {one.key: "open", late.key: "open"})
    assert not look.judge()[0].passed
    core.states["10.17.92.31", 443] = OPEN
    assert look.judge()[0].passed
    assert core.asked == [one.key, late.key, late.key]


def test_one_that_time_did_not_suffice_for_is_not_taken_for_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must be reached and was not asked in time is no success."""
    monkeypatch.setattr(service_probe, "ask", lambda *asked, **more: {})
    one = probe()
    (verdict,) = judge(Core(), {one.key: "open"}, one)
    assert verdict.status == Status.FAILURE
    assert verdict.actual == "10.17.92.30 tcp/443: not asked"


def test_a_baseline_of_an_older_journal_knows_no_services() -> None:
    """It is read all the same."""
    old = {"neighbours": {"1": ["SW-2", "6"]}, "ports": {"1": True}, "reached": []}
    assert Baseline.from_json(old) == Baseline({"1": ("SW-2", "6")}, {"1": True}, (), {})
    assert Baseline.from_json({**old, "services": {"a b 443": "open"}}).services == {"a b 443": "open"}
