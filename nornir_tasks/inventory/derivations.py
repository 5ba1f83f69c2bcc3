"""What the model derives, and from which keys of the inventory: as ``model.build`` does it, told backwards. Pure."""

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
class _Here:
    """A switch, and what it belongs to. ``rest`` is what a key says after the model's own name,
    ``said`` what Ansible resolved for the switch."""

    region: Region
    device: Device
    home: Municipality
    rest: Sequence[str]
    said: Mapping[str, Any]

    def mine(self, *keys: str) -> Keys:
        """Keys of the switch itself."""
        return tuple((self.device.name, key) for key in keys)


def derive(region: Region, host: str, key: Sequence[str], said: Mapping[str, Any]) -> Derivation | None:
    """What a value of the model comes from: ``gateway``, ``trunk_zones.49``, ``ports.17``; None: the model has none.

    Args:
        key: part by part; ``device.zones`` is the model's where the inventory has a variable of the same name.
        said: what Ansible resolved for this host.
    """
    name, *rest = key[1:] if key[0] in PREFIXES and len(key) > 1 else key
    if host in region.servers:
        return _server(region, region.servers[host], name)
    rule = RULES.get(name)
    if rule is None or host not in region.devices or (rest and name not in PARTED):
        return None
    device = region.devices[host]
    return rule(_Here(region, device, region.municipalities[device.municipality], rest, said))


def _gateway(here: _Here) -> Derivation:
    value, keys = here.device.gateway, here.mine("prefix", "zones.operations.block")
    if value is None:
        return Derivation(None, f"none: a {here.device.role} switch routes on its own", ())
    return Derivation(str(value), "the first address of the municipality's operations zone", keys)


def _loopback(here: _Here) -> Derivation:
    if here.device.role == "access":
        return Derivation(None, "none: an access switch does not route", ())
    core = here.device.role == "core"
    rule = "address 1 of the prefix's last /24" if core else "its address's last octet, in the prefix's last /24"
    return Derivation(str(here.device.loopback), rule, here.mine("prefix", *([] if core else ["address"])))


def _platform(here: _Here) -> Derivation:
    model = here.device.model
    rule = "the platform of its model; its group must agree"
    return Derivation(here.device.platform, rule, here.mine("model", f"switch_models.{model}.platform"))


def _switch_model(here: _Here) -> Derivation:
    value = here.device.switch_model.model_dump(mode="json")
    return Derivation(value, "the switch type of its model", here.mine("model", f"switch_models.{here.device.model}"))


def _role(here: _Here) -> Derivation:
    return Derivation(here.device.role, f"it is in the group {here.device.role}", ())


def _municipality(here: _Here) -> Derivation:
    return Derivation(here.home.name, f"it is in the group {here.home.name}", ())


def _legacy_name(here: _Here) -> Derivation:
    if here.home.legacy is None:
        return Derivation(None, f"none: {here.home.name} has no legacy", ())
    rule = "legacy.naming, filled in with the switch's own words"
    return Derivation(here.device.legacy_name, rule, here.mine("legacy.naming", "site"))


def _length(here: _Here) -> Derivation:
    rule = "with the length of the operations zone" if here.home.name != CENTRE else "in a /24 of the centre"
    more = ["zones.operations.block"] if here.home.name != CENTRE else []
    return Derivation(str(here.device.address), f"its address, {rule}", here.mine("address", *more))


def _endpoint(here: _Here) -> Derivation:
    rule = "ansible_host, else its address (before its move its legacy_address)"
    keys = ("ansible_host", "address", "legacy_address", "ansible_port", "eapi_port")
    return Derivation(here.device.endpoint.model_dump(mode="json"), rule, here.mine(*keys))


def _zones(here: _Here) -> Derivation:
    device = here.device
    rule = "what its site's purpose needs, and those of the sites behind it"
    behind = [one for port in _trunks(device) if not _up(here.region, device, port) for one in _past(here, port)]
    return Derivation(list(device.zones), rule, _purposes(here, [device, *behind]))


def _trunk_zones(here: _Here) -> Derivation | None:
    device, zones = here.device, here.device.trunk_zones
    if not here.rest:
        every = {str(port): list(names) for port, names in zones.items()}
        rule = "what the sites behind each trunk need; ask for one: trunk_zones.PORT"
        return Derivation(every, rule, tuple(key for port in zones for key in _link(here, port)))
    port = int(here.rest[0]) if here.rest[0].isdecimal() else 0
    if port not in zones:
        return None
    up = _up(here.region, device, port)
    down = [one for other in _trunks(device) if not _up(here.region, device, other) for one in _past(here, other)]
    served = [device, *down] if up else list(_past(here, port))
    names = ", ".join(one.name for one in served)
    return Derivation(
        list(zones[port]), f"what the sites of {names} need", (*_link(here, port), *_purposes(here, served))
    )


