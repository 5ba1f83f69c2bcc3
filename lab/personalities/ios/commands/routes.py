"""The routing table and the way to an address, by the routes that the datapath forwards by."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.commands.interfaces import interfaces, state
from lab.personalities.ios.commands.system import short
from lab.personalities.ios.configuration.addresses import OSPF_DISTANCE, interface_address, static_routes
from lab.personalities.ios.configuration.parse import Match
from lab.personalities.ios.configuration.services import vrf_of

CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area 
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP
       a - application route
       + - replicated route, % - next hop override
"""  # noqa: W291 (the second line ends in a blank on the switch, too)
DEFAULT = IPv4Network("0.0.0.0/0")
SOURCES = {"connected": "LC", "static": "S", "ospf": "O"}


@dataclass(frozen=True)
class Route:
    """A row of the routing table. ``via`` is None where the network is attached, or the packets are dropped."""

    code: str
    network: IPv4Network
    interface: str
    via: IPv4Address | None = None
    distance: int = 0
    metric: int = 0
    external: bool = False  # it came into OSPF from another source


def _age(shell: IosShell) -> str:
    minutes, seconds = divmod(int(shell.switch.uptime), 60)
    if minutes >= 1440:
        days, rest = divmod(minutes, 1440)
        return f"{days}d{rest // 60:02}h" if days < 7 else f"{days // 7}w{days % 7}d"
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def routes(shell: IosShell) -> list[Route]:
    """What the switch forwards by, in the order of the networks; of two ways to one network the nearer source's."""
    table: dict[tuple[IPv4Network, str], Route] = {}
    attached: list[Route] = []
    for name, section in interfaces(shell):
        own = interface_address(section)
        if own is not None and state(shell, name, section)[1]:
            attached.append(Route("C", own.network, name))
            if own.network.prefixlen < 32:
                attached.append(Route("L", IPv4Network(own.ip), name))
    best = {route.network: 0 for route in attached}
    ports = shell.device.config.ports
    learned = {row.network: row for row in shell.switch.learned() if row.network not in best}
    for route in static_routes(shell.device.config.root):
        nearest = (near.interface for near in attached if near.code == "C" and route.via and route.via in near.network)
        alone = route.interface if any(near.interface == route.interface for near in attached) else ""
        reached = "Null0" if route.discards else next(nearest, "") if route.via else alone
        if not reached or (route.network in learned and route.distance > OSPF_DISTANCE):
            continue
        if best.setdefault(route.network, route.distance) == route.distance:
            table[route.network, str(route.via)] = Route("S", route.network, reached, route.via, route.distance)
    for network, row in learned.items():
        if network not in best:
            metric = row.hops + 1 if row.metric is None else row.metric
            external = row.metric is not None
            shown = Route("O", network, ports[row.port - 1], row.via, OSPF_DISTANCE, metric, external)
            table[network, str(row.via)] = shown
    return sorted([*attached, *table.values()], key=lambda route: (route.network, route.code, str(route.via)))


def _classful(network: IPv4Network) -> IPv4Network:
    first = network.network_address.packed[0]
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network if network.prefixlen <= length else network.supernet(new_prefix=length)


def _row(route: Route, age: str) -> str:
    code = f"{route.code}{'*' if route.network == DEFAULT else ' '}{'E2' if route.external else '  '}"
    start = f"{code}  {route.network}" if code[1] == "*" else f"{code}     {route.network}"
    if route.via is None:
        return f"{start} is directly connected, {route.interface}"
    if route.code == "S":
        return f"{start} [{route.distance}/{route.metric}] via {route.via}"
    return f"{start} [{route.distance}/{route.metric}] via {route.via}, {age}, {route.interface}"


def _listing(shell: IosShell, table: list[Route], shown: list[Route]) -> str:
    last = next((route for route in table if route.network == DEFAULT), None)
    resort = "is not set" if last is None else f"is {last.via or '0.0.0.0'} to network 0.0.0.0"
    lines = [CODES, f"Gateway of last resort {resort}", ""]
    groups: dict[IPv4Network, list[Route]] = {}
    for route in shown:
        groups.setdefault(_classful(route.network), []).append(route)
    for major, rows in groups.items():
        inside = {route.network for route in rows if route.network != major}
        lengths = {route.network.prefixlen for route in rows}
        if inside and len(lengths) > 1:
            total = len({route.network for route in rows})
            lines.append(f"      {major} is variably subnetted, {total} subnets, {len(lengths)} masks")
        elif inside:
            lines.append(f"      {major.network_address}/{lengths.pop()} is subnetted, {len(inside)} subnets")
        lines += [_row(route, _age(shell)) for route in rows]
    return "\n".join([*lines, ""])


