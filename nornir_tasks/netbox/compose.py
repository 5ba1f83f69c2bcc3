"""From the rows of a NetBox export to what the inventory says of each municipality and host: pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from nornir_tasks.model.entries import ROLES
from nornir_tasks.model.finding import format_choices, suggest_nearest
from nornir_tasks.model.standard import Standard, SwitchModel
from nornir_tasks.netbox import rows
from nornir_tasks.netbox.cabling import Cabling
from nornir_tasks.netbox.read import Export, Line, words

MUNICIPALITY = "municipality"  # the role of a municipality's own prefix
FORMER = "deprecated"  # the status of an address from before the move


@dataclass
class Host:
    """What the inventory says of a host, and where NetBox says it: key to line and column."""

    municipality: str
    groups: tuple[str, ...]  # a switch: its role and platform; a server: those of servers
    line: Line[Any]
    said: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, tuple[Line[Any], str]] = field(default_factory=dict)
    site: str = ""
    model: SwitchModel | None = None  # of a switch

    def say(self, key: str, value: object, line: Line[Any], column: str) -> None:
        """Add a variable, with its place."""
        self.said[key], self.origins[key] = value, (line, column)


@dataclass
class Home:
    """What the inventory says of a municipality. ``links`` and ``cables`` are in one order."""

    line: Line[rows.Tenant]
    said: dict[str, Any]
    sites: dict[str, Line[rows.Site]] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)
    cables: list[Line[rows.Cable]] = field(default_factory=list)

    def follow(self, sites: object, links: object) -> None:
        """Sites and links in the order in which the inventory has them, new ones last; a cable has no direction."""
        first = list(sites) if isinstance(sites, dict) else []
        self.sites = dict(sorted(self.sites.items(), key=lambda one: _place(first, one[0])))
        known = [one for one in links if isinstance(one, dict)] if isinstance(links, list) else []
        ends = [{one.get("a"), one.get("b")} for one in known]
        both = list(zip(self.links, self.cables, strict=True))
        both.sort(key=lambda one: _place(ends, {one[0]["a"], one[0]["b"]}))
        self.cables = [cable for _, cable in both]
        self.links = []
        for link, _ in both:
            place = _place(ends, {link["a"], link["b"]})
            here = {key: known[place][key] for key in ("a", "b")} if place < len(ends) else {}
            self.links.append({**link, **here})


def _place(known: Sequence[object], one: object) -> int:
    return known.index(one) if one in known else len(known)


@dataclass
class Draft:
    """Everything, by name. With problems it is good for nothing but finding more of them."""

    homes: dict[str, Home] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)


def compose(export: Export, standard: Standard, groups: Sequence[str]) -> Draft:
    """Put the rows together; what does not fit is added to the export's problems.

    Args:
        groups: those of servers that the group tree has.
    """
    draft = Draft()
    export.lost |= {("devices", name) for table, name in export.lost if table == "virtual_machines"}
    tenants = _homes(export, draft)
    sites = _sites(export, draft, tenants)
    _prefixes(export, draft, tenants)
    for device in export.devices:
        _device(export, draft, device, standard, groups, sites, tenants)
    for machine in export.virtual_machines:
        _machine(export, draft, machine, groups, sites, tenants)
    _addresses(export, draft)
    _states(export)
    Cabling(export, draft.hosts, standard).lay(
        {name: (home.links, home.cables) for name, home in draft.homes.items()}, tenants
    )
    return draft


def _homes(export: Export, draft: Draft) -> dict[str, str]:
    """The municipalities. Shape: a tenant's name to the municipality's."""
    names: dict[str, str] = {}
    numbered = [line for line in export.tenants if line.record.cf_municipality_number is not None]
    for line in _single(export, numbered, "name", lambda line: line.record.name):
        one = line.record
        if one.slug in draft.homes:
            export.problems.append(line.problem("slug", one.slug, "a slug that no other tenant has"))
            export.lost.add(("tenants", one.name))
            continue
        names[one.name] = one.slug
        draft.homes[one.slug] = Home(line, {"label": one.name, "number": one.cf_municipality_number})
    if not draft.homes and not export.problems:
        export.notes.append("no tenant has a municipality number: nothing belongs to anybody")
    return names


def _sites(export: Export, draft: Draft, tenants: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Sites. Shape: a site's name to its municipality and its key."""
    found: dict[str, tuple[str, str]] = {}
    for line in _single(export, export.sites, "name", lambda line: line.record.name):
        one = line.record
        home = _known(
            export, line, "tenant", one.tenant, tenants, "a municipality's tenant (one with a number)", "tenants"
        )
        if home is None:
            export.lost.add(("sites", one.name))
            continue
        if one.slug in draft.homes[home].sites:
            export.problems.append(line.problem("slug", one.slug, "a slug that no other site has"))
            export.lost.add(("sites", one.name))
            continue
        found[one.name] = (home, one.slug)
        draft.homes[home].sites[one.slug] = line
    return found


