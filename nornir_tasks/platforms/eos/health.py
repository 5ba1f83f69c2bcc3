"""What EOS tells of its health: the commands that ask for it, and what their answers mean. Pure.

Most answers are asked for as JSON, which EOS gives over eAPI and, behind ``| json``, over SSH. Shapes: `show
interfaces`, `show version`, `show system environment …`, `show reload cause` and `show ip route` of EOS 4.15 to 4.30
(7010T, 7050, 7280, vEOS); `show interfaces status errdisabled`, `… transceiver dom thresholds` and `show spanning-tree
root detail` of 4.26 and later; `show ntp …` and `top` as text, of 4.22 to 4.30.

Not seen on a switch: the line of `show spanning-tree detail` with the number of topology changes (it is in the vendor's
manual), and any answer of `show poe`: the budget for power over Ethernet is None. The processor's use is what ``top``
sees at that moment; EOS keeps no mean of it. EOS does not record who changed the running configuration last.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import floor
from types import MappingProxyType
from typing import Any

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import translate
from nornir_tasks.platforms.common.address_tables import format_mac
from nornir_tasks.platforms.common.health_state import (
    DeviceHealth,
    Optics,
    PartState,
    PortCondition,
    PortHealth,
    Route,
    SpanningTree,
    Temperature,
    TimeState,
)
from nornir_tasks.platforms.eos import answers
from nornir_tasks.platforms.eos.answers import AnswerKind, read_answer

# All that a reading of the health sends. TEXTS: those that are asked for as text; of the others the JSON form is read.
HEALTH_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "interfaces": "show interfaces",
        "disabled ports": "show interfaces status errdisabled",
        "optics": "show interfaces transceiver dom thresholds",
        "version": "show version",
        "restart": "show reload cause",
        "processor": "show processes top once",
        "temperature": "show system environment temperature",
        "cooling": "show system environment cooling",
        "power supplies": "show system environment power",
        "time": "show ntp status",
        "time servers": "show ntp associations",
        "root": "show spanning-tree root detail",
        "spanning tree": "show spanning-tree",
        "topology changes": "show spanning-tree detail",
        "route": "show ip route {address}",
    }
)
TEXTS = frozenset({"processor", "time", "time servers", "topology changes"})

CONDITIONS = {
    "connected": PortCondition.UP, "disabled": PortCondition.CLOSED, "errdisabled": PortCondition.DISABLED
}  # fmt: skip
PARTS = {"ok": PartState.GOOD, "notInserted": PartState.ABSENT, "absent": PartState.ABSENT}  # all else is no good
IDLE = re.compile(r"^%?Cpu\(s\):.*?(?P<idle>\d+\.\d+)[ %]*id\b", re.M)
MEMORY = re.compile(r"^MiB Mem *: *(?P<total>\d+\.\d+) +total\b", re.M)
# Of what is used, Linux gives much back when it is wanted; it itself tells how much a program could have.
AVAILABLE = re.compile(r"^MiB Swap:.* (?P<available>\d+\.\d+) +avail Mem", re.M)
IN_STEP = re.compile(
    r"^synchroni[sz]ed(?: to NTP server \((?P<server>[^)\s]+)\))?(?: at stratum (?P<stratum>\d+))?", re.M
)
OUT_OF_STEP = re.compile(r"^(?:unsynchroni[sz]ed|NTP is disabled)", re.M)
CHOSEN_SERVER = re.compile(r"^\*(?P<server>\S+)(?: +\S+){7} +(?P<milliseconds>-?\d+\.\d+) +\S+ *$", re.M)
TREE = re.compile(r"^ *(?P<instance>(?:VL|MST)\d+) +is executing the \S+ Spanning Tree protocol", re.M)
TREE_CHANGES = re.compile(
    r"Number of topology changes (?P<count>\d+)(?: last change occurred (?P<age>\d+) seconds ago)?"
)


def _read(kind: type[AnswerKind], name: str, replies: Mapping[str, Any]) -> AnswerKind:
    return read_answer(kind, HEALTH_COMMANDS[name], replies.get(name) or {})


def read_ports(replies: Mapping[str, Any]) -> dict[str, PortHealth]:
    """The physical ports by the names of the configuration.

    The age of a link's last change is counted up to when the switch has last read its counters, by the same clock.

    Args:
        replies: to "interfaces", "disabled ports" and "optics" of ``HEALTH_COMMANDS``; empty: the switch does not know
            the command.

    Raises:
        PlatformError: an answer has another shape.
    """
    interfaces = _read(answers.Interfaces, "interfaces", replies).interfaces
    disabled = _read(answers.DisabledPorts, "disabled ports", replies).interface_statuses
    optics = _read(answers.Transceivers, "optics", replies).interfaces
    refreshed = (interface.interface_counters.counter_refresh_time for interface in interfaces.values())
    now = max((moment for moment in refreshed if moment is not None), default=None)
    return {
        name: _read_port(interface, now, disabled.get(name), optics.get(name))
        for name, interface in interfaces.items()
        if interface.hardware == "ethernet" and name.startswith("Ethernet")
    }


def _read_port(
    interface: answers.Interface,
    now: float | None,
    disabled: answers.DisabledPort | None,
    transceiver: answers.Transceiver | None,
) -> PortHealth:
    changed, counters = interface.last_status_change_timestamp, interface.interface_counters
    return PortHealth(
        PortCondition.DISABLED if disabled else CONDITIONS.get(interface.interface_status, PortCondition.NO_LINK),
        ", ".join(disabled.causes) or None if disabled else None,
        None if now is None or changed is None else max(0, floor(now - changed)),
        counters.total_in_errors,
        counters.input_errors_detail.fcs_errors,
        counters.out_discards,
        _read_optics(transceiver),
    )


def _read_optics(transceiver: answers.Transceiver | None) -> Optics | None:
    """The darkest channel of a transceiver."""
    received = transceiver.parameters.get("rxPower") if transceiver else None
    if received is None or not received.channels:
        return None
    receive_dbm = min(received.channels.values())
    limit = received.threshold.low_alarm if received.threshold else None
    return Optics(receive_dbm, limit is not None and receive_dbm < limit)


def read_device(replies: Mapping[str, Any]) -> DeviceHealth:
    """The switch as a machine.

    Args:
        replies: to the commands of ``HEALTH_COMMANDS`` from "version" to "power supplies", by their names there; empty:
            the switch does not know the command.

    Raises:
        PlatformError: an answer has another shape.
    """
    uptime = _read(answers.Version, "version", replies).uptime
    causes = _read(answers.Restart, "restart", replies).reset_causes
    top = str(replies.get("processor") or "")
    idle, total, available = IDLE.search(top), MEMORY.search(top), AVAILABLE.search(top)
    memory = (
        round(100 * (1 - float(available["available"]) / float(total["total"])))
        if total and available and float(total["total"])
        else None
    )
    supplies = _read(answers.Supplies, "power supplies", replies).power_supplies
    cooling = _read(answers.Cooling, "cooling", replies)
    return DeviceHealth(
        None if uptime is None else floor(uptime),
        causes[0].description if causes else None,
        round(100 - float(idle["idle"])) if idle else None,
        memory,
        _read_temperature(_read(answers.Temperatures, "temperature", replies)),
        tuple(_list_fans((*cooling.fan_tray_slots, *cooling.power_supply_slots))) or None,
        tuple((name, _judge(supply.state)) for name, supply in sorted(supplies.items())) or None,
        None,
    )


def _judge(state: str) -> PartState:
    return PARTS.get(state, PartState.FAILED)


def _read_temperature(answer: answers.Temperatures) -> Temperature | None:
    """The hottest sensor's value; not normal as soon as the switch says so, or one sensor does."""
    sensors = [
        sensor
        for slot in (answer, *answer.card_slots, *answer.power_supply_slots)
        for sensor in slot.temp_sensors
        if sensor.current_temperature is not None
    ]
    if answer.system_status is None:
        return None
    hottest = max((sensor.current_temperature or 0.0 for sensor in sensors), default=None)
    is_normal = answer.system_status == "temperatureOk" and not any(sensor.in_alert_state for sensor in sensors)
    return Temperature(is_normal, None if hottest is None else round(hottest))


