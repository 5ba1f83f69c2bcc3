"""What ProCurve tells of its health: the commands that ask for it, and what their answers mean. Pure.

Formats, where each was seen: `show interfaces`, `… brief`, `show system` and `show ip route` of releases J to WC.16.11;
`show interfaces PORT` (FCS), `show system temperature|fans|power-supply`, `show spanning-tree bpdu-protection`, `show
sntp …` and `show ntp status` in the vendor's guides for 16.07 to 16.10; `show spanning-tree` of a 6120XG; `show cpu
300` and `show power-over-ethernet` of a 2530; `show interfaces transceiver detail` of a 2930F. A switch that does not
know a command answers ``Invalid input``: then what it would tell is None. Ours are 2530 without PoE (J9775A, J9776A).

Not seen: what a 2530 itself answers for its fans and power supplies; the words for a transceiver without any light
(0 mW is taken for it); how a port looks that was disabled by loop-protect or by the fault finder: it counts as closed,
or without a link. SNTP does not tell whether the clock is in step: None, unless no server has ever answered. ProCurve
records neither who changed the configuration last nor, in any of these answers, why it restarted.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.platforms.common.address_tables import format_mac
from nornir_tasks.platforms.common.health_state import (
    NO_LIGHT_DBM,
    DeviceHealth,
    Optics,
    PartState,
    PortCondition,
    PortHealth,
    PowerBudget,
    Route,
    SpanningTree,
    Temperature,
    TimeState,
)

# All that a reading of the health sends.
HEALTH_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "ports": "show interfaces brief",
        "counters": "show interfaces",
        "damaged ports": "show interfaces {ports}",  # only of those that have received something damaged
        "protection": "show spanning-tree bpdu-protection {ports}",
        "optics": "show interfaces transceiver detail",
        "link changes": "show logging -r line",  # "on-line" and "off-line": the log may be thousands of lines long
        "clock": "show time",
        "system": "show system",
        "processor": "show cpu 300",
        "temperature": "show system temperature",
        "fans": "show system fans",
        "power supplies": "show system power-supply",
        "power": "show power-over-ethernet",
        "time source": "show sntp",
        "time packets": "show sntp statistics",
        "time": "show ntp status",
        "spanning tree": "show spanning-tree",
        "routes": "show ip route",
    }
)
Show = Callable[[str, str], str]  # answers a command by its name in HEALTH_COMMANDS, for ports such as "1-28,Trk1"

# A port in a trunk is shown with it: 27-Trk1. An asterisk marks another vendor's transceiver.
PORT_ROW = re.compile(
    r"^ +(?P<port>[A-Z]?[\d/]+)(?:-Trk\d+)?\*? .*\| +(?:Yes|No) +(?P<enabled>Yes|No) +(?P<status>Up|Down)\b", re.M
)
COUNTER_ROW = re.compile(
    r"^ *(?P<port>[A-Z]?[\d/]+)(?:-Trk\d+)?\*? +[\d,]+ +[\d,]+ +(?P<errors>[\d,]+) +(?P<drops>[\d,]+) +(?:on|off)\b",
    re.M,
)
PORT_BLOCK = re.compile(r"Port Counters for port +(?P<port>\S+)")
FRAME_ERRORS = re.compile(r"^ +FCS Rx +: (?P<count>[\d,]+)", re.M)
PROTECTED_ROW = re.compile(r"^ +(?P<port>[A-Z]?[\d/]+) .*\bYes +Bpdu Error +\d+ *$", re.M | re.I)
TRANSCEIVER = re.compile(r"^ *Transceiver in (?P<port>\S+)", re.M)
RECEIVED = re.compile(r"^ +Rx Power +: (?P<milliwatts>\d+\.\d+) ?mW, *(?P<dbm>\S+?) ?dBm", re.M | re.I)
LOW_LIGHT = re.compile(r"^ +Rx power low alarm", re.M | re.I)
LINK_CHANGE = re.compile(
    r"^ *[A-Z] (?P<moment>\d\d/\d\d/\d\d \d\d:\d\d:\d\d) .*\bports: port (?P<port>[A-Z]?[\d/]+) is now o(?:n|ff)-line",
    re.M,
)
CLOCK = re.compile(r"\b(?P<moment>[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4})")
UPTIME = re.compile(r"\bUp Time +: (?P<span>\d+ \w+)")
MEMORY = re.compile(r"\bMemory +- +Total +: (?P<total>[\d,]+).*?\bFree +: (?P<free>[\d,]+)", re.S)
BUSY = re.compile(r"^ *(?P<percent>\d+)(?:/100| percent) busy, (?:for past|from) 300 sec", re.M)
SENSOR_ROW = re.compile(r"^ +\S.*? (?P<celsius>-?\d+)C +-?\d+C +-?\d+C +\d+C +(?P<over>YES|NO)\b", re.M)
FAN_ROW = re.compile(r"^ *(?P<fan>\w+-\d+) *\| *(?P<state>Fan \w+) *\|", re.M)
FAN_COUNT = re.compile(r"^ *\d+ / (?P<count>\d+) Fans in Failure State", re.M | re.I)
FANS = {"Fan OK": PartState.GOOD, "Fan Removed": PartState.ABSENT}  # all else is no good
SUPPLY_ROW = re.compile(r"^ +(?P<name>\d+) +(?:\S+ +\S+ +)?(?P<state>[A-Z][a-z]+(?: [A-Z]?[a-z]+)?)  ", re.M)
SUPPLIES = {"Powered": PartState.GOOD, "Not Present": PartState.ABSENT}
BUDGET = re.compile(r"Total Available Power +: +(?P<available>\d+) W\s.*?Total Power Drawn +: +(?P<used>\d+) W\b", re.S)
TIME_SOURCE = re.compile(r"^ *Time Sync Mode *: *(?P<mode>\w+)", re.M)
TIME_PACKETS = re.compile(r"^ *Received Packets *: *(?P<count>\d+)", re.M)
NTP_FIELD = r"\b{} *: (\S+)"
TREE_STATE = re.compile(r"^ *STP Enabled *(?:\[\w+\])? *: (?P<is_on>Yes|No)", re.M)
ROUTE_ROW = re.compile(
    r"^ +(?P<network>\d[\d.]+/\d+)(?: +(?P<gateway>\S+(?: \S+)*?))??(?: +\d+)?? +"
    r"(?P<kind>connected|static|rip|ospf|bgp)\b",
    re.M,
)
ADDRESS = re.compile(r"\d+(?:\.\d+){3}")
UNSET_YEAR = 1990  # in which the clock starts, and the log with it, until the time is known
MOST_PORTS = 99  # a switch of ours has 52


def find_field(text: str, name: str, pattern: str = r"\S+") -> str:
    """The value behind a field's name and a colon; empty if there is none."""
    match = re.search(rf"{re.escape(name)}\s*: ({pattern})", text)
    return match[1] if match else ""


