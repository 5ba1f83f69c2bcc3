"""The matrix of services as rows and columns, for the terminal and the page. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nornir_tasks.model import Municipality
from nornir_tasks.reachability.service_matrix import ServiceAnswer
from nornir_tasks.reachability.way import Outcome

REACHED, LOST, UNSURE, LATER, UNUSED = "yes", "NO", "?", "later", "·"


@dataclass(frozen=True)
class MatrixRow:
    """An application (or service), and for each column whether it is reached."""

    name: str
    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ServicesMatrix:
    """Everything there is to show of a municipality at one position."""

    columns: tuple[str, ...]  # user groups
    applications: tuple[MatrixRow, ...]
    zones: tuple[str, ...]
    services: tuple[MatrixRow, ...]  # common services and destinations, by zone
    lost: tuple[ServiceAnswer, ...]  # wanted, and not reached
    unsure: tuple[ServiceAnswer, ...]  # wanted, and reached in part, or by a way that no record describes
    opened: tuple[ServiceAnswer, ...]  # of those who have moved: not wanted, and reached
    legacy_open: int  # not wanted, and reached by those who have not moved: the old network knows no lists
    asked: int
    forbidden: int

    @property
    def is_right(self) -> bool:
        """Whether everybody reaches what they use, and nobody in the standard's zones what they should not."""
        return not self.lost and not self.unsure and not self.opened


def make_matrix(answers: Sequence[ServiceAnswer], municipality: Municipality) -> ServicesMatrix:
    """The matrix of one municipality's answers.

    Args:
        answers: of the proof.
        municipality: whose user groups are the columns.
    """
    wanted = [answer for answer in answers if answer.question.wanted]
    groups = [answer for answer in wanted if answer.question.people]
    zones = [answer for answer in wanted if not answer.question.people]
    columns = tuple(group for group in municipality.user_groups if any(a.question.group == group for a in groups))
    zone_names = tuple(dict.fromkeys(answer.question.group for answer in zones))
    open_answers = [a for a in answers if not a.question.wanted and a.outcome != Outcome.STOPPED]
    labels = {name: application.label for name, application in municipality.applications.items()}
    return ServicesMatrix(
        columns=columns,
        applications=_make_rows(groups, columns, labels),
        zones=zone_names,
        services=_make_rows(zones, zone_names, {}),
        lost=tuple(answer for answer in wanted if _judge_answer(answer) == LOST),
        unsure=tuple(answer for answer in wanted if _judge_answer(answer) == UNSURE),
        opened=tuple(answer for answer in open_answers if answer.is_moved),
        legacy_open=sum(not answer.is_moved for answer in open_answers),
        asked=len({answer.question for answer in wanted}),
        forbidden=len({answer.question for answer in answers if not answer.question.wanted}),
    )


def _make_rows(
    answers: Iterable[ServiceAnswer], columns: Sequence[str], labels: Mapping[str, str]
) -> tuple[MatrixRow, ...]:
    cells: dict[str, dict[str, list[ServiceAnswer]]] = {}
    for answer in answers:
        cells.setdefault(answer.question.what, {}).setdefault(answer.question.group, []).append(answer)
    return tuple(
        MatrixRow(what, labels.get(what, what), tuple(_judge(groups.get(column, ())) for column in columns))
        for what, groups in sorted(cells.items())
    )


def _judge(answers: Sequence[ServiceAnswer]) -> str:
    """The worst of some answers; a dot where there are none."""
    words = {_judge_answer(answer) for answer in answers}
    return next((word for word in (LOST, UNSURE, LATER, REACHED) if word in words), UNUSED)


def _judge_answer(answer: ServiceAnswer) -> str:
    if answer.outcome == Outcome.REACHED:
        return REACHED
    # What the centre or another municipality gives is no part of the old network: it comes with the move.
    if answer.question.comes_with_move and not answer.is_moved:
        return LATER
    return UNSURE if answer.outcome == Outcome.UNSURE else LOST
