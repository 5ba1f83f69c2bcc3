"""How risky a diff is, by the region's own table (``risks`` in the inventory), and why. Pure.

Every changed line takes the gravest row that matches it. The rows are searched in the line as ``Change.words`` writes
it: sign, line, and after an @ the lines it stands below, ``- shutdown @ interface Ethernet1``. A trunk's list of VLANs
that changes is one line, ``~ switchport trunk allowed vlan -1,20 +100``.

The score of a diff is that of its gravest line, and one more each time that all its lines together weigh twice as
much: ``gravest + log2(sum / gravest)``, rounded down, at most 100. So much of what is harmless stays harmless, and a
further line never makes a diff less risky.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from nornir_tasks.config.diff import Change, net, read
from nornir_tasks.model import RiskRule

# A line that no row knows is read by a person, and is no reason for alarm.
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
        return word(self.score)


@dataclass(frozen=True)
class Judged:
    """A changed line, and what the table says of it."""

    change: Change
    score: int
    why: str


def assess(platform: str, diff: str, rules: Sequence[RiskRule]) -> Risk:
    """The risk of a device's diff; of an empty one, none."""
    lines = judge(platform, diff, rules)
    if not lines:
        return Risk(0, ())
    gravest, total = max(line.score for line in lines), sum(line.score for line in lines)
    ordered = sorted(lines, key=lambda line: -line.score)
    score = min(HIGHEST, gravest + int(log2(total / gravest)))
    return Risk(score, tuple(dict.fromkeys(line.why for line in ordered)))


def judge(platform: str, diff: str, rules: Sequence[RiskRule]) -> tuple[Judged, ...]:
    """Every changed line with the gravest row of the table that matches it, in the diff's order."""
    rows = _rows(platform, rules)
    found: list[Judged] = []
    for change in net(read(diff)):
        rule = next((rule for pattern, rule in rows if pattern.search(change.words)), UNKNOWN)
        found.append(Judged(change, rule.score, rule.why))
    return tuple(found)


def word(score: int) -> str:
    """A score in a word."""
    return next(word for least, word in WORDS.items() if score >= least)


def _rows(platform: str, rules: Iterable[RiskRule]) -> list[tuple[re.Pattern[str], RiskRule]]:
    """The rows that hold for a platform, the gravest first."""
    mine = [rule for rule in rules if not rule.platforms or platform in rule.platforms]
    return [(_pattern(rule.matches), rule) for rule in sorted(mine, key=lambda rule: -rule.score)]


@lru_cache(maxsize=1024)
def _pattern(matches: str) -> re.Pattern[str]:
    return re.compile(matches)
