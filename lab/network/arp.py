"""The ARP table of a switch."""

from ipaddress import IPv4Address

from lab.device.switch import Switch
from lab.device.tables import Arp
from lab.network.bridging import Bridging
from lab.network.hosts import Hosts
from lab.network.routing import Routing


def read_arp(switch: Switch, bridging: Bridging, routing: Routing, hosts: Hosts) -> list[Arp]:
    """Who is on the attached networks: stations, where this switch is their gateway, and far ends of links.

    Args:
        switch: whose table it is.
        bridging: tells which VLAN leads where.
        routing: tells which interfaces are up, and whose addresses are whose.
        hosts: tells who has which address. One that belongs into another network is learned by nobody.
    """
    routing.update()
    entries: dict[IPv4Address, Arp] = {}
    faces = routing.interfaces(switch)
    by_vlan = {face.vlan: face for face in faces if face.vlan is not None}
    if switch.meaning.routing:
        for near in bridging.members(switch.facts.municipality):
            for station in bridging.plugged(near):
                for endpoint in hosts.of(station):
                    vlan = hosts.vlan_of(endpoint)
                    if vlan not in by_vlan or vlan is None or endpoint.address not in by_vlan[vlan].address.network:
                        continue
                    if endpoint.address != by_vlan[vlan].address.ip and bridging.joins(switch, near, vlan):
                        entries.setdefault(endpoint.address, Arp(endpoint.address, station.mac, vlan, None))
    for face in faces:
        if face.port is not None:
            for address, owner in routing.owners.items():
                if owner is not switch and address in face.address.network:
                    entries[address] = Arp(address, owner.mac, None, face.port)
        elif (gateway := switch.meaning.default_gateway) is not None and gateway in face.address.network:
            far = routing.owners.get(gateway)
            if far is not None and face.vlan is not None and bridging.joins(switch, far, face.vlan):
                entries[gateway] = Arp(gateway, far.mac, face.vlan, None)
    return [entries[address] for address in sorted(entries)]
