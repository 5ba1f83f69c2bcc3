"""What a municipality comes from and how it moves: every zone, site and device has its place in the programme."""

import string
from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.standards import judge_unknown_names
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import (
    Path,
    Variable,
    find_meant_word,
    format_choices,
    judge_unknown,
    judge_variable,
    suggest_nearest,
)
from nornir_tasks.model.municipality import HABITS, Legacy, Migration, Municipality
from nornir_tasks.model.standard import Standard

MEANING = {"legacy": "what the municipality comes from", "migration": "how it moves"}
SERVER_LISTS = ("time_servers", "name_servers", "log_servers")
NAMING_FIELDS = ("name", "site", "number", "role", "municipality")


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each part of the legacy map, the waves and the waivers that does not fit."""
    for name, municipality in entries.municipalities.items():
        standard = entries.find_standard(name)
        if municipality.legacy and standard:
            zones = {*standard.zones, *entries.find_unread_names("zones")}
            has_unread_vlans = any(
                finding.subject.scope == name and finding.subject.path[:2] == ("legacy", "vlans")
                for finding in entries.findings
            )
            yield from _check_vlans(municipality, municipality.legacy, standard, zones)
            yield from _check_pools(municipality, municipality.legacy)
            yield from _check_claims(municipality, municipality.legacy, standard, has_unread_vlans)
            yield from _check_naming(entries, municipality, municipality.legacy)
            habits = "a habit of HABITS (nornir_tasks/model/municipality.py)"
            yield from judge_unknown_names(name, ("legacy", "habits"), municipality.legacy.habits, habits, HABITS)
        if municipality.migration:
            yield from _check_waves(municipality, municipality.migration, entries.sites[name])
            for site in municipality.migration.visits:
                if entries.sites[name] and site not in entries.sites[name]:
                    path = ("migration", "visits", site)
                    yield judge_unknown(name, path, site, f"a site of {name}", entries.sites[name])
        judged_keys = {
            str(finding.subject.path[0])
            for finding in entries.findings
            if finding.subject.scope == name and finding.subject.path
        }
        for key, record in (("legacy", municipality.legacy), ("migration", municipality.migration)):
            if name != CENTRE and record is None and key not in judged_keys:
                yield judge_variable(name, (key,), "nothing", f"a mapping: {MEANING[key]}")
        yield from _check_waivers(entries, municipality)


def _check_vlans(
    municipality: Municipality, legacy: Legacy, standard: Standard, zones: set[str]
) -> Iterator[Verdict[Variable]]:
    """Legacy and standard stand side by side while a municipality moves: no number may mean two things."""
    numbers = {zone.vlan: f"zones.{key}" for key, zone in standard.zones.items()}
    numbers[standard.parking_vlan] = "parking_vlan"
    for number, vlan in legacy.vlans.items():
        path: Path = ("legacy", "vlans", str(number))
        if number in numbers:
            expected = f"a number that the standard does not use; {numbers[number]} has it"
            yield judge_variable(
                municipality.name, path, f"VLAN {number}", expected, "renumber it in the legacy network before the move"
            )
        yield from judge_unknown_names(municipality.name, (*path, "zones"), vlan.zones, "a zone", zones)
    vlans = list(legacy.vlans.items())
    for index, (number, vlan) in enumerate(vlans):
        for other, earlier in vlans[:index]:
            if vlan.subnet and earlier.subnet and vlan.subnet.overlaps(earlier.subnet):
                expected = f"a subnet of its own; VLAN {other} has {earlier.subnet}"
                yield judge_variable(
                    municipality.name, ("legacy", "vlans", str(number), "subnet"), f"'{vlan.subnet}'", expected
                )
    for number, vlan in vlans:
        if vlan.subnet and vlan.subnet.overlaps(municipality.prefix):
            expected = (
                f"a subnet outside {municipality.prefix}, which the standard uses while the legacy is still there"
            )
            yield judge_variable(
                municipality.name, ("legacy", "vlans", str(number), "subnet"), f"'{vlan.subnet}'", expected
            )
    management = legacy.vlans.get(legacy.management_vlan)
    path = ("legacy", "management_vlan")
    if not management:
        choices = format_choices(str(number) for number in legacy.vlans)
        yield judge_variable(municipality.name, path, str(legacy.management_vlan), f"a VLAN of the legacy: {choices}")
    elif not management.subnet:
        yield judge_variable(
            municipality.name, path, str(legacy.management_vlan), "a VLAN with a subnet: switches are managed in it"
        )


def _check_pools(municipality: Municipality, legacy: Legacy) -> Iterator[Verdict[Variable]]:
    """What a DHCP server lends lies in its network, and is nobody's own: neither the gateway's nor a server's."""
    owned = {address: key for key in SERVER_LISTS for address in getattr(legacy, key)}
    for number, vlan in legacy.vlans.items():
        path: Path = ("legacy", "vlans", str(number), "pool")
        if vlan.pool is None or vlan.pool_ends is None:
            continue
        first, last = vlan.pool_ends
        if vlan.subnet is None:
            yield judge_variable(municipality.name, path, repr(vlan.pool), "no pool, or the subnet that it lies in")
            continue
        gateway, end = vlan.subnet.network_address + 1, vlan.subnet.broadcast_address
        if not gateway < first <= last < end:
            expected = f"a range between the gateway {gateway} and {end}, in {vlan.subnet}"
            yield judge_variable(municipality.name, path, repr(vlan.pool), expected)
        for address, key in owned.items():
            if first <= address <= last:
                expected = f"a range without {address}, which legacy.{key} has"
                yield judge_variable(municipality.name, path, repr(vlan.pool), expected)


