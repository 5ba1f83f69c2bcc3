"""A line of a configuration and what stands below it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class ConfigNode:
    """A line and what stands below it. The root's own line is empty; free text is one line with breaks in it.

    ``lead`` is what stood before the line where it was read, so that it is written as it was; None: by its depth.
    ``closing`` is the line that ends the section, as ``exit-address-family`` does: it is written, and is no setting.
    """

    text: str = ""
    children: list["ConfigNode"] = field(default_factory=list)
    lead: str | None = field(default=None, compare=False, repr=False)
    closing: "ConfigNode | None" = field(default=None, compare=False, repr=False)

    def find(self, text: str) -> "ConfigNode | None":
        """The first line below this one with this text."""
        return next((child for child in self.children if child.text == text), None)

    def find_start(self, start: str) -> "ConfigNode | None":
        """The first line below this one that begins so."""
        return next((child for child in self.children if child.text.startswith(start)), None)

    def copy(self) -> "ConfigNode":
        """The same lines, apart from these."""
        return ConfigNode(self.text, [child.copy() for child in self.children], self.lead, self.closing)

    def write(self, indent: str) -> str:
        """The lines as they were read, new ones as a device shows them; the breaks of free text are not indented."""
        return "".join(f"{line}\n" for line in self.list_written(indent))

    def list_written(self, indent: str, above: str = "") -> Iterator[str]:
        """As ``write``, a line at a time (free text is one)."""
        for child in self.children:
            lead = above if child.lead is None else child.lead
            yield lead + child.text
            yield from child.list_written(indent, lead + indent)
            closing = child.closing
            while closing is not None:
                yield (lead if closing.lead is None else closing.lead) + closing.text
                closing = closing.closing

    def indent_anew(self) -> "ConfigNode":
        """The same lines, apart from these, to be written by their depth."""
        closing = self.closing and ConfigNode(self.closing.text)
        return ConfigNode(self.text, [child.indent_anew() for child in self.children], closing=closing)

    def walk(self, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every line, with the lines that it stands below."""
        for child in self.children:
            path = (*above, child.text)
            yield path
            yield from child.walk(path)
