"""Ports: each is used for one thing, there are enough for the clients, and servers hang where servers may."""

from collections.abc import Iterator
from dataclasses import dataclass

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.addresses import find_server_zone
from nornir_tasks.model.check.cabling import list_cables, split_socket
from nornir_tasks.model.entries import CENTRE, Entries, SwitchEntry, expand_port_range
from nornir_tasks.model.finding import Path, Variable, judge_unknown, judge_variable, suggest_nearest
from nornir_tasks.model.standard import PortProfile, Standard, SwitchModel


@dataclass(frozen=True)
class PortUse:
    """What a port is used for, and which variable says so."""

    description: str
    scope: str
    path: Path


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A finding for each model, range, link, server and site whose ports do not fit."""
    uses: dict[tuple[str, int], PortUse] = {}
    for host, switch in entries.switches.items():
        standard = entries.standards.get(host)
        if standard:
            yield from _check_model(entries, host, switch, standard)
            profiles = {*standard.port_profiles, *entries.find_unread_names("port_profiles")}
            yield from _check_ranges(host, switch, standard.switch_models.get(switch.model), profiles, uses)
            yield from _check_zones(entries, host, switch, standard)
    yield from _check_links(entries, uses)
    yield from _check_exits(entries, uses)
    yield from _check_attached(entries, uses)
    yield from _check_hypervisors(entries)
    yield from _check_server_zones(entries)
    yield from _check_clients(entries)


def _check_model(entries: Entries, host: str, switch: SwitchEntry, standard: Standard) -> Iterator[Verdict[Variable]]:
    model = standard.switch_models.get(switch.model)
    group = entries.places[host].platform
    if not model and switch.model not in entries.find_unread_names("switch_models"):
        yield judge_unknown(host, ("model",), switch.model, "a model of switch_models", standard.switch_models)
    elif model and model.platform != group:
        yield judge_variable(host, (), f"group {group}", f"group {model.platform}, the platform of {switch.model}")


def _check_ranges(
    host: str, switch: SwitchEntry, model: SwitchModel | None, profiles: set[str], uses: dict[tuple[str, int], PortUse]
) -> Iterator[Verdict[Variable]]:
    for port_range, profile in switch.ports.items():
        path = ("ports", port_range)
        if profile not in profiles:
            yield judge_unknown(host, path, profile, "a port profile", profiles)
        port_numbers = expand_port_range(port_range)
        if not port_numbers:
            yield judge_variable(host, path, repr(port_range), "a range from the lower to the higher port")
        elif (
            model
            and (
                wrong_port := next(
                    (port for port in (port_numbers[-1], port_numbers[0]) if not 1 <= port <= model.ports), None
                )
            )
            is not None
        ):
            yield judge_variable(host, path, f"port {wrong_port}", f"a port from 1 to {model.ports} ({switch.model})")
        other_use = next((uses[host, number] for number in port_numbers if (host, number) in uses), None)
        if other_use:
            yield judge_variable(
                host, path, repr(port_range), f"ports of their own; {other_use.description} has some of them"
            )
        for number in port_numbers:
            uses.setdefault((host, number), PortUse(f"ports {port_range} ({profile})", host, path))


def _check_zones(entries: Entries, host: str, switch: SwitchEntry, standard: Standard) -> Iterator[Verdict[Variable]]:
    """Port profiles with zones that the site's purpose does not bring to the switch: no trunk carries those."""
    municipality = entries.find_municipality(host)
    site = municipality.sites.get(switch.site) if municipality else None
    if not site or site.purpose not in standard.site_purposes:
        return
    site_zones = set(standard.site_purposes[site.purpose])
    if not site_zones <= standard.zones.keys():
        return  # the standard's own check reports an unknown zone of a purpose
    if entries.places[host].role == "core":
        site_zones.add("operations")
    for port_range, profile_name in switch.ports.items():
        profile = standard.port_profiles.get(profile_name)
        zones = [profile.access, profile.voice, *profile.tagged] if profile else []
        lost_zones = [zone for zone in zones if zone in standard.zones and zone not in site_zones]
        if lost_zones:
            actual = f"{profile_name!r} (with {', '.join(str(zone) for zone in lost_zones)})"
            yield judge_variable(
                host, ("ports", port_range), actual, f"a profile of zones that {switch.site} has ({site.purpose})"
            )


