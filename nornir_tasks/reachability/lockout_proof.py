"""The lock-out proof: whether a configuration leaves the way in open, before a line of it is written. Pure.

    reasons = find_lockouts(device, intended, then, region)   # empty: the way in stays open

What must hold comes from the model (``requirements``); what the configuration says of it comes from the platform
(``management_access``). What cannot be read is no proof: it is a reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.model import Device, Port, Position, Region
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.management_access import ALL_VLANS, Filter, Interface, ManagementAccess, Packet
from nornir_tasks.reachability.requirements import (
    RequiredAddress,
    RequiredTrunk,
    Requirements,
    RoutedLink,
    find_management_address,
    find_requirements,
    is_moved,
)

SSH = 22
WAY_IN = Rule("lockout", "the device, and what is reached through it, can still be reached", "lockout")
OSPF_DISTANCE = 110


def find_lockouts(device: Device, intended: str, then: Position, region: Region) -> tuple[Verdict, ...]:
    """A failed verdict for each reason why a device, or one behind it, could no longer be reached.

    Args:
        device: the switch that is to be written to; its platform reads the text.
        intended: the whole configuration that the device is to have, masked.
        then: where every municipality and device stands once it has it.
        region: for the devices that are reached through this one, and the addresses they are reached at.

    Returns:
        The verdicts, each once; none: the way in stays open. A text that the platform cannot read is a reason, too.
    """
    try:
        actual = platform(device.platform).read_management_access(intended)
    except (ValueError, IndexError) as error:
        return (WAY_IN.failed(device.name, f"a configuration of {device.name} that can be read", str(error)),)
    proof = _LockoutProof(device, actual, find_requirements(device, then, region), then, region)
    return tuple(dict.fromkeys(proof.find_reasons()))


@dataclass(frozen=True)
class _LockoutProof:
    """What a configuration says of the way in (``actual``) beside what must hold (``required``)."""

    device: Device
    actual: ManagementAccess
    required: Requirements
    then: Position
    region: Region

    def find_reasons(self) -> Iterator[Verdict]:
        """A failed verdict for each requirement that the configuration does not meet."""
        yield from self._check_services()
        yield from self._check_account()
        yield from self._check_vlans()
        for required in self.required.addresses:
            yield from self._check_address(required)
        for trunk in self.required.trunks:
            yield from self._check_trunk(trunk)
        for link in self.required.links:
            yield from self._check_link(link)
        yield from self._check_control_node_ports()
        yield from self._check_ways_back()

    # --- services and accounts

    def _check_services(self) -> Iterator[Verdict]:
        for service in self.actual.services:
            if service.port in self._find_open_ports():
                packets = [packet for packet in self._make_requests((self.device,)) if packet.port == service.port]
                yield from self._find_stopped(service.filters, packets, f"by {service.name} of {self.device.name}")
            elif service.closed_by and service.is_needed:
                yield self._fail(f"{service.name} open on {self.device.name}", service.closed_by)

    def _check_account(self) -> Iterator[Verdict]:
        name, actual = self.required.account, self.actual
        if name not in actual.accounts:
            account_names = ", ".join(actual.accounts) or "none"
            yield self._fail(f"the local account {name!r} on {self.device.name}", f"accounts {account_names}")
        elif missing_right := actual.accounts[name]:
            yield self._fail(f"the local account {name!r} of {self.device.name} with full rights", missing_right)
        if actual.no_local_login:
            yield self._fail(
                f"{self.device.name} to ask its own accounts when no central server answers", actual.no_local_login
            )

    # --- VLANs and addresses

    def _check_vlans(self) -> Iterator[Verdict]:
        purposes = {
            required.vlan: required.purpose for required in self.required.addresses if required.vlan is not None
        }
        purposes = {
            **{carried.vlan: carried.purpose for trunk in self.required.trunks for carried in trunk.vlans},
            **purposes,
        }
        for vlan, purpose in sorted(purposes.items()):
            if self.actual.vlans is None:
                if self.required.moved:
                    yield self._fail(
                        f"VLAN {vlan} on {self.device.name}, for {purpose}", "it does not keep its own VLANs"
                    )
            elif vlan not in self.actual.vlans:
                yield self._fail(f"VLAN {vlan} on {self.device.name}, for {purpose}", "no such VLAN")
            elif stop_line := self.actual.vlans[vlan]:
                yield self._fail(f"VLAN {vlan} alive on {self.device.name}, for {purpose}", stop_line)
        management_vlan = next((required.vlan for required in self.required.addresses), None)
        if management_vlan is not None and self.actual.management_vlan not in (None, management_vlan):
            yield self._fail(
                f"{self.device.name} managed from VLAN {management_vlan}",
                f"from VLAN {self.actual.management_vlan} alone",
            )

    def _check_address(self, required: RequiredAddress) -> Iterator[Verdict]:
        place = f"in VLAN {required.vlan}" if required.vlan is not None else "on the management port"
        expected = f"{required.address} {place} of {self.device.name} ({required.purpose})"
        holder = self._find_holder(required)
        if holder is None or holder.address is None:
            yield self._fail(expected, self._describe_holders(required.address.ip))
            return
        if holder.address.ip != required.address.ip or (not required.legacy and holder.address != required.address):
            yield self._fail(expected, f"{holder.address} on {holder.name}")
        if holder.shutdown_line:
            yield self._fail(expected, holder.shutdown_line)
        if holder.vrf:
            yield self._fail(expected, f"{holder.name} in VRF {holder.vrf}")
        if self.required.links and required.vlan is not None and not required.legacy and holder.ospf is None:
            yield self._fail(
                f"{required.address.network} announced by {self.device.name}", f"{holder.name} not in OSPF"
            )
        yield from self._check_lists_at_address(required, holder)

    def _find_holder(self, required: RequiredAddress) -> Interface | None:
        if required.vlan is not None:
            return self.actual.svi(required.vlan)
        holders = [
            interface
            for interface in self.actual.interfaces.values()
            if interface.address and interface.address.ip == required.address.ip
        ]
        return next((interface for interface in holders if interface.vlan is None), None)

    def _describe_holders(self, address: IPv4Address) -> str:
        holders = [
            interface.name
            for interface in self.actual.interfaces.values()
            if interface.address and interface.address.ip == address
        ]
        return f"it is on {', '.join(holders)}" if holders else "it is nowhere"

    def _check_lists_at_address(self, required: RequiredAddress, holder: Interface) -> Iterator[Verdict]:
        """Sessions arrive at this address, except on a switch that routes: there the answers from behind it arrive."""
        if required.vlan is None or not (self.required.links or self.device.role == "core"):
            yield from self._check_lists(holder, into=self._make_requests((self.device,)))
        elif self.device.role == "core":
            devices_behind = [
                device
                for device in self.required.behind
                if is_moved(device, self.then, self.region) is not required.legacy
            ]
            own_devices = () if self.required.moved else (self.device,)
            into = (*self._make_requests(own_devices), *self._make_answers(devices_behind))
            yield from self._check_lists(
                holder, into=into, out=() if required.legacy else self._make_requests(devices_behind)
            )
        else:
            moved = self._choose_moved(self.region.devices.values())
            yield from self._check_lists(holder, into=self._make_requests(moved), out=self._make_answers(moved))

    # --- ports

    def _check_trunk(self, trunk: RequiredTrunk) -> Iterator[Verdict]:
        neighbour = trunk.port.neighbour
        name = self._describe_port(trunk.port, neighbour.device if neighbour else "nobody")
        port = self.actual.port(trunk.port.name)
        if port.shutdown_line:
            yield self._fail(f"{name} switched on", port.shutdown_line)
        for line in (*port.blocking_lines, *(port.root_guard_lines if trunk.inwards else ())):
            yield self._fail(f"{name} open to a switch", f"{line!r}")
        for carried in trunk.vlans:
            if carried.vlan in port.tagged or (carried.vlan == port.untagged and not carried.tagged):
                continue
            how = "tagged " if carried.tagged else ""
            yield self._fail(f"VLAN {carried.vlan} {how}on {name}, for {carried.purpose}", _describe_vlans(port))
        if trunk.inwards:
            yield from self._check_lists(port, into=self._make_requests(trunk.through))
        else:
            yield from self._check_lists(port, into=self._make_answers(trunk.through))

    def _check_link(self, link: RoutedLink) -> Iterator[Verdict]:
        neighbour = link.port.neighbour
        port = self.actual.port(link.port.name)
        name = self._describe_port(link.port, neighbour.device if neighbour else "nobody")
        address = neighbour.address if neighbour else None
        if port.shutdown_line:
            yield self._fail(f"{name} switched on", port.shutdown_line)
        if address is not None and port.address != address:
            yield self._fail(f"{address} on {name}", str(port.address or "no address"))
        elif port.vrf:
            yield self._fail(f"{name} outside of any VRF", port.vrf)
        else:
            yield from self._check_ospf(name, port)
        if not self.actual.routing:
            yield self._fail(f"{self.device.name} to route", "IP routing is off")
        moved = self._choose_moved(link.through)
        if link.inwards:
            yield from self._check_lists(port, into=self._make_requests(moved), out=self._make_answers(moved))
        if link.outwards:
            yield from self._check_lists(port, into=self._make_answers(moved), out=self._make_requests(moved))

    def _check_ospf(self, name: str, port: Interface) -> Iterator[Verdict]:
        if port.ospf is None:
            yield self._fail(f"OSPF on {name}", "it takes no part")
            return
        if port.ospf.passive:
            yield self._fail(f"a neighbour by OSPF on {name}", "it is passive")
        if port.ospf.area:
            yield self._fail(f"{name} in area 0", f"area {port.ospf.area}")
        if not port.ospf.point_to_point:
            yield self._fail(f"{name} point-to-point, as its other end is", "another OSPF network type")
        if port.ospf.unshared_line:
            yield self._fail(f"OSPF on {name} as at its other end", f"{port.ospf.unshared_line!r}")

    def _check_control_node_ports(self) -> Iterator[Verdict]:
        for model, vlan, server in self.required.nodes:
            port = self.actual.port(model.name)
            name = self._describe_port(model, f"{server}, a control node")
            if port.shutdown_line:
                yield self._fail(f"{name} switched on", port.shutdown_line)
            if port.untagged != vlan:
                yield self._fail(f"VLAN {vlan} untagged on {name}", _describe_vlans(port))
            yield from self._check_lists(
                port, into=self._make_requests(self._choose_moved(self.region.devices.values()))
            )

    def _describe_port(self, port: Port, far: str) -> str:
        number = f"port {port.name}" if port.name.isdigit() else port.name
        return f"{number} of {self.device.name} (to {far})"

    # --- the way back

    def _check_ways_back(self) -> Iterator[Verdict]:
        for node in self.device.standard.control_nodes:
            yield from self._check_way_back(node)

    def _check_way_back(self, node: IPv4Address) -> Iterator[Verdict]:
        """The longest prefix wins, then the least distance; OSPF's routes by the uplinks count as known."""
        expected = f"a way back from {self.device.name} to the control node {node}"
        length = self._find_network(node).prefixlen if self.required.links else 0
        networks = [(interface, interface.address.network) for interface in self._find_attached() if interface.address]
        attached = [interface for interface, network in networks if node in network and network.prefixlen >= length]
        required_addresses = {required.address for required in self.required.addresses}
        if (
            attached
            and self.required.moved
            and not all(interface.address in required_addresses for interface in attached)
        ):
            yield self._fail(f"{expected} through the centre", f"its network is on {attached[0].name}")
        if attached:
            return
        routes = [route for route in self.actual.routes if node in route.network]
        if self.required.links:
            routes = [route for route in routes if route.network.prefixlen >= length and route.distance < OSPF_DISTANCE]
        best = max(((route.network.prefixlen, -route.distance) for route in routes), default=None)
        hops = {route.hop for route in routes if (route.network.prefixlen, -route.distance) == best}
        words = ", ".join(sorted(f"by {hop}" if hop else "into nothing" for hop in hops)) or "no route"
        if self.required.links:
            ends = {link.port.neighbour.peer_address for link in self.required.links if link.port.neighbour}
            if not hops <= {end.ip for end in ends if end is not None}:
                yield self._fail(f"{expected} by its uplinks", f"a static route {words}")
        elif self.required.moved and hops != {self.device.gateway}:
            yield self._fail(f"{expected} by {self.device.gateway}", words)
        elif not hops or not all(hop and self._is_next_hop_attached(hop) for hop in hops):
            yield self._fail(expected, f"{words}, which is in no network of its own" if hops else words)

    def _find_network(self, node: IPv4Address) -> IPv4Network:
        """The network of a control node, as the centre announces it."""
        networks = [gateway.network for device in self.region.devices.values() for gateway in device.gateways.values()]
        return next((network for network in networks if node in network), IPv4Network(node))

    def _find_attached(self) -> list[Interface]:
        """The interfaces that have an address, are switched on and are in no VRF."""
        return [
            interface
            for interface in self.actual.interfaces.values()
            if interface.address and not interface.shutdown_line and not interface.vrf
        ]

    def _is_next_hop_attached(self, hop: IPv4Address) -> bool:
        return any(interface.address and hop in interface.address.network for interface in self._find_attached())

    # --- lists

    def _choose_moved(self, devices: Iterable[Device]) -> list[Device]:
        """The devices that are reached through the centre."""
        return [device for device in devices if is_moved(device, self.then, self.region)]

    def _find_open_ports(self) -> list[int]:
        """The TCP ports of open services; before the move only those that the way in depends on."""
        return [
            service.port
            for service in self.actual.services
            if service.closed_by is None and (service.is_needed or self.required.moved)
        ]

    def _make_requests(self, devices: Iterable[Device]) -> Iterator[Packet]:
        """The packets from the control nodes to these devices; of another device than ours, SSH alone."""
        for device in devices:
            ports = self._find_open_ports() if device.name == self.device.name else [SSH]
            for node in self.device.standard.control_nodes:
                for port in ports:
                    yield Packet(node, find_management_address(device, self.then, self.region), port)

    def _make_answers(self, devices: Iterable[Device]) -> Iterator[Packet]:
        """The packets that these devices send back to the control nodes."""
        for packet in self._make_requests(devices):
            yield Packet(packet.destination, packet.source, packet.port, answer=True)

    def _check_lists(
        self, port: Interface, into: Iterable[Packet] = (), out: Iterable[Packet] = ()
    ) -> Iterator[Verdict]:
        place = f"by {port.name} of {self.device.name}"
        yield from self._find_stopped((port.inbound,), into, place)
        yield from self._find_stopped((port.outbound,), out, place)

    def _find_stopped(
        self, filters: Iterable[Filter | None], packets: Iterable[Packet], place: str
    ) -> Iterator[Verdict]:
        """At most one verdict for each list: the first packet that it does not surely let through."""
        for access_list in filters:
            if access_list is not None:
                stopped = next(
                    ((packet, why) for packet in packets if (why := access_list.explain_refusal(packet))), None
                )
                if stopped:
                    yield self._fail(f"{stopped[0]} let through {place}", stopped[1])

    def _fail(self, expected: str, actual: str) -> Verdict:
        return WAY_IN.failed(self.device.name, expected, actual)


def _describe_vlans(port: Interface) -> str:
    """The VLANs of a port in few words."""
    if port.tagged >= ALL_VLANS - {port.untagged}:
        return f"untagged {port.untagged}, tagged all others"
    tagged = format_ranges(port.tagged) or "none"
    return f"untagged {port.untagged or 'none'}, tagged {tagged}"
