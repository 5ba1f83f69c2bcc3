"""An open connection to an IOS switch: a whole configuration is put in place under the device's own way back.

Two ways back. With the archive on before and after the change: ``configure replace … revert trigger error timer N``,
which also takes everything back itself at the first refused line. With the archive off, IOS keeps nothing to go back
to: then ``reload in N`` comes first, which is why startup must equal running before anything is written.

Access lists in use are swapped while that way back waits, so that nobody is cut off; see ``ios.list_swap``.
"""

import math
import re
from collections.abc import Sequence
from typing import Any

from napalm.base.exceptions import NapalmException
from napalm.ios import IOSDriver
from netmiko.exceptions import NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.ranges import find_name_runs
from nornir_tasks.platforms.common.address_tables import format_mac
from nornir_tasks.platforms.common.base import (
    MOST_QUESTIONS,
    NOTHING_WAITS,
    SHAPE_ERRORS,
    ConfigurationMoved,
    Origin,
    PortState,
    PreparedChange,
    RefusedLine,
)
from nornir_tasks.platforms.ios import telnet, transfer
from nornir_tasks.platforms.ios.list_swap import plan_swap
from nornir_tasks.platforms.ios.readings import IosReadings, convert_errors, expand_port_name

STARTUP = "nvram:startup-config"
# IOS names the refused line in one of these ways, and says why in the lines below it.
FAILED = re.compile(r"^Failed to apply command (?P<line>.+?)\s*$\n(?P<words>(?:.+\n?)*)", re.M)
SKIPPED = re.compile(r"^(?P<line>.*)\n *\^ *\n(?P<words>% .*)", re.M)  # of a file that is merged
ABORTED = re.compile(r"failed to apply.*?\n\*+\n(?P<line>.+?)\n\*+", re.S | re.I)
MOST_RANGES = 5
QUESTION = r"(?:\[confirm\]|\[running-config\]\?)\s*$"
PROMPT = r"[\r\n][\w.-]+#\s*$"
CONNECTION_ERRORS = (NapalmException, NetmikoBaseException, SSHException, OSError, EOFError, *SHAPE_ERRORS)


