"""From a folder of NetBox's CSV files to the inventory's: read, put together, prove, and only then write."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nornir_tasks.core.atomic_write import write
from nornir_tasks.inventory.load import default_sources, resolve
from nornir_tasks.model.build import build_region
from nornir_tasks.model.finding import ModelError
from nornir_tasks.netbox.compose import Draft, compose
from nornir_tasks.netbox.files import compose_files, existing, extras, kept
from nornir_tasks.netbox.read import NetboxErrors, read
from nornir_tasks.netbox.settle import settle
from nornir_tasks.netbox.tables import NetboxError


@dataclass(frozen=True)
class Taken:
    """What an import means: the files that differ, with their texts, and what there is to know."""

    place: Path
    changed: dict[Path, str]
    same: tuple[Path, ...]
    notes: tuple[str, ...]

    def write(self) -> None:
        """Write what differs; all of it, or nothing."""
        try:
            write(self.changed)
        except OSError as error:
            raise NetboxError(
                f"--output: {error.filename or self.place} cannot be written: {error.strerror}"
            ) from error


def take(folder: Path, output: Path, sources: Sequence[Path] | None = None) -> Taken:
    """Read an export, and work out the files that say the same.

    Args:
        sources: the inventory whose standard and group tree they belong to; default: what ``ansible.cfg`` lists.

    Raises:
        NetboxErrors: something in the export is wrong, or makes no sound inventory; it holds everything that is.
        NetboxError: the folder or a file that is there cannot be read, or the inventory is not sound.
    """
    export = read(folder)
    current = resolve(tuple(sources or default_sources()))
    try:
        region = build_region(current)
    except ModelError as error:
        many = len(error.findings)
        raise NetboxError(
            f"the inventory: found {many} errors, expected none: see scripts/inventory.py check"
        ) from error
    standard = next((device.standard for device in region.devices.values()), None)
    if standard is None:
        raise NetboxError("the inventory: found no switch, expected one that says the standard")
    groups = list(current.get("servers", {}).get("children", []))
    draft = compose(export, standard, groups)
    if export.problems:
        raise NetboxErrors(export.problems)
    old = {name: existing(output / "group_vars" / name / "municipality.yml").values for name in draft.homes}
    more: dict[str, dict[str, Any]] = {}
    for name, home in draft.homes.items():
        home.follow(old[name].get("sites"), existing(output / "group_vars" / name / "links.yml").values.get("links"))
        more |= extras(existing(output / "municipalities" / f"{name}.yml").values)
    settle(export, draft, current, {name: kept(values) for name, values in old.items()}, more)
    if export.problems:
        raise NetboxErrors(export.problems)
    files = compose_files(draft, output, [*groups, *current.get("platforms", {}).get("children", [])])
    same = tuple(file for file, text in files.items() if _text(file) == text)
    changed = {file: text for file, text in files.items() if file not in same}
    return Taken(output, changed, same, (*export.notes, *_strangers(draft, output, current)))


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _strangers(draft: Draft, output: Path, current: dict[str, Any]) -> list[str]:
    """Municipalities of which only one side knows."""
    known = {*current.get("municipalities", {}).get("children", []), "operations_centre"}
    notes = [f"groups.yml: add `{name}:` under municipalities" for name in draft.homes if name not in known]
    files = sorted((output / "municipalities").glob("*.yml"))
    return notes + [
        f"municipalities/{file.name}: NetBox has no such municipality; left as it is"
        for file in files
        if file.stem not in draft.homes
    ]
