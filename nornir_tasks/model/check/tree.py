"""What hangs on what: the tree of trunks below each core switch, and how much of everything is in each branch."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from nornir_tasks.model.check.cabling import Cable, cables, split
from nornir_tasks.model.entries import CENTRE, Entries, numbers
from nornir_tasks.model.graph import spread


@dataclass
class Branch:
    """A switch, the cable it hangs on, and everything behind it: what is without a way if it, or the cable, fails."""

    switch: str
    cable: Cable | None  # None: it is the core
    behind: int = 0  # further switches
    sites: set[str] = field(default_factory=set)
    clients: int = 0
    servers: int = 0

    def add(self, other: "Branch") -> None:
        """Take in a branch that hangs on this one."""
        self.behind += 1 + other.behind
        self.sites |= other.sites
        self.clients += other.clients
        self.servers += other.servers

    def __str__(self) -> str:
        """``4 switches, 2 sites, 130 clients, 12 servers``: what there is none of is not told."""
        counts = (1 + self.behind, "switch", "es"), (len(self.sites), "site", "s"), (self.clients, "client", "s")
        told = (*counts, (self.servers, "server", "s"))
        return ", ".join(f"{count} {noun}{plural if count != 1 else ''}" for count, noun, plural in told if count)


def branches(entries: Entries) -> Iterator[tuple[str, dict[str, Branch]]]:
    """Each municipality with one core, and its branches, the core's own last. What could not be read is not counted."""
    trunks: dict[str, dict[str, Cable]] = {}
    for cable in cables(entries):
        if cable.link.kind == "trunk":
            for here, far in (cable.switches, cable.switches[::-1]):
                trunks.setdefault(here, {}).setdefault(far, cable)
    servers = _servers(entries)
    for name, home in entries.municipalities.items():
        mine = entries.of(name)
        cores = [host for host in mine if entries.places[host].role == "core"]
        if name == CENTRE or len(cores) != 1:
            continue
        ports = {host: _client_ports(entries, host) for host in mine}
        clients: dict[str, int] = {}
        for site, record in home.sites.items():
            clients |= spread(record.clients, {host: ports[host] for host, one in mine.items() if one.site == site})
        order: list[tuple[str, str | None]] = [(cores[0], None)]
        seen = {cores[0]}
        for host, _ in order:  # grows on the way
            new = [far for far in trunks.get(host, {}) if far in mine and far not in seen]
            seen.update(new)
            order += [(far, host) for far in new]
        found: dict[str, Branch] = {}
        above = dict(order)
        for host, parent in reversed(order):
            above_it = trunks[host][parent] if parent else None
            own = Branch(host, above_it, 0, {mine[host].site}, clients.get(host, 0), servers.get(host, 0))
            for child in (far for far in trunks.get(host, {}) if far in found and above[far] == host):
                own.add(found[child])
            found[host] = own
        yield name, found


def _client_ports(entries: Entries, host: str) -> int:
    standard = entries.standards.get(host)
    profiles = standard.port_profiles if standard else {}
    spans = entries.switches[host].ports.items()
    return sum(len(numbers(span)) for span, word in spans if word in profiles and profiles[word].clients)


def _servers(entries: Entries) -> dict[str, int]:
    """How many servers hang on each switch, themselves or through the hypervisor they run on."""
    found: dict[str, int] = {}
    for server in entries.servers.values():
        below = entries.servers.get(server.runs_on) if server.runs_on else server
        if below and below.attached:
            switch = split(below.attached)[0]
            found[switch] = found.get(switch, 0) + 1
    return found
