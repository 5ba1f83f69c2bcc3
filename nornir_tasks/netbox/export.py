"""From a region to NetBox's tables: pure. What follows from the inventory (gateways, /31s, loopbacks) goes out too."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Interface

from nornir_tasks.model import Device, Municipality, Port, Region, Server, Standard
from nornir_tasks.model.addresses import find_services_network, find_zone_network
from nornir_tasks.model.entries import CENTRE, ROLES
from nornir_tasks.netbox.tables import FILES, NOT_SAID, TABLES, VERSION, NetboxError, Row, Tables

UNSPECIFIED = "Unspecified"  # the maker: the inventory does not say it
SERVER = "Server"  # the device type of a server of flesh and blood
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


def tables(region: Region) -> Tables:
    """Every table, in NetBox's columns; rows are in the region's own order.

    Raises:
        NetboxError: two sites have one name or key, which NetBox does not allow.
    """
    _unique(region)
    made: Tables = {table.name: [] for table in TABLES}
    for name, label, kind, of, why in CUSTOM:
        made["custom_fields"].append(
            {"name": name, "label": label, "type": kind, "object_types": of, "weight": "100"}
            | {"search_weight": "1000", "filter_logic": "exact", "description": why}
        )
    _kinds(region, made)
    for home in region.municipalities.values():
        _municipality(region, home, made)
    for device in region.devices.values():
        _device(region, device, made)
    for server in region.servers.values():
        _server(region, server, made)
    for home in region.municipalities.values():
        _cables(region, home, made)
    return made


def write(made: Tables) -> dict[str, str]:
    """The files of an export: names to texts. A table without rows has none."""
    files = {}
    for table in TABLES:
        if made[table.name]:
            text = io.StringIO()
            writer = csv.DictWriter(text, table.columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(made[table.name])
            files[FILES[table.name]] = text.getvalue()
    order = "\n".join(f"  {FILES[table.name]:25} {table.menu}" for table in TABLES if made[table.name])
    values = {"version": VERSION, "order": order, "unspecified": UNSPECIFIED, "interfaces": FILES["interfaces"]}
    files["README.txt"] = README.format(**values)
    return files


def not_exported(region: Region) -> list[str]:
    """What NetBox cannot say, a line each, with names and counts."""
    homes = region.municipalities.values()
    counts = {
        "legacy": [f"{home.name} ({len(home.legacy.vlans)} VLANs)" for home in homes if home.legacy],
        "migration": [f"{home.name} ({len(home.migration.waves)} waves)" for home in homes if home.migration],
        "waivers": [f"{home.name}: {one.device}" for home in homes for one in home.waivers],
        "endpoint": [f"{len(region.devices)} switches, {len(region.servers)} servers"],
    }
    standard = next((device.standard for device in region.devices.values()), None)
    if standard:
        counts["standard"] = [f"{len(standard.port_profiles)} port profiles, {len(standard.risks)} rules of risk"]
    said = {key: "; ".join(counts.get(key, [])) for key in NOT_SAID}
    return [f"{key}: {what}." + (f" Here: {said[key]}." if said[key] else "") for key, what in NOT_SAID.items()]


def _unique(region: Region) -> None:
    sites = [(key, site.name) for home in region.municipalities.values() for key, site in home.sites.items()]
    labels = Counter(home.label.casefold() for home in region.municipalities.values())
    keys, names = Counter(key for key, _ in sites), Counter(name.casefold() for _, name in sites)
    twice = [f"site key {key}" for key, count in keys.items() if count > 1]
    twice += [f"site name {name!r}" for _, name in sites if names[name.casefold()] > 1]
    twice += [f"label {home.label!r}" for home in region.municipalities.values() if labels[home.label.casefold()] > 1]
    if twice:
        raise NetboxError(f"export: found twice: {', '.join(dict.fromkeys(twice))}; expected names that differ: NetBox "
                          "tells sites and tenants apart by them")  # fmt: skip


def _kinds(region: Region, made: Tables) -> None:
    """What sites, devices and addresses are of: groups, types, roles."""
    homes, devices, servers = region.municipalities.values(), region.devices.values(), region.servers.values()
    made["tags"] = [_named(tag) | {"color": GREY} for tag in _once(tag for one in servers for tag in one.groups[1:])]
    made["site_groups"] = [
        _named(kind) for kind in _once(site.purpose for home in homes for site in home.sites.values())
    ]
    made["manufacturers"] = [_named(UNSPECIFIED)]
    made["platforms"] = [_named(platform) for platform in _once(device.platform for device in devices)]
    types = {device.model: device.platform for device in devices}
    types |= {SERVER: ""} if any(one.runs_on is None for one in servers) else {}
    made["device_types"] = [
        {"manufacturer": UNSPECIFIED, "model": model, "slug": _slug(model)}
        | {"default_platform": platform, "u_height": "1"}
        for model, platform in types.items()
    ]
    roles = _once(device.role for device in devices)
    roles += [group for group in _once(group for one in servers for group in one.groups[:1]) if group not in ROLES]
    made["device_roles"] = [
        _named(role) | {"color": GREY, "vm_role": "false" if role in ROLES else "true"} for role in roles
    ]
    if any(one.runs_on for one in servers):
        made["cluster_types"] = [_named(HYPERVISORS)]
    zones = _once(zone for home in homes for zone in _zones(region, home))
    made["roles"] = [_named(zone) | {"weight": "1000"} for zone in ["municipality", *zones]]


def _municipality(region: Region, home: Municipality, made: Tables) -> None:
    made["tenants"].append({"name": home.label, "slug": home.name, "cf_municipality_number": str(home.number)})
    for key, site in home.sites.items():
        made["sites"].append(
            {"name": site.name, "slug": key, "status": "active", "group": site.purpose, "tenant": home.label}
            | {"cf_block": str(site.block), "cf_clients": str(site.clients)}
        )
    if any(server.runs_on for server in region.servers.values() if server.municipality == home.name):
        made["clusters"].append({"name": home.label, "type": HYPERVISORS, "status": "active", "tenant": home.label})
    said = {"tenant": home.label, "status": "active"}
    made["prefixes"].append({**said, "prefix": str(home.prefix), "status": "container", "role": "municipality"})
    standard = _standard(region, home)
    zones = _zones(region, home)
    if standard is None or not zones:
        return
    made["vlan_groups"].append({"name": home.label, "slug": home.name})
    for zone in zones:
        vlan = standard.zones[zone]
        made["vlans"].append({**said, "group": home.label, "vid": str(vlan.vlan), "name": vlan.name, "role": zone})
        networks = [find_zone_network(home.prefix, vlan.block)]
        if home.name == CENTRE:
            networks = [find_services_network(site, standard) for site in home.sites.values()]
        for network in networks:
            row = {"prefix": str(network), "vlan_group": home.label, "vlan": str(vlan.vlan), "role": zone}
            made["prefixes"].append({**said, **row})


def _device(region: Region, device: Device, made: Tables) -> None:
    home = region.municipalities[device.municipality]
    made["devices"].append(
        {"name": device.name, "role": device.role, "tenant": home.label, "manufacturer": UNSPECIFIED}
        | {"device_type": device.model, "platform": device.platform, "status": "active"}
        | {"site": home.sites[device.site].name}
    )
    zones, group = device.standard.zones, home.label
    for port in device.ports:
        speed = _speed(region, device, port)
        row = {"device": device.name, "name": port.name, "type": MEDIA.get(port.gbps, "other"), "speed": speed}
        made["interfaces"].append(row | _switching(device, port, group))
    own = zones["operations"].name if device.role in ("core", "access") else MANAGEMENT
    virtual = {own: [(device.address, True, "active")]}
    if device.legacy_address:
        virtual[own].append((device.legacy_address, False, "deprecated"))
    for zone, address in device.gateways.items():
        if zone != "operations":
            virtual[zones[zone].name] = [(address, False, "active")]
    if device.loopback:
        virtual[LOOPBACK] = [(IPv4Interface(device.loopback), False, "active")]
    for name, addresses in virtual.items():
        made["interfaces"].append({"device": device.name, "name": name, "type": "virtual", "enabled": "true"})
        for address, primary, status in addresses:
            made["ip_addresses"].append(_address(home, address, device.name, name, primary) | {"status": status})
    for port in device.ports:
        if port.neighbour and port.neighbour.address:
            made["ip_addresses"].append(_address(home, port.neighbour.address, device.name, port.name, False))


def _switching(device: Device, port: Port, group: str) -> Row:
    """Whether a port is on, and its VLANs."""
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


def _speed(region: Region, device: Device, port: Port) -> str:
    """Of a link, in kbit/s: NetBox's cables have none, so both ends say it."""
    if not port.neighbour:
        return ""
    ends = {f"{device.name}:{port.number}", f"{port.neighbour.device}:{port.neighbour.port}"}
    homes = (region.municipalities[name] for name in _once([device.municipality, port.neighbour.municipality]))
    return next((str(link.gbps * 1_000_000) for home in homes for link in home.links if {link.a, link.b} == ends), "")


