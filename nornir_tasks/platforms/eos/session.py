"""A connection to one EOS switch: NAPALM's driver, with what it leaves open closed.

A change is a configuration session that replaces everything (``rollback clean-config`` and the whole of the intended
configuration), committed with a timer: the switch checks every line before the first takes effect, and goes back on its
own when the confirmation does not come.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from napalm.base.exceptions import NapalmException
from napalm.eos import EOSDriver
from netmiko.exceptions import ConfigInvalidException, NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]
from pyeapi.eapilib import CommandError, EapiError

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.ranges import fold_names
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.platforms.common.address_tables import format_mac
from nornir_tasks.platforms.common.base import (
    NOTHING_WAITS,
    SHAPE_ERRORS,
    ConfigurationMoved,
    Origin,
    PortState,
    PreparedChange,
    RefusedLine,
    describe_driver_error,
)
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.eos import secrets as eos_secrets
from nornir_tasks.platforms.eos import text as eos_text
from nornir_tasks.platforms.eos.readings import EosReadings
from nornir_tasks.trust import certificates
from nornir_tasks.trust.host_keys import HostKeyChanged

DRIVER_ERRORS = (
    NapalmException, EapiError, NetmikoBaseException, SSHException, HTTPException, OSError, EOFError, *SHAPE_ERRORS
)  # fmt: skip
PREFIX = "fellesdrift-"  # of our sessions' names
UNSAVED = re.compile(r"^%|\bError\b|[Nn]o space", re.MULTILINE)  # over SSH no driver checks the answer
REFUSAL = r"(?m)^% "  # how EOS begins its reply to a line that it refuses


# Nothing is sent, and the words come with the rest; an exit code of its own would be an error of the whole request.
# A second is enough: Linux keeps the first packet until ARP is answered.
NETCAT = "bash timeout 3 nc -v --send-only -w 1 -s {source} {address} {port} </dev/null 2>&1 || true"


def read_netcat(output: str) -> PortState | None:
    """What Ncat, of any version, says of a connection; None: there is no such program, or it may not be used."""
    if "Ncat: Connected to" in output:
        return PortState.OPEN
    if "Connection refused" in output:
        return PortState.REFUSED
    # What its own patience ends is told in three ways, and not at all where EOS ends it first.
    known = re.search(r"Ncat: (?:TIMEOUT|Connection timed out|No route to host|Network is unreachable)", output)
    return PortState.SILENT if known or re.fullmatch(r"\s*Ncat: Version [^\n]*\s*", output) else None


@contextmanager
def _wrap_errors(action: str) -> Iterator[None]:
    """Turn the drivers' errors into ``PlatformError``, with what was being done and secrets masked."""
    try:
        yield
    except DRIVER_ERRORS as error:
        text = eos_secrets.mask(describe_driver_error(error))[0].strip()
        # Each request over eAPI is a connection of its own: another switch may answer by now.
        kind = HostKeyChanged if certificates.find_mismatch(error) else PlatformError
        raise kind(f"{action}: {text}") from error


# States of a configuration session that nothing waits for any more; EOS 4.32 calls them by the second word, and tells
# elsewhere whether a commit waits for its confirmation.
OVER = ("completed", "committed", "aborted")


# Codes of eAPI: the command could not be carried out, is not known here, or has no JSON form.
NOT_TOLD = (1000, 1002, 1003)


