"""What ProCurve's ``show`` commands print of ports, trunks and VLANs, laid out as the switch does."""

import re

from lab.personalities.procurve import ports
from lab.personalities.procurve.device import ProcurveDevice
from lab.personalities.procurve.grammar import Refused
from lab.personalities.procurve.meaning import read_port


def mac(address: str) -> str:
    """A hardware address as ProCurve writes it: ``0050b6-1a2b3c``."""
    digits = "".join(c for c in address.lower() if c in "0123456789abcdef")
    return f"{digits[:6]}-{digits[6:]}"


def read_ports(device: ProcurveDevice, args: list[str]) -> list[int]:
    """The ports that are asked about; all that a cable fits, if none is named."""
    configuration = device.configuration
    return ports.parse(args[0], configuration.ports) if args else list(range(1, configuration.count + 1))


def _is_up(device: ProcurveDevice, port: int) -> bool:
    """Whether a port's link is up; a trunk's is as long as one of its members' is."""
    trunk = device.configuration.trunks.by_port.get(port)
    return any(map(device.switch.oper, trunk.members)) if trunk is not None else device.switch.oper(port)


def _label(device: ProcurveDevice, port: int) -> str:
    """A port as the tables of ports have it: ``27-Trk1`` if it is in a trunk."""
    trunk = device.configuration.trunks.members.get(port)
    return ports.name(port) if trunk is None else f"{port}-{ports.name(trunk)}"


def _media(device: ProcurveDevice, port: int) -> str:
    return "" if port > ports.TRUNK else device.configuration.trunks.media(port)


def interfaces_brief(device: ProcurveDevice, args: list[str]) -> str:
    """``show interfaces brief``."""
    lines = [
        "\n Status and Counters - Port Status\n",
        "                          | Intrusion                           MDI  Flow Bcast",
        "  Port         Type       | Alert     Enabled Status Mode       Mode Ctrl Limit",
        "  ------------ ---------- + --------- ------- ------ ---------- ---- ---- -----",
    ]
    for port in read_ports(device, args):
        enabled = "Yes" if read_port(device.configuration, port).up else "No"
        status, mode, mdi = ("Up", "1000FDx", "MDI") if _is_up(device, port) else ("Down", "1000FDx", "Auto")
        lines.append(
            f"  {_label(device, port):<12} {_media(device, port):<10} | {'No':<9} {enabled:<7} {status:<6} {mode:<10} "
            f"{mdi:<4} {'off':<4} 0"
        )
    return "\n".join(lines) + "\n\n"


def interfaces_status(device: ProcurveDevice, args: list[str]) -> str:
    """``show interfaces status``."""
    lines = [
        "\n  Port     Name       Status  Config-mode   Speed    Type       Tagged Untagged",
        "  -------- ---------- ------- ------------- -------- ---------- ------ --------",
    ]
    for port in read_ports(device, args):
        means = read_port(device.configuration, port)
        tagged = sorted(means.tagged or ())
        carried = "No" if not tagged else str(tagged[0]) if len(tagged) == 1 else "multi"
        status, speed = ("Up", "1000FDx") if _is_up(device, port) else ("Down", "1000FDx")
        lines.append(
            f"  {_label(device, port):<8} {means.description[:10]:<10} {status:<7} {'Auto':<13} {speed:<8} "
            f"{_media(device, port):<10} {carried:<6} {means.access or 'None'}"
        )
    return "\n".join(lines) + "\n\n"


def _count_damaged(device: ProcurveDevice, port: int) -> int:
    """The frames that arrived damaged."""
    names = device.switch.port_names
    suffers = port <= len(names) and device.switch.faults.hardware.suffers("crc", names[port - 1])
    return int(device.switch.uptime) // 10 + 1 if suffers and _is_up(device, port) else 0


