"""One parent for every error that a user may see. Each module's own error lives beside what raises it."""

from nornir_tasks.core.exit_codes import USAGE, WRONG


class FellesdriftError(Exception):
    """Something a user can act on: the message says what, where, what was found and what was expected."""

    exit_code = WRONG


def describe_error(error: BaseException | None) -> str:
    """An error for people: ours as it is, another's with its kind, because its words alone may mean nothing.

    Never its ``repr``: that of a codec's error holds the whole text that could not be read, which may be a password.
    """
    return str(error) if isinstance(error, FellesdriftError) else f"{type(error).__name__}: {error}"


def describe_system_error(error: OSError | MemoryError) -> str:
    """A file that cannot be read or written, a full disk, too little memory: whoever began it can act on that."""
    if isinstance(error, MemoryError):
        return "there is not enough memory on this machine, or this process may not use more of it (ulimit -v)"
    what = f"{error.filename}: " if error.filename else ""
    return f"{what}{error.strerror or error}"


class UsageError(FellesdriftError):
    """An option, an argument or a playbook's variable is missing or wrong: the message names it."""

    exit_code = USAGE


class PlatformError(FellesdriftError):
    """A device refused or failed; its configuration is as before unless the message says otherwise."""


class ConfigurationError(PlatformError):
    """A line of a configuration cannot be understood.

    ``line``: as it stands there, without its indentation. ``reason``: what was found, and what was expected.
    ``within``: the line that it stands below.
    """

    def __init__(self, line: str, reason: str, within: str = "") -> None:
        self.line, self.reason = line, reason
        super().__init__(f"{f'{within}: ' if within else ''}{line!r}: {reason}")
