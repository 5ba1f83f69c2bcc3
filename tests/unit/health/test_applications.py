"""Who loses an application by what switches run, and by which line; and who answers for it. On the real region."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.core.verdict import Status, Verdict
from nornir_tasks.health.applications import ApplicationObservation, examine_applications
from nornir_tasks.health.check import load_checks
from nornir_tasks.health.configuration_cuts import ConfigurationCut, find_configuration_cuts
from nornir_tasks.health.server_check import PortAnswer
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reachability.intended import Intended
from nornir_tasks.reachability.outage import OutageProof

HOMES = ("loppa", "operations_centre")
POSITION = Position({"loppa": Stage.RETIRE})
CORE = "loppa-core-01"
MAIL = "loppa/mail"


@pytest.fixture(scope="module")
def region() -> Region:
    """The inventory's."""
    return load_region()


@pytest.fixture(scope="module")
def intended(region: Region) -> Intended:
    """Loppa and the centre, as the standard says."""
    devices = (device for name in HOMES for device in region.of(name))
    return Intended({device.name: render(device, POSITION, region) for device in devices}, POSITION)


@pytest.fixture(scope="module")
def proof(region: Region, intended: Intended) -> OutageProof:
    """By that."""
    return OutageProof(region, POSITION, intended.texts)


def find(region: Region, intended: Intended, proof: OutageProof, **others: str) -> list[ConfigurationCut]:
    """The cuts by what some switches run instead."""
    running = {name.replace("_", "-"): text for name, text in others.items()}
    return find_configuration_cuts(region, intended, {**intended.texts, **running}, proof)


def find_row(text: str, start: str) -> str:
    """The first row that begins so."""
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_what_is_meant_cuts_nobody_off(region: Region, intended: Intended, proof: OutageProof) -> None:
    """Nor does an edit that changes no way: a name, a description."""
    text = intended.texts[CORE]
    assert find(region, intended, proof) == []
    assert find(region, intended, proof, loppa_core_01=f"snmp-server location Elsewhere\n{text}") == []


def test_a_row_that_somebody_has_put_in_is_named_with_its_switch(
    region: Region, intended: Intended, proof: OutageProof
) -> None:
    """Beside an edit elsewhere on the same switch, which is innocent, and one on another switch."""
    text, other = intended.texts[CORE], intended.texts["loppa-acc-02"]
    target = region.servers[region.municipalities["loppa"].applications["mail"].all_hosts[-1]].address.ip
    entry = find_row(text, "permit")
    number = text.splitlines().index(entry)
    lines = text.splitlines()
    row = f" deny tcp any host {target}"
    while not lines[number].startswith("ip access-list"):
        number -= 1
    edited = "\n".join([*lines[: number + 1], row, *lines[number + 1 :]]) + "\n"
    edited = edited.replace("hostname loppa-core-01", "hostname loppa-core-99")
    cuts = find(region, intended, proof, loppa_core_01=edited, loppa_acc_02=f"no cdp run\n{other}")
    assert cuts
    assert {cut.switches for cut in cuts} == {(CORE,)}
    assert all(any("deny tcp any host" in line and line.startswith("+") for line in cut.lines) for cut in cuts)
    assert not any("hostname" in line for cut in cuts for line in cut.lines)
    assert all("deny" in cut.cut.cause for cut in cuts)


def test_a_gateway_that_is_gone_is_named(region: Region, intended: Intended, proof: OutageProof) -> None:
    """Everybody of its zone at the site loses everything; the block is told, and no other."""
    text = intended.texts[CORE]
    vlan = next(zone.vlan for name, zone in region.of("loppa")[0].standard.zones.items() if name == "administration")
    edited = text.replace(f"interface Vlan{vlan}\n", f"interface Vlan{vlan}\n shutdown\n")
    assert edited != text
    cuts = find(region, intended, proof, loppa_core_01=edited)
    assert {cut.cut.home for cut in cuts} == {"loppa"}
    assert {cut.lines for cut in cuts} == {(f"+ interface Vlan{vlan} / shutdown",)}


def test_a_municipality_of_which_no_legacy_is_known_is_not_judged(
    region: Region, intended: Intended, proof: OutageProof
) -> None:
    """Whatever runs there is the old network."""
    unknown = replace(intended, unknown=(CORE,))
    assert find_configuration_cuts(region, unknown, {CORE: "hostname old\n"}, proof) == []


# --- the checks


def context(region: Region, position: Position = POSITION) -> Any:
    """An errand without a journal."""
    journal = SimpleNamespace(position=lambda: position)
    return cast(Any, SimpleNamespace(region=region, journal=journal, snapshot=lambda name: None))