def _check_links(entries: Entries, uses: dict[tuple[str, int], PortUse]) -> Iterator[Verdict[Variable]]:
    for cable in list_cables(entries):
        for key, (host, port) in cable.ends.items():
            socket = f"{host}:{port}"
            model = find_model(entries, host)
            if model and not 1 <= port <= model.ports:
                expected = f"a port from 1 to {model.ports} ({entries.switches[host].model})"
                yield cable.judge(key, repr(socket), expected)
            link_name = f"links[{cable.number}]"
            use = uses.setdefault((host, port), PortUse(link_name, cable.municipality, ("links", cable.number, key)))
            if (use.scope, use.path[:2]) != (cable.municipality, ("links", cable.number)):
                use_name = (
                    use.description if use.scope in (cable.municipality, host) else f"{use.description} of {use.scope}"
                )
                yield cable.judge(key, repr(socket), f"a port of its own; {use_name} has it")


def _check_exits(entries: Entries, uses: dict[tuple[str, int], PortUse]) -> Iterator[Verdict[Variable]]:
    """Ports of exits: nothing else is on them."""
    standard = entries.find_standard(CENTRE)
    for name, record in standard.exits.items() if standard else ():
        use = uses.get(split_socket(record.port))
        if use:
            expected = f"a port of its own; {use.description} has it"
            yield judge_variable("all", ("exits", name, "port"), repr(record.port), expected)


def _check_attached(entries: Entries, uses: dict[tuple[str, int], PortUse]) -> Iterator[Verdict[Variable]]:
    taken: dict[str, str] = {}
    switches = [host for host, place in entries.places.items() if place.role]
    judged_hosts = {
        finding.subject.scope
        for finding in entries.findings
        if finding.subject.path[:1] in (("attached",), ("runs_on",))
    }
    for host, server in entries.servers.items():
        if host in judged_hosts:
            continue
        if server.attached and server.runs_on:
            yield judge_variable(
                host, ("runs_on",), "attached and runs_on", "one of them: a server of its own, or a virtual one"
            )
        elif not server.attached and not server.runs_on:
            yield judge_variable(host, ("attached",), "nothing", "attached (a switch port) or runs_on (a hypervisor)")
        if not server.attached:
            continue
        actual = repr(server.attached)
        switch, port = split_socket(server.attached)
        if switch in entries.misplaced:
            continue
        if switch not in switches:
            yield judge_variable(
                host, ("attached",), actual, "a switch of the inventory", suggest_nearest(switch, switches)
            )
            continue
        model = find_model(entries, switch)
        if model and not 1 <= port <= model.ports:
            expected = f"a port from 1 to {model.ports} ({entries.switches[switch].model})"
            yield judge_variable(host, ("attached",), actual, expected)
        elif model and not _is_for_servers(entries, switch, port):
            use = uses.get((switch, port))
            use_text = f"; {use.description} has it" if use else ", and this one has none"
            yield judge_variable(host, ("attached",), actual, f"a port whose profile is for servers{use_text}")
        if taken.setdefault(server.attached, host) != host:
            expected = f"a port of its own; {taken[server.attached]} is attached to it"
            yield judge_variable(host, ("attached",), actual, expected)


