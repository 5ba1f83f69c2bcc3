"""How far it reaches if switches stop: who loses the way to the operations centre. Pure: by the inventory's cables.

A switch is cut off if, without those that stop, no cable leads from it to any leaf of the centre any more; where a
second way exists, nobody is. Clients are counted at the site, and spread here over its switches in proportion to their
ports for clients, so that the switches of a site together have exactly as many as the site. A server is where its
cable ends; a virtual one where that of its hypervisor does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nornir_tasks.model import Device, Region, Server
from nornir_tasks.model.graph import find_connected, spread


@dataclass(frozen=True)
class Blast:
    """Everything that stops or is cut off, those that were named with it."""

    switches: tuple[str, ...]
    sites: tuple[str, ...]  # as people call them
    clients: int
    servers: tuple[str, ...]

    def __str__(self) -> str:
        """``9 switches, 6 sites, 130 clients, 12 servers``: what there is none of is not told."""
        counts = (len(self.switches), "switch", "es"), (len(self.sites), "site"), (self.clients, "client")
        return ", ".join(many(*one) for one in (*counts, (len(self.servers), "server")) if one[0])


def many(count: int, noun: str, plural: str = "s") -> str:
    """``1 switch``, ``2 switches``; ``plural`` is what is put to the noun."""
    return f"{count} {noun}{'' if count == 1 else plural}"


def radius(region: Region, devices: Iterable[str]) -> Blast:
    """Who is without a way to the centre while these switches are down, all of them at once.

    Raises:
        KeyError: a switch that the region does not have.
    """
    stopped = {region.devices[name].name for name in devices}
    names = stopped | (find_connected(region, ()) - find_connected(region, stopped))
    sites = dict.fromkeys((device.municipality, device.site) for device in _of(region, names))
    return Blast(
        switches=tuple(sorted(names)),
        sites=tuple(region.municipalities[home].sites[site].name for home, site in sites),
        clients=sum(count for name, count in clients(region, sites).items() if name in names),
        servers=tuple(sorted(one.name for one in region.servers.values() if switch_of(region, one) in names)),
    )


def clients(region: Region, sites: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many clients hang on each switch of these sites (municipality and site): see above."""
    wanted, ports = set(sites), dict[tuple[str, str], dict[str, int]]()
    for device in region.devices.values():
        place = (device.municipality, device.site)
        if place in wanted:
            count = sum(device.profile(port).clients for port in device.ports if port.neighbour is None)
            ports.setdefault(place, {})[device.name] = count
    found: dict[str, int] = {}
    for (home, site), there in ports.items():
        found |= spread(region.municipalities[home].sites[site].clients, there)
    return found


def _of(region: Region, names: set[str]) -> Iterable[Device]:
    return (device for device in region.devices.values() if device.name in names)


def switch_of(region: Region, server: Server) -> str | None:
    """The switch that a server hangs on, itself or through the hypervisors it runs on."""
    seen: set[str] = set()
    while server.attached is None and server.runs_on in region.servers and server.name not in seen:
        seen.add(server.name)
        server = region.servers[server.runs_on]
    return server.attached.rpartition(":")[0] if server.attached else None
