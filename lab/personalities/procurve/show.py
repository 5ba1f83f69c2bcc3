"""What ProCurve's ``show`` commands print, laid out as the switch does (the parsers of others read it)."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from zoneinfo import ZoneInfo

from lab.device.sources import find_source
from lab.device.tables import Neighbour
from lab.personalities.procurve import hardware
from lab.personalities.procurve.device import ProcurveDevice
from lab.personalities.procurve.grammar import Refused
from lab.personalities.procurve.port_tables import (
    interfaces,
    interfaces_brief,
    interfaces_port,
    interfaces_status,
    lacp,
    mac,
    mac_address,
    read_ports,
    trunks,
    vlan,
    vlans,
    vlans_ports,
)

RELEASE = "YA.16.10.0012"
KEY = re.compile(
    r'((?:radius|tacacs)-server host \S+|key-chain "\S+" key \d+) (?:encrypted-)?key(?:-string)? ".*"'
    r'|(snmpv3 user "\S+") auth .*'
)
SUPPLICANT = re.compile(r"aaa port-access supplicant \d+ (?:encrypted-)?secret ")
FOLDED = (
    "password ",
    "encrypted-password ",
    "aaa authentication local-user ",
    "radius-server key",
    "radius-server encrypted-key",
    "tacacs-server key",
    "tacacs-server encrypted-key",
    "sntp authentication key-id",
)


def spaced(address: str) -> str:
    """A hardware address as ProCurve writes it in LLDP: ``00 50 b6 1a 2b 3c``."""
    digits = "".join(c for c in address.lower() if c in "0123456789abcdef")
    return " ".join(digits[i : i + 2] for i in range(0, 12, 2))


def header(device: ProcurveDevice) -> str:
    """The two comment lines above every configuration."""
    model = device.switch.model
    return f"; {model} Configuration Editor; Created on release #{RELEASE}\n; Ver #14:41.44.00.04.19.02.13\n\n"


def _hidden(text: str) -> str:
    """Without include-credentials the secrets are kept, and not shown."""
    lines = text.splitlines()
    if "include-credentials" in lines:
        return text
    shown = [KEY.sub(r"\1\2", line) for line in lines if not (line.startswith(FOLDED) or SUPPLICANT.match(line))]
    passwords = (line.removeprefix("encrypted-") for line in lines)
    shown += sorted({" ".join(line.split()[:2]) for line in passwords if line.startswith("password ")})
    return "".join(f"{line}\n" for line in shown)


def running_config(device: ProcurveDevice, _: list[str]) -> str:
    """``show running-config``."""
    return f"\nRunning configuration:\n\n{header(device)}{_hidden(device.text())}\n"


def config(device: ProcurveDevice, _: list[str]) -> str:
    """``show config``: what the switch starts with."""
    return f"\nStartup configuration: 1\n\n{header(device)}{_hidden(device.switch.startup)}\n"


def config_status(device: ProcurveDevice, _: list[str]) -> str:
    """``show running-config status``: whether the two are the same."""
    same = device.text() == device.switch.startup
    state = "is same as" if same else "has been changed and needs to be saved, it differs from"
    return f"\n Running configuration {state} the startup configuration.\n"


def version(device: ProcurveDevice, _: list[str]) -> str:
    """``show version``."""
    return (
        "\nImage stamp:    /ws/swbuildm/rel_ajanta_qaoff/code/build/lakes(swbuildm_rel_ajanta_qaoff_rel_ajanta)\n"
        f"                Feb 10 2021 22:12:24\n                {RELEASE}\n                190\n"
        "Boot Image:     Primary\n\nBoot ROM Version:    YA.15.20\nActive Boot ROM:     Primary\n\n"
    )


def flash(device: ProcurveDevice, _: list[str]) -> str:
    """``show flash``."""
    row = f"   12587864 02/10/21 {RELEASE}"
    return (
        "Image           Size (bytes) Date     Version\n--------------- ------------ -------- --------------\n"
        f"Primary Image   : {row}\nSecondary Image : {row}\n\nBoot ROM Version : YA.15.20\nDefault Boot     : Primary\n"
    )


def system(device: ProcurveDevice, _: list[str]) -> str:
    """``show system``."""
    top = device.configuration.top
    zone = (top.get("time timezone") or "time timezone 0").split()[-1]
    rule = (top.get("time daylight-time-rule") or "time daylight-time-rule None").split()[-1].title()
    days, rest = divmod(int(device.switch.uptime), 86400)
    up = f"{days} days" if days else f"{rest // 60} mins"
    free = "1,118,208" if hardware.has_fault(device, "memory") else "41,222,144"
    busy = 98 if hardware.has_fault(device, "cpu") else 4
    location = (top.get("snmp-server location") or 'x ""').split('"')[1]
    return (
        "\n Status and Counters - General System Information\n\n"
        f"  System Name        : {device.configuration.hostname}\n  System Contact     : {'':<20}\n"
        f"  System Location    : {location:<20}\n\n  MAC Age Time (sec) : 300\n\n  Time Zone          : {zone}\n"
        f"  Daylight Time Rule : {rule}\n\n"
        f"  Software revision  : {RELEASE:<20} Base MAC Addr      : {mac(device.switch.mac)}\n"
        f"  ROM Version        : YA.15.20             Serial Number      : {device.switch.serial}\n\n"
        f"  Up Time            : {up:<20} Memory   - Total   : 67,108,864\n"
        f"  CPU Util (%)       : {busy:<20}         Free    : {free}\n\n"
        "  IP Mgmt  - Pkts Rx : 41,874               Packet   - Total   : 3000\n"
        "             Pkts Tx : 39,125               Buffers    Free    : 2892\n"
        "                                                       Lowest  : 2858\n"
        "                                                       Missed  : 0\n\n"
    )


def arp(device: ProcurveDevice, _: list[str]) -> str:
    """``show arp``."""
    lines = [
        "\n IP ARP table\n",
        "  IP Address       MAC Address       Type    Port",
        "  ---------------  ----------------- ------- ----",
    ]
    ports = {(heard.mac, heard.vlan): heard.port for heard in device.switch.macs()}
    for row in device.switch.arp():
        port = row.port or (row.vlan and ports.get((row.mac, row.vlan))) or ""
        lines.append(f"  {row.address!s:<16} {mac(row.mac):<17} dynamic {port}")
    return "\n".join(lines) + "\n\n"


def lldp_remote(device: ProcurveDevice, args: list[str]) -> str:
    """``show lldp info remote-device [port]``."""
    rows = [] if device.configuration.top.get("lldp run") else device.switch.neighbours()
    if args:
        return _lldp_detail(device, read_ports(device, args), rows)
    lines = [
        "\n LLDP Remote Devices Information\n",
        "  LocalPort | ChassisId          PortId             PortDescr          SysName",
        "  --------- + ------------------ ------------------ ------------------ ------------------",
    ]
    for local, name, port, _about in rows:
        chassis = spaced(device.switch.far_mac(local))
        lines.append(f"  {local:<9} | {chassis:<18} {port[:18]:<18} {port[:18]:<18} {name}")
    return "\n".join(lines) + "\n\n"


def _lldp_detail(device: ProcurveDevice, asked: list[int], rows: Sequence[Neighbour]) -> str:
    out = ["\n LLDP Remote Device Information Detail\n"]
    for local, name, port, about in rows:
        if local in asked:
            chassis = spaced(device.switch.far_mac(local))
            out.append(
                f"\n  Local Port   : {local}\n  ChassisType  : mac-address\n  ChassisId    : {chassis}\n"
                f"  PortType     : interface-name\n  PortId       : {port}\n  SysName      : {name}\n"
                f"  System Descr : {about}\n  PortDescr    : {port}\n  Pvid         : \n\n"
                "  System Capabilities Supported  : bridge, router\n  System Capabilities Enabled    : bridge\n\n"
                "------------------------------------------------------------------------------\n"
            )
    return "".join(out) + "\n"


def lldp_local(device: ProcurveDevice, _: list[str]) -> str:
    """``show lldp info local-device``: what it tells others of itself."""
    meaning = device.switch.meaning
    lines = [
        "\n LLDP Local Device Information\n",
        "  Chassis Type : mac-address",
        f"  Chassis Id   : {spaced(device.switch.mac)}",
        f"  System Name  : {meaning.hostname}",
        f"  System Description : HP {device.switch.model} Switch, revision {RELEASE}, ROM YA.15.20",
        "  System Capabilities Supported: bridge",
        "  System Capabilities Enabled: bridge\n",
        "  Management Address  :",
        *(f"     Type: ipv4\n     Address: {svi.address.ip}" for svi in meaning.svis.values() if svi.address),
        "\n LLDP Port Information\n",
        "  Port     PortType PortId   PortDesc",
        "  -------- -------- -------- --------",
    ]
    lines += [f"  {port:<8} local    {port:<8} {port}" for port in read_ports(device, [])]
    return "\n".join(lines) + "\n\n"


def _now(device: ProcurveDevice) -> datetime:
    """The switch's own time."""
    offset = int((device.configuration.top.get("time timezone") or "time timezone 0").split()[-1])
    now = datetime.now(UTC) + timedelta(minutes=offset)
    if (device.configuration.top.get("time daylight-time-rule") or "").endswith("western-europe"):
        now += datetime.now(ZoneInfo("Europe/Oslo")).dst() or timedelta()
    return now


