"""Everything that is wrong with an inventory, at once: what keeps it from being read, and what a review finds."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.load import InventoryErrors, find_default_sources, resolve
from nornir_tasks.inventory.problem import SourceLine, judge_line, sort_problems
from nornir_tasks.inventory.source.source_map import Origins
from nornir_tasks.model.check import check, review
from nornir_tasks.model.entries import read_entries
from nornir_tasks.model.finding import Variable


def validate_inventory(
    sources: Sequence[Path] | None, today: date, review_more: Callable[[], Iterable[Verdict[Variable]]] | None = None
) -> tuple[Verdict[SourceLine], ...]:
    """Errors and warnings, sorted by file and line; always among them each error that ``load_region`` raises.

    Args:
        sources: as Ansible's ``-i``; None: what ``ansible.cfg`` lists.
        today: decides what is out of date.
        review_more: what else is to be told of an inventory without errors: of its configurations, say.
    """
    sources = tuple(sources or find_default_sources())
    missing = [
        judge_line(str(source), 0, "", "nothing", "a file or folder") for source in sources if not source.exists()
    ]
    if missing:
        return tuple(missing)
    origins = Origins(sources)
    problems = [*origins.fatal, *origins.problems]
    if not origins.fatal:
        try:
            resolved = resolve(sources)
        except InventoryErrors as error:
            # Ansible's refusal often follows from these problems, and says less about them.
            problems += origins.find_unreadable()
            return sort_problems(problems or error.problems)
        hosts = resolved["_meta"]["hostvars"]
        if not hosts:
            problems.append(judge_line(str(sources[0]), 0, "", "no host", "some"))
        problems += origins.find_strays(resolved)
        entries = read_entries(resolved)
        # An error may show both in the file and in the model: the file's problem is nearer to the cause.
        judged_lines = {problem.subject for problem in problems}
        missing_files, errors = origins.find_missing_files([*entries.findings, *check(entries)])
        problems += missing_files
        more = review_more() if review_more and not errors and not problems else ()
        for findings in (errors, review(entries, today), more):
            located = map(origins.locate, findings)
            problems += [problem for problem in located if problem.subject not in judged_lines]
            judged_lines = {problem.subject for problem in problems}
        problems += origins.warnings
    return sort_problems(problems)
