"""For the tests of IOS in the product: a core and an access switch, in the lab and in the model."""

from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from lab.personalities.ios import legacy
from lab.personalities.ios.configuration.config import Config
from lab.personalities.ios.configuration.settings import show_controls
from lab.region.legacy import LegacyAccount, LegacyPort, LegacySvi, LegacySwitch
from lab.testing.bench import bench, old_switch
from nornir_tasks.model import Device, Endpoint, LegacyVlan, Neighbour, Region, Site, SwitchModel
from nornir_tasks.platforms.ios.platform import Ios
from nornir_tasks.platforms.ios.transfer import ETX, delimit_banners
from tests.support import model_parts as parts
from tests.support.model_parts import standard
from tests.support.switch_bench import Bench, serving

HOST = "127.77.0.2"
PASSWORD = "canary-91c4-kommune"
NEW_PASSWORD = "canary-91c4-drift"
PORT_NAME = "GigabitEthernet1/0/{}"
ROLES = ("core", "access")
IOS = Ios()
ZONES = tuple(name for name in parts.ZONES if name != "health")
NUMBERS = {name: n for n, name in enumerate(parts.ZONES) if name in ZONES}
HABITS = ("telnet", "snmp_public", "http", "no_archive")


@cache
def drift() -> str:
    """The stored form of the centre's password."""
    return IOS.hash_password(NEW_PASSWORD)


def old(role: str, *habits: str) -> LegacySwitch:
    """The switch as its municipality left it: twelve ports, old VLANs 10 (office), 40 (phones), 50 (wireless)."""
    core = role == "core"
    kinds = {
        1: LegacyPort(1, "", "trunk", "Til SW-RADHUS-02", untagged=1, tagged=(10, 40, 50)),
        2: LegacyPort(2, "", "trunk", "", untagged=1, tagged=None),
        **{number: LegacyPort(number, "", "access", untagged=10, voice=40) for number in range(3, 7)},
        7: LegacyPort(7, "", "access", "Skriver", untagged=1),
        8: LegacyPort(8, "", "trunk", "Aksesspunkt", untagged=1, tagged=(50,)),
        9: LegacyPort(9, "", "access", untagged=1, enabled=False),
    }
    ports = tuple(
        replace(kinds.get(number, LegacyPort(number, "", "unused")), name=PORT_NAME.format(number))
        for number in range(1, 13)
    )
    svis = (LegacySvi(1, IPv4Interface("192.168.16.1/21")), LegacySvi(10, IPv4Interface("172.17.10.1/24")))
    return replace(
        old_switch(role, habits=habits),
        ports=ports,
        svis=svis if core else (LegacySvi(1, IPv4Interface("192.168.17.11/21")),),
        account=LegacyAccount("kommune", PASSWORD, "0123456789abcdef"),
    )


def device(role: str, port: int = 2222) -> Device:
    """The same switch in the model."""
    core = role == "core"
    profiles = {**dict.fromkeys(range(3, 7), "administration"), 7: "printer", 8: "access_point"}
    trunk = Neighbour(device="loppa-acc-02", port=49, port_name="Ethernet49", municipality="loppa", kind="trunk")
    cables = {1: trunk, 2: trunk.model_copy(update={"device": "loppa-acc-03"})}
    if core:
        for number, half, low in ((11, "alta", "10.10.250.12"), (12, "hammerfest", "10.10.250.14")):
            cables[number] = Neighbour(
                device=f"{half}-leaf-01",
                port=7,
                port_name="Ethernet7",
                municipality="operations_centre",
                kind="routed",
                address=IPv4Interface((int(IPv4Address(low)), 31)),
                peer_address=IPv4Interface((int(IPv4Address(low)) + 1, 31)),
            )
    return Device(
        name=f"loppa-{'core' if core else 'acc'}-01",
        municipality="loppa",
        role="core" if core else "access",
        platform="ios",
        model="BENCH",
        switch_model=SwitchModel(platform="ios", ports=12, name=PORT_NAME),
        site="loppa-radhus",
        address=IPv4Interface("10.17.0.1/21" if core else "10.17.0.11/21"),
        legacy_address=IPv4Interface("192.168.16.1/21" if core else "192.168.17.11/21"),
        gateway=None if core else IPv4Address("10.17.0.1"),
        loopback=IPv4Address("10.17.255.1") if core else None,
        ports=parts.ports(12, PORT_NAME, profiles, cables),
        zones=ZONES,
        gateways={name: IPv4Interface(f"10.17.{8 * n}.1/21") for name, n in NUMBERS.items()} if core else {},
        trunk_zones={1: ZONES, 2: ("operations", "school")},
        endpoint=Endpoint(host=HOST, ssh_port=port),
        standard=standard(common_services=parts.SERVICES, destinations=parts.DESTINATIONS),
    )


def region() -> Region:
    """Loppa with its two switches."""
    site = Site(name="Loppa rådhus", purpose="town_hall", block=IPv4Network("10.17.0.0/23"), clients=4)
    vlans = {**parts.LEGACY_VLANS, 50: LegacyVlan(name="TRADLOS", zones=("wireless", "guest"))}
    return Region(
        municipalities={"loppa": parts.loppa({"loppa-radhus": site}, legacy=parts.legacy(vlans))},
        devices={one.name: one for one in (device("core"), device("access"))},
        servers=parts.centre_servers(),
    )


def config(text: str) -> Config:
    """The lab's reading of a configuration, as it goes into flash; a line that it does not take is an error."""
    made = Config([PORT_NAME.format(number) for number in range(1, 13)], "bench")
    refused = [(path, line, str(error)) for path, line, error in made.load(delimit_banners(text, ETX))]
    if refused:
        raise AssertionError(f"not taken: {refused}")
    return made


def before(role: str, *habits: str) -> str:
    """The legacy configuration, as the switch prints it, cleaned."""
    return shown(config(legacy(old(role, *habits))))


def shown(made: Config) -> str:
    """What the switch shows of it, cleaned."""
    return IOS.clean(show_controls(made.text()))


def served(where: Path, port: int, role: str = "access", *habits: str) -> AbstractContextManager[Bench]:
    """A legacy switch that answers at HOST on this port."""
    return serving(where, HOST, port, lambda: bench("ios", 12, "bench-01", startup=legacy(old(role, *habits))))
