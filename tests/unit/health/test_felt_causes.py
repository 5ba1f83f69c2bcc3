"""An edit and a program that keep people from an application while everything answers: told as a cause, with people."""

from dataclasses import replace

import pytest

from nornir_tasks.core.verdict import Rule
from nornir_tasks.health.causes import Cause, CauseKind
from nornir_tasks.health.configuration_cuts import ConfigurationCut
from nornir_tasks.health.diagnosis import describe_incident
from nornir_tasks.health.felt_causes import explains, find_felt_causes, join_felt
from nornir_tasks.health.incident import Incident, Urgency
from nornir_tasks.health.server_check import PortAnswer
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.names import find_serving_hosts
from nornir_tasks.model.services import PortRange
from nornir_tasks.reachability.outage import CutOff

POSITION = Position({"loppa": Stage.RETIRE, "hasvik": Stage.RETIRE})
CORE = "loppa-core-01"
ROW = "+ ip access-list extended ZONE-110 / deny tcp any host 10.17.92.31"


@pytest.fixture(scope="module")
def region() -> Region:
    """The inventory's."""
    return load_region()


def list_hosts(region: Region, name: str = "mail") -> tuple[str, ...]:
    """Where an application of Loppa's runs."""
    home = region.municipalities["loppa"]
    return find_serving_hosts(region, home, home.applications[name], POSITION)


def answer_all(region: Region, state: str, name: str = "mail") -> list[PortAnswer]:
    """What both halves say of every port of an application."""
    ports = [PortRange.parse(port) for port in region.municipalities["loppa"].applications[name].ports]
    return [
        PortAnswer(asker, host, str(region.servers[host].address.ip), port.first, state)
        for asker in ("centre-logs-01", "centre-logs-02")
        for host in list_hosts(region, name)
        for port in ports
        if port.protocol == "tcp"
    ]


def judge(
    region: Region,
    cuts: tuple[ConfigurationCut, ...] = (),
    answers: tuple[PortAnswer, ...] | list[PortAnswer] = (),
    silent: tuple[str, ...] = (),
) -> list[Incident]:
    """The incidents."""
    return join_felt(region, (), find_felt_causes(region, POSITION, cuts, answers, silent))


def test_where_everybody_answers_there_is_no_cause(region: Region) -> None:
    assert judge(region, answers=answer_all(region, "open")) == []
    assert judge(region) == []


def test_one_edit_is_one_cause_whatever_it_cuts(region: Region) -> None:
    """Two groups lose two applications by one row: one incident, with all of them."""
    home = region.municipalities["loppa"]
    group, other = list(home.user_groups)[:2]
    cuts = tuple(
        ConfigurationCut(CutOff("loppa", name, site, people, application, "deny"), (CORE,), (ROW,))
        for name in (group, other)
        for site, people in list(home.user_groups[name].sites.items())[:1]
        for application in ("mail", "directory")
    )
    (incident,) = judge(region, cuts)
    assert incident.urgency is Urgency.CUT_OFF
    assert (incident.causes[0].kind, incident.causes[0].subject) == (CauseKind.CONFIGURATION, CORE)
    assert {loss.group for loss in incident.losses} == {home.user_groups[name].label for name in (group, other)}
    line = describe_incident(region, incident)
    assert line.startswith(f"{CORE} runs what is not meant: {ROW}. ")
    assert "lose " in line
    assert "First: See who changed it" in line
    assert "docs/runbooks/application-way.md" in line


def test_two_edits_that_only_together_cut_people_off_are_one_cause(region: Region) -> None:
    """Nothing is silent because of them: the second is told, and not folded."""
    cut = ConfigurationCut(
        CutOff("loppa", "office", "loppa-radhus", 40, "mail", "deny"), (CORE, "loppa-acc-01"), (ROW,)
    )
    (incident,) = judge(region, (cut,))
    assert incident.folded == ()
    assert f"{ROW}, an edit of loppa-acc-01, too" in describe_incident(region, incident)