def _check_claims(
    municipality: Municipality, legacy: Legacy, standard: Standard, has_unread_vlans: bool
) -> Iterator[Verdict[Variable]]:
    """Each zone that the municipality's sites need lives in one legacy VLAN today."""
    needed = [zone for site in municipality.sites.values() for zone in standard.site_purposes.get(site.purpose, ())]
    claimed: dict[str, int] = {}
    for number, vlan in legacy.vlans.items():
        for index, zone in enumerate(vlan.zones):
            if claimed.setdefault(zone, number) != number:
                path = ("legacy", "vlans", str(number), "zones", index)
                yield judge_variable(
                    municipality.name, path, repr(zone), f"a zone in one legacy VLAN; {claimed[zone]} has it already"
                )
    meant_zones = {find_meant_word(zone, standard.zones) for zone in claimed if zone not in standard.zones}
    for zone in () if has_unread_vlans else dict.fromkeys(needed):
        if zone in standard.zones and zone not in claimed and zone not in meant_zones:
            advice = "where do its clients live today?"
            yield judge_variable(
                municipality.name, ("legacy", "vlans"), f"no VLAN with zone {zone!r}", "one, as sites need it", advice
            )


def _check_naming(entries: Entries, municipality: Municipality, legacy: Legacy) -> Iterator[Verdict[Variable]]:
    """Placeholders that there are not, and legacy names that two switches would share."""
    path = ("legacy", "naming")
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(legacy.naming) if field is not None]
    except ValueError as error:
        yield judge_variable(
            municipality.name, path, repr(legacy.naming), "text with placeholders such as {site}", str(error)
        )
        return
    for field in fields:
        if field not in NAMING_FIELDS:
            expected = f"placeholders {', '.join(f'{{{name}}}' for name in NAMING_FIELDS)}"
            yield judge_variable(
                municipality.name, path, repr(f"{{{field}}}"), expected, suggest_nearest(field, NAMING_FIELDS)
            )
    if not set(fields) <= set(NAMING_FIELDS):
        return
    taken: dict[str | None, str] = {}
    for host in entries.find_switches(municipality.name):
        try:
            name = entries.make_legacy_name(host)
        except ValueError as error:  # of a format such as {number:d}: every placeholder's value is text
            yield judge_variable(
                municipality.name, path, repr(legacy.naming), "text with placeholders such as {site}", str(error)
            )
            return
        if taken.setdefault(name, host) != host:
            expected = f"names that differ; {taken[name]} and {host} would both be {name}"
            yield judge_variable(municipality.name, path, repr(legacy.naming), expected)
            return


def _check_waves(municipality: Municipality, migration: Migration, sites: set[str]) -> Iterator[Verdict[Variable]]:
    """Every site moves once: with the pilot or in one wave."""
    moved: dict[str, str] = {}
    pilot: tuple[Path, str, tuple[str, ...]] = ("migration", "pilot_sites"), "the pilot", migration.pilot_sites
    site_lists = [pilot]
    site_lists += [
        (("migration", "waves", index), f"wave {index + 1}", wave) for index, wave in enumerate(migration.waves)
    ]
    for path, wave_name, names in site_lists:
        for index, site in enumerate(names):
            if sites and site not in sites:
                yield judge_unknown(municipality.name, (*path, index), site, f"a site of {municipality.name}", sites)
            elif site in moved:
                yield judge_variable(
                    municipality.name, (*path, index), repr(site), f"each site once; {moved[site]} has it already"
                )
            moved.setdefault(site, wave_name)
    if not migration.pilot_sites:
        yield judge_variable(
            municipality.name, ("migration", "pilot_sites"), "an empty list", "the site that moves first"
        )
    meant_sites = {find_meant_word(site, sites) for site in moved if site not in sites}
    sites_without_wave = sorted(site for site in sites if site not in moved and site not in meant_sites)
    if sites_without_wave:
        actual = f"no wave for {', '.join(sites_without_wave)}"
        yield judge_variable(
            municipality.name, ("migration", "waves"), actual, "every site with the pilot or in a wave"
        )


def _check_waivers(entries: Entries, municipality: Municipality) -> Iterator[Verdict[Variable]]:
    switches = [host for host, place in entries.find_places(municipality.name).items() if place.role]
    switches += [host for host, owners in entries.misplaced.items() if municipality.name in owners]
    for number, waiver in enumerate(municipality.waivers):
        if waiver.device not in switches:
            yield judge_unknown(
                municipality.name,
                ("waivers", number, "device"),
                waiver.device,
                f"a switch of {municipality.name}",
                switches,
            )
