"""Which applications no agreement or risk assessment covers on a day, and what keeps one from moving. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from nornir_tasks.model.municipality import Municipality
from nornir_tasks.model.services import ALL, Application
from nornir_tasks.model.stage import Stage


def choose_moving(municipality: Municipality, stage: Stage) -> dict[str, Application]:
    """The applications that a stage moves: the pilot's with the pilot, the others with cutover; else none."""
    if stage not in (Stage.PILOT, Stage.CUTOVER):
        return {}
    is_pilot = stage == Stage.PILOT
    return {name: a for name, a in municipality.applications.items() if (a.move.wave == "pilot") is is_pilot}


def list_agreement_gaps(municipality: Municipality, names: Collection[str], day: date) -> list[str]:
    """What lacks a data-processor agreement in force on a day: applications by name, or that there is none at all."""
    agreements = municipality.agreements
    in_force = {key: a.covers for key, a in agreements.items() if a.signed <= day <= a.until}
    ended = [f"{key} ended on {a.until}" for key, a in agreements.items() if a.until < day]
    not_yet = [f"{key} is signed on {a.signed}" for key, a in agreements.items() if a.signed > day]
    return _list_gaps("data-processor agreement", in_force, names, [*ended, *not_yet])


def list_assessment_gaps(municipality: Municipality, names: Collection[str], day: date) -> list[str]:
    """What lacks a risk assessment on a day, and findings that are open beyond their day."""
    assessments = municipality.risk_assessments
    made = {key: a.covers for key, a in assessments.items() if a.made <= day}
    not_yet = [f"{key} is made on {a.made}" for key, a in assessments.items() if a.made > day]
    overdue = [
        f"{key}: {finding.text!r} is open since {finding.due} ({finding.owner})"
        for key, assessment in assessments.items()
        for finding in assessment.findings
        if (finding.closed is None or finding.closed > day) and finding.due < day
    ]
    return [*_list_gaps("risk assessment", made, names, not_yet), *overdue]


def list_unmet_conditions(applications: Mapping[str, Application], day: date) -> list[str]:
    """The conditions of applications that are not met on a day, each with who sees to it."""
    return [
        f"{name}: {condition.text!r} ({condition.owner})"
        for name, application in applications.items()
        for condition in application.move.conditions
        if condition.met is None or condition.met > day
    ]


def _list_gaps(
    noun: str, in_force: Mapping[str, Iterable[str]], names: Collection[str], reasons: Collection[str]
) -> list[str]:
    covered = {name for covers in in_force.values() for name in covers}
    reason = f" ({'; '.join(reasons)})" if reasons else ""
    if not in_force:
        return [f"no {noun}{reason}"]
    missing = [] if ALL in covered else [name for name in names if name not in covered]
    return [f"no {noun} for {', '.join(missing)}{reason}"] if missing else []