def read_span(span: str) -> int:
    """``3 days`` as seconds: the switch tells its uptime in days, in hours or in minutes."""
    number, _, unit = span.partition(" ")
    factor = {"d": 86400, "h": 3600, "m": 60}.get(unit[:1], 1)
    return int(number or 0) * factor


def _read_number(text: str) -> int:
    """``39,808,402``."""
    return int(text.replace(",", "") or 0)


def read_ports(show: Show) -> dict[str, PortHealth]:
    """The physical ports by the names of the configuration.

    Args:
        show: answers a command of ``HEALTH_COMMANDS`` for these ports.

    Raises:
        PlatformError: the table of the ports has none.
    """
    rows = {row["port"]: row for row in PORT_ROW.finditer(show("ports", ""))}
    if not rows:
        raise PlatformError(f"{HEALTH_COMMANDS['ports']}: " + translate("expected a row for each port, found none"))
    counters = {row["port"]: row for row in COUNTER_ROW.finditer(show("counters", ""))}
    errors = {port: _read_number(row["errors"]) for port, row in counters.items()}
    damaged = [port for port, count in errors.items() if count and port in rows][:MOST_PORTS]
    frame_errors = _read_frame_errors(show("damaged ports", ",".join(damaged))) if damaged else {}
    ports = f"{next(iter(rows))}-{list(rows)[-1]}"
    protected = {row["port"] for row in PROTECTED_ROW.finditer(show("protection", ports))}
    optics, ages = read_optics(show("optics", "")), read_link_ages(show("link changes", ""), show("clock", ""))
    return {
        port: PortHealth(
            _find_condition(row, port in protected),
            "bpdu-protection" if port in protected else None,
            ages.get(port),
            errors.get(port),
            frame_errors.get(port) if errors.get(port) else errors.get(port),
            _read_number(counters[port]["drops"]) if port in counters else None,
            optics.get(port),
        )
        for port, row in rows.items()
    }


