"""User groups and applications: each names sites, servers, groups, zones, destinations and waves that there are."""

from collections.abc import Iterator

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import find_server_zone
from nornir_tasks.model.check import shared_ports
from nornir_tasks.model.check.service_names import (
    ServiceNames,
    check_labels,
    check_names,
    check_ports,
    check_zone_ports,
    judge_zone,
)
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, judge_unknown, judge_variable
from nornir_tasks.model.flows import MANAGEMENT
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import Application
from nornir_tasks.model.standard import Standard


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each name and number in a municipality's records of people and applications that leads nowhere."""
    standard = entries.find_standard(CENTRE) or next(iter(entries.standards.values()), None)
    if standard is None:
        return
    names = ServiceNames.collect(entries, standard)
    yield from _check_missing_records(entries, names)
    for name, municipality in entries.municipalities.items():
        yield from _check_groups(entries, municipality, entries.find_standard(name) or standard, names)
        yield from check_labels(name, ("applications",), municipality.applications)
        for key, application in municipality.applications.items():
            yield from _check_application(entries, municipality, key, application, names)
            yield from _check_wave(entries, municipality, key, application)
    yield from shared_ports.list_shared_ports(entries, health=True)


def _check_groups(
    entries: Entries, municipality: Municipality, standard: Standard, names: ServiceNames
) -> Iterator[Verdict[Variable]]:
    for key, group in municipality.user_groups.items():
        path: Path = ("user_groups", key)
        if group.zone not in names.client_zones:
            yield judge_zone(municipality.name, (*path, "zone"), group.zone, names.client_zones)
        for site in group.sites:
            record = municipality.sites.get(site)
            if site not in entries.sites[municipality.name]:
                noun = f"a site of {municipality.name}"
                choices = entries.sites[municipality.name]
                yield judge_unknown(municipality.name, (*path, "sites", site), site, noun, choices)
            elif record and group.zone in names.client_zones:
                zones = standard.site_purposes.get(record.purpose, (group.zone,))
                if group.zone not in zones:
                    expected = f"a site that has the zone {group.zone}; a site for {record.purpose} has none"
                    yield judge_variable(municipality.name, (*path, "sites", site), repr(site), expected)


def _check_application(
    entries: Entries, municipality: Municipality, key: str, application: Application, names: ServiceNames
) -> Iterator[Verdict[Variable]]:
    scope, path = municipality.name, ("applications", key)
    host_lists = {("hosts",): application.hosts, ("move", "to"): application.move.to}
    if application.database:
        host_lists["database", "hosts"] = application.database.hosts
        host_lists["move", "database"] = application.move.database
        yield from check_ports(scope, (*path, "database", "ports"), application.database.ports)
    elif application.move.database:
        found = ", ".join(map(repr, application.move.database))
        expected = "nothing: the application has no database that could move"
        yield judge_variable(scope, (*path, "move", "database"), found, expected)
    for field, hosts in host_lists.items():
        yield from check_names(scope, (*path, *field), hosts, "a server of the inventory", names.servers)
        for index, host in enumerate(hosts):
            if _find_zone(entries, host) == MANAGEMENT:
                actual = f"{host!r} ({entries.servers[host].address}, in {MANAGEMENT})"
                expected = f"a server in the zone for servers: {MANAGEMENT} is for management alone"
                yield judge_variable(scope, (*path, *field, index), actual, expected)
    yield from check_ports(scope, (*path, "ports"), application.ports)
    users = [user.removeprefix(f"{scope}/") for user in application.users]
    for index, user in enumerate(users):
        if (user.partition("/")[0] if "/" in user else scope) in names.groupless:
            continue  # all of them are missing, which is told once
        if (user if "/" in user else f"{scope}/{user}") not in names.groups:
            own_groups = (name.removeprefix(f"{scope}/") for name in names.groups if name.startswith(f"{scope}/"))
            choices = names.groups if "/" in user else set(own_groups)
            yield judge_unknown(scope, (*path, "users", index), user, "a user group", choices)
        elif user in users[:index]:
            expected = f"each group once; [{users.index(user)}] is the same"
            yield judge_variable(scope, (*path, "users", index), repr(application.users[index]), expected)
    for zone_field in ("devices", "feeds"):
        ports = getattr(application, zone_field)
        yield from check_zone_ports(scope, (*path, zone_field), ports, names.client_zones)
    if names.destinations:  # that there is none at all is told once
        yield from check_names(scope, (*path, "needs"), application.needs, "a destination", names.destinations)


def _check_missing_records(entries: Entries, names: ServiceNames) -> Iterator[Verdict[Variable]]:
    """No destination, or no user group of a municipality, where applications name some: told once, not by each."""
    applications = [(home.name, a) for home in entries.municipalities.values() for a in home.applications.values()]
    needs = sorted({need for _, application in applications for need in application.needs})
    if needs and not names.destinations:
        yield judge_variable("all", ("destinations",), "nothing", f"a mapping with {', '.join(needs)}")
    users = {
        user if "/" in user else f"{home}/{user}" for home, application in applications for user in application.users
    }
    for name in sorted(names.groupless):
        groups = sorted(user.partition("/")[2] for user in users if user.startswith(f"{name}/"))
        if groups:
            yield judge_variable(name, ("user_groups",), "nothing", f"a mapping with {', '.join(groups)}")


def _find_zone(entries: Entries, host: str) -> str | None:
    """The zone of a server; None: it is in none, or one of the records that say it could not be read."""
    server = entries.servers.get(host)
    municipality = entries.find_municipality(host) if server else None
    standard = entries.find_standard(municipality.name) if municipality else None
    if server is None or municipality is None or standard is None:
        return None
    try:
        return find_server_zone(server.address, municipality, standard, municipality.name == CENTRE)
    except (KeyError, ValueError):  # a zone that is not there, or whose block is no network; told already
        return None


def _check_wave(
    entries: Entries, municipality: Municipality, key: str, application: Application
) -> Iterator[Verdict[Variable]]:
    """The wave in which an application moves is one of its municipality's, as far as those could be read."""
    wave = application.move.wave
    has_unread_waves = any(
        finding.subject.scope == municipality.name and finding.subject.path[:2] == ("migration", "waves")
        for finding in entries.findings
    )
    if municipality.migration is None or has_unread_waves or wave == "pilot":
        return
    waves = len(municipality.migration.waves)
    if wave > waves:
        expected = f"pilot, or the number of one of the {waves} waves" if waves else "pilot: there are no waves"
        yield judge_variable(municipality.name, ("applications", key, "move", "wave"), str(wave), expected)
