"""An open connection to an IOS switch: a whole configuration is put in place under the device's own timer."""

import math
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from napalm.base.exceptions import NapalmException
from napalm.ios import IOSDriver
from netmiko.exceptions import NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]

from nornir_tasks.platforms.base import Change, PlatformError, RefusedLine, Session
from nornir_tasks.platforms.ios_text import clean

CANDIDATE = "flash:/candidate_config.txt"
# IOS names the refused line in one of these ways, and says why in the lines around it.
FAILED = re.compile(r"^Failed to apply command (?P<line>.+?)\s*$\n(?P<words>(?:.+\n?)*)", re.M)
ABORTED = re.compile(r"failed to apply.*?\n\*+\n(?P<line>.+?)\n\*+", re.S | re.I)
LOST = (NapalmException, NetmikoBaseException, SSHException, OSError, EOFError)

P = ParamSpec("P")
R = TypeVar("R")


def _online(method: "Callable[Concatenate[IosSession, P], R]") -> "Callable[Concatenate[IosSession, P], R]":
    """Turn the drivers' own errors into ours."""

    @wraps(method)
    def wrapped(self: "IosSession", *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except LOST as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise PlatformError(f"{self.where}: {method.__name__}: {reason}") from error

    return wrapped


class IosSession(Session):
    """One login."""

    def __init__(self, driver: IOSDriver, where: str) -> None:
        self._driver = driver
        self._cli: Any = driver.device  # netmiko's own types are looser than what it does
        self.where = where
        self._before = ""
        self._reloading = False

    @_online
    def running(self) -> str:
        """The running configuration, cleaned."""
        return clean(self._show("show running-config"))

    @_online
    def startup(self) -> str:
        """The startup configuration, cleaned."""
        return clean(self._show("show startup-config"))

    @_online
    def facts(self) -> dict[str, object]:
        """Who this is."""
        facts = self._driver.get_facts()
        return {
            "hostname": facts["hostname"],
            "model": facts["model"],
            "serial": facts["serial_number"],
            "version": facts["os_version"],
            "uptime": facts["uptime"],
        }

    def _show(self, command: str, timeout: float = 60) -> str:
        return str(self._cli.send_command(command, read_timeout=timeout))

    @_online
    def push(self, change: Change, revert_seconds: int) -> None:
        """Replace the running configuration, with the way back armed first."""
        self._before = change.before
        self._driver.inline_transfer = "\nip scp server enable" not in change.before
        self._driver.load_replace_candidate(config=change.intended)
        minutes = max(1, math.ceil(revert_seconds / 60))
        timed = _archives(change.before) and _archives(change.intended)
        if timed:
            command = f"configure replace {CANDIDATE} force revert trigger error timer {minutes}"
        else:
            # Without an archive before and after, IOS forgets what to go back to: then only a reload brings it back.
            if clean(self._show("show startup-config")) != clean(change.before):
                raise PlatformError(
                    f"{self.where}: the archive is off and startup differs from running: a reload would lose more than "
                    "this change. Expected: a saved configuration (write memory)"
                )
            self._arm_reload(minutes)
            command = f"configure replace {CANDIDATE} force"
        self._judge(self._replace(command, revert_seconds), timed)

    def _replace(self, command: str, seconds: float) -> str:
        """Let the device change itself; its name, and so its prompt, may be another afterwards."""
        output = str(
            self._cli.send_command(command, expect_string=r"[\r\n][\w.-]+#\s*$", read_timeout=max(120, seconds))
        )
        self._cli.set_base_prompt()
        return output

    def _judge(self, output: str, timed: bool) -> None:
        """Whether everything was taken; if not, make sure that the device is back, and say which line it was."""
        if "Rollback Done" in output or "Total number of passes: 0" in output:
            return
        refused = FAILED.search(output) or ABORTED.search(output)
        words = refused.groupdict().get("words") or output if refused else output
        if not (timed and "successfully restored" in output):
            self.revert()
        elif clean(self._show("show running-config")) != clean(self._before):
            raise PlatformError(
                f"{self.where}: refused a line and said that it went back, but is not as it was: {words.strip()}"
            )
        if refused:
            raise RefusedLine(refused["line"].strip().splitlines()[-1].strip(), words.strip())
        raise PlatformError(f"{self.where}: configure replace failed, and was taken back: {output.strip()}")

    def _arm_reload(self, minutes: int) -> None:
        """``reload in``: it asks whether to save (no!) and whether to go on (yes)."""
        cli = self._cli
        cli.write_channel(f"reload in {minutes}\n")
        output = cli.read_until_pattern(r"\[yes/no\]:?\s*$|\[confirm\]\s*$", read_timeout=30)
        if "yes/no" in output:
            cli.write_channel("no\n")
            output = cli.read_until_pattern(r"\[confirm\]\s*$", read_timeout=30)
        cli.write_channel("\n")
        cli.read_until_pattern(r"[\w.-]+#\s*$", read_timeout=30)
        cli.clear_buffer()
        self._reloading = True
        if "Reload scheduled" not in self._show("show reload"):
            raise PlatformError(
                f"{self.where}: the reload that protects the change could not be scheduled; nothing was written"
            )

    def _cancel_reload(self) -> None:
        self._cli.send_command_timing("reload cancel", read_timeout=10)
        self._cli.clear_buffer()
        self._reloading = False

    @_online
    def pending(self) -> bool:
        """Whether a change waits for its confirmation."""
        if self._driver.has_pending_commit():
            return True
        return "Reload scheduled" in self._show("show reload")

    @_online
    def confirm(self) -> None:
        """Disarm the way back and save."""
        if self._driver.has_pending_commit():
            self._show("configure confirm")
        if self._reloading or "Reload scheduled" in self._show("show reload"):
            self._cancel_reload()
        self.save()

    @_online
    def revert(self) -> None:
        """Go back now."""
        if self._driver.has_pending_commit():
            self._replace("configure revert now", 120)
            return
        if self._before:
            self._driver.load_replace_candidate(config=self._before)
            self._replace(f"configure replace {CANDIDATE} force", 120)
            if clean(self._show("show running-config")) != clean(self._before):
                raise PlatformError(
                    f"{self.where}: could not be taken back by hand; the scheduled reload stays and will do it"
                )
        if self._reloading or "Reload scheduled" in self._show("show reload"):
            self._cancel_reload()

    @_online
    def save(self) -> None:
        """Save running to startup."""
        self._cli.save_config()

    @_online
    def ping(self, address: str) -> bool:
        """Whether the device reaches an address: at least one answer."""
        found = re.search(r"Success rate is (\d+) percent", self._show(f"ping {address} repeat 2 timeout 1"))
        return found is not None and int(found[1]) > 0

    @_online
    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP, from the detailed form: the table cuts names off."""
        found = self._driver.get_lldp_neighbors_detail()
        return {
            _long(port): (str(entries[0]["remote_system_name"]).split(".")[0], str(entries[0]["remote_port"]))
            for port, entries in found.items()
            if entries
        }

    @_online
    def ports(self) -> dict[str, bool]:
        """Physical ports and whether their links are up."""
        rows = re.findall(
            r"^((?:Fa|Gi|Te)\S+)\s.*?\b(connected|notconnect|disabled|err-disabled)\b",
            self._show("show interfaces status"),
            re.M,
        )
        return {_long(name): state == "connected" for name, state in rows}

    @_online
    def mac_table(self) -> list[tuple[str, int, str]]:
        """What was heard."""
        return [
            (str(row["mac"]), int(row["vlan"]), _long(str(row["interface"])))
            for row in self._driver.get_mac_address_table()
            if row["interface"] and str(row["interface"]) != "CPU"
        ]

    def close(self) -> None:
        """Close the connection."""
        try:
            self._driver.close()
        except LOST:
            # It is gone already: that is what was wanted.
            return


def _archives(text: str) -> bool:
    """Whether a configuration switches the archive on."""
    return re.search(r"^archive\n(?: .*\n)*? path ", text, re.M) is not None


def _long(name: str) -> str:
    """``Gi1/0/1`` as the configuration writes it."""
    for short, full in (("Gi", "GigabitEthernet"), ("Te", "TenGigabitEthernet"), ("Fa", "FastEthernet")):
        if name.startswith(short) and not name.startswith(full):
            return full + name[len(short) :]
    return name
