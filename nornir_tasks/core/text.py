"""Texts from elsewhere, made fit to be shown."""

import unicodedata
from collections.abc import Callable, Container

# What Python calls printable and no reader sees: fillers, joiners, and what chooses between two forms of a letter.
UNSEEN = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
MARKS = ("Mn", "Me")  # Unicode's categories of what is put on the letter before
MOST_MARKS = 3  # on one letter: no language has more, and a pile of them covers the lines above


def split_at_line_feeds(text: str) -> list[str]:
    """The lines of a text in which only a line feed ends a line, as for devices: U+2028 and its like are letters."""
    return text.removesuffix("\n").split("\n") if text else []


def escape_invisible(text: str) -> str:
    """For reading: what would not be seen (control characters, turns of direction) in figures.

    A description must not be able to hide a line from the person who approves it.
    """
    return replace_invisible(text, format_figures)


def format_figures(letter: str) -> str:
    """A letter's number as Python writes it: ``\\x1b``."""
    return f"\\x{ord(letter):02x}"


def replace_invisible(text: str, replace: Callable[[str], str], keep: Container[str] = ()) -> str:
    """The text with each letter that no reader would see, or that covers others, replaced.

    Args:
        text: from anywhere.
        replace: gives what stands in the place of such a letter.
        keep: letters that stay.
    """
    if text.isascii() and text.isprintable():
        return text
    shown, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter) in MARKS else 0
        seen = letter.isprintable() and letter not in UNSEEN and marks <= MOST_MARKS
        shown.append(letter if seen or letter in keep else replace(letter))
    return "".join(shown)


def count_noun(count: int, noun: str, plural: str = "s") -> str:
    """The count with its noun: ``1 switch``, ``2 switches``.

    Args:
        count: how many there are.
        noun: in the singular.
        plural: the ending that is added to the noun unless the count is 1.
    """
    return f"{count} {noun}{'' if count == 1 else plural}"