def _server(region: Region, server: Server, made: Tables) -> None:
    home = region.municipalities[server.municipality]
    row = {"name": server.name, "role": server.groups[0], "tenant": home.label, "status": "active"}
    row |= {"site": home.sites[server.site].name, "tags": ",".join(_slug(tag) for tag in server.groups[1:])}
    address = _address(home, server.address, server.name, NETWORK, True)
    if server.runs_on:
        made["virtual_machines"].append(row | {"cluster": home.label, "device": server.runs_on})
        made["vm_interfaces"].append({"virtual_machine": server.name, "name": NETWORK, "enabled": "true"})
        made["ip_addresses"].append(address | {"device": "", "virtual_machine": server.name})
        return
    hosts = {one.runs_on for one in region.servers.values()}
    cluster = home.label if server.name in hosts else ""
    made["devices"].append(row | {"manufacturer": UNSPECIFIED, "device_type": SERVER, "cluster": cluster})
    made["interfaces"].append({"device": server.name, "name": NETWORK, "type": "other", "enabled": "true"})
    made["ip_addresses"].append(address)


def _address(home: Municipality, address: IPv4Interface, device: str, interface: str, primary: bool) -> Row:
    row = {"address": str(address), "tenant": home.label, "status": "active", "device": device}
    return row | {"interface": interface, "is_primary": "true" if primary else "false"}


