"""Reading the CSV files of a NetBox export: ours, and those that NetBox writes itself. Everything wrong, at once."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.inventory.problem import SourceLine, sort_problems
from nornir_tasks.model.finding import format_value, suggest_nearest
from nornir_tasks.netbox import rows
from nornir_tasks.netbox.tables import ALIASES, TABLES, NetboxError

RecordType = TypeVar("RecordType", bound=rows.Record)
DELIMITERS = ",;\t|"  # those that NetBox's users may choose between for what they export
NOTHING = ("", "—")  # NetBox's tables show an empty cell as a dash
JINJA = re.compile(r"\{[{%#]")
NEEDED = ("tenants", "sites", "prefixes", "devices", "interfaces", "cables", "ip_addresses")
EXPORT = Rule("export", "every cell of a NetBox export is one that can be read, and fits", "netbox")
LARGEST = 1 << 20  # characters in one cell


def judge_cell(file: str, line: int, column: str, actual: str, expected: str, advice: str = "") -> Verdict[SourceLine]:
    """The verdict on a cell that cannot be read, or does not fit.

    Args:
        file: the CSV file's name.
        line: from 1; 0: the whole file.
        column: as NetBox names it; empty: the whole line.
        actual: what stands there.
        expected: what would fit.
        advice: what to do, where it is known.
    """
    return EXPORT.failed(SourceLine(file, line, column), expected, actual, advice)


def format_cell(problem: Verdict[SourceLine]) -> str:
    """``05_sites.csv:3:slug: found '', expected …``."""
    cell = problem.subject
    place = ":".join(str(part) for part in (cell.file, cell.line or "", cell.key) if part != "")
    return f"{place}: {problem.found_text}"


class NetboxErrors(NetboxError):
    """Everything that is wrong with an export, by file and line."""

    def __init__(self, problems: Sequence[Verdict[SourceLine]]) -> None:
        self.problems = sort_problems(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = [f"{count} in the NetBox export; nothing was written", *map(format_cell, self.problems)]
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class ExportLine(Generic[RecordType]):
    """A record of an export, and the file and line it stands in."""

    file: str
    number: int
    record: RecordType

    def make_problem(self, column: str, actual: object, expected: str, advice: str = "") -> Verdict[SourceLine]:
        """The verdict on a cell of this line.

        Args:
            column: as NetBox names it.
            actual: what stands there: it is quoted, unless ``mark_unquoted`` made it.
            expected: what would fit.
            advice: what to do, where it is known.
        """
        text = actual if isinstance(actual, _Unquoted) else format_value(actual)
        return judge_cell(self.file, self.number, column, text, expected, advice)


class _Unquoted(str):
    """A text of ours, which is not quoted as a cell's value is."""

    __slots__ = ()


def mark_unquoted(text: str) -> str:
    """The text, marked as a description of what was found, which is not quoted."""
    return _Unquoted(text)


@dataclass
class Export:
    """The tables of a folder. With problems, it lacks what could not be read."""

    tenants: list[ExportLine[rows.TenantRow]] = field(default_factory=list)
    sites: list[ExportLine[rows.SiteRow]] = field(default_factory=list)
    prefixes: list[ExportLine[rows.PrefixRow]] = field(default_factory=list)
    vlans: list[ExportLine[rows.VlanRow]] = field(default_factory=list)
    devices: list[ExportLine[rows.DeviceRow]] = field(default_factory=list)
    interfaces: list[ExportLine[rows.InterfaceRow]] = field(default_factory=list)
    virtual_machines: list[ExportLine[rows.VirtualMachineRow]] = field(default_factory=list)
    cables: list[ExportLine[rows.CableRow]] = field(default_factory=list)
    ip_addresses: list[ExportLine[rows.AddressRow]] = field(default_factory=list)
    problems: list[Verdict[SourceLine]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Names (by table) that are there, but could not be read: a line that refers to them is right. "" is any name.
    lost: set[tuple[str, str]] = field(default_factory=set)

    def is_lost(self, table: str, name: str) -> bool:
        """Whether a name that is not among the records may be in a line that could not be read."""
        return (table, name) in self.lost or (table, "") in self.lost

    def is_whole(self, table: str) -> bool:
        """Whether everything in a table was read."""
        return table not in {lost_table for lost_table, _ in self.lost}


def read_export(folder: Path) -> Export:
    """Every table of a folder, with the problems of what could not be read.

    Raises:
        NetboxError: it is no folder, or there is nothing in it.
    """
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".csv")
    except OSError as error:
        raise NetboxError(f"--netbox: found no readable {folder}, expected a folder of CSV files") from error
    if not files:
        raise NetboxError(f"--netbox: found no CSV file in {folder}, expected such as {NEEDED[0]}.csv")
    export, table_names = Export(), {table.name for table in TABLES}
    file_names: dict[str, str] = {}
    for file in files:
        name = _find_table_name(file)
        if name not in table_names:
            export.notes.append(f"{file.name}: not read, it is no table of the inventory's")
        elif name in file_names:
            export.problems.append(
                judge_cell(file.name, 0, "", f"a second file of {name}", f"one; {file_names[name]} is read")
            )
        else:
            file_names[name] = file.name
            _read_table(file, name, export)
    for name in NEEDED:
        if name not in file_names:
            export.lost.add((name, ""))
            export.problems.append(judge_cell(f"{name}.csv", 0, "", "no such file", f"NetBox's export of {name}"))
    return export


