"""One parent for every error that a user may see. Each module's own error lives beside what raises it."""

from nornir_tasks.core.exit_codes import USAGE, WRONG


class FellesdriftError(Exception):
    """Something a user can act on: the message says what, where, what was found and what was expected."""

    exit_code = WRONG


class UsageError(FellesdriftError):
    """An option, an argument or a playbook's variable is missing or wrong: the message names it."""

    exit_code = USAGE


class PlatformError(FellesdriftError):
    """A device refused or failed; its configuration is as before unless the message says otherwise."""