def _prefixes(export: Export, draft: Draft, tenants: Mapping[str, str]) -> None:
    for line in export.prefixes:
        if line.record.role != MUNICIPALITY:
            continue
        name = _known(export, line, "tenant", line.record.tenant, tenants, "a municipality's tenant", "tenants")
        if name is None:
            continue
        said = draft.homes[name].said
        if "prefix" in said:
            export.problems.append(
                line.problem("prefix", line.record.prefix, f"one prefix of the role {MUNICIPALITY} for {name}")
            )
        said.setdefault("prefix", str(line.record.prefix))
    for home in draft.homes.values():
        if "prefix" not in home.said and export.whole("prefixes"):
            expected = f"one of the role {MUNICIPALITY} among the prefixes"
            export.problems.append(home.line.problem("name", words(f"no prefix of {home.line.record.name}"), expected))


def _device(
    export: Export,
    draft: Draft,
    line: Line[rows.Device],
    standard: Standard,
    groups: Sequence[str],
    sites: Mapping[str, tuple[str, str]],
    tenants: Mapping[str, str],
) -> None:
    one = line.record
    at = _known(export, line, "site", one.site, sites, "a site among the sites", "sites")
    if not _new(export, draft, line) or at is None:
        export.lost.add(("devices", one.name))
        return
    home, site = at
    _same(export, line, home, tenants)
    if one.role not in ROLES:
        draft.hosts[one.name] = Host(home, _groups(export, line, groups), line, site=site)
        return
    model = standard.switch_models.get(one.device_type)
    if model is None:
        expected = f"a model among the standard's switch_models: {format_choices(standard.switch_models)}"
        advice = suggest_nearest(one.device_type, standard.switch_models)
        export.problems.append(line.problem("device_type", one.device_type, expected, advice))
    elif one.platform not in ("", model.platform):
        export.problems.append(
            line.problem("platform", one.platform, f"{model.platform}, which a {one.device_type} has")
        )
        model = None
    if model is None:
        export.lost.add(("devices", one.name))
        return
    host = Host(home, (one.role, model.platform), line, site=site, model=model)
    host.say("site", site, line, "site")
    host.say("model", one.device_type, line, "device_type")
    draft.hosts[one.name] = host


def _machine(
    export: Export,
    draft: Draft,
    line: Line[rows.VirtualMachine],
    groups: Sequence[str],
    sites: Mapping[str, tuple[str, str]],
    tenants: Mapping[str, str],
) -> None:
    one = line.record
    hypervisor = _known(export, line, "device", one.device, draft.hosts, "a device among the devices", "devices")
    if not _new(export, draft, line) or hypervisor is None:
        export.lost.add(("devices", one.name))
        return
    home, site = tenants.get(one.tenant, hypervisor.municipality), hypervisor.site
    if one.site:
        home, site = _known(export, line, "site", one.site, sites, "a site among the sites", "sites") or (home, site)
        _same(export, line, home, tenants)
    host = Host(home, _groups(export, line, groups), line, site=site)
    host.say("runs_on", one.device, line, "device")
    draft.hosts[one.name] = host


def _same(export: Export, line: Line[Any], home: str, tenants: Mapping[str, str]) -> None:
    """Whether a host is of the municipality that its site is of."""
    tenant = line.record.tenant
    if tenant and tenants.get(tenant) != home and not export.lacks("tenants", tenant):
        label = next(name for name, slug in tenants.items() if slug == home)
        export.problems.append(line.problem("tenant", tenant, f"{label}, whose site {line.record.site} is, or nothing"))


