"""Where everything stands on a sheet with the whole region, or with one municipality: pure arithmetic, in points.

Each municipality is laid out as in its report (``municipality_layout``). The region has the operations centre in the
middle, its halves facing each other, and the municipalities in a column on either side, so that both are about as long;
the sheet comes out near the shape of A-series paper. Uplinks run in lanes of their own between the columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nornir_tasks.model import Link, Region
from nornir_tasks.model.device import FABRIC
from nornir_tasks.reports.municipality_layout import CORE_Y, GAP, GUTTER, NODE_H, PAD, TITLE, WIDTH, Box, Node, draw

Point = tuple[float, float]
LANE = 11  # between uplinks that run side by side
HEADER = 44  # of a municipality: its title, and the uplinks that leave it
BETWEEN = 26  # municipalities
LEAF_W, HALF_GAP = 196, 96


@dataclass
class Sheet:
    """Everything with its place, y downwards. ``routes`` gives a cable's corners from one end to the other, by link.

    A cable without a route runs straight.
    """

    width: float = WIDTH
    height: float = 0
    nodes: dict[str, Node] = field(default_factory=dict)
    sites: list[tuple[Box, Point]] = field(default_factory=list)  # with where its title begins
    frames: dict[str, Box] = field(default_factory=dict)  # municipalities, where there are several
    routes: dict[Link, tuple[str, str, tuple[Point, ...]]] = field(default_factory=dict)  # from, to, corners

    def add(self, other: "Sheet", x: float, y: float) -> None:
        """Put another sheet on this one."""
        for name, node in other.nodes.items():
            self.nodes[name] = replace(node, x=node.x + x, y=node.y + y)
        self.sites += [(replace(box, x=box.x + x, y=box.y + y), (at[0] + x, at[1] + y)) for box, at in other.sites]
        self.frames |= {home: replace(box, x=box.x + x, y=box.y + y) for home, box in other.frames.items()}
        for link, (start, end, points) in other.routes.items():
            self.routes[link] = (start, end, tuple((px + x, py + y) for px, py in points))


def ends(link: Link) -> tuple[str, str]:
    """The two switches of a link."""
    return link.a.rpartition(":")[0], link.b.rpartition(":")[0]


def municipality(region: Region, name: str, states: Mapping[str, str]) -> Sheet:
    """One municipality, with the switches of the centre that its core hangs on above it."""
    picture = draw(region, name, states, {}, joined=True)
    sheet = Sheet(picture.width, picture.height)
    sheet.sites = [(box, (box.x + PAD, box.y + box.h - TITLE / 2)) for box in picture.boxes]
    sheet.nodes = {node.name: node for node in picture.nodes}
    core = next(device.name for device in region.of(name) if device.role == "core")
    uplinks = _uplinks(region, name)
    for number, link in enumerate(uplinks):
        far = next(end for end in ends(link) if end != core)
        above, here = sheet.nodes[far], sheet.nodes[core]
        level, x = above.y + above.h + 18, here.x + here.w * (number + 1) / (len(uplinks) + 1)
        points = ((x, here.y), (x, level), (above.cx, level), (above.cx, above.y + above.h))
        sheet.routes[link] = (core, far, points)
    for link in region.municipalities[name].links:
        if link.kind == "trunk":
            _trunk(sheet, link, core)
    return sheet


def whole(region: Region, states: Mapping[str, str]) -> Sheet:
    """The region: the centre in the middle, the municipalities around it."""
    blocks = {name: _block(region, name, states) for name in region.municipalities if _has_core(region, name)}
    columns: tuple[list[str], list[str]] = ([], [])
    heights = [0.0, 0.0]
    for name in sorted(blocks, key=lambda name: -blocks[name].height):
        side = heights.index(min(heights))
        columns[side].append(name)
        heights[side] += blocks[name].height + BETWEEN
    order = list(region.municipalities)
    for column in columns:
        column.sort(key=order.index)
    middle = _centre(region, states)
    channels = [sum(len(_uplinks(region, name)) for name in column) * LANE + 2 * BETWEEN for column in columns]
    sheet = Sheet(width=2 * WIDTH + sum(channels) + middle.width, height=max(*heights, middle.height))
    left_of_middle = WIDTH + channels[0]
    sheet.add(middle, left_of_middle, (sheet.height - middle.height) / 2)
    for side, column in enumerate(columns):
        x, y = (0.0 if side == 0 else sheet.width - WIDTH), (sheet.height - heights[side]) / 2
        for name in column:
            sheet.add(blocks[name], x, y)
            y += blocks[name].height + BETWEEN
    _run_uplinks(region, sheet, columns, (WIDTH + BETWEEN, left_of_middle + middle.width + BETWEEN))
    return sheet


def _has_core(region: Region, name: str) -> bool:
    return any(device.role == "core" for device in region.of(name))


def _uplinks(region: Region, name: str) -> list[Link]:
    """The routed links of a municipality to the centre."""
    outside = {device.name for device in region.devices.values() if device.municipality != name}
    return [
        one for one in region.municipalities[name].links if one.kind == "routed" and outside.intersection(ends(one))
    ]


def _trunk(sheet: Sheet, link: Link, core: str) -> None:
    """From the core down the left edge and along the top of the row of sites; within a site, from above to below."""
    upper, lower = ends(link)
    if lower == core or (upper != core and sheet.nodes[lower].y < sheet.nodes[upper].y):
        upper, lower = lower, upper
    here, there = sheet.nodes[upper], sheet.nodes[lower]
    box = next(box for box, _ in sheet.sites if _within(there, box))
    if upper == core and there.y == box.y + PAD:
        left, level, row = GUTTER / 2, here.y + here.h / 2, box.y - GAP
        points = ((here.x, level), (left, level), (left, row), (there.cx, row), (there.cx, there.y))
        sheet.routes[link] = (upper, lower, points)
    elif _within(here, box) and here.y < there.y:
        half = (here.y + here.h + there.y) / 2
        bottom = (here.cx, here.y + here.h)
        corners = () if here.cx == there.cx else ((here.cx, half), (there.cx, half))
        sheet.routes[link] = (upper, lower, (bottom, *corners, (there.cx, there.y)))


def _within(node: Node, box: Box) -> bool:
    return box.x <= node.x <= box.x + box.w and box.y <= node.y <= box.y + box.h


def _block(region: Region, name: str, states: Mapping[str, str]) -> Sheet:
    """A municipality on a sheet with others: in a frame, and without the switches of the centre."""
    alone = municipality(region, name, states)
    alone.nodes = {one: node for one, node in alone.nodes.items() if region.devices[one].municipality == name}
    alone.routes = {link: route for link, route in alone.routes.items() if link.kind == "trunk"}
    made = Sheet()
    made.add(alone, 0, HEADER - (CORE_Y - PAD) + PAD)
    made.height = alone.height + HEADER - (CORE_Y - PAD) + 2 * PAD
    made.frames[name] = Box(region.municipalities[name].label, "", 0, 0, WIDTH, made.height)
    return made


def _centre(region: Region, states: Mapping[str, str]) -> Sheet:
    """The halves of the centre, one above the other: leaves outside, where the uplinks come in, spines inside."""
    sheet = Sheet(width=0)
    homes = [name for name in region.municipalities if any(device.role in FABRIC for device in region.of(name))]
    y = 0.0
    for home in homes:
        sites = [site for site in region.municipalities[home].sites if any(d.site == site for d in region.of(home))]
        for number, site in enumerate(sites):
            rows = [[d for d in region.of(home) if d.site == site and d.role == role] for role in FABRIC]
            mirrored = number % 2 == 1
            room = PAD + LANE * (2 + sum(len(_into(region, d.name)) for row in rows for d in row))
            columns = max(map(len, rows))
            width = columns * (LEAF_W + GAP) - GAP + 2 * PAD
            height = 2 * NODE_H + HALF_GAP + 2 * PAD + TITLE
            top = y + (0 if mirrored else room)
            place = region.municipalities[home].sites[site]
            box = Box(place.name, "", 0, top, width, height)
            # Beside the cable that goes from the first spine to the other half.
            sheet.sites.append((box, (PAD + LEAF_W / 2 + 6, top + (TITLE / 2 if mirrored else height - TITLE / 2))))
            for depth, row in enumerate(reversed(rows) if mirrored else rows):
                for column, device in enumerate(row):
                    x = (width - len(row) * (LEAF_W + GAP) + GAP) / 2 + column * (LEAF_W + GAP)
                    down = top + PAD + depth * (NODE_H + HALF_GAP) + (TITLE if mirrored else 0)
                    name = device.name
                    sheet.nodes[name] = Node(name, name, device.platform, states[name], x, down, LEAF_W, NODE_H)
            y = top + height + (room if mirrored else 0) + 4 * GAP
            sheet.width = max(sheet.width, width)
        sheet.height = y
    return sheet


def _into(region: Region, switch: str) -> list[Link]:
    """The uplinks of municipalities that end at a switch of the centre."""
    homes = [name for name in region.municipalities if _has_core(region, name)]
    return [link for name in homes for link in _uplinks(region, name) if switch in ends(link)]


def _run_uplinks(
    region: Region, sheet: Sheet, columns: tuple[list[str], list[str]], starts: tuple[float, float]
) -> None:
    """From each core to the gap between the columns, in a lane of its own to the centre, and into its switch."""
    seats, levels = _seats(region, sheet, columns), dict[Link, float]()
    for site in dict.fromkeys(region.devices[far].site for far, _, _ in seats.values()):
        here = {link: (x, side) for link, (far, x, side) in seats.items() if region.devices[far].site == site}
        # From either side the nearest seat has the lowest level, and every uplink a level of its own: none lies on
        # another, and those from one side do not cross.
        order = sorted(here, key=lambda link: (here[link][1], here[link][0] * (1 if here[link][1] == 0 else -1)))
        for depth, link in enumerate(order):
            there = sheet.nodes[seats[link][0]]
            above = there.y + there.h / 2 < sheet.height / 2
            away = PAD + LANE * (depth + 1)
            levels[link] = there.y - away if above else there.y + there.h + away
    for side, column in enumerate(columns):
        lane = starts[side]
        for name in column:
            mine = _uplinks(region, name)
            for number, link in enumerate(mine):
                far, end, _ = seats[link]
                core = next(one for one in ends(link) if one != far)
                here_node, there = sheet.nodes[core], sheet.nodes[far]
                x = here_node.x + here_node.w * (number + 1) / (len(mine) + 1)
                band = here_node.y - PAD - 8 - number * LANE
                edge = there.y if levels[link] < there.y else there.y + there.h
                corners = (
                    (x, here_node.y),
                    (x, band),
                    (lane, band),
                    (lane, levels[link]),
                    (end, levels[link]),
                    (end, edge),
                )
                sheet.routes[link] = (core, far, corners)
                lane += LANE


def _seats(region: Region, sheet: Sheet, columns: tuple[list[str], list[str]]) -> dict[Link, tuple[str, float, int]]:
    """Where along its switch of the centre each uplink ends, those from the left first: switch, x and side."""
    into: dict[str, list[tuple[Link, int]]] = {}
    for side, column in enumerate(columns):
        for name in column:
            for link in _uplinks(region, name):
                far = next(end for end in ends(link) if region.devices[end].municipality != name)
                into.setdefault(far, []).append((link, side))
    return {
        link: (far, sheet.nodes[far].x + sheet.nodes[far].w * (number + 1) / (len(found) + 1), side)
        for far, found in into.items()
        for number, (link, side) in enumerate(found)
    }
