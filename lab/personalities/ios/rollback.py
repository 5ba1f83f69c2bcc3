"""``archive``, ``configure replace`` and the rollback of changes that nobody confirms."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.config import Config, Cursor, Section, printed
from lab.personalities.ios.parse import Match, Refused
from lab.personalities.ios.replace import Outcome, Step, difference, listing, write
from lab.switch import Timer

if TYPE_CHECKING:
    from lab.personalities.ios import Ios

ARCHIVE_OFF = "%Please turn config archive on before using this feature\n"
NONE_PENDING = "%No Rollback Confirmed Change pending\n"
PASSES = 5
SURE = (
    "This will apply all necessary additions and deletions\n"
    "to replace the current running configuration with the\n"
    "contents of the specified configuration file, which is\n"
    "assumed to be a complete configuration, not a partial\n"
    "configuration. Enter Y if you are sure you want to proceed. ? [no]: "
)


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

    def __init__(self, device: "Ios") -> None:
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
        found = [name for name in self.device.switch.files if re.fullmatch(re.escape(start) + r"-\d+", name)]
        return sorted(found, key=lambda name: int(name.rsplit("-", 1)[1]))

    def _stem(self) -> str:
        return self.device.file_name(self.path or "flash:archive").replace("$h", self.device.switch.meaning.hostname)

    def next_name(self) -> str:
        """What the next archive is called."""
        known = self.archives()
        return f"{self._stem()}-{int(known[-1].rsplit('-', 1)[1]) + 1 if known else 1}"

    def store(self) -> str:
        """Put the running configuration into the archive; answers with the file's name. The ten newest are kept.

        Raises:
            Refused: there is no space.
        """
        name = self.next_name()
        if self.device.switch.full:
            raise Refused(f"%Error opening flash:{name} (No space left on device)")
        files = self.device.switch.files
        files[name] = self.device.text()
        for old in self.archives()[:-10]:
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
                await self.restore(self.device.switch.files[pending.name])

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

    async def replace(self, shell: IosShell, text: str) -> tuple[Outcome, int]:
        """Go from what is running to this text in a few passes; answers with the last one and their number."""
        device = self.device
        wanted = device.fresh()
        unknown = [Step(path, line) for path, line, _ in wanted.load(text)]
        outcome, passes = Outcome(), 0
        while passes < PASSES:
            steps = difference(device.config, wanted) + unknown
            if not steps:
                break
            passes += 1
            outcome = await write(device.config, steps, device.switch.refuses, shell.took_line, shell.confirm)
            if not outcome.failed:
                break
        return outcome, passes


@command(
    "configure replace <url> [list] [force] [ignorecase] [nolock]"
    " [revert (trigger error [timer <int>]|trigger timer <int>|timer <int>)|time <int>]"
)
async def configure_replace(shell: IosShell, found: Match) -> str:
    """Make the running configuration that of a file."""
    words = found.text.split()
    rollback = shell.device.rollback
    text = shell.device.read_file(found.values[0])
    if text is None:
        return f"%Error opening {found.values[0]} (No such file or directory)\n"
    reverting = "revert" in words or "time" in words
    if reverting and not rollback.archiving:
        return ARCHIVE_OFF
    if not re.search(r"^\S", text, re.M):
        return "The input file is not a valid config file.\n"
    if "force" not in words and not (await shell.ask(SURE)).strip().lower().startswith("y"):
        return ""
    async with rollback.busy:
        with shell.switch.history.step(shell.how):
            return await _replace(shell, text, words, int(found.values[1]) if len(found.values) > 1 else None)


async def _replace(shell: IosShell, text: str, words: list[str], minutes: int | None) -> str:
    rollback = shell.device.rollback
    before = shell.device.text()
    report = ""
    if minutes is not None:
        shell.say(rollback.arm(shell.user, minutes))
    shell.device.touched(shell.user)
    outcome, passes = await rollback.replace(shell, text)
    for step, refusal in outcome.failed:
        report += f"Failed to apply command {step.line}\n{refusal}\n\n"
    report += f"Total number of passes: {passes}\n"
    if not outcome.failed:
        return f"{report}Rollback Done\n\n"
    failed = listing([step for step, _ in outcome.failed])
    report += (
        f"Rollback aborted after {passes} passes\n"
        "The following commands are failed to apply to the IOS image.\n"
        f"********\n{failed}\n********\n\n"
    )
    if "trigger" in words and "error" in words:
        rollback.disarm()
        await rollback.restore(before)
        report += "The original configuration has been successfully restored.\n"
    return report


@command("configure confirm")
async def configure_confirm(shell: IosShell, found: Match) -> str:
    """Keep the change."""
    if shell.device.rollback.pending is None:
        return NONE_PENDING
    shell.device.rollback.disarm()
    return ""


@command("configure revert now")
async def configure_revert_now(shell: IosShell, found: Match) -> str:
    """Take the change back at once."""
    pending = shell.device.rollback.pending
    if pending is None:
        return NONE_PENDING
    shell.say(f"Rollback Confirmed Change: Rolling back to :flash:{pending.name}\n\n")
    await shell.device.rollback.revert()
    return "Total number of passes: 1\nRollback Done\n\n"


@command("configure revert timer [idle] <int>")
async def configure_revert_timer(shell: IosShell, found: Match) -> str:
    """Give the change more, or less, time."""
    rollback = shell.device.rollback
    pending = rollback.pending
    if pending is None:
        return NONE_PENDING
    pending.timer.cancel()
    pending.minutes, pending.since = int(found.values[0]), datetime.now(UTC)
    pending.timer = shell.switch.schedule(60 * pending.minutes, rollback.revert, what="configure revert")
    return ""


@command("archive config")
async def archive_config(shell: IosShell, found: Match) -> str:
    """Put the running configuration into the archive."""
    if not shell.device.rollback.archiving:
        return ARCHIVE_OFF
    shell.device.rollback.store()
    return ""


@command("show archive")
async def show_archive(shell: IosShell, found: Match) -> str:
    """What is in the archive."""
    rollback = shell.device.rollback
    if not rollback.archiving:
        return "Archive feature not enabled\n"
    names = rollback.archives()
    lines = [
        "The maximum archive configurations allowed is 10.",
        f"The next archive file will be named flash:{rollback.next_name()}",
        " Archive #  Name",
    ]
    for number in range(1, 11):
        name = f"flash:{names[number - 1]}" if number <= len(names) else ""
        lines.append(f"   {number:<8}{name}{' <- Most Recent' if number == len(names) else ''}")
    return "\n".join(lines) + "\n"


@command("show archive config rollback timer")
async def show_rollback_timer(shell: IosShell, found: Match) -> str:
    """Whether a change waits for its confirmation."""
    pending = shell.device.rollback.pending
    if pending is None:
        return NONE_PENDING
    return (
        f"Time configured(or reconfigured): {pending.since:%H:%M:%S UTC %a %b %d %Y}\n"
        f"Timer type: absolute timer\nTimer value: {pending.minutes} min\nUser: {pending.user}\n"
    )


@command("show archive config differences [<url>] [<url>]")
async def show_differences(shell: IosShell, found: Match) -> str:
    """The contextual differences of two configurations."""
    names = [*found.values, *["system:running-config", "nvram:startup-config"][len(found.values) :]]
    if len(found.values) == 1:
        names = ["system:running-config", found.values[0]]
    texts = [shell.device.read_file(name) for name in names]
    for name, text in zip(names, texts, strict=True):
        if text is None:
            return f"%Error opening {name} (No such file or directory)\n"
    one, two = (shell.device.parsed(text or "") for text in texts)
    lines = contextual(one.root, two.root)
    return "!Contextual Config Diffs:\n" + ("\n".join(lines) + "\n\n" if lines else "!No changes were found\n\n")


def contextual(one: Section, two: Section, depth: int = 0) -> list[str]:
    """What the second has more (``+``) and less (``-``), each under the sections it stands in."""
    from lab.personalities.ios.config import ordered

    pad = " " * depth
    mine, theirs = ordered(one, gather=False), ordered(two, gather=False)
    more: list[str] = []
    less: list[str] = []
    for key, entry in theirs.items():
        other = mine.get(key)
        if isinstance(entry, Section) and isinstance(other, Section):
            inner = contextual(other, entry, depth + 1)
            more.extend([pad + entry.text, *inner] if inner else [])
        elif other is None or other.text != entry.text:
            more.extend(pad + "+" + line for line in printed(entry))
    for key, entry in mine.items():
        other = theirs.get(key)
        if other is None or (not isinstance(entry, Section) and other.text != entry.text):
            less.extend(pad + "-" + line for line in printed(entry))
    return more + less


@command("show archive config incremental-diffs <url> [ignorecase]")
async def show_incremental(shell: IosShell, found: Match) -> str:
    """The lines that merging a file would come to."""
    text = shell.device.read_file(found.values[0])
    if text is None:
        return f"%Error opening {found.values[0]} (No such file or directory)\n"
    merged = shell.device.parsed(shell.device.text())
    refused = merge(merged, text)
    steps = difference(shell.device.config, merged)
    shown = listing(steps + [Step((), line) for line, _ in refused])
    return f"!List of Commands:\n{shown}\nend\n\n" if shown else "!List of Commands:\nend\n!No changes were found\n\n"


def merge(config: Config, text: str) -> list[tuple[str, Refused]]:
    """Lay a file over a configuration; answers with the lines that were not taken."""
    from lab.personalities.ios.config import logical_lines

    cursor = Cursor(config.root)
    refused: list[tuple[str, Refused]] = []
    for line in logical_lines(text):
        try:
            config.apply(cursor, line, confirmed=True)
        except Refused as error:
            refused.append((line.strip(), error))
    return refused