def interfaces(device: ProcurveDevice, _: list[str]) -> str:
    """``show interfaces``: a row of counters for each port (the lab counts nothing but what is damaged)."""
    lines = [
        "\n Status and Counters - Port Counters\n",
        "                                                                 Flow Bcast",
        "  Port         Total Bytes    Total Frames   Errors Rx Drops Tx  Ctrl Limit",
        "  ------------ -------------- -------------- --------- --------- ---- -----",
    ]
    for port in read_ports(device, []):
        damaged = f"{_count_damaged(device, port):,}"
        lines.append(f"  {_label(device, port):<12} {'0':<14} {'0':<14} {damaged:<9} {'0':<9} off  0")
    return "\n".join(lines) + "\n\n"


def interfaces_port(device: ProcurveDevice, args: list[str]) -> str:
    """``show interfaces 5``: counters (the lab counts nothing but what is damaged)."""
    out = []
    for port in read_ports(device, args):
        means = read_port(device.configuration, port)
        damaged = f"{_count_damaged(device, port):,}"
        out.append(
            f"\n Status and Counters - Port Counters for port {ports.name(port):<20}\n\n"
            f"  Name  : {means.description:<60}\n  MAC Address      : {mac(device.switch.mac)}\n"
            f"  Link Status      : {'Up' if _is_up(device, port) else 'Down'}\n"
            f"  Port Enabled     : {'Yes' if means.up else 'No'}\n"
            "  Totals (Since boot or last clear) :\n"
            f"   Bytes Rx        : {'0':<20} Bytes Tx        : 0\n   Unicast Rx      : {'0':<20} Unicast Tx      : 0\n"
            f"   Bcast/Mcast Rx  : {'0':<20} Bcast/Mcast Tx  : 0\n  Errors (Since boot or last clear) :\n"
            f"   FCS Rx          : {damaged:<20} Drops Tx        : 0\n"
            f"   Alignment Rx    : {'0':<20} Collisions Tx   : 0\n   Runts Rx        : {'0':<20} Late Colln Tx   : 0\n"
            f"   Giants Rx       : {'0':<20} Excessive Colln : 0\n"
            f"   Total Rx Errors : {damaged:<20} Deferred Tx     : 0\n  Others (Since boot or last clear) :\n"
            f"   Discard Rx      : {'0':<20} Out Queue Len   : 0\n   Unknown Protos  : 0\n"
        )
    return "".join(out)


def vlans(device: ProcurveDevice, _: list[str]) -> str:
    """``show vlans``."""
    sections = device.configuration.vlans
    lines = [
        "\n Status and Counters - VLAN Information\n",
        "  Maximum VLANs to support : 512",
        f"  Primary VLAN : {device.switch.meaning.vlans[1]}",
        "  Management VLAN :\n",
        "  VLAN ID Name                             | Status     Voice Jumbo",
        "  ------- -------------------------------- + ---------- ----- -----",
    ]
    for number in sorted(sections):
        name = device.switch.meaning.vlans[number]
        voice = "Yes" if sections[number].store.get("voice") else "No"
        jumbo = "Yes" if sections[number].store.get("jumbo") else "No"
        lines.append(f"  {number:<7} {name[:32]:<32} | {'Port-based':<10} {voice:<5} {jumbo}")
    return "\n".join(lines) + "\n\n"


def vlan(device: ProcurveDevice, args: list[str]) -> str:
    """``show vlans 20``: its ports, a trunk as one of them."""
    section = device.configuration.vlans.get(int(args[0])) if re.fullmatch(r"[0-9]{1,4}", args[0]) else None
    if section is None:
        raise Refused(f"Invalid input: {args[0]}")
    lines = [
        f"\n Status and Counters - VLAN Information - VLAN {int(args[0])}\n",
        f"  VLAN ID : {int(args[0])}",
        f"  Name : {device.switch.meaning.vlans[int(args[0])]}",
        "  Status : Port-based",
        f"  Voice : {'Yes' if section.store.get('voice') else 'No'}",
        f"  Jumbo : {'Yes' if section.store.get('jumbo') else 'No'}",
        "  Private VLAN : none",
        "  Associated Primary VID : none",
        "  Associated Secondary VIDs : none\n",
        "  Port Information Mode     Unknown VLAN Status",
        "  ---------------- -------- ------------ ----------",
    ]
    for port in sorted(section.untagged | section.tagged):
        mode = "Untagged" if port in section.untagged else "Tagged"
        lines.append(f"  {ports.name(port):<16} {mode:<8} {'Learn':<12} {'Up' if _is_up(device, port) else 'Down'}")
    return "\n".join(lines) + "\n\n"


