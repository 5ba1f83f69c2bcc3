"""Checks of the parts of a switch: heat, fans, power, and what it can feed."""

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped, require
from nornir_tasks.health.facts import DEVICE_HEALTH
from nornir_tasks.health.incident import Urgency
from nornir_tasks.platforms.common.health_state import PartState

# IEEE 802.3af, table 33-3: a port gives 15.4 W to a device that does not tell its class, as most access points do.
NEXT_DEVICE_WATTS = 15.4


class TemperatureNormal(Check):
    """The switch is not too hot."""

    name = "temperature"
    category = "hardware"
    description = mark("the switch is not too hot, by its own limits")
    advice = mark(
        "Have somebody look at it: is it dusty, covered, or is the cooling of the room off? Open the door of the room "
        "or the cabinet. At its next limit it switches itself off."
    )
    facts = (DEVICE_HEALTH,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The heat, where the switch itself calls it too high; a fan that stands still is told as its cause."""
        health = observation.value(DEVICE_HEALTH)
        temperature = require(health.temperature, translate("its temperature"))
        if temperature.is_normal:
            return []
        degrees = temperature.celsius
        actual = translate("too hot") if degrees is None else translate("{degrees} °C, too hot", degrees=degrees)
        failed = [name for name, state in health.fans or () if state is PartState.FAILED]
        advice = ""
        if failed:
            advice = translate(
                "A fan stands still ({fans}): that is why. Open the cabinet for air, and have the fan or the switch "
                "replaced; see the check fans.",
                fans=", ".join(failed),
            )
        return [Mismatch(translate("a temperature within the switch's limits"), actual, advice)]


class Fans(Check):
    """Every fan turns."""

    name = "fans"
    category = "hardware"
    description = mark("every fan turns")
    advice = mark(
        "Nothing is urgent as long as the others turn: have somebody see that nothing blocks it, and order the part."
    )
    facts = (DEVICE_HEALTH,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The fans that stand still."""
        health = observation.value(DEVICE_HEALTH)
        fans = require(health.fans, translate("its fans"))
        failed = [name for name, state in fans if state is PartState.FAILED]
        others = [name for name, state in fans if state is PartState.GOOD]
        advice = ""
        if not others:
            advice = translate(
                "No fan turns: it will be too hot within the hour. Open the cabinet, put a fan in front of it, and "
                "have a spare switch brought."
            )
        elif health.temperature and not health.temperature.is_normal:
            advice = translate(
                "It is too hot already: open the cabinet for air, put a fan in front of it, and have the part, or a "
                "spare switch, brought today."
            )
        return [
            Mismatch(translate("{part} turning", part=name), translate("it stands still"), advice) for name in failed
        ]


class PowerSupplies(Check):
    """Every power supply gives power."""

    name = "power-supplies"
    category = "hardware"
    description = mark("every power supply gives power")
    advice = mark(
        "The other supply carries it; the next fault takes it down. Have somebody look at the plug and the fuse of "
        "this supply, then at its lamp; without a green lamp it has to be replaced."
    )
    facts = (DEVICE_HEALTH,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The supplies that give nothing; an empty slot is no fault."""
        supplies = require(observation.value(DEVICE_HEALTH).power_supplies, translate("its power supplies"))
        failed = [name for name, state in supplies if state is PartState.FAILED]
        advice = ""
        if not any(state is PartState.GOOD for _, state in supplies):
            advice = translate(
                "It has no other supply of its own: a redundant one, or its UPS, carries it. Do not unplug anything; "
                "have a spare switch ready, and order the part today."
            )
        return [
            Mismatch(translate("power supply {part} to give power", part=name), translate("it gives none"), advice)
            for name in failed
        ]


class PowerLeft(Check):
    """There is power left for the next device."""

    name = "power-budget"
    category = "hardware"
    description = mark("there is power over Ethernet left for the next device")
    advice = mark(
        "What is plugged in or restarts next gets no power: telephones and access points stay dark. Ask what was "
        "plugged in last, and take it out or move it to another switch; nothing that runs is affected."
    )
    facts = (DEVICE_HEALTH,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """What is left, where it does not do for one more device."""
        budget = observation.value(DEVICE_HEALTH).power_budget
        if budget is None:
            raise Skipped(translate("this switch feeds nobody, or does not tell it"))
        left = round(budget.available - budget.used, 1)
        if left >= NEXT_DEVICE_WATTS:
            return []
        expected = translate("{watts} W left", watts=f"{NEXT_DEVICE_WATTS:.1f}")
        if budget.available <= 0:
            advice = translate(
                "It can feed nothing at all: its power supply for that is gone. Telephones and access points there "
                "are dark; see the check power-supplies, and ask whether telephones work."
            )
            return [Mismatch(expected, translate("it has none to give"), advice)]
        actual = translate("{left} W of {available} W", left=f"{left:.1f}", available=f"{budget.available:.1f}")
        return [Mismatch(expected, actual)]
