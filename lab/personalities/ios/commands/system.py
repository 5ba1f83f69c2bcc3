"""Show commands about the switch as a whole."""

import re
from datetime import UTC, datetime, timedelta

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.configuration.access_lists import is_numbered, shown
from lab.personalities.ios.configuration.parse import INVALID, Match, Refused, interface_name
from lab.personalities.ios.configuration.printing import printed

VERSION = "15.2(7)E3"
HARDWARE = {"WS-C3850": ("CAT3K_CAA", "cat3k_caa-universalk9"), "WS-C2960": ("C2960X", "c2960x-universalk9-mz")}


def clock() -> str:
    """The time, as IOS writes it."""
    return f"{datetime.now(UTC):%H:%M:%S.%f}"[:-3] + f" UTC {datetime.now(UTC):%a %b %-d %Y}"


@command("show running-config [all]")
async def show_running(shell: IosShell, typed: Match) -> str:
    """The running configuration, under its header."""
    text = shell.device.text()
    changed = f"!\n{shell.device.last_change}\n" if shell.device.last_change else ""
    return f"Building configuration...\n\nCurrent configuration : {len(text.encode())} bytes\n{changed}{text}"


@command("show running-config interface <iface>")
async def show_running_interface(shell: IosShell, typed: Match) -> str:
    """One interface of the running configuration."""
    section = shell.device.config.interface(typed.values[0])
    if section is None:
        raise Refused(INVALID, len("show running-config interface "))
    text = "\n".join(["!", *printed(section), "end", ""])
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}"


@command("show startup-config", "show configuration")
async def show_startup(shell: IosShell, typed: Match) -> str:
    """The startup configuration."""
    text = shell.device.read_file("nvram:startup-config")
    if text is None:
        return "startup-config is not present\n"
    return f"Using {len(text.encode())} out of 524288 bytes\n{text}"


