"""A round of health checks as one HTML page that loads nothing from anywhere: on a screen, a phone or paper.

A state is a shape and a word before it is a colour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nornir_tasks.core.language import mark, translate, translate_count
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.templating import render_page
from nornir_tasks.health.causes import CauseKind, DarkCable
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.run_record import RunRecord
from nornir_tasks.reports.application_picture import list_applications
from nornir_tasks.reports.health_report import HealthReport
from nornir_tasks.reports.health_table import FindingGroup, group_findings, list_unseen
from nornir_tasks.reports.municipality_layout import CableLine, Node, Picture, draw_municipality

SHAPES = {
    Urgency.CUT_OFF: "✗",
    Urgency.UNPROTECTED: "◐",
    Urgency.UNSEEN: "?",
    Urgency.LATER: "△",
    Urgency.UNTIDY: "○",
}
WELL, SICK, SILENT, UNSEEN = "standard", "moving", "failed", "legacy"  # shapes of ``topology.svg.j2``
STATES = {  # what a shape means here
    WELL: mark("well"),
    SICK: mark("not well"),
    SILENT: mark("silent"),
    UNSEEN: mark("not looked at"),
}
MOST_LISTED = 20  # subjects of one check that the page lists


@dataclass(frozen=True)
class FindingCard:
    """A finding, or what one check says of several subjects, as the page has it."""

    shape: str
    urgency: str
    css_class: str
    where: str
    lines: Sequence[str]
    impact: str
    advice: str
    folded: str
    notes: Sequence[str]


@dataclass(frozen=True)
class ApplicationState:
    """An application of a municipality: whether a cause cuts people off from it, and how many."""

    label: str
    users: str
    is_lost: bool
    text: str


@dataclass(frozen=True)
class HomeState:
    """A municipality on the page."""

    label: str
    picture: Picture
    applications: Sequence[ApplicationState]


def make_page(report: HealthReport, warnings: Sequence[str] = ()) -> str:
    """The page, as HTML.

    Args:
        report: of the round.
        warnings: what stands above everything: that it is not the present, and why.
    """
    record = report.record
    return render_page(
        "health.html.j2",
        "the health page",
        language=report.language,
        warnings=[make_safe(words) for words in warnings],
        verdict=record.verdict,
        is_healthy=record.is_healthy,
        cards=[_make_card(group) for group in group_findings(record.findings)],
        counts=_list_counts(record),
        unseen=list(list_unseen(record.unseen)),
        homes=list(_list_homes(report)),
        key={state: translate(words) for state, words in STATES.items()},
        checkpoint=report.checkpoint,
        words=_list_words(record),
    )


def _make_card(group: FindingGroup) -> FindingCard:
    first = group.first
    return FindingCard(
        shape=SHAPES[first.urgency],
        urgency=first.urgency.label,
        css_class=first.urgency.name.lower(),
        where=group.where,
        lines=group.list_texts(MOST_LISTED),
        impact=first.impact,
        advice=group.advice,
        folded=first.folded_text,
        notes=first.notes,
    )


def _list_counts(record: RunRecord) -> list[tuple[str, int, bool]]:
    """What is counted, how many, and whether that is as it should be."""
    findings = [(urgency.label, record.count_findings(urgency)) for urgency in Urgency]
    return [
        *((label, count, not count) for label, count in findings),
        (translate("checks that could not tell"), len(record.unseen), not record.unseen),
        (translate("checks passed"), record.counts.passed, True),
    ]


def _list_words(record: RunRecord) -> Mapping[str, str]:
    """The texts of the page itself."""
    return {
        "title": translate("Health of {scope}", scope=record.scope.pattern),
        "asked": translate(
            "{began} to {ended} UTC, {devices}",
            began=f"{record.began:%Y-%m-%d %H:%M:%S}",
            ended=f"{record.ended:%H:%M:%S}",
            devices=translate_count("{count} device", "{count} devices", len(record.scope.subjects)),
        ),
        "found": translate("What is wrong, the most urgent first"),
        "unseen": translate("Not known to be well"),
        "topology": translate("The switches"),
        "applications": translate("What people use"),
        "application": translate("Application"),
        "users": translate("Who"),
        "state": translate("State"),
        "dark": translate("a cable without a link"),
        "cable": translate("a cable"),
        "checkpoint": translate("The journal's last checkpoint when this was written"),
        "made": translate(
            "Made by scripts/health_check.py. What people lose follows from the configurations that the switches are "
            "to run. The page holds no secret and loads nothing from anywhere."
        ),
    }


def _list_homes(report: HealthReport) -> Iterator[HomeState]:
    """The municipalities that were asked for and have a picture, those with something wrong first."""
    region, record = report.region, report.record
    states = _find_states(record)
    dark = [cable for incident in record.incidents for cause in incident.causes for cable in cause.cables]
    homes = dict.fromkeys(region.devices[name].municipality for name in record.scope.subjects)
    drawn = [name for name in homes if any(device.role == "core" for device in region.of(name))]
    drawn.sort(key=lambda name: all(states.get(device.name, WELL) == WELL for device in region.of(name)))
    for name in drawn:
        picture = draw_municipality(region, name, {}, {}, joined=True)
        picture.nodes = [_mark_node(node, states) for node in picture.nodes]
        picture.lines = [_mark_line(line, dark) for line in picture.lines]
        yield HomeState(region.municipalities[name].label, picture, _list_applications(report, name))


def _find_states(record: RunRecord) -> dict[str, str]:
    """The state of each switch that was asked; what an incident says already makes no other switch look unwell."""
    states = dict.fromkeys(record.scope.subjects, WELL)
    states |= {each.subject: UNSEEN for each in record.unseen}
    states |= {finding.subject: SICK for finding in record.findings if not finding.is_incident}
    doors = [cause for incident in record.incidents for cause in incident.causes if cause.kind is CauseKind.ENTRY]
    shut = {name for cause in doors for name in (cause.subject, *cause.folded)}
    reach = (answer[0] for answer in record.answers if answer[0].rule.name == "reachable" and answer[0].is_bad)
    return states | {verdict.subject: SILENT for verdict in reach if verdict.subject not in shut}


def _mark_node(node: Node, states: Mapping[str, str]) -> Node:
    state = states.get(node.name, UNSEEN)
    words = translate(STATES[state])
    return replace(node, state=state, note="" if state == WELL else words, title=f"{node.name}: {words}")


def _mark_line(line: CableLine, dark: Sequence[DarkCable]) -> CableLine:
    """The line; of a cable without a link dashed, and its tooltip says so. A line's title names both of its ends."""
    for cable in dark:
        if any(f"{end.device} {end.port} " in f"{line.title} " for end in (cable.near, cable.far)):
            return replace(line, state="dark", title=f"{line.title}: " + translate("no link"))
    return line


def _list_applications(report: HealthReport, name: str) -> list[ApplicationState]:
    """What people of a municipality use, what they lose first."""
    label = report.region.municipalities[name].label
    losses = [loss for incident in report.record.incidents for loss in incident.losses if loss.home == label]
    states = []
    for row in list_applications(report.region, name, report.position):
        people = sum(loss.people for loss in losses if row.label in loss.applications)
        text = translate("nothing found that cuts it off")
        if people:
            text = translate_count("lost by up to {count} person", "lost by up to {count} people", people)
        states.append(ApplicationState(row.label, ", ".join(row.users), bool(people), text))
    return sorted(states, key=lambda state: not state.is_lost)
