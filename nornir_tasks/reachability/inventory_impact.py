"""What a change of the inventory means: hosts that come, go and move, and what becomes of each switch. Pure.

A switch is rendered from both inventories at the same position. Where that makes no difference, but after ``retire``
it will, it is told as such: a municipality that has not begun to move has nothing of the standard to change yet.
Switches that are told the same stand once, as in a plan's summary.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nornir_tasks.config.compare import compare
from nornir_tasks.config.device_tokens import own_words, take_out, used
from nornir_tasks.config.diff import counted, read
from nornir_tasks.config.render import additions, render
from nornir_tasks.config.risk import assess, word
from nornir_tasks.config.view import look
from nornir_tasks.model import Device, Position, Region, Server, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.blast_radius import many

Legacy = Callable[[str], str | None]
Told = list[tuple[Device, str]]  # switches, each with its diff
EMPTY = Region(municipalities={}, devices={}, servers={})
SWITCH = ("municipality", "site", "role", "model", "address", "legacy_address", "legacy_name")
SERVER = ("municipality", "site", "address", "attached", "runs_on", "groups")


@dataclass(frozen=True)
class Host:
    """A host that came or went."""

    name: str
    kind: str  # switch or server
    municipality: str
    site: str
    words: str  # "WS-C2960X-24TS-L at 10.17.2.75"


@dataclass(frozen=True)
class Value:
    """Something that is said otherwise; None where it is not said at all."""

    scope: str  # a host, a municipality, "all"
    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Group:
    """Switches of one platform that are told the same. ``words``: what stands for each where the diff has a mark."""

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
        return word(self.risk)


@dataclass(frozen=True)
class Meaning:
    """Everything that a change of the inventory means."""

    came: tuple[Host, ...]
    went: tuple[Host, ...]
    moved: tuple[Value, ...]  # scope: the host
    groups: tuple[Group, ...]
    data: tuple[Value, ...]

    def __bool__(self) -> bool:
        """Whether it means anything."""
        return bool(self.came or self.went or self.moved or self.groups or self.data)

    def changed(self, *, later: bool) -> tuple[str, ...]:
        """The switches whose configuration changes, now or later."""
        return tuple(name for group in self.groups if group.later == later for name in group.devices)

    @property
    def headline(self) -> str:
        """``1 host comes, 9 switches change (+12 −3 lines), 2 values of the data``."""
        now, later = self.changed(later=False), self.changed(later=True)
        added = sum(group.added * len(group.devices) for group in self.groups if not group.later)
        removed = sum(group.removed * len(group.devices) for group in self.groups if not group.later)
        changes = f"{many(len(now), 'switch', 'es')} to change (+{added} −{removed} lines)"
        parts = [
            f"{many(len(self.came), 'new host')}" if self.came else "",
            f"{many(len(self.went), 'host')} gone" if self.went else "",
            f"{many(len({one.scope for one in self.moved}), 'host')} moved" if self.moved else "",
            changes if now else "no switch to change today",
            f"{len(later)} from retire on" if later else "",
            f"{many(len(self.data), 'value')} of the data" if self.data else "",
        ]
        return ", ".join(part for part in parts if part) if self else "no difference"


def meaning(old: Region, new: Region, position: Position, legacy: Legacy) -> Meaning:
    """What it means to go from one inventory to another.

    Args:
        legacy: the survey's snapshot of a switch, if there is one; without it only what the standard adds is compared.
    """
    return Meaning(
        came=tuple(_hosts(new, old)),
        went=tuple(_hosts(old, new)),
        moved=tuple(_moved(old, new)),
        groups=_groups(old, new, position, legacy),
        data=tuple(_data(old, new)),
    )


def everyone_at(regions: Iterable[Region], stage: Stage) -> Position:
    """The position in which all municipalities stand at a stage."""
    return Position({name: stage for region in regions for name in region.municipalities})


def _hosts(here: Region, there: Region) -> Iterator[Host]:
    for device in here.devices.values():
        if device.name not in there.devices:
            words = f"{device.model} at {device.address.ip}"
            yield Host(device.name, "switch", device.municipality, here.site(device).name, words)
    for server in here.servers.values():
        if server.name not in there.servers:
            place = here.municipalities[server.municipality].sites[server.site].name
            yield Host(server.name, "server", server.municipality, place, f"at {server.address.ip}")


def _moved(old: Region, new: Region) -> Iterator[Value]:
    pairs: list[tuple[Device | Server, Device | Server, tuple[str, ...]]] = [
        *((old.devices[name], one, SWITCH) for name, one in new.devices.items() if name in old.devices),
        *((old.servers[name], one, SERVER) for name, one in new.servers.items() if name in old.servers),
    ]
    for before, after, keys in pairs:
        for key in keys:
            was, now = getattr(before, key), getattr(after, key)
            if was != now:
                yield Value(after.name, key, _plain(was), _plain(now))
        if before.address == after.address and before.endpoint != after.endpoint:
            yield from _values(before.endpoint.model_dump(), after.endpoint.model_dump(), after.name, "endpoint")


def _groups(old: Region, new: Region, position: Position, legacy: Legacy) -> tuple[Group, ...]:
    last = everyone_at((old, new), Stage.RETIRE)
    told: dict[tuple[bool, str, str], list[Device]] = {}
    for device in new.devices.values():
        before = old.devices.get(device.name)
        if before is None or before.platform != device.platform or _same(before, device, old, new):
            continue
        for at in (position, last):
            diff = _diff(before, device, old, new, at, legacy)
            if diff:
                told.setdefault((at is last and at != position, device.platform, diff), []).append(device)
                break
    groups = [_group(later, name, found, new) for (later, name, _), found in _alike(told, new).items()]
    return tuple(sorted(groups, key=lambda one: (one.later, -one.risk, -len(one.devices), one.devices)))


def _alike(told: Mapping[tuple[bool, str, str], list[Device]], region: Region) -> dict[tuple[bool, str, str], Told]:
    """Diffs that are the same but for their switches' own words are put together; the same to the letter always are."""
    found: dict[tuple[bool, str, str], Told] = {}
    for (later, name, diff), devices in told.items():
        neutral = {take_out(diff, own_words(device, region)) for device in devices}
        # A word may be one switch's own, and for another only what a port is for.
        key = (later, name, neutral.pop() if len(neutral) == 1 else diff)
        found.setdefault(key, []).extend((device, diff) for device in devices)
    return found


