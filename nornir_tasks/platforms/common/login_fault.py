"""Why nobody gets into a device: a word for programs beside the error's own, so that advice can fit what was found."""

import errno
import ssl
from collections.abc import Iterator
from enum import StrEnum

from paramiko.ssh_exception import AuthenticationException  # type: ignore[import-untyped]

from nornir_tasks.core.bounds import AnswerTooLong
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import mark
from nornir_tasks.trust.host_keys import HostKeyChanged, HostKeyUnknown

NO_WAY = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ETIMEDOUT}
OTHER_ERRORS = (ssl.SSLError, AnswerTooLong)  # OSErrors that are no closed line
CLOSED = {errno.ECONNREFUSED, errno.ECONNRESET}


class LoginFault(StrEnum):
    """What keeps us out of a device."""

    NO_ANSWER = mark("no answer")  # nothing comes back, or a router says that there is no way
    CLOSED = mark("closed")  # the address answers, and nobody listens at the port
    HANGS = mark("hangs")  # a connection stands, and nothing is said on it
    BROKEN = mark("broken off")  # in the middle of the login
    WRONG_PASSWORD = mark("wrong password")
    OTHER_KEY = mark("another key")  # than the known one
    UNKNOWN_KEY = mark("unknown key")  # none is known, and nothing was sent
    OTHER = mark("another reason")

    @property
    def is_silent(self) -> bool:
        """Whether nothing came back; what shows another key or refuses a password is there."""
        return self in (LoginFault.NO_ANSWER, LoginFault.CLOSED, LoginFault.HANGS, LoginFault.BROKEN)


class CannotConnect(OSError):
    """No connection came to stand."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"cannot connect: {cause.strerror or cause}")
        self.fault = LoginFault.NO_ANSWER
        if cause.errno in CLOSED:
            self.fault = LoginFault.CLOSED
        elif not (isinstance(cause, TimeoutError) or cause.errno in NO_WAY):
            self.fault = LoginFault.OTHER


class LoginError(PlatformError):
    """There is no session. ``fault``: why, for programs."""

    def __init__(self, message: str, fault: LoginFault) -> None:
        super().__init__(message)
        self.fault = fault

    @classmethod
    def of(cls, message: str, cause: BaseException) -> "LoginError":
        """The error of a driver's.

        Args:
            message: for people.
            cause: what the driver raised.
        """
        return cls(message, find_login_fault(cause))


def find_login_fault(error: BaseException) -> LoginFault:
    """What is behind an error of a login: its own word, or that of what it came from."""
    for each in _list_causes(error):
        if isinstance(each, LoginError | CannotConnect):
            return each.fault
        if isinstance(each, HostKeyChanged):
            return LoginFault.OTHER_KEY
        if isinstance(each, HostKeyUnknown):
            return LoginFault.UNKNOWN_KEY
        if isinstance(each, AuthenticationException):  # netmiko's own is one, too
            return LoginFault.WRONG_PASSWORD
    # What carries none of these words comes from netmiko, which takes a fifth of a second to import.
    from netmiko.exceptions import NetmikoTimeoutException, ReadTimeout

    causes = list(_list_causes(error))
    words = " ".join(str(each).lower() for each in causes)  # Paramiko says some of it in words alone
    if (
        any(isinstance(each, TimeoutError | NetmikoTimeoutException | ReadTimeout) for each in causes)
        or any(isinstance(each, AnswerTooLong) and each.errno == errno.ETIMEDOUT for each in causes)
        or "timed out" in words
    ):
        return LoginFault.HANGS
    # A closed line is an EOFError, or Paramiko's OSError("Socket is closed").
    if any(isinstance(each, EOFError | OSError) and not isinstance(each, OTHER_ERRORS) for each in causes):
        return LoginFault.BROKEN
    return LoginFault.HANGS if "banner" in words else LoginFault.OTHER


# What ssh(1) says on standard error, the surest words first: a proxy's own may stand before its own.
SSH_WORDS = (
    (("Permission denied", "Too many authentication failures"), LoginFault.WRONG_PASSWORD),
    (("during banner exchange", "not responding"), LoginFault.HANGS),
    (("Connection refused",), LoginFault.CLOSED),
    (("timed out", "No route to host", "Network is unreachable", "Host is down"), LoginFault.NO_ANSWER),
    (("closed by UNKNOWN port 65535",), LoginFault.NO_ANSWER),  # the proxy ended, and nothing had come through it
    (("Connection closed", "Connection reset", "Broken pipe", "closed by remote host"), LoginFault.BROKEN),
)


def find_ssh_fault(words: str) -> LoginFault:
    """What is behind the words with which ssh(1) ended."""
    faults = (fault for signs, fault in SSH_WORDS if any(sign in words for sign in signs))
    return next(faults, LoginFault.OTHER)


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, the newest first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
