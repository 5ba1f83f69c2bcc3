"""Words that several checks tell their findings in."""

from collections.abc import Sequence

from nornir_tasks.core.language import translate_count

MINUTE, HOUR, DAY = 60, 3600, 86400
MOST_NAMED = 6


def describe_span(seconds: int) -> str:
    """How long, in its largest unit, rounded down: ``3 hours``."""
    if seconds >= DAY:
        return translate_count("{count} day", "{count} days", seconds // DAY)
    if seconds >= HOUR:
        return translate_count("{count} hour", "{count} hours", seconds // HOUR)
    return translate_count("{count} minute", "{count} minutes", seconds // MINUTE)


def name_few(names: Sequence[str]) -> str:
    """Names in one line; of many only the first."""
    named = ", ".join(names[:MOST_NAMED])
    if len(names) <= MOST_NAMED:
        return named
    more = len(names) - MOST_NAMED
    return translate_count("{names} and {count} more", "{names} and {count} more", more, names=named)
