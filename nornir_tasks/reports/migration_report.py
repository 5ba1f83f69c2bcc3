"""The report of a municipality's move: gathered from journal, plans and snapshots, and drawn as one HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Required

from pydantic import FiniteFloat, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from nornir_tasks.change.attempts import UNKNOWN, Attempt, split_attempts
from nornir_tasks.change.plan import Plan, load
from nornir_tasks.change.summary import count_changed_lines
from nornir_tasks.config.compare import find_legacy_lines
from nornir_tasks.config.render import render
from nornir_tasks.core.bounds import read_text
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.templating import render_page
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import RUNS, Entry
from nornir_tasks.journal.lock import Holder, find_fate
from nornir_tasks.migration.stages import require_municipality
from nornir_tasks.model import Device, Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reports.application_picture import (
    ApplicationPicture,
    ApplicationRow,
    draw_applications,
    list_applications,
)
from nornir_tasks.reports.municipality_layout import STATES, Picture, draw_municipality, find_state
from nornir_tasks.reports.state_text import format_seconds


class ReportError(FellesdriftError):
    """A report cannot be made: names what is missing."""


@dataclass(frozen=True)
class StageRow:
    """One stage: what it changed, what was left of the legacy after it, and, if it was measured, what it cost."""

    number: int
    word: str
    summary: str
    devices: int
    added: int
    removed: int
    legacy_left: int
    legacy_start: int
    seconds: float | None = None
    outage: float | None = None


@dataclass(frozen=True)
class ReportAttempt:
    """An attempt at a stage, or at a way back, that did not go through: when, who, how it ended, and why."""

    what: str
    began: str
    who: str
    how: str
    counts: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class ReportDevice:
    """One switch. ``drift`` is a number of lines, None where it was not measured."""

    name: str
    before: str
    site: str
    model: str
    state: str
    words: str
    drift: int | None


@dataclass(frozen=True)
class ReportFact:
    """Something that had to hold, and whether it did."""

    label: str
    value: str
    ok: bool


class MeasuredStage(TypedDict, total=False):
    """What a stage cost, measured from outside."""

    word: Required[str]
    seconds: FiniteFloat | None
    outage: FiniteFloat | None
    legacy_left: int


class MeasuredUse(TypedDict, total=False):
    """An application in the hands of a group: whether all of it had it, for how long one was without, who is now."""

    before: bool | None
    longest: FiniteFloat
    now_without: int
    after: bool | None


class MeasuredGroup(TypedDict, total=False):
    """A group of people, or the stations of a zone, and what became of each of its applications by name."""

    group: Required[str]
    zone: str
    stations: int
    applications: dict[str, MeasuredUse]


class MeasuredServices(TypedDict, total=False):
    """What people had. ``forbidden``: what is open that no record lets through."""

    groups: list[MeasuredGroup]
    forbidden: list[str]


class Evidence(TypedDict, total=False):
    """A file of measurements. ``drift``: a switch to its number of lines."""

    facts: list[ReportFact]
    stages: list[MeasuredStage]
    drift: dict[str, int]
    services: MeasuredServices


@dataclass(frozen=True)
class Report:
    """Everything on the page; no device is connected to while it is drawn."""

    label: str
    title: str
    ok: bool
    verdict: str
    made: str
    sites: int
    clients: int
    facts: tuple[ReportFact, ...]
    stages: tuple[StageRow, ...]
    attempts: tuple[ReportAttempt, ...]
    devices: tuple[ReportDevice, ...]
    before: Picture
    after: Picture
    applications: tuple[ApplicationRow, ...]
    application_picture: ApplicationPicture
    services: MeasuredServices
    checkpoint: str  # of the journal, as it is now


def gather_report(context: Context, municipality: str, evidence: Evidence | None = None) -> Report:
    """The report of a municipality's move.

    Args:
        context: for the inventory, the journal, the plans and the survey's snapshots.
        municipality: its name; it needs a core switch.
        evidence: what was measured from outside, as ``read_evidence`` read it. Shape: facts (label, value, ok), stages
            (word, seconds, outage, legacy_left), drift (switch: number of lines), services (groups, forbidden).

    Raises:
        ReportError: the municipality has no core switch.
        TamperedError: the journal is not what its last checkpoint says.
    """
    region, measured = context.region, evidence or Evidence()
    require_municipality(region, municipality)
    home, devices = region.municipalities[municipality], region.of(municipality)
    if not any(device.role == "core" for device in devices):
        raise ReportError(f"{municipality}: no report; expected a municipality with a core switch")
    position = context.journal.position()
    stage = position.of(municipality)
    facts = tuple(measured.get("facts", ()))
    all_held = all(fact.ok for fact in facts)
    states = {device.name: find_state(position, device) for device in devices}
    applications = list_applications(region, municipality, position)
    old = {device.name: device.legacy_name or device.name for device in devices}
    names = {
        device.name: device.name if position.of(municipality, device.name) >= Stage.CONNECT else old[device.name]
        for device in devices
    }
    return Report(
        label=home.label,
        title="on the standard platform" if stage == Stage.RETIRE else f"on its way, at {stage.word}",
        ok=all_held,
        verdict=_describe_outcome(home.label, stage, facts),
        made=f"{datetime.now().astimezone():%-d %B %Y, %H:%M}",
        sites=len(home.sites),
        clients=sum(site.clients for site in home.sites.values()),
        facts=facts,
        stages=tuple(_make_stage_rows(context, devices, measured.get("stages", ()))),
        attempts=tuple(list_broken_attempts(context, municipality)),
        devices=tuple(
            ReportDevice(
                name=device.name,
                before=old[device.name],
                site=region.site(device).name,
                model=device.model,
                state=states[device.name],
                words=STATES[states[device.name]],
                drift=measured.get("drift", {}).get(device.name),
            )
            for device in devices
        ),
        before=draw_municipality(region, municipality, dict.fromkeys(states, "legacy"), old, joined=False),
        after=draw_municipality(region, municipality, states, names, joined=stage >= Stage.CONNECT),
        applications=tuple(applications),
        application_picture=draw_applications(region, municipality, applications),
        services=measured.get("services", MeasuredServices(groups=[], forbidden=[])),
        checkpoint=context.journal.sign_checkpoint(),
    )


def list_broken_attempts(context: Context, municipality: str) -> list[ReportAttempt]:
    """The attempts of a municipality that stopped, failed, died, or left switches out, the oldest first."""
    by_plan: dict[str, list[Entry]] = {}
    for entry in context.journal.entries(municipality, (*RUNS, "device")):
        if entry.plan:
            by_plan.setdefault(entry.plan, []).append(entry)
    with context.journal.history() as history:
        holders = {name: history.plan(name).holder for name in by_plan}
    broken: list[tuple[Attempt, ReportAttempt]] = []
    for name, entries in by_plan.items():
        by = holders[name]
        fate = find_fate(Holder(by[0], by[1], by[2], "", "")) if by else None
        what = _describe_run(next((entry for entry in entries if entry.what in RUNS), entries[0]))
        broken += [
            (attempt, _make_attempt(what, attempt))
            for attempt in split_attempts(entries, fate)
            if attempt.how not in ("done", "undone") or attempt.left_out
        ]
    return [row for _, row in sorted(broken, key=lambda pair: pair[0].began)]


def _make_attempt(what: str, attempt: Attempt) -> ReportAttempt:
    seconds, why = attempt.seconds, attempt.messages
    if not why and attempt.how == UNKNOWN:
        unclear = [device for device, word in attempt.outcomes.items() if word == UNKNOWN]
        why = (f"nobody wrote down how it ended; unknown since: {', '.join(unclear) or 'no switch'}",)
    if attempt.left_out:
        why = (*why, f"left out: {', '.join(attempt.left_out)}: {attempt.reason}")
    return ReportAttempt(
        what=what,
        began=f"{attempt.began:%Y-%m-%d %H:%M} UTC",
        who=attempt.who,
        how=attempt.how + (f" after {format_seconds(seconds)}" if seconds is not None else ""),
        counts=attempt.counts or "no switch begun",
        why=why,
    )


def _describe_run(entry: Entry) -> str:
    """``50 cutover``, ``back to 40 pilot``, ``put right at 50 cutover``."""
    kind = str(entry.detail.get("kind", ""))
    return f"{ {'undo': 'back to ', 'harmonise': 'put right at '}.get(kind, '') }{int(entry.stage)} {entry.stage.word}"


def make_page(report: Report) -> str:
    """The report as one page that loads nothing from anywhere."""
    return render_page("migration.html.j2", f"the report of {report.label}", report=report)


def read_evidence(path: Path) -> Evidence:
    """The measurements of a file.

    Raises:
        ReportError: the file cannot be read, or it holds no JSON object.
    """
    try:
        return TypeAdapter(Evidence).validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        words = ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
        expected = "facts, stages, drift and services as JSON"
        raise ReportError(f"evidence {path}: expected {expected}, found: {words}") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"evidence {path}: expected a JSON object, found: {error}") from error


def _describe_outcome(label: str, stage: Stage, facts: Sequence[ReportFact]) -> str:
    failed_labels = [fact.label for fact in facts if not fact.ok]
    if failed_labels:
        return f"Not everything held: {', '.join(failed_labels)}."
    if stage == Stage.RETIRE:
        return f"{label} runs the standard, and nothing of its legacy is left."
    return f"{label} stands at {stage.word}."


def _make_stage_rows(context: Context, devices: Sequence[Device], measured: Sequence[MeasuredStage]) -> list[StageRow]:
    """Every stage that is complete, in order; a measured value takes precedence over a computed one."""
    municipality = devices[0].municipality
    with context.journal.history() as history:
        completed, stage_now = dict(history.municipality(municipality).completed), history.position().of(municipality)
    last_entries = context.journal.numbered(completed.values())
    measured_by_word = {row["word"]: row for row in measured}
    start = _count_legacy_left(context, devices, Stage.SURVEY)
    rows = []
    for stage in sorted(stage for stage in completed if stage <= stage_now):
        entry = last_entries[completed[stage]]
        measured_row = measured_by_word.get(stage.word) or MeasuredStage(word=stage.word)
        saved_plan = load(context, entry.plan) if entry.plan else None
        with context.journal.history() as history:
            plan_history = history.plan(entry.plan or "")
            changed_devices, begun = list(plan_history.changed), plan_history.begun
        added, removed = count_changed_lines(saved_plan, changed_devices) if saved_plan else (0, 0)
        rows.append(
            StageRow(
                number=int(stage),
                word=stage.word,
                summary=_summarise_stage(stage, saved_plan, changed_devices),
                devices=len(changed_devices),
                added=added,
                removed=removed,
                legacy_left=measured_row.get("legacy_left", _count_legacy_left(context, devices, stage)),
                legacy_start=start,
                seconds=measured_row.get(
                    "seconds", _measure_seconds(context.journal.numbered([begun]).get(begun), entry)
                ),
                outage=measured_row.get("outage"),
            )
        )
    return rows


def _summarise_stage(stage: Stage, saved_plan: Plan | None, changed_devices: Sequence[str]) -> str:
    if saved_plan is None:
        return "read every switch, and backed it up"
    if not changed_devices:
        return "nothing"
    waves = [wave for wave, names in saved_plan.waves.items() if set(names) & set(changed_devices)]
    return f"waves: {', '.join(waves)}"


def _measure_seconds(began: Entry | None, ended: Entry) -> float | None:
    return (ended.at - began.at).total_seconds() if began else None


def _count_legacy_left(context: Context, devices: Sequence[Device], stage: Stage) -> int:
    """How many lines of the legacy a stage leaves on these devices, by what it intends."""
    region, municipality = context.region, devices[0].municipality
    then, last = Position({municipality: stage}), Position({municipality: Stage.RETIRE})
    count = 0
    for device in devices:
        legacy = context.snapshot(device.name)
        if legacy is not None:
            kind = platform(device.platform)
            standard = render(device, last, region)
            count += len(find_legacy_lines(kind, render(device, then, region, legacy), legacy, standard))
    return count
