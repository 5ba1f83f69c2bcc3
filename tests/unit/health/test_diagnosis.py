"""The words of a verdict: the cause first, whom it hits, what to do; a row for each way that something can be wrong."""

import pytest

from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.diagnosis import advise, describe_folded, describe_incident
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.what_if import GroupLoss, Weakened
from nornir_tasks.inventory.load import load_region
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.reachability.bridging import PortEnd

REGION = load_region()
CLOSED = "closed by hand"
UPLINKS = (
    DarkCable(PortEnd("alta-leaf-01", "Ethernet7"), PortEnd("loppa-core-01", "GigabitEthernet1/0/23"), "no light"),
    DarkCable(
        PortEnd("hammerfest-leaf-01", "Ethernet7"), PortEnd("loppa-core-01", "GigabitEthernet1/0/24"), CLOSED, True
    ),
)
SCHOOL = (DarkCable(PortEnd("loppa-core-01", "GigabitEthernet1/0/2"), PortEnd("loppa-acc-03", "Ethernet25")),)
INSIDE = (
    DarkCable(PortEnd("loppa-core-01", "GigabitEthernet1/0/1"), PortEnd("loppa-acc-01", "GigabitEthernet1/0/49")),
)
LOST = GroupLoss("Loppa", "Nurses and doctors", "Øksfjord helsesenter", 48, ("Patient record",), (), "why")

LINES = [
    (
        Cause(CauseKind.OURSELVES, ""),
        "Nothing answers, the centre's own neither: it is the way from this machine. First: Look at this machine's own",
    ),
    (
        Cause(CauseKind.CABLE, "loppa-core-01", UPLINKS),
        "Loppa: both lines to the centre are down: alta-leaf-01 Ethernet7 (no light), Ishavslinjen IL-1701; "
        "hammerfest-leaf-01 Ethernet7 (closed by hand), Kystfiber Finnmark KF-1702. First: hammerfest-leaf-01 "
        "Ethernet7 is closed by hand: find out why, then open it again.",
    ),
    (
        Cause(CauseKind.CABLE, "loppa-core-01", UPLINKS[:1]),
        "Loppa: a line to the centre is down: alta-leaf-01 Ethernet7 (no light), Ishavslinjen IL-1701. First: Call "
        "Ishavslinjen (contract IL-1701), with the time it began.",
    ),
    (
        Cause(CauseKind.CABLE, "loppa-acc-01", INSIDE),
        "loppa-acc-01 (Loppa rådhus): the cable to it is down: loppa-core-01 GigabitEthernet1/0/1. First: Look at the "
        "cable and the optics at both ends.",
    ),
    (
        Cause(CauseKind.CABLE_OR_POWER, "loppa-acc-03", SCHOOL),
        "loppa-acc-03 (Høgtun skole): no power, or its line is down: loppa-core-01 GigabitEthernet1/0/2, Kystfiber "
        "Finnmark KF-1703. First: Ask somebody there whether the switch's lamps are lit: if not, it is its power.",
    ),
    (
        Cause(CauseKind.POWER, "loppa-core-01", UPLINKS),
        "loppa-core-01 (Loppa rådhus) has no power, or all of its lines are down: ",
    ),
    (
        Cause(CauseKind.SITE, "hammerfest-leaf-01", UPLINKS),
        " is dark from all sides. First: Ask whether the place has power",
    ),
    (
        Cause(CauseKind.HANGS, "loppa-acc-03", fault=LoginFault.HANGS),
        "loppa-acc-03 (Høgtun skole) hangs: its link is up, and nothing comes through it. First: Have its plug pulled",
    ),
    (
        Cause(CauseKind.MANAGEMENT, "loppa-acc-03"),
        "loppa-acc-03 (Høgtun skole) does not answer. First: Ask whether people there can work",
    ),
    (
        Cause(CauseKind.ENTRY, "loppa-acc-03", fault=LoginFault.OTHER_KEY, folded=("a", "b")),
        "loppa-acc-03 (Høgtun skole) and 2 more cannot be looked into: another key. First: It shows another key",
    ),
    (Cause(CauseKind.SERVER, "loppa-db-01"), "loppa-db-01 does not answer. First: Look at its console"),
    (
        Cause(CauseKind.SERVER, "loppa-hv-01", SCHOOL),
        "loppa-hv-01 has no link at loppa-core-01 GigabitEthernet1/0/2. First: ",
    ),
    (
        Cause(CauseKind.CONFIGURATION, "loppa-core-01", detail=("+ interface Vlan110 / shutdown",)),
        "loppa-core-01 runs what is not meant: + interface Vlan110 / shutdown. First: See who changed it",
    ),
    (
        Cause(CauseKind.APPLICATION, "loppa/mail", detail=("tcp/993 of loppa-app-03",)),
        " of Loppa does not answer at tcp/993 of loppa-app-03. First: On its host: see systemctl status",
    ),
]


@pytest.mark.parametrize(("cause", "line"), LINES, ids=[f"{cause.kind} {cause.subject}" for cause, _ in LINES])
def test_the_line_of_a_cause(cause: Cause, line: str) -> None:
    assert line in describe_incident(REGION, Incident((cause,)))


def test_every_kind_has_its_line_and_its_advice() -> None:
    assert {cause.kind for cause, _ in LINES} == set(CauseKind)
    assert all(advise(REGION, cause) for cause, _ in LINES)


def test_whom_it_hits_stands_between_the_cause_and_the_advice() -> None:
    weakened = Weakened("Loppa: lines to the centre", "loppa-core-01 to alta-leaf-01", 2)
    line = describe_incident(REGION, Incident((LINES[8][0],), (LOST,), (weakened,)))
    assert line.startswith(
        "loppa-acc-03 (Høgtun skole) does not answer. 48 people at 1 site of Loppa lose Patient record. Loppa: lines "
        "to the centre: loppa-core-01 to alta-leaf-01 is left of 2. First: "
    )


def test_causes_that_belong_together_are_told_in_one_line() -> None:
    names = tuple(Cause(CauseKind.SERVER, f"centre-names-0{half}") for half in (1, 2))
    assert describe_incident(REGION, Incident(names, (LOST,))).startswith(
        "centre-names-01 does not answer; centre-names-02 does not answer. 48 people "
    )


def test_what_is_folded_has_its_number_and_a_few_names() -> None:
    silent = Incident((Cause(CauseKind.POWER, "x", folded=tuple(f"acc-{number}" for number in range(11))),))
    assert describe_folded(silent) == (
        "11 devices silent because of it: acc-0, acc-1, acc-2, acc-3, acc-4, acc-5, acc-6, acc-7 and 3 more"
    )
    shut = Incident((Cause(CauseKind.ENTRY, "x", fault=LoginFault.WRONG_PASSWORD, folded=("acc-1",)),))
    assert describe_folded(shut) == "the same with acc-1"
