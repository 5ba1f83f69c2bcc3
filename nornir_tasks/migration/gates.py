"""Gates: what must hold before a stage begins. Each says what it wants, and what it expected where it is shut."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from nornir_tasks.change import plan_status
from nornir_tasks.change.plan import CLOCK_SKEW, DevicePlan, Kind, Plan, is_kept
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.logging import get_logger
from nornir_tasks.core.verdict import Mismatch, Rule, Verdict
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration import client_gates
from nornir_tasks.migration.fixed_addresses import read_fixed_addresses
from nornir_tasks.model import Municipality, Position, Stage, Standard
from nornir_tasks.model.coverage import (
    choose_moving,
    list_agreement_gaps,
    list_assessment_gaps,
    list_unmet_conditions,
)
from nornir_tasks.model.fields import WEEKDAYS
from nornir_tasks.reachability.capacity import measure_loads

LOGGER = get_logger(__name__)


class GateError(FellesdriftError):
    """Gates are shut: all of them are named. No device was changed."""


@dataclass(frozen=True)
class Situation:
    """What gates look at. ``parts`` is the plan's content, ``collected`` what every device said just now."""

    context: Context
    municipality: Municipality
    stage: Stage
    now: Position
    collected: Mapping[str, Collected] = field(default_factory=dict)
    parts: Sequence[DevicePlan] = ()
    approvals: Mapping[str, str] = field(default_factory=dict)  # name: reason
    plan: str = ""  # that is about to be applied
    left_out: Sequence[str] = ()  # devices that the plan leaves as they are
    clock: datetime = field(default_factory=lambda: datetime.now().astimezone())

    @property
    def standard(self) -> Standard:
        """The region's policies, as they hold for this municipality."""
        return self.context.region.of(self.municipality.name)[0].standard


Question = Callable[[Situation], Mismatch | None]


@dataclass(frozen=True)
class Gate:
    """A gate. ``find_mismatch`` answers with None where it is open."""

    rule: Rule
    stages: frozenset[Stage]
    find_mismatch: Question

    @property
    def name(self) -> str:
        """The gate's name: its function's."""
        return self.rule.name


GATES: list[Gate] = []


def gate(wants: str, *stages: Stage) -> Callable[[Question], Question]:
    """Declare a gate for these stages: what it wants, in words for people."""

    def declare(question: Question) -> Question:
        GATES.append(Gate(Rule(question.__name__, wants, "gate"), frozenset(stages), question))
        return question

    return declare


# What is asked of the other ways to change a device. Going back asks for the approvals of the stage it takes back.
UNDO = ("reachable", "nothing_open", "approval", "approvals", "window", "freeze")
HARMONISE = ("reachable", "nothing_open", "risk_approval", "freeze")
# A stage that is behind a municipality moves nobody; but nothing is done over somebody's edit either.
REPEAT = ("reachable", "nothing_open", "no_drift", "risk_approval", "freeze")
CLOCK = ("window", "freeze")  # may shut while a change is under way
SIGNED = ("approval", "approvals", "risk_approval")
FROM_DEVICES = ("reachable", "nothing_open", "legacy_clients")  # asked of what the devices say: only who reads them can


def ask(situation: Situation, kind: Kind = "stage", *, repeat: bool = False, only: Sequence[str] = ()) -> list[Verdict]:
    """What every gate of a change says; all of them, so that no second refusal follows the first.

    Args:
        situation: what they look at.
        kind: stage, undo or harmonise: each asks fewer.
        repeat: a stage that is behind the municipality already, so that nothing moves.
        only: names of gates; empty: all.
    """
    verdicts = []
    for each in GATES:
        if kind == "harmonise":
            asked = each.name in HARMONISE
        elif repeat:
            asked = each.name in REPEAT
        else:
            asked = situation.stage in each.stages and (kind == "stage" or each.name in UNDO)
        if asked and (not only or each.name in only):
            verdict = each.rule.judge(situation.municipality.name, each.find_mismatch(situation))
            verdicts.append(replace(verdict, seen=situation.clock))
            LOGGER.debug("%s: %s: %s: %s", verdict.subject, verdict.rule.name, verdict.status, verdict.text)
    return verdicts


def wants_signatures(plan: Plan, stage: Stage, standard: Standard) -> bool:
    """Whether a plan is one that people have to sign: nothing else may depend on who is on the list of signers.

    Args:
        plan: that is shown or applied.
        stage: whose gates it must pass.
        standard: of its municipality.
    """
    if plan.moves and plan.kind != "harmonise":
        return any(stage in each.stages for each in GATES if each.name in SIGNED)
    return find_risk(plan.devices) >= standard.signature_risk


