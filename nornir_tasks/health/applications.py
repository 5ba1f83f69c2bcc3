"""Checks of applications: every user group has a way to each of its own, and each answers at its ports."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from nornir_tasks.core.language import mark, translate, translate_count
from nornir_tasks.core.verdict import Mismatch, Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.health.check import RUNBOOKS, Check, NotTold, Skipped, load_checks
from nornir_tasks.health.configuration_cuts import (
    ConfigurationCut,
    find_configuration_cuts,
    list_unreadable,
    mask_running,
)
from nornir_tasks.health.facts import Fact, Reading
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.server_check import PortAnswer
from nornir_tasks.health.wording import name_few
from nornir_tasks.model import Municipality, Position, Region
from nornir_tasks.model.names import find_serving_hosts
from nornir_tasks.model.services import Application, PortRange
from nornir_tasks.reachability.intended import Intended, render_intended
from nornir_tasks.reachability.outage import OutageProof
from nornir_tasks.reachability.service_questions import list_homes

APPLICATIONS = "applications"


@dataclass(frozen=True)
class ApplicationObservation:
    """What a check judges: an application, how people come to it, and who answers for it.

    Args:
        region: with the names for people.
        name: with its owner: ``loppa/mail``.
        record: of the inventory.
        hosts: that serve it now.
        cuts: people who lose it by what switches run.
        unread: the switches on the way that were not read: they are taken to run what they are meant to.
        unproved: why the ways were not proved; empty: they were.
        answers: of its hosts at its ports.
    """

    region: Region
    name: str
    record: Application
    hosts: tuple[str, ...]
    cuts: tuple[ConfigurationCut, ...] = ()
    unread: tuple[str, ...] = ()
    unproved: str = ""
    answers: tuple[PortAnswer, ...] = ()
    readings: Mapping[Fact, Reading] = field(default_factory=dict)  # none
    login_error: str = ""  # none


class ApplicationCheck(Check, is_base=True):
    """A check of an application; nothing has to be read for it that is not there."""

    kind = APPLICATIONS
    facts = ()


class ApplicationWay(ApplicationCheck):
    """People come to it."""

    name = "application-way"
    category = "applications"
    description = mark("each group of its users has a way to it, by what the switches run")
    advice = mark(
        "See who changed that switch last (scripts/change.py list, scripts/drift_audit.py); harmonise.yml puts it "
        "right. Nobody has to go there."
    )

    urgency = Urgency.CUT_OFF

    def run(self, observation: ApplicationObservation) -> list[Verdict]:
        """The verdict; where switches could not be read it says so."""
        verdicts = super().run(observation)
        if not observation.unread:
            return verdicts
        count = len(observation.unread)
        words = translate_count(
            "{count} switch on the way was not read and is taken to run what it is meant to: {names}",
            "{count} switches on the way were not read and are taken to run what they are meant to: {names}",
            count,
            names=name_few(observation.unread),
        )
        return [replace(verdict, actual=words) if verdict.passed else verdict for verdict in verdicts]

    def find_mismatches(self, observation: ApplicationObservation) -> list[Mismatch]:
        """Who is cut off, where, and by which lines: those of a site that the same thing stops together."""
        if not observation.record.users:
            raise Skipped(translate("nobody uses it yet"))
        if observation.unproved:
            raise NotTold(observation.unproved)
        return [_describe_cut(observation, cut) for cut in observation.cuts]


def _describe_cut(observation: ApplicationObservation, cut: ConfigurationCut) -> Mismatch:
    home = observation.region.municipalities[cut.cut.home]
    expected = translate(
        "{group} at {site} ({people} people) to reach {application}",
        group=home.user_groups[cut.cut.group].label,
        site=home.sites[cut.cut.site].name,
        people=cut.cut.people,
        application=observation.record.label,
    )
    differs = translate("on {switches} differs: {lines}", switches=name_few(cut.switches), lines="; ".join(cut.lines))
    return Mismatch(expected, differs)


class ApplicationAnswers(ApplicationCheck):
    """It answers."""

    name = "application"
    category = "applications"
    description = mark("one of its hosts answers at each of its ports")
    advice = mark("On its host: does the port listen (ss -ltn), has a unit failed, is the disk full? Then its owner.")
    urgency = Urgency.CUT_OFF

    def find_mismatches(self, observation: ApplicationObservation) -> list[Mismatch]:
        """The ports at which none of its hosts answers."""
        return [_describe_silence(observation, port) for port in _group_answers(observation) if not port.serving]


class ApplicationHosts(ApplicationCheck):
    """Each of its hosts answers."""

    name = "application-hosts"
    category = "applications"
    description = mark("each of its hosts answers, so that one may fail")
    advice = mark("The others serve everybody: it is not urgent. See systemctl status of its unit there, and start it.")
    urgency = Urgency.UNPROTECTED
    runbook = RUNBOOKS / "application.md"

    def find_mismatches(self, observation: ApplicationObservation) -> list[Mismatch]:
        """The hosts that answer at none of its ports, while another does: several hosts may share the ports."""
        if len(observation.hosts) < 2:
            raise Skipped(translate("it has one host"))
        ports = _group_answers(observation)
        serving = {host for port in ports for host in port.serving}
        asked = {host for port in ports for host in (*port.serving, *port.silent)}
        silent = [host for host in observation.hosts if host in asked - serving]
        if not silent and (unasked := [host for host in observation.hosts if host not in asked]):
            raise NotTold(translate("nobody who answers is let to ask {hosts}", hosts=name_few(unasked)))
        if not serving or not silent:
            return []
        numbers = ", ".join(f"tcp/{port.number}" for port in ports)
        answers = [answer for port in ports for answer in port.answers if answer.host in silent]
        expected = translate(
            "{application} at one of {ports} of {hosts}",
            application=observation.record.label,
            ports=numbers,
            hosts=name_few(silent),
        )
        return [Mismatch(expected, _describe_states(answers))]


@dataclass(frozen=True)
class _Port:
    """A port of an application: who serves it and who does not, by what some servers found."""

    number: int
    serving: tuple[str, ...]
    silent: tuple[str, ...]
    answers: tuple[PortAnswer, ...]


def _group_answers(observation: ApplicationObservation) -> list[_Port]:
    """The ports that were asked for.

    Raises:
        NotTold: none was.
    """
    ports = []
    for number in list_asked(observation.record):
        answers = tuple(answer for answer in observation.answers if answer.port == number)
        serving = tuple(dict.fromkeys(answer.host for answer in answers if answer.state == "open"))
        silent = tuple(dict.fromkeys(answer.host for answer in answers if answer.host not in serving))
        if answers:
            ports.append(_Port(number, serving, silent, answers))
    if not ports:
        raise NotTold(translate("nobody who answers is let to ask it"))
    return ports


def list_asked(record: Application) -> list[int]:
    """The ports of TCP at which an application is asked; of a range the first."""
    return [port.first for port in map(PortRange.parse, record.ports) if port.protocol == "tcp"]


def _describe_silence(observation: ApplicationObservation, port: _Port) -> Mismatch:
    label, hosts = observation.record.label, name_few(port.silent)
    expected = translate("{application} at tcp/{port} of {hosts}", application=label, port=port.number, hosts=hosts)
    return Mismatch(expected, _describe_states([answer for answer in port.answers if answer.host in port.silent]))


def _describe_states(answers: Sequence[PortAnswer]) -> str:
    """Whether hosts are there, and who asked them."""
    askers = name_few(list(dict.fromkeys(answer.asker for answer in answers)))
    if any(answer.is_there for answer in answers):
        return translate("refused: the host is there and the program is not; asked from {askers}", askers=askers)
    return translate("no answer, asked from {askers}", askers=askers)


@dataclass(frozen=True)
class ApplicationExamination:
    """What was found.

    Args:
        verdicts: of every check on every application, in the order of the records.
        cuts: people who lose something by what switches run, the largest groups first.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    cuts: tuple[ConfigurationCut, ...] = ()


