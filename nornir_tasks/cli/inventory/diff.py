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
from nornir_tasks.inventory.git_revision import format_revision, unpack_sources
from nornir_tasks.inventory.load import find_default_sources, load_region
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

Exit codes: 0 no difference, 1 an inventory does not read, 2 usage, 3 differences."""


class DiffFormat(StrEnum):
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
    form: Annotated[DiffFormat, typer.Option("--format", help="table, json or markdown")] = DiffFormat.TABLE,
    inventory: Sources = None,
) -> None:
    """Print what a change of the inventory since a git revision means, and leave with an exit code.

    Args:
        revision: as git reads it: a commit, a branch or a tag.
        stage: a stage's name or number, to render everything at; empty: where the journal has each switch.
        form: a table for people, JSON, or Markdown for a comment.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
    """

    def work() -> int:
        sources = tuple(inventory or find_default_sources())
        journal, wanted_stage = Standing(), _parse_stage(stage)
        since = format_revision(sources, revision)
        old, new = _load_both(sources, revision, since)
        position, where = _choose_position((old, new), journal, wanted_stage)
        if old is EMPTY:
            since += ", which had no inventory"
        impact = find_impact(old, new, position, journal.legacy)
        if form == DiffFormat.JSON:
            terminal.print_json(impact_text.as_dict(impact, since, where))
        elif form == DiffFormat.MARKDOWN:
            print(impact_text.format_markdown(impact, since, where), end="")
        else:
            impact_text.show(make_console(), impact, since, where)
        return DRIFT if impact else CLEAN

    terminal.run_guarded(work)


def _parse_stage(word: str) -> Stage | None:
    try:
        return Stage.parse(word) if word else None
    except ValueError as error:
        raise StageError(f"--stage: {error}") from None


def _choose_position(regions: Sequence[Region], journal: Standing, wanted_stage: Stage | None) -> tuple[Position, str]:
    """The position that everything is rendered at, and that in a sentence."""
    if wanted_stage is not None:
        return make_position_at(regions, wanted_stage), f"Rendered with everybody at {wanted_stage.word}."
    if journal.kept:
        return journal.position(), "Rendered where the journal has each switch."
    return make_position_at(regions, Stage.RETIRE), "Rendered as after retire: there is no journal here."


def _load_both(sources: Sequence[Path], revision: str, since: str) -> tuple[Region, Region]:
    """Both inventories, the revision's first. Each is read even if the other cannot be, to name the errors of both."""
    regions: list[Region] = []
    errors: list[str] = []
    with unpack_sources(sources, revision) as old_sources:
        for label, paths in ((since, old_sources), ("the work tree", sources)):
            try:
                regions.append(load_region(paths) if paths else EMPTY)
            except FellesdriftError as error:
                words = str(error)
                for path in old_sources:  # findings in files of the revision, not in those they were unpacked to
                    place = next(
                        (parent for parent in path.parents if parent.name.startswith("fellesdrift-revision-")), None
                    )
                    words = words.replace(f"{place}/", f"{revision}:") if place else words
                errors.append(f"{label} does not read: {words}")
    if errors:
        raise SideError("\n".join(errors))
    return regions[0], regions[1]
