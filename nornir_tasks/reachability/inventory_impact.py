"""What a change of the inventory means: hosts that come, go and move, and each switch's new configuration.

Pure. A switch is rendered from both inventories at the same position. Where the two are equal there, but not after
``retire``, the difference is marked ``later``: a municipality that has not begun to move has nothing of the standard to
change yet. Switches with the same difference are one group, as in a plan's summary.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nornir_tasks.config.compare import compare
from nornir_tasks.config.device_tokens import find_device_tokens, insert_placeholders, select_used
from nornir_tasks.config.diff import count_changes, read
from nornir_tasks.config.render import render, render_additions
from nornir_tasks.config.risk import assess_risk, describe_score
from nornir_tasks.config.view import build_view
from nornir_tasks.core.text import count_noun
from nornir_tasks.model import Device, Position, Region, Server, Stage
from nornir_tasks.model.flows import list_flows
from nornir_tasks.platforms import platform

Legacy = Callable[[str], str | None]
DeviceDiffs = list[tuple[Device, str]]  # switches, each with its diff
EMPTY = Region(municipalities={}, devices={}, servers={})
SWITCH = ("municipality", "site", "role", "model", "address", "legacy_address", "legacy_name")
SERVER = (
    *("municipality", "site", "zone", "address", "legacy_address", "attached", "runs_on", "groups"),
    *("os", "runs", "run_by"),
)


@dataclass(frozen=True)
class HostChange:
    """A host that came or went."""

    name: str
    kind: str  # switch or server
    municipality: str
    site: str
    words: str  # "WS-C2960X-24TS-L at 10.17.2.75"


@dataclass(frozen=True)
class ValueChange:
    """A value that differs between the two inventories; None where it is not set."""

    scope: str  # a host, a municipality, "all"
    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ImpactGroup:
    """Switches of one platform with the same diff. ``words``: by device, what each mark in the diff stands for."""

    platform: str
    devices: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]]
    diff: str
    added: int
    removed: int
    risk: int
    reasons: tuple[str, ...]
    later: bool  # nothing today: only after retire

    @property
    def word(self) -> str:
        """The risk in a word."""
        return describe_score(self.risk)


@dataclass(frozen=True)
class Impact:
    """Everything that a change of the inventory means."""

    came: tuple[HostChange, ...]
    went: tuple[HostChange, ...]
    moved: tuple[ValueChange, ...]  # scope: the host
    groups: tuple[ImpactGroup, ...]
    data: tuple[ValueChange, ...]

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.came or self.went or self.moved or self.groups or self.data)

    def changed(self, *, later: bool) -> tuple[str, ...]:
        """The switches whose configuration changes, now or later."""
        return tuple(name for group in self.groups if group.later == later for name in group.devices)

    @property
    def headline(self) -> str:
        """``1 host comes, 9 switches change (+12 −3 lines), 2 values of the data``."""
        changed_now, changed_later = self.changed(later=False), self.changed(later=True)
        added = sum(group.added * len(group.devices) for group in self.groups if not group.later)
        removed = sum(group.removed * len(group.devices) for group in self.groups if not group.later)
        changes = f"{count_noun(len(changed_now), 'switch', 'es')} to change (+{added} −{removed} lines)"
        parts = [
            f"{count_noun(len(self.came), 'new host')}" if self.came else "",
            f"{count_noun(len(self.went), 'host')} gone" if self.went else "",
            f"{count_noun(len({value.scope for value in self.moved}), 'host')} moved" if self.moved else "",
            changes if changed_now else "no switch to change today",
            f"{len(changed_later)} from retire on" if changed_later else "",
            f"{count_noun(len(self.data), 'value')} of the data" if self.data else "",
        ]
        return ", ".join(part for part in parts if part) if self else "no difference"


def find_impact(old: Region, new: Region, position: Position, legacy: Legacy) -> Impact:
    """The impact of going from one inventory to another.

    Args:
        old: the inventory of the revision that is compared with; ``EMPTY`` where there was none.
        new: the inventory as it is now.
        position: how far everything has come: both inventories are rendered there.
        legacy: the survey's snapshot of a switch by its name, or None: then only what the standard adds is compared.
    """
    return Impact(
        came=tuple(_find_missing(new, old)),
        went=tuple(_find_missing(old, new)),
        moved=tuple(_find_moved(old, new)),
        groups=_find_groups(old, new, position, legacy),
        data=tuple(_find_data_changes(old, new)),
    )


def make_position_at(regions: Iterable[Region], stage: Stage) -> Position:
    """The position in which all municipalities of these regions stand at a stage."""
    return Position({name: stage for region in regions for name in region.municipalities})


def _find_missing(having: Region, lacking: Region) -> Iterator[HostChange]:
    for device in having.devices.values():
        if device.name not in lacking.devices:
            words = f"{device.model} at {device.address.ip}"
            yield HostChange(device.name, "switch", device.municipality, having.site(device).name, words)
    for server in having.servers.values():
        if server.name not in lacking.servers:
            place = having.municipalities[server.municipality].sites[server.site].name
            yield HostChange(server.name, "server", server.municipality, place, f"at {server.address.ip}")


def _find_moved(old: Region, new: Region) -> Iterator[ValueChange]:
    pairs: list[tuple[Device | Server, Device | Server, tuple[str, ...]]] = [
        *((old.devices[name], device, SWITCH) for name, device in new.devices.items() if name in old.devices),
        *((old.servers[name], server, SERVER) for name, server in new.servers.items() if name in old.servers),
    ]
    for before, after, keys in pairs:
        for key in keys:
            old_value, new_value = getattr(before, key), getattr(after, key)
            if old_value != new_value:
                yield ValueChange(after.name, key, _simplify(old_value), _simplify(new_value))
        if before.address == after.address and before.endpoint != after.endpoint:
            yield from _find_value_changes(
                before.endpoint.model_dump(), after.endpoint.model_dump(), after.name, "endpoint"
            )


def _find_groups(old: Region, new: Region, position: Position, legacy: Legacy) -> tuple[ImpactGroup, ...]:
    last = make_position_at((old, new), Stage.RETIRE)
    devices_by_diff: dict[tuple[bool, str, str], list[Device]] = {}
    for device in new.devices.values():
        before = old.devices.get(device.name)
        if before is None or before.platform != device.platform:
            continue
        if _is_same_render_input(before, device, old, new):
            continue
        for rendered_at in (position, last):
            diff = _make_diff(before, device, old, new, rendered_at, legacy)
            if diff:
                devices_by_diff.setdefault(
                    (rendered_at is last and rendered_at != position, device.platform, diff), []
                ).append(device)
                break
    groups = [
        _make_group(later, name, diffs, new) for (later, name, _), diffs in _group_alike(devices_by_diff, new).items()
    ]
    return tuple(sorted(groups, key=lambda group: (group.later, -group.risk, -len(group.devices), group.devices)))


def _group_alike(
    devices_by_diff: Mapping[tuple[bool, str, str], list[Device]], region: Region
) -> dict[tuple[bool, str, str], DeviceDiffs]:
    """The diffs that are equal once each switch's own words (name, address, neighbours) are taken out, together.

    Keys: whether it is for later, the platform, the diff. Diffs that are equal to the letter always go together.
    """
    alike: dict[tuple[bool, str, str], DeviceDiffs] = {}
    for (later, name, diff), devices in devices_by_diff.items():
        neutral = {insert_placeholders(diff, find_device_tokens(device, region)) for device in devices}
        # A word may be one switch's own, and for another only what a port is for.
        key = (later, name, neutral.pop() if len(neutral) == 1 else diff)
        alike.setdefault(key, []).extend((device, diff) for device in devices)
    return alike


def _is_same_render_input(before: Device, after: Device, old: Region, new: Region) -> bool:
    """Whether everything that a render reads of a switch is the same, so that it need not be rendered."""
    homes = [
        region.municipalities[after.municipality]
        for region in (old, new)
        if after.municipality in region.municipalities
    ]
    is_same = before == after and homes[0] == homes[-1]
    return is_same and (not after.gateways or _list_row_sources(before, old) == _list_row_sources(after, new))


def _list_row_sources(device: Device, region: Region) -> tuple[object, ...]:
    """What the access lists of a switch's gateways follow from, whosever records and servers they are."""
    prefixes = [(home.name, home.number, home.prefix) for home in region.municipalities.values()]
    # At SETTLE servers answer at both of their addresses: what differs at any stage differs there, too.
    return list_flows(region, device.municipality, Stage.SETTLE), prefixes if device.is_fabric else ()


