"""Names and ports in the records of services: what there is to be named, and each of a list once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.standards import judge_unknown_names
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, judge_unknown, judge_variable
from nornir_tasks.model.flows import MANAGEMENT, SERVICES
from nornir_tasks.model.names import HOST_LABEL, make_label
from nornir_tasks.model.services import PortRange, ZonePorts
from nornir_tasks.model.standard import Standard

RESERVED = {MANAGEMENT: "for management alone", SERVICES: "the operations centre's own"}  # zones, and whose they are


@dataclass(frozen=True)
class ServiceNames:
    """What records may name, with those whose own records could not be read."""

    servers: set[str]
    centre_servers: set[str]
    zones: set[str]
    municipal_zones: set[str]  # that sites of municipalities have
    destinations: set[str]
    exits: set[str]
    groups: set[str]  # municipality/group
    groupless: set[str]  # municipalities without any user group

    @property
    def client_zones(self) -> set[str]:
        """The zones of people and their equipment: all of the municipalities' but management."""
        return self.municipal_zones - {MANAGEMENT}

    @classmethod
    def collect(cls, entries: Entries, standard: Standard) -> "ServiceNames":
        """The names of an inventory. A host that could not be read, or is in no group, is there all the same."""
        hosts = {name: place.municipality for name, place in entries.places.items() if not place.role}
        hosts |= dict.fromkeys(entries.misplaced, "")
        zones = {*standard.zones, *entries.find_unread_names("zones")}
        centre = entries.municipalities.get(CENTRE)
        centre_purposes = {site.purpose for site in centre.sites.values()} if centre else set()
        purposes = [zones for name, zones in standard.site_purposes.items() if name not in centre_purposes]
        groups = {name: _list_groups(entries, name) for name in entries.municipalities}
        return cls(
            servers=set(hosts),
            centre_servers={name for name, owner in hosts.items() if owner in (CENTRE, "")},
            zones=zones,
            municipal_zones={*(zone for purpose in purposes for zone in purpose), *entries.find_unread_names("zones")},
            destinations={*standard.destinations, *entries.find_unread_names("destinations")},
            exits={*standard.exits, *entries.find_unread_names("exits")},
            groups={f"{name}/{group}" for name, own_groups in groups.items() for group in own_groups},
            groupless={name for name, own_groups in groups.items() if not own_groups},
        )


def _list_groups(entries: Entries, municipality: str) -> set[str]:
    """The user groups of a municipality, with those that could not be read."""
    unread = entries.list_unread_keys(municipality, ("user_groups",))
    return unread | set(entries.municipalities[municipality].user_groups)


def check_names(
    scope: str, path: Path, names: Iterable[str], noun: str, choices: Iterable[str]
) -> Iterator[Verdict[Variable]]:
    """A finding for each name that is not among the choices, and for each that stands there a second time.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the list of names; a finding's own path ends with the name's place in it, from 0.
        names: the list, as the inventory has it.
        noun: what is expected, such as ``a zone``.
        choices: the names that there are.
    """
    names = list(names)
    yield from judge_unknown_names(scope, path, names, noun, choices)
    for index, name in enumerate(names):
        if name in names[:index]:
            yield judge_variable(
                scope, (*path, index), repr(name), f"each name once; [{names.index(name)}] is the same"
            )


def check_ports(scope: str, path: Path, ports: Iterable[str]) -> Iterator[Verdict[Variable]]:
    """A finding for each port that there is not, and for each that stands there twice, alone or in a range.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the list of ports; a finding's own path ends with the port's place in it, from 0.
        ports: the list, as the inventory has it.
    """
    earlier: list[PortRange] = []
    for index, text in enumerate(ports):
        try:
            port = PortRange.parse(text)
        except ValueError:
            yield judge_variable(scope, (*path, index), repr(text), "ports from 1 to 65535, the lower one first")
            continue
        same = next((other for other in earlier if other.overlaps(port)), None)
        if same:
            yield judge_variable(scope, (*path, index), repr(text), f"each port once; {same} stands there already")
        earlier.append(port)


def judge_zone(scope: str, path: Path, zone: str, choices: Iterable[str]) -> Verdict[Variable]:
    """The verdict on a zone that is not among the choices: that it is not for this, or that there is none.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the variable.
        zone: the name that stands there.
        choices: the zones that may.
    """
    if zone in RESERVED:
        return judge_variable(scope, path, repr(zone), f"another zone: {zone} is {RESERVED[zone]}")
    return judge_unknown(scope, path, zone, "a zone", choices)


def check_zones(scope: str, path: Path, zones: Iterable[str], choices: Iterable[str]) -> Iterator[Verdict[Variable]]:
    """A finding for each zone that is not among the choices, and for each that stands there a second time.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the list of zones; a finding's own path ends with the zone's place in it, from 0.
        zones: the list, as the inventory has it.
        choices: the zones that may.
    """
    zones, choices = list(zones), set(choices)
    yield from (judge_zone(scope, (*path, i), zone, choices) for i, zone in enumerate(zones) if zone not in choices)
    yield from check_names(scope, path, zones, "a zone", zones)


def check_zone_ports(scope: str, path: Path, ports: ZonePorts, choices: Iterable[str]) -> Iterator[Verdict[Variable]]:
    """A finding for each zone and port of a mapping of ports by zone.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the mapping.
        ports: the mapping, as the inventory has it.
        choices: the zones that may.
    """
    choices = set(choices)
    for zone, zone_ports in ports.items():
        if zone not in choices:
            yield judge_zone(scope, (*path, zone), zone, choices)
        yield from check_ports(scope, (*path, zone), zone_ports)


def check_labels(scope: str, path: Path, words: Iterable[str]) -> Iterator[Verdict[Variable]]:
    """A finding for each name of a record that is no part of a DNS name, or the same part as another's.

    Args:
        scope: whose records they are.
        path: the way to the records.
        words: their names.
    """
    by_label: dict[str, str] = {}
    for word in words:
        label = make_label(word)
        if not HOST_LABEL.fullmatch(label):
            expected = "a name that can be a part of one in DNS: at most 63 letters, digits, - and _, no - or _ last"
            yield judge_variable(scope, (*path, word), repr(word), expected)
        elif (other := by_label.setdefault(label, word)) != word:
            expected = f"a name that differs from {other} in DNS, too: both are {label} there"
            yield judge_variable(scope, (*path, word), repr(word), expected)
