"""What the model derives, and from which keys of the inventory: the inverse of ``model.build``. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nornir_tasks.model import Device, Municipality, Region, Server
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
    home: Municipality
    rest: Sequence[str]
    variables: Mapping[str, Any]

    def own_keys(self, *keys: str) -> Keys:
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


def _derive_gateway(here: _SwitchContext) -> Derivation:
    value, keys = here.device.gateway, here.own_keys("prefix", "zones.operations.block")
    if value is None:
        return Derivation(None, f"none: a {here.device.role} switch routes on its own", ())
    return Derivation(str(value), "the first address of the municipality's operations zone", keys)


def _derive_loopback(here: _SwitchContext) -> Derivation:
    if here.device.role == "access":
        return Derivation(None, "none: an access switch does not route", ())
    is_core = here.device.role == "core"
    rule = "address 1 of the prefix's last /24" if is_core else "its address's last octet, in the prefix's last /24"
    return Derivation(str(here.device.loopback), rule, here.own_keys("prefix", *([] if is_core else ["address"])))


def _derive_platform(here: _SwitchContext) -> Derivation:
    model = here.device.model
    rule = "the platform of its model; its group must agree"
    return Derivation(here.device.platform, rule, here.own_keys("model", f"switch_models.{model}.platform"))


def _derive_switch_model(here: _SwitchContext) -> Derivation:
    value = here.device.switch_model.model_dump(mode="json")
    return Derivation(
        value, "the switch type of its model", here.own_keys("model", f"switch_models.{here.device.model}")
    )


def _derive_role(here: _SwitchContext) -> Derivation:
    return Derivation(here.device.role, f"it is in the group {here.device.role}", ())


def _derive_municipality(here: _SwitchContext) -> Derivation:
    return Derivation(here.home.name, f"it is in the group {here.home.name}", ())


def _derive_legacy_name(here: _SwitchContext) -> Derivation:
    if here.home.legacy is None:
        return Derivation(None, f"none: {here.home.name} has no legacy", ())
    rule = "legacy.naming, filled in with the switch's own words"
    return Derivation(here.device.legacy_name, rule, here.own_keys("legacy.naming", "site"))


def _derive_address(here: _SwitchContext) -> Derivation:
    rule = "with the length of the operations zone" if here.home.name != CENTRE else "in a /24 of the centre"
    zone_keys = ["zones.operations.block"] if here.home.name != CENTRE else []
    return Derivation(str(here.device.address), f"its address, {rule}", here.own_keys("address", *zone_keys))


def _derive_endpoint(here: _SwitchContext) -> Derivation:
    rule = "ansible_host, else its address (before its move its legacy_address)"
    keys = ("ansible_host", "address", "legacy_address", "ansible_port", "eapi_port")
    return Derivation(here.device.endpoint.model_dump(mode="json"), rule, here.own_keys(*keys))


def _derive_zones(here: _SwitchContext) -> Derivation:
    device = here.device
    rule = "what its site's purpose needs, and those of the sites behind it"
    behind_switches = [
        switch
        for port in _list_trunks(device)
        if not _is_towards_core(here.region, device, port)
        for switch in _walk_past(here, port)
    ]
    return Derivation(list(device.zones), rule, _list_purpose_keys(here, [device, *behind_switches]))


def _derive_trunk_zones(here: _SwitchContext) -> Derivation | None:
    device, zones = here.device, here.device.trunk_zones
    if not here.rest:
        zones_by_port = {str(port): list(names) for port, names in zones.items()}
        rule = "what the sites behind each trunk need; ask for one: trunk_zones.PORT"
        return Derivation(zones_by_port, rule, tuple(key for port in zones for key in _find_link_keys(here, port)))
    port = int(here.rest[0]) if here.rest[0].isdecimal() else 0
    if port not in zones:
        return None
    leads_to_core = _is_towards_core(here.region, device, port)
    down_switches = [
        switch
        for down_port in _list_trunks(device)
        if not _is_towards_core(here.region, device, down_port)
        for switch in _walk_past(here, down_port)
    ]
    served_switches = [device, *down_switches] if leads_to_core else list(_walk_past(here, port))
    names = ", ".join(switch.name for switch in served_switches)
    return Derivation(
        list(zones[port]),
        f"what the sites of {names} need",
        (*_find_link_keys(here, port), *_list_purpose_keys(here, served_switches)),
    )


def _derive_gateways(here: _SwitchContext) -> Derivation | None:
    device = here.device
    if here.rest and here.rest[0] not in device.gateways:
        return None
    zones = [here.rest[0]] if here.rest else list(device.gateways)
    addresses = {zone: str(device.gateways[zone]) for zone in zones}
    value = addresses[here.rest[0]] if here.rest else addresses
    if device.role == "core":
        rule = "a core is the gateway of the zones that it carries: the first address of each"
        return Derivation(value, rule, here.own_keys("prefix", *(f"zones.{zone}.block" for zone in zones)))
    if not zones:
        return Derivation(value, f"none: this {device.role} switch has no ports for services, or does not route", ())
    rule = "the first address of its half's services, because it has ports for them"
    return Derivation(value, rule, here.own_keys(f"sites.{device.site}.block", "zones.services.block", "ports"))


def _derive_port(here: _SwitchContext) -> Derivation | None:
    device = here.device
    number = int(here.rest[0]) if here.rest and here.rest[0].isdecimal() else 0
    if not 1 <= number <= len(device.ports):
        return None
    port, model = device.port(number), f"switch_models.{device.model}"
    if here.rest[1:] == ["name"]:
        switch_model = device.switch_model
        is_uplink = switch_model.uplinks and switch_model.uplinks_from and number >= switch_model.uplinks_from
        names = [f"{model}.uplinks", f"{model}.uplinks_from"] if is_uplink else [f"{model}.name"]
        return Derivation(port.name, "the port's name on its model", here.own_keys(*names))
    if port.neighbour:
        neighbour = port.neighbour
        rule = f"a {neighbour.kind} link to {neighbour.device} {neighbour.port_name}"
        return Derivation(f"{neighbour.device}:{neighbour.port}", rule, _find_link_keys(here, number))
    if port.profile is None:
        keys = here.own_keys("port_profiles.unused")
        return Derivation("unused", "no range of `ports` has it, and no link ends there: unused", keys)
    port_range = next(
        str(port_range) for port_range in here.variables["ports"] if number in expand_port_range(port_range)
    )
    keys = here.own_keys(f"ports.{port_range}", f"port_profiles.{port.profile}")
    return Derivation(port.profile, f"port {number} is in the range {port_range}", keys)


def _derive_server(region: Region, server: Server, name: str) -> Derivation | None:
    address_keys = tuple((server.name, key) for key in ("address",))
    home = region.municipalities[server.municipality]
    if name == "municipality":
        return Derivation(home.name, f"it is in the group {home.name}", ())
    if name == "address":
        return Derivation(str(server.address), "its address, with the length of the operations zone", address_keys)
    if name == "site":
        keys = (*address_keys, (server.name, f"sites.{server.site}.block"))
        return Derivation(server.site, "the site in whose block its address is", keys)
    if name == "endpoint":
        keys = tuple((server.name, key) for key in ("ansible_host", "address", "ansible_port"))
        return Derivation(server.endpoint.model_dump(mode="json"), "ansible_host, else its address", keys)
    return None


RULES: dict[str, Callable[[_SwitchContext], Derivation | None]] = {
    "address": _derive_address,
    "endpoint": _derive_endpoint,
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
NAMES = (*RULES, "site")  # of switches and servers
PARTED = ("gateways", "port", "ports", "trunk_zones")  # of whose parts each has keys of its own


def _list_trunks(device: Device) -> list[int]:
    return [port.number for port in find_trunk_ports(device)]


def _walk_past(here: _SwitchContext, port: int) -> Iterator[Device]:
    """The switches beyond a trunk, each once."""
    yield from _walk_beyond(here.region, here.device, port)


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


def _list_purpose_keys(here: _SwitchContext, devices: Sequence[Device]) -> Keys:
    """The keys that decide which zones some switches need: each site and purpose once."""
    sites = {switch.site: switch for switch in reversed(devices)}
    keys: dict[tuple[str, str], None] = dict.fromkeys((switch.name, "site") for switch in devices)
    keys |= dict.fromkeys(here.own_keys(*(f"sites.{site}.purpose" for site in sorted(sites))))
    purposes = sorted({here.home.sites[site].purpose for site in sites})
    return tuple(keys | dict.fromkeys(here.own_keys(*(f"site_purposes.{purpose}" for purpose in purposes))))


def _find_link_keys(here: _SwitchContext, port: int) -> Keys:
    """The key of the cable in a port: in the ``links`` of its municipality, which for a leaf is often another."""
    end = f"{here.device.name}:{port}"
    for name, home in here.region.municipalities.items():
        for number, link in enumerate(home.links):
            if end in (link.a, link.b):
                owner = here.device.name if name == here.home.name else here.region.of(name)[0].name
                return ((owner, f"links.{number}"),)
    return ()
