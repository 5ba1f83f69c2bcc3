"""What is typed after ``scripts/change.py``, read into what it means, or refused with what was expected."""

from collections.abc import Mapping
from pathlib import Path

from nornir_tasks.cli.selection import choose_targets
from nornir_tasks.core.bounds import MB, read_file
from nornir_tasks.core.errors import UsageError
from nornir_tasks.devices.context import Context
from nornir_tasks.migration.plan_proofs import PlanOptions
from nornir_tasks.model import Stage

LONGEST = 500  # letters of a reason


def require_reason(text: str, option: str) -> str:
    """A reason that somebody can read.

    Raises:
        UsageError: there is none, or nobody would read it to its end.
    """
    if not text.strip():
        raise UsageError(f"{option}: expected a reason; the journal keeps it, and whoever waits will read it")
    if len(text) > LONGEST:
        raise UsageError(f"{option}: found {len(text)} letters, expected at most {LONGEST}: who is to read that?")
    return text


def read_stage(word: str) -> Stage:
    """A stage that changes something, by its word.

    Raises:
        UsageError: it is none.
    """
    try:
        stage = Stage.parse(word)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if stage < Stage.CONNECT:
        raise UsageError(f"stage: found {word!r}, expected one that changes something: connect to retire")
    return stage


def read_signature(file: Path) -> str:
    """A signature that was made elsewhere."""
    try:
        return read_file(file, MB).decode("ascii")
    except UnicodeDecodeError:
        raise UsageError(
            f"--signature: found {file}, which is no text, expected the file that ssh-keygen -Y sign wrote beside what "
            "was signed (… .sig). Nothing was approved."
        ) from None


def find_key(key: Path) -> Path:
    """The path of a key, ``~`` and ``~NAME`` replaced by somebody's home."""
    try:
        return key.expanduser()
    except RuntimeError:
        raise UsageError(
            f"--key: found {key}, expected the home of an account of this machine. Nothing was approved."
        ) from None


def choose_one_municipality(context: Context, pattern: str) -> tuple[str, list[str]]:
    """The hosts of a pattern, which must all be one municipality's: it is what is locked, and what is undone."""
    chosen = choose_targets(context.region, pattern)
    homes = sorted({host.municipality for host in chosen})
    if len(homes) > 1:
        raise UsageError(f"--harmonise {pattern}: found switches of {', '.join(homes)}, expected one: a plan for each")
    return homes[0], [host.name for host in chosen]


def read_options(
    ticket: str,
    instead: list[str] | None,
    leave_out: list[str] | None,
    accept_unknown: list[str] | None,
    accept_loss: list[str] | None,
) -> PlanOptions:
    """What somebody wants of a plan beside its content, from the options as they were typed.

    Args:
        ticket: the case it belongs to.
        instead: ``SWITCH=WHAT``.
        leave_out: names of switches.
        accept_unknown: ``SWITCH: + LINE``.
        accept_loss: ``WHO: WHAT``, as the refusal writes it.

    Raises:
        UsageError: an option is not of that form.
    """
    return PlanOptions(
        ticket,
        read_pairs(instead or []),
        leave_out=tuple(leave_out or ()),
        accepted=read_accepted(accept_unknown or []),
        accepted_losses=tuple(accept_loss or ()),
    )


def read_accepted(given: list[str]) -> Mapping[str, tuple[str, ...]]:
    """``SWITCH: + LINE`` as the lines of each switch, as a refusal writes them.

    Raises:
        UsageError: one has no switch, or no sign before its line.
    """
    accepted: dict[str, tuple[str, ...]] = {}
    for option in given:
        name, colon, line = option.partition(": ")
        if not (name and colon and line.startswith(("+ ", "- ", "~ "))):
            raise UsageError(f"--accept-unknown: found {option!r}, expected 'SWITCH: + LINE' as the refusal writes it")
        accepted[name] = (*accepted.get(name, ()), line)
    return accepted


def read_pairs(given: list[str]) -> Mapping[str, str]:
    """``SWITCH=WHAT`` as a mapping."""
    pairs = [option.partition("=") for option in given]
    for name, sign, what in pairs:
        if not (name and sign and what.strip()):
            raise UsageError(f"--instead: found {name + sign + what!r}, expected SWITCH=WHAT")
    return {name: what for name, _, what in pairs}
