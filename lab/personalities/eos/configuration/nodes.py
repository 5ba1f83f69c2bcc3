"""What an EOS configuration consists of, and how it is shown: lines, and the modes that lines open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lab.personalities.eos.configuration.grammar import INTERFACES, Context, Rule
from lab.personalities.eos.configuration.tokens import natural
from lab.region.ranges import format_ranges


@dataclass(frozen=True)
class Line:
    """One setting as it is shown. ``body``: the lines of a banner or of a script."""

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
    lines: dict[str, Any] = field(default_factory=dict)  # of Line and Section

    def copy(self) -> "Section":
        """An independent copy."""
        return Section(self.rule, self.key, self.text, self.context, copy_nodes(self.lines))


def copy_nodes(nodes: dict[str, Any]) -> dict[str, Any]:
    """An independent copy of what stands in a section."""
    return {key: node.copy() if isinstance(node, Section) else node for key, node in nodes.items()}


def order(node: Line | Section) -> tuple:
    """A sort key: where EOS shows it."""
    if node.rule.special == "interface":
        kind = node.key.split()[1].rstrip("0123456789")
        return node.rule.order, list(INTERFACES).index(kind), natural(node.key)
    return node.rule.order, 0, natural(node.key)


def _indented(node: Line, depth: int) -> Iterator[str]:
    yield f"{'   ' * depth}{node.text}"
    if node.rule.special == "text":
        inner = "   " * (depth + 1) if depth else ""
        yield from (f"{inner}{line}" for line in (*node.body, "EOF"))


def _inside(section: Section, depth: int = 1) -> Iterator[str]:
    nodes = sorted(section.lines.values(), key=order)
    for node in nodes:
        if isinstance(node, Section):
            yield from ("   " * depth + "!", "   " * depth + node.text)
            yield from _inside(node, depth + 1)
        else:
            yield from _indented(node, depth)


def _visible(nodes: list[Line | Section]) -> Iterator[tuple[Line | Section, str]]:
    """What is shown at the top, each with its line; nameless VLANs in a row are one line."""
    row: list[int] = []
    shown = [
        node
        for node in nodes
        if not isinstance(node, Section) or node.lines or not (node.rule.drop_empty or node.key == "vlan 1")
    ]
    for index, node in enumerate(shown):
        if isinstance(node, Section) and node.rule.special == "vlan" and not node.lines:
            row.append(int(node.key.split()[1]))
            following = shown[index + 1] if index + 1 < len(shown) else None
            if isinstance(following, Section) and following.rule is node.rule and not following.lines:
                continue
            yield node, f"vlan {format_ranges(row)}"
            row = []
        else:
            yield node, node.text


def show_lines(nodes: list[Line | Section]) -> Iterator[str]:
    """All lines, with EOS's ``!`` between what does not belong together."""
    previous: Line | Section | None = None
    for node, text in _visible(nodes):
        together = (
            isinstance(node, Line)
            and isinstance(previous, Line)
            and previous.rule.block == node.rule.block
            and (node.rule.block or previous.rule.syntax.split()[0] == node.rule.syntax.split()[0] == "username")
        )
        if previous and not together:
            yield "!"
        if isinstance(node, Section):
            yield text
            yield from _inside(node)
        else:
            yield from _indented(node, 0)
        previous = node


def show_commands(nodes: list[Line | Section]) -> dict[str, Any]:
    """The JSON form: each command with what stands below it."""
    commands: dict[str, Any] = {}
    for node, text in _visible(nodes):
        if isinstance(node, Section):
            inner = show_commands(sorted(node.lines.values(), key=order))
            commands[text] = {"comments": [], "cmds": inner["cmds"]} if node.lines else None
        else:
            commands["\n".join(_indented(node, 0))] = None
    return {"cmds": commands}
