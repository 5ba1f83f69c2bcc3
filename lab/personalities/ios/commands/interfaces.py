"""Show commands about interfaces, VLANs, addresses and neighbours."""

from collections.abc import Iterator

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.commands.system import port_of, short
from lab.personalities.ios.configuration import channels
from lab.personalities.ios.configuration.addresses import interface_address
from lab.personalities.ios.configuration.parse import INVALID, Match, Refused
from lab.personalities.ios.configuration.section import Section
from lab.personalities.ios.configuration.settings import ALL, allowed


def dotted(mac: str) -> str:
    """``001c.7312.3456``."""
    digits = mac.replace(":", "").replace(".", "").lower()
    return ".".join(digits[start : start + 4] for start in (0, 4, 8))


def interfaces(shell: IosShell) -> Iterator[tuple[str, Section]]:
    """The interfaces in the order of ``show interfaces``: VLANs, ports, port channels, loopbacks."""
    sections = list(shell.device.config.root.sections("interface "))
    for context in ("svi", "port", "port-channel", "loopback"):
        group = [section for section in sections if section.context == context]
        if context == "port":
            group = [section for name in shell.device.config.ports if (section := shell.device.config.interface(name))]
        else:
            group.sort(key=lambda section: int("".join(letter for letter in section.text if letter.isdigit())))
        for section in group:
            yield section.text.removeprefix("interface "), section


def state(shell: IosShell, name: str, section: Section) -> tuple[bool, bool]:
    """Whether an interface is switched on, and whether it is up."""
    if section.has("shutdown"):
        return False, False
    if section.context == "loopback":
        return True, True
    if section.context == "port":
        return True, shell.switch.oper(shell.device.config.ports.index(name) + 1)
    if section.context == "port-channel":
        root = shell.device.config.root
        ports = channels.members(root, channels.number_of(section) or 0)
        names = [port.text.removeprefix("interface ") for port in ports if channels.is_usable(root, port)]
        return True, any(shell.switch.oper(shell.device.config.ports.index(port) + 1) for port in names)
    vlan = int(name.removeprefix("Vlan"))
    meaning = shell.switch.meaning
    if vlan not in meaning.vlans:
        return True, False
    for number, port in meaning.ports.items():
        tagged = port.tagged is None or vlan in port.tagged
        if port.up and not port.routed and (tagged or vlan in (port.access, port.voice)) and shell.switch.oper(number):
            return True, True
    return True, False


def carrier(shell: IosShell, number: int) -> str:
    """What a port is to whoever asks where something goes: the channel that it is in, or itself."""
    name = shell.device.config.ports[number - 1]
    section = shell.device.config.interface(name)
    group = channels.number_of(section) if section is not None else None
    return name if group is None else f"Port-channel{group}"


def port_mac(shell: IosShell, name: str) -> str:
    """An interface's own address: a switched port has one of its own, at layer 3 it is the switch's."""
    base = int(shell.switch.mac.replace(":", ""), 16)
    section = shell.device.config.interface(name)
    routed = section is None or section.routed  # what answers ARP is the switch itself
    if not routed and section is not None and section.context == "port-channel":
        ports = channels.members(shell.device.config.root, channels.number_of(section) or 0)
        name = ports[0].text.removeprefix("interface ") if ports else shell.device.config.ports[0]
    offset = 0 if routed else shell.device.config.ports.index(name) + 1
    return dotted(f"{base + offset:012x}")


PHYSICAL = ("port", "port-channel")
KINDS = {"svi": "EtherSVI", "loopback": "Loopback", "port": "Gigabit Ethernet", "port-channel": "EtherChannel"}


