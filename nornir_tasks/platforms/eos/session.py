"""A connection to one EOS switch: NAPALM's driver, with what it leaves open closed.

A change is a configuration session that replaces everything (``rollback clean-config`` and the whole of the intended
configuration), committed with a timer: the switch checks every line before the first takes effect, and goes back on its
own when the confirmation does not come.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException

from napalm.base.exceptions import NapalmException
from napalm.eos import EOSDriver
from netmiko.exceptions import ConfigInvalidException, NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]
from pyeapi.eapilib import CommandError, EapiError

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.base import NOTHING_WAITS, Change, Moved, RefusedLine, Session
from nornir_tasks.platforms.eos import secrets as eos_secrets
from nornir_tasks.platforms.eos import text as eos_text
from nornir_tasks.trust import certificates
from nornir_tasks.trust.host_keys import HostKeyChanged

BROKEN = (
    NapalmException, EapiError, NetmikoBaseException, SSHException, HTTPException, OSError, EOFError, KeyError
)  # fmt: skip
PREFIX = "fellesdrift-"  # of our sessions' names
UNSAVED = re.compile(r"^%|\bError\b|[Nn]o space", re.MULTILINE)  # over SSH nobody else reads the answer
REFUSAL = r"(?m)^% "  # how EOS begins what it says of a line that it does not take


@contextmanager
def _errors(doing: str) -> Iterator[None]:
    """Every way in which the drivers fail, as one."""
    try:
        yield
    except BROKEN as error:
        text = eos_secrets.mask(f"{error or type(error).__name__}")[0].strip()
        # Each request over eAPI is a connection of its own: the switch may be another one by now.
        kind = HostKeyChanged if certificates.behind(error) else PlatformError
        raise kind(f"{doing}: {text}") from error


class EosSession(Session):
    """One switch, logged in."""

    def __init__(self, driver: EOSDriver, by_ssh: Callable[[], EOSDriver]) -> None:
        """Args: ``by_ssh`` opens a login over SSH, for a change after which eAPI would not let this one in again."""
        self._driver = driver
        self._by_ssh = by_ssh

    @property
    def _ssh(self) -> bool:
        return bool(self._driver.transport == "ssh")

    def running(self) -> str:
        """The running configuration, cleaned."""
        return self._config("running")

    def startup(self) -> str:
        """The startup configuration, cleaned."""
        return self._config("startup")

    def _config(self, which: str) -> str:
        with _errors(f"reading the {which} configuration"):
            text = self._driver.get_config(retrieve=which)[which]
        if text.strip() and not re.search(r"^end\s*\Z", text, re.MULTILINE):
            raise PlatformError(f"the {which} configuration came in part: expected 'end' as its last line")
        return eos_text.clean(text)

    def facts(self) -> dict[str, object]:
        """Name, model, serial number, version, uptime."""
        with _errors("reading the facts"):
            found = self._driver.get_facts()
        return {
            "hostname": found["hostname"],
            "model": found["model"],
            "serial": found["serial_number"],
            "version": found["os_version"],
            "uptime": found["uptime"],
        }

    def push(self, change: Change, revert_seconds: int) -> None:
        """Replace everything in a session, and commit it until ``revert_seconds`` are over."""
        # NAPALM names its sessions by the clock's microseconds: two tools may meet. Ours say whose they are.
        self._driver.config_session = name = f"{PREFIX}{secrets.token_hex(4)}"
        try:
            with _errors("loading the candidate (nothing was changed)"):
                self._clear()
                if self._ssh:
                    self._load_by_ssh(change.intended, name)
                else:
                    self._load(change.intended)
                    if not self._let_in_after(change):
                        # A login over SSH lasts; over eAPI each request is one of its own.
                        eapi, self._driver = self._driver, self._by_ssh()
                        self._driver.config_session = name
                        eapi.config_session = None
                        eapi.close()
                if self.running() != change.before:  # the session would take their lines away
                    self._driver.discard_config()
                    raise Moved
            with _errors(f"committing (if it was carried out, the switch goes back on its own in {revert_seconds} s)"):
                if self._ssh:
                    timer = time.strftime("%H:%M:%S", time.gmtime(revert_seconds))
                    self._type(f"configure session {name} commit timer {timer}")
                else:
                    self._driver.commit_config(revert_in=revert_seconds)
        except PlatformError:
            self._driver.config_session = None
            raise

    def _clear(self) -> None:
        """Drop what we left when a connection broke; somebody else's open session is somebody at work."""
        found = self._driver.cli(["show configuration sessions"], encoding="json")["show configuration sessions"]
        for name, session in found["sessions"].items():
            if session["state"] == "pending" and name.startswith(PREFIX):
                self._driver.cli([f"configure session {name} abort"])
            elif session["state"] != "completed":
                raise PlatformError(f"the configuration session {name!r} is open on the switch ({session['state']})")

    def _let_in_after(self, change: Change) -> bool:
        """Whether eAPI is still on after a change, and our account what it was."""
        mine = re.compile(rf"(?m)^username {re.escape(self._driver.username)} .*$")
        api = "management api http-commands\n   no shutdown\n"
        shown = eos_text.clean(change.intended)
        return mine.findall(change.before) == mine.findall(change.intended) and api in shown

    def _load(self, text: str) -> None:
        """Over eAPI: one request; a refused line ends it, and NAPALM drops the session."""
        try:
            self._driver.load_replace_candidate(config=text)
        except NapalmException as error:
            cause = error.__context__
            if isinstance(cause, CommandError) and cause.output and cause.commands:
                sent = [line["cmd"] if isinstance(line, dict) else line for line in cause.commands][: len(cause.output)]
                words = "; ".join(cause.output[-1].get("errors", [])) or cause.error_text
                nth = sent.count(sent[-1])
                raise RefusedLine(eos_secrets.mask(sent[-1])[0].strip(), words, nth) from None
            raise

    def _load_by_ssh(self, text: str, name: str) -> None:
        """Over SSH: NAPALM does not notice a refused line there, so the lines are sent here."""
        connection = self._driver.device
        connection.send_command(f"configure session {name}", expect_string=r"\)#")
        blocks = eos_text.parse(text)
        lines = eos_text.write(block for block in blocks if not block.body).splitlines()
        try:
            # netmiko would wait two seconds after each line if there were a banner among them.
            connection.send_config_set(
                ["rollback clean-config", *(line.strip() for line in lines)],
                enter_config_mode=False,
                exit_config_mode=False,
                error_pattern=REFUSAL,
                bypass_commands="",
                read_timeout=15,  # a line: netmiko does not notice that the other end has hung up
            )
            for block in blocks:
                if block.body:
                    connection.send_command(block.line, expect_string="Enter TEXT")
                    connection.write_channel("".join(f"{line}\n" for line in block.body))
                    connection.send_command("EOF", expect_string=r"\)#")
        except ConfigInvalidException as error:
            connection.exit_config_mode()
            self._driver.discard_config()
            found = re.search(r"Invalid input detected at command: (.*), matched error", str(error))
            line = eos_secrets.mask(found[1] if found else "")[0].strip()
            raise RefusedLine(line, "Invalid input") from None
        connection.exit_config_mode()

    def _type(self, command: str) -> None:
        """Over SSH: a command after which the switch may have another name; NAPALM would wait for the old prompt."""
        connection = self._driver.device
        said = connection.send_command(command, expect_string=r"#\s*$")
        connection.set_base_prompt()
        if re.search(REFUSAL, said):
            raise PlatformError(said.strip())

    def _waiting(self) -> str | None:
        """The name of the session whose commit waits for a confirmation, whoever made it."""
        with _errors("asking for sessions"):
            found = self._driver._get_pending_commits()
        return next(iter(found), None)

    def pending(self) -> bool:
        """Whether a commit timer runs."""
        return self._waiting() is not None

    def confirm(self) -> None:
        """Commit for good, and save."""
        name = self._waiting()
        if name is None:
            raise PlatformError(f"confirming: {NOTHING_WAITS}")
        self._driver.config_session = name
        with _errors("confirming"):
            self._driver.confirm_commit()

    def revert(self, before: str) -> None:
        """Abort the session whose commit waits; nothing to do if none does. Startup is not touched."""
        name = self._waiting()
        if name is None:
            return
        self._driver.config_session = name
        with _errors("going back"):
            if self._ssh:
                self._type(f"configure session {name} abort")
                self._driver.config_session = None
            else:
                self._driver.discard_config()

    def save(self) -> None:
        """Running to startup."""
        with _errors("saving"):
            # Not by cli(), which puts words of its own in the place of the switch's.
            said = str(self._driver._run_commands(["write memory"], encoding="text")[0].get("output", ""))
        if UNSAVED.search(said):
            raise PlatformError(f"saving: {said.strip()}")

    def ping(self, address: str) -> bool:
        """Whether an address answers one of two echo requests."""
        with _errors("ping"):
            found = self._driver.ping(address, count=2, timeout=1)
        answer = found.get("success")
        return bool(answer) and answer["packet_loss"] < answer["probes_sent"]

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """LLDP."""
        with _errors("reading LLDP neighbours"):
            found = self._driver.get_lldp_neighbors()
        return {port: (heard[0]["hostname"], heard[0]["port"]) for port, heard in found.items()}

    def ports(self) -> dict[str, bool]:
        """Physical ports and their links."""
        with _errors("reading interfaces"):
            found = self._driver.get_interfaces()
        return {name: port["is_up"] for name, port in found.items() if name.startswith("Ethernet")}

    def mac_table(self) -> list[tuple[str, int, str]]:
        """What was heard on which port."""
        with _errors("reading the MAC table"):
            found = self._driver.get_mac_address_table()
        return [(entry["mac"].lower(), entry["vlan"], entry["interface"]) for entry in found]

    def close(self) -> None:
        """Hang up. NAPALM would abort its session, and with it a commit that waits: that is not ours to decide here."""
        self._driver.config_session = None
        try:
            self._driver.close()
        except BROKEN:
            return  # it is gone, which is what was wanted
