"""The facts that checks need of a device, each with the way it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from nornir_tasks.config.view import View
from nornir_tasks.core.language import mark
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.platforms.common.reading import Reading

__all__ = ["CheckedDevice", "Fact", "Reading"]  # with the facts themselves: what a check imports

Value = TypeVar("Value")


@dataclass(frozen=True)
class CheckedDevice:
    """The device that is checked, and what it is meant to be: known before the device is connected to."""

    region: Region
    device: Device
    position: Position
    view: View

    @property
    def stage(self) -> Stage:
        """How far the device has come."""
        return self.view.stage


@dataclass(frozen=True)
class Fact(Generic[Value]):
    """Something that can be read in a session: its name for people, marked, and how it is read.

    ``read`` gives None where the platform does not tell it.
    """

    name: str
    read: Callable[[Session, CheckedDevice], Value | None]


RUNNING = Fact(mark("the running configuration"), lambda session, target: session.running())
STARTUP = Fact(mark("the startup configuration"), lambda session, target: session.startup())
NEIGHBOURS = Fact(mark("the neighbours by LLDP"), lambda session, target: session.neighbours())
PORTS = Fact(mark("the states of the ports"), lambda session, target: session.ports())
PORT_HEALTH = Fact(mark("how its ports are"), lambda session, target: session.port_health())
DEVICE_HEALTH = Fact(mark("how its hardware is"), lambda session, target: session.device_health())
TIME = Fact(mark("whether its clock is in step"), lambda session, target: session.time_state())
SPANNING_TREES = Fact(mark("its spanning trees"), lambda session, target: session.spanning_trees())
