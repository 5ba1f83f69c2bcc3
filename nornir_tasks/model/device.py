"""Switches and servers, as the model sees them: typed, sorted, every reference resolved."""

from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal, Self

from nornir_tasks.model.fields import Frozen, Word
from nornir_tasks.model.hours import Calendar
from nornir_tasks.model.municipality import Municipality, Site
from nornir_tasks.model.services import Application
from nornir_tasks.model.standard import PortProfile, Standard, SwitchModel

MANAGED = "managed_servers"  # the group of servers that roles act on
Role = Literal["core", "access", "leaf", "spine"]
FABRIC: tuple[Role, ...] = ("leaf", "spine")  # the operations centre's own switches


class Neighbour(Frozen):
    """The other end of a cable."""

    device: str
    port: int
    port_name: str
    municipality: Word  # that the other end belongs to
    kind: Literal["trunk", "routed"]
    address: IPv4Interface | None = None  # of this end, on routed links
    peer_address: IPv4Interface | None = None


class Port(Frozen):
    """One port. Exactly one of ``profile`` and ``neighbour`` is set, or neither: unused."""

    number: int
    name: str  # as the platform writes it in its configuration
    gbps: int = 1
    profile: Word | None = None
    neighbour: Neighbour | None = None


class Endpoint(Frozen):
    """Where to connect to: resolved by Ansible (``ansible_host``, ``ansible_port``, ``eapi_port``).

    Without ``ansible_host`` a switch is at its address of the standard, and at ``legacy_host`` until it has that.
    """

    host: str
    legacy_host: str | None = None
    ssh_port: int = 22
    eapi_port: int = 443


class Device(Frozen):
    """A switch.

    ``municipality`` is the group that owns it: one of the municipalities or ``operations_centre``.
    ``zones`` are those that its site, and the sites behind it, need: what its uplink must carry.
    ``trunk_zones`` maps each trunk port's number to the zones that its far side needs.
    ``gateways`` are the zones this device is the gateway of, with its address there: on a core switch all of
    ``zones``, on the first leaf of each half of the operations centre its services.
    ``exits`` maps the number of each port that leads to somebody else's network to the name of that exit.
    """

    name: str
    municipality: Word
    role: Role
    platform: Word
    model: str
    switch_model: SwitchModel
    site: Word
    address: IPv4Interface  # in the operations zone, with its prefix length
    legacy_address: IPv4Interface | None = None
    legacy_name: str | None = None
    gateway: IPv4Address | None = None  # None on layer 3 devices
    loopback: IPv4Address | None = None  # router id of layer 3 devices
    ports: tuple[Port, ...]
    zones: tuple[Word, ...] = ()
    trunk_zones: dict[int, tuple[Word, ...]] = {}
    gateways: dict[Word, IPv4Interface] = {}
    exits: dict[int, Word] = {}
    endpoint: Endpoint
    standard: Standard

    @property
    def is_fabric(self) -> bool:
        """Whether it is a leaf or a spine of the operations centre."""
        return self.role in FABRIC

    def port(self, number: int) -> Port:
        """The port of this number."""
        return self.ports[number - 1]

    def profile(self, port: Port) -> PortProfile:
        """What a port is for; an unused port has the profile ``unused``."""
        return self.standard.port_profiles[port.profile or "unused"]


class ServerLogin(Frozen):
    """How Ansible logs in to a server: its user, key file and ``ansible_ssh_common_args``."""

    user: str | None = None  # on its first day; then the first of the standard's accounts
    key: str | None = None  # the file of a private key
    arguments: str = ""  # for ssh(1), as a shell would read them


