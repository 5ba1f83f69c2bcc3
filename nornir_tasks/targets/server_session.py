"""A login to a server as a change needs it: read, armed and written to by its roles, confirmed, brought back."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.journal.journal import JournalError
from nornir_tasks.journal.lock import LockLost
from nornir_tasks.platforms.common.base import ConfigurationMoved, PreparedChange, WritePermit
from nornir_tasks.platforms.debian.managed import Managed
from nornir_tasks.platforms.debian.session import Armed, ServerSession
from nornir_tasks.platforms.debian.state import ServerState
from nornir_tasks.platforms.debian.text import parse_state, write_state

NOTHING_WAITS = "no change waits for a confirmation; the server has gone back on its own"
SETTLE_SECONDS = 20.0  # for units that are on their way to run
PAUSE_SECONDS = 0.5
UNSETTLED = ("activating", "deactivating", "reloading")
HEARTBEATS = 3  # how often, within the window, the way back is put off while the roles run
PACKAGE_SECONDS = 300.0
Play = Callable[[Callable[[], bool]], str]  # runs the roles; is given what ends them; answers with what went wrong


class ServerTargetSession:
    """An open way to a server: the contract of ``targets.base.TargetSession``.

    Args:
        server: that has just let us in.
        managed: what is read, and goes back.
        restarts: unit to the paths that it reads.
        play: runs the roles on it.
        name_state: what a change of it is called that begins at a state: the name of that state's backup.
        permit: asked before each write.
    """

    def __init__(
        self,
        server: ServerSession,
        managed: Managed,
        restarts: Mapping[str, Sequence[str]],
        play: Play,
        name_state: Callable[[str], str],
        permit: WritePermit,
    ) -> None:
        self.server = server
        self.permit = permit
        self._managed, self._restarts = managed, restarts
        self._play, self._name_state = play, name_state

    def running(self) -> str:
        """Its state, secrets in place."""
        return write_state(self.server.read(self._managed))

    def startup(self) -> str:
        """The same: what is written is on its disk."""
        return self.running()

    def pending(self) -> bool:
        """Whether its way back is armed."""
        return self.server.find_armed() is not None

    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """Arm its way back, and let the roles run; a change that is taken back is restored from its snapshot.

        While they run, the way back is put off again and again, over a login of its own each time: a server that lets
        nobody in any more goes back within ``revert_seconds``, whatever the roles are at.

        Raises:
            ConfigurationMoved: it is no longer what ``change.before`` says; nothing was written.
            PlatformError: it is armed, and not what was meant.
        """
        if self.running() != change.before:
            raise ConfigurationMoved
        snapshot = self._find_snapshot(change.restore) if change.restore else ""
        name = f"{self._name_state(change.before)}-{int(time.time())}"
        self.permit()
        self.server.arm(name, revert_seconds, self._managed, self._restarts)
        if snapshot:
            self._bring_packages_back(change)
            self.permit()
            self.server.restore(snapshot)
        else:
            heart = _Heart(self.server, self.permit, name, revert_seconds)
            failure = self._play(heart.should_stop)
            if heart.error is not None:
                raise heart.error
            if interrupt.is_stop_requested():
                raise PlatformError(interrupt.WORDS)
            if failure:
                raise PlatformError(failure)
        self.permit()
        self.server.extend(name, revert_seconds)
        self._settle()

    def confirm(self) -> None:
        """Disarm its way back: the change stays."""
        armed = self.server.find_armed()
        if armed is None:
            raise PlatformError(NOTHING_WAITS)
        self.permit()
        self.server.confirm(armed.id)

    def revert(self, before: str) -> None:
        """Go back now.

        Raises:
            PlatformError: another change is armed.
        """
        armed = self.server.find_armed()
        if armed is None:
            return  # it has gone back, or was never armed: whether it is as it was is asked by the caller
        self._require_own(armed, before)
        self.permit(going_back=True)
        self.server.revert(armed.id)
        self._settle()

    def save(self) -> None:
        """Nothing: what is written is on its disk."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing: each command was a login of its own."""

    def _require_own(self, armed: Armed, before: str) -> None:
        if not armed.id.startswith(f"{self._name_state(before)}-"):
            raise PlatformError(
                f"{self.server.name}: expected what is armed there to be a change of what it was before, "
                f"{self._name_state(before)}, actual: {armed.id}"
            )

    def _settle(self) -> None:
        """Wait until no unit is on its way any more."""
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end and _has_unsettled(self.server.read(Managed(units=self._managed.units))):
            time.sleep(PAUSE_SECONDS)

    def _find_snapshot(self, reference: str) -> str:
        """The name of the snapshot that was taken of a backup's state."""
        prefix = f"{reference.rpartition('/')[2]}-"
        for name, outcome in self.server.list_kept():
            if name.startswith(prefix) and outcome in ("confirmed", "restored"):
                return name
        raise PlatformError(
            f"{self.server.name}: expected the snapshot of {reference} to be kept there, found none. Nothing was "
            "written"
        )

    def _bring_packages_back(self, change: PreparedChange) -> None:
        """Install the former versions, and remove what came since."""
        words = list_package_words(parse_state(change.before), parse_state(change.intended))
        if not words:
            return
        self.permit()
        options = ["-y", "-q", "--no-install-recommends", "--allow-downgrades", "-o", "Dpkg::Options::=--force-confold"]
        command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, "install", "--", *words]
        code, output, errors = self.server.run(command, seconds=PACKAGE_SECONDS)
        if code:
            last = (errors.strip() or output.strip() or "nothing").splitlines()[-1]
            raise PlatformError(f"{self.server.name}: apt-get cannot bring back {', '.join(words)}: {last}")


class _Heart:
    """Puts the way back off while the roles run, as long as we may write and the server lets us in."""

    def __init__(self, server: ServerSession, permit: WritePermit, name: str, seconds: int) -> None:
        self.error: LockLost | JournalError | None = None
        self._server, self._permit, self._name, self._seconds = server, permit, name, seconds
        self._deadline = time.monotonic() + seconds
        self._next = time.monotonic() + seconds / HEARTBEATS

    def should_stop(self) -> bool:
        """Whether the roles are to end."""
        if self.error is not None or interrupt.is_stop_requested():
            return True
        if time.monotonic() < self._next:
            return False
        try:
            self._permit()
            asked = time.monotonic()
            self._server.extend(self._name, self._seconds)
            self._deadline = asked + self._seconds
            self._next = asked + self._seconds / HEARTBEATS
        except (LockLost, JournalError) as error:
            self.error = error
            return True
        except PlatformError:
            self._next = time.monotonic() + PAUSE_SECONDS  # sshd may just restart
        return time.monotonic() > self._deadline


def list_package_words(now: ServerState, then: ServerState) -> list[str]:
    """The words for apt-get that lead from one state's packages to another's: ``chrony=4.6``, ``nginx-``."""
    words = [f"{name}={version}" for name, version in then.packages.items() if now.packages.get(name) != version]
    return words + [f"{name}-" for name in now.packages if name not in then.packages]


def _has_unsettled(state: ServerState) -> bool:
    return any(unit.active in UNSETTLED for unit in state.units.values())
