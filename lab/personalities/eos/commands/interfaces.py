"""Show commands about interfaces: what is configured on them, and whether they are up."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface
from typing import Any

from lab.personalities.eos.commands.system import dotted
from lab.personalities.eos.configuration.config import Section
from lab.personalities.eos.configuration.meaning import address_of
from lab.personalities.eos.configuration.special import interfaces as parse_names
from lab.personalities.eos.terminal import Output, Terminal, command
from lab.region.ranges import format_ranges

STATES = ("connected", "notconnect", "disabled")


@dataclass(frozen=True)
class Seen:
    """An interface as it is just now."""

    name: str
    section: Section
    number: int | None  # of a physical port
    enabled: bool
    up: bool
    description: str
    address: IPv4Interface | None
    mac: str
    hardware: str
    bandwidth: int
    routed: bool
    disabled_by_switch: bool

    @property
    def short(self) -> str:
        """``Et1``."""
        for full, brief in (
            ("Ethernet", "Et"),
            ("Management", "Ma"),
            ("Loopback", "Lo"),
            ("Vlan", "Vl"),
            ("Port-Channel", "Po"),
        ):
            if self.name.startswith(full):
                return brief + self.name[len(full) :]
        return self.name

    @property
    def status(self) -> str:
        """EOS's word."""
        if not self.enabled:
            return "disabled"
        return "connected" if self.up else "errdisabled" if self.disabled_by_switch else "notconnect"


def look(terminal: Terminal, wanted: list[str] | None = None) -> Iterator[Seen]:
    """The interfaces in EOS's order."""
    switch = terminal.switch
    base = int(switch.mac.replace(":", ""), 16)
    for section in terminal.eos.config.sections("interface"):
        name = section.key.split()[1]
        if wanted is not None and name not in wanted:
            continue
        number = switch.port_names.index(name) + 1 if name in switch.port_names else None
        lines = section.lines
        enabled = "shutdown" not in lines
        up = enabled and (switch.oper(number) if number is not None else _is_carried(terminal, name))
        digits = f"{base + (number or 0):012x}"
        yield Seen(
            name,
            section,
            number,
            enabled,
            up,
            lines["description"].text.partition(" ")[2] if "description" in lines else "",
            address_of(section),
            ":".join(digits[index : index + 2] for index in range(0, 12, 2)),
            "loopback" if name.startswith("Loopback") else "vlan" if name.startswith("Vlan") else "ethernet",
            (10_000_000_000 if "7050" in switch.model else 1_000_000_000) if number else 1_000_000_000,
            (number is None and not name.startswith("Port-Channel")) or "switchport" in lines,
            switch.faults.hardware.suffers("errdisable", name),
        )


def _is_carried(terminal: Terminal, name: str) -> bool:
    """Whether what a logical interface stands on is up: a port of its VLAN, or a member."""
    switch = terminal.switch
    if name.startswith("Vlan"):
        return switch.carries(int(name[4:]))
    if not name.startswith("Port-Channel"):
        return True
    members = (
        number
        for number, port in enumerate(switch.port_names, 1)
        if (section := terminal.eos.config.section(f"interface {port}")) is not None
        and (line := section.lines.get("channel-group")) is not None
        and line.text.split()[1] == name.removeprefix("Port-Channel")
    )
    return any(switch.oper(number) for number in members)


def _wanted(values: tuple[str, ...]) -> list[str] | None:
    return parse_names(values[0].split()) if values else None


def _address(interface: Seen) -> list[dict[str, Any]]:
    if interface.address is None:
        return []
    return [
        {
            "primaryIp": {"address": str(interface.address.ip), "maskLen": interface.address.network.prefixlen},
            "secondaryIps": {},
            "secondaryIpsOrderedList": [],
            "virtualIp": {"address": "0.0.0.0", "maskLen": 0},
            "virtualSecondaryIps": {},
            "broadcastAddress": "255.255.255.255",
            "dhcp": False,
        }
    ]


def _counters(terminal: Terminal, interface: Seen) -> dict[str, Any]:
    packets = int(terminal.switch.uptime * 2) if interface.up else 0
    damaged = packets // 10 + 1 if terminal.switch.faults.hardware.suffers("crc", interface.name) else 0
    return {
        "inOctets": packets * 120,
        "outOctets": packets * 130,
        "inUcastPkts": packets,
        "outUcastPkts": packets,
        "inMulticastPkts": packets // 10,
        "outMulticastPkts": packets // 10,
        "inBroadcastPkts": packets // 20,
        "outBroadcastPkts": packets // 20,
        "inDiscards": 0,
        "outDiscards": 0,
        "totalInErrors": damaged,
        "totalOutErrors": 0,
        "inputErrorsDetail": {
            "runtFrames": 0,
            "rxPause": 0,
            "fcsErrors": damaged,
            "alignmentErrors": 0,
            "giantFrames": 0,
            "symbolErrors": 0,
        },
        "linkStatusChanges": 1,
        "counterRefreshTime": time.time(),
    }


