"""Which records of the inventory bring a row of an access list. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nornir_tasks.config.render import render_additions
from nornir_tasks.config.view import View, build_view
from nornir_tasks.config.zone_lists import RuleView
from nornir_tasks.core.text import count_noun
from nornir_tasks.inventory.derivations import Derivation, Keys
from nornir_tasks.inventory.explain import WhyError
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.model.finding import suggest_nearest
from nornir_tasks.model.flows import Record
from nornir_tasks.model.stage import FEATURES
from nornir_tasks.platforms import platform

STEP = 10  # between the rows of a list, where its platform numbers them and the configuration does not
NUMBERED = re.compile(r"(\d+) (.+)")


@dataclass(frozen=True)
class ListRow:
    """A row as the switch tells it: its number, its words, and the row that these were rendered from."""

    number: int
    text: str
    rule: RuleView


def derive_access_lists(region: Region, host: str, key: Sequence[str], position: Position) -> Derivation | None:
    """What an access list, or a row of one, comes from; None: the host is no switch.

    Args:
        region: with all records.
        host: a switch.
        key: nothing, a list's name, or that and a row: its number, or its words. Shape: as split at each dot.
        position: where everything stands; before there are lists of zones, those of the standard are told.

    Raises:
        WhyError: there is no such list or row; the text names those that there are.
    """
    device = region.devices.get(host)
    if device is None:
        return None
    stage = position.of(device.municipality, host)
    if region.municipalities[device.municipality].has_legacy and stage < FEATURES["gateways"]:
        position = position.moved(device.municipality, Stage.RETIRE, host)
    view = build_view(device, position, region)
    lists = view.access_lists
    if not lists:
        return Derivation({}, f"none: this {device.role} switch is the gateway of no zone, and has no exit", ())
    if not key:
        counts = {name: sum(rule.action != "remark" for rule in rules) for name, rules in lists.items()}
        return Derivation(counts, "how many rows each list has; ask for one: access_lists.LIST", ())
    name, *words = key
    if name not in lists:
        advice = suggest_nearest(name, lists) or f"it has {', '.join(lists)}"
        raise WhyError(f"{host} access_lists: found no list {name!r} at {view.stage.word}; {advice}")
    rows = list(_read_rows(view, name))
    if not words:
        return Derivation({row.number: row.text for row in rows}, _describe_list(name, rows, view), ())
    return _derive_row(region, view, name, _choose_row(host, name, rows, ".".join(words)))


def _read_rows(view: View, name: str) -> Iterator[ListRow]:
    """The rows of a list as its configuration has them. Where that has no numbers, only what decides is counted."""
    tree = platform(view.device.platform).parse(render_additions(view))
    lines = next(node.children for node in tree.children if node.text.split()[-1:] == [name] and node.children)
    count = 0
    for line, rule in zip(lines, view.access_lists[name], strict=True):
        numbered = NUMBERED.fullmatch(line.text)
        count += rule.action != "remark"
        if numbered:
            yield ListRow(int(numbered[1]), numbered[2], rule)
        elif rule.action != "remark":
            yield ListRow(count * STEP, line.text, rule)


def _choose_row(host: str, name: str, rows: Sequence[ListRow], words: str) -> ListRow:
    """The row of this number, or of these words; they may begin with its number.

    Raises:
        WhyError: there is none.
    """
    numbered = NUMBERED.fullmatch(words)
    text = " ".join((numbered[2] if numbered else words).split())
    for row in rows:
        if text in (str(row.number), row.text):
            return row
    last = f"rows {rows[0].number} to {rows[-1].number}"
    near = suggest_nearest(text, [row.text for row in rows]) if not text.isdecimal() else ""
    raise WhyError(
        f"{host} access_lists.{name}: found no row {words!r}, expected the number or the words of one; "
        f"{near or f'it has {last}, which access_lists.{name} tells'}"
    )


def _describe_list(name: str, rows: Sequence[ListRow], view: View) -> str:
    count = count_noun(sum(row.rule.action != "remark" for row in rows), "row")
    return f"{count} at {view.stage.word}; ask for one: access_lists.{name}.{rows[0].number}"


def _derive_row(region: Region, view: View, name: str, row: ListRow) -> Derivation:
    where, rule = f"row {row.number} of {name} at {view.stage.word}", row.rule
    records = ", ".join(map(str, rule.records))
    if rule.action == "deny":
        why = f"private networks stay closed beside what {records} opens to anywhere"
    elif rule.records:
        why = f"for {records}"
    elif rule.established:
        why = "every list lets answers over TCP pass, for a switch remembers no connection"
    else:
        why = "every list of clients lets them ask for an address"
    keys = [key for record in rule.records for key in _list_keys(region, view.device, record)]
    return Derivation(row.text, f"{where}: {why}", (*keys, *_list_host_keys(region, rule)))


def _list_keys(region: Region, device: Device, record: Record) -> Keys:
    """The keys of a record, each with a host that has it."""
    if record.kind == "application":
        owner, _, name = record.name.partition("/")
        host = device.name if owner == device.municipality else region.of(owner)[0].name
        return ((host, f"applications.{name}"),)
    keys = {
        "common service": f"common_services.{record.name}",
        "destination": f"destinations.{record.name}",
        "zone": f"zones.{record.name}.peers",
        "management": "zones.operations.block",
    }
    return ((device.name, keys[record.kind]),)


def _list_host_keys(region: Region, rule: RuleView) -> Iterator[tuple[str, str]]:
    """The keys that give the addresses of single hosts in a row."""
    hosts = {net.network_address for net in (rule.source, rule.destination) if net is not None and net.prefixlen == 32}
    for name, server in region.servers.items():
        if server.address.ip in hosts:
            yield name, "address"
        if server.legacy_address in hosts:
            yield name, "legacy_address"
