"""The matrix of services, and whom a change would cut off: on the sample region, as its templates render it."""

from collections.abc import Mapping
from functools import lru_cache

import pytest

from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import read_switches, render_intended
from nornir_tasks.reachability.service_losses import ServiceLoss, Step, find_service_losses
from nornir_tasks.reachability.service_matrix import ServiceAnswer, ServiceProof
from nornir_tasks.reachability.service_questions import ServiceQuestion, list_homes, list_questions
from nornir_tasks.reachability.way import Outcome
from nornir_tasks.reports.services_matrix import LOST, REACHED, UNUSED, make_matrix
from tests.support.forwarding_region import region

CORE, SCHOOL = "loppa-core-01", "loppa-acc-03"


@lru_cache
def standard_texts() -> Mapping[str, str]:
    """What every switch of interest runs at retire."""
    where = Position(dict.fromkeys(region().municipalities, Stage.RETIRE))
    return render_intended(region(), where, list_homes(region(), "loppa"), lambda name: None).texts


RETIRED = Position({"loppa": Stage.RETIRE, "alta": Stage.RETIRE})


def prove(texts: Mapping[str, str]) -> list[ServiceAnswer]:
    """All answers of Loppa."""
    forwarding = Forwarding(read_switches(region(), texts))
    return list(ServiceProof(region(), RETIRED, forwarding, "loppa").answer(list_questions(region(), "loppa")))


def find_losses(device: str, text: str) -> list[ServiceLoss]:
    """What gets worse when one switch of the standard changes."""
    return find_service_losses(region(), "loppa", standard_texts(), RETIRED, [Step(device, text, RETIRED)])


def without(device: str, line: str, *, within: str = "") -> str:
    """A switch's configuration without a line, below a section if one is named."""
    lines = standard_texts()[device].splitlines()
    start = lines.index(within) if within else 0
    del lines[lines.index(line, start)]
    return "\n".join(lines) + "\n"


def test_at_the_standard_everybody_reaches_what_they_use_and_nothing_else() -> None:
    """Every question of a municipality, of both kinds, is answered as its records want it."""
    answers = prove(standard_texts())
    assert [answer for answer in answers if not answer.is_right] == []
    assert {answer.question.wanted for answer in answers} == {True, False}
    matrix = make_matrix(answers, region().municipalities["loppa"])
    rows = {row.name: dict(zip(matrix.columns, row.cells, strict=True)) for row in matrix.applications}
    assert rows["patient_record"] == {
        group: REACHED if group == "care" else UNUSED
        for group in ("office", "technical", "care", "teachers", "pupils", "librarians")
    }
    assert rows["alta/economy"]["office"] == REACHED  # of another municipality
    assert matrix.is_right


def test_questions_name_who_and_why() -> None:
    """People are counted at their site; what is not allowed by any record is asked as well."""
    questions = list_questions(region(), "loppa")
    record = next(question for question in questions if question.what == "patient_record" and question.wanted)
    assert (record.group, record.zone, record.site, record.people) == ("care", "health", "oksfjord-helsesenter", 48)
    forbidden = {(q.zone, q.target, q.port) for q in questions if not q.wanted}
    assert ("guest", "loppa-app-02", "tcp/443") in forbidden
    assert ("school", CORE, "tcp/22") in forbidden
    assert ("health", "loppa-app-02", "tcp/443") not in forbidden
    assert ("administration", "centre-control-01", "tcp/22") in forbidden


def question(zone: str, what: str, wanted: bool) -> ServiceQuestion:
    """The first question of a zone about something."""
    questions = list_questions(region(), "loppa")
    return next(q for q in questions if (q.zone, q.what, q.wanted) == (zone, what, wanted))