def _groups(export: Export, line: Line[Any], groups: Sequence[str]) -> tuple[str, ...]:
    """A server's groups: its role, and its tags as far as they are groups."""
    one = line.record
    known = {group: group for group in groups}
    expected = f"a role of switches ({', '.join(ROLES)}) or a group of servers"
    role = _known(export, line, "role", one.role, known, expected)
    tags = [group for group in groups if group in one.tags and group != role]
    return tuple([role, *tags] if role else tags)


def _states(export: Export) -> None:
    """The inventory has no states: what is planned or gone in NetBox is taken as what is there, and that is told."""
    tables: dict[str, list[Line[Any]]] = {
        "sites": [*export.sites],
        "devices": [*export.devices],
        "virtual machines": [*export.virtual_machines],
        "cables": [*export.cables],
    }
    for noun, lines in tables.items():
        others = [line for line in lines if line.record.status not in ("active", "connected")]
        said = [
            f"{getattr(one.record, 'name', f'line {one.number}')} ({ascii(one.record.status)[1:-1]})" for one in others
        ]
        if said:
            export.notes.append(f"{noun} that are taken as if they were active: {', '.join(said)}")


def _addresses(export: Export, draft: Draft) -> None:
    """The address of each host, and a switch's former one."""
    taken: dict[tuple[str, IPv4Address], Line[rows.Address]] = {}
    for line in export.ip_addresses:
        one = line.record
        name = one.device or one.virtual_machine
        if not name:
            continue
        column = "device" if one.device else "virtual_machine"
        expected = "a device or virtual machine of the export"
        host = _known(export, line, column, name, draft.hosts, expected, "devices")
        if host is None:
            continue
        first = taken.setdefault((host.municipality if one.status == FORMER else "", one.address.ip), line)
        if first is not line:
            export.lost.add(("ip_addresses", ""))
            expected = f"an address that nobody else has; line {first.number} has it"
            export.problems.append(line.problem("address", one.address, expected))
        elif one.status == FORMER and host.model:
            _address(export, host, "legacy_address", one.address.ip, line, "address")
        elif one.is_primary:
            _address(export, host, "address", one.address.ip, line, "address")
    for host in draft.hosts.values():
        primary = host.line.record.primary_ip4 or host.line.record.primary_ip
        if "address" not in host.said and primary:
            host.say("address", str(primary.ip), host.line, "primary_ip4")
        elif "address" not in host.said and export.whole("ip_addresses"):
            expected = "one that is_primary among the IP addresses, or an IPv4 Address here"
            export.problems.append(host.line.problem("name", words("no primary address"), expected))


def _address(export: Export, host: Host, key: str, ip: IPv4Address, line: Line[Any], column: str) -> None:
    if key in host.said:
        kind = "primary" if key == "address" else FORMER
        export.problems.append(line.problem(column, ip, f"one {kind} address a host; {host.said[key]} is it already"))
        return
    host.say(key, str(ip), line, column)


def _new(export: Export, draft: Draft, line: Line[Any]) -> bool:
    first = draft.hosts.get(line.record.name)
    if first:
        where = f"line {first.line.number} of {first.line.file} has it"
        export.problems.append(line.problem("name", line.record.name, f"a name that no other host has; {where}"))
    return first is None


def _single(
    export: Export, lines: Iterable[Line[Any]], column: str, key: Callable[[Line[Any]], str]
) -> list[Line[Any]]:
    """The lines whose key no line before them has; the others are problems."""
    first: dict[str, Line[Any]] = {}
    for line in lines:
        if first.setdefault(key(line), line) is not line:
            expected = f"a name that no other line has; line {first[key(line)].number} has it"
            export.problems.append(line.problem(column, key(line), expected))
    return list(first.values())


def _known(
    export: Export, line: Line[Any], column: str, word: str, known: Mapping[str, Any], expected: str, table: str = ""
) -> Any:
    """What a name stands for; None if it stands for nothing, and a problem if it is no name that was lost."""
    if word not in known and not export.lacks(table, word):
        export.problems.append(line.problem(column, word, expected, suggest_nearest(word, known)))
        if table:
            export.lost.add((table, word))  # told once
    return known.get(word)
