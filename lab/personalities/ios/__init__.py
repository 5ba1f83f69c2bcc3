"""Cisco IOS 15.2, as Catalyst 2960-X and 3850 switches speak it."""

from lab.device.personality import Shell
from lab.device.switch import Switch
from lab.personalities.ios.cli import IosShell
from lab.personalities.ios.commands import (
    archive,
    channels,
    files,
    hardware,
    interfaces,
    neighbours,
    routes,
    session,
    system,
    telnet,
    vlans,
)
from lab.personalities.ios.device import IosDevice
from lab.personalities.ios.legacy import legacy
from lab.personalities.ios.rollback import Rollback

__all__ = ["PERSONALITY", "Ios", "legacy"]

# Imported for what they register: the exec commands.
_COMMANDS = (archive, channels, files, hardware, interfaces, neighbours, routes, session, system, telnet, vlans)


class Ios(IosDevice):
    """One IOS switch, with its command line."""

    def __init__(self, switch: Switch) -> None:
        super().__init__(switch)
        self.rollback = Rollback(self)

    def shell(self, user: str, privilege: int) -> Shell:
        """A login session."""
        return IosShell(self, self.rollback, user, privilege)

    def on_reload(self) -> None:
        """Nothing waits for a confirmation any more."""
        super().on_reload()
        self.rollback.disarm()


PERSONALITY = Ios
