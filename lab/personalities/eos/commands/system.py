"""Show commands about the switch as a machine: version, clock, environment, accounts, services."""

import time
from datetime import UTC, datetime
from typing import Any

from lab.personalities.eos.configuration.config import Line
from lab.personalities.eos.terminal import Output, Terminal, command

MEMORY_KB = 8098984


def dotted(mac: str) -> str:
    """``00:1c:73:…`` → ``001c.73…``."""
    digits = mac.replace(":", "")
    return ".".join(digits[index : index + 4] for index in range(0, 12, 4))


def _lines(terminal: Terminal, prefix: str) -> list[Line]:
    return [node for node in terminal.eos.config.ordered() if isinstance(node, Line) and node.text.startswith(prefix)]


@command("show version", privileged=False)
def version(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Model, serial number, version, uptime."""
    switch, software = terminal.switch, terminal.eos.software
    free = MEMORY_KB // 50 if "memory" in switch.faults.hardware.parts else MEMORY_KB // 2
    build = f"{software}-35156751.{software.replace('.', '')}"
    minutes = int(switch.uptime // 60)
    text = (
        f"Arista {switch.model}\nHardware version: 11.01\nSerial number: {switch.serial}\n"
        f"Hardware MAC address: {dotted(switch.mac)}\nSystem MAC address: {dotted(switch.mac)}\n\n"
        f"Software image version: {software}\nArchitecture: x86_64\nInternal build version: {build}\n"
        "Internal build ID: 8b1a6a3c-2b1c-4a9f-8f61-6b0f6f2f3a10\nImage format version: 3.0\n"
        "Image optimization: Default\n\n"
        f"Uptime: {minutes // 1440} days, {minutes % 1440 // 60} hours and {minutes % 60} minutes\n"
        f"Total memory: {MEMORY_KB} kB\nFree memory: {free} kB\n"
    )
    return Output(
        text,
        {
            "mfgName": "Arista",
            "modelName": switch.model,
            "hardwareRevision": "11.01",
            "serialNumber": switch.serial,
            "systemMacAddress": switch.mac,
            "hwMacAddress": switch.mac,
            "configMacAddress": "00:00:00:00:00:00",
            "version": software,
            "architecture": "x86_64",
            "internalVersion": build,
            "internalBuildId": "8b1a6a3c-2b1c-4a9f-8f61-6b0f6f2f3a10",
            "imageFormatVersion": "3.0",
            "imageOptimization": "Default",
            "bootupTimestamp": time.time() - switch.uptime,
            "uptime": switch.uptime,
            "memTotal": MEMORY_KB,
            "memFree": free,
            "isIntlVersion": False,
        },
    )


@command("show hostname", privileged=False)
def hostname(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The name, short and full."""
    name = terminal.eos.hostname
    domain = next((line.text.split()[-1] for line in _lines(terminal, "dns domain ")), "")
    fqdn = f"{name}.{domain}" if domain else name
    return Output(f"Hostname: {name}\nFQDN:     {fqdn}\n", {"hostname": name, "fqdn": fqdn})


@command("show clock", privileged=False)
def clock(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The time, and where it is from."""
    zone = next((line.text.split()[-1] for line in _lines(terminal, "clock timezone")), "UTC")
    source = "NTP server" if _lines(terminal, "ntp server") else "local"
    now = datetime.now(UTC)
    return Output(
        f"{now:%a %b %d %H:%M:%S %Y}\nTimezone: {zone}\nClock source: {source}\n",
        {"utcTime": now.timestamp(), "timezone": zone, "clockSource": {"local": source == "local"}},
    )


@command("show inventory", privileged=False)
def inventory(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Parts and serial numbers."""
    switch = terminal.switch
    text = (
        "System information\n    Model                    Description\n"
        "    ------------------------ ----------------------------------------------------\n"
        f"    {switch.model:<24} {len(switch.port_names)}-port switch\n\n"
        "    HW Version  Serial Number  Mfg Date   Epoch\n    ----------- -------------- ---------- -----\n"
        f"    11.01       {switch.serial:<14} 2023-03-15 01.00\n"
    )
    return Output(
        text,
        {
            "systemInformation": {
                "name": switch.model,
                "description": f"{len(switch.port_names)}-port switch",
                "hardwareRev": "11.01",
                "serialNum": switch.serial,
                "mfgDate": "2023-03-15",
            },
            "xcvrSlots": {},
            "powerSupplySlots": {},
        },
    )


@command("show users", privileged=False)
def users(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Who is logged in: this session."""
    text = (
        "    Line      User        Host(s)       Idle        Location\n"
        f"*   1 vty 3   {terminal.user:<11} idle          00:00:00    127.0.0.1\n"
    )
    return Output(
        text, {"serials": {}, "vtys": {"3": {"user": terminal.user, "idleTime": 0.0, "location": "127.0.0.1"}}}
    )


@command("show users accounts")
def accounts(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Configured accounts."""
    text, data = [], {}
    root = terminal.eos.config.root
    for name, (privilege, secret) in sorted(terminal.switch.meaning.users.items()):
        line = root[f"username {name}"]
        role = line.text.split(" role ")[1].split()[0] if " role " in line.text else "network-operator"
        held = root.get(f"username {name} ssh-key")
        key = held.text.split(" ", 3)[3] if held is not None else ""
        text.append(
            f"user: {name}\n       role: {role}\n       privilege level: {privilege}\n       ssh public key: {key}\n"
        )
        # NAPALM hands on what it does not know, and then no longer gives what it is declared to.
        data[name] = {"username": name, "privLevel": privilege, "sshAuthorizedKey": key, "secret": secret}
    return Output("".join(text), {"users": data})


@command("show ntp status", privileged=False)
def ntp_status(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Whether the clock is synchronised: a server answers."""
    servers = [line.text.split()[2] for line in _lines(terminal, "ntp server")]
    reached = next((server for server in servers if _reaches(terminal, server)), None)
    if reached is None:
        word = "unsynchronised" if servers else "NTP is disabled."
        return Output(f"{word}\n", {"status": "unsynchronised" if servers else "disabled"})
    return Output(
        f"synchronised to NTP server ({reached}) at stratum 3\n   time correct to within 8 ms\n"
        "   polling server every 64 s\n",
        {"status": "synchronised", "peer": reached, "stratum": 3},
    )


@command("show ntp associations", privileged=False)
def ntp_associations(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The time servers, and which of them answer."""
    lines = [
        "     remote           refid      st t when poll reach   delay   offset  jitter",
        "==============================================================================",
    ]
    chosen = False
    for line in _lines(terminal, "ntp server"):
        server = line.text.split()[2]
        if _reaches(terminal, server):
            mark, chosen = ("+", True) if chosen else ("*", True)
            lines.append(f"{mark}{server:<15} 10.10.0.1        2 u   33   64  377    0.412    0.021   0.054")
        else:
            lines.append(f" {server:<15} .INIT.          16 u    -   64    0    0.000    0.000   0.000")
    return Output("\n".join(lines) + "\n", None)


def _reaches(terminal: Terminal, server: str) -> bool:
    try:
        return "clock" not in terminal.switch.faults.hardware.parts and terminal.switch.ping(server)
    except ValueError:
        return False  # a name: there is no resolver here


@command("show snmp v2-mib (chassis|location|contact)")
def snmp_mib(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """What SNMP says of the chassis."""
    what = values[0]
    if what == "chassis":
        return Output(f"Chassis: {terminal.switch.serial}\n", {"chassisId": terminal.switch.serial})
    value = next((line.text.split(" ", 2)[2] for line in _lines(terminal, f"snmp-server {what} ")), "")
    return Output(f"{what.capitalize()}: {value}\n", {what: value})


@command("show snmp community")
def snmp_community(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Configured communities."""
    text, data = [], {}
    for line in _lines(terminal, "snmp-server community "):
        name, access, *acl = line.text.split()[2:]
        text.append(f"Community name: {name}\nCommunity access: read-{'only' if access == 'ro' else 'write'}\n")
        data[name] = {"ipv4AccessList": acl[0] if acl else "", "access": access}
    return Output("".join(text), {"communities": data})


@command("show logging", privileged=False)
def logging(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Where messages go."""
    hosts = "".join(
        f"    Logging to '{line.text.split()[2]}' port 514 in VRF default via udp\n"
        for line in _lines(terminal, "logging host")
    )
    return Output(
        "Syslog logging: enabled\n    Buffer logging: level debugging\n    Trap logging: level informational\n" + hosts,
        None,
    )


@command("show management api http-commands", privileged=False)
def api(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Whether the command API runs."""
    section = terminal.eos.config.section("api")
    lines = section.lines if section is not None else {}
    on = terminal.switch.meaning.eapi
    servers = {
        "httpsServer": ("HTTPS server", 443, "https" not in lines or not lines["https"].text.startswith("no ")),
        "httpServer": ("HTTP server", 80, "http" in lines),
        "localHttpServer": ("Local HTTP server", 8080, False),
        "unixSocketServer": ("Unix Socket server", 0, "unix" in lines),
    }
    text = f"Enabled:            {'Yes' if on else 'No'}\n"
    data: dict[str, Any] = {"enabled": on, "vrf": "default", "urls": []}
    for key, (name, port, configured) in servers.items():
        state = "running" if on and configured else "shutdown" if key != "unixSocketServer" else "disabled"
        where = f"set to use port {port}" if port else "no protocol unix-socket"
        text += f"{name + ':':<20}{state}, {where}\n"
        data[key] = {"running": on and configured, "configured": configured, "port": port}
    return Output(text, data)


@command("show processes top once", privileged=False)
def top(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Linux's own ``top``; what is in its caches is given back when it is wanted."""
    parts = terminal.switch.faults.hardware.parts
    load, use = ("6.94, 6.71, 6.55", "88.1 us,  7.9 sy,  0.0 ni,  4.0 id") if "cpu" in parts else (
        "0.10, 0.12, 0.09", " 3.2 us,  0.8 sy,  0.0 ni, 95.9 id"
    )  # fmt: skip
    total = MEMORY_KB / 1024
    free, used = (total / 50, total * 0.95) if "memory" in parts else (total / 2, 2104.5)
    cached = total - free - used
    text = (
        f"top - {datetime.now(UTC):%H:%M:%S} up  1:00,  1 user,  load average: {load}\n"
        "Tasks: 250 total,   1 running, 249 sleeping,   0 stopped,   0 zombie\n"
        f"%Cpu(s): {use},  0.0 wa,  0.1 hi,  0.0 si,  0.0 st\n"
        f"MiB Mem : {total:>8.1f} total, {free:>8.1f} free, {used:>8.1f} used, {cached:>8.1f} buff/cache\n"
        f"MiB Swap:      0.0 total,      0.0 free,      0.0 used. {free + cached * 0.6:>8.1f} avail Mem \n\n"
        "  PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n"
        " 2345 root      20   0  622072 123456  98765 S   1.3   1.5   1:11.11 Sysdb\n"
    )
    return Output(text, None)


@command("show reload", privileged=False)
def scheduled(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Whether a restart is scheduled."""
    timer = terminal.eos.reload_timer
    if timer is None:
        return Output("No scheduled reload.\n", {})
    return Output(f"Reload scheduled in {int(timer.remaining)} seconds\n", {"scheduledIn": timer.remaining})


@command("show vrf", privileged=False)
def vrf(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The one there is."""
    names = [
        section.key.split()[1] for section in terminal.eos.config.sections("interface") if "ip address" in section.lines
    ]
    text = (
        "Maximum number of VRFs allowed: 1023\n   VRF           Protocols       State         Interfaces\n"
        "------------- --------------- ---------------- ----------\n"
        f"   default       IPv4            routing          {', '.join(names)}\n"
    )
    return Output(
        text,
        {
            "vrfs": {
                "default": {
                    "routeDistinguisher": "",
                    "protocols": {"ipv4": {"supported": True, "protocolState": "up", "routingState": "up"}},
                    "vrfState": "up",
                    "interfacesV4": names,
                    "interfacesV6": [],
                    "interfaces": names,
                }
            }
        },
    )
