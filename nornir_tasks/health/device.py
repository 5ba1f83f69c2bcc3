"""Checks of a switch by itself."""

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Seen
from nornir_tasks.health.facts import RUNNING, STARTUP


class Reachable(Check):
    """The switch answers."""

    name = "reachable"
    category = "device"
    description = "the switch answers and lets the operations centre in"
    advice = "See whether the site has power, then whether the switches on the way to it answer."
    facts = ()

    def find_mismatches(self, seen: Seen) -> list[Mismatch]:
        """Whether there was an answer."""
        return [Mismatch("an answer", seen.login_error)] if seen.login_error else []


class Saved(Check):
    """What runs is what starts after a power cut."""

    name = "saved"
    category = "device"
    description = "the startup configuration is the running one"
    advice = "Find out who changed it (drift audit); harmonise.yml puts it right and saves."
    facts = (RUNNING, STARTUP)

    def find_mismatches(self, seen: Seen) -> list[Mismatch]:
        """Whether startup equals running."""
        running, startup = seen.value(RUNNING), seen.value(STARTUP)
        if startup == running:
            return []
        count = len(set(running.splitlines()) ^ set(startup.splitlines()))
        return [Mismatch("startup to equal running", f"{count} lines differ")]
