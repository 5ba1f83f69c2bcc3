"""Sessions that may write, and sessions that may no longer."""

from collections.abc import Callable
from itertools import count

import pytest

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.platforms.common.base import PreparedChange, Session


class Withdrawn(FellesdriftError):
    """The permit that this session had is gone."""


def allow(session: Session) -> Session:
    """Let a session write, as one is that a change has opened."""
    session.permit = lambda *, going_back=False: None
    return session


def withdraw(session: Session, after: int = 0) -> None:
    """Let a session write no more, once it has asked this often."""
    asked = count()

    def permit(*, going_back: bool = False) -> None:
        if next(asked) >= after:
            raise Withdrawn("the lock is somebody else's")

    session.permit = permit


def check_permit(session: Session, change: PreparedChange, running: Callable[[], str]) -> None:
    """Every verb that changes the switch asks first, and a push asks again right before what takes effect.

    Args:
        session: that may write.
        change: to be pushed to a switch that runs what was before it.
        running: what the switch itself says that it runs.
    """
    before, startup = running(), session.startup()
    for after in (0, 1):
        withdraw(session, after)
        with pytest.raises(Withdrawn):
            session.push(change, 120)
        assert running() == before
    allow(session).revert(change.before)  # what was armed and protects nothing
    withdraw(session)
    with pytest.raises(Withdrawn):
        session.save()
    allow(session).push(change, 120)
    after_push = running()
    assert after_push != before
    for verb in (session.confirm, lambda: session.revert(change.before), session.save):
        withdraw(session)
        with pytest.raises(Withdrawn):
            verb()
    assert (running(), session.startup(), session.pending()) == (after_push, startup, True)
    allow(session).revert(change.before)
    assert running() == before
