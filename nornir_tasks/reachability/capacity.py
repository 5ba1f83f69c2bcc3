"""Whether each line carries the clients behind it: the sums, link by link. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from nornir_tasks.model import Municipality, Region
from nornir_tasks.model.graph import find_downstream, measure_distances
from nornir_tasks.model.municipality import Link
from nornir_tasks.reachability.blast_radius import count_clients


@dataclass(frozen=True)
class LineLoad:
    """A link, what it carries each way and the clients behind it."""

    link: Link
    clients: int
    mbps_per_client: float

    @property
    def need_mbps(self) -> float:
        """What the clients need, Mbit/s each way."""
        return self.clients * self.mbps_per_client

    @property
    def is_narrow(self) -> bool:
        """Whether the clients need more than the link carries."""
        return self.link.carries_mbps < self.need_mbps

    def __str__(self) -> str:
        line = f", {self.link.line.supplier} {self.link.line.contract}" if self.link.line else ""
        return (
            f"{self.link.a} to {self.link.b}: {self.link.carries_mbps} Mbit/s{line}, "
            f"{self.clients} clients × {self.mbps_per_client:g} = {self.need_mbps:g} Mbit/s"
        )


def measure_loads(region: Region, municipality: Municipality) -> Iterator[LineLoad]:
    """Each link of a municipality: behind a trunk its branch, behind an uplink everybody, as if the other were away."""
    devices = region.of(municipality.name)
    if not devices:
        return
    distances = measure_distances(region, municipality.name)
    sites = [(municipality.name, site) for site in municipality.sites]
    clients = count_clients(region, sites)
    mbps = devices[0].standard.mbps_per_client
    for link in municipality.links:
        if link.kind == "routed":
            yield LineLoad(link, sum(clients.values()), mbps)
            continue
        near = min((link.a, link.b), key=lambda end: distances.get(end.rpartition(":")[0], len(distances)))
        switch, _, port = near.rpartition(":")
        device = region.devices[switch]
        behind = find_downstream(region, device, device.port(int(port)), distances)
        yield LineLoad(link, sum(clients.get(name, 0) for name in {far.name for far in behind}), mbps)