def answer(host: str, state: str, port: int = 443, asker: str = "centre-logs-01") -> PortAnswer:
    """What one server says of another's port."""
    return PortAnswer(asker, host, "10.17.92.30", port, state)


def judge(region: Region, check: str, **more: Any) -> list[Verdict]:
    """The verdicts of a check on an application of two hosts."""
    record = region.municipalities["loppa"].applications["mail"].model_copy(update={"ports": ("tcp/443", "udp/500")})
    observation = ApplicationObservation(region, MAIL, record, ("one", "two"))
    checks = load_checks("applications")
    return next(each for each in checks if each.name == check).run(replace(observation, **more))


def test_every_check_of_applications_is_known() -> None:
    assert [check.name for check in load_checks("applications")] == [
        "application-way", "application", "application-hosts",
    ]  # fmt: skip


def test_an_application_that_answers_on_each_host() -> None:
    region = load_region()
    (verdict,) = judge(region, "application", answers=(answer("one", "open"), answer("two", "open")))
    assert verdict.status is Status.PASSED
    assert verdict.subject == MAIL


@pytest.mark.parametrize(
    ("check", "states", "status", "words"),
    [
        ("application", {"one": "refused", "two": "open"}, "passed", ""),
        (
            "application-hosts",
            {"one": "refused", "two": "open"},
            "failure",
            "at one of tcp/443 of one, actual: refused",
        ),
        ("application", {"one": "silent", "two": "silent"}, "failure", "of one, two, actual: no answer, asked from"),
        ("application-hosts", {"one": "silent", "two": "silent"}, "passed", ""),
        ("application-hosts", {"one": "open", "two": "open"}, "passed", ""),
        ("application-hosts", {"one": "open"}, "skipped", "is let to ask two"),
    ],
)
def test_one_host_of_several_is_less_urgent(
    check: str, states: dict[str, str], status: str, words: str, region: Region
) -> None:
    """Each is told by one check alone."""
    (verdict,) = judge(region, check, answers=tuple(answer(host, state) for host, state in states.items()))
    assert verdict.status == status
    assert words in verdict.text


def test_a_host_that_answers_one_of_two_halves_is_not_silent(region: Region) -> None:
    answers = (answer("one", "silent"), answer("one", "open", asker="centre-logs-02"), answer("two", "open"))
    (verdict,) = judge(region, "application", answers=answers)
    assert verdict.passed


def test_nobody_who_asks_is_no_answer(region: Region) -> None:
    (verdict,) = judge(region, "application")
    assert verdict.status is Status.SKIPPED


def test_whoever_is_cut_off_is_told_with_people_and_line(
    region: Region, intended: Intended, proof: OutageProof
) -> None:
    """And what was not read is named, where nothing is wrong by the rest."""
    vlan = next(zone.vlan for name, zone in region.of("loppa")[0].standard.zones.items() if name == "administration")
    text = intended.texts[CORE].replace(f"interface Vlan{vlan}\n", f"interface Vlan{vlan}\n shutdown\n")
    given = {"position": POSITION, "municipalities": ["loppa"], "intended": intended, "proof": proof}
    examination = examine_applications(context(region), {CORE: text}, **given)  # type: ignore[arg-type]
    (first, *_) = [verdict for verdict in examination.verdicts if verdict.status is Status.FAILURE]
    assert first.rule.name == "application-way"
    assert "shutdown" in first.text
    assert " people) to reach " in first.text
    assert "scripts/drift_audit.py" in first.advice
    well = examine_applications(context(region), {CORE: intended.texts[CORE]}, **given)  # type: ignore[arg-type]
    ways = [verdict for verdict in well.verdicts if verdict.rule.name == "application-way" and verdict.passed]
    assert ways
    assert all("were not read" in verdict.text for verdict in ways)
    none = examine_applications(context(region), {}, **given)  # type: ignore[arg-type]
    assert {v.status for v in none.verdicts} == {Status.SKIPPED}


def test_a_configuration_that_cannot_be_read_is_no_fault_of_the_application(
    region: Region, intended: Intended, proof: OutageProof
) -> None:
    garbage = f"{intended.texts[CORE]}no more\n"  # behind its end
    given = {"position": POSITION, "municipalities": ["loppa"], "intended": intended, "proof": proof}
    examination = examine_applications(context(region), {CORE: garbage}, **given)  # type: ignore[arg-type]
    ways = [verdict for verdict in examination.verdicts if verdict.rule.name == "application-way"]
    assert {verdict.status for verdict in ways} == {Status.SKIPPED}