def _described(shell: IosShell, name: str, section: Section) -> str:
    on, up = state(shell, name, section)
    status = "administratively down" if not on else "up" if up or section.context not in PHYSICAL else "down"
    word = "up" if up else "down"
    faults = shell.switch.faults.hardware
    disabled = on and faults.suffers("errdisable", name)
    told = "disabled" if not on else "connected" if up else "err-disabled" if disabled else "notconnect"
    tail = f" ({told})" if section.context in PHYSICAL else ""
    kind = KINDS[section.context]
    lines = [f"{name} is {status}, line protocol is {word}{tail} "]
    if section.context == "loopback":
        lines.append("  Hardware is Loopback")
    else:
        mac = port_mac(shell, name)
        lines.append(f"  Hardware is {kind}, address is {mac} (bia {mac})")
    description = section.get("description")
    if description:
        lines.append(f"  Description: {description.removeprefix('description ')}")
    own = interface_address(section)
    if own is not None:
        lines.append(f"  Internet address is {own}")
    bandwidth = 8_000_000 if section.context == "loopback" else 10_000_000 if name.startswith("Ten") else 1_000_000
    lines += [
        f"  MTU 1500 bytes, BW {bandwidth} Kbit/sec, DLY 10 usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        "  Encapsulation ARPA, loopback not set",
        *_members(shell, section),
        "  Last input 00:00:01, output 00:00:00, output hang never",
        '  Last clearing of "show interface" counters never',
        "  Input queue: 0/75/0/0 (size/max/drops/flushes); Total output drops: 0",
        "  Queueing strategy: fifo",
        "  Output queue: 0/40 (size/max)",
        "  5 minute input rate 0 bits/sec, 0 packets/sec",
        "  5 minute output rate 0 bits/sec, 0 packets/sec",
    ]
    packets = int(shell.switch.uptime) if up else 0
    damaged = packets // 10 + 1 if faults.suffers("crc", name) else 0
    lines += [
        f"     {packets} packets input, {packets * 128} bytes, 0 no buffer",
        f"     Received {packets // 10} broadcasts ({packets // 20} multicasts)",
        "     0 runts, 0 giants, 0 throttles",
        f"     {damaged} input errors, {damaged} CRC, 0 frame, 0 overrun, 0 ignored",
        f"     {packets} packets output, {packets * 128} bytes, 0 underruns",
        "     0 output errors, 0 collisions, 1 interface resets",
        "     0 output buffer failures, 0 output buffers swapped out",
    ]
    return "\n".join(lines)


def _members(shell: IosShell, section: Section) -> list[str]:
    if section.context != "port-channel":
        return []
    ports = channels.members(shell.device.config.root, channels.number_of(section) or 0)
    names = [short(port.text.removeprefix("interface ")) for port in ports]
    return [f"  Members in this channel: {' '.join(names)} "] if names else ["  No. of members in this channel: 0"]


@command("show interfaces [<iface>]", level=1)
async def show_interfaces(shell: IosShell, typed: Match) -> str:
    """Everything about the interfaces."""
    wanted = port_of(shell, typed.values[0], len("show interfaces ")) if typed.values else None
    parts = [_described(shell, name, section) for name, section in interfaces(shell) if wanted in (None, name)]
    return "\n".join([*parts, ""])


COLUMNS = ("IHQ", "IQD", "OHQ", "OQD", "RXBS", "RXPS", "TXBS", "TXPS", "TRTL")


@command("show interfaces summary", level=1)
async def show_summary(shell: IosShell, typed: Match) -> str:
    """Queues and rates."""
    lines = [
        "", " *: interface is up", " IHQ: pkts in input hold queue     IQD: pkts dropped from input queue",
        " OHQ: pkts in output hold queue    OQD: pkts dropped from output queue", "",
        f"  {'Interface':<24}" + "".join(f"{word:>10}" for word in COLUMNS),
        "-" * 117,
    ]  # fmt: skip
    for name, section in interfaces(shell):
        mark = "*" if state(shell, name, section)[1] else " "
        lines.append(f"{mark} {name:<24}" + f"{0:>10}" * 9)
    return "\n".join([*lines, ""])


@command("show interfaces status", level=1)
async def show_status(shell: IosShell, typed: Match) -> str:
    """A line for each port."""
    lines = ["", "Port      Name               Status       Vlan       Duplex  Speed Type"]
    for name, section in interfaces(shell):
        if section.context not in PHYSICAL:
            continue
        on, up = state(shell, name, section)
        disabled = shell.switch.faults.hardware.suffers("errdisable", name)
        status = "connected" if up else "disabled" if not on else "err-disabled" if disabled else "notconnect"
        if section.routed:
            vlan = "routed"
        elif section.get("switchport mode") == "switchport mode trunk" and up:
            vlan = "trunk"
        else:
            vlan = (section.get("switchport access vlan") or "1").split()[-1]
        title = (section.get("description") or "").removeprefix("description ")[:18]
        duplex, speed = ("a-full", "a-1000") if up else ("auto", "auto")
        kind = "10/100/1000BaseTX" if section.context == "port" else ""
        lines.append(f"{short(name):<9} {title:<18} {status:<12} {vlan:<10} {duplex:>6}  {speed:>5} {kind}")
    return "\n".join([*lines, ""])


