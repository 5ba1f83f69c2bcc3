"""For EOS's tests: one switch of the lab behind real SSH and eAPI, and a few devices of the model."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import asyncssh

from lab.legacy import LegacyAccount, LegacyPort, LegacySvi, LegacySwitch
from lab.personalities.eos import legacy as dialect
from lab.server import Server
from lab.store import Store
from lab.switch import Switch
from lab.testing import bench
from nornir_tasks.model import (
    Account,
    Device,
    Endpoint,
    Legacy,
    LegacyVlan,
    Migration,
    Municipality,
    Neighbour,
    Port,
    PortProfile,
    Position,
    Region,
    Site,
    Stage,
    Standard,
    SwitchModel,
    Window,
    Zone,
)

HOST = "127.77.0.2"
PASSWORD = "canary-77e1-kommune"
DRIFT = "canary-77e1-drift"
ZONES = ("operations", "administration", "school", "telephony", "wireless", "guest", "equipment")
PORTS = 10


class Bench:
    """A switch on the workbench. Everything that touches it runs in the lab's own thread."""

    def __init__(self, switch: Switch, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.switch, self.loop, self.port = switch, loop, port
        self.endpoint = Endpoint(host=HOST, ssh_port=port, eapi_port=port + 1)

    @property
    def running(self) -> str:
        """What the switch really runs."""
        return str(self.call(self.switch.personality.text))

    def call(self, work: Callable[[], Any]) -> Any:
        """Do something in the lab's thread."""

        async def inside() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result(10)

    def fault(self, *words: str) -> None:
        """Set a fault."""
        self.call(lambda: self.switch.faults.set(list(words)))

    def typed(self, text: str) -> list[str]:
        """Type configuration lines at the console. Shape: those that were refused."""

        def work() -> list[str]:
            refused: list[str] = self.switch.personality.config.feed(text)  # type: ignore[attr-defined]
            self.switch.changed()
            return refused

        return list(self.call(work))


@contextmanager
def served(where: Path, port: int, startup: str, ports: int = PORTS) -> Iterator[Bench]:
    """An EOS switch that answers at HOST: SSH on this port, eAPI on the next."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def up() -> tuple[Switch, Server]:
        switch = bench("eos", ports, "bench-01", startup=startup)
        for name, value in (("host", HOST), ("ssh_port", port), ("eapi_port", port + 1)):
            object.__setattr__(switch.facts, name, value)
        switch.model = "CCS-720XP-24Y6"
        switch.reload_seconds = 0.3
        switch.startup = switch.personality.text()
        server = Server([switch], {switch.name: asyncssh.generate_private_key("ssh-ed25519")}, Store(where).tls())
        await server.start()
        return switch, server

    switch, server = asyncio.run_coroutine_threadsafe(up(), loop).result(20)
    try:
        yield Bench(switch, loop, port)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


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
    """A small standard, near to the inventory's own."""
    profiles = {
        "administration": PortProfile(access="administration", voice="telephony", clients=True),
        "school": PortProfile(access="school", clients=True),
        "printer": PortProfile(access="equipment"),
        "access_point": PortProfile(access="operations", tagged=("wireless", "guest")),
        "service": PortProfile(access="services"),
        "unused": PortProfile(enabled=False),
    }
    reaches = {"guest": ("internet",), "administration": ("equipment", "centre", "internet")}
    zones = {
        name: Zone(vlan=100 + 10 * n, name=name.upper(), block=f"{8 * n}.0/21", reaches=reaches.get(name, ("centre",)))
        for n, name in enumerate(ZONES)
    }
    zones["services"] = Zone(vlan=200, name="SERVICES", block="1.0/24")
    return Standard(
        domain="vestfinnmark.example",
        timezone="Europe/Oslo",
        zones=zones,
        parking_vlan=999,
        site_purposes={},
        port_profiles=profiles,
        switch_models={"CCS-720XP-24Y6": SwitchModel(platform="eos", ports=PORTS, name="Ethernet{}")},
        time_servers=tuple(IPv4Address(a) for a in ("10.10.1.10", "10.10.129.10")),
        name_servers=tuple(IPv4Address(a) for a in ("10.10.1.11", "10.10.129.11")),
        log_servers=tuple(IPv4Address(a) for a in ("10.10.1.12", "10.10.129.12")),
        dhcp_servers=tuple(IPv4Address(a) for a in ("10.10.1.13", "10.10.129.13")),
        accounts=(Account(name="drift"),),
        banner="Vest-Finnmark driftssentral. Authorised use only; sessions are logged.",
        control_nodes=(IPv4Address("10.10.1.20"),),
        centre_networks=(IPv4Network("10.10.0.0/16"),),
        management_networks=(IPv4Network("127.0.0.0/8"),),
        uplink_network=IPv4Network("10.10.250.0/23"),
        change_window=Window(days=("mon",), start="00:00", end="24:00"),
        soak_seconds=0,
        backup_max_age_seconds=60,
        confirm_seconds=120,
        allowed_signers="inventory/allowed_signers.txt",
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
        ports=tuple(
            Port(number=n, name=f"Ethernet{n}", profile=profiles.get(n), neighbour=cables.get(n))
            for n in range(1, PORTS + 1)
        ),
        zones=("services",) if role == "leaf" else ZONES,
        trunk_zones={} if role == "leaf" else {7: ZONES, 8: ("operations", "school")},
        gateways=gateways,
        endpoint=Endpoint(host=HOST),
        standard=standard(),
    )


def region() -> Region:
    """Loppa, and the centre."""
    site = Site(name="Loppa rådhus", purpose="town_hall", block=IPv4Network("10.17.0.0/23"), clients=2)
    old = {
        1: LegacyVlan(name="default", zones=("operations", "equipment"), subnet=IPv4Network("192.168.16.0/21")),
        10: LegacyVlan(name="ADM", zones=("administration",), subnet=IPv4Network("172.17.10.0/24")),
        40: LegacyVlan(name="TLF", zones=("telephony",)),
    }
    loppa = Municipality(
        name="loppa",
        label="Loppa",
        number=17,
        prefix=IPv4Network("10.17.0.0/16"),
        sites={"loppa-radhus": site},
        legacy=Legacy(vlans=old, management_vlan=1, account="kommune"),
        migration=Migration(pilot_sites=(), waves=(("loppa-radhus",),)),
    )
    half = Site(name="Alta", purpose="operations_centre", block=IPv4Network("10.10.0.0/24"))
    centre = Municipality(
        name="operations_centre",
        label="Operations centre",
        number=10,
        prefix=IPv4Network("10.10.0.0/16"),
        sites={"alta-half": half},
    )
    return Region(
        municipalities={"loppa": loppa, "operations_centre": centre},
        devices={one.name: one for one in map(device, ("access", "core", "leaf"))},
        servers={},
    )


def position(stage: Stage) -> Position:
    """Loppa at a stage, the others where they were."""
    return Position({"loppa": stage})
