"""The risk table: rows that can be searched for, on platforms that there are, each of them once."""

import re
from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.standards import strangers
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Variable, judge_variable
from nornir_tasks.model.standard import Standard


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Each standard once: usually one, and one more for each host with values of its own."""
    seen: set[int] = set()
    for host, standard in entries.standards.items():
        if id(standard) not in seen:
            seen.add(id(standard))
            yield from _table(host, standard, entries.platforms)


def _table(host: str, standard: Standard, platforms: tuple[str, ...]) -> Iterator[Verdict[Variable]]:
    first: dict[tuple[str, tuple[str, ...]], int] = {}
    for at, rule in enumerate(standard.risks):
        path = ("risks", at, "matches")
        try:
            re.compile(rule.matches)
        except re.error as error:
            yield judge_variable(host, path, f"'{rule.matches}'", "a regular expression", str(error))
        row = first.setdefault((rule.matches, rule.platforms), at)
        if row != at:
            yield judge_variable(host, path, f"'{rule.matches}'", f"a row of its own; risks[{row}] has it")
        yield from strangers(host, ("risks", at, "platforms"), rule.platforms, "a platform", platforms)
