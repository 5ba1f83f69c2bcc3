"""What the inventory says of each host and municipality, typed one by one; nothing is put together yet."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar

from pydantic import Field

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.finding import Variable, judge_variable, meant, nearest, one_of, shown
from nornir_tasks.model.municipality import Link, Municipality
from nornir_tasks.model.standard import Address, Frozen, Standard, Word
from nornir_tasks.model.words import validated

ROLES = ("core", "access", "leaf", "spine")
CENTRE = "operations_centre"
MUNICIPALITY_KEYS = tuple(key for key in Municipality.model_fields if key != "name")
STANDARD_KEYS = tuple(Standard.model_fields)

Span = Annotated[str, Field(pattern=r"^\d{1,3}(-\d{1,3})?$")]
Socket = Annotated[str, Field(pattern=r"^[a-z0-9-]+:\d+$")]
HOST_KEYS = ("address", "site", "model", "legacy_address", "ports", "attached", "runs_on")
TcpPort = Annotated[int, Field(ge=1, le=65535)]
Variables = Mapping[str, Any]
Record = TypeVar("Record")
# Where one of these cannot be read, this stands in for it, to which no check objects: all else is still checked.
STAND_INS: Variables = {
    **dict.fromkeys(("domain", "banner", "label", "allowed_signers"), "-"),
    "timezone": "UTC",
    **dict.fromkeys(("time_servers", "name_servers", "log_servers", "dhcp_servers", "control_nodes", "accounts"), ()),
    **dict.fromkeys(("centre_networks", "management_networks", "freeze_days", "credentials_command", "waivers"), ()),
    **dict.fromkeys(("soak_seconds", "backup_max_age_seconds"), 0),
    "confirm_seconds": 60,
    "mbps_per_client": 1,
    "change_window": {"days": ("mon",), "start": "00:00", "end": "24:00"},
    "ansible_host": None,
    "ansible_port": 22,
    "eapi_port": 443,
}


NOWHERE = {
    "no municipality": "name it below its municipality's hosts; groups.yml names that below municipalities",
    "no role and no group of servers": "name it below one of these groups, too",
    "no role": "name it below one of these groups, too",
    "no platform": "name it below its platform, too",
}


class HostEntry(Frozen):
    """What every host may say; how to connect is Ansible's own."""

    address: Address  # of the standard; Ansible connects there unless ansible_host says otherwise
    ansible_host: str | None = None  # where to connect to, if not at `address`
    ansible_port: TcpPort = 22  # SSH
    eapi_port: TcpPort = 443  # of eAPI, on Arista EOS


class SwitchEntry(HostEntry):
    """A switch, as its line in the inventory says it. ``ports`` maps ranges to port profiles."""

    site: Word  # one of the municipality's `sites`
    model: str  # one of `switch_models`
    legacy_address: Address | None = None  # in the legacy management VLAN, until the switch has its own
    ports: dict[Span, Word] = {}  # ranges of ports, and a port profile for each


class ServerEntry(HostEntry):
    """A server: on a switch port of its own, or virtual on a hypervisor."""

    site: Word | None = None  # where its address or its cable does not say it
    attached: Socket | None = None  # the switch port it hangs on: loppa-core-01:11
    runs_on: str | None = None  # the hypervisor of a virtual server


@dataclass(frozen=True)
class Place:
    """Where a host belongs: what groups say of it."""

    municipality: str
    role: str | None = None  # of a switch
    platform: str | None = None  # of a switch
    groups: tuple[str, ...] = ()  # of a server