def _no_routing(shell: IosShell) -> str:
    gateway = shell.switch.meaning.default_gateway
    return (
        f"Default gateway is {gateway or 'not set'}\n\n"
        "Host               Gateway           Last Use    Total Uses  Interface\nICMP redirect cache is empty\n"
    )


@command("show ip route [connected|static|ospf [<1-65535>]]", level=1)
async def show_routes(shell: IosShell, typed: Match) -> str:
    """The routing table, or what came into it by one source; without routing the default gateway."""
    if not shell.switch.meaning.routing:
        return _no_routing(shell)
    table = routes(shell)
    source = next((word for word in typed.text.split() if word in SOURCES), None)
    shown = [route for route in table if source is None or route.code in SOURCES[source]]
    return _listing(shell, table, shown)


@command("show ip route <ip> [<ip>] [longer-prefixes]", level=1)
async def show_route(shell: IosShell, typed: Match) -> str:
    """The route to an address, or of a network."""
    if not shell.switch.meaning.routing:
        return _no_routing(shell)
    table = routes(shell)
    address = IPv4Address(typed.values[0])
    wanted = None
    if len(typed.values) > 1:
        mask = int(IPv4Address(typed.values[1]))
        length = f"{mask:032b}".find("0")
        wanted = IPv4Network((int(address) & mask, 32 if length < 0 else length), strict=False)
        if typed.text.endswith("longer-prefixes"):
            return _listing(shell, table, [route for route in table if route.network.subnet_of(wanted)])
    fitting = [
        route
        for route in table
        if (route.network == wanted if wanted else address in route.network and route.network != DEFAULT)
        or (address == DEFAULT.network_address and route.network == DEFAULT)
    ]
    if not fitting:
        major = _classful(IPv4Network(address))
        known = any(route.network != DEFAULT and route.network.subnet_of(major) for route in table)
        return f"% {'Subnet' if known else 'Network'} not in table\n"
    longest = max(route.network.prefixlen for route in fitting)
    return _described(shell, [route for route in fitting if route.network.prefixlen == longest])


def _described(shell: IosShell, rows: list[Route]) -> str:
    first = rows[0]
    process = next((section.text.split()[-1] for section in shell.device.config.root.sections("router ospf ")), "1")
    default = first.network == DEFAULT
    candidate = ", candidate default path" if default else ""
    kind = "extern 2, forward metric 2" if first.external else "intra area"
    known = {
        "C": '"connected", distance 0, metric 0 (connected, via interface)',
        "L": '"connected", distance 0, metric 0 (connected)',
        "S": f'"static", distance {first.distance}, metric 0{candidate}',
        "O": f'"ospf {process}", distance 110, metric {first.metric}{candidate}, type {kind}',
    }[first.code]
    lines = [
        f"Routing entry for {first.network}{', supernet' if default else ''}",
        f"  Known via {known}",
    ]
    if first.code == "O":
        lines.append(f"  Last update from {first.via} on {first.interface}, {_age(shell)} ago")
    lines.append("  Routing Descriptor Blocks:")
    near = {near.address: near.router_id for near in shell.switch.adjacencies()}
    for route in rows:
        if route.via is None:
            lines.append(f"  * directly connected, via {route.interface}")
        elif route.code == "O":
            source = near.get(route.via, str(route.via))
            lines.append(f"  * {route.via}, from {source}, {_age(shell)} ago, via {route.interface}")
        else:
            lines.append(f"  * {route.via}")
        lines.append(f"      Route metric is {route.metric}, traffic share count is 1")
    return "\n".join([*lines, ""])


