"""What the inventory says of each host and municipality, typed record by record; not yet joined to a region."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar

from pydantic import Field

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.fields import Address, Frozen, Text, Word
from nornir_tasks.model.finding import (
    Path,
    Variable,
    find_meant_word,
    format_choices,
    format_value,
    judge_variable,
    suggest_nearest,
)
from nornir_tasks.model.municipality import Link, Municipality
from nornir_tasks.model.standard import Standard
from nornir_tasks.model.words import FORMER_KEYS, validate_record

ROLES = ("core", "access", "leaf", "spine")
CENTRE = "operations_centre"
MUNICIPALITY_KEYS = tuple(key for key in Municipality.model_fields if key != "name")
STANDARD_KEYS = tuple(Standard.model_fields)

Span = Annotated[str, Field(pattern=r"^\d{1,3}(-\d{1,3})?$")]
Socket = Annotated[str, Field(pattern=r"^[a-z0-9-]+:\d+$")]
HOST_KEYS = (
    *("address", "site", "model", "legacy_address", "ports", "attached", "runs_on"),
    *("os", "runs", "run_by"),
)
TcpPort = Annotated[int, Field(ge=1, le=65535)]
Variables = Mapping[str, Any]
Record = TypeVar("Record")
# A value that no check objects to, for each field whose own value cannot be read: the other fields are still checked.
STAND_INS: Variables = {
    "domain": "invalid",  # of RFC 2606
    **dict.fromkeys(("banner", "label", "allowed_signers"), "-"),
    "timezone": "UTC",
    **dict.fromkeys(("time_servers", "name_servers", "log_servers", "dhcp_servers", "control_nodes", "accounts"), ()),
    **dict.fromkeys(("management_networks", "freeze_days", "credentials_command", "waivers"), ()),
    **dict.fromkeys(("soak_seconds", "backup_max_age_seconds"), 0),
    **{key: {} for key in ("common_services", "destinations", "exits", "administrators")},
    "confirm_seconds": 60,
    "mbps_per_client": 1,
    "change_window": {"days": ("mon",), "start": "00:00", "end": "24:00"},
    "ansible_host": None,
    "ansible_port": 22,
    "eapi_port": 443,
}


MISPLACED_ADVICE = {
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
    legacy_address: Address | None = None  # in the old network, until that goes
    attached: Socket | None = None  # the switch port it hangs on: loppa-core-01:11
    runs_on: str | None = None  # the hypervisor of a virtual server
    os: Text | None = None  # its operating system
    runs: Text | None = None  # what runs there, where no application or common service says it
    run_by: Text | None = None  # a supplier who runs it; without one its municipality does, or the centre its own
    ansible_user: str | None = None  # who logs in on its first day, before the centre's account is there
    ansible_ssh_private_key_file: str | None = None  # whose key logs in
    ansible_ssh_common_args: str | None = None  # further words for ssh(1)


@dataclass(frozen=True)
class HostPlace:
    """Where a host belongs, by the groups that it is in."""

    municipality: str
    role: str | None = None  # of a switch
    platform: str | None = None  # of a switch
    groups: tuple[str, ...] = ()  # of a server


@dataclass
class Entries:
    """Every record of the inventory. With findings, it lacks what could not be read, and only checks may use it."""

    places: dict[str, HostPlace] = field(default_factory=dict)
    municipalities: dict[str, Municipality] = field(default_factory=dict)
    links: dict[str, dict[int, Link]] = field(default_factory=dict)  # municipality, number in its list
    sites: dict[str, set[str]] = field(default_factory=dict)  # names, also of sites that could not be read
    switches: dict[str, SwitchEntry] = field(default_factory=dict)
    servers: dict[str, ServerEntry] = field(default_factory=dict)
    standards: dict[str, Standard] = field(default_factory=dict)  # of each switch
    platforms: tuple[str, ...] = ()
    misplaced: dict[str, tuple[str, ...]] = field(default_factory=dict)  # in the wrong groups; their municipalities
    half_cabled: set[str] = field(default_factory=set)  # switches at one end of a link that could not be read
    findings: list[Verdict[Variable]] = field(default_factory=list)
    # By municipality, with the number of hosts grouped: the checks ask for each of 10,000 hosts, so group them once.
    _switches: tuple[int, dict[str, dict[str, SwitchEntry]]] = (0, {})
    _places: tuple[int, dict[str, dict[str, HostPlace]]] = (0, {})

    def find_switches(self, municipality: str) -> Mapping[str, SwitchEntry]:
        """The switches of one municipality."""
        if self._switches[0] != len(self.switches):
            self._switches = (len(self.switches), self._group_by_municipality(self.switches))
        return self._switches[1].get(municipality, {})

    def find_places(self, municipality: str) -> Mapping[str, HostPlace]:
        """The hosts of one municipality, and where in it they belong."""
        if self._places[0] != len(self.places):
            self._places = (len(self.places), self._group_by_municipality(self.places))
        return self._places[1].get(municipality, {})

    def _group_by_municipality(self, records: Mapping[str, Record]) -> dict[str, dict[str, Record]]:
        by_municipality: dict[str, dict[str, Record]] = {}
        for host, record in records.items():
            by_municipality.setdefault(self.places[host].municipality, {})[host] = record
        return by_municipality

    def find_municipality(self, host: str) -> Municipality | None:
        """The municipality that a host belongs to."""
        return self.municipalities.get(self.places[host].municipality)

    def make_legacy_name(self, host: str) -> str | None:
        """The name that a switch has before its move, as its municipality's ``legacy.naming`` makes it.

        Raises:
            ValueError, LookupError, AttributeError: the naming is not sound.
        """
        municipality, place = self.find_municipality(host), self.places[host]
        if municipality is None or municipality.legacy is None:
            return None
        number = host.rsplit("-", 1)[-1]
        return municipality.legacy.naming.format(
            name=host, site=self.switches[host].site, number=number, role=place.role, municipality=municipality.name
        )

    def find_attached_switch(self, host: str) -> str | None:
        """The switch that a server hangs on, by its own cable or its hypervisor's; None: nothing says it."""
        server = self.servers[host]
        carrier = self.servers.get(server.runs_on) if server.runs_on else server
        return carrier.attached.rpartition(":")[0] if carrier and carrier.attached else None

    def find_unread_names(self, field: str) -> set[str]:
        """Names in a mapping of the standard whose records could not be read: they are there all the same."""
        paths = (finding.subject.path for finding in self.findings)
        return {str(path[1]) for path in paths if len(path) > 1 and path[0] == field}

    def list_unread_keys(self, scope: str, path: Path) -> set[str]:
        """Keys of a mapping of a host or group whose records could not be read: they are there all the same."""
        paths = (finding.subject.path for finding in self.findings if finding.subject.scope == scope)
        return {str(each[len(path)]) for each in paths if len(each) > len(path) and each[: len(path)] == path}

    def find_standard(self, municipality: str) -> Standard | None:
        """The standard of a municipality: that of its first switch."""
        return next((self.standards[host] for host in self.find_switches(municipality) if host in self.standards), None)


