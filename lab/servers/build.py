"""The wires as the kernel has them: network namespaces, bridges and veths in them, and the lists of the routers."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from lab import ROOT
from lab.region.facts import LabError, RegionFacts
from lab.servers.lists import MANAGEMENT, list_flows, render_lists
from lab.servers.names import Own, holder_group
from lab.servers.needs import PATH
from lab.servers.outside import render_outside
from lab.servers.stages import UNTOLD, Stages
from lab.servers.wiring import ANYWHERE, PRIVATE, Exit, Place, Router, Uplink, Wiring, make_mac, take_out

ROUTER = "router-"  # before a router's name: the halves are sites, too
OUTSIDE = "outside"  # the place of all destinations
SECONDS = 30  # for any one command
NOWHERE = 4000  # a metric
# Routers forward; with the other end of a link down a route by it is none, so that the second best is taken. Where the
# kernel shows bridged packets to nftables it is told not to: a list stands between networks, and not within one.
ROUTING = """
cd /proc/sys/net
if test -e bridge; then echo 0 > bridge/bridge-nf-call-iptables; fi
echo 1 > ipv4/ip_forward
for place in all default; do
  echo 0 > ipv4/conf/$place/rp_filter
  echo 1 > ipv4/conf/$place/ignore_routes_with_linkdown
  echo 1 > ipv6/conf/$place/disable_ipv6
done
"""
# What a kernel has that has just started: no rule of nftables, and its own that say which table of routes is asked.
# They are the kernel's by their protocol: systemd-networkd takes rules of anybody else away.
FORGET = """
nft flush ruleset
ip rule flush
ip rule add priority 0 table local protocol kernel 2>/dev/null || true
ip rule add priority 32766 table main protocol kernel
ip rule add priority 32767 table default protocol kernel
"""


def build_network(own: Own, wiring: Wiring, region: RegionFacts) -> None:
    """Make all namespaces, cable them, and let the routers filter.

    Args:
        own: the lab's names.
        wiring: what there is.
        region: whose records say who may open what.

    Raises:
        LabError: the kernel refuses something; the message has its words.
    """
    routers = [f"{ROUTER}{name}" for name in wiring.routers]
    outside = [OUTSIDE] if wiring.exits else []
    holders = _hold(own, [*routers, *wiring.places, *outside])
    for router in wiring.routers.values():
        _run(own, router_of(router.name), ["sh", "-ec", ROUTING])
        places = [place for place in wiring.places.values() if place.router == router.name]
        uplinks = [uplink for uplink in wiring.uplinks if uplink.routers[0] == router.name]
        lines = [*_make_bridges(router), *(line for place in places for line in _make_cables(place, holders))]
        lines += [line for uplink in uplinks for line in _make_uplink(uplink, holders)]
        lines += [line for way in wiring.exits if way.half == router.name for line in _make_exit(way, holders[OUTSIDE])]
        _run(own, router_of(router.name), ["ip", "-batch", "-"], lines)
    for router in wiring.routers.values():
        _run(own, router_of(router.name), ["ip", "-batch", "-"], _set_up_uplinks(router, wiring.uplinks))
    for router in wiring.routers.values():
        _run(own, router_of(router.name), ["ip", "-batch", "-"], _add_routes(router))
    if outside:
        _open_outside(own, wiring.exits)
    for place in wiring.places.values():
        if place.is_user:
            _run(own, place.name, ["ip", "-batch", "-"], _set_up_user(place))
    set_stages(own, wiring, region, UNTOLD)


def set_stages(own: Own, wiring: Wiring, region: RegionFacts, stages: Stages) -> None:
    """Let the routers do what they do at these stages: which networks they have, and who may open what.

    Args:
        own: the lab's names.
        wiring: what there is.
        region: whose records say who may open what.
        stages: as the lab was told.

    Raises:
        LabError: the kernel refuses something.
    """
    flows = list_flows(region, stages)
    for router in wiring.routers.values():
        if router.name in region.municipalities:
            lines = _set_networks(router, stages, region.zones.get(MANAGEMENT))
            _run(own, router_of(router.name), ["ip", "-batch", "-"], lines)
        _run(own, router_of(router.name), ["nft", "-f", "-"], [render_lists(router, flows)])
    for place in wiring.places.values():
        if place.is_user and len(place.ports) > 1:
            has_moved = stages.has_moved(region.municipalities[place.router], place.name.partition("/")[0])
            gateway = place.ports[0 if has_moved else -1].network.gateway
            lines = [f"route replace default via {gateway}"]
            _run(own, place.name, ["ip", "-batch", "-"], lines)


def set_uplink(own: Own, wiring: Wiring, uplink: Uplink, up: bool) -> None:
    """Mend a routed link, or cut it: the far end sees that it is gone, too.

    Args:
        own: the lab's names.
        wiring: what there is.
        uplink: of these.
        up: whether it is mended.

    Raises:
        LabError: the kernel refuses it.
    """
    near, interface = wiring.routers[uplink.routers[0]], uplink.interfaces[0]
    lines = [f"link set {interface} {'up' if up else 'down'}"]
    if up:  # the kernel has forgotten the routes by it
        lines += [line for line in _add_routes(near) if f" dev {interface} " in line]
    _run(own, router_of(near.name), ["ip", "-batch", "-"], lines)


def router_of(name: str) -> str:
    """What the place of a router is called."""
    return f"{ROUTER}{name}"


def enter_command(own: Own, place: str, command: Iterable[str]) -> list[str]:
    """A command as it is run on a place's network, in the lab's own control group.

    Raises:
        LabError: the place is not there.
    """
    groups = [str(group / "cgroup.procs") for group in own.make_group("commands")]
    joined = "".join(f"echo $$ > '{group}' || exit 1; " for group in groups)
    return ["sh", "-c", f'{joined}exec "$@"', "sh", "nsenter", f"--net={own.network(place)}", *command]


def set_cable(own: Own, place: Place, up: bool) -> None:
    """Plug a place's cables in, or out, at their far end."""
    state = "up" if up else "down"
    _run(
        own,
        router_of(place.router),
        ["ip", "-batch", "-"],
        [f"link set {p.far_interface} {state}" for p in place.ports],
    )


