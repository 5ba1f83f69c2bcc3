"""The facts that checks need of a device, each with the way it is read, and their reading in one session."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from nornir_tasks.config.view import View
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.language import mark, translate
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms.common.base import Session

Value = TypeVar("Value")
HUNG_SECONDS = 10.0  # a read that failed after so long was no refusal: the next would be waited for as long


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


@dataclass(frozen=True)
class Reading:
    """A fact as it was read: its value, or why it could not be had. May hold secrets: never print the value."""

    value: object = None
    error: str = ""

    def __repr__(self) -> str:
        return f"Reading(error={self.error!r})"


RUNNING = Fact(mark("the running configuration"), lambda session, target: session.running())
STARTUP = Fact(mark("the startup configuration"), lambda session, target: session.startup())
NEIGHBOURS = Fact(mark("the neighbours by LLDP"), lambda session, target: session.neighbours())
PORTS = Fact(mark("the states of the ports"), lambda session, target: session.ports())
PORT_HEALTH = Fact(mark("how its ports are"), lambda session, target: session.port_health())
DEVICE_HEALTH = Fact(mark("how its hardware is"), lambda session, target: session.device_health())
TIME = Fact(mark("whether its clock is in step"), lambda session, target: session.time_state())
SPANNING_TREES = Fact(mark("its spanning trees"), lambda session, target: session.spanning_trees())


def read_facts(session: Session, target: CheckedDevice, facts: Iterable[Fact]) -> Mapping[Fact, Reading]:
    """The reading of each fact, in this order.

    A fact that cannot be read does not keep the others from being read, unless reading it took ``HUNG_SECONDS``: then
    the device is sent nothing more.

    Args:
        session: open, to the target's device.
        target: the device and what it is meant to be.
        facts: in the order to read them; a fact that stands there twice is read once.

    Returns:
        The reading by fact: a value or an error.
    """
    readings: dict[Fact, Reading] = {}
    hung = ""
    for fact in dict.fromkeys(facts):
        began = time.monotonic()
        readings[fact] = Reading(error=hung) if hung else _read(session, target, fact)
        if readings[fact].error and not hung and time.monotonic() - began > HUNG_SECONDS:
            hung = translate(
                "not asked any more: {fact} could not be had within {seconds} s",
                fact=translate(fact.name),
                seconds=f"{time.monotonic() - began:.0f}",
            )
    return readings


def _read(session: Session, target: CheckedDevice, fact: Fact) -> Reading:
    try:
        return Reading(fact.read(session, target))
    except FellesdriftError as error:
        return Reading(error=str(error))
    except Exception as error:  # noqa: BLE001 - a fact may come from outside: its bug is reported, the rest is read
        return Reading(error=translate("the tool itself failed: {error}", error=describe_error(error)))