def _find_table_name(file: Path) -> str:
    """The table of ``05_sites.csv`` (``sites``) or ``netbox_IP addresses.csv`` (``ip_addresses``)."""
    return re.sub(r"^(\d+_|netbox_)", "", file.stem.lower()).replace(" ", "_")


def _read_table(file: Path, name: str, export: Export) -> None:
    models: dict[str, tuple[type[rows.Record], list[ExportLine]]] = {
        "tenants": (rows.TenantRow, export.tenants),
        "sites": (rows.SiteRow, export.sites),
        "prefixes": (rows.PrefixRow, export.prefixes),
        "vlans": (rows.VlanRow, export.vlans),
        "devices": (rows.DeviceRow, export.devices),
        "interfaces": (rows.InterfaceRow, export.interfaces),
        "virtual_machines": (rows.VirtualMachineRow, export.virtual_machines),
        "cables": (rows.CableRow, export.cables),
        "ip_addresses": (rows.AddressRow, export.ip_addresses),
    }
    if name not in models:
        return  # what devices, sites and VLANs are of: they name it themselves
    model, lines = models[name]
    text = _read_text(file, export)
    if text is None:
        export.lost.add((name, ""))
        return
    columns: list[str] | None = None
    for number, cells in _split_records(file.name, name, text, export):
        if columns is None:
            columns = _find_columns(file.name, name, cells, model, export)
            if columns is None:
                export.lost.add((name, ""))
                return
        elif len(cells) != len(columns):
            export.lost.add((name, ""))
            actual = "1 value" if len(cells) == 1 else f"{len(cells)} values"
            advice = "are all lines separated as the first one is?" if len(cells) == 1 else ""
            expected = f"{len(columns)}, as in the first line"
            export.problems.append(judge_cell(file.name, number, "", actual, expected, advice))
            if advice:
                return  # and so are all that follow
        else:
            row_cells = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
            record = _make_record(file.name, number, model, row_cells, export)
            if record:
                lines.append(ExportLine(file.name, number, record))
            else:
                export.lost.add((name, row_cells.get("name", "")))


def _read_text(file: Path, export: Export) -> str | None:
    """The file's text: UTF-8, with or without a mark of the order of its bytes."""
    try:
        content = read_file(file)
    except OSError as error:
        export.problems.append(judge_cell(file.name, 0, "", f"an unreadable file ({error.strerror})", "a CSV file"))
        return None
    advice = "save it as CSV UTF-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        export.problems.append(judge_cell(file.name, 1, "", "UTF-16", "UTF-8", advice))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        actual = f"the byte 0x{content[error.start]:02x}"
        export.problems.append(judge_cell(file.name, line, "", actual, "UTF-8", advice))
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        export.problems.append(judge_cell(file.name, line, "", "the byte 0x00", "text"))
        return None
    if not text.strip():
        export.problems.append(judge_cell(file.name, 1, "", "an empty file", "a line with the names of the columns"))
        return None
    return text


def _split_records(file: str, name: str, text: str, export: Export) -> Iterator[tuple[int, list[str]]]:
    """The line that each record begins in, and its cells; empty records are left out."""
    head = text.lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    csv.field_size_limit(LARGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        export.lost.add((name, ""))
        expected = "text in double quotes that ends, and a separator after it"
        export.problems.append(judge_cell(file, start, "", str(error), expected))


def _find_columns(file: str, name: str, cells: list[str], model: type[rows.Record], export: Export) -> list[str] | None:
    """The names of the columns, as NetBox's import forms have them; None if one is missing."""
    aliases = ALIASES.get(name, {})
    heads = [re.sub(r"\s+", "_", cell.strip().casefold()) for cell in cells]
    columns = [aliases.get(head, head) for head in heads]
    fields = model.model_fields
    problems = [
        judge_cell(
            file,
            1,
            column,
            "no such column",
            "it in the first line",
            suggest_nearest(column, set(columns) - set(fields)),
        )
        for column, field_info in fields.items()
        if field_info.is_required() and column not in columns
    ]
    duplicates = {column for column in columns if column in fields and columns.count(column) > 1}
    problems += [judge_cell(file, 1, column, "two columns of this name", "one") for column in duplicates]
    export.problems += problems
    return None if problems else columns


def _make_record(
    file: str, number: int, model: type[RecordType], row_cells: dict[str, str], export: Export
) -> RecordType | None:
    cells: dict[str, str | None] = {}
    for column, field_info in model.model_fields.items():
        if column not in row_cells:
            continue
        if JINJA.search(row_cells[column]):
            # In the inventory Ansible would evaluate it, with the rights of the user who runs Ansible.
            export.problems.append(
                judge_cell(file, number, column, format_value(row_cells[column]), "text without {{, {% or {#")
            )
            return None
        if row_cells[column] not in NOTHING:
            cells[column] = row_cells[column]
        elif field_info.is_required():
            cells[column] = None if _may_be_none(field_info.annotation) else ""
    try:
        return model.model_validate(cells)
    except ValidationError as error:
        for details in error.errors(include_url=False, include_context=False):
            column = str(details["loc"][0])
            actual = row_cells.get(column, "")
            expected = model.model_fields[column].description or "another value"
            export.problems.append(
                judge_cell(file, number, column, format_value(actual) if actual else "nothing", expected)
            )
        return None


def _may_be_none(annotation: object) -> bool:
    return type(None) in getattr(annotation, "__args__", ())
