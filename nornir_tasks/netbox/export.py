"""A region as NetBox's tables: pure. What follows from the inventory (gateways, /31s, loopbacks) is exported, too."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Interface

from nornir_tasks.core.secrets import mask_secrets
from nornir_tasks.model import Device, Municipality, Port, Region, Server, Standard
from nornir_tasks.model.addresses import find_services_network, find_zone_network
from nornir_tasks.model.entries import CENTRE, ROLES
from nornir_tasks.netbox.tables import FILES, NOT_SAID, TABLES, VERSION, NetboxError, Row, Tables

UNSPECIFIED = "Unspecified"  # the maker: the inventory does not say it
SERVER = "Server"  # the device type of a physical server
HYPERVISORS = "Hypervisors"
MANAGEMENT, LOOPBACK, NETWORK = "management", "loopback", "network"  # interfaces that are no ports of a switch
GREY = "9e9e9e"
MEDIA = {1: "1000base-t", 10: "10gbase-x-sfpp", 25: "25gbase-x-sfp28", 40: "40gbase-x-qsfpp", 100: "100gbase-x-qsfp28"}
CUSTOM = (
    ("municipality_number", "Municipality number", "integer", "tenancy.tenant", "counts the municipality's uplinks"),
    ("block", "Block", "text", "dcim.site", "the part of the operations zone that the site's equipment is in"),
    ("clients", "Clients", "integer", "dcim.site", "PCs at the site"),
    ("port_profile", "Port profile", "text", "dcim.interface", "what the port is for, in fellesdrift's words"),
)
README = """The inventory of fellesdrift, for NetBox {version}: columns of its bulk import forms, UTF-8, commas.

Import the files in the order of their numbers; each waits for those before it:

{order}

Custom fields come first: they carry what NetBox has no column for. Manufacturers are "{unspecified}", because the
inventory does not say who made a device; assign your own device types before the import if you have a library, and
empty their interface templates, or NetBox makes interfaces that file {interfaces} brings too.
What is not in these files stands in not-exported.txt. Text is written as it is, as NetBox wants it: a spreadsheet would
run what begins with = as a formula.