class IosSession(IosReadings):
    """One login."""

    driver_errors = CONNECTION_ERRORS

    def __init__(self, driver: IOSDriver, where: str) -> None:
        self._driver = driver
        self._cli: Any = driver.device  # netmiko's own types are looser than what it does
        self.where = where

    @convert_errors
    def facts(self) -> dict[str, object]:
        """Name, model, serial number, version, uptime (s)."""
        facts = self._driver.get_facts()
        return {
            "hostname": facts["hostname"],
            "model": facts["model"],
            "serial": facts["serial_number"],
            "version": facts["os_version"],
            "uptime": facts["uptime"],
        }

    def _show(self, command: str) -> str:
        # The prompt is known: without this netmiko asks for it before every command, which doubles the time.
        prompt = rf"{re.escape(self._cli.base_prompt)}[\w.-]*#\s*$"
        return str(self._cli.send_command(command, expect_string=prompt, read_timeout=60))

    @convert_errors
    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """Replace the running configuration, with the way back armed first."""
        minutes = max(1, math.ceil(revert_seconds / 60))
        timed = _has_archive(change.before) and _has_archive(change.intended)
        swap = plan_swap(change.before, change.intended)
        scp = "\nip scp server enable\n" in change.before
        self.permit()
        transfer.put(self._driver, swap.held, scp)
        if swap.lines:
            transfer.put(self._driver, swap.lines, scp, transfer.MERGE)
        if self.running() != change.before:  # the transfer takes seconds, and a replace would take their lines away
            raise ConfigurationMoved
        if not timed and self.startup() != change.before:
            raise PlatformError(
                f"{self.where}: startup differs from running, and the archive is off: the reload that protects the "
                "change would lose more than the change; save or undo what is unsaved first"
            )
        command = f"configure replace {transfer.CANDIDATE} force"
        if timed:
            command += f" revert trigger error timer {minutes}"
        else:
            self.permit()
            self._arm_reload(minutes)
        self.permit()
        self._check_outcome(self._command(command), timed, change.before)
        if swap.lines:
            self.permit()
            self._check_merge(self._command(f"copy {transfer.MERGE} running-config"), change.before)

    def _command(self, command: str) -> str:
        """Let the device change itself. It asks before it removes accounts, and where a copy goes to; its name may be
        another afterwards."""
        cli = self._cli
        cli.clear_buffer()
        cli.write_channel(f"{command}\n")
        output = ""
        for _ in range(MOST_QUESTIONS):
            output += str(cli.read_until_pattern(rf"{PROMPT}|{QUESTION}", read_timeout=180))
            if not re.search(QUESTION, output):
                break
            cli.write_channel("\n")
        else:
            raise TimeoutError(f"it still asks after {MOST_QUESTIONS} answers")
        cli.set_base_prompt()
        return output.replace("\r", "")

    def _check_outcome(self, output: str, timed: bool, before: str) -> None:
        """Check that the device accepted everything; if not, make sure that it went back.

        Raises:
            RefusedLine: the line that it refused; it is back as it was.
            PlatformError: it failed in another way, or did not go back.
        """
        if "Rollback Done" in output:
            return
        if not (timed and "successfully restored" in output):
            self.revert(before)
        self._require_former(before, output)
        if refusal := FAILED.search(output):
            raise RefusedLine(refusal["line"], _extract_complaints(refusal["words"]))
        if refusal := ABORTED.search(output):
            raise RefusedLine(refusal["line"].splitlines()[-1].strip(), _extract_complaints(output))
        raise PlatformError(
            f"{self.where}: configure replace failed, and was taken back: {_extract_complaints(output)}"
        )

    def _check_merge(self, output: str, before: str) -> None:
        """Check that the swap of the lists was accepted; if not, go back. IOS skips what it does not take.

        Raises:
            RefusedLine: the line that it refused; it is back as it was.
            PlatformError: it failed in another way, or did not go back.
        """
        if "bytes copied" in output and "%" not in output:
            return
        self.revert(before)
        self._require_former(before, output)
        if refusal := SKIPPED.search(output):
            raise RefusedLine(refusal["line"].strip(), refusal["words"])
        raise PlatformError(
            f"{self.where}: new access lists failed, and were taken back: {_extract_complaints(output)}"
        )

    def _require_former(self, before: str, output: str) -> None:
        if self.running() != before or self.pending():
            raise PlatformError(f"{self.where}: the change failed, and did not go back: {_extract_complaints(output)}")

    def _arm_reload(self, minutes: int) -> None:
        """``reload in``: it may ask whether to save (no!), and whether to go on (yes)."""
        cli = self._cli
        cli.clear_buffer()
        cli.write_channel(f"reload in {minutes}\n")
        if "yes/no" in cli.read_until_pattern(r"\[yes/no\]:?\s*$|\[confirm\]\s*$", read_timeout=30):
            cli.write_channel("no\n")
            cli.read_until_pattern(r"\[confirm\]\s*$", read_timeout=30)
        cli.write_channel("\n")
        cli.read_until_pattern(PROMPT, read_timeout=30)
        if not self._is_reload_due():
            raise PlatformError(f"{self.where}: the reload that protects the change was not taken; nothing was written")

    def _is_reload_due(self) -> bool:
        return "Reload scheduled" in self._show("show reload")

    def _is_timer_running(self) -> bool:
        return "Timer value" in self._show("show archive config rollback timer")

    @convert_errors
    def pending(self) -> bool:
        """Whether a change waits for its confirmation."""
        return self._is_timer_running() or self._is_reload_due()

    @convert_errors
    def confirm(self) -> None:
        """Disarm the way back and save."""
        timer, reload = self._is_timer_running(), self._is_reload_due()
        if not (timer or reload):
            raise PlatformError(f"{self.where}: {NOTHING_WAITS}")
        self.permit()
        # Either may have run out since it was looked at: the switch says so after a "%", and is back as it was.
        if timer and "%" in (answer := self._show("configure confirm")):
            raise PlatformError(f"{self.where}: {NOTHING_WAITS}: {_extract_complaints(answer)}")
        if reload and "%" in (answer := self._show("reload cancel")):
            raise PlatformError(f"{self.where}: {NOTHING_WAITS}: {_extract_complaints(answer)}")
        self._save()

    @convert_errors
    def revert(self, before: str) -> None:
        """Go back now. What to go back to is on the device, so any session can do it."""
        if self._is_timer_running():
            self.permit(going_back=True)
            self._command("configure revert now")
        elif self._is_reload_due():
            self.permit(going_back=True)
            output = self._command(f"configure replace {STARTUP} force")
            if self.running() != before:
                complaints = _extract_complaints(output)
                raise PlatformError(
                    f"{self.where}: could not be taken back by hand ({complaints}); the scheduled reload will do it"
                )
            self._show("reload cancel")

    @convert_errors
    def save(self) -> None:
        """Save running to startup."""
        self.permit()
        self._save()

    def _save(self) -> None:
        output = self._show("write memory")
        if "[OK]" not in output:
            raise PlatformError(f"{self.where}: running was not saved to startup: {_extract_complaints(output)}")

    @convert_errors
    def ask_port(self, origin: Origin, address: str, port: int) -> PortState | None:
        """By telnet, which IOS opens to any port."""
        return telnet.ask_port(self._cli, f"telnet {address} {port} /source-interface Vlan{origin.vlan}")

    @convert_errors
    def mac_table(self) -> list[tuple[str, int, str]]:
        """What was heard."""
        return [
            (mac, int(row["vlan"]), expand_port_name(str(row["interface"])))
            for row in self._driver.get_mac_address_table()
            if row["interface"] and str(row["interface"]) != "CPU" and (mac := format_mac(str(row["mac"])))
        ]

    @convert_errors
    def lower_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """``shutdown``. A model with PoE stops feeding what is plugged in, too."""
        self._configure_ports(ports, "shutdown", going_back)

    @convert_errors
    def raise_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """``no shutdown``."""
        self._configure_ports(ports, "no shutdown", going_back)

    def _configure_ports(self, ports: Sequence[str], line: str, going_back: bool) -> None:
        self.permit(going_back=going_back)
        lines = [text for places in list_port_ranges(ports) for text in (f"interface range {places}", line)]
        self._cli.send_config_set(lines, error_pattern=r"(?m)^% ", read_timeout=30)

    def close(self) -> None:
        """Close the connection."""
        try:
            self._driver.close()
        except CONNECTION_ERRORS:
            return  # the connection is gone already


def list_port_ranges(ports: Sequence[str]) -> list[str]:
    """Ports as ``interface range`` takes them: five ranges at most, with spaces around each comma and hyphen.

    A line a port would do, too; for a whole switch that takes seconds, in which all of its clients have no link.
    """
    runs = [
        f"{beginning}{low} - {high}" if high > low else f"{beginning}{low}"
        for beginning, low, high in find_name_runs(ports)
    ]
    return [" , ".join(runs[start : start + MOST_RANGES]) for start in range(0, len(runs), MOST_RANGES)]


def _extract_complaints(output: str) -> str:
    """The device's error lines (with ``%``; else all of its lines), without carets and prompts, on a single line."""
    lines = (line.strip() for line in output.splitlines())
    spoken = [line for line in lines if line and line.strip("^*") and not line.endswith("#")]
    complaints = [line for line in spoken if line.startswith("%")] or spoken
    return " ".join(complaints)


def _has_archive(text: str) -> bool:
    """Whether a configuration switches the archive on."""
    return re.search(r"^archive\n(?: .*\n)*? path ", text, re.M) is not None
