"""A round of health checks on a terminal of 80 columns: the verdict, and below it a table, the most urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from nornir_tasks.core.language import mark, translate, translate_count
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.ranges import fold_names
from nornir_tasks.core.terminal import make_table, wrap
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.run_record import Finding, RunRecord, Unseen, describe_answer

MOST_TOLD = 3  # subjects of a check that are told one by one
STYLES = {Urgency.CUT_OFF: "bold red", Urgency.UNPROTECTED: "bold yellow", Urgency.UNSEEN: "bold magenta"}
STATUSES = {
    "passed": mark("passed"),
    "failure": mark("failure"),
    "error": mark("error"),
    "skipped": mark("skipped"),
    "unseen": mark("not seen"),
}


@dataclass(frozen=True)
class FindingGroup:
    """An incident; or what one check says of several subjects, as urgent for each."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one to begin with."""
        return self.findings[0]

    @property
    def where(self) -> str:
        """The subject, or how many there are; where nothing at all answers, everything."""
        if len(self.findings) == 1:
            return self.first.subject or translate("everything")
        return translate_count("{count} device", "{count} devices", len(self.findings))

    def list_texts(self, most: int = MOST_TOLD) -> list[str]:
        """What is wrong, a line each; beyond ``most`` subjects the others' number."""
        first = self.first
        if first.is_incident:
            return [first.text]
        texts = {finding.text for finding in self.findings}
        if len(texts) == 1:
            names = fold_names(finding.subject for finding in self.findings)
            return [f"{first.kind}: {first.text}", *([names] if len(self.findings) > 1 else [])]
        lines = [f"{finding.subject}: {finding.text}" for finding in self.findings[:most]]
        rest = len(self.findings) - most
        more = [translate_count("and {count} more", "and {count} more", rest)] if rest > 0 else []
        return [f"{first.kind}:", *lines, *more]

    @property
    def advice(self) -> str:
        """What to do first, and the runbook."""
        return translate("First: {advice} ({runbook})", advice=self.first.advice, runbook=self.first.runbook)


def group_findings(findings: Sequence[Finding]) -> list[FindingGroup]:
    """The findings, those of one check together, in the order of the first of each."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        alike = (finding.urgency, finding.kind, finding.is_known, finding.notes)
        groups.setdefault(number if finding.is_incident else alike, []).append(finding)
    return [FindingGroup(tuple(members)) for members in groups.values()]


def list_unseen(unseen: Sequence[Unseen]) -> Iterator[tuple[str, str]]:
    """What could not be looked at, what is alike together: where, and how much and why."""
    alike: dict[tuple[str, str], list[Unseen]] = {}
    for each in unseen:
        alike.setdefault((each.reason, each.check if each.is_error else ""), []).append(each)
    for (reason, check), members in alike.items():
        subjects = list(dict.fromkeys(member.subject for member in members))
        advice = f" {members[0].advice}" if members[0].advice else ""
        what = check or translate_count("{count} check", "{count} checks", len(members))
        yield fold_names(subjects), f"{what}: {reason}.{advice}"


def show_record(screen: Console, record: RunRecord, *, verbose: bool = False, repeat: bool = False) -> None:
    """Print the verdict, and what stands behind it.

    Args:
        screen: what it is written to.
        record: of the round.
        verbose: whether every check of every subject is listed, and no number stands for names.
        repeat: whether the verdict stands below the rest, too, where that is what a person sees.
    """
    screen.print(lay_out_record(record, verbose=verbose))
    if repeat and (record.findings or record.unseen or verbose):
        screen.print(_lay_out_text(f"\n{wrap(record.verdict)}", "bold"))


def lay_out_record(record: RunRecord, *, verbose: bool = False) -> Group:
    """The verdict, and what stands behind it, as rich prints it.

    Args:
        record: of the round.
        verbose: whether every check of every subject is listed, and no number stands for names.
    """
    parts: list[RenderableType] = [_lay_out_text(wrap(record.verdict), "bold")]
    groups = group_findings(record.findings)
    if len(groups) > 1 or any(len(each.findings) > 1 or each.first.folded or each.first.notes for each in groups):
        parts += [Text(), _make_findings_table(groups, verbose)]
    if record.unseen:
        heading = translate("Not known to be well ({checks}):", checks=record.unseen_text)
        parts += [Text(), _lay_out_text(wrap(heading), "bold")]
        parts += [_lay_out_text(wrap(f"{where}: {what}", indent=2)) for where, what in list_unseen(record.unseen)]
    if verbose:
        parts += [Text(), _make_checks_table(record)]
    return Group(*parts)


def _make_findings_table(groups: Sequence[FindingGroup], verbose: bool) -> Table:
    rows = []
    for number, group in enumerate(groups):
        first = group.first
        lines = group.list_texts(len(group.findings) if verbose else MOST_TOLD)
        if number or first.is_known:  # of the first the verdict says it
            lines += [first.impact] if first.impact else []
            lines.append(group.advice)
        lines += [first.folded_text] if first.folded else []
        urgency = _lay_out_text(first.urgency.label, STYLES.get(first.urgency, ""))
        rows.append((urgency, make_safe(group.where), make_safe("\n".join([*lines, *first.notes]))))
    columns = translate("URGENCY"), translate("WHERE"), translate("WHAT")
    return make_table(columns, rows)


def _make_checks_table(record: RunRecord) -> Table:
    rows = []
    for answer in record.answers:
        status = "unseen" if answer[0].is_unseen else answer[0].status.value
        rows.append([answer[0].subject, answer[0].rule.name, translate(STATUSES[status]), describe_answer(answer)])
    columns = translate("SWITCH"), translate("CHECK"), translate("VERDICT"), translate("WORDS")
    return make_table(columns, [[make_safe(cell) for cell in row] for row in rows])


def _lay_out_text(text: str, style: str = "") -> Text:
    return Text(make_safe(text), style=style)
