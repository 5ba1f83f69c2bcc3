"""Whom an outage cuts off from what they use: switches and servers without power, cables without a link. Pure.

The same proof that judges a change answers here: what is out is taken out of the configurations, and each user group is
asked again. So lists, routes, the other half and the second line count as they will.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from nornir_tasks.model import Municipality, Position, Region
from nornir_tasks.model.graph import list_hypervisors, spread
from nornir_tasks.model.names import find_database_hosts, find_serving_hosts
from nornir_tasks.model.services import Application
from nornir_tasks.reachability.bridging import ConfiguredSwitch, PortEnd
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import read_switches
from nornir_tasks.reachability.places import Places
from nornir_tasks.reachability.service_matrix import ServiceAnswer, ServiceProof
from nornir_tasks.reachability.service_questions import ServiceQuestion, list_questions
from nornir_tasks.reachability.way import Outcome, Service, Station

NO_POWER = "has no power"
NO_LINK = "has no link"
NO_ANSWER = "does not answer"
NAMES = "names"  # of common_services: by name people find the rest


@dataclass(frozen=True)
class Outage:
    """What is out, each with why, as it stands behind its name: ``has no power``.

    Args:
        switches: nothing passes them.
        cables: by either of their ends; no frame passes.
        servers: they answer nothing; what runs on a hypervisor is out with it.
    """

    switches: Mapping[str, str] = field(default_factory=dict)
    cables: Mapping[PortEnd, str] = field(default_factory=dict)
    servers: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.switches or self.cables or self.servers)


@dataclass(frozen=True)
class CutOff:
    """People who cannot use an application any more.

    Args:
        home: their municipality.
        group: of its ``user_groups``.
        site: at which they sit.
        people: how many of them; of several switches at a site as many as hang on those that are cut off.
        application: its name, with its owner in front where that is another municipality.
        cause: what stops them first: the line, the switch, the server.
    """

    home: str
    group: str
    site: str
    people: int
    application: str
    cause: str


class OutageProof:
    """What people use at a position, and what of it is left when something is out."""

    def __init__(self, region: Region, position: Position, texts: Mapping[str, str]) -> None:
        """Args:
        region: with all records.
        position: where everything stands.
        texts: what the switches run, clean and masked; whose switches are missing is not asked.
        """
        self._region, self._position = region, position
        self._forwarding = Forwarding(read_switches(region, texts))
        self._before: dict[str, _Usable] = {}

    @cached_property
    def municipalities(self) -> tuple[str, ...]:
        """Those with people, all of whose switches are known."""
        known = self._forwarding.switches
        return tuple(
            name
            for name, home in self._region.municipalities.items()
            if home.user_groups and all(device.name in known for device in self._region.of(name))
        )

    def find_cut_off(self, outage: Outage, municipalities: Iterable[str] | None = None) -> list[CutOff]:
        """Who loses what: it could be used before, and cannot while this is out. The largest groups first.

        Args:
            outage: what is out.
            municipalities: whose people are asked; None: all that are known.
        """
        changed = list(_take_out(self._forwarding.switches, outage))
        return self._find_lost(changed, self._list_dead_servers(outage), municipalities)

    def find_cut_off_by(self, texts: Mapping[str, str], municipalities: Iterable[str] | None = None) -> list[CutOff]:
        """Who loses what: it can be used by what is meant to run, and cannot by what does. The largest groups first.

        Args:
            texts: what some of the switches run instead, clean and masked.
            municipalities: whose people are asked; None: all that are known.

        Raises:
            PlatformError: one cannot be read; it names the switch.
        """
        return self._find_lost(read_switches(self._region, texts), {}, municipalities)

    def _find_lost(
        self, changed: list[ConfiguredSwitch], dead: Mapping[str, str], municipalities: Iterable[str] | None
    ) -> list[CutOff]:
        forwarding = self._forwarding.advance(changed) if changed else self._forwarding
        lost: list[CutOff] = []
        for name in self.municipalities if municipalities is None else municipalities:
            if name not in self._before:
                self._before[name] = self._ask(name, self._forwarding, {})
            lost += self._before[name].find_lost(self._ask(name, forwarding, dead))
        return sorted(lost, key=lambda cut: (-cut.people, cut.home, cut.site, cut.group, cut.application))

    def _ask(self, municipality: str, forwarding: Forwarding, dead: Mapping[str, str]) -> "_Usable":
        return _Usable(self._region, self._position, forwarding, self._region.municipalities[municipality], dead)

    def _list_dead_servers(self, outage: Outage) -> dict[str, str]:
        """The servers that are out, with those that run on them."""
        dead = dict(outage.servers)
        for server in self._region.servers.values():
            below = (name for name in list_hypervisors(self._region, server) if name in outage.servers)
            if server.name not in dead and (host := next(below, None)):
                dead[server.name] = f"runs on {host}, which {outage.servers[host]}"
        return dead


def _take_out(switches: Mapping[str, ConfiguredSwitch], outage: Outage) -> Iterator[ConfiguredSwitch]:
    """The switches that are configured otherwise by it, as if somebody had shut what is out."""
    ports: dict[str, dict[str, str]] = defaultdict(dict)
    for end, reason in outage.cables.items():
        if end.device in switches:
            ports[end.device][end.port] = f"{end.port} {reason}"
    for name, reason in outage.switches.items():
        if name in switches:
            switch = switches[name]
            ports[name] = dict.fromkeys((*switch.access.interfaces, *switch.cables, *switch.attached), reason)
    for name, reasons in ports.items():
        access = switches[name].access
        shut = {port: replace(access.port(port), shutdown_line=reason) for port, reason in reasons.items()}
        yield replace(switches[name], access=replace(access, interfaces={**access.interfaces, **shut}))


class _Usable:
    """Which applications each group of a municipality can use: those on each switch apart."""

    def __init__(
        self, region: Region, position: Position, forwarding: Forwarding, home: Municipality, dead: Mapping[str, str]
    ) -> None:
        self._region, self._position, self._forwarding, self._home = region, position, forwarding, home
        self._dead = dead
        self._places = Places(region, position, forwarding)
        self._applications = {self._label(owner, name): (owner, record) for owner, name, record in self._list_used()}
        # By group, site and application: of each switch of theirs why they cannot use it; "": they can.
        self.causes: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
        self._answer()

    def _list_used(self) -> Iterable[tuple[Municipality, str, Application]]:
        return self._region.applications_of(self._home.name)

    def _label(self, owner: Municipality, name: str) -> str:
        return name if owner is self._home else f"{owner.name}/{name}"

    def find_lost(self, after: "_Usable") -> list[CutOff]:
        """What could be used here, and cannot any more."""
        return [cut for key, causes in self.causes.items() if (cut := self._find_cut(key, causes, after.causes[key]))]

    def _find_cut(
        self, key: tuple[str, str, str], before: Mapping[str, str], after: Mapping[str, str]
    ) -> CutOff | None:
        group, site, application = key
        lost = {device: after.get(device, "") for device, cause in before.items() if not cause and after.get(device)}
        if not lost:
            return None
        people = self._share_people(group, site, before)
        count = sum(people[device] for device in lost)
        return CutOff(self._home.name, group, site, count, application, next(iter(lost.values())))

    def _share_people(self, group: str, site: str, devices: Collection[str]) -> dict[str, int]:
        """The people of a group at a site by switch, in proportion to the ports that are for their zone."""
        record = self._home.user_groups[group]
        switches = [self._region.devices[name] for name in devices]
        weights = {
            device.name: sum(device.profile(port).access == record.zone for port in device.ports if not port.neighbour)
            for device in switches
        }
        return spread(record.sites[site], weights)

    def _answer(self) -> None:
        """Ask every group on every switch for every port of every application, at each host that serves it."""
        proof = ServiceProof(self._region, self._position, self._forwarding, self._home.name)
        wanted = [question for question in list_questions(self._region, self._home.name) if question.wanted]
        names = self._find_unnamed(proof, wanted)
        answers: dict[tuple[str, str, str], dict[str, list[ServiceAnswer]]] = defaultdict(lambda: defaultdict(list))
        for answer in proof.answer(question for question in wanted if question.what in self._applications):
            question = answer.question
            if question.people and question.target in self._find_hosts(question.what):
                answers[question.group, question.site, question.what][answer.device].append(answer)
        for key, by_device in answers.items():
            for device, asked in by_device.items():
                unnamed = names.get((asked[0].question.zone, device), "") if asked[0].is_moved else ""
                self.causes[key][device] = self._find_cause(key[2], asked) or unnamed

    def _find_hosts(self, application: str) -> tuple[str, ...]:
        owner, record = self._applications[application]
        return find_serving_hosts(self._region, owner, record, self._position)

    def _find_unnamed(self, proof: ServiceProof, wanted: Iterable[ServiceQuestion]) -> dict[tuple[str, str], str]:
        """By zone and switch, why nobody there finds a name: no name server of the centre answers."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for answer in proof.answer(question for question in wanted if question.what == NAMES and not question.people):
            found[answer.question.zone, answer.device].append(self._explain(answer))
        return {key: f"no names: {causes[0]}" for key, causes in found.items() if all(causes)}

    def _explain(self, answer: ServiceAnswer) -> str:
        """Why they do not reach the target; "": they do."""
        if reason := self._dead.get(answer.question.target):
            return f"{answer.question.target} {reason}"
        return "" if answer.outcome == Outcome.REACHED else answer.deciding

    def _find_cause(self, application: str, asked: Iterable[ServiceAnswer]) -> str:
        """Why they cannot use it: of some port no host answers, or none of them has its data; "": they can."""
        by_port: dict[str, list[str]] = defaultdict(list)
        for answer in asked:
            host = answer.question.target
            by_port[answer.question.port].append(self._explain(answer) or self._explain_no_data(application, host))
        return next((causes[0] for causes in by_port.values() if all(causes)), "")

    def _explain_no_data(self, application: str, host: str) -> str:
        """Why a host does not reach the application's database; "": it does, or there is none."""
        owner, record = self._applications[application]
        causes = []
        for database in find_database_hosts(self._region, owner, record, self._position):
            if reason := self._dead.get(database):
                causes.append(f"{database} {reason}")
                continue
            ports = record.database.ports if record.database else ()
            failed = (cause for port in ports if (cause := self._explain_between(host, database, port)))
            causes.append(next(failed, ""))
        return causes[0] if causes and all(causes) else ""

    def _explain_between(self, host: str, database: str, port: str) -> str:
        """Why a port of one server is not reached from another, at any of their addresses; "": it is."""
        if host == database:
            return ""
        service, cause = Service.parse(port), ""
        for source, target in self._list_pairs(host, database):
            reach = self._forwarding.ask(source, target, service)
            if reach.outcome == Outcome.REACHED:
                return ""
            cause = cause or reach.deciding
        return cause

    def _list_pairs(self, host: str, database: str) -> Iterator[tuple[Station, Station]]:
        stations = [self._places.find(name) for name in (host, database)]
        yield from ((source, target) for source in stations[0] for target in stations[1])
