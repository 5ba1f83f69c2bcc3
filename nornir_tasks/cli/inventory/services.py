"""``scripts/inventory.py services``: who reaches what they use, and nothing else, by the intended configurations."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.inventory.reach import check_names, parse_stage
from nornir_tasks.cli.options import Format, FormatOption, Sources
from nornir_tasks.core.atomic_write import write
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.templating import render_page
from nornir_tasks.core.terminal import PIPED, wrap
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.model import Position, Region
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import (
    Intended,
    choose_position,
    describe_unknown,
    read_switches,
    render_intended,
)
from nornir_tasks.reachability.places import suggest_nearest
from nornir_tasks.reachability.service_matrix import ServiceAnswer, ServiceProof
from nornir_tasks.reachability.service_questions import list_homes, list_questions
from nornir_tasks.reports.services_matrix import MatrixRow, ServicesMatrix, make_matrix

HELP = """Each user group by each application: who reaches what they use, and who reaches what they should not.

Read from the configurations that the switches are to run, as `reach` reads them: every application of every user group
at every site, the common services and destinations of every zone, and everything of the municipality that no record
lets a zone reach. Nothing is connected to.

\b
  scripts/inventory.py services           all municipalities, a line each
  scripts/inventory.py services loppa     the whole matrix
  scripts/inventory.py services loppa --stage pilot --moved loppa-acc-03
  scripts/inventory.py services loppa --html loppa-services.html

Without --stage everything stands where the journal has it; see `reach` for what is known before retire.

A dot: not used by them; later: it comes with the move; ?: in part, or not certain. What somebody in the legacy reaches
that they should not is counted and not listed: the old network has no lists.

Exit codes: 0 all as it should be, 1 the inventory is wrong, 2 usage, 3 somebody lacks a service or reaches too much."""
MOST = 12  # losses that are told in full
WIDTH = 26  # of the first column, unless a name is longer


def services(
    municipality: Annotated[str | None, typer.Argument(help="one municipality; default: all, a line each")] = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="as if it stood there")] = None,
    moved: Annotated[
        list[str] | None,
        typer.Option("--moved", metavar="DEVICE", help="a switch whose wave has come; the others wait (needs --stage)"),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="the matrix as a page, too")] = None,
    inventory: Sources = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print the matrix, and leave with an exit code.

    Args:
        municipality: whose people are asked for; None: everybody's.
        stage: where it stands; default: the journal's.
        moved: switches that are at that stage; the others are at the one before.
        html: where the page goes.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a text for people, or JSON.
    """

    def work() -> int:
        region, standing = load_region(inventory), Standing()
        names = [name for name in region.municipalities if name != CENTRE and region.of(name)]
        if municipality is not None and municipality not in names:
            near = suggest_nearest(municipality, names)
            raise UsageError(f"municipality: found {municipality!r}, expected one of {', '.join(names)}{near}")
        if municipality is None and (moved or html):
            raise UsageError("--moved and --html: found without a municipality, expected one")
        if moved and stage is None:
            raise UsageError("--moved: found without --stage, expected the stage that these switches have come to")
        asked_stage = parse_stage(stage) if stage is not None else None
        switches = check_names(region, moved or ())
        records = []
        for name in [municipality] if municipality else names:
            position = standing.position()
            if asked_stage is not None:
                position = choose_position(region, position, [name], asked_stage, switches)
            matrix, intended = _prove(region, standing, name, position)
            records.append(_as_dict(name, matrix, intended))
            title = f"{region.municipalities[name].label} at {intended.position.of(name).word}"
            unknown = describe_unknown(region, intended)
            if form == Format.TABLE:
                lines = format_matrix(title, matrix, unknown) if municipality else [format_line(title, matrix)]
                print("\n".join(lines))
            if html is not None:
                page = render_page("services.html.j2", title, title=title, matrix=matrix, unknown=unknown)
                write({html: page})
        if form == Format.JSON:
            terminal.print_json(records)
        return CLEAN if all(record["right"] for record in records) else DRIFT

    terminal.run_guarded(work)


def _prove(region: Region, standing: Standing, name: str, position: Position) -> tuple[ServicesMatrix, Intended]:
    intended = render_intended(region, position, list_homes(region, name), standing.legacy)
    forwarding = Forwarding(read_switches(region, intended.texts))
    proof = ServiceProof(region, intended.position, forwarding, name)
    answers = list(proof.answer(list_questions(region, name)))
    return make_matrix(answers, region.municipalities[name]), intended


