"""Exec commands about going back: ``archive``, ``configure replace``, and the confirmation of changes."""

import re
from datetime import UTC, datetime

from lab.personalities.ios.cli import IosShell, command
from lab.personalities.ios.configuration.config import Config, Cursor, logical_lines
from lab.personalities.ios.configuration.parse import Match, Refused
from lab.personalities.ios.configuration.printing import ordered, printed
from lab.personalities.ios.configuration.replace import Step, difference, listing
from lab.personalities.ios.configuration.section import Section

ARCHIVE_OFF = "%Please turn config archive on before using this feature\n"
NONE_PENDING = "%No Rollback Confirmed Change pending\n"
SURE = (
    "This will apply all necessary additions and deletions\n"
    "to replace the current running configuration with the\n"
    "contents of the specified configuration file, which is\n"
    "assumed to be a complete configuration, not a partial\n"
    "configuration. Enter Y if you are sure you want to proceed. ? [no]: "
)


@command(
    "configure replace <url> [list] [force] [ignorecase] [nolock]"
    " [revert (trigger error [timer <1-120>]|trigger timer <1-120>|timer <1-120>)|time <1-120>]"
)
async def configure_replace(shell: IosShell, typed: Match) -> str:
    """Make the running configuration that of a file."""
    words = typed.text.split()
    rollback = shell.rollback
    text = shell.device.read_file(typed.values[0])
    if text is None:
        return f"%Error opening {typed.values[0]} (No such file or directory)\n"
    reverting = "revert" in words or "time" in words
    if reverting and not rollback.archiving:
        return ARCHIVE_OFF
    if not re.search(r"^\S", text, re.M):
        return "The input file is not a valid config file.\n"
    if "force" not in words and not (await shell.ask(SURE)).strip().lower().startswith("y"):
        return ""
    async with rollback.busy:
        with shell.switch.history.step(shell.how):
            return await _replace(shell, text, words, int(typed.values[1]) if len(typed.values) > 1 else None)


async def _replace(shell: IosShell, text: str, words: list[str], minutes: int | None) -> str:
    rollback = shell.rollback
    before = shell.device.text()
    report = ""
    if minutes is not None:
        shell.say(rollback.arm(shell.user, minutes))
    shell.device.touched(shell.user)
    outcome, passes = await rollback.replace(text, shell.took_line, shell.confirm)
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
async def configure_confirm(shell: IosShell, typed: Match) -> str:
    """Keep the change."""
    if shell.rollback.pending is None:
        return NONE_PENDING
    shell.rollback.disarm()
    return ""


@command("configure revert now")
async def configure_revert_now(shell: IosShell, typed: Match) -> str:
    """Take the change back at once."""
    pending = shell.rollback.pending
    if pending is None:
        return NONE_PENDING
    shell.say(f"Rollback Confirmed Change: Rolling back to :flash:{pending.name}\n\n")
    await shell.rollback.revert()
    return "Total number of passes: 1\nRollback Done\n\n"


@command("configure revert timer [idle] <1-120>")
async def configure_revert_timer(shell: IosShell, typed: Match) -> str:
    """Give the change more, or less, time."""
    rollback = shell.rollback
    pending = rollback.pending
    if pending is None:
        return NONE_PENDING
    pending.timer.cancel()
    pending.minutes, pending.since = int(typed.values[0]), datetime.now(UTC)
    pending.timer = shell.switch.schedule(60 * pending.minutes, rollback.revert, what="configure revert")
    return ""


@command("archive config")
async def archive_config(shell: IosShell, typed: Match) -> str:
    """Put the running configuration into the archive."""
    if not shell.rollback.archiving:
        return ARCHIVE_OFF
    shell.rollback.store()
    return ""


@command("show archive")
async def show_archive(shell: IosShell, typed: Match) -> str:
    """What is in the archive."""
    rollback = shell.rollback
    if not rollback.archiving:
        return "Archive feature not enabled\n"
    names = rollback.archives()
    lines = [
        f"The maximum archive configurations allowed is {rollback.maximum}.",
        f"The next archive file will be named flash:{rollback.next_name()}",
        " Archive #  Name",
    ]
    for number in range(1, rollback.maximum + 1):
        name = f"flash:{names[number - 1]}" if number <= len(names) else ""
        lines.append(f"   {number:<8}{name}{' <- Most Recent' if number == len(names) else ''}")
    return "\n".join(lines) + "\n"


@command("show archive config rollback timer")
async def show_rollback_timer(shell: IosShell, typed: Match) -> str:
    """Whether a change waits for its confirmation."""
    pending = shell.rollback.pending
    if pending is None:
        return NONE_PENDING
    return (
        f"Time configured(or reconfigured): {pending.since:%H:%M:%S UTC %a %b %d %Y}\n"
        f"Timer type: absolute timer\nTimer value: {pending.minutes} min\nUser: {pending.user}\n"
    )


@command("show archive config differences [<url>] [<url>]")
async def show_differences(shell: IosShell, typed: Match) -> str:
    """The contextual differences of two configurations."""
    names = [*typed.values, *["system:running-config", "nvram:startup-config"][len(typed.values) :]]
    if len(typed.values) == 1:
        names = ["system:running-config", typed.values[0]]
    texts = [shell.device.read_file(name) for name in names]
    for name, text in zip(names, texts, strict=True):
        if text is None:
            return f"%Error opening {name} (No such file or directory)\n"
    first, second = (shell.device.parsed(text or "") for text in texts)
    lines = contextual(first.root, second.root)
    return "!Contextual Config Diffs:\n" + ("\n".join(lines) + "\n\n" if lines else "!No changes were found\n\n")


def contextual(first: Section, second: Section, depth: int = 0) -> list[str]:
    """What the second has more (``+``) and less (``-``), each under the sections it stands in."""
    pad = " " * depth
    before, after = ordered(first, gather=False), ordered(second, gather=False)
    more: list[str] = []
    less: list[str] = []
    for key, entry in after.items():
        other = before.get(key)
        if isinstance(entry, Section) and isinstance(other, Section):
            inner = contextual(other, entry, depth + 1)
            more.extend([pad + entry.text, *inner] if inner else [])
        elif other is None or other.text != entry.text:
            more.extend(pad + "+" + line for line in printed(entry))
    for key, entry in before.items():
        other = after.get(key)
        if other is None or (not isinstance(entry, Section) and other.text != entry.text):
            less.extend(pad + "-" + line for line in printed(entry))
    return more + less


@command("show archive config incremental-diffs <url> [ignorecase]")
async def show_incremental(shell: IosShell, typed: Match) -> str:
    """The lines that merging a file would come to."""
    text = shell.device.read_file(typed.values[0])
    if text is None:
        return f"%Error opening {typed.values[0]} (No such file or directory)\n"
    merged = shell.device.parsed(shell.device.text())
    refused = merge(merged, text)
    steps = difference(shell.device.config, merged)
    shown = listing(steps + [Step((), line) for line, _ in refused])
    return f"!List of Commands:\n{shown}\nend\n\n" if shown else "!List of Commands:\nend\n!No changes were found\n\n"


def merge(config: Config, text: str) -> list[tuple[str, Refused]]:
    """Lay a file over a configuration; answers with the lines that were not taken."""
    cursor = Cursor(config.root)
    refused: list[tuple[str, Refused]] = []
    for line in logical_lines(text):
        try:
            config.apply(cursor, line, confirmed=True)
        except Refused as error:
            refused.append((line.strip(), error))
    return refused