def _gateways(here: _Here) -> Derivation | None:
    device = here.device
    if here.rest and here.rest[0] not in device.gateways:
        return None
    zones = [here.rest[0]] if here.rest else list(device.gateways)
    all_ = {zone: str(device.gateways[zone]) for zone in zones}
    value = all_[here.rest[0]] if here.rest else all_
    if device.role == "core":
        rule = "a core is the gateway of the zones that it carries: the first address of each"
        return Derivation(value, rule, here.mine("prefix", *(f"zones.{zone}.block" for zone in zones)))
    if not zones:
        return Derivation(value, f"none: this {device.role} switch has no ports for services, or does not route", ())
    rule = "the first address of its half's services, because it has ports for them"
    return Derivation(value, rule, here.mine(f"sites.{device.site}.block", "zones.services.block", "ports"))


def _ports(here: _Here) -> Derivation | None:
    device = here.device
    number = int(here.rest[0]) if here.rest and here.rest[0].isdecimal() else 0
    if not 1 <= number <= len(device.ports):
        return None
    port, model = device.port(number), f"switch_models.{device.model}"
    if here.rest[1:] == ["name"]:
        kind = device.switch_model
        upper = kind.uplinks and kind.uplinks_from and number >= kind.uplinks_from
        names = [f"{model}.uplinks", f"{model}.uplinks_from"] if upper else [f"{model}.name"]
        return Derivation(port.name, "the port's name on its model", here.mine(*names))
    if port.neighbour:
        there = port.neighbour
        rule = f"a {there.kind} link to {there.device} {there.port_name}"
        return Derivation(f"{there.device}:{there.port}", rule, _link(here, number))
    if port.profile is None:
        keys = here.mine("port_profiles.unused")
        return Derivation("unused", "no range of `ports` has it, and no link ends there: unused", keys)
    span = next(str(one) for one in here.said["ports"] if number in expand_port_range(one))
    keys = here.mine(f"ports.{span}", f"port_profiles.{port.profile}")
    return Derivation(port.profile, f"port {number} is in the range {span}", keys)


def _server(region: Region, server: Server, name: str) -> Derivation | None:
    mine = tuple((server.name, key) for key in ("address",))
    home = region.municipalities[server.municipality]
    if name == "municipality":
        return Derivation(home.name, f"it is in the group {home.name}", ())
    if name == "address":
        return Derivation(str(server.address), "its address, with the length of the operations zone", mine)
    if name == "site":
        keys = (*mine, (server.name, f"sites.{server.site}.block"))
        return Derivation(server.site, "the site in whose block its address is", keys)
    if name == "endpoint":
        keys = tuple((server.name, key) for key in ("ansible_host", "address", "ansible_port"))
        return Derivation(server.endpoint.model_dump(mode="json"), "ansible_host, else its address", keys)
    return None


RULES: dict[str, Callable[[_Here], Derivation | None]] = {
    "address": _length,
    "endpoint": _endpoint,
    "gateway": _gateway,
    "gateways": _gateways,
    "legacy_name": _legacy_name,
    "loopback": _loopback,
    "municipality": _municipality,
    "platform": _platform,
    "port": _ports,
    "ports": _ports,
    "role": _role,
    "switch_model": _switch_model,
    "trunk_zones": _trunk_zones,
    "zones": _zones,
}
NAMES = (*RULES, "site")  # of switches and servers
PARTED = ("gateways", "port", "ports", "trunk_zones")  # of whose parts each has keys of its own


def _trunks(device: Device) -> list[int]:
    return [port.number for port in find_trunk_ports(device)]


def _past(here: _Here, port: int) -> Iterator[Device]:
    """The switches beyond a trunk, each once."""
    yield from _beyond(here.region, here.device, port)


def _beyond(region: Region, device: Device, port: int) -> Iterator[Device]:
    there = device.port(port).neighbour
    seen, waiting = {device.name}, [there.device] if there else []
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield region.devices[name]
        links = (one.neighbour for one in region.devices[name].ports)
        waiting += [link.device for link in links if link and link.kind == "trunk"]


def _up(region: Region, device: Device, port: int) -> bool:
    """Whether a trunk leads towards the core."""
    return any(one.role == "core" for one in _beyond(region, device, port))


def _purposes(here: _Here, devices: Sequence[Device]) -> Keys:
    """What says which zones some switches need: once for each site and purpose."""
    sites = {one.site: one for one in reversed(devices)}
    keys: dict[tuple[str, str], None] = dict.fromkeys((one.name, "site") for one in devices)
    keys |= dict.fromkeys(here.mine(*(f"sites.{site}.purpose" for site in sorted(sites))))
    purposes = sorted({here.home.sites[site].purpose for site in sites})
    return tuple(keys | dict.fromkeys(here.mine(*(f"site_purposes.{purpose}" for purpose in purposes))))


def _link(here: _Here, port: int) -> Keys:
    """The cable in a port, as its municipality's ``links`` say it: a leaf's is often another's."""
    end = f"{here.device.name}:{port}"
    for name, home in here.region.municipalities.items():
        for number, link in enumerate(home.links):
            if end in (link.a, link.b):
                owner = here.device.name if name == here.home.name else here.region.of(name)[0].name
                return ((owner, f"links.{number}"),)
    return ()