def examine_applications(
    context: Context,
    running: Mapping[str, str],
    answers: Iterable[PortAnswer] = (),
    *,
    position: Position | None = None,
    municipalities: Collection[str] | None = None,
    checks: Sequence[Check] | None = None,
    intended: Intended | None = None,
    proof: OutageProof | None = None,
) -> ApplicationExamination:
    """The verdicts on applications.

    Args:
        context: whose journal says where everything stands, and whose snapshots what runs before retire.
        running: the configurations that were read, by switch, as sessions give them.
        answers: of the servers' ports, as ``examine_servers`` gives them.
        position: where everything stands; default: as the journal says.
        municipalities: whose applications and users are judged; None: all.
        checks: default: all of applications that are registered.
        intended: what is meant to run; default: it is rendered.
        proof: by that; default: it is made.

    Returns:
        At least one verdict for each application and check; a configuration that is none counts as not read.
    """
    region = context.region
    position = position or context.journal.position()
    homes = [name for name in region.municipalities if municipalities is None or name in municipalities]
    owned = [
        (region.municipalities[home], name, record)
        for home in homes
        for name, record in region.municipalities[home].applications.items()
    ]
    needed = list(dict.fromkeys(name for home in homes for name in list_homes(region, home)))
    intended = intended or render_intended(region, position, needed, context.snapshot)
    masked = mask_running(region, running)
    unreadable = list_unreadable(region, masked)
    masked = {name: text for name, text in masked.items() if name not in unreadable}
    cuts = tuple(find_configuration_cuts(region, intended, masked, proof))
    ways = _Ways(region, intended, masked)
    asked, looked_at = list(answers), tuple(load_checks(APPLICATIONS) if checks is None else checks)
    verdicts = []
    for owner, name, record in owned:
        observation = _observe(region, position, owner, name, record)
        observation = replace(
            observation,
            cuts=tuple(cut for cut in cuts if _is_about(cut, owner, name)),
            answers=tuple(answer for answer in asked if answer.host in observation.hosts),
            unread=ways.list_unread(owner, record),
            unproved=ways.explain_unproved(owner, record),
        )
        now = datetime.now(UTC)
        verdicts += [replace(verdict, seen=now) for check in looked_at for verdict in check.run(observation)]
    return ApplicationExamination(verdicts, cuts)


