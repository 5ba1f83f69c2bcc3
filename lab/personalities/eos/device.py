"""An EOS switch as its command line and its API see it: the running configuration, and what it is called by."""

from lab.device.meaning import Meaning
from lab.device.personality import Personality
from lab.device.switch import Switch, Timer
from lab.personalities.eos.configuration import meaning
from lab.personalities.eos.configuration.config import Config
from lab.personalities.eos.secret import fits

CONNECTIONS = 50  # over SSH, unless configured
VERSION = "4.30.4M"
# Models that run another version, so that the lab has both ways to tell of configuration sessions (see ``sessions``).
VERSIONS = {"CCS-720XP-24Y6": "4.32.2F"}


class EosDevice(Personality):
    """The configuration of a switch that runs EOS, without the ways in."""

    platform = "eos"

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.ports = tuple(switch.port_names)
        self.config = Config.clean(self.ports)
        self.reload_timer: Timer | None = None

    @property
    def hostname(self) -> str:
        """The configured name, ``localhost`` until there is one."""
        line = self.config.root.get("hostname")
        return line.text.split()[1] if line is not None else "localhost"

    @property
    def software(self) -> str:
        """The version of EOS that this switch runs, ``4.30.4M``."""
        return self.switch.facts.software or VERSIONS.get(self.switch.model, VERSION)

    @property
    def release(self) -> tuple[int, int]:
        """The release, (4, 30): what a switch does may depend on it."""
        major, minor, *_ = self.software.split(".")
        return int(major), int(minor)

    def load(self, text: str) -> None:
        """Boot this configuration; what EOS would not take is dropped."""
        self.config = Config.parse(text, self.ports)

    def text(self) -> str:
        """The running configuration below its header."""
        return self.config.text()

    def meaning(self) -> Meaning:
        """What the running configuration means."""
        return meaning.read(self.config)

    def verify(self, stored: str, password: str) -> bool:
        """Whether a password fits a stored secret."""
        return fits(stored, password)

    def factory(self) -> str:
        """The configuration out of the box."""
        return Config.clean(self.ports).text()

    def refusal(self, line: str) -> str:
        """EOS's words for a line it does not take."""
        return f"% Invalid input (at token 0: '{line.split(maxsplit=1)[0] if line.split() else ''}')"

    def sessions_allowed(self) -> int | None:
        """``connection limit`` of ``management ssh``."""
        section = self.config.section("ssh")
        line = section.lines.get("limit") if section is not None else None
        return int(line.text.split()[2]) if line is not None else CONNECTIONS

    def on_reload(self) -> None:
        """A scheduled reload does not survive the reload."""
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
