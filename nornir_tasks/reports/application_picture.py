"""Applications as their people know them: who uses each, what runs it, and where that was before and is now. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nornir_tasks.core.ranges import fold_names
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.names import NamedAddress, list_names
from nornir_tasks.model.services import Application

HEIGHT, GAP = 34, 12  # of a box, and what is free below it; units of the drawing
TOP = 24
FEW = 2  # hosts or addresses that a box names one by one


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
class Column:
    """Where a column's boxes begin, and how wide they are."""

    x: int
    width: int


COLUMNS = (Column(0, 190), Column(290, 240), Column(630, 330))  # groups, applications, hosts


@dataclass(frozen=True)
class Box:
    """A box of the drawing: its corner, its words, and a note below them."""

    x: int
    y: int
    width: int
    label: str
    note: str = ""

    @property
    def middle(self) -> int:
        """How far down its middle is."""
        return self.y + HEIGHT // 2

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.x + self.width


@dataclass(frozen=True)
class Curve:
    """From a box to one on its right. ``group``: the number of the group whose it is; None: it is none's."""

    left: Box
    right: Box
    group: int | None = None


@dataclass(frozen=True)
class ApplicationPicture:
    """Three columns of boxes, and curves between them."""

    width: int
    height: int
    groups: tuple[Box, ...]
    applications: tuple[Box, ...]
    hosts: tuple[Box, ...]
    curves: tuple[Curve, ...]


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
    """Draw who uses what and where it runs: the hosts that run the same applications are one box.

    An application that nobody reaches before its owner has moved leads nowhere.

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
    places = dict.fromkeys(_describe_hosts(row) for row in rows if row.before or row.now)
    most = max(len(labels), len(rows), len(places))
    groups = _spread(COLUMNS[0], most, [(label, f"{people[label]} people") for label in labels])
    applications = _spread(COLUMNS[1], most, [(row.label, row.sensitivity) for row in rows])
    hosts = _spread(COLUMNS[2], most, list(places))
    by_label, by_place = dict(zip(labels, groups, strict=True)), dict(zip(places, hosts, strict=True))
    pairs = list(zip(rows, applications, strict=True))
    curves = [Curve(by_label[user], box, list(labels).index(user)) for row, box in pairs for user in row.users]
    curves += [Curve(box, by_place[_describe_hosts(row)]) for row, box in pairs if row.before or row.now]
    width, height = COLUMNS[2].x + COLUMNS[2].width, TOP + most * (HEIGHT + GAP)
    return ApplicationPicture(width, height, groups, applications, hosts, tuple(curves))


def _spread(column: Column, most: int, texts: Sequence[tuple[str, str]]) -> tuple[Box, ...]:
    """The boxes of a column, as far from one another as those of the longest one let them be."""
    step = most / len(texts) if texts else 1
    return tuple(
        Box(column.x, TOP + round((place + 0.5) * step * (HEIGHT + GAP) - (HEIGHT + GAP) / 2), column.width, *words)
        for place, words in enumerate(texts)
    )


def _describe_hosts(row: ApplicationRow) -> tuple[str, str]:
    """The hosts of an application, and their addresses: before, and now where these are others."""
    ends = [[text.partition(" ") for text in texts] for texts in (row.before, row.now) if texts]
    hosts = [_shorten(list(dict.fromkeys(host for host, _, _ in texts)), fold_names) for texts in ends]
    addresses = [
        _shorten([address for _, _, address in texts], lambda many: f"{many[0]} +{len(many) - 1}") for texts in ends
    ]
    return " → ".join(dict.fromkeys(hosts)), " → ".join(dict.fromkeys(addresses))


def _shorten(texts: Sequence[str], fold: Callable[[Sequence[str]], str]) -> str:
    return fold(texts) if len(texts) > FEW else ", ".join(texts)
