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

LOOK_SECONDS = 10.0  # for one look at all of them: a change waits for its confirmation meanwhile
MOST_SILENT = 2  # times in which an address may be silent and nothing else, after which it is not asked again in a look
ANSWERS = "answers"  # to a ping, where the platform cannot ask for a port
RANKS = {PortState.OPEN.value: 2, PortState.REFUSED.value: 1, ANSWERS: 1, PortState.SILENT.value: 0}
MOST_NAMED = 3  # of what failed, or did not answer before either, in one text

SERVICES = Rule("services", "the zones reach the services that they reached before", "probe")


def ask(session: Session, probes: Iterable[ServiceProbe], seconds: float = LOOK_SECONDS) -> dict[str, str]:
    """What each question is answered with, by its key: of ``RANKS``. Those that are not in it were not asked.

    Args:
        session: with the switch that asks.
        probes: in their order.
        seconds: after which no further question is asked.
    """
    end = time.monotonic() + seconds
    answers: dict[str, str] = {}
    silent: Counter[str] = Counter()
    answering: set[str] = set()
    for probe in probes:
        if time.monotonic() > end or interrupt.is_stop_requested():
            break
        if silent[probe.address] >= MOST_SILENT and probe.address not in answering:
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
        self._has_looked = False

    def judge(self) -> list[Verdict]:
        """One verdict. Where it passes, it tells what was not answered or not asked; none, where nothing is asked."""
        if not self._probes.asked:
            return []
        required = [probe for probe in self._probes.asked if self._rank_before(probe)]
        waiting = [probe for probe in required if not self._is_kept(probe)]
        self._answers.update(ask(self._session, waiting))
        if not self._has_looked and all(map(self._is_kept, required)):
            self._answers.update(ask(self._session, [p for p in self._probes.asked if p not in required]))
        self._has_looked = True
        lost = [probe for probe in required if not self._is_kept(probe)]
        if not lost:
            return [Verdict(self._device.name, SERVICES, Status.PASSED, actual=self._describe_rest())]
        place = f" of {self._device.municipality}"
        return [
            SERVICES.failed(
                self._device.name,
                "; ".join(_name(f"{probe.origin}{place} to reach {probe}, as before" for probe in lost)),
                "; ".join(_name(self._describe_answer(probe) for probe in lost)),
            )
        ]

    def _rank_before(self, probe: ServiceProbe) -> int:
        return RANKS.get(self._before.get(probe.key, ""), 0)

    def _is_kept(self, probe: ServiceProbe) -> bool:
        return RANKS.get(self._answers.get(probe.key, ""), 0) >= self._rank_before(probe)

    def _describe_answer(self, probe: ServiceProbe) -> str:
        answer = self._answers.get(probe.key)
        words = {None: "not asked any more", PortState.SILENT.value: "no answer", PortState.REFUSED.value: "refused"}
        return f"{probe.address} tcp/{probe.port}: {words.get(answer, answer)}"

    def _describe_rest(self) -> str:
        """What somebody should know although nothing is lost; empty: all were asked, and answer."""
        states = [(probe, self._answers.get(probe.key)) for probe in self._probes.asked]
        answering = [probe for probe, state in states if state is not None and RANKS[state]]
        silent = [f"{probe.origin} to {probe}" for probe, state in states if state == PortState.SILENT]
        unasked = sum(state is None for _, state in states)
        texts = [f"{len(answering)} of {len(states)} ways from zones to their services answer"]
        if silent:
            texts.append(f"no answer, as before or at a new place: {'; '.join(_name(silent))}")
        if unasked:
            texts.append(f"not asked, for want of time or because their host is silent: {unasked}")
        if self._probes.unasked:
            texts.append(f"UDP is not asked: {', '.join(self._probes.unasked)}")
        return ". ".join(texts)


def _name(texts: Iterable[str]) -> list[str]:
    """The first of these, and how many more there are."""
    given = list(texts)
    more = [f"and {len(given) - MOST_NAMED} more"] if len(given) > MOST_NAMED else []
    return given[:MOST_NAMED] + more