@command(
    "show interfaces",
    "show interfaces (Ethernet|Vlan|Loopback|Management) <word>",
    "show interfaces <ports>",
    privileged=False,
)
def show_interfaces(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Everything about interfaces."""
    text, data = [], {}
    wanted = parse_names([*values]) if values else None
    for interface in look(terminal, wanted):
        line = "up" if interface.up else "down"
        state = "administratively down" if not interface.enabled else line
        text.append(
            f"{interface.name} is {state}, line protocol is {line} ({interface.status})\n"
            f"  Hardware is {interface.hardware.capitalize()}, address is {dotted(interface.mac)}\n"
            + (f"  Description: {interface.description}\n" if interface.description else "")
            + (f"  Internet address is {interface.address}\n" if interface.address else "")
            + f"  IP MTU 1500 bytes, BW {interface.bandwidth // 1000} kbit\n"
            + _describe_counters(terminal, interface)
        )
        data[interface.name] = {
            "name": interface.name,
            "forwardingModel": "routed" if interface.routed else "bridged",
            "lineProtocolStatus": line,
            "interfaceStatus": interface.status,
            "hardware": interface.hardware,
            "interfaceAddress": _address(interface),
            "physicalAddress": interface.mac,
            "burnedInAddress": interface.mac,
            "description": interface.description,
            "bandwidth": interface.bandwidth if interface.hardware == "ethernet" else 0,
            "mtu": 9214 if not interface.routed else 1500,
            "l3MtuConfigured": False,
            "lastStatusChangeTimestamp": time.time() - _find_age(terminal, interface),
            "duplex": "duplexFull",
            "autoNegotiate": "unknown",
            "loopbackMode": "loopbackNone",
            "lanes": 0,
            "interfaceCounters": _counters(terminal, interface),
            "interfaceStatistics": {"updateInterval": 5.0, "inBitsRate": 0.0, "outBitsRate": 0.0},
        }
    return Output("".join(text), {"interfaces": data})


def _find_age(terminal: Terminal, interface: Seen) -> float:
    """Seconds since a port's state changed; of an interface that is no port, since the start."""
    switch = terminal.switch
    return switch.uptime if interface.number is None else switch.link_age(interface.number)


def _describe_counters(terminal: Terminal, interface: Seen) -> str:
    """The lines about a port's link, and what has come in damaged."""
    if interface.number is None:
        return ""
    counts = _counters(terminal, interface)
    seconds = int(_find_age(terminal, interface))
    spans = (("day", seconds // 86400), ("hour", seconds // 3600 % 24), ("minute", seconds // 60 % 60))
    spoken = [f"{count} {unit}{'s' * (count != 1)}" for unit, count in spans if count]
    spoken.append(f"{seconds % 60} second{'s' * (seconds % 60 != 1)}")
    return (
        f"  {'Up' if interface.up else 'Down'} {', '.join(spoken)}\n"
        f"     {counts['inUcastPkts']} packets input, {counts['inOctets']} bytes\n"
        f"     Received {counts['inBroadcastPkts']} broadcasts, {counts['inMulticastPkts']} multicast\n"
        "     0 runts, 0 giants\n"
        f"     {counts['totalInErrors']} input errors, {counts['inputErrorsDetail']['fcsErrors']} CRC, 0 alignment, "
        "0 symbol, 0 input discards\n     0 PAUSE input\n"
        f"     {counts['outUcastPkts']} packets output, {counts['outOctets']} bytes\n"
        "     0 output errors, 0 collisions\n     0 late collision, 0 deferred, 0 output discards\n"
        "     0 PAUSE output\n"
    )


@command("show interfaces status errdisabled", privileged=False)
def errdisabled(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The ports that the switch has disabled, and why."""
    seen = [interface for interface in look(terminal) if interface.status == "errdisabled"]
    lines = ["Port         Name           Status       Reason", "------------ -------------- ------------ ------------"]
    lines += [f"{face.short:<12} {face.description[:14]:<14} {'errdisabled':<12} bpduguard" for face in seen]
    data = {
        face.name: {"description": face.description, "status": "errdisabled", "causes": ["bpduguard"]} for face in seen
    }
    return Output("\n".join(lines) + "\n", {"interfaceStatuses": data})


@command(
    "show interfaces status",
    "show interfaces <ports> status",
    "show interfaces status (connected|notconnect|disabled)",
    privileged=False,
)
def status(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """One line for each physical port."""
    only = values[0] if values and values[0] in STATES else ""
    lines = ["Port       Name                         Status       Vlan     Duplex Speed  Type         Flags"]
    data: dict[str, Any] = {}
    for interface in look(terminal, None if only else _wanted(values)):
        if interface.hardware != "ethernet" or (only and interface.status != only):
            continue
        vlan = _vlan_word(terminal, interface)
        speed = "10G" if interface.bandwidth > 10**9 else "1G"
        lines.append(
            f"{interface.short:<10} {interface.description[:28]:<28} {interface.status:<12} {vlan:<8} "
            f"full   {speed:<6} {'10GBASE-SR' if speed == '10G' else '1000BASE-T'}"
        )
        data[interface.name] = {
            "description": interface.description,
            "linkStatus": interface.status,
            "bandwidth": interface.bandwidth,
            "vlanInformation": {"interfaceMode": vlan, "vlanId": int(vlan)}
            if vlan.isdigit()
            else {"interfaceMode": vlan},
            "duplex": "duplexFull",
            "interfaceType": "1000BASE-T",
            "autoNegotiateActive": False,
            "lineProtocolStatus": "up" if interface.up else "down",
        }
    return Output("\n".join(lines) + "\n", {"interfaceStatuses": data})


def _vlan_word(terminal: Terminal, interface: Seen) -> str:
    lines = interface.section.lines
    if "channel-group" in lines:
        return f"in Po{lines['channel-group'].text.split()[1]}"
    if interface.routed:
        return "routed"
    if "mode" in lines:
        return "trunk"
    return lines["access"].text.split()[-1] if "access" in lines else "1"


@command("show interfaces description", "show interfaces <ports> description", privileged=False)
def description(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Names and states."""
    lines = ["Interface                      Status         Protocol           Description"]
    data = {}
    for interface in look(terminal, _wanted(values)):
        protocol = "up" if interface.up else "down"
        state = protocol if interface.enabled or interface.up else "admin down"
        lines.append(f"{interface.short:<30} {state:<14} {protocol:<18} {interface.description}".rstrip())
        data[interface.name] = {
            "description": interface.description,
            "interfaceStatus": "adminDown" if not interface.enabled else state,
            "lineProtocolStatus": protocol,
        }
    return Output("\n".join(lines) + "\n", {"interfaceDescriptions": data})


@command("show interfaces counters", privileged=False)
def counters(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Packets in and out."""
    lines, data = ["Port          InOctets    InUcastPkts    OutOctets   OutUcastPkts"], {}
    for interface in look(terminal):
        if interface.hardware == "ethernet":
            data[interface.name] = counts = _counters(terminal, interface)
            lines.append(
                f"{interface.short:<8} {counts['inOctets']:>13} {counts['inUcastPkts']:>14} {counts['outOctets']:>12} "
                f"{counts['outUcastPkts']:>14}"
            )
    return Output("\n".join(lines) + "\n", {"interfaces": data})


@command("show interfaces switchport", privileged=False)
def switchport(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """VLANs as they are in effect."""
    text, data = [], {}
    for interface in look(terminal):
        if interface.number is None:
            continue
        port = terminal.switch.port(interface.number)
        allowed = (
            "ALL"
            if port.tagged is None
            else format_ranges({*port.tagged, *([port.access] if port.access else [])}) or "NONE"
        )
        mode = "trunk" if "mode" in interface.section.lines else "access"
        text.append(
            f"Name: {interface.short}\nSwitchport: {'Disabled' if interface.routed else 'Enabled'}\n"
            f"Operational Mode: {mode}\nAccess Mode VLAN: {port.access}\nTrunking VLANs Enabled: {allowed}\n\n"
        )
        data[interface.name] = {
            "enabled": not interface.routed,
            "switchportInfo": {
                "mode": mode,
                "accessVlanId": port.access,
                "trunkingNativeVlanId": port.access,
                "trunkAllowedVlans": allowed,
                "phoneVlan": port.voice,
            },
        }
    return Output("".join(text), {"switchports": data})


@command("show ip interface", "show ip interface <ports>", privileged=False)
def ip_interface(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Interfaces with an address."""
    text, data = [], {}
    for interface in look(terminal, _wanted(values)):
        if interface.address is None:
            continue
        line = "up" if interface.up else "down"
        text.append(
            f"{interface.name} is {line}, line protocol is {line} ({interface.status})\n"
            f"  Internet address is {interface.address}\n"
        )
        data[interface.name] = {
            "name": interface.name,
            "enabled": interface.enabled,
            "interfaceAddress": _address(interface)[0],
            "mtu": 1500,
            "lineProtocolStatus": line,
            "interfaceStatus": interface.status,
            "description": interface.description,
            "vrf": "default",
            "proxyArp": False,
        }
    return Output("".join(text), {"interfaces": data})


@command("show ip interface brief", privileged=False)
def ip_interface_brief(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Interfaces with an address, a line each."""
    lines = [
        "                                                                        Address",
        "Interface         IP Address          Status      Protocol         MTU  Owner",
        "----------------- ------------------- ----------- ------------- ------- -------",
    ]
    data = {}
    for interface in look(terminal):
        if interface.address is not None:
            word = "up" if interface.up else "down"
            lines.append(f"{interface.name:<17} {interface.address!s:<19} {word:<11} {word:<13} {1500:>7}")
            data[interface.name] = {
                "name": interface.name,
                "interfaceAddress": {"ipAddr": _address(interface)[0]["primaryIp"]},
                "interfaceStatus": interface.status,
                "lineProtocolStatus": word,
                "mtu": 1500,
            }
    return Output("\n".join(lines) + "\n", {"interfaces": data})


@command("show ipv6 interface", "show ipv6 neighbors", privileged=False)
def ipv6(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Nothing speaks IPv6 here."""
    return Output("", {"interfaces": {}})
