"""What a municipality comes from and how it moves: every zone, site and device has its place in the programme."""

import string
from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.standards import strangers
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, judge_variable, meant, nearest, one_of, unknown
from nornir_tasks.model.municipality import HABITS, Legacy, Migration, Municipality
from nornir_tasks.model.standard import Standard

WHAT = {"legacy": "what the municipality comes from", "migration": "how it moves"}
NAMING = ("name", "site", "number", "role", "municipality")


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """The legacy map, the waves, the waivers."""
    for name, home in entries.municipalities.items():
        standard = entries.standard(name)
        if home.legacy and standard:
            zones = {*standard.zones, *entries.lost("zones")}
            unread = any(
                one.subject.scope == name and one.subject.path[:2] == ("legacy", "vlans") for one in entries.findings
            )
            yield from _vlans(home, home.legacy, standard, zones)
            yield from _claims(home, home.legacy, standard, unread)
            yield from _naming(entries, home, home.legacy)
            habits = "a habit of HABITS (nornir_tasks/model/municipality.py)"
            yield from strangers(name, ("legacy", "habits"), home.legacy.habits, habits, HABITS)
        if home.migration:
            yield from _waves(home, home.migration, entries.sites[name])
        told = {str(one.subject.path[0]) for one in entries.findings if one.subject.scope == name and one.subject.path}
        for key, record in (("legacy", home.legacy), ("migration", home.migration)):
            if name != CENTRE and record is None and key not in told:
                yield judge_variable(name, (key,), "nothing", f"a mapping: {WHAT[key]}")
        yield from _waivers(entries, home)


def _vlans(home: Municipality, legacy: Legacy, standard: Standard, zones: set[str]) -> Iterator[Verdict[Variable]]:
    """Legacy and standard stand side by side while a municipality moves: no number may mean two things."""
    numbers = {zone.vlan: f"zones.{key}" for key, zone in standard.zones.items()}
    numbers[standard.parking_vlan] = "parking_vlan"
    for number, vlan in legacy.vlans.items():
        path: Path = ("legacy", "vlans", str(number))
        if number in numbers:
            expected = f"a number that the standard does not use; {numbers[number]} has it"
            yield judge_variable(
                home.name, path, f"VLAN {number}", expected, "renumber it in the legacy network before the move"
            )
        yield from strangers(home.name, (*path, "zones"), vlan.zones, "a zone", zones)
    others = list(legacy.vlans.items())
    for at, (number, vlan) in enumerate(others):
        for other, earlier in others[:at]:
            if vlan.subnet and earlier.subnet and vlan.subnet.overlaps(earlier.subnet):
                expected = f"a subnet of its own; VLAN {other} has {earlier.subnet}"
                yield judge_variable(
                    home.name, ("legacy", "vlans", str(number), "subnet"), f"'{vlan.subnet}'", expected
                )
    for number, vlan in others:
        if vlan.subnet and vlan.subnet.overlaps(home.prefix):
            expected = f"a subnet outside {home.prefix}, which the standard uses while the legacy is still there"
            yield judge_variable(home.name, ("legacy", "vlans", str(number), "subnet"), f"'{vlan.subnet}'", expected)
    management = legacy.vlans.get(legacy.management_vlan)
    path = ("legacy", "management_vlan")
    if not management:
        known = one_of(str(number) for number in legacy.vlans)
        yield judge_variable(home.name, path, str(legacy.management_vlan), f"a VLAN of the legacy: {known}")
    elif not management.subnet:
        yield judge_variable(
            home.name, path, str(legacy.management_vlan), "a VLAN with a subnet: switches are managed in it"
        )


