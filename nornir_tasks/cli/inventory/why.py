"""``scripts/inventory.py why``: which file and line gave a value, and what it overrode."""

import textwrap
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import yaml

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption, Sources
from nornir_tasks.config.row_records import derive_access_lists
from nornir_tasks.core.exit_codes import CLEAN
from nornir_tasks.core.secrets import mask_texts
from nornir_tasks.core.terminal import PIPED, wrap
from nornir_tasks.inventory.derivations import Derivation
from nornir_tasks.inventory.explain import Answer, explain_value, make_answer_record, mask_vaulted
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.model import Region

HELP = """Which file and line gave HOST the value of KEY, and what that overrode, in Ansible's own order of precedence.

KEY is a variable, or a part of one. What only the model knows (a gateway, the zones on a trunk, what port 17 is for)
is told with the keys that it was derived from. What is in a vault is not opened.

\b
  scripts/inventory.py why loppa-acc-03 change_window
  scripts/inventory.py why loppa-acc-03 zones.school.vlan
  scripts/inventory.py why loppa-core-01 'links[3].a'   or links.3.a
  scripts/inventory.py why loppa-acc-03 ports.17        its range or its cable
  scripts/inventory.py why loppa-acc-03 gateway         derived
  scripts/inventory.py why loppa-core-01 device.zones   the model's own
  scripts/inventory.py why loppa-core-01 access_lists.ZONE-SCHOOL-IN.120
                       the records that bring a row; its words do, too

Exit codes: 0 told, 1 the inventory cannot be read, 2 no such host or key."""
INDENT = 11  # columns before a place
LINES = 4  # of a value, unless all of it is asked for


def why(
    host: Annotated[str, typer.Argument(metavar="HOST", help="a switch or server of the inventory")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="a variable, dotted into what it holds: zones.school.vlan")],
    inventory: Sources = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print where a value comes from, and leave with an exit code.

    Args:
        host: a switch or server of the inventory.
        key: a variable, dotted into what it holds, or what only the model knows.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a text for people, or JSON.
    """

    def work() -> int:
        answer = explain_value(inventory, host, key, {"access_lists": _derive_access_lists})
        if form == Format.JSON:
            terminal.print_json(make_answer_record(answer))
            return CLEAN
        _print_answer(answer)
        return CLEAN

    terminal.run_guarded(work)


def _derive_access_lists(region: Region, host: str, key: Sequence[str]) -> Derivation | None:
    return derive_access_lists(region, host, key, Standing().position())


def _print_answer(answer: Answer) -> None:
    """Print the winner first, then what it overrode; or the rule, and the values that it was derived from."""
    if answer.winner is None:
        _print_entry(f"{answer.host} {answer.key}", "", answer.value)
        print(wrap(f"{'derived':<{INDENT}}{answer.rule}", INDENT))
        for source in answer.sources:
            name = source.key if source.host == answer.host else f"{source.host} {source.key}"
            _print_entry("from", f"{source.winner.where if source.winner else ''}  {name}", source.value)
        return
    print(f"{answer.host} {answer.key}")
    for word, assignment in (
        ("gives", answer.winner),
        *(("overrides", assignment) for assignment in answer.overridden),
    ):
        place = f"{assignment.where}  {assignment.whose}".rstrip()
        if assignment.has_value:
            _print_entry(word, place, assignment.value)
        else:
            print(f"{word:<{INDENT}}{place}: nothing of it, but it is the whole that gives way")


def _print_entry(word: str, place: str, value: Any) -> None:
    """Print a value after its place, where it fits the line; else below, and cut after ``LINES`` lines."""
    head = f"{word:<{INDENT}}{place}".rstrip()
    masked = mask_texts(mask_vaulted(value))  # before YAML quotes it, and before it is broken
    text = yaml.safe_dump(masked, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf"))
    text = text.removesuffix("\n...\n").strip()
    if len(head) + 2 + len(text) <= PIPED:
        print(f"{head}: {text}")
        return
    indent = " " * INDENT
    more = f"… (all of it: --format {Format.JSON})"
    print(wrap(f"{head}:", INDENT))
    print(
        textwrap.fill(
            text,
            PIPED,
            initial_indent=indent,
            subsequent_indent=indent,
            max_lines=LINES,
            placeholder=more,
            break_on_hyphens=False,
        )
    )
