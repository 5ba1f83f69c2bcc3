"""Ask a running lab: a small synchronous client of its control channel, for tests and the demo."""

import json
import os
import socket
from pathlib import Path
from typing import Any

from lab.control.channel import SOCKET
from lab.state.password import directory


class LabDown(ConnectionError):
    """No lab is running on this directory."""


class LabRefused(RuntimeError):
    """The lab says that this cannot be done; the message is its own."""


class Client:
    """A running lab. ``where`` is its directory; by default this checkout's, or ``FELLESDRIFT_LAB_DIR``."""

    def __init__(self, where: Path | None = None, timeout: float = 60.0) -> None:
        self.where = where or directory()
        self.timeout = timeout

    def ask(self, do: str, **asked: Any) -> Any:
        """Ask one thing and wait for the answer.

        Raises:
            LabDown: nobody answers.
            LabRefused: it cannot be done.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(self.timeout)
            try:
                handle = os.open(self.where, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    channel.connect(f"/proc/self/fd/{handle}/{SOCKET}")
                finally:
                    os.close(handle)
                channel.sendall(json.dumps({"do": do, **asked}).encode() + b"\n")
                with channel.makefile("r") as stream:
                    line = stream.readline()
            except OSError as error:
                raise LabDown(f"no lab is running on {self.where}: {error}") from error
        if not line:
            raise LabDown(f"the lab on {self.where} hung up")
        answer = json.loads(line)
        if not answer["ok"]:
            raise LabRefused(answer["error"])
        return answer["result"]

    @property
    def running_now(self) -> bool:
        """Whether a lab answers."""
        try:
            self.ask("status")
        except LabDown:
            return False
        return True

    def status(self) -> dict[str, Any]:
        """Every switch: up, reachable, timers, faults, sessions."""
        return dict(self.ask("status"))

    def running(self, switch: str) -> str:
        """A switch's running configuration, as it is, secrets included."""
        return str(self.ask("running", switch=switch))

    def startup(self, switch: str) -> str:
        """A switch's startup configuration."""
        return str(self.ask("startup", switch=switch))

    def digests(self) -> dict[str, str]:
        """The digest of every switch's running configuration."""
        return dict(self.ask("digests"))

    def fault(self, switch: str, *words: str) -> list[str]:
        """Set a fault (``"refuse", "^ntp"``); returns those that are set now."""
        return list(self.ask("fault", switch=switch, words=list(words)))

    def stage(self, municipality: str, stage: str) -> None:
        """Say how far a municipality has come; ``any``: what there was and what there will be, side by side."""
        self.ask("stage", municipality=municipality, stage=stage)

    def history(self, switch: str) -> list[dict[str, Any]]:
        """What a switch ran since it was made or reset, a record a transition: ``at``, ``digest``, ``how``."""
        return list(self.ask("history", switch=switch))

    def clock(self, factor: float) -> None:
        """Let the switches' own time run so many times as fast, for what is set from now on."""
        self.ask("clock", factor=factor)

    def record(self, *municipalities: str, reset: bool = False) -> dict[str, Any]:
        """The outage record; ``reset`` begins it anew."""
        return dict(self.ask("record", municipalities=list(municipalities), reset=reset))

    def reset(self, *municipalities: str) -> int:
        """Back to the legacy. Returns how many switches were reset."""
        return int(self.ask("reset", municipalities=list(municipalities)))

    def edit(self, switch: str, *lines: str, save: bool = False) -> str:
        """Type configuration lines as the switch's own administrator; returns what it printed."""
        return str(self.ask("edit", switch=switch, lines=list(lines), save=save))

    def reach(self, what: str) -> dict[str, Any]:
        """A station and its gateway, or who reaches an address."""
        return dict(self.ask("reach", what=[what])[0])

    def connect(self, station: str, target: str, *ports: str) -> dict[str, Any]:
        """Whether a station reaches something. Shape: ``station``, ``to``, ``reached``, ``ended`` (where, if not).

        Args:
            station: by name or MAC address.
            target: an application, a common service, a destination, a host or an address.
            ports: to be opened at a host or an address, as ``tcp/443``.
        """
        return dict(self.ask("connect", station=station, target=target, ports=list(ports)))

    def stations(self) -> list[dict[str, Any]]:
        """Everything that is plugged in: name, kind, place, and the address that it has now."""
        return list(self.ask("stations"))

    def skip(self, seconds: float) -> None:
        """Let time pass for stations and people, at once: leases, names, starts."""
        self.ask("skip", seconds=seconds)

    def lease(self, municipality: str, seconds: float) -> None:
        """Let a municipality's own DHCP server lend for so long from now on."""
        self.ask("lease", municipality=municipality, seconds=seconds)

    def keep(self, *stations: str) -> list[str]:
        """Type into stations the addresses that they were lent; returns those that had one."""
        return list(self.ask("keep", stations=list(stations)))

    def visit(self, *stations: str) -> list[str]:
        """Let stations ask for their addresses; returns those that had one typed in."""
        return list(self.ask("visit", stations=list(stations)))

    def ping(self, switch: str, address: str) -> bool:
        """Whether an address answers a switch, there and back."""
        return bool(self.ask("ping", switch=switch, address=address))

    def trust(self, file: Path | None = None) -> None:
        """Write the switches' host keys as a file of known hosts (default: the lab's own), certificates beside it."""
        self.ask("trust", file=str(file.absolute()) if file else None)