def test_a_program_that_has_stopped_hits_all_its_users(region: Region) -> None:
    """Its hosts are there: they refuse, or are logged in to."""
    home = region.municipalities["loppa"]
    (incident,) = judge(region, answers=answer_all(region, "refused"))
    assert (incident.causes[0].kind, incident.causes[0].subject) == (CauseKind.APPLICATION, "loppa/mail")
    assert incident.losses
    users = [user for user in home.applications["mail"].users if "/" not in user]
    people = sum(sum(home.user_groups[user].sites.values()) for user in users)
    assert incident.people >= people > 0
    line = describe_incident(region, incident)
    host = list_hosts(region)[0]
    assert line.startswith(f"{home.applications['mail'].label} of Loppa does not answer at tcp/")
    assert f"of {host}" in line
    assert "First: On its host" in line


def test_a_program_on_a_server_that_is_silent_is_no_cause_of_its_own(region: Region) -> None:
    assert judge(region, answers=answer_all(region, "silent"), silent=list_hosts(region)) == []


def test_a_host_that_nobody_asked_may_serve(region: Region) -> None:
    """And one of two that does is enough."""
    first, second = list_hosts(region, "directory")
    answers = answer_all(region, "refused", "directory")
    assert judge(region, answers=[answer for answer in answers if answer.host == first]) == []
    (incident,) = judge(region, answers=answers)
    assert incident.causes[0].subject == "loppa/directory"
    (incident,) = judge(region, answers=answers, silent=(second,))
    assert all(first in words for words in incident.causes[0].detail)
    opened = [answer for answer in answer_all(region, "open", "directory") if answer.host == second]
    assert judge(region, answers=[*answers, *opened]) == []


def test_an_application_whose_hosts_share_its_ports_is_whole(region: Region) -> None:
    """The file server answers at one, the print server at the other."""
    answers = [
        replace(answer, state="open" if (answer.host == "loppa-file-01") is (answer.port == 445) else "refused")
        for answer in answer_all(region, "refused", "file_print")
    ]
    assert {answer.state for answer in answers} == {"open", "refused"}
    assert judge(region, answers=answers) == []


@pytest.mark.parametrize(
    ("cause", "check", "expected", "is_explained"),
    [
        (Cause(CauseKind.CONFIGURATION, CORE, detail=(ROW,)), "application-way", "", True),
        (Cause(CauseKind.CONFIGURATION, CORE, detail=("+ shutdown",)), "application-way", "", False),
        (Cause(CauseKind.APPLICATION, "loppa/mail"), "application", "", True),
        (Cause(CauseKind.APPLICATION, "loppa/maps"), "application", "", False),
        (Cause(CauseKind.SERVER, "loppa-app-03"), "application", "Mail at tcp/993 of loppa-app-03", True),
        (Cause(CauseKind.SERVER, "loppa-hv-01", folded=("loppa-app-03",)), "application", "of loppa-app-03", True),
        (Cause(CauseKind.SERVER, "loppa-app-0"), "application", "Mail at tcp/993 of loppa-app-03", False),
        (Cause(CauseKind.SERVER, "app-03"), "application-hosts", "Mail at tcp/993 of loppa-app-03", False),
        (Cause(CauseKind.OURSELVES, ""), "application", "Mail at tcp/993 of loppa-app-03", False),
        (Cause(CauseKind.SERVER, "loppa-app-03"), "host", "an answer of loppa-app-03", False),
    ],
)
def test_what_a_cause_says_already_is_not_told_again(
    cause: Cause, check: str, expected: str, is_explained: bool
) -> None:
    verdict = Rule(check).failed("loppa/mail", expected, f"deny; on {CORE} differs: {ROW}")
    assert explains(cause, verdict) is is_explained


def test_the_most_people_come_first_among_all(region: Region) -> None:
    """Beside an incident that hits nobody."""
    other = Incident((Cause(CauseKind.MANAGEMENT, "loppa-acc-01"),))
    felt = find_felt_causes(region, POSITION, (), answer_all(region, "refused"), ())
    assert join_felt(region, [other], felt)[-1] is other