@dataclass
class Entries:
    """Everything that was said. With findings, it lacks what could not be read, and only checks may use it."""

    places: dict[str, Place] = field(default_factory=dict)
    municipalities: dict[str, Municipality] = field(default_factory=dict)
    links: dict[str, dict[int, Link]] = field(default_factory=dict)  # municipality, number in its list
    sites: dict[str, set[str]] = field(default_factory=dict)  # names, also of sites that could not be read
    switches: dict[str, SwitchEntry] = field(default_factory=dict)
    servers: dict[str, ServerEntry] = field(default_factory=dict)
    standards: dict[str, Standard] = field(default_factory=dict)  # of each switch
    platforms: tuple[str, ...] = ()
    misplaced: dict[str, tuple[str, ...]] = field(default_factory=dict)  # in the wrong groups; their municipalities
    loose: set[str] = field(default_factory=set)  # switches at one end of a link that could not be read
    findings: list[Verdict[Variable]] = field(default_factory=list)
    # By municipality, and of how many hosts in all: whoever asks for each of 10,000 hosts must not count them anew.
    _switches: tuple[int, dict[str, dict[str, SwitchEntry]]] = (0, {})
    _places: tuple[int, dict[str, dict[str, Place]]] = (0, {})

    def of(self, municipality: str) -> Mapping[str, SwitchEntry]:
        """The switches of one municipality."""
        if self._switches[0] != len(self.switches):
            self._switches = (len(self.switches), self._grouped(self.switches))
        return self._switches[1].get(municipality, {})

    def placed(self, municipality: str) -> Mapping[str, Place]:
        """The hosts of one municipality, and where in it they belong."""
        if self._places[0] != len(self.places):
            self._places = (len(self.places), self._grouped(self.places))
        return self._places[1].get(municipality, {})

    def _grouped(self, records: Mapping[str, Record]) -> dict[str, dict[str, Record]]:
        found: dict[str, dict[str, Record]] = {}
        for host, record in records.items():
            found.setdefault(self.places[host].municipality, {})[host] = record
        return found

    def at(self, host: str) -> Municipality | None:
        """The municipality that a host belongs to."""
        return self.municipalities.get(self.places[host].municipality)

    def legacy_name(self, host: str) -> str | None:
        """The name that a switch has before its move, as its municipality's ``legacy.naming`` makes it.

        Raises:
            ValueError, LookupError, AttributeError: the naming is not sound.
        """
        home, place = self.at(host), self.places[host]
        if home is None or home.legacy is None:
            return None
        number = host.rsplit("-", 1)[-1]
        return home.legacy.naming.format(
            name=host, site=self.switches[host].site, number=number, role=place.role, municipality=home.name
        )

    def lost(self, field: str) -> set[str]:
        """Names in a mapping of the standard whose records could not be read: they are there all the same."""
        paths = (finding.subject.path for finding in self.findings)
        return {str(path[1]) for path in paths if len(path) > 1 and path[0] == field}

    def standard(self, municipality: str) -> Standard | None:
        """The standard of a municipality: that of its first switch."""
        return next((self.standards[host] for host in self.of(municipality) if host in self.standards), None)


def read(resolved: Mapping[str, Any]) -> Entries:
    """Read every host and municipality. Shape of ``resolved``: that of ``ansible-inventory --list``."""
    variables: dict[str, Variables] = resolved["_meta"]["hostvars"]
    entries = Entries(platforms=tuple(_children(resolved, "platforms")))
    names = [*_children(resolved, "municipalities"), CENTRE]
    _place(entries, resolved, variables, names)
    for name in names:
        hosts = entries.placed(name)
        if hosts:
            _read_municipality(entries, name, {host: variables[host] for host in hosts})
    standards: dict[tuple[int, ...], Standard | None] = {}
    for host, place in entries.places.items():
        mine = variables[host]
        model = SwitchEntry if place.role else ServerEntry
        known = {*model.model_fields, *MUNICIPALITY_KEYS, *STANDARD_KEYS}
        unknown = [key for key in mine if key not in known and not _free(key)]
        entries.findings += [
            judge_variable(host, (key,), "an unknown key", "a key that the model knows", nearest(key, known))
            for key in unknown
        ]
        said = _said(mine, tuple(model.model_fields), unknown)
        if place.role:
            switch, findings = validated(SwitchEntry, said, host, (), STAND_INS)
            entries.findings += findings
            if switch:
                entries.switches[host] = switch
            # Ansible's resolved values are shared between hosts, so the standard is read once, not 152 times.
            said = _said(mine, STANDARD_KEYS, unknown)
            mark = tuple(id(value) for value in said.values())
            if mark not in standards:
                standards[mark], findings = validated(Standard, said, host, (), STAND_INS)
                entries.findings += [_of_all(one) for one in findings]
            standard = standards[mark]
            if standard:
                entries.standards[host] = standard
        else:
            server, findings = validated(ServerEntry, said, host, (), STAND_INS)
            entries.findings += findings
            if server:
                entries.servers[host] = server
    return entries


def members(resolved: Mapping[str, Any], group: str) -> set[str]:
    """The hosts of a group and of the groups below it."""
    entry = resolved.get(group, {})
    hosts = set(entry.get("hosts", []))
    for child in entry.get("children", []):
        hosts |= members(resolved, child)
    return hosts


def numbers(span: str) -> range:
    """The ports of ``1-16`` or ``17``."""
    low, _, high = str(span).partition("-")
    return range(int(low), int(high or low) + 1)


def _children(resolved: Mapping[str, Any], group: str) -> list[str]:
    return list(resolved.get(group, {}).get("children", []))


def _free(key: str) -> bool:
    """Ansible's own variables, and those of roles (``<role>__…``), which their argument_specs check."""
    return key.startswith("ansible_") or "__" in key.strip("_")


def _said(mine: Variables, fields: tuple[str, ...], unknown: list[str]) -> dict[str, Any]:
    """The variables that are fields of a record; a field that is missing is looked for under a key nearly like it."""
    said = {key: mine[key] for key in fields if key in mine}
    for key in unknown:
        near = meant(key, [one for one in fields if one not in said])
        if near:
            said[near] = mine[key]
    return said


def _of_all(finding: Verdict[Variable]) -> Verdict[Variable]:
    """A standard's key that is nowhere is missing for all, not for the host that was read first."""
    is_missing = finding.actual == "nothing" and len(finding.subject.path) == 1
    return finding.about(replace(finding.subject, scope="all")) if is_missing else finding


