"""Arista EOS: sessions, eAPI, and a command line that keeps to the same grammar."""

from collections.abc import Awaitable, Callable
from typing import Any

from lab.meaning import Meaning
from lab.personalities.base import Personality, Shell
from lab.personalities.eos import eapi, files, meaning, show_forwarding, show_interfaces, show_system
from lab.personalities.eos import exec as _exec
from lab.personalities.eos.config import Config
from lab.personalities.eos.legacy import legacy
from lab.personalities.eos.secret import fits
from lab.personalities.eos.sessions import Sessions
from lab.personalities.eos.shell import EosShell
from lab.switch import Switch, Timer

__all__ = ["PERSONALITY", "Eos", "legacy"]

# Imported for what they register: the exec commands.
_COMMANDS = (_exec, files, show_system, show_interfaces, show_forwarding)


class Eos(Personality):
    """A switch that runs EOS."""

    platform = "eos"

    def __init__(self, switch: Switch) -> None:
        super().__init__(switch)
        self.ports = tuple(switch.port_names)
        self.config = Config.clean(self.ports)
        self.sessions = Sessions(self)
        self.reload_timer: Timer | None = None
        self.eapi: Callable[[dict[str, Any], str], Awaitable[dict[str, Any]]] = self._eapi

    @property
    def hostname(self) -> str:
        """The configured name, ``localhost`` until there is one."""
        line = self.config.root.get("hostname")
        return line.text.split()[1] if line is not None else "localhost"

    def load(self, text: str) -> None:
        """Boot this configuration; what EOS would not take is dropped."""
        self.config = Config.parse(text, self.ports)

    def text(self) -> str:
        """The running configuration below its header."""
        return self.config.text()

    def meaning(self) -> Meaning:
        """What the running configuration means."""
        return meaning.read(self.config)

    def shell(self, user: str, privilege: int) -> Shell:
        """A new login session over SSH."""
        return EosShell(self, user, privilege)

    def verify(self, stored: str, password: str) -> bool:
        """Whether a password fits a stored secret."""
        return fits(stored, password)

    def factory(self) -> str:
        """The configuration out of the box."""
        return Config.clean(self.ports).text()

    def refusal(self, line: str) -> str:
        """EOS's words for a line it does not take."""
        return f"% Invalid input (at token 0: '{line.split(maxsplit=1)[0] if line.split() else ''}')"

    def on_reload(self) -> None:
        """Configuration sessions do not survive a reload."""
        self.sessions.forget()
        self.reload_timer = None

    def privilege(self, user: str) -> int:
        """The privilege of an account as configured; 1 if it is gone."""
        return self.switch.meaning.users.get(user, (1, ""))[0]

    def changed(self) -> None:
        """A line of the running configuration was accepted."""
        self.switch.changed()

    def become(self, config: Config) -> None:
        """Take on a whole configuration at one stroke."""
        self.config = config
        self.switch.changed()

    async def _eapi(self, body: dict[str, Any], user: str) -> dict[str, Any]:
        return await eapi.answer(self, body, user)


PERSONALITY = Eos
