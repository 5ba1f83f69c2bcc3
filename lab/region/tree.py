"""Indented configuration text to a tree and back: what every personality starts from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Node:
    """A line and what stands below it.

    ``raw`` is text that follows the line verbatim and is not indented (a banner with its closing mark).
    """

    line: str = ""
    children: list["Node"] = field(default_factory=list)
    raw: str = ""

    def get(self, line: str) -> "Node | None":
        """The child with exactly this line."""
        return next((child for child in self.children if child.line == line), None)

    def starting(self, prefix: str) -> list["Node"]:
        """The children whose line begins with ``prefix``."""
        return [child for child in self.children if child.line.startswith(prefix)]

    def put(self, line: str) -> "Node":
        """The child with this line, made if it is missing."""
        found = self.get(line)
        if found is None:
            found = Node(line)
            self.children.append(found)
        return found

    def drop(self, line: str) -> bool:
        """Remove the child with this line; False if there was none."""
        before = len(self.children)
        self.children = [child for child in self.children if child.line != line]
        return len(self.children) < before

    def drop_starting(self, prefix: str) -> bool:
        """Remove the children whose line begins with ``prefix``; False if there were none."""
        before = len(self.children)
        self.children = [child for child in self.children if not child.line.startswith(prefix)]
        return len(self.children) < before

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], "Node"]]:
        """Every node below this one with the lines that lead to it, in order."""
        for child in self.children:
            yield path, child
            yield from child.walk((*path, child.line))

    def copy(self) -> "Node":
        """A deep copy."""
        return Node(self.line, [child.copy() for child in self.children], self.raw)


def parse(
    text: str,
    comments: tuple[str, ...] = ("!",),
    raw_until: Callable[[str], str | None] | None = None,
) -> Node:
    """Read indented text into a tree; the root has no line of its own.

    Args:
        comments: lines that begin so are skipped, and so are empty ones.
        raw_until: given a line, the mark that ends the verbatim text it opens (``^C`` of a banner), or None.
            A mark that closes on the same line needs no raw text: return None for it.
    """
    root = Node()
    stack: list[tuple[int, Node]] = [(-1, root)]
    lines = iter(text.splitlines())
    for line in lines:
        bare = line.strip()
        if not bare or bare.startswith(comments):
            continue
        width = len(line) - len(line.lstrip())
        while width <= stack[-1][0]:
            stack.pop()
        node = Node(bare)
        stack[-1][1].children.append(node)
        stack.append((width, node))
        mark = raw_until(bare) if raw_until else None
        if mark is not None:
            rest = []
            for further in lines:
                rest.append(further)
                if mark in further:
                    break
            node.raw = "\n".join(rest)
    return root


def dump(root: Node, indent: str = " ", between: str = "") -> str:
    """Write a tree as text. ``between`` (``!``) is a line put after each child of the root that has children."""
    lines: list[str] = []
    for child in root.children:
        _dump(child, indent, 0, lines)
        if between and child.children:
            lines.append(between)
    return "\n".join(lines) + ("\n" if lines else "")


def _dump(node: Node, indent: str, depth: int, lines: list[str]) -> None:
    lines.append(indent * depth + node.line)
    if node.raw:
        lines.append(node.raw)
    for child in node.children:
        _dump(child, indent, depth + 1, lines)


def ranges(numbers: str) -> list[int]:
    """Read ``1,3-5`` as [1, 3, 4, 5].

    Raises:
        ValueError: it is no such list.
    """
    found: list[int] = []
    for part in numbers.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        low, high = int(first), int(last) if dash else int(first)
        if high < low:
            raise ValueError(f"range {part!r} runs backwards")
        found.extend(range(low, high + 1))
    return found


def compact(numbers: "list[int] | set[int] | frozenset[int] | tuple[int, ...]", pairs: bool = True) -> str:
    """Write [1, 3, 4, 5] as ``1,3-5``. ``pairs``: two neighbours are a range as well (``3-4``)."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = []
    for low, high in runs:
        if low == high:
            parts.append(str(low))
        elif high == low + 1 and not pairs:
            parts.extend((str(low), str(high)))
        else:
            parts.append(f"{low}-{high}")
    return ",".join(parts)
