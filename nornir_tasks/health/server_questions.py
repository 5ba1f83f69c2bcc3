"""Which server opens a connection to which other one, to see whether it answers: as the records let it. Pure.

Those that ask are the centre's monitoring and its control nodes, one of each half. Before a way leads from there to a
municipality's servers, its own ask one another, within their network: no list of a switch stands between.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from nornir_tasks.model import Position, Region, Server
from nornir_tasks.model.services import PortRange
from nornir_tasks.model.stage import FEATURES
from nornir_tasks.server_roles import ServerView
from nornir_tasks.server_roles.server_network import Rule, list_rules
from nornir_tasks.targets.server import find_reason_left

ASKING = ("monitoring", "control_nodes")  # of common_services
MOST_ASKERS = 2  # of a port
# Where a machine without any record of a port answers, by its system: SMB, WinRM and remote desktop of Windows; SSH.
WINDOWS_PORTS, OTHER_PORTS = (445, 5986, 3389), (22,)


@dataclass(frozen=True)
class PortQuestion:
    """A connection over TCP that one server opens to another."""

    asker: str
    host: str
    address: str
    port: int


def list_port_questions(region: Region, position: Position, hosts: Iterable[str]) -> list[PortQuestion]:
    """The connections to open to some servers: to the ports of their applications, or those that their system has.

    Args:
        region: with all records.
        position: where everything stands: a server answers at the addresses of its stage.
        hosts: that are asked.
    """
    planner = _Planner(region, position)
    return list(dict.fromkeys(question for host in hosts for question in planner.plan(region.servers[host])))


class _Planner:
    """Who may ask whom."""

    def __init__(self, region: Region, position: Position) -> None:
        self._region, self._position = region, position
        standard = next(iter(region.devices.values())).standard
        records = (standard.common_services.get(name) for name in ASKING)
        names = dict.fromkeys(host for record in records if record for host in record.hosts)
        self._centre = [name for name in names if find_reason_left(region.servers[name]) is None]
        self._rules: dict[str, tuple[Rule, ...]] = {}

    def plan(self, server: Server) -> Iterator[PortQuestion]:
        """The questions to one server."""
        view = ServerView(self._region, server, self._position)
        has_way = view.is_centre or view.stage >= FEATURES["gateways"]
        # From the centre nothing leads to an old address.
        addresses = [server.address.ip] if has_way else list(view.addresses)
        for port in list_ports(view):
            for address in addresses:
                askers = self._list_centre(address, port) if has_way else self._list_neighbours(server, address)
                chosen = [name for name in askers if name != server.name][:MOST_ASKERS]
                yield from (PortQuestion(asker, server.name, str(address), port) for asker in chosen)

    def _list_centre(self, address: IPv4Address, port: int) -> Iterator[str]:
        wanted = PortRange("tcp", port, port)
        for name in self._centre:
            if name not in self._rules:
                rules = list_rules(ServerView(self._region, self._region.servers[name], self._position))
                self._rules[name] = tuple(rule for rule in rules if rule.direction == "outgoing")
            if any(
                rule.port.overlaps(wanted) and any(address in network for network in rule.peers)
                for rule in self._rules[name]
            ):
                yield name

    def _list_neighbours(self, server: Server, address: IPv4Address) -> Iterator[str]:
        """The servers of ours in the same old network."""
        legacy = self._region.municipalities[server.municipality].legacy
        subnets = [vlan.subnet for vlan in legacy.vlans.values() if vlan.subnet] if legacy else []
        for name, other in self._region.servers.items():
            is_near = other.municipality == server.municipality and any(
                address in subnet and other.legacy_address in subnet for subnet in subnets
            )
            if is_near and find_reason_left(other) is None:
                yield name


def list_ports(view: ServerView) -> list[int]:
    """The ports of TCP at which a server is asked: of what runs there now; of a range the first."""
    ports = [port for hosted in view.applications if hosted.is_here for port in hosted.record.ports]
    ports += [port for name in view.services for port in view.standard.common_services[name].ports]
    recorded = [port.first for port in map(PortRange.parse, ports) if port.protocol == "tcp"]
    own: tuple[int, ...] = ()
    if find_reason_left(view.server):
        own = WINDOWS_PORTS if (view.server.os or "").lower().startswith("windows") else OTHER_PORTS
    return list(dict.fromkeys((*recorded, *own)))


def group_by_asker(questions: Iterable[PortQuestion]) -> Mapping[str, list[PortQuestion]]:
    """The questions that each server asks, in their order."""
    by_asker: dict[str, list[PortQuestion]] = {}
    for question in questions:
        by_asker.setdefault(question.asker, []).append(question)
    return by_asker
