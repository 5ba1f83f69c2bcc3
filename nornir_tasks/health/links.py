"""Checks of cables and of what is at their ends."""

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Seen, Skipped
from nornir_tasks.health.facts import NEIGHBOURS, PORTS
from nornir_tasks.model import Port, Stage


def in_use(seen: Seen) -> list[Port]:
    """The ports with a cable to another switch that the standard has switched on at this stage."""
    return [
        port
        for port, view in zip(seen.device.ports, seen.view.ports, strict=True)
        if port.neighbour and view.enabled and (view.kind == "trunk" or seen.view.has("uplinks"))
    ]


class Uplinks(Check):
    """Every cable between switches carries."""

    name = "uplinks"
    category = "links"
    description = "every cable to another switch is up"
    advice = "Look at the cable and the optics at both ends; then at the switch at the far end."
    facts = (PORTS,)

    def find_mismatches(self, seen: Seen) -> list[Mismatch]:
        """Whether the links are up."""
        ports = seen.value(PORTS)
        down = [
            Mismatch(f"{port.name} to {port.neighbour.device} up", "down")
            for port in in_use(seen)
            if port.neighbour and not ports[port.name] and _there(seen, port)
        ]
        if not in_use(seen):
            raise Skipped("no cable to another switch is in use yet")
        return down


class Cabling(Check):
    """Cables lead where the inventory says."""

    name = "cabling"
    category = "links"
    description = "LLDP sees the neighbours that the inventory names"
    advice = "Somebody has moved a cable: put it back, or correct links.yml."
    facts = (NEIGHBOURS,)

    def find_mismatches(self, seen: Seen) -> list[Mismatch]:
        """Whether the neighbours are those of the inventory, under their old or new name."""
        neighbours = seen.value(NEIGHBOURS)
        if not neighbours and seen.stage < Stage.RETIRE:
            raise Skipped("the legacy has LLDP switched off here")
        mismatches = []
        for port in in_use(seen):
            if port.neighbour is None or port.name not in neighbours:
                continue  # a neighbour that is silent is a matter of the links check
            name, far = neighbours[port.name]
            there = seen.region.devices[port.neighbour.device]
            names = {there.name.casefold(), (there.legacy_name or there.name).casefold()}
            if name.split(".")[0].casefold() not in names and name.casefold() not in names:
                mismatches.append(Mismatch(f"{there.name} at {port.name}", f"{name} ({far})"))
        return mismatches


def _there(seen: Seen, port: Port) -> bool:
    """Whether the far end is switched on: an uplink comes up when the last of its two ends is configured."""
    there = port.neighbour
    if there is None or there.kind == "trunk":
        return True
    far = seen.region.devices[there.device]
    if far.municipality == seen.device.municipality or seen.device.role == "core":
        return True
    return seen.position.of(far.municipality, far.name) >= Stage.CONNECT
