"""The order of a change: which devices go together, and what must be done before the next ones start."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nornir_tasks.migration.stages import STAGES
from nornir_tasks.model import Device, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.graph import find_leaves, measure_distances

BATCH = 5  # switches at a time, where no programme says it


@dataclass(frozen=True)
class Wave:
    """Devices that are changed together; the next wave starts when these are done."""

    name: str
    devices: tuple[str, ...]


def order_waves(region: Region, municipality: str, stage: Stage, *, back: bool = False) -> tuple[Wave, ...]:
    """The waves of a stage, in order.

    Args:
        region: whose cables and programmes say what goes first.
        municipality: its name.
        stage: HARMONISE, for what moves no stage.
        back: those of its undoing, which are the same from the far end.

    Raises:
        ValueError: there is no such municipality.
    """
    if municipality not in region.municipalities:
        raise ValueError(f"municipality: found {municipality!r}, expected one of {', '.join(region.municipalities)}")
    entry = STAGES[stage]
    if not region.municipalities[municipality].has_legacy:
        order = _with_canary(_centre(region, municipality))
    elif entry.order == "pilot":
        order = _pilot(region, municipality)
    elif entry.order == "programme":
        order = _programme(region, municipality)
    else:
        order = _outwards(region, municipality)
        if entry.order == "inwards":
            order.reverse()
        if entry.centre:
            # One leaf after the other: they are each other's way out.
            leaves = [leaf.name for leaf in find_leaves(region, municipality)]
            order = [*_batches("centre", leaves, 1), *order]
        order = _with_canary(order)
    if back:
        order = [Wave(wave.name, tuple(reversed(wave.devices))) for wave in reversed(order)]
    return tuple(wave for wave in order if wave.devices)


def order_servers(region: Region, municipality: str, names: Sequence[str], *, back: bool = False) -> tuple[Wave, ...]:
    """The waves of servers, which come after the switches: of a pair that gives one thing, never both at once.

    Who keeps an application's data comes before who runs it, which stands on that.

    Args:
        region: whose records say what each gives.
        municipality: whose programme says how many go together; in the centre one half goes after the other.
        names: of the servers.
        back: those of an undoing.
    """
    programme = region.municipalities[municipality].migration
    size = programme.batch if programme else BATCH
    waves: list[tuple[str, list[str], set[str]]] = []  # the half, the servers and what they give
    for name in sorted(names, key=lambda name: _rank(region, name)):
        server, gives = region.servers[name], _list_given(region, name)
        half = server.site if server.municipality == CENTRE else ""
        for other_half, members, given in waves:
            if other_half == half and len(members) < size and not given & gives:
                members.append(name)
                given |= gives
                break
        else:
            waves.append((half, [name], set(gives)))
    order = [
        Wave(f"servers.{number}", tuple(members))
        for number, (_, members, _) in enumerate(sorted(waves, key=lambda wave: (wave[0] == "", wave[0])), 1)
    ]
    return tuple(reversed(order)) if back else tuple(order)


def _rank(region: Region, name: str) -> tuple[bool, str, bool, str]:
    server = region.servers[name]
    applications = region.applications_of(server.municipality)
    databases = [(record.database, record.move) for *_, record in applications if record.database]
    keeps = any(name in (*database.hosts, *move.database) for database, move in databases)
    return server.municipality != CENTRE, server.site, not keeps, name


def _list_given(region: Region, name: str) -> set[str]:
    """What a server gives: applications, their data, and common services."""
    server = region.servers[name]
    given = {
        f"service {service}"
        for service, record in region.of(server.municipality)[0].standard.common_services.items()
        if name in record.hosts
    }
    for owner, application, record in region.applications_of(server.municipality):
        databases = record.database.hosts if record.database else ()
        if name in (*record.hosts, *record.move.to, *databases):
            given.add(f"application {owner.name}/{application}")
    return given


def _centre(region: Region, municipality: str) -> list[Wave]:
    """The operations centre: never both of a pair at once, and never both halves."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for device in region.of(municipality):
        pairs.setdefault((device.site, device.role), []).append(device.name)
    order: dict[tuple[str, int], list[str]] = {}
    for (site, _), names in sorted(pairs.items()):
        for place, name in enumerate(sorted(names), 1):
            order.setdefault((site, place), []).append(name)
    return [Wave(f"{site}.{place}", tuple(names)) for (site, place), names in sorted(order.items())]


def _with_canary(order: list[Wave]) -> list[Wave]:
    """One switch alone before anybody else."""
    if not order or len(order[0].devices) < 2:
        return order
    first, *rest = order
    return [Wave("canary", first.devices[:1]), Wave(first.name, first.devices[1:]), *rest]


def _outwards(region: Region, municipality: str) -> list[Wave]:
    """The core, then what hangs on it, then what hangs on that; in batches."""
    far = measure_distances(region, municipality)
    rings: dict[int, list[str]] = {}
    for name in far:
        rings.setdefault(far[name], []).append(name)
    programme = region.municipalities[municipality].migration
    size = programme.batch if programme else BATCH
    order = [_batches("core" if ring == 0 else f"ring-{ring}", rings[ring], size) for ring in sorted(rings)]
    return [wave for waves in order for wave in waves]


def _pilot(region: Region, municipality: str) -> list[Wave]:
    """The pilot sites' switches; the others only learn that they come later."""
    programme = region.municipalities[municipality].migration
    sites = programme.pilot_sites if programme else ()
    pilot = [device.name for device in region.of(municipality) if device.site in sites]
    rest = [device.name for device in region.of(municipality) if device.site not in sites]
    return [Wave("pilot", tuple(pilot)), Wave("others", tuple(rest))]


def _programme(region: Region, municipality: str) -> list[Wave]:
    """The pilot's sites (already moved), the canary, then wave by wave in batches; sites not named come last."""
    programme = region.municipalities[municipality].migration
    if programme is None:
        return _outwards(region, municipality)
    left = {device.name: device for device in region.of(municipality)}
    batch = programme.batch
    order = _batches("pilot", _take(left, programme.pilot_sites), batch)
    for number, sites in enumerate(programme.waves):
        order += _batches("canary" if number == 0 else f"wave-{number + 1}", _take(left, sites), batch)
    return order + _batches("rest", list(left), batch)


def _take(left: dict[str, Device], sites: Iterable[str]) -> list[str]:
    """Take the switches of these sites out of what is left, the core last of its site."""
    wanted = set(sites)
    taken = [name for name, device in left.items() if device.site in wanted]
    taken.sort(key=lambda name: (left[name].role == "core", name))
    for name in taken:
        del left[name]
    return taken


def _batches(name: str, devices: Sequence[str], size: int) -> list[Wave]:
    """A wave in batches: at most this many switches change at the same time."""
    parts = [tuple(devices[at : at + size]) for at in range(0, len(devices), size)]
    return [Wave(name if len(parts) == 1 else f"{name}.{number + 1}", part) for number, part in enumerate(parts)]