Back: put NetBox's own exports ("all data", CSV) or these files in a folder, and run
scripts/inventory.py import --netbox FOLDER --output inventory
"""


def make_tables(region: Region) -> Tables:
    """The rows of every table, by its name, in NetBox's columns and in the region's own order.

    Raises:
        NetboxError: two sites have the same name or key, or two municipalities the same label: NetBox allows neither.
    """
    _check_unique(region)
    tables: Tables = {table.name: [] for table in TABLES}
    for name, label, kind, object_type, description in CUSTOM:
        tables["custom_fields"].append(
            {"name": name, "label": label, "type": kind, "object_types": object_type, "weight": "100"}
            | {"search_weight": "1000", "filter_logic": "exact", "description": description}
        )
    _add_kinds(region, tables)
    for home in region.municipalities.values():
        _add_municipality(region, home, tables)
    for device in region.devices.values():
        _add_device(region, device, tables)
    for server in region.servers.values():
        _add_server(region, server, tables)
    for home in region.municipalities.values():
        _add_cables(region, home, tables)
    return tables


def format_files(tables: Tables) -> dict[str, str]:
    """The texts of an export's files, by name, ``README.txt`` with them. A table without rows has no file.

    Raises:
        NetboxError: a text holds a password; to put something else in its place would be to export what is not so.
    """
    files = {}
    for table in TABLES:
        if tables[table.name]:
            text = io.StringIO()
            writer = csv.DictWriter(text, table.columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(tables[table.name])
            files[FILES[table.name]] = text.getvalue()
            for number, line in enumerate(text.getvalue().split("\n"), 1):
                if (masked := mask_secrets(line)) != line:
                    raise NetboxError(
                        f"{FILES[table.name]} line {number}: found a password that the tools log in with: {masked}; "
                        "expected none in the inventory's texts. If it is a word that belongs there, export without "
                        "it in the environment"
                    )
    order = "\n".join(f"  {FILES[table.name]:25} {table.menu}" for table in TABLES if tables[table.name])
    values = {"version": VERSION, "order": order, "unspecified": UNSPECIFIED, "interfaces": FILES["interfaces"]}
    files["README.txt"] = README.format(**values)
    return files


def list_not_exported(region: Region) -> list[str]:
    """What NetBox cannot say, a line each, with names and counts."""
    homes = region.municipalities.values()
    counts = {
        "legacy": [f"{home.name} ({len(home.legacy.vlans)} VLANs)" for home in homes if home.legacy],
        "migration": [f"{home.name} ({len(home.migration.waves)} waves)" for home in homes if home.migration],
        "user_groups": [f"{home.name} ({len(home.user_groups)} groups)" for home in homes if home.user_groups],
        "applications": [f"{home.name} ({len(home.applications)})" for home in homes if home.applications],
        "agreements": [f"{home.name} ({len(home.agreements)})" for home in homes if home.agreements],
        "risk_assessments": [f"{home.name} ({len(home.risk_assessments)})" for home in homes if home.risk_assessments],
        "support": [home.name for home in homes if home.support],
        "on_call": [home.name for home in homes if home.on_call],
        "maintenance": [f"{home.name} ({len(home.maintenance)})" for home in homes if home.maintenance],
        "lines": [f"{home.name} ({count})" for home in homes if (count := sum(bool(x.line) for x in home.links))],
        "waivers": [f"{home.name}: {waiver.device}" for home in homes for waiver in home.waivers],
        "witness": [f"{home.name}: {home.witness}" for home in homes if home.witness],
        "endpoint": [f"{len(region.devices)} switches, {len(region.servers)} servers"],
    }
    standard = next((device.standard for device in region.devices.values()), None)
    if standard:
        counts["standard"] = [f"{len(standard.port_profiles)} port profiles, {len(standard.risks)} rules of risk"]
    examples = {key: "; ".join(counts.get(key, [])) for key in NOT_SAID}
    return [
        f"{key}: {description}." + (f" Here: {examples[key]}." if examples[key] else "")
        for key, description in NOT_SAID.items()
    ]


def _check_unique(region: Region) -> None:
    sites = [(key, site.name) for home in region.municipalities.values() for key, site in home.sites.items()]
    labels = Counter(home.label.casefold() for home in region.municipalities.values())
    keys, names = Counter(key for key, _ in sites), Counter(name.casefold() for _, name in sites)
    duplicates = [f"site key {key}" for key, count in keys.items() if count > 1]
    duplicates += [f"site name {name!r}" for _, name in sites if names[name.casefold()] > 1]
    duplicates += [
        f"label {home.label!r}" for home in region.municipalities.values() if labels[home.label.casefold()] > 1
    ]
    if duplicates:
        raise NetboxError(f"export: found twice: {', '.join(dict.fromkeys(duplicates))}; expected names that differ: "
                          "NetBox tells sites and tenants apart by them")  # fmt: skip


def _add_kinds(region: Region, tables: Tables) -> None:
    """Add what sites, devices and addresses refer to: groups, types, roles."""
    homes, devices, servers = region.municipalities.values(), region.devices.values(), region.servers.values()
    tables["tags"] = [
        _make_named_row(tag) | {"color": GREY}
        for tag in _deduplicate(tag for server in servers for tag in server.groups[1:])
    ]
    tables["site_groups"] = [
        _make_named_row(kind) for kind in _deduplicate(site.purpose for home in homes for site in home.sites.values())
    ]
    tables["manufacturers"] = [_make_named_row(UNSPECIFIED)]
    tables["platforms"] = [
        _make_named_row(platform) for platform in _deduplicate(device.platform for device in devices)
    ]
    types = {device.model: device.platform for device in devices}
    types |= {SERVER: ""} if any(server.runs_on is None for server in servers) else {}
    tables["device_types"] = [
        {"manufacturer": UNSPECIFIED, "model": model, "slug": _make_slug(model)}
        | {"default_platform": platform, "u_height": "1"}
        for model, platform in types.items()
    ]
    roles = _deduplicate(device.role for device in devices)
    roles += [
        group
        for group in _deduplicate(group for server in servers for group in server.groups[:1])
        if group not in ROLES
    ]
    tables["device_roles"] = [
        _make_named_row(role) | {"color": GREY, "vm_role": "false" if role in ROLES else "true"} for role in roles
    ]
    if any(server.runs_on for server in servers):
        tables["cluster_types"] = [_make_named_row(HYPERVISORS)]
    zones = _deduplicate(zone for home in homes for zone in _list_zones(region, home))
    tables["roles"] = [_make_named_row(zone) | {"weight": "1000"} for zone in ["municipality", *zones]]


def _add_municipality(region: Region, home: Municipality, tables: Tables) -> None:
    tables["tenants"].append({"name": home.label, "slug": home.name, "cf_municipality_number": str(home.number)})
    for key, site in home.sites.items():
        tables["sites"].append(
            {"name": site.name, "slug": key, "status": "active", "group": site.purpose, "tenant": home.label}
            | {"cf_block": str(site.block), "cf_clients": str(site.clients)}
        )
    if any(server.runs_on for server in region.servers.values() if server.municipality == home.name):
        tables["clusters"].append({"name": home.label, "type": HYPERVISORS, "status": "active", "tenant": home.label})
    common = {"tenant": home.label, "status": "active"}
    tables["prefixes"].append({**common, "prefix": str(home.prefix), "status": "container", "role": "municipality"})
    standard = _find_standard(region, home)
    zones = _list_zones(region, home)
    if standard is None or not zones:
        return
    tables["vlan_groups"].append({"name": home.label, "slug": home.name})
    for zone in zones:
        vlan = standard.zones[zone]
        tables["vlans"].append({**common, "group": home.label, "vid": str(vlan.vlan), "name": vlan.name, "role": zone})
        networks = [find_zone_network(home.prefix, vlan.block)]
        if home.name == CENTRE:
            networks = [find_services_network(site, standard) for site in home.sites.values()]
        for network in networks:
            row = {"prefix": str(network), "vlan_group": home.label, "vlan": str(vlan.vlan), "role": zone}
            tables["prefixes"].append({**common, **row})


def _add_device(region: Region, device: Device, tables: Tables) -> None:
    home = region.municipalities[device.municipality]
    tables["devices"].append(
        {"name": device.name, "role": device.role, "tenant": home.label, "manufacturer": UNSPECIFIED}
        | {"device_type": device.model, "platform": device.platform, "status": "active"}
        | {"site": home.sites[device.site].name}
    )
    zones, group = device.standard.zones, home.label
    for port in device.ports:
        speed = _format_speed(region, device, port)
        row = {"device": device.name, "name": port.name, "type": MEDIA.get(port.gbps, "other"), "speed": speed}
        tables["interfaces"].append(row | _make_vlan_cells(device, port, group))
    management_interface = zones["operations"].name if device.role in ("core", "access") else MANAGEMENT
    virtual = {management_interface: [(device.address, True, "active")]}
    if device.legacy_address:
        virtual[management_interface].append((device.legacy_address, False, "deprecated"))
    for zone, address in device.gateways.items():
        if zone != "operations":
            virtual[zones[zone].name] = [(address, False, "active")]
    if device.loopback:
        virtual[LOOPBACK] = [(IPv4Interface(device.loopback), False, "active")]
    for name, addresses in virtual.items():
        tables["interfaces"].append({"device": device.name, "name": name, "type": "virtual", "enabled": "true"})
        for address, primary, status in addresses:
            tables["ip_addresses"].append(
                _make_address_row(home, address, device.name, name, primary) | {"status": status}
            )
    for port in device.ports:
        if port.neighbour and port.neighbour.address:
            tables["ip_addresses"].append(
                _make_address_row(home, port.neighbour.address, device.name, port.name, False)
            )


def _make_vlan_cells(device: Device, port: Port, group: str) -> Row:
    """The cells of a port's row that say whether it is on, and its VLANs."""
    zones = device.standard.zones
    vlans: Row = {"enabled": "true"}
    if port.neighbour:
        if port.neighbour.kind == "trunk":
            tagged = [str(zones[zone].vlan) for zone in device.trunk_zones.get(port.number, ())]
            vlans |= {"mode": "tagged", "vlan_group": group, "tagged_vlans": ",".join(tagged)}
        return vlans
    profile = device.profile(port)
    vlans["enabled"] = "true" if profile.enabled else "false"
    tagged = [str(zones[zone].vlan) for zone in (*([profile.voice] if profile.voice else []), *profile.tagged)]
    if profile.access or tagged:
        vlans |= {"mode": "tagged" if tagged else "access", "vlan_group": group, "tagged_vlans": ",".join(tagged)}
    if profile.access:
        vlans["untagged_vlan"] = str(zones[profile.access].vlan)
    return vlans | {"cf_port_profile": port.profile or ""}


