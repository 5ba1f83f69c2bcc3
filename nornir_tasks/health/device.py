"""Checks of a switch by itself."""

import re
from difflib import SequenceMatcher

from nornir_tasks.core.language import mark, translate, translate_count
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, require
from nornir_tasks.health.facts import DEVICE_HEALTH, RUNNING, STARTUP
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.wording import DAY, HOUR, describe_span
from nornir_tasks.platforms.common.login_fault import LoginFault

# What to do first, by what keeps us out. For the last five nobody has to go there.
ENTRY_ADVICE = {
    LoginFault.NO_ANSWER: mark("See whether the site has power, then whether the switches on the way to it answer."),
    LoginFault.CLOSED: mark("See whether the site has power, then whether the switches on the way to it answer."),
    LoginFault.HANGS: mark(
        "It has power, takes connections and says nothing. Ask whether people there can work; if not, have its plug "
        "pulled for ten seconds. Nothing is lost but what was not saved."
    ),
    LoginFault.BROKEN: mark("It broke off in the middle of the login: try once more. If it stays so, its line is bad."),
    LoginFault.WRONG_PASSWORD: mark(
        "It is there and works; nobody has to go. Our password for it is refused: see who changed what last "
        "(scripts/change.py list), and that this machine has the vault's newest passwords."
    ),
    LoginFault.OTHER_KEY: mark(
        "It shows another key than the known one: it was swapped or reset, or something else answers at its address. "
        "Type no password there. Ask who was there today; only if you know, scripts/trust.py."
    ),
    LoginFault.UNKNOWN_KEY: mark(
        "Nobody has noted its key on this machine yet: scripts/trust.py. Nothing is wrong with it."
    ),
    LoginFault.OTHER: mark("Read the message: it is not the usual silence. Try again once, then log in by hand."),
}
EMPTY_STARTUP = mark(
    "Nothing is saved: after a power cut it would come up as from the factory, and its people would be cut off. Save "
    "it now with harmonise.yml; then find out who erased it (drift audit)."
)
# A restart is told until whoever has the next day's watch has seen it; one that somebody ordered, for an hour: long
# enough to explain the calls that it causes.
RESTART_SECONDS, ORDERED_RESTART_SECONDS = DAY, HOUR
# IOS: "Reload command", "reload"; EOS: "Reload requested by the user."
ORDERED = re.compile(r"^(system )?reload( command| requested by .*)?\.?$", re.I)
POWER = re.compile(r"power", re.I)  # IOS: "power-on", "PowerOn"; EOS: "The system rebooted due to a Power Loss"
ORDERED_ADVICE = mark(
    "Somebody ordered it: see scripts/change.py list, and ask who is at work there. If it was meant, nothing is to do."
)
POWER_ADVICE = mark(
    "It had no power: ask at the site whether the whole place was dark, or only its plug was pulled. If nobody knows, "
    "look at its fuse and its UPS before it happens again."
)
UNKNOWN_ADVICE = mark(
    "It does not tell why: ask at the site whether the power was gone or somebody pulled its plug. If neither, it is "
    "about to fail: have a spare ready."
)
CRASH_ADVICE = mark(
    "It restarted by itself. Note the reason, and give it to the supplier in the morning. If it happens again, have it "
    "replaced."
)


class Reachable(Check):
    """The switch answers."""

    name = "reachable"
    category = "device"
    description = mark("the switch answers and lets the operations centre in")
    advice = ENTRY_ADVICE[LoginFault.NO_ANSWER]
    facts = ()
    urgency = Urgency.UNSEEN

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The login's error, if there was one, with the advice that fits it."""
        if not observation.login_error:
            return []
        advice = translate(ENTRY_ADVICE[observation.login_fault or LoginFault.OTHER])
        return [Mismatch(translate("an answer"), observation.login_error, advice)]


class Saved(Check):
    """What runs is what starts after a power cut."""

    name = "saved"
    category = "device"
    description = mark("the startup configuration is the running one")
    advice = mark("Find out who changed it (drift audit); harmonise.yml puts it right and saves.")
    facts = (RUNNING, STARTUP)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """How many lines differ between startup and running, if any."""
        running, startup = observation.value(RUNNING), observation.value(STARTUP)
        if startup == running:
            return []
        expected = translate("startup to equal running")
        if not startup.strip():
            return [Mismatch(expected, translate("an empty startup configuration"), translate(EMPTY_STARTUP))]
        changed = _count_changed(startup, running)
        return [Mismatch(expected, translate_count("{count} lines differ", "{count} lines differ", changed))]


class Restarted(Check):
    """The switch has not restarted of late."""

    name = "restarted"
    category = "device"
    description = mark("the switch has not restarted since yesterday")
    advice = UNKNOWN_ADVICE
    facts = (DEVICE_HEALTH,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """The restart, if it is young, with the reason that the switch gives."""
        health = observation.value(DEVICE_HEALTH)
        seconds = require(health.uptime_seconds, translate("how long it has been up"))
        reason = health.restart_reason or ""
        is_ordered = bool(ORDERED.match(reason))
        limit = ORDERED_RESTART_SECONDS if is_ordered else RESTART_SECONDS
        if seconds >= limit:
            return []
        actual = translate("for {span}", span=describe_span(seconds))
        if reason:
            actual = translate("for {span} ({reason})", span=describe_span(seconds), reason=reason)
        advice = UNKNOWN_ADVICE
        if reason:
            advice = ORDERED_ADVICE if is_ordered else POWER_ADVICE if POWER.search(reason) else CRASH_ADVICE
        return [Mismatch(translate("it up for {span}", span=describe_span(limit)), actual, translate(advice))]


def _count_changed(before: str, after: str) -> int:
    """How many lines are others: one that only moved, or stands there twice, is one of them."""
    old_lines, new_lines = split_at_line_feeds(before), split_at_line_feeds(after)
    blocks = SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes()
    return sum(max(last - first, end - start) for tag, first, last, start, end in blocks if tag != "equal")
