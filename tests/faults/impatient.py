"""The product's patience at the scale of the switches' clocks: what it waits for comes that much sooner, or never."""

import time
from functools import wraps
from typing import Any

from netmiko import BaseConnection

from nornir_tasks.change import apply_device, outcome, recover
from nornir_tasks.devices import connection
from nornir_tasks.devices.context import Context
from nornir_tasks.targets import switch_probe

LEAST_LOGIN, LEAST_READ = 3.0, 4.0  # seconds: the machine itself is no faster, and others may be at work on it
SPARE = 3.0
PAUSES = 0.3  # of every pause between two looks, netmiko's above all


def become(clock: float, confirm_seconds: float) -> None:
    """From here on this process waits that much shorter; there is no way back, so it is a child's to do."""
    login = max(LEAST_LOGIN, 30 / clock)
    Context.login.__defaults__ = connection.login.__defaults__ = (login,)
    outcome.AFTERWARDS_SECONDS = (confirm_seconds + 60) / clock + SPARE - confirm_seconds  # type: ignore[misc,assignment]
    apply_device.PAUSE_SECONDS = recover.PAUSE_SECONDS = 1.0  # type: ignore[attr-defined]
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(seconds * PAUSES)  # type: ignore[assignment]
    switch_probe.PATIENCE_SECONDS = max(2.0, 20 / clock)
    connect: Any = BaseConnection.establish_connection

    @wraps(connect)
    def shorter(self: BaseConnection, *given: Any, **named: Any) -> None:
        self.read_timeout_override = max(LEAST_READ, 60 / clock)
        connect(self, *given, **named)

    BaseConnection.establish_connection = shorter  # type: ignore[method-assign]
