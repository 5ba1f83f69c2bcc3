"""``scripts/inventory.py new``: write the files of a new municipality, after one that is there."""

import difflib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated

import typer
import yaml

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Sources
from nornir_tasks.core.atomic_write import write
from nornir_tasks.core.bounds import read_text
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import CLEAN, DRIFT
from nornir_tasks.inventory.load import find_default_sources, load_region
from nornir_tasks.inventory.scaffold import add_group_line, draft_municipality, parse_sites
from nornir_tasks.inventory.scaffold_order import NewcomerError, Order
from nornir_tasks.model import Region
from nornir_tasks.model.entries import CENTRE

LONGEST_LABEL = 60
HELP = """Write the files of a new municipality: its hosts, its cables, its record, and its line in the group tree.

The first site has the core switch. The draft takes after another municipality (its core, what ports are for, its legacy
network), is checked with all the rest before it is written, and overwrites nothing. What a person must decide is
marked "Decide" in the files.

\b
  scripts/inventory.py new karasjok --label Karasjok --number 18 --dry-run \\
      --sites karasjok-radhus:town_hall:20,karasjok-skole:school:12
  scripts/inventory.py new karasjok --label Karasjok --number 18 \\
      --like loppa --sites karasjok-radhus:town_hall:40 \\
      --sites karasjok-skole:school:16 \\
      --switches karasjok-radhus:WS-C2960X-48TS-L:2,karasjok-skole:J9776A

Exit codes: 0 written, 1 it would not be sound, 2 usage, 3 --dry-run shows what would be written."""


@dataclass(frozen=True)
class _GroupTree:
    """The file that lists the municipalities, and the line of the last."""

    file: Path
    last: int

    @property
    def root(self) -> Path:
        return self.file.parent


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="as in its hosts' names: karasjok")],
    label: Annotated[str, typer.Option("--label", help="as people write it: Måsøy")],
    number: Annotated[int, typer.Option("--number", min=0, max=99, help="its own: its uplinks' /31s follow from it")],
    sites: Annotated[list[str], typer.Option("--sites", help="NAME:PURPOSE[:CLIENTS], several with a comma")],
    switches: Annotated[
        list[str] | None, typer.Option("--switches", help="SITE:MODEL[:COUNT]; else one a site")
    ] = None,
    like: Annotated[str, typer.Option("--like", help="the municipality to take after; default: the smallest")] = "",
    prefix: Annotated[str, typer.Option("--prefix", help="default: 10.NUMBER.0.0/16")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would be written")] = False,
    inventory: Sources = None,
) -> None:
    """Draft a municipality, and leave with an exit code.

    Args:
        name: its group's name: lower-case letters, digits and _.
        label: as people write it.
        number: from 0 to 99, no other municipality's: the /31s of its uplinks follow from it.
        sites: ``NAME:PURPOSE[:CLIENTS]``, several with a comma; the first has the core switch.
        switches: ``SITE:MODEL[:COUNT]``; default: one for each site.
        like: the municipality that the draft takes after; empty: the one with the fewest switches.
        prefix: a /16; empty: ``10.NUMBER.0.0/16``.
        dry_run: print the difference, and write nothing.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
    """

    def work() -> int:
        sources = tuple(inventory or find_default_sources())
        region = load_region(sources)
        model = _choose_model(region, like)
        order = Order(
            name=_check_name(name, region),
            label=_check_label(label),
            number=number,
            prefix=_parse_prefix(prefix or f"10.{number}.0.0/16"),
            sites=parse_sites(_split_words(sites), _split_words(switches or []), region.municipalities[model], region),
            like=model,
        )
        return run(order, region, sources, dry_run=dry_run)

    terminal.run_guarded(work)


def run(order: Order, region: Region, sources: Sequence[Path], *, dry_run: bool) -> int:
    """The exit code of a draft, after it is checked with the rest of the inventory and written, or shown.

    Args:
        order: the new municipality.
        region: the inventory's.
        sources: the inventory's files and folders; the one with the group tree is written to.
        dry_run: print the difference, and write nothing.

    Returns:
        ``CLEAN``, or ``DRIFT`` for a dry run.

    Raises:
        NewcomerError: a file of the draft is there already, or the sources have no group tree.
        FellesdriftError: the inventory with the draft in it is not sound; nothing was written.
    """
    tree = _find_tree(sources)
    files = {tree.root / path: text for path, text in draft_municipality(order, region).items()}
    existing = [file for file in files if file.exists()]
    if existing:
        raise NewcomerError(f"{existing[0]}: found a file, expected none. Nothing was written.")
    files[tree.file] = add_group_line(read_text(tree.file), order.name, tree.last)
    _check_draft(files, sources)
    if dry_run:
        for file, text in files.items():
            _print_diff(file, text)
        return DRIFT
    write(files)
    for file in files:
        terminal.say(f"wrote {_shorten_path(file)}")
    for line in _list_next_steps(order, region):
        terminal.say(line)
    return CLEAN


