"""Where clients hang, and which of them are treated alike: between port and router nothing tells them apart. Pure."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.platforms.common.management_access import Interface
from nornir_tasks.reachability.bridging import Bridging, PortEnd
from nornir_tasks.reachability.journey import Delivery, Span
from nornir_tasks.reachability.routing import Routing
from nornir_tasks.reachability.way import Station


@dataclass(frozen=True)
class Attachment:
    """What clients have in common whose packets come to their gateway, past no list and no doubtful line."""

    addresses: IPv4Network
    subnet: IPv4Network
    vlan: int
    gateway: IPv4Address
    router: str


class Attachments:
    """The attachments of all clients that have one, each looked for once."""

    def __init__(self, bridging: Bridging, routing: Routing) -> None:
        self._bridging, self._routing = bridging, routing
        self._attachments: dict[Station, Attachment | None] = {}
        self._plain_spans: dict[Span, bool] = {}

    def find(self, client: Station) -> Attachment | None:
        """The attachment of a client; None: it is a case of its own."""
        if client not in self._attachments:
            self._attachments[client] = self._find(client)
        return self._attachments[client]

    def is_plain(self, delivery: Delivery, client: Station) -> bool:
        """Whether what has come to a switch of its VLAN comes to a client with an attachment, past no list or doubt."""
        if client.device is None or client.port is None or delivery.vlan != client.vlan:
            return False
        port = self._bridging.get_port(PortEnd(client.device, client.port))
        return port.outbound is None and self._is_plain_span(Span(delivery.device, delivery.vlan, client.device))

    def _find(self, client: Station) -> Attachment | None:
        if client.device is None or client.port is None or client.vlan is None:
            return None
        if client.subnet is None or client.gateway is None:
            return None
        end = PortEnd(client.device, client.port)
        port = self._bridging.get_port(end)
        has_filters = port.inbound or self._bridging.switches[client.device].access.vlan_filters.get(client.vlan)
        if has_filters or _has_doubts(port) or explain_detached(self._bridging, end, client):
            return None
        for owner in self._routing.owners.get(client.gateway, ()):
            span = Span(client.device, client.vlan, owner.device)
            if owner.interface.vlan == client.vlan and self._bridging.find_way(*span) is not None:
                is_plain = self._is_plain_span(span)
                common = (client.addresses, client.subnet, client.vlan, client.gateway)
                return Attachment(*common, owner.device) if is_plain else None
        return None

    def _is_plain_span(self, span: Span) -> bool:
        """Whether a VLAN leads from one switch to another, past nothing but bare trunks."""
        if span not in self._plain_spans:
            cables = self._bridging.find_way(*span)
            self._plain_spans[span] = cables is not None and all(
                self._is_plain_trunk(cable.out, cable.into, span.vlan) for cable in cables
            )
        return self._plain_spans[span]

    def _is_plain_trunk(self, out: PortEnd, into: PortEnd, vlan: int) -> bool:
        near, far = self._bridging.get_port(out), self._bridging.get_port(into)
        access = self._bridging.switches[into.device].access
        has_lists = near.outbound or far.inbound or access.vlan_filters.get(vlan)
        is_inspected = vlan in access.inspected_vlans and not far.trusts_arp
        return not (has_lists or is_inspected or _has_doubts(near) or _has_doubts(far))


def _has_doubts(port: Interface) -> bool:
    return bool(port.dropping_lines or port.unread_lines)


def explain_detached(bridging: Bridging, end: PortEnd, station: Station) -> str | None:
    """Why a station at a port is not in its VLAN; None: it is.

    Args:
        bridging: of all switches.
        end: the port.
        station: what hangs there.
    """
    if dead := bridging.explain_dead_port(end):
        return dead
    port, vlan = bridging.get_port(end), station.vlan
    if port.untagged is None and not port.tagged and port.address:
        return f"{end} is a routed port"
    if vlan is None or (vlan not in port.tagged if station.tagged else vlan != port.untagged):
        has = f"VLAN {port.untagged}" if port.untagged else "nothing"
        tagged = f", and tagged {format_ranges(port.tagged)}" if port.tagged else ""
        how = "tagged" if station.tagged else "untagged"
        return f"{end} does not carry VLAN {vlan} {how}: it has {has} untagged{tagged}"
    return bridging.explain_dead_vlan(end.device, vlan)
