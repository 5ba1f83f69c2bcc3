"""Causes that only people feel: machines answer, and an edit or a program keeps them from an application. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.health.causes import Cause, CauseKind
from nornir_tasks.health.configuration_cuts import ConfigurationCut
from nornir_tasks.health.incident import Incident, rank_incident
from nornir_tasks.health.server_check import PortAnswer
from nornir_tasks.health.what_if import group_losses
from nornir_tasks.health.wording import name_few
from nornir_tasks.model import Municipality, Position, Region
from nornir_tasks.model.names import find_serving_hosts
from nornir_tasks.model.services import Application, PortRange
from nornir_tasks.reachability.outage import CutOff

ADVICE: Mapping[CauseKind, str] = {
    CauseKind.CONFIGURATION: mark(
        "See who changed it (scripts/change.py list, scripts/drift_audit.py), then put it right with harmonise.yml; "
        "nobody has to go there."
    ),
    CauseKind.APPLICATION: mark(
        "On its host: see systemctl status of its unit, and start it; then whether its disk is full and its database "
        "answers. One that is a supplier's: call them."
    ),
}


@dataclass(frozen=True)
class FeltCause:
    """A cause, and the people who lose something by it."""

    cause: Cause
    cuts: tuple[CutOff, ...]


def find_felt_causes(
    region: Region,
    position: Position,
    cuts: Iterable[ConfigurationCut],
    answers: Iterable[PortAnswer],
    silent: Collection[str],
) -> list[FeltCause]:
    """What cuts people off by what switches run, and the applications whose hosts are there and do not answer.

    Args:
        region: with all records.
        position: where everything stands.
        cuts: as ``find_configuration_cuts`` gives them.
        answers: of the servers' ports, as ``examine_servers`` gives them.
        silent: servers that do not answer: what runs on them has another cause.
    """
    by_edit: dict[tuple[tuple[str, ...], tuple[str, ...]], list[CutOff]] = defaultdict(list)
    for cut in cuts:
        by_edit[cut.switches, cut.lines].append(cut.cut)
    felt = [FeltCause(_make_edit(*edit), tuple(lost)) for edit, lost in by_edit.items()]
    return [*felt, *_find_silent(region, position, list(answers), silent)]


def _make_edit(switches: Sequence[str], lines: Sequence[str]) -> Cause:
    """An edit of one switch; of several, if only all of them together cut people off."""
    others = (translate("an edit of {switch}, too", switch=switch) for switch in switches[1:])
    return Cause(CauseKind.CONFIGURATION, switches[0], detail=(*lines, *others))


def _find_silent(
    region: Region, position: Position, answers: Sequence[PortAnswer], silent: Collection[str]
) -> Iterator[FeltCause]:
    """The applications of which no host that is there answers at some port."""
    for owner in region.municipalities.values():
        for name, record in owner.applications.items():
            hosts = [host for host in find_serving_hosts(region, owner, record, position) if host not in silent]
            closed = [
                translate("tcp/{port} of {host}", port=port.first, host=host)
                for port in map(PortRange.parse, record.ports)
                if port.protocol == "tcp" and hosts
                for host in hosts
                if _is_closed([each for each in answers if each.port == port.first and each.host in hosts], hosts)
            ]
            if closed:
                cause = Cause(CauseKind.APPLICATION, f"{owner.name}/{name}", detail=tuple(closed))
                yield FeltCause(cause, tuple(_list_users(region, owner, name, record, name_few(closed))))


def _is_closed(answers: Sequence[PortAnswer], hosts: Collection[str]) -> bool:
    """Whether each of the hosts was asked, and none takes a connection."""
    asked = {answer.host for answer in answers}
    return asked == set(hosts) and not any(answer.state == "open" for answer in answers)


def _list_users(region: Region, owner: Municipality, name: str, record: Application, cause: str) -> Iterator[CutOff]:
    """Everybody who uses an application."""
    for user in record.users:
        home, _, group = user.rpartition("/")
        home = home or owner.name
        label = name if home == owner.name else f"{owner.name}/{name}"
        for site, people in region.municipalities[home].user_groups[group].sites.items():
            yield CutOff(home, group, site, people, label, translate("no answer at {ports}", ports=cause))


def join_felt(region: Region, incidents: Iterable[Incident], felt: Iterable[FeltCause]) -> list[Incident]:
    """Incidents, and one more for each of these causes, with whom it hits; the most urgent first.

    Args:
        region: with the names for people.
        incidents: as ``judge_causes`` gives them.
        felt: as ``find_felt_causes`` gives them.
    """
    more = [Incident((each.cause,), tuple(group_losses(region, each.cuts))) for each in felt]
    return sorted([*incidents, *more], key=rank_incident)


def explains(cause: Cause, verdict: Verdict) -> bool:
    """Whether a cause says already what a check has found of an application.

    Args:
        cause: of any kind: a server that is silent explains what it does not answer.
        verdict: of any check.
    """
    if cause.kind is CauseKind.CONFIGURATION:
        return verdict.rule.name == "application-way" and any(line in verdict.actual for line in cause.detail)
    if verdict.rule.name not in ("application", "application-hosts"):
        return False
    if cause.kind is CauseKind.APPLICATION:
        return verdict.subject == cause.subject
    names = (cause.subject, *cause.folded)
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", verdict.expected) for name in names if name)


def is_felt(cause: Cause) -> bool:
    """Whether it is one of these."""
    return cause.kind in ADVICE


def advise_on_felt(cause: Cause) -> str:
    """What to do first."""
    return translate(ADVICE[cause.kind])


def describe_felt(region: Region, cause: Cause) -> str:
    """What is to blame, without a full stop.

    Args:
        region: with the names for people.
        cause: an edit, or an application.
    """
    detail = name_few(cause.detail)
    if cause.kind is CauseKind.CONFIGURATION:
        return translate("{switch} runs what is not meant: {lines}", switch=cause.subject, lines=detail)
    owner, _, name = cause.subject.partition("/")
    home = region.municipalities[owner]
    label = home.applications[name].label
    return translate("{label} of {home} does not answer at {ports}", label=label, home=home.label, ports=detail)
