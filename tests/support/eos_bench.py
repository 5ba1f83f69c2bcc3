"""For EOS's tests: one switch of the lab behind real SSH and eAPI, and a few devices of the model."""

from contextlib import AbstractContextManager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from lab.device.switch import Switch
from lab.personalities.eos import legacy as dialect
from lab.region.legacy import LegacyAccount, LegacyPort, LegacySvi, LegacySwitch
from lab.testing.bench import bench
from nornir_tasks.model import Device, Endpoint, Neighbour, PortProfile, Region, Site, Standard, SwitchModel, Zone
from tests.support import model_parts as parts
from tests.support.switch_bench import Bench, serving

HOST = "127.77.0.2"
PASSWORD = "canary-77e1-kommune"
DRIFT = "canary-77e1-drift"
ZONES = ("operations", "administration", "school", "telephony", "wireless", "guest", "equipment")
PORTS = 10


# Releases that call the states of configuration sessions by different words.
RELEASES = ("4.30.4M", "4.32.2F")


def served(
    where: Path, port: int, startup: str, ports: int = PORTS, software: str = ""
) -> AbstractContextManager[Bench]:
    """An EOS switch that answers at HOST: SSH on this port, eAPI on the next."""

    def make() -> Switch:
        switch = bench("eos", ports, "bench-01", startup=startup, software=software)
        switch.model = "CCS-720XP-24Y6"
        return switch

    return serving(where, HOST, port, make)


def legacy_switch(role: str = "access", habits: tuple[str, ...] = ("telnet", "snmp_public")) -> LegacySwitch:
    """What the bench's switch comes from: ports of every kind."""
    names = [f"Ethernet{number}" for number in range(1, PORTS + 1)]
    trunk = LegacyPort(7, names[6], "trunk", "Til SW-RADHUS-01", untagged=1, tagged=(10, 40))
    ports = (
        LegacyPort(1, names[0], "access", untagged=10, voice=40),
        LegacyPort(2, names[1], "access", untagged=10),
        LegacyPort(3, names[2], "access", "Skriver", untagged=1),
        LegacyPort(4, names[3], "access", "Aksesspunkt", untagged=1),
        LegacyPort(5, names[4], "unused"),
        LegacyPort(6, names[5], "unused", enabled=False),
        trunk,
        LegacyPort(8, names[7], "trunk", "Til SW-SKOLE-02", untagged=1, tagged=None),
        LegacyPort(9, names[8], "unused", enabled=False),
        LegacyPort(10, names[9], "unused", enabled=False),
    )
    core = role == "core"
    management = IPv4Interface("192.168.16.1/21" if core else "192.168.16.11/21")
    return LegacySwitch(
        name=f"loppa-{role}-01",
        hostname="SW-RADHUS-01",
        municipality="loppa",
        label="Loppa",
        role=role,
        model="CCS-720XP-24Y6",
        site="loppa-radhus",
        staged=False,
        vlans={1: "default", 10: "ADM", 40: "TLF"},
        ports=ports,
        svis=(LegacySvi(1, management), *([LegacySvi(10, IPv4Interface("172.17.10.1/24"))] if core else [])),
        management_vlan=1,
        management=management,
        gateway=None if core else IPv4Address("192.168.16.1"),
        default_route=IPv4Address("192.168.23.254") if core else None,
        routing=core,
        account=LegacyAccount("kommune", PASSWORD, "0123456789abcdef"),
        time_servers=(IPv4Address("192.168.17.10"),),
        name_servers=(IPv4Address("192.168.17.10"),),
        habits=frozenset(habits),
        domain="loppa.kommune.example",
    )


def legacy(role: str = "access", habits: tuple[str, ...] = ("telnet", "snmp_public")) -> str:
    """The legacy as the switch prints it."""
    return bench("eos", PORTS, startup=dialect(legacy_switch(role, habits))).personality.text()


