"""An open connection to a ProCurve: a change under a scheduled reload, line by line."""

import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from netmiko import BaseConnection
from netmiko.exceptions import NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.address_tables import format_mac
from nornir_tasks.platforms.common.base import (
    MOST_QUESTIONS,
    NOTHING_WAITS,
    ConfigurationMoved,
    Origin,
    PreparedChange,
    RefusedLine,
    Session,
    describe_driver_error,
)
from nornir_tasks.platforms.common.health_state import DeviceHealth, PortHealth, Route, SpanningTree, TimeState
from nornir_tasks.platforms.procurve import health
from nornir_tasks.platforms.procurve.health import find_field, read_span
from nornir_tasks.platforms.procurve.ports import format_ports, parse_port
from nornir_tasks.platforms.procurve.remediation import make_steps
from nornir_tasks.platforms.procurve.text import ProcurveConfig, clean, is_complete, redact

QUESTION = r"[\[(][Yy]/[Nn](?:/\^C)?[\])]\??\s*\Z"
# An accepted line is answered by the prompt alone. These replies are no refusal either.
HARMLESS = re.compile(r"(?:Warning|Note|Caution|y$|n$)", re.IGNORECASE)
# Lines that are known to ask, and may be answered yes. A question to any other line is unexpected: no.
EXPECTED = re.compile(r"(?:no )?(?:password|include-credentials)\b")
UNSAVED = re.compile(r"unable|error|fail|no space", re.IGNORECASE)
PAUSE = 0.004  # seconds between two looks at the channel
PERMIT_SECONDS = 1.0  # so old may the permit be when a line is written
CONNECTION_ERRORS = (NetmikoBaseException, SSHException, OSError, EOFError)

P = ParamSpec("P")
R = TypeVar("R")


class _ConnectionLost(PlatformError):
    """The connection is gone."""


