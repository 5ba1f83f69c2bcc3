"""The intended configuration of a device at a position: a pure function of the model and the templates."""

from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Interface, IPv4Network

from jinja2 import Environment

from nornir_tasks.config.list_limits import find_long_lists
from nornir_tasks.config.view import View, build_view
from nornir_tasks.core.ranges import format_ranges
from nornir_tasks.core.templating import TEMPLATES, RenderError, make_environment, render_template
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.model.services import PortRange
from nornir_tasks.platforms import platform


def render(device: Device, position: Position, region: Region, legacy: str | None = None) -> str:
    """The configuration that a device is meant to have at a position, with its secrets masked.

    Args:
        legacy: the survey's snapshot, cleaned and masked; not needed where the standard is all there is.

    Before CONNECT this is the snapshot itself; from CONNECT the standard's additions laid over it; after RETIRE,
    and always at the operations centre, the standard and nothing else.
    """
    view = build_view(device, position, region)
    if view.full:
        return render_additions(view)
    if legacy is None:
        raise RenderError(f"{device.name}: no legacy snapshot; expected one at {view.stage.word}. Run 10_survey first.")
    if view.stage < Stage.CONNECT:
        return legacy
    return platform(device.platform).overlay(legacy, render_additions(view))


def render_additions(view: View) -> str:
    """What the templates render for a view: the whole standard if ``view.full``, else what stands beside the legacy.

    Raises:
        RenderError: a template cannot be rendered, or an access list is longer than the switch's hardware holds.
    """
    device = view.device
    long_lists = list(find_long_lists(view))
    if long_lists:
        raise RenderError("\n".join(map(str, long_lists)))
    name = f"{device.platform}/{device.role}.j2"
    text = render_template(make_jinja_environment(), name, f"device {device.name}", v=view)
    lines = (line.rstrip() for line in split_at_line_feeds(text))
    return "".join(f"{line}\n" for line in lines if line)


@cache
def make_jinja_environment() -> Environment:
    """The templates' environment: strict, and with the few filters that layout needs."""
    jinja_environment = make_environment(TEMPLATES, html=False)
    jinja_environment.filters.update(FILTERS)
    return jinja_environment


def netmask(net: IPv4Network | IPv4Interface) -> str:
    """The mask of a network: 255.255.248.0."""
    return str(net.netmask)


def wildcard(net: IPv4Network | IPv4Interface) -> str:
    """The inverse mask of a network, as access lists and OSPF write it: 0.0.7.255."""
    return str(net.hostmask)


def cidr(net: IPv4Network | IPv4Interface) -> str:
    """An address or network with its length: 10.17.0.1/21."""
    return str(net)


def network(interface: IPv4Interface) -> IPv4Network:
    """The network an address lies in."""
    return interface.network


def match_wildcard(net: IPv4Network | None) -> str:
    """A network as a row of IOS has it: ``any``, ``host 10.17.92.30``, ``10.17.8.0 0.0.7.255``."""
    if net is None:
        return "any"
    return f"host {net.network_address}" if net.prefixlen == 32 else f"{net.network_address} {net.hostmask}"


def match_prefix(net: IPv4Network | None) -> str:
    """A network as a row of EOS has it: ``any``, ``host 10.17.92.30``, ``10.17.8.0/21``."""
    if net is None:
        return "any"
    return f"host {net.network_address}" if net.prefixlen == 32 else str(net)


def match_port(port: PortRange | None, platform_name: str) -> str:
    """Ports as a row has them, with a blank before: `` eq www``, `` range 5000 5010``; nothing for any."""
    if port is None:
        return ""
    names = platform(platform_name).port_names.get(port.protocol, {})
    numbers = [port.first] if port.first == port.last else [port.first, port.last]
    words = ["eq" if len(numbers) == 1 else "range", *(names.get(number, str(number)) for number in numbers)]
    return " " + " ".join(words)


FILTERS: dict[str, Callable[..., object]] = {
    "vlan_ranges": format_ranges,
    "netmask": netmask,
    "wildcard": wildcard,
    "cidr": cidr,
    "network": network,
    "match_wildcard": match_wildcard,
    "match_prefix": match_prefix,
    "match_port": match_port,
}
