"""Ports: each is used for one thing, there are enough for the clients, and servers hang where servers may."""

from collections.abc import Iterator
from dataclasses import dataclass

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.model.check.cabling import cables, split
from nornir_tasks.model.entries import Entries, SwitchEntry, numbers
from nornir_tasks.model.finding import Path, Variable, judge_variable, nearest, unknown
from nornir_tasks.model.standard import Standard, SwitchModel

SERVERS = ("server", "service")  # the profiles of ports that servers hang on


@dataclass(frozen=True)
class Use:
    """What a port is used for, and where that was said."""

    words: str
    scope: str
    path: Path
    found: str


def check(entries: Entries) -> Iterator[Verdict[Variable]]:
    """Models and ranges, then links and ranges against each other, then servers and clients."""
    uses: dict[tuple[str, int], Use] = {}
    for host, switch in entries.switches.items():
        standard = entries.standards.get(host)
        if standard:
            yield from _model(entries, host, switch, standard)
            profiles = {*standard.port_profiles, *entries.lost("port_profiles")}
            yield from _ranges(host, switch, standard.switch_models.get(switch.model), profiles, uses)
            yield from _zones(entries, host, switch, standard)
    yield from _links(entries, uses)
    yield from _attached(entries, uses)
    yield from _hypervisors(entries)
    yield from _clients(entries)


def _model(entries: Entries, host: str, switch: SwitchEntry, standard: Standard) -> Iterator[Verdict[Variable]]:
    model = standard.switch_models.get(switch.model)
    group = entries.places[host].platform
    if not model and switch.model not in entries.lost("switch_models"):
        yield unknown(host, ("model",), switch.model, "a model of switch_models", standard.switch_models)
    elif model and model.platform != group:
        yield judge_variable(host, (), f"group {group}", f"group {model.platform}, the platform of {switch.model}")


def _ranges(
    host: str, switch: SwitchEntry, model: SwitchModel | None, profiles: set[str], uses: dict[tuple[str, int], Use]
) -> Iterator[Verdict[Variable]]:
    for span, profile in switch.ports.items():
        path = ("ports", span)
        if profile not in profiles:
            yield unknown(host, path, profile, "a port profile", profiles)
        mine = numbers(span)
        if not mine:
            yield judge_variable(host, path, repr(span), "a range from the lower to the higher port")
        elif (
            model
            and (wrong := next((one for one in (mine[-1], mine[0]) if not 1 <= one <= model.ports), None)) is not None
        ):
            yield judge_variable(host, path, f"port {wrong}", f"a port from 1 to {model.ports} ({switch.model})")
        clash = next((uses[host, number] for number in mine if (host, number) in uses), None)
        if clash:
            yield judge_variable(host, path, repr(span), f"ports of their own; {clash.words} has some of them")
        for number in mine:
            uses.setdefault((host, number), Use(f"ports {span} ({profile})", host, path, repr(span)))


def _zones(entries: Entries, host: str, switch: SwitchEntry, standard: Standard) -> Iterator[Verdict[Variable]]:
    """A port's zones are those that the site's purpose brings there: others would lead nowhere."""
    home = entries.at(host)
    site = home.sites.get(switch.site) if home else None
    if not site or site.purpose not in standard.site_purposes:
        return
    here = set(standard.site_purposes[site.purpose])
    if not here <= standard.zones.keys():
        return  # a slip among the purpose's zones is told there
    if entries.places[host].role == "core":
        here.add("operations")
    for span, word in switch.ports.items():
        profile = standard.port_profiles.get(word)
        zones = [profile.access, profile.voice, *profile.tagged] if profile else []
        lost = [zone for zone in zones if zone in standard.zones and zone not in here]
        if lost:
            found = f"{word!r} (with {', '.join(str(zone) for zone in lost)})"
            yield judge_variable(
                host, ("ports", span), found, f"a profile of zones that {switch.site} has ({site.purpose})"
            )


def _links(entries: Entries, uses: dict[tuple[str, int], Use]) -> Iterator[Verdict[Variable]]:
    for cable in cables(entries):
        for key, (host, port) in cable.ends.items():
            socket = f"{host}:{port}"
            model = model_of(entries, host)
            if model and not 1 <= port <= model.ports:
                expected = f"a port from 1 to {model.ports} ({entries.switches[host].model})"
                yield cable.finding(key, repr(socket), expected)
            mine = f"links[{cable.number}]"
            use = uses.setdefault((host, port), Use(mine, cable.municipality, ("links", cable.number, key), socket))
            if (use.scope, use.path[:2]) != (cable.municipality, ("links", cable.number)):
                where = use.words if use.scope in (cable.municipality, host) else f"{use.words} of {use.scope}"
                yield cable.finding(key, repr(socket), f"a port of its own; {where} has it")


