"""A cause and what it means, in the words of somebody who has never seen a switch: one line, and what to do first."""

from collections.abc import Sequence

from nornir_tasks.core.language import mark, translate, translate_count
from nornir_tasks.health.causes import Cause, CauseKind, DarkCable
from nornir_tasks.health.check import RUNBOOKS, name_runbook
from nornir_tasks.health.device import ENTRY_ADVICE
from nornir_tasks.health.felt_causes import advise_on_felt, describe_felt, is_felt
from nornir_tasks.health.incident import Incident
from nornir_tasks.health.what_if import describe_weakened, find_end, name_some, summarise
from nornir_tasks.model import Region
from nornir_tasks.model.services import Line
from nornir_tasks.platforms.common.login_fault import LoginFault

MOST_NAMED = 8  # switches and servers that a line names
# What to do first; what somebody at the site can do comes first where there is somebody's hand needed.
FIRST = {
    CauseKind.OURSELVES: mark("Look at this machine's own cable and way to the centre; ask the other control node."),
    CauseKind.CABLE: mark("Look at the cable and the optics at both ends."),
    CauseKind.CABLE_OR_POWER: mark("Ask somebody there whether the switch's lamps are lit: if not, it is its power."),
    CauseKind.POWER: mark("Ask somebody there whether the switch's lamps are lit, and look at its fuse and its plug."),
    CauseKind.SITE: mark("Ask whether the place has power; then the supplier of its lines."),
    CauseKind.HANGS: mark("Have its plug pulled for ten seconds; nothing is lost but what was not saved."),
    CauseKind.MANAGEMENT: mark("Ask whether people there can work: if they can, it may wait for the morning."),
    CauseKind.SERVER: mark("Look at its console; if it is off, switch it on."),
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
    cause, impact = describe_causes(region, incident), describe_impact(region, incident)
    return join_line(cause, impact, advise(region, incident.causes[0]), find_runbook(incident.causes[0]))


def join_line(what: str, impact: str, advice: str, runbook: str) -> str:
    """The line of a verdict.

    Args:
        what: is wrong, without a full stop.
        impact: whom it hits, in sentences; or "".
        advice: what to do first, in sentences.
        runbook: that goes on where the advice ends.
    """
    whom = f"{what}. {impact}" if impact else f"{what}."
    return translate("{whom} First: {advice} ({runbook})", whom=whom, advice=advice, runbook=runbook)


def describe_causes(region: Region, incident: Incident) -> str:
    """What is to blame, without a full stop."""
    return "; ".join(describe_cause(region, cause) for cause in incident.causes)


def describe_impact(region: Region, incident: Incident) -> str:
    """Whom it hits, and what has no second any more; empty where nobody feels it."""
    sentences = [f"{summarise(region, incident.losses)}."] if incident.losses else []
    return " ".join([*sentences, *(f"{describe_weakened(each)}." for each in incident.weakened)])


def describe_cause(region: Region, cause: Cause) -> str:
    """What is to blame, without a full stop."""
    if is_felt(cause):
        return describe_felt(region, cause)
    where = _name(region, cause.subject)
    cables = _list_cables(region, cause.cables)
    if cause.kind is CauseKind.OURSELVES:
        return translate("Nothing answers, the centre's own neither: it is the way from this machine")
    if cause.kind is CauseKind.CABLE:
        return translate("{which} down: {cables}", which=_describe_cables(region, cause), cables=cables)
    if cause.kind is CauseKind.CABLE_OR_POWER:
        return translate("{switch}: no power, or its line is down: {cables}", switch=where, cables=cables)
    if cause.kind is CauseKind.POWER:
        return translate("{switch} has no power, or all of its lines are down: {cables}", switch=where, cables=cables)
    if cause.kind is CauseKind.SITE:
        return translate("{site} is dark from all sides", site=_name_site(region, cause.subject))
    if cause.kind is CauseKind.HANGS:
        return translate("{switch} hangs: its link is up, and nothing comes through it", switch=where)
    if cause.kind is CauseKind.ENTRY:
        count = len(cause.folded)
        if count:
            where = translate_count("{switch} and {count} more", "{switch} and {count} more", count, switch=where)
        fault = translate(cause.fault or LoginFault.OTHER)
        return translate("{switch} cannot be looked into: {fault}", switch=where, fault=fault)
    if cause.kind is CauseKind.SERVER and cause.cables:
        port = f"{cause.cables[0].near}{_why(cause.cables[0])}"
        return translate("{server} has no link at {port}", server=where, port=port)
    return translate("{switch} does not answer", switch=where)


def advise(region: Region, cause: Cause) -> str:
    """What to do first, as it fits what was found: a hand, a hired line, or what lies in our own house."""
    if is_felt(cause):
        return advise_on_felt(cause)
    if cause.kind is CauseKind.ENTRY:
        return translate(ENTRY_ADVICE[cause.fault or LoginFault.OTHER])
    if cause.kind is CauseKind.CABLE:
        closed = next((cable for cable in cause.cables if cable.is_closed), None)
        lines = [line for cable in cause.cables if (line := _find_line(region, cable))]
        if closed:
            return translate("{port} is {why}: find out why, then open it again.", port=closed.near, why=closed.why)
        if lines:
            return translate(
                "Call {supplier} (contract {contract}), with the time it began.",
                supplier=lines[0].supplier,
                contract=lines[0].contract,
            )
    return translate(FIRST[cause.kind])


def find_supplier(region: Region, cause: Cause) -> str:
    """Whose the line is that is down, or who runs the server; empty: nobody's, or it was closed by a hand of ours."""
    if any(cable.is_closed for cable in cause.cables):
        return ""
    lines = (line for cable in cause.cables if (line := _find_line(region, cable)))
    server = region.servers.get(cause.subject)
    return next((line.supplier for line in lines), server.run_by or "" if server else "")


def find_runbook(cause: Cause) -> str:
    """The runbook that goes on where the advice ends, from the top of the checkout."""
    return name_runbook(RUNBOOKS / f"{RUNBOOK.get(cause.kind, 'reachable')}.md")


def describe_folded(incident: Incident) -> str:
    """What is so because of it: how many are silent, or have the same."""
    names = name_some(incident.folded, MOST_NAMED)
    if all(cause.kind is CauseKind.ENTRY for cause in incident.causes):
        return translate("the same with {names}", names=names)
    return translate_count(
        "{count} device silent because of it: {names}",
        "{count} devices silent because of it: {names}",
        len(incident.folded),
        names=names,
    )


def _describe_cables(region: Region, cause: Cause) -> str:
    """``Loppa: both lines to the centre are``, or a cable to a switch: the verb goes with it."""
    device = region.devices[cause.subject]
    count = len(cause.cables)
    routed = device.role == "core" and all(cable.near.device in region.devices for cable in cause.cables)
    if routed and all(region.devices[cable.near.device].is_fabric for cable in cause.cables):
        where = region.municipalities[device.municipality].label
        if count == 1:
            return translate("{where}: a line to the centre is", where=where)
        if count == 2:
            return translate("{where}: both lines to the centre are", where=where)
        return translate("{where}: all lines to the centre are", where=where)
    where = _name(region, cause.subject)
    return translate_count("{where}: the cable to it is", "{where}: the cables to it are", count, where=where)


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
