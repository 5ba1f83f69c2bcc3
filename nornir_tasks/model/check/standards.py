"""The standard: zones, profiles, purposes and models fit each other."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from zoneinfo import available_timezones

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import zone_network
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable, shown, unknown
from nornir_tasks.model.standard import Standard

NEEDED = {"zones": ("operations", "services"), "port_profiles": ("unused",)}  # the product speaks of these by name
LOOPBACKS = IPv4Network("10.0.255.0/24")  # the last of a municipality's /16
OUTSIDE = ("centre", "internet")
SERVICES = ("time_servers", "name_servers", "log_servers", "dhcp_servers")


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Each standard once: usually one, and one more for each host with values of its own."""
    seen: set[int] = set()
    for host, standard in entries.standards.items():
        if id(standard) not in seen:
            seen.add(id(standard))
            zones = {*standard.zones, *entries.lost("zones")}
            yield from _zones(host, standard, zones)
            yield from _names(host, standard, zones, entries.lost("port_profiles"))
            yield from _needed(host, standard, entries)
            yield from _models(host, standard, entries.platforms)
            yield from _days(host, standard)
            yield from _banner(host, standard)
            yield from _clock(host, standard)
            yield from _accounts(host, standard)
            yield from _services(host, standard, entries)


def strangers(
    scope: str, path: Path, names: Iterable[str], noun: str, known: Iterable[str]
) -> Iterator[Verdict[Variable]]:
    """A finding for each name (at ``path`` and its number in the list) that is not known."""
    known = set(known)
    return (unknown(scope, (*path, at), name, noun, known) for at, name in enumerate(names) if name not in known)


def _zones(host: str, standard: Standard, known: set[str]) -> Iterator[Verdict[Variable]]:
    numbers: dict[int, str] = {standard.parking_vlan: "parking_vlan"}
    names: dict[str, str] = {}
    whole = IPv4Network("10.0.0.0/16")
    for key, zone in standard.zones.items():
        if zone.vlan in numbers:
            taken = f"a VLAN number of its own; {numbers[zone.vlan]} has it"
            yield judge_variable(host, ("zones", key, "vlan"), shown(zone.vlan), taken)
        if zone.name in names:
            taken = f"a name of its own; {names[zone.name]} has it"
            yield judge_variable(host, ("zones", key, "name"), repr(zone.name), taken)
        numbers.setdefault(zone.vlan, f"zones.{key}")
        names.setdefault(zone.name, f"zones.{key}")
        yield from strangers(host, ("zones", key, "reaches"), zone.reaches, "a zone", {*known, *OUTSIDE})
        try:
            network = zone_network(whole, zone.block)
            inside = network.subnet_of(whole)
            if inside and network.overlaps(LOOPBACKS):
                expected = "a block below 255.0, where the loopbacks are"
                yield judge_variable(host, ("zones", key, "block"), repr(zone.block), expected)
        except ValueError:
            inside = False
        if not inside:
            expected = "a network within a municipality's /16, such as 8.0/21"
            yield judge_variable(host, ("zones", key, "block"), repr(zone.block), expected)


def _needed(host: str, standard: Standard, entries: Entries) -> Iterator[Verdict[Variable]]:
    for field, needed in NEEDED.items():
        for name in needed:
            if name not in getattr(standard, field) and name not in entries.lost(field):
                found, expected = f"no {name!r}", f"{name!r} among them"
                yield judge_variable(host, (field,), found, expected, "the product speaks of it by name")


def _names(host: str, standard: Standard, zones: set[str], unread: set[str]) -> Iterator[Verdict[Variable]]:
    for name, profile in standard.port_profiles.items():
        path = ("port_profiles", name)
        if profile.enabled and profile.access is None and name not in unread:
            expected = "access: the zone of what is attached, or enabled: false"
            yield judge_variable(host, path, "no zone", expected)
        for key, zone in (("access", profile.access), ("voice", profile.voice)):
            if zone is not None and zone not in zones:
                yield unknown(host, (*path, key), zone, "a zone", zones)
        yield from strangers(host, (*path, "tagged"), profile.tagged, "a zone", zones)
    for purpose, needed in standard.site_purposes.items():
        yield from strangers(host, ("site_purposes", purpose), needed, "a zone", zones)


def _models(host: str, standard: Standard, platforms: tuple[str, ...]) -> Iterator[Verdict[Variable]]:
    for name, model in standard.switch_models.items():
        path = ("switch_models", name)
        if model.platform not in platforms:
            yield unknown(host, (*path, "platform"), model.platform, "a platform", platforms)
        for key, text in (("name", model.name), ("uplinks", model.uplinks)):
            if text is not None and "{}" not in text:
                yield judge_variable(host, (*path, key), repr(text), "a port's name with {} for its number")


def _days(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    """A window that is never open, or a freeze that freezes nothing, would surprise somebody in the night."""
    window = standard.change_window
    if not window.days:
        yield judge_variable(host, ("change_window", "days"), "an empty list", "the days on which changes may begin")
    if window.start == window.end:
        expected = f"another time than its start, {window.start}; the whole day is 00:00 to 24:00"
        yield judge_variable(host, ("change_window", "end"), repr(window.end), expected)
    for at, freeze in enumerate(standard.freeze_days):
        if freeze.end < freeze.start:
            yield judge_variable(
                host, ("freeze_days", at, "end"), f"{freeze.end}", f"a day from {freeze.start} on, its start"
            )


def _banner(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    """Each platform has a mark of its own for where the banner ends."""
    lines = standard.banner.splitlines()
    ends = [mark for mark in ('"', "^C") if mark in standard.banner] + [line for line in lines if line.strip() == "EOF"]
    for mark in ends:
        yield judge_variable(
            host, ("banner",), f"{mark} in it", "text without it: a switch would take it for the banner's end"
        )


def _accounts(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    names = [account.name for account in standard.accounts]
    for at, name in enumerate(names):
        if name in names[:at]:
            expected = f"an account once; accounts[{names.index(name)}] is the same"
            yield judge_variable(host, ("accounts", at, "name"), repr(name), expected)


def _clock(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    known = available_timezones()  # none where the machine has no database of them: then nobody can say
    if known and standard.timezone not in known:
        yield unknown(host, ("timezone",), standard.timezone, "a time zone", known)


def _services(host: str, standard: Standard, entries: Entries) -> Iterator[Verdict[Variable]]:
    """A switch that asks an address where nobody is has no time, no names or no log, and says so to nobody."""
    places = {name for name, place in entries.places.items() if not place.role}
    if entries.misplaced or places != set(entries.servers):
        return  # the address may be that of a server which could not be read
    servers = {one.address for one in entries.servers.values()}
    for key in SERVICES:
        for at, address in enumerate(getattr(standard, key)):
            if address not in servers:
                yield judge_variable(host, (key, at), f"'{address}'", "the address of a server of the inventory")