def _make_diff(before: Device, after: Device, old: Region, new: Region, position: Position, legacy: Legacy) -> str:
    old_text, new_text = (_render_text(*side, position, legacy) for side in ((before, old), (after, new)))
    return "" if old_text == new_text else compare(platform(after.platform), old_text, new_text).diff


def _render_text(device: Device, region: Region, position: Position, legacy: Legacy) -> str:
    view, snapshot = build_view(device, position, region), legacy(device.name)
    if view.full or snapshot is None:
        return render_additions(view)
    return render(device, position, region, snapshot)


def _make_group(later: bool, name: str, diffs: DeviceDiffs, region: Region) -> ImpactGroup:
    first, diff = diffs[0]
    exact = all(device_diff == diff for _, device_diff in diffs)
    if not exact:
        diff = insert_placeholders(diff, find_device_tokens(first, region))
    assessments = [assess_risk(name, device_diff, device.standard.risks) for device, device_diff in diffs]
    risk = max(assessments, key=lambda assessment: assessment.score)
    added, removed = count_changes(read(diff))
    return ImpactGroup(
        platform=name,
        devices=tuple(sorted(device.name for device, _ in diffs)),
        words={}
        if exact
        else {device.name: select_used(diff, find_device_tokens(device, region)) for device, _ in diffs},
        diff=diff,
        added=added,
        removed=removed,
        risk=risk.score,
        reasons=risk.reasons,
        later=later,
    )