def _format_speed(region: Region, device: Device, port: Port) -> str:
    """The speed of a port's link in kbit/s, else empty: NetBox's cables have no speed, so both ends have it."""
    if not port.neighbour:
        return ""
    ends = {f"{device.name}:{port.number}", f"{port.neighbour.device}:{port.neighbour.port}"}
    homes = (region.municipalities[name] for name in _deduplicate([device.municipality, port.neighbour.municipality]))
    return next((str(link.gbps * 1_000_000) for home in homes for link in home.links if {link.a, link.b} == ends), "")


def _add_server(region: Region, server: Server, tables: Tables) -> None:
    home = region.municipalities[server.municipality]
    row = {"name": server.name, "role": server.groups[0], "tenant": home.label, "status": "active"}
    row |= {"site": home.sites[server.site].name, "tags": ",".join(_make_slug(tag) for tag in server.groups[1:])}
    addresses = [_make_address_row(home, server.address, server.name, NETWORK, True)]
    if server.legacy_address:  # its length the legacy map says, which stays at home
        legacy_row = _make_address_row(home, IPv4Interface(server.legacy_address), server.name, NETWORK, False)
        addresses.append(legacy_row | {"status": "deprecated"})
    if server.runs_on:
        tables["virtual_machines"].append(row | {"cluster": home.label, "device": server.runs_on})
        tables["vm_interfaces"].append({"virtual_machine": server.name, "name": NETWORK, "enabled": "true"})
        tables["ip_addresses"] += [row | {"device": "", "virtual_machine": server.name} for row in addresses]
        return
    hosts = {other.runs_on for other in region.servers.values()}
    cluster = home.label if server.name in hosts else ""
    tables["devices"].append(row | {"manufacturer": UNSPECIFIED, "device_type": SERVER, "cluster": cluster})
    tables["interfaces"].append({"device": server.name, "name": NETWORK, "type": "other", "enabled": "true"})
    tables["ip_addresses"] += addresses


