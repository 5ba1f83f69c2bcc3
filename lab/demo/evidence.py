"""What the demonstration measures with the lab's own instruments, apart from anything the product says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import ndiff

from lab import CENTRE
from lab.control.client import Client
from lab.demo.usage import Usage
from lab.region.facts import RegionFacts


@dataclass
class Evidence:
    """Seen from outside, from the moment it is made: every configuration's bytes, and who was without a gateway."""

    client: Client
    region: RegionFacts
    municipality: str
    before: dict[str, str] = field(default_factory=dict)
    centre: dict[str, str] = field(default_factory=dict)
    longest: float = 0.0
    worst: str = ""
    usage: Usage = field(init=False)

    def __post_init__(self) -> None:
        """Take the picture that everything is compared with."""
        self.before = self.client.digests()
        self.centre = {name: self.client.running(name) for name in self.before if self._owner(name) == CENTRE}
        self.usage = Usage(self.client, self.region, self.municipality)
        self.client.record(reset=True)

    def _owner(self, switch: str) -> str:
        return self.region.switches[switch].municipality

    def outage(self, stage: str) -> tuple[float, str]:
        """The longest outage of anybody in the municipality since the last question, and whose it was."""
        municipalities = self.client.record()["municipalities"]
        record = municipalities.get(self.municipality)
        self.client.record(reset=True)
        self.usage.note(stage, municipalities)
        if not record or not record["worst"]:
            return 0.0, ""
        worst = record["worst"][0]
        whose = f"{worst['station']} at {worst['switch']} port {worst['port']}, in {stage}"
        if worst["longest"] > self.longest:
            self.longest, self.worst = worst["longest"], whose
        return float(worst["longest"]), whose

    def stranded(self) -> list[str]:
        """Stations of the municipality that are without their gateway now."""
        record = self.client.record(self.municipality)["municipalities"].get(self.municipality)
        return [entry["station"] for entry in record["worst"] if entry["now"]] if record else []

    def unsaved(self) -> list[str]:
        """Switches of the municipality that would start with something else than they run."""
        names = [name for name in self.before if self._owner(name) == self.municipality]
        return [f"{name} (not saved)" for name in names if self.client.startup(name) != self.client.running(name)]

    def strangers(self) -> tuple[int, list[str]]:
        """How many switches belong to other municipalities, and which of them are not as they were."""
        now = self.client.digests()
        others = [name for name in now if self._owner(name) not in (self.municipality, CENTRE)]
        return len(others), [name for name in others if now[name] != self.before[name]]

    def centre_changes(self) -> dict[str, list[str]]:
        """What changed at the operations centre. Shape: switch to the lines that came or went."""
        changes = {}
        for name, old in self.centre.items():
            new = self.client.running(name)
            if new != old:
                changes[name] = changed_lines(old, new)
        return changes

    def foreign(self, changes: Mapping[str, list[str]]) -> list[str]:
        """Changed lines of the centre that belong to nobody's port, or to a port of somebody else."""
        ports = {
            name: {
                switch.port_names[port - 1]
                for port, cable in switch.cables.items()
                if self._owner(cable.switch) == self.municipality
            }
            for name, switch in self.region.switches.items()
        }
        return [
            f"{name}: {line}"
            for name, lines in changes.items()
            for line in lines
            if not any(_names(line, port) for port in ports[name])
        ]


def changed_lines(old: str, new: str) -> list[str]:
    """Lines that came or went, each with the line it stands under: ``+ interface Ethernet7 / shutdown``."""
    return [line for line in ndiff(_flat(old), _flat(new)) if line[:1] in "+-"]


def _flat(text: str) -> list[str]:
    flat, above = [], ""
    for line in text.splitlines():
        if line.strip() in ("", "!"):
            continue
        if line[:1].isspace():
            flat.append(f"{above} / {line.strip()}")
        else:
            above = line.strip()
            flat.append(above)
    return flat


def _names(line: str, port: str) -> bool:
    """Whether a line stands under, or speaks of, exactly this port (Ethernet1 is not Ethernet10)."""
    return any(word.rstrip(",") == port for word in line.split())