def _list_fans(slots: Iterable[answers.FanSlot]) -> Iterator[tuple[str, PartState]]:
    """Each fan; of an empty slot, the slot."""
    for slot in slots:
        for fan in slot.fans or (slot,):
            yield f"fan {fan.label}", _judge(fan.status)


def read_time(status: str, servers: str) -> TimeState | None:
    """Whether the clock is in step; None: the answer is not known.

    Args:
        status: answer of ``show ntp status``.
        servers: of ``show ntp associations``, whose chosen server is marked; offsets are in ms.
    """
    if OUT_OF_STEP.search(status):
        return TimeState(False, None, None, None)
    state, chosen = IN_STEP.search(status), CHOSEN_SERVER.search(servers)
    if state is None:
        return None
    server = state["server"] or (chosen["server"] if chosen else None)
    stratum = int(state["stratum"]) if state["stratum"] else None
    return TimeState(True, server, stratum, round(float(chosen["milliseconds"]) / 1000, 7) if chosen else None)


def read_spanning_trees(replies: Mapping[str, Any]) -> tuple[SpanningTree, ...]:
    """The tree of each VLAN or instance.

    Args:
        replies: to "root", "spanning tree" and "topology changes" of ``HEALTH_COMMANDS``.

    Raises:
        PlatformError: an answer has another shape.
    """
    roots = _read(answers.Roots, "root", replies).instances
    trees = _read(answers.Trees, "spanning tree", replies).spanning_tree_instances
    changes = _find_changes(str(replies.get("topology changes") or ""))
    read: list[SpanningTree] = []
    for instance, root in roots.items():
        bridge, tree, changed = root.root_bridge, trees.get(instance), changes.get(instance)
        address = format_mac(bridge.mac_address)
        if tree is None or address is None:
            reason = translate("expected a root and a tree with its ports")
            raise PlatformError(f"{HEALTH_COMMANDS['root']}: {instance}: {reason}")
        root_port = next((name for name, port in tree.interfaces.items() if port.role == "root"), None)
        read.append(
            SpanningTree(
                instance,
                address,
                bridge.priority + bridge.system_id_extension,
                root_port is None,
                root_port,
                int(changed["count"]) if changed else None,
                int(changed["age"]) if changed and changed["age"] else None,
            )
        )
    return tuple(read)


def _find_changes(detail: str) -> dict[str, re.Match[str]]:
    """What ``show spanning-tree detail`` tells of the changes, by instance."""
    blocks = TREE.split(detail)  # what stands before the first, then each instance and its block
    found = {blocks[n]: TREE_CHANGES.search(blocks[n + 1]) for n in range(1, len(blocks), 2)}
    return {instance: changed for instance, changed in found.items() if changed}


def read_route(answer: object) -> Route | None:
    """The way that ``show ip route ADDRESS`` tells, the most specific one; None: there is no way.

    Raises:
        PlatformError: the answer has another shape.
    """
    routes = {
        net: entry
        for vrf in _read(answers.Routes, "route", {"route": answer}).vrfs.values()
        for net, entry in vrf.routes.items()
    }
    if not routes:
        return None
    network = max(routes, key=_find_length)
    entry = routes[network]
    protocol = (entry.route_type.lower().split() or [""])[0]
    return Route(network, protocol, tuple(via.nexthop_addr for via in entry.vias if via.nexthop_addr))


def _find_length(network: str) -> int:
    length = network.rpartition("/")[2]
    return int(length) if length.isdecimal() else 0
