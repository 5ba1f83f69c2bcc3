"""For ProCurve's tests: one switch of the lab behind a real SSH server, and one device of the model."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import asyncssh

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

HOST = "127.77.0.1"
PASSWORD = "canary-3f9a-manager"

SHA1 = hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).hexdigest()
LEGACY = f"""hostname "SW-SKOLE-04"
include-credentials
password manager user-name "kommune" sha1 "{SHA1}"
timesync sntp
sntp unicast
sntp server priority 1 192.168.17.10
time daylight-time-rule western-europe
time timezone 60
no web-management
ip default-gateway 192.168.16.1
ip dns server-address priority 1 192.168.17.10
interface 21
   name "Skriver"
   exit
interface 25
   name "Til SW-SKOLE-03"
   exit
snmp-server community "public" unrestricted
snmp-server location "hogtun-skole"
vlan 1
   name "DEFAULT_VLAN"
   no untagged 1-16,20
   untagged 17-19,21-28
   ip address 192.168.16.14 255.255.248.0
   exit
vlan 20
   name "SKOLE"
   untagged 1-16
   tagged 25
   no ip address
   exit
vlan 40
   name "TLF"
   untagged 20
   tagged 17-19,25
   no ip address
   voice
   exit
"""


class Bench:
    """A switch on the workbench, reachable by SSH. Everything that touches it runs in the lab's own thread."""

    def __init__(self, switch: Switch, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.switch, self.loop, self.port = switch, loop, port

    @property
    def running(self) -> str:
        """What the switch really runs."""
        return self.call(self.switch.personality.text)

    def call(self, work: Callable[[], Any]) -> Any:
        """Do something in the lab's thread."""

        async def inside() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result(10)


@contextmanager
def served(where: Path, port: int, startup: str = "", ports: int = 28) -> Iterator[Bench]:
    """A ProCurve switch that answers at HOST on this port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def up() -> tuple[Switch, Server]:
        switch = bench("procurve", ports, "bench-01", startup=startup)
        object.__setattr__(switch.facts, "host", HOST)
        object.__setattr__(switch.facts, "ssh_port", port)
        switch.model = "J9776A" if ports <= 28 else "J9775A"
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


def _zones() -> dict[str, Zone]:
    names = (
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
    return {name: Zone(vlan=100 + 10 * n, name=name.upper(), block=f"{8 * n}.0/21") for n, name in enumerate(names)}


def standard() -> Standard:
    """A small standard, near to the inventory's own."""
    profiles = {
        "administration": PortProfile(access="administration", voice="telephony", clients=True),
        "school": PortProfile(access="school", clients=True),
        "phone": PortProfile(access="telephony"),
        "access_point": PortProfile(access="operations", tagged=("wireless", "guest")),
        "printer": PortProfile(access="equipment"),
        "building": PortProfile(access="building"),
        "unused": PortProfile(enabled=False),
    }
    return Standard(
        domain="vestfinnmark.example",
        timezone="Europe/Oslo",
        zones=_zones(),
        parking_vlan=999,
        site_purposes={},
        port_profiles=profiles,
        switch_models={"J9776A": SwitchModel(platform="procurve", ports=28, name="{}")},
        time_servers=tuple(IPv4Address(a) for a in ("10.10.1.10", "10.10.129.10")),
        name_servers=tuple(IPv4Address(a) for a in ("10.10.1.11", "10.10.129.11")),
        log_servers=tuple(IPv4Address(a) for a in ("10.10.1.12", "10.10.129.12")),
        dhcp_servers=(IPv4Address("10.10.1.13"),),
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


def device(port: int = 2222) -> Device:
    """The access switch of a school, as Loppa has them."""
    profiles = {
        **dict.fromkeys(range(1, 17), "school"),
        **dict.fromkeys(range(17, 20), "administration"),
        20: "phone",
        21: "printer",
        22: "access_point",
        23: "access_point",
        24: "building",
    }
    uplink = Neighbour(device="loppa-acc-03", port=26, port_name="Ethernet26", municipality="loppa", kind="trunk")
    zones = ("operations", "administration", "school", "telephony", "wireless", "guest", "equipment", "building")
    return Device(
        name="loppa-acc-04",
        municipality="loppa",
        role="access",
        platform="procurve",
        model="J9776A",
        switch_model=SwitchModel(platform="procurve", ports=28, name="{}"),
        site="hogtun-skole",
        address=IPv4Interface("10.17.2.12/21"),
        legacy_address=IPv4Interface("192.168.16.14/21"),
        gateway=IPv4Address("10.17.0.1"),
        ports=tuple(
            Port(number=n, name=str(n), profile=profiles.get(n), neighbour=uplink if n == 25 else None)
            for n in range(1, 29)
        ),
        zones=zones,
        trunk_zones={25: zones},
        endpoint=Endpoint(host=HOST, ssh_port=port),
        standard=standard(),
    )


def region(port: int = 2222) -> Region:
    """A region with one device."""
    site = Site(name="Høgtun skole", purpose="school", block=IPv4Network("10.17.2.0/27"), clients=30)
    loppa = Municipality(
        name="loppa",
        label="Loppa",
        number=17,
        prefix=IPv4Network("10.17.0.0/16"),
        sites={"hogtun-skole": site},
        legacy=Legacy(vlans={1: LegacyVlan(name="default")}, management_vlan=1, account="kommune"),
        migration=Migration(pilot_sites=(), waves=(("hogtun-skole",),), data_processor_agreement=date(2026, 8, 20)),
    )
    return Region(municipalities={"loppa": loppa}, devices={"loppa-acc-04": device(port)}, servers={})


def position(stage: Stage) -> Position:
    """Loppa at a stage."""
    return Position({"loppa": stage})
