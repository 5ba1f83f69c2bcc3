"""A port moves to another VLAN, and the lab's own record tells what that does to those who are plugged in there.

The same move three times: by the product; by somebody who types it and bounces no port; by the product on a switch
whose links do not go down. And who stays silent afterwards, within the budget and beyond it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nornir_tasks.migration.gates import GateError
from nornir_tasks.migration.propose import propose_stage
from nornir_tasks.model import Device, Legacy, Stage
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.targets import client_probe
from tests.support.loppa_in_lab import Loppa

PILOT = ("loppa-acc-03", "loppa-acc-04")  # EOS and ProCurve
LONG, SHORT = 28800, 600  # seconds; what the old DHCP server lends for before and after somebody shortens it
EOS_LINES = ("interface Ethernet1-16", "switchport access vlan {}")
PROCURVE_LINES = ("vlan {}", "untagged 1-16")
MOST = 15.0  # seconds that a client may be without an application while its own port moves
PCS = {  # of the pilot's switches; none of them has a typed-in address
    "loppa-acc-03": ("hogtun-skole-pc-001", "hogtun-skole-pc-002", "hogtun-skole-pc-003", "hogtun-skole-pc-004"),
    "loppa-acc-04": ("hogtun-skole-pc-016", "hogtun-skole-pc-017", "hogtun-skole-pc-018", "hogtun-skole-pc-019"),
}


@pytest.fixture
def harmonised(loppa: Loppa, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loppa]:
    """At HARMONISE; addresses are lent for a short time, nobody has one typed in by a test, and the record is empty."""
    monkeypatch.setattr(client_probe, "PATIENCE_SECONDS", 10.0)  # a link takes two
    original = loppa.context
    loppa.lab.client.visit(*(name for names in PCS.values() for name in names))
    while loppa.stage() > Stage.HARMONISE:
        assert loppa.undo().done
    if loppa.stage() < Stage.HARMONISE:
        assert loppa.to(Stage.HARMONISE).done
    lend(loppa, SHORT)
    yield loppa
    loppa.context = original


def lend(loppa: Loppa, seconds: float) -> None:
    """Let the old network lend for so long, and all renew, so that each has such a lease, a part of it gone."""
    loppa.lab.client.lease("loppa", seconds)
    loppa.lab.client.skip(LONG + LONG / 8)
    loppa.lab.client.record(reset=True)


def find_waits(loppa: Loppa, lease: float) -> dict[str, float]:
    """When each PC at the school's ports asks for more time: half of its lease is left then. In seconds from now."""
    stations = loppa.lab.client.stations()
    rows = [row for row in stations if row["switch"] in PILOT and row["kind"] == "pc" and row["port"] <= 16]
    return {row["name"]: float(row["lease"].split()[1]) - lease / 2 for row in rows}


def list_outages(loppa: Loppa) -> list[dict[str, Any]]:
    """What the lab has recorded of Loppa: each station and each application that it was without."""
    applications = loppa.lab.client.record("loppa")["municipalities"]["loppa"]["applications"]
    return [row for application in applications.values() for row in application["worst"]]


def find_longest(rows: list[dict[str, Any]], *switches: str) -> float:
    """The longest time that somebody who asks for an address there was without an application, in seconds."""
    return max((row["longest"] for row in rows if row["switch"] in switches and not row["typed"]), default=0.0)


def find_stations(loppa: Loppa, *names: str) -> list[str]:
    """Stations, as the product must tell them: by port, MAC and the address that they have."""
    devices = loppa.context.region.devices
    rows = {row["name"]: row for row in loppa.lab.client.stations()}
    return [
        f"{devices[rows[name]['switch']].port(rows[name]['port']).name} {rows[name]['mac']} {rows[name]['address']}"
        for name in names
    ]


def change_policies(loppa: Loppa, **values: object) -> None:
    """Let Loppa's devices have these policies, as its own file would."""
    region = loppa.context.region
    changed: dict[str, Device] = {
        device.name: device.model_copy(update={"standard": device.standard.model_copy(update=values)})
        for device in region.of("loppa")
    }
    devices = {name: changed.get(name, device) for name, device in region.devices.items()}
    loppa.context = replace(loppa.context, region=region.model_copy(update={"devices": devices}))


