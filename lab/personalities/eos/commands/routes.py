"""Show commands about where the switch sends: routes, OSPF, access lists."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from lab.personalities.eos.commands.interfaces import look
from lab.personalities.eos.configuration import meaning
from lab.personalities.eos.pipes import Failed
from lab.personalities.eos.terminal import Output, Terminal, command

CODES = """Codes: C - connected, S - static, K - kernel,
       O - OSPF, IA - OSPF inter area, E1 - OSPF external type 1,
       E2 - OSPF external type 2, N1 - OSPF NSSA external type 1,
       N2 - OSPF NSSA external type2, B - Other BGP Routes,
       B I - iBGP, B E - eBGP, R - RIP, I L1 - IS-IS level 1,
       I L2 - IS-IS level 2, O3 - OSPFv3, A B - BGP Aggregate,
       A O - OSPF Summary, NG - Nexthop Group Static Route,
       V - VXLAN Control Service, M - Martian,
       DH - DHCP client installed default route,
       DP - Dynamic Policy Route, L - VRF Leaked,
       G  - gRIBI, RC - Route Cache Route
"""
LINK_COST = 10  # of OSPF, at every interface
SOURCES = "(connected|static|ospf|bgp|rip|isis|kernel|aggregate|attached|dynamic)"
DEFAULT = IPv4Network("0.0.0.0/0")


@dataclass
class Route:
    """A route as it is installed. ``vias``: next hop (empty: attached) and interface."""

    network: IPv4Network
    kind: str  # connected, static, OSPF
    distance: int
    metric: int
    vias: list[tuple[str, str]] = field(default_factory=list)

    def text(self) -> str:
        """The lines of ``show ip route``."""
        head = f" {self.kind[0].upper():<8} {self.network} "
        if self.vias[0][0]:
            head += f"[{self.distance}/{self.metric}] "
        hops = [f"via {hop}, {name}" if hop else f"is directly connected, {name}" for hop, name in self.vias]
        return f"\n{' ' * len(head)}".join([head + hops[0], *hops[1:]]) + "\n"

    def data(self) -> dict[str, Any]:
        """The entry of the JSON form."""
        return {
            "routeType": self.kind,
            "preference": self.distance,
            "metric": self.metric,
            "vias": [
                {"nexthopAddr": hop, "interface": name} if hop else {"interface": name} for hop, name in self.vias
            ],
            "routeAction": "forward",
            "directlyConnected": not self.vias[0][0],
            "hardwareProgrammed": True,
            "kernelProgrammed": True,
        }


def installed(terminal: Terminal) -> list[Route]:
    """The routes that packets take, by network: what ``lab.network.routing`` forwards by."""
    table: dict[IPv4Network, Route] = {}
    attached = [interface for interface in look(terminal) if interface.address is not None and interface.up]

    def offer(network: IPv4Network, kind: str, distance: int, metric: int, via: tuple[str, str]) -> None:
        held = table.get(network)
        if held is None or distance < held.distance:
            table[network] = Route(network, kind, distance, metric, [via])
        elif (held.kind, held.distance, held.metric) == (kind, distance, metric) and via not in held.vias:
            held.vias.append(via)

    for interface in attached:
        if interface.address is not None:
            offer(interface.address.network, "connected", 0, 0, ("", interface.name))
    routing = terminal.switch.meaning.routing
    for line in meaning.static_lines(terminal.eos.config):
        network, distance = IPv4Network(line.text.split()[2]), meaning.distance(line)
        route = meaning.static_route(line)
        if not routing and network != DEFAULT:
            continue
        if route is None and line.text.split()[3] == "Null0":
            offer(network, "static", distance, 0, ("", "Null0"))
        elif route is not None:
            near = (face.name for face in attached if face.address and route[1] in face.address.network)
            way = next(near, None)
            if way is not None:  # a next hop on no attached network is no route
                offer(network, "static", distance, 0, (str(route[1]), way))
    for learned in terminal.switch.learned():
        port = terminal.switch.port_names[learned.port - 1]
        offer(learned.network, "OSPF", meaning.OSPF_DISTANCE, LINK_COST * (learned.hops + 1), (str(learned.via), port))
    return [table[network] for network in sorted(table)]


def _show(terminal: Terminal, vrf: str, source: str = "", target: str = "", longer: bool = False) -> Output:
    """``show ip route`` with its arguments."""
    config = terminal.eos.config
    if vrf not in ("default", "all") and f"vrf {vrf}" not in config.root:
        raise Failed(f"IP Routing table for VRF {vrf} does not exist.")
    every = installed(terminal) if vrf in ("default", "all") else []
    routes = [route for route in every if not source or route.kind.lower() == source]
    if target:
        wanted = IPv4Network(target, strict=False)
        covering = [route for route in routes if wanted.subnet_of(route.network)]
        exact = max(covering, key=lambda route: route.network.prefixlen, default=None)
        if longer:
            routes = [route for route in routes if route.network.subnet_of(wanted)]
        elif "/" in target:
            routes = [route for route in routes if route.network == wanted]
        else:
            routes = [exact] if exact is not None else []
    lines = [f"\nVRF: {'default' if vrf == 'all' else vrf}\n{CODES}\n"]
    plain = not source and not target
    if plain:
        last = [route for route in routes if route.network == DEFAULT]
        lines.append("Gateway of last resort:\n" + last[0].text() if last else "Gateway of last resort is not set\n")
        lines.append("\n")
    lines += [route.text() for route in routes if not (plain and route.network == DEFAULT)]
    if not terminal.switch.meaning.routing:
        lines.append("\n! IP routing not enabled\n")
    data = {
        "routingDisabled": not terminal.switch.meaning.routing,
        "allRoutesProgrammedHardware": True,
        "allRoutesProgrammedKernel": True,
        "defaultRouteState": "reachable" if any(route.network == DEFAULT for route in every) else "notSet",
        "routes": {str(route.network): route.data() for route in routes},
    }
    return Output("".join(lines) + "\n", {"vrfs": {"default" if vrf == "all" else vrf: data}})


@command("show ip route [detail]", privileged=False)
def all_routes(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Where packets go: connected, static and learned."""
    return _show(terminal, "default")


