"""Something to put right in the inventory, as people and programs are told it."""

from dataclasses import dataclass
from pathlib import Path

from nornir_tasks.model.finding import Severity, plain


@dataclass(frozen=True, order=True)
class Problem:
    """Something to put right. ``line`` is 0 where a whole file or folder is meant."""

    file: str
    line: int
    key: str
    found: str
    expected: str
    advice: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        key = f"  {self.key}: " if self.key else "  "
        return f"{where}{key}found {self.found}, expected {self.expected}" + (f"; {self.advice}" if self.advice else "")


def shown_path(file: Path) -> str:
    """Relative to the working folder, where the file is below it; no name speaks to a terminal."""
    absolute = file.absolute()
    return plain(str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else file))
