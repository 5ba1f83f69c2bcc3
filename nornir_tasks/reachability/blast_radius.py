"""The blast radius: what loses the way to the operations centre if switches stop. Pure: by the inventory's cables.

A switch is cut off if, without those that stop, no cable leads from it to any leaf of the centre any more. Clients are
counted at the site, and spread here over its switches in proportion to their ports for clients, so that the switches of
a site together have exactly as many as the site. A server hangs on the switch where its cable ends, a virtual server
where its hypervisor's cable does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nornir_tasks.core.text import count_noun
from nornir_tasks.model import Device, Region, Server
from nornir_tasks.model.graph import find_connected, spread


@dataclass(frozen=True)
class Blast:
    """Everything that stops or is cut off, the named switches included."""

    switches: tuple[str, ...]
    sites: tuple[str, ...]  # as people call them
    clients: int
    servers: tuple[str, ...]

    def __str__(self) -> str:
        """``9 switches, 6 sites, 130 clients, 12 servers``: a count of 0 is left out."""
        counts = (len(self.switches), "switch", "es"), (len(self.sites), "site"), (self.clients, "client")
        shown = [count_noun(*count) for count in (*counts, (len(self.servers), "server")) if count[0]]
        return ", ".join(shown) or "nothing else"


def find_blast_radius(region: Region, devices: Iterable[str]) -> Blast:
    """What is without a way to the centre while these switches and servers are down, all of them at once.

    Raises:
        KeyError: a name that the region does not have.
    """
    down = set(devices)
    stopped = {region.devices[name].name for name in down - region.servers.keys()}
    lost = stopped | (find_connected(region, ()) - find_connected(region, stopped))
    sites = dict.fromkeys((device.municipality, device.site) for device in _find_devices(region, lost))
    return Blast(
        switches=tuple(sorted(lost)),
        sites=tuple(region.municipalities[home].sites[site].name for home, site in sites),
        clients=sum(count for name, count in count_clients(region, sites).items() if name in lost),
        servers=tuple(
            sorted(
                server.name
                for server in region.servers.values()
                if server.name in down or find_switch_of(region, server) in lost
            )
        ),
    )


def count_clients(region: Region, sites: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many clients hang on each switch of these sites (municipality and site), by the switch's name."""
    wanted, ports = set(sites), dict[tuple[str, str], dict[str, int]]()
    for device in region.devices.values():
        place = (device.municipality, device.site)
        if place in wanted:
            count = sum(device.profile(port).clients for port in device.ports if port.neighbour is None)
            ports.setdefault(place, {})[device.name] = count
    clients: dict[str, int] = {}
    for (home, site), port_counts in ports.items():
        clients |= spread(region.municipalities[home].sites[site].clients, port_counts)
    return clients


def _find_devices(region: Region, names: set[str]) -> Iterable[Device]:
    return (device for device in region.devices.values() if device.name in names)


def find_switch_of(region: Region, server: Server) -> str | None:
    """The name of the switch that a server is attached to, itself or through the hypervisors it runs on; else None."""
    seen: set[str] = set()
    while server.attached is None and server.runs_on in region.servers and server.name not in seen:
        seen.add(server.name)
        server = region.servers[server.runs_on]
    return server.attached.rpartition(":")[0] if server.attached else None
