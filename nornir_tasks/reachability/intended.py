"""What the switches will run at a position: rendered, laid over the survey's snapshot, parsed back, cabled. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nornir_tasks.config.render import render
from nornir_tasks.config.view import build_view
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate, translate_count
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.model.graph import measure_distances
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.bridging import ConfiguredSwitch, PortEnd

Snapshot = Callable[[str], str | None]  # of a device, by its name; None: there is none


@dataclass(frozen=True)
class Intended:
    """The configurations of some municipalities at a position.

    Args:
        texts: by switch.
        position: that they were rendered at.
        unknown: switches whose legacy no snapshot holds: their municipalities are rendered as they stand at retire.
    """

    texts: Mapping[str, str]
    position: Position
    unknown: tuple[str, ...] = ()


def render_intended(region: Region, position: Position, municipalities: Iterable[str], snapshot: Snapshot) -> Intended:
    """What is meant to run, or, where nothing is known of the legacy, what the standard says.

    Args:
        region: the inventory's.
        position: how far everything has come.
        municipalities: whose switches are rendered.
        snapshot: the survey's, cleaned and masked.
    """
    devices = [device for name in dict.fromkeys(municipalities) for device in region.of(name)]
    legacies = {
        device.name: snapshot(device.name) for device in devices if not build_view(device, position, region).full
    }
    unknown = tuple(name for name, legacy in legacies.items() if legacy is None)
    nameless = {region.devices[name].municipality for name in unknown}
    position = choose_position(region, position, sorted(nameless), Stage.RETIRE) if nameless else position
    texts = {device.name: render(device, position, region, legacies.get(device.name)) for device in devices}
    return Intended(texts, position, unknown)


def describe_unknown(region: Region, intended: Intended) -> str:
    """Of how many switches of which municipality no survey has left a snapshot; "" where all are known."""
    counts = Counter(region.municipalities[region.devices[name].municipality].label for name in intended.unknown)
    if not counts:
        return ""
    switches = (
        translate_count(
            "{count} switch of {municipality}", "{count} switches of {municipality}", count, municipality=label
        )
        for label, count in counts.items()
    )
    return translate(
        "What runs before retire is not known: there is no snapshot of {switches}. Survey first.",
        switches=", ".join(switches),
    )


def render_known(
    region: Region,
    position: Position,
    municipalities: Iterable[str],
    snapshot: Snapshot,
    running: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """What is meant to run at a position, of the switches of which it is known; the others are left out.

    Args:
        region: the inventory's.
        position: how far everything has come.
        municipalities: whose switches are rendered.
        snapshot: the survey's, cleaned and masked.
        running: what some of them run, which is taken instead.
    """
    texts = dict(running)
    devices = (device for name in dict.fromkeys(municipalities) for device in region.of(name))
    for device in (device for device in devices if device.name not in running):
        is_standard = build_view(device, position, region).full
        legacy = None if is_standard else snapshot(device.name)
        if is_standard or legacy is not None:
            texts[device.name] = render(device, position, region, legacy)
    return texts


def choose_position(
    region: Region, position: Position, municipalities: Iterable[str], stage: Stage, moved: Collection[str] = ()
) -> Position:
    """A position in which municipalities stand at a stage, or on their way there.

    Args:
        region: the inventory's.
        position: of all others.
        municipalities: that stand at the stage; one without a legacy always is the standard.
        stage: where they stand.
        moved: switches whose wave has come, if not all have: the others stand at the stage before. A leaf of the centre
            has its link to each of the municipalities.
    """
    movers = [name for name in dict.fromkeys(municipalities) if region.municipalities[name].has_legacy]
    apart = {
        key: own
        for key, own in position.devices.items()
        if not any(key.endswith(f"/{name}") or key in {device.name for device in region.of(name)} for name in movers)
    }
    for name in movers:
        position = position.moved(name, stage.before if moved else stage)
        for device in moved:
            owner = region.devices[device].municipality
            if owner == name or region.devices[device].is_fabric:
                apart[device if owner == name else f"{device}/{name}"] = stage
    return Position(position.stages, apart)


def read_switches(region: Region, texts: Mapping[str, str]) -> list[ConfiguredSwitch]:
    """The switches of these configurations, with their cables.

    Args:
        region: says what is plugged in where.
        texts: configurations by switch, clean and masked.

    Raises:
        PlatformError: one cannot be read; it names the switch.
    """
    distances: dict[str, int] = {}
    for name in {region.devices[name].municipality for name in texts}:
        distances |= measure_distances(region, name)
    return [
        _read_switch(region.devices[name], text, region.server_ports, distances[name]) for name, text in texts.items()
    ]


def _read_switch(device: Device, text: str, served: Collection[str], distance: int) -> ConfiguredSwitch:
    try:
        access = platform(device.platform).read_management_access(text)
    except (ValueError, IndexError, PlatformError) as error:
        raise PlatformError(f"{device.name}: its configuration cannot be read: {error}") from error
    attached = {
        port.name
        for port in device.ports
        if f"{device.name}:{port.number}" in served or (port.profile and device.profile(port).enabled)
    }
    return ConfiguredSwitch(
        name=device.name,
        access=access,
        cables={
            port.name: PortEnd(port.neighbour.device, port.neighbour.port_name)
            for port in device.ports
            if port.neighbour
        },
        attached=frozenset(attached),
        distance=distance,
    )