def renew_cables(own: Own, place: Place) -> None:
    """Take a place's network back to what a machine finds that is switched on: its kernel, here, has not ended with it.

    Raises:
        LabError: the place is not there, or the kernel refuses something.
    """
    router, holder = router_of(place.router), own.holder(place.name)
    if holder is None:
        raise LabError(f"{place.name}: its network is not there")
    # With the far end goes this one, whatever it is called by now, and its addresses and routes with it.
    _run(own, router, ["ip", "-force", "-batch", "-"], [f"link del {port.far_interface}" for port in place.ports])
    _run(own, place.name, ["sh", "-ec", FORGET])
    _run(own, router, ["ip", "-batch", "-"], _make_cables(place, {place.name: holder}))


def _hold(own: Own, places: list[str]) -> dict[str, int]:
    """A process a place that keeps a network namespace of its own. Shape: place to process id.

    They are not named in /run/netns: such a name is a mount of the machine's own, and outlives whoever made it.
    """
    ours = os.stat("/proc/self/ns/net").st_ino
    script = 'echo $$ > "$1" || exit 1; exec unshare --net sleep infinity'
    started: dict[str, subprocess.Popen[bytes]] = {}
    for place in places:
        group = own.groups[0] / holder_group(place)
        group.mkdir(parents=True, exist_ok=True)
        words = ["sh", "-c", script, "sh", str(group / "cgroup.procs")]
        started[place] = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, env={"PATH": PATH}
        )
    end = time.monotonic() + SECONDS
    for place, child in started.items():
        while not _holds(child.pid, ours):
            if child.poll() is not None or time.monotonic() > end:
                raise LabError(f"{place}: no network namespace could be made (exit code {child.returncode})")
            time.sleep(0.005)
    return {place: child.pid for place, child in started.items()}


def _holds(process: int, ours: int) -> bool:
    folder = Path(f"/proc/{process}")
    try:
        return (folder / "comm").read_text() == "sleep\n" and os.stat(folder / "ns/net").st_ino != ours
    except OSError:
        return False


def _run(own: Own, place: str, command: list[str], lines: Iterable[str] = ()) -> None:
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        enter_command(own, place, command),
        input=text, capture_output=True, text=True, timeout=SECONDS, check=False, env={"PATH": PATH},
    )  # fmt: skip
    if done.returncode:
        raise LabError(f"{place}: {command[0]}: {' '.join(done.stderr.split())[:600]}")


def _make_bridges(router: Router) -> list[str]:
    lines = ["link set lo up"]
    for network in router.networks:
        mac = make_mac(f"{router.name}:{network.name}")
        lines += [
            f"link add {network.name} address {mac} type bridge",
            f"address add {network.with_length(network.gateway)} dev {network.name}",
            f"link set {network.name} up",
        ]
    return lines


