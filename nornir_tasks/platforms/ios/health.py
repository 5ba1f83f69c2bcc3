"""What IOS tells of its health: the commands that ask for it, and what their answers mean. Pure.

Formats: IOS 15.2(7)E on Catalyst 2960-X and 3850. A switch that does not know a command answers with a line that
begins with ``%``: then what it would tell is None.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from string import ascii_letters
from types import MappingProxyType
from typing import TypeVar

from nornir_tasks.platforms.common.address_tables import format_mac
from nornir_tasks.platforms.common.health_state import (
    ConfigurationChange,
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

Row = TypeVar("Row")
# All that a reading of the health sends. Filters keep an answer short that would be thousands of lines long.
HEALTH_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "interfaces": "show interfaces",
        "disabled ports": "show interfaces status err-disabled",
        "optics": "show interfaces transceiver",
        "version": "show version",
        "processor": "show processes cpu | include CPU utilization",
        "memory": "show memory statistics",
        "environment": "show environment all",
        "power": "show power inline",
        "last change": "show running-config | include ^! Last configuration change",
        "clock": "show clock",
        "time": "show ntp status",
        "spanning tree": "show spanning-tree detail | include executing|Bridge Identifier|Current root|Root port|"
        "We are the root|topology changes",
        "route": "show ip route {address}",
    }
)
DEFAULT_ROUTE = "0.0.0.0"

INTERFACE = re.compile(
    r"^(?P<name>\S+) is (?P<state>administratively down|up|down), line protocol is (?P<protocol>\w+)"
    r"(?: \((?P<detail>[\w-]+)\))?"
)
PHYSICAL = re.compile(r"(?:Fast|Gigabit|TenGigabit|TwoGigabit|FiveGigabit|TwentyFiveGig|FortyGigabit|HundredGig)\w*\d")
DISABLED_ROW = re.compile(r"^(?P<port>[A-Z][a-z]+[\d/]+) .*\berr-disabled +(?P<reason>\S+)", re.M)
# Temperature, voltage, current (not on every transceiver), transmitted and received power, each with its alarm mark.
OPTICS_ROW = re.compile(r"^(?P<port>[A-Z][a-z]+[\d/]+) +.*?(?P<power>-?\d+\.\d+|N/A) *(?P<mark>\+\+|--|[+-])? *$", re.M)
UPTIME = re.compile(r"^\S+ uptime is (?P<spoken>.+)$", re.M)
SECONDS = {"year": 31536000, "week": 604800, "day": 86400, "hour": 3600, "minute": 60}
RELOAD_REASON = re.compile(r"^Last reload reason: *(?P<reason>.+?) *$", re.M)
RETURNED = re.compile(r"^System returned to ROM by (?P<reason>.+?) *$", re.M)
FIVE_MINUTES = re.compile(r"five minutes: (\d+)%")
PROCESSOR_MEMORY = re.compile(r"^Processor +[0-9A-F]+ +(?P<total>\d+) +(?P<used>\d+)", re.M | re.I)
TEMPERATURE_STATE = re.compile(r"\bTEMPERATURE is (?P<state>[A-Z][A-Za-z ]*?) *$", re.M)
TEMPERATURE_VALUE = re.compile(
    r"Temperature Value: (?P<celsius>\d+) Degree Celsius\s*(?:System )?Temperature State: (?P<color>\w+)"
)
FAN_LINE = re.compile(
    r"^(?:Switch (?P<switch>\d+) )?(?:SYSTEM )?(?P<fan>FAN(?: [\w-]+)?) is (?P<state>[A-Z ]+?) *$", re.M
)
FAN_HEADER = re.compile(r"^ *Switch\s+FAN\s+Speed", re.M)
FAN_ROW = re.compile(
    r"^ *(?P<switch>\d+)[ \t]+(?P<fan>\d+)[ \t]+\d+[ \t]+(?P<state>OK|NOT \w+|[A-Z]+)(?:[ \t]|$)", re.M
)
SUPPLY_HEADER = re.compile(r"^SW +PID +Serial# +Status", re.M)
SUPPLY_ROW = re.compile(r"^ *(?P<name>\d+[A-Z]?) +(?P<rest>\S.*)$", re.M)
POWER_ROW = re.compile(r"^ *\d+ +(?P<available>\d+\.\d+) +(?P<used>\d+\.\d+) +-?\d+\.\d+ *$", re.M)
MOMENT = r"(?P<time>\d\d:\d\d:\d\d)(?:\.\d+)? \S+ \w{3} (?P<date>\w{3} +\d+ \d{4})"
CLOCK = re.compile(rf"^[*.]?{MOMENT}", re.M)
LAST_CHANGE = re.compile(rf"^! Last configuration change at {MOMENT}(?: by (?P<by>\S+))?", re.M)
NTP_STATE = re.compile(r"^Clock is (?P<state>\w+), stratum (?P<stratum>\d+), (?:reference is (?P<server>\S+))?", re.M)
NTP_OFFSET = re.compile(r"clock offset is (-?[\d.]+) msec")
TREE = re.compile(r"^ *(?P<instance>(?:VLAN|MST)\d+) +is executing the \S+ compatible", re.M)
BRIDGE = re.compile(
    r"Bridge Identifier has priority (?P<priority>\d+), sysid (?P<sysid>\d+), address (?P<mac>[\da-f.]+)"
)
ROOT = re.compile(r"Current root has priority (?P<priority>\d+), address (?P<mac>[\da-f.]+)")
ROOT_PORT = re.compile(r"Root port is \d+ \((?P<port>[^)]+)\)")
TREE_CHANGES = re.compile(r"Number of topology changes (?P<count>\d+) last change occurred (?P<age>\S+) ago")
ROUTE_NETWORK = re.compile(r"^Routing entry for (?P<network>[\d./]+)", re.M)
ROUTE_SOURCE = re.compile(r'^ +Known via "(?P<protocol>[a-z]+)', re.M)
ROUTE_HOP = re.compile(r"^ +\*? *(?P<hop>\d+\.\d+\.\d+\.\d+)(?:,|$)", re.M)
GATEWAY = re.compile(r"^Default gateway is (?P<hop>[\d.]+)", re.M)


def read_ports(interfaces: str, disabled: str, optics: str) -> dict[str, PortHealth]:
    """The physical ports by the names of the configuration.

    This IOS keeps no moment at which a link changed; its log may, as long as its buffer reaches back.

    Args:
        interfaces: answer of ``show interfaces``.
        disabled: of ``show interfaces status err-disabled``.
        optics: of ``show interfaces transceiver``.
    """
    reasons = {row["port"]: row["reason"] for row in DISABLED_ROW.finditer(disabled)}
    powers = {row["port"]: row for row in OPTICS_ROW.finditer(optics) if row["power"] != "N/A"}
    ports: dict[str, PortHealth] = {}
    for block in re.split(r"^(?=\S+ is (?:administratively down|up|down), )", interfaces, flags=re.M):
        head = INTERFACE.match(block)
        if head is None or not PHYSICAL.match(head["name"]):
            continue
        row = _find_short(powers, head["name"])
        ports[head["name"]] = PortHealth(
            _find_condition(head),
            _find_short(reasons, head["name"]),
            None,
            _find_number(r"(\d+) input errors", block),
            _find_number(r"(\d+) CRC", block),
            _find_number(r"Total output drops: (\d+)", block),
            None if row is None else Optics(float(row["power"]), row["mark"] == "--"),
        )
    return ports


def _find_condition(head: re.Match[str]) -> PortCondition:
    if head["state"] == "administratively down":
        return PortCondition.CLOSED
    if head["detail"] == "err-disabled":
        return PortCondition.DISABLED
    return PortCondition.UP if head["protocol"] == "up" else PortCondition.NO_LINK


def _find_short(rows: Mapping[str, Row], name: str) -> Row | None:
    """What a table holds for a port that it names in short: ``Gi1/0/1``, ``Twe1/1/1``."""
    numbers = name.lstrip(ascii_letters)
    for port, row in rows.items():
        letters = port.rstrip("0123456789/")
        if port[len(letters) :] == numbers and name.startswith(letters):
            return row
    return None


def _find_number(pattern: str, text: str) -> int | None:
    number = re.search(pattern, text)
    return int(number[1]) if number else None


def read_device(show: Callable[[str], str]) -> DeviceHealth:
    """The switch as a machine.

    Args:
        show: answers a command of ``HEALTH_COMMANDS``, which it is given by its name there.
    """
    version, environment = show("version"), show("environment")
    uptime = UPTIME.search(version)
    reason = RELOAD_REASON.search(version) or RETURNED.search(version)
    memory = PROCESSOR_MEMORY.search(show("memory"))
    return DeviceHealth(
        read_uptime(uptime["spoken"]) if uptime else None,
        reason["reason"] if reason else None,
        _find_number(FIVE_MINUTES.pattern, show("processor")),
        round(100 * int(memory["used"]) / int(memory["total"])) if memory else None,
        read_temperature(environment),
        read_fans(environment),
        read_power_supplies(environment),
        read_power_budget(show("power")),
    )


def read_uptime(spoken: str) -> int:
    """Seconds of ``1 week, 2 days, 3 hours, 4 minutes``."""
    parts = re.findall(r"(\d+) (year|week|day|hour|minute)", spoken)
    return sum(int(count) * SECONDS[unit] for count, unit in parts)


def read_temperature(environment: str) -> Temperature | None:
    """The hottest sensor's value; not normal as soon as one sensor is not green."""
    states = [state["state"] for state in TEMPERATURE_STATE.finditer(environment)]
    sensors = list(TEMPERATURE_VALUE.finditer(environment))
    if not states and not sensors:
        return None
    is_normal = all(state == "OK" for state in states) and all(sensor["color"] == "GREEN" for sensor in sensors)
    return Temperature(is_normal, max((int(sensor["celsius"]) for sensor in sensors), default=None))


