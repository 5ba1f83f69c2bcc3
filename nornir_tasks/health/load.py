"""Checks of the processor and the memory of a switch."""

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, require
from nornir_tasks.health.facts import DEVICE_HEALTH

# LibreNMS's collection of alert rules warns at 90 % for both. A sound access switch has 5 to 10 % ("Troubleshooting
# High CPU Utilization", Cisco); traffic that is switched in hardware suffers from neither.
PROCESSOR_PERCENT, MEMORY_PERCENT = 90, 90


class Processor(Check):
    """The processor keeps up."""

    name = "processor"
    category = "load"
    description = mark("the processor keeps up with its work")
    advice = mark(
        "A loop or a flood keeps it busy, most often. Ask at the site what was plugged in last, and have it pulled "
        "out; from here look for the port with the most broadcasts. Ask it little: each command slows it down further."
    )
    facts = (DEVICE_HEALTH,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The load of the last five minutes, where it is too high."""
        percent = require(observation.value(DEVICE_HEALTH).processor_percent, translate("the load of its processor"))
        return _judge(
            percent, PROCESSOR_PERCENT, translate("its processor busy for less than {limit} %", limit=PROCESSOR_PERCENT)
        )


class Memory(Check):
    """There is memory left."""

    name = "memory"
    category = "load"
    description = mark("the switch has memory left")
    advice = mark(
        "It leaks, most often: it still forwards, but will refuse logins, then restart by itself. Restart it at a time "
        "that you choose, when nobody works there, and give its version to the supplier."
    )
    facts = (DEVICE_HEALTH,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The memory in use, where it is too much."""
        percent = require(observation.value(DEVICE_HEALTH).memory_percent, translate("its memory"))
        return _judge(
            percent, MEMORY_PERCENT, translate("less than {limit} % of its memory in use", limit=MEMORY_PERCENT)
        )


def _judge(percent: int, limit: int, expected: str) -> list[Mismatch]:
    return [] if percent < limit else [Mismatch(expected, f"{percent} %")]
