"""A round of health checks as a plugin of Nagios, Icinga and their like tells it (Monitoring Plugins' guidelines).

One line: the service, its state, the verdict, and behind ``|`` numbers to draw curves of.
"""

from enum import IntEnum

from nornir_tasks.core.output import make_safe
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.run_record import RunRecord

SERVICE = "HEALTH"
BAR = "¦"  # in the place of the ``|`` of a text: performance data would begin behind it


class PluginState(IntEnum):
    """What a plugin leaves with."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


def judge_state(record: RunRecord) -> PluginState:
    """CRITICAL: people are cut off; WARNING: anything else is wrong; UNKNOWN: only our own view is gone.

    What somebody knows of raises none of them.
    """
    if any(finding.urgency is Urgency.CUT_OFF for finding in record.open_findings):
        return PluginState.CRITICAL
    if any(not finding.is_ours for finding in record.open_findings):
        return PluginState.WARNING
    return PluginState.OK if record.is_healthy else PluginState.UNKNOWN


def make_line(record: RunRecord) -> str:
    """The line of a round."""
    numbers = [
        f"people={record.people};;0;0",
        f"findings={len(record.open_findings)};0;;0",
        f"unseen={len(record.unseen)};;;0",
        f"passed={record.counts.passed};;;0",
        f"time={record.seconds:.3f}s;;;0",
    ]
    return f"{_begin(judge_state(record), record.verdict)} | {' '.join(numbers)}"


def make_error_line(message: str) -> str:
    """The line where nothing could be asked at all; it leaves with UNKNOWN."""
    return _begin(PluginState.UNKNOWN, message)


def _begin(state: PluginState, text: str) -> str:
    return f"{SERVICE} {state.name} - {' '.join(make_safe(text).split()).replace('|', BAR)}"
