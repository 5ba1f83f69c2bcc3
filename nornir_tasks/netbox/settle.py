"""Whether what NetBox says makes a region, and whether it says the same as what follows from that region. Pure."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from nornir_tasks.core.ranges import by_range
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.problem import SourceLine
from nornir_tasks.model import Region
from nornir_tasks.model.build import build_region
from nornir_tasks.model.entries import CENTRE, STANDARD_KEYS
from nornir_tasks.model.finding import ModelError, Variable, suggest_nearest
from nornir_tasks.netbox.compose import FORMER, Draft
from nornir_tasks.netbox.export import tables
from nornir_tasks.netbox.read import Export, Line, words
from nornir_tasks.netbox.tables import NOT_SAID_OF_MUNICIPALITIES, Row

Vars = Mapping[str, Any]
COLUMNS = {"block": "cf_block", "clients": "cf_clients", "purpose": "group"}


def settle(
    export: Export, draft: Draft, current: Vars, kept: Mapping[str, Vars], extra: Mapping[str, Vars]
) -> Region | None:
    """Build the region; what does not fit is added to the export's problems, what NetBox cannot say to its notes.

    Args:
        current: what Ansible resolved of the inventory that has the standard and the group tree.
        kept: the variables of municipalities that NetBox has no place for.
        extra: the same, of hosts.
    """
    region = _build(export, draft, _resolved(draft, current, kept, extra))
    if region is None:
        return None
    wrong = [name for name, server in region.servers.items() if server.site != draft.hosts[name].site]
    for name in wrong:  # where the address does not say the site
        host = draft.hosts[name]
        host.say("site", host.site, host.line, "site")
    if wrong:
        region = _build(export, draft, _resolved(draft, current, kept, extra))
    if region is not None:
        export.problems += _compare(export, draft, region)
    return region


def site_variables(draft: Draft, home: str) -> dict[str, dict[str, Any]]:
    """A municipality's sites, as the inventory says them."""
    return {
        key: {"name": one.record.name, "purpose": one.record.group, "block": str(one.record.cf_block)}
        | ({"clients": one.record.cf_clients} if one.record.cf_clients else {})
        for key, one in draft.homes[home].sites.items()
    }


def _resolved(draft: Draft, current: Vars, kept: Mapping[str, Vars], extra: Mapping[str, Vars]) -> dict[str, Any]:
    """As Ansible would resolve what is going to be written, on the standard that is there."""
    first: Vars = next(iter(current["_meta"]["hostvars"].values()))
    standard = {key: first[key] for key in STANDARD_KEYS if key in first}
    order = [name for name in current.get("municipalities", {}).get("children", []) if name in draft.homes]
    order += [name for name in draft.homes if name not in (*order, CENTRE)]
    groups: dict[str, dict[str, list[str]]] = {
        "municipalities": {"children": order},
        "platforms": {"children": list(current.get("platforms", {}).get("children", []))},
        "servers": {"children": list(current.get("servers", {}).get("children", []))},
    }
    homes = {}
    for name, home in draft.homes.items():
        homes[name] = {**standard, **kept.get(name, {}), **home.said, "sites": site_variables(draft, name)}
        homes[name]["links"] = home.links
    variables = {}
    for name, host in sorted(draft.hosts.items()):
        mine = {**homes[host.municipality], **extra.get(name, {}), **host.said}
        if "ports" in mine:
            mine["ports"] = by_range(mine["ports"])
        variables[name] = mine
        for group in (host.municipality, *host.groups):
            groups.setdefault(group, {}).setdefault("hosts", []).append(name)
    return {**groups, "_meta": {"hostvars": variables}}


def _build(export: Export, draft: Draft, resolved: Vars) -> Region | None:
    try:
        return build_region(resolved)
    except ModelError as error:
        for finding in error.findings:
            scope, path = finding.subject.scope, finding.subject.path
            if path and path[0] in NOT_SAID_OF_MUNICIPALITIES and scope in draft.homes:
                words = f"found {finding.actual}, expected {finding.expected}"
                export.notes.append(f"group_vars/{scope}/municipality.yml: {finding.subject.key}: {words}")
            else:
                export.problems.append(_problem(draft, finding))
        return None


def _problem(draft: Draft, finding: Verdict[Variable]) -> Verdict[SourceLine]:
    """A finding of the model, at the line of the export that it comes from."""
    line, column = _place(draft, finding)
    if line is None:
        place = SourceLine(f"the inventory: {finding.subject.scope}", 0, finding.subject.key)
    else:
        place = SourceLine(line.file, line.number, column)
    return finding.about(place)


def _place(draft: Draft, finding: Verdict[Variable]) -> tuple[Line[Any] | None, str]:
    path = finding.subject.path
    host, home = draft.hosts.get(finding.subject.scope), draft.homes.get(finding.subject.scope)
    if host:
        return host.origins.get(str(path[0]) if path else "", (host.line, "name"))
    if home is None:
        return None, ""
    if path[:1] == ("links",) and len(path) > 1 and int(path[1]) < len(home.cables):
        side = "side_b_name" if path[2:] == ("b",) else "side_a_name"
        return home.cables[int(path[1])], side
    if path[:1] == ("sites",) and len(path) > 1 and str(path[1]) in home.sites:
        return home.sites[str(path[1])], COLUMNS.get(str(path[-1]), "name")
    return home.line, "cf_municipality_number" if path[:1] == ("number",) else "name"


