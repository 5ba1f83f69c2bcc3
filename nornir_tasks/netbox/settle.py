"""The region that a draft makes, and where the export differs from what follows from that region. Pure."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from nornir_tasks.core.ranges import group_by_range
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.problem import SourceLine
from nornir_tasks.model import Region
from nornir_tasks.model.build import build_region
from nornir_tasks.model.entries import CENTRE, STANDARD_KEYS
from nornir_tasks.model.finding import ModelError, Variable, suggest_nearest
from nornir_tasks.netbox.compose import FORMER, Draft
from nornir_tasks.netbox.export import make_tables
from nornir_tasks.netbox.read import Export, ExportLine, mark_unquoted
from nornir_tasks.netbox.tables import NOT_SAID_OF_MUNICIPALITIES, Row

Vars = Mapping[str, Any]
COLUMNS = {"block": "cf_block", "clients": "cf_clients", "purpose": "group"}


def settle_region(
    export: Export,
    draft: Draft,
    current: Vars,
    municipality_extras: Mapping[str, Vars],
    host_extras: Mapping[str, Vars],
) -> Region | None:
    """The region that the draft makes, or None; what does not fit is added to the export's problems.

    Args:
        export: its problems are added to; its notes, where NetBox has no place for a value.
        draft: hosts whose site does not follow from their address get ``site``.
        current: what Ansible resolved of the inventory that has the standard and the group tree.
        municipality_extras: by municipality, the variables that NetBox has no place for.
        host_extras: the same, by host.
    """
    region = _build(export, draft, _resolve_draft(draft, current, municipality_extras, host_extras))
    if region is None:
        return None
    unplaced = [name for name, server in region.servers.items() if server.site != draft.hosts[name].site]
    for name in unplaced:  # where the address does not say the site
        host = draft.hosts[name]
        host.set_variable("site", host.site, host.line, "site")
    if unplaced:
        region = _build(export, draft, _resolve_draft(draft, current, municipality_extras, host_extras))
    if region is not None:
        export.problems += _compare_tables(export, draft, region)
    return region


def make_site_variables(draft: Draft, municipality: str) -> dict[str, dict[str, Any]]:
    """A municipality's sites, as its variable ``sites`` has them."""
    return {
        key: {"name": line.record.name, "purpose": line.record.group, "block": str(line.record.cf_block)}
        | ({"clients": line.record.cf_clients} if line.record.cf_clients else {})
        for key, line in draft.municipalities[municipality].sites.items()
    }


def _resolve_draft(
    draft: Draft, current: Vars, municipality_extras: Mapping[str, Vars], host_extras: Mapping[str, Vars]
) -> dict[str, Any]:
    """What Ansible would resolve from the files that are going to be written, with the standard that is there."""
    first: Vars = next(iter(current["_meta"]["hostvars"].values()))
    standard = {key: first[key] for key in STANDARD_KEYS if key in first}
    order = [name for name in current.get("municipalities", {}).get("children", []) if name in draft.municipalities]
    order += [name for name in draft.municipalities if name not in (*order, CENTRE)]
    groups: dict[str, dict[str, list[str]]] = {
        "municipalities": {"children": order},
        "platforms": {"children": list(current.get("platforms", {}).get("children", []))},
        "servers": {"children": list(current.get("servers", {}).get("children", []))},
    }
    municipality_variables = {}
    for name, municipality in draft.municipalities.items():
        municipality_variables[name] = {
            **standard,
            **municipality_extras.get(name, {}),
            **municipality.variables,
            "sites": make_site_variables(draft, name),
        }
        municipality_variables[name]["links"] = municipality.links
    variables = {}
    for name, host in sorted(draft.hosts.items()):
        host_variables = {**municipality_variables[host.municipality], **host_extras.get(name, {}), **host.variables}
        if "ports" in host_variables:
            host_variables["ports"] = group_by_range(host_variables["ports"])
        variables[name] = host_variables
        for group in (host.municipality, *host.groups):
            groups.setdefault(group, {}).setdefault("hosts", []).append(name)
    return {**groups, "_meta": {"hostvars": variables}}


def _build(export: Export, draft: Draft, resolved: Vars) -> Region | None:
    try:
        return build_region(resolved)
    except ModelError as error:
        for finding in error.findings:
            scope, path = finding.subject.scope, finding.subject.path
            if path and path[0] in NOT_SAID_OF_MUNICIPALITIES and scope in draft.municipalities:
                text = f"found {finding.actual}, expected {finding.expected}"
                export.notes.append(f"group_vars/{scope}/municipality.yml: {finding.subject.key}: {text}")
            else:
                export.problems.append(_locate_finding(draft, finding))
        return None


def _locate_finding(draft: Draft, finding: Verdict[Variable]) -> Verdict[SourceLine]:
    """The model's finding, at the line of the export that it comes from."""
    line, column = _find_cell(draft, finding)
    if line is None:
        place = SourceLine(f"the inventory: {finding.subject.scope}", 0, finding.subject.key)
    else:
        place = SourceLine(line.file, line.number, column)
    return finding.about(place)


def _find_cell(draft: Draft, finding: Verdict[Variable]) -> tuple[ExportLine[Any] | None, str]:
    path = finding.subject.path
    host, municipality = draft.hosts.get(finding.subject.scope), draft.municipalities.get(finding.subject.scope)
    if host:
        return host.origins.get(str(path[0]) if path else "", (host.line, "name"))
    if municipality is None:
        return None, ""
    if path[:1] == ("links",) and len(path) > 1 and int(path[1]) < len(municipality.cables):
        side = "side_b_name" if path[2:] == ("b",) else "side_a_name"
        return municipality.cables[int(path[1])], side
    if path[:1] == ("sites",) and len(path) > 1 and str(path[1]) in municipality.sites:
        return municipality.sites[str(path[1])], COLUMNS.get(str(path[-1]), "name")
    return municipality.line, "cf_municipality_number" if path[:1] == ("number",) else "name"


