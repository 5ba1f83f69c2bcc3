"""The draft of the inventory's variables, by municipality and host, from the rows of a NetBox export: pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from nornir_tasks.model.entries import ROLES
from nornir_tasks.model.finding import format_choices, suggest_nearest
from nornir_tasks.model.standard import Standard, SwitchModel
from nornir_tasks.netbox import rows
from nornir_tasks.netbox.cabling import CablingReader
from nornir_tasks.netbox.read import Export, ExportLine, mark_unquoted

MUNICIPALITY = "municipality"  # the role of a municipality's own prefix
FORMER = "deprecated"  # the status of an address from before the move


@dataclass
class HostDraft:
    """A host's variables in the inventory, and where NetBox says each: key to line and column."""

    municipality: str
    groups: tuple[str, ...]  # a switch: its role and platform; a server: those of servers
    line: ExportLine[Any]
    variables: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, tuple[ExportLine[Any], str]] = field(default_factory=dict)
    site: str = ""
    model: SwitchModel | None = None  # of a switch

    def set_variable(self, key: str, value: object, line: ExportLine[Any], column: str) -> None:
        """Add a variable, with its place in the export.

        Args:
            key: the variable's name in the inventory.
            value: as the inventory has it: text, or a plain value.
            line: the line that says it.
            column: the line's column that says it, for a problem.
        """
        self.variables[key], self.origins[key] = value, (line, column)


@dataclass
class MunicipalityDraft:
    """A municipality's variables in the inventory. ``links`` and ``cables`` are in the same order."""

    line: ExportLine[rows.TenantRow]
    variables: dict[str, Any]
    sites: dict[str, ExportLine[rows.SiteRow]] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)
    cables: list[ExportLine[rows.CableRow]] = field(default_factory=list)

    def follow_order(self, sites: object, links: object) -> None:
        """Sort sites and links as the inventory has them, new ones last; a cable has no direction."""
        site_order = list(sites) if isinstance(sites, dict) else []
        self.sites = dict(sorted(self.sites.items(), key=lambda site: _find_place(site_order, site[0])))
        old_links = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
        ends = [{link.get("a"), link.get("b")} for link in old_links]
        pairs = list(zip(self.links, self.cables, strict=True))
        pairs.sort(key=lambda pair: _find_place(ends, {pair[0]["a"], pair[0]["b"]}))
        self.cables = [cable for _, cable in pairs]
        self.links = []
        for link, _ in pairs:
            place = _find_place(ends, {link["a"], link["b"]})
            # NetBox has no place for a line; which end comes first it does not say.
            old_link = old_links[place] if place < len(ends) else {}
            self.links.append({**link, **{key: old_link[key] for key in ("a", "b", "line") if key in old_link}})


def _find_place(order: Sequence[object], entry: object) -> int:
    return order.index(entry) if entry in order else len(order)


@dataclass
class Draft:
    """Everything, by name. If the export has problems, use it only to find more of them."""

    municipalities: dict[str, MunicipalityDraft] = field(default_factory=dict)
    hosts: dict[str, HostDraft] = field(default_factory=dict)


def compose(export: Export, standard: Standard, groups: Sequence[str]) -> Draft:
    """The draft of the inventory that the rows make; what does not fit is added to the export's problems.

    Args:
        export: as ``read_export`` read it; its problems, notes and lost names are added to.
        standard: of the inventory that is imported into: models, zones, port profiles.
        groups: the groups of servers that the group tree has.
    """
    draft = Draft()
    export.lost |= {("devices", name) for table, name in export.lost if table == "virtual_machines"}
    tenants = _add_municipalities(export, draft)
    sites = _add_sites(export, draft, tenants)
    _add_prefixes(export, draft, tenants)
    for device in export.devices:
        _add_device(export, draft, device, standard, groups, sites, tenants)
    for machine in export.virtual_machines:
        _add_virtual_machine(export, draft, machine, groups, sites, tenants)
    _add_addresses(export, draft)
    _note_states(export)
    CablingReader(export, draft.hosts, standard).make_links(
        {name: (municipality.links, municipality.cables) for name, municipality in draft.municipalities.items()},
        tenants,
    )
    return draft


def _add_municipalities(export: Export, draft: Draft) -> dict[str, str]:
    """Add the municipalities to the draft. Returns a tenant's name to the municipality's."""
    names: dict[str, str] = {}
    numbered = [line for line in export.tenants if line.record.cf_municipality_number is not None]
    for line in _drop_duplicates(export, numbered, "name", lambda line: line.record.name):
        tenant = line.record
        if tenant.slug in draft.municipalities:
            export.problems.append(line.make_problem("slug", tenant.slug, "a slug that no other tenant has"))
            export.lost.add(("tenants", tenant.name))
            continue
        names[tenant.name] = tenant.slug
        draft.municipalities[tenant.slug] = MunicipalityDraft(
            line, {"label": tenant.name, "number": tenant.cf_municipality_number}
        )
    if not draft.municipalities and not export.problems:
        export.notes.append("no tenant has a municipality number: nothing belongs to anybody")
    return names


