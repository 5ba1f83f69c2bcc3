"""Report the progress of a run: a line for each device as it ends."""

from collections.abc import Callable
from threading import Lock

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task


class Progress:
    """A Nornir processor. ``tell`` gets lines like ``[3/9] loppa-acc-02: changed (1.2 s): confirmed and saved``."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._lock = Lock()
        self._done = 0
        self._total = 0

    def task_started(self, task: Task) -> None:
        """Begin to count."""
        self._done, self._total = 0, len(task.nornir.inventory.hosts) if task.nornir else 0

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Nothing: each line was printed when its device ended."""

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: a device's line comes when it has ended."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Print the line of a device that has ended.

        Args:
            task: as Nornir calls it; unused.
            result: of the device; the first item is the task's own, the others are of its subtasks.
        """
        first = result[0]
        with self._lock:
            self._done += 1
            outcome = first.exception or first.result
            self._tell(f"[{self._done}/{self._total}] {host.name}: {outcome}")

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: a subtask is part of its device's task."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: a subtask is part of its device's task.

        Args:
            task: as Nornir calls it; unused, as are the others.
        """
