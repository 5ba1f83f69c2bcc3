"""Links that are taken down and let up in the middle of a change: what every platform's session does alike."""

import pytest

from nornir_tasks.platforms.common import base
from nornir_tasks.platforms.common.base import PreparedChange, Session
from tests.support.permits import Withdrawn, allow, withdraw
from tests.support.switch_bench import Bench


def check_links(
    switch: Bench, session: Session, change: PreparedChange, numbers: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take links down and up while a change waits: the switch runs the same before and after, and goes on waiting.

    Args:
        switch: that the session is with.
        session: that may write.
        change: to be pushed; these ports are up before and after it.
        numbers: of the ports.
    """
    ports = [switch.switch.port_names[number - 1] for number in numbers]

    def are_up() -> list[bool]:
        return [bool(switch.call(lambda n=number: switch.switch.meaning.ports[n].up)) for number in numbers]

    session.push(change, 120)
    pushed = switch.running
    session.lower_links(ports)
    assert are_up() == [False] * len(ports)
    assert switch.running != pushed
    session.raise_links(ports)
    assert are_up() == [True] * len(ports)
    assert switch.running == pushed
    monkeypatch.setattr(base, "LINK_DOWN_SECONDS", 0.0)
    session.bounce(ports)
    assert (switch.running, session.pending()) == (pushed, True)
    for verb in (session.lower_links, session.raise_links):
        withdraw(session)
        with pytest.raises(Withdrawn):
            verb(ports)
    assert switch.running == pushed
    allow(session).lower_links(ports)
    session.revert(change.before)  # died between down and up: the way back brings the links with it
    assert are_up() == [True] * len(ports)
