"""Mistakes in configurations of all three platforms: each is found, with its place and line, and whom it hits."""

from collections import Counter

import pytest

from nornir_tasks.reachability.way import Outcome
from tests.support.forwarding_bridge_mistakes import BRIDGES
from tests.support.forwarding_list_mistakes import LISTS
from tests.support.forwarding_mistakes import Mistake, Question
from tests.support.forwarding_region import ask, edited, standard
from tests.support.forwarding_route_mistakes import ROUTES
from tests.support.forwarding_wild_mistakes import WILD

MISTAKES = (*LISTS, *BRIDGES, *ROUTES, *WILD)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found(mistake: Mistake) -> None:
    """The worst answer names the place and the line; those who are not hit are as before."""
    answers = ask(edited(mistake.edits), *mistake.question)
    assert answers[0].outcome == mistake.outcome, answers[0].deciding
    if mistake.outcome == Outcome.REACHED:
        rows = [str(row) for leg in (answers[0].there, answers[0].back) if leg for row in leg.rows]
        assert any(mistake.words in row for row in rows), rows
    else:
        assert mistake.words in answers[0].reason
    hit = {answer.source.device for answer in answers if answer.outcome == mistake.outcome}
    if mistake.victims:
        assert hit == set(mistake.victims)
    else:
        assert len({answer.outcome for answer in answers}) == 1, [answer.deciding for answer in answers]


@pytest.mark.parametrize("question", sorted({mistake.question for mistake in MISTAKES}))
def test_without_a_mistake(question: Question) -> None:
    """The same questions are answered as the standard has it, so that it is the mistake that is found."""
    expected = {mistake.before for mistake in MISTAKES if mistake.question == question}
    assert {answer.outcome for answer in ask(standard(), *question)} == expected


def test_there_are_enough_of_each_kind() -> None:
    """Each has a name of its own, and hits what the standard lets pass, or opens what it stops."""
    assert Counter(mistake.name for mistake in MISTAKES).most_common(1)[0][1] == 1
    assert sum(mistake.outcome != mistake.before for mistake in MISTAKES) >= 65