def _check_draft(files: Mapping[Path, str], sources: Sequence[Path]) -> None:
    """Load a copy of the inventory with the draft in it, and raise what is not sound about it."""
    with tempfile.TemporaryDirectory(prefix="fellesdrift-new-") as place:
        copies: list[Path] = []
        moved: dict[Path, Path] = {}
        for number, source in enumerate(sources):
            home = source if source.is_dir() else source.parent
            copy = Path(place) / str(number) / home.name
            shutil.copytree(home, copy)
            moved[home] = copy
            copies.append(copy if source.is_dir() else copy / source.name)
        for file, text in files.items():
            home = next(folder for folder in moved if file.is_relative_to(folder))
            target = moved[home] / file.relative_to(home)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        try:
            load_region(copies)
        except FellesdriftError as error:
            message = str(error)
            for home, copy in moved.items():
                message = message.replace(str(copy), str(_shorten_path(home)))
            raise FellesdriftError(f"the draft is not sound; nothing was written: {message}") from error


def _print_diff(file: Path, text: str) -> None:
    before = read_text(file).splitlines(keepends=True) if file.exists() else []
    name = str(_shorten_path(file))
    old = name if before else "/dev/null"
    print("".join(difflib.unified_diff(before, text.splitlines(keepends=True), old, name)), end="")


def _list_next_steps(order: Order, region: Region) -> list[str]:
    """The steps that a person does next, numbered."""
    standard = region.of(order.like)[0].standard
    folder = f"group_vars/{order.name}"
    steps = [
        f"1. Put right what is marked Decide in municipalities/{order.name}.yml and {folder}/.",
        f"2. Add the servers to municipalities/{order.name}.yml, as {order.like}.yml has them, and to "
        f"{folder}/applications.yml what runs on them.",
    ]
    if not any(order.prefix.subnet_of(network) for network in standard.management_networks):
        steps.append(f"3. Add {order.prefix} to management_networks (group_vars/all): else the tools do not connect.")
    steps.append(f"{len(steps) + 1}. scripts/inventory.py check; then playbooks/migrate/10_survey.yml -l {order.name}.")
    return steps


def _find_tree(sources: Sequence[Path]) -> _GroupTree:
    """The first file of the sources that lists the municipalities."""
    for source in sources:
        for file in sorted(source.glob("*.yml")) if source.is_dir() else [source]:
            root = yaml.compose(read_text(file), Loader=yaml.SafeLoader)
            listed = _find_children(root, "municipalities") if isinstance(root, yaml.MappingNode) else None
            if listed:
                return _GroupTree(file, listed.value[-1][0].start_mark.line + 1)
    raise NewcomerError("inventory: found no YAML file with children of the group municipalities, expected one")


def _find_children(node: yaml.MappingNode, group: str) -> yaml.MappingNode | None:
    """The mapping of a group's children, wherever in the tree it stands; one in flow style has no lines to add to."""
    for key, value in node.value:
        if not isinstance(value, yaml.MappingNode):
            continue
        if key.value == group:
            for part, children in value.value:
                if part.value == "children" and isinstance(children, yaml.MappingNode) and not children.flow_style:
                    return children
        nested = _find_children(value, group)
        if nested:
            return nested
    return None


def _choose_model(region: Region, word: str) -> str:
    candidates = [name for name in region.municipalities if name != CENTRE]
    if word and word not in candidates:
        raise NewcomerError(f"--like: found {word!r}, expected one of {', '.join(candidates)}")
    return word or min(candidates, key=lambda name: (len(region.of(name)), name))


def _check_name(word: str, region: Region) -> str:
    used = {device.municipality for device in region.devices.values()} | set(region.municipalities)
    used |= {device.platform for device in region.devices.values()} | {
        device.role for device in region.devices.values()
    }
    used |= {group for server in region.servers.values() for group in server.groups} | {"all", "ungrouped", "servers"}
    if not word.replace("_", "a").isalnum() or not word.isascii() or word != word.lower() or not word[0].isalpha():
        raise NewcomerError(f"NAME: found {word!r}, expected lower-case letters, digits and _, as a group's name")
    if word in used:
        raise NewcomerError(f"NAME: found {word!r}, expected a new one; that group is there. Nothing was written.")
    return word


def _check_label(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > LONGEST_LABEL:
        found = f"{text[:LONGEST_LABEL]!r}{'…' * (len(text) > LONGEST_LABEL)}"
        raise NewcomerError(
            f"--label: found {found}, expected a name as people write it, of 1 to {LONGEST_LABEL} letters"
        )
    return text


def _parse_prefix(word: str) -> IPv4Network:
    try:
        network = IPv4Network(word)
    except ValueError as error:
        raise NewcomerError(f"--prefix: found {word!r}, expected a /16 such as 10.18.0.0/16") from error
    if network.prefixlen != 16:
        raise NewcomerError(f"--prefix: found {word!r}, expected a /16, as the zones' blocks count from it")
    return network


def _split_words(options: Sequence[str]) -> list[str]:
    return [word.strip() for option in options for word in option.split(",") if word.strip()]


def _shorten_path(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