class Server(Frozen):
    """A server: known to the inventory and the health checks; configured by Ansible roles.

    Until the legacy has gone it is at ``legacy_address``; at ``address`` from the stage on that gives it its zone.
    """

    name: str
    municipality: Word
    site: Word
    address: IPv4Interface
    zone: Word  # that its address is in
    legacy_address: IPv4Address | None = None
    groups: tuple[str, ...] = ()
    attached: str | None = None  # "loppa-core-01:5"
    runs_on: str | None = None  # the hypervisor, for a virtual server
    os: str | None = None
    runs: str | None = None  # what runs there, where no record of an application or service says it
    run_by: str | None = None  # a supplier: then it is not ours to write
    endpoint: Endpoint
    login: ServerLogin = ServerLogin()

    @property
    def is_managed(self) -> bool:
        """Whether it is in the group of those that roles act on."""
        return MANAGED in self.groups


class Region(Frozen):
    """Everything, resolved and checked. Shape: names to records; links are inside the devices' ports."""

    municipalities: dict[Word, Municipality]  # with "operations_centre"
    devices: dict[str, Device]
    servers: dict[str, Server]

    def of(self, municipality: str) -> tuple[Device, ...]:
        """The switches of one municipality, core first, then by name."""
        return self._devices_by_municipality.get(municipality, ())

    @cached_property
    def _devices_by_municipality(self) -> dict[str, tuple[Device, ...]]:
        order = {"core": 0, "spine": 0, "leaf": 1, "access": 2}
        homes: dict[str, list[Device]] = {}
        for device in sorted(self.devices.values(), key=lambda device: (order[device.role], device.name)):
            homes.setdefault(device.municipality, []).append(device)
        return {municipality: tuple(devices) for municipality, devices in homes.items()}

    def applications_of(self, municipality: str) -> tuple[tuple[Municipality, str, Application], ...]:
        """The applications of which a municipality has users or hosts, and all its own. Shape: owner, name, record."""
        return self._applications_by_municipality.get(municipality, ())

    @cached_property
    def _applications_by_municipality(self) -> dict[str, tuple[tuple[Municipality, str, Application], ...]]:
        homes: dict[str, list[tuple[Municipality, str, Application]]] = {}
        for owner in self.municipalities.values():
            for name, application in owner.applications.items():
                users = [user.rpartition("/")[0] or owner.name for user in application.users]
                hosts = [*application.all_hosts, *application.all_database_hosts]
                for home in dict.fromkeys([owner.name, *users, *(self.servers[host].municipality for host in hosts)]):
                    homes.setdefault(home, []).append((owner, name, application))
        return {municipality: tuple(applications) for municipality, applications in homes.items()}

    @property
    def standard(self) -> Standard:
        """What is the same for everybody: services, levels, suppliers, the clock; of a switch, its own counts."""
        return next(iter(self.devices.values())).standard

    @property
    def calendar(self) -> Calendar:
        """The region's clock and holidays."""
        return self.standard.calendar

    @cached_property
    def server_ports(self) -> frozenset[str]:
        """The ports of switches that a server is plugged into: ``loppa-core-01:5``."""
        return frozenset(server.attached for server in self.servers.values() if server.attached)

    def find_host(self, address: IPv4Address) -> str | None:
        """The switch or server with an address, of before or after the move."""
        return self._hosts_by_address.get(address)

    @cached_property
    def _hosts_by_address(self) -> dict[IPv4Address, str]:
        hosts: dict[IPv4Address, str] = {}
        for device in self.devices.values():
            hosts.setdefault(device.address.ip, device.name)
            if device.legacy_address:
                hosts.setdefault(device.legacy_address.ip, device.name)
        for server in self.servers.values():
            hosts.setdefault(server.address.ip, server.name)
            if server.legacy_address:
                hosts.setdefault(server.legacy_address, server.name)
        return hosts

    def __copy__(self) -> Self:
        """A copy that finds its own devices, applications and hosts: ``model_copy`` gives it others."""
        copied = super().__copy__()
        indexes = ("_devices_by_municipality", "_applications_by_municipality", "_hosts_by_address", "server_ports")
        for index in indexes:
            copied.__dict__.pop(index, None)
        return copied

    def site(self, device: Device) -> Site:
        """The site a device stands at."""
        return self.municipalities[device.municipality].sites[device.site]