@command("show interfaces status err-disabled", level=1)
async def show_disabled(shell: IosShell, typed: Match) -> str:
    """The ports that the switch has disabled, and why."""
    lines = ["", "Port      Name               Status       Reason               Err-disabled Vlans"]
    for name, section in interfaces(shell):
        if shell.switch.faults.hardware.suffers("errdisable", name) and not section.has("shutdown"):
            title = (section.get("description") or "").removeprefix("description ")[:18]
            lines.append(f"{short(name):<9} {title:<18} err-disabled bpduguard")
    return "\n".join([*lines, ""]) if len(lines) > 2 else "\n"


@command("show interfaces description", level=1)
async def show_description(shell: IosShell, typed: Match) -> str:
    """States and descriptions."""
    lines = ["Interface                      Status         Protocol Description"]
    for name, section in interfaces(shell):
        on, up = state(shell, name, section)
        status = "admin down" if not on else "up" if up or section.context not in PHYSICAL else "down"
        title = (section.get("description") or "").removeprefix("description ")
        lines.append(f"{short(name):<30} {status:<14} {'up' if up else 'down':<8} {title}")
    return "\n".join([*lines, ""])


@command("show interfaces trunk", level=1)
async def show_trunk(shell: IosShell, typed: Match) -> str:
    """Trunks and what they allow."""
    trunks = [
        (short(name), section)
        for name, section in interfaces(shell)
        if section.get("switchport mode") == "switchport mode trunk"
        and state(shell, name, section)[1]
        and not section.has("channel-group")  # the channel is the trunk
    ]
    if not trunks:
        return "\n"
    lines = ["", "Port        Mode             Encapsulation  Status        Native vlan"]
    for name, section in trunks:
        native = (section.get("switchport trunk native vlan") or "1").split()[-1]
        lines.append(f"{name:<11} on               802.1q         trunking      {native}")
    lines += ["", "Port        Vlans allowed on trunk"]
    for name, section in trunks:
        text = "1-4094" if allowed(section) == ALL else (section.get("switchport trunk allowed vlan") or "").split()[-1]
        lines.append(f"{name:<11} {text}")
    return "\n".join([*lines, ""])


@command("show ip interface brief", level=1)
async def show_ip_brief(shell: IosShell, typed: Match) -> str:
    """Addresses and states."""
    lines = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for name, section in interfaces(shell):
        on, up = state(shell, name, section)
        own = interface_address(section)
        shown = str(own.ip) if own else "unassigned"
        status = "administratively down" if not on else "up" if up or section.context not in PHYSICAL else "down"
        method = "NVRAM " if own or section.context not in PHYSICAL else "unset "
        lines.append(f"{name:<22} {shown:<15} YES {method} {status:<21} {'up' if up else 'down'}")
    return "\n".join([*lines, ""])


@command("show ip interface [<iface>]", level=1)
async def show_ip_interface(shell: IosShell, typed: Match) -> str:
    """Addresses in full."""
    wanted = port_of(shell, typed.values[0], len("show ip interface ")) if typed.values else None
    lines: list[str] = []
    for name, section in interfaces(shell):
        if wanted not in (None, name):
            continue
        on, up = state(shell, name, section)
        status = "administratively down" if not on else "up" if up or section.context not in PHYSICAL else "down"
        lines.append(f"{name} is {status}, line protocol is {'up' if up else 'down'}")
        own = interface_address(section)
        if own is None:
            lines.append("  Internet protocol processing disabled")
            continue
        group = (section.get("ip access-group in") or "ip access-group not in").split()
        lines += [
            f"  Internet address is {own}", "  Broadcast address is 255.255.255.255",
            "  Address determined by non-volatile memory", "  MTU is 1500 bytes",
            *(f"  Helper address is {line.split()[-1]}" for line in section.lines("ip helper-address")),
            "  Directed broadcast forwarding is disabled", "  Outgoing access list is not set",
            f"  Inbound  access list is {group[2] if section.has('ip access-group in') else 'not set'}",
        ]  # fmt: skip
    return "\n".join([*lines, ""])


@command("show switch virtual", level=1)
async def show_virtual(shell: IosShell, typed: Match) -> str:
    """These switches know no virtual switching."""
    raise Refused(INVALID, len("show switch "))
