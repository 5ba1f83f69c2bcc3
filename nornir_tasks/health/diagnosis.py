"""A cause and what it means, in the words of somebody who has never seen a switch: one line, and what to do first."""

from collections.abc import Sequence

from nornir_tasks.core.text import count_noun
from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.check import RUNBOOKS, name_runbook
from nornir_tasks.health.device import ENTRY_ADVICE
from nornir_tasks.health.felt_causes import advise_on_felt, describe_felt, is_felt
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.what_if import find_end, name_some, summarise
from nornir_tasks.model import Region
from nornir_tasks.model.services import Line
from nornir_tasks.platforms.common.login_fault import LoginFault

MOST_NAMED = 8  # switches and servers that a line names
# What to do first; what somebody at the site can do comes first where there is somebody's hand needed.
FIRST = {
    CauseKind.OURSELVES: "Look at this machine's own cable and way to the centre; ask the other control node.",
    CauseKind.CABLE: "Look at the cable and the optics at both ends.",
    CauseKind.CABLE_OR_POWER: "Ask somebody there whether the switch's lamps are lit: if not, it is its power.",
    CauseKind.POWER: "Ask somebody there whether the switch's lamps are lit, and look at its fuse and its plug.",
    CauseKind.SITE: "Ask whether the place has power; then the supplier of its lines.",
    CauseKind.HANGS: "Have its plug pulled for ten seconds; nothing is lost but what was not saved.",
    CauseKind.MANAGEMENT: "Ask whether people there can work: if they can, it may wait for the morning.",
    CauseKind.SERVER: "Look at its console; if it is off, switch it on.",
}

RUNBOOK = {
    CauseKind.CABLE: "uplinks",
    CauseKind.CABLE_OR_POWER: "uplinks",
    CauseKind.SERVER: "host",
    CauseKind.CONFIGURATION: "application-way",
    CauseKind.APPLICATION: "application",
}  # "reachable" for the others: the next thing to do is to get at the switch


def describe_incident(region: Region, incident: Incident) -> str:
    """The verdict: what is to blame, whom it hits, and what to do first.

    Args:
        region: with the names for people.
        incident: as ``judge_causes`` gives it.
    """
    what = "; ".join(describe_cause(region, cause) for cause in incident.causes)
    whom = f" {summarise(region, incident.losses)}." if incident.losses else ""
    weak = "".join(f" {each.what}: {each.left} is left of {each.count}." for each in incident.weakened)
    return f"{what}.{whom}{weak} First: {advise(region, incident.causes[0])} ({find_runbook(incident.causes[0])})"


def describe_cause(region: Region, cause: Cause) -> str:
    """What is to blame, without a full stop."""
    if is_felt(cause):
        return describe_felt(region, cause)
    where = _name(region, cause.subject)
    if cause.kind is CauseKind.OURSELVES:
        return "Nothing answers, the centre's own neither: it is the way from this machine"
    if cause.kind is CauseKind.CABLE:
        return f"{_describe_cables(region, cause)} down: {_list_cables(region, cause.cables)}"
    if cause.kind is CauseKind.CABLE_OR_POWER:
        return f"{where}: no power, or its line is down: {_list_cables(region, cause.cables)}"
    if cause.kind is CauseKind.POWER:
        return f"{where} has no power, or all of its lines are down: {_list_cables(region, cause.cables)}"
    if cause.kind is CauseKind.SITE:
        return f"{_name_site(region, cause.subject)} is dark from all sides"
    if cause.kind is CauseKind.HANGS:
        return f"{where} hangs: its link is up, and nothing comes through it"
    if cause.kind is CauseKind.ENTRY:
        others = f" and {len(cause.folded)} more" if cause.folded else ""
        return f"{where}{others} cannot be looked into: {cause.fault}"
    if cause.kind is CauseKind.SERVER and cause.cables:
        return f"{where} has no link at {cause.cables[0].near}{_why(cause.cables[0])}"
    return f"{where} does not answer"


def advise(region: Region, cause: Cause) -> str:
    """What to do first, as it fits what was found: a hand, a hired line, or what lies in our own house."""
    if is_felt(cause):
        return advise_on_felt(cause)
    if cause.kind is CauseKind.ENTRY:
        return ENTRY_ADVICE[cause.fault or LoginFault.OTHER]
    if cause.kind is CauseKind.CABLE:
        closed = next((cable for cable in cause.cables if cable.is_closed), None)
        lines = [line for cable in cause.cables if (line := _find_line(region, cable))]
        if closed:
            return f"{closed.near} is {closed.why}: find out why, then open it again."
        if lines:
            return f"Call {lines[0].supplier} (contract {lines[0].contract}), with the time it began."
    return FIRST[cause.kind]


def find_runbook(cause: Cause) -> str:
    """The runbook that goes on where the advice ends, from the top of the checkout."""
    return name_runbook(RUNBOOKS / f"{RUNBOOK.get(cause.kind, 'reachable')}.md")


def describe_folded(incident: Incident) -> str:
    """What is so because of it: how many are silent, or have the same."""
    names = name_some(incident.folded, MOST_NAMED)
    is_shut = all(cause.kind is CauseKind.ENTRY for cause in incident.causes)
    what = "the same with" if is_shut else f"{count_noun(len(incident.folded), 'device')} silent because of it:"
    return f"{what} {names}"


def _describe_cables(region: Region, cause: Cause) -> str:
    """``Loppa: both lines to the centre``, or a cable to a switch."""
    device = region.devices[cause.subject]
    count = len(cause.cables)
    routed = device.role == "core" and all(cable.near.device in region.devices for cable in cause.cables)
    if routed and all(region.devices[cable.near.device].is_fabric for cable in cause.cables):
        words = {1: "a line to the centre is", 2: "both lines to the centre are"}
        return f"{region.municipalities[device.municipality].label}: {words.get(count, 'all lines to the centre are')}"
    return f"{_name(region, cause.subject)}: {'the cable to it is' if count == 1 else 'the cables to it are'}"


def _list_cables(region: Region, cables: Sequence[DarkCable]) -> str:
    return "; ".join(f"{cable.near}{_why(cable)}{_name_line(region, cable)}" for cable in cables)


def _why(cable: DarkCable) -> str:
    return f" ({cable.why})" if cable.why else ""


def _name_line(region: Region, cable: DarkCable) -> str:
    """Whose line it is, where one is hired."""
    line = _find_line(region, cable)
    return f", {line.supplier} {line.contract}" if line else ""


def _find_line(region: Region, cable: DarkCable) -> Line | None:
    """What is hired between the ends of a cable."""
    links = (link for home in region.municipalities.values() for link in home.links if link.line)
    return next((link.line for link in links if find_end(region, link.a) in (cable.near, cable.far)), None)


def _name(region: Region, host: str) -> str:
    """A switch with its site, for people; a server as it is."""
    return f"{host} ({_name_site(region, host)})" if host in region.devices else host


def _name_site(region: Region, switch: str) -> str:
    device = region.devices[switch]
    return region.municipalities[device.municipality].sites[device.site].name
