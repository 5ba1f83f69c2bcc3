"""Whom a change would cut off from what they use, or let to what they should not reach, on all its way. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.model.graph import find_downstream, find_trunk_ports, measure_distances
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import read_switches
from nornir_tasks.reachability.service_matrix import ServiceAnswer, ServiceProof
from nornir_tasks.reachability.service_questions import list_questions
from nornir_tasks.reachability.way import Outcome

SERVICES = Rule("services", "each user group reaches what it uses, and nothing that it should not", "services")


@dataclass(frozen=True)
class Step:
    """A switch that changes: what it runs afterwards, and where everything stands then."""

    device: str
    text: str
    position: Position


@dataclass(frozen=True)
class ServiceLoss:
    """A question whose answer gets worse at a step.

    Args:
        answer: after the step.
        step: the switch after whose change it is so.
        lasts: whether it is so at the end, too.
    """

    answer: ServiceAnswer
    step: str
    lasts: bool

    @property
    def name(self) -> str:
        """Who and what, as a plan names it: ``office@loppa-radhus: case_archive``."""
        question = self.answer.question
        return f"{question.group}@{question.site}: {question.what}"

    def judge(self) -> Verdict:
        """A failed verdict that names whom, what and the line."""
        question = self.answer.question
        who = f"{question.group} at {question.site}" + (f" ({question.people} people)" if question.people else "")
        verb = "to reach" if question.wanted else "not to reach"
        expected = f"{who} {verb} {question.what} ({question.target} {question.port}, {question.record})"
        when = "from" if self.lasts else "for a while after"
        actual = f"{when} {self.step} on {self.answer.outcome.value}: {self.answer.deciding}"
        return SERVICES.failed(self.answer.device, expected, actual)


def has_other_ways(device: Device, running: str, intended: str) -> bool:
    """Whether a switch does anything else with a packet: most edits (a name, a log server) change nothing of that.

    Args:
        device: whose configurations these are.
        running: before, clean and masked.
        intended: after.
    """
    read = platform(device.platform).read_management_access
    try:
        return read(running) != read(intended)
    except (ValueError, IndexError, PlatformError):
        return True  # what cannot be read is the proof's to tell


def find_service_losses(
    region: Region,
    municipality: str,
    texts: Mapping[str, str],
    now: Position,
    steps: Sequence[Step],
) -> list[ServiceLoss]:
    """What gets worse on the way, each question once, with the first step after which it is so.

    After each step only those are asked again whom the switch can touch: all behind it, or everybody behind a gateway.

    Args:
        region: with all records.
        municipality: whose people ask.
        texts: what every switch of interest runs before the change, by name; clean and masked.
        now: where everything stands before.
        steps: the switches that change, in their order.
    """
    questions = list_questions(region, municipality)
    forwarding = Forwarding(read_switches(region, texts))
    proof = ServiceProof(region, now, forwarding, municipality)
    touched_by = {step.device: _find_touched(region, region.devices[step.device], municipality) for step in steps}
    asked = None if None in touched_by.values() else frozenset().union(*filter(None, touched_by.values()))
    before = {answer.key: answer for answer in proof.answer(questions, asked)}
    present = dict(before)
    first: dict[tuple[object, ...], tuple[ServiceAnswer, str]] = {}
    for step in steps:
        forwarding = forwarding.advance(read_switches(region, {step.device: step.text}))
        proof = proof.advance(step.position, forwarding)
        for answer in proof.answer(questions, touched_by[step.device]):
            present[answer.key] = answer
            if _is_worse(before.get(answer.key), answer):
                first.setdefault(answer.key, (answer, step.device))
    return [
        ServiceLoss(answer, step_device, _is_worse(before.get(key), present[key]))
        for key, (answer, step_device) in first.items()
    ]


def _find_touched(region: Region, device: Device, municipality: str) -> frozenset[str] | None:
    """The switches whose clients a change can touch; None: all of them."""
    if device.municipality != municipality or device.role != "access":
        return None
    distances = measure_distances(region, municipality)
    behind = [far for port in find_trunk_ports(device) for far in find_downstream(region, device, port, distances)]
    return frozenset({device.name, *(far.name for far in behind)})


def _is_worse(before: ServiceAnswer | None, after: ServiceAnswer) -> bool:
    """Whether what was wanted and reached is not any more, or what must not be reached is, and was not."""
    if before is None:
        return False
    if after.question.wanted:
        return before.outcome == Outcome.REACHED and after.outcome != Outcome.REACHED
    return before.outcome == Outcome.STOPPED and after.outcome != Outcome.STOPPED
