"""What ProCurve's ``show`` commands print of the switch as a machine: heat, fans, power, light, time, spanning tree."""

import time

from lab.personalities.procurve import ports
from lab.personalities.procurve.device import ProcurveDevice
from lab.personalities.procurve.grammar import Refused
from lab.personalities.procurve.port_tables import mac, read_ports

BUDGETS = {"J9772A": 382, "J9773A": 195}  # W: 2530-48G-PoE+ and 2530-24G-PoE+
PHONE_WATTS = 6
LIMIT = 55  # °C
POLL_SECONDS = 720  # of SNTP, unless configured
PRIORITY_STEP = 4096


def has_fault(device: ProcurveDevice, part: str) -> bool:
    """Whether a part of the switch has failed on purpose."""
    return part in device.switch.faults.hardware.parts


def cpu(device: ProcurveDevice, args: list[str]) -> str:
    """``show cpu 300``."""
    if not args[0].isdigit() or not 1 <= int(args[0]) <= 300:
        raise Refused(f"Invalid input: {args[0]}")
    return f"\n{97 if has_fault(device, 'cpu') else 4}/100 busy, for past {int(args[0])} sec\n\n"


def temperature(device: ProcurveDevice, _: list[str]) -> str:
    """``show system temperature``."""
    now, over = (LIMIT + 2, "YES") if has_fault(device, "hot") else (31, "NO")
    return (
        "\n System Air Temperatures\n"
        "  Temp    Current  Max   Min                        Avg    \n"
        "  Sensor  Temp     Temp  Temp  Threshold  OverTemp  Temp   \n"
        "  ------- -------- ----- ----- ---------- --------- -------\n"
        f"  Chassis {f'{now}C':<8} {f'{max(now, 33)}C':<5} {'27C':<5} {f'{LIMIT}C':<10} {over:<9} 29.46C\n\n"
    )


def fans(device: ProcurveDevice, _: list[str]) -> str:
    """``show system fans``: a model that feeds others has two, the others none."""
    names = ("Sys-1", "Sys-2") if device.switch.model in BUDGETS else ()
    states = ["Fan Failed" if number and has_fault(device, "fan") else "Fan OK" for number, _ in enumerate(names)]
    failed = states.count("Fan Failed")
    rows = "".join(
        f"{name:<7}| {state:<11} |   {int(state != 'Fan OK')}      | Chassis\n"
        for name, state in zip(names, states, strict=True)
    )
    return (
        "\nFan Information\n  Num  | State       | Failures | Location\n-------+-------------+----------+----------\n"
        f"{rows}\n{failed} / {len(names)} Fans in Failure State\n"
        f"{failed} / {len(names)} Fans have been in Failure State\n\n"
    )


def power_supply(device: ProcurveDevice, _: list[str]) -> str:
    """``show system power-supply``: the one that is built in."""
    state, watts, working = ("Failed", 0, 0) if has_fault(device, "power") else ("Powered", 40, 1)
    return (
        "\nPower Supply Status:\n\n"
        " PS#    Model      Serial          State         AC/DC  + V    Wattage\n"
        " ---- --------- ------------ ----------------- -------------- ---------\n"
        f"   1                          {state:<17} AC 120V/240V   {watts:>7}\n\n"
        f"   {working} /  1 supply bays delivering power.\n   Total power: {watts} W\n\n"
    )


def power_over_ethernet(device: ProcurveDevice, _: list[str]) -> str:
    """``show power-over-ethernet``: what the telephones take of the budget."""
    budget = BUDGETS.get(device.switch.model)
    if budget is None:
        raise Refused("Invalid input: power-over-ethernet")
    asking = (port for number, port in device.switch.meaning.ports.items() if port.voice and device.switch.oper(number))
    used = budget - 2 if has_fault(device, "poe") else PHONE_WATTS * sum(port.feeds for port in asking)
    return (
        "\n Status and Counters - System Power Status\n\n  System Power Status    : No redundancy\n"
        "  PoE Power Status       : No redundancy\n\n Chassis power-over-ethernet:\n\n"
        f"  Total Available Power  : {budget:>4} W\n  Total Failover Pwr Avl :    0 W\n"
        f"  Total Redundancy Power :    0 W\n  Total Power Drawn      : {used:>4} W +/- 6W\n"
        f"  Total Power Reserved   : {used:>4} W\n  Total Remaining Power  : {budget - used:>4} W\n\n"
    )


def transceivers(device: ProcurveDevice, _: list[str]) -> str:
    """``show interfaces transceiver detail``: lines to other switches are fibre."""
    switch, faults, out = device.switch, device.switch.faults.hardware, ["\n"]
    for number, name in enumerate(switch.port_names, 1):
        is_broken = faults.suffers("no-light", name)
        if number not in switch.facts.cables and not is_broken:
            continue
        # A far end that sends nothing is dark; at an end that is itself closed, light still arrives.
        is_closed = not device.switch.port(number).up
        is_dark = is_broken or not (switch.oper(number) or is_closed)
        received, alarm = ("0.0000mW, -40.000dBm", "Rx power low alarm") if is_dark else ("0.2728mW, -5.641dBm", "")
        out.append(
            f"Transceiver in {ports.name(number)}\n   Interface Index    : {number}\n   Type               : 1000LX\n"
            "   Model              : J4859D\n   Connector Type     : LC\n   Wavelength         : 1310nm\n"
            "   Diagnostic Support : DOM\n   Serial Number      : CN00LAB0001\n\n Status\n"
            "   Temperature : 30.562C\n   Voltage     : 3.2500V\n   Tx Bias     : 13.420mA\n"
            f"   Tx Power    : 0.3324mW, -4.783dBm\n   Rx Power    : {received}\n\n Recent Alarms:\n\n"
            f"   {alarm}\n\n Recent Errors:\n\n   {'Rx loss of signal' if is_dark else ''}\n\n"
        )
    return "".join(out)


