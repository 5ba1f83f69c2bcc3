"""How access lists that filter traffic get new rows without cutting anybody off. Pure.

``configure replace`` takes a list whose rows come in another order away and types it anew, a row at a time: meanwhile
whoever is let through by a row that is not back yet stands outside. So it is given the lists in use as they are, and
they are swapped afterwards: a copy of the new one takes over, the old one is written anew while nothing passes it, and
takes over again. An interface goes from one list to another at once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LIST = re.compile(r"^ip access-list (?:standard|extended) (?P<name>\S+)\n(?: .*\n)*", re.M)
INTERFACE = re.compile(r"^interface (?P<name>\S+)\n(?: .*\n)*", re.M)
GROUP = re.compile(r"^ ip access-group (?P<list>\S+) (?P<direction>in|out)\n", re.M)
END = "end\n"
COPY = "{}-NEXT"


@dataclass(frozen=True)
class Swap:
    """The two halves of a change. ``held``: the intended configuration, the lists in use still as they are;
    ``lines``: what is typed afterwards, "" where no list in use changes."""

    held: str
    lines: str


@dataclass(frozen=True)
class _Filters:
    """The lists of a configuration by name, and who uses which: by interface and direction."""

    lists: dict[str, str]
    interfaces: frozenset[str]
    used: dict[tuple[str, str], str]

    @classmethod
    def read(cls, text: str) -> "_Filters":
        interfaces = {found["name"]: found[0] for found in INTERFACE.finditer(text)}
        used = {
            (name, group["direction"]): group["list"]
            for name, section in interfaces.items()
            for group in GROUP.finditer(section)
        }
        return cls({found["name"]: found[0] for found in LIST.finditer(text)}, frozenset(interfaces), used)


def plan_swap(before: str, intended: str) -> Swap:
    """What is to be replaced first, and what is typed then; both from cleaned configurations."""
    old, new = _Filters.read(before), _Filters.read(intended)
    # Who filters by another list than before, or begins or ends to filter. A new interface carries nobody yet.
    moved = {
        place: new.used.get(place, "")
        for place in sorted(old.used.keys() | new.used.keys())
        if place[0] in old.interfaces & new.interfaces and old.used.get(place) != new.used.get(place)
    }
    in_use = {name for (interface, _), name in old.used.items() if interface in new.interfaces}
    changed = sorted(
        name for name in in_use & old.lists.keys() & new.lists.keys() if old.lists[name] != new.lists[name]
    )
    left = sorted((in_use & old.lists.keys()) - new.lists.keys())
    if not (moved or changed):
        return Swap(intended, "")
    held = LIST.sub(lambda found: old.lists[found["name"]] if found["name"] in changed else found[0], intended)
    held = INTERFACE.sub(lambda found: _hold_groups(found, old, moved), held)
    if left:
        held = held.removesuffix(END) + "".join(old.lists[name] for name in left) + END
    return Swap(held, "".join(_list_lines(old, new, changed, moved, left)))


def _hold_groups(section: re.Match[str], old: _Filters, moved: dict[tuple[str, str], str]) -> str:
    """An interface of the intended configuration that filters as it does now."""
    name, text = section["name"], section[0]
    for direction in (direction for interface, direction in moved if interface == name):
        text = re.sub(rf"^ ip access-group \S+ {direction}\n", "", text, flags=re.M)
        if former := old.used.get((name, direction)):
            text += _apply(name, former, direction).partition("\n")[2]
    return text


def _list_lines(
    old: _Filters, new: _Filters, changed: list[str], moved: dict[tuple[str, str], str], left: list[str]
) -> Iterator[str]:
    for name in changed:
        # What an interface filters by until it moves: a new one uses the list, too.
        places = [place for place, used in sorted((new.used | old.used).items()) if used == name]
        places = [place for place in places if place[0] in new.interfaces]
        following = COPY.format(name)
        while following in old.lists or following in new.lists:
            following = COPY.format(following)
        section = new.lists[name]
        header, _, rows = section.partition("\n")
        copy = f"{header.removesuffix(name)}{following}"
        yield f"{copy}\n{rows}"
        yield from (_apply(interface, following, direction) for interface, direction in places)
        yield f"no {header}\n{section}"
        yield from (_apply(interface, name, direction) for interface, direction in places)
        yield f"no {copy}\n"
    for (interface, direction), name in moved.items():
        if name:
            yield _apply(interface, name, direction)
        else:
            yield f"interface {interface}\n no ip access-group {old.used[interface, direction]} {direction}\n"
    for name in left:
        header = old.lists[name].partition("\n")[0]
        yield f"no {header}\n"


def _apply(interface: str, name: str, direction: str) -> str:
    return f"interface {interface}\n ip access-group {name} {direction}\n"
