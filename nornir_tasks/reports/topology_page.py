"""The topology as one HTML page with search, pan and zoom; it loads nothing from anywhere."""

import re
from collections.abc import Iterable
from html import unescape

from markupsafe import Markup

from nornir_tasks.core.output import make_safe
from nornir_tasks.core.templating import render_page
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.reports.topology import SwitchDescriptions


def make_page(region: Region, position: Position, title: str, svg: str) -> str:
    """The page around a picture that Graphviz drew.

    Args:
        region: the inventory's.
        position: that the picture was made with.
        title: of the page.
        svg: Graphviz's file; the switches in it are found by their ids, ``switch-NAME``.
    """
    ids = set(map(unescape, re.findall(r'id="([^"]*)"', svg)))
    drawn = [device for device in region.devices.values() if f"switch-{device.name}" in ids]
    return render_page(
        "topology.html.j2",
        title,
        title=title,
        svg=Markup(_embed_svg(svg)),
        about=_describe_switches(region, position, drawn),
    )


def _describe_switches(region: Region, position: Position, devices: Iterable[Device]) -> dict[str, dict[str, str]]:
    """The description of each switch, and the text that it is found by, by the switch's name."""
    switch_words = SwitchDescriptions(region, position)
    descriptions = {}
    for device in devices:
        site = region.site(device)
        names = [device.name, device.legacy_name, device.address.ip, device.legacy_address and device.legacy_address.ip]
        place = [device.municipality, region.municipalities[device.municipality].label, device.site, site.name]
        kind = [device.model, device.platform, device.role, *switch_words.servers.get(device.name, ())]
        text = " ".join(str(part) for part in (*names, *place, *kind) if part)
        descriptions[device.name] = {"words": switch_words.about(device), "search": make_safe(text).lower()}
    return descriptions


def _embed_svg(svg: str) -> str:
    """Graphviz's file as an element of a page: it fills the page, and browsers show its tooltips."""
    element = svg[svg.index("<svg") :]
    element = re.sub(
        r'<svg width="[^"]*" height="[^"]*"', '<svg id="sheet" role="img" aria-label="topology"', element, count=1
    )
    element = re.sub(r"<title>[^<]*</title>\n?", "", element)  # its own names of things
    element = re.sub(r'<a xlink:title="([^"]*)">', r"<g><title>\1</title>", element)
    return element.replace("</a>", "</g>")
