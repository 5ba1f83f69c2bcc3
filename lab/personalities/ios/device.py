"""An IOS switch as its command line sees it: the running configuration, and the files that a URL means."""

import re
from datetime import UTC, datetime

from lab.device.meaning import Meaning
from lab.device.personality import Personality
from lab.device.switch import Switch
from lab.personalities.ios.configuration import certificates, meaning, passwords
from lab.personalities.ios.configuration.config import Config
from lab.personalities.ios.configuration.meaning import lines_for_ssh

FACTORY = """\
no service pad
service timestamps debug datetime msec
service timestamps log datetime msec
vtp mode transparent
"""


def config_name(url: str) -> str | None:
    """``running-config`` or ``startup-config`` where a URL means one of them."""
    name = re.sub(r"^(system|nvram):/?", "", url)
    for known in ("running-config", "startup-config"):
        if len(name) > 2 and known.startswith(name):
            return known
    return None


class IosDevice(Personality):
    """The configuration and the files of a switch that runs IOS, without the ways in."""

    platform = "ios"

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.config = self.fresh()
        self.last_change = ""
        self.changed_at: datetime | None = None

    def fresh(self) -> Config:
        """An empty configuration of this switch."""
        return Config(self.switch.port_names, self.switch.model.lower(), self.switch.serial)

    def parsed(self, text: str) -> Config:
        """A configuration of this switch, read from text."""
        config = self.fresh()
        config.load(text)
        return config

    def load(self, text: str) -> None:
        """Boot this configuration."""
        self.config.load(text)

    def text(self) -> str:
        """The running configuration."""
        return self.config.text()

    def meaning(self) -> Meaning:
        """What it means."""
        return meaning.extract(self.config)

    def verify(self, stored: str, password: str) -> bool:
        """Whether a password fits."""
        return passwords.fits(stored, password)

    def factory(self) -> str:
        """Out of the box: no names, no accounts, everything in VLAN 1."""
        return FACTORY

    def scp_enabled(self) -> bool:
        """``ip scp server enable``."""
        return self.config.root.has("ip scp server enable")

    def sessions_allowed(self) -> int | None:
        """As many as there are vty lines that take SSH."""
        return lines_for_ssh(self.config)

    def on_reload(self) -> None:
        """Who changed the configuration is not remembered over a reload."""
        self.last_change, self.changed_at = "", None

    @property
    def quiet(self) -> bool:
        """``file prompt quiet``: file commands ask nothing."""
        return self.config.root.has("file prompt")

    def touched(self, user: str) -> None:
        """Remember who changed the configuration, and when: ``show running-config`` says so."""
        self.changed_at = datetime.now(UTC)
        self.last_change = f"! Last configuration change at {self.changed_at:%H:%M:%S UTC %a %b %-d %Y} by {user}"

    def time_stamp(self) -> str:
        """What stands before the answer of a command where ``exec prompt timestamp`` is on."""
        now = datetime.now(UTC)
        when = f"{now:%H:%M:%S}.{now.microsecond // 1000:03} UTC {now:%a %b %-d %Y}"
        servers = [line.split()[2] for line in self.config.root.lines("ntp server ") if " vrf " not in line]
        source = "Time source is NTP, " if any(self.switch.ping(server) for server in servers) else "No time source, *"
        return f"Load for five secs: 7%/0%; one minute: 6%; five minutes: 6%\n{source}{when}\n\n"

    async def took_line(self, line: str) -> None:
        """A line on the way back was taken: it takes its time, and the world takes note."""
        self.switch.changed()
        await self.switch.line_delay()

    def file_name(self, url: str) -> str:
        """The bare name of a file in flash."""
        return re.sub(r"^\w+:/?", "", url)

    def read_file(self, url: str) -> str | None:
        """The text behind a URL; None: there is no such file."""
        known = config_name(url)
        if known == "running-config":
            return self.text()
        if known == "startup-config":
            return certificates.in_nvram(self.switch.startup) or None
        return self.switch.files.get(self.file_name(url))
