"""Arista EOS: sessions, eAPI, and a command line that keeps to the same grammar."""

from collections.abc import Awaitable, Callable
from typing import Any

from lab.device.personality import Shell
from lab.device.switch import Switch
from lab.personalities.eos import commands, eapi
from lab.personalities.eos.device import EosDevice
from lab.personalities.eos.legacy import legacy
from lab.personalities.eos.sessions import Sessions
from lab.personalities.eos.shell import EosShell
from lab.personalities.eos.terminal import Terminal

__all__ = ["PERSONALITY", "Eos", "legacy"]

_COMMANDS = commands  # imported for what it registers


class Eos(EosDevice):
    """A switch that runs EOS, with its two ways in: the command line and the API."""

    def __init__(self, switch: Switch) -> None:
        super().__init__(switch)
        self.sessions = Sessions(self)
        self.eapi: Callable[[dict[str, Any], str], Awaitable[dict[str, Any]]] = self._eapi

    def shell(self, user: str, privilege: int) -> Shell:
        """A new login session over SSH."""
        return EosShell(Terminal(self, self.sessions, user, privilege, "vty3"))

    def on_reload(self) -> None:
        """Configuration sessions do not survive a reload."""
        self.sessions.forget()
        super().on_reload()

    async def _eapi(self, body: dict[str, Any], user: str) -> dict[str, Any]:
        terminal = Terminal(self, self.sessions, user, self.privilege(user))
        try:
            return await eapi.answer(terminal, body)
        finally:
            terminal.leave()


PERSONALITY = Eos
