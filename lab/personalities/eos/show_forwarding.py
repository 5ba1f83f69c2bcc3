"""Show commands about what the switch hears and where it sends: LLDP, MAC, ARP, VLANs, routes, OSPF."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab.personalities.eos.config import Line
from lab.personalities.eos.show_interfaces import look
from lab.personalities.eos.show_system import dotted
from lab.personalities.eos.terminal import Output, Terminal, command


def _lldp_on(terminal: Terminal) -> bool:
    return "lldp" not in terminal.eos.config.root  # only "no lldp run" is ever stored


def _neighbours(terminal: Terminal, port: str = "") -> list[tuple[str, Any]]:
    if not _lldp_on(terminal):
        return []
    names = terminal.switch.port_names
    neighbours = [(names[heard.port - 1], heard) for heard in terminal.switch.neighbours()]
    return [(name, heard) for name, heard in neighbours if not port or name == port]


@command("show lldp neighbors", privileged=False)
def lldp(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Who is at the other end of each cable."""
    if not _lldp_on(terminal):
        return Output("LLDP is not enabled\n", {"lldpNeighbors": [], "tablesInserts": 0})
    neighbours = _neighbours(terminal)
    lines = [
        "Last table change time   : 0:10:00 ago",
        f"Number of table inserts  : {len(neighbours)}",
        "Number of table deletes  : 0",
        "Number of table drops    : 0",
        "Number of table age-outs : 0",
        "",
        "Port          Neighbor Device ID       Neighbor Port ID    TTL",
        "---------- ------------------------ ---------------------- ---",
    ]
    lines += [
        f"{name.replace('Ethernet', 'Et'):<13} {heard.hostname:<24} {heard.port_name:<19} 120"
        for name, heard in neighbours
    ]
    data = [
        {"port": name, "neighborDevice": heard.hostname, "neighborPort": heard.port_name, "ttl": 120}
        for name, heard in neighbours
    ]
    return Output(
        "\n".join(lines) + "\n",
        {
            "tablesLastChangeTime": 0.0,
            "tablesAgeOuts": 0,
            "tablesInserts": len(neighbours),
            "lldpNeighbors": data,
            "tablesDeletes": 0,
            "tablesDrops": 0,
        },
    )


