"""The standard: zones, profiles, purposes and models fit each other."""

from collections.abc import Iterable, Iterator, Set
from ipaddress import IPv4Network
from zoneinfo import available_timezones

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import find_zone_network
from nornir_tasks.model.entries import Entries
from nornir_tasks.model.finding import Path, Variable, format_value, judge_unknown, judge_variable
from nornir_tasks.model.standard import Standard

NEEDED = {"zones": ("operations", "services"), "port_profiles": ("unused",)}  # the product speaks of these by name
LOOPBACKS = IPv4Network("10.0.255.0/24")  # the last of a municipality's /16
SERVICES = ("time_servers", "name_servers", "log_servers", "dhcp_servers")


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Each standard once: usually one, and one more for each host with values of its own."""
    seen: set[int] = set()
    for host, standard in entries.standards.items():
        if id(standard) not in seen:
            seen.add(id(standard))
            zones = {*standard.zones, *entries.find_unread_names("zones")}
            yield from _check_zones(host, standard)
            yield from _check_names(host, standard, zones, entries.find_unread_names("port_profiles"))
            yield from _check_needed(host, standard, entries)
            yield from _check_models(host, standard, entries.platforms)
            yield from _check_days(host, standard)
            yield from _check_banner(host, standard)
            yield from _check_time_zone(host, standard)
            yield from _check_accounts(host, standard)
            yield from _check_services(host, standard, entries)


def judge_unknown_names(
    scope: str, path: Path, names: Iterable[str], noun: str, choices: Iterable[str]
) -> Iterator[Verdict[Variable]]:
    """A finding for each name that is not among the choices.

    Args:
        scope: the host or group whose variable it is.
        path: the way to the list of names; a finding's own path ends with the name's place in it, from 0.
        names: the list, as the inventory has it.
        noun: what is expected, such as ``a zone``.
        choices: the names that there are.
    """
    choices = choices if isinstance(choices, Set) else set(choices)  # thousands of servers are not copied for each list
    return (
        judge_unknown(scope, (*path, index), name, noun, choices)
        for index, name in enumerate(names)
        if name not in choices
    )


def _check_zones(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    numbers: dict[int, str] = {standard.parking_vlan: "parking_vlan"}
    names: dict[str, str] = {}
    prefix = IPv4Network("10.0.0.0/16")
    for key, zone in standard.zones.items():
        if zone.vlan in numbers:
            expected = f"a VLAN number of its own; {numbers[zone.vlan]} has it"
            yield judge_variable(host, ("zones", key, "vlan"), format_value(zone.vlan), expected)
        if zone.name in names:
            expected = f"a name of its own; {names[zone.name]} has it"
            yield judge_variable(host, ("zones", key, "name"), repr(zone.name), expected)
        numbers.setdefault(zone.vlan, f"zones.{key}")
        names.setdefault(zone.name, f"zones.{key}")
        try:
            network = find_zone_network(prefix, zone.block)
            is_inside = network.subnet_of(prefix)
            if is_inside and network.overlaps(LOOPBACKS):
                expected = "a block below 255.0, where the loopbacks are"
                yield judge_variable(host, ("zones", key, "block"), repr(zone.block), expected)
        except ValueError:
            is_inside = False
        if not is_inside:
            expected = "a network within a municipality's /16, such as 8.0/21"
            yield judge_variable(host, ("zones", key, "block"), repr(zone.block), expected)


def _check_needed(host: str, standard: Standard, entries: Entries) -> Iterator[Verdict[Variable]]:
    for field, names in NEEDED.items():
        for name in names:
            if name not in getattr(standard, field) and name not in entries.find_unread_names(field):
                actual, expected = f"no {name!r}", f"{name!r} among them"
                yield judge_variable(host, (field,), actual, expected, "the product speaks of it by name")


def _check_names(
    host: str, standard: Standard, zones: set[str], unread_profiles: set[str]
) -> Iterator[Verdict[Variable]]:
    for name, profile in standard.port_profiles.items():
        path = ("port_profiles", name)
        if profile.enabled and profile.access is None and name not in unread_profiles:
            expected = "access: the zone of what is attached, or enabled: false"
            yield judge_variable(host, path, "no zone", expected)
        for key, zone in (("access", profile.access), ("voice", profile.voice)):
            if zone is not None and zone not in zones:
                yield judge_unknown(host, (*path, key), zone, "a zone", zones)
        yield from judge_unknown_names(host, (*path, "tagged"), profile.tagged, "a zone", zones)
    for purpose, purpose_zones in standard.site_purposes.items():
        yield from judge_unknown_names(host, ("site_purposes", purpose), purpose_zones, "a zone", zones)


def _check_models(host: str, standard: Standard, platforms: tuple[str, ...]) -> Iterator[Verdict[Variable]]:
    for name, model in standard.switch_models.items():
        path = ("switch_models", name)
        if model.platform not in platforms:
            yield judge_unknown(host, (*path, "platform"), model.platform, "a platform", platforms)
        for key, port_name in (("name", model.name), ("uplinks", model.uplinks)):
            if port_name is not None and "{}" not in port_name:
                yield judge_variable(host, (*path, key), repr(port_name), "a port's name with {} for its number")


def _check_days(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    """A change window that is never open, and freezes that end before they begin."""
    window = standard.change_window
    if not window.days:
        yield judge_variable(host, ("change_window", "days"), "an empty list", "the days on which changes may begin")
    if window.start == window.end:
        expected = f"another time than its start, {window.start}; the whole day is 00:00 to 24:00"
        yield judge_variable(host, ("change_window", "end"), repr(window.end), expected)
    for index, freeze in enumerate(standard.freeze_days):
        if freeze.end < freeze.start:
            yield judge_variable(
                host, ("freeze_days", index, "end"), f"{freeze.end}", f"a day from {freeze.start} on, its start"
            )


def _check_banner(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    """Marks in the banner that a platform takes for its end: EOS ends it at EOF, IOS at ^C, ProCurve at a quote."""
    lines = standard.banner.splitlines()
    marks = [mark for mark in ('"', "^C") if mark in standard.banner] + [
        line for line in lines if line.strip() == "EOF"
    ]
    for mark in marks:
        yield judge_variable(
            host, ("banner",), f"{mark} in it", "text without it: a switch would take it for the banner's end"
        )


def _check_accounts(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    names = [account.name for account in standard.accounts]
    for index, name in enumerate(names):
        if name in names[:index]:
            expected = f"an account once; accounts[{names.index(name)}] is the same"
            yield judge_variable(host, ("accounts", index, "name"), repr(name), expected)


def _check_time_zone(host: str, standard: Standard) -> Iterator[Verdict[Variable]]:
    time_zones = available_timezones()  # empty where the machine has no tz database: then no name is refused
    if time_zones and standard.timezone not in time_zones:
        yield judge_unknown(host, ("timezone",), standard.timezone, "a time zone", time_zones)


def _check_services(host: str, standard: Standard, entries: Entries) -> Iterator[Verdict[Variable]]:
    """Service addresses that no server of the inventory has: a switch would silently be without time, names or log."""
    places = {name for name, place in entries.places.items() if not place.role}
    if entries.misplaced or places != set(entries.servers):
        return  # the address may be that of a server which could not be read
    servers = {server.address for server in entries.servers.values()}
    for key in SERVICES:
        for index, address in enumerate(getattr(standard, key)):
            if address not in servers:
                yield judge_variable(host, (key, index), f"'{address}'", "the address of a server of the inventory")