def read_entries(resolved: Mapping[str, Any]) -> Entries:
    """Every host and municipality, with findings. Shape of ``resolved``: that of ``ansible-inventory --list``."""
    variables: dict[str, Variables] = resolved["_meta"]["hostvars"]
    entries = Entries(platforms=tuple(_list_children(resolved, "platforms")))
    names = [*_list_children(resolved, "municipalities"), CENTRE]
    _place_hosts(entries, resolved, variables, names)
    for name in names:
        hosts = entries.find_places(name)
        if hosts:
            _read_municipality(entries, name, {host: variables[host] for host in hosts})
    standards: dict[tuple[int, ...], Standard | None] = {}
    for host, place in entries.places.items():
        host_variables = variables[host]
        model = SwitchEntry if place.role else ServerEntry
        known_keys = {*model.model_fields, *MUNICIPALITY_KEYS, *STANDARD_KEYS}
        unknown_keys = [key for key in host_variables if key not in known_keys and not _is_outside_model(key)]
        entries.findings += [
            judge_variable(
                host,
                (key,),
                "an unknown key",
                "a key that the model knows",
                FORMER_KEYS.get(key) or suggest_nearest(key, known_keys),
            )
            for key in unknown_keys
        ]
        record = _pick_fields(host_variables, tuple(model.model_fields), unknown_keys)
        if place.role:
            switch, findings = validate_record(SwitchEntry, record, host, (), STAND_INS)
            entries.findings += findings
            if switch:
                entries.switches[host] = switch
            # Hosts share Ansible's resolved values, so the standard is read once, not 152 times.
            record = _pick_fields(host_variables, STANDARD_KEYS, unknown_keys)
            value_ids = tuple(id(value) for value in record.values())
            if value_ids not in standards:
                standards[value_ids], findings = validate_record(Standard, record, host, (), STAND_INS)
                entries.findings += [_scope_to_all(finding) for finding in findings]
            standard = standards[value_ids]
            if standard:
                entries.standards[host] = standard
        else:
            server, findings = validate_record(ServerEntry, record, host, (), STAND_INS)
            entries.findings += findings
            if server:
                entries.servers[host] = server
    return entries