@command("show lldp neighbors detail", "show lldp neighbors <port> detail", privileged=False)
def lldp_detail(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Who is at the other end of each cable, with what it says of itself."""
    text: list[str] = []
    data: dict[str, Any] = {name: {"lldpNeighborInfo": []} for name in (values or terminal.switch.port_names)}
    for name, heard in _neighbours(terminal, values[0] if values else ""):
        text.append(
            f"Interface {name} detected 1 LLDP neighbors:\n\n  Neighbor {heard.hostname}/{heard.port_name}\n"
            f'  - System Name: "{heard.hostname}"\n  - Port ID     : "{heard.port_name}"\n'
            f'  - System Description: "{heard.description}"\n\n'
        )
        data[name]["lldpNeighborInfo"].append(
            {
                "chassisIdType": "macAddress",
                "chassisId": _chassis(heard.hostname),
                "systemName": heard.hostname,
                "systemDescription": heard.description,
                "systemCapabilities": {"bridge": True, "router": False},
                "ttl": 120,
                "neighborInterfaceInfo": {
                    "interfaceIdType": "interfaceName",
                    "interfaceId": f'"{heard.port_name}"',
                    "interfaceId_v2": heard.port_name,
                    "interfaceDescription": "",
                },
            }
        )
    return Output("".join(text), {"lldpNeighbors": data})


def _chassis(hostname: str) -> str:
    """A neighbour's chassis id: the lab knows its name only, and makes a stable address of it."""
    digits = f"{sum((index + 1) * ord(letter) for index, letter in enumerate(hostname)) & 0xFFFFFF:06x}"
    return f"001c.73{digits[:2]}.{digits[2:]}"


@command("show mac address-table", "show mac address-table dynamic", privileged=False)
def mac_table(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Addresses heard on each port."""
    names = terminal.switch.port_names
    entries = [
        {
            "vlanId": heard.vlan,
            "macAddress": heard.mac,
            "entryType": "dynamic",
            "interface": names[heard.port - 1],
            "moves": 1,
            "lastMove": 0.0,
        }
        for heard in terminal.switch.macs()
    ]
    lines = [
        "          Mac Address Table",
        "-" * 66,
        "",
        "Vlan    Mac Address       Type        Ports      Moves   Last Move",
        "----    -----------       ----        -----      -----   ---------",
    ]
    lines += [
        f"{entry['vlanId']:>4}    {dotted(str(entry['macAddress'])):<17} DYNAMIC     "
        f"{str(entry['interface']).replace('Ethernet', 'Et'):<10} 1       0:10:00 ago"
        for entry in entries
    ]
    lines.append(f"Total Mac Addresses for this criterion: {len(entries)}")
    return Output(
        "\n".join(lines) + "\n",
        {
            "unicastTable": {"tableEntries": entries},
            "multicastTable": {"tableEntries": []},
            "disabledMacLearningVlans": [],
        },
    )


@command("show arp [vrf all]", "show ip arp [vrf all]", privileged=False)
def arp(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Addresses on attached networks."""
    lines, entries = ["Address         Age (sec)  Hardware Addr   Interface"], []
    for heard in terminal.switch.arp():
        where = f"Vlan{heard.vlan}" if heard.vlan is not None else terminal.switch.port_names[(heard.port or 1) - 1]
        entries.append({"hwAddress": dotted(heard.mac), "address": str(heard.address), "interface": where, "age": 60})
        lines.append(f"{heard.address!s:<15} {'0:01:00':>9}  {dotted(heard.mac)}  {where}")
    table = {
        "totalEntries": len(entries),
        "staticEntries": 0,
        "dynamicEntries": len(entries),
        "notLearnedEntries": 0,
        "ipV4Neighbors": entries,
    }
    return Output("\n".join(lines) + "\n", {"vrfs": {"default": table}, **table})


@command("show vlan", "show vlan brief", "show vlan <int:1-4094>", privileged=False)
def vlan(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The VLANs that exist, and the ports in them."""
    lines = [
        "VLAN  Name                             Status    Ports",
        "----- -------------------------------- --------- -------------------------------",
    ]
    data: dict[str, Any] = {}
    meaning = terminal.switch.meaning
    for number, name in sorted(meaning.vlans.items()):
        if values and number != int(values[0]):
            continue
        members = {}
        for port_number, port in meaning.ports.items():
            tagged = port.tagged is None or number in port.tagged
            if (
                not port.routed
                and (number in (port.access, port.voice) or tagged)
                and terminal.switch.oper(port_number)
            ):
                members[terminal.switch.port_names[port_number - 1]] = {"privatePromoted": False}
        if number in meaning.svis:
            members["Cpu"] = {"privatePromoted": False}
        lines.append(
            f"{number:<5} {name:<32} active    " + ", ".join(member.replace("Ethernet", "Et") for member in members)
        )
        data[str(number)] = {"name": name, "dynamic": False, "status": "active", "interfaces": members}
    return Output("\n".join(line.rstrip() for line in lines) + "\n", {"sourceDetail": "", "vlans": data})


@command(
    "show ip route",
    "show ip route <word>",
    "show ip route vrf <word> <word> [longer-prefixes] [detail]",
    "show ip route vrf <word> <word> [longer-prefixes] (connected|static|ospf) [detail]",
    privileged=False,
)
def routes(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Connected and static routes; OSPF's neighbours stand for what is learned."""
    table: dict[str, Any] = {}
    lines = ["VRF: default", "Codes: C - connected, S - static, K - kernel, O - OSPF", "", "Gateway of last resort:"]
    seen = [interface for interface in look(terminal) if interface.address is not None and interface.up]
    for interface in seen:
        if interface.address is not None:
            table[str(interface.address.network)] = _route("connected", 0, [{"interface": interface.name}])
            lines.append(f" C        {interface.address.network} is directly connected, {interface.name}")
    for node in terminal.eos.config.ordered():
        if isinstance(node, Line) and node.text.startswith("ip route "):
            network, hop = node.text.split()[2:4]
            near = (attached for attached in seen if attached.address and IPv4Address(hop) in attached.address.network)
            way = next((attached.name for attached in near), None)
            if way is not None:  # a next hop on no attached network is no route
                table[network] = _route("static", 1, [{"nexthopAddr": hop, "interface": way}])
                lines.append(f" S        {network} [1/0] via {hop}, {way}")
    for heard in terminal.switch.adjacencies():
        port = terminal.switch.port_names[heard.port - 1]
        network = f"{heard.router_id}/32"
        table[network] = _route("OSPF", 110, [{"nexthopAddr": str(heard.address), "interface": port}])
        lines.append(f" O        {network} [110/20] via {heard.address}, {port}")
    wanted = values[1] if len(values) > 1 else values[0] if values else ""
    if wanted and wanted != "vrf":
        inside = IPv4Network(wanted, strict=False)
        covering = [network for network in table if inside.subnet_of(IPv4Network(network))]
        best = max(covering, key=lambda network: IPv4Network(network).prefixlen, default=None)
        table = {best: table[best]} if best else {}
        lines = lines[:4] + [line for line in lines[4:] if best and f" {best} " in line]
    return Output(
        "\n".join(lines) + "\n",
        {
            "vrfs": {
                "default": {
                    "routingDisabled": not terminal.switch.meaning.routing,
                    "allRoutesProgrammedHardware": True,
                    "routes": table,
                }
            }
        },
    )


def _route(kind: str, preference: int, vias: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "routeType": kind,
        "preference": preference,
        "metric": 0,
        "vias": vias,
        "routeAction": "forward",
        "directlyConnected": kind == "connected",
        "hardwareProgrammed": True,
        "kernelProgrammed": True,
    }


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
    text = []
    for section in terminal.eos.config.sections("access list"):
        name = section.text.split()[-1]
        if not values or values[0] == name:
            rows = sorted(section.lines.values(), key=lambda line: int(line.key))
            text.append(f"IP Access List {name}\n" + "".join(f"        {line.text}\n" for line in rows))
    return Output("\n".join(text), None)