def format_line(title: str, matrix: ServicesMatrix) -> str:
    """A municipality in one line."""
    if matrix.is_right:
        return make_safe(f"✓ {title}: {matrix.asked} reached, {matrix.forbidden} closed")
    counts = (len(matrix.lost), "not reached"), (len(matrix.unsure), "not certain"), (len(matrix.opened), "too open")
    return make_safe(f"✗ {title}: {', '.join(f'{count} {words}' for count, words in counts if count)}")


def format_matrix(title: str, matrix: ServicesMatrix, unknown: str) -> Iterator[str]:
    """The matrix for 80 columns: the verdict first, what is wrong last.

    Args:
        title: whose it is, and where it stands.
        matrix: of the proof.
        unknown: what is not known of what runs; "" where all is.
    """
    yield wrap(format_line(title, matrix))
    if unknown:
        yield wrap(unknown)
    yield ""
    yield from _format_rows("application", matrix.columns, matrix.applications)
    yield ""
    yield from _format_rows("service, destination", matrix.zones, matrix.services)
    if matrix.legacy_open:
        yield ""
        yield wrap(f"In the old network, which has no lists, {matrix.legacy_open} ways are open that will be closed.")
    told = (
        ("Not reached", matrix.lost),
        ("In part, or not certain", matrix.unsure),
        ("Open, and should not be", matrix.opened),
    )
    for head, answers in told:
        if answers:
            yield ""
            yield f"{head}:"
            yield from (wrap(f"  {_describe(answer)}", 4) for answer in answers[:MOST])
            if len(answers) > MOST:
                yield f"  and {len(answers) - MOST} more: --format json shows all"


def _format_rows(head: str, columns: Sequence[str], rows: Sequence[MatrixRow]) -> Iterator[str]:
    """Rows with as many columns as fit; further ones below."""
    first = max([WIDTH - 2, *(len(row.name) for row in rows)]) + 2
    widths = {column: max(len(column), 4) for column in columns}
    left = list(columns)
    while left:
        chosen: list[str] = []
        while left and first + sum(widths[c] + 1 for c in [*chosen, left[0]]) <= PIPED:
            chosen.append(left.pop(0))
        chosen = chosen or [left.pop(0)]
        indices = [columns.index(column) for column in chosen]
        yield make_safe(f"{head:<{first}}" + "".join(f"{column:<{widths[column]}} " for column in chosen)).rstrip()
        for row in rows:
            cells = "".join(f"{row.cells[i]:<{widths[c]}} " for i, c in zip(indices, chosen, strict=True))
            yield make_safe(f"{row.name:<{first}}{cells}").rstrip()
        if left:
            yield ""


def _describe(answer: ServiceAnswer) -> str:
    question = answer.question
    people = f" ({question.people} people)" if question.people else ""
    return (
        f"{question.group}@{question.site}{people} at {answer.device}: {question.what}, {question.target} "
        f"{question.port}: {answer.deciding}"
    )


def _as_dict(name: str, matrix: ServicesMatrix, intended: Intended) -> dict[str, Any]:
    """The record for a program."""
    return {
        "municipality": name,
        "stage": intended.position.of(name).word,
        "right": matrix.is_right,
        "unknown": list(intended.unknown),
        "applications": {row.name: dict(zip(matrix.columns, row.cells, strict=True)) for row in matrix.applications},
        "services": {row.name: dict(zip(matrix.zones, row.cells, strict=True)) for row in matrix.services},
        "not_reached": [_answer_as_dict(answer) for answer in matrix.lost],
        "not_certain": [_answer_as_dict(answer) for answer in matrix.unsure],
        "open": [_answer_as_dict(answer) for answer in matrix.opened],
        "open_in_the_legacy": matrix.legacy_open,
    }


def _answer_as_dict(answer: ServiceAnswer) -> dict[str, Any]:
    question = answer.question
    return {
        "group": question.group,
        "zone": question.zone,
        "site": question.site,
        "people": question.people,
        "device": answer.device,
        "what": question.what,
        "target": question.target,
        "port": question.port,
        "record": question.record,
        "outcome": answer.outcome.value,
        "deciding": answer.deciding,
    }