def _attached(entries: Entries, uses: dict[tuple[str, int], Use]) -> Iterator[Verdict[Variable]]:
    taken: dict[str, str] = {}
    switches = [host for host, place in entries.places.items() if place.role]
    told = {one.subject.scope for one in entries.findings if one.subject.path[:1] in (("attached",), ("runs_on",))}
    for host, server in entries.servers.items():
        if host in told:
            continue
        if server.attached and server.runs_on:
            yield judge_variable(
                host, ("runs_on",), "attached and runs_on", "one of them: a server of its own, or a virtual one"
            )
        elif not server.attached and not server.runs_on:
            yield judge_variable(host, ("attached",), "nothing", "attached (a switch port) or runs_on (a hypervisor)")
        if not server.attached:
            continue
        found = repr(server.attached)
        switch, port = split(server.attached)
        if switch in entries.misplaced:
            continue
        if switch not in switches:
            yield judge_variable(host, ("attached",), found, "a switch of the inventory", nearest(switch, switches))
            continue
        model = model_of(entries, switch)
        if model and not 1 <= port <= model.ports:
            expected = f"a port from 1 to {model.ports} ({entries.switches[switch].model})"
            yield judge_variable(host, ("attached",), found, expected)
        elif model and not _for_servers(entries, switch, port):
            use = uses.get((switch, port))
            has = f"; {use.words} has it" if use else ", and this one has none"
            yield judge_variable(host, ("attached",), found, f"a port with profile {' or '.join(SERVERS)}{has}")
        if taken.setdefault(server.attached, host) != host:
            expected = f"a port of its own; {taken[server.attached]} is attached to it"
            yield judge_variable(host, ("attached",), found, expected)


def _hypervisors(entries: Entries) -> Iterator[Verdict[Variable]]:
    for host, server in entries.servers.items():
        if server.runs_on is None:
            continue
        home = entries.places[host].municipality
        known = [name for name, place in entries.placed(home).items() if "hypervisors" in place.groups]
        if server.runs_on in entries.misplaced:
            continue
        if server.runs_on not in known or server.runs_on == host:
            yield unknown(host, ("runs_on",), server.runs_on, f"a hypervisor of {home}", known)


def _clients(entries: Entries) -> Iterator[Verdict[Variable]]:
    """A site's clients find ports, where all of its switches could be read."""
    slips = {finding.subject.scope for finding in entries.findings}
    unread = {owner for owners in entries.misplaced.values() for owner in owners}
    for host, place in entries.places.items():
        read = host in entries.switches and host in entries.standards
        if place.role and not (read and entries.switches[host].site in entries.sites.get(place.municipality, ())):
            unread.add(place.municipality)
    for name, home in entries.municipalities.items():
        if name in unread:
            continue
        room = dict.fromkeys(home.sites, 0)
        for host, switch in entries.of(name).items():
            profiles = entries.standards[host].port_profiles
            if host in slips or switch.site not in room or not profiles.keys() >= set(switch.ports.values()):
                room.pop(switch.site, None)
                continue
            spans = [span for span, word in switch.ports.items() if profiles[word].clients]
            room[switch.site] += sum(len(numbers(span)) for span in spans)
        for site, ports in room.items():
            if home.sites[site].clients > ports:
                expected = f"at most {ports}: the ports for clients of the site's switches"
                yield judge_variable(name, ("sites", site, "clients"), str(home.sites[site].clients), expected)


def model_of(entries: Entries, host: str) -> SwitchModel | None:
    """The model of a switch, if it is known."""
    switch, standard = entries.switches.get(host), entries.standards.get(host)
    return standard.switch_models.get(switch.model) if switch and standard else None


def _for_servers(entries: Entries, switch: str, port: int) -> bool:
    """Whether servers may hang on a port; a profile that nobody knows is told of elsewhere."""
    profile = next((word for span, word in entries.switches[switch].ports.items() if port in numbers(span)), None)
    return profile in SERVERS or (profile is not None and profile not in entries.standards[switch].port_profiles)