def _compare_tables(export: Export, draft: Draft, region: Region) -> Iterator[Verdict[SourceLine]]:
    """Where NetBox says otherwise than what follows from the inventory: VLANs, prefixes, gateways, /31s, trunks."""
    tables = make_tables(region)
    yield from _compare_vlans(export, tables["vlans"])
    yield from _compare_prefixes(export, tables["prefixes"])
    yield from _compare_addresses(export, draft, region, tables["ip_addresses"])
    yield from _compare_trunks(export, tables["interfaces"])


def _compare_vlans(export: Export, rows: list[Row]) -> Iterator[Verdict[SourceLine]]:
    names = {(row["group"], row["vid"]): row["name"] for row in rows}
    for line in export.vlans:
        vlan = line.record
        name = names.get((vlan.group, str(vlan.vid)))
        if name is None and vlan.group in {group for group, _ in names}:
            numbers = ", ".join(vid for group, vid in names if group == vlan.group)
            yield line.make_problem("vid", vlan.vid, f"a VLAN that the sites of {vlan.group} need: {numbers}")
        elif name not in (None, vlan.name):
            yield line.make_problem("name", vlan.name, f"{name}, as the standard names VLAN {vlan.vid}")
    _note_difference(export, "VLANs", set(names), {(line.record.group, str(line.record.vid)) for line in export.vlans})


def _compare_prefixes(export: Export, rows: list[Row]) -> Iterator[Verdict[SourceLine]]:
    rows_by_prefix = {row["prefix"]: row for row in rows}
    for line in export.prefixes:
        prefix = line.record
        row = rows_by_prefix.get(str(prefix.prefix))
        if row and prefix.vlan is not None and row.get("vlan", "") != str(prefix.vlan):
            yield line.make_problem(
                "vlan", prefix.vlan, f"{row.get('vlan') or 'none'}, which follows from the standard"
            )
    _note_difference(export, "prefixes", set(rows_by_prefix), {str(line.record.prefix) for line in export.prefixes})


def _compare_addresses(export: Export, draft: Draft, region: Region, rows: list[Row]) -> Iterator[Verdict[SourceLine]]:
    rows_by_host: dict[str, dict[str, Row]] = {}
    for row in rows:
        rows_by_host.setdefault(row["device"] or row["virtual_machine"], {})[row["address"].split("/")[0]] = row
    for line in export.ip_addresses:
        record = line.record
        name = record.device or record.virtual_machine
        if record.status != FORMER and name in draft.hosts:
            yield from _compare_address(line, region, name, rows_by_host.get(name, {}))
    exported = {str(line.record.address) for line in export.ip_addresses if line.record.status != FORMER}
    _note_difference(export, "addresses", {row["address"] for row in rows if row["status"] != FORMER}, exported)


def _compare_address(
    line: ExportLine[Any], region: Region, name: str, host_rows: Mapping[str, Row]
) -> Iterator[Verdict[SourceLine]]:
    record = line.record
    row = host_rows.get(str(record.address.ip))
    if row is None:
        addresses = [row["address"] for row in host_rows.values() if row["status"] != FORMER]
        expected = f"one that follows from the inventory for {name}: {', '.join(addresses)}"
        yield line.make_problem("address", record.address, expected, suggest_nearest(str(record.address), addresses))
    elif row["address"] != str(record.address):
        yield line.make_problem("address", record.address, f"{row['address']}, with the length of its network")
    elif row["interface"] != record.interface and name in region.devices:
        # Virtual interfaces may well be called something else in NetBox; ports may not.
        ports = {port.name for port in region.devices[name].ports}
        if {row["interface"], record.interface} & ports:
            yield line.make_problem("interface", record.interface, f"{row['interface']}, which has {record.address}")


def _note_difference(export: Export, noun: str, inventory_values: Set[object], netbox_values: Set[object]) -> None:
    """Note how many values only NetBox has, and how many only the inventory: neither is wrong."""
    if netbox_values - inventory_values:
        export.notes.append(
            f"{noun} in NetBox alone: {len(netbox_values - inventory_values)}; the inventory has no place for them"
        )
    if inventory_values - netbox_values:
        export.notes.append(
            f"{noun} that follow from the inventory, but are not in NetBox: {len(inventory_values - netbox_values)}"
        )


def _compare_trunks(export: Export, rows: list[Row]) -> Iterator[Verdict[SourceLine]]:
    """Where the tagged VLANs of a link's port differ; ports with a profile were compared with it already."""
    tagged_rows = {(row["device"], row["name"]): row for row in rows if row.get("mode") == "tagged"}
    for line in export.interfaces:
        port = line.record
        row = tagged_rows.get((port.device, port.name))
        if row is None or row.get("cf_port_profile") or port.mode == "tagged-all":
            continue
        expected = {int(vlan) for vlan in row.get("tagged_vlans", "").split(",") if vlan}
        if set(port.tagged_vlans) != expected:
            actual = ", ".join(str(vlan) for vlan in port.tagged_vlans) or "none"
            wanted = ", ".join(str(vlan) for vlan in sorted(expected)) or "none"
            yield line.make_problem("tagged_vlans", mark_unquoted(actual), f"{wanted}, which the sites behind it need")
