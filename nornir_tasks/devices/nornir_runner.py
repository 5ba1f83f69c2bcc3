"""The Nornir tasks, one each, and the Nornir they run in. Each answers with a ``Result``; none raises for a device."""

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
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Session

WORKERS = 10


def nornir_for(
    context: Context,
    devices: Iterable[Device],
    workers: int = WORKERS,
    *,
    position: Position | None = None,
    progress: Progress | None = None,
) -> Nornir:
    """A Nornir with these devices and nothing inherited: whatever holds for a device is in ``host["device"]``.

    Args:
        position: whose accounts the connection plugin logs in with; default: what the journal says.
    """
    ConnectionPluginRegister.register(NAME, FellesdriftConnection)
    position = position or context.journal.position()
    hosts = Hosts()
    for device in devices:
        # Here, and not in ten threads at once: drivers do much when they are first imported, and one thread was once
        # told "dictionary changed size during iteration" of it.
        platform(device.platform)
        extras = {"device": device, "position": position, "credentials": context.credentials}
        hosts[device.name] = Host(
            name=device.name,
            hostname=device.endpoint.host,
            port=device.endpoint.ssh_port,
            platform=device.platform,
            data={"device": device, "context": context},
            connection_options={NAME: ConnectionOptions(extras=extras)},
        )
    return _nornir(hosts, workers, progress)


def nornir_without_logins(
    context: Context, names: Iterable[str], workers: int = WORKERS, *, progress: Progress | None = None
) -> Nornir:
    """A Nornir with hosts of these names, whose tasks find their own way in."""
    hosts = Hosts({name: Host(name=name, data={"context": context}) for name in names})
    return _nornir(hosts, workers, progress)


def _nornir(hosts: Hosts, workers: int, progress: Progress | None) -> Nornir:
    runner = SerialRunner() if workers == 1 or len(hosts) < 2 else ThreadedRunner(num_workers=workers)
    return Nornir(
        inventory=Inventory(hosts=hosts, groups=Groups(), defaults=Defaults()),
        config=Config(),
        runner=runner,
        processors=Processors([progress] if progress else []),
    )


@contextmanager
def connection(task: Task) -> Iterator[Session]:
    """The task's connection to its device, opened by the plugin, closed when the task is done with it."""
    session = task.host.get_connection(NAME, task.nornir.config)
    assert isinstance(session, Session)
    try:
        yield session
    finally:
        task.host.close_connection(NAME)


def device_of(task: Task) -> Device:
    """The device a task runs for."""
    found = task.host["device"]
    assert isinstance(found, Device)
    return found


def context_of(task: Task) -> Context:
    """The errand a task runs in."""
    found = task.host["context"]
    assert isinstance(found, Context)
    return found


__all__ = ["WORKERS", "Result", "Task", "connection", "context_of", "device_of", "nornir_for", "nornir_without_logins"]
