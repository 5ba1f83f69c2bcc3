"""What would be so if something were out: from what people name to who loses what, and what has no second any more."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.language import mark, translate, translate_count
from nornir_tasks.model import Device, Municipality, Position, Region
from nornir_tasks.model.graph import find_attachment, list_hypervisors
from nornir_tasks.model.names import find_database_hosts, find_serving_hosts
from nornir_tasks.model.services import Application
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.outage import NO_ANSWER, NO_LINK, NO_POWER, CutOff, Outage
from nornir_tasks.reachability.places import suggest_nearest

NAMED = 3  # applications that a sentence names
SENSITIVITY = ("health", "confidential", "internal", "open")  # whose loss is told first
EXPECTED = mark(
    "a switch, a cable by an end of it (loppa-core-01:23) or by its line's contract, a server, a site, a common "
    "service or an application (loppa/mail)"
)


@dataclass(frozen=True)
class Weakened:
    """Something people depend on that has no second any more: one more fault, and they lose it.

    Args:
        what: for people: ``Loppa's lines to the centre``.
        left: the only one that is left.
        count: of how many.
    """

    what: str
    left: str
    count: int


@dataclass(frozen=True)
class GroupLoss:
    """What a group at a site loses.

    Args:
        home: label of the municipality.
        group: its label.
        site: name of the site, for people.
        people: the most that lose one of these applications.
        applications: labels of them.
        keeps: labels of what they still can use.
        cause: of the first.
    """

    home: str
    group: str
    site: str
    people: int
    applications: tuple[str, ...]
    keeps: tuple[str, ...]
    cause: str


def parse_outage(region: Region, words: Iterable[str]) -> Outage:
    """What is out, of the names that people use for it.

    Args:
        region: the inventory's.
        words: each a switch, ``switch:port``, a contract of a line, a server, a site, a service or an application.

    Raises:
        UsageError: a word names nothing; the message says what is near.
    """
    switches: dict[str, str] = {}
    cables: dict[PortEnd, str] = {}
    servers: dict[str, str] = {}
    for word in words:
        ends = _find_cable(region, word)
        devices = [device.name for device in region.devices.values() if word in (device.name, device.site)]
        hosts = _find_servers(region, word)
        if not (ends or devices or hosts):
            raise UsageError(
                translate(
                    "--what-if: found {found}, expected {expected}", found=repr(word), expected=translate(EXPECTED)
                )
                + suggest_nearest(word, _list_names(region))
            )
        cables |= dict.fromkeys(ends, NO_LINK)
        switches |= dict.fromkeys(devices, NO_POWER)
        servers |= dict.fromkeys(hosts, NO_POWER if devices else NO_ANSWER)  # of a site everything
    return Outage(switches, cables, servers)


def _find_cable(region: Region, word: str) -> list[PortEnd]:
    """The ends of a cable, by one of them; of a hired line by its contract."""
    device, colon, number = word.partition(":")
    if colon and device in region.devices and number.isdigit():
        port = next((port for port in region.devices[device].ports if port.number == int(number)), None)
        return [PortEnd(device, port.name)] if port and port.neighbour else []
    links = (link for home in region.municipalities.values() for link in home.links)
    return [find_end(region, link.a) for link in links if link.line and link.line.contract == word]


def find_end(region: Region, end: str) -> PortEnd:
    """The port of ``loppa-core-01:23``, as its platform names it."""
    device, _, number = end.partition(":")
    return PortEnd(device, region.devices[device].port(int(number)).name)


def _find_servers(region: Region, word: str) -> list[str]:
    """The servers that a word means: one, all of a site's, or those of a service or an application."""
    if word in region.servers:
        return [word]
    standard = next(iter(region.devices.values())).standard
    if word in standard.common_services:
        return list(standard.common_services[word].hosts)
    owner, slash, name = word.partition("/")
    if slash and owner in region.municipalities and name in region.municipalities[owner].applications:
        return list(region.municipalities[owner].applications[name].all_hosts)
    return [name for name, server in region.servers.items() if _find_site(region, server.name) == word]


def _find_site(region: Region, server: str) -> str:
    switch = find_attachment(region, region.servers[server]).partition(":")[0]
    return region.devices[switch].site if switch in region.devices else ""


def _list_names(region: Region) -> Iterator[str]:
    yield from (*region.devices, *region.servers)
    yield from next(iter(region.devices.values())).standard.common_services
    for home in region.municipalities.values():
        yield from home.sites
        yield from (f"{home.name}/{name}" for name in home.applications)
        yield from (link.line.contract for link in home.links if link.line)


def group_losses(region: Region, cuts: Iterable[CutOff]) -> list[GroupLoss]:
    """The losses by group and site, the most people first.

    Args:
        region: with the labels.
        cuts: as ``OutageProof.find_cut_off`` gives them.
    """
    by_group: dict[tuple[str, str, str], list[CutOff]] = defaultdict(list)
    for cut in cuts:
        by_group[cut.home, cut.group, cut.site].append(cut)
    losses = [_make_loss(region, *key, lost) for key, lost in by_group.items()]
    return sorted(losses, key=lambda loss: (-loss.people, loss.home, loss.site, loss.group))


def _make_loss(region: Region, home: str, group: str, site: str, cuts: Sequence[CutOff]) -> GroupLoss:
    municipality = region.municipalities[home]
    lost = {cut.application for cut in cuts}
    used = _list_used(region, municipality, group)
    return GroupLoss(
        home=municipality.label,
        group=municipality.user_groups[group].label,
        site=municipality.sites[site].name,
        people=max(cut.people for cut in cuts),
        applications=tuple(label for name, label in used.items() if name in lost),
        keeps=tuple(label for name, label in used.items() if name not in lost),
        cause=cuts[0].cause,
    )