def _make_address_row(home: Municipality, address: IPv4Interface, device: str, interface: str, primary: bool) -> Row:
    row = {"address": str(address), "tenant": home.label, "status": "active", "device": device}
    return row | {"interface": interface, "is_primary": "true" if primary else "false"}


def _add_cables(region: Region, home: Municipality, tables: Tables) -> None:
    for link in home.links:
        tables["cables"].append(_make_cable_row(home, _find_end(region, link.a), _find_end(region, link.b)))
    for server in region.servers.values():
        if server.municipality == home.name and server.attached:
            tables["cables"].append(_make_cable_row(home, (server.name, NETWORK), _find_end(region, server.attached)))


def _make_cable_row(home: Municipality, a: tuple[str, str], b: tuple[str, str]) -> Row:
    row = {"status": "connected", "tenant": home.label}
    for side, (device, port) in (("a", a), ("b", b)):
        row |= {f"side_{side}_device": device, f"side_{side}_type": "dcim.interface", f"side_{side}_name": port}
    return row


def _find_end(region: Region, socket: str) -> tuple[str, str]:
    device, _, port = socket.rpartition(":")
    return device, region.devices[device].port(int(port)).name


def _list_zones(region: Region, home: Municipality) -> list[str]:
    """The zones that a municipality's sites need, in the standard's order."""
    standard = _find_standard(region, home)
    if standard is None:
        return []
    needed = {zone for site in home.sites.values() for zone in standard.site_purposes[site.purpose]}
    return [zone for zone in standard.zones if zone in needed]


def _find_standard(region: Region, home: Municipality) -> Standard | None:
    return next((device.standard for device in region.of(home.name)), None)


def _make_named_row(word: str) -> Row:
    return {"name": word, "slug": _make_slug(word)}


def _make_slug(word: str) -> str:
    """As NetBox wants it: letters, digits, - and _."""
    return re.sub(r"[^a-z0-9_-]", "-", word.lower())


def _deduplicate(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
