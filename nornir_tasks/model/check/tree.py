"""The tree of trunks below each core switch, and how many switches, clients and servers are in each branch."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from nornir_tasks.model.check.cabling import InventoryCable, list_cables, split_socket
from nornir_tasks.model.entries import CENTRE, Entries, expand_port_range
from nornir_tasks.model.graph import spread


@dataclass
class Branch:
    """A switch, the cable it hangs on, and everything behind it: what is without a way if it, or the cable, fails."""

    switch: str
    cable: InventoryCable | None  # None: it is the core
    behind: int = 0  # further switches
    sites: set[str] = field(default_factory=set)
    clients: int = 0
    servers: int = 0

    def add(self, branch: "Branch") -> None:
        """Take in a branch that hangs on this one."""
        self.behind += 1 + branch.behind
        self.sites |= branch.sites
        self.clients += branch.clients
        self.servers += branch.servers

    def __str__(self) -> str:
        """``4 switches, 2 sites, 130 clients, 12 servers``: without those of which there are 0."""
        counts = (1 + self.behind, "switch", "es"), (len(self.sites), "site", "s"), (self.clients, "client", "s")
        all_counts = (*counts, (self.servers, "server", "s"))
        return ", ".join(f"{count} {noun}{plural if count != 1 else ''}" for count, noun, plural in all_counts if count)


def collect_branches(entries: Entries) -> Iterator[tuple[str, dict[str, Branch]]]:
    """Each municipality with one core, and its branches, the core's own last. What could not be read is not counted."""
    trunks: dict[str, dict[str, InventoryCable]] = {}
    for cable in list_cables(entries):
        if cable.link.kind == "trunk":
            for near_switch, far_switch in (cable.switches, cable.switches[::-1]):
                trunks.setdefault(near_switch, {}).setdefault(far_switch, cable)
    servers = _count_servers(entries)
    for name, municipality in entries.municipalities.items():
        switches = entries.find_switches(name)
        cores = [host for host in switches if entries.places[host].role == "core"]
        if name == CENTRE or len(cores) != 1:
            continue
        ports = {host: _count_client_ports(entries, host) for host in switches}
        clients: dict[str, int] = {}
        for site, site_record in municipality.sites.items():
            clients |= spread(
                site_record.clients, {host: ports[host] for host, switch in switches.items() if switch.site == site}
            )
        order: list[tuple[str, str | None]] = [(cores[0], None)]
        seen = {cores[0]}
        for host, _ in order:  # grows on the way
            next_switches = [
                far_switch for far_switch in trunks.get(host, {}) if far_switch in switches and far_switch not in seen
            ]
            seen.update(next_switches)
            order += [(far_switch, host) for far_switch in next_switches]
        tree: dict[str, Branch] = {}
        parents = dict(order)
        for host, parent in reversed(order):
            uplink = trunks[host][parent] if parent else None
            branch = Branch(host, uplink, 0, {switches[host].site}, clients.get(host, 0), servers.get(host, 0))
            for child in (
                far_switch for far_switch in trunks.get(host, {}) if far_switch in tree and parents[far_switch] == host
            ):
                branch.add(tree[child])
            tree[host] = branch
        yield name, tree


def _count_client_ports(entries: Entries, host: str) -> int:
    standard = entries.standards.get(host)
    profiles = standard.port_profiles if standard else {}
    port_ranges = entries.switches[host].ports.items()
    return sum(
        len(expand_port_range(port_range))
        for port_range, profile_name in port_ranges
        if profile_name in profiles and profiles[profile_name].clients
    )


def _count_servers(entries: Entries) -> dict[str, int]:
    """How many servers hang on each switch, themselves or through the hypervisor they run on."""
    counts: dict[str, int] = {}
    for server in entries.servers.values():
        carrier = entries.servers.get(server.runs_on) if server.runs_on else server
        if carrier and carrier.attached:
            switch = split_socket(carrier.attached)[0]
            counts[switch] = counts.get(switch, 0) + 1
    return counts
