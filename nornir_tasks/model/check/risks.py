"""The risk table: rows that can be searched for, on platforms that there are, each of them once."""

import re
from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.standards import judge_unknown_names
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Variable, judge_variable
from nornir_tasks.model.standard import Standard

SERVERS = "debian"  # the platform of servers: no group of the inventory names it


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Each standard once: usually one, and one more for each host with values of its own."""
    seen: set[int] = set()
    for host, standard in entries.standards.items():
        if id(standard) not in seen:
            seen.add(id(standard))
            yield from _check_table(host, standard, entries.platforms)


def _check_table(host: str, standard: Standard, platforms: tuple[str, ...]) -> Iterator[Verdict[Variable]]:
    first_rows: dict[tuple[str, tuple[str, ...]], int] = {}
    for index, rule in enumerate(standard.risks):
        path = ("risks", index, "matches")
        try:
            re.compile(rule.matches)
        except re.error as error:
            yield judge_variable(host, path, f"'{rule.matches}'", "a regular expression", str(error))
        row = first_rows.setdefault((rule.matches, rule.platforms), index)
        if row != index:
            yield judge_variable(host, path, f"'{rule.matches}'", f"a row of its own; risks[{row}] has it")
        yield from judge_unknown_names(
            host, ("risks", index, "platforms"), rule.platforms, "a platform", (*platforms, SERVERS)
        )
