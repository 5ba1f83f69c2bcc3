"""Applications, common services and destinations: each names hosts, zones, groups and ports that there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import find_services_network
from nornir_tasks.model.check.cabling import split_socket
from nornir_tasks.model.check.standards import SERVICES, judge_unknown_names
from nornir_tasks.model.entries import CENTRE, Entries
from nornir_tasks.model.finding import Path, Variable, judge_unknown, judge_variable
from nornir_tasks.model.flows import MANAGEMENT
from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import ALL, Agreement, Application, PortRange, RiskAssessment, ZonePorts
from nornir_tasks.model.standard import Standard

LOGIN = "tcp/22"  # by which a control node logs in to a switch


@dataclass(frozen=True)
class _Names:
    """What records may name, with those whose own records could not be read."""

    servers: set[str]
    centre_servers: set[str]
    zones: set[str]
    destinations: set[str]
    groups: set[str]  # municipality/group

    @classmethod
    def collect(cls, entries: Entries, standard: Standard) -> "_Names":
        """The names of an inventory. A host that could not be read, or is in no group, is there all the same."""
        hosts = {name: place.municipality for name, place in entries.places.items() if not place.role}
        hosts |= dict.fromkeys(entries.misplaced, "")
        return cls(
            servers=set(hosts),
            centre_servers={name for name, owner in hosts.items() if owner in (CENTRE, "")},
            zones={*standard.zones, *entries.find_unread_names("zones")},
            destinations={*standard.destinations, *entries.find_unread_names("destinations")},
            groups={f"{name}/{group}" for name in entries.municipalities for group in _list_groups(entries, name)},
        )


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each name and number in the records of services that leads nowhere."""
    standard = entries.find_standard(CENTRE) or next(iter(entries.standards.values()), None)
    if standard is None:
        return
    names = _Names.collect(entries, standard)
    for zone, record in standard.zones.items():
        yield from _check_ports("all", ("zones", zone, "peers"), record.peers)
    yield from _check_common_services(entries, standard, names)
    yield from _check_destinations(entries, standard, names)
    yield from _check_exits(entries, standard)
    for name, municipality in entries.municipalities.items():
        zones = entries.find_standard(name) or standard
        yield from _check_groups(municipality, zones, names)
        for key, application in municipality.applications.items():
            yield from _check_application(municipality, key, application, names)
        for key, agreement in municipality.agreements.items():
            yield from _check_agreement(municipality, key, agreement)
        for key, assessment in municipality.risk_assessments.items():
            yield from _check_assessment(municipality, key, assessment)


def _list_groups(entries: Entries, municipality: str) -> set[str]:
    """The user groups of a municipality, with those that could not be read."""
    unread = {
        str(finding.subject.path[1])
        for finding in entries.findings
        if finding.subject.scope == municipality and finding.subject.path[:1] == ("user_groups",)
        if len(finding.subject.path) > 1
    }
    return unread | set(entries.municipalities[municipality].user_groups)


def _check_ports(scope: str, path: Path, ports: Iterable[str]) -> Iterator[Verdict[Variable]]:
    """Ports that there are, each once."""
    earlier: set[PortRange] = set()
    for index, text in enumerate(ports):
        try:
            port = PortRange.parse(text)
        except ValueError:
            yield judge_variable(scope, (*path, index), repr(text), "ports from 1 to 65535, the lower one first")
            continue
        if port in earlier:
            yield judge_variable(scope, (*path, index), repr(text), "a port once")
        earlier.add(port)


def _check_zone_ports(scope: str, path: Path, ports: ZonePorts, zones: set[str]) -> Iterator[Verdict[Variable]]:
    for zone, zone_ports in ports.items():
        if zone not in zones:
            yield judge_unknown(scope, (*path, zone), zone, "a zone", zones)
        yield from _check_ports(scope, (*path, zone), zone_ports)