def find_risk(parts: Iterable[DevicePlan]) -> int:
    """The risk of the riskiest part that changes anything, 0 to 100."""
    return max((part.risk for part in parts if part.changes), default=0)


def require(verdicts: Sequence[Verdict], what: str) -> None:
    """Refuse if any gate is shut, naming all that are."""
    shut = [verdict for verdict in verdicts if not verdict.passed]
    if shut:
        lines = "\n".join(f"  {verdict.rule.name}: {verdict.text_with_advice}" for verdict in shut)
        raise GateError(f"{what}: {len(shut)} of {len(verdicts)} gates are shut; nothing was changed.\n{lines}")


CHANGING = (Stage.CONNECT, Stage.HARMONISE, Stage.PILOT, Stage.CUTOVER, Stage.SETTLE, Stage.RETIRE)


@gate("every device answers, or is waived by name and date", Stage.SURVEY, *CHANGING)
def reachable(here: Situation) -> Mismatch | None:
    """Waivers let a survey through; a device that is to be changed has to be there."""
    today = here.clock.date()
    waived = {waiver.device for waiver in here.municipality.waivers if waiver.until >= today}
    if here.stage > Stage.SURVEY:
        waived = set()
    silent = [reading for reading in here.collected.values() if not reading.reached and reading.device not in waived]
    if not silent:
        return None
    advice = ""
    if Stage.SURVEY < here.stage < Stage.RETIRE:
        names = [reading.device for reading in silent]
        options = " ".join(f"--leave-out {name}" for name in names)
        advice = f"To plan for the others: {options} (playbook: -e leave_out={','.join(names)})"
    return Mismatch("every device to answer", f"no answer from {_describe_silent(silent)}", advice)


def _describe_silent(silent: Iterable[Collected]) -> str:
    """Who is silent and why; a reason that is the same but for name and address is told of the first alone."""
    alike: dict[str, list[Collected]] = {}
    for reading in silent:
        reason = re.sub(rf"{re.escape(reading.device)}|(?:\d+\.){{3}}\d+(?::\d+)?", "", reading.error)
        alike.setdefault(reason, []).append(reading)
    return "; ".join(
        f"{first.device} ({first.error})" + "".join(f", {reading.device}" for reading in rest)
        for first, *rest in alike.values()
    )


@gate("no other change waits for its end", Stage.SURVEY, *CHANGING)
def nothing_open(here: Situation) -> Mismatch | None:
    """What would be read of a device in the middle of a change is neither what was nor what will be."""
    names = {device.name for device in here.context.region.of(here.municipality.name)} | here.collected.keys()
    begun = {name: entry for name, entry in plan_status.find_open(here.context).items() if name in names}
    waiting = [
        f"{name} (scripts/change.py resume {e.plan})" for name, e in begun.items() if not _is_over(here, name, e)
    ]
    waiting += [f"{read.device} (waits on the device itself)" for read in here.collected.values() if read.pending]
    return Mismatch("no change that was begun and never ended", ", ".join(waiting)) if waiting else None


def _is_over(here: Situation, name: str, entry: Entry) -> bool:
    """Whether what was begun is over although nobody wrote it down: the device waits for nothing, and is as before.

    Where the plan itself is not kept any more there is nothing to go on with, and what the device runs is what counts.
    """
    reading = here.collected.get(name)
    if reading is None or not reading.reached or reading.pending:
        return False
    return here.context.backups.digest(reading.running) == entry.digest_before or not is_kept(
        here.context, entry.plan or ""
    )


@gate("the stage before is complete", *CHANGING)
def stage_before(here: Situation) -> Mismatch | None:
    """A stage builds on the one before."""
    actual = here.now.of(here.municipality.name)
    if actual >= here.stage.before:
        return None
    return Mismatch(f"{here.municipality.name} at {here.stage.before.word}", actual.word)


@gate("backups of every device, not too old", Stage.CONNECT)
def backups(here: Situation) -> Mismatch | None:
    """What cannot be brought back must not be changed."""
    now = here.clock.astimezone(UTC)
    oldest = now - timedelta(seconds=here.standard.backup_max_age_seconds)
    with here.context.journal.history() as history:
        taken = dict(history.municipality(here.municipality.name).backups)
    names = [d.name for d in here.context.region.of(here.municipality.name) if d.name not in here.left_out]
    missing = [name for name in names if name not in taken or not oldest <= taken[name] <= now + CLOCK_SKEW]
    hours = here.standard.backup_max_age_seconds / 3600
    if not missing:
        return None
    return Mismatch(f"backups under {hours:g} h old", f"none of {', '.join(missing)}", "Run 10_survey again")