def standard() -> Standard:
    """The small standard with a policy for each zone, and the services of the centre."""
    services = Zone(vlan=200, name="SERVICES", block="1.0/24")
    return parts.standard(
        common_services=parts.SERVICES,
        destinations=parts.DESTINATIONS,
        zones={**parts.zones(ZONES), "services": services},
        port_profiles={**parts.PROFILES, "service": PortProfile(access="services")},
        dhcp_servers=(IPv4Address("10.10.1.13"), IPv4Address("10.10.129.13")),
    )


def _uplink(device: str, municipality: str, here: str, there: str) -> Neighbour:
    return Neighbour(
        device=device,
        port=7,
        port_name="Ethernet7",
        municipality=municipality,
        kind="routed",
        address=IPv4Interface(here),
        peer_address=IPv4Interface(there),
    )


def _trunk(device: str) -> Neighbour:
    return Neighbour(device=device, port=1, port_name="Ethernet1", municipality="loppa", kind="trunk")


def device(role: str) -> Device:
    """A core and an access switch of Loppa, and a leaf of the centre with services and a link to Loppa."""
    profiles: dict[int, str] = {1: "administration", 2: "administration", 3: "printer", 4: "access_point"}
    cables: dict[int, Neighbour] = {}
    gateways: dict[str, IPv4Interface] = {}
    loopback = None if role == "access" else IPv4Address("10.10.252.17" if role == "core" else "10.10.252.1")
    if role == "access":
        cables = {7: _trunk("loppa-core-01"), 8: _trunk("loppa-acc-02")}
    elif role == "core":
        cables = {
            7: _trunk("loppa-acc-01"),
            8: _trunk("loppa-acc-03"),
            9: _uplink("alta-leaf-01", "operations_centre", "10.10.250.69/31", "10.10.250.68/31"),
            10: _uplink("hammerfest-leaf-01", "operations_centre", "10.10.250.71/31", "10.10.250.70/31"),
        }
        gateways = {zone: IPv4Interface(f"10.17.{8 * n}.1/21") for n, zone in enumerate(ZONES)}
    else:
        profiles = {1: "service", 2: "service"}
        cables = {
            7: _uplink("loppa-core-01", "loppa", "10.10.250.68/31", "10.10.250.69/31"),
            8: _uplink("hasvik-core-01", "hasvik", "10.10.250.64/31", "10.10.250.65/31"),
            9: _uplink("alta-spine-01", "operations_centre", "10.10.251.144/31", "10.10.251.145/31"),
        }
        gateways = {"services": IPv4Interface("10.10.1.1/24")}
    names = {"access": "loppa-acc-01", "core": "loppa-core-01", "leaf": "alta-leaf-01"}
    address = {"access": "10.17.0.11/21", "core": "10.17.0.1/21", "leaf": "10.10.0.11/24"}
    return Device(
        name=names[role],
        municipality="operations_centre" if role == "leaf" else "loppa",
        role=role,
        platform="eos",
        model="CCS-720XP-24Y6",
        switch_model=SwitchModel(platform="eos", ports=PORTS, name="Ethernet{}"),
        site="alta-half" if role == "leaf" else "loppa-radhus",
        address=IPv4Interface(address[role]),
        legacy_address=None if role == "leaf" else IPv4Interface("192.168.16.11/21"),
        gateway=IPv4Address("10.17.0.1") if role == "access" else None,
        loopback=loopback,
        ports=parts.ports(PORTS, "Ethernet{}", profiles, cables),
        zones=("services",) if role == "leaf" else ZONES,
        trunk_zones={} if role == "leaf" else {7: ZONES, 8: ("operations", "school")},
        gateways=gateways,
        endpoint=Endpoint(host=HOST),
        standard=standard(),
    )


def region() -> Region:
    """Loppa, and the centre."""
    site = Site(name="Loppa rådhus", purpose="town_hall", block=IPv4Network("10.17.0.0/23"), clients=2)
    half = Site(name="Alta", purpose="operations_centre", block=IPv4Network("10.10.0.0/24"))
    return Region(
        municipalities={
            "loppa": parts.loppa({"loppa-radhus": site}),
            "operations_centre": parts.centre(**{"alta-half": half}),
        },
        devices={one.name: one for one in map(device, ("access", "core", "leaf"))},
        servers=parts.centre_servers(),
    )