class EosSession(EosReadings):
    """One switch, logged in."""

    def __init__(self, driver: EOSDriver, open_ssh: Callable[[], EOSDriver]) -> None:
        """Args: ``open_ssh`` opens a login over SSH, for a change after which eAPI would not let this one in again."""
        self._driver = driver
        self._open_ssh = open_ssh

    @property
    def _is_over_ssh(self) -> bool:
        return bool(self._driver.transport == "ssh")

    def _show(self, command: str, action: str) -> str:
        with _wrap_errors(action):
            return str(self._driver._run_commands([command], encoding="text")[0].get("output", ""))

    def _show_json(self, command: str, action: str) -> dict[str, Any]:
        with _wrap_errors(action):
            reply: dict[str, Any] = self._driver._run_commands([command])[0]
            return reply

    def _is_not_told(self, error: PlatformError) -> bool:
        return isinstance(error.__cause__, CommandError) and error.__cause__.error_code in NOT_TOLD

    def facts(self) -> dict[str, object]:
        """Name, model, serial number, version, uptime."""
        with _wrap_errors("reading the facts"):
            facts = self._driver.get_facts()
        return {
            "hostname": facts["hostname"],
            "model": facts["model"],
            "serial": facts["serial_number"],
            "version": facts["os_version"],
            "uptime": facts["uptime"],
        }

    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """Replace everything in a session, and commit it until ``revert_seconds`` are over."""
        # NAPALM names its sessions by the clock's microseconds: two tools may meet. Ours say whose they are.
        self._driver.config_session = name = f"{PREFIX}{secrets.token_hex(4)}"
        try:
            with _wrap_errors("loading the candidate (nothing was changed)"):
                self.permit()
                self._abort_own_sessions()
                if self._is_over_ssh:
                    self._load_by_ssh(change.intended, name)
                else:
                    self._load_by_eapi(change.intended)
                    if not self._is_login_kept(change):
                        # A login over SSH lasts; over eAPI each request logs in anew.
                        eapi, self._driver = self._driver, self._open_ssh()
                        self._driver.config_session = name
                        eapi.config_session = None
                        eapi.close()
                if self.running() != change.before:  # the session would remove lines that were added meanwhile
                    self._driver.discard_config()
                    raise ConfigurationMoved
            self.permit()
            with _wrap_errors(
                f"committing (if it was carried out, the switch goes back on its own in {revert_seconds} s)"
            ):
                if self._is_over_ssh:
                    timer = time.strftime("%H:%M:%S", time.gmtime(revert_seconds))
                    self._run_over_ssh(f"configure session {name} commit timer {timer}")
                else:
                    self._driver.commit_config(revert_in=revert_seconds)
        except BaseException:
            self._driver.config_session = None  # NAPALM would abort it when the connection is closed
            raise

    def _abort_own_sessions(self) -> None:
        """Abort our sessions that a broken connection left behind.

        Raises:
            PlatformError: another tool or person has a session open.
        """
        reply = self._driver.cli(["show configuration sessions"], encoding="json")["show configuration sessions"]
        for name, session in reply["sessions"].items():
            if session["state"] == "pending" and name.startswith(PREFIX):
                self._driver.cli([f"configure session {name} abort"])
            elif session["state"] not in OVER or name == reply.get("commitTimerSessionName"):
                raise PlatformError(f"the configuration session {name!r} is open on the switch ({session['state']})")

    def _is_login_kept(self, change: PreparedChange) -> bool:
        """Whether eAPI is still on after a change, and our account unchanged."""
        account_line = re.compile(rf"(?m)^username {re.escape(self._driver.username)} .*$")
        api_block = "management api http-commands\n   no shutdown\n"
        intended = eos_text.clean(change.intended)
        return account_line.findall(change.before) == account_line.findall(change.intended) and api_block in intended

    def _load_by_eapi(self, text: str) -> None:
        """Over eAPI: a single request, which ends at a refused line; NAPALM drops the session."""
        try:
            self._driver.load_replace_candidate(config=text)
        except NapalmException as error:
            cause = error.__context__
            if isinstance(cause, CommandError) and cause.output and cause.commands:
                sent_lines = [line["cmd"] if isinstance(line, dict) else line for line in cause.commands][
                    : len(cause.output)
                ]
                reason = "; ".join(cause.output[-1].get("errors", [])) or cause.error_text
                nth = sent_lines.count(sent_lines[-1])
                raise RefusedLine(eos_secrets.mask(sent_lines[-1])[0].strip(), reason, nth) from None
            raise

    def _load_by_ssh(self, text: str, name: str) -> None:
        """Over SSH: NAPALM does not notice a refused line there, so the lines are sent here."""
        connection = self._driver.device
        connection.send_command(f"configure session {name}", expect_string=r"\)#")
        root = eos_text.parse(text)
        banners = [node.text.split("\n") for node in root.children if "\n" in node.text]
        rest = ConfigNode("", [node for node in root.children if "\n" not in node.text])
        try:
            # netmiko would wait two seconds after each line if there were a banner among them.
            connection.send_config_set(
                ["rollback clean-config", *(line.strip() for line in split_at_line_feeds(rest.write("")))],
                enter_config_mode=False,
                exit_config_mode=False,
                error_pattern=REFUSAL,
                bypass_commands="",
                read_timeout=15,  # a line: netmiko does not notice that the other end has hung up
            )
            for command, *body, end in banners:
                connection.send_command(command, expect_string="Enter TEXT")
                connection.write_channel("".join(f"{line}\n" for line in body))
                connection.send_command(end, expect_string=r"\)#")
        except ConfigInvalidException as error:
            connection.exit_config_mode()
            self._driver.discard_config()
            invalid_command = re.search(r"Invalid input detected at command: (.*), matched error", str(error))
            line = eos_secrets.mask(invalid_command[1] if invalid_command else "")[0].strip()
            raise RefusedLine(line, "Invalid input") from None
        connection.exit_config_mode()

    def _run_over_ssh(self, command: str) -> None:
        """Over SSH: a command after which the switch may have another name; NAPALM would wait for the old prompt."""
        connection = self._driver.device
        reply = connection.send_command(command, expect_string=r"#\s*$")
        connection.set_base_prompt()
        if re.search(REFUSAL, reply):
            raise PlatformError(reply.strip())

    def _find_pending_session(self) -> str | None:
        """The name of the session whose commit waits for a confirmation, ours or not; None if none does."""
        with _wrap_errors("asking for sessions"):
            pending_commits = self._driver._get_pending_commits()
        return next(iter(pending_commits), None)

    def pending(self) -> bool:
        """Whether a commit timer runs."""
        return self._find_pending_session() is not None

    def confirm(self) -> None:
        """Commit for good, and save."""
        name = self._find_pending_session()
        if name is None:
            raise PlatformError(f"confirming: {NOTHING_WAITS}")
        self._driver.config_session = name
        self.permit()
        with _wrap_errors("confirming"):
            self._driver.confirm_commit()

    def revert(self, before: str) -> None:
        """Abort the session whose commit waits; nothing to do if none does. Startup is not touched."""
        name = self._find_pending_session()
        if name is None:
            return
        self._driver.config_session = name
        self.permit(going_back=True)
        with _wrap_errors("going back"):
            if self._is_over_ssh:
                self._run_over_ssh(f"configure session {name} abort")
                self._driver.config_session = None
            else:
                self._driver.discard_config()

    def save(self) -> None:
        """Running to startup."""
        self.permit()
        with _wrap_errors("saving"):
            # Not by cli(), which puts words of its own in the place of the switch's.
            reply = str(self._driver._run_commands(["write memory"], encoding="text")[0].get("output", ""))
        if UNSAVED.search(reply):
            raise PlatformError(f"saving: {reply.strip()}")

    def ask_port(self, origin: Origin, address: str, port: int) -> PortState | None:
        """By the netcat of the Linux below: EOS's telnet wants somebody at the keyboard."""
        command = NETCAT.format(source=origin.address, address=address, port=port)
        with _wrap_errors("asking for a port"):
            reply = str(self._driver._run_commands([command], encoding="text")[0].get("output", ""))
        return read_netcat(reply)

    def mac_table(self) -> list[tuple[str, int, str]]:
        """What was heard on which port."""
        with _wrap_errors("reading the MAC table"):
            mac_entries = self._driver.get_mac_address_table()
        return [(mac, entry["vlan"], entry["interface"]) for entry in mac_entries if (mac := format_mac(entry["mac"]))]

    def lower_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """``shutdown``: EOS goes on feeding what draws power from the port."""
        self._configure_ports(ports, "shutdown", going_back)

    def raise_links(self, ports: Sequence[str], *, going_back: bool = False) -> None:
        """``no shutdown``."""
        self._configure_ports(ports, "no shutdown", going_back)

    def _configure_ports(self, ports: Sequence[str], line: str, going_back: bool) -> None:
        self.permit(going_back=going_back)
        lines = [f"interface {fold_names(ports).replace(' ', '')}", line]
        with _wrap_errors(f"{line} of ports"):
            if self._is_over_ssh:
                self._driver.device.send_config_set(lines, error_pattern=REFUSAL, read_timeout=30)
            else:
                self._driver._run_commands(["configure", *lines, "end"])

    def close(self) -> None:
        """Hang up. NAPALM would abort its session, and with it a commit that waits for its confirmation."""
        self._driver.config_session = None
        try:
            self._driver.close()
        except DRIVER_ERRORS:
            return  # the connection is gone already
