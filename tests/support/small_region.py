"""A region small enough to see through: one core on two leaves, a switch behind it, and one behind that."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from nornir_tasks.model import (
    Device,
    Endpoint,
    LegacyVlan,
    Migration,
    Municipality,
    Neighbour,
    Port,
    PortProfile,
    Region,
    Site,
    SwitchModel,
    Window,
    Zone,
)
from nornir_tasks.model.device import Server
from nornir_tasks.model.services import (
    Application,
    CommonService,
    Database,
    Destination,
    Exit,
    Move,
    UserGroup,
)
from tests.support import model_parts as parts

MODEL = SwitchModel(platform="ios", ports=6, name="GigabitEthernet1/0/{}")
ZONES = {
    "operations": Zone(vlan=100, name="OPERATIONS", block="0.0/21"),
    "school": Zone(vlan=120, name="SCHOOL", block="16.0/20"),
    "guest": Zone(vlan=160, name="GUEST", block="64.0/20"),
    "servers": Zone(vlan=190, name="SERVERS", block="92.0/23"),
    "services": Zone(vlan=200, name="SERVICES", block="1.0/24"),
}
SERVICES = {
    "time": CommonService(label="Time", hosts=("time-01",), ports=("udp/123",), zones=("operations", "school")),
    "control_nodes": CommonService(label="Control", hosts=("control-01",), opens={"operations": ("tcp/22",)}),
}
INTERNET = Destination(
    label="Internet",
    owner="the provider",
    networks=(IPv4Network("0.0.0.0/0"),),
    ports=("tcp/443",),
    zones=("school", "guest"),
    exits=("way-out",),
)
STANDARD = parts.standard(
    zones=ZONES,
    site_purposes={"school": ("operations", "school", "guest")},
    port_profiles={
        "school": PortProfile(access="school", clients=True),
        "access_point": PortProfile(access="operations", tagged=("guest",)),
        "server": PortProfile(access="servers", servers=True),
        "service": PortProfile(access="services"),
        "unused": PortProfile(enabled=False),
    },
    switch_models={"SMALL": MODEL},
    common_services=SERVICES,
    destinations={"internet": INTERNET},
    exits={
        "way-out": Exit(
            port="hammerfest-leaf-01:3", address=IPv4Interface("203.0.113.2/30"), peer=IPv4Address("203.0.113.1")
        )
    },
    time_servers=(IPv4Address("10.10.1.10"),),
    name_servers=(IPv4Address("10.10.1.11"),),
    log_servers=(IPv4Address("10.10.1.12"),),
    change_window=Window(days=("mon", "tue", "wed", "thu"), start="21:00", end="05:00"),
    soak_seconds=3600,
    backup_max_age_seconds=86400,
    confirm_seconds=60,
)


def port(number: int, **more: Any) -> Port:
    """A port of the small model."""
    return Port(number=number, name=f"GigabitEthernet1/0/{number}", **more)


def cable(device: str, number: int, kind: Any = "trunk", municipality: str = "loppa", address: str = "") -> Neighbour:
    """The other end of a cable."""
    return Neighbour(
        device=device,
        port=number,
        port_name=f"GigabitEthernet1/0/{number}",
        municipality=municipality,
        kind=kind,
        address=IPv4Interface(address) if address else None,
    )


def device(name: str, role: Any, ports: dict[int, Any], **more: Any) -> Device:
    """A switch with six ports, of which some are used."""
    number = int(name[-2:])
    return Device(
        **{
            "name": name,
            "municipality": "loppa",
            "role": role,
            "platform": "ios",
            "model": "SMALL",
            "switch_model": MODEL,
            "site": "town-hall",
            "address": IPv4Interface(f"10.17.0.{10 + number}/21"),
            "gateway": IPv4Address("10.17.0.1"),
            "ports": tuple(port(at, **ports.get(at, {})) for at in range(1, 7)),
            "zones": ("operations", "school", "guest"),
            "endpoint": Endpoint(host=f"127.17.0.{10 + number}"),
            "standard": STANDARD,
            **more,
        }
    )


def region() -> Region:
    """Loppa with three switches, and the two leaves that its core hangs on."""
    all_zones = ("operations", "school", "guest")
    core = device(
        "loppa-core-01",
        "core",
        {
            1: {"neighbour": cable("loppa-acc-01", 6)},
            2: {"profile": "school"},
            3: {"profile": "server"},
            5: {"neighbour": cable("alta-leaf-01", 1, "routed", "operations_centre", "10.10.250.35/31")},
            6: {"neighbour": cable("hammerfest-leaf-01", 1, "routed", "operations_centre", "10.10.250.37/31")},
        },
        gateway=None,
        loopback=IPv4Address("10.17.255.1"),
        trunk_zones={1: all_zones},
        zones=(*all_zones, "servers"),
        gateways={
            "operations": IPv4Interface("10.17.0.1/21"),
            "school": IPv4Interface("10.17.16.1/20"),
            "servers": IPv4Interface("10.17.92.1/23"),
            "guest": IPv4Interface("10.17.64.1/20"),
        },
    )
    near = device(
        "loppa-acc-01",
        "access",
        {
            1: {"profile": "school"},
            2: {"profile": "access_point"},
            5: {"neighbour": cable("loppa-acc-02", 6)},
            6: {"neighbour": cable("loppa-core-01", 1)},
        },
        trunk_zones={5: ("operations", "school"), 6: all_zones},
        site="school",
    )
    far = device(
        "loppa-acc-02",
        "access",
        {1: {"profile": "school"}, 6: {"neighbour": cable("loppa-acc-01", 5)}},
        trunk_zones={6: ("operations", "school")},
        zones=("operations", "school"),
        site="nursery",
    )
    centre = [
        device(
            f"{half}-leaf-01",
            "leaf",
            {1: {"neighbour": cable("loppa-core-01", at, "routed", "loppa", address)}, 2: {"profile": "service"}},
            municipality="operations_centre",
            site="half",
            gateway=None,
            loopback=IPv4Address(f"10.10.255.{at}"),
            gateways={"services": IPv4Interface("10.10.1.1/24")} if half == "alta" else {},
            exits={3: "way-out"} if half == "hammerfest" else {},
        )
        for half, at, address in (("alta", 5, "10.10.250.34/31"), ("hammerfest", 6, "10.10.250.36/31"))
    ]
    half = Site(name="Half", purpose="school", block=IPv4Network("10.10.0.0/24"))
    return Region(
        municipalities={"loppa": loppa(), "operations_centre": parts.centre(half=half)},
        devices={one.name: one for one in (core, near, far, *centre)},
        servers={
            "time-01": server("time-01", "10.10.1.10/24", "services", municipality="operations_centre", site="half"),
            "control-01": server(
                "control-01", "10.10.1.20/24", "services", municipality="operations_centre", site="half"
            ),
            "app-01": server("app-01", "10.17.92.30/23", "servers", legacy_address=IPv4Address("192.168.17.30")),
            "db-01": server("db-01", "10.17.92.31/23", "servers", legacy_address=IPv4Address("192.168.17.31")),
        },
    )


def server(name: str, address: str, zone: str, **more: Any) -> Server:
    """A server at the town hall, unless it is said otherwise."""
    return Server(
        **{
            "name": name,
            "municipality": "loppa",
            "site": "town-hall",
            "address": IPv4Interface(address),
            "zone": zone,
            "endpoint": Endpoint(host=address.partition("/")[0]),
            **more,
        }
    )


def application(**more: Any) -> Application:
    """The case archive: pupils use it at the school, it asks a database and answers printers."""
    return Application(
        **{
            "label": "Case archive",
            "system_owner": "Head of administration",
            "system_administrator": "Archive lead",
            "hosts": ("app-01",),
            "database": Database(hosts=("db-01",), ports=("tcp/5432",)),
            "ports": ("tcp/443", "udp/500-510"),
            "users": ("pupils",),
            "sensitivity": "internal",
            "move": Move(wave=1),
            **more,
        }
    )


def loppa(**more: Any) -> Municipality:
    """The municipality that moves."""
    site = {"block": IPv4Network("10.17.0.0/24"), "purpose": "school"}
    sites = {
        "town-hall": Site(name="Town hall", clients=40, **site),
        "school": Site(name="School", clients=30, **site),
        "nursery": Site(name="Nursery", clients=5, **site),
    }
    old = {
        1: LegacyVlan(name="default", zones=("operations", "servers", "guest"), subnet=IPv4Network("192.168.17.0/24")),
        20: LegacyVlan(name="SKOLE", zones=("school",), subnet=IPv4Network("172.17.20.0/23")),
    }
    programme = Migration(
        pilot_sites=("school",),
        waves=(("nursery",), ("town-hall",)),
    )
    own = {
        "legacy": parts.legacy(old),
        "migration": programme,
        "user_groups": {"pupils": UserGroup(label="Pupils", zone="school", sites={"school": 90})},
        "applications": {"case_archive": application()},
    }
    return parts.loppa(sites, **{**own, **more})