def _check_hypervisors(entries: Entries) -> Iterator[Verdict[Variable]]:
    for host, server in entries.servers.items():
        if server.runs_on is None:
            continue
        municipality = entries.places[host].municipality
        hypervisors = [
            name for name, place in entries.find_places(municipality).items() if "hypervisors" in place.groups
        ]
        if server.runs_on in entries.misplaced:
            continue
        if server.runs_on not in hypervisors or server.runs_on == host:
            yield judge_unknown(host, ("runs_on",), server.runs_on, f"a hypervisor of {municipality}", hypervisors)


def _check_server_zones(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A server's address is in the zone untagged on its port; a virtual one's in any that its hypervisor's has."""
    for host, server in entries.servers.items():
        name = entries.places[host].municipality
        municipality, standard = entries.find_municipality(host), entries.find_standard(name)
        carrier = entries.servers.get(server.runs_on) if server.runs_on else server
        profile = _find_profile(entries, carrier.attached) if carrier and carrier.attached else None
        if not municipality or not standard or profile is None or profile.access not in standard.zones:
            continue
        try:
            zone = find_server_zone(server.address, municipality, standard, name == CENTRE)
        except (KeyError, ValueError):
            continue  # a zone is not there, or its block is no network, which the standard's own check reports
        zones = (profile.access, *profile.tagged) if server.runs_on else (profile.access,)
        if zone and zone not in zones and carrier:
            actual = f"'{server.address}' (in {zone})"
            expected = f"an address in {' or '.join(zones)}, which port {carrier.attached} is for"
            yield judge_variable(host, ("address",), actual, expected)


def _find_profile(entries: Entries, socket: str) -> PortProfile | None:
    """The profile of a switch port; None: it has none, or something on the way to it could not be read."""
    switch, port = split_socket(socket)
    standard, entry = entries.standards.get(switch), entries.switches.get(switch)
    for port_range, name in entry.ports.items() if entry and standard else ():
        if standard and port in expand_port_range(port_range):
            return standard.port_profiles.get(name)
    return None


def _check_clients(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Sites with more clients than ports for them, as far as all of their switches could be read."""
    judged_hosts = {finding.subject.scope for finding in entries.findings}
    unread_municipalities = {owner for owners in entries.misplaced.values() for owner in owners}
    for host, place in entries.places.items():
        is_read = host in entries.switches and host in entries.standards
        if place.role and not (is_read and entries.switches[host].site in entries.sites.get(place.municipality, ())):
            unread_municipalities.add(place.municipality)
    for name, municipality in entries.municipalities.items():
        if name in unread_municipalities:
            continue
        ports_by_site = dict.fromkeys(municipality.sites, 0)
        for host, switch in entries.find_switches(name).items():
            profiles = entries.standards[host].port_profiles
            if (
                host in judged_hosts
                or switch.site not in ports_by_site
                or not profiles.keys() >= set(switch.ports.values())
            ):
                ports_by_site.pop(switch.site, None)
                continue
            port_ranges = [
                port_range for port_range, profile_name in switch.ports.items() if profiles[profile_name].clients
            ]
            ports_by_site[switch.site] += sum(len(expand_port_range(port_range)) for port_range in port_ranges)
        for site, ports in ports_by_site.items():
            if municipality.sites[site].clients > ports:
                expected = f"at most {ports}: the ports for clients of the site's switches"
                yield judge_variable(name, ("sites", site, "clients"), str(municipality.sites[site].clients), expected)


def find_model(entries: Entries, host: str) -> SwitchModel | None:
    """The model of a switch, if it is known."""
    switch, standard = entries.switches.get(host), entries.standards.get(host)
    return standard.switch_models.get(switch.model) if switch and standard else None


def _is_for_servers(entries: Entries, switch: str, port: int) -> bool:
    """Whether servers may hang on a port; True for an unknown profile, which ``_check_ranges`` reports."""
    profile_name = next(
        (name for port_range, name in entries.switches[switch].ports.items() if port in expand_port_range(port_range)),
        None,
    )
    if profile_name is None:
        return False
    profile = entries.standards[switch].port_profiles.get(profile_name)
    return profile is None or profile.servers
