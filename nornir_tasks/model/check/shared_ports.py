"""Applications that answer at one port of one server for different users: an access list cannot tell them apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from nornir_tasks.core.verdict import Severity, Verdict
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import Application, PortRange

HEALTH = "health"


@dataclass(frozen=True)
class _Opening:
    """A port of an application, and who may open it."""

    municipality: str
    name: str
    application: Application
    path: Path  # of the port
    port: PortRange
    zones: frozenset[tuple[str, str]]  # municipality and zone


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A warning for each such pair; where health is among them, it is an error, which ``applications`` tells."""
    return list_shared_ports(entries, health=False)


def list_shared_ports(entries: Entries, *, health: bool) -> Iterator[Verdict[Variable]]:
    """A finding for each port of a server that two applications answer at, and zones use only one of them.

    People of one zone are one to the network: who of them may use what, the application itself says.

    Args:
        entries: with their applications.
        health: whether pairs are told of which one is of sensitivity health, as errors; else the others, as warnings.
    """
    severity = Severity.ERROR if health else Severity.WARNING
    groups = {
        f"{owner.name}/{key}": (owner.name, group.zone)
        for owner in entries.municipalities.values()
        for key, group in owner.user_groups.items()
    }
    by_host: dict[str, list[_Opening]] = {}
    for municipality in entries.municipalities.values():
        for name, application in municipality.applications.items():
            for opening in _list_openings(groups, municipality, name, application):
                for host in application.all_hosts:
                    by_host.setdefault(host, []).append(opening)
    for host, openings in by_host.items():
        for earlier, later in combinations(openings, 2):
            is_health = HEALTH in (earlier.application.sensitivity, later.application.sensitivity)
            is_same = earlier.application is later.application or earlier.zones == later.zones
            if is_same or is_health is not health or not earlier.port.overlaps(later.port):
                continue
            owner = (
                earlier.name if earlier.municipality == later.municipality else f"{earlier.municipality}/{earlier.name}"
            )
            expected = f"a port of its own there: {owner} has it, for {_format_zones(earlier, later)}"
            advice = "an access list cannot tell the two apart: who may use one of them reaches both"
            yield judge_variable(
                later.municipality, later.path, f"'{later.port}' of {host}", expected, advice, severity
            )


def _list_openings(
    groups: Mapping[str, tuple[str, str]], municipality: Municipality, name: str, application: Application
) -> Iterator[_Opening]:
    """The ports of an application. ``groups``: the municipality and the zone of each user group."""
    users = [user if "/" in user else f"{municipality.name}/{user}" for user in application.users]
    if not all(user in groups for user in users):
        return  # who else may open it is not known
    base: Path = ("applications", name)
    lists = {(*base, "ports"): (application.ports, frozenset(groups[user] for user in users))}
    for zone, ports in application.feeds.items():
        lists[*base, "feeds", zone] = (ports, frozenset({(municipality.name, zone)}))
    for path, (ports, zones) in lists.items():
        for index, text in enumerate(ports):
            try:
                port = PortRange.parse(text)
            except ValueError:
                continue  # told already
            yield _Opening(municipality.name, name, application, (*path, index), port, zones)


def _format_zones(earlier: _Opening, later: _Opening) -> str:
    """The zones of the earlier one; those of this municipality without its name."""
    own = later.municipality
    return (
        ", ".join(zone if owner == own else f"{zone} of {owner}" for owner, zone in sorted(earlier.zones)) or "nobody"
    )
