"""The topology as Graphviz reads it: switches, sites, cables, and what every colour, shape and weight means. Pure.

The same region at the same position makes the same bytes. A state is a colour and a shape (legacy: rounded and
dashed, on its way: a hexagon, the standard: a box); a cable is the thicker the faster it is, and one that routes has
dots at its ends.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import pairwise
from math import hypot, log10

import graphviz

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.text import count_noun
from nornir_tasks.model import Device, Link, Position, Region, Stage
from nornir_tasks.model.finding import suggest_nearest
from nornir_tasks.reachability.blast_radius import count_clients, find_switch_of
from nornir_tasks.reports.municipality_layout import NODE_H, NODE_W, PAD, STATES, WIDTH, Box, Node, find_state
from nornir_tasks.reports.region_layout import Layout, Point, find_ends, lay_out_municipality, lay_out_region

FONT = "DejaVu Sans"  # Debian's fontconfig always brings it; a browser's own sans-serif is no wider
INK, SOFT, RULE = "#1d2327", "#5d676e", "#b9b4a8"
CABLE, ROUTED = "#6a747b", "#2f5aa8"
LOOKS = {  # the colours are those of templates/reports/report.css
    "legacy": {"shape": "box", "style": "rounded,dashed,filled", "fillcolor": "#fbe9cf", "color": "#a86a12"},
    "moving": {"shape": "hexagon", "style": "filled", "fillcolor": "#dde6f6", "color": "#2f5aa8"},
    "standard": {"shape": "box", "style": "filled", "fillcolor": "#d8ece3", "color": "#1c6b4a"},
}
Part = tuple[str, float, str]  # of a text: its words, how large they are beside the first, their colour
DEPTHS = {"spine": 0, "leaf": 1, "core": 2, "access": 3}
KEY = (
    "rounded and dashed: legacy; hexagon: on its way; box: the standard; thicker: faster; "
    "dots and blue: routed; a dashed line: not in use yet"
)
POINTS = 72  # in an inch
LEGEND, DOT = 74, 5


class TopologyError(FellesdriftError):
    """There is no such part of the region: names what there is."""

    exit_code = USAGE


def make_topology(region: Region, position: Position, part: str = "all") -> graphviz.Graph:
    """The graph of a part of the region, for ``dot.draw``.

    Args:
        region: the inventory's.
        position: how far everything has come: the switches' colours and shapes.
        part: ``all``, the name of a municipality, or the key of a site.

    Raises:
        TopologyError: the region has no such part.
    """
    states = {device.name: find_state(position, device) for device in region.devices.values()}
    if part == "all":
        return _draw_layout(
            region,
            position,
            lay_out_region(region, states),
            format_title(region, part),
            format_counts(region, region.devices),
        )
    if part in region.municipalities:
        devices = region.of(part)
        names = [device.name for device in devices]
        if any(device.role == "core" for device in devices):
            words = f"{format_counts(region, names)} · {position.of(part).word}"
            return _draw_layout(
                region, position, lay_out_municipality(region, part, states), format_title(region, part), words
            )
        return _draw_with_dot(region, position, format_title(region, part), names)
    site_names = [device.name for device in _find_site_devices(region, part)]
    return _draw_with_dot(region, position, format_title(region, part), site_names)


def format_title(region: Region, part: str) -> str:
    """What a part is called: ``The region``, ``Loppa``, ``Loppa rådhus, Loppa``."""
    if part == "all":
        return "The region"
    if part in region.municipalities:
        return find_label(region, part)
    devices = _find_site_devices(region, part)
    return f"{region.site(devices[0]).name}, {find_label(region, devices[0].municipality)}"


def find_label(region: Region, name: str) -> str:
    """What a municipality is called."""
    return region.municipalities[name].label


def format_counts(region: Region, devices: Iterable[str]) -> str:
    """``9 switches, 6 sites, 130 clients, 12 servers``: of these switches."""
    names = set(devices)
    sites = {(region.devices[name].municipality, region.devices[name].site) for name in names}
    people = sum(count for name, count in count_clients(region, sites).items() if name in names)
    servers = sum(len(server_names) for name, server_names in group_servers(region).items() if name in names)
    parts = (len(names), "switch", "es"), (len(sites), "site"), (people, "client"), (servers, "server")
    return ", ".join(count_noun(*part) for part in parts if part[0])


def group_servers(region: Region) -> dict[str, list[str]]:
    """The servers of each switch, virtual ones where their hypervisor's cable ends."""
    servers: dict[str, list[str]] = {}
    for server in region.servers.values():
        switch = find_switch_of(region, server)
        if switch:
            servers.setdefault(switch, []).append(server.name)
    return servers


