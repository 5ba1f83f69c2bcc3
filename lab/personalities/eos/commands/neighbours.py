"""Show commands about what the switch hears: LLDP, MAC, ARP, VLANs."""

from typing import Any

from lab.device.switch import mac_of
from lab.personalities.eos.commands.system import dotted
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
        chassis = _chassis(terminal, heard)
        text.append(
            f"Interface {name} detected 1 LLDP neighbors:\n\n"
            f'  Neighbor {chassis}/"{heard.port_name}", age 12 seconds\n'
            "  Discovered 0:10:00 ago; Last changed 0:10:00 ago\n"
            f"  - Chassis ID type: MAC address (4)\n    Chassis ID     : {chassis}\n"
            f'  - Port ID type: Interface name (5)\n    Port ID     : "{heard.port_name}"\n'
            f'  - Time To Live: 120 seconds\n  - System Name: "{heard.hostname}"\n'
            f'  - System Description: "{heard.description}"\n'
            "  - System Capabilities : Bridge, Router\n    Enabled Capabilities: Bridge\n\n"
        )
        data[name]["lldpNeighborInfo"].append(
            {
                "chassisIdType": "macAddress",
                "chassisId": chassis,
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


def _chassis(terminal: Terminal, heard: Any) -> str:
    """The far end's own address; of a neighbour without a cable (a test's) one that is made of its name."""
    return dotted(terminal.switch.far_mac(heard.port) or mac_of(heard.hostname))


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
    names = terminal.switch.port_names
    ports = {(mac.mac, mac.vlan): names[mac.port - 1] for mac in terminal.switch.macs()}
    for heard in terminal.switch.arp():
        if heard.vlan is not None:  # and the port on which it was heard, as far as that is known
            where = f"Vlan{heard.vlan}, {ports.get((heard.mac, heard.vlan), 'not learned')}"
        else:
            where = names[(heard.port or 1) - 1]
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
