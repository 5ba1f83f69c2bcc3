"""A plan's summary as one HTML page that loads nothing from anywhere: for a screen, and for paper."""

from collections.abc import Sequence
from dataclasses import dataclass

from nornir_tasks.change.precautions import describe_asked, describe_power, describe_unasked
from nornir_tasks.change.summary import Group, PlanSummary, describe_way_back, find_gravest_reason, format_time
from nornir_tasks.config.collapse import fold, list_lines, parse
from nornir_tasks.core.templating import render_page

OPEN = 30  # lines of a diff that is shown without being asked for
KINDS = {"+": "come", "-": "go", "~": "other", " ": "stay"}
Line = tuple[str, str, str]  # kind, sign, text


@dataclass(frozen=True)
class GroupCard:
    """A group, and its diffs line by line: what goes, the folded diff, every line of it."""

    group: Group
    waves: tuple[tuple[str, tuple[str, ...]], ...]  # wave and its devices
    goes: tuple[Line, ...]
    diff: tuple[Line, ...]
    full: tuple[Line, ...]
    way_back: tuple[str, ...]
    open: bool

    @property
    def folded(self) -> bool:
        """Whether the diff leaves anything out."""
        return len(self.full) > len(self.diff)


def make_page(summary: PlanSummary) -> str:
    """The page of a plan's summary, as HTML."""
    return render_page(
        "plan.html.j2",
        f"plan {summary.id}",
        summary=summary,
        cards=[_make_card(group) for group in summary.groups],
        gravest=find_gravest_reason(summary),
        describe_asked=describe_asked,
        describe_power=describe_power,
        describe_unasked=describe_unasked,
        made=format_time(summary.made),
        expires=format_time(summary.expires),
    )


def _make_card(group: Group) -> GroupCard:
    waves: dict[str, list[str]] = {}
    for member in group.members:
        waves.setdefault(member.wave, []).append(member.device)
    diff = _classify_lines(list_lines(fold(group.diff)))
    return GroupCard(
        group=group,
        waves=tuple((wave, tuple(devices)) for wave, devices in waves.items()),
        goes=_classify_lines(list_lines(fold(group.removes))),
        diff=diff,
        full=_classify_lines(list_lines(parse(group.diff))),
        way_back=describe_way_back(group.safety),
        open=len(diff) <= OPEN,
    )


def _classify_lines(rows: Sequence[tuple[str, str]]) -> tuple[Line, ...]:
    return tuple((KINDS[sign], sign, text) for sign, text in rows)
