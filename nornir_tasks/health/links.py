"""Checks of cables and of what is at their ends."""

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped
from nornir_tasks.health.facts import NEIGHBOURS, PORTS
from nornir_tasks.health.incident import Urgency
from nornir_tasks.model import Port, Stage


def find_ports_in_use(observation: Observation) -> list[Port]:
    """The ports with a cable to another switch that the standard has switched on at this stage."""
    return [
        port
        for port, view in zip(observation.device.ports, observation.view.ports, strict=True)
        if port.neighbour and view.enabled and (view.kind == "trunk" or observation.view.has("uplinks"))
    ]


def find_lit_ports(observation: Observation) -> list[Port]:
    """Those of them whose far end is switched on, too: their link ought to be up."""
    return [port for port in find_ports_in_use(observation) if _is_far_end_on(observation, port)]


class Uplinks(Check):
    """Every cable between switches carries."""

    name = "uplinks"
    category = "links"
    description = "every cable to another switch is up"
    advice = "Look at the cable and the optics at both ends; then at the switch at the far end."
    facts = (PORTS,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The cables between switches that are down."""
        ports = observation.value(PORTS)
        down = [
            Mismatch(
                f"{port.name} to {port.neighbour.device} up",
                "down" if port.name in ports else "not among the ports that the switch lists",
            )
            for port in find_lit_ports(observation)
            if port.neighbour and not ports.get(port.name)
        ]
        if not find_ports_in_use(observation):
            raise Skipped("no cable to another switch is in use yet")
        return down


class Cabling(Check):
    """Cables lead where the inventory says."""

    name = "cabling"
    category = "links"
    description = "LLDP sees the neighbours that the inventory names"
    advice = "Somebody has moved a cable: put it back, or correct links.yml."
    facts = (NEIGHBOURS,)
    urgency = Urgency.UNTIDY

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The ports whose LLDP neighbour is not the inventory's, under its old or new name."""
        neighbours = observation.value(NEIGHBOURS)
        if not neighbours and observation.stage < Stage.RETIRE:
            raise Skipped("the legacy has LLDP switched off here")
        mismatches = []
        for port in find_ports_in_use(observation):
            if port.neighbour is None or port.name not in neighbours:
                continue  # a neighbour that sends no LLDP is a matter of the uplinks check
            name, far = neighbours[port.name]
            neighbour = observation.region.devices[port.neighbour.device]
            names = {neighbour.name.casefold(), (neighbour.legacy_name or neighbour.name).casefold()}
            if name.split(".")[0].casefold() not in names and name.casefold() not in names:
                mismatches.append(Mismatch(f"{neighbour.name} at {port.name}", f"{name} ({far})"))
        return mismatches


def _is_far_end_on(observation: Observation, port: Port) -> bool:
    """Whether the far end is switched on: an uplink comes up when the last of its two ends is configured."""
    neighbour = port.neighbour
    if neighbour is None or neighbour.kind == "trunk":
        return True
    far = observation.region.devices[neighbour.device]
    if far.municipality == observation.device.municipality or observation.device.role == "core":
        return True
    return observation.position.of(far.municipality, far.name) >= Stage.CONNECT
