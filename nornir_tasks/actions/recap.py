"""What a playbook's recap says: each switch of the plan on its own line, those that were never begun among them.

Ansible's own counts what a task did on the host that it ran on. A gate is asked once, on whichever host comes first;
a wave that stops takes with it, as failed, the switches of it that are done; and those of later waves it does not know.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nornir_tasks.change.outcome import STATES
from nornir_tasks.core.output import make_safe

NAME = 19  # columns: as the longest name of a host
COUNTS = ("ok", "changed", "unreachable", "failed", "skipped")


@dataclass
class RecapRow:
    """A host, or the municipality for what is asked once: how many tasks ended how, and what became of it."""

    name: str
    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    state: str = ""

    def __str__(self) -> str:
        counts = " ".join(f"{what}={getattr(self, what)}" for what in COUNTS)
        return f"{self.name:{NAME}} : {counts}  {self.state}".rstrip()


@dataclass
class Recap:
    """What has been counted so far."""

    municipality: str = ""
    rows: dict[str, RecapRow] = field(default_factory=dict)

    def begin(self, municipality: str, order: Iterable[str] = (), left_out: Iterable[str] = ()) -> None:
        """Take in a plan, so that a switch that never begins is there all the same.

        Args:
            municipality: whose; empty where none was named.
            order: the switches that are to be taken, in their order.
            left_out: those that the plan leaves out.
        """
        self.municipality = make_safe(municipality) or "(no municipality)"
        self._row(self.municipality)
        for name in order:
            self._row(name).state = STATES["not begun"]
        for name in left_out:
            self._row(name).state = "left out"

    def count(self, name: str, ended: str, *, changed: bool = False) -> None:
        """Count a task.

        Args:
            name: of the host; empty: it was asked once, for the municipality.
            ended: ok, unreachable, failed or skipped.
            changed: whether it changed something.
        """
        row = self._row(name or self.municipality)
        setattr(row, ended, getattr(row, ended) + 1)
        row.changed += changed

    def end(self, name: str, outcome: str) -> None:
        """What became of a switch, as the journal has it."""
        self._row(name).state = STATES.get(outcome, outcome)

    def stop(self) -> None:
        """The change has stopped: told once, however many switches of the wave say so."""
        self._row(self.municipality).failed = 1

    def list_rows(self) -> list[RecapRow]:
        """Every row: the municipality, the plan's switches in their order, then other hosts."""
        for row in self.rows.values():
            row.skipped = row.skipped or int(row.state in (STATES["not begun"], "left out"))
        return list(self.rows.values())

    def _row(self, name: str) -> RecapRow:
        return self.rows.setdefault(name, RecapRow(name))