def _check_common_services(entries: Entries, standard: Standard, names: _Names) -> Iterator[Verdict[Variable]]:
    for key, service in standard.common_services.items():
        path: Path = ("common_services", key)
        yield from judge_unknown_names(
            "all", (*path, "hosts"), service.hosts, "a server of the centre", names.centre_servers
        )
        yield from _check_ports("all", (*path, "ports"), service.ports)
        yield from judge_unknown_names("all", (*path, "zones"), service.zones, "a zone", names.zones)
        yield from _check_zone_ports("all", (*path, "opens"), service.opens, names.zones)
        if bool(service.ports) != bool(service.zones):
            missing = "zones" if service.ports else "ports"
            expected = "the zones that may open its ports" if service.ports else "the ports that its zones open"
            yield judge_variable("all", (*path, missing), "nothing", expected)
        if not service.ports and not service.opens:
            yield judge_variable("all", path, "neither ports nor opens", "what is opened there, or from there")
    hosts = {host for service in standard.common_services.values() for host in service.hosts}
    addresses = {entries.servers[host].address for host in hosts if host in entries.servers}
    if not hosts <= entries.servers.keys() or entries.find_unread_names("common_services"):
        return
    servers = {server.address: host for host, server in entries.servers.items()}
    for key in SERVICES:
        for index, address in enumerate(getattr(standard, key)):
            if address in servers and address not in addresses:
                expected = "a host of one of common_services: no access list lets anybody reach it otherwise"
                yield judge_variable("all", (key, index), f"'{address}' ({servers[address]})", expected)
    logging_in = {
        entries.servers[host].address
        for service in standard.common_services.values()
        for host in service.hosts
        if LOGIN in service.opens.get(MANAGEMENT, ())
    }
    for index, address in enumerate(standard.control_nodes):
        if address in servers and address not in logging_in:
            expected = f"a host of one of common_services that opens {MANAGEMENT}: [{LOGIN}]"
            advice = "no access list lets it log in to a switch otherwise"
            yield judge_variable("all", ("control_nodes", index), f"'{address}' ({servers[address]})", expected, advice)


def _check_destinations(entries: Entries, standard: Standard, names: _Names) -> Iterator[Verdict[Variable]]:
    exits = {*standard.exits, *entries.find_unread_names("exits")}
    for key, destination in standard.destinations.items():
        path: Path = ("destinations", key)
        yield from _check_ports("all", (*path, "ports"), destination.ports)
        yield from judge_unknown_names("all", (*path, "zones"), destination.zones, "a zone", names.zones)
        yield from judge_unknown_names("all", (*path, "exits"), destination.exits, "one of exits", exits)
        for index, network in enumerate(destination.networks):
            owner = next((m for m in entries.municipalities.values() if m.prefix.overlaps(network)), None)
            if owner and network.prefixlen:
                expected = f"a network outside of the region; {owner.name} has {owner.prefix}"
                yield judge_variable("all", (*path, "networks", index), f"'{network}'", expected)


def _check_exits(entries: Entries, standard: Standard) -> Iterator[Verdict[Variable]]:
    taken: dict[str, str] = {}
    leaves = [host for host, place in entries.places.items() if place.role == "leaf"]
    for key, record in standard.exits.items():
        path: Path = ("exits", key)
        switch, port = split_socket(record.port)
        if switch not in leaves and switch not in entries.misplaced:
            yield judge_unknown("all", (*path, "port"), record.port, "a port of a leaf of the centre", leaves)
        model = standard.switch_models.get(entries.switches[switch].model) if switch in entries.switches else None
        if model and not 1 <= port <= model.ports:
            yield judge_variable("all", (*path, "port"), repr(record.port), f"a port from 1 to {model.ports}")
        if taken.setdefault(record.port, key) != key:
            expected = f"a port of its own; {taken[record.port]} has it"
            yield judge_variable("all", (*path, "port"), repr(record.port), expected)
        if record.peer not in record.address.network or record.peer == record.address.ip:
            expected = f"another address in {record.address.network}, the network of its port"
            yield judge_variable("all", (*path, "peer"), f"'{record.peer}'", expected)
        for name, municipality in entries.municipalities.items():
            for site in municipality.sites.values() if name == CENTRE else ():
                services = find_services_network(site, standard) if "services" in standard.zones else None
                if services and services.overlaps(record.address.network):
                    expected = f"a network of its own; the services of {site.name} have {services}"
                    yield judge_variable("all", (*path, "address"), f"'{record.address}'", expected)


