"""In what a journal differs from what it was, in words: which event was changed, taken out, put in or cut off."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nornir_tasks.core.text import count_noun
from nornir_tasks.journal.merkle import HASH_BYTES, CompactRange

SHOWN = 3  # sources that are named


@dataclass
class Events:
    """Every event of a journal, in order: its number, and its hash."""

    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    leaves: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        return len(self.numbers)

    def leaf(self, index: int) -> bytes:
        """An event's hash by its place."""
        return bytes(self.leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def describe(self, index: int) -> str:
        """An event by its place: ``event 57``; before the first one: ``the beginning``."""
        return f"event {self.numbers[index]}" if index >= 0 else "the beginning"


def list_leaves(leaves: bytes | bytearray) -> list[bytes]:
    """The hashes of events, one by one."""
    return [bytes(leaves[at : at + HASH_BYTES]) for at in range(0, len(leaves) // HASH_BYTES * HASH_BYTES, HASH_BYTES)]


def is_signed(leaves: bytes, tree: CompactRange) -> bool:
    """Whether a tree is the one over these hashes."""
    own = CompactRange()
    for leaf in list_leaves(leaves):
        own.append(leaf)
    return own == tree


def explain(events: Events, wrong: Mapping[int, Sequence[str]], fits: int, leaves: bytes) -> list[str]:
    """What is wrong at which event, as exactly as what there is can tell.

    Args:
        events: that the journal holds now.
        wrong: the sources of the checkpoints that do not fit, by the number of events that they are of.
        fits: how many events the largest checkpoint is of that does fit.
        leaves: the hashes of the events as they were; empty where these are not known for sure.
    """
    sources = [source for size in sorted(wrong) for source in wrong[size]]
    words = [f"It does not fit {count_noun(len(sources), 'checkpoint')}: {shorten(sources)}."]
    if difference := _compare(events, list_leaves(leaves)):
        return [*words, difference]
    size, longest, shortest = len(events), max(wrong), min(wrong)
    if longest > size:
        words.append(
            f"Cut off: it holds {count_noun(size, 'event')}, a checkpoint is of {longest}; the end is now "
            f"{events.describe(size - 1)}."
        )
    if shortest <= size:
        after = events.describe(min(fits, shortest) - 1)
        words.append(
            f"Changed, taken out or put in: something after {after}, up to {events.describe(shortest - 1)}. Which it "
            "is cannot be told: the hashes of the events are not there, or not those that were signed."
        )
    return words


def shorten(sources: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    return ", ".join(sources[:SHOWN]) + (f" and {len(sources) - SHOWN} more" if len(sources) > SHOWN else "")


def _compare(events: Events, before: Sequence[bytes]) -> str:
    """The first event that is not as its hash says; empty where the hashes do not tell."""
    now = list_leaves(events.leaves)
    both = min(len(now), len(before))
    changed = [at for at in range(both) if now[at] != before[at]]
    if not changed and len(before) <= len(now):
        return ""
    first = changed[0] if changed else both
    after = events.describe(first - 1)
    if first == len(now):
        return (
            f"Cut off: {count_noun(len(before) - first, 'event')} after {after}; expected {len(before)}, found {first}."
        )
    where = {leaf: at for at, leaf in enumerate(before) if at > first}
    if now[first] in where:
        return (
            f"Taken out: {count_noun(where[now[first]] - first, 'event')} between {after} and {events.describe(first)}."
        )
    where = {leaf: at for at, leaf in enumerate(now) if at > first}
    if before[first] in where:
        count = where[before[first]] - first
        return f"Put in: {count_noun(count, 'event')} after {after}, the first of them {events.describe(first)}."
    others = (
        f", and {count_noun(len(changed) - 1, 'other')} up to {events.describe(changed[-1])}" if changed[1:] else ""
    )
    gone = f" Cut off besides: {count_noun(len(before) - len(now), 'event')}." if len(before) > len(now) else ""
    return f"Changed: {events.describe(first)}{others}.{gone}"