def _cables(region: Region, home: Municipality, made: Tables) -> None:
    for link in home.links:
        made["cables"].append(_cable(home, _end(region, link.a), _end(region, link.b)))
    for server in region.servers.values():
        if server.municipality == home.name and server.attached:
            made["cables"].append(_cable(home, (server.name, NETWORK), _end(region, server.attached)))


def _cable(home: Municipality, a: tuple[str, str], b: tuple[str, str]) -> Row:
    row = {"status": "connected", "tenant": home.label}
    for side, (device, port) in (("a", a), ("b", b)):
        row |= {f"side_{side}_device": device, f"side_{side}_type": "dcim.interface", f"side_{side}_name": port}
    return row


def _end(region: Region, socket: str) -> tuple[str, str]:
    device, _, port = socket.rpartition(":")
    return device, region.devices[device].port(int(port)).name


def _zones(region: Region, home: Municipality) -> list[str]:
    """Those that a municipality's sites need, in the standard's order."""
    standard = _standard(region, home)
    if standard is None:
        return []
    needed = {zone for site in home.sites.values() for zone in standard.site_purposes[site.purpose]}
    return [zone for zone in standard.zones if zone in needed]


def _standard(region: Region, home: Municipality) -> Standard | None:
    return next((device.standard for device in region.of(home.name)), None)


def _named(word: str) -> Row:
    return {"name": word, "slug": _slug(word)}


def _slug(word: str) -> str:
    """As NetBox wants it: letters, digits, - and _."""
    return re.sub(r"[^a-z0-9_-]", "-", word.lower())


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
