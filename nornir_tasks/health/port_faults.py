"""Why a port is down, in words, and what to do about it."""

from nornir_tasks.core.language import mark, translate
from nornir_tasks.platforms.common.health_state import PortCondition, PortHealth

CONDITIONS = {
    PortCondition.CLOSED: mark("closed by hand"),
    PortCondition.DISABLED: mark("disabled by the switch"),
}
NO_LIGHT = mark("no light")
CLOSED_ADVICE = mark(
    "Somebody has closed it, and nothing is broken: find out who and why (scripts/change.py list, "
    "scripts/drift_audit.py {switch}), then open it again."
)
NO_LIGHT_ADVICE = mark(
    "No light arrives: ask whether the switch at the far end has power and its lamps are lit. It has: the fibre or the "
    "far end's optics; of a hired line, report the fault to its supplier, with the time it began."
)
LIT_ADVICE = mark(
    "Light arrives, and the link is down: the cable is whole, and nobody has to go there. The far end is closed, or "
    "set otherwise: log in to it, and see its port."
)
DISABLED_ADVICE = mark(
    "The switch has disabled it to protect the rest. Find out why ({reason}) before it is opened again: "
    "`shutdown`, `no shutdown`."
)
# By how the vendors' words for it begin: IOS and EOS "bpduguard", "link-flap", "udld", "security-violation",
# "psecure-violation"; ProCurve "bpdu-protection", "loop-protect"; IOS "loopback", "storm-control", "inline-power".
REASON_ADVICE = {
    ("bpdu", "loop", "storm"): mark(
        "Somebody has plugged in a switch there, or both ends of one cable: have it pulled out first. Then open the "
        "port again (`shutdown`, `no shutdown`); before that it would only close once more."
    ),
    ("link-flap", "udld"): mark(
        "Its link came and went, or one of its two strands is dead: have the cable and the optics looked at and "
        "changed, then open it again (`shutdown`, `no shutdown`)."
    ),
    ("psecure", "security", "portsec"): mark(
        "Something is plugged in there that is not known: ask what it is and whose. If it may be there, open the port "
        "again (`shutdown`, `no shutdown`)."
    ),
    ("inline-power", "power"): mark(
        "What is plugged in there takes more power than it may: have it pulled out and something else tried, then open "
        "the port again (`shutdown`, `no shutdown`)."
    ),
}


def name_port(name: str) -> str:
    """A port as people call it: ProCurve's have a number for a name."""
    return translate("port {number}", number=name) if name[:1].isdigit() else name


def describe_condition(health: PortHealth | None) -> str:
    """Why a port is down: ``closed by hand``, ``disabled by the switch (bpduguard)``, ``no light``; "": not told."""
    if health is None:
        return ""
    if health.condition in CONDITIONS:
        words = translate(CONDITIONS[health.condition])
        return f"{words} ({health.reason})" if health.reason else words
    return translate(NO_LIGHT) if health.optics and health.optics.is_dark else ""


def advise_on_port(switch: str, health: PortHealth | None) -> str:
    """What to do about a port that is down; "": nothing is known that would tell.

    Args:
        switch: whose port it is.
        health: of the port; None: the switch does not tell it.
    """
    if health is None:
        return ""
    if health.condition is PortCondition.CLOSED:
        return translate(CLOSED_ADVICE, switch=switch)
    if health.condition is PortCondition.DISABLED:
        reason = health.reason or ""
        for beginnings, advice in REASON_ADVICE.items():
            if reason.lower().startswith(beginnings):
                return translate(advice)
        return translate(DISABLED_ADVICE, reason=reason or translate("it does not tell"))
    if health.optics is None:
        return ""
    return translate(NO_LIGHT_ADVICE if health.optics.is_dark else LIT_ADVICE)