def _find_site_devices(region: Region, site: str) -> list[Device]:
    """The switches of a site, core first."""
    devices = [device for home in region.municipalities for device in region.of(home) if device.site == site]
    if not devices:
        sites = sorted({device.site for device in region.devices.values()})
        advice = suggest_nearest(site, [*sites, *region.municipalities]) or f"the sites: {', '.join(sites)}"
        wanted = f"all, a municipality ({', '.join(region.municipalities)}) or a site"
        raise TopologyError(f"graph: found {site!r}, expected {wanted}; {advice}")
    return devices


def _escape_text(words: str) -> str:
    """The text made safe, and escaped for Graphviz: it reads entities, and takes every backslash for a command."""
    return escape(make_safe(words)).replace("\\", "⧵")


def _list_links(region: Region) -> list[Link]:
    return [link for home in region.municipalities.values() for link in home.links]


def _format_speed(link: Link) -> str:
    """What a link carries: the cable's own speed, or the line's each way, and whose it is."""
    if link.line is None:
        return f"{link.gbps:g} Gbit/s"
    line = link.line
    speed = f"{line.down_mbps}" if line.down_mbps == line.up_mbps else f"{line.down_mbps} down, {line.up_mbps} up"
    return f"{speed} Mbit/s · {line.supplier} {line.contract}, {line.path}"


class SwitchDescriptions:
    """The texts on switches beside their names, with what hangs on each counted once."""

    def __init__(self, region: Region, position: Position) -> None:
        self.region, self.position = region, position
        self.servers = group_servers(region)
        self.clients = count_clients(
            region, sorted({(device.municipality, device.site) for device in region.devices.values()})
        )

    def about(self, device: Device) -> str:
        """A switch on one line."""
        site = self.region.site(device)
        words = [
            f"{device.name}: {device.model}, {device.address.ip}",
            f"{site.name}, {find_label(self.region, device.municipality)}",
            STATES[find_state(self.position, device)],
            count_noun(self.clients.get(device.name, 0), "client"),
            count_noun(len(self.servers.get(device.name, ())), "server"),
        ]
        return " · ".join(words)


