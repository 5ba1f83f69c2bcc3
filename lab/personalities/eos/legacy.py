"""What an EOS switch is configured with before its move, as someone once typed it."""

from lab.personalities.eos.secret import hashed
from lab.region.legacy import LegacyPort, LegacySwitch
from lab.region.ranges import format_ranges

# One stored form for each password and salt: starting a region's switches asks for the same few again and again.
_STORED: dict[tuple[str, str], str] = {}


def legacy(switch: LegacySwitch) -> str:
    """The legacy configuration; for a switch of the operations centre the staging configuration.

    Habits: ``telnet``, ``snmp_public``, ``http`` (eAPI in clear), ``no_eapi`` (no eAPI at all), ``no_lldp``.
    """
    account = switch.account
    known = (account.password, account.salt)
    if known not in _STORED:
        _STORED[known] = hashed(account.password, account.salt[:16])
    lines = [
        f"username {account.name} privilege {account.privilege} role network-admin secret sha512 {_STORED[known]}",
        f"hostname {switch.hostname}",
        "aaa authorization exec default local",
    ]
    if switch.staged:
        lines += [
            "management api http-commands",
            "no shutdown",
            "interface Management1",
            f"ip address {switch.management}",
        ]
        return "\n".join(lines) + "\n"
    lines += [f"dns domain {switch.domain}"] if switch.domain else []
    lines += [f"ip name-server {server}" for server in switch.name_servers]
    lines += [f"ntp server {server}" for server in switch.time_servers]
    lines += [f"logging host {server}" for server in switch.log_servers]
    lines += ["spanning-tree mode rstp"]
    if "snmp_public" in switch.habits:
        lines += ["snmp-server community public ro", f"snmp-server location {switch.label}"]
    if "no_lldp" in switch.habits:
        lines += ["no lldp run"]
    for number, name in switch.vlans.items():
        lines += [f"vlan {number}", f"name {name}"] if (number, name) != (1, "default") else []
    for port in switch.ports:
        lines += [f"interface {port.name}", *_port(port)]
    for svi in switch.svis:
        lines += [f"interface Vlan{svi.vlan}", f"ip address {svi.address}"]
    lines += ["ip routing"] if switch.routing else []
    hop = switch.default_route or switch.gateway
    lines += [f"ip route 0.0.0.0/0 {hop}"] if hop else []
    if "telnet" in switch.habits:
        lines += ["management telnet", "no shutdown"]
    if "no_eapi" not in switch.habits:
        lines += [
            "management api http-commands",
            "no shutdown",
            *(["protocol http"] if "http" in switch.habits else []),
        ]
    return "\n".join(lines) + "\n"


def _port(port: LegacyPort) -> list[str]:
    lines = [f"description {port.description}"] if port.description else []
    if not port.enabled:
        lines.append("shutdown")
    if port.kind == "access" and port.voice is not None:
        lines += [
            "switchport mode trunk phone",
            f"switchport trunk native vlan {port.untagged}",
            f"switchport phone vlan {port.voice}",
        ]
    elif port.kind == "access":
        lines += [f"switchport access vlan {port.untagged}", "spanning-tree portfast"]
    elif port.kind == "trunk":
        lines += ["switchport mode trunk", f"switchport trunk native vlan {port.untagged}"]
        if port.tagged is not None:
            lines.append(f"switchport trunk allowed vlan {format_ranges({port.untagged, *port.tagged})}")
    return lines
