"""Show commands about who is there: ARP, LLDP, CDP."""

import re
from ipaddress import IPv4Interface

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.commands.interfaces import dotted, interfaces, port_mac, state
from lab.personalities.ios.commands.system import port_of, short
from lab.personalities.ios.configuration.addresses import interface_address
from lab.personalities.ios.configuration.parse import Match


@command("show arp", "show ip arp", level=1)
async def show_arp(shell: IosShell, typed: Match) -> str:
    """Addresses on the attached networks."""
    lines = ["Protocol  Address          Age (min)  Hardware Addr   Type   Interface"]
    for name, section in interfaces(shell):
        own: IPv4Interface | None = interface_address(section)
        if own is not None and section.context != "loopback" and state(shell, name, section)[1]:
            lines.append(f"Internet  {own.ip!s:<15}         -   {port_mac(shell, name)}  ARPA   {name}")
    for row in shell.switch.arp():
        name = f"Vlan{row.vlan}" if row.vlan is not None else shell.device.config.ports[(row.port or 1) - 1]
        lines.append(f"Internet  {row.address!s:<15}         3   {dotted(row.mac)}  ARPA   {name}")
    return "\n".join([*lines, ""])


def _lldp_off(shell: IosShell) -> bool:
    return not shell.device.config.root.has("lldp run")


@command("show lldp neighbors", level=1)
async def show_lldp(shell: IosShell, typed: Match) -> str:
    """Neighbours, a line each."""
    if _lldp_off(shell):
        return "% LLDP is not enabled\n"
    rows = shell.switch.neighbours()
    lines = [
        "Capability codes:", "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other", "",
        "Device ID           Local Intf     Hold-time  Capability      Port ID",
    ]  # fmt: skip
    for port, host, far, _ in rows:
        lines.append(f"{host[:20]:<20}{short(shell.device.config.ports[port - 1]):<15}120        B               {far}")
    return "\n".join([*lines, "", f"Total entries displayed: {len(rows)}", ""])


@command("show lldp neighbors [<iface>] detail", level=1)
async def show_lldp_detail(shell: IosShell, typed: Match) -> str:
    """Neighbours in full."""
    if _lldp_off(shell):
        return "% LLDP is not enabled\n"
    wanted = port_of(shell, typed.values[0], len("show lldp neighbors ")) if typed.values else None
    lines: list[str] = []
    count = 0
    for port, host, far, description in shell.switch.neighbours():
        name = shell.device.config.ports[port - 1]
        if wanted not in (None, name):
            continue
        count += 1
        lines += [
            "------------------------------------------------", f"Local Intf: {short(name)}",
            f"Chassis id: {dotted(shell.switch.far_mac(port))}",
            f"Port id: {far}", f"Port Description: {far}", f"System Name: {host}", "",
            "System Description: ", description, "", "Time remaining: 100 seconds", "System Capabilities: B,R",
            "Enabled Capabilities: B", "Management Addresses - not advertised", "Auto Negotiation - supported, enabled",
            "Vlan ID: - not advertised", "",
        ]  # fmt: skip
    return "\n".join([*lines, "", f"Total entries displayed: {count}", ""])


@command("show lldp interface [<iface>]", level=1)
async def show_lldp_interface(shell: IosShell, typed: Match) -> str:
    """Where LLDP talks and listens."""
    if _lldp_off(shell):
        return "% LLDP is not enabled\n"
    wanted = port_of(shell, typed.values[0], len("show lldp interface ")) if typed.values else None
    lines: list[str] = []
    for name in shell.device.config.ports:
        if wanted in (None, name):
            lines += ["", f"{name}:", "    Tx: enabled", "    Rx: enabled", "    Tx state: IDLE"]
            lines.append("    Rx state: WAIT FOR FRAME")
    return "\n".join([*lines, ""])


def _cdp_off(shell: IosShell) -> bool:
    return shell.device.config.root.has("cdp run")  # it runs until "no cdp run" is configured


@command("show cdp", level=1)
async def show_cdp_state(shell: IosShell, typed: Match) -> str:
    """Whether Cisco's own protocol runs."""
    if _cdp_off(shell):
        return "% CDP is not enabled\n"
    return (
        "Global CDP information:\n\tSending CDP packets every 60 seconds\n"
        "\tSending a holdtime value of 180 seconds\n\tSending CDPv2 advertisements is  enabled\n"
    )


@command("show cdp neighbors", level=1)
async def show_cdp(shell: IosShell, typed: Match) -> str:
    """Neighbours that speak Cisco's own protocol."""
    if _cdp_off(shell):
        return "% CDP is not enabled\n"
    lines = [
        "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge",
        "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone, ",
        "                  D - Remote, C - CVTA, M - Two-port Mac Relay ", "",
        "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID",
    ]  # fmt: skip
    rows = _cdp_rows(shell)
    for local, host, far, model in rows:
        if len(host) > 16:  # a long name has a line of its own
            lines.append(host)
            host = ""
        start = f"{host:<17}" if host else " " * 17
        lines.append(f"{start}{_spaced(local):<18}{150:<10} {'S I':<12}{model[:9]:<10}{_spaced(far)}")
    return "\n".join([*lines, "", f"Total cdp entries displayed : {len(rows)}", ""])


@command("show cdp neighbors detail", level=1)
async def show_cdp_detail(shell: IosShell, typed: Match) -> str:
    """The same, in full."""
    if _cdp_off(shell):
        return "% CDP is not enabled\n"
    lines: list[str] = []
    for local, host, far, model in _cdp_rows(shell):
        lines += [
            "-------------------------", f"Device ID: {host}", "Entry address(es): ",
            f"Platform: cisco {model},  Capabilities: Switch IGMP ",
            f"Interface: {local},  Port ID (outgoing port): {far}", "Holdtime : 150 sec", "", "Version :",
            "Cisco IOS Software, Version 15.2(7)E3, RELEASE SOFTWARE (fc3)", "",
            "advertisement version: 2", "Duplex: full", "",
        ]  # fmt: skip
    return "\n".join([*lines, "", f"Total cdp entries displayed : {len(_cdp_rows(shell))}", ""])


def _cdp_rows(shell: IosShell) -> list[tuple[str, str, str, str]]:
    """Shape: local interface, host name, its interface, its model."""
    ports = shell.device.config.ports
    rows = [row for row in shell.switch.neighbours() if row[3].startswith("ios ")]
    return [(ports[port - 1], host, far, about.removeprefix("ios ")) for port, host, far, about in rows]


def _spaced(name: str) -> str:
    """``Gig 1/0/1``, as CDP's table writes it."""
    return re.sub(r"^(Gig|Ten|Fas)[A-Za-z]*", r"\1 ", name)


@command("show lldp", level=1)
async def show_lldp_state(shell: IosShell, typed: Match) -> str:
    """Whether LLDP runs."""
    if _lldp_off(shell):
        return "% LLDP is not enabled\n"
    return "Global LLDP Information:\n    Status: ACTIVE\n    LLDP advertisements are sent every 30 seconds\n"
