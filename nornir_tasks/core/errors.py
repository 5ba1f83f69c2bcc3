"""One parent for every error that a user may see. Each module's own error lives beside what raises it."""


class FellesdriftError(Exception):
    """Something a user can act on: the message says what, where, what was found and what was expected."""

    exit_code = 1