@pytest.mark.parametrize(
    ("device", "line", "within", "groups", "what", "words"),
    [
        (
            CORE,
            " permit tcp 10.17.32.0 0.0.7.255 host 10.17.92.31 eq 443",
            "ip access-list extended ZONE-HEALTH-IN",
            {"care"},
            {"patient_record"},
            f"{CORE} Vlan130 in: ZONE-HEALTH-IN: no row permits it",
        ),
        (
            CORE,
            " permit tcp 10.17.92.0 0.0.1.255 any established",
            "ip access-list extended ZONE-SERVERS-IN",
            {"office", "technical", "care", "teachers", "pupils", "librarians"},
            {"case_archive", "patient_record", "mail", "maps", "library", "council"},
            "on the way back: ",
        ),
        (
            SCHOOL,
            "   switchport access vlan 120",
            "interface Ethernet1",
            set(),
            set(),
            "",
        ),
    ],
)
def test_a_line_that_is_missing_hits_those_who_need_it(
    device: str, line: str, within: str, groups: set[str], what: set[str], words: str
) -> None:
    """The user groups and the applications are named, with the list that stops them; a spare port hits nobody else."""
    losses = [loss for loss in find_losses(device, without(device, line, within=within)) if loss.answer.question.people]
    if groups:
        assert {loss.answer.question.group for loss in losses} == groups
        assert what <= {loss.answer.question.what for loss in losses}
        assert all(words in loss.answer.deciding for loss in losses)
        assert all(loss.lasts for loss in losses)
        assert str(losses[0].answer.question.people) in losses[0].judge().text
    else:
        assert all(loss.answer.device == device for loss in losses)


def test_an_entry_that_is_too_wide_opens_what_nobody_should_reach() -> None:
    """The zones behind the list, the host and the row."""
    name = "ip access-list extended ZONE-GUEST-IN"
    text = standard_texts()[CORE].replace(f"{name}\n", f"{name}\n permit ip any any\n")
    losses = find_losses(CORE, text)
    assert losses
    assert {(loss.answer.question.zone, loss.answer.question.wanted) for loss in losses} == {("guest", False)}
    assert {"loppa-app-02", "centre-control-01", "loppa-acc-05"} <= {loss.answer.question.target for loss in losses}
    assert "not to reach" in losses[0].judge().text
    assert "permit ip any any" in losses[0].judge().text


def test_a_loss_between_two_switches_is_found_though_it_mends_itself() -> None:
    """After the first step the school's trunk lacks its VLAN; the second one brings it back."""
    trunk = "   switchport trunk allowed vlan 100,110,120,140,150,160,170,180"
    broken = standard_texts()[SCHOOL].replace(trunk, trunk.replace(",120", ""))
    assert broken != standard_texts()[SCHOOL]
    steps = [Step(SCHOOL, broken, RETIRED), Step(SCHOOL, standard_texts()[SCHOOL], RETIRED)]
    losses = find_service_losses(region(), "loppa", standard_texts(), RETIRED, steps)
    assert {loss.answer.question.zone for loss in losses} == {"school"}
    assert {loss.answer.device for loss in losses} == {SCHOOL, "loppa-acc-04"}  # the other one hangs on it
    assert not any(loss.lasts for loss in losses)
    assert "for a while after" in losses[0].judge().text


def test_what_was_never_reached_is_no_loss() -> None:
    """A change is blamed for what it breaks alone."""
    texts = dict(standard_texts())
    line = " permit tcp 10.17.32.0 0.0.7.255 host 10.17.92.31 eq 443"
    texts[CORE] = without(CORE, line, within="ip access-list extended ZONE-HEALTH-IN")
    steps = [Step(SCHOOL, standard_texts()[SCHOOL], RETIRED)]
    assert find_service_losses(region(), "loppa", texts, RETIRED, steps) == []
    lost = [answer for answer in prove(texts) if not answer.is_right]
    assert {answer.question.what for answer in lost} == {"patient_record"}
    matrix = make_matrix(prove(texts), region().municipalities["loppa"])
    row = next(row for row in matrix.applications if row.name == "patient_record")
    assert row.cells[matrix.columns.index("care")] == LOST
    assert not matrix.is_right
    assert {answer.outcome for answer in matrix.lost} == {Outcome.STOPPED}


def test_homes_are_those_whose_servers_are_used() -> None:
    """Its own, the centre, and Alta, whose payroll it uses."""
    assert isinstance(region(), Region)
    assert list_homes(region(), "loppa") == ["loppa", "operations_centre", "alta"]
