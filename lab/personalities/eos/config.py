"""An EOS configuration as a tree: takes lines in any order, shows them in EOS's own order."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from string import Formatter

from lab.personalities.eos import special
from lab.personalities.eos.grammar import CONTEXTS, GLOBAL, INTERFACES, Context, Rule
from lab.personalities.eos.tokens import Invalid, Match, best, complaint, natural
from lab.region.ranges import format_ranges

PHYSICAL = ("Ethernet", "Management")


@dataclass(frozen=True)
class Line:
    """One setting as it is shown. ``body``: the lines of a banner."""

    rule: Rule
    key: str
    text: str
    body: tuple[str, ...] = ()


@dataclass
class Section:
    """A line that opens a mode, and what was said in it."""

    rule: Rule
    key: str
    text: str
    context: Context
    lines: dict[str, Line] = field(default_factory=dict)

    def copy(self) -> "Section":
        """An independent copy."""
        return Section(self.rule, self.key, self.text, self.context, dict(self.lines))


@dataclass(frozen=True)
class Mode:
    """Where the command line stands: the keys of the open sections (several for a range), and the mode's context."""

    sections: tuple[str, ...] = ()
    context: Context = GLOBAL
    prompt: str = ""


TOP = Mode()


@cache
def _index(name: str) -> tuple[dict[str, tuple[Rule, ...]], tuple[Rule, ...]]:
    """The rules of a context by their first word, and those whose first word is a value."""
    context = GLOBAL if name == GLOBAL.name else CONTEXTS[name]
    words: dict[str, list[Rule]] = {}
    for rule in context.ordered:
        words.setdefault(rule.syntax.split()[0], []).append(rule)
    loose = [rule for first, rules in words.items() if first[0] in "<(" for rule in rules]
    return {word: tuple(rules) for word, rules in words.items() if word[0] not in "<("}, tuple(loose)


def _candidates(context: Context, word: str) -> tuple[Rule, ...]:
    words, loose = _index(context.name)
    word = word.lower()
    if word in words:
        return (*words[word], *loose)
    return (*(rule for first, rules in words.items() if first.startswith(word) for rule in rules), *loose)


def key_of(template: str, values: tuple[str, ...]) -> tuple[str, bool]:
    """A key from the values at hand. Shape: the key as far as it can be said, whether it is all of it."""
    parts: list[str] = []
    for literal, place, _, _ in Formatter().parse(template):
        parts.append(literal)
        if place is not None:
            if int(place) >= len(values):
                return "".join(parts), False
            parts.append(values[int(place)])
    return "".join(parts), True


