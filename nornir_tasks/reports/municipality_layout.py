"""Where everything stands in the picture of a municipality: pure arithmetic, no drawing (a template does that).

The core is on top, joined to both halves of the operations centre. Sites are boxes below it, in rows; each row has
a line of its own from the core, so that no cable ever crosses a box, with 9 switches or with 58.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nornir_tasks.core.language import translate, translate_count
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.model.graph import find_trunk_ports

WIDTH = 1120
CELL_W, CELL_H = 96, 58  # a switch and the room around it
NODE_W, NODE_H = 80, 34
PAD, GAP, GUTTER, TITLE = 12, 18, 56, 24
CENTRE_Y, CORE_Y, SITES_Y = 16, 108, 200

STATES = {"legacy": "legacy", "moving": "on its way", "standard": "the standard"}


@dataclass(frozen=True)
class Node:
    """A switch. ``state`` decides colour and shape: legacy, moving, standard or failed."""

    name: str
    label: str
    note: str
    state: str
    x: float
    y: float
    w: float = NODE_W
    h: float = NODE_H
    title: str = ""

    @property
    def cx(self) -> float:
        """The middle, where cables end."""
        return self.x + self.w / 2


@dataclass(frozen=True)
class CableLine:
    """A cable, corner by corner. ``state``: trunk, uplink, or absent (cabled, and not in use yet)."""

    points: tuple[tuple[float, float], ...]
    state: str = "trunk"
    title: str = ""

    @property
    def path(self) -> str:
        """As SVG writes it."""
        return "M" + " L".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True)
class Box:
    """A site."""

    title: str
    note: str
    x: float
    y: float
    w: float
    h: float


@dataclass
class Picture:
    """Everything to draw, and how large the picture is."""

    width: float = WIDTH
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[CableLine] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


def find_state(position: Position, device: Device) -> str:
    """How far a switch has come, as pictures tell it: a key of ``STATES``. The operations centre is born standard."""
    stage = Stage.RETIRE if device.is_fabric else position.of(device.municipality, device.name)
    return "legacy" if stage < Stage.CONNECT else "standard" if stage == Stage.RETIRE else "moving"


def draw_municipality(
    region: Region, municipality: str, states: Mapping[str, str], names: Mapping[str, str], joined: bool
) -> Picture:
    """The picture of a municipality, in points.

    Args:
        region: the inventory's.
        municipality: its name; it has a core switch.
        states: each switch's state, by its name in the inventory.
        names: what each switch calls itself, for its tooltip.
        joined: whether the routed links to the operations centre are in use.
    """
    devices = region.of(municipality)
    core = next(device for device in devices if device.role == "core")
    picture = Picture()
    top = _make_node(core, states, names, WIDTH / 2 - 70, CORE_Y, width=140)
    _add_centre(picture, core, top, joined)
    picture.nodes.append(top)
    note = _describe_site(region, core)
    if any(device.site == core.site for device in devices if device is not core):
        note = (note[0], translate("core"))  # its clients stand in the box of the site's other switches
    note_width = max(top.w, _measure_text(*note))
    picture.boxes.append(
        Box(*note, WIDTH / 2 - note_width / 2 - PAD, CORE_Y - PAD, note_width + 2 * PAD, NODE_H + PAD + TITLE)
    )

    x, y, row = float(GUTTER), float(SITES_Y), 0.0
    rows = [y]
    for site in region.municipalities[municipality].sites:
        site_devices = [device for device in devices if device.site == site and device is not core]
        if not site_devices:
            continue
        cells, columns, depth = _arrange_tree(site_devices, core.name)
        title, note_text = _describe_site(region, site_devices[0])
        width = max(columns * CELL_W, _measure_text(title, note_text)) + 2 * PAD
        height = PAD + (depth - 1) * CELL_H + NODE_H + TITLE
        if x > GUTTER and x + width > WIDTH - PAD:
            x, y, row = float(GUTTER), y + row + GAP + 22, 0.0
            rows.append(y)
        row = max(row, height)
        shift = x + (width - columns * CELL_W) / 2
        picture.boxes.append(Box(title, note_text, x, y, width, height))
        placed = {
            device.name: _make_node(
                device,
                states,
                names,
                shift + cells[device.name][0] * CELL_W + (CELL_W - NODE_W) / 2,
                y + PAD + cells[device.name][1] * CELL_H,
            )
            for device in site_devices
        }
        _add_cables(picture, site_devices, placed, core.name, y)
        picture.nodes.extend(placed.values())
        x += width + GAP
    _add_trunks(picture, top, rows)
    picture.height = y + row + PAD
    return picture


def _make_node(
    device: Device, states: Mapping[str, str], names: Mapping[str, str], x: float, y: float, width: float = NODE_W
) -> Node:
    own_name = names.get(device.name, device.name)
    title = f"{device.name} · calls itself {own_name} · {device.model} · {device.address.ip}"
    label = device.name.removeprefix(f"{device.municipality}-")
    return Node(device.name, label, device.platform, states.get(device.name, "legacy"), x, y, width, NODE_H, title)


def _describe_site(region: Region, device: Device) -> tuple[str, str]:
    site = region.site(device)
    return site.name, translate_count("{count} client", "{count} clients", site.clients)


def _measure_text(title: str, note: str) -> float:
    """About how wide a box's title is, in points: there is no font to measure with."""
    return 6.6 * (len(title) + len(note) + 1)


