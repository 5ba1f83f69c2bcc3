"""What the faults of a switch do at a command, wherever it came from: a terminal, a file transfer, an API request."""

import asyncio

from lab.device.faults import ENDING
from lab.device.keyboard import type_in
from lab.device.switch import HangUp, Switch

PAUSE = 0.02  # seconds between two looks


async def spring(switch: Switch, when: str, command: str) -> bool:
    """Let the trigger that this command sets off do its work.

    Args:
        switch: where the command was given.
        when: ``before`` the command is carried out, or ``on`` its end.
        command: as it was typed.

    Returns:
        Whether the session that gave the command hears no more of it.
    """
    action = switch.faults.spring(when, command)
    if action is None:
        return False
    name, _, rest = action.partition(" ")
    if name == "edit":
        await type_in(switch, [line.strip() for line in rest.split(";") if line.strip()])
    elif name != "drop":
        switch.fault(["no-space"] if name == "full" else [name, rest] if rest else [name])
    switch.keep()
    return name in ENDING


async def begin(switch: Switch, command: str) -> None:
    """A command is about to be carried out.

    Raises:
        HangUp: it is not, and its session ends.
    """
    if await spring(switch, "before", command):
        raise HangUp


async def end(switch: Switch, command: str) -> None:
    """A command has been carried out.

    Raises:
        HangUp: its answer is lost, and its session ends.
    """
    if await spring(switch, "on", command):
        raise HangUp


async def count(switch: Switch) -> None:
    """Count a command (``drop-after``, ``hang-after``).

    Raises:
        HangUp: it is not carried out.
    """
    due = switch.faults.command()
    if due == "hang":
        switch.fault(["hang"])
    if due is not None:
        raise HangUp


async def silence(switch: Switch) -> None:
    """As long as the switch hangs, nothing comes back: not even that it hangs up."""
    while switch.faults.hang:
        await asyncio.sleep(PAUSE)


def answer(switch: Switch, text: str) -> str:
    """What of an output comes through (``scribble``, ``cut``, ``truncate``).

    Raises:
        HangUp: a part of it, and then the line is dead.
    """
    text = switch.faults.shortened(str(switch.faults.scribbled(text)))
    limit = switch.faults.truncate
    if limit is not None and len(text.encode()) > limit:
        raise HangUp(text.encode()[:limit].decode(errors="ignore"))
    return text
