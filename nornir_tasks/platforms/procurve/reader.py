"""A login to a ProCurve that only reads, in an event loop."""

import re

from nornir_tasks.platforms.common.reading import Allowlist, Answers, Login, Reader, ReadOnlySession
from nornir_tasks.platforms.common.ssh_reader import Dialogue, SshReader
from nornir_tasks.platforms.procurve.health import HEALTH_COMMANDS
from nornir_tasks.platforms.procurve.readings import ProcurveReadings

ALLOWLIST = Allowlist.of(
    "procurve",
    (
        r"show (running-config|config|vlans|system|interfaces brief|mac-address|arp)",
        *(re.escape(command).replace(re.escape("{ports}"), r"[\w,/-]+") for command in HEALTH_COMMANDS.values()),
        r"show lldp info remote-device 1-\d+",
        r"ping [\d.]+( source [\d.]+)?",
        r"enable|terminal width 511|no page",
    ),
)
DIALOGUE = Dialogue(ALLOWLIST, prepare=("terminal width 511", "no page"), greeting="any key to continue")


class ProcurveAnswers(ReadOnlySession, ProcurveReadings):
    """A session that answers from what was read."""

    def __init__(self, answers: Answers, where: str) -> None:
        self._answers, self.where = answers, where

    def _show(self, command: str) -> str:
        lines = self._answers.get(command).split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n")


async def open_reader(login: Login) -> Reader:
    """A login, at the manager's prompt.

    Raises:
        HostKeyUnknown, HostKeyChanged: the password was not sent.
        LoginError: there is no answer, or the login is refused.
    """
    address = f"{login.endpoint.host}:{login.endpoint.ssh_port}"
    reader = SshReader(address, DIALOGUE, login.transcript)
    reader.session = ProcurveAnswers(reader.answers, address)
    await reader.open(login)
    return reader