class _Pen:
    """Writes a graph: points become Graphviz's, y upwards and with room around."""

    def __init__(self, region: Region, position: Position, graph: graphviz.Graph, height: float = 0) -> None:
        self.region, self.position, self.graph, self.height = region, position, graph, height
        self.descriptions = SwitchDescriptions(region, position)
        graph.attr("graph", fontname=FONT, fontcolor=INK, bgcolor="white", pad="0.3", outputorder="edgesfirst")
        graph.attr("node", fontname=FONT, fontcolor=INK, fontsize="13", penwidth="1.5", margin="0.04,0.02")
        graph.attr("edge", fontname=FONT, fontcolor=SOFT, fontsize="10", color=CABLE)

    def format_point(self, x: float, y: float) -> str:
        return f"{x:.1f},{self.height - y:.1f}"

    def draw_switch(self, into: graphviz.Graph, name: str, node: Node | None = None, wide: bool = False) -> None:
        """Add a switch, with its state as colour and shape.

        Args:
            into: the graph or cluster that it stands in.
            name: the switch's; its id in the picture is ``switch-NAME``.
            node: its place and short name; None: Graphviz places it.
            wide: whether there is room for the whole name.
        """
        device = self.region.devices[name]
        state = find_state(self.position, device)
        hosted = self.descriptions.servers.get(name, ())
        servers = count_noun(len(hosted), "server") if hosted else ""
        note = " · ".join(part for part in (device.platform, servers) if part)
        short = name if wide or node is None else node.label
        attributes: dict[str, str] = {}
        if node is not None:
            attributes = {"pos": self.format_point(node.cx, node.y + node.h / 2), "fixedsize": "true"}
            attributes |= {"width": f"{node.w / POINTS:.3f}", "height": f"{node.h / POINTS:.3f}"}
        into.node(
            name,
            label=f'<<B>{_escape_text(short)}</B><BR/><FONT POINT-SIZE="9.5">{_escape_text(note)}</FONT>>',
            id=f"switch-{name}",
            tooltip=_escape_text(self.descriptions.about(device)),
            **{"class": f"switch {state}"},
            **LOOKS[state],
            **attributes,
        )

    def draw_site(self, into: graphviz.Graph, number: int, box: Box, x: float, y: float) -> None:
        """Add a site's box with its title.

        Args:
            into: the graph that it stands in.
            number: tells it from the graph's other sites.
            box: its place, title and note.
            x: where its title begins, in points.
            y: the title's middle.
        """
        with into.subgraph(name=f"cluster_site_{number}") as cluster:
            cluster.attr("graph", **self.format_box(box), color=RULE, style="rounded", **{"class": "site"})
        words = (box.title, 1, INK), (box.note, 0.95, SOFT)
        self.draw_text(into, f"site {number}", x, y, box.w - 2 * PAD, 11.5, *words)

    def format_box(self, box: Box) -> dict[str, str]:
        return {
            "bb": f"{self.format_point(box.x, box.y + box.h)},{self.format_point(box.x + box.w, box.y)}",
            "label": "",
        }

    def draw_text(
        self, into: graphviz.Graph, name: str, x: float, y: float, width: float, size: float, *parts: Part
    ) -> None:
        """Write text that begins at x: in a table of that width, since Graphviz centres a node's label.

        Args:
            into: the graph or cluster that it stands in.
            name: tells this text from others of the graph.
            x: where it begins, in points.
            y: its middle.
            width: of the table.
            size: of its first part's letters, in points.
            parts: text, scale and colour of each.
        """
        fonts = [
            f'<FONT POINT-SIZE="{size * scale:g}" COLOR="{colour}">{_escape_text(text)}</FONT>'
            if scale != 1
            else f"<B>{_escape_text(text)}</B>"
            for text, scale, colour in parts
            if text
        ]
        cell = f'<TD ALIGN="LEFT" WIDTH="{width:g}">{" &#160;".join(fonts)}</TD>'
        into.node(
            f"words {name}",
            label=f'<<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>{cell}</TR></TABLE>>',
            shape="none",
            fontsize=f"{size:g}",
            pos=self.format_point(x + width / 2, y),
            margin="0",
            **{"class": "words"},
        )

    def draw_cable(
        self, link: Link, start: str, end: str, corners: tuple[Point, ...] = (), *, ports: bool = False
    ) -> None:
        """Add a cable, with its kind and speed as colour and width.

        Args:
            link: the inventory's.
            start: the switch at the route's beginning, either of the link's two.
            end: the other switch.
            corners: of its route, from start to end, in points; empty: Graphviz routes it.
            ports: whether the ports' names are written on it.
        """
        a_port, b_port = self._port(link.a), self._port(link.b)
        kind = "trunk" if link.kind == "trunk" else "routed" if self.is_in_use(link) else "routed absent"
        words = f"{find_ends(link)[0]} {a_port} – {find_ends(link)[1]} {b_port} · {link.kind} · {_format_speed(link)}"
        attributes = _style_line(link.gbps, kind)
        if corners:
            attributes["pos"] = _format_spline(corners, self.format_point, dots=link.kind == "routed")
        if ports:
            near, far = (a_port, b_port) if start == find_ends(link)[0] else (b_port, a_port)
            attributes["label"] = f" {near} – {far} "
        self.graph.edge(
            start,
            end,
            tooltip=_escape_text(words + (": not in use yet" if "absent" in kind else "")),
            **{"class": f"cable {kind}"},
            **attributes,
        )

    def is_in_use(self, link: Link) -> bool:
        homes = [self.region.devices[end].municipality for end in find_ends(link)]
        moving = [home for home in homes if self.region.municipalities[home].legacy is not None]
        return all(self.position.of(home) >= Stage.CONNECT for home in moving)

    def _port(self, end: str) -> str:
        name, _, number = end.rpartition(":")
        return self.region.devices[name].port(int(number)).name


def _style_line(gbps: float, kind: str) -> dict[str, str]:
    attributes = {"penwidth": f"{max(0.7, 1.3 + 1.9 * log10(gbps)):.2f}"}
    if kind != "trunk":
        attributes |= {"color": ROUTED, "dir": "both", "arrowhead": "dot", "arrowtail": "dot", "arrowsize": "0.5"}
    return attributes | ({"style": "dashed"} if "absent" in kind else {})


def _format_spline(points: Sequence[Point], format_point: Callable[[float, float], str], *, dots: bool) -> str:
    """Corners as Graphviz wants a line: each straight piece a curve whose handles lie at its ends."""
    first, last = format_point(*points[0]), format_point(*points[-1])
    if dots:  # a dot stands between the end of the line and the switch
        points = [_move_towards(points[0], points[1]), *points[1:-1], _move_towards(points[-1], points[-2])]
    corners = [format_point(*point) for point in points]
    curve = [corners[0]]
    for before, after in pairwise(corners):
        curve += [before, after, after]
    return (f"s,{first} e,{last} " if dots else "") + " ".join(curve)


def _move_towards(start: Point, goal: Point) -> Point:
    """A dot's width from one corner to the next."""
    length = hypot(goal[0] - start[0], goal[1] - start[1]) or 1
    return start[0] + DOT * (goal[0] - start[0]) / length, start[1] + DOT * (goal[1] - start[1]) / length