def _convert_errors(
    method: "Callable[Concatenate[ProcurveSession, P], R]",
) -> "Callable[Concatenate[ProcurveSession, P], R]":
    """Turn the driver's errors into ``PlatformError``, and remember that the connection is lost."""

    @wraps(method)
    def wrapped(self: "ProcurveSession", *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except CONNECTION_ERRORS as error:
            self._alive = False
            raise _ConnectionLost(f"{self.where}: the connection was lost: {describe_driver_error(error)}") from error

    return wrapped


class ProcurveSession(Session):
    """One login."""

    def __init__(self, connection: BaseConnection, timeout: float) -> None:
        self._connection: Any = connection  # netmiko's own types are looser than what it does
        self._timeout = timeout
        self._alive = True
        self._unread = ""
        self._name = str(self._connection.base_prompt)
        self.where = f"{self._connection.host}:{self._connection.port}"

    # Asking

    @_convert_errors
    def _send_command(self, command: str, agree: bool = False) -> str:
        """The reply to a line, up to the next prompt. ``agree``: questions are answered yes, else no."""
        self._connection.write_channel(f"{command}\n")
        self._read_until(re.escape(command))  # its echo
        names = {self._name}
        if match := re.match(r'hostname "?([^"]+)"?$', command):
            names.add(match[1])
        prompt = "|".join(re.escape(name) for name in sorted(names))
        pattern = rf"(?:[\r\n](?:{prompt})(?:\([\w,-]+\))?[#>]\s*\Z|{QUESTION})"
        output = ""
        for _ in range(MOST_QUESTIONS):
            output += self._read_until(pattern)
            if not re.search(QUESTION, output):
                break
            output = "" if agree else f"{output}\n"
            self._connection.write_channel(f"{'y' if agree else 'n'}\n")
        else:
            raise TimeoutError(f"it still asks after {MOST_QUESTIONS} answers")
        lines = [line.rstrip() for line in re.split(r"\r\n|\r|\n", output.rstrip("\r\n"))]
        self._name = next((name for name in names if lines[-1].startswith(name)), self._name)
        # Several prompts may have come: where a single key was the answer, the return after it counted as a line.
        bare = re.compile(rf"(?:{prompt})(?:\([\w,-]+\))?[#>]")
        return "\n".join(line for line in lines if not bare.fullmatch(line)).strip("\n")

    def _read_until(self, pattern: str) -> str:
        """Read up to and with what the pattern matches; the rest is kept for the next time."""
        deadline = time.monotonic() + self._timeout
        output, self._unread = self._unread, ""
        while not (match := re.search(pattern, output)):
            chunk = str(self._connection.read_channel())
            if not chunk and time.monotonic() > deadline:
                raise TimeoutError(f"no answer within {self._timeout:g} s")
            if not chunk:
                time.sleep(PAUSE)
            output += chunk
        self._unread = output[match.end() :]
        return output[: match.end()]

    def running(self) -> str:
        """The running configuration, cleaned, and as far as its last VLAN known to be whole.

        Nothing marks the end of a ProCurve's configuration, and a part that comes twice equals itself: the lines that
        it lacks would neither be planned for nor be missed after a revert. So it has to name every VLAN of the switch.
        """
        text = clean(self._send_command("show running-config"))
        vlan_table = self._send_command("show vlans")
        existing_vlans = set(re.findall(r"^\s+(\d+)\s.*\|\s+Port-based\b", vlan_table, re.M))
        shown_vlans = set(re.findall(r"^vlan (\d+)$", text, re.M))
        if not existing_vlans or not is_complete(text) or existing_vlans - shown_vlans:
            missing = ", ".join(sorted(existing_vlans - shown_vlans, key=int)) or "none"
            raise PlatformError(f"{self.where}: show running-config: it came in part (missing VLANs: {missing})")
        return text

    def startup(self) -> str:
        """The startup configuration, cleaned."""
        return clean(self._send_command("show config"))

    def facts(self) -> dict[str, object]:
        """Name, model, serial number, version, uptime (s, as fine as the switch tells it: days, hours or minutes)."""
        system = self._send_command("show system")
        model = re.search(r"; (\S+) Configuration Editor", self._send_command("show running-config"))
        return {
            "hostname": find_field(system, "System Name"),
            "model": model[1] if model else "",
            "serial": find_field(system, "Serial Number"),
            "version": find_field(system, "Software revision"),
            "uptime": read_span(find_field(system, "Up Time", r"\d+ \w+")),
        }

    def ping(self, address: str) -> bool:
        """Whether the switch reaches an address."""
        return "is alive" in self._send_command(f"ping {address}")

    def ping_from(self, origin: Origin, address: str) -> bool:
        """Whether an address answers. For a port ProCurve cannot ask: its telnet has no source."""
        return "is alive" in self._send_command(f"ping {address} source {origin.address}")

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP. The detailed form: in the table, names are cut off after 18 letters."""
        ports = sorted(int(port) for port in self.ports() if port.isdigit())
        if not ports:
            return {}
        neighbours = {}
        for entry in re.split(
            r"^-{20,}\s*$", self._send_command(f"show lldp info remote-device 1-{ports[-1]}"), flags=re.M
        ):
            local, name, port = (find_field(entry, key) for key in ("Local Port", "SysName", "PortId"))
            if local and name:
                neighbours[local] = (name, port)
        return neighbours

    def ports(self) -> dict[str, bool]:
        """Port to whether its link is up."""
        rows = re.findall(
            # A port in a trunk is shown with it: 27-Trk1.
            r"^\s+([\w/]+)(?:-Trk\d+)?\*?\s.*\|\s+\w+\s+\w+\s+(Up|Down)\b",
            self._send_command("show interfaces brief"),
            re.M,
        )
        return {port: state == "Up" for port, state in rows}

    def mac_table(self) -> list[tuple[str, int, str]]:
        """What was heard: address, VLAN, port."""
        rows = re.findall(
            r"^\s+([0-9a-f]{6}-[0-9a-f]{6})\s+(\S+)\s+(\d+)", self._send_command("show mac-address"), re.M
        )
        return [(mac, int(vlan), port) for address, port, vlan in rows if (mac := format_mac(address))]

    def arp_table(self) -> list[tuple[str, str, int | None]]:
        """Who answered; the table names ports, not VLANs."""
        return read_arp_rows(self._send_command("show arp"))

    def _ask(self, name: str, ports: str = "") -> str:
        return self._send_command(health.HEALTH_COMMANDS[name].format(ports=ports))

    def port_health(self) -> dict[str, PortHealth]:
        """Physical ports, by their names in the configuration."""
        return health.read_ports(self._ask)

    def device_health(self) -> DeviceHealth:
        """The switch as a machine."""
        return health.read_device(self._ask)

    def time_state(self) -> TimeState | None:
        """Whether the clock is in step."""
        return health.read_time(self._ask)

    def spanning_trees(self) -> tuple[SpanningTree, ...] | None:
        """The common tree of all VLANs."""
        return health.read_spanning_trees(self._ask("spanning tree"))

    def routes(self, addresses: Sequence[str]) -> dict[str, Route | None]:
        """Each address to the way there, by one reading of the table."""
        table = self._ask("routes")
        return {address: health.read_route(table, address) for address in addresses}

    # Changing

    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """Arm the reload, then write line by line; a refused line is taken back with all before it."""
        before = clean(change.before)
        if self.running() != before:
            raise ConfigurationMoved
        if self.startup() != before:
            raise PlatformError(
                f"{self.where}: startup differs from running, so the reload that protects the change would lose more "
                "than the change; save or undo what is unsaved first"
            )
        minutes = max(1, math.ceil(revert_seconds / 60))
        self.permit()
        self._send_command(f"reload after {minutes}", agree=True)
        if not self.pending():
            raise PlatformError(f"{self.where}: the reload could not be scheduled; nothing was written")
        safe = f"it restarts by itself within {minutes} minutes, into what it had before"
        try:
            self._write(change.lines, self.permit)
        except RefusedLine as refused:
            self._take_back(before, refused, safe)
            raise
        except _ConnectionLost as lost:
            raise PlatformError(f"{lost}; {safe}") from lost

    def _write(self, lines: Iterable[str], permit: Callable[[], None]) -> None:
        """Write lines in configuration mode, each checked before the next.

        Args:
            lines: in their order.
            permit: asked before the first of them, and again whenever its answer is older than PERMIT_SECONDS.

        Raises:
            RefusedLine: the switch replied with more than its prompt and harmless notes.
        """
        permit()
        asked = _read_clock()
        self._send_command("configure terminal")
        written: list[str] = []
        for raw in lines:
            line = raw.strip()
            if not line:
                continue
            if _read_clock() - asked > PERMIT_SECONDS:
                permit()
                asked = _read_clock()
            written.append(line)
            reply = self._send_command(line, agree=EXPECTED.match(line) is not None)
            complaints = [
                reply_line
                for reply_line in reply.splitlines()
                if reply_line.strip() and not HARMLESS.match(reply_line.strip())
            ]
            if complaints:
                self._send_command("end")
                raise RefusedLine(redact(line), redact(line, "\n".join(complaints)), written.count(line))
        self._send_command("end")

    def _write_back(self, before: str) -> None:
        """Write what leads back."""
        steps = make_steps(ProcurveConfig.parse(self.running()), ProcurveConfig.parse(before))
        self._write(steps, lambda: self.permit(going_back=True))

    def _take_back(self, before: str, refused: RefusedLine, safe: str) -> None:
        """Write what leads back, and make sure that it did."""
        try:
            self._write_back(before)
            if self.running() != before:
                raise PlatformError("what runs is not what ran before")
            self._disarm()
        except PlatformError as error:
            raise PlatformError(f"{self.where}: {refused}; it could not be taken back ({error}), but {safe}") from error

    def pending(self) -> bool:
        """Whether a reload is scheduled."""
        reply = self._send_command("show reload after")
        return bool(re.search(r"scheduled (?:in|for|at|after)\b", reply, re.IGNORECASE))

    def _disarm(self) -> None:
        self._send_command("no reload", agree=True)
        if self.pending():
            raise PlatformError(f"{self.where}: the scheduled reload could not be cancelled")

    def confirm(self) -> None:
        """Cancel the reload and save."""
        if not self.pending():
            raise PlatformError(f"{self.where}: {NOTHING_WAITS}")
        self.permit()
        self._disarm()
        self._save()

    def save(self) -> None:
        """Save running to startup, and make sure that it is there."""
        self.permit()
        self._save()

    def _save(self) -> None:
        reply = self._send_command("write memory", agree=True)
        # The reply counts too: startup may equal running without a save, where nothing had changed and saving failed.
        if UNSAVED.search(reply) or self.startup() != self.running():
            raise PlatformError(f"{self.where}: could not save: {reply or 'startup still differs from running'}")

    def revert(self, before: str) -> None:
        """Write the lines that lead back; if that fails, restart: startup holds what ran before the change."""
        try:
            self._write_back(before)
            if self.running() == before:
                self._disarm()
                return
        except RefusedLine:
            pass  # a restart needs no line to be accepted
        self._restart()

    @_convert_errors
    def _restart(self) -> None:
        """Restart without saving. The connection ends here."""
        self.permit(going_back=True)
        self._alive = False
        self._connection.write_channel("reload\n")
        self._read_until(QUESTION)
        self._connection.write_channel("y")
        try:
            self._read_until(r"(?:save .*\?|[Rr]eboot)")
            self._connection.write_channel("n")
        except CONNECTION_ERRORS:
            return  # it is already restarting: nothing was unsaved

    def lower_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """``disable``: only the link goes, the power that a port feeds stays."""
        self._configure_ports(ports, "disable", going_back)

    def raise_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """``enable``."""
        self._configure_ports(ports, "enable", going_back)

    def _configure_ports(self, ports: Sequence[str], line: str, going_back: bool) -> None:
        lines = [f"interface {format_ports(map(parse_port, ports))}", line, "exit"]
        self._write(lines, lambda: self.permit(going_back=going_back))

    def close(self) -> None:
        """Log out and hang up."""
        try:
            if self._alive:
                self._connection.disconnect()
            else:
                self._connection.paramiko_cleanup()  # ``exit`` would wait for an answer that never comes
        except CONNECTION_ERRORS:
            return  # it is closed already


def _read_clock() -> float:
    """Seconds of a clock that runs on while the process is stopped and while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_arp_rows(table: str) -> list[tuple[str, str, int | None]]:
    """The rows of ``show arp``: MAC, address, no VLAN; one that waits for its answer has a MAC of zeros."""
    rows = re.findall(r"^\s+(\d+(?:\.\d+){3})\s+([0-9a-f]{6}-[0-9a-f]{6})\s", table, re.M)
    return [(mac, address, None) for address, raw in rows if (mac := format_mac(raw))]
