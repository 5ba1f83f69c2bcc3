"""A municipality's old network, as its IT people typed it into IOS over the years."""

from lab.personalities.ios.configuration import passwords
from lab.personalities.ios.configuration.settings import vlan_text
from lab.region.legacy import LegacyPort, LegacySwitch


def legacy(switch: LegacySwitch) -> str:
    """The startup configuration of a switch before its move, in its municipality's dialect."""
    if switch.staged:
        return "\n".join(_staged(switch)) + "\n"
    parts = (_globals, _vlans, _ports, _svis, _services, _access)
    return "\n".join(line for part in parts for line in part(switch)) + "\n"


def _account(switch: LegacySwitch) -> str:
    account = switch.account
    if "password_7" in switch.habits:
        stored = f"password 7 {passwords.type7(account.password, int(account.salt[:1], 16))}"
    else:
        stored = f"secret 5 {passwords.type5(account.password, account.salt)}"
    return f"username {account.name} privilege {account.privilege} {stored}"


def _staged(switch: LegacySwitch) -> list[str]:
    return [
        f"hostname {switch.hostname}",
        _account(switch),
        f"ip domain-name {switch.domain}",
        "vtp mode transparent",
        "interface Vlan1",
        f" ip address {switch.management.ip} {switch.management.netmask}",
        "ip ssh version 2",
        *_line("vty 0 15", "login local", "transport input ssh"),
    ]


def _globals(switch: LegacySwitch) -> list[str]:
    stamps = "uptime" if "uptime_stamps" in switch.habits else "datetime msec"
    lines = [
        "no service pad",
        f"service timestamps debug {stamps}",
        f"service timestamps log {stamps}",
        *(["service password-encryption"] if "password_7" in switch.habits else []),
        f"hostname {switch.hostname}",
        _account(switch),
        *(["ip routing"] if switch.routing else []),
        f"ip domain-name {switch.domain}",
        *(f"ip name-server {server}" for server in switch.name_servers),
        "vtp mode transparent",
    ]
    if "no_archive" not in switch.habits:
        lines += ["archive", " path flash:backup", " maximum 5"]
    if "spanning_tree" in switch.habits or switch.role == "core":
        lines.append("spanning-tree vlan 1-4094 priority 8192")
    return lines


def _vlans(switch: LegacySwitch) -> list[str]:
    lines: list[str] = []
    for vlan, name in switch.vlans.items():
        if vlan != 1:
            lines += [f"vlan {vlan}", f" name {name}"]
    return lines


def _ports(switch: LegacySwitch) -> list[str]:
    lines = [] if "no_lldp" in switch.habits else ["lldp run"]
    if "cdp_off" in switch.habits:
        lines.append("no cdp run")
    for port in switch.ports:
        lines += [f"interface {port.name}", *(f" {line}" for line in _port(switch, port))]
    return lines


def _port(switch: LegacySwitch, port: LegacyPort) -> list[str]:
    lines = [f"description {port.description}"] if port.description else []
    if port.kind == "trunk":
        if port.untagged != 1:
            lines.append(f"switchport trunk native vlan {port.untagged}")
        if port.tagged is not None:
            lines.append(f"switchport trunk allowed vlan {vlan_text({port.untagged, *port.tagged})}")
        lines.append("switchport mode trunk")
    elif port.kind == "access":
        lines += [f"switchport access vlan {port.untagged}", "switchport mode access"]
        if port.voice is not None:
            lines.append(f"switchport voice vlan {port.voice}")
        if "no_portfast" not in switch.habits:
            lines.append("spanning-tree portfast")
    if not port.enabled:
        lines.append("shutdown")
    return lines


def _svis(switch: LegacySwitch) -> list[str]:
    lines: list[str] = []
    for svi in switch.svis:
        lines += [f"interface Vlan{svi.vlan}", f" ip address {svi.address.ip} {svi.address.netmask}"]
    if not any(svi.vlan == 1 for svi in switch.svis):
        lines += ["interface Vlan1", " shutdown"]
    return lines


def _services(switch: LegacySwitch) -> list[str]:
    web = "http" in switch.habits
    lines = [] if web else ["no ip http server"]
    lines.append("no ip http secure-server")
    if switch.gateway is not None:
        lines.append(f"ip default-gateway {switch.gateway}")
    if switch.default_route is not None:
        lines.append(f"ip route 0.0.0.0 0.0.0.0 {switch.default_route}")
    lines.append("ip ssh version 2")
    lines += [f"logging host {server}" for server in switch.log_servers]
    if "snmp_public" in switch.habits:
        lines += ["snmp-server community public RO", f"snmp-server location {switch.site}"]
    if "snmp_private" in switch.habits:
        lines.append("snmp-server community private RW")
    return lines


def _access(switch: LegacySwitch) -> list[str]:
    open_to = "telnet ssh" if "telnet" in switch.habits else "ssh"
    lines = []
    if "banner" in switch.habits or "unsaved_banner" in switch.habits:
        lines += ["banner motd \x03", f"{switch.label} kommune, IKT-avdelingen", "\x03"]
    timeout = ["exec-timeout 0 0"] if "no_timeout" in switch.habits else []
    lines += _line("con 0", *timeout, "login local")
    lines += _line("vty 0 15", *timeout, "login local", f"transport input {open_to}")
    lines += [f"ntp server {server}" for server in switch.time_servers]
    return lines


def _line(name: str, *settings: str) -> list[str]:
    return [f"line {name}", *(f" {setting}" for setting in settings)]
