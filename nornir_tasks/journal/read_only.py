"""How far everything has come, for whoever only reads: where nobody has kept a journal yet, nothing has moved."""

import os
from pathlib import Path

from nornir_tasks.core import state
from nornir_tasks.journal.backup import Backups
from nornir_tasks.journal.journal import Journal
from nornir_tasks.model import Position


class Standing:
    """The journal and the survey's snapshots, if there are any; none are made. ``kept``: there is a journal."""

    def __init__(self) -> None:
        self._place = Path(os.environ.get("FELLESDRIFT_STATE") or state.ROOT / ".state")
        url = os.environ.get("FELLESDRIFT_JOURNAL")
        self.kept = bool(url) or (self._place / "journal.sqlite").exists()
        self._journal = Journal.at(self._place, url) if self.kept else None
        self._snapshots = self._journal.snapshots() if self._journal else {}

    def position(self) -> Position:
        """How far everything has come."""
        return self._journal.position() if self._journal else Position()

    def legacy(self, device: str) -> str | None:
        """The survey's snapshot of a device, cleaned and masked."""
        reference = self._snapshots.get(device)
        if reference is None:
            return None
        return Backups(self._place / "backups", state.Key(self._place)).load(reference).masked