def time(device: ProcurveDevice, _: list[str]) -> str:
    """``show time``."""
    return f"{_now(device):%a %b %e %H:%M:%S %Y}\n"


def sntp(device: ProcurveDevice, _: list[str]) -> str:
    """``show sntp``."""
    shown = [line for _, line in device.configuration.top.shown() if line.startswith("sntp server")]
    mode = "Sntp" if device.configuration.top.get("timesync") else "Disabled"
    lines = [
        "\n SNTP Configuration\n",
        "  SNTP Authentication : Disabled",
        f"  Time Sync Mode: {mode}",
        "  SNTP Mode : Unicast" if device.configuration.top.get("sntp mode") else "  SNTP Mode : disabled",
        "  Poll Interval (sec) [720] : 720\n",
        "  Priority SNTP Server Address                            Version Key-id",
        "  -------- ---------------------------------------------- ------- ----------",
    ]
    lines += [f"  {line.split()[3]:<8} {line.split()[4]:<46} 3       0" for line in shown]
    return "\n".join(lines) + "\n\n"


def snmp_server(device: ProcurveDevice, _: list[str]) -> str:
    """``show snmp-server``."""
    lines = [
        "\n SNMP Communities\n",
        "  Community Name       MIB View Write Access",
        "  -------------------- -------- ----",
    ]
    for _row, line in device.configuration.top.shown():
        if line.startswith("snmp-server community"):
            access = "Unrestricted" if line.endswith("unrestricted") else "Restricted"
            lines.append(f"  {line.split(chr(34))[1]:<20} Manager  {access}")
    return "\n".join(lines) + "\n\n"


