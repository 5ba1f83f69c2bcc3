"""A lab of a test's own, in the background for as long as it is needed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.control import process
from lab.control.client import Client
from lab.state.password import password


class RunningLab:
    """A lab of a test's own: started in the background on the test's directory and ports, stopped by its process id.

    ``client`` drives it; ``password`` gives what to log in with; ``where`` is its directory.
    """

    def __init__(self, where: Path) -> None:
        self.where = where
        self.client = Client(where)
        self.municipalities: tuple[str, ...] = ()

    def up(
        self, *municipalities: str, delay: float = 0.0, clock: float = 1.0, servers: tuple[str, ...] = ()
    ) -> "RunningLab":
        """Start with these municipalities (all, if none) and the centre; ``delay`` is in seconds.

        ``servers``: the municipalities whose servers are hosts, for root.
        """
        self.where.mkdir(parents=True, exist_ok=True)
        process.start(self.where, list(municipalities), delay, lambda line: None, clock, servers)
        self.municipalities = municipalities
        return self

    def down(self) -> None:
        """Stop it, if it runs."""
        process.stop(self.where)

    def password(self, municipality: str, account: str) -> str:
        """The password of an account."""
        return password(self.where, municipality, account)

    def switch(self, name: str) -> dict[str, Any]:
        """The status of one switch: ``host``, ``ssh_port``, ``eapi_port``, ``up`` …"""
        return next(row for row in self.client.status()["switches"] if row["name"] == name)

    def wait(self, holds: Callable[[], object], seconds: float = 10.0, what: str = "it") -> None:
        """Wait until something holds.

        Args:
            holds: asked every 20 ms.
            seconds: how long to wait at most.
            what: names it in the error.

        Raises:
            TimeoutError: it did not, in time.
        """
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not happen within {seconds:g} s")
            time.sleep(0.02)


class Labs:
    """One running lab a test process, handed from module to module; restarted only for other municipalities."""

    def __init__(self, where: Path) -> None:
        self._lab = RunningLab(where)

    def __call__(self, *municipalities: str) -> RunningLab:
        """A lab with these municipalities, no faults, time as usual; ``client.reset()`` puts it back to the legacy."""
        lab = self._lab
        if process.holder(lab.where) is not None and lab.municipalities == municipalities:
            for name in lab.client.ask("faults"):
                lab.client.fault(name, "clear")
            lab.client.clock(1)
            return lab
        lab.down()
        return lab.up(*municipalities)

    def close(self) -> None:
        """Stop it."""
        self._lab.down()
