"""A switch on its own on the workbench: a helper for tests."""

from ipaddress import IPv4Address, IPv4Interface

from lab import personalities
from lab.device.switch import Switch
from lab.device.tables import Adjacency, Arp, Dialled, Learned, Mac, Neighbour, Source
from lab.region.facts import SwitchFacts
from lab.region.legacy import LegacyAccount, LegacyPort, LegacySvi, LegacySwitch


class Nowhere:
    """The world of a switch on the workbench: nothing is attached; a port's link is up when it is switched on."""

    def changed(self, switch: Switch) -> None:
        """Nobody else cares."""

    def settle(self) -> None:
        """There is nothing to work out."""

    def manageable(self, switch: Switch) -> bool:
        """The console is always there."""
        return True

    def neighbours(self, switch: Switch) -> list[Neighbour]:
        """None."""
        return []

    def root(self, switch: Switch, vlan: int) -> tuple[str, int]:
        """Itself."""
        return switch.mac, 0

    def oper(self, switch: Switch, port: int) -> bool:
        """Whether the port is switched on."""
        return switch.port(port).up

    def carries(self, switch: Switch, vlan: int) -> bool:
        """Whether it is there."""
        return vlan == 1 or vlan in switch.meaning.vlans

    def macs(self, switch: Switch) -> list[Mac]:
        """None."""
        return []

    def arp(self, switch: Switch) -> list[Arp]:
        """None."""
        return []

    def adjacencies(self, switch: Switch) -> list[Adjacency]:
        """None."""
        return []

    def learned(self, switch: Switch) -> list[Learned]:
        """None."""
        return []

    def trace(self, switch: Switch, address: IPv4Address) -> list[IPv4Address]:
        """Nobody, or itself."""
        return [address] if self.ping(switch, address) else []

    def ping(self, switch: Switch, address: IPv4Address, source: IPv4Address | None = None) -> bool:
        """Only its own addresses answer."""
        return any(address == own.address for own in self.sources(switch))

    def dial(self, switch: Switch, address: IPv4Address, port: int, source: IPv4Address) -> Dialled:
        """Only its own addresses answer, at the port for logins."""
        if not self.ping(switch, address):
            return Dialled.UNREACHABLE
        return Dialled.OPEN if port == 22 else Dialled.REFUSED

    def sources(self, switch: Switch) -> list[Source]:
        """Those of VLANs and loopbacks that are switched on."""
        meaning = switch.meaning
        svis = [Source(f"Vlan{vlan}", svi.address.ip) for vlan, svi in meaning.svis.items() if svi.up and svi.address]
        return svis + [Source("loopback", address.ip) for address in meaning.loopbacks]


def bench(
    platform: str,
    ports: int = 28,
    name: str = "bench-01",
    port_name: str = "",
    startup: str = "",
    software: str = "",
) -> Switch:
    """A booted switch of a platform with nothing around it, for a personality's own tests.

    Args:
        port_name: with ``{}`` for the port's number; the platform's usual name when it is empty.
        startup: what it boots; the factory configuration when it is empty.
        software: the version that it runs; the platform's usual one when it is empty.
    """
    kind = personalities.find(platform)
    if kind is None:
        raise LookupError(f"the lab has no personality {platform!r}")
    pattern = port_name or {"ios": "GigabitEthernet1/0/{}", "eos": "Ethernet{}"}.get(platform, "{}")
    facts = SwitchFacts(
        name=name,
        municipality="loppa",
        role="access",
        platform=platform,
        model="BENCH",
        site="bench",
        address=IPv4Interface("10.17.0.11/21"),
        host="127.17.0.11",
        ssh_port=2222,
        eapi_port=2223,
        port_names=tuple(pattern.replace("{}", str(number)) for number in range(1, ports + 1)),
        software=software,
    )
    switch = Switch(facts, Nowhere())
    switch.personality = kind.personality(switch)
    switch.startup = startup
    switch.personality.load(startup or switch.personality.factory())
    return switch


def old_switch(
    role: str = "access", staged: bool = False, habits: tuple[str, ...] = ("telnet", "snmp_public")
) -> LegacySwitch:
    """A small legacy switch of every kind of port, for the tests of a personality's ``legacy``.

    Args:
        role: ``access`` or ``core``.
        staged: one of the operations centre, with nothing but its way in.
        habits: what its administrators have left on; the names are each personality's.
    """
    names = [f"GigabitEthernet1/0/{number}" for number in range(1, 9)]
    ports = (
        LegacyPort(1, names[0], "access", untagged=10, voice=40),
        LegacyPort(2, names[1], "access", untagged=10),
        LegacyPort(3, names[2], "access", "Skriver", untagged=1),
        LegacyPort(4, names[3], "trunk", "Aksesspunkt", untagged=1, tagged=(50,)),
        LegacyPort(5, names[4], "unused"),
        LegacyPort(6, names[5], "unused", enabled=False),
        LegacyPort(7, names[6], "trunk", "Til SW-RADHUS-01", untagged=1, tagged=(10, 40, 50)),
        LegacyPort(8, names[7], "trunk", "Til SW-SKOLE-02", untagged=1, tagged=None),
    )
    core = role == "core"
    svis = (LegacySvi(1, IPv4Interface("192.168.16.1/21")), LegacySvi(10, IPv4Interface("172.17.10.1/24")))
    management = IPv4Interface("10.10.3.11/21" if staged else "192.168.16.1/21" if core else "192.168.17.11/21")
    return LegacySwitch(
        name="alta-leaf-01" if staged else "loppa-acc-01",
        hostname="alta-leaf-01" if staged else "SW-RADHUS-01",
        municipality="operations_centre" if staged else "loppa",
        label="Loppa",
        role="leaf" if staged else role,
        model="BENCH",
        site="loppa-radhus",
        staged=staged,
        vlans={} if staged else {1: "default", 10: "ADM", 40: "TLF", 50: "TRADLOS"},
        ports=tuple(LegacyPort(number, name, "unused") for number, name in enumerate(names, 1)) if staged else ports,
        svis=() if staged else svis if core else (LegacySvi(1, management),),
        management_vlan=1,
        management=management,
        gateway=None if core or staged else IPv4Address("192.168.16.1"),
        default_route=IPv4Address("192.168.23.254") if core else None,
        routing=core,
        account=LegacyAccount("drift" if staged else "kommune", "bench-password", "0123456789abcdef"),
        time_servers=() if staged else (IPv4Address("192.168.17.10"),),
        name_servers=() if staged else (IPv4Address("192.168.17.10"),),
        habits=frozenset() if staged else frozenset(habits),
        domain="vestfinnmark.example" if staged else "loppa.kommune.example",
    )
