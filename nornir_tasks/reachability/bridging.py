"""Layer 2 of the intended configurations: which VLANs pass which cables, how far they go, and what stops them. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nornir_tasks.platforms.common.management_access import Interface, ManagementAccess


class PortEnd(NamedTuple):
    """A port of a switch."""

    device: str
    port: str

    def __str__(self) -> str:
        return f"{self.device} {f'port {self.port}' if self.port.isdigit() else self.port}"


@dataclass(frozen=True)
class ConfiguredSwitch:
    """A switch as it will run.

    Args:
        name: the inventory's.
        access: what its configuration says.
        cables: the far end of each of its ports that a cable leads from, by the name of the port.
        attached: its other ports with something plugged in.
        distance: how many cables it is away from the root of its spanning tree, the core.
    """

    name: str
    access: ManagementAccess
    cables: Mapping[str, PortEnd]
    attached: frozenset[str] = frozenset()
    distance: int = 0


class Cable(NamedTuple):
    """A cable in the direction of a frame: out of a port, into another."""

    out: PortEnd
    into: PortEnd

    def reverse(self) -> "Cable":
        """The other direction."""
        return Cable(self.into, self.out)


class Bridging:
    """Frames between switches. Spanning trees are taken to let a frame through wherever there is a way without them."""

    def __init__(self, switches: Mapping[str, ConfiguredSwitch]) -> None:
        self.switches = switches
        self._trees: dict[tuple[str, int], dict[str, Cable]] = {}
        self._used: dict[tuple[str, int], bool] = {}
        self._links: dict[PortEnd, str | None] = {}

    def advance(self, switches: Mapping[str, ConfiguredSwitch], changed: Collection[str]) -> "Bridging":
        """The same with some switches configured otherwise; what these cannot have changed is kept.

        Args:
            switches: all of them, with the same cables.
            changed: names of those that are configured otherwise.
        """
        after = Bridging(switches)
        around = self.find_around(changed)
        after._links = {end: fault for end, fault in self._links.items() if end.device not in around}
        after._used = {key: used for key, used in self._used.items() if key[0] not in around}
        affected = after.find_affected_vlans(self, changed)
        if affected is not None:
            after._trees = {key: tree for key, tree in self._trees.items() if key[1] not in affected}
        return after

    def find_around(self, changed: Collection[str]) -> frozenset[str]:
        """These switches, and those with a cable to one of them."""
        return frozenset(
            name
            for name, switch in self.switches.items()
            if name in changed or any(far.device in changed for far in switch.cables.values())
        )

    def get_port(self, end: PortEnd) -> Interface:
        """What the configuration says of a port."""
        return self.switches[end.device].access.port(end.port)

    def explain_dead_port(self, end: PortEnd) -> str | None:
        """Why nothing passes a port, whatever its VLANs; None: something does."""
        if end not in self._links:
            self._links[end] = self._find_link_fault(end)
        return self._links[end]

    def _find_link_fault(self, end: PortEnd) -> str | None:
        if shut := self.get_port(end).shutdown_line:
            return f"{end.device} {shut}"
        far = self.switches[end.device].cables.get(end.port)
        if far is None:
            return None
        if far.device not in self.switches:
            return f"{end} leads to {far.device}, whose configuration is not looked at"
        shut = self.get_port(far).shutdown_line
        return f"{far.device} {shut}" if shut else None

    def explain_dead_vlan(self, device: str, vlan: int) -> str | None:
        """Why a switch forwards nothing in a VLAN; None: it does, as one that learns its VLANs by VTP is taken to."""
        vlans = self.switches[device].access.vlans
        if vlans is None:
            return None
        if vlan not in vlans:
            return f"{device} has no VLAN {vlan}"
        return f"{device} {vlans[vlan]}" if vlans[vlan] else None

    def is_used(self, device: str, vlan: int) -> bool:
        """Whether a port that is up carries the VLAN, so that its layer 3 interface is up."""
        key = (device, vlan)
        if key not in self._used:
            switch = self.switches[device]
            ports = (port for port in {*switch.cables, *switch.attached} if carries(switch.access.port(port), vlan))
            self._used[key] = any(self.explain_dead_port(PortEnd(device, port)) is None for port in ports)
        return self._used[key]

    def explain_gap(self, cable: Cable, vlan: int) -> str | None:
        """Why a VLAN does not pass a cable; None: it does. Both ends treat it alike, tagged or untagged."""
        dead = self.explain_dead_port(cable.out)
        if dead:
            return dead
        for end in cable:
            if dead := self.explain_dead_vlan(end.device, vlan):
                return dead
        for end in cable:
            port = self.get_port(end)
            if port.untagged is None and not port.tagged:
                return f"{end} is no trunk"
            if not carries(port, vlan):
                return f"trunk {end} does not carry VLAN {vlan}"
        ports = [self.get_port(end) for end in cable]
        if (ports[0].untagged == vlan) != (ports[1].untagged == vlan):
            bare, other = cable if ports[0].untagged == vlan else cable.reverse()
            return f"trunk {other} has VLAN {vlan} tagged, and {bare} untagged (native)"
        return self._explain_guard(cable) or self._explain_guard(cable.reverse())

    def _explain_guard(self, cable: Cable) -> str | None:
        """What shuts a port as soon as it hears another switch, or one that is nearer to the root."""
        port = self.get_port(cable.out)
        near, far = self.switches[cable.out.device], self.switches[cable.into.device]
        lines = port.root_guard_lines if far.distance < near.distance else ()
        line = next(iter((*port.blocking_lines, *lines)), None)
        return f"{cable.out}: {line}, and a switch is there" if line else None

    def list_cables(self, device: str) -> Iterator[Cable]:
        """The cables of a switch to others whose configuration is known."""
        for port, far in self.switches[device].cables.items():
            if far.device in self.switches:
                yield Cable(PortEnd(device, port), far)

    def find_tree(self, root: str, vlan: int) -> Mapping[str, Cable]:
        """How far a VLAN of a switch goes: each switch that it leads to, with the cable that leads there."""
        key = (root, vlan)
        if key not in self._trees:
            tree: dict[str, Cable] = {}
            queue = deque([root] if self.explain_dead_vlan(root, vlan) is None else [])
            while queue:
                for cable in self.list_cables(queue.popleft()):
                    far = cable.into.device
                    if far != root and far not in tree and self.explain_gap(cable, vlan) is None:
                        tree[far] = cable
                        queue.append(far)
            self._trees[key] = tree
        return self._trees[key]

    def find_way(self, start: str, vlan: int, end: str) -> tuple[Cable, ...] | None:
        """The cables that a frame passes from one switch to another; None: there is no way."""
        if start == end:
            return ()
        tree = self.find_tree(end, vlan)
        cables = []
        while start != end:
            if start not in tree:
                return None
            cable = tree[start].reverse()
            cables.append(cable)
            start = cable.into.device
        return tuple(cables)

    def find_affected_vlans(self, before: "Bridging", changed: Iterable[str]) -> frozenset[int] | None:
        """The VLANs that pass other cables than before; None: they are not known one by one.

        Args:
            before: the same switches and cables.
            changed: switches that were configured otherwise.
        """
        affected: set[int] = set()
        for name in changed:
            numbers: set[int] = set()
            for bridging in (before, self):
                vlans = bridging.switches[name].access.vlans
                if vlans is None:
                    return None
                numbers.update(vlans)
            for vlan in numbers:
                states = [
                    (
                        bridging.explain_dead_vlan(name, vlan) is None,
                        *(bridging.explain_gap(cable, vlan) is None for cable in bridging.list_cables(name)),
                    )
                    for bridging in (before, self)
                ]
                if states[0] != states[1]:
                    affected.add(vlan)
        return frozenset(affected)

    def explain_no_way(self, start: str, vlan: int, end: str) -> str:
        """What stops a VLAN between two switches: the first place on the shortest way by cable."""
        parents: dict[str, Cable] = {}
        queue = deque([start])
        while queue and end not in parents:
            for cable in self.list_cables(queue.popleft()):
                if cable.into.device not in parents and cable.into.device != start:
                    parents[cable.into.device] = cable
                    queue.append(cable.into.device)
        cables: list[Cable] = []
        at = end
        while at in parents:
            cables.insert(0, parents[at])
            at = parents[at].out.device
        if at != start:
            return f"no cables lead from {start} to {end}"
        gaps = (gap for cable in cables if (gap := self.explain_gap(cable, vlan)))
        return (
            next(gaps, None) or self.explain_dead_vlan(start, vlan) or f"VLAN {vlan} of {start} does not lead to {end}"
        )


def carries(port: Interface, vlan: int) -> bool:
    """Whether a port carries a VLAN, tagged or untagged."""
    return vlan == port.untagged or vlan in port.tagged
