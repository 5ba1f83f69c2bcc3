"""The card of a switch or server: what the inventory, the journal and the history of health have of it.

Nothing is connected to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any

from nornir_tasks.change.device_history import DeviceHistory, DriftReading, LastChange, OpenPlan
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.health.episodes import CAUSE, Recurrence, describe_recurrence
from nornir_tasks.health.history_database import HistoryError
from nornir_tasks.health.history_recorder import find_history
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
class CardCable:
    """A cable to another switch. ``up``: towards the operations centre."""

    port: int
    to: str
    to_port: int
    to_name: str  # of the port, as the other switch has it
    kind: str
    mbps: int  # what it carries each way
    line: str | None  # supplier and contract, where it is hired
    up: bool


@dataclass(frozen=True)
class HostFinding:
    """What was wrong when a host was last looked at. ``check`` is empty of what is behind it, such as a dark line."""

    check: str
    text: str
    history: str  # since when, and who knows of it


@dataclass(frozen=True)
class HealthReading:
    """When a host was last looked at (UTC), and what is open of it; ``trouble``: why that is not known."""

    at: str = ""
    findings: tuple[HostFinding, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class SwitchCard:
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
    cables: tuple[CardCable, ...]
    needs: float
    stage: str
    since: str | None
    wave: str | None
    change: LastChange | None
    waiting: tuple[OpenPlan, ...]
    drift: DriftReading | None
    exceptions: tuple[str, ...]
    journal: bool  # whether there is one
    health: HealthReading | None  # None: it was never looked at


@dataclass(frozen=True)
class ServerCard:
    """A server. ``way``: what it hangs on, one after another, up to the core."""

    name: str
    what: str
    label: str
    site: str
    municipality: str
    address: str
    legacy_address: str | None
    zone: str
    os: str | None
    run_by: str | None  # a supplier
    runs: tuple[str, ...]  # applications and common services
    endpoint: Endpoint
    way: tuple[str, ...]
    guests: tuple[str, ...]  # the servers that run on it
    serves: tuple[str, ...]  # what the standard uses it for
    stage: str
    health: HealthReading | None


def find_host(region: Region, word: str) -> str:
    """The name of the host that a word means: a name, a name before the move, or an address of either time.

    Raises:
        UnknownHost: the word means no host; the message names near ones, or the switches of a place of that name.
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
    switches_there = [device.name for device in devices if word in (device.site, device.municipality)]
    if switches_there:
        raise UnknownHost(f"host: found {word!r}, which is a place; its switches: {', '.join(switches_there)}")
    names = [*region.devices, *region.servers, *(device.legacy_name for device in devices if device.legacy_name)]
    near = get_close_matches(word, names, n=NEAR, cutoff=0.6)
    advice = f"did you mean {' or '.join(near)}?" if near else "scripts/inventory.py graph draws them all"
    raise UnknownHost(f"host: found {word!r}, expected a switch or server of the inventory; {advice}")


def read_health(name: str) -> HealthReading | None:
    """When a host was last looked at, and what was found; None: never, as far as the history of health knows."""
    try:
        history = find_history()
        look = history.find_last_look(name) if history else None
    except HistoryError as error:
        return HealthReading(trouble=str(error))
    if look is None:
        return None
    return HealthReading(f"{look.moment:%Y-%m-%d %H:%M}", tuple(map(_make_finding, look.recurrences)))


def _make_finding(recurrence: Recurrence) -> HostFinding:
    episode = recurrence.episode
    check = "" if episode.key.rule.startswith(CAUSE) else episode.key.rule
    return HostFinding(check, episode.text, describe_recurrence(recurrence, datetime.now(UTC)))


def make_card(
    region: Region, name: str, history: DeviceHistory, today: date, health: HealthReading | None = None
) -> SwitchCard | ServerCard:
    """The card of a host.

    Args:
        region: the inventory's.
        name: as ``find_host`` gives it.
        history: the journal, if there is one.
        today: what waivers are compared with.
        health: as ``read_health`` has it.
    """
    if name in region.servers:
        return _make_server_card(region, region.servers[name], history, health)
    return _make_switch_card(region, region.devices[name], history, today, health)


def as_dict(host_card: SwitchCard | ServerCard) -> dict[str, Any]:
    """The card for a program: ``kind``, and names as in the record."""
    record = asdict(host_card) | {"endpoint": host_card.endpoint.model_dump()}
    return {"kind": "switch" if isinstance(host_card, SwitchCard) else "server", **record}


