"""Lines typed at a switch on the bench, as the lab's server hands them on: through the faults."""

import asyncio
from collections.abc import Awaitable, Callable

from lab.device.personality import Shell
from lab.device.switch import Switch
from lab.server.terminal import obey


def carry_out(work: Callable[[], Awaitable[None]]) -> None:
    """Run it in a loop of its own, and see that it ends."""
    asyncio.run(asyncio.wait_for(work(), 5))


async def lines(switch: Switch, shell: Shell, *texts: str) -> list[str]:
    """Type lines; the answers."""
    return [(await obey(switch, shell, text)).text for text in texts]