def logging(device: ProcurveDevice, args: list[str]) -> str:
    """``show logging``, and what of it has a word in it: the links that came up or went."""
    return _list_log(device, args, "Event Log listing")


def reverse_logging(device: ProcurveDevice, args: list[str]) -> str:
    """``show logging -r``: the newest first."""
    return _list_log(device, args, "Reverse event Log listing", newest_first=True)


def _list_log(device: ProcurveDevice, args: list[str], title: str, newest_first: bool = False) -> str:
    switch, now = device.switch, _now(device)
    changes = sorted((now - timedelta(seconds=switch.link_age(port)), port) for port in switch.link_changes)
    rows = []
    for moment, port in changes:
        code, word = ("00076", "on") if switch.oper(port) else ("00077", "off")
        rows.append(f"I {moment:%m/%d/%y %H:%M:%S} {code} ports: port {port} is now {word}-line\n")
    selected = [row for row in rows if not args or args[0] in row]
    return (
        " Keys:   W=Warning   I=Information\n         M=Major     D=Debug E=Error\n"
        f"----  {title}: Events Since Boot  ----\n{''.join(reversed(selected) if newest_first else selected)}"
    )


def ip(device: ProcurveDevice, _: list[str]) -> str:
    """``show ip``."""
    meaning = device.switch.meaning
    lines = [
        "\n Internet (IP) Service\n",
        "  IP Routing : Disabled\n",
        f"  Default Gateway : {meaning.default_gateway or ''}",
        "  Default TTL     : 64",
        "  Arp Age         : 20\n",
        "  VLAN                 | IP Config  IP Address      Subnet Mask     Proxy ARP",
        "  -------------------- + ---------- --------------- --------------- ---------",
    ]
    for number, section in sorted(device.configuration.vlans.items()):
        head = f"  {meaning.vlans[number][:20]:<20} |"
        for place, address in enumerate(section.addresses):
            beside = f"  {'' if place else meaning.vlans[number][:20]:<20} |"
            lines.append(f"{beside} Manual     {address.ip!s:<15} {address.netmask!s:<15} No     No")
        if not section.addresses:
            lines.append(f"{head} {'DHCP/Bootp' if section.dhcp else 'Disabled'}")
    return "\n".join(lines) + "\n\n"


