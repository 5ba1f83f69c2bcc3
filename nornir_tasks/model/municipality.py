"""A municipality: its sites, its addresses, what it comes from and how it moves."""

from datetime import date, datetime
from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field

from nornir_tasks.model.fields import FIGURES, Address, AddressRange, Frozen, Gbps, Network, Text, Vlan, Word
from nornir_tasks.model.on_call import OnCall
from nornir_tasks.model.service_levels import Maintenance
from nornir_tasks.model.services import Agreement, Application, Line, RiskAssessment, Support, UserGroup

MOST_LEASE_SECONDS = 365 * 86400
# How a switch's old configuration strays from what is usual; the survey finds the lines themselves.
HABITS = frozenset(
    {
        "banner",
        "cdp_off",
        "flat_trunks",
        "http",
        "no_archive",
        "no_descriptions",
        "no_eapi",
        "no_lldp",
        "no_portfast",
        "no_timeout",
        "password_7",
        "snmp_location",
        "snmp_private",
        "snmp_public",
        "spanning_tree",
        "telnet",
        "unsaved_banner",
        "uptime_stamps",
    }
)


class Site(Frozen):
    """A place with switches. ``block`` is the part of the operations zone its equipment is addressed from."""

    name: Text
    purpose: Word  # one of site_purposes
    block: Network  # where the addresses of its equipment are from
    clients: Annotated[int, Field(ge=0), FIGURES] = 0  # PCs at the site


class Link(Frozen):
    """A cable between two switch ports, written ``loppa-core-01:1`` (device and port number)."""

    a: Annotated[str, Field(pattern=r"^[a-z0-9-]+:\d+$")]
    b: Annotated[str, Field(pattern=r"^[a-z0-9-]+:\d+$")]
    gbps: Gbps = 1  # what the cable carries
    kind: Literal["trunk", "routed"] = "trunk"  # trunks within a municipality, routed to the centre
    index: Annotated[int, Field(ge=200, le=255)] | None = None  # which /31; only on links inside the centre
    line: Line | None = None  # where the cable is not our own: what is hired between its ends

    @property
    def carries_mbps(self) -> int:
        """What it carries each way, Mbit/s: the line that is hired in its narrower direction, else the cable."""
        cable_mbps = self.gbps * 1000
        return min(self.line.down_mbps, self.line.up_mbps, cable_mbps) if self.line else cable_mbps


class LegacyVlan(Frozen):
    """A VLAN of the old network, and the zones that live in it today."""

    name: Text
    zones: tuple[Word, ...] = ()  # of the standard, whose clients live here today
    subnet: Network | None = None  # its gateway is the first address, on the core
    pool: AddressRange | None = None  # what its DHCP server lends, such as 192.168.20.10-192.168.20.200

    @property
    def pool_ends(self) -> tuple[IPv4Address, IPv4Address] | None:
        """The first and the last address that is lent; None: it is not known which are."""
        if self.pool is None:
            return None
        first, _, last = self.pool.partition("-")
        return IPv4Address(first), IPv4Address(last)


class LegacyDhcp(Frozen):
    """What the old network's own DHCP server lends for: nothing on a switch tells it, so whoever runs it says it."""

    lease_seconds: Annotated[int, Field(ge=60, le=MOST_LEASE_SECONDS), FIGURES]  # now
    since: datetime  # when that was set; local time of the region where it names no zone
    # What it lent for before: who got an address then may go on for so long. The default is Windows' own, eight days.
    former_lease_seconds: Annotated[int, Field(ge=60, le=MOST_LEASE_SECONDS), FIGURES] = 8 * 86400


class Legacy(Frozen):
    """What the municipality comes from."""

    vlans: dict[Vlan, LegacyVlan]  # by number
    management_vlan: Vlan  # where the switches are managed from today
    time_servers: tuple[Address, ...] = ()
    name_servers: tuple[Address, ...] = ()
    log_servers: tuple[Address, ...] = ()
    dhcp: LegacyDhcp | None = None  # for how long its DHCP server lends; without it no port of a client moves
    account: Text  # the account the centre is lent until its own are there
    naming: str = "{name}"  # placeholders name, site, number ("01", as the name ends), role, municipality
    habits: tuple[Word, ...] = ()  # of HABITS


class Visit(Frozen):
    """Who goes to a site to re-address what holds a fixed address, and by when."""

    who: Text
    by: date  # the last day; later nothing moves there


class Migration(Frozen):
    """The municipality's programme."""

    pilot_sites: tuple[Word, ...]  # sites that move first
    waves: tuple[tuple[Word, ...], ...]  # sites, wave by wave; the first is the canary
    batch: Annotated[int, Field(ge=1), FIGURES] = 5  # devices that change at a time within a wave
    failure_budget: Annotated[int, Field(ge=0)] = 0  # devices that may fail before the change stops
    batch_failure_budget: Annotated[int, Field(ge=0)] = 0  # of them in one batch, before the next one begins
    visits: dict[Word, Visit] = {}  # by site: who re-addresses what holds a fixed address there


class Waiver(Frozen):
    """A device that may be missing from the survey, by name and date."""

    device: str
    by: Text
    until: date  # the last day on which it holds
    reason: Text


# A folder, or the address of a git repository. A password has no place in it, nor what git would take for an option.
WitnessPlace = Annotated[str, Field(pattern=r"^(/\S.*|(ssh|https|file)://([^/\s:@]+@)?[^/\s:@]*(:\d+)?/\S+)$")]


class Municipality(Frozen):
    """One municipality (or the operations centre, which has no legacy and no programme)."""

    name: Word
    label: Text  # "Måsøy"
    number: Annotated[int, Field(ge=0, le=99), FIGURES]  # its own: its uplinks' /31s follow from it
    prefix: Network  # 10.17.0.0/16
    sites: dict[Word, Site]  # places with switches, by name
    links: tuple[Link, ...] = ()  # cables between switches, one each
    legacy: Legacy | None = None  # what the municipality comes from
    migration: Migration | None = None  # how it moves
    user_groups: dict[Word, UserGroup] = {}  # who works here, by name
    applications: dict[Word, Application] = {}  # what they use, by name
    agreements: dict[Word, Agreement] = {}  # data-processor agreements, by name
    risk_assessments: dict[Word, RiskAssessment] = {}  # by name
    support: Support | None = None  # who answers for it; without it no pilot
    on_call: OnCall | None = None  # whom a fault calls; the centre's come after a municipality's own
    application_levels: dict[Word, Word] = {}  # applications that have another service level here than elsewhere
    maintenance: tuple[Maintenance, ...] = ()  # that is announced, and was
    waivers: tuple[Waiver, ...] = ()  # devices that may be missing from the survey
    witness: WitnessPlace | None = None  # where it wants the journal's checkpoints: a folder, or a git repository

    @property
    def has_legacy(self) -> bool:
        """Whether it comes from an old network; the operations centre never had one."""
        return self.legacy is not None