def _find_parent(device: Device, placed_names: set[str], core: str) -> str:
    """The switch that this one hangs on: the core if it can be, else the neighbour that was placed first."""
    ends = [port.neighbour.device for port in find_trunk_ports(device) if port.neighbour]
    return (
        core
        if core in ends or not placed_names.intersection(ends)
        else next(end for end in ends if end in placed_names)
    )


def _arrange_tree(devices: list[Device], core: str) -> tuple[dict[str, tuple[int, int]], int, int]:
    """Column and row of each switch of a site, and how many columns and rows that makes."""
    parents: dict[str, str] = {}
    waiting, placed_names = list(devices), set[str]()
    while waiting:
        ready = [
            device for device in waiting if _find_parent(device, placed_names, core) != core or _hangs_on(device, core)
        ] or waiting[:1]
        for device in ready:
            parents[device.name] = _find_parent(device, placed_names, core)
        placed_names.update(device.name for device in ready)
        waiting = [device for device in waiting if device.name not in placed_names]
    cells: dict[str, tuple[int, int]] = {}

    def place_branch(name: str, column: int, row: int) -> int:
        """The next free column, after a switch and those below it have got their cells.

        Args:
            name: the switch.
            column: for the switch and its first child.
            row: of the switch; those below it get the rows below.
        """
        cells[name] = (column, row)
        children = [child for child, parent in parents.items() if parent == name]
        for child in children:
            column = place_branch(child, column, row + 1)
        return column if children else column + 1

    columns = 0
    for name, parent in parents.items():
        if parent == core:
            columns = place_branch(name, columns, 0)
    return cells, columns, 1 + max(row for _, row in cells.values())


def _hangs_on(device: Device, name: str) -> bool:
    return any(port.neighbour and port.neighbour.device == name for port in device.ports)


def _add_cables(picture: Picture, devices: list[Device], placed: dict[str, Node], core: str, box_y: float) -> None:
    for device in devices:
        node = placed[device.name]
        for port in device.ports:
            if port.neighbour is None:
                continue
            title = f"{device.name} {port.name} – {port.neighbour.device} {port.neighbour.port_name}"
            if port.neighbour.device == core:
                picture.lines.append(CableLine(((node.cx, box_y - GAP), (node.cx, node.y)), title=title))
            neighbour_node = placed.get(port.neighbour.device)
            if neighbour_node and neighbour_node.y < node.y:
                half = (neighbour_node.y + neighbour_node.h + node.y) / 2
                points = (
                    (neighbour_node.cx, neighbour_node.y + neighbour_node.h),
                    (neighbour_node.cx, half),
                    (node.cx, half),
                    (node.cx, node.y),
                )
                picture.lines.append(CableLine(points, title=title))


def _add_trunks(picture: Picture, core: Node, rows: list[float]) -> None:
    """From the core to the left edge, down it, and along the top of each row of sites."""
    drops = [line.points[0] for line in picture.lines if line.state == "trunk" and len(line.points) == 2]
    left_x = GUTTER / 2
    if not drops:
        return
    level, title = core.y + core.h / 2, translate("the core's trunks")
    picture.lines.append(CableLine(((core.x, level), (left_x, level), (left_x, rows[-1] - GAP)), title=title))
    for y in rows:
        ends = [x for x, drop_y in drops if drop_y == y - GAP]
        if ends:
            picture.lines.append(CableLine(((left_x, y - GAP), (max(ends), y - GAP)), title=title))


def _add_centre(picture: Picture, core: Device, top: Node, joined: bool) -> None:
    """The halves of the operations centre, and the routed links to them."""
    uplinks = [port for port in core.ports if port.neighbour and port.neighbour.kind == "routed"]
    for index, port in enumerate(uplinks):
        far = port.neighbour
        if far is None:
            continue
        x = WIDTH / 2 + (index - (len(uplinks) - 1) / 2) * 320 - 80
        title = f"{far.device}, operations centre"
        node = Node(far.device, far.device, "eos", "standard", x, CENTRE_Y, 160, NODE_H, title)
        picture.nodes.append(node)
        start = top.x + top.w * (index + 1) / (len(uplinks) + 1)
        level = CENTRE_Y + NODE_H + 18
        points = ((node.cx, CENTRE_Y + NODE_H), (node.cx, level), (start, level), (start, top.y))
        address = f" {far.address}" if far.address else ""
        words = f"{core.name} {port.name}{address} – {far.device} {far.port_name}"
        picture.lines.append(CableLine(points, "uplink" if joined else "absent", words))
