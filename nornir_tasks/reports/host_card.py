"""What a person wants to know of a switch or server, from the inventory and the journal; nothing is connected to."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from nornir_tasks.change.device_history import DeviceHistory, DriftReading, LastChange, OpenPlan
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Device, Link, Port, Region, Server, Stage
from nornir_tasks.model.device import Endpoint
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.graph import find_upstream
from nornir_tasks.reachability.blast_radius import Blast, find_blast_radius, find_switch_of

PLATFORMS = {"core": "core switch", "access": "access switch", "leaf": "leaf", "spine": "spine"}
NEAR = 3


class UnknownHost(FellesdriftError):
    """There is no such host: says which names are near."""

    exit_code = USAGE


@dataclass(frozen=True)
class Cable:
    """A cable to another switch. ``up``: towards the operations centre."""

    port: int
    to: str
    to_port: int
    to_name: str  # of the port, as the other switch has it
    kind: str
    gbps: int
    up: bool


@dataclass(frozen=True)
class Switch:
    """A switch. ``profiles`` are port ranges by profile; ``needs`` is what must go through its uplinks, in Mbit/s."""

    name: str
    what: str
    label: str  # the municipality, as people call it
    site: str
    municipality: str
    model: str
    platform: str
    size: int  # ports
    address: str
    gateway: str | None
    legacy_name: str | None
    legacy_address: str | None
    endpoint: Endpoint
    behind: Blast
    profiles: Mapping[str, str]
    unused: str
    cables: tuple[Cable, ...]
    needs: float
    stage: str
    since: str | None
    wave: str | None
    change: LastChange | None
    waiting: tuple[OpenPlan, ...]
    drift: DriftReading | None
    exceptions: tuple[str, ...]
    journal: bool  # whether there is one


@dataclass(frozen=True)
class Host:
    """A server. ``way``: what it hangs on, one after another, up to the core."""

    name: str
    what: str
    label: str
    site: str
    municipality: str
    address: str
    zone: str | None
    endpoint: Endpoint
    way: tuple[str, ...]
    guests: tuple[str, ...]  # the servers that run on it
    serves: tuple[str, ...]  # what the standard uses it for
    stage: str


def find(region: Region, word: str) -> str:
    """The host that a word means: its name, its name before the move, or its address.

    Raises:
        UnknownHost: none, or a site or municipality.
    """
    if word in region.devices or word in region.servers:
        return word
    devices = region.devices.values()
    for device in devices:
        former = [device.legacy_address.ip] if device.legacy_address else []
        if word in {device.legacy_name, *map(str, (device.address.ip, device.endpoint.host, *former))}:
            return device.name
    for server in region.servers.values():
        if word in (str(server.address.ip), server.endpoint.host):
            return server.name
    here = [device.name for device in devices if word in (device.site, device.municipality)]
    if here:
        raise UnknownHost(f"host: found {word!r}, which is a place; its switches: {', '.join(here)}")
    names = [*region.devices, *region.servers, *(one.legacy_name for one in devices if one.legacy_name)]
    near = get_close_matches(word, names, n=NEAR, cutoff=0.6)
    advice = f"did you mean {' or '.join(near)}?" if near else "scripts/inventory.py graph draws them all"
    raise UnknownHost(f"host: found {word!r}, expected a switch or server of the inventory; {advice}")


def card(region: Region, name: str, known: DeviceHistory, today: date) -> Switch | Host:
    """All of it."""
    if name in region.servers:
        return _server(region, region.servers[name], known)
    return _switch(region, region.devices[name], known, today)


def as_dict(found: Switch | Host) -> dict[str, Any]:
    """For a program."""
    told = asdict(found) | {"endpoint": found.endpoint.model_dump()}
    return {"kind": "switch" if isinstance(found, Switch) else "server", **told}


def _switch(region: Region, device: Device, known: DeviceHistory, today: date) -> Switch:
    home = region.municipalities[device.municipality]
    free = [port for port in device.ports if port.neighbour is None]
    by_profile: dict[str, list[int]] = {}
    for port in free:
        by_profile.setdefault(port.profile or "", []).append(port.number)
    behind = find_blast_radius(region, [device.name])
    born = not home.has_legacy
    stage = Stage.RETIRE if born else known.position.of(device.municipality, device.name)
    since = None if born else known.since(device.municipality, stage)
    return Switch(
        name=device.name,
        what=PLATFORMS[device.role],
        label=home.label,
        site=region.site(device).name,
        municipality=device.municipality,
        model=device.model,
        platform=device.platform,
        size=len(device.ports),
        address=str(device.address),
        gateway=str(device.gateway) if device.gateway else None,
        legacy_name=device.legacy_name,
        legacy_address=str(device.legacy_address) if device.legacy_address else None,
        endpoint=device.endpoint,
        behind=behind,
        profiles={name: format_ranges(ports, ", ") for name, ports in by_profile.items() if name},
        unused=format_ranges(by_profile.get("", []), ", "),
        cables=tuple(_cables(region, device)),
        needs=behind.clients * device.standard.mbps_per_client,
        stage="standard" if born else stage.word,
        since=f"{since:%Y-%m-%d %H:%M}" if since else None,
        wave=None if born else _wave(region, device),
        change=known.change(device.name),
        waiting=known.waiting(device.name),
        drift=known.drift(device.name),
        exceptions=tuple(_exceptions(region, device, today)),
        journal=known.journal,
    )


def _cables(region: Region, device: Device) -> Iterable[Cable]:
    inwards = find_upstream(region, device)
    for port in device.ports:
        there = port.neighbour
        if there is not None:
            gbps = _link(region, device, port).gbps
            up = there.device in inwards
            yield Cable(port.number, there.device, there.port, there.port_name, there.kind, gbps, up)


def _link(region: Region, device: Device, port: Port) -> Link:
    end = f"{device.name}:{port.number}"
    links = (link for home in region.municipalities.values() for link in home.links)
    return next(link for link in links if end in (link.a, link.b))


def _wave(region: Region, device: Device) -> str | None:
    """When its turn comes at cutover."""
    order = order_waves(region, device.municipality, Stage.CUTOVER)
    found = [(number, wave.name) for number, wave in enumerate(order, 1) if device.name in wave.devices]
    return f"{found[0][1]}, wave {found[0][0]} of {len(order)}" if found else None


def _exceptions(region: Region, device: Device, today: date) -> Iterable[str]:
    """Waivers, and keys of the standard that this switch has otherwise than its municipality's others."""
    for waiver in region.municipalities[device.municipality].waivers:
        if waiver.device == device.name:
            past = " (past)" if waiver.until < today else ""
            yield f"may be missing from the survey until {waiver.until}{past}: {waiver.reason}, {waiver.by}"
    others = [one.standard for one in region.of(device.municipality)]
    usual = max(others, key=others.count)
    if device.standard != usual:
        own = [key for key in type(usual).model_fields if getattr(usual, key) != getattr(device.standard, key)]
        yield from (f"its own {key}: scripts/inventory.py why {device.name} {key}" for key in own)