def find_group_hosts(resolved: Mapping[str, Any], group: str) -> set[str]:
    """The hosts of a group and of the groups below it."""
    group_entry = resolved.get(group, {})
    hosts = set(group_entry.get("hosts", []))
    for child in group_entry.get("children", []):
        hosts |= find_group_hosts(resolved, child)
    return hosts


def expand_port_range(port_range: str) -> range:
    """The ports of ``1-16`` or ``17``."""
    first, _, last = str(port_range).partition("-")
    return range(int(first), int(last or first) + 1)


def _list_children(resolved: Mapping[str, Any], group: str) -> list[str]:
    return list(resolved.get(group, {}).get("children", []))


def _is_outside_model(key: str) -> bool:
    """Ansible's own variables, and those of roles (``<role>__…``), which their argument_specs check."""
    return key.startswith("ansible_") or "__" in key.strip("_")


def _pick_fields(variables: Variables, fields: tuple[str, ...], unknown_keys: list[str]) -> dict[str, Any]:
    """The variables that are fields of a record; a missing field is filled from the unknown key nearest to its name."""
    record = {key: variables[key] for key in fields if key in variables}
    for key in unknown_keys:
        meant_field = find_meant_word(key, [field for field in fields if field not in record])
        if meant_field:
            record[meant_field] = variables[key]
    return record


def _scope_to_all(finding: Verdict[Variable]) -> Verdict[Variable]:
    """The finding; of a missing key of the standard it is about ``all``, not about the host that was read first."""
    is_missing = finding.actual == "nothing" and len(finding.subject.path) == 1
    return finding.about(replace(finding.subject, scope="all")) if is_missing else finding


def _place_hosts(
    entries: Entries, resolved: Mapping[str, Any], variables: Mapping[str, Variables], names: list[str]
) -> None:
    """Fill in where each host belongs; hosts that belong nowhere, or to two places, are reported and left out."""
    owners, roles, platforms, groups = (
        _map_memberships(resolved, group_names)
        for group_names in (
            names,
            list(ROLES),
            _list_children(resolved, "platforms"),
            _list_children(resolved, "servers"),
        )
    )
    for host in sorted(variables):
        mismatches = list(_find_misplacements(host, owners, roles, platforms, groups))
        if mismatches:
            entries.misplaced[host] = tuple(owners.get(host, ()))
            entries.findings += [judge_variable(host, (), actual, expected) for actual, expected in mismatches]
        else:
            role = next(iter(roles.get(host, ())), None)
            platform = next(iter(platforms.get(host, ())), None)
            entries.places[host] = HostPlace(owners[host][0], role, platform, tuple(groups.get(host, ())))
    entries.findings = [_advise_other_half(entries, finding) for finding in entries.findings]


def _advise_other_half(entries: Entries, finding: Verdict[Variable]) -> Verdict[Variable]:
    """The finding with advice: a mistyped host name makes two hosts, each in only some of the groups."""
    has_owner = bool(entries.misplaced[finding.subject.scope])
    halves = [host for host, owners in entries.misplaced.items() if bool(owners) != has_owner]
    advice = suggest_nearest(finding.subject.scope, halves) if finding.actual.startswith("no ") else ""
    return replace(finding, advice=advice or MISPLACED_ADVICE.get(finding.actual, ""))


