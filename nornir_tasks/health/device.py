"""Checks of a switch by itself."""

from nornir_tasks.health.check import Check, Seen


class Reachable(Check):
    """The switch answers."""

    name = "reachable"
    category = "device"
    description = "the switch answers and lets the operations centre in"
    advice = "See whether the site has power, then whether the switches on the way to it answer."

    def wrong(self, seen: Seen) -> list[str]:
        """Whether there was an answer."""
        return [] if seen.found.reached else [f"Expected an answer, actual: {seen.found.error}"]


class Saved(Check):
    """What runs is what starts after a power cut."""

    name = "saved"
    category = "device"
    description = "the startup configuration is the running one"
    advice = "Find out who changed it (drift audit); harmonise.yml puts it right and saves."

    def wrong(self, seen: Seen) -> list[str]:
        """Whether startup equals running."""
        if seen.found.startup == seen.found.running:
            return []
        now, then = seen.found.running.splitlines(), seen.found.startup.splitlines()
        odd = len(set(now) ^ set(then))
        return [f"Expected startup to equal running, actual: {odd} lines differ"]