def _make_switch_card(
    region: Region, device: Device, history: DeviceHistory, today: date, health: HealthReading | None
) -> SwitchCard:
    home = region.municipalities[device.municipality]
    free = [port for port in device.ports if port.neighbour is None]
    by_profile: dict[str, list[int]] = {}
    for port in free:
        by_profile.setdefault(port.profile or "", []).append(port.number)
    behind = find_blast_radius(region, [device.name])
    is_born_standard = not home.has_legacy
    stage = Stage.RETIRE if is_born_standard else history.position.of(device.municipality, device.name)
    since = None if is_born_standard else history.since(device.municipality, stage)
    return SwitchCard(
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
        cables=tuple(_find_cables(region, device)),
        needs=behind.clients * device.standard.mbps_per_client,
        stage="standard" if is_born_standard else stage.word,
        since=f"{since:%Y-%m-%d %H:%M}" if since else None,
        wave=None if is_born_standard else _describe_wave(region, device),
        change=history.change(device.name),
        waiting=history.waiting(device.name),
        drift=history.drift(device.name),
        exceptions=tuple(_list_exceptions(region, device, today)),
        journal=history.journal,
        health=health,
    )


def _find_cables(region: Region, device: Device) -> Iterable[CardCable]:
    inwards = find_upstream(region, device)
    for port in device.ports:
        neighbour = port.neighbour
        if neighbour is not None:
            link = _find_link(region, device, port)
            yield CardCable(
                port=port.number,
                to=neighbour.device,
                to_port=neighbour.port,
                to_name=neighbour.port_name,
                kind=neighbour.kind,
                mbps=link.carries_mbps,
                line=f"{link.line.supplier} {link.line.contract}" if link.line else None,
                up=neighbour.device in inwards,
            )


def _find_link(region: Region, device: Device, port: Port) -> Link:
    end = f"{device.name}:{port.number}"
    links = (link for home in region.municipalities.values() for link in home.links)
    return next(link for link in links if end in (link.a, link.b))


def _describe_wave(region: Region, device: Device) -> str | None:
    """The wave in which a switch is changed at cutover: ``pilot, wave 1 of 3``."""
    order = order_waves(region, device.municipality, Stage.CUTOVER)
    turns = [(number, wave.name) for number, wave in enumerate(order, 1) if device.name in wave.devices]
    return f"{turns[0][1]}, wave {turns[0][0]} of {len(order)}" if turns else None


def _list_exceptions(region: Region, device: Device, today: date) -> Iterable[str]:
    """Its waivers, and the keys of the standard in which it differs from most switches of its municipality."""
    for waiver in region.municipalities[device.municipality].waivers:
        if waiver.device == device.name:
            past = " (past)" if waiver.until < today else ""
            yield f"may be missing from the survey until {waiver.until}{past}: {waiver.reason}, {waiver.by}"
    others = [peer.standard for peer in region.of(device.municipality)]
    usual = max(others, key=others.count)
    if device.standard != usual:
        own_keys = [key for key in type(usual).model_fields if getattr(usual, key) != getattr(device.standard, key)]
        yield from (f"its own {key}: scripts/inventory.py why {device.name} {key}" for key in own_keys)


def _make_server_card(
    region: Region, server: Server, history: DeviceHistory, health: HealthReading | None
) -> ServerCard:
    home = region.municipalities[server.municipality]
    standard = region.of(server.municipality)[0].standard
    lists = ("time_servers", "name_servers", "log_servers", "dhcp_servers", "control_nodes")
    is_born_standard = not home.has_legacy
    return ServerCard(
        name=server.name,
        what=", ".join(group.replace("_", " ") for group in server.groups),
        label=home.label,
        site=home.sites[server.site].name,
        municipality=server.municipality,
        address=str(server.address),
        legacy_address=str(server.legacy_address) if server.legacy_address else None,
        zone=server.zone,
        os=server.os,
        run_by=server.run_by,
        runs=tuple(_list_services(region, server)) or ((server.runs,) if server.runs else ()),
        endpoint=server.endpoint,
        way=tuple(_find_way(region, server)),
        guests=tuple(sorted(guest.name for guest in region.servers.values() if guest.runs_on == server.name)),
        serves=tuple(key for key in lists if server.address.ip in getattr(standard, key)),
        stage="standard"
        if is_born_standard or server.municipality == CENTRE
        else history.position.of(server.municipality).word,
        health=health,
    )


def _list_services(region: Region, server: Server) -> Iterable[str]:
    """What runs on a server, by the records that name it: common services, applications, databases of these."""
    standard = region.of(server.municipality)[0].standard
    for service in standard.common_services.values():
        if server.name in service.hosts:
            yield service.label
    for home in region.municipalities.values():
        for application in home.applications.values():
            place = "" if home.name == server.municipality else f" ({home.label})"
            if server.name in application.all_hosts:
                yield f"{application.label}{place}"
            if server.name in application.all_database_hosts:
                yield f"the database of {application.label}{place}"


def _find_hosts(region: Region, server: Server) -> Iterable[Server]:
    """The server, its hypervisor, and what that runs on."""
    seen: set[str] = set()
    host: Server | None = server
    while host is not None and host.name not in seen:
        seen.add(host.name)
        yield host
        host = region.servers.get(host.runs_on) if host.runs_on else None


def _find_way(region: Region, server: Server) -> Iterable[str]:
    """What a server hangs on, in order: hypervisors, the switch's port, and the switches up to the core."""
    for host in _find_hosts(region, server):
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