def ip_route(device: ProcurveDevice, _: list[str]) -> str:
    """``show ip route``: without routing a static route is configured and not used."""
    lines = [
        f"\n{'IP Route Entries':>48}\n",
        "  Destination        Gateway         VLAN Type      Sub-Type   Metric     Dist.",
        "  ------------------ --------------- ---- --------- ---------- ---------- -----",
    ]
    meaning = device.switch.meaning
    rows = [("0.0.0.0/0", str(meaning.default_gateway), "", "static", "1", "1")] if meaning.default_gateway else []
    rows.append(("127.0.0.0/8", "reject", "", "static", "0", "0"))
    rows.append(("127.0.0.1/32", "lo0", "", "connected", "1", "0"))
    for number, about in sorted(device.configuration.vlans.items()):
        if device.switch.carries(number):
            label = meaning.vlans[number][:15]
            rows += [(str(at.network), label, str(number), "connected", "1", "0") for at in about.addresses]
    for to, gateway, within, kind, metric, distance in rows:
        lines.append(f"  {to:<18} {gateway:<15} {within:<4} {kind:<9} {'':<10} {metric:<10} {distance}")
    return "\n".join(lines) + "\n\n"


def reload_after(device: ProcurveDevice, _: list[str]) -> str:
    """``show reload after``."""
    left = device.seconds_to_reload()
    if left is None:
        return "There is no reload scheduled.\n"
    days, rest = divmod(int(left), 86400)
    return f"Reload scheduled in {days} days, {rest // 3600} hours, {rest % 3600 // 60} minutes, {rest % 60} seconds\n"


def ping(device: ProcurveDevice, args: list[str]) -> str:
    """``ping 10.10.1.10``, and ``source 10.17.0.12`` or the number of a VLAN behind it."""
    try:
        target = IPv4Address(args[0])
    except ValueError:
        raise Refused(f"Invalid input: {args[0]}") from None
    source = None
    if len(args) > 1:
        source = find_source(device.switch, f"Vlan{args[1]}" if args[1].isdigit() else args[1])
        if source is None:
            raise Refused(f"Invalid input: {args[1]}")
    return f"{target} is alive, time = 1 ms\n" if device.switch.ping(str(target), source) else "Request timed out.\n"


# The words of each command; ``<x>`` is an argument. An operator may use those of OPEN, a manager all.
SHOW: dict[str, Callable[[ProcurveDevice, list[str]], str]] = {
    "show running-config": running_config,
    "show running-config status": config_status,
    "show config": config,
    "show config status": config_status,
    "show startup-config": config,
    "show version": version,
    "show flash": flash,
    "show system": system,
    "show system information": system,
    "show system-information": system,
    "show system temperature": hardware.temperature,
    "show system fans": hardware.fans,
    "show system power-supply": hardware.power_supply,
    "show power-over-ethernet": hardware.power_over_ethernet,
    "show cpu <seconds>": hardware.cpu,
    "show interfaces": interfaces,
    "show interfaces transceiver detail": hardware.transceivers,
    "show interfaces brief": interfaces_brief,
    "show interfaces brief <ports>": interfaces_brief,
    "show interfaces status": interfaces_status,
    "show interfaces status <ports>": interfaces_status,
    "show interfaces <ports>": interfaces_port,
    "show vlans": vlans,
    "show vlans <number>": vlan,
    "show trunks": trunks,
    "show trunks <ports>": trunks,
    "show lacp": lacp,
    "show ip route": ip_route,
    "show vlans ports <ports> detail": vlans_ports,
    "show mac-address": mac_address,
    "show arp": arp,
    "show lldp info remote-device": lldp_remote,
    "show lldp info remote-device <ports>": lldp_remote,
    "show lldp info local-device": lldp_local,
    "show time": time,
    "show sntp": sntp,
    "show sntp statistics": hardware.sntp_statistics,
    "show spanning-tree": hardware.spanning_tree,
    "show spanning-tree bpdu-protection": hardware.bpdu_protection,
    "show spanning-tree bpdu-protection <ports>": hardware.bpdu_protection,
    "show snmp-server": snmp_server,
    "show logging": logging,
    "show logging <word>": logging,
    "show logging -r": reverse_logging,
    "show logging -r <word>": reverse_logging,
    "show ip": ip,
    "show reload after": reload_after,
    "ping <address>": ping,
    "ping <address> source <source>": ping,
}
CLOSED = ("show running-config", "show config", "show startup-config", "show snmp-server")