def read_fans(environment: str) -> tuple[tuple[str, PartState], ...] | None:
    """Fans of the switch and of its power supplies."""
    fans = [
        (f"switch {row['switch']} {row['fan'].lower()}" if row["switch"] else row["fan"].lower(), _judge(row["state"]))
        for row in FAN_LINE.finditer(environment)
    ]
    if FAN_HEADER.search(environment):
        table = SUPPLY_HEADER.split(environment, maxsplit=1)[0]
        fans += [(f"switch {row['switch']} fan {row['fan']}", _judge(row["state"])) for row in FAN_ROW.finditer(table)]
    return tuple(fans) or None


def read_power_supplies(environment: str) -> tuple[tuple[str, PartState], ...] | None:
    """The power supplies by the names of their slots: ``1A``; a built-in one has only the number of its unit."""
    parts = SUPPLY_HEADER.split(environment, maxsplit=1)
    if len(parts) == 1:
        return None
    table = parts[1].partition("\n\n")[0]  # a table of redundant supplies may follow
    return tuple((row["name"], _judge(row["rest"])) for row in SUPPLY_ROW.finditer(table)) or None


def _judge(words: str) -> PartState:
    if re.search(r"\bnot present\b", words, re.I):
        return PartState.ABSENT
    if re.search(r"\b(not|no|bad|fail\w*|faulty|disabled|shutdown)\b", words, re.I):
        return PartState.FAILED
    return PartState.GOOD if re.search(r"\b(ok|good)\b", words, re.I) else PartState.FAILED