@gate("every line carries the clients behind it, each uplink alone", Stage.CONNECT)
def link_capacity(here: Situation) -> Mismatch | None:
    """What is hired counts, not what the port could do. When one half of the centre is away, one uplink carries all."""
    narrow = [load for load in measure_loads(here.context.region, here.municipality) if load.is_narrow]
    if not narrow:
        return None
    need = f"{here.standard.mbps_per_client:g} Mbit/s each way for each client"
    return Mismatch(need, "; ".join(map(str, narrow)), "A faster line, or mbps_per_client as it was measured")


COVERED = (Stage.CONNECT, Stage.PILOT, Stage.CUTOVER)


@gate("a data-processor agreement in force covers what moves", *COVERED)
def agreements(here: Situation) -> Mismatch | None:
    """Personal data is not moved before somebody answers for it."""
    gaps = list_agreement_gaps(here.municipality, _list_covered(here), here.clock.date())
    return Mismatch("one in force for every application that moves", "; ".join(gaps)) if gaps else None


@gate("a risk assessment covers what moves, and none of its findings is overdue", *COVERED)
def risk_assessments(here: Situation) -> Mismatch | None:
    """A finding that nobody has seen to is a risk that nobody has taken."""
    gaps = list_assessment_gaps(here.municipality, _list_covered(here), here.clock.date())
    return (
        Mismatch("one for every application that moves, its findings closed in time", "; ".join(gaps)) if gaps else None
    )


def _list_covered(here: Situation) -> list[str]:
    """The applications that a stage needs to be covered: with connect all, later those that it moves."""
    if here.stage == Stage.CONNECT:
        return list(here.municipality.applications)
    return list(choose_moving(here.municipality, here.stage))


@gate("the applications that move meet their conditions", Stage.PILOT, Stage.CUTOVER)
def conditions(here: Situation) -> Mismatch | None:
    """Those first that meet the conditions."""
    unmet = list_unmet_conditions(choose_moving(here.municipality, here.stage), here.clock.date())
    return Mismatch("every condition met", "; ".join(unmet), "move.conditions in applications.yml") if unmet else None


@gate("the old network lends for so short a time that clients follow soon", Stage.PILOT, Stage.CUTOVER)
def leases(here: Situation) -> Mismatch | None:
    """Whoever keeps an old address is without the network."""
    return client_gates.find_lease_mismatch(here.municipality, here.standard, here.clock)


@gate("somebody re-addresses what has a fixed address", Stage.PILOT, Stage.CUTOVER)
def fixed_addresses(here: Situation) -> Mismatch | None:
    """What somebody typed in follows nobody."""
    sites = client_gates.list_moving_sites(here.municipality, here.stage)
    fixed = read_fixed_addresses(here.context.journal, here.municipality.name)
    return client_gates.find_visit_mismatch(here.municipality, sites, fixed, here.clock.date())


@gate("somebody watches, helps and is on call for this municipality", Stage.PILOT)
def support(here: Situation) -> Mismatch | None:
    """From the pilot on, its users call the centre."""
    if here.municipality.support is not None:
        return None
    return Mismatch("monitoring, help desk and on-call by name", "none", "support in municipality.yml")


@gate("nothing differs from what the stage before intended", *CHANGING)
def no_drift(here: Situation) -> Mismatch | None:
    """A change would silently undo somebody's edit, or build on it."""
    edited = [f"{part.device}: {' | '.join(part.drift[:5])}" for part in here.parts if part.drift]
    return Mismatch("no drift", "; ".join(edited), "Run harmonise.yml (or 10_survey)") if edited else None


@gate("the stage before has stood for the soak", Stage.HARMONISE, Stage.CUTOVER, Stage.RETIRE)
def settled(here: Situation) -> Mismatch | None:
    """Connect before harmonise, the pilot before cutover, settle before retire."""
    since = here.context.journal.since(here.municipality.name, here.stage.before)
    need = timedelta(seconds=here.standard.soak_seconds)
    if since is None:
        return Mismatch(f"{here.stage.before.word} completed", "not yet")
    stood = here.clock.astimezone(UTC) - since
    return Mismatch(f"{here.stage.before.word} to have stood for {need}", str(stood)) if stood < need else None


