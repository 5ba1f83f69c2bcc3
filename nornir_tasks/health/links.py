"""Checks of cables and of what is at their ends."""

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped
from nornir_tasks.health.facts import NEIGHBOURS, PORT_HEALTH, PORTS, CheckedDevice
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.port_faults import advise_on_port, describe_condition, name_port
from nornir_tasks.model import Device, Port, Stage


def find_ports_in_use(target: CheckedDevice) -> list[Port]:
    """The ports with a cable to another switch that the standard has switched on at this stage."""
    return [
        port
        for port, view in zip(target.device.ports, target.view.ports, strict=True)
        if port.neighbour and view.enabled and (view.kind == "trunk" or target.view.has("uplinks"))
    ]


def find_lit_ports(target: CheckedDevice) -> list[Port]:
    """Those of them whose far end is switched on, too: their link ought to be up."""
    return [port for port in find_ports_in_use(target) if _is_far_end_on(target, port)]


class Uplinks(Check):
    """Every cable between switches carries."""

    name = "uplinks"
    category = "links"
    description = mark("every cable to another switch is up")
    advice = mark("Look at the cable and the optics at both ends; then at the switch at the far end.")
    facts = (PORTS,)
    urgency = Urgency.UNPROTECTED
    hints = (PORT_HEALTH,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The cables between switches that are down, and why, where the switch tells it."""
        ports, health = observation.value(PORTS), observation.hint(PORT_HEALTH) or {}
        if not find_ports_in_use(observation):
            raise Skipped(translate("no cable to another switch is in use yet"))
        mismatches = []
        for port in find_lit_ports(observation):
            if port.neighbour and not ports.get(port.name):
                told = health.get(port.name)
                expected = translate("{port} to {switch} up", port=name_port(port.name), switch=port.neighbour.device)
                why, advice = describe_condition(told), advise_on_port(observation.device.name, told)
                actual = translate("down ({why})", why=why) if why else translate("down")
                if port.name not in ports:
                    actual = translate("not among the ports that the switch lists")
                    advice = translate(
                        "It is another model than the inventory says, or a module is not in: compare it with its "
                        "record in the inventory, and ask who replaced it."
                    )
                mismatches.append(Mismatch(expected, actual, advice))
        return mismatches


class Cabling(Check):
    """Cables lead where the inventory says."""

    name = "cabling"
    category = "links"
    description = mark("LLDP sees the neighbours that the inventory names")
    advice = mark("Somebody has moved a cable: put it back, or correct links.yml.")
    facts = (NEIGHBOURS,)
    urgency = Urgency.UNTIDY

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The ports whose LLDP neighbour is not the inventory's, under its old or new name."""
        neighbours = observation.value(NEIGHBOURS)
        if not neighbours and observation.stage < Stage.RETIRE:
            raise Skipped(translate("the legacy has LLDP switched off here"))
        mismatches = []
        for port in find_ports_in_use(observation):
            if port.neighbour is None or port.name not in neighbours:
                continue  # a neighbour that sends no LLDP is a matter of the uplinks check
            name, far = neighbours[port.name]
            neighbour = observation.region.devices[port.neighbour.device]
            if not _is_called(neighbour, name):
                expected = translate("{switch} at {port}", switch=neighbour.name, port=name_port(port.name))
                mismatches.append(Mismatch(expected, f"{name} ({far})", _advise_on_neighbour(observation, name)))
        return mismatches


def _is_called(device: Device, name: str) -> bool:
    """Whether a switch has a name, of before or after the move, as LLDP tells it."""
    names = {device.name.casefold(), (device.legacy_name or device.name).casefold()}
    return name.partition(".")[0].casefold() in names or name.casefold() in names


def _advise_on_neighbour(observation: Observation, name: str) -> str:
    """What fits a neighbour that the inventory does not know; "" for one that it knows: a cable was moved."""
    if any(_is_called(device, name) for device in observation.region.devices.values()):
        return ""
    return translate(
        "The inventory knows no such switch: one was replaced or renamed, or is new. Ask who worked in that rack; what "
        "nobody knows is pulled out."
    )


def _is_far_end_on(target: CheckedDevice, port: Port) -> bool:
    """Whether the far end is switched on: an uplink comes up when the last of its two ends is configured."""
    neighbour = port.neighbour
    if neighbour is None or neighbour.kind == "trunk":
        return True
    far = target.region.devices[neighbour.device]
    if far.municipality == target.device.municipality or target.device.role == "core":
        return True
    return target.position.of(far.municipality, far.name) >= Stage.CONNECT