def _add_sites(export: Export, draft: Draft, tenants: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Add the sites to the draft. Returns a site's name to its municipality and its key."""
    sites: dict[str, tuple[str, str]] = {}
    for line in _drop_duplicates(export, export.sites, "name", lambda line: line.record.name):
        site = line.record
        municipality = _look_up(
            export, line, "tenant", site.tenant, tenants, "a municipality's tenant (one with a number)", "tenants"
        )
        if municipality is None:
            export.lost.add(("sites", site.name))
            continue
        if site.slug in draft.municipalities[municipality].sites:
            export.problems.append(line.make_problem("slug", site.slug, "a slug that no other site has"))
            export.lost.add(("sites", site.name))
            continue
        sites[site.name] = (municipality, site.slug)
        draft.municipalities[municipality].sites[site.slug] = line
    return sites


def _add_prefixes(export: Export, draft: Draft, tenants: Mapping[str, str]) -> None:
    for line in export.prefixes:
        if line.record.role != MUNICIPALITY:
            continue
        name = _look_up(export, line, "tenant", line.record.tenant, tenants, "a municipality's tenant", "tenants")
        if name is None:
            continue
        variables = draft.municipalities[name].variables
        if "prefix" in variables:
            export.problems.append(
                line.make_problem("prefix", line.record.prefix, f"one prefix of the role {MUNICIPALITY} for {name}")
            )
        variables.setdefault("prefix", str(line.record.prefix))
    for municipality in draft.municipalities.values():
        if "prefix" not in municipality.variables and export.is_whole("prefixes"):
            expected = f"one of the role {MUNICIPALITY} among the prefixes"
            export.problems.append(
                municipality.line.make_problem(
                    "name", mark_unquoted(f"no prefix of {municipality.line.record.name}"), expected
                )
            )


def _add_device(
    export: Export,
    draft: Draft,
    line: ExportLine[rows.DeviceRow],
    standard: Standard,
    groups: Sequence[str],
    sites: Mapping[str, tuple[str, str]],
    tenants: Mapping[str, str],
) -> None:
    device = line.record
    place = _look_up(export, line, "site", device.site, sites, "a site among the sites", "sites")
    if not _is_new_host(export, draft, line) or place is None:
        export.lost.add(("devices", device.name))
        return
    municipality, site = place
    _check_municipality(export, line, municipality, tenants)
    if device.role not in ROLES:
        draft.hosts[device.name] = HostDraft(municipality, _find_groups(export, line, groups), line, site=site)
        return
    model = standard.switch_models.get(device.device_type)
    if model is None:
        expected = f"a model among the standard's switch_models: {format_choices(standard.switch_models)}"
        advice = suggest_nearest(device.device_type, standard.switch_models)
        export.problems.append(line.make_problem("device_type", device.device_type, expected, advice))
    elif device.platform not in ("", model.platform):
        export.problems.append(
            line.make_problem("platform", device.platform, f"{model.platform}, which a {device.device_type} has")
        )
        model = None
    if model is None:
        export.lost.add(("devices", device.name))
        return
    host = HostDraft(municipality, (device.role, model.platform), line, site=site, model=model)
    host.set_variable("site", site, line, "site")
    host.set_variable("model", device.device_type, line, "device_type")
    draft.hosts[device.name] = host


def _add_virtual_machine(
    export: Export,
    draft: Draft,
    line: ExportLine[rows.VirtualMachineRow],
    groups: Sequence[str],
    sites: Mapping[str, tuple[str, str]],
    tenants: Mapping[str, str],
) -> None:
    machine = line.record
    hypervisor = _look_up(export, line, "device", machine.device, draft.hosts, "a device among the devices", "devices")
    if not _is_new_host(export, draft, line) or hypervisor is None:
        export.lost.add(("devices", machine.name))
        return
    municipality, site = tenants.get(machine.tenant, hypervisor.municipality), hypervisor.site
    if machine.site:
        municipality, site = _look_up(export, line, "site", machine.site, sites, "a site among the sites", "sites") or (
            municipality,
            site,
        )
        _check_municipality(export, line, municipality, tenants)
    host = HostDraft(municipality, _find_groups(export, line, groups), line, site=site)
    host.set_variable("runs_on", machine.device, line, "device")
    draft.hosts[machine.name] = host


def _check_municipality(export: Export, line: ExportLine[Any], municipality: str, tenants: Mapping[str, str]) -> None:
    """Add a problem if a host's tenant is not the municipality of its site."""
    tenant = line.record.tenant
    if tenant and tenants.get(tenant) != municipality and not export.is_lost("tenants", tenant):
        label = next(name for name, slug in tenants.items() if slug == municipality)
        export.problems.append(
            line.make_problem("tenant", tenant, f"{label}, whose site {line.record.site} is, or nothing")
        )


def _find_groups(export: Export, line: ExportLine[Any], groups: Sequence[str]) -> tuple[str, ...]:
    """A server's groups: its role, and its tags as far as they are groups."""
    record = line.record
    group_names = {group: group for group in groups}
    expected = f"a role of switches ({', '.join(ROLES)}) or a group of servers"
    role = _look_up(export, line, "role", record.role, group_names, expected)
    tags = [group for group in groups if group in record.tags and group != role]
    return tuple([role, *tags] if role else tags)


def _note_states(export: Export) -> None:
    """Note what is not active in NetBox: the inventory has no states, so it is taken as active."""
    tables: dict[str, list[ExportLine[Any]]] = {
        "sites": [*export.sites],
        "devices": [*export.devices],
        "virtual machines": [*export.virtual_machines],
        "cables": [*export.cables],
    }
    for noun, lines in tables.items():
        inactive = [line for line in lines if line.record.status not in ("active", "connected")]
        names = [
            f"{getattr(line.record, 'name', f'line {line.number}')} ({ascii(line.record.status)[1:-1]})"
            for line in inactive
        ]
        if names:
            export.notes.append(f"{noun} that are taken as if they were active: {', '.join(names)}")


def _add_addresses(export: Export, draft: Draft) -> None:
    """Add the address of each host, and that before the move."""
    first_lines: dict[tuple[str, IPv4Address], ExportLine[rows.AddressRow]] = {}
    for line in export.ip_addresses:
        row = line.record
        name = row.device or row.virtual_machine
        if not name:
            continue
        column = "device" if row.device else "virtual_machine"
        expected = "a device or virtual machine of the export"
        host = _look_up(export, line, column, name, draft.hosts, expected, "devices")
        if host is None:
            continue
        first = first_lines.setdefault((host.municipality if row.status == FORMER else "", row.address.ip), line)
        if first is not line:
            export.lost.add(("ip_addresses", ""))
            expected = f"an address that nobody else has; line {first.number} has it"
            export.problems.append(line.make_problem("address", row.address, expected))
        elif row.status == FORMER:
            _set_address(export, host, "legacy_address", row.address.ip, line, "address")
        elif row.is_primary:
            _set_address(export, host, "address", row.address.ip, line, "address")
    for host in draft.hosts.values():
        primary = host.line.record.primary_ip4 or host.line.record.primary_ip
        if "address" not in host.variables and primary:
            host.set_variable("address", str(primary.ip), host.line, "primary_ip4")
        elif "address" not in host.variables and export.is_whole("ip_addresses"):
            expected = "one that is_primary among the IP addresses, or an IPv4 Address here"
            export.problems.append(host.line.make_problem("name", mark_unquoted("no primary address"), expected))


def _set_address(
    export: Export, host: HostDraft, key: str, ip: IPv4Address, line: ExportLine[Any], column: str
) -> None:
    if key in host.variables:
        kind = "primary" if key == "address" else FORMER
        export.problems.append(
            line.make_problem(column, ip, f"one {kind} address a host; {host.variables[key]} is it already")
        )
        return
    host.set_variable(key, str(ip), line, column)


def _is_new_host(export: Export, draft: Draft, line: ExportLine[Any]) -> bool:
    first = draft.hosts.get(line.record.name)
    if first:
        where = f"line {first.line.number} of {first.line.file} has it"
        export.problems.append(line.make_problem("name", line.record.name, f"a name that no other host has; {where}"))
    return first is None


def _drop_duplicates(
    export: Export, lines: Iterable[ExportLine[Any]], column: str, key: Callable[[ExportLine[Any]], str]
) -> list[ExportLine[Any]]:
    """The lines whose key no line before them has; the others are added to the export's problems."""
    first: dict[str, ExportLine[Any]] = {}
    for line in lines:
        if first.setdefault(key(line), line) is not line:
            expected = f"a name that no other line has; line {first[key(line)].number} has it"
            export.problems.append(line.make_problem(column, key(line), expected))
    return list(first.values())


def _look_up(
    export: Export,
    line: ExportLine[Any],
    column: str,
    word: str,
    by_name: Mapping[str, Any],
    expected: str,
    table: str = "",
) -> Any:
    """What a name stands for, or None; an unknown name is a problem, unless its own line could not be read."""
    if word not in by_name and not export.is_lost(table, word):
        export.problems.append(line.make_problem(column, word, expected, suggest_nearest(word, by_name)))
        if table:
            export.lost.add((table, word))  # so that further lines with this name are no further problems
    return by_name.get(word)
