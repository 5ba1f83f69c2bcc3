"""How risky a diff is, by the region's own table (``risks`` in the inventory), and why. Pure.

Every changed line takes the gravest row that matches it. The rows are searched in the line as ``Change.words`` writes
it: sign, line, and after an @ the lines it stands below, ``- shutdown @ interface Ethernet1``. A trunk's list of VLANs
that changes is one line, ``~ switchport trunk allowed vlan -1,20 +100``.

The score of a diff is that of its gravest line, plus 1 for each doubling by all its lines together:
``gravest + log2(sum / gravest)``, rounded down, at most 100. So many harmless lines stay harmless, and a further line
never makes a diff less risky.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from nornir_tasks.config.diff import ChangedLine, merge_number_changes, read
from nornir_tasks.model import RiskRule

# For a line that no row of the table matches: a person has to read it, and it is no reason for alarm.
UNKNOWN = RiskRule(matches=".", score=20, why="nobody has judged lines like this one yet: read it")
WORDS = {75: "grave", 50: "high", 20: "medium", 1: "low", 0: "none"}  # from this score on
HIGHEST = 100


@dataclass(frozen=True)
class Risk:
    """How risky a diff is, and why: the gravest reason first."""

    score: int
    reasons: tuple[str, ...]

    @property
    def word(self) -> str:
        """none, low, medium, high or grave."""
        return describe_score(self.score)


@dataclass(frozen=True)
class JudgedLine:
    """A changed line, with its score and reason by the table."""

    change: ChangedLine
    score: int
    why: str


def assess_risk(platform: str, diff: str, rules: Sequence[RiskRule]) -> Risk:
    """The risk of a device's diff, 0 to 100, with the reasons, the gravest first; of an empty diff, 0.

    Args:
        platform: whose rows of the table apply, beside those for every platform: ``ios``.
        diff: as ``compare`` writes it, masked.
        rules: the region's table, in any order.
    """
    judged_lines = judge_lines(platform, diff, rules)
    if not judged_lines:
        return Risk(0, ())
    gravest, total = max(line.score for line in judged_lines), sum(line.score for line in judged_lines)
    gravest_first = sorted(judged_lines, key=lambda line: -line.score)
    score = min(HIGHEST, gravest + int(log2(total / gravest)))
    return Risk(score, tuple(dict.fromkeys(line.why for line in gravest_first)))


def judge_lines(platform: str, diff: str, rules: Sequence[RiskRule]) -> tuple[JudgedLine, ...]:
    """Every changed line with the gravest row of the table that matches it, in the diff's order.

    Args:
        platform: whose rows of the table apply, beside those for every platform.
        diff: as ``compare`` writes it, masked.
        rules: the region's table; a line that no row matches gets ``UNKNOWN``.
    """
    compiled_rules = _select_rules(platform, rules)
    judged_lines: list[JudgedLine] = []
    for change in merge_number_changes(read(diff)):
        words = change.words
        rule = next((rule for pattern, rule in compiled_rules if pattern.search(words)), UNKNOWN)
        judged_lines.append(JudgedLine(change, rule.score, rule.why))
    return tuple(judged_lines)


def describe_score(score: int) -> str:
    """The word for a score: none, low, medium, high or grave."""
    return next(word for least, word in WORDS.items() if score >= least)


def _select_rules(platform: str, rules: Iterable[RiskRule]) -> list[tuple[re.Pattern[str], RiskRule]]:
    """The rows that hold for a platform, the gravest first."""
    platform_rules = [rule for rule in rules if not rule.platforms or platform in rule.platforms]
    return [(_compile_pattern(rule.matches), rule) for rule in sorted(platform_rules, key=lambda rule: -rule.score)]


@lru_cache(maxsize=1024)
def _compile_pattern(matches: str) -> re.Pattern[str]:
    return re.compile(matches)
