"""An open connection to an IOS switch: a whole configuration is put in place under the device's own way back.

Two ways back. With the archive on before and after the change: ``configure replace … revert trigger error timer N``,
which also takes everything back itself at the first refused line. With the archive off, IOS keeps nothing to go back
to: then ``reload in N`` comes first, which is why startup must equal running before anything is written.
"""

import math
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from napalm.base.exceptions import NapalmException
from napalm.ios import IOSDriver
from netmiko.exceptions import NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.base import NOTHING_WAITS, Change, Moved, RefusedLine, Session
from nornir_tasks.platforms.ios import transfer
from nornir_tasks.platforms.ios.text import clean

STARTUP = "nvram:startup-config"
# IOS names the refused line in one of these ways, and says why in the lines below it.
FAILED = re.compile(r"^Failed to apply command (?P<line>.+?)\s*$\n(?P<words>(?:.+\n?)*)", re.M)
ABORTED = re.compile(r"failed to apply.*?\n\*+\n(?P<line>.+?)\n\*+", re.S | re.I)
PROMPT = r"[\r\n][\w.-]+#\s*$"
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

    @_online
    def running(self) -> str:
        """The running configuration, cleaned."""
        return self._whole("show running-config")

    @_online
    def startup(self) -> str:
        """The startup configuration, cleaned."""
        return self._whole("show startup-config")

    def _whole(self, command: str) -> str:
        """A configuration, cleaned, to its last line: one that was cut short on the way is none."""
        text = clean(self._show(command))
        if not text.endswith("\nend\n") and "is not present" not in text:
            raise PlatformError(f"{self.where}: {command}: expected 'end' as its last line; it came in part")
        return text

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

    def _show(self, command: str) -> str:
        # The prompt is known: without this netmiko asks for it before every command, which doubles the time.
        prompt = rf"{re.escape(self._cli.base_prompt)}[\w.-]*#\s*$"
        return str(self._cli.send_command(command, expect_string=prompt, read_timeout=60))

    @_online
    def push(self, change: Change, revert_seconds: int) -> None:
        """Replace the running configuration, with the way back armed first."""
        minutes = max(1, math.ceil(revert_seconds / 60))
        timed = _archives(change.before) and _archives(change.intended)
        transfer.put(self._driver, change.intended, scp="\nip scp server enable\n" in change.before)
        if self.running() != change.before:  # the transfer takes seconds, and a replace would take their lines away
            raise Moved
        if not timed and self.startup() != change.before:
            raise PlatformError(
                f"{self.where}: startup differs from running, and the archive is off: the reload that protects the "
                "change would lose more than the change; save or undo what is unsaved first"
            )
        command = f"configure replace {transfer.CANDIDATE} force"
        if timed:
            command += f" revert trigger error timer {minutes}"
        else:
            self._arm_reload(minutes)
        self._judge(self._replace(command), timed, change.before)

    def _replace(self, command: str) -> str:
        """Let the device change itself. It asks before it removes accounts; its name may be another afterwards."""
        cli = self._cli
        cli.clear_buffer()
        cli.write_channel(f"{command}\n")
        output = ""
        while True:
            output += str(cli.read_until_pattern(rf"{PROMPT}|\[confirm\]\s*$", read_timeout=180))
            if not output.rstrip().endswith("[confirm]"):
                break
            cli.write_channel("\n")
        cli.set_base_prompt()
        return output.replace("\r", "")

    def _judge(self, output: str, timed: bool, before: str) -> None:
        """Whether everything was taken; if not, make sure that the device is back, and say which line it was."""
        if "Rollback Done" in output:
            return
        if not (timed and "successfully restored" in output):
            self.revert(before)
        if self.running() != before or self.pending():
            raise PlatformError(f"{self.where}: configure replace failed, and did not go back: {_words(output)}")
        if refused := FAILED.search(output):
            raise RefusedLine(refused["line"], _words(refused["words"]))
        if refused := ABORTED.search(output):
            raise RefusedLine(refused["line"].splitlines()[-1].strip(), _words(output))
        raise PlatformError(f"{self.where}: configure replace failed, and was taken back: {_words(output)}")

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
        if not self._reload_due():
            raise PlatformError(f"{self.where}: the reload that protects the change was not taken; nothing was written")

    def _reload_due(self) -> bool:
        return "Reload scheduled" in self._show("show reload")

    def _timer_runs(self) -> bool:
        return "Timer value" in self._show("show archive config rollback timer")

    @_online
    def pending(self) -> bool:
        """Whether a change waits for its confirmation."""
        return self._timer_runs() or self._reload_due()

    @_online
    def confirm(self) -> None:
        """Disarm the way back and save."""
        timer, reload = self._timer_runs(), self._reload_due()
        if not (timer or reload):
            raise PlatformError(f"{self.where}: {NOTHING_WAITS}")
        if timer:
            self._show("configure confirm")
        if reload:
            self._show("reload cancel")
        self.save()

    @_online
    def revert(self, before: str) -> None:
        """Go back now. What to go back to is on the device, so any session can do it."""
        if self._timer_runs():
            self._replace("configure revert now")
        elif self._reload_due():
            output = self._replace(f"configure replace {STARTUP} force")
            if self.running() != before:
                raise PlatformError(
                    f"{self.where}: could not be taken back by hand ({_words(output)}); the scheduled reload will do it"
                )
            self._show("reload cancel")

    @_online
    def save(self) -> None:
        """Save running to startup."""
        output = self._show("write memory")
        if "[OK]" not in output:
            raise PlatformError(f"{self.where}: running was not saved to startup: {_words(output)}")

    @_online
    def ping(self, address: str) -> bool:
        """Whether the device reaches an address: at least one answer."""
        found = re.search(r"Success rate is (\d+) percent", self._show(f"ping {address} timeout 1 repeat 2"))
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


def _words(output: str) -> str:
    """The device's words without carets, prompts and what it counts."""
    lines = (line.strip() for line in output.splitlines())
    told = [line for line in lines if line and line.strip("^*") and not line.endswith("#")]
    said = [line for line in told if line.startswith("%")] or told
    return " ".join(said)


def _archives(text: str) -> bool:
    """Whether a configuration switches the archive on."""
    return re.search(r"^archive\n(?: .*\n)*? path ", text, re.M) is not None


def _long(name: str) -> str:
    """``Gi1/0/1`` as the configuration writes it."""
    for short, full in (("Gi", "GigabitEthernet"), ("Te", "TenGigabitEthernet"), ("Fa", "FastEthernet")):
        if name.startswith(short) and not name.startswith(full):
            return full + name[len(short) :]
    return name
