"""What is plugged into the ports: PCs, phones, printers, access points, servers. Always the same ones."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from lab import CENTRE
from lab.region.facts import RegionFacts, SwitchFacts


@dataclass(frozen=True, eq=False)
class Station:
    """Something with a MAC address on a port. ``phone``: it uses the port's voice VLAN, if there is one."""

    name: str
    kind: str
    mac: str
    switch: str
    port: int
    index: int  # within its municipality; addresses are made from it
    zone: str | None = None  # what its port is for
    fixed: tuple[IPv4Address, ...] = ()  # of a server, the newest first

    @property
    def address(self) -> IPv4Address | None:
        """The first of a server's addresses."""
        return self.fixed[0] if self.fixed else None

    @property
    def serves(self) -> bool:
        """Whether it has the addresses of a server."""
        return bool(self.fixed)

    @property
    def phone(self) -> bool:
        """Whether it listens for a voice VLAN."""
        return self.kind == "phone"


def populate(region: RegionFacts, switches: dict[str, SwitchFacts]) -> list[Station]:
    """Plug everything in: pure, and the same for the same inventory.

    PCs of a site are spread over its ports for PCs; beside every other one stands a phone where the profile
    has a voice zone. Of the ports for other things two in three are used.
    """
    made: list[Station] = []
    counters: Counter[str] = Counter()

    def plug(
        kind: str,
        switch: SwitchFacts,
        port: int,
        name: str = "",
        fixed: tuple[IPv4Address, ...] = (),
    ) -> None:
        counters[switch.municipality] += 1
        counters[f"{switch.site}/{kind}"] += 1
        index = counters[switch.municipality]
        name = name or f"{switch.site}-{kind.replace('_', '-')}-{counters[f'{switch.site}/{kind}']:03d}"
        digest = hashlib.sha256(name.encode()).hexdigest()
        mac = ":".join(["02", *(digest[place : place + 2] for place in range(0, 10, 2))])
        profile = region.profiles.get(switch.profiles.get(port, ""))
        zone = profile.access if profile else None
        made.append(Station(name, kind, mac, switch.name, port, index, zone, fixed))

    for municipality in region.municipalities.values():
        for site in municipality.sites:
            here = [switch for switch in switches.values() if switch.site == site]
            _fill(region, here, municipality.sites[site].clients, plug)
    for server in region.servers.values():
        name, _, port = (server.attached or "").rpartition(":")
        if name in switches:
            fixed = (server.address, *([server.legacy_address] if server.legacy_address else []))
            plug("server", switches[name], int(port), server.name, fixed)
    for way_out in region.services.exits.values():
        if way_out.switch in switches:
            plug("exit", switches[way_out.switch], way_out.port, way_out.name, (way_out.peer,))
    for owner, address in _old_servers(region):
        core = next((s for s in switches.values() if s.municipality == owner and s.role == "core"), None)
        if core is not None:
            # In the cupboard beside the core; the datapath puts it into the VLAN of its address.
            plug("old_server", core, 0, f"{owner}-old-{address}", (address,))
    return made


def _fill(region: RegionFacts, switches: list[SwitchFacts], clients: int, plug: Callable[..., None]) -> None:
    """Fill the ports of one site."""
    places = [
        (switch, port, profile)
        for switch in switches
        for port, name in sorted(switch.profiles.items())
        if port not in switch.cables and (profile := region.profiles.get(name)) is not None and profile.enabled
    ]
    free = [place for place in places if place[2].clients]
    used = [
        free[number * len(free) // clients if clients < len(free) else number % len(free)]
        for number in range(clients if free else 0)
    ]
    for number, (switch, port, profile) in enumerate(used):
        plug("pc", switch, port)
        if profile.voice and number % 2 == 0:
            plug("phone", switch, port)
    for switch, port, profile in places:
        kind = switch.profiles[port]
        if not profile.clients and kind not in ("server", "hypervisor", "service") and port % 3:
            plug("device" if kind == "unused" else kind, switch, port)


def _old_servers(region: RegionFacts) -> list[tuple[str, IPv4Address]]:
    """The servers for time, names and logs that a municipality used before. Shape: municipality and address."""
    servers: list[tuple[str, IPv4Address]] = []
    for municipality in region.municipalities.values():
        if municipality.legacy is not None and municipality.name != CENTRE:
            legacy = municipality.legacy
            addresses = {*legacy.time_servers, *legacy.name_servers, *legacy.log_servers}
            servers.extend((municipality.name, address) for address in sorted(addresses))
    return servers
