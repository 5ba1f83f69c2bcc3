"""Whether a core's zones still reach the applications and services that they reached before a change.

The core asks for them itself, with the zone's own address. What a switch sends itself passes none of its own lists, so
that this tells of routes and of the lists of the others on the way; its own lists are proved from its configuration.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping

from nornir_tasks.core import interrupt
from nornir_tasks.core.verdict import Rule, Status, Verdict
from nornir_tasks.model import Device
from nornir_tasks.platforms.common.base import Origin, PortState, Session
from nornir_tasks.reachability.service_probes import ServiceProbe, ServiceProbes

LOOK_SECONDS = 20.0  # for one look at all of them: a change waits for its confirmation meanwhile
MOST_SILENT = 2  # answers that an address may owe, if it gives none at all, before it is left alone for a look
MOST_LOST = 5  # ways that a look finds to be gone before it ends, and that are named
ANSWERS = "answers"  # to a ping, where the platform cannot ask for a port
UNASKED = "not asked"  # since its host is silent
RANKS = {PortState.OPEN.value: 2, PortState.REFUSED.value: 1, ANSWERS: 1, PortState.SILENT.value: 0, UNASKED: 0}

SERVICES = Rule("services", "the zones reach the services that they reached before", "probe")


def ask(session: Session, probes: Iterable[ServiceProbe], most_silent: int | None = None) -> dict[str, str]:
    """What each question is answered with, by its key: of ``RANKS``. For those that are not in it there was no time.

    Args:
        session: with the switch that asks.
        probes: in their order.
        most_silent: questions without an answer, after which none is either; None: any number.
    """
    end = time.monotonic() + LOOK_SECONDS
    answers: dict[str, str] = {}
    silent: Counter[str] = Counter()
    answering: set[str] = set()
    for probe in probes:
        if time.monotonic() > end or interrupt.is_stop_requested() or silent.total() == most_silent:
            break
        if silent[probe.address] >= MOST_SILENT and probe.address not in answering:
            answers[probe.key] = UNASKED
            continue
        answer = _ask_one(session, probe)
        if answer is None:
            continue
        answers[probe.key] = answer
        if RANKS[answer]:
            answering.add(probe.address)
        else:
            silent[probe.address] += 1
    return answers


def _ask_one(session: Session, probe: ServiceProbe) -> str | None:
    origin = Origin(probe.vlan, probe.source)
    state = session.ask_port(origin, probe.address, probe.port)
    if state is not None:
        return state.value
    is_reached = session.ping_from(origin, probe.address)
    return None if is_reached is None else ANSWERS if is_reached else PortState.SILENT.value


class ServiceLook:
    """Looks at what must be reached again and again: what has been is not asked for once more."""

    def __init__(self, device: Device, session: Session, probes: ServiceProbes, before: Mapping[str, str]) -> None:
        """Prepare to look at a switch.

        Args:
            device: that was changed.
            session: a fresh login to it.
            probes: what holds at the position with the change.
            before: what was answered before it.
        """
        self._device, self._session, self._probes, self._before = device, session, probes, before
        self._answers: dict[str, str] = {}

    def judge(self) -> list[Verdict]:
        """One verdict. Where it passes, it tells what was not answered or not asked; none, where nothing is asked."""
        if not self._probes.asked:
            return []
        required = [probe for probe in self._probes.asked if self._rank_before(probe)]
        self._answers.update(
            ask(self._session, [probe for probe in required if not self._is_kept(probe)], most_silent=MOST_LOST)
        )
        lost = [probe for probe in required if not self._is_kept(probe)]
        if lost:
            return [self._fail(lost)]
        new = [probe for probe in self._probes.asked if probe.key not in self._before]
        self._answers.update(ask(self._session, new, most_silent=MOST_LOST))
        return [Verdict(self._device.name, SERVICES, Status.PASSED, actual=self._describe_rest())]

    def _rank_before(self, probe: ServiceProbe) -> int:
        return RANKS.get(self._before.get(probe.key, ""), 0)

    def _is_kept(self, probe: ServiceProbe) -> bool:
        return RANKS.get(self._answers.get(probe.key, ""), 0) >= self._rank_before(probe)

    def _fail(self, lost: list[ServiceProbe]) -> Verdict:
        """The verdict on what answered before and does not now: those that were asked before the look ended."""
        asked = [probe for probe in lost if self._answers.get(probe.key, UNASKED) != UNASKED] or lost
        place = f" of {self._device.municipality}"
        more = f"; {len(lost) - len(asked)} more were not asked any more" if len(asked) < len(lost) else ""
        return SERVICES.failed(
            self._device.name,
            "; ".join(_name(f"{probe.origin}{place} to reach {probe}, as before" for probe in asked)),
            "; ".join(_name(self._describe_answer(probe) for probe in asked)) + more,
        )

    def _describe_answer(self, probe: ServiceProbe) -> str:
        answer = self._answers.get(probe.key, UNASKED)
        words = {PortState.SILENT.value: "no answer"}
        return f"{probe.address} tcp/{probe.port}: {words.get(answer, answer)}"

    def _describe_rest(self) -> str:
        """What somebody should know although nothing is lost: what does not answer, and what was not asked."""
        probes = self._probes.asked
        states = {probe.key: self._answers.get(probe.key, self._before.get(probe.key, "")) for probe in probes}
        texts = [
            f"{sum(RANKS.get(state, 0) > 0 for state in states.values())} of {len(probes)} ways to services answer"
        ]
        silent = [probe for probe in probes if states[probe.key] == PortState.SILENT]
        before, new = (
            [f"{probe.origin} to {probe}" for probe in silent if (probe.key in self._before) is known]
            for known in (True, False)
        )
        if before:
            texts.append(f"no answer, as before the change: {'; '.join(_name(before))}")
        if new:
            texts.append(f"no answer at a new place: {'; '.join(_name(new))}")
        if unasked := sum(state in ("", UNASKED) for state in states.values()):
            texts.append(f"{unasked} were not asked: no time, a silent host, or a switch that cannot")
        if self._probes.unasked:
            texts.append(f"UDP is not asked: {', '.join(self._probes.unasked)}")
        return "; ".join(texts)


def _name(texts: Iterable[str]) -> list[str]:
    """The first of these, and how many more there are."""
    given = list(texts)
    more = [f"and {len(given) - MOST_LOST} more"] if len(given) > MOST_LOST else []
    return given[:MOST_LOST] + more