def spoken_uptime(seconds: float) -> str:
    """``1 week, 2 days, 3 hours, 4 minutes``."""
    minutes = int(seconds // 60)
    parts: list[str] = []
    for name, size in (("week", 10080), ("day", 1440), ("hour", 60), ("minute", 1)):
        count, minutes = divmod(minutes, size)
        if count or (name == "minute" and not parts):
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(parts)


@command("show version", level=1)
async def show_version(shell: IosShell, typed: Match) -> str:
    """Software, hardware and uptime."""
    switch = shell.switch
    family, image = HARDWARE.get(switch.model[:8], HARDWARE["WS-C2960"])
    mac = switch.mac.upper()
    return (
        f"Cisco IOS Software, {family} Software ({image.split('-mz')[0].upper()}-M), "
        f"Version {VERSION}, RELEASE SOFTWARE (fc3)\n"
        "Technical Support: http://www.cisco.com/techsupport\nCopyright (c) 1986-2020 by Cisco Systems, Inc.\n\n"
        "ROM: Bootstrap program is simulated\n\n"
        f"{shell.hostname} uptime is {spoken_uptime(switch.uptime)}\n"
        "System returned to ROM by power-on\n"
        f'System image file is "flash:/{image}.{VERSION}.bin"\nLast reload reason: Reload command\n\n'
        f"cisco {switch.model} (APM86XXX) processor (revision A0) with 524288K bytes of memory.\n"
        f"Processor board ID {switch.serial}\nLast reset from power-on\n"
        f"{len(shell.device.config.ports)} Gigabit Ethernet interfaces\n"
        "512K bytes of flash-simulated non-volatile configuration memory.\n"
        f"Base ethernet MAC Address       : {mac}\nModel number                    : {switch.model}\n"
        f"System serial number            : {switch.serial}\n\n"
        "Switch Ports Model                     SW Version            SW Image\n"
        "------ ----- -----                     ----------            ----------\n"
        f"*    1 {len(shell.device.config.ports):<5} {switch.model:<25} {VERSION:<21} {image.upper()}\n\n\n"
        "Configuration register is 0xF\n"
    )


@command("show inventory", level=1)
async def show_inventory(shell: IosShell, typed: Match) -> str:
    """Parts and serial numbers."""
    switch = shell.switch
    return f'NAME: "1", DESCR: "{switch.model}"\nPID: {switch.model:<18}, VID: V05  , SN: {switch.serial}\n\n'


@command("show hosts", level=1)
async def show_hosts(shell: IosShell, typed: Match) -> str:
    """The default domain and name servers."""
    root = shell.device.config.root
    domain = (root.get("ip domain-name") or "ip domain-name not set").removeprefix("ip domain-name ")
    servers = ", ".join(line.split()[-1] for line in root.lines("ip name-server")) or "255.255.255.255"
    return f"Default domain is {domain}\nName/address lookup uses domain service\nName servers are {servers}\n"


@command("show clock [detail]", level=1)
async def show_clock(shell: IosShell, typed: Match) -> str:
    """The time."""
    return f"{clock()}\n"


@command("show users", level=1)
async def show_users(shell: IosShell, typed: Match) -> str:
    """Who is logged in here."""
    return (
        "    Line       User       Host(s)              Idle       Location\n"
        f"*  1 vty 0     {shell.user:<10} idle                 00:00:00 \n\n"
        "  Interface    User               Mode         Idle     Peer Address\n"
    )


@command("show privilege", level=1)
async def show_privilege(shell: IosShell, typed: Match) -> str:
    """The session's privilege."""
    return f"Current privilege level is {shell.privilege}\n"


@command("show snmp", "show snmp chassis", "show snmp user", level=1)
async def show_snmp(shell: IosShell, typed: Match) -> str:
    """The SNMP agent."""
    if typed.text.endswith("user"):
        return "\n"
    if typed.text.endswith("chassis"):
        return f"{shell.switch.serial}\n"
    if not any(True for _ in shell.device.config.root.lines("snmp-server ")):
        return "%SNMP agent not enabled\n"
    return f"Chassis: {shell.switch.serial}\n0 SNMP packets input\n0 SNMP packets output\n"


@command("show logging", level=1)
async def show_logging(shell: IosShell, typed: Match) -> str:
    """Where messages go, and those that the buffer holds."""
    root = shell.device.config.root
    started = datetime.now(UTC) - timedelta(seconds=shell.switch.uptime)
    messages = [(started, "%SYS-5-RESTART: System restarted --")]
    if shell.device.changed_at is not None:
        user = shell.device.last_change.rpartition(" by ")[2]
        messages.append((shell.device.changed_at, f"%SYS-5-CONFIG_I: Configured from console by {user} on vty0"))
    trap = (root.get("logging trap") or "logging trap informational").split()[-1]
    console = (root.get("logging console") or "logging console debugging").split()[-1]
    hosts = [line.split()[2] for line in root.lines("logging host ")]
    lines = [
        "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns, xml disabled,"
        " filtering disabled)", "",
        f"    Console logging: level {console}, {len(messages)} messages logged, xml disabled,",
        "                     filtering disabled",
        f"    Buffer logging:  level debugging, {len(messages)} messages logged, xml disabled,",
        "                     filtering disabled",
        f"    Trap logging: level {trap}, {len(messages)} message lines logged",
        *(f"        Logging to {host}  (udp port 514, audit disabled, link up)" for host in hosts),
        "", "Log Buffer (4096 bytes):", "",
        *(f"*{at:%b} {at.day:>2} {at:%H:%M:%S}.{at.microsecond // 1000:03}: {text}" for at, text in messages),
    ]  # fmt: skip
    return "\n".join([*lines, ""])


def _is_heard(shell: IosShell, server: str) -> bool:
    return "clock" not in shell.switch.faults.hardware.parts and shell.switch.ping(server)


def _servers(shell: IosShell) -> list[str]:
    return [line.split()[2] for line in shell.device.config.root.lines("ntp server ") if " vrf " not in line]


@command("show ntp associations", level=1)
async def show_ntp_associations(shell: IosShell, typed: Match) -> str:
    """The time servers, and how they answer."""
    servers = _servers(shell)
    if not servers:
        return "%NTP is not enabled.\n"
    lines = ["  address         ref clock       st   when   poll reach  delay  offset   disp"]
    chosen = False
    for server in servers:
        reached = _is_heard(shell, server)
        mark = "*~" if reached and not chosen else "+~" if reached else " ~"
        chosen = chosen or reached
        heard = "192.0.2.1        2     21     64   377  1.218   0.401  1.935"
        silent = ".INIT.          16      -     64     0  0.000   0.000 15937."
        lines.append(f"{mark}{server:<15} {heard if reached else silent}")
    lines.append(" * sys.peer, # selected, + candidate, - outlyer, x falseticker, ~ configured")
    return "\n".join([*lines, ""])


@command("show ntp status", level=1)
async def show_ntp_status(shell: IosShell, typed: Match) -> str:
    """Whether the clock is in step."""
    servers = _servers(shell)
    if not servers:
        return "%NTP is not enabled.\n"
    source = next((server for server in servers if _is_heard(shell, server)), None)
    state = "unsynchronized, stratum 16, no reference clock"
    if source is not None:
        state = f"synchronized, stratum 3, reference is {source:<15}"
    offset, delay = ("0.4010", "1.61") if source else ("0.0000", "0.00")
    loop = "'CTRL' (Normal Controlled Loop)" if source else "'FSET' (Drift set from file)"
    return (
        f"Clock is {state}\n"
        "nominal freq is 119.2092 Hz, actual freq is 119.2088 Hz, precision is 2**17\n"
        f"ntp uptime is {int(shell.switch.uptime * 100)} (1/100 of seconds), resolution is 8403\n"
        f"clock offset is {offset} msec, root delay is {delay} msec\n"
        "root dispersion is 5.31 msec, peer dispersion is 1.94 msec\n"
        f"loopfilter state is {loop}, drift is 0.000003925 s/s\n"
        "system poll interval is 64, last update was 21 sec ago.\n"
    )


@command("show processes cpu [sorted]", level=1)
async def show_cpu(shell: IosShell, typed: Match) -> str:
    """Processor load."""
    busy = "cpu" in shell.switch.faults.hardware.parts
    load = "98%/21%; one minute: 97%; five minutes: 96%" if busy else "7%/0%; one minute: 6%; five minutes: 6%"
    return (
        f"CPU utilization for five seconds: {load}\n"
        " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process \n"
        "   1           0           1          0  0.00%  0.00%  0.00%   0 Chunk Manager    \n"
    )


@command("show memory statistics", level=1)
async def show_memory(shell: IosShell, typed: Match) -> str:
    """Memory in use."""
    full = "memory" in shell.switch.faults.hardware.parts
    used = "403425436     8233156     6918352     5184816" if full else " 84275164   327383428   321918352   306184816"
    return (
        "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)\n"
        f"Processor    2E5B9A0   411658592   {used}\n"
        "      I/O    2C00000    16777216    11714684     5062532     5002848     5057532\n"
    )


@command("show archive log config all", "show ipv6 interface [brief]", "show ipv6 neighbors", level=1)
async def show_nothing(shell: IosShell, typed: Match) -> str:
    """Nothing to tell."""
    return "\n"


@command("show aliases", level=1)
async def show_aliases(shell: IosShell, typed: Match) -> str:
    """The short names that are built in."""
    names = {"h": "help", "lo": "logout", "p": "ping", "r": "resume", "s": "show", "u": "undebug", "w": "where"}
    return "\n".join(["Exec mode aliases:", *(f"  {name:<21} {full}" for name, full in names.items()), ""])


@command("show lacp sys-id", level=1)
async def show_lacp(shell: IosShell, typed: Match) -> str:
    """The switch's name in link aggregation."""
    digits = shell.switch.mac.replace(":", "")
    priority = (shell.device.config.root.get("lacp system-priority") or "32768").split()[-1]
    return f"{priority}, {digits[:4]}.{digits[4:8]}.{digits[8:]}\n"


@command("show ip ssh", level=1)
async def show_ssh(shell: IosShell, typed: Match) -> str:
    """The SSH server."""
    return "SSH Enabled - version 2.0\nAuthentication timeout: 120 secs; Authentication retries: 3\n"


@command("show ip ospf neighbor", level=1)
async def show_ospf(shell: IosShell, typed: Match) -> str:
    """OSPF neighbours."""
    lines = ["", "Neighbor ID     Pri   State           Dead Time   Address         Interface"]
    for near in shell.switch.adjacencies():
        name = shell.device.config.ports[near.port - 1]
        lines.append(f"{near.router_id:<15}   0   FULL/  -        00:00:35    {near.address!s:<15} {name}")
    return "\n".join([*lines, ""]) if len(lines) > 2 else ""


@command("show ip access-lists [<word>]", "show access-lists [<word>]", level=1)
async def show_access_lists(shell: IosShell, typed: Match) -> str:
    """Access lists with their sequence numbers."""
    kinds = ("ip access-list ", "ipv6 access-list ")[: 1 if typed.text.startswith("show ip ") else 2]
    lists = [
        section
        for kind in kinds
        for section in shell.device.config.root.sections(kind)
        if not typed.values or typed.values[0] == section.text.split()[-1]
    ]
    lists.sort(
        key=lambda section: (
            section.context == "ipv6-acl",
            section.context == "acl",
            not is_numbered(section),
            section.text,
        )
    )
    return "".join(f"{line}\n" for section in lists for line in shown(section))


@command("show ipv6 access-list [<word>]", level=1)
async def show_ipv6_access_lists(shell: IosShell, typed: Match) -> str:
    """IPv6 access lists with their sequence numbers."""
    sections = sorted(shell.device.config.root.sections("ipv6 access-list "), key=lambda section: section.text)
    wanted = [section for section in sections if not typed.values or typed.values[0] == section.text.split()[-1]]
    return "".join(f"{line}\n" for section in wanted for line in shown(section))


def port_of(shell: IosShell, typed: str, column: int) -> str:
    """The full name of an interface of this switch.

    Args:
        shell: the session that asks.
        typed: the name, which may be cut short.
        column: where it stands in the command, for the caret.

    Raises:
        Refused: there is no such interface.
    """
    name = interface_name(typed)
    if name is None or shell.device.config.interface(name) is None:
        raise Refused(INVALID, column)
    return name


def short(name: str) -> str:
    """``Gi1/0/1``."""
    return re.sub(r"^(Gi|Te|Fa|Lo|Vl|Po)[A-Za-z-]*", r"\1", name)