class Config:
    """A whole configuration. ``ports``: the names of the physical ports, which are always there."""

    def __init__(self, ports: Iterable[str]) -> None:
        self.ports = tuple(ports)
        self.root: dict[str, Line | Section] = {}

    @classmethod
    def clean(cls, ports: Iterable[str]) -> "Config":
        """What is left after ``rollback clean-config``."""
        config = cls(ports)
        for line in GLOBAL.initial:
            config.apply(line)
        for name in (*config.ports, "Management1"):
            config.apply(f"interface {name}")
        return config

    @classmethod
    def parse(cls, text: str, ports: Iterable[str]) -> "Config":
        """Read a configuration as at boot: what EOS would not take is dropped."""
        config = cls.clean(ports)
        config.feed(text)
        return config

    def feed(self, text: str) -> list[str]:
        """Apply a text line by line. Shape: the lines that were refused, each with EOS's words."""
        refused = []
        mode, lines = TOP, iter(text.splitlines())
        for raw in lines:
            line = raw.strip()
            if not line or line.startswith("!"):
                continue
            if line in ("exit", "end"):
                mode = TOP
                continue
            body = None
            if line.startswith("banner "):
                body = []
                for inner in lines:
                    if inner == "EOF":
                        break
                    body.append(inner)
            try:
                mode, _ = self.apply(line, mode, body)
            except Invalid as error:
                refused.append(f"{line}: {error}")
        return refused

    def copy(self) -> "Config":
        """An independent copy."""
        other = Config(self.ports)
        other.root = {key: node.copy() if isinstance(node, Section) else node for key, node in self.root.items()}
        return other

    # Reading

    def section(self, key: str) -> Section | None:
        """An open section by its key, ``interface Ethernet1``."""
        node = self.root.get(key)
        return node if isinstance(node, Section) else None

    def sections(self, opens: str) -> Iterator[Section]:
        """All sections of a kind, in EOS's order."""
        for node in self.ordered():
            if isinstance(node, Section) and node.rule.opens == opens:
                yield node

    def ordered(self) -> list[Line | Section]:
        """Everything at the top, in EOS's order."""
        return sorted(self.root.values(), key=_order)

    def text(self) -> str:
        """The configuration as ``show running-config`` prints it below its header, up to ``end``."""
        return "\n".join([*_shown(self.ordered()), "!", "end"]) + "\n"

    def lines(self, only: str = "") -> list[str]:
        """The lines without separators; ``only`` the sections whose first line starts so."""
        lines = [line for line in self.text().splitlines()[:-1] if line.strip() != "!"]
        return lines if not only else [line for line in lines if line.startswith(only)]

    # Writing

    def apply(self, line: str, mode: Mode = TOP, body: list[str] | None = None) -> tuple[Mode, str]:
        """Obey one line of configuration.

        Args:
            line: as it was typed; words may be cut short.
            mode: where the command line stands.
            body: the lines of a banner, without its closing ``EOF``.

        Returns:
            The mode after it, and what EOS says (a warning, or nothing).

        Raises:
            Invalid: EOS does not take the line.
        """
        words = line.split()
        verb = "" if words[0].lower() not in ("no", "default") else words[0].lower()
        rest = words[1:] if verb else words
        if not rest:
            raise complaint(len(words), words)
        furthest = 0
        for context in (mode.context, GLOBAL) if mode.context is not GLOBAL else (GLOBAL,):
            rule, match, taken = self._find(context, rest, negated=bool(verb))
            if rule is not None and match is not None:
                here = mode if context is mode.context else TOP
                return self._obey(rule, match, verb, here, body)
            furthest = max(furthest, taken)
        raise complaint(furthest + bool(verb), words)

    def _find(self, context: Context, words: list[str], negated: bool) -> tuple[Rule | None, Match | None, int]:
        complete: list[tuple[Rule, Match]] = []
        furthest = 0
        for rule in _candidates(context, words[0]):
            for syntax in (rule.syntax, rule.no) if negated and rule.no else (rule.syntax,):
                match = best(syntax, words)
                furthest = max(furthest, match.taken)
                if match.complete:
                    complete.append((rule, match))
        if not complete:
            return None, None, furthest
        return *max(complete, key=lambda pair: pair[1].exact), furthest

    def _obey(self, rule: Rule, match: Match, verb: str, mode: Mode, body: list[str] | None) -> tuple[Mode, str]:
        if rule.opens:
            return self._open(rule, match, verb)
        message = ""
        open_now = [section for key in mode.sections if (section := self.section(key))]
        for store in [section.lines for section in open_now] if mode.context is not GLOBAL else [self.root]:
            if rule.special and rule.special in special.HANDLERS:
                message = special.HANDLERS[rule.special](self, store, rule, match, verb, body) or message
            elif verb:
                self.negate(store, rule, match, verb)
            else:
                key, _ = key_of(rule.key, match.values)
                text = key_of(rule.show, match.values)[0] if rule.show else " ".join(match.words)
                self.put(store, rule, key, text)
        return mode, message

    def _open(self, rule: Rule, match: Match, verb: str) -> tuple[Mode, str]:
        names = special.names(rule, match)
        sections = []
        for name in names:
            if rule.special == "interface" and name.startswith(PHYSICAL) and name not in (*self.ports, "Management1"):
                raise complaint(1, ["interface", name])
            key, _ = key_of(rule.key, (name,))
            if verb:
                self.root.pop(key, None)
                if not name.startswith(PHYSICAL):
                    continue
            section = self.section(key)
            if section is None:
                opens = INTERFACES[name.rstrip("0123456789")] if rule.opens == "interface" else str(rule.opens)
                text = f"{match.words[0]} {name}" if rule.special else " ".join(match.words)
                section = self.root[key] = Section(rule, key, text, CONTEXTS[opens])
                for line in section.context.initial:
                    self.apply(line, Mode((key,), section.context))
            sections.append(section)
        if verb:
            if " ".join(match.words) in GLOBAL.initial:
                self.apply(" ".join(match.words))
            return TOP, ""
        label = format_ranges(int(re.sub(r"\D", "", name)) for name in names) if rule.special else names[0]
        prompt = sections[0].context.prompt.format(label)
        return Mode(tuple(section.key for section in sections), sections[0].context, prompt), ""

    def put(self, store: dict, rule: Rule, key: str, text: str, body: Iterable[str] = ()) -> None:
        """Store a setting; what equals the default is not kept.

        Args:
            store: the settings of the section, by key.
            rule: the rule that the line fits.
            key: what the setting is stored under; another with this key gives way.
            text: the line as it is shown.
            body: the lines of a banner.
        """
        if text == rule.default:
            store.pop(key, None)
        else:
            store[key] = Line(rule, key, text, tuple(body))

    def negate(self, store: dict, rule: Rule, match: Match, verb: str) -> None:
        """Take a setting back, to what EOS does without it.

        Args:
            store: the settings of the section, by key.
            rule: the rule that the line fits.
            match: the line without its first word.
            verb: ``no`` or ``default``.
        """
        key, whole = key_of(rule.key, match.values)
        if verb == "no" and rule.off:
            self.put(store, rule, key, rule.off)
            return
        for old in [old for old in store if old == key or (not whole and old.startswith(key))]:
            del store[old]
        for line in GLOBAL.initial if store is self.root else ():
            if key_of(rule.key, ())[0] == key and line.startswith(rule.syntax.split("(")[0]):
                self.apply(line)


