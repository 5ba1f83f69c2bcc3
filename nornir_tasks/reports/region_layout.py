"""Where everything stands in a picture of the whole region, or of one municipality: pure arithmetic, in points.

Each municipality is laid out as in its report (``municipality_layout``). The region has the operations centre in the
middle, its halves facing each other, and the municipalities in a column on either side, so that both are about as long;
the picture comes out near the shape of A-series paper. Uplinks run in lanes of their own between the columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nornir_tasks.model import Link, Region
from nornir_tasks.model.device import FABRIC
from nornir_tasks.reports.municipality_layout import (
    CORE_Y,
    GAP,
    GUTTER,
    NODE_H,
    PAD,
    TITLE,
    WIDTH,
    Box,
    Node,
    draw_municipality,
)

Point = tuple[float, float]
LANE = 11  # between uplinks that run side by side
HEADER = 44  # of a municipality: its title, and the uplinks that leave it
BETWEEN = 26  # municipalities
LEAF_W, HALF_GAP = 196, 96


@dataclass
class Layout:
    """Everything with its place, y downwards. ``routes`` gives a cable's corners from one end to the other, by link.

    A cable without a route runs straight.
    """

    width: float = WIDTH
    height: float = 0
    nodes: dict[str, Node] = field(default_factory=dict)
    sites: list[tuple[Box, Point]] = field(default_factory=list)  # with where its title begins
    frames: dict[str, Box] = field(default_factory=dict)  # municipalities, where there are several
    routes: dict[Link, tuple[str, str, tuple[Point, ...]]] = field(default_factory=dict)  # from, to, corners

    def add(self, other: "Layout", x: float, y: float) -> None:
        """Put another layout on this one.

        Args:
            other: stays as it is.
            x: where its left edge comes, in points.
            y: where its upper edge comes.
        """
        for name, node in other.nodes.items():
            self.nodes[name] = replace(node, x=node.x + x, y=node.y + y)
        self.sites += [
            (replace(box, x=box.x + x, y=box.y + y), (title_at[0] + x, title_at[1] + y))
            for box, title_at in other.sites
        ]
        self.frames |= {home: replace(box, x=box.x + x, y=box.y + y) for home, box in other.frames.items()}
        for link, (start, end, points) in other.routes.items():
            self.routes[link] = (start, end, tuple((px + x, py + y) for px, py in points))


def find_ends(link: Link) -> tuple[str, str]:
    """The two switches of a link."""
    return link.a.rpartition(":")[0], link.b.rpartition(":")[0]


def lay_out_municipality(region: Region, name: str, states: Mapping[str, str]) -> Layout:
    """The layout of one municipality, with the switches of the centre that its core hangs on above it.

    Args:
        region: the inventory's.
        name: the municipality's; it has a core switch.
        states: each switch's state (a key of ``STATES``), by its name.
    """
    picture = draw_municipality(region, name, states, {}, joined=True)
    layout = Layout(picture.width, picture.height)
    layout.sites = [(box, (box.x + PAD, box.y + box.h - TITLE / 2)) for box in picture.boxes]
    layout.nodes = {node.name: node for node in picture.nodes}
    core = next(device.name for device in region.of(name) if device.role == "core")
    uplinks = _find_uplinks(region, name)
    for number, link in enumerate(uplinks):
        far = next(end for end in find_ends(link) if end != core)
        far_node, core_node = layout.nodes[far], layout.nodes[core]
        level, x = far_node.y + far_node.h + 18, core_node.x + core_node.w * (number + 1) / (len(uplinks) + 1)
        points = ((x, core_node.y), (x, level), (far_node.cx, level), (far_node.cx, far_node.y + far_node.h))
        layout.routes[link] = (core, far, points)
    for link in region.municipalities[name].links:
        if link.kind == "trunk":
            _route_trunk(layout, link, core)
    return layout


def lay_out_region(region: Region, states: Mapping[str, str]) -> Layout:
    """The layout of the region: the centre in the middle, the municipalities in a column on either side."""
    blocks = {name: _lay_out_block(region, name, states) for name in region.municipalities if _has_core(region, name)}
    columns: tuple[list[str], list[str]] = ([], [])
    heights = [0.0, 0.0]
    for name in sorted(blocks, key=lambda name: -blocks[name].height):
        side = heights.index(min(heights))
        columns[side].append(name)
        heights[side] += blocks[name].height + BETWEEN
    order = list(region.municipalities)
    for column in columns:
        column.sort(key=order.index)
    middle = _lay_out_centre(region, states)
    channels = [sum(len(_find_uplinks(region, name)) for name in column) * LANE + 2 * BETWEEN for column in columns]
    layout = Layout(width=2 * WIDTH + sum(channels) + middle.width, height=max(*heights, middle.height))
    left_of_middle = WIDTH + channels[0]
    layout.add(middle, left_of_middle, (layout.height - middle.height) / 2)
    for side, column in enumerate(columns):
        x, y = (0.0 if side == 0 else layout.width - WIDTH), (layout.height - heights[side]) / 2
        for name in column:
            layout.add(blocks[name], x, y)
            y += blocks[name].height + BETWEEN
    _route_uplinks(region, layout, columns, (WIDTH + BETWEEN, left_of_middle + middle.width + BETWEEN))
    return layout


def _has_core(region: Region, name: str) -> bool:
    return any(device.role == "core" for device in region.of(name))


def _find_uplinks(region: Region, name: str) -> list[Link]:
    """The routed links of a municipality to the centre."""
    outside = {device.name for device in region.devices.values() if device.municipality != name}
    return [
        link
        for link in region.municipalities[name].links
        if link.kind == "routed" and outside.intersection(find_ends(link))
    ]


def _route_trunk(layout: Layout, link: Link, core: str) -> None:
    """Add a trunk's route: from the core down the left edge and along the row of sites; in a site, downwards."""
    upper, lower = find_ends(link)
    if lower == core or (upper != core and layout.nodes[lower].y < layout.nodes[upper].y):
        upper, lower = lower, upper
    upper_node, lower_node = layout.nodes[upper], layout.nodes[lower]
    box = next(box for box, _ in layout.sites if _is_within(lower_node, box))
    if upper == core and lower_node.y == box.y + PAD:
        left_x, level, row = GUTTER / 2, upper_node.y + upper_node.h / 2, box.y - GAP
        points = (
            (upper_node.x, level),
            (left_x, level),
            (left_x, row),
            (lower_node.cx, row),
            (lower_node.cx, lower_node.y),
        )
        layout.routes[link] = (upper, lower, points)
    elif _is_within(upper_node, box) and upper_node.y < lower_node.y:
        half = (upper_node.y + upper_node.h + lower_node.y) / 2
        bottom = (upper_node.cx, upper_node.y + upper_node.h)
        corners = () if upper_node.cx == lower_node.cx else ((upper_node.cx, half), (lower_node.cx, half))
        layout.routes[link] = (upper, lower, (bottom, *corners, (lower_node.cx, lower_node.y)))