def change_legacy(loppa: Loppa, **values: object) -> None:
    """Let the inventory say this of the leases of Loppa's old network."""
    region = loppa.context.region
    municipality = region.municipalities["loppa"]
    assert isinstance(municipality.legacy, Legacy)
    assert municipality.legacy.dhcp is not None
    dhcp = municipality.legacy.dhcp.model_copy(update=values)
    legacy = municipality.legacy.model_copy(update={"dhcp": dhcp})
    changed = region.municipalities | {"loppa": municipality.model_copy(update={"legacy": legacy})}
    loppa.context = replace(loppa.context, region=region.model_copy(update={"municipalities": changed}))


def is_lease_gate_open(loppa: Loppa) -> bool:
    """Whether the gate about leases lets the pilot begin."""
    verdicts = propose_stage(loppa.context, "loppa", Stage.PILOT).verdicts
    return next(verdict.passed for verdict in verdicts if verdict.rule.name == "leases")


def test_long_leases_shut_the_gate_unless_the_policy_is_another(harmonised: Loppa) -> None:
    """By the record: too long, or not for long enough. Nothing is written. Whoever means it raises the policy."""
    before = harmonised.lab.client.digests()
    assert is_lease_gate_open(harmonised)
    since = datetime.now(UTC)
    change_legacy(harmonised, since=since - timedelta(seconds=LONG - 600))
    assert not is_lease_gate_open(harmonised)
    change_legacy(harmonised, since=since - timedelta(seconds=LONG + 600))
    assert is_lease_gate_open(harmonised)
    change_legacy(harmonised, lease_seconds=LONG)
    with pytest.raises(GateError, match=r"leases: Expected an old network that lends for at most 900 s .*28800 s"):
        harmonised.start(harmonised.approve(harmonised.plan(Stage.PILOT)))
    assert harmonised.lab.client.digests() == before
    change_policies(harmonised, move_lease_seconds=LONG)
    assert is_lease_gate_open(harmonised)


def test_the_product_bounces_and_people_wait_for_seconds(harmonised: Loppa) -> None:
    """Long leases are none of its clients' concern: their links go down. All others notice nothing."""
    lend(harmonised, LONG)
    result = harmonised.to(Stage.PILOT)
    assert (result.done, result.notices) == (True, ())
    rows = list_outages(harmonised)
    assert {row["station"] for names in PCS.values() for row in rows if row["station"] in names}
    assert 0 < find_longest(rows, *PILOT) <= MOST
    assert not [row for row in rows if row["switch"] not in PILOT or row["now"]]


@pytest.mark.parametrize("seconds", [LONG, SHORT])
def test_by_hand_without_a_bounce_people_wait_for_half_of_their_lease(harmonised: Loppa, seconds: float) -> None:
    """Typed at both switches' ports of the school: the last one follows when half of its lease has gone, not before."""
    lend(harmonised, seconds)
    client = harmonised.lab.client
    before = client.digests()
    client.skip(max(find_waits(harmonised, seconds).values()) + 1)  # at least one has just renewed
    client.record(reset=True)
    waits = find_waits(harmonised, seconds)
    school = harmonised.context.region.devices[PILOT[0]].standard.zones["school"].vlan
    for switch, lines in zip(PILOT, (EOS_LINES, PROCURVE_LINES), strict=True):
        client.edit(switch, *(line.format(school) for line in lines), "exit")
    client.skip(seconds / 2 + 5)
    rows = list_outages(harmonised)
    assert not [row for row in rows if row["now"] or row["switch"] not in PILOT]
    for switch, names in PCS.items():
        longest = {row["station"]: row["longest"] for row in rows if row["switch"] == switch}
        assert longest.keys() >= set(names)
        assert longest == {name: pytest.approx(waits[name], abs=5) for name in longest}
    assert find_longest(rows, *PILOT) > seconds / 3
    client.edit(PILOT[0], *(line.format(20) for line in EOS_LINES), "shutdown", "no shutdown")
    client.edit(PILOT[1], *(line.format(20) for line in PROCURVE_LINES), "exit", "interface 1-16", "disable", "enable")
    assert client.digests() == before


