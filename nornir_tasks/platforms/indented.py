"""Configurations in which indentation is structure (IOS, EOS): read, written, and laid one over the other. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

BANNER = re.compile(r"^banner \w+ (\^C|\x03|\S)")


@dataclass
class Block:
    """A line and what stands below it. The root's own line is empty."""

    text: str = ""
    children: list["Block"] = field(default_factory=list)

    def child(self, text: str) -> "Block | None":
        """The first line below this one that reads so."""
        return next((child for child in self.children if child.text == text), None)

    def write(self, depth: int = 0) -> str:
        """The lines as a device shows them, one space of indentation a level."""
        return "".join(f"{' ' * depth}{child.text}\n{child.write(depth + 1)}" for child in self.children)


def read(text: str) -> Block:
    """Parse a clean configuration (see ``logical_lines`` for banners)."""
    root = Block()
    levels: list[tuple[int, Block]] = [(-1, root)]
    for line in logical_lines(text):
        body = line.strip()
        depth = len(line) - len(line.lstrip())
        while levels[-1][0] >= depth:
            levels.pop()
        block = Block(body)
        levels[-1][1].children.append(block)
        levels.append((depth, block))
    return root


def logical_lines(text: str) -> Iterator[str]:
    """Lines without comments; a banner over several lines is one, with its line breaks inside."""
    banner, mark = "", ""
    for line in text.replace("\r", "").split("\n"):
        if mark:
            banner += f"\n{line}"
            if mark in line:
                yield banner
                mark = ""
        elif found := BANNER.match(line):
            if found[1] in line[found.end() :]:
                yield line.rstrip()
            else:
                banner, mark = line, found[1]
        elif line.strip() and not line.lstrip().startswith("!"):
            yield line.rstrip()


@dataclass(frozen=True)
class Rules:
    """What a platform's lines mean where two of them meet.

    ``single``: the patterns of lines that have one value; a line's key is what its pattern matches. ``shown_negated``:
    lines that the device shows with ``no`` in front. ``clears``: a line, and the start of the lines that it takes away.
    """

    single: tuple[re.Pattern[str], ...]
    shown_negated: re.Pattern[str]
    clears: tuple[tuple[str, str], ...] = ()
    every_vlan: str = "1-4094"

    def key(self, text: str) -> str:
        """What a line shares with the lines that it replaces."""
        bare = text.removeprefix("no ")
        for pattern in self.single:
            if found := pattern.match(bare):
                return found[0]
        return bare


def overlay(legacy: str, additions: str, rules: Rules) -> str:
    """The configuration a device has once ``additions`` were merged into ``legacy``."""
    base = read(legacy)
    _lay(base, read(additions), rules)
    return base.write()


def _lay(base: Block, additions: Block, rules: Rules) -> None:
    for new in additions.children:
        if new.children or base.child(new.text) is not None:
            there = base.child(new.text)
            if there is None:
                there = _insert(base, Block(new.text))
            _lay(there, new, rules)
            continue
        for line, start in rules.clears:
            if new.text == line:
                base.children = [child for child in base.children if not child.text.startswith(start)]
        text = _resolve(base, new.text, rules)
        key = rules.key(new.text)
        place = next((n for n, child in enumerate(base.children) if rules.key(child.text) == key), None)
        if text.startswith("no ") and not rules.shown_negated.match(text):
            base.children = [child for child in base.children if rules.key(child.text) != key]
        elif place is not None:
            base.children[place].text = text
        elif text:
            _insert(base, Block(text))


TRUNK = "switchport trunk allowed vlan "


def _resolve(base: Block, text: str, rules: Rules) -> str:
    """``switchport trunk allowed vlan add``: the union with what the trunk carries; all of them stay all of them."""
    if not text.startswith(f"{TRUNK}add "):
        return text
    before = next((child.text for child in base.children if child.text.startswith(TRUNK)), None)
    if before is None or before == f"{TRUNK}all":
        return before or ""
    old = before.removeprefix(TRUNK)
    return TRUNK + vlan_text({*vlan_set("" if old == "none" else old), *vlan_set(text.removeprefix(f"{TRUNK}add "))})


def _insert(base: Block, block: Block) -> Block:
    """Put a line where its kind stands: behind the last that begins with the same word, else at the end."""
    word = block.text.removeprefix("no ").split()[0]
    places = [n for n, child in enumerate(base.children) if child.text.removeprefix("no ").split()[0] == word]
    base.children.insert(places[-1] + 1 if places else _end(base), block)
    return block


def _end(base: Block) -> int:
    """Behind the last line, but before ``end``."""
    return len(base.children) - (1 if base.children and base.children[-1].text == "end" else 0)


def vlan_set(text: str) -> set[int]:
    """``1,20-22`` as numbers."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        low, _, high = part.partition("-")
        found.update(range(int(low), int(high or low) + 1))
    return found


def vlan_text(vlans: set[int]) -> str:
    """Numbers as IOS and EOS write them: two neighbours with a comma on IOS, as a range from three on."""
    runs: list[list[int]] = []
    for vlan in sorted(vlans):
        if runs and vlan == runs[-1][1] + 1:
            runs[-1][1] = vlan
        else:
            runs.append([vlan, vlan])
    return ",".join(_run(low, high) for low, high in runs)


def _run(low: int, high: int) -> str:
    if low == high:
        return str(low)
    return f"{low},{high}" if high == low + 1 else f"{low}-{high}"


def masked(
    text: str, patterns: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], int], str]], ...]
) -> tuple[str, dict[str, str]]:
    """Hide secrets. Shape of a pattern: groups ``head``, ``secret``, ``tail``, and a function (match, count) to its key."""
    secrets: dict[str, str] = {}
    out = []
    counts: dict[int, dict[str, int]] = {}
    for line in text.splitlines():
        shown = line
        for number, (pattern, name) in enumerate(patterns):
            if found := pattern.match(line):
                if found["secret"].startswith("<secret:"):
                    break
                seen = counts.setdefault(number, {})
                key = name(found, seen.setdefault(found["secret"], len(seen) + 1))
                secrets[key] = found["secret"]
                shown = f"{found['head']}<secret:{key}>{found['tail']}"
                break
        out.append(shown)
    return "".join(f"{line}\n" for line in out), secrets