def _is_within(node: Node, box: Box) -> bool:
    return box.x <= node.x <= box.x + box.w and box.y <= node.y <= box.y + box.h


def _lay_out_block(region: Region, name: str, states: Mapping[str, str]) -> Layout:
    """The layout of a municipality beside others: in a frame, and without the switches of the centre."""
    alone = lay_out_municipality(region, name, states)
    alone.nodes = {switch: node for switch, node in alone.nodes.items() if region.devices[switch].municipality == name}
    alone.routes = {link: route for link, route in alone.routes.items() if link.kind == "trunk"}
    layout = Layout()
    layout.add(alone, 0, HEADER - (CORE_Y - PAD) + PAD)
    layout.height = alone.height + HEADER - (CORE_Y - PAD) + 2 * PAD
    layout.frames[name] = Box(region.municipalities[name].label, "", 0, 0, WIDTH, layout.height)
    return layout


def _lay_out_centre(region: Region, states: Mapping[str, str]) -> Layout:
    """The layout of the centre's halves, above each other: leaves outside, where the uplinks come in, spines inside."""
    layout = Layout(width=0)
    homes = [name for name in region.municipalities if any(device.role in FABRIC for device in region.of(name))]
    y = 0.0
    for home in homes:
        sites = [
            site for site in region.municipalities[home].sites if any(device.site == site for device in region.of(home))
        ]
        for number, site in enumerate(sites):
            rows = [
                [device for device in region.of(home) if device.site == site and device.role == role] for role in FABRIC
            ]
            mirrored = number % 2 == 1
            room = PAD + LANE * (
                2 + sum(len(_find_uplinks_into(region, device.name)) for row in rows for device in row)
            )
            columns = max(map(len, rows))
            width = columns * (LEAF_W + GAP) - GAP + 2 * PAD
            height = 2 * NODE_H + HALF_GAP + 2 * PAD + TITLE
            top = y + (0 if mirrored else room)
            place = region.municipalities[home].sites[site]
            box = Box(place.name, "", 0, top, width, height)
            # Beside the cable that goes from the first spine to the other half.
            layout.sites.append((box, (PAD + LEAF_W / 2 + 6, top + (TITLE / 2 if mirrored else height - TITLE / 2))))
            for depth, row in enumerate(reversed(rows) if mirrored else rows):
                for column, device in enumerate(row):
                    x = (width - len(row) * (LEAF_W + GAP) + GAP) / 2 + column * (LEAF_W + GAP)
                    down = top + PAD + depth * (NODE_H + HALF_GAP) + (TITLE if mirrored else 0)
                    name = device.name
                    layout.nodes[name] = Node(name, name, device.platform, states[name], x, down, LEAF_W, NODE_H)
            y = top + height + (room if mirrored else 0) + 4 * GAP
            layout.width = max(layout.width, width)
        layout.height = y
    return layout