def _make_cables(place: Place, holders: dict[str, int]) -> list[str]:
    lines = []
    for port in place.ports:
        far = make_mac(f"{place.name}:{port.far_interface}")
        lines += [
            f"link add {port.far_interface} address {far} type veth"
            f" peer name {port.interface} address {port.mac} netns {holders[place.name]}",
            f"link set {port.far_interface} master {port.network.name}",
            f"link set {port.far_interface} up",
        ]
    return lines


def _make_uplink(uplink: Uplink, holders: dict[str, int]) -> list[str]:
    (near, far), (here, there) = uplink.routers, uplink.interfaces
    macs = [make_mac(f"{router}:{interface}") for router, interface in ((near, here), (far, there))]
    return [
        f"link add {here} address {macs[0]} type veth"
        f" peer name {there} address {macs[1]} netns {holders[router_of(far)]}"
    ]


def _set_up_uplinks(router: Router, uplinks: Iterable[Uplink]) -> list[str]:
    lines = []
    for uplink in uplinks:
        if router.name in uplink.routers:
            end = uplink.routers.index(router.name)
            interface = uplink.interfaces[end]
            lines += [f"address add {uplink.addresses[end]}/31 dev {interface}", f"link set {interface} up"]
    return lines


def _add_routes(router: Router) -> list[str]:
    """Beside a way to anywhere, private networks that nobody has lead nowhere."""
    routes = [
        f"route replace {route.destination} via {route.via} dev {route.interface} metric {route.metric}"
        for route in router.routes
    ]
    if any(route.destination == ANYWHERE for route in router.routes):
        routes += [f"route replace unreachable {network} metric {NOWHERE}" for network in PRIVATE]
    return routes


def _set_up_user(place: Place) -> list[str]:
    """Both addresses; what is asked from one of them goes out by its own network."""
    lines = ["link set lo up"]
    for number, port in enumerate(place.ports):
        lines += [
            f"address add {port.network.with_length(port.address)} dev {port.interface}",
            f"link set {port.interface} up",
        ]
        table = 100 + number
        lines += [
            f"route add {port.network.network} dev {port.interface} table {table}",
            f"route add default via {port.network.gateway} table {table}",
            f"rule add from {port.address} table {table}",
        ]
    return [*lines, f"route add default via {place.ports[0].network.gateway}"]


def _set_networks(router: Router, stages: Stages, management: int | None) -> list[str]:
    """The networks that a municipality's router has at its stage: of others there is no gateway."""
    lines = []
    for network in router.networks:
        is_there = stages.has_new(router.name, network.name == f"v{management}")
        is_there = stages.has_old(router.name) if network.old else is_there
        lines.append(f"link set {network.name} {'up' if is_there else 'down'}")
    return lines


def _make_exit(way: Exit, outside: int) -> list[str]:
    macs = [make_mac(f"{way.name}:{end}") for end in ("here", "there")]
    return [
        f"link add {way.interface} address {macs[0]} type veth"
        f" peer name {way.interface} address {macs[1]} netns {outside}",
        f"address add {way.address} dev {way.interface}",
        f"link set {way.interface} up",
    ]


def _open_outside(own: Own, exits: Sequence[Exit]) -> None:
    """Let all destinations answer: each by the exit that it was asked by, at its own ports alone."""
    lines = ["link set lo up"]
    networks = dict.fromkeys(network for way in exits for network, _ in way.networks)
    # Anywhere is not where the exits and the region are: what goes back would not leave.
    beside = [*PRIVATE, *(way.address.network for way in exits)]
    parts = [part for network in networks for part in (take_out(network, beside) if network == ANYWHERE else [network])]
    lines += [f"route add local {part} dev lo" for part in parts]
    for number, way in enumerate(exits, 1):
        lines += [
            f"address add {way.peer}/{way.address.network.prefixlen} dev {way.interface}",
            f"link set {way.interface} up",
            *(f"route add {network} via {way.address.ip} dev {way.interface} metric {number}" for network in PRIVATE),
            f"route add default via {way.address.ip} dev {way.interface} table {number}",
            f"rule add fwmark {number} table {number}",
        ]
    _run(own, OUTSIDE, ["sh", "-ec", ROUTING])
    _run(own, OUTSIDE, ["ip", "-batch", "-"], lines)
    _run(own, OUTSIDE, ["nft", "-f", "-"], [render_outside(exits)])
    ports = sorted({str(port) for way in exits for _, ports in way.networks for port in ports})
    words = enter_command(own, OUTSIDE, [sys.executable, "-m", "lab.servers.outside", *ports])
    subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, env={"PATH": PATH}
    )
