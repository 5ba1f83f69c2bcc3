"""A round of health checks as Markdown, to paste into a ticket."""

import re
from collections.abc import Iterator

from nornir_tasks.core.language import translate
from nornir_tasks.core.output import make_safe
from nornir_tasks.health.run_record import RunRecord
from nornir_tasks.reports.health_table import group_findings, list_unseen

# What Markdown, with the tables, mentions and references of ticket systems, reads as more than a letter, wherever it
# stands; and what makes a link of an address. Lines never begin with what comes from elsewhere.
SPECIAL = re.compile(r"([\\`*_\[\]|~@$#]|:(?=//)|(?<=www)\.)")


def make_markdown(record: RunRecord) -> str:
    """The text of a round."""
    return "\n".join(_list_lines(record)) + "\n"


def _list_lines(record: RunRecord) -> Iterator[str]:
    state = "✓" if record.is_healthy else "✗"
    yield f"**{state} {escape(record.verdict)}**"
    yield ""
    yield escape(
        translate(
            "Asked for {scope}, {began} to {ended} UTC.",
            scope=record.scope.pattern,
            began=f"{record.began:%Y-%m-%d %H:%M:%S}",
            ended=f"{record.ended:%H:%M:%S}",
        )
    )
    if record.findings:
        yield from ("", _row(translate("Urgency"), translate("Where"), translate("What"), translate("First")))
        yield "| --- | --- | --- | --- |"
    for group in group_findings(record.findings):
        first = group.first
        lines = [*group.list_texts(), first.impact, first.folded_text, *first.notes]
        what = "<br>".join(escape(line) for line in lines if line)
        yield _row(escape(first.urgency.label), escape(group.where), what, escape(f"{first.advice} ({first.runbook})"))
    if record.unseen:
        yield from ("", f"{escape(translate('Not known to be well ({checks}):', checks=record.unseen_text))}", "")
    for where, what in list_unseen(record.unseen):
        yield f"- {escape(where)}: {escape(what)}"


def escape(text: str) -> str:
    """A text on one line in which nothing is markup."""
    line = " ".join(make_safe(text).split()).replace("&", "&amp;").replace("<", "&lt;")
    return SPECIAL.sub(r"\\\1", line)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