def _find_condition(row: re.Match[str], is_protected: bool) -> PortCondition:
    if row["status"] == "Up":
        return PortCondition.UP
    if is_protected:
        return PortCondition.DISABLED
    return PortCondition.NO_LINK if row["enabled"] == "Yes" else PortCondition.CLOSED


def _read_frame_errors(text: str) -> dict[str, int]:
    """The frames whose check sequence did not fit, by port: of ``show interfaces 5,7``."""
    blocks = PORT_BLOCK.split(text)  # what stands before the first, then each port and its block
    counts = {blocks[n]: FRAME_ERRORS.search(blocks[n + 1]) for n in range(1, len(blocks), 2)}
    return {port: _read_number(count["count"]) for port, count in counts.items() if count}


def read_optics(text: str) -> dict[str, Optics]:
    """What each transceiver receives that can measure it: of ``show interfaces transceiver detail``."""
    optics = {}
    blocks = TRANSCEIVER.split(text)
    for n in range(1, len(blocks), 2):
        received = RECEIVED.search(blocks[n + 1])
        if received is None:
            continue
        dbm = received["dbm"]
        if float(received["milliwatts"]) == 0:
            optics[blocks[n]] = Optics(NO_LIGHT_DBM, True)
        elif re.fullmatch(r"-?\d+\.\d+", dbm):
            optics[blocks[n]] = Optics(float(dbm), LOW_LIGHT.search(blocks[n + 1]) is not None)
    return optics


def read_link_ages(log: str, clock: str) -> dict[str, int]:
    """Seconds since each port's link came up or went, as far as the log reaches back.

    Args:
        log: answer of ``show logging -r line``.
        clock: of ``show time``; both are in the switch's own time zone.
    """
    now = CLOCK.search(clock)
    moment = _read_moment(" ".join(now["moment"].split()), "%b %d %H:%M:%S %Y") if now else None
    ages: dict[str, int] = {}
    for change in LINK_CHANGE.finditer(log) if moment else ():
        changed = _read_moment(change["moment"], "%m/%d/%y %H:%M:%S")
        if moment and changed and changed <= moment and (changed.year == moment.year or changed.year != UNSET_YEAR):
            age = int((moment - changed).total_seconds())
            ages[change["port"]] = min(age, ages.get(change["port"], age))
    return ages


