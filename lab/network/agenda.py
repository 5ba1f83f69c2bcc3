"""What will happen to people's machines, by the lab's own clock: leases, starts, names that run out."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

Action = Callable[[], None]
EARLY = 1e-6  # seconds; an alarm may be early by a hair


class Agenda:
    """Actions in the order of their time; ``now`` is in seconds of the lab's clock, which may run fast.

    Args:
        clock: seconds that only go forward.
        after: called when something has happened, after all that was due at the same time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, after: Action = lambda: None) -> None:
        self.clock = clock
        self.after = after
        self.factor = 1.0
        self._before, self._since = 0.0, clock()
        self._due: list[tuple[float, int, Action]] = []
        self._count = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def now(self) -> float:
        """Seconds since the lab was made, by its own clock."""
        return self._before + (self.clock() - self._since) * self.factor

    def set_clock(self, factor: float) -> None:
        """Let time run so many times as fast from now on."""
        self._before, self._since = self.now, self.clock()
        self.factor = factor
        self._set_alarm()

    def add(self, seconds: float, action: Action) -> None:
        """Do something in so many seconds."""
        heapq.heappush(self._due, (self.now + seconds, next(self._count), action))
        if self._due[0][2] is action:
            self._set_alarm()

    def clear(self) -> None:
        """Forget everything that was to come."""
        self._due.clear()

    def run(self) -> None:
        """Do what is due."""
        done = False
        while self._due and self._due[0][0] <= self.now + EARLY:
            heapq.heappop(self._due)[2]()
            done = True
        if done:
            self.after()
        self._set_alarm()

    def skip(self, seconds: float) -> None:
        """Let time pass at once: everything that is due meanwhile happens, each at its time."""
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self._leap(self._due[0][0])
            self.run()
        self._leap(end)
        self._set_alarm()

    def _leap(self, moment: float) -> None:
        self._before += max(0.0, moment - self.now)

    def _set_alarm(self) -> None:
        """Wake up when the next is due; without a running loop somebody else calls ``run``."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if not self._due:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._alarm = loop.call_later(max(0.0, self._due[0][0] - self.now) / self.factor, self.run)