def _claims(home: Municipality, legacy: Legacy, standard: Standard, unread: bool) -> Iterator[Verdict[Variable]]:
    """Each zone that the municipality's sites need lives in one legacy VLAN today."""
    needed = [zone for site in home.sites.values() for zone in standard.site_purposes.get(site.purpose, ())]
    claimed: dict[str, int] = {}
    for number, vlan in legacy.vlans.items():
        for at, zone in enumerate(vlan.zones):
            if claimed.setdefault(zone, number) != number:
                path = ("legacy", "vlans", str(number), "zones", at)
                yield judge_variable(
                    home.name, path, repr(zone), f"a zone in one legacy VLAN; {claimed[zone]} has it already"
                )
    slips = {meant(zone, standard.zones) for zone in claimed if zone not in standard.zones}
    for zone in () if unread else dict.fromkeys(needed):
        if zone in standard.zones and zone not in claimed and zone not in slips:
            advice = "where do its clients live today?"
            yield judge_variable(
                home.name, ("legacy", "vlans"), f"no VLAN with zone {zone!r}", "one, as sites need it", advice
            )


def _naming(entries: Entries, home: Municipality, legacy: Legacy) -> Iterator[Verdict[Variable]]:
    """Names are made of what there is to make them of, and no two switches have the same."""
    path = ("legacy", "naming")
    try:
        used = [field for _, field, _, _ in string.Formatter().parse(legacy.naming) if field is not None]
    except ValueError as error:
        yield judge_variable(home.name, path, repr(legacy.naming), "text with placeholders such as {site}", str(error))
        return
    for field in used:
        if field not in NAMING:
            expected = f"placeholders {', '.join(f'{{{name}}}' for name in NAMING)}"
            yield judge_variable(home.name, path, repr(f"{{{field}}}"), expected, nearest(field, NAMING))
    if not set(used) <= set(NAMING):
        return
    taken: dict[str | None, str] = {}
    for host in entries.of(home.name):
        try:
            name = entries.legacy_name(host)
        except ValueError as error:  # of a format such as {number:d}: what is put in is text
            yield judge_variable(
                home.name, path, repr(legacy.naming), "text with placeholders such as {site}", str(error)
            )
            return
        if taken.setdefault(name, host) != host:
            expected = f"names that differ; {taken[name]} and {host} would both be {name}"
            yield judge_variable(home.name, path, repr(legacy.naming), expected)
            return


def _waves(home: Municipality, migration: Migration, sites: set[str]) -> Iterator[Verdict[Variable]]:
    """Every site moves once: with the pilot or in one wave."""
    moved: dict[str, str] = {}
    pilot: tuple[Path, str, tuple[str, ...]] = ("migration", "pilot_sites"), "the pilot", migration.pilot_sites
    lists = [pilot]
    lists += [(("migration", "waves", at), f"wave {at + 1}", wave) for at, wave in enumerate(migration.waves)]
    for path, words, names in lists:
        for at, site in enumerate(names):
            if sites and site not in sites:
                yield unknown(home.name, (*path, at), site, f"a site of {home.name}", sites)
            elif site in moved:
                yield judge_variable(
                    home.name, (*path, at), repr(site), f"each site once; {moved[site]} has it already"
                )
            moved.setdefault(site, words)
    if not migration.pilot_sites:
        yield judge_variable(home.name, ("migration", "pilot_sites"), "an empty list", "the site that moves first")
    slips = {meant(site, sites) for site in moved if site not in sites}
    lost = sorted(site for site in sites if site not in moved and site not in slips)
    if lost:
        found = f"no wave for {', '.join(lost)}"
        yield judge_variable(home.name, ("migration", "waves"), found, "every site with the pilot or in a wave")


def _waivers(entries: Entries, home: Municipality) -> Iterator[Verdict[Variable]]:
    known = [host for host, place in entries.placed(home.name).items() if place.role]
    known += [host for host, owners in entries.misplaced.items() if home.name in owners]
    for number, waiver in enumerate(home.waivers):
        if waiver.device not in known:
            yield unknown(home.name, ("waivers", number, "device"), waiver.device, f"a switch of {home.name}", known)
