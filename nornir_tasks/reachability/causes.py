"""Why a packet goes no further: the place and the line behind a gateway, route or address that is not there. Pure."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from nornir_tasks.platforms.common.management_access import Interface
from nornir_tasks.reachability.bridging import Bridging, PortEnd
from nornir_tasks.reachability.routing import Owner, Routing


class Causes:
    """Looks for what is wrong, once something is."""

    def __init__(self, bridging: Bridging, routing: Routing) -> None:
        self._bridging, self._routing = bridging, routing

    def find_holders(self, address: IPv4Address) -> list[Owner]:
        """The interfaces that have an address, whether they are up or not."""
        return self._routing.holders.get(address, [])

    def _list_interfaces(self) -> Iterator[Owner]:
        for name, switch in self._bridging.switches.items():
            for interface in switch.access.addressed.values():
                yield Owner(name, interface)

    def explain_no_gateway(self, device: str, vlan: int, address: IPv4Address) -> str:
        """Why nothing answers for a gateway, or a next hop, in a VLAN.

        Args:
            device: from where it is looked for.
            vlan: in which.
            address: of the gateway.
        """
        holders = self.find_holders(address)
        for owner in holders:
            if down := self._routing.explain_down(owner.device, owner.interface):
                return f"nothing answers for {address}: {down}"
            if owner.interface.vlan == vlan:
                return self._bridging.explain_no_way(device, vlan, owner.device)
        if holders:
            place = f"{holders[0].interface.name} of {holders[0].device}"
            return f"nothing answers for {address} in VLAN {vlan} of {device}: it is on {place}"
        in_vlan = [owner for owner in self._list_interfaces() if owner.interface.vlan == vlan]
        near = next((owner for owner in in_vlan if address in owner.interface.address.network), None)  # type: ignore[union-attr]
        near = near or next((owner for owner in in_vlan if self._bridging.find_way(device, vlan, owner.device)), None)
        has = f"; {near.device} {near.interface.name} has {near.interface.address}" if near else ""
        return f"no switch has {address}, looked for in VLAN {vlan} of {device}{has}"

    def explain_lost_address(self, device: str, address: IPv4Address, vlan: int | None = None) -> str:
        """Why a switch does not answer at an address that should be its own.

        Args:
            device: the switch.
            address: that it should have.
            vlan: in which it is looked for; None: wherever.
        """
        interface = self.find_interface(device, address)
        if interface is None:
            others = [f"{owner.device} {owner.interface.name}" for owner in self.find_holders(address)]
            return f"{device} does not have {address}" + (f"; it is on {', '.join(others)}" if others else "")
        if down := self._routing.explain_down(device, interface):
            return f"{device} does not answer at {address}: {down}"
        return f"{device} has {address} on {interface.name}, and it is looked for in VLAN {vlan}"

    def explain_lost_port(self, end: PortEnd) -> str:
        """Why a port is not one that routes."""
        port = self._bridging.get_port(end)
        return self._routing.explain_down(end.device, port) or (
            "it has no address" if port.address is None else "it is up"
        )

    def find_interface(self, device: str, address: IPv4Address) -> Interface | None:
        """The interface of a switch that has an address as its first one, whether it is up or not."""
        ports = (owner.interface for owner in self.find_holders(address) if owner.device == device)
        return next((port for port in ports if port.address and port.address.ip == address), None)

    def explain_no_route(self, device: str, address: IPv4Address) -> str:
        """Why a switch knows no way to an address: what its network's own switch does not tell, or a neighbour lost."""
        words = f"no route to {address} on {device}"
        for owner in self._list_interfaces():
            network = owner.interface.address.network if owner.interface.address else None
            if network is None or address not in network or owner.device == device:
                continue
            if down := self._routing.explain_down(owner.device, owner.interface):
                return f"{words}: {down}"
            if owner.interface.ospf is None:
                return f"{words}: {owner.device} {owner.interface.name} takes no part in OSPF"
        switches = self._bridging.switches
        for name in (device, *(name for name in switches if switches[name].access.routing and name != device)):
            if fault := next(self._routing.list_ospf_faults(name), None):
                return f"{words}: {fault}"
        routes = switches[device].access.routes
        static = next((route for route in routes if address in route.network), None)
        if static is not None:
            return f"{words}: the next hop {static.hop} of {static.network} is in none of its networks"
        return words