def test_links_that_do_not_go_down_are_noticed_by_the_clients_silence(
    harmonised: Loppa, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The product's own move, its bounce taken away: it goes back, and tells who was without. Nothing is left."""
    lend(harmonised, LONG)
    before = harmonised.lab.client.digests()
    told = {name: find_stations(harmonised, *names) for name, names in PCS.items()}
    monkeypatch.setattr(Session, "bounce", lambda *words, **more: None)
    plan = harmonised.approve(harmonised.plan(Stage.PILOT))
    result = harmonised.run(harmonised.start(plan))
    assert {name: result.outcomes[name] for name in PILOT} == dict.fromkeys(PILOT, "reverted")
    for name, clients in told.items():
        message = next(message for message in result.messages if name in message)
        assert "to have an address where they are now" in message
        assert all(client in message for client in clients), message
    rows = list_outages(harmonised)
    assert find_longest(rows, *PILOT) > client_probe.PATIENCE_SECONDS
    assert not [row for row in rows if row["now"]]
    assert harmonised.lab.client.digests() == before


def test_a_silent_client_within_the_budget_is_told_and_the_change_goes_on(harmonised: Loppa) -> None:
    """By port, MAC and last address, in the notices; it is without its applications until somebody goes there."""
    name = PCS[PILOT[0]][0]
    (client,) = find_stations(harmonised, name)
    assert harmonised.lab.client.keep(name) == [name]
    result = harmonised.to(Stage.PILOT)
    assert result.done
    assert result.notices == (f"{PILOT[0]}: silent {client}",)
    rows = list_outages(harmonised)
    assert {row["station"] for row in rows if row["now"]} == {name}
    assert 0 < find_longest(rows, *PILOT) <= MOST
    assert harmonised.lab.client.visit(name) == [name]
    assert not [row for row in list_outages(harmonised) if row["now"]]


def test_a_switch_over_the_budget_goes_back_and_follows_once_somebody_was_there(harmonised: Loppa) -> None:
    """Each silent client is named; on the other switch of the wave, which had none, the change stays."""
    before = harmonised.lab.client.digests()
    names = PCS[PILOT[0]]
    clients = find_stations(harmonised, *names)
    assert harmonised.lab.client.keep(*names) == list(names)
    result = harmonised.run(harmonised.start(harmonised.approve(harmonised.plan(Stage.PILOT))))
    assert not result.done
    assert [result.outcomes[name] for name in PILOT] == ["reverted", "changed"]
    message = next(message for message in result.messages if PILOT[0] in message)
    assert f"silent since: {'; '.join(clients)}" in message
    assert harmonised.stage() == Stage.HARMONISE
    assert harmonised.lab.client.digests()[PILOT[0]] == before[PILOT[0]]
    harmonised.lab.client.skip(60)  # in the old network no port has portfast: its spanning tree takes 30 s
    assert not [row for row in list_outages(harmonised) if row["now"]]
    harmonised.lab.client.visit(*names)
    assert harmonised.to(Stage.PILOT).done
    assert harmonised.stage() == Stage.PILOT


def test_waves_over_the_budget_stop_those_that_have_not_begun(harmonised: Loppa) -> None:
    """One silent client lets its wave pass and the next begin; a second one is more than the share of both waves."""
    assert harmonised.to(Stage.PILOT).done
    change_policies(harmonised, silent_clients_percent=2)
    names = ("oksfjord-helsesenter-pc-001", "bergsfjord-skole-pc-001")
    clients = find_stations(harmonised, *names)
    assert harmonised.lab.client.keep(*names) == list(names)
    before = harmonised.lab.client.digests()
    result = harmonised.run(harmonised.start(harmonised.approve(harmonised.plan(Stage.CUTOVER))))
    moved = ["loppa-acc-05", "loppa-acc-06", "loppa-acc-07", "loppa-acc-08"]
    assert not result.done
    assert list(result.changed) == moved
    waiting = ["loppa-core-01", "loppa-acc-01", "loppa-acc-02"]
    assert {result.outcomes[name] for name in waiting} == {"not begun"}
    now = harmonised.lab.client.digests()
    assert [now[name] for name in waiting] == [before[name] for name in waiting]
    told = [line for line in harmonised.told if "the change has stopped: 2 of " in line]
    assert told
    words = f"2 % may: loppa-acc-05 {clients[0]}; loppa-acc-06 {clients[1]}"
    assert all(words in line for line in told), told
