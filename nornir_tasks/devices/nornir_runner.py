"""The Nornir that tasks run in. Each task returns a ``Result``; none raises for a device."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.processor import Processors
from nornir.core.task import Result, Task
from nornir.plugins.runners import SerialRunner, ThreadedRunner

from nornir_tasks.devices.connection import NAME, FellesdriftConnection
from nornir_tasks.devices.context import Context
from nornir_tasks.devices.progress import Progress
from nornir_tasks.model import Device, Position
from nornir_tasks.platforms import load_driver
from nornir_tasks.platforms.common.base import Session

WORKERS = 10


def make_nornir(
    context: Context,
    devices: Iterable[Device],
    workers: int = WORKERS,
    *,
    position: Position | None = None,
    progress: Progress | None = None,
) -> Nornir:
    """A Nornir with these devices and nothing inherited: a device's settings are in ``host["device"]``.

    Args:
        context: for tasks (``get_context``); its credentials log in.
        workers: how many devices at once; 1 runs in the calling thread.
        position: whose accounts the connection plugin logs in with; default: what the journal says.
        progress: prints a line for each device that has ended; default: nothing is printed.
    """
    ConnectionPluginRegister.register(NAME, FellesdriftConnection)
    position = position or context.journal.position()
    hosts = Hosts()
    for device in devices:
        # Import the drivers here, and not in ten threads at once: a thread once failed in an import with "dictionary
        # changed size during iteration".
        load_driver(device.platform)
        extras = {"device": device, "position": position, "credentials": context.credentials}
        hosts[device.name] = Host(
            name=device.name,
            hostname=device.endpoint.host,
            port=device.endpoint.ssh_port,
            platform=device.platform,
            data={"device": device, "context": context},
            connection_options={NAME: ConnectionOptions(extras=extras)},
        )
    return _build_nornir(hosts, workers, progress)


def make_nornir_without_logins(
    context: Context, names: Iterable[str], workers: int = WORKERS, *, progress: Progress | None = None
) -> Nornir:
    """A Nornir with hosts of these names and no connections: their tasks log in themselves.

    Args:
        context: for tasks (``get_context``).
        names: of targets, which need not be devices.
        workers: how many at once; 1 runs in the calling thread.
        progress: prints a line for each host that has ended; default: nothing is printed.
    """
    hosts = Hosts({name: Host(name=name, data={"context": context}) for name in names})
    return _build_nornir(hosts, workers, progress)


def _build_nornir(hosts: Hosts, workers: int, progress: Progress | None) -> Nornir:
    runner = SerialRunner() if workers == 1 or len(hosts) < 2 else ThreadedRunner(num_workers=workers)
    return Nornir(
        inventory=Inventory(hosts=hosts, groups=Groups(), defaults=Defaults()),
        config=Config(),
        runner=runner,
        processors=Processors([progress] if progress else []),
    )


@contextmanager
def open_connection(task: Task) -> Iterator[Session]:
    """The task's connection to its device, opened by the plugin, closed when the task is done with it."""
    session = task.host.get_connection(NAME, task.nornir.config)
    assert isinstance(session, Session)
    try:
        yield session
    finally:
        task.host.close_connection(NAME)


def get_device(task: Task) -> Device:
    """The device a task runs for."""
    device = task.host["device"]
    assert isinstance(device, Device)
    return device


def get_context(task: Task) -> Context:
    """The context a task runs in."""
    context = task.host["context"]
    assert isinstance(context, Context)
    return context


__all__ = [
    "WORKERS",
    "Result",
    "Task",
    "get_context",
    "get_device",
    "make_nornir",
    "make_nornir_without_logins",
    "open_connection",
]
