"""What a configuration line is: its words, what it is stored under, and how it is shown and taken back."""

from dataclasses import dataclass, replace
from functools import cached_property
from string import Formatter

from lab.personalities.eos.configuration.tokens import forms


@dataclass(frozen=True)
class Rule:
    """One setting.

    ``key`` names what has one value: a later line with the same key takes its place; ``{0}`` … are the values of the
    syntax, and ``{line}`` is the whole line (each line is a setting of its own).
    ``no``: what may follow ``no`` beside the syntax itself and its beginning up to the values. ``off``: how the
    negation is stored and shown, where it is not the absence of the line. ``default``: the line that is not shown
    because it is what the switch does anyway.
    """

    syntax: str
    key: str
    no: str | None = None
    show: str | None = None  # canonical form, where it is not the line itself
    off: str | None = None
    default: str | None = None
    opens: str | None = None
    block: str = ""  # lines of one block stand together, without ``!`` between
    sorts: str = ""  # rules of one name (or else of one key) are shown sorted by key, not one after the other
    drop_empty: bool = False  # a section that is not shown when nothing is in it
    only_no: bool = False  # only as a negation: takes everything back whose key begins so
    special: str | None = None  # name of a handler in ``special``
    order: int = 0  # set by the context

    @cached_property
    def negations(self) -> tuple[str, ...]:
        """What may follow ``no`` and ``default``: the line itself, and its beginning up to what tells it apart."""
        texts = [self.syntax, *([self.no] if self.no else [])]
        if "{line}" not in self.key and not (self.special or "").endswith("entry"):
            told = [int(place) for _, place, _, _ in Formatter().parse(self.key) if place]
            for form in forms(self.syntax):
                values, words = 0, []
                for element in form:
                    values += element[0] in "<("
                    if values > max(told, default=-1) + 1:
                        break
                    words.append(element)
                texts.append(" ".join(words))
        return tuple(dict.fromkeys(text for text in texts if text))


@dataclass(frozen=True)
class Context:
    """A mode: its rules in the order in which EOS shows them, and its prompt."""

    name: str
    prompt: str
    rules: tuple[Rule, ...]
    initial: tuple[str, ...] = ()  # shown even if never typed

    @cached_property
    def ordered(self) -> tuple[Rule, ...]:
        """The rules, each with its place."""
        places: dict[str, int] = {}
        return tuple(
            replace(rule, order=places.setdefault(rule.sorts or rule.key, index))
            for index, rule in enumerate(self.rules)
        )
