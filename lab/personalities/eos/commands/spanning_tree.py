"""Show commands about spanning tree: the one of the switch, or one for each VLAN. Without loops every port forwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.personalities.eos.commands.interfaces import look
from lab.personalities.eos.commands.system import dotted
from lab.personalities.eos.configuration.config import Line
from lab.personalities.eos.terminal import Output, Terminal, command
from lab.region.ranges import parse_ranges

DEFAULT_PRIORITY = 32768


@dataclass(frozen=True)
class Instance:
    """A spanning tree.

    Attributes:
        vlan: the one whose root is asked for.
        extension: part of each bridge's priority.
        ports: number of each port that takes part, to its name; a member of a channel has the channel's.
    """

    name: str
    mode: str
    vlan: int
    extension: int
    priority: int
    ports: dict[int, str]

    def find_root(self, terminal: Terminal) -> tuple[str, int]:
        """The root's address, and the port that leads there; 0: it is this switch."""
        root, way = terminal.switch.root(self.vlan)
        return root, way if way in self.ports else 0

    def roles(self, way: int) -> dict[str, str]:
        """Each port's part by its name, a channel once."""
        root = self.ports.get(way)
        return {name: "root" if name == root else "designated" for name in self.ports.values()}


def _lines(terminal: Terminal) -> list[str]:
    nodes = terminal.eos.config.ordered()
    return [node.text for node in nodes if isinstance(node, Line) and node.text.startswith("spanning-tree ")]


def _name_ports(terminal: Terminal) -> dict[int, str]:
    """The switched ports that are up, by the names that spanning tree has for them."""
    names: dict[int, str] = {}
    for interface in look(terminal, terminal.switch.port_names):
        group = interface.section.lines.get("channel-group")
        if interface.number is not None and interface.up and not interface.routed:
            names[interface.number] = f"Port-Channel{group.text.split()[1]}" if group is not None else interface.name
    return names


def _instances(terminal: Terminal) -> Iterator[Instance]:
    lines, ports, meaning = _lines(terminal), _name_ports(terminal), terminal.switch.meaning
    mode = next((line.split()[2] for line in lines if line.startswith("spanning-tree mode ")), "mstp")
    if mode == "none" or not ports:
        return
    if mode != "rapid-pvst":
        starts = ("spanning-tree priority ", "spanning-tree mst 0 priority ")
        own = next((int(line.split()[-1]) for line in lines if line.startswith(starts)), DEFAULT_PRIORITY)
        yield Instance("MST0", mode, min(meaning.vlans, default=1), 0, own, ports)
        return
    off = [line.split()[3] for line in lines if line.startswith("no spanning-tree vlan-id ")]
    priorities = [line.split() for line in lines if line.startswith("spanning-tree vlan-id ") and " priority " in line]
    for vlan in sorted(set(meaning.vlans) - {vlan for vlans in off for vlan in parse_ranges(vlans)}):
        carried = {}
        for number, name in ports.items():
            port = terminal.switch.port(number)
            if vlan in (port.access, port.voice) or port.tagged is None or vlan in port.tagged:
                carried[number] = name
        if carried:
            own = next((int(words[-1]) for words in priorities if vlan in parse_ranges(words[2])), DEFAULT_PRIORITY)
            yield Instance(f"VL{vlan}", mode, vlan, vlan, own, carried)


def _bridge(instance: Instance, address: str, is_own: bool) -> dict[str, Any]:
    """A bridge as the API tells of it; of a far one the default priority, which is all that is known here."""
    return {
        "priority": instance.priority if is_own else DEFAULT_PRIORITY,
        "systemIdExtension": instance.extension,
        "macAddress": address,
        "helloTime": 2.0,
        "maxAge": 20,
        "forwardDelay": 15,
    }


def _describe_root(instance: Instance, address: str, way: int) -> list[str]:
    priority = DEFAULT_PRIORITY if way else instance.priority
    lines = [
        f"  Root ID    Priority    {priority + instance.extension}",
        f"             Address     {dotted(address)}",
    ]
    if not way:
        return [*lines, "             This bridge is the root"]
    return [
        *lines,
        "             Cost        2000 (Ext) 0 (Int)",
        f"             Port        {way} ({instance.ports[way]})",
    ]


@command("show spanning-tree root [detail]", privileged=False)
def root(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """The root of each tree."""
    lines, data = [], {}
    for instance in _instances(terminal):
        address, way = instance.find_root(terminal)
        data[instance.name] = {"rootBridge": _bridge(instance, address, not way)}
        lines += [instance.name, instance.name, *_describe_root(instance, address, way)]
    return Output("".join(f"{line}\n" for line in lines), {"instances": data})


@command("show spanning-tree", privileged=False)
def tree(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Each tree with its ports."""
    lines: list[str] = []
    data: dict[str, Any] = {}
    for instance in _instances(terminal):
        address, way = instance.find_root(terminal)
        lines += [
            instance.name,
            f"  Spanning tree enabled protocol {instance.mode}",
            *_describe_root(instance, address, way),
            "",
            f"  Bridge ID  Priority    {instance.priority + instance.extension}  (priority {instance.priority} "
            f"sys-id-ext {instance.extension})",
            f"             Address     {dotted(terminal.switch.mac)}",
            "             Hello Time  2.000 sec  Max Age 20 sec  Forward Delay 15 sec",
            "",
            "Interface        Role       State      Cost      Prio.Nbr Type",
            "---------------- ---------- ---------- --------- -------- --------------------",
        ]
        roles = instance.roles(way)
        numbers = {name: number for number, name in reversed(instance.ports.items())}
        lines += [
            f"{name.replace('Ethernet', 'Et').replace('Port-Channel', 'Po'):<16} {role:<10} forwarding 2000      "
            f"128.{numbers[name]:<4} P2p"
            for name, role in roles.items()
        ]
        lines.append("")
        data[instance.name] = {
            "protocol": "rapidPvst" if instance.mode == "rapid-pvst" else instance.mode,
            "bridge": _bridge(instance, terminal.switch.mac, True),
            "interfaces": {
                name: {"priority": 128, "state": "forwarding", "role": role, "cost": 2000, "inconsistentFeatures": {}}
                for name, role in roles.items()
            },
        }
    return Output("".join(f"{line}\n" for line in lines), {"spanningTreeInstances": data})


@command("show spanning-tree detail", privileged=False)
def detail(terminal: Terminal, values: tuple[str, ...]) -> Output:
    """Each tree with how often it has changed."""
    switch, lines = terminal.switch, list[str]()
    for instance in _instances(terminal):
        address, way = instance.find_root(terminal)
        lines += [
            f" {instance.name} is executing the {instance.mode} Spanning Tree protocol",
            f"  Bridge Identifier has priority {instance.priority}, sysid {instance.extension}, "
            f"address {dotted(switch.mac)}",
            "  Configured hello time 2.000, max age 20, forward delay 15, transmit hold-count 6",
        ]
        if not way:
            lines.append("  We are the root of the spanning tree")
        else:
            lines += [
                f"  Current root has priority {DEFAULT_PRIORITY}, address {dotted(address)}",
                f"  Root port is {way} ({instance.ports[way]}), cost of root path is 2000 (Ext) 0 (Int)",
            ]
        seconds = int(switch.uptime - switch.topology.at)
        lines += [
            f"  Number of topology changes {switch.topology.count} last change occurred {seconds} seconds ago",
            "",
        ]
        for name, role in instance.roles(way).items():
            lines += [f" Port {name} of {instance.name} is {role} forwarding", ""]
    return Output("".join(f"{line}\n" for line in lines), None)
