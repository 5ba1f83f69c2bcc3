"""What the small models of the tests are made of: a standard near to the inventory's own, Loppa, and ports."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from nornir_tasks.model import (
    Account,
    Endpoint,
    Legacy,
    LegacyVlan,
    Migration,
    Municipality,
    Neighbour,
    Port,
    PortProfile,
    Position,
    Site,
    Stage,
    Standard,
    Window,
    Zone,
)
from nornir_tasks.model.device import Server
from nornir_tasks.model.municipality import LegacyDhcp
from nornir_tasks.model.services import Agreement, CommonService, Destination, RiskAssessment, Support

ZONES = (
    "operations",
    "administration",
    "school",
    "health",
    "telephony",
    "wireless",
    "guest",
    "equipment",
    "building",
)
PROFILES = {
    "administration": PortProfile(access="administration", voice="telephony", clients=True),
    "school": PortProfile(access="school", clients=True),
    "phone": PortProfile(access="telephony"),
    "access_point": PortProfile(access="operations", tagged=("wireless", "guest")),
    "printer": PortProfile(access="equipment"),
    "building": PortProfile(access="building"),
    "unused": PortProfile(enabled=False),
}
LEGACY_VLANS = {
    1: LegacyVlan(name="default", zones=("operations", "equipment"), subnet=IPv4Network("192.168.16.0/21")),
    10: LegacyVlan(name="ADM", zones=("administration",), subnet=IPv4Network("172.17.10.0/24")),
    40: LegacyVlan(name="TLF", zones=("telephony",)),
}


AGREEMENT = Agreement(
    controller="Loppa",
    processor="the centre",
    signed=date(2026, 8, 20),
    until=date(2029, 8, 20),
    covers=("all",),
)

# What the centre gives, and what lies outside: enough that a list has rows of every kind.
SERVICES = {
    "names": CommonService(
        label="Names",
        hosts=("names-01", "names-02"),
        ports=("udp/53", "tcp/53"),
        zones=("administration", "school", "guest"),
    ),
    "monitoring": CommonService(label="Monitoring", hosts=("logs-01",), opens={"operations": ("udp/161", "icmp")}),
}
DESTINATIONS = {
    "internet": Destination(
        label="Internet",
        owner="the provider",
        networks=(IPv4Network("0.0.0.0/0"),),
        ports=("tcp/80", "tcp/443"),
        zones=("administration", "guest"),
        exits=("way-out",),
    )
}


def centre_servers() -> dict[str, Server]:
    """The servers that these services run on, in the first half."""
    addresses = {"names-01": "10.10.1.11", "names-02": "10.10.129.11", "logs-01": "10.10.1.12"}
    return {
        name: Server(
            name=name,
            municipality="operations_centre",
            site="half",
            address=IPv4Interface(f"{address}/24"),
            zone="services",
            endpoint=Endpoint(host=address),
        )
        for name, address in addresses.items()
    }


def zones(names: Iterable[str]) -> dict[str, Zone]:
    """Zones that are numbered as they stand."""
    return {name: Zone(vlan=100 + 10 * n, name=name.upper(), block=f"{8 * n}.0/21") for n, name in enumerate(names)}


def standard(**own: Any) -> Standard:
    """A small standard, near to the inventory's own; ``own`` is what differs from it."""
    return Standard(
        **{
            "domain": "vestfinnmark.example",
            "timezone": "Europe/Oslo",
            "zones": zones(ZONES),
            "parking_vlan": 999,
            "site_purposes": {},
            "port_profiles": PROFILES,
            "switch_models": {},
            "time_servers": _addresses("10.10.1.10", "10.10.129.10"),
            "name_servers": _addresses("10.10.1.11", "10.10.129.11"),
            "log_servers": _addresses("10.10.1.12", "10.10.129.12"),
            "dhcp_servers": _addresses("10.10.1.13"),
            "accounts": (Account(name="drift"),),
            "administrators": {},
            "banner": "Vest-Finnmark driftssentral. Authorised use only; sessions are logged.",
            "control_nodes": _addresses("10.10.1.20"),
            "common_services": {},
            "management_networks": (IPv4Network("127.0.0.0/8"),),
            "uplink_network": IPv4Network("10.10.250.0/23"),
            "change_window": Window(days=("mon",), start="00:00", end="24:00"),
            "soak_seconds": 0,
            "backup_max_age_seconds": 60,
            "confirm_seconds": 120,
            "allowed_signers": "inventory/allowed_signers.txt",
            **own,
        }
    )


def loppa(sites: Mapping[str, Site], **own: Any) -> Municipality:
    """The municipality that moves, all its sites in one wave; ``own`` is what differs from that."""
    return Municipality(
        **{
            "name": "loppa",
            "label": "Loppa",
            "number": 17,
            "prefix": IPv4Network("10.17.0.0/16"),
            "sites": sites,
            "legacy": legacy(LEGACY_VLANS),
            "migration": Migration(pilot_sites=(), waves=(tuple(sites),)),
            "agreements": {"processor": AGREEMENT},
            "risk_assessments": {"ros": RiskAssessment(made=date(2026, 9, 2), covers=("all",))},
            "support": Support(monitoring="the centre", help_desk="the centre", on_call="the centre"),
            **own,
        }
    )


def legacy(vlans: Mapping[int, LegacyVlan]) -> Legacy:
    """What Loppa comes from."""
    dhcp = LegacyDhcp(lease_seconds=600, since=datetime(2026, 1, 5, 8, tzinfo=UTC))
    return Legacy(vlans=dict(vlans), management_vlan=1, account="kommune", dhcp=dhcp)


def centre(**sites: Site) -> Municipality:
    """The operations centre."""
    return Municipality(
        name="operations_centre",
        label="Operations centre",
        number=10,
        prefix=IPv4Network("10.10.0.0/16"),
        sites=sites,
    )


def ports(count: int, name: str, profiles: Mapping[int, str], cables: Mapping[int, Neighbour]) -> tuple[Port, ...]:
    """The ports of a switch; ``name`` has {} for the number."""
    return tuple(
        Port(number=n, name=name.format(n), profile=profiles.get(n), neighbour=cables.get(n))
        for n in range(1, count + 1)
    )


def position(stage: Stage) -> Position:
    """Loppa at a stage, the others where they were."""
    return Position({"loppa": stage})


def _addresses(*texts: str) -> tuple[IPv4Address, ...]:
    return tuple(map(IPv4Address, texts))
