"""What a template sees of a device at a stage: typed, sorted, nothing left to decide but layout."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from nornir_tasks.model import Device, Position, Stage, Standard
from nornir_tasks.model.stage import FEATURES


@dataclass(frozen=True)
class VlanView:
    """A VLAN of the standard."""

    id: int
    name: str


@dataclass(frozen=True)
class PortView:
    """A port as the standard wants it. ``membership``: its VLANs belong to this stage's configuration."""

    number: int
    name: str
    kind: Literal["access", "trunk", "routed", "unused"]
    description: str
    membership: bool
    access_vlan: int | None = None  # untagged; on a trunk to an access point the native VLAN
    voice_vlan: int | None = None
    tagged_vlans: tuple[int, ...] = ()  # on trunks: all VLANs of the standard that it carries
    address: IPv4Interface | None = None  # routed ports
    enabled: bool = True
    edge: bool = False  # a host, not a switch, is attached: portfast and BPDU guard


@dataclass(frozen=True)
class RuleView:
    """One row of a zone's policy; None as destination is anywhere."""

    action: Literal["permit", "deny"]
    destination: IPv4Network | None


@dataclass(frozen=True)
class GatewayView:
    """A zone's gateway on a core switch, and what may leave the zone (the access list ``ZONE-<name>-IN``)."""

    vlan: int
    name: str
    address: IPv4Interface
    rules: tuple[RuleView, ...]
    relay: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True)
class View:
    """The template's whole world, under the name ``v``."""

    device: Device
    standard: Standard
    stage: Stage
    full: bool  # the standard is all there is: after retire, and always at the operations centre
    vlans: tuple[VlanView, ...]
    ports: tuple[PortView, ...]
    gateways: tuple[GatewayView, ...]
    summary: IPv4Network | None  # what a core announces: the municipality's prefix

    def has(self, feature: str) -> bool:
        """Whether a feature of the standard is part of the intended configuration at this stage."""
        return self.full or self.stage >= FEATURES[feature]

    @property
    def layer3(self) -> bool:
        """Whether this device routes."""
        return self.device.loopback is not None

    def members(self, vlan: int, how: Literal["untagged", "tagged"]) -> tuple[int, ...]:
        """Port numbers in a VLAN, for platforms that keep membership with the VLAN."""
        return tuple(port.number for port in self.ports if port.membership and vlan in _vlans(port, how))


def _vlans(port: PortView, how: str) -> tuple[int | None, ...]:
    """The VLANs of a port, untagged or tagged; a phone's VLAN is tagged."""
    if how == "untagged":
        return (port.access_vlan,)
    return (*port.tagged_vlans, port.voice_vlan)


def look(device: Device, position: Position) -> View:
    """Build the view of a device at a position: pure."""
    raise NotImplementedError(device, position)