def read_power_budget(power: str) -> PowerBudget | None:
    """The watts of all units of ``show power inline``."""
    rows = list(POWER_ROW.finditer(power))
    if not rows:
        return None
    return PowerBudget(sum(float(row["available"]) for row in rows), sum(float(row["used"]) for row in rows))


def read_last_change(header: str, clock: str) -> ConfigurationChange | None:
    """Who changed the configuration, and how long ago; None: nobody since the switch started.

    Args:
        header: the line of ``show running-config`` that tells it.
        clock: answer of ``show clock``; both are in the switch's own time zone.
    """
    change, now = LAST_CHANGE.search(header), CLOCK.search(clock)
    if change is None:
        return None
    age = int((_read_moment(now) - _read_moment(change)).total_seconds()) if now else None
    return ConfigurationChange(age, change["by"])


def _read_moment(moment: re.Match[str]) -> datetime:
    text = " ".join([moment["time"], *moment["date"].split()])
    return datetime.strptime(text, "%H:%M:%S %b %d %Y")


def read_time(status: str) -> TimeState:
    """Whether the clock is in step; not, where NTP is not configured."""
    state = NTP_STATE.search(status)
    if state is None or state["state"] != "synchronized":
        return TimeState(False, None, None, None)
    offset = NTP_OFFSET.search(status)
    return TimeState(
        True, state["server"], int(state["stratum"]), round(float(offset[1]) / 1000, 7) if offset else None
    )


def read_spanning_trees(detail: str) -> tuple[SpanningTree, ...]:
    """The tree of each VLAN or instance."""
    trees: list[SpanningTree] = []
    for block in re.split(r"^(?= *(?:VLAN|MST)\d+ +is executing)", detail, flags=re.M):
        head, bridge = TREE.search(block), BRIDGE.search(block)
        if head is None or bridge is None:
            continue
        root = ROOT.search(block)
        is_root = "We are the root" in block or root is None
        port, changes = ROOT_PORT.search(block), TREE_CHANGES.search(block)
        own = int(bridge["priority"]) + int(bridge["sysid"])
        trees.append(
            SpanningTree(
                head["instance"],
                format_mac(bridge["mac"] if root is None or is_root else root["mac"]) or "",
                own if root is None or is_root else int(root["priority"]),
                is_root,
                port["port"] if port and not is_root else None,
                int(changes["count"]) if changes else None,
                read_age(changes["age"]) if changes and int(changes["count"]) else None,
            )
        )
    return tuple(trees)


def read_age(age: str) -> int | None:
    """Seconds of ``01:07:20``, of ``5230:54:12``, of ``2d03h`` and of ``3w1d``."""
    if ":" in age:
        hours, minutes, seconds = age.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    units = {"y": 31536000, "w": 604800, "d": 86400, "h": 3600}
    parts = re.findall(r"(\d+)([ywdh])", age)
    return sum(int(count) * units[unit] for count, unit in parts) if parts else None


def read_route(answer: str) -> Route | None:
    """The way that ``show ip route ADDRESS`` tells; without routing, the default gateway. None: there is no way."""
    gateway = GATEWAY.search(answer)
    if gateway:
        return Route("0.0.0.0/0", "default gateway", (gateway["hop"],))
    network, source = ROUTE_NETWORK.search(answer), ROUTE_SOURCE.search(answer)
    if network is None or source is None:
        return None
    blocks = answer.partition("Routing Descriptor Blocks:")[2]
    return Route(network["network"], source["protocol"], tuple(hop["hop"] for hop in ROUTE_HOP.finditer(blocks)))


def find_route(address: str, ask: Callable[[str], str]) -> Route | None:
    """The way to an address: IOS does not tell of the default route when asked for an address behind it.

    Args:
        address: IPv4.
        ask: answers ``show ip route`` for an address.
    """
    return read_route(ask(address)) or read_route(ask(DEFAULT_ROUTE))
