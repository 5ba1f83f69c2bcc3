"""Everything that is wrong with an inventory, at once: what keeps it from being read, and what a review finds."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.load import InventoryErrors, default_sources, resolve
from nornir_tasks.inventory.problem import SourceLine, in_order, judge_line
from nornir_tasks.inventory.source.source_map import Origins
from nornir_tasks.model.check import check, review
from nornir_tasks.model.entries import read_entries


def examine(sources: Sequence[Path] | None, today: date) -> tuple[Verdict[SourceLine], ...]:
    """Errors and warnings, sorted by file and line. An error of ``load_region`` is among them, always."""
    sources = tuple(sources or default_sources())
    missing = [judge_line(str(one), 0, "", "nothing", "a file or folder") for one in sources if not one.exists()]
    if missing:
        return tuple(missing)
    origins = Origins(sources)
    problems = [*origins.broken, *origins.problems]
    if not origins.broken:
        try:
            resolved = resolve(sources)
        except InventoryErrors as error:
            # Ansible's own refusal often follows from what is told already, and tells less of it.
            problems += origins.unreadable()
            return in_order(problems or error.problems)
        hosts = resolved["_meta"]["hostvars"]
        if not hosts:
            problems.append(judge_line(str(sources[0]), 0, "", "no host", "some"))
        problems += origins.strays(resolved)
        entries = read_entries(resolved)
        # One slip may show twice, in the file and in the model: what the file says of it is nearer to the cause.
        told = {problem.subject for problem in problems}
        for findings in ([*entries.findings, *check(entries)], review(entries, today)):
            found = map(origins.problem, findings)
            problems += [problem for problem in found if problem.subject not in told]
            told = {problem.subject for problem in problems}
        problems += origins.warnings
    return in_order(problems)
