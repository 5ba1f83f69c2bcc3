"""What an IOS switch keeps to go back to: its archive, and the change that goes back unless it is confirmed."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.device.switch import Timer
from lab.personalities.ios.configuration.parse import Refused
from lab.personalities.ios.configuration.replace import Outcome, Step, difference, write
from lab.personalities.ios.configuration.section import Section
from lab.personalities.ios.device import IosDevice

PASSES = 5
KEPT = 10  # archives, where the configuration says nothing of it


@dataclass
class Pending:
    """A change that goes back unless it is confirmed."""

    user: str
    minutes: int
    since: datetime
    name: str  # of the file that holds what was before
    timer: Timer


class Rollback:
    """What a switch keeps to go back to."""

    def __init__(self, device: IosDevice) -> None:
        self.device = device
        self.pending: Pending | None = None
        self.busy = asyncio.Lock()  # one at a time: a timer that ends in the middle of a replacement waits for it

    @property
    def path(self) -> str | None:
        """Where archives go; None: the archive is off."""
        archive = self.device.config.root.entries.get("archive")
        text = archive.get("path") if isinstance(archive, Section) else None
        return text.split()[1] if text else None

    @property
    def archiving(self) -> bool:
        """Whether the archive is on."""
        return self.path is not None

    def archives(self) -> list[str]:
        """The archive's files, oldest first."""
        start = self._stem()
        names = [name for name in self.device.switch.files if re.fullmatch(re.escape(start) + r"-\d+", name)]
        return sorted(names, key=lambda name: int(name.rsplit("-", 1)[1]))

    def _stem(self) -> str:
        return self.device.file_name(self.path or "flash:archive").replace("$h", self.device.switch.meaning.hostname)

    def next_name(self) -> str:
        """What the next archive is called."""
        known = self.archives()
        return f"{self._stem()}-{int(known[-1].rsplit('-', 1)[1]) + 1 if known else 1}"

    @property
    def maximum(self) -> int:
        """How many archives are kept."""
        archive = self.device.config.root.entries.get("archive")
        text = archive.get("maximum") if isinstance(archive, Section) else None
        return int(text.split()[1]) if text else KEPT

    def store(self) -> str:
        """Put the running configuration into the archive; answers with the file's name. The newest are kept.

        Raises:
            Refused: there is no space.
        """
        name = self.next_name()
        if self.device.switch.full:
            raise Refused(f"%Error opening flash:{name} (No space left on device)")
        files = self.device.switch.files
        files[name] = self.device.text()
        for old in self.archives()[: -self.maximum]:
            del files[old]
        self.device.switch.keep()
        return name

    def arm(self, user: str, minutes: int) -> str:
        """Remember what is running and go back to it after some minutes.

        Raises:
            Refused: there is no space to remember it in; nothing is armed.
        """
        name = self.store()
        self.disarm()
        timer = self.device.switch.schedule(60 * minutes, self.revert, what="configure revert")
        self.pending = Pending(user, minutes, datetime.now(UTC), name, timer)
        return (
            f"Rollback Confirmed Change: Backing up current running config to flash:{name}\n\n"
            'Enter "configure confirm" if you wish to keep what you\'ve configured\n\n'
        )

    def disarm(self) -> None:
        """Keep what is running."""
        if self.pending is not None:
            self.pending.timer.cancel()
            self.pending = None

    async def revert(self) -> None:
        """Go back to what was running before."""
        pending = self.pending
        self.disarm()
        if pending is not None:
            async with self.busy:
                before = self.device.switch.files.get(pending.name)
                if before is not None:  # somebody may have deleted it, or archived more than are kept
                    await self.restore(before)

    async def restore(self, text: str) -> None:
        """Get back to a configuration of this switch's own: nothing in it is refused."""
        device = self.device
        wanted = device.parsed(text)

        async def yes(question: str) -> bool:
            return True

        with device.switch.history.step("revert"):
            for _ in range(PASSES):
                steps = difference(device.config, wanted)
                if not steps:
                    return
                await write(device.config, steps, lambda line: None, device.took_line, yes)

    async def replace(
        self, text: str, taken: Callable[[str], Awaitable[None]], confirm: Callable[[str], Awaitable[bool]]
    ) -> tuple[Outcome, int]:
        """Go from what is running to this text in a few passes.

        Args:
            text: the configuration to go to.
            taken: awaited after each line, with the line.
            confirm: puts a question to whoever is there.

        Returns:
            The outcome of the last pass, and the number of passes.
        """
        device = self.device
        wanted = device.fresh()
        unknown = [Step(path, line) for path, line, _ in wanted.load(text)]
        outcome, passes = Outcome(), 0
        while passes < PASSES:
            steps = difference(device.config, wanted) + unknown
            if not steps:
                break
            passes += 1
            outcome = await write(device.config, steps, device.switch.refuses, taken, confirm)
            if not outcome.failed:
                break
        return outcome, passes
