"""One parent for every error that a user may see. Each module's own error lives beside what raises it."""

from nornir_tasks.core.exit_codes import USAGE, WRONG


class FellesdriftError(Exception):
    """Something a user can act on: the message says what, where, what was found and what was expected."""

    exit_code = WRONG


class UsageError(FellesdriftError):
    """The command line, or a playbook's variable, says too little or too much: names what."""

    exit_code = USAGE


class PlatformError(FellesdriftError):
    """A device did not do what was asked; it is as it was unless the message says otherwise."""
