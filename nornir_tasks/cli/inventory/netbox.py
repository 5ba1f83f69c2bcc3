"""``scripts/inventory.py export`` and ``import``: the inventory to NetBox, and back."""

from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Format, FormatOption, Sources
from nornir_tasks.core.atomic_write import write
from nornir_tasks.core.exit_codes import CLEAN, DRIFT
from nornir_tasks.inventory.load import load_region
from nornir_tasks.netbox import export, tables
from nornir_tasks.netbox.take import prepare_import

EXPORT_HELP = """The inventory as CSV files for NetBox's bulk import, one a model, numbered in the order to import them.

\b
  scripts/inventory.py export --netbox /tmp/netbox
  less /tmp/netbox/README.txt            the order, and where in NetBox's menu
  less /tmp/netbox/not-exported.txt      what NetBox has no place for

Nothing is connected to. Exit codes: 0 written, 1 it cannot be said in NetBox, 2 usage."""

IMPORT_HELP = """CSV files of NetBox (its own exports, or ours) as files of the inventory.

\b
  scripts/inventory.py import --netbox /tmp/netbox --output inventory
  scripts/inventory.py import --netbox /tmp/netbox --output inventory --check
  git diff inventory

The folder holds NetBox's exports ("all data", CSV) of tenants, sites, prefixes, devices, interfaces, cables and IP
addresses; of VLANs and virtual machines if there are any. What NetBox cannot say (legacy maps, programmes, waivers,
further variables) stays in --output as it is. Nothing is written unless everything fits.

Exit codes: 0 done, 1 the export is wrong, 2 usage, 3 with --check: there is something to change."""


def export_(
    netbox: Annotated[Path, typer.Option("--netbox", metavar="DIR", help="the folder to write to")],
    inventory: Sources = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Write NetBox's files, print what is in them, and leave with an exit code.

    Args:
        netbox: the folder to write to; it is made if missing.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
        form: a table for people, or JSON.
    """

    def work() -> int:
        region = load_region(inventory)
        rows_by_table = export.make_tables(region)
        files = export.format_files(rows_by_table)
        missing = export.list_not_exported(region)
        _write(netbox, {**files, "not-exported.txt": "\n".join(missing) + "\n"})
        counts = {tables.FILES[name]: len(rows) for name, rows in rows_by_table.items() if rows}
        if form == Format.JSON:
            terminal.print_json({"folder": str(netbox), "files": counts, "not_exported": missing})
            return CLEAN
        terminal.print_table(["file", "rows"], [(name, str(count)) for name, count in counts.items()])
        terminal.say(f"\nWritten to {netbox}, for NetBox {tables.VERSION}; the order stands in README.txt.")
        terminal.say("\nNot in it, because NetBox has no place for it (not-exported.txt):")
        for line in missing:
            terminal.say(f"- {line}")
        return CLEAN

    terminal.run_guarded(work)


def import_(
    netbox: Annotated[Path, typer.Option("--netbox", metavar="DIR", help="the folder with NetBox's CSV files")],
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="the inventory to write to")],
    inventory: Sources = None,
    check: Annotated[bool, typer.Option("--check", help="write nothing; say what would change")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Read NetBox's files, write the inventory's, and leave with an exit code.

    Args:
        netbox: the folder with the CSV files.
        output: the inventory's folder; files that say the same already are not touched.
        inventory: the inventory with the standard and the group tree, as Ansible's ``-i``.
        check: write nothing, and end with ``DRIFT`` where something would change.
        form: a text for people, or JSON.
    """

    def work() -> int:
        prepared = prepare_import(netbox, output, inventory)
        if not check:
            prepared.write()
        names = [str(file) for file in prepared.changed]
        if form == Format.JSON:
            summary = {"changed": names, "same": len(prepared.same), "written": not check, "notes": prepared.notes}
            terminal.print_json(summary)
        else:
            verb = "would be written" if check else "written"
            terminal.say(f"{len(names)} files {verb}, {len(prepared.same)} say the same already.")
            for line in [*names, *(f"note: {note}" for note in prepared.notes)]:
                terminal.say(f"- {line}")
        return DRIFT if check and names else CLEAN

    terminal.run_guarded(work)


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write the files; those of an earlier export that are not among them are removed, other files stay."""
    try:
        write({folder / name: text for name, text in files.items()})
        for name in tables.FILES.values():
            if name not in files:
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise tables.NetboxError(f"--netbox: {folder} cannot be written: {error.strerror}") from error