def _observe(
    region: Region, position: Position, owner: Municipality, name: str, record: Application
) -> ApplicationObservation:
    hosts = find_serving_hosts(region, owner, record, position)
    return ApplicationObservation(region, f"{owner.name}/{name}", record, hosts)


def _is_about(cut: ConfigurationCut, owner: Municipality, name: str) -> bool:
    """Whether people lose this application: their own municipality's stands without its owner."""
    return cut.cut.application == (name if cut.cut.home == owner.name else f"{owner.name}/{name}")


@dataclass(frozen=True)
class _Ways:
    """What of the ways to applications could be looked at."""

    region: Region
    intended: Intended
    running: Mapping[str, str]

    def list_unread(self, owner: Municipality, record: Application) -> tuple[str, ...]:
        """The switches of those who use it that were not read."""
        homes = self._list_homes(owner, record)
        return tuple(
            device.name for home in homes for device in self.region.of(home) if device.name not in self.running
        )

    def explain_unproved(self, owner: Municipality, record: Application) -> str:
        """Why nothing is known of the ways to it; empty: something is."""
        homes = self._list_homes(owner, record)
        if not any(device.name in self.running for home in homes for device in self.region.of(home)):
            return translate("no switch on the way to it was read")
        unknown = {self.region.devices[name].municipality for name in self.intended.unknown}
        if unknown.issuperset(homes):
            return translate("what is meant to run there is not known before it is surveyed")
        return ""

    def _list_homes(self, owner: Municipality, record: Application) -> tuple[str, ...]:
        """The municipalities whose people use it."""
        homes = (user.partition("/")[0] if "/" in user else owner.name for user in record.users)
        return tuple(dict.fromkeys(homes))