def _place(entries: Entries, resolved: Mapping[str, Any], variables: Mapping[str, Variables], names: list[str]) -> None:
    """Where each host belongs; hosts that belong nowhere, or to two places, are reported and left out."""
    owners, roles, platforms, groups = (
        _memberships(resolved, some)
        for some in (names, list(ROLES), _children(resolved, "platforms"), _children(resolved, "servers"))
    )
    for host in sorted(variables):
        wrong = list(_misplaced(host, owners, roles, platforms, groups))
        if wrong:
            entries.misplaced[host] = tuple(owners.get(host, ()))
            entries.findings += [judge_variable(host, (), found, expected) for found, expected in wrong]
        else:
            role = next(iter(roles.get(host, ())), None)
            platform = next(iter(platforms.get(host, ())), None)
            entries.places[host] = Place(owners[host][0], role, platform, tuple(groups.get(host, ())))
    entries.findings = [_with_other_half(entries, one) for one in entries.findings]


def _with_other_half(entries: Entries, finding: Verdict[Variable]) -> Verdict[Variable]:
    """Of a name with a slip in it stand two halves: the slip in one group, the right one in the others."""
    owned = bool(entries.misplaced[finding.subject.scope])
    halves = [host for host, owners in entries.misplaced.items() if bool(owners) != owned]
    near = nearest(finding.subject.scope, halves) if finding.actual.startswith("no ") else ""
    return replace(finding, advice=near or NOWHERE.get(finding.actual, ""))


def _memberships(resolved: Mapping[str, Any], groups: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in groups:
        for host in members(resolved, group):
            found.setdefault(host, []).append(group)
    return found


def _misplaced(host: str, *memberships: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """What is wrong with the groups of a host: found, and expected."""
    owners, roles, platforms, groups = (some.get(host, []) for some in memberships)
    if len(owners) != 1:
        yield _list("municipality", owners), "one municipality"
        if not owners:
            return
    if groups and (roles or platforms):
        yield f"{_list('group', groups)} and {', '.join([*roles, *platforms])}", "either a server or a switch"
    elif not groups and not roles:
        yield "no role and no group of servers", f"{one_of(ROLES)}, or a group of servers"
    elif not groups and len(roles) != 1:
        yield _list("role", roles), "one role"
    elif not groups and len(platforms) != 1:
        yield _list("platform", platforms), "one platform"


def _list(noun: str, found: list[str]) -> str:
    return " and ".join(found) if found else f"no {noun}"


def _read_municipality(entries: Entries, name: str, hosts: Mapping[str, Variables]) -> None:
    """Read a municipality from the variables that its hosts have in common."""
    common = _common(entries, name, hosts)
    said = _said(common, MUNICIPALITY_KEYS, [key for key in common if key not in MUNICIPALITY_KEYS])
    links = said.pop("links", [])
    municipality, findings = validated(Municipality, {"name": name, **said}, name, (), STAND_INS)
    entries.findings += findings
    sites = said.get("sites")
    entries.sites[name] = {str(site) for site in sites} if isinstance(sites, dict) else set()
    entries.links[name] = {}
    if not isinstance(links, list):
        entries.findings.append(judge_variable(name, ("links",), shown(links), "a list of links"))
        entries.loose |= hosts.keys()
        links = []
    for number, one in enumerate(links):
        if not isinstance(one, dict):
            expected = "a cable such as {a: 'loppa-acc-01:49', b: 'loppa-core-01:1'}"
            entries.findings.append(judge_variable(name, ("links", number), shown(one), expected))
            entries.loose |= set(re.findall(r"([a-z0-9-]+):\d", str(one)))
            continue
        link, findings = validated(Link, one, name, ("links", number))
        entries.findings += findings
        if link:
            entries.links[name][number] = link
        else:
            entries.loose |= {str(end).rpartition(":")[0] or str(end) for end in one.values()}
    if municipality:
        entries.municipalities[name] = municipality.model_copy(update={"links": tuple(entries.links[name].values())})


def _common(entries: Entries, name: str, hosts: Mapping[str, Variables]) -> dict[str, Any]:
    """The municipality's variables; a host that has a value of its own for one of them is reported."""
    common: dict[str, Any] = {}
    keys = {key for mine in hosts.values() for key in mine if not _free(key)}
    for key in sorted(keys.difference(HOST_KEYS, HostEntry.model_fields, STANDARD_KEYS)):
        values = {id(mine[key]): mine[key] for mine in hosts.values() if key in mine}
        counted = Counter(id(mine[key]) for mine in hosts.values() if key in mine)
        common[key] = values[counted.most_common(1)[0][0]]
        if key in MUNICIPALITY_KEYS and len(values) > 1:
            entries.findings += [
                judge_variable(
                    host, (key,), "a value of its own", f"that of {name}", "this key belongs to a municipality"
                )
                for host, mine in hosts.items()
                if key in mine and mine[key] != common[key]
            ]
    return common
