"""Reading the CSV files of a NetBox export: ours, and those that NetBox writes itself. Everything wrong, at once."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.inventory.problem import SourceLine, in_order
from nornir_tasks.model.finding import format_value, suggest_nearest
from nornir_tasks.netbox import rows
from nornir_tasks.netbox.tables import ALIASES, TABLES, NetboxError

Kept = TypeVar("Kept", bound=rows.Record)
DELIMITERS = ",;\t|"  # those that NetBox's users may choose between for what they export
NOTHING = ("", "—")  # NetBox's tables show an empty cell as a dash
JINJA = re.compile(r"\{[{%#]")
NEEDED = ("tenants", "sites", "prefixes", "devices", "interfaces", "cables", "ip_addresses")
EXPORT = Rule("export", "every cell of a NetBox export is one that can be read, and fits", "netbox")
LARGEST = 1 << 20  # characters in one cell


def judge_cell(file: str, line: int, column: str, found: str, expected: str, advice: str = "") -> Verdict[SourceLine]:
    """The verdict on a cell that cannot be read, or does not fit.

    Args:
        file: the CSV file's name.
        line: from 1; 0: the whole file.
        column: as NetBox names it; empty: the whole line.
        found: what stands there.
        expected: what would fit.
        advice: what to do, where it is known.
    """
    return EXPORT.failed(SourceLine(file, line, column), expected, found, advice)


def cell_text(problem: Verdict[SourceLine]) -> str:
    """``05_sites.csv:3:slug: found '', expected …``."""
    cell = problem.subject
    place = ":".join(str(part) for part in (cell.file, cell.line or "", cell.key) if part != "")
    return f"{place}: {problem.found_text}"


class NetboxErrors(NetboxError):
    """Everything that is wrong with an export, by file and line."""

    def __init__(self, problems: Sequence[Verdict[SourceLine]]) -> None:
        self.problems = in_order(problems)
        many = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = [f"{many} in the NetBox export; nothing was written", *map(cell_text, self.problems)]
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Line(Generic[Kept]):
    """A record, and where it stands."""

    file: str
    number: int
    record: Kept

    def problem(self, column: str, found: object, expected: str, advice: str = "") -> Verdict[SourceLine]:
        """Something wrong with one of its cells."""
        said = found if isinstance(found, _Words) else format_value(found)
        return judge_cell(self.file, self.number, column, said, expected, advice)


class _Words(str):
    """Words of ours, which are not quoted as a found value is."""

    __slots__ = ()


def words(text: str) -> str:
    """What was found, told rather than quoted."""
    return _Words(text)


@dataclass
class Export:
    """A folder that was read. With problems, it lacks what could not be read."""

    tenants: list[Line[rows.Tenant]] = field(default_factory=list)
    sites: list[Line[rows.Site]] = field(default_factory=list)
    prefixes: list[Line[rows.Prefix]] = field(default_factory=list)
    vlans: list[Line[rows.VlanRow]] = field(default_factory=list)
    devices: list[Line[rows.Device]] = field(default_factory=list)
    interfaces: list[Line[rows.Port]] = field(default_factory=list)
    virtual_machines: list[Line[rows.VirtualMachine]] = field(default_factory=list)
    cables: list[Line[rows.Cable]] = field(default_factory=list)
    ip_addresses: list[Line[rows.Address]] = field(default_factory=list)
    problems: list[Verdict[SourceLine]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Names (by table) that are there, but could not be read: whoever refers to them is not wrong. "" is any name.
    lost: set[tuple[str, str]] = field(default_factory=set)

    def lacks(self, table: str, name: str) -> bool:
        """Whether a name that is not found may be one of those that could not be read."""
        return (table, name) in self.lost or (table, "") in self.lost

    def whole(self, table: str) -> bool:
        """Whether everything in a table was read."""
        return table not in {one for one, _ in self.lost}


def read(folder: Path) -> Export:
    """Read every table of a folder.

    Raises:
        NetboxError: it is no folder, or there is nothing in it.
    """
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".csv")
    except OSError as error:
        raise NetboxError(f"--netbox: found no readable {folder}, expected a folder of CSV files") from error
    if not files:
        raise NetboxError(f"--netbox: found no CSV file in {folder}, expected such as {NEEDED[0]}.csv")
    export, known = Export(), {table.name for table in TABLES}
    taken: dict[str, str] = {}
    for file in files:
        name = _table(file)
        if name not in known:
            export.notes.append(f"{file.name}: not read, it is no table of the inventory's")
        elif name in taken:
            export.problems.append(
                judge_cell(file.name, 0, "", f"a second file of {name}", f"one; {taken[name]} is read")
            )
        else:
            taken[name] = file.name
            _read(file, name, export)
    for name in NEEDED:
        if name not in taken:
            export.lost.add((name, ""))
            export.problems.append(judge_cell(f"{name}.csv", 0, "", "no such file", f"NetBox's export of {name}"))
    return export


def _table(file: Path) -> str:
    """``05_sites.csv`` and ``netbox_IP addresses.csv`` by the names of their tables."""
    return re.sub(r"^(\d+_|netbox_)", "", file.stem.lower()).replace(" ", "_")


def _read(file: Path, name: str, export: Export) -> None:
    models: dict[str, tuple[type[rows.Record], list[Line]]] = {
        "tenants": (rows.Tenant, export.tenants),
        "sites": (rows.Site, export.sites),
        "prefixes": (rows.Prefix, export.prefixes),
        "vlans": (rows.VlanRow, export.vlans),
        "devices": (rows.Device, export.devices),
        "interfaces": (rows.Port, export.interfaces),
        "virtual_machines": (rows.VirtualMachine, export.virtual_machines),
        "cables": (rows.Cable, export.cables),
        "ip_addresses": (rows.Address, export.ip_addresses),
    }
    if name not in models:
        return  # what devices, sites and VLANs are of: they name it themselves
    model, lines = models[name]
    text = _text(file, export)
    if text is None:
        export.lost.add((name, ""))
        return
    columns: list[str] | None = None
    for number, cells in _records(file.name, name, text, export):
        if columns is None:
            columns = _columns(file.name, name, cells, model, export)
            if columns is None:
                export.lost.add((name, ""))
                return
        elif len(cells) != len(columns):
            export.lost.add((name, ""))
            found = "1 value" if len(cells) == 1 else f"{len(cells)} values"
            advice = "are all lines separated as the first one is?" if len(cells) == 1 else ""
            expected = f"{len(columns)}, as in the first line"
            export.problems.append(judge_cell(file.name, number, "", found, expected, advice))
            if advice:
                return  # and so are all that follow
        else:
            said = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
            record = _record(file.name, number, model, said, export)
            if record:
                lines.append(Line(file.name, number, record))
            else:
                export.lost.add((name, said.get("name", "")))


def _text(file: Path, export: Export) -> str | None:
    """The file's text: UTF-8, with or without a mark of the order of its bytes."""
    try:
        content = file.read_bytes()
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
        found = f"the byte 0x{content[error.start]:02x}"
        export.problems.append(judge_cell(file.name, line, "", found, "UTF-8", advice))
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        export.problems.append(judge_cell(file.name, line, "", "the byte 0x00", "text"))
        return None
    if not text.strip():
        export.problems.append(judge_cell(file.name, 1, "", "an empty file", "a line with the names of the columns"))
        return None
    return text