@gate("somebody approved", Stage.PILOT)
def approval(here: Situation) -> Mismatch | None:
    """One name and a reason."""
    return None if here.approvals else Mismatch("an approval (a name and a reason)", "none")


@gate("two different people approved", Stage.CUTOVER)
def approvals(here: Situation) -> Mismatch | None:
    """Two names, and not one person twice."""
    names = {name.strip().casefold() for name in here.approvals}
    if len(names) > 1:
        return None
    return Mismatch("approvals by two different people", ", ".join(here.approvals) or "none")


@gate("somebody approved what is risky")
def risk_approval(here: Situation) -> Mismatch | None:
    """Asked of no stage: those that move somebody have approvals of their own."""
    risk, limit = find_risk(here.parts), here.standard.signature_risk
    if risk < limit or here.approvals:
        return None
    return Mismatch(
        f"an approval from risk {limit} on (signature_risk in policies.yml)", f"risk {risk}, approved by nobody"
    )


@gate("inside the change window", Stage.CUTOVER)
def window(here: Situation) -> Mismatch | None:
    """Loss of service only when hardly anybody works."""
    when = here.standard.change_window
    if is_inside(here.clock, when.days, when.start, when.end):
        return None
    return Mismatch(f"{' '.join(when.days)} between {when.start} and {when.end}", f"{here.clock:%a %H:%M}")


@gate("not on a freeze day", *CHANGING)
def freeze(here: Situation) -> Mismatch | None:
    """Days on which nothing is changed."""
    today: date = here.clock.date()
    frozen = [freeze for freeze in here.standard.freeze_days if freeze.start <= today <= freeze.end]
    reasons = [f"{freeze.reason}, {freeze.start} to {freeze.end}" for freeze in frozen]
    return Mismatch("no freeze", "; ".join(reasons)) if reasons else None


@gate("every wave is done", Stage.SETTLE)
def waves_done(here: Situation) -> Mismatch | None:
    """All switches of all sites."""
    name = here.municipality.name
    behind = [device.name for device in here.context.region.of(name) if here.now.of(name, device.name) < Stage.CUTOVER]
    return Mismatch("every device at cutover", f"not yet {', '.join(behind)}") if behind else None


@gate("no client on a legacy VLAN for the whole soak", Stage.RETIRE)
def legacy_clients(here: Situation) -> Mismatch | None:
    """Whoever is still there would lose the network with the legacy."""
    seen = find_legacy_clients(here)
    if seen:
        return Mismatch("no client on a legacy VLAN", ", ".join(seen[:10]))
    earliest = here.clock.astimezone(UTC) - timedelta(seconds=here.standard.soak_seconds)
    with here.context.journal.history() as history:
        last = history.municipality(here.municipality.name).legacy_seen
    if last is not None and last > earliest:
        return Mismatch(f"none seen since {earliest:%Y-%m-%d %H:%M} UTC", f"seen {last:%Y-%m-%d %H:%M} UTC")
    return None


def find_legacy_clients(here: Situation) -> list[str]:
    """Hosts that were heard in a legacy VLAN, on ports where hosts are attached."""
    legacy = here.municipality.legacy
    if legacy is None:
        return []
    new = {zone.vlan for zone in here.standard.zones.values()}
    old = set(legacy.vlans) - new
    clients: list[str] = []
    for name, what in here.collected.items():
        if not what.macs:
            continue
        hosts = {port.name for port in here.context.region.devices[name].ports if port.neighbour is None}
        clients += [
            f"{mac} in VLAN {vlan} at {name} {port}" for mac, vlan, port in what.macs if vlan in old and port in hosts
        ]
    return clients


def is_inside(clock: datetime, days: Sequence[str], start: str, end: str) -> bool:
    """Whether a moment lies in a window; one that goes past midnight belongs to the day on which it began.

    Args:
        clock: local time.
        days: ``mon`` … ``sun``, on which the window begins.
        start: ``21:00``.
        end: ``05:00``; 24:00 is the end of the day.
    """
    now = clock.hour * 60 + clock.minute
    first, last = _minutes(start), _minutes(end)
    today, yesterday = WEEKDAYS[clock.weekday()], WEEKDAYS[clock.weekday() - 1]
    if first <= last:
        return today in days and first <= now < last
    return (today in days and now >= first) or (yesterday in days and now < last)


def _minutes(text: str) -> int:
    """Minutes since midnight; 24:00 is the end of the day, which a clock's own type does not know."""
    if text == "24:00":
        return 24 * 60
    moment = time.fromisoformat(text)
    return moment.hour * 60 + moment.minute