def _read_moment(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def read_device(show: Show) -> DeviceHealth:
    """The switch as a machine.

    Args:
        show: answers a command of ``HEALTH_COMMANDS``.
    """
    system = show("system", "")
    uptime, memory, busy = UPTIME.search(system), MEMORY.search(system), BUSY.search(show("processor", ""))
    total = _read_number(memory["total"]) if memory else 0
    return DeviceHealth(
        read_span(uptime["span"]) if uptime else None,
        None,
        int(busy["percent"]) if busy else None,
        round(100 * (1 - _read_number(memory["free"]) / total)) if memory and total else None,
        read_temperature(show("temperature", "")),
        read_fans(show("fans", "")),
        read_power_supplies(show("power supplies", "")),
        read_power_budget(show("power", "")),
    )


def read_temperature(text: str) -> Temperature | None:
    """The hottest sensor's value; not normal as soon as one is over its limit."""
    sensors = list(SENSOR_ROW.finditer(text))
    if not sensors:
        return None
    is_normal = all(sensor["over"] == "NO" for sensor in sensors)
    return Temperature(is_normal, max(int(sensor["celsius"]) for sensor in sensors))


def read_fans(text: str) -> tuple[tuple[str, PartState], ...] | None:
    """The fans by their names; empty for a switch that has none."""
    fans = tuple((row["fan"], FANS.get(row["state"], PartState.FAILED)) for row in FAN_ROW.finditer(text))
    count = FAN_COUNT.search(text)
    return fans if fans or (count and int(count["count"]) == 0) else None


def read_power_supplies(text: str) -> tuple[tuple[str, PartState], ...] | None:
    """The power supplies by their numbers."""
    if "Power Supply Status" not in text:
        return None
    return (
        tuple((row["name"], SUPPLIES.get(row["state"], PartState.FAILED)) for row in SUPPLY_ROW.finditer(text)) or None
    )


def read_power_budget(text: str) -> PowerBudget | None:
    """The budget of the whole switch, as fine as it measures: it itself says plus or minus 6 W."""
    budget = BUDGET.search(text)
    return PowerBudget(float(budget["available"]), float(budget["used"])) if budget else None


def read_time(show: Show) -> TimeState | None:
    """Whether the clock is in step; None: the switch does not tell it.

    Args:
        show: answers a command of ``HEALTH_COMMANDS``.
    """
    source = TIME_SOURCE.search(show("time source", ""))
    mode = source["mode"].lower() if source else ""
    out_of_step = TimeState(False, None, None, None)
    if mode == "ntp":
        return _read_ntp(show("time", ""))
    if mode == "sntp":
        packets = TIME_PACKETS.search(show("time packets", ""))
        return out_of_step if packets and int(packets["count"]) == 0 else None
    return out_of_step if mode in ("none", "disabled") else None


def _read_ntp(status: str) -> TimeState | None:
    state, stratum, server, offset = (
        re.search(NTP_FIELD.format(field), status)
        for field in ("Synchronization Status", "Stratum Number", "Reference", "Clock Offset")
    )
    if state is None:
        return None
    if state[1].lower() != "synchronized":
        return TimeState(False, None, None, None)
    return TimeState(
        True,
        server[1] if server else None,
        int(stratum[1]) if stratum and stratum[1].isdecimal() else None,
        float(offset[1]) if offset and re.fullmatch(r"-?\d+\.\d+", offset[1]) else None,
    )


def read_spanning_trees(text: str) -> tuple[SpanningTree, ...] | None:
    """The common tree of all VLANs; none where spanning tree is off. None: the switch tells it in another form."""
    state = TREE_STATE.search(text)
    if state is None:
        return None
    if state["is_on"] == "No":
        return ()
    root, priority = format_mac(find_field(text, "CST Root MAC Address")), find_field(text, "CST Root Priority", r"\d+")
    port = find_field(text, "CST Root Port", r"This switch is root|[A-Z]?[\d/]+|Trk\d+")
    count = find_field(text, "Topology Change Count", r"\d[\d,]*")
    if root is None or not priority or not port:
        return None
    is_root = port == "This switch is root"
    span = find_field(text, "Time Since Last Change", r"\d+ \w+")
    return (
        SpanningTree(
            "CST",
            root,
            int(priority),
            is_root,
            None if is_root else port,
            _read_number(count) if count else None,
            read_span(span) if span and _read_number(count) else None,
        ),
    )


def read_route(table: str, address: str) -> Route | None:
    """The way to an address by ``show ip route``: its most specific row. None: there is no way.

    Raises:
        PlatformError: it is no table of routes.
    """
    if "IP Route Entries" not in table:
        raise PlatformError(f"{HEALTH_COMMANDS['routes']}: " + translate("expected a table of routes, found none"))
    ways: dict[IPv4Network, re.Match[str]] = {}
    for row in ROUTE_ROW.finditer(table):
        try:
            ways.setdefault(IPv4Network(row["network"]), row)
        except ValueError:
            reason = translate("{text!r} is no network", text=row["network"])
            raise PlatformError(f"{HEALTH_COMMANDS['routes']}: {reason}") from None
    leading = [network for network in ways if IPv4Address(address) in network]
    if not leading:
        return None
    network = max(leading, key=lambda way: way.prefixlen)
    row = ways[network]
    gateway = row["gateway"] or ""  # an address; or the name of the attached VLAN, or "reject"
    return Route(str(network), row["kind"], (gateway,) if ADDRESS.fullmatch(gateway) else ())
