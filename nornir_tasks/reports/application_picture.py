"""Applications as their people know them: who uses each, what runs it, and where that was before and is now. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.names import NamedAddress, list_names
from nornir_tasks.model.services import Application

COLUMNS = (0, 330, 660)  # where groups, applications and hosts begin
BOX, HEIGHT, GAP = 230, 34, 12  # width and height of a box, and what is free below it; units of the drawing
TOP = 24


@dataclass(frozen=True)
class ApplicationRow:
    """An application of a municipality, or one that it shares. ``before`` and ``now``: host and address, of each."""

    key: str  # as the inventory has it: ``loppa/case_archive``
    label: str
    owner: str
    sensitivity: str
    users: tuple[str, ...]  # labels of groups
    before: tuple[str, ...]
    now: tuple[str, ...]


@dataclass(frozen=True)
class Box:
    """A box of the drawing: its corner, its words, and a note below them."""

    x: int
    y: int
    label: str
    note: str = ""

    @property
    def middle(self) -> int:
        """How far down its middle is."""
        return self.y + HEIGHT // 2


@dataclass(frozen=True)
class ApplicationPicture:
    """Three columns of boxes, and curves between them. Shape of a curve: the box on the left, the one on the right."""

    width: int
    height: int
    groups: tuple[Box, ...]
    applications: tuple[Box, ...]
    hosts: tuple[Box, ...]
    curves: tuple[tuple[Box, Box], ...]


def list_applications(region: Region, municipality: str, position: Position) -> list[ApplicationRow]:
    """What people of a municipality use, in the order of the inventory.

    Args:
        region: with all records.
        municipality: its name.
        position: where everything stands now; before is the old network.
    """
    before = list_names(region, municipality, Position({municipality: Stage.SURVEY}))
    now = {each.record: each.addresses for each in list_names(region, municipality, position)}
    rows = []
    for each in before:
        if each.record.kind != "application":
            continue
        owner, _, key = each.record.name.partition("/")
        application = region.municipalities[owner].applications[key]
        rows.append(
            ApplicationRow(
                key=each.record.name,
                label=each.label,
                owner=application.system_owner,
                sensitivity=application.sensitivity,
                users=tuple(_list_users(region, municipality, owner, application)),
                before=tuple(map(_describe_address, each.addresses)),
                now=tuple(map(_describe_address, now.get(each.record, ()))),
            )
        )
    return rows


def _describe_address(named: NamedAddress) -> str:
    return f"{named.host} {named.address}"


def _list_users(region: Region, municipality: str, owner: str, application: Application) -> Iterable[str]:
    """The groups of a municipality that use an application, as people call them."""
    groups = region.municipalities[municipality].user_groups
    for user in application.users:
        home, _, name = user.rpartition("/")
        if (home or owner) == municipality:
            yield groups[name].label


def draw_applications(region: Region, municipality: str, rows: Iterable[ApplicationRow]) -> ApplicationPicture:
    """Draw who uses what and where it runs.

    Args:
        region: with all records.
        municipality: its name.
        rows: its applications.
    """
    rows = list(rows)
    labels = dict.fromkeys(user for row in rows for user in row.users)
    people: Counter[str] = Counter()
    for group in region.municipalities[municipality].user_groups.values():
        people[group.label] += sum(group.sites.values())
    hosts = dict.fromkeys(text.partition(" ")[0] for row in rows for text in (*row.before, *row.now))
    groups = _stack(COLUMNS[0], ((label, f"{people[label]} people") for label in labels))
    applications = _stack(COLUMNS[1], ((row.label, row.sensitivity) for row in rows))
    boxes = _stack(COLUMNS[2], ((host, _describe_host(host, rows)) for host in hosts))
    by_label = dict(zip(labels, groups, strict=True))
    by_host = dict(zip(hosts, boxes, strict=True))
    curves = [
        (by_label[user], box) for row, box in zip(rows, applications, strict=True) for user in row.users
    ] + [
        (box, by_host[host])
        for row, box in zip(rows, applications, strict=True)
        for host in dict.fromkeys(text.partition(" ")[0] for text in (row.now or row.before))
    ]  # fmt: skip
    height = TOP + max(map(len, (groups, applications, boxes)), default=0) * (HEIGHT + GAP)
    return ApplicationPicture(COLUMNS[2] + BOX, height, groups, applications, boxes, tuple(curves))


def _stack(x: int, texts: Iterable[tuple[str, str]]) -> tuple[Box, ...]:
    return tuple(Box(x, TOP + place * (HEIGHT + GAP), label, note) for place, (label, note) in enumerate(texts))


def _describe_host(host: str, rows: Iterable[ApplicationRow]) -> str:
    """Its address before, and now where that is another: ``192.168.23.30 → 10.17.92.30``."""
    before, now = (
        dict.fromkeys(
            text.partition(" ")[2] for row in rows for text in getattr(row, when) if text.startswith(f"{host} ")
        )
        for when in ("before", "now")
    )
    texts = [", ".join(addresses) for addresses in (before, now) if addresses]
    return " → ".join(dict.fromkeys(texts))