@command(f"show ip route {SOURCES} [detail]", privileged=False)
def routes_from(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The routes of one source."""
    return _show(terminal, "default", source=values[0])


@command("show ip route <target> [detail]", f"show ip route <target> {SOURCES} [detail]", privileged=False)
def route_to(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The route to an address, or of a network."""
    return _show(terminal, "default", target=values[0], source=values[1] if len(values) > 1 else "")


@command(
    "show ip route <target> longer-prefixes [detail]",
    f"show ip route <target> longer-prefixes {SOURCES} [detail]",
    privileged=False,
)
def routes_within(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The routes of a network and of those within."""
    return _show(terminal, "default", target=values[0], source=values[1] if len(values) > 1 else "", longer=True)


@command("show ip route vrf <name> [detail]", privileged=False)
def vrf_routes(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The routes of a VRF."""
    return _show(terminal, values[0])


@command(f"show ip route vrf <name> {SOURCES} [detail]", privileged=False)
def vrf_routes_from(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The routes of a VRF and one source."""
    return _show(terminal, values[0], source=values[1])


@command(
    "show ip route vrf <name> <target> [detail]",
    f"show ip route vrf <name> <target> {SOURCES} [detail]",
    privileged=False,
)
def vrf_route_to(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The route of a VRF to an address, or of a network."""
    return _show(terminal, values[0], target=values[1], source=values[2] if len(values) > 2 else "")


@command(
    "show ip route vrf <name> <target> longer-prefixes [detail]",
    f"show ip route vrf <name> <target> longer-prefixes {SOURCES} [detail]",
    privileged=False,
)
def vrf_routes_within(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The routes of a VRF, of a network and of those within."""
    return _show(terminal, values[0], target=values[1], source=values[2] if len(values) > 2 else "", longer=True)


@command("show ip route summary [brief]", "show ip route vrf (default|all) summary [brief]", privileged=False)
def summary(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """How many routes there are, by source and by length."""
    table = installed(terminal)
    counts = {kind: sum(route.kind == kind for route in table) for kind in ("connected", "static", "OSPF")}
    rows: list[tuple[str, int | str]] = [
        ("connected", counts["connected"]),
        ("static (persistent)", counts["static"]),
        ("static (non-persistent)", 0),
        ("VXLAN Control Service", 0),
        ("static nexthop-group", 0),
        ("ospf", counts["OSPF"]),
        (f"  Intra-area: {counts['OSPF']} Inter-area: 0 External-1: 0 External-2: 0", ""),
        ("  NSSA External-1: 0 NSSA External-2: 0", ""),
        ("ospfv3", 0),
        ("bgp", 0),
        ("  External: 0 Internal: 0", ""),
        ("isis", 0),
        ("  Level-1: 0 Level-2: 0", ""),
        ("rip", 0),
        ("internal", 0),
        ("attached", 0),
        ("aggregate", 0),
        ("dynamic policy", 0),
        ("gribi", 0),
    ]
    lengths = {
        length: sum(route.network.prefixlen == length for route in table)
        for length in sorted({route.network.prefixlen for route in table})
    }
    text = "\nOperating routing protocol model: multi-agent\nConfigured routing protocol model: multi-agent\n\n"
    text += f"VRF: default\n   {'Route Source':<44}Number Of Routes\n{'-' * 37} {'-' * 25}\n"
    text += "".join(f"   {name:<34}{count:>26}".rstrip() + "\n" for name, count in rows)
    text += f"\n   {'Total Routes':<34}{len(table):>26}\n\nNumber of routes per mask-length:\n"
    text += "   " + "  ".join(f"/{length}: {count}" for length, count in lengths.items()) + "\n"
    data = {
        "connected": counts["connected"],
        "staticPersistent": counts["static"],
        "staticNonPersistent": 0,
        "ospfCounts": {"ospfTotal": counts["OSPF"], "ospfIntraArea": counts["OSPF"], "ospfInterArea": 0},
        "bgpCounts": {"bgpTotal": 0, "bgpExternal": 0, "bgpInternal": 0},
        "totalRoutes": len(table),
        "maskLen": {str(length): count for length, count in lengths.items()},
    }
    return Output(text, {"protoModelStatus": {"operatingProtoModel": "multi-agent"}, "vrfs": {"default": data}})


@command("show ip ospf neighbor", privileged=False)
def ospf(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Neighbours that are up."""
    lines = ["Neighbor ID     Instance VRF      Pri State                  Dead Time   Address         Interface"]
    entries = []
    for heard in terminal.switch.adjacencies():
        port = terminal.switch.port_names[heard.port - 1]
        lines.append(
            f"{heard.router_id:<15} 1        default  0   FULL                   00:00:35    "
            f"{heard.address!s:<15} {port}"
        )
        entries.append(
            {
                "routerId": heard.router_id,
                "adjacencyState": "full",
                "interfaceName": port,
                "interfaceAddress": str(heard.address),
                "priority": 0,
                "drState": "DR",
            }
        )
    return Output("\n".join(lines) + "\n", {"vrfs": {"default": {"instList": {"1": {"ospfNeighborEntries": entries}}}}})


@command("show ip access-lists", "show ip access-lists <word>", privileged=False)
def access_lists(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Access lists, row by row."""
    return _format_lists(terminal, values, "IP Access List", ("access list", "standard access list"))


@command("show ipv6 access-lists", "show ipv6 access-lists <word>", privileged=False)
def ipv6_access_lists(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """IPv6 access lists, row by row."""
    return _format_lists(terminal, values, "IPV6 Access List", ("ipv6 access list", "standard ipv6 access list"))


def _format_lists(terminal: Terminal, values: tuple[str, ...], title: str, contexts: tuple[str, str]) -> Output:
    text = []
    for section in terminal.eos.config.sections(*contexts):
        name = section.text.split()[-1]
        if not values or values[0] == name:
            rows = sorted(section.lines.values(), key=lambda line: int(line.key))
            text.append(f"{title} {name}\n" + "".join(f"        {line.text}\n" for line in rows))
    return Output("\n".join(text), None)