def _map_memberships(resolved: Mapping[str, Any], groups: list[str]) -> dict[str, list[str]]:
    memberships: dict[str, list[str]] = {}
    for group in groups:
        for host in find_group_hosts(resolved, group):
            memberships.setdefault(host, []).append(group)
    return memberships


def _find_misplacements(host: str, *memberships: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """What is wrong with the groups of a host. Shape: found, expected."""
    owners, roles, platforms, groups = (membership.get(host, []) for membership in memberships)
    if len(owners) != 1:
        yield _join_groups("municipality", owners), "one municipality"
        if not owners:
            return
    if groups and (roles or platforms):
        yield f"{_join_groups('group', groups)} and {', '.join([*roles, *platforms])}", "either a server or a switch"
    elif not groups and not roles:
        yield "no role and no group of servers", f"{format_choices(ROLES)}, or a group of servers"
    elif not groups and len(roles) != 1:
        yield _join_groups("role", roles), "one role"
    elif not groups and len(platforms) != 1:
        yield _join_groups("platform", platforms), "one platform"


def _join_groups(noun: str, groups: list[str]) -> str:
    return " and ".join(groups) if groups else f"no {noun}"


def _read_municipality(entries: Entries, name: str, hosts: Mapping[str, Variables]) -> None:
    """Read a municipality from the variables that its hosts have in common."""
    common = _find_common_variables(entries, name, hosts)
    record = _pick_fields(common, MUNICIPALITY_KEYS, [key for key in common if key not in MUNICIPALITY_KEYS])
    links = record.pop("links", [])
    municipality, findings = validate_record(Municipality, {"name": name, **record}, name, (), STAND_INS)
    entries.findings += findings
    sites = record.get("sites")
    entries.sites[name] = {str(site) for site in sites} if isinstance(sites, dict) else set()
    entries.links[name] = {}
    if not isinstance(links, list):
        entries.findings.append(judge_variable(name, ("links",), format_value(links), "a list of links"))
        entries.half_cabled |= hosts.keys()
        links = []
    for index, entry in enumerate(links):
        if not isinstance(entry, dict):
            expected = "a cable such as {a: 'loppa-acc-01:49', b: 'loppa-core-01:1'}"
            entries.findings.append(judge_variable(name, ("links", index), format_value(entry), expected))
            entries.half_cabled |= set(re.findall(r"([a-z0-9-]+):\d", str(entry)))
            continue
        link, findings = validate_record(Link, entry, name, ("links", index))
        entries.findings += findings
        if link:
            entries.links[name][index] = link
        else:
            entries.half_cabled |= {str(end).rpartition(":")[0] or str(end) for end in entry.values()}
    if municipality:
        entries.municipalities[name] = municipality.model_copy(update={"links": tuple(entries.links[name].values())})


def _find_common_variables(entries: Entries, name: str, hosts: Mapping[str, Variables]) -> dict[str, Any]:
    """The municipality's variables; a host that has a value of its own for one of them is reported."""
    common: dict[str, Any] = {}
    keys = {key for host_variables in hosts.values() for key in host_variables if not _is_outside_model(key)}
    for key in sorted(keys.difference(HOST_KEYS, HostEntry.model_fields, STANDARD_KEYS)):
        values = {
            id(host_variables[key]): host_variables[key] for host_variables in hosts.values() if key in host_variables
        }
        counts = Counter(id(host_variables[key]) for host_variables in hosts.values() if key in host_variables)
        common[key] = values[counts.most_common(1)[0][0]]
        if key in MUNICIPALITY_KEYS and len(values) > 1:
            entries.findings += [
                judge_variable(
                    host, (key,), "a value of its own", f"that of {name}", "this key belongs to a municipality"
                )
                for host, host_variables in hosts.items()
                if key in host_variables and host_variables[key] != common[key]
            ]
    return common
