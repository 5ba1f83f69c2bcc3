"""What a switch tells of its own health, in the same words on every platform. Pure.

None, everywhere here: the platform does not tell it. Ages are counted by the device's own clock, which may be wrong.
"""

from dataclasses import dataclass
from enum import StrEnum

from nornir_tasks.core.language import mark

# SFF-8472 gives received power in units of 0.1 µW: 0 is shown as -40 dBm by IOS, as -30 dBm by EOS.
NO_LIGHT_DBM = -30.0


class PortCondition(StrEnum):
    """Why a port carries traffic, or why it does not."""

    UP = mark("up")
    NO_LINK = mark("no link")
    CLOSED = mark("closed by hand")
    DISABLED = mark("disabled by the switch")  # err-disabled: it does not come back by itself, or only after a while


class PartState(StrEnum):
    """How a part of the hardware is."""

    GOOD = "good"
    FAILED = "failed"
    ABSENT = "absent"  # the slot is empty: no fault where one part is enough


@dataclass(frozen=True)
class Optics:
    """What a transceiver measures. ``is_low``: below the limit at which the transceiver itself raises an alarm."""

    receive_dbm: float
    is_low: bool

    @property
    def is_dark(self) -> bool:
        """Whether no light arrives at all."""
        return self.receive_dbm <= NO_LIGHT_DBM


@dataclass(frozen=True)
class PortHealth:
    """One port. ``reason``: why the switch has disabled it. Counters run since they were last cleared."""

    condition: PortCondition
    reason: str | None = None
    changed_seconds_ago: int | None = None
    input_errors: int | None = None
    crc_errors: int | None = None
    output_drops: int | None = None
    optics: Optics | None = None


@dataclass(frozen=True)
class Temperature:
    """The hottest thing that the switch tells of. ``is_normal``: its own judgement."""

    is_normal: bool
    celsius: int | None


@dataclass(frozen=True)
class PowerBudget:
    """Power over Ethernet, in W, of all units together."""

    available: float
    used: float


@dataclass(frozen=True)
class DeviceHealth:
    """The switch as a machine. ``fans`` and ``power_supplies``: by the names that it gives them."""

    uptime_seconds: int | None
    restart_reason: str | None
    processor_percent: int | None  # mean of five minutes
    memory_percent: int | None  # in use
    temperature: Temperature | None
    fans: tuple[tuple[str, PartState], ...] | None
    power_supplies: tuple[tuple[str, PartState], ...] | None
    power_budget: PowerBudget | None  # None, too, for a switch that feeds nobody


@dataclass(frozen=True)
class ConfigurationChange:
    """The last change of the running configuration, as the device itself records it; ``by`` is an account's name."""

    seconds_ago: int | None
    by: str | None


@dataclass(frozen=True)
class TimeState:
    """Whether the clock is in step. ``stratum`` and ``offset_seconds`` are None while it is not."""

    is_synchronised: bool
    server: str | None
    stratum: int | None
    offset_seconds: float | None


@dataclass(frozen=True)
class SpanningTree:
    """One VLAN's or instance's tree. ``root_port`` is None where the switch is the root itself."""

    instance: str
    root_address: str  # "00:1c:73:…"
    root_priority: int
    is_root: bool
    root_port: str | None
    topology_changes: int | None
    changed_seconds_ago: int | None


@dataclass(frozen=True)
class Route:
    """The way to an address. ``next_hops`` is empty where its network is attached, or its packets are discarded."""

    network: str
    protocol: str  # "connected", "static", "ospf", "default gateway" …
    next_hops: tuple[str, ...]
