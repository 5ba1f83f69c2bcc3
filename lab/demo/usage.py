"""What people noticed of a move: each group and each application before, during and after, and what is open to whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab import CENTRE
from lab.control.client import Client
from lab.region.facts import RegionFacts
from lab.region.services import Service

MOVED = 15.0  # seconds that a client may be without an application while its own port moves
NOTICED = 0.1  # seconds; the lab itself looks this often at most
LOGIN = Service("tcp", 22, 22)
MANAGEMENT = "operations"  # the zone of the switches themselves


@dataclass
class Use:
    """An application, as the people of one group have it. ``longest``: seconds without it, of one of them."""

    stations: int
    before: bool
    after: bool
    longest: float = 0.0
    now_without: int = 0


@dataclass
class Outage:
    """The longest time that a kind of station was without an application, and which, where and why."""

    seconds: float = 0.0
    words: str = "nobody"

    def add(self, seconds: float, words: str) -> None:
        """Count one more."""
        if seconds > self.seconds:
            self.seconds, self.words = seconds, words


@dataclass
class Usage:
    """Seen from outside, from the moment it is made, by the lab's own record of who reaches what."""

    client: Client
    region: RegionFacts
    municipality: str
    uses: dict[tuple[str, str], Use] = field(default_factory=dict)
    of_moved: Outage = field(default_factory=Outage)
    of_others: Outage = field(default_factory=Outage)
    left: dict[str, str] = field(default_factory=dict)  # stations that did not follow their port, and where it ended
    open_before: tuple[str, ...] = ()
    _vlans: dict[str, int | None] = field(default_factory=dict)
    _visited: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """See who uses what, and what is open that should not be."""
        self._vlans = {row["name"]: row["vlan"] for row in self.client.stations()}
        self._count(self.client.record(self.municipality)["municipalities"])
        self.open_before = tuple(self.find_open())

    def _count(self, municipalities: Mapping[str, Any]) -> None:
        """See of each group's applications whether all of it has them now."""
        for name, row in municipalities.get(self.municipality, {}).get("applications", {}).items():
            without: dict[str, int] = {}
            for entry in row["worst"]:
                without[entry["group"]] = without.get(entry["group"], 0) + entry["now"]
            for group, count in row["groups"].items():
                reached = not count["never"] and not without.get(group)
                use = self.uses.setdefault((group, name), Use(count["users"], reached, reached))
                use.after, use.now_without = reached, without.get(group, 0) + count["never"]

    def note(self, stage: str, municipalities: Mapping[str, Any]) -> None:
        """Take in the record of one stage.

        Args:
            stage: its name.
            municipalities: the lab's record since the stage before, of everybody.
        """
        vlans = {row["name"]: row["vlan"] for row in self.client.stations()}
        moved = {name for name, vlan in vlans.items() if vlan != self._vlans.get(name)}
        self._vlans = vlans
        for owner, record in municipalities.items():
            for name, row in record.get("applications", {}).items():
                for entry in row["worst"]:
                    self._add(stage, owner, name, entry, entry["station"] in moved)
        self._count(municipalities)

    def visit(self) -> list[str]:
        """Let somebody go to whoever did not follow their port; their MAC addresses."""
        macs = {row["name"]: str(row["mac"]) for row in self.client.stations()}
        visited = self.client.visit(*self.left)
        self._visited.update(visited)
        self._count(self.client.record(self.municipality)["municipalities"])
        return [macs[name] for name in visited]

    def _add(self, stage: str, owner: str, name: str, entry: Mapping[str, Any], has_moved: bool) -> None:
        if entry["station"] in self._visited:
            return  # it was without until somebody came, and that is told
        if entry["typed"] and has_moved:
            self.left[entry["station"]] = entry["ended"]
            return
        words = f"{name}, {entry['station']} in {stage}: {entry['ended']}"
        if owner == self.municipality:
            use = self.uses.get((entry["group"], name))
            if use is not None:
                use.longest = max(use.longest, entry["longest"])
        (self.of_moved if has_moved else self.of_others).add(entry["longest"], words)

    # --- what should not be

    def find_open(self) -> Iterator[str]:
        """What a zone of the municipality reaches and no record of the inventory lets it: asked from one station each.

        Asked are the servers of everybody, at the ports at which something of theirs listens and at the one for
        logging in, and the switches of the municipality.
        """
        for zone, station in sorted(self._choose_stations().items()):
            for host, ports in self._list_listening():
                for port in ports - self._list_allowed(zone, host):
                    if self.client.connect(station, host, str(port))["reached"]:
                        yield f"{zone} reaches {host} at {port}"
            for switch in self.region.switches.values():
                if switch.municipality != self.municipality or zone == MANAGEMENT:
                    continue
                if self.client.connect(station, str(switch.address.ip), str(LOGIN))["reached"]:
                    yield f"{zone} reaches {switch.name} at {LOGIN}"

    def _choose_stations(self) -> dict[str, str]:
        """A station of each zone that has an address."""
        chosen: dict[str, str] = {}
        for row in self.client.stations():
            if self.region.switches[row["switch"]].municipality != self.municipality or row["fixed"]:
                continue
            if row["zone"] and row["address"] and row["lease"] != "typed in":
                chosen.setdefault(row["zone"], row["name"])
        return chosen

    def _list_listening(self) -> Iterable[tuple[str, set[Service]]]:
        """Each server that somebody's records name, and the ports at which it listens."""
        ports: dict[str, set[Service]] = {}
        services = self.region.services
        for application in services.applications:
            if application.municipality not in (self.municipality, CENTRE):
                continue
            for host in (*application.hosts, *application.moves_to):
                ports.setdefault(host, {LOGIN}).update(application.ports)
            for host in (*application.database_hosts, *application.database_moves_to):
                ports.setdefault(host, {LOGIN}).update(application.database_ports)
        for common in services.common.values():
            for host in common.hosts:
                ports.setdefault(host, {LOGIN}).update(common.ports)
        return sorted(ports.items())

    def _list_allowed(self, zone: str, host: str) -> set[Service]:
        """The ports of a server that a zone may open by the records."""
        services = self.region.services
        allowed: set[Service] = set()
        for application in services.applications:
            if host not in (*application.hosts, *application.moves_to):
                continue
            zones = {services.groups[user].zone for user in application.users if user[0] == self.municipality}
            if zone in zones:
                allowed.update(application.ports)
            if application.municipality == self.municipality:
                allowed.update(application.feeds.get(zone, ()))
        for common in services.common.values():
            if host in common.hosts and zone in common.zones:
                allowed.update(common.ports)
        return allowed

    # --- what is told

    def list_groups(self) -> Iterator[tuple[str, str]]:
        """Each group, and in words how it fared."""
        for group in sorted({group for group, _ in self.uses}):
            uses = {name: use for (other, name), use in self.uses.items() if other == group}
            had, has = (sum(getattr(use, when) for use in uses.values()) for when in ("before", "after"))
            worst = max(uses, key=lambda name: uses[name].longest)
            longest = uses[worst].longest
            stations = max(use.stations for use in uses.values())
            during = f"at most {longest:.1f} s without one ({worst})" if longest else "never without"
            yield group, f"{stations} stations: {had} of {len(uses)} applications before, {has} after; {during}"

    def as_json(self, open_after: Iterable[str]) -> dict[str, Any]:
        """The evidence for the report."""
        groups: dict[str, dict[str, Any]] = {}
        for (group, name), use in sorted(self.uses.items()):
            facts = self.region.services.groups.get((self.municipality, group))
            row = groups.setdefault(
                group, {"group": group, "zone": facts.zone if facts else "", "stations": 0, "applications": {}}
            )
            row["stations"] = max(row["stations"], use.stations)
            row["applications"][name] = {
                "before": use.before, "longest": round(use.longest, 1), "now_without": use.now_without,
                "after": use.after,
            }  # fmt: skip
        return {"groups": list(groups.values()), "forbidden": list(open_after)}
