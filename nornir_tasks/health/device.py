"""Checks of a switch by itself."""

from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation
from nornir_tasks.health.facts import RUNNING, STARTUP


class Reachable(Check):
    """The switch answers."""

    name = "reachable"
    category = "device"
    description = "the switch answers and lets the operations centre in"
    advice = "See whether the site has power, then whether the switches on the way to it answer."
    facts = ()

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The login's error, if there was one."""
        return [Mismatch("an answer", observation.login_error)] if observation.login_error else []


class Saved(Check):
    """What runs is what starts after a power cut."""

    name = "saved"
    category = "device"
    description = "the startup configuration is the running one"
    advice = "Find out who changed it (drift audit); harmonise.yml puts it right and saves."
    facts = (RUNNING, STARTUP)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """How many lines differ between startup and running, if any."""
        running, startup = observation.value(RUNNING), observation.value(STARTUP)
        if startup == running:
            return []
        count = len(set(split_at_line_feeds(running)) ^ set(split_at_line_feeds(startup)))
        return [Mismatch("startup to equal running", f"{count} lines differ")]