def _list_used(region: Region, home: Municipality, group: str) -> dict[str, str]:
    """The applications that a group uses, as ``CutOff`` names them, and their labels; the most sensitive first."""
    used = {}
    for owner, name, application in region.applications_of(home.name):
        if f"{home.name}/{group}" in {user if "/" in user else f"{owner.name}/{user}" for user in application.users}:
            used[name if owner is home else f"{owner.name}/{name}"] = application
    ordered = sorted(used.items(), key=lambda item: SENSITIVITY.index(item[1].sensitivity))
    return {name: application.label for name, application in ordered}


def summarise(region: Region, losses: Sequence[GroupLoss]) -> str:
    """In a sentence how many people, where, lose what; the most sensitive first.

    Args:
        region: with the labels.
        losses: as ``group_losses`` gives them.
    """
    if not losses:
        return translate("everybody reaches what they use")
    ranks = _rank_labels(region)
    lost = sorted({label for loss in losses for label in loss.applications}, key=lambda label: (ranks[label], label))
    return translate_count(
        "{count} people at {where} lose {applications}",
        "{count} people at {where} lose {applications}",
        sum(loss.people for loss in losses),
        where=_describe_places(losses),
        applications=name_some(lost, NAMED),
    )


def _describe_places(losses: Sequence[GroupLoss]) -> str:
    """``2 sites of Loppa``, or in how many municipalities."""
    homes = list(dict.fromkeys(loss.home for loss in losses))
    sites = count_sites(losses)
    if len(homes) == 1:
        return translate("{sites} of {municipality}", sites=sites, municipality=homes[0])
    return translate("{sites} in {count} municipalities", sites=sites, count=len(homes))


def count_sites(losses: Iterable[GroupLoss]) -> str:
    """``2 sites``."""
    return translate_count("{count} site", "{count} sites", len({(loss.home, loss.site) for loss in losses}))


def describe_weakened(weakened: Weakened) -> str:
    """What has no second any more, without a full stop."""
    return translate("{what}: {left} is left of {count}", what=weakened.what, left=weakened.left, count=weakened.count)


def name_some(labels: Sequence[str], most: int) -> str:
    """The first of some labels, and how many more there are."""
    names = ", ".join(labels[:most])
    rest = len(labels) - most
    return (
        translate_count("{names} and {count} more", "{names} and {count} more", rest, names=names)
        if rest > 0
        else names
    )


def _rank_labels(region: Region) -> dict[str, int]:
    """How early the loss of an application is told, by its label."""
    ranks: dict[str, int] = {}
    for home in region.municipalities.values():
        for application in home.applications.values():
            rank = SENSITIVITY.index(application.sensitivity)
            ranks[application.label] = min(rank, ranks.get(application.label, rank))
    return ranks


def find_weakened(region: Region, position: Position, outage: Outage) -> list[Weakened]:
    """What has no second any more, and had one: lines to the centre, hosts of services and of applications.

    Args:
        region: the inventory's.
        position: where everything stands: an application has its new hosts once its wave has come.
        outage: what is out.
    """
    weakened = []
    for what, members in _list_redundant(region, position):
        left = [name for name, needs in members.items() if not any(_is_out(region, outage, need) for need in needs)]
        if len(members) > 1 and len(left) == 1:
            weakened.append(Weakened(what, left[0], len(members)))
    return weakened


Needs = tuple[PortEnd | str, ...]  # what a member needs: ends of a cable, a switch, a server


def _list_redundant(region: Region, position: Position) -> Iterator[tuple[str, Mapping[str, Needs]]]:
    """What there is more than one of: for people, and by member what it needs."""
    for home in region.municipalities.values():
        if lines := dict(_list_lines(region.of(home.name))):
            yield translate("{where}: lines to the centre", where=home.label), lines
    standard = next(iter(region.devices.values())).standard
    for service in standard.common_services.values():
        yield translate("{what}: servers", what=service.label), _list_hosts(service.hosts)
    for home in region.municipalities.values():
        for application in home.applications.values():
            yield from _list_application(region, position, home, application)


def _list_lines(devices: Iterable[Device]) -> Iterator[tuple[str, Needs]]:
    """The routed cables from the cores of a municipality, by their far ends."""
    for device in devices:
        for port in device.ports if device.role == "core" else ():
            if port.neighbour and port.neighbour.kind == "routed":
                far = PortEnd(port.neighbour.device, port.neighbour.port_name)
                line = translate("{switch} to {far}", switch=device.name, far=far.device)
                yield line, (PortEnd(device.name, port.name), far, device.name, far.device)


def _list_application(
    region: Region, position: Position, home: Municipality, application: Application
) -> Iterator[tuple[str, Mapping[str, Needs]]]:
    what = f"{home.label}: {application.label}"
    yield translate("{what}: servers", what=what), _list_hosts(find_serving_hosts(region, home, application, position))
    yield (
        translate("{what}: databases", what=what),
        _list_hosts(find_database_hosts(region, home, application, position)),
    )


def _list_hosts(hosts: Iterable[str]) -> dict[str, Needs]:
    return {host: (host,) for host in dict.fromkeys(hosts)}


def _is_out(region: Region, outage: Outage, need: PortEnd | str) -> bool:
    if isinstance(need, PortEnd):
        return need in outage.cables
    if need in region.devices:
        return need in outage.switches
    server = region.servers[need]
    names = (need, *list_hypervisors(region, server))
    return (
        any(name in outage.servers for name in names)
        or find_attachment(region, server).partition(":")[0] in outage.switches
    )
