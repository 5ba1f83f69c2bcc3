"""What agreements, assessments and conditions leave open on a day."""

from datetime import date

import pytest

from nornir_tasks.model import Stage
from nornir_tasks.model.coverage import (
    choose_moving,
    list_agreement_gaps,
    list_assessment_gaps,
    list_unmet_conditions,
)
from nornir_tasks.model.services import Condition, Move, RiskAssessment, RiskFinding
from tests.support import model_parts as parts
from tests.support import small_region as small

DAY = date(2026, 11, 24)
NAMES = ["case_archive", "patient_record"]


def agreement(**own):
    """The agreement of the small models, with values of its own."""
    return parts.AGREEMENT.model_copy(update=own)


@pytest.mark.parametrize(
    ("own", "gaps"),
    [
        ({}, []),
        ({"until": DAY}, []),
        ({"signed": DAY}, []),
        ({"until": date(2026, 11, 23)}, ["no data-processor agreement (processor ended on 2026-11-23)"]),
        ({"signed": date(2026, 11, 25)}, ["no data-processor agreement (processor is signed on 2026-11-25)"]),
        ({"covers": ("case_archive",)}, ["no data-processor agreement for patient_record"]),
        ({"covers": ("case_archive", "patient_record")}, []),
    ],
)
def test_agreements_on_a_day(own, gaps) -> None:
    """From the day of its signature to its last day, for what it names."""
    loppa = small.loppa(agreements={"processor": agreement(**own)})
    assert list_agreement_gaps(loppa, NAMES, DAY) == gaps


def test_two_agreements_cover_together_and_one_that_ended_is_named() -> None:
    """What lacks one is told with the reason that is at hand."""
    agreements = {
        "old": agreement(covers=("patient_record",), until=date(2026, 11, 1)),
        "new": agreement(covers=("case_archive",)),
    }
    loppa = small.loppa(agreements=agreements)
    assert list_agreement_gaps(loppa, NAMES, DAY) == [
        "no data-processor agreement for patient_record (old ended on 2026-11-01)"
    ]


def test_no_agreement_at_all() -> None:
    """It is said even where nothing moves."""
    assert list_agreement_gaps(small.loppa(agreements={}), [], DAY) == ["no data-processor agreement"]


@pytest.mark.parametrize(
    ("due", "closed", "is_open"),
    [
        (date(2026, 11, 23), None, True),
        (date(2026, 11, 24), None, False),
        (date(2026, 11, 1), date(2026, 11, 20), False),
        (date(2026, 11, 1), date(2026, 11, 25), True),
    ],
)
def test_findings_beyond_their_day(due, closed, is_open) -> None:
    """Closed in the future is open today."""
    finding = RiskFinding(text="No spare", owner="IT adviser", due=due, closed=closed)
    assessment = RiskAssessment(made=date(2026, 9, 2), covers=("all",), findings=(finding,))
    gaps = list_assessment_gaps(small.loppa(risk_assessments={"ros": assessment}), NAMES, DAY)
    assert gaps == ([f"ros: 'No spare' is open since {due} (IT adviser)"] if is_open else [])


def test_an_assessment_of_tomorrow() -> None:
    """It covers nothing yet."""
    assessment = RiskAssessment(made=date(2026, 11, 25), covers=("all",))
    gaps = list_assessment_gaps(small.loppa(risk_assessments={"ros": assessment}), NAMES, DAY)
    assert gaps == ["no risk assessment (ros is made on 2026-11-25)"]


def test_conditions_that_are_not_met() -> None:
    """Without a day, or with one that is still to come."""
    conditions = tuple(
        Condition(text=text, owner="Archive lead", met=met)
        for text, met in (("Tried", None), ("Asked", DAY), ("Paid", date(2026, 12, 1)))
    )
    application = small.application(move=Move(wave=1, conditions=conditions))
    assert list_unmet_conditions({"case_archive": application}, DAY) == [
        "case_archive: 'Tried' (Archive lead)",
        "case_archive: 'Paid' (Archive lead)",
    ]


@pytest.mark.parametrize(
    ("stage", "names"),
    [(Stage.HARMONISE, []), (Stage.PILOT, ["first"]), (Stage.CUTOVER, ["later"]), (Stage.RETIRE, [])],
)
def test_what_a_stage_moves(stage, names) -> None:
    """The pilot's with the pilot, the waves' with cutover."""
    applications = {"first": small.application(move=Move(wave="pilot")), "later": small.application(move=Move(wave=2))}
    assert list(choose_moving(small.loppa(applications=applications), stage)) == names