def _check_groups(municipality: Municipality, standard: Standard, names: _Names) -> Iterator[Verdict[Variable]]:
    for key, group in municipality.user_groups.items():
        path: Path = ("user_groups", key)
        if group.zone not in names.zones:
            yield judge_unknown(municipality.name, (*path, "zone"), group.zone, "a zone", names.zones)
        for site in group.sites:
            record = municipality.sites.get(site)
            if record is None:
                noun = f"a site of {municipality.name}"
                yield judge_unknown(municipality.name, (*path, "sites", site), site, noun, municipality.sites)
            elif group.zone in names.zones and group.zone not in standard.site_purposes.get(
                record.purpose, (group.zone,)
            ):
                expected = f"a site that has the zone {group.zone}; {record.purpose} has none"
                yield judge_variable(municipality.name, (*path, "sites", site), repr(site), expected)


def _check_application(
    municipality: Municipality, key: str, application: Application, names: _Names
) -> Iterator[Verdict[Variable]]:
    scope, path = municipality.name, ("applications", key)
    host_lists = [("hosts", application.hosts), ("move.to", application.move.to)]
    if application.database:
        host_lists.append(("database.hosts", application.database.hosts))
        yield from _check_ports(scope, (*path, "database", "ports"), application.database.ports)
    for field, hosts in host_lists:
        yield from judge_unknown_names(
            scope, (*path, *field.split(".")), hosts, "a server of the inventory", names.servers
        )
    yield from _check_ports(scope, (*path, "ports"), application.ports)
    own_groups = {name.partition("/")[2] for name in names.groups if name.startswith(f"{scope}/")}
    for index, user in enumerate(application.users):
        if (user if "/" in user else f"{scope}/{user}") not in names.groups:
            choices = names.groups if "/" in user else own_groups
            yield judge_unknown(scope, (*path, "users", index), user, "a user group", choices)
    yield from _check_zone_ports(scope, (*path, "devices"), application.devices, names.zones)
    yield from _check_zone_ports(scope, (*path, "feeds"), application.feeds, names.zones)
    yield from judge_unknown_names(
        scope, (*path, "needs"), application.needs, "one of destinations", names.destinations
    )
    waves = len(municipality.migration.waves) if municipality.migration else 0
    if isinstance(application.move.wave, int) and municipality.migration and application.move.wave > waves:
        expected = f"pilot, or a wave from 1 to {waves}"
        yield judge_variable(scope, (*path, "move", "wave"), str(application.move.wave), expected)


def _check_covered(municipality: Municipality, path: Path, covers: Iterable[str]) -> Iterator[Verdict[Variable]]:
    names = [ALL, *municipality.applications]
    yield from judge_unknown_names(
        municipality.name, path, covers, f"an application of {municipality.name}, or {ALL}", names
    )


def _check_agreement(municipality: Municipality, key: str, agreement: Agreement) -> Iterator[Verdict[Variable]]:
    path: Path = ("agreements", key)
    yield from _check_covered(municipality, (*path, "covers"), agreement.covers)
    if agreement.until < agreement.signed:
        expected = f"a day from {agreement.signed} on, when it was signed"
        yield judge_variable(municipality.name, (*path, "until"), str(agreement.until), expected)


def _check_assessment(municipality: Municipality, key: str, assessment: RiskAssessment) -> Iterator[Verdict[Variable]]:
    yield from _check_covered(municipality, ("risk_assessments", key, "covers"), assessment.covers)