def _find_data_changes(old: Region, new: Region) -> Iterator[ValueChange]:
    """The values of municipalities and of the standard that differ; hosts are not among them."""
    for name in dict.fromkeys([*old.municipalities, *new.municipalities]):
        old_municipality, new_municipality = old.municipalities.get(name), new.municipalities.get(name)
        if old_municipality is None or new_municipality is None:
            yield ValueChange(
                name,
                "municipality",
                old_municipality and old_municipality.label,
                new_municipality and new_municipality.label,
            )
        else:
            yield from _find_value_changes(
                old_municipality.model_dump(mode="json"), new_municipality.model_dump(mode="json"), name, ""
            )
    yield from _find_standard_changes(old, new)


def _find_standard_changes(old: Region, new: Region) -> Iterator[ValueChange]:
    """The values of the standard that differ, each once, with the switches or municipalities it changes for."""
    common = [name for name in new.devices if name in old.devices]
    changes: dict[str, tuple[ValueChange, list[str]]] = {}
    for name in common:
        old_standard, new_standard = old.devices[name].standard, new.devices[name].standard
        if old_standard == new_standard:
            continue
        for change in _find_value_changes(
            old_standard.model_dump(mode="json"), new_standard.model_dump(mode="json"), "", ""
        ):
            changes.setdefault(repr(change), (change, []))[1].append(name)
    for value, devices in changes.values():
        yield ValueChange(_describe_scope(new, set(devices), set(common)), value.key, value.before, value.after)


def _describe_scope(region: Region, devices: set[str], common: set[str]) -> str:
    if devices == common:
        return "all"
    homes = {region.devices[name].municipality for name in devices}
    whole_municipalities = {name for name in common if region.devices[name].municipality in homes}
    return ", ".join(sorted(homes if whole_municipalities == devices else devices))


def _find_value_changes(before: Any, after: Any, scope: str, key: str) -> Iterator[ValueChange]:
    """Where two values differ, as deep as both are mappings; of lists of mappings, the entries that come and go."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _find_value_changes(before.get(name), after.get(name), scope, f"{key}.{name}".removeprefix("."))
        return
    old_value, new_value = before or [], after or []
    if (
        isinstance(old_value, list)
        and isinstance(new_value, list)
        and any(isinstance(item, dict) for item in (*old_value, *new_value))
    ):
        yield from (ValueChange(scope, key, item, None) for item in old_value if item not in new_value)
        yield from (ValueChange(scope, key, None, item) for item in new_value if item not in old_value)
        if sorted(map(repr, old_value)) == sorted(map(repr, new_value)):
            yield ValueChange(scope, key, "in another order", "")
        return
    yield ValueChange(scope, key, before, after)


def _simplify(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    return [str(part) for part in value] if isinstance(value, list | tuple) else str(value)
