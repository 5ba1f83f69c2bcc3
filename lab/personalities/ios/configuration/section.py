"""What an IOS configuration is made of: lines, and sections that other lines hang under."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.personalities.ios.configuration.parse import Rule


@dataclass
class Line:
    """One setting. ``sequence`` orders the rows of access lists; a remark has that of the row before it."""

    rule: Rule
    text: str
    sequence: int = 0
    numbered: bool = True


@dataclass
class Section:
    """A line that other lines hang under."""

    rule: Rule | None
    text: str
    context: str
    entries: dict[str, "Line | Section"] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Whether something is set under this key."""
        return key in self.entries

    def get(self, key: str) -> str | None:
        """The text set under this key."""
        entry = self.entries.get(key)
        return entry.text if entry is not None else None

    def sections(self, start: str) -> Iterator["Section"]:
        """The sections whose first words are these."""
        return (entry for entry in self.entries.values() if isinstance(entry, Section) and entry.text.startswith(start))

    def lines(self, start: str) -> Iterator[str]:
        """The lines that start with these words."""
        lines = (entry for entry in self.entries.values() if isinstance(entry, Line))
        return (entry.text for entry in lines if entry.text.startswith(start))

    @property
    def routed(self) -> bool:
        """Whether this interface is one of layer 3."""
        return self.context in ("svi", "loopback") or self.has("switchport")
