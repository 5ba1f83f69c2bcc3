"""Read a device: what every plan, audit and check begins with."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices.context import Context
from nornir_tasks.devices.nornir_runner import Result, Task, connection, device_of, nornir_for
from nornir_tasks.model import Device, Position


@dataclass(frozen=True)
class Collected:
    """What was read of a device. ``running`` and ``startup`` hold secrets: never print them."""

    device: str
    running: str = field(default="", repr=False)
    startup: str = field(default="", repr=False)
    facts: dict[str, object] = field(default_factory=dict)
    neighbours: dict[str, tuple[str, str]] = field(default_factory=dict)
    ports: dict[str, bool] = field(default_factory=dict)
    macs: tuple[tuple[str, int, str], ...] = ()
    pending: bool = False  # a change waits for its confirmation
    error: str = ""  # why there is nothing else

    @property
    def reached(self) -> bool:
        """Whether the device answered."""
        return not self.error


def collect_running(task: Task, what: frozenset[str]) -> Result:
    """Read the running configuration, and what else is asked for: startup, facts, links, macs, pending."""
    device = device_of(task)
    try:
        with connection(task) as session:
            found = Collected(
                device=device.name,
                running=session.running(),
                startup=session.startup() if "startup" in what else "",
                facts=session.facts() if "facts" in what else {},
                neighbours=session.neighbours() if "links" in what else {},
                ports=session.ports() if "links" in what else {},
                macs=tuple(session.mac_table()) if "macs" in what else (),
                pending="pending" in what and session.pending(),
            )
    except Exception as error:  # noqa: BLE001 - whatever it was, the other devices are read, and it is told
        words = str(error) if isinstance(error, FellesdriftError) else f"the tool itself failed: {error!r}"
        found = Collected(device.name, error=words)
        return Result(task.host, result=found.error, failed=True, collected=found)
    return Result(task.host, result=f"{len(found.running.splitlines())} lines", collected=found)


def collect(
    context: Context, devices: Iterable[Device], position: Position, *what: str, workers: int = 10
) -> dict[str, Collected]:
    """Read many devices at once; one that does not answer is in the answer with its error."""
    nornir = nornir_for(context, devices, workers, position=position)
    results = nornir.run(collect_running, what=frozenset(what))
    found: dict[str, Collected] = {}
    for name, result in results.items():
        kept = getattr(result[0], "collected", None)
        found[name] = kept if isinstance(kept, Collected) else Collected(name, error=f"{result[0].exception!r}")
    return found
