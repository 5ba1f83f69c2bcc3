"""A server, and what the inventory says of it at a position: what every role's variables are derived from. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address

from nornir_tasks.model import Municipality, Position, Region, Server, Stage, Standard
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import list_server_networks
from nornir_tasks.model.names import find_server_stage, has_moved
from nornir_tasks.model.services import Application, Hosts

SYSTEMS = ("debian12", "debian13")  # that the roles are written for
OWN_SYSTEM = "debian13"  # of the centre's own servers, where the inventory names none


def find_reason_not_ours(server: Server) -> str | None:
    """Why no role may touch a server; None: it is ours."""
    system = server.os or (OWN_SYSTEM if server.municipality == CENTRE else None)
    if server.run_by:
        return f"{server.run_by} runs it"
    if "hypervisors" in server.groups:
        return f"a hypervisor ({system or 'os not named'})"
    if system is None:
        return f"its os is not named, expected {' or '.join(SYSTEMS)}"
    if system.lower().startswith("windows"):
        return f"{system}: Windows servers are watched and moved, not configured by us"
    if system not in SYSTEMS:
        return f"{system}, expected {' or '.join(SYSTEMS)}"
    return None


@dataclass(frozen=True)
class HostedApplication:
    """An application, or its database, with the municipality that owns it, and how it stands to this server.

    ``is_here``: whether it runs here at the position (before its wave where its record says ``hosts``, then where
    ``move.to`` does). ``comes`` and ``leaves``: the server is only one of these.
    """

    owner: Municipality
    name: str
    record: Application
    has_moved: bool  # whether its wave has come
    is_here: bool
    comes: bool = False  # the server is named in move.to alone
    leaves: bool = False  # the server is named in hosts alone, and move.to names others


@dataclass(frozen=True)
class ServerView:
    """A server at a position."""

    region: Region
    server: Server
    position: Position

    @property
    def name(self) -> str:
        """The server's."""
        return self.server.name

    @cached_property
    def municipality(self) -> Municipality:
        """Whose it is."""
        return self.region.municipalities[self.server.municipality]

    @cached_property
    def standard(self) -> Standard:
        """The standard of its municipality."""
        return self.region.of(self.server.municipality)[0].standard

    @property
    def is_centre(self) -> bool:
        """Whether it stands in the operations centre."""
        return self.server.municipality == CENTRE

    @cached_property
    def stage(self) -> Stage:
        """How far the switch that it hangs on has come; RETIRE where there is no legacy: in the centre."""
        return find_server_stage(self.region, self.server, self.position)

    @cached_property
    def half(self) -> int:
        """In which half it stands, 0 or 1, by the order of the centre's sites; elsewhere by the number in its name."""
        if self.is_centre:
            return list(self.municipality.sites).index(self.server.site) % 2
        number = self.name.rpartition("-")[2]
        return (int(number) - 1) % 2 if number.isdigit() else 0

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The common services that it gives."""
        records = self.standard.common_services.items()
        return tuple(name for name, record in records if self.name in record.hosts)

    @cached_property
    def applications(self) -> tuple[HostedApplication, ...]:
        """The applications that run here, now or after their move, or did."""
        return tuple(self._list_hosted(lambda record: (record.hosts, record.move.to)))

    @cached_property
    def databases(self) -> tuple[HostedApplication, ...]:
        """The applications whose data is kept here."""
        return tuple(self._list_hosted(_find_database_places))

    @property
    def addresses(self) -> tuple[IPv4Address, ...]:
        """Where it answers at its stage: at the standard's address, the legacy one or both, the new one first."""
        return tuple(network.network_address for network in list_server_networks(self.server, self.stage))

    def find_hosts(self, service: str) -> tuple[Server, ...]:
        """The servers that give a common service, this one among them if it does; none: there is no such service."""
        record = self.standard.common_services.get(service)
        return tuple(self.region.servers[host] for host in record.hosts) if record else ()

    def find_partners(self, service: str) -> tuple[Server, ...]:
        """The other servers that give a common service."""
        return tuple(server for server in self.find_hosts(service) if server.name != self.name)

    def _list_hosted(self, find_places: Callable[[Application], tuple[Hosts, Hosts]]) -> Iterator[HostedApplication]:
        """Those with this server in one of two lists: where they run, and where they move to (empty: nowhere)."""
        for owner, name, record in self.region.applications_of(self.server.municipality):
            before, after = find_places(record)
            after = after or before
            if self.name not in (*before, *after):
                continue
            moved = has_moved(self.region, owner, record, self.position)
            yield HostedApplication(
                owner,
                name,
                record,
                has_moved=moved,
                is_here=self.name in (after if moved else before),
                comes=self.name not in before,
                leaves=self.name not in after,
            )


def _find_database_places(record: Application) -> tuple[Hosts, Hosts]:
    """Where an application's data is, and where it moves to (empty: nowhere)."""
    return (record.database.hosts, record.move.database) if record.database else ((), ())