def _find_uplinks_into(region: Region, switch: str) -> list[Link]:
    """The uplinks of municipalities that end at a switch of the centre."""
    homes = [name for name in region.municipalities if _has_core(region, name)]
    return [link for name in homes for link in _find_uplinks(region, name) if switch in find_ends(link)]


def _route_uplinks(
    region: Region, layout: Layout, columns: tuple[list[str], list[str]], starts: tuple[float, float]
) -> None:
    """Add the uplinks' routes: from the core to the gap between the columns, in a lane each to the centre's switch."""
    seats, levels = _find_seats(region, layout, columns), dict[Link, float]()
    for site in dict.fromkeys(region.devices[far].site for far, _, _ in seats.values()):
        site_seats = {link: (x, side) for link, (far, x, side) in seats.items() if region.devices[far].site == site}
        # From either side the nearest seat has the lowest level, and every uplink a level of its own: none lies on
        # another, and those from one side do not cross.
        order = sorted(
            site_seats,
            key=lambda link: (site_seats[link][1], site_seats[link][0] * (1 if site_seats[link][1] == 0 else -1)),
        )
        for depth, link in enumerate(order):
            node = layout.nodes[seats[link][0]]
            above = node.y + node.h / 2 < layout.height / 2
            away = PAD + LANE * (depth + 1)
            levels[link] = node.y - away if above else node.y + node.h + away
    for side, column in enumerate(columns):
        lane = starts[side]
        for name in column:
            uplinks = _find_uplinks(region, name)
            for number, link in enumerate(uplinks):
                far, end, _ = seats[link]
                core = next(switch for switch in find_ends(link) if switch != far)
                core_node, far_node = layout.nodes[core], layout.nodes[far]
                x = core_node.x + core_node.w * (number + 1) / (len(uplinks) + 1)
                band = core_node.y - PAD - 8 - number * LANE
                edge = far_node.y if levels[link] < far_node.y else far_node.y + far_node.h
                corners = (
                    (x, core_node.y),
                    (x, band),
                    (lane, band),
                    (lane, levels[link]),
                    (end, levels[link]),
                    (end, edge),
                )
                layout.routes[link] = (core, far, corners)
                lane += LANE


def _find_seats(
    region: Region, layout: Layout, columns: tuple[list[str], list[str]]
) -> dict[Link, tuple[str, float, int]]:
    """Where along its switch of the centre each uplink ends, those from the left first: switch, x and side."""
    into: dict[str, list[tuple[Link, int]]] = {}
    for side, column in enumerate(columns):
        for name in column:
            for link in _find_uplinks(region, name):
                far = next(end for end in find_ends(link) if region.devices[end].municipality != name)
                into.setdefault(far, []).append((link, side))
    return {
        link: (far, layout.nodes[far].x + layout.nodes[far].w * (number + 1) / (len(uplinks) + 1), side)
        for far, uplinks in into.items()
        for number, (link, side) in enumerate(uplinks)
    }