def _draw_layout(region: Region, position: Position, layout: Layout, heading: str, words: str) -> graphviz.Graph:
    """The graph of a layout, in which everything has its place: Graphviz only draws."""
    graph = graphviz.Graph("topology", engine="neato")
    pen = _Pen(region, position, graph, layout.height + LEGEND)
    graph.attr("graph", splines="line")
    for home, box in layout.frames.items():
        with graph.subgraph(name=f"cluster_{home}") as cluster:
            cluster.attr("graph", **pen.format_box(box), color=SOFT, penwidth="1.3", **{"class": "municipality"})
        names = [device.name for device in region.of(home)]
        note = f"{format_counts(region, names)} · {position.of(home).word}"
        pen.draw_text(graph, home, box.x + 14, box.y + 18, box.w - 28, 20, (box.title, 1, INK), (note, 0.7, SOFT))
    for number, (box, begin) in enumerate(layout.sites):
        pen.draw_site(graph, number, box, *begin)
    for name, node in layout.nodes.items():
        pen.draw_switch(graph, name, node, wide=region.devices[name].is_fabric)
    for link in _list_links(region):
        start, end = find_ends(link)
        if start in layout.nodes and end in layout.nodes:
            pen.draw_cable(link, *layout.routes.get(link, (start, end, ())))
    pen.draw_text(graph, "title", 0, -34, WIDTH, 26, (heading, 1, INK), (words, 0.6, SOFT))
    _draw_legend(pen, layout.height + 44)
    return graph


def _draw_legend(pen: _Pen, y: float) -> None:
    x = 40.0
    for state, words in STATES.items():
        pos = pen.format_point(x, y)
        size = {"width": f"{NODE_W / POINTS * 0.6:.3f}", "height": f"{NODE_H / POINTS * 0.6:.3f}", "fixedsize": "true"}
        pen.graph.node(f"legend {state}", label="", pos=pos, **{"class": f"switch {state}"}, **LOOKS[state], **size)
        pen.draw_text(pen.graph, f"legend {state}", x + 34, y, 100, 13, (words, 0.95, INK))
        x += 150
    samples = (("trunk", 1, "1 Gbit/s"), ("trunk", 10, "10 Gbit/s"), ("routed", 1, "routed"))
    for kind, gbps, words in (*samples, ("routed absent", 1, "routed, not in use yet")):
        start, end = f"legend {words} a", f"legend {words} b"
        for name, node_x in ((start, x), (end, x + 50)):
            pen.graph.node(name, label="", style="invis", shape="point", width="0.01", pos=pen.format_point(node_x, y))
        line = _format_spline([(x, y), (x + 50, y)], pen.format_point, dots=kind != "trunk")
        pen.graph.edge(start, end, pos=line, **{"class": f"cable {kind}"}, **_style_line(gbps, kind))
        pen.draw_text(pen.graph, f"legend {words}", x + 64, y, 130, 13, (words, 0.95, INK))
        x += 190


def _draw_with_dot(region: Region, position: Position, heading: str, names: Sequence[str]) -> graphviz.Graph:
    """The graph of a few switches with their ports, and of the switches at the other ends; ``dot`` places them."""
    graph = graphviz.Graph("topology", engine="dot")
    pen = _Pen(region, position, graph)
    small = f'<FONT POINT-SIZE="12" COLOR="{SOFT}">'
    text = f"<B>{_escape_text(heading)}</B>  {small}{_escape_text(format_counts(region, names))}</FONT>"
    key = f'{small}{_escape_text(KEY)}</FONT><BR ALIGN="LEFT"/>'
    graph.attr("graph", label=f'<{text}<BR ALIGN="LEFT"/>{key}>', labelloc="t", labeljust="l", fontsize="20")
    graph.attr("graph", rankdir="LR", ranksep="0.6", nodesep="0.25")
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(region.site(region.devices[name]).name, []).append(name)
    for number, (site, site_names) in enumerate(groups.items()):
        with graph.subgraph(name=f"cluster_site_{number}") as cluster:
            cluster.attr(
                "graph", label=_escape_text(site), color=RULE, style="rounded", fontsize="12", **{"class": "site"}
            )
            for name in site_names:
                pen.draw_switch(cluster, name)
    links = [link for link in _list_links(region) if not set(names).isdisjoint(find_ends(link))]
    for name in dict.fromkeys(end for link in links for end in find_ends(link)):
        if name not in names:
            pen.draw_switch(graph, name)
    depth = {device.name: DEPTHS[device.role] for device in region.devices.values()}
    for link in links:
        start, end = sorted(find_ends(link), key=lambda end: (depth[end], end))
        pen.draw_cable(link, start, end, ports=True)
    return graph