@command("show ip route summary", level=1)
async def show_route_summary(shell: IosShell, typed: Match) -> str:
    """How many routes came from where."""
    table = routes(shell) if shell.switch.meaning.routing else []
    lines = [
        "IP routing table name is default (0x0)",
        "IP routing table maximum-paths is 32",
        f"{'Route Source':<16}{'Networks':<12}{'Subnets':<12}{'Replicates':<12}{'Overhead':<12}Memory (bytes)",
    ]
    sources = {"connected": "LC", "static": "S"}
    for section in shell.device.config.root.sections("router ospf "):
        sources[f"ospf {section.text.split()[-1]}"] = "O"
    total = [0, 0]
    for name, codes in sources.items():
        rows = [route for route in table if route.code in codes]
        whole = sum(route.network == _classful(route.network) for route in rows)
        lines.append(_counted(name, whole, len(rows) - whole))
        total = [total[0] + whole, total[1] + len(rows) - whole]
        if name.startswith("ospf"):
            outside = sum(route.external for route in rows)
            inside = len(rows) - outside
            lines.append(f"  Intra-area: {inside} Inter-area: 0 External-1: 0 External-2: {outside}")
            lines.append("  NSSA External-1: 0 NSSA External-2: 0")
    majors = {_classful(route.network) for route in table if route.network != _classful(route.network)}
    lines.append(f"{'internal':<16}{len(majors):<48}{len(majors) * 440}")
    lines.append(_counted("Total", total[0] + len(majors), total[1]))
    return "\n".join([*lines, ""])


def _counted(name: str, networks: int, subnets: int) -> str:
    count = networks + subnets
    return f"{name:<16}{networks:<12}{subnets:<12}{0:<12}{count * 96:<12}{count * 288}"


@command("show ip protocols", level=1)
async def show_protocols(shell: IosShell, typed: Match) -> str:
    """The routing protocols that run."""
    lines = ["*** IP Routing is NSF aware ***", ""]
    for section in shell.device.config.root.sections("router ospf ") if shell.switch.meaning.routing else ():
        lines += [
            f'Routing Protocol is "{section.text.removeprefix("router ")}"',
            "  Outgoing update filter list for all interfaces is not set",
            "  Incoming update filter list for all interfaces is not set",
            "  Number of areas in this router is 1. 1 normal 0 stub 0 nssa",
            "  Maximum path: 4", "  Routing for Networks:",
            *(f"    {' '.join(line.split()[1:])}" for line in section.lines("network ")),
            "  Routing Information Sources:", "    Gateway         Distance      Last Update",
            *(f"    {near.router_id:<15}      110      {_age(shell)}" for near in shell.switch.adjacencies()),
            "  Distance: (default is 110)", "",
        ]  # fmt: skip
    return "\n".join([*lines, ""])


@command("traceroute <word> [source <word>] [ttl <0-255> <1-255>] [timeout <0-3600>] [probe <1-65535>]", level=1)
async def traceroute(shell: IosShell, typed: Match) -> str:
    """The routers on the way to an address."""
    words = typed.text.split()
    target = words[1]
    try:
        hops = shell.switch.trace(target)
        reached = shell.switch.ping(target)
    except ValueError:
        return f'Translating "{target}"\n% Unrecognized host or address.\n'
    lines = ["Type escape sequence to abort.", f"Tracing the route to {target}"]
    lines.append("VRF info: (vrf in name/id, vrf out name/id)")
    last = int(words[words.index("ttl") + 2]) if "ttl" in words else 30
    shown = [f"{hop} 1 msec 1 msec 1 msec" for hop in hops]
    if not reached:
        shown += [" *  *  * "] * (last - len(hops))
    lines += [f" {number:>2} {text}" for number, text in enumerate(shown[:last], 1)]
    return "\n".join([*lines, ""])


@command("show vrf", "show ip vrf", level=1)
async def show_vrf(shell: IosShell, typed: Match) -> str:
    """A line for each, with its interfaces below one another."""
    root = shell.device.config.root
    lines = ["  Name                             Default RD            Protocols   Interfaces"]
    for section in [*root.sections("vrf definition "), *root.sections("ip vrf ")]:
        name = section.text.split()[-1]
        families = [family.text.split()[1] for family in section.sections("address-family ")]
        protocols = ",".join(sorted(families)) if section.context == "vrf" else "ipv4"
        inside = [short(face) for face, other in interfaces(shell) if vrf_of(other) == name] or [""]
        rd = (section.get("rd") or "<not set>").removeprefix("rd ")
        lines.append(f"  {name:<32} {rd:<21} {protocols:<11} {inside[0]}".rstrip())
        lines += [f"{'':<69}{face}" for face in inside[1:]]
    return "\n".join([*lines, ""])


@command(
    "show ip bgp [all] [summary]", "show bgp all summary",
    "show bgp (ipv4|ipv6) (unicast|multicast) [summary|neighbors]",
    "show ip bgp neighbors", "show ip bgp <ip>", level=1,
)  # fmt: skip
async def show_bgp(shell: IosShell, typed: Match) -> str:
    """These switches speak no BGP."""
    return "% BGP not active\n"
