"""Ports: each is used for one thing, there are enough for the clients, and servers hang where servers may."""

from collections.abc import Iterator
from dataclasses import dataclass

from nornir_tasks.model.check.cabling import cables, split
from nornir_tasks.model.entries import Entries, SwitchEntry, numbers
from nornir_tasks.model.finding import Finding, Path, nearest, one_of
from nornir_tasks.model.standard import Standard, SwitchModel

SERVERS = ("server", "service")  # the profiles of ports that servers hang on


@dataclass(frozen=True)
class Use:
    """What a port is used for, and where that was said."""

    words: str
    scope: str
    path: Path
    found: str


def check(entries: Entries) -> Iterator[Finding]:
    """Models and ranges, then links and ranges against each other, then servers and clients."""
    uses: dict[tuple[str, int], Use] = {}
    for host, switch in entries.switches.items():
        standard = entries.standards.get(host)
        if standard:
            yield from _model(entries, host, switch, standard)
            yield from _ranges(host, switch, standard, uses)
    yield from _links(entries, uses)
    yield from _attached(entries, uses)
    yield from _hypervisors(entries)
    yield from _clients(entries)


def _model(entries: Entries, host: str, switch: SwitchEntry, standard: Standard) -> Iterator[Finding]:
    model = standard.switch_models.get(switch.model)
    group = entries.places[host].platform
    if not model:
        known = standard.switch_models
        yield Finding(host, ("model",), repr(switch.model), "a model of switch_models", nearest(switch.model, known))
    elif model.platform != group:
        yield Finding(host, (), f"group {group}", f"group {model.platform}, the platform of {switch.model}")


def _ranges(host: str, switch: SwitchEntry, standard: Standard, uses: dict[tuple[str, int], Use]) -> Iterator[Finding]:
    model = standard.switch_models.get(switch.model)
    for span, profile in switch.ports.items():
        path = ("ports", span)
        if profile not in standard.port_profiles:
            known = standard.port_profiles
            yield Finding(host, path, repr(profile), f"a port profile: {one_of(known)}", nearest(profile, known))
        mine = numbers(span)
        if not mine:
            yield Finding(host, path, repr(span), "a range from the lower to the higher port")
        elif (
            model
            and (wrong := next((one for one in (mine[-1], mine[0]) if not 1 <= one <= model.ports), None)) is not None
        ):
            yield Finding(host, path, f"port {wrong}", f"a port from 1 to {model.ports} ({switch.model})")
        clash = next((uses[host, number] for number in mine if (host, number) in uses), None)
        if clash:
            yield Finding(host, path, repr(span), f"ports of their own; {clash.words} has some of them")
        for number in mine:
            uses.setdefault((host, number), Use(f"ports {span} ({profile})", host, path, repr(span)))


def _links(entries: Entries, uses: dict[tuple[str, int], Use]) -> Iterator[Finding]:
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


def _attached(entries: Entries, uses: dict[tuple[str, int], Use]) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    switches = [host for host, place in entries.places.items() if place.role]
    for host, server in entries.servers.items():
        if server.attached and server.runs_on:
            yield Finding(
                host, ("runs_on",), "attached and runs_on", "one of them: a server of its own, or a virtual one"
            )
        elif not server.attached and not server.runs_on:
            yield Finding(host, ("attached",), "nothing", "attached (a switch port) or runs_on (a hypervisor)")
        if not server.attached:
            continue
        found = repr(server.attached)
        switch, port = split(server.attached)
        if switch not in switches:
            yield Finding(host, ("attached",), found, "a switch of the inventory", nearest(switch, switches))
            continue
        model = model_of(entries, switch)
        if model and not 1 <= port <= model.ports:
            expected = f"a port from 1 to {model.ports} ({entries.switches[switch].model})"
            yield Finding(host, ("attached",), found, expected)
        elif model and profile_at(entries.switches[switch], port) not in SERVERS:
            use = uses.get((switch, port))
            has = f"; {use.words} has it" if use else ", and this one has none"
            yield Finding(host, ("attached",), found, f"a port with profile {' or '.join(SERVERS)}{has}")
        if taken.setdefault(server.attached, host) != host:
            expected = f"a port of its own; {taken[server.attached]} is attached to it"
            yield Finding(host, ("attached",), found, expected)


def _hypervisors(entries: Entries) -> Iterator[Finding]:
    for host, server in entries.servers.items():
        if server.runs_on is None:
            continue
        home = entries.places[host].municipality
        known = [
            name
            for name, place in entries.places.items()
            if "hypervisors" in place.groups and place.municipality == home
        ]
        if server.runs_on not in known or server.runs_on == host:
            expected = f"a hypervisor of {home}"
            yield Finding(host, ("runs_on",), repr(server.runs_on), expected, nearest(server.runs_on, known))


def _clients(entries: Entries) -> Iterator[Finding]:
    """A site's clients find ports, where all of its switches could be read."""
    unread = {
        place.municipality for host, place in entries.places.items() if place.role and host not in entries.switches
    }
    for name, home in entries.municipalities.items():
        if name in unread:
            continue
        room = dict.fromkeys(home.sites, 0)
        for host, switch in entries.of(name).items():
            standard = entries.standards.get(host)
            if standard and switch.site in room:
                profiles = standard.port_profiles
                spans = [span for span, word in switch.ports.items() if word in profiles and profiles[word].clients]
                room[switch.site] += sum(len(numbers(span)) for span in spans)
        for site, ports in room.items():
            if home.sites[site].clients > ports:
                expected = f"at most {ports}: the ports for clients of the site's switches"
                yield Finding(name, ("sites", site, "clients"), str(home.sites[site].clients), expected)


def model_of(entries: Entries, host: str) -> SwitchModel | None:
    """The model of a switch, if it is known."""
    switch, standard = entries.switches.get(host), entries.standards.get(host)
    return standard.switch_models.get(switch.model) if switch and standard else None


def profile_at(switch: SwitchEntry, port: int) -> str | None:
    """The profile of a port."""
    return next((profile for span, profile in switch.ports.items() if port in numbers(span)), None)
