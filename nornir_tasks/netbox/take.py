"""From a folder of NetBox's CSV files to the inventory's: read, put together, prove, and only then write."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nornir_tasks.core.atomic_write import write
from nornir_tasks.core.bounds import read_text
from nornir_tasks.inventory.load import find_default_sources, resolve
from nornir_tasks.model.build import build_region
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.finding import ModelError
from nornir_tasks.netbox.compose import Draft, compose
from nornir_tasks.netbox.files import compose_files, find_host_extras, find_unexported, read_existing
from nornir_tasks.netbox.read import NetboxErrors, read_export
from nornir_tasks.netbox.settle import settle_region
from nornir_tasks.netbox.tables import NetboxError


@dataclass(frozen=True)
class PreparedImport:
    """An import before it is written: the files that differ, with their texts, those that do not, and notes."""

    place: Path
    changed: dict[Path, str]
    same: tuple[Path, ...]
    notes: tuple[str, ...]

    def write(self) -> None:
        """Write the files that differ; all of them, or none.

        Raises:
            NetboxError: one of them cannot be written.
        """
        try:
            write(self.changed)
        except OSError as error:
            raise NetboxError(
                f"--output: {error.filename or self.place} cannot be written: {error.strerror}"
            ) from error


def prepare_import(folder: Path, output: Path, sources: Sequence[Path] | None = None) -> PreparedImport:
    """The import of an export: the inventory's files with what NetBox says. Nothing is written yet.

    Args:
        folder: with NetBox's CSV files.
        output: the inventory's folder; what stands in its files is kept as far as NetBox does not say it.
        sources: the inventory whose standard and group tree they belong to; default: what ``ansible.cfg`` lists.

    Raises:
        NetboxErrors: something in the export is wrong, or makes no sound inventory; it holds every problem.
        NetboxError: the folder or a file that is there cannot be read, or the inventory is not sound.
    """
    export = read_export(folder)
    current = resolve(tuple(sources or find_default_sources()))
    try:
        region = build_region(current)
    except ModelError as error:
        count = len(error.findings)
        raise NetboxError(
            f"the inventory: found {count} errors, expected none: see scripts/inventory.py check"
        ) from error
    standard = next((device.standard for device in region.devices.values()), None)
    if standard is None:
        raise NetboxError("the inventory: found no switch, expected one that says the standard")
    groups = list(current.get("servers", {}).get("children", []))
    draft = compose(export, standard, groups)
    if export.problems:
        raise NetboxErrors(export.problems)
    old_values = {
        name: read_existing(output / "group_vars" / name / "municipality.yml").values for name in draft.municipalities
    }
    host_extras: dict[str, dict[str, Any]] = {}
    for name, municipality in draft.municipalities.items():
        municipality.follow_order(
            old_values[name].get("sites"), read_existing(output / "group_vars" / name / "links.yml").values.get("links")
        )
        host_extras |= find_host_extras(read_existing(output / "municipalities" / f"{name}.yml").values)
    settle_region(
        export, draft, current, {name: find_unexported(values) for name, values in old_values.items()}, host_extras
    )
    if export.problems:
        raise NetboxErrors(export.problems)
    files = compose_files(draft, output, [*groups, *current.get("platforms", {}).get("children", [])])
    same = tuple(file for file, text in files.items() if _read_text(file) == text)
    changed = {file: text for file, text in files.items() if file not in same}
    return PreparedImport(output, changed, same, (*export.notes, *_note_unmatched(draft, output, current)))


def _read_text(file: Path) -> str | None:
    try:
        return read_text(file)
    except (OSError, UnicodeDecodeError):
        return None


def _note_unmatched(draft: Draft, output: Path, current: dict[str, Any]) -> list[str]:
    """A note for each municipality that only NetBox or only the inventory has."""
    municipality_names = {*current.get("municipalities", {}).get("children", []), CENTRE}
    notes = [
        f"groups.yml: add `{name}:` under municipalities"
        for name in draft.municipalities
        if name not in municipality_names
    ]
    files = sorted((output / "municipalities").glob("*.yml"))
    return notes + [
        f"municipalities/{file.name}: NetBox has no such municipality; left as it is"
        for file in files
        if file.stem not in draft.municipalities
    ]
