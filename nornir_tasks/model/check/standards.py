"""The standard: zones, profiles, purposes and models fit each other."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from nornir_tasks.model.addresses import zone_network
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Finding, Path, nearest, one_of, shown
from nornir_tasks.model.standard import Standard

NEEDED = {"zones": ("operations", "services"), "port_profiles": ("unused",)}  # the product speaks of these by name
OUTSIDE = ("centre", "internet")


def check(entries: Entries) -> Iterator[Finding]:
    """Each standard once: usually one, and one more for each host with values of its own."""
    seen: set[int] = set()
    for host, standard in entries.standards.items():
        if id(standard) not in seen:
            seen.add(id(standard))
            yield from _zones(host, standard)
            yield from _names(host, standard)
            yield from _models(host, standard, entries.platforms)


def unknown(scope: str, path: Path, names: Iterable[str], known: Iterable[str], noun: str) -> Iterator[Finding]:
    """A finding for each name (at ``path`` and its number in the list) that is not known."""
    known = set(known)
    for number, name in enumerate(names):
        if name not in known:
            advice = nearest(name, known)
            yield Finding(scope, (*path, number), repr(name), f"{noun}: {one_of(known)}" if known else noun, advice)


def _zones(host: str, standard: Standard) -> Iterator[Finding]:
    numbers: dict[int, str] = {standard.parking_vlan: "parking_vlan"}
    names: dict[str, str] = {}
    whole = IPv4Network("10.0.0.0/16")
    for key, zone in standard.zones.items():
        if zone.vlan in numbers:
            taken = f"a VLAN number of its own; {numbers[zone.vlan]} has it"
            yield Finding(host, ("zones", key, "vlan"), shown(zone.vlan), taken)
        if zone.name in names:
            taken = f"a name of its own; {names[zone.name]} has it"
            yield Finding(host, ("zones", key, "name"), repr(zone.name), taken)
        numbers.setdefault(zone.vlan, f"zones.{key}")
        names.setdefault(zone.name, f"zones.{key}")
        known = {*standard.zones, *OUTSIDE}
        yield from unknown(host, ("zones", key, "reaches"), zone.reaches, known, "a zone")
        try:
            inside = zone_network(whole, zone.block).subnet_of(whole)
        except ValueError:
            inside = False
        if not inside:
            expected = "a network within a municipality's /16, such as 8.0/21"
            yield Finding(host, ("zones", key, "block"), repr(zone.block), expected)


def _names(host: str, standard: Standard) -> Iterator[Finding]:
    for field, needed in NEEDED.items():
        for name in needed:
            if name not in getattr(standard, field):
                yield Finding(
                    host, (field,), f"no {name!r}", f"{name!r} among them", "the product speaks of it by name"
                )
    for name, profile in standard.port_profiles.items():
        path = ("port_profiles", name)
        for key, zone in (("access", profile.access), ("voice", profile.voice)):
            if zone is not None and zone not in standard.zones:
                advice = nearest(zone, standard.zones)
                yield Finding(host, (*path, key), repr(zone), f"a zone: {one_of(standard.zones)}", advice)
        yield from unknown(host, (*path, "tagged"), profile.tagged, standard.zones, "a zone")
    for purpose, zones in standard.site_purposes.items():
        yield from unknown(host, ("site_purposes", purpose), zones, standard.zones, "a zone")


def _models(host: str, standard: Standard, platforms: tuple[str, ...]) -> Iterator[Finding]:
    for name, model in standard.switch_models.items():
        path = ("switch_models", name)
        if model.platform not in platforms:
            expected = f"a platform: {one_of(platforms)}"
            yield Finding(host, (*path, "platform"), repr(model.platform), expected, nearest(model.platform, platforms))
        for key, text in (("name", model.name), ("uplinks", model.uplinks)):
            if text is not None and "{}" not in text:
                yield Finding(host, (*path, key), repr(text), "a port's name with {} for its number")
