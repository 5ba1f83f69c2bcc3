"""What is written to a device: the plan's masked text with secrets in place, and whether the device then runs it."""

from collections.abc import Mapping

from nornir_tasks.change.plan import DevicePlan
from nornir_tasks.config.compare import find_first_difference
from nornir_tasks.core.text import escape_invisible, split_at_line_feeds
from nornir_tasks.devices.context import Context
from nornir_tasks.platforms.common.base import PreparedChange, RefusedLine
from nornir_tasks.targets import Target

SHOWN = 8  # lines of a difference in one message


def prepare(context: Context, part: DevicePlan, target: Target, running: str) -> PreparedChange:
    """Put the secrets in place: those on the device, and for accounts it does not have yet the centre's own.

    Args:
        context: whose backups and credentials are used.
        part: of the device.
        target: the device.
        running: what it runs, with its secrets.

    Raises:
        PlatformError: a secret is nowhere to be had.
        CredentialsError: the same, of an account.
    """
    if part.restore:
        intended = context.backups.text(part.restore)
        return PreparedChange(running, intended, target.remediation(running, intended), part.restore)
    secrets = target.find_secrets(context, running, "\n".join((part.intended, *part.lines)))
    return PreparedChange(
        before=running,
        intended=target.unmask(part.intended, secrets),
        lines=tuple(_unmasked(part.lines, secrets, target)),
    )


def _unmasked(lines: tuple[str, ...], secrets: Mapping[str, str], target: Target) -> list[str]:
    return [target.unmask(line, {key: secrets[key] for key in secrets if f"<secret:{key}>" in line}) for line in lines]


def find_mismatch(context: Context, part: DevicePlan, target: Target, running: str) -> str:
    """What keeps a device from being as the plan wants it (to the byte where it goes back); empty if nothing does.

    Args:
        context: whose backups are compared with.
        part: of the device.
        target: the device.
        running: what it runs, with its secrets.
    """
    masked, _ = target.mask(running)
    if part.restore:
        if running == context.backups.text(part.restore):
            return ""
        mismatch = find_first_difference(masked, part.intended) or "a secret differs"
        return f"the device did not go back to the byte: {mismatch}"
    left = target.find_left(masked, part.intended)
    return f"the device did not take everything; what is left: {join_lines(left)}" if left else ""


def describe_edits(part: DevicePlan, target: Target, running: str) -> str:
    """How a device differs from what it ran when the plan was made, in one line.

    Args:
        part: of the device.
        target: the device.
        running: what it runs now, with its secrets.
    """
    # Read from the plan to now: "+" is what somebody has put there since.
    return join_lines(target.compare(part.running, target.mask(running)[0]).diff) or "a secret, or the order of lines"


def join_lines(diff: str) -> str:
    """The first lines of a diff, in one line."""
    return " | ".join(escape_invisible(line.strip()) for line in split_at_line_feeds(diff)[:SHOWN])


def mask_words(words: str, target: Target, change: PreparedChange) -> str:
    """Words of a device with its secrets masked: it repeats a refused line, secret and all.

    Args:
        words: of the device, for people.
        target: the device.
        change: whose secrets are masked, before and intended.
    """
    secrets = {**target.mask(change.before)[1], **target.mask(change.intended)[1]}
    for key, secret in sorted(secrets.items(), key=lambda item: -len(item[1])):
        if not secret.strip():
            continue
        words = words.replace(secret, f"<secret:{key}>")
        # Its kind may stand in front ("5 $1$…"), and the device may repeat the rest alone.
        words = words.replace(secret.split()[-1], f"<secret:{key}>")
    # What a device says must not speak to the terminal of whoever reads it.
    return " | ".join(escape_invisible(line) for line in words.splitlines())


def find_line(part: DevicePlan, target: Target, refused: RefusedLine) -> str:
    """Where in the plan a refused line stands: ``line 14 of the plan``; as ``change.py show --lines`` numbers it.

    Args:
        part: of the device.
        target: the device.
        refused: the line, and which of several alike, if the device told.
    """
    written = written_lines(part, target)
    numbers = [number for number, line in enumerate(written, 1) if line.strip() == refused.line.strip()]
    if refused.nth is not None and refused.nth <= len(numbers):
        numbers = [numbers[refused.nth - 1]]
    if not numbers:
        return "a line that takes something away"
    if len(numbers) == 1:
        return f"line {numbers[0]} of the plan"
    return f"one of the lines {', '.join(map(str, numbers[:5]))}{' …' if len(numbers) > 5 else ''} of the plan"


def written_lines(part: DevicePlan, target: Target) -> tuple[str, ...]:
    """The lines that are written, in their order: the whole configuration, or only the steps, as the platform does."""
    return tuple(split_at_line_feeds(part.intended)) if target.replaces else part.lines