def _compare(export: Export, draft: Draft, region: Region) -> Iterator[Verdict[SourceLine]]:
    """What follows from the inventory (VLANs, prefixes, gateways, /31s, trunks) has to be what NetBox says."""
    made = tables(region)
    yield from _vlans(export, made["vlans"])
    yield from _prefixes(export, made["prefixes"])
    yield from _addresses(export, draft, region, made["ip_addresses"])
    yield from _trunks(export, made["interfaces"])


def _vlans(export: Export, made: list[Row]) -> Iterator[Verdict[SourceLine]]:
    names = {(row["group"], row["vid"]): row["name"] for row in made}
    for line in export.vlans:
        one = line.record
        name = names.get((one.group, str(one.vid)))
        if name is None and one.group in {group for group, _ in names}:
            numbers = ", ".join(vid for group, vid in names if group == one.group)
            yield line.problem("vid", one.vid, f"a VLAN that the sites of {one.group} need: {numbers}")
        elif name not in (None, one.name):
            yield line.problem("name", one.name, f"{name}, as the standard names VLAN {one.vid}")
    _tell(export, "VLANs", set(names), {(line.record.group, str(line.record.vid)) for line in export.vlans})


def _prefixes(export: Export, made: list[Row]) -> Iterator[Verdict[SourceLine]]:
    known = {row["prefix"]: row for row in made}
    for line in export.prefixes:
        one = line.record
        row = known.get(str(one.prefix))
        if row and one.vlan is not None and row.get("vlan", "") != str(one.vlan):
            yield line.problem("vlan", one.vlan, f"{row.get('vlan') or 'none'}, which follows from the standard")
    _tell(export, "prefixes", set(known), {str(line.record.prefix) for line in export.prefixes})


def _addresses(export: Export, draft: Draft, region: Region, made: list[Row]) -> Iterator[Verdict[SourceLine]]:
    mine: dict[str, dict[str, Row]] = {}
    for row in made:
        mine.setdefault(row["device"] or row["virtual_machine"], {})[row["address"].split("/")[0]] = row
    for line in export.ip_addresses:
        one = line.record
        name = one.device or one.virtual_machine
        if one.status != FORMER and name in draft.hosts:
            yield from _address(line, region, name, mine.get(name, {}))
    theirs = {str(line.record.address) for line in export.ip_addresses if line.record.status != FORMER}
    _tell(export, "addresses", {row["address"] for row in made if row["status"] != FORMER}, theirs)


def _address(line: Line[Any], region: Region, name: str, mine: Mapping[str, Row]) -> Iterator[Verdict[SourceLine]]:
    one = line.record
    row = mine.get(str(one.address.ip))
    if row is None:
        known = [row["address"] for row in mine.values() if row["status"] != FORMER]
        expected = f"one that follows from the inventory for {name}: {', '.join(known)}"
        yield line.problem("address", one.address, expected, suggest_nearest(str(one.address), known))
    elif row["address"] != str(one.address):
        yield line.problem("address", one.address, f"{row['address']}, with the length of its network")
    elif row["interface"] != one.interface and name in region.devices:
        # Virtual interfaces may well be called something else in NetBox; ports may not.
        ports = {port.name for port in region.devices[name].ports}
        if {row["interface"], one.interface} & ports:
            yield line.problem("interface", one.interface, f"{row['interface']}, which has {one.address}")


def _tell(export: Export, noun: str, ours: Set[object], theirs: Set[object]) -> None:
    """What only one side has, and nobody has to have."""
    if theirs - ours:
        export.notes.append(f"{noun} in NetBox alone: {len(theirs - ours)}; the inventory has no place for them")
    if ours - theirs:
        export.notes.append(f"{noun} that follow from the inventory, but are not in NetBox: {len(ours - theirs)}")


def _trunks(export: Export, made: list[Row]) -> Iterator[Verdict[SourceLine]]:
    """What a port that carries a link passes on; ports with a profile were compared with it already."""
    known = {(row["device"], row["name"]): row for row in made if row.get("mode") == "tagged"}
    for line in export.interfaces:
        one = line.record
        row = known.get((one.device, one.name))
        if row is None or row.get("cf_port_profile") or one.mode == "tagged-all":
            continue
        expected = {int(vlan) for vlan in row.get("tagged_vlans", "").split(",") if vlan}
        if set(one.tagged_vlans) != expected:
            found = ", ".join(str(vlan) for vlan in one.tagged_vlans) or "none"
            wanted = ", ".join(str(vlan) for vlan in sorted(expected)) or "none"
            yield line.problem("tagged_vlans", words(found), f"{wanted}, which the sites behind it need")
