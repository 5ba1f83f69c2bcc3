"""``scripts/inventory.py names``: what applications and services are called, and where these names lead now."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.inventory.reach import check_names, parse_stage
from nornir_tasks.cli.options import Sources
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.terminal import wrap
from nornir_tasks.core.text import count_noun
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.names import NamedAddress, ServiceName, list_names
from nornir_tasks.reachability.intended import choose_position
from nornir_tasks.reachability.places import suggest_nearest

HELP = """What each application and common service is called, and the addresses that its name leads to.

For those who ask in a municipality: its own applications, others' that it shares, and the common services. A name leads
to the old address of its hosts until they have a new one, then to both, the new one first once the application's wave
has come, and after retire to the new one alone. In another municipality nobody is told the old ones.

\b
  scripts/inventory.py names                       all, a line each
  scripts/inventory.py names loppa                 each name, and what changes
  scripts/inventory.py names loppa --stage pilot   as if it stood there
  scripts/inventory.py names loppa --format hosts  lines for a hosts file

Without --stage everything stands where the journal has it. Nothing is connected to.

Exit codes: 0 told, 1 the inventory is wrong, 2 usage."""


class NamesFormat(StrEnum):
    """How this door answers."""

    TABLE = "table"
    JSON = "json"
    HOSTS = "hosts"


def names(
    municipality: Annotated[str | None, typer.Argument(help="one municipality; default: all, a line each")] = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="as if it stood there")] = None,
    moved: Annotated[
        list[str] | None,
        typer.Option("--moved", metavar="DEVICE", help="a switch whose wave has come; the others wait (needs --stage)"),
    ] = None,
    inventory: Sources = None,
    form: Annotated[NamesFormat, typer.Option("--format", help="hosts: a hosts file's lines")] = NamesFormat.TABLE,
) -> None:
    """Print the names, and leave with an exit code.

    Args:
        municipality: whose people ask; None: everybody's.
        stage: where it stands; default: the journal's.
        moved: switches that are at that stage; the others are at the one before.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a text for people, JSON, or lines for a hosts file.
    """

    def work() -> int:
        region = load_region(inventory)
        homes = [name for name in region.municipalities if name != CENTRE and region.of(name)]
        if municipality is not None and municipality not in homes:
            near = suggest_nearest(municipality, homes)
            raise UsageError(f"municipality: found {municipality!r}, expected one of {', '.join(homes)}{near}")
        if municipality is None and (moved or form == NamesFormat.HOSTS):
            raise UsageError("--moved and --format hosts: found without a municipality, expected one")
        if moved and stage is None:
            raise UsageError("--moved: found without --stage, expected the stage that these switches have come to")
        asked_stage, switches = parse_stage(stage) if stage is not None else None, check_names(region, moved or ())
        records = []
        for home in [municipality] if municipality else homes:
            position = Standing().position()
            if asked_stage is not None:
                position = choose_position(region, position, [home], asked_stage, switches)
            listed = list_names(region, home, position)
            records.append(_as_dict(home, position, listed))
            if form == NamesFormat.TABLE:
                lines = _format_names(region, home, position, listed) if municipality else [_format_line(listed)]
                print("\n".join(_head(region, home, position, lines)))
            if form == NamesFormat.HOSTS:
                print("\n".join(format_hosts(listed)))
        if form == NamesFormat.JSON:
            terminal.print_json(records)
        return CLEAN

    terminal.run_guarded(work)


def format_hosts(listed: Sequence[ServiceName]) -> Iterator[str]:
    """The lines of a hosts file: an address and a name each, in the order in which they are to be tried."""
    width = max((len(str(each.address)) for name in listed for each in name.addresses), default=0)
    for name in listed:
        for each in name.addresses:
            yield make_safe(f"{each.address!s:<{width}} {name.name}  # {each.host}")


def list_changes(now: Sequence[ServiceName], then: Sequence[ServiceName]) -> dict[str, list[str]]:
    """What becomes of names between two positions, in words, and of which.

    Args:
        now: the names of a municipality.
        then: the same later.
    """
    changes: dict[str, list[str]] = {}
    for before, after in zip(now, then, strict=True):
        if before.addresses != after.addresses:
            changes.setdefault(_describe_change(before.addresses, after.addresses), []).append(before.name)
    return changes


def _describe_change(before: Sequence[NamedAddress], after: Sequence[NamedAddress]) -> str:
    was, will = ({each.is_old for each in addresses} for addresses in (before, after))
    if {each.host for each in before} != {each.host for each in after} and before and after:
        return "lead to other servers"
    if True in was and True not in will:
        return "lead to no old address any more"
    if False in will and False not in was:
        first = ", and first to it" if was and not after[0].is_old else ""
        return f"lead to a new address, too{first}" if was else "lead to an address"
    return "lead to the new address first" if after and not after[0].is_old else "lead to the old address first"


def _head(region: Region, home: str, position: Position, lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    title = f"{region.municipalities[home].label} at {position.of(home).word}"
    first, *others = lines
    yield wrap(f"{title}: {first}")
    yield from others


def _format_line(listed: Sequence[ServiceName]) -> str:
    old = sum(all(each.is_old for each in name.addresses) for name in listed if name.addresses)
    both = sum(len({each.is_old for each in name.addresses}) > 1 for name in listed)
    none = sum(not name.addresses for name in listed)
    new = len(listed) - old - both - none
    counts = [(old, "at old addresses"), (both, "at both"), (new, "at new ones"), (none, "at none yet")]
    return f"{count_noun(len(listed), 'name')}: {', '.join(f'{count} {words}' for count, words in counts if count)}"


def _format_names(region: Region, home: str, position: Position, listed: Sequence[ServiceName]) -> Iterator[str]:
    """A line for each address, below one another; what changes next comes last."""
    domain = f".{region.of(home)[0].standard.domain}"
    yield f"{_format_line(listed)}. All end in {domain}"
    yield ""
    shorts = [name.name.removesuffix(domain) for name in listed]
    width = max(map(len, shorts), default=0)
    for short, name in zip(shorts, listed, strict=True):
        rows = [f"{each.address!s:<15}  {'old' if each.is_old else '   '}  {each.host}" for each in name.addresses]
        for row in rows or ["none: its hosts have no new address yet"]:
            yield make_safe(f"{short:<{width}}  {row}")
            short = ""
    yield ""
    for stage in (stage for stage in Stage if stage > position.of(home)):
        changes = list_changes(listed, list_names(region, home, choose_position(region, position, [home], stage)))
        for words, changed in changes.items():
            who = ", ".join(name.removesuffix(domain) for name in changed)
            yield wrap(f"With {stage.word} these {words}: {who}", 2)
        if changes:
            return
    yield "Nothing changes any more."


def _as_dict(home: str, position: Position, listed: Sequence[ServiceName]) -> dict[str, Any]:
    """The record for a program."""
    return {
        "municipality": home,
        "stage": position.of(home).word,
        "names": [
            {
                "name": name.name,
                "kind": name.record.kind,
                "record": name.record.name,
                "label": name.label,
                "addresses": [
                    {"address": str(each.address), "host": each.host, "site": each.site, "old": each.is_old}
                    for each in name.addresses
                ],
            }
            for name in listed
        ],
    }
