"""Read a device: where every plan, audit and check begins."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Device, Position
from nornir_tasks.platforms import platform

if TYPE_CHECKING:
    from nornir_tasks.devices.nornir_runner import Result, Task


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
    arp: tuple[tuple[str, str, int | None], ...] = ()
    pending: bool = False  # a change waits for its confirmation
    error: str = ""  # why the other fields are empty

    @property
    def reached(self) -> bool:
        """Whether the device answered."""
        return not self.error


def collect_running(task: "Task", sources: frozenset[str]) -> "Result":
    """Read the running configuration, and of the sources ``startup, facts, links, macs, arp, pending`` those named."""
    # Nornir takes a twentieth of a second to import, and who only knows of ``Collected`` needs none.
    from nornir_tasks.devices.nornir_runner import Result, get_device, open_connection

    device = get_device(task)
    try:
        with open_connection(task) as session:
            running = session.running()
            platform(device.platform).mask(running)  # its secrets are remembered before the device says anything more
            collected = Collected(
                device=device.name,
                running=running,
                startup=session.startup() if "startup" in sources else "",
                facts=session.facts() if "facts" in sources else {},
                neighbours=session.neighbours() if "links" in sources else {},
                ports=session.ports() if "links" in sources else {},
                macs=tuple(session.mac_table()) if "macs" in sources else (),
                arp=tuple(session.arp_table()) if "arp" in sources else (),
                pending="pending" in sources and session.pending(),
            )
    except Exception as error:  # noqa: BLE001 - whatever it was, the other devices are read, and it is reported
        reason = (
            str(error) if isinstance(error, FellesdriftError) else f"the tool itself failed: {describe_error(error)}"
        )
        collected = Collected(device.name, error=reason)
        return Result(task.host, result=collected.error, failed=True, collected=collected)
    return Result(task.host, result=f"{len(split_at_line_feeds(collected.running))} lines", collected=collected)


def collect(
    context: Context, devices: Iterable[Device], position: Position, *sources: str, workers: int = 10
) -> dict[str, Collected]:
    """What was read of each device, by name; a device that does not answer is among them with its error.

    Args:
        position: whose address and account to log in with.
        sources: what to read beside the running configuration: startup, facts, links, macs, arp, pending.
        workers: how many devices to read at once, each with a login of its own.
    """
    from nornir_tasks.devices.nornir_runner import make_nornir

    nornir = make_nornir(context, devices, workers, position=position)
    results = nornir.run(collect_running, sources=frozenset(sources))
    collected: dict[str, Collected] = {}
    for name, result in results.items():
        reading = getattr(result[0], "collected", None)
        collected[name] = (
            reading if isinstance(reading, Collected) else Collected(name, error=describe_error(result[0].exception))
        )
    return collected
