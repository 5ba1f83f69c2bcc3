"""``scripts/inventory.py diff``: what a change of the inventory since a revision means."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Sources
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT, USAGE
from nornir_tasks.core.terminal import make_console
from nornir_tasks.inventory.git_revision import short, sources_at
from nornir_tasks.inventory.load import default_sources, load_region
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reachability.inventory_impact import EMPTY, find_impact, make_position_at
from nornir_tasks.reports import impact_text

HELP = """What a change of the inventory since a git revision means, for whoever reviews it.

\b
  scripts/inventory.py diff HEAD                  what is not committed yet
  scripts/inventory.py diff origin/main           what a branch would change
  scripts/inventory.py diff v1 --stage retire     what it comes to in the end
  scripts/inventory.py diff v1 --format markdown  for a comment in CI

Hosts that come, go and move; for each switch the difference of its intended configuration, told once where it is the
same; and the data that changes no switch. Switches are rendered where the journal has them; without a journal, as
after retire. Where the survey has left no snapshot, only what the standard adds is compared.

Exit codes: 0 no difference, 1 an inventory does not read, 2 usage, 99 differences."""


class Form(StrEnum):
    """How ``diff`` answers."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class SideError(FellesdriftError):
    """One of the two inventories, or both, do not read: says which, and why."""


class StageError(FellesdriftError):
    """A word that is no stage."""

    exit_code = USAGE


def diff(
    revision: Annotated[str, typer.Argument(help="a commit, a branch or a tag", metavar="REV")],
    stage: Annotated[str, typer.Option("--stage", help="render everything at this stage")] = "",
    form: Annotated[Form, typer.Option("--format", help="table, json or markdown")] = Form.TABLE,
    inventory: Sources = None,
) -> None:
    """What a change of the inventory since a git revision means."""

    def work() -> int:
        sources = tuple(inventory or default_sources())
        standing, asked = Standing(), _stage(stage)
        since = short(sources, revision)
        old, new = _both(sources, revision, since)
        position, where = _position((old, new), standing, asked)
        if old is EMPTY:
            since += ", which had no inventory"
        told = find_impact(old, new, position, standing.legacy)
        if form == Form.JSON:
            terminal.as_json(impact_text.as_dict(told, since, where))
        elif form == Form.MARKDOWN:
            print(impact_text.markdown(told, since, where), end="")
        else:
            impact_text.show(make_console(), told, since, where)
        return DRIFT if told else CLEAN

    terminal.guarded(work)


def _stage(word: str) -> Stage | None:
    try:
        return Stage.parse(word) if word else None
    except ValueError as error:
        raise StageError(f"--stage: {error}") from None


def _position(regions: Sequence[Region], standing: Standing, asked: Stage | None) -> tuple[Position, str]:
    """Where everything is rendered, and that in words."""
    if asked is not None:
        return make_position_at(regions, asked), f"Rendered with everybody at {asked.word}."
    if standing.kept:
        return standing.position(), "Rendered where the journal has each switch."
    return make_position_at(regions, Stage.RETIRE), "Rendered as after retire: there is no journal here."


def _both(sources: Sequence[Path], revision: str, since: str) -> tuple[Region, Region]:
    """Both inventories; if one does not read, the other is tried all the same."""
    found: list[Region] = []
    wrong: list[str] = []
    with sources_at(sources, revision) as was:
        for called, paths in ((since, was), ("the work tree", sources)):
            try:
                found.append(load_region(paths) if paths else EMPTY)
            except FellesdriftError as error:
                words = str(error)
                for path in was:  # findings in files of the revision, not in those they were unpacked to
                    place = next((one for one in path.parents if one.name.startswith("fellesdrift-revision-")), None)
                    words = words.replace(f"{place}/", f"{revision}:") if place else words
                wrong.append(f"{called} does not read: {words}")
    if wrong:
        raise SideError("\n".join(wrong))
    return found[0], found[1]
