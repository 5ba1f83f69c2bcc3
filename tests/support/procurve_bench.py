"""For ProCurve's tests: one switch of the lab behind a real SSH server, and one device of the model."""

import hashlib
from contextlib import AbstractContextManager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from lab.device.switch import Switch
from lab.testing.bench import bench
from nornir_tasks.model import Device, Endpoint, LegacyVlan, Neighbour, Region, Site, SwitchModel
from tests.support import model_parts as parts
from tests.support.switch_bench import Bench, serving

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


def served(where: Path, port: int, startup: str = "", ports: int = 28) -> AbstractContextManager[Bench]:
    """A ProCurve switch that answers at HOST on this port."""

    def make() -> Switch:
        switch = bench("procurve", ports, "bench-01", startup=startup)
        switch.model = "J9776A" if ports <= 28 else "J9775A"
        return switch

    return serving(where, HOST, port, make)


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
    zones = tuple(name for name in parts.ZONES if name != "health")
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
        ports=parts.ports(28, "{}", profiles, {25: uplink}),
        zones=zones,
        trunk_zones={25: zones},
        endpoint=Endpoint(host=HOST, ssh_port=port),
        standard=parts.standard(),
    )


def region(port: int = 2222) -> Region:
    """A region with one device."""
    site = Site(name="Høgtun skole", purpose="school", block=IPv4Network("10.17.2.0/27"), clients=30)
    loppa = parts.loppa({"hogtun-skole": site}, legacy=parts.legacy({1: LegacyVlan(name="default")}))
    return Region(municipalities={"loppa": loppa}, devices={"loppa-acc-04": device(port)}, servers={})
