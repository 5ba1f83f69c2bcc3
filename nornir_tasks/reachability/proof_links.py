"""The lock-out proof's part about VLANs, addresses and ports: what a session passes on its way. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface

from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model import Port
from nornir_tasks.platforms.common.management_access import Interface
from nornir_tasks.platforms.common.vlan_lists import ALL_VLANS
from nornir_tasks.reachability.proof_base import Proof
from nornir_tasks.reachability.requirements import RequiredAddress, RequiredTrunk, RoutedLink, is_moved


class LinkProof(Proof):
    """VLANs, addresses, trunks, routed links and the ports of control nodes."""

    def find_reasons(self) -> Iterator[Verdict]:
        """A failed verdict for each VLAN, address and port that a session would not pass."""
        yield from self._check_vlans()
        for required in self.required.addresses:
            yield from self._check_address(required)
        for trunk in self.required.trunks:
            yield from self._check_trunk(trunk)
        for link in self.required.links:
            yield from self._check_link(link)
        yield from self._check_control_node_ports()

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
                    yield self.fail(
                        f"VLAN {vlan} on {self.device.name}, for {purpose}", "it does not keep its own VLANs"
                    )
            elif vlan not in self.actual.vlans:
                yield self.fail(f"VLAN {vlan} on {self.device.name}, for {purpose}", "no such VLAN")
            elif stop_line := self.actual.vlans[vlan]:
                yield self.fail(f"VLAN {vlan} alive on {self.device.name}, for {purpose}", stop_line)
            yield from self._check_vlan_filters(vlan)
        management_vlan = next((required.vlan for required in self.required.addresses), None)
        if management_vlan is not None and self.actual.management_vlan not in (None, management_vlan):
            yield self.fail(
                f"{self.device.name} managed from VLAN {management_vlan}",
                f"from VLAN {self.actual.management_vlan} alone",
            )

    def _check_vlan_filters(self, vlan: int) -> Iterator[Verdict]:
        """What passes within a VLAN is filtered whether it is bridged or routed, and whichever way it goes."""
        filters = self.actual.vlan_filters.get(vlan, ())
        devices = (self.device, *self.required.behind) if filters else ()
        packets = [*self.make_requests(devices), *self.make_answers(devices)]
        yield from self.find_stopped(filters, packets, f"in VLAN {vlan} of {self.device.name}")

    def _check_address(self, required: RequiredAddress) -> Iterator[Verdict]:
        place = f"in VLAN {required.vlan}" if required.vlan is not None else "on the management port"
        expected = f"{required.address} {place} of {self.device.name} ({required.purpose})"
        holder = self._find_holder(required)
        if holder is None or holder.address is None:
            yield self.fail(expected, self._describe_holders(required.address.ip))
            return
        if holder.address.ip != required.address.ip or (not required.legacy and holder.address != required.address):
            yield self.fail(expected, f"{holder.address} on {holder.name}")
        if holder.shutdown_line:
            yield self.fail(expected, holder.shutdown_line)
        if holder.vrf:
            yield self.fail(expected, f"{holder.name} in VRF {holder.vrf}")
        if self.required.links and required.vlan is not None and not required.legacy and holder.ospf is None:
            yield self.fail(f"{required.address.network} announced by {self.device.name}", f"{holder.name} not in OSPF")
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
            yield from self.check_lists(holder, into=self.make_requests((self.device,)))
        elif self.device.role == "core":
            devices_behind = [
                device
                for device in self.required.behind
                if is_moved(device, self.then, self.region) is not required.legacy
            ]
            own_devices = () if self.required.moved else (self.device,)
            into = (*self.make_requests(own_devices), *self.make_answers(devices_behind))
            yield from self.check_lists(
                holder, into=into, out=() if required.legacy else self.make_requests(devices_behind)
            )
        else:
            moved = self.choose_moved(self.region.devices.values())
            network = required.address.network  # the control nodes of the other half pass another gateway
            yield from self.check_lists(
                holder,
                into=[packet for packet in self.make_requests(moved) if packet.source in network],
                out=[packet for packet in self.make_answers(moved) if packet.destination in network],
            )

    def _check_trunk(self, trunk: RequiredTrunk) -> Iterator[Verdict]:
        neighbour = trunk.port.neighbour
        name = self.describe_port(trunk.port, neighbour.device if neighbour else "nobody")
        port = self.actual.port(trunk.port.name)
        yield from self._check_port(name, port, trunk.port)
        for line in (*port.blocking_lines, *(port.root_guard_lines if trunk.inwards else ())):
            yield self.fail(f"{name} open to a switch", f"{line!r}")
        for carried in trunk.vlans:
            inspected = self.actual.inspected_vlans.get(carried.vlan)
            if inspected and not port.trusts_arp:
                yield self.fail(f"{name} trusted with ARP in VLAN {carried.vlan}", f"{inspected!r}, and no trust")
            if carried.vlan in port.tagged or (carried.vlan == port.untagged and not carried.tagged):
                continue
            how = "tagged " if carried.tagged else ""
            yield self.fail(f"VLAN {carried.vlan} {how}on {name}, for {carried.purpose}", _describe_vlans(port))
        into, out = list(self.make_requests(trunk.through)), list(self.make_answers(trunk.through))
        yield from self.check_lists(port, *((into, out) if trunk.inwards else (out, into)))

    def _check_port(self, name: str, port: Interface, model: Port) -> Iterator[Verdict]:
        """A port of the way in, of whatever kind, is on, drops nothing, and is in no bundle with a port elsewhere."""
        if port.shutdown_line:
            yield self.fail(f"{name} switched on", port.shutdown_line)
        for line in port.dropping_lines:
            yield self.fail(f"{name} open to all that passes it", f"{line!r}")
        for other in self.device.ports if port.bundle else ():
            if other == model or self.actual.port(other.name).bundle != port.bundle:
                continue
            if other.profile is None and other.neighbour is None:
                continue  # unused: a member without a link carries nothing
            ends = [end.neighbour.device if end.neighbour else None for end in (model, other)]
            if ends[0] is None or ends[0] != ends[1]:
                yield self.fail(f"{name} in no bundle with a port that leads elsewhere", f"{other.name} in it, too")

    def _check_link(self, link: RoutedLink) -> Iterator[Verdict]:
        neighbour = link.port.neighbour
        port = self.actual.port(link.port.name)
        name = self.describe_port(link.port, neighbour.device if neighbour else "nobody")
        address = neighbour.address if neighbour else None
        yield from self._check_port(name, port, link.port)
        if port.untagged is not None or port.tagged:
            yield self.fail(f"{name} a routed port", f"a switched one, {_describe_vlans(port)}")
        if address is not None and port.address != address:
            yield self.fail(f"{address} on {name}", str(port.address or "no address"))
        elif port.vrf:
            yield self.fail(f"{name} outside of any VRF", port.vrf)
        else:
            yield from self._check_ospf(name, port)
            yield from self._check_ospf_lists(name, port, neighbour.peer_address if neighbour else None)
        if not self.actual.routing:
            yield self.fail(f"{self.device.name} to route", "IP routing is off")
        moved = self.choose_moved(link.through)
        if link.inwards:
            yield from self.check_lists(port, into=self.make_requests(moved), out=self.make_answers(moved))
        if link.outwards:
            yield from self.check_lists(port, into=self.make_answers(moved), out=self.make_requests(moved))

    def _check_ospf(self, name: str, port: Interface) -> Iterator[Verdict]:
        if port.ospf is None:
            yield self.fail(f"OSPF on {name}", "it takes no part")
            return
        if port.ospf.passive:
            yield self.fail(f"a neighbour by OSPF on {name}", "it is passive")
        if port.ospf.area:
            yield self.fail(f"{name} in area 0", f"area {port.ospf.area}")
        if not port.ospf.point_to_point:
            yield self.fail(f"{name} point-to-point, as its other end is", "another OSPF network type")
        if port.ospf.unshared_line:
            yield self.fail(f"OSPF on {name} as at its other end", f"{port.ospf.unshared_line!r}")

    def _check_ospf_lists(self, name: str, port: Interface, peer: IPv4Interface | None) -> Iterator[Verdict]:
        """Lists on what comes in at the link or to the processor let the neighbour's OSPF in, and no name is taken."""
        for access_list in (port.inbound, *self.actual.control_plane):
            if access_list and peer and (why := access_list.explain_ospf_refusal(peer.ip)):
                yield self.fail(f"OSPF of {peer.ip} let through by {name}", why)
        router_id = self.actual.router_id
        for device in self.region.devices.values() if router_id not in (None, self.device.loopback) else ():
            if device.loopback == router_id:
                yield self.fail(f"an OSPF router id of {self.device.name}'s own", f"{router_id}, {device.name}'s")

    def _check_control_node_ports(self) -> Iterator[Verdict]:
        for model, vlan, server in self.required.nodes:
            port = self.actual.port(model.name)
            name = self.describe_port(model, f"{server}, a control node")
            yield from self._check_port(name, port, model)
            if port.untagged != vlan:
                yield self.fail(f"VLAN {vlan} untagged on {name}", _describe_vlans(port))
            yield from self.check_lists(port, into=self.make_requests(self.choose_moved(self.region.devices.values())))


def _describe_vlans(port: Interface) -> str:
    """The VLANs of a port in few words."""
    if port.tagged >= ALL_VLANS - {port.untagged}:
        return f"untagged {port.untagged}, tagged all others"
    tagged = format_ranges(port.tagged) or "none"
    return f"untagged {port.untagged or 'none'}, tagged {tagged}"
