"""The standard platform, as ``inventory/group_vars/all`` states it and Ansible resolves it for one host."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from nornir_tasks.model.fields import (
    FIGURES,
    Address,
    Clock,
    Day,
    Domain,
    Frozen,
    Gbps,
    LoginName,
    Network,
    PublicKey,
    Text,
    Vlan,
    Weekday,
    Word,
)
from nornir_tasks.model.hours import Calendar
from nornir_tasks.model.service_levels import ServiceLevel, Supplier
from nornir_tasks.model.services import CommonService, Destination, Exit, ServicePort


class Zone(Frozen):
    """A security zone: one VLAN, the same number and name at every site."""

    vlan: Vlan  # its number
    name: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{0,31}$")]
    # The last two octets within a municipality's /16, and the length.
    block: Annotated[str, Field(pattern=r"^\d{1,3}\.\d{1,3}/\d{1,2}$")]  # "8.0/21"
    peers: tuple[ServicePort, ...] = ()  # what its clients open at one another, in every municipality: speech


class PortProfile(Frozen):
    """What a port is for. ``access`` is the untagged zone, ``voice`` the phone's, ``tagged`` further ones."""

    access: Word | None = None
    voice: Word | None = None
    tagged: tuple[Word, ...] = ()
    clients: bool = False  # PCs are attached to ports of this profile
    servers: bool = False  # servers are attached: from harmonise on until retire they keep their old VLAN beside
    enabled: bool = True


class SwitchModel(Frozen):
    """A switch type: its platform, and the names of its ports. ``{}`` stands for the port's number."""

    platform: Word
    ports: Annotated[int, Field(ge=1, le=512), FIGURES]
    name: Text  # "GigabitEthernet1/0/{}"
    gbps: Gbps = 1  # of each port
    uplinks: Text | None = None  # name of the ports from `uplinks_from` on, where they differ
    uplinks_from: int | None = None  # the first port that has the name `uplinks`
    uplink_gbps: Gbps = 10
    poe: bool = False  # it feeds what is plugged in
    acl_entries: Annotated[int, Field(ge=1), FIGURES] = 1000  # entries of one access list that its hardware holds


class Account(Frozen):
    """An account of the centre, on every device. Its password lives in no file: see credentials."""

    name: Word
    privilege: Annotated[int, Field(ge=0, le=15)] = 15  # 0 to 15, which may do everything


class Administrator(Frozen):
    """A person who may log in to every server of the platform, and become root there."""

    label: Text  # who it is
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1)]  # public halves
    until: date  # the last day; afterwards the account is taken away


class Window(Frozen):
    """When changes with loss of service are allowed; ``start`` > ``end`` goes past midnight (local time)."""

    days: tuple[Weekday, ...]
    start: Clock
    end: Clock


class Freeze(Frozen):
    """Days on which nothing is changed, both included."""

    start: date
    end: date
    reason: Text


class RiskRule(Frozen):
    """A row of the risk table: a changed line that matches scores so much, for this reason."""

    matches: Text  # a regular expression, searched in "sign line @ parent @ parent": see ``risk``
    score: Annotated[int, Field(ge=1, le=100)]
    why: Text
    platforms: tuple[Word, ...] = ()  # empty: all


class Standard(Frozen):
    """Everything a device is told by the region. Field names are the inventory's own variable names."""

    domain: Domain  # of the names of all devices, applications and services
    timezone: Text  # as the tz database writes it: Europe/Oslo
    zones: dict[Word, Zone]  # security zones by name: a VLAN each, the same at every site
    parking_vlan: Vlan  # where unused ports are
    site_purposes: dict[Word, tuple[Word, ...]]  # what a site is for, and the zones that such a site needs
    port_profiles: dict[Word, PortProfile]  # what ports are for, by name
    switch_models: dict[str, SwitchModel]  # switch types by their order number
    time_servers: tuple[Address, ...]  # the centre's; each is a server of the inventory
    name_servers: tuple[Address, ...]  # the centre's; each is a server of the inventory
    log_servers: tuple[Address, ...]  # the centre's; each is a server of the inventory
    dhcp_servers: tuple[Address, ...]  # the centre's; each is a server of the inventory
    accounts: tuple[Account, ...]  # of the centre, on every device
    administrators: dict[LoginName, Administrator]  # who may log in to servers, by the account's name; {}: nobody
    banner: str  # what a device says before somebody logs in
    control_nodes: tuple[Address, ...]  # from where the tools connect
    common_services: dict[Word, CommonService]  # what the centre gives to everybody, by name
    destinations: dict[Word, Destination] = {}  # networks of others, by name
    exits: dict[Word, Exit] = {}  # the centre's ports that lead to them, by name
    management_networks: tuple[Network, ...]  # the only ones that the tools connect to
    uplink_network: Network  # /31s of the routed links between cores and leaves
    change_window: Window
    freeze_days: tuple[Freeze, ...] = ()  # when nothing is changed
    mbps_per_client: Annotated[float, Field(gt=0, allow_inf_nan=False)] = (
        0.5  # what an uplink must carry for each PC behind it
    )
    move_lease_seconds: Annotated[int, Field(ge=60), FIGURES] = 900  # the longest old lease when ports move
    soak_seconds: Annotated[int, Field(ge=0)]  # how long a stage must stand before it counts as settled
    backup_max_age_seconds: Annotated[int, Field(ge=0)]  # an older backup does not let a change begin
    confirm_seconds: Annotated[int, Field(ge=60, le=7200)]  # the device's own timer; IOS counts minutes
    plan_valid_seconds: Annotated[int, Field(ge=60)] = 7 * 86400  # an older plan is not applied
    # of a switch's clients, and of a whole run's, may have no address after their ports moved
    silent_clients_percent: Annotated[int, Field(ge=0, le=100)] = 10
    maker_may_sign: bool = False  # whether the signature of a plan's own maker counts
    signature_risk: Annotated[int, Field(ge=1, le=101)] = (
        50  # from it on a plan that moves nobody is signed; 101: never
    )
    holidays: dict[Word, Annotated[tuple[Day, ...], Field(min_length=1)]] = {}  # by name: a day in each year
    service_levels: dict[Word, ServiceLevel] = {}  # what services promise, by name
    default_service_level: Word | None = None  # of applications and common services that none of them names
    maintenance_notice_hours: Annotated[int, Field(ge=0, le=8760), FIGURES] = 72  # announced later, it is an outage
    suppliers: dict[Text, Supplier] = {}  # whom to report a fault to, by the name that lines and servers give
    risks: tuple[RiskRule, ...] = ()  # the risk table
    allowed_signers: Text  # a file of ssh-keygen's ALLOWED SIGNERS; relative to the checkout
    known_hosts: Text | None = None  # a file of host keys, relative to the checkout; None: in the state directory
    credentials_vault: Text | None = None  # a file of ansible-vault; relative to the checkout
    credentials_command: tuple[str, ...] = ()  # argv; municipality and account are appended

    @property
    def calendar(self) -> Calendar:
        """The region's clock and holidays."""
        return Calendar(ZoneInfo(self.timezone), frozenset(day for days in self.holidays.values() for day in days))