def bpdu_protection(device: ProcurveDevice, args: list[str]) -> str:
    """``show spanning-tree bpdu-protection 1-28``: a port that heard a bridge is in error."""
    top, faults = device.configuration.top, device.switch.faults.hardware
    bad = {n for n, name in enumerate(device.switch.port_names, 1) if faults.suffers("errdisable", name)}
    guarded = {port for port in read_ports(device, []) if top.get(f"spanning-tree {port} bpdu-protection")} | bad
    lines = [
        "\n Status and Counters - STP BPDU Protection Information\n",
        " BPDU Protection Timeout (sec) : 0",
        f" BPDU Protected Ports : {ports.write(guarded)}\n",
        "",
        "  Port   Type      Protection State             Errant BPDUs",
        "  ------ --------- ---------- ----------------- ------------",
    ]
    for port in read_ports(device, args) if args else sorted(guarded):
        word, state = "Yes" if port in guarded else "No", "Bpdu Error" if port in bad else ""
        media = device.configuration.trunks.media(port)
        lines.append(f"  {ports.name(port):<6} {media:<9} {word:<10} {state:<17} {int(port in bad)}")
    return "\n".join(lines) + "\n\n"


def spanning_tree(device: ProcurveDevice, _: list[str]) -> str:
    """``show spanning-tree``: the common tree. Without loops every port forwards."""
    top, switch = device.configuration.top, device.switch
    title = "\n Multiple Spanning Tree (MST) Information\n\n"
    if not top.get("spanning-tree"):
        return f"{title}  STP Enabled   : No\n\n"
    own = int((top.get("spanning-tree priority") or "spanning-tree priority 8").split()[-1]) * PRIORITY_STEP
    root, way = switch.root(1)
    trunk = device.configuration.trunks.members.get(way, way)
    seconds = int(switch.uptime - switch.topology.at)
    spans = ((seconds // 86400, "days"), (seconds // 3600, "hours"), (seconds // 60, "mins"))
    since = next((f"{count} {unit}" for count, unit in spans if count), f"{seconds} secs")
    lines = [
        "  STP Enabled   : Yes", "  Force Version : MSTP-operation", "  IST Mapped VLANs : 1-4094",
        f"  Switch MAC Address : {mac(switch.mac)}    ", f"  Switch Priority    : {own}", "  Max Age  : 20",
        "  Max Hops : 20", "  Forward Delay : 15", "", f"  Topology Change Count  : {switch.topology.count:,}",
        f"  Time Since Last Change : {since}", "", f"  CST Root MAC Address : {mac(root)}    ",
        f"  CST Root Priority    : {8 * PRIORITY_STEP if way else own}",
        f"  CST Root Path Cost   : {20000 if way else 0}",
        f"  CST Root Port        : {ports.name(trunk) if way else 'This switch is root'}", "",
        "  Root Guard Ports     : ", "  TCN Guard Ports      : ", "  BPDU Protected Ports : ",
        "  BPDU Filtered Ports  : ", "  PVST Protected Ports : ", "  PVST Filtered Ports  : ", "",
        "                  |           Prio            | Designated    Hello         ",
        "  Port  Type      | Cost      rity State      | Bridge        Time PtP Edge",
        "  ----- --------- + --------- ---- ---------- + ------------- ---- --- ----",
    ]  # fmt: skip
    for port in read_ports(device, []):
        state = "Forwarding" if switch.oper(port) else "Disabled"
        media = device.configuration.trunks.media(port)
        edge = "Yes" if top.get(f"spanning-tree {port} admin-edge-port") else "No"
        lines.append(
            f"  {ports.name(port):<5} {media:<9} | {20000:<9} 128  {state:<10} | {mac(switch.mac):<13} 2    Yes {edge}"
        )
    return title + "\n".join(lines) + "\n\n"


def sntp_statistics(device: ProcurveDevice, _: list[str]) -> str:
    """``show sntp statistics``: a server that is not heard any more has answered all the same until then."""
    top, switch = device.configuration.top, device.switch
    servers = [line.split()[4] for _, line in top.shown() if line.startswith("sntp server")]
    is_asking = bool(servers and top.get("timesync") and top.get("sntp mode"))
    since = switch.faults.hardware.since.get("clock")
    heard = switch.uptime - (0.0 if since is None else time.monotonic() - since)
    answers = any(switch.ping(server) for server in servers)
    sent = 1 + int(switch.uptime // POLL_SECONDS) if is_asking else 0
    received = 1 + int(heard // POLL_SECONDS) if is_asking and answers and heard >= 0 else 0
    rows = "".join(f"  {server:<39} 0\n" for server in servers)
    return (
        f"\n SNTP Statistics\n\n  Received Packets : {received}\n  Sent Packets     : {sent}\n"
        "  Dropped Packets  : 0\n\n"
        "  SNTP Server Address                     Auth Failed Pkts\n"
        f"  --------------------------------------- ----------------\n{rows}\n"
    )
