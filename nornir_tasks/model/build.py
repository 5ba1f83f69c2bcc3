"""From what Ansible resolved to the typed model: pure."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from nornir_tasks.model.device import Device, Endpoint, Neighbour, Port, Region, Server
from nornir_tasks.model.municipality import Link, Municipality, Site
from nornir_tasks.model.standard import Standard, SwitchModel

ROLES = ("core", "access", "leaf", "spine")
CENTRE = "operations_centre"
MUNICIPALITY_KEYS = tuple(key for key in Municipality.model_fields if key != "name")


def build(resolved: Mapping[str, Any]) -> Region:
    """Build the region. Shape of ``resolved``: that of ``ansible-inventory --list``."""
    variables: dict[str, dict[str, Any]] = resolved["_meta"]["hostvars"]
    owners = {}
    municipalities: dict[str, Municipality] = {}
    for name in [*resolved.get("municipalities", {}).get("children", []), CENTRE]:
        hosts = members(resolved, name)
        owners.update(dict.fromkeys(hosts, name))
        if hosts:
            first = variables[sorted(hosts)[0]]
            facts = {key: first[key] for key in MUNICIPALITY_KEYS if key in first}
            municipalities[name] = Municipality.model_validate({"name": name, **facts})
    standards: dict[str, Standard] = {}
    fields = tuple(Standard.model_fields)
    roles = {host: role for role in ROLES for host in members(resolved, role)}
    raw = {}
    for host in sorted(roles):
        mine = variables[host]
        said = {key: mine[key] for key in fields if key in mine}
        standard = standards.setdefault(repr(said), Standard.model_validate(said))
        raw[host] = (mine, standard)
    ends = _ends(municipalities, owners, {host: str(mine["site"]) for host, (mine, _) in raw.items()})
    models = {host: standard.switch_models[mine["model"]] for host, (mine, standard) in raw.items()}
    zones = _zones(raw, roles, owners, municipalities, ends)
    devices = {}
    for host, (mine, standard) in raw.items():
        home = municipalities[owners[host]]
        devices[host] = _device(host, mine, standard, home, roles[host], owners, models, ends, zones)
    server_groups = resolved.get("servers", {}).get("children", [])
    servers = {}
    for host in sorted(members(resolved, "servers")):
        mine = variables[host]
        attached = mine.get("attached")
        home = municipalities[owners[host]]
        servers[host] = Server(
            name=host,
            municipality=owners[host],
            site=mine.get("site") or _site_at(home, IPv4Address(mine["address"])),
            address=_interface(mine["address"], home, next(iter(standards.values()))),
            groups=tuple(group for group in server_groups if host in members(resolved, group)),
            attached=attached,
            runs_on=mine.get("runs_on"),
            endpoint=_endpoint(mine),
        )
    return Region(municipalities=municipalities, devices=devices, servers=servers)


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


def _site_at(home: Municipality, address: IPv4Address) -> str:
    for name, site in home.sites.items():
        if address in site.block:
            return name
    return next(iter(home.sites))


def _endpoint(mine: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        host=str(mine.get("ansible_host") or mine["address"]),
        ssh_port=int(mine.get("ansible_port", 22)),
        eapi_port=int(mine.get("eapi_port", 443)),
    )


def _interface(address: str, home: Municipality, standard: Standard) -> IPv4Interface:
    if home.name == CENTRE:
        return IPv4Interface(f"{address}/24")
    return IPv4Interface(f"{address}/{standard.zones['operations'].block.split('/')[1]}")


def _ends(
    municipalities: Mapping[str, Municipality], owners: Mapping[str, str], sites: Mapping[str, str]
) -> dict[str, dict[int, tuple[str, int, Link, int | None, bool]]]:
    """Each switch's cables by port: far device, far port, link, index of its /31, whether this end comes first."""
    halves = list(municipalities[CENTRE].sites)
    found: dict[str, dict[int, tuple[str, int, Link, int | None, bool]]] = {}
    for home in municipalities.values():
        for link in home.links:
            (a, pa), (b, pb) = (end.rsplit(":", 1) for end in (link.a, link.b))
            index = link.index
            if link.kind == "routed" and index is None:
                index = home.number * 2 + halves.index(sites[b])
            a_first = owners[a] == CENTRE
            found.setdefault(a, {})[int(pa)] = (b, int(pb), link, index, a_first)
            found.setdefault(b, {})[int(pb)] = (a, int(pa), link, index, not a_first)
    return found


