"""An open connection to a ProCurve: a change under a scheduled reload, line by line."""

import math
import re
import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from netmiko import BaseConnection
from netmiko.exceptions import NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.base import NOTHING_WAITS, Change, Moved, RefusedLine, Session
from nornir_tasks.platforms.procurve.remediation import steps
from nornir_tasks.platforms.procurve.text import Text, clean, closed, redacted

QUESTION = r"[\[(][Yy]/[Nn](?:/\^C)?[\])]\??\s*\Z"
# A line that is taken is answered by the prompt alone. These words beside it are no refusal.
HARMLESS = re.compile(r"(?:Warning|Note|Caution|y$|n$)", re.IGNORECASE)
# Lines that are known to ask, and what they ask is known. A question to any other line is a surprise: no.
EXPECTED = re.compile(r"(?:no )?(?:password|include-credentials)\b")
UNSAVED = re.compile(r"unable|error|fail|no space", re.IGNORECASE)
PAUSE = 0.004  # seconds between two looks at the channel
LOST = (NetmikoBaseException, SSHException, OSError, EOFError)

P = ParamSpec("P")
R = TypeVar("R")


class _Lost(PlatformError):
    """The connection is gone."""


def _online(
    method: "Callable[Concatenate[ProcurveSession, P], R]",
) -> "Callable[Concatenate[ProcurveSession, P], R]":
    """Turn the driver's own errors into ours."""

    @wraps(method)
    def wrapped(self: "ProcurveSession", *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except LOST as error:
            self._alive = False
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise _Lost(f"{self.where}: the connection was lost: {reason}") from error

    return wrapped


class ProcurveSession(Session):
    """One login."""

    def __init__(self, connection: BaseConnection, timeout: float) -> None:
        self._connection: Any = connection  # netmiko's own types are looser than what it does
        self._timeout = timeout
        self._alive = True
        self._rest = ""
        self._name = str(self._connection.base_prompt)
        self.where = f"{self._connection.host}:{self._connection.port}"

    # Asking

    @_online
    def _ask(self, command: str, agree: bool = False) -> str:
        """Send one line and read what it prints, up to the next prompt. ``agree``: say yes to what it asks, else no."""
        self._connection.write_channel(f"{command}\n")
        self._read(re.escape(command))  # its echo
        names = {self._name}
        if match := re.match(r'hostname "?([^"]+)"?$', command):
            names.add(match[1])
        prompt = "|".join(re.escape(name) for name in sorted(names))
        pattern = rf"(?:[\r\n](?:{prompt})(?:\([\w,-]+\))?[#>]\s*\Z|{QUESTION})"
        output = ""
        while True:
            output += self._read(pattern)
            if not re.search(QUESTION, output):
                break
            output = "" if agree else f"{output}\n"
            self._connection.write_channel(f"{'y' if agree else 'n'}\n")
        lines = [line.rstrip() for line in output.splitlines()]
        self._name = next((name for name in names if lines[-1].startswith(name)), self._name)
        # More than one prompt may have come: where one key was the answer, the return after it was a line of its own.
        bare = re.compile(rf"(?:{prompt})(?:\([\w,-]+\))?[#>]")
        return "\n".join(line for line in lines if not bare.fullmatch(line)).strip("\n")

    def _read(self, pattern: str) -> str:
        """Read up to and with what the pattern matches; the rest is kept for the next time."""
        end = time.monotonic() + self._timeout
        output, self._rest = self._rest, ""
        while not (match := re.search(pattern, output)):
            more = str(self._connection.read_channel())
            if not more and time.monotonic() > end:
                raise TimeoutError(f"no answer within {self._timeout:g} s")
            if not more:
                time.sleep(PAUSE)
            output += more
        self._rest = output[match.end() :]
        return output[: match.end()]

    def running(self) -> str:
        """The running configuration, cleaned, and as far as its last VLAN known to be whole.

        Nothing marks the end of a ProCurve's configuration, and one that comes in part each time equals itself: what it
        lacks would neither be planned for nor be missed after a going back. So it has to name every VLAN of the switch.
        """
        text = clean(self._ask("show running-config"))
        said = self._ask("show vlans")
        there = set(re.findall(r"^\s+(\d+)\s.*\|\s+Port-based\b", said, re.M))
        told = set(re.findall(r"^vlan (\d+)$", text, re.M))
        if not there or not closed(text) or there - told:
            lacking = ", ".join(sorted(there - told, key=int)) or "none"
            raise PlatformError(f"{self.where}: show running-config: it came in part (missing VLANs: {lacking})")
        return text

    def startup(self) -> str:
        """The startup configuration, cleaned."""
        return clean(self._ask("show config"))

    def facts(self) -> dict[str, object]:
        """Who this is. The uptime is as fine as the switch tells it: days, hours or minutes."""
        system = self._ask("show system")
        model = re.search(r"; (\S+) Configuration Editor", self._ask("show running-config"))
        return {
            "hostname": _field(system, "System Name"),
            "model": model[1] if model else "",
            "serial": _field(system, "Serial Number"),
            "version": _field(system, "Software revision"),
            "uptime": _seconds(_field(system, "Up Time", r"\d+ \w+")),
        }

    def ping(self, address: str) -> bool:
        """Whether the switch reaches an address."""
        return "is alive" in self._ask(f"ping {address}")

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP. The detailed form: in the table, names are cut off after 18 letters."""
        ports = sorted(int(port) for port in self.ports() if port.isdigit())
        if not ports:
            return {}
        found = {}
        for entry in re.split(r"^-{20,}\s*$", self._ask(f"show lldp info remote-device 1-{ports[-1]}"), flags=re.M):
            local, name, port = (_field(entry, key) for key in ("Local Port", "SysName", "PortId"))
            if local and name:
                found[local] = (name, port)
        return found

    def ports(self) -> dict[str, bool]:
        """Port to whether its link is up."""
        rows = re.findall(r"^\s+(\w+)\*?\s.*\|\s+\w+\s+\w+\s+(Up|Down)\b", self._ask("show interfaces brief"), re.M)
        return {port: state == "Up" for port, state in rows}

    def mac_table(self) -> list[tuple[str, int, str]]:
        """What was heard: address, VLAN, port."""
        rows = re.findall(r"^\s+([0-9a-f]{6}-[0-9a-f]{6})\s+(\S+)\s+(\d+)", self._ask("show mac-address"), re.M)
        return [(_mac(address), int(vlan), port) for address, port, vlan in rows]

    # Changing

    def push(self, change: Change, revert_seconds: int) -> None:
        """Arm the reload, then write line by line; a refused line is taken back with all before it."""
        before = clean(change.before)
        if self.running() != before:
            raise Moved
        if self.startup() != before:
            raise PlatformError(
                f"{self.where}: startup differs from running, so the reload that protects the change would lose more "
                "than the change; save or undo what is unsaved first"
            )
        minutes = max(1, math.ceil(revert_seconds / 60))
        self._ask(f"reload after {minutes}", agree=True)
        if not self.pending():
            raise PlatformError(f"{self.where}: the reload could not be scheduled; nothing was written")
        safe = f"it restarts by itself within {minutes} minutes, into what it had before"
        try:
            self._write(change.lines)
        except RefusedLine as refused:
            self._take_back(before, refused, safe)
            raise
        except _Lost as lost:
            raise PlatformError(f"{lost}; {safe}") from lost

    def _write(self, lines: Iterable[str]) -> None:
        """Write lines in configuration mode, each checked before the next.

        Raises:
            RefusedLine: the switch said anything but its prompt.
        """
        self._ask("configure terminal")
        written: list[str] = []
        for raw in lines:
            line = raw.strip()
            if not line:
                continue
            written.append(line)
            words = self._ask(line, agree=EXPECTED.match(line) is not None)
            said = [word for word in words.splitlines() if word.strip() and not HARMLESS.match(word.strip())]
            if said:
                self._ask("end")
                raise RefusedLine(redacted(line), redacted(line, "\n".join(said)), written.count(line))
        self._ask("end")

    def _take_back(self, before: str, refused: RefusedLine, safe: str) -> None:
        """Write what leads back, and make sure that it did."""
        try:
            self._write(steps(Text.parse(self.running()), Text.parse(before)))
            if self.running() != before:
                raise PlatformError("what runs is not what ran before")
            self._disarm()
        except PlatformError as error:
            raise PlatformError(f"{self.where}: {refused}; it could not be taken back ({error}), but {safe}") from error

    def pending(self) -> bool:
        """Whether a reload is scheduled."""
        said = self._ask("show reload after")
        return bool(re.search(r"scheduled (?:in|for|at|after)\b", said, re.IGNORECASE))

    def _disarm(self) -> None:
        self._ask("no reload", agree=True)
        if self.pending():
            raise PlatformError(f"{self.where}: the scheduled reload could not be cancelled")

    def confirm(self) -> None:
        """Cancel the reload and save."""
        if not self.pending():
            raise PlatformError(f"{self.where}: {NOTHING_WAITS}")
        self._disarm()
        self.save()

    def save(self) -> None:
        """Save running to startup, and make sure that it is there."""
        said = self._ask("write memory", agree=True)
        # What it says counts too: startup may equal running because nothing had to be saved, and nothing could be.
        if UNSAVED.search(said) or self.startup() != self.running():
            raise PlatformError(f"{self.where}: could not save: {said or 'startup still differs from running'}")

    def revert(self, before: str) -> None:
        """Write the way back to what ran before the change; if that fails, restart into it: startup holds it."""
        try:
            self._write(steps(Text.parse(self.running()), Text.parse(before)))
            if self.running() == before:
                self._disarm()
                return
        except RefusedLine:
            pass  # the restart below goes back without asking the switch to agree to any line
        self._restart()

    @_online
    def _restart(self) -> None:
        """Restart without saving. The connection ends here."""
        self._alive = False
        self._connection.write_channel("reload\n")
        self._read(QUESTION)
        self._connection.write_channel("y")
        try:
            self._read(r"(?:save .*\?|[Rr]eboot)")
            self._connection.write_channel("n")
        except LOST:
            return  # it is already restarting: nothing was unsaved

    def close(self) -> None:
        """Log out and hang up."""
        try:
            if self._alive:
                self._connection.disconnect()
            else:
                self._connection.paramiko_cleanup()  # a farewell would wait for an answer that never comes
        except LOST:
            return  # it is closed, whoever did it


def _field(text: str, name: str, pattern: str = r"\S+") -> str:
    match = re.search(rf"{re.escape(name)}\s*: ({pattern})", text)
    return match[1] if match else ""


def _seconds(words: str) -> int:
    """``3 days`` as seconds."""
    number, _, unit = words.partition(" ")
    factor = {"d": 86400, "h": 3600, "m": 60}.get(unit[:1], 1)
    return int(number or 0) * factor


def _mac(address: str) -> str:
    digits = address.replace("-", "").upper()
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))