def _order(node: Line | Section) -> tuple:
    if node.rule.special == "interface":
        kind = node.key.split()[1].rstrip("0123456789")
        return node.rule.order, list(INTERFACES).index(kind), natural(node.key)
    return node.rule.order, 0, natural(node.key)


def _inside(section: Section) -> Iterator[str]:
    for line in sorted(section.lines.values(), key=_order):
        yield f"   {line.text}"


def _shown(nodes: list[Line | Section]) -> Iterator[str]:
    """All lines, with EOS's ``!`` between what does not belong together; nameless VLANs in a row are one line."""
    previous: Line | Section | None = None
    row: list[int] = []
    for index, node in enumerate(nodes):
        if isinstance(node, Section):
            if not node.lines and (node.rule.drop_empty or node.key == "vlan 1"):
                continue
            if node.rule.special == "vlan" and not node.lines:
                row.append(int(node.key.split()[1]))
                following = nodes[index + 1] if index + 1 < len(nodes) else None
                if isinstance(following, Section) and following.rule is node.rule and not following.lines:
                    continue
                yield from ("!", f"vlan {format_ranges(row)}") if previous else (f"vlan {format_ranges(row)}",)
                row = []
            else:
                yield from ("!", node.text) if previous else (node.text,)
                yield from _inside(node)
        else:
            together = (
                isinstance(previous, Line)
                and previous.rule.block == node.rule.block
                and (node.rule.block or previous.rule.syntax.split()[0] == node.rule.syntax.split()[0] == "username")
            )
            if previous and not together:
                yield "!"
            yield node.text
            if node.rule.special == "banner":
                yield from (*node.body, "EOF")
        previous = node
