"""An EOS configuration as a tree: takes lines in any order, shows them in EOS's own order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Any

from lab.personalities.eos.configuration import special
from lab.personalities.eos.configuration.grammar import CONTEXTS, GLOBAL, INTERFACES, Context, Rule
from lab.personalities.eos.configuration.nodes import Line, Section, copy_nodes, order, show_commands, show_lines
from lab.personalities.eos.configuration.tokens import Invalid, Match, ambiguity, best, complaint, split

__all__ = ["TOP", "Config", "Line", "Mode", "Path", "Section"]

PHYSICAL = ("Ethernet", "Management")
Path = tuple[str, ...]


@dataclass(frozen=True)
class Mode:
    """Where the command line stands: the open sections (several for a range), each by its keys from the top down."""

    sections: tuple[Path, ...] = ()
    context: Context = GLOBAL
    prompt: str = ""
    parent: "Mode | None" = None

    def chain(self) -> Iterator["Mode"]:
        """This mode, and those around it, to the top."""
        mode: Mode | None = self
        while mode is not None:
            yield mode
            mode = mode.parent


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


def key_of(template: str, match: Match) -> tuple[str, bool]:
    """A key from the values at hand. Shape: the key as far as it can be said, whether it is all of it."""
    parts: list[str] = []
    for literal, place, _, _ in Formatter().parse(template):
        parts.append(literal)
        if place == "line":
            parts.append(" ".join(match.words))
        elif place is not None:
            if int(place) >= len(match.values):
                return "".join(parts), False
            parts.append(match.values[int(place)])
    return "".join(parts), True


class Config:
    """A whole configuration. ``ports``: the names of the physical ports, which are always there."""

    def __init__(self, ports: Iterable[str]) -> None:
        self.ports = tuple(ports)
        self.root: dict[str, Any] = {}  # of Line and Section

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
        mode, lines = TOP, iter(text.split("\n"))
        for raw in lines:
            line = raw.strip(" \t\r")
            if not line or line.startswith("!"):
                continue
            if line in ("exit", "end"):
                mode = mode.parent or TOP if line == "exit" else TOP
                continue
            body = list(_body(lines)) if self.takes_text(line, mode) else None
            try:
                mode, _ = self.apply(line, mode, body)
            except Invalid as error:
                refused.append(f"{line}: {error}")
        return refused

    def copy(self) -> "Config":
        """An independent copy."""
        other = Config(self.ports)
        other.root = copy_nodes(self.root)
        return other

    # Reading

    def section(self, key: str, path: Path = ()) -> Section | None:
        """An open section by its key, ``interface Ethernet1``; ``path``: the sections around it."""
        node = self._store(path).get(key)
        return node if isinstance(node, Section) else None

    def _store(self, path: Path) -> dict[str, Any]:
        """What stands in a section; nothing, if it has gone meanwhile."""
        store = self.root
        for key in path:
            node = store.get(key)
            if not isinstance(node, Section):
                return {}
            store = node.lines
        return store

    def sections(self, *opens: str) -> Iterator[Section]:
        """All sections of a kind, in EOS's order."""
        for node in self.ordered():
            if isinstance(node, Section) and node.rule.opens in opens:
                yield node

    def ordered(self) -> list[Line | Section]:
        """Everything at the top, in EOS's order."""
        return sorted(self.root.values(), key=order)

    def text(self) -> str:
        """The configuration as ``show running-config`` prints it below its header, up to ``end``."""
        return "\n".join([*show_lines(self.ordered()), "!", "end"]) + "\n"

    def commands(self) -> dict[str, Any]:
        """The configuration as JSON: each command with what stands below it."""
        return show_commands(self.ordered())

    def lines(self, only: str = "") -> list[str]:
        """The lines without separators; ``only`` the sections whose first line starts so."""
        lines = [line for line in self.text().split("\n")[:-2] if line.strip() != "!"]
        return lines if not only else [line for line in lines if line.startswith(only)]

    # Writing

    def takes_text(self, line: str, mode: Mode = TOP) -> bool:
        """Whether a line is followed by a text that ends with ``EOF`` (a banner, a script)."""
        words = split(line)
        try:
            for place in mode.chain() if words else ():
                rule, match, _ = self._find(place.context, words, negated=False)
                if rule is not None and match is not None:
                    return rule.special == "text"
        except Invalid:
            return False
        return False

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
        words = split(line)
        verb = words[0].lower() if words and words[0].lower() in ("no", "default") else ""
        rest = words[1:] if verb else words
        if not rest:
            raise complaint(len(words), words)
        furthest = 0
        for place in mode.chain():
            rule, match, taken = self._find(place.context, rest, negated=bool(verb))
            if rule is not None and match is not None:
                return self._obey(rule, match, verb, place, body)
            furthest = max(furthest, taken)
        raise complaint(furthest + bool(verb), words)

    def apply_in(self, opens: str, line: str) -> None:
        """Obey a line in the mode that another one opens.

        Raises:
            Invalid: EOS does not take one of the two.
        """
        mode, _ = self.apply(opens)
        self.apply(line, mode)

    def _find(self, context: Context, words: list[str], negated: bool) -> tuple[Rule | None, Match | None, int]:
        complete: list[tuple[Rule, Match]] = []
        tried: list[Match] = []
        furthest = 0
        for rule in _candidates(context, words[0]):
            if rule.only_no and not negated:
                continue
            for syntax in rule.negations if negated else (rule.syntax,):
                match = best(syntax, words)
                tried.append(match)
                furthest = max(furthest, match.taken)
                if match.complete:
                    complete.append((rule, match))
        if not complete:
            return None, None, furthest
        if not any(match.exact for _, match in complete) and (unclear := ambiguity(tried, words)) is not None:
            raise unclear
        return *max(complete, key=lambda pair: pair[1].exact), furthest

    def _obey(self, rule: Rule, match: Match, verb: str, mode: Mode, body: list[str] | None) -> tuple[Mode, str]:
        if rule.opens:
            return self._open(rule, match, verb, mode)
        message = ""
        for store in [self._store(path) for path in mode.sections or ((),)]:
            if rule.special:
                message = special.HANDLERS[rule.special](self, store, rule, match, verb, body) or message
            elif verb:
                self.negate(store, rule, match, verb)
            else:
                key, _ = key_of(rule.key, match)
                text = key_of(rule.show, match)[0] if rule.show else " ".join(match.words)
                self.put(store, rule, key, text, match=match)
        return mode, message

    def _open(self, rule: Rule, match: Match, verb: str, mode: Mode) -> tuple[Mode, str]:
        names = special.names(rule, match)
        paths: list[Path] = []
        context = GLOBAL
        for path in mode.sections or ((),):
            store = self._store(path)
            for name in names:
                section = self._section(rule, match, verb, store, name)
                if section is not None:
                    context = section.context
                    paths.append((*path, section.key))
        if verb:
            if " ".join(match.words) in GLOBAL.initial:
                self.apply(" ".join(match.words))
            return mode, ""
        return Mode(tuple(paths), context, context.prompt.format(special.label(rule, names)), mode), ""

    def _section(self, rule: Rule, match: Match, verb: str, store: dict[str, Any], name: str) -> Section | None:
        """Open a section, or take it away; None if it is not there any more."""
        if rule.special == "interface" and name.startswith(PHYSICAL) and name not in (*self.ports, "Management1"):
            raise complaint(1, ["interface", name])
        key, whole = key_of(rule.key, match) if not rule.special else (rule.key.replace("{0}", name), True)
        if verb:
            stays = rule.special == "interface" and (name.startswith(PHYSICAL) or (verb == "default" and key in store))
            for old in [old for old in store if old == key or (not whole and old.startswith(key))]:
                del store[old]
            if rule.special == "interface" and name.startswith("Port-Channel"):
                self._free_members(store, name.removeprefix("Port-Channel"))
            if not stays:
                return None
        section = store.get(key)
        text = key_of(rule.show, match)[0] if rule.show else " ".join(match.words)
        if not isinstance(section, Section):
            opens = INTERFACES[name.rstrip("0123456789")] if rule.opens == "interface" else str(rule.opens)
            section = store[key] = Section(
                rule, key, f"{match.words[0]} {name}" if rule.special else text, CONTEXTS[opens]
            )
            for line in section.context.initial:
                found, words, _ = self._find(section.context, split(line), negated=False)
                if found is not None and words is not None:
                    self.put(section.lines, found, key_of(found.key, words)[0], line)
        elif not rule.special:
            section.text = text  # ``route-map A deny 10`` after ``route-map A permit 10``
        return section

    @staticmethod
    def _free_members(store: dict[str, Any], channel: str) -> None:
        """With a port channel goes what its ports say of it."""
        for section in store.values():
            line = section.lines.get("channel-group") if isinstance(section, Section) else None
            if line is not None and line.text.split()[1] == channel:
                del section.lines["channel-group"]

    def put(
        self,
        store: dict[str, Any],
        rule: Rule,
        key: str,
        text: str,
        body: Iterable[str] = (),
        match: Match | None = None,
    ) -> None:
        """Store a setting; what equals the default is not kept.

        Args:
            store: the settings of the section, by key.
            rule: the rule that the line fits.
            key: what the setting is stored under; another with this key gives way.
            text: the line as it is shown.
            body: the lines of a banner.
            match: the line, where the rule's default tells of its values.
        """
        if text == (key_of(rule.default, match)[0] if rule.default and match else rule.default):
            store.pop(key, None)
        else:
            store[key] = Line(rule, key, text, tuple(body))

    def negate(self, store: dict[str, Any], rule: Rule, match: Match, verb: str) -> None:
        """Take a setting back, to what EOS does without it.

        Args:
            store: the settings of the section, by key.
            rule: the rule that the line fits.
            match: the line without its first word.
            verb: ``no`` or ``default``.
        """
        key, whole = key_of(rule.key, match)
        if verb == "no" and rule.off:
            self.put(store, rule, key, key_of(rule.off, match)[0])
            return
        for old in [old for old in store if old == key or (not (whole and not rule.only_no) and old.startswith(key))]:
            del store[old]
        for line in GLOBAL.initial if store is self.root else ():
            if key_of(rule.key, Match(0, False, False, (), ()))[0] == key and line.startswith(
                rule.syntax.split("(")[0]
            ):
                self.apply(line)


def _body(lines: Iterator[str]) -> Iterator[str]:
    """The text up to ``EOF``, without the indentation that the closing line has."""
    body: list[str] = []
    for line in lines:
        if line.strip(" \t\r") == "EOF":
            indentation = len(line) - len(line.lstrip(" "))
            yield from (text.removeprefix(" " * indentation) for text in body)
            return
        body.append(line.rstrip("\r"))
    yield from body