def _same(before: Device, after: Device, old: Region, new: Region) -> bool:
    """Whether everything that a render reads of a switch is the same: it need not be done then."""
    homes = [
        region.municipalities[after.municipality]
        for region in (old, new)
        if after.municipality in region.municipalities
    ]
    return before == after and homes[0] == homes[-1]


def _diff(before: Device, after: Device, old: Region, new: Region, position: Position, legacy: Legacy) -> str:
    was, now = (_text(*side, position, legacy) for side in ((before, old), (after, new)))
    return "" if was == now else compare(platform(after.platform), was, now).diff


def _text(device: Device, region: Region, position: Position, legacy: Legacy) -> str:
    view, snapshot = look(device, position, region), legacy(device.name)
    if view.full or snapshot is None:
        return additions(view)
    return render(device, position, region, snapshot)


def _group(later: bool, name: str, found: Told, region: Region) -> Group:
    first, diff = found[0]
    exact = all(own == diff for _, own in found)
    if not exact:
        diff = take_out(diff, own_words(first, region))
    judged = [assess(name, own, device.standard.risks) for device, own in found]
    risk = max(judged, key=lambda one: one.score)
    added, removed = counted(read(diff))
    return Group(
        platform=name,
        devices=tuple(sorted(device.name for device, _ in found)),
        words={} if exact else {one.name: used(diff, own_words(one, region)) for one, _ in found},
        diff=diff,
        added=added,
        removed=removed,
        risk=risk.score,
        reasons=risk.reasons,
        later=later,
    )


def _data(old: Region, new: Region) -> Iterator[Value]:
    """What municipalities and the standard say, but for their hosts."""
    for name in dict.fromkeys([*old.municipalities, *new.municipalities]):
        was, now = old.municipalities.get(name), new.municipalities.get(name)
        if was is None or now is None:
            yield Value(name, "municipality", was and was.label, now and now.label)
        else:
            yield from _values(was.model_dump(mode="json"), now.model_dump(mode="json"), name, "")
    yield from _standards(old, new)


def _standards(old: Region, new: Region) -> Iterator[Value]:
    """A value of the standard that changes for everybody stands once, else with those it changes for."""
    both = [name for name in new.devices if name in old.devices]
    found: dict[str, tuple[Value, list[str]]] = {}
    for name in both:
        was, now = old.devices[name].standard, new.devices[name].standard
        if was == now:
            continue
        for one in _values(was.model_dump(mode="json"), now.model_dump(mode="json"), "", ""):
            found.setdefault(repr(one), (one, []))[1].append(name)
    for value, devices in found.values():
        yield Value(_scope(new, set(devices), set(both)), value.key, value.before, value.after)


def _scope(region: Region, devices: set[str], both: set[str]) -> str:
    if devices == both:
        return "all"
    homes = {region.devices[name].municipality for name in devices}
    whole = {name for name in both if region.devices[name].municipality in homes}
    return ", ".join(sorted(homes if whole == devices else devices))


def _values(before: Any, after: Any, scope: str, key: str) -> Iterator[Value]:
    """Where two values differ, as deep as both are mappings; of lists of mappings, the entries that come and go."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _values(before.get(name), after.get(name), scope, f"{key}.{name}".removeprefix("."))
        return
    was, now = before or [], after or []
    if isinstance(was, list) and isinstance(now, list) and any(isinstance(one, dict) for one in (*was, *now)):
        yield from (Value(scope, key, one, None) for one in was if one not in now)
        yield from (Value(scope, key, None, one) for one in now if one not in was)
        if sorted(map(repr, was)) == sorted(map(repr, now)):
            yield Value(scope, key, "in another order", "")
        return
    yield Value(scope, key, before, after)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    return [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