def _records(file: str, name: str, text: str, export: Export) -> Iterator[tuple[int, list[str]]]:
    """Records and the lines that they begin in; without those that are empty."""
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


def _columns(file: str, name: str, cells: list[str], model: type[rows.Record], export: Export) -> list[str] | None:
    """The names of the columns, as NetBox's import forms have them; None if one is missing."""
    aliases = ALIASES.get(name, {})
    plain = [re.sub(r"\s+", "_", cell.strip().casefold()) for cell in cells]
    columns = [aliases.get(one, one) for one in plain]
    known = model.model_fields
    problems = [
        judge_cell(
            file,
            1,
            column,
            "no such column",
            "it in the first line",
            suggest_nearest(column, set(columns) - set(known)),
        )
        for column, one in known.items()
        if one.is_required() and column not in columns
    ]
    twice = {column for column in columns if column in known and columns.count(column) > 1}
    problems += [judge_cell(file, 1, column, "two columns of this name", "one") for column in twice]
    export.problems += problems
    return None if problems else columns


def _record(file: str, number: int, model: type[Kept], said: dict[str, str], export: Export) -> Kept | None:
    cells: dict[str, str | None] = {}
    for column, one in model.model_fields.items():
        if column not in said:
            continue
        if JINJA.search(said[column]):
            # In the inventory Ansible would run it, as whoever runs Ansible.
            export.problems.append(
                judge_cell(file, number, column, format_value(said[column]), "text without {{, {% or {#")
            )
            return None
        if said[column] not in NOTHING:
            cells[column] = said[column]
        elif one.is_required():
            cells[column] = None if _may_be_none(one.annotation) else ""
    try:
        return model.model_validate(cells)
    except ValidationError as error:
        for one_error in error.errors(include_url=False, include_context=False):
            column = str(one_error["loc"][0])
            found = said.get(column, "")
            expected = model.model_fields[column].description or "another value"
            export.problems.append(
                judge_cell(file, number, column, format_value(found) if found else "nothing", expected)
            )
        return None


def _may_be_none(annotation: object) -> bool:
    return type(None) in getattr(annotation, "__args__", ())
