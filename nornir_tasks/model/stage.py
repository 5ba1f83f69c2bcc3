"""The stages of a migration, and how far each municipality and device has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Stage(IntEnum):
    """A stage of the migration; its number is the number of its playbook."""

    LEGACY = 0
    SURVEY = 10
    CONNECT = 20
    HARMONISE = 30
    PILOT = 40
    CUTOVER = 50
    SETTLE = 60
    RETIRE = 70

    @property
    def word(self) -> str:
        """The name people type: ``connect``."""
        return self.name.lower()

    @property
    def before(self) -> "Stage":
        """The stage that comes before this one; LEGACY is its own predecessor."""
        return Stage(max(0, self - 10))

    @classmethod
    def parse(cls, word: str) -> "Stage":
        """Read ``connect``, ``20`` or ``20_connect``.

        Raises:
            ValueError: the word names no stage.
        """
        for stage in cls:
            if word.lower() in {stage.word, str(int(stage)), f"{int(stage)}_{stage.word}"}:
                return stage
        words = ", ".join(stage.word for stage in cls)
        raise ValueError(f"stage: found {word!r}, expected one of {words}")


@dataclass(frozen=True)
class Position:
    """How far everything has come: the second argument of ``render``.

    ``stages`` gives each municipality's stage (absent: LEGACY). ``devices`` names the devices whose
    own wave has not yet come as far, or has come further, than their municipality.
    """

    stages: Mapping[str, Stage] = field(default_factory=dict)
    devices: Mapping[str, Stage] = field(default_factory=dict)

    def of(self, municipality: str, device: str | None = None) -> Stage:
        """The stage of a municipality, or of one of its devices."""
        if device is not None and device in self.devices:
            return self.devices[device]
        return self.stages.get(municipality, Stage.LEGACY)

    def moved(self, municipality: str, stage: Stage, *devices: str) -> "Position":
        """A copy in which the municipality (or only these of its devices) stands at ``stage``."""
        if devices:
            return Position(self.stages, {**self.devices, **dict.fromkeys(devices, stage)})
        return Position({**self.stages, municipality: stage}, self.devices)


# The stage from which on each feature of the standard is part of the intended configuration.
# Until RETIRE it stands beside the legacy configuration; what has one value only is overwritten.
FEATURES: Mapping[str, Stage] = {
    "identity": Stage.CONNECT,  # host name, domain, clock
    "uplinks": Stage.CONNECT,  # routed links to both halves, and their routing
    "management": Stage.CONNECT,  # operations VLAN, management address, its way out
    "services": Stage.CONNECT,  # time, names, logging
    "accounts": Stage.CONNECT,
    "vlans": Stage.HARMONISE,
    "trunks": Stage.HARMONISE,
    "gateways": Stage.HARMONISE,  # SVIs, zone policy, DHCP relay
    "profiles": Stage.HARMONISE,  # of ports: descriptions and edge protection, not yet their VLANs
    "membership": Stage.CUTOVER,  # ports move into their VLANs; at the pilot sites with PILOT
    "rest": Stage.RETIRE,  # banner, spanning tree, services switched off, and no line of the legacy
}
