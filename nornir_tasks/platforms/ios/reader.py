"""A login to an IOS switch that only reads, in an event loop."""

import re

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.platforms.common.reading import Allowlist, Answers, Login, Reader, ReadOnlySession
from nornir_tasks.platforms.common.ssh_reader import Dialogue, SshReader
from nornir_tasks.platforms.ios.health import HEALTH_COMMANDS
from nornir_tasks.platforms.ios.readings import IosReadings

ADDRESS = r"[\d.]+"
ALLOWLIST = Allowlist.of(
    "ios",
    (
        r"show (running-config|startup-config|interfaces status|ip arp|lldp neighbors( detail)?)",
        *(re.escape(command).replace(re.escape("{address}"), ADDRESS) for command in HEALTH_COMMANDS.values()),
        rf"ping {ADDRESS} timeout 1 repeat 2( source {ADDRESS})?",
        r"enable|terminal (width 511|length 0)",
    ),
)
DIALOGUE = Dialogue(ALLOWLIST, prepare=("terminal width 511", "terminal length 0"))


class IosAnswers(ReadOnlySession, IosReadings):
    """A session that answers from what was read."""

    def __init__(self, answers: Answers, where: str) -> None:
        self._answers, self.where = answers, where

    def _show(self, command: str) -> str:
        return self._answers.get(command)

    def facts(self) -> dict[str, object]:
        """Refuse: NAPALM reads them, over a connection of its own."""
        raise PlatformError(translate("model and serial number are not read here"))

    def mac_table(self) -> list[tuple[str, int, str]]:
        """Refuse, as ``facts``."""
        raise PlatformError(translate("the MAC table is not read here"))


async def open_reader(login: Login) -> Reader:
    """A login, at the prompt of an administrator.

    Raises:
        HostKeyUnknown, HostKeyChanged: the password was not sent.
        LoginError: there is no answer, or the login is refused.
    """
    address = f"{login.endpoint.host}:{login.endpoint.ssh_port}"
    reader = SshReader(address, DIALOGUE, login.transcript)
    reader.session = IosAnswers(reader.answers, address)
    await reader.open(login)
    return reader
