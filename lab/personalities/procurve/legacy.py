"""The lived-in dialect: what somebody typed into these switches over the years, in ProCurve's words."""

import hashlib

from lab.personalities.procurve.config import Configuration
from lab.region.legacy import LegacyPort, LegacySwitch
from lab.region.ranges import format_ranges


def legacy(switch: LegacySwitch) -> str:
    """The configuration a switch has before its move (or a staged one, with just enough to log in)."""
    made = Configuration(len(switch.ports), switch.hostname)
    dropped = made.load("\n".join(_staged(switch) if switch.staged else _lines(switch)))
    if dropped:
        raise ValueError(f"{switch.name}: the legacy configuration has lines that ProCurve does not take: {dropped}")
    return made.text()


def _staged(switch: LegacySwitch) -> list[str]:
    digest = hashlib.sha256(switch.account.password.encode()).hexdigest()
    return [
        "include-credentials",
        f'aaa authentication local-user "{switch.account.name}" group "Level-15" password sha256 "{digest}"',
    ]


def _lines(switch: LegacySwitch) -> list[str]:
    digest = hashlib.sha1(switch.account.password.encode(), usedforsecurity=False).hexdigest()
    lines = [
        "include-credentials",
        f'password manager user-name "{switch.account.name}" sha1 "{digest}"',
        "time daylight-time-rule western-europe",
        "time timezone 60",
    ]
    if switch.time_servers:
        lines += ["timesync sntp", "sntp unicast"]
        lines += [f"sntp server priority {n} {ip}" for n, ip in enumerate(switch.time_servers[:3], 1)]
    lines += [f"ip dns server-address priority {n} {ip}" for n, ip in enumerate(switch.name_servers[:3], 1)]
    lines += [f"logging {ip}" for ip in switch.log_servers]
    if switch.gateway:
        lines.append(f"ip default-gateway {switch.gateway}")
    lines += _habits(switch)
    lines += [line for port in switch.ports for line in _port(port)]
    return lines + _vlans(switch)


def _habits(switch: LegacySwitch) -> list[str]:
    """This platform has telnet and the web open unless somebody closed them."""
    lines = [] if "telnet" in switch.habits else ["no telnet-server"]
    if "http" not in switch.habits:
        lines.append("no web-management")
    if "snmp_public" in switch.habits:
        lines.append('snmp-server community "public" unrestricted')
    if "snmp_location" in switch.habits or "snmp_public" in switch.habits:
        lines.append(f'snmp-server location "{switch.site}"')
    if "no_lldp" in switch.habits:
        lines.append("no lldp run")
    if "banner" in switch.habits or "unsaved_banner" in switch.habits:
        lines.append(f'banner motd "{switch.label} kommune"')
    return lines


def _port(port: LegacyPort) -> list[str]:
    lines = [f'   name "{port.description}"'] if port.description else []
    if not port.enabled:
        lines.append("   disable")
    return [f"interface {port.number}", *lines, "   exit"] if lines else []


def _vlans(switch: LegacySwitch) -> list[str]:
    every = sorted({1, *switch.vlans, *(port.untagged for port in switch.ports)})
    lines = []
    for number in every:
        untagged = [port.number for port in switch.ports if port.untagged == number]
        tagged = [port.number for port in switch.ports if number in _tagged(port, every)]
        voice = any(port.voice == number for port in switch.ports)
        address = next((svi.address for svi in switch.svis if svi.vlan == number), None)
        lines.append(f"vlan {number}")
        if number != 1 and number in switch.vlans:
            lines.append(f'   name "{switch.vlans[number]}"')
        if number == 1:
            lines.append(f"   no untagged {format_ranges(port.number for port in switch.ports)}")
        if untagged:
            lines.append(f"   untagged {format_ranges(untagged)}")
        if tagged:
            lines.append(f"   tagged {format_ranges(tagged)}")
        lines.append(f"   ip address {address.ip} {address.netmask}" if address else "   no ip address")
        if voice:
            lines.append("   voice")
        lines.append("   exit")
    return lines


def _tagged(port: LegacyPort, every: list[int]) -> set[int]:
    tagged = set(every) - {port.untagged} if port.tagged is None else set(port.tagged)
    return tagged | ({port.voice} if port.voice is not None else set())
