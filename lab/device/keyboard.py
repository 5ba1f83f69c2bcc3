"""Configuration typed at a switch itself, as its own administrator would: no network, and none of the faults."""

import asyncio

from lab.device.switch import Switch

EXEC_ANSWERS = 3  # a login may ask for a key, and then for another


async def type_in(switch: Switch, lines: list[str], save: bool = False) -> str:
    """Type configuration lines.

    Args:
        switch: a switch that is up.
        lines: in the order in which they are typed, without ``configure terminal`` and ``end``.
        save: write running to startup afterwards.

    Returns:
        What the switch printed.
    """
    shell = switch.personality.shell("local", 15)
    shell.how = "edit"
    printed = [shell.greeting()]
    for _ in range(EXEC_ANSWERS):
        if shell.single_key:
            printed.append((await shell.line("")).text)
    if shell.prompt.rstrip().endswith(">"):
        printed.append((await shell.line("enable")).text)
    for line in ["configure terminal", *lines, "end"]:
        printed.append(f"{shell.prompt}{line}\n{(await shell.line(line)).text}")
        await asyncio.sleep(0)  # what the line has changed happens before the next: a port that goes down and up
    if save:
        switch.save()
    return "\n".join(text.rstrip("\n") for text in printed if text)
