"""The check of a switch's clock."""

from ipaddress import ip_address

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.health.check import Check, Observation, Skipped
from nornir_tasks.health.facts import DEVICE_HEALTH, TIME
from nornir_tasks.health.wording import describe_span

CLOCK_SECONDS = 1.0  # as monitoring__clock_seconds of roles/monitoring
# RFC 5905: a client polls every 64 s, and follows a server after some eight answers.
SETTLING_SECONDS = 900


class InStep(Check):
    """The clock is right."""

    name = "time"
    category = "time"
    description = mark("the clock is in step with the centre's")
    advice = mark(
        "Nobody loses anything now, but the times in its log are wrong. If the check services fails, too, the way to "
        "the centre is to blame: begin there. If not, see that both time servers run (runbook clock)."
    )
    facts = (TIME,)
    hints = (DEVICE_HEALTH,)

    def find_mismatches(self, observation: Observation) -> list[Mismatch]:
        """What is wrong with the clock: out of step, too far off, or in step with a stranger."""
        if not observation.view.has("services"):
            raise Skipped(translate("not connected to the centre yet"))
        state = observation.value(TIME)
        if not state.is_synchronised:
            return [
                Mismatch(
                    translate("a clock in step"), translate("it follows no time server"), _advise_waiting(observation)
                )
            ]
        if state.offset_seconds is not None and abs(state.offset_seconds) > CLOCK_SECONDS:
            advice = translate(
                "It follows its server, and is still catching up, or the server itself is off: look at other switches. "
                "If theirs are off, too, it is the time server (runbook clock)."
            )
            seconds = f"{state.offset_seconds:+.1f}"
            expected = translate("a clock within {seconds} s", seconds=f"{CLOCK_SECONDS:.0f}")
            return [Mismatch(expected, translate("{seconds} s off", seconds=seconds), advice)]
        if observation.view.full and state.server and _is_stranger(observation, state.server):
            advice = translate(
                "Somebody has configured another time server: scripts/drift_audit.py {switch} tells, and harmonise.yml "
                "puts it right.",
                switch=observation.device.name,
            )
            return [Mismatch(translate("a time server of the centre's"), state.server, advice)]
        return []


def _advise_waiting(observation: Observation) -> str:
    """What fits a switch that has only just started; "": nothing special."""
    health = observation.hint(DEVICE_HEALTH)
    if health is None or health.uptime_seconds is None or health.uptime_seconds >= SETTLING_SECONDS:
        return ""
    return translate(
        "It restarted {span} ago, and needs a quarter of an hour to find its time: look again then. See the check "
        "restarted for why.",
        span=describe_span(health.uptime_seconds),
    )


def _is_stranger(observation: Observation, server: str) -> bool:
    """Whether an address is none of the centre's time servers; a name is not judged."""
    try:
        address = ip_address(server)
    except ValueError:
        return False
    return address not in observation.device.standard.time_servers
