"""Checks of a switch by itself."""

from difflib import SequenceMatcher

from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation
from nornir_tasks.health.facts import RUNNING, STARTUP
from nornir_tasks.health.incident import Urgency
from nornir_tasks.platforms.common.login_fault import LoginFault

# What to do first, by what keeps us out. For the last five nobody has to go there.
ENTRY_ADVICE = {
    LoginFault.NO_ANSWER: "See whether the site has power, then whether the switches on the way to it answer.",
    LoginFault.CLOSED: "See whether the site has power, then whether the switches on the way to it answer.",
    LoginFault.HANGS: (
        "It has power, takes connections and says nothing. Ask whether people there can work; if not, have its plug "
        "pulled for ten seconds. Nothing is lost but what was not saved."
    ),
    LoginFault.BROKEN: "It broke off in the middle of the login: try once more. If it stays so, its line is bad.",
    LoginFault.WRONG_PASSWORD: (
        "It is there and works; nobody has to go. Our password for it is refused: see who changed what last "
        "(scripts/change.py list), and that this machine has the vault's newest passwords."
    ),
    LoginFault.OTHER_KEY: (
        "It shows another key than the known one: it was swapped or reset, or something else answers at its address. "
        "Type no password there. Ask who was there today; only if you know, scripts/trust.py."
    ),
    LoginFault.UNKNOWN_KEY: "Nobody has noted its key on this machine yet: scripts/trust.py. Nothing is wrong with it.",
    LoginFault.OTHER: "Read the message: it is not the usual silence. Try again once, then log in by hand.",
}


class Reachable(Check):
    """The switch answers."""

    name = "reachable"
    category = "device"
    description = "the switch answers and lets the operations centre in"
    advice = ENTRY_ADVICE[LoginFault.NO_ANSWER]
    facts = ()
    urgency = Urgency.UNSEEN

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The login's error, if there was one, with the advice that fits it."""
        if not observation.login_error:
            return []
        return [
            Mismatch("an answer", observation.login_error, ENTRY_ADVICE[observation.login_fault or LoginFault.OTHER])
        ]


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
        return [Mismatch("startup to equal running", f"{_count_changed(startup, running)} lines differ")]


def _count_changed(before: str, after: str) -> int:
    """How many lines are others: one that only moved, or stands there twice, is one of them."""
    old_lines, new_lines = split_at_line_feeds(before), split_at_line_feeds(after)
    blocks = SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes()
    return sum(max(last - first, end - start) for tag, first, last, start, end in blocks if tag != "equal")
