"""The check of the spanning tree: its root is the municipality's core, whatever is plugged in where."""

import re

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped
from nornir_tasks.health.facts import SPANNING_TREES
from nornir_tasks.health.port_faults import name_port
from nornir_tasks.health.wording import name_few
from nornir_tasks.model import Port
from nornir_tasks.model.graph import find_trunk_ports, find_upstream
from nornir_tasks.platforms.common.health_state import SpanningTree

VLAN = re.compile(r"VL(?:AN)?0*(\d+)$")  # a tree for each VLAN: IOS "VLAN0100", EOS "VL100"; "MST0" is everybody's
NO_TREE_ADVICE = mark(
    "Without it one cable too many stops everybody: scripts/drift_audit.py {switch} tells who switched it off, and "
    "harmonise.yml puts it right."
)
OWN_ROOT_ADVICE = mark(
    "It does not hear the core's tree: its uplink carries no tree, or another priority was typed in. See the check "
    "uplinks, then scripts/drift_audit.py for it and for the core."
)
STRANGER_ADVICE = mark(
    "Something beyond {port} says that it is the root: at the site, see what is plugged in there. A switch that is not "
    "ours is pulled out; people's traffic takes a detour until then."
)


class SpanningTreeRoot(Check):
    """The root is where it ought to be."""

    name = "spanning-tree"
    category = "links"
    description = mark("the root of the spanning tree is the municipality's core")
    advice = STRANGER_ADVICE
    facts = (SPANNING_TREES,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The trees with another root, those of one kind together."""
        device = observation.device
        if not find_trunk_ports(device):
            raise Skipped(translate("no VLAN leads from it to another switch"))
        if not observation.view.has("rest"):
            raise Skipped(translate("until retire, the root is the legacy's matter"))
        if not (trees := observation.value(SPANNING_TREES)):
            advice = translate(NO_TREE_ADVICE, switch=device.name)
            return [Mismatch(translate("a spanning tree"), translate("none"), advice)]
        upstream = _list_upstream_ports(observation)
        places: dict[str, list[str]] = {}  # where the root is instead: beyond which port, or "" for the switch itself
        for tree in trees:
            place = _find_wrong_root(observation, tree, upstream)
            if place is not None:
                places.setdefault(place, []).append(tree.instance)
        core = next((each.name for each in observation.region.of(device.municipality) if each.role == "core"), "")
        return [_judge(core, place, instances) for place, instances in places.items()]


def _judge(core: str, place: str, instances: list[str]) -> Mismatch:
    expected = translate("{core} as the root of {trees}", core=core, trees=name_few(instances))
    if not place:
        return Mismatch(expected, translate("the switch itself"), translate(OWN_ROOT_ADVICE))
    actual = translate("a switch beyond {port}", port=name_port(place))
    return Mismatch(expected, actual, translate(STRANGER_ADVICE, port=name_port(place)))


def _list_upstream_ports(observation: Observation) -> list[Port]:
    """The ports that lead towards the core."""
    nearer = find_upstream(observation.region, observation.device)
    ports = find_trunk_ports(observation.device)
    return [port for port in ports if port.neighbour and port.neighbour.device in nearer]


def _find_wrong_root(observation: Observation, tree: SpanningTree, upstream: list[Port]) -> str | None:
    """Beyond which port a wrong root is, "" for the switch itself; None: the root is right, or it cannot be told.

    A VLAN that no way to the core carries, such as the one of parked ports, has its root on each switch.
    """
    if observation.device.role == "core":
        return None if tree.is_root else tree.root_port
    vlan = VLAN.match(tree.instance)
    views = {view.number: view for view in observation.view.ports}
    if vlan and not any(int(vlan[1]) in views[port.number].tagged_vlans for port in upstream):
        return None
    if tree.is_root:
        # A core of another vendor keeps a tree for each VLAN, and common trees do not hear it: each is its own root.
        return "" if vlan else None
    others = {port.name for port in observation.device.ports} - {port.name for port in upstream}
    return tree.root_port if tree.root_port in others else None