def _server(region: Region, server: Server, known: DeviceHistory) -> Host:
    home = region.municipalities[server.municipality]
    switch = find_switch_of(region, server)
    standard = region.of(server.municipality)[0].standard
    lists = ("time_servers", "name_servers", "log_servers", "dhcp_servers", "control_nodes")
    zone, way = None, list(_way(region, server))
    if switch is not None:
        hung = next(one for one in _hosts(region, server) if one.attached)
        number = int(str(hung.attached).rpartition(":")[2])
        zone = region.devices[switch].profile(region.devices[switch].port(number)).access
    born = not home.has_legacy
    return Host(
        name=server.name,
        what=", ".join(group.replace("_", " ") for group in server.groups),
        label=home.label,
        site=home.sites[server.site].name,
        municipality=server.municipality,
        address=str(server.address),
        zone=zone,
        endpoint=server.endpoint,
        way=tuple(way),
        guests=tuple(sorted(one.name for one in region.servers.values() if one.runs_on == server.name)),
        serves=tuple(key for key in lists if server.address.ip in getattr(standard, key)),
        stage="standard" if born or server.municipality == CENTRE else known.position.of(server.municipality).word,
    )


def _hosts(region: Region, server: Server) -> Iterable[Server]:
    """The server, and what it runs on."""
    seen: set[str] = set()
    here: Server | None = server
    while here is not None and here.name not in seen:
        seen.add(here.name)
        yield here
        here = region.servers.get(here.runs_on) if here.runs_on else None


def _way(region: Region, server: Server) -> Iterable[str]:
    """From the hypervisor to the switch to the core."""
    for host in _hosts(region, server):
        if host is not server:
            yield host.name
        if host.attached:
            yield host.attached
    name = find_switch_of(region, server)
    seen: set[str] = set()
    while name is not None and name not in seen:
        seen.add(name)
        device = region.devices[name]
        name = next(iter(sorted(find_upstream(region, device))), None) if device.role == "access" else None
        if name:
            yield name
