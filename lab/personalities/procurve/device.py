"""A ProCurve switch as its command line sees it: the running configuration, and the reload that is scheduled."""

import hashlib
import hmac

from lab.device.meaning import Meaning
from lab.device.personality import Personality
from lab.device.switch import Switch, Timer
from lab.personalities.procurve.config import Configuration
from lab.personalities.procurve.meaning import read

RELOAD = "scheduled reload"


class ProcurveDevice(Personality):
    """The configuration of a ProCurve switch, without its command line."""

    platform = "procurve"
    file_system = "/cfg/"

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.configuration = self._fresh()
        self._reload: Timer | None = None

    def _fresh(self) -> Configuration:
        ports = len(self.switch.port_names)
        return Configuration(ports, f"HP-2530-{'48' if ports > 28 else '24'}G")

    def load(self, text: str) -> None:
        """Become this configuration."""
        self.configuration = self._fresh()
        self.configuration.load(text)

    def text(self) -> str:
        """The running configuration."""
        return self.configuration.text()

    def meaning(self) -> Meaning:
        """What it means."""
        return read(self.configuration)

    def verify(self, stored: str, password: str) -> bool:
        """Whether a password fits ``sha1 …`` or ``sha256 …``."""
        form, _, digest = stored.partition(" ")
        if form not in ("sha1", "sha256"):
            return False
        made = hashlib.new(form, password.encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(made, digest.lower())

    def factory(self) -> str:
        """Out of the box: one VLAN, an address by DHCP, everything open."""
        made = self._fresh()
        made.load('snmp-server community "public" unrestricted')
        return made.text()

    def refusal(self, line: str) -> str:
        """The words for a line that is refused."""
        return f"Invalid input: {line.rpartition(' ')[2]}"

    def on_reload(self) -> None:
        """A scheduled reload does not survive the reload."""
        self._reload = None

    def reload_after(self, seconds: float | None) -> None:
        """Schedule the reload (in the place of an earlier one), or cancel it."""
        if self._reload is not None:
            self._reload.cancel()
            self._reload = None
        if seconds is not None:
            self._reload = self.switch.schedule(seconds, self.switch.reload, RELOAD)

    def seconds_to_reload(self) -> float | None:
        """Seconds until the scheduled reload; None if there is none."""
        if self._reload is None or self._reload not in self.switch.timers:
            return None
        return self._reload.remaining
