"""What the role ``server_network`` is told: a server's addresses at its stage, and who may open what at it and from it.

Of its own municipality a server knows the flows of its stage; of another one, those of that one's own stage beside
those of the standard: whoever has not moved yet still asks from an old network.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, collapse_addresses
from typing import Any, Literal

from nornir_tasks.config.zone_lists import PRIVATE
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.model import Region, Server, Stage
from nornir_tasks.model.addresses import find_gateway_address
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import ANYWHERE, Flow, Party, list_flows, list_server_networks
from nornir_tasks.model.services import PortRange
from nornir_tasks.model.stage import FEATURES
from nornir_tasks.server_roles.view import ServerView, find_reason_not_ours

Direction = Literal["incoming", "outgoing"]
TABLE, OLD_TABLE = 100, 101  # of routes: for what was asked of the standard's address, and of the old one


@dataclass(frozen=True)
class ServerAddress:
    """An address, with the length of its network, the way out of there, and the table of routes for its answers."""

    interface: IPv4Interface
    gateway: IPv4Address
    table: int


@dataclass(frozen=True)
class Rule:
    """Connections that one record lets a server take (``incoming``) or open (``outgoing``)."""

    direction: Direction
    record: str
    port: PortRange
    peers: tuple[IPv4Network, ...]  # the other end's; ANYWHERE alone is all that is no private network


def applies_to(server: ServerView) -> bool:
    """Whether a server's network is ours: in the centre always, elsewhere from where the zones' gateways begin."""
    return server.server.legacy_address is None or server.stage >= FEATURES["gateways"]


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The variables of the role."""
    rules = list_rules(server)
    nodes = server.standard.control_nodes
    addresses = list_addresses(server.region, server.server, server.stage)
    answering = {address.interface.ip for address in addresses}
    return {
        "server_network__addresses": [
            {"address": str(address.interface), "gateway": str(address.gateway), "table": address.table}
            for address in addresses
        ],
        "server_network__withdrawn": [
            str(address)
            for address in (server.server.address.ip, server.server.legacy_address)
            if address and address not in answering
        ],
        "server_network__control_nodes": [str(node) for node in nodes],
        "server_network__incoming": [_describe(rule) for rule in rules if rule.direction == "incoming"],
        "server_network__outgoing": [_describe(rule) for rule in rules if rule.direction == "outgoing"],
        "server_network__verified_from": _find_verifier(server, nodes),
        "server_network__refused_from": _find_neighbour(server, nodes),
    }


def list_addresses(region: Region, server: Server, stage: Stage) -> list[ServerAddress]:
    """Where a server answers at a stage of its municipality: the standard's address first, by which it goes out.

    Args:
        region: with the server's municipality.
        server: of the inventory.
        stage: of its municipality.

    Raises:
        FellesdriftError: the old address lies in no network of the municipality's legacy.
    """
    addresses = []
    for network in list_server_networks(server, stage):
        is_new = network.network_address == server.address.ip
        subnet = server.address.network if is_new else _find_legacy_network(region, server)
        interface = IPv4Interface((network.network_address, subnet.prefixlen))
        addresses.append(ServerAddress(interface, find_gateway_address(subnet).ip, TABLE if is_new else OLD_TABLE))
    return addresses


def list_rules(server: ServerView) -> list[Rule]:
    """The connections that a server may take and open, a rule a record and port, in the order of the records."""
    peers: dict[tuple[Direction, str, PortRange], list[IPv4Network]] = {}
    for flow in _list_flows(server):
        if _is_at(server.server, flow.destination):
            peers.setdefault(("incoming", str(flow.record), flow.port), []).extend(flow.source.networks)
        if _is_at(server.server, flow.source):
            peers.setdefault(("outgoing", str(flow.record), flow.port), []).extend(flow.destination.networks)
    return [Rule(*key, tuple(collapse_addresses(networks))) for key, networks in peers.items()]


def _list_flows(server: ServerView) -> Iterator[Flow]:
    """Those that may concern a server, as its own municipality has them and as those do that have not moved yet."""
    home = server.municipality
    own = list_flows(server.region, home.name, server.position.of(home.name))
    yield from own
    for name in dict.fromkeys(party.municipality for flow in own for party in (flow.source, flow.destination)):
        municipality = server.region.municipalities.get(name)  # what lies outside belongs to none
        stage = server.position.of(name)
        if municipality and municipality.has_legacy and name != home.name and stage < Stage.RETIRE:
            yield from list_flows(server.region, name, stage)


def _is_at(server: Server, party: Party) -> bool:
    """Whether a server is at one end of a flow. Several zones may share an old network: an address tells not enough."""
    if party.municipality != server.municipality or (party.zone != server.zone and party.municipality != CENTRE):
        return False
    addresses = [server.address.ip, *([server.legacy_address] if server.legacy_address else [])]
    return any(address in network for address in addresses for network in party.networks)


def _find_legacy_network(region: Region, server: Server) -> IPv4Network:
    legacy = region.municipalities[server.municipality].legacy
    for vlan in legacy.vlans.values() if legacy else ():
        if vlan.subnet and server.legacy_address in vlan.subnet:
            return vlan.subnet
    raise FellesdriftError(
        f"{server.name}: legacy_address: found {server.legacy_address}, expected one in a subnet of the legacy VLANs"
        f" of {server.municipality}"
    )


def _describe(rule: Rule) -> dict[str, Any]:
    """A rule as the role's variables have it."""
    port = rule.port
    ports = "" if port.protocol == "icmp" else str(port).partition("/")[2]
    peers: Iterable[IPv4Network] = rule.peers
    described: dict[str, Any] = {"record": rule.record, "protocol": port.protocol, "ports": ports}
    if ANYWHERE in rule.peers:
        peers, described["except"] = [ANYWHERE], [str(network) for network in PRIVATE]
    return {**described, "networks": [str(network) for network in peers]}


def _find_verifier(server: ServerView, nodes: Iterable[IPv4Address]) -> str:
    """A control node that looks at a server from outside: another one; empty if there is none."""
    names = (server.region.find_host(node) for node in nodes)
    return next((name for name in names if name and name != server.name), "")


def _find_neighbour(server: ServerView, nodes: Iterable[IPv4Address]) -> str:
    """A server of ours in the same network, so that no list of a switch stands between; empty if there is none."""
    for other in server.region.servers.values():
        is_near = (
            other.municipality == server.municipality.name and other.address.network == server.server.address.network
        )
        if is_near and other.name != server.name and other.address.ip not in nodes and not find_reason_not_ours(other):
            return other.name
    return ""
