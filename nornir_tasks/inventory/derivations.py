"""What the model derives, and from which keys of the inventory: the inverse of ``model.build``. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nornir_tasks.model import Device, Municipality, Region, Server
from nornir_tasks.model.addresses import find_site
from nornir_tasks.model.entries import CENTRE, expand_port_range
from nornir_tasks.model.graph import find_trunk_ports

PREFIXES = ("device", "server")  # before a key: the model's value is meant, not the variable of that name
Keys = tuple[tuple[str, str], ...]  # host and key


@dataclass(frozen=True)
class Derivation:
    """A value of the model. ``keys`` are what it was made from: host and key of each."""

    value: Any
    rule: str
    keys: Keys


@dataclass(frozen=True)
class _SwitchContext:
    """A switch, and what it belongs to. ``rest`` is what follows the model's own name in a key,
    ``variables`` what Ansible resolved for the switch."""

    region: Region
    device: Device
    municipality: Municipality
    rest: Sequence[str]
    variables: Mapping[str, Any]

    def make_own_keys(self, *keys: str) -> Keys:
        """Keys of the switch itself, with its name."""
        return tuple((self.device.name, key) for key in keys)


def derive(region: Region, host: str, key: Sequence[str], variables: Mapping[str, Any]) -> Derivation | None:
    """What a value of the model comes from: ``gateway``, ``trunk_zones.49``, ``ports.17``; None: the model has none.

    Args:
        region: built from the same inventory as ``variables``.
        host: a switch or server.
        key: part by part; ``device.zones`` is the model's where the inventory has a variable of the same name.
        variables: what Ansible resolved for this host.
    """
    name, *rest = key[1:] if key[0] in PREFIXES and len(key) > 1 else key
    if host in region.servers:
        return _derive_server(region, region.servers[host], name)
    rule = RULES.get(name)
    if rule is None or host not in region.devices or (rest and name not in PARTED):
        return None
    device = region.devices[host]
    return rule(_SwitchContext(region, device, region.municipalities[device.municipality], rest, variables))


def _derive_gateway(context: _SwitchContext) -> Derivation:
    value, keys = context.device.gateway, context.make_own_keys("prefix", "zones.operations.block")
    if value is None:
        return Derivation(None, f"none: a {context.device.role} switch routes on its own", ())
    return Derivation(str(value), "the first address of the municipality's operations zone", keys)


def _derive_loopback(context: _SwitchContext) -> Derivation:
    if context.device.role == "access":
        return Derivation(None, "none: an access switch does not route", ())
    is_core = context.device.role == "core"
    rule = "address 1 of the prefix's last /24" if is_core else "its address's last octet, in the prefix's last /24"
    return Derivation(
        str(context.device.loopback), rule, context.make_own_keys("prefix", *([] if is_core else ["address"]))
    )


def _derive_platform(context: _SwitchContext) -> Derivation:
    model = context.device.model
    rule = "the platform of its model; its group must agree"
    return Derivation(context.device.platform, rule, context.make_own_keys("model", f"switch_models.{model}.platform"))


def _derive_switch_model(context: _SwitchContext) -> Derivation:
    value = context.device.switch_model.model_dump(mode="json")
    return Derivation(
        value, "the switch type of its model", context.make_own_keys("model", f"switch_models.{context.device.model}")
    )


def _derive_role(context: _SwitchContext) -> Derivation:
    return Derivation(context.device.role, f"it is in the group {context.device.role}", ())


def _derive_municipality(context: _SwitchContext) -> Derivation:
    return Derivation(context.municipality.name, f"it is in the group {context.municipality.name}", ())


def _derive_legacy_name(context: _SwitchContext) -> Derivation:
    if context.municipality.legacy is None:
        return Derivation(None, f"none: {context.municipality.name} has no legacy", ())
    rule = "legacy.naming, filled in with the switch's own words"
    return Derivation(context.device.legacy_name, rule, context.make_own_keys("legacy.naming", "site"))


def _derive_address(context: _SwitchContext) -> Derivation:
    rule = "with the length of the operations zone" if context.municipality.name != CENTRE else "in a /24 of the centre"
    zone_keys = ["zones.operations.block"] if context.municipality.name != CENTRE else []
    return Derivation(str(context.device.address), f"its address, {rule}", context.make_own_keys("address", *zone_keys))


def _derive_endpoint(context: _SwitchContext) -> Derivation:
    rule = "ansible_host, else its address (before its move its legacy_address)"
    keys = ("ansible_host", "address", "legacy_address", "ansible_port", "eapi_port")
    return Derivation(context.device.endpoint.model_dump(mode="json"), rule, context.make_own_keys(*keys))


def _derive_zones(context: _SwitchContext) -> Derivation:
    device = context.device
    rule = "what its site's purpose needs, and those of the sites behind it"
    behind_switches = [
        switch
        for port in _list_trunks(device)
        if not _is_towards_core(context.region, device, port)
        for switch in _walk_past(context, port)
    ]
    return Derivation(list(device.zones), rule, _list_purpose_keys(context, [device, *behind_switches]))


def _derive_trunk_zones(context: _SwitchContext) -> Derivation | None:
    device, zones = context.device, context.device.trunk_zones
    if not context.rest:
        zones_by_port = {str(port): list(names) for port, names in zones.items()}
        rule = "what the sites behind each trunk need; ask for one: trunk_zones.PORT"
        return Derivation(zones_by_port, rule, tuple(key for port in zones for key in _find_link_keys(context, port)))
    port = int(context.rest[0]) if context.rest[0].isdecimal() else 0
    if port not in zones:
        return None
    leads_to_core = _is_towards_core(context.region, device, port)
    down_switches = [
        switch
        for down_port in _list_trunks(device)
        if not _is_towards_core(context.region, device, down_port)
        for switch in _walk_past(context, down_port)
    ]
    served_switches = [device, *down_switches] if leads_to_core else list(_walk_past(context, port))
    names = ", ".join(switch.name for switch in served_switches)
    return Derivation(
        list(zones[port]),
        f"what the sites of {names} need",
        (*_find_link_keys(context, port), *_list_purpose_keys(context, served_switches)),
    )


def _derive_gateways(context: _SwitchContext) -> Derivation | None:
    device = context.device
    if context.rest and context.rest[0] not in device.gateways:
        return None
    zones = [context.rest[0]] if context.rest else list(device.gateways)
    addresses = {zone: str(device.gateways[zone]) for zone in zones}
    value = addresses[context.rest[0]] if context.rest else addresses
    if device.role == "core":
        rule = "a core is the gateway of the zones that it carries: the first address of each"
        return Derivation(value, rule, context.make_own_keys("prefix", *(f"zones.{zone}.block" for zone in zones)))
    if not zones:
        return Derivation(value, f"none: this {device.role} switch has no ports for services, or does not route", ())
    rule = "the first address of its half's services, because it has ports for them"
    return Derivation(value, rule, context.make_own_keys(f"sites.{device.site}.block", "zones.services.block", "ports"))


def _derive_port(context: _SwitchContext) -> Derivation | None:
    device = context.device
    number = int(context.rest[0]) if context.rest and context.rest[0].isdecimal() else 0
    if not 1 <= number <= len(device.ports):
        return None
    port, model = device.port(number), f"switch_models.{device.model}"
    if context.rest[1:] == ["name"]:
        switch_model = device.switch_model
        is_uplink = switch_model.uplinks and switch_model.uplinks_from and number >= switch_model.uplinks_from
        names = [f"{model}.uplinks", f"{model}.uplinks_from"] if is_uplink else [f"{model}.name"]
        return Derivation(port.name, "the port's name on its model", context.make_own_keys(*names))
    if port.neighbour:
        neighbour = port.neighbour
        rule = f"a {neighbour.kind} link to {neighbour.device} {neighbour.port_name}"
        return Derivation(f"{neighbour.device}:{neighbour.port}", rule, _find_link_keys(context, number))
    if number in device.exits:
        name = device.exits[number]
        rule = f"the exit {name} leads by it to {device.standard.exits[name].peer}"
        return Derivation(name, rule, context.make_own_keys(f"exits.{name}.port"))
    if port.profile is None:
        keys = context.make_own_keys("port_profiles.unused")
        return Derivation("unused", "no range of `ports` has it, and no link ends there: unused", keys)
    port_range = next(
        str(port_range) for port_range in context.variables["ports"] if number in expand_port_range(port_range)
    )
    keys = context.make_own_keys(f"ports.{port_range}", f"port_profiles.{port.profile}")
    return Derivation(port.profile, f"port {number} is in the range {port_range}", keys)


def _derive_exits(context: _SwitchContext) -> Derivation:
    """The exits of a leaf, by port."""
    exits = {str(port): name for port, name in context.device.exits.items()}
    rule = "the exits whose port is one of this switch" if exits else "none: no exit has a port of this switch"
    return Derivation(exits, rule, context.make_own_keys(*(f"exits.{name}.port" for name in exits.values())))


def _derive_server(region: Region, server: Server, name: str) -> Derivation | None:
    municipality = region.municipalities[server.municipality]
    if name == "municipality":
        return Derivation(municipality.name, f"it is in the group {municipality.name}", ())
    if name == "zone":
        keys = _make_keys(server.name, "address", f"zones.{server.zone}.block")
        return Derivation(server.zone, "the zone in whose block its address is", keys)
    if name == "address":
        keys = _make_keys(server.name, "address", f"zones.{server.zone}.block")
        return Derivation(str(server.address), f"its address, with the length of the zone {server.zone}", keys)
    if name == "site":
        return _derive_server_site(region, server, municipality)
    if name == "endpoint":
        keys = _make_keys(server.name, "ansible_host", "address", "ansible_port")
        return Derivation(server.endpoint.model_dump(mode="json"), "ansible_host, else its address", keys)
    return None


def _derive_server_site(region: Region, server: Server, municipality: Municipality) -> Derivation:
    """The site of a server that names none: by its address, or by the switch that it hangs on."""
    is_centre = municipality.name == CENTRE
    standard = region.of(municipality.name)[0].standard
    if find_site(municipality, standard, server.address.ip, is_centre):
        keys = _make_keys(server.name, "address", f"sites.{server.site}.block")
        return Derivation(server.site, "the site in whose block its address is", keys)
    carrier = region.servers[server.runs_on] if server.runs_on else server
    keys = _make_keys(server.name, "runs_on") if server.runs_on else ()
    switch = str(carrier.attached).rpartition(":")[0]
    keys = (*keys, (carrier.name, "attached"), (switch, "site"))
    return Derivation(server.site, f"the site of the switch that it hangs on, {switch}", keys)


def _make_keys(host: str, *keys: str) -> Keys:
    return tuple((host, key) for key in keys)


RULES: dict[str, Callable[[_SwitchContext], Derivation | None]] = {
    "address": _derive_address,
    "endpoint": _derive_endpoint,
    "exits": _derive_exits,
    "gateway": _derive_gateway,
    "gateways": _derive_gateways,
    "legacy_name": _derive_legacy_name,
    "loopback": _derive_loopback,
    "municipality": _derive_municipality,
    "platform": _derive_platform,
    "port": _derive_port,
    "ports": _derive_port,
    "role": _derive_role,
    "switch_model": _derive_switch_model,
    "trunk_zones": _derive_trunk_zones,
    "zones": _derive_zones,
}
NAMES = (*RULES, "site", "zone")  # of switches and servers
PARTED = ("gateways", "port", "ports", "trunk_zones")  # of whose parts each has keys of its own


def _list_trunks(device: Device) -> list[int]:
    return [port.number for port in find_trunk_ports(device)]


def _walk_past(context: _SwitchContext, port: int) -> Iterator[Device]:
    """The switches beyond a trunk, each once."""
    yield from _walk_beyond(context.region, context.device, port)


def _walk_beyond(region: Region, device: Device, port: int) -> Iterator[Device]:
    neighbour = device.port(port).neighbour
    seen, waiting = {device.name}, [neighbour.device] if neighbour else []
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield region.devices[name]
        links = (far_port.neighbour for far_port in region.devices[name].ports)
        waiting += [link.device for link in links if link and link.kind == "trunk"]


def _is_towards_core(region: Region, device: Device, port: int) -> bool:
    """Whether a trunk leads towards the core."""
    return any(switch.role == "core" for switch in _walk_beyond(region, device, port))


def _list_purpose_keys(context: _SwitchContext, devices: Sequence[Device]) -> Keys:
    """The keys that decide which zones some switches need: each site and purpose once."""
    sites = {switch.site: switch for switch in reversed(devices)}
    keys: dict[tuple[str, str], None] = dict.fromkeys((switch.name, "site") for switch in devices)
    keys |= dict.fromkeys(context.make_own_keys(*(f"sites.{site}.purpose" for site in sorted(sites))))
    purposes = sorted({context.municipality.sites[site].purpose for site in sites})
    return tuple(keys | dict.fromkeys(context.make_own_keys(*(f"site_purposes.{purpose}" for purpose in purposes))))


def _find_link_keys(context: _SwitchContext, port: int) -> Keys:
    """The key of the cable in a port: in the ``links`` of its municipality, which for a leaf is often another."""
    end = f"{context.device.name}:{port}"
    for name, municipality in context.region.municipalities.items():
        for number, link in enumerate(municipality.links):
            if end in (link.a, link.b):
                owner = context.device.name if name == context.municipality.name else context.region.of(name)[0].name
                return ((owner, f"links.{number}"),)
    return ()