def trunks(device: ProcurveDevice, args: list[str]) -> str:
    """``show trunks``: the ports that are in one."""
    lines = [
        "\n Load Balancing Method:  L3-based (default)\n",
        "  Port   | Name                             Type       | Group Type",
        "  ------ + -------------------------------- ---------- + ----- --------",
    ]
    members = device.configuration.trunks.members
    for port in sorted(members.keys() & (set(read_ports(device, args)) if args else members.keys())):
        kind = {"lacp": "LACP", "trunk": "Trunk"}[device.configuration.trunks.by_port[members[port]].kind]
        described = read_port(device.configuration, port).description[:32]
        lines.append(
            f"  {port:<6} | {described:<32} {_media(device, port):<10} | {ports.name(members[port]):<5} {kind}"
        )
    return "\n".join(lines) + "\n\n"


def lacp(device: ProcurveDevice, args: list[str]) -> str:
    """``show lacp``: the ports that speak it; whether a partner answers is what the far end has configured."""
    lines = [
        f"\n{'LACP':>31}\n",
        "          LACP      Trunk     Port                LACP      Admin   Oper",
        "   Port   Enabled   Group     Status    Partner   Status    Key     Key",
        "   -----  -------   -------   -------   -------   -------   ------  ------",
    ]
    for trunk, about in sorted(device.configuration.trunks.by_port.items()):
        for port in sorted(about.members) if about.kind == "lacp" else ():
            status = "Up" if device.switch.oper(port) else "Down"
            partner = "Yes" if port in device.switch.facts.cables and status == "Up" else "No"
            lines.append(
                f"   {port:<6} {'Active':<9} {ports.name(trunk):<9} {status:<9} {partner:<9} "
                f"{'Success' if partner == 'Yes' else 'Failure':<9} {0:<7} {530 + trunk - ports.TRUNK}"
            )
    return "\n".join(lines) + "\n\n"


def vlans_ports(device: ProcurveDevice, args: list[str]) -> str:
    """``show vlans ports 5 detail``."""
    out = []
    for port in ports.parse(args[0], device.configuration.bridged):
        means = read_port(device.configuration, port)
        lines = [
            f"\n Status and Counters - VLAN Information - for ports {ports.name(port)}\n",
            f"  Port name: {means.description}" if means.description else "",
            "  VLAN ID Name                             | Status     Voice Jumbo Mode    ",
            "  ------- -------------------------------- + ---------- ----- ----- --------",
        ]
        for number in sorted({*(means.tagged or ()), *([means.access] if means.access else [])}):
            mode = "Untagged" if number == means.access else "Tagged"
            voice = "Yes" if device.configuration.vlans[number].store.get("voice") else "No"
            name = device.switch.meaning.vlans[number]
            lines.append(f"  {number:<7} {name[:32]:<32} | {'Port-based':<10} {voice:<5} {'No':<5} {mode}")
        out.append("\n".join(line for line in lines if line) + "\n\n")
    return "".join(out)


def mac_address(device: ProcurveDevice, args: list[str]) -> str:
    """``show mac-address``."""
    lines = [
        "\n Status and Counters - Port Address Table\n",
        "  MAC Address   Port   VLAN",
        "  ------------- ------ ----",
    ]
    members = device.configuration.trunks.members
    rows = sorted((mac(address), members.get(port, port), vlan) for address, vlan, port in device.switch.macs())
    lines += [f"  {address} {ports.name(port):<6} {vlan}" for address, port, vlan in rows]
    return "\n".join(lines) + "\n\n"
