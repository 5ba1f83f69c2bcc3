"""What a task of a role said of one host, as our callback wrote it down. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class TaskResult:
    """What one task said of one host.

    Attributes:
        role: empty: it stands in a play.
        task: its name.
        action: its module's full name.
        status: as the callback writes it.
        result: what the module said; of a task that is kept from logs, nothing.
        place: of such a task, where it writes: ``dest``, ``owner``, ``mode`` …
        elsewhere: the host that it was handed to; empty: none.
    """

    role: str
    task: str
    action: str
    status: str
    result: Mapping[str, Any] = field(default_factory=dict)
    place: Mapping[str, str] = field(default_factory=dict)
    elsewhere: str = ""

    @property
    def name(self) -> str:
        """``baseline: Accounts``."""
        return f"{self.role}: {self.task}" if self.role and not self.task.startswith(f"{self.role} :") else self.task

    @property
    def module(self) -> str:
        """Its module without the collection."""
        return self.action.rpartition(".")[2]


def find_failure(results: Sequence[TaskResult]) -> str:
    """What stopped a run, in words; empty: nothing did."""
    for result in results:
        if result.status in ("failed", "unreachable"):
            return f"{result.name}: {describe_failure(result.result)}"
    return ""


def describe_failure(result: Mapping[str, Any]) -> str:
    """Why a task failed: its message, and what its program wrote last."""
    if result.get("censored"):
        return "it failed, and what it says is kept from logs (no_log)"
    words = [str(result.get("msg") or "")]
    for part in result.get("results", ()):
        if isinstance(part, Mapping) and part.get("failed"):
            words.append(str(part.get("msg") or ""))
    stderr = str(result.get("stderr") or result.get("module_stderr") or "").strip()
    if stderr:
        words.append(stderr.splitlines()[-1])
    return "; ".join(dict.fromkeys(word.strip() for word in words if word.strip()))[:1000] or "it failed, without words"


def split_loop(result: TaskResult) -> Iterator[TaskResult]:
    """A loop as one result an item; anything else as it is."""
    parts = result.result.get("results")
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        yield result
        return
    for part in parts:
        yield replace(result, result=part, status="skipped" if part.get("skipped") else result.status)
