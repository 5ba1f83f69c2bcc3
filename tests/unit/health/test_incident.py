"""What causes mean for people, on the real region at retire: who comes first, and what belongs together."""

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.health.causes import Cause, CauseKind
from nornir_tasks.health.incident import Incident, Urgency, judge_causes
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.outage import NO_LINK, NO_POWER, Outage, OutageProof

HOMES = ("loppa", "hasvik", "operations_centre")
POSITION = Position(dict.fromkeys(HOMES[:2], Stage.RETIRE))


@pytest.fixture(scope="module")
def region() -> Region:
    """The inventory's."""
    return load_region()


@pytest.fixture(scope="module")
def proof(region: Region) -> OutageProof:
    """Everything as the standard says."""
    devices = (device for name in HOMES for device in region.of(name))
    return OutageProof(region, POSITION, {device.name: render(device, POSITION, region) for device in devices})


def power(name: str) -> Cause:
    """A switch without power."""
    return Cause(CauseKind.POWER, name, outage=Outage(switches={name: NO_POWER}))


def cable(device: str, port: str) -> Cause:
    """A cable without a link."""
    return Cause(CauseKind.CABLE, device, outage=Outage(cables={PortEnd(device, port): NO_LINK}))


def server(name: str) -> Cause:
    """A server that does not answer."""
    return Cause(CauseKind.SERVER, name, outage=Outage(servers={name: "does not answer"}))


def judge(region: Region, proof: OutageProof, *causes: Cause) -> list[Incident]:
    """The incidents."""
    return judge_causes(region, POSITION, proof, causes)


def test_nothing_is_nothing(region: Region, proof: OutageProof) -> None:
    assert judge(region, proof) == []


def test_the_most_people_come_first_whatever_the_names_and_the_order(region: Region, proof: OutageProof) -> None:
    """A school, a health centre, one of two lines, and a switch that nobody gets into."""
    school, health = power("loppa-acc-08"), power("loppa-acc-05")
    port = next(
        port.name
        for port in region.devices["hasvik-core-01"].ports
        if port.neighbour and port.neighbour.kind == "routed"
    )
    line = cable("hasvik-core-01", port)
    entry = Cause(CauseKind.ENTRY, "alta-acc-01", fault=LoginFault.WRONG_PASSWORD)
    for causes in ((entry, line, school, health), (health, school, line, entry)):
        incidents = judge(region, proof, *causes)
        assert [incident.causes for incident in incidents] == [(health,), (school,), (line,), (entry,)]
        assert [incident.urgency for incident in incidents] == [
            Urgency.CUT_OFF, Urgency.CUT_OFF, Urgency.UNPROTECTED, Urgency.UNSEEN,
        ]  # fmt: skip
        assert [incident.people for incident in incidents] == [52, 39, 0, 0]


def test_two_that_only_together_cut_people_off_are_one_incident(region: Region, proof: OutageProof) -> None:
    """Both name servers; the school without power beside them is another one, and has its own people."""
    names, school = (server("centre-names-01"), server("centre-names-02")), power("loppa-acc-08")
    first, second = judge(region, proof, school, *names)
    assert first.causes == names
    assert first.urgency is Urgency.CUT_OFF
    assert second.causes == (school,)
    assert {loss.site for loss in second.losses} == {"Nuvsvåg skole"}
    assert "Nuvsvåg skole" not in {loss.site for loss in first.losses}  # they have lost it already


def test_each_of_two_lines_alone_is_a_protection_that_is_gone(region: Region, proof: OutageProof) -> None:
    lines = [cable("loppa-core-01", f"GigabitEthernet1/0/{number}") for number in (23, 24)]
    (one,) = judge(region, proof, lines[0])
    assert one.urgency is Urgency.UNPROTECTED
    assert [each.left for each in one.weakened] == ["loppa-core-01 to hammerfest-leaf-01"]
    (both,) = judge(region, proof, *lines)
    assert (both.urgency, both.causes, both.people) == (Urgency.CUT_OFF, tuple(lines), 307)


def test_a_cause_that_cuts_off_alone_stays_when_it_is_part_of_more(region: Region, proof: OutageProof) -> None:
    """The core of Loppa takes all; of what is beside it nothing is left to lose there."""
    incidents = judge(region, proof, power("loppa-core-01"), power("loppa-acc-05"))
    assert [(incident.causes[0].subject, incident.people) for incident in incidents] == [
        ("loppa-core-01", 307),
        ("loppa-acc-05", 52),
    ]