def _zones(raw, roles, owners, municipalities, ends):  # type: ignore[no-untyped-def]
    """Zones that each switch carries, and those behind each of its trunks."""
    own = {
        host: set(standard.site_purposes[municipalities[owners[host]].sites[mine["site"]].purpose])
        for host, (mine, standard) in raw.items()
    }
    carried: dict[str, set[str]] = {}
    behind: dict[str, dict[int, set[str]]] = {}

    def walk(host: str, parent: str | None) -> set[str]:
        zones = set(own[host])
        for port, (far, _, link, _, _) in sorted(ends.get(host, {}).items()):
            if link.kind == "trunk" and far != parent:
                there = walk(far, host)
                behind.setdefault(host, {})[port] = there
                zones |= there
        for port, (far, _, link, _, _) in ends.get(host, {}).items():
            if link.kind == "trunk" and far == parent:
                behind.setdefault(host, {})[port] = zones
        carried[host] = zones
        return zones

    for host, role in roles.items():
        if role == "core":
            walk(host, None)
    for host in raw:
        carried.setdefault(host, own[host])
    return carried, behind


def _port_name(model: SwitchModel, number: int) -> str:
    uplink = model.uplinks and model.uplinks_from and number >= model.uplinks_from
    return str(model.uplinks if uplink else model.name).replace("{}", str(number))


def _device(host, mine, standard, home, role, owners, models, ends, zones):  # type: ignore[no-untyped-def]
    model = models[host]
    carried, behind = zones
    order = {zone: n for n, zone in enumerate(standard.zones)}

    def tidy(names):  # type: ignore[no-untyped-def]
        return tuple(sorted(names, key=order.__getitem__))

    profiles = {number: profile for span, profile in mine.get("ports", {}).items() for number in numbers(span)}
    ports = []
    for number in range(1, model.ports + 1):
        neighbour = None
        if number in ends.get(host, {}):
            far, far_port, link, index, first = ends[host][number]
            address = peer = None
            if link.kind == "routed":
                base = int(standard.uplink_network.network_address) + 2 * index
                low, high = IPv4Interface((base, 31)), IPv4Interface((base + 1, 31))
                address, peer = (low, high) if first else (high, low)
            neighbour = Neighbour(
                device=far,
                port=far_port,
                port_name=_port_name(models[far], far_port),
                municipality=owners[far],
                kind=link.kind,
                address=address,
                peer_address=peer,
            )
        ports.append(
            Port(
                number=number,
                name=_port_name(model, number),
                gbps=model.gbps,
                profile=profiles.get(number),
                neighbour=neighbour,
            )
        )
    address = _interface(mine["address"], home, standard)
    legacy_address = None
    legacy_name = None
    if home.legacy is not None:
        subnet = home.legacy.vlans[home.legacy.management_vlan].subnet
        if mine.get("legacy_address"):
            legacy_address = IPv4Interface(f"{mine['legacy_address']}/{subnet.prefixlen if subnet else 24}")
        legacy_name = home.legacy.naming.format(
            name=host, site=mine["site"], number=host.rsplit("-", 1)[1], role=role, municipality=home.name
        )
    loopback = None
    gateways = {}
    if role == "core":
        loopback = IPv4Address(int(home.prefix.network_address) + (255 << 8) + 1)
        for zone in tidy(carried[host]):
            net = _network(home.prefix, standard.zones[zone].block)
            gateways[zone] = IPv4Interface((int(net.network_address) + 1, net.prefixlen))
    elif role in ("leaf", "spine"):
        loopback = IPv4Address(int(home.prefix.network_address) + (255 << 8) + (int(address.ip) & 255))
        if any(profile == "service" for profile in profiles.values()):
            site = home.sites[mine["site"]]
            net = _network(site.block, standard.zones["services"].block)
            gateways["services"] = IPv4Interface((int(net.network_address) + 1, net.prefixlen))
    operations = _network(home.prefix, standard.zones["operations"].block)
    return Device(
        name=host,
        municipality=home.name,
        role=role,
        platform=model.platform,
        model=mine["model"],
        switch_model=model,
        site=mine["site"],
        address=address,
        legacy_address=legacy_address,
        legacy_name=legacy_name,
        gateway=operations.network_address + 1 if role == "access" else None,
        loopback=loopback,
        ports=tuple(ports),
        zones=tidy(carried[host]),
        trunk_zones={port: tidy(names) for port, names in behind.get(host, {}).items()},
        gateways=gateways,
        endpoint=_endpoint(mine),
        standard=standard,
    )


def _network(start: IPv4Network, block: str) -> IPv4Network:
    octets, length = block.split("/")
    third, fourth = (int(octet) for octet in octets.split("."))
    return IPv4Network((int(start.network_address) + (third << 8) + fourth, int(length)))
