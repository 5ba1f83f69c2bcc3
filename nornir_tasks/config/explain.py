"""Which rule gives a line its place and its key, and where it comes from when one text is laid over another. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nornir_tasks.config.compare import Line, list_lines
from nornir_tasks.platforms.common.base import Platform

Origin = Literal["old", "new", "both", "gone"]


@dataclass(frozen=True)
class LineExplanation:
    """A line of a configuration.

    Attributes:
        line: with the lines that it stands below.
        origin: which of the texts it comes from: ``old``, ``new`` or ``both``; ``gone``: it stood in the old one.
        rule: the pattern of the grammar that it fits; None: it is not known, and keeps its place.
        key: what it shares with the lines that it replaces.
        replaced_by: of a line that is gone: the line that took its place, if one did.
    """

    line: Line
    origin: Origin
    rule: str | None
    key: str
    replaced_by: str | None = None


def explain(platform: Platform, old: str, new: str | None = None) -> tuple[LineExplanation, ...]:
    """Every line of a configuration, or of one with another laid over it, with the rule that it fits.

    Args:
        platform: whose configurations these are.
        old: a configuration, cleaned and masked.
        new: what is laid over it, cleaned and masked; None: nothing.

    Returns:
        In the order in which the device prints them; what is gone stands behind the line that it stood behind.

    Raises:
        PlatformError: a text is none that a device shows.
    """
    before = list_lines(platform.name, old)
    if new is None:
        return tuple(_explain(platform, line, "old") for line in before)
    merged = list_lines(platform.name, platform.overlay(old, new))
    added = frozenset(list_lines(platform.name, new))
    keys = {(line[:-1], platform.find_rule(line)[1]): line[-1] for line in merged}
    stays, present = frozenset(merged), frozenset(before)
    gone_behind: dict[Line, list[Line]] = {}
    last: Line = ()
    for line in before:
        if line in stays:
            last = line
        else:
            gone_behind.setdefault(last, []).append(line)

    def list_gone(after: Line) -> Iterator[LineExplanation]:
        for line in gone_behind.get(after, ()):
            rule, key = platform.find_rule(line)
            yield LineExplanation(line, "gone", rule, key, keys.get((line[:-1], key)))

    explanations = list(list_gone(()))
    for line in merged:
        origin: Origin = "both" if line in present and line in added else "old" if line in present else "new"
        explanations += [_explain(platform, line, origin), *list_gone(line)]
    return tuple(explanations)


def _explain(platform: Platform, line: Line, origin: Origin) -> LineExplanation:
    return LineExplanation(line, origin, *platform.find_rule(line))
