"""Why nobody gets into a server, by the words with which OpenSSH ends."""

import errno

import pytest

from nornir_tasks.core.bounds import AnswerTooLong
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault, find_login_fault, find_ssh_fault


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("ssh: connect to host 10.17.92.31 port 22: Connection timed out\n", LoginFault.NO_ANSWER),
        ("ssh: connect to host 10.17.92.31 port 22: No route to host\n", LoginFault.NO_ANSWER),
        ("ssh: connect to host 10.17.92.31 port 22: Network is unreachable\n", LoginFault.NO_ANSWER),
        ("ssh: connect to host 10.17.92.31 port 22: Connection refused\n", LoginFault.CLOSED),
        ("Connection timed out during banner exchange\n"
         "Connection to 10.17.92.31 port 22 timed out\n", LoginFault.HANGS),
        ("Timeout, server 10.17.92.31 not responding.\n", LoginFault.HANGS),
        ("drift@10.17.92.31: Permission denied (publickey).\n", LoginFault.WRONG_PASSWORD),
        ("kex_exchange_identification: read: Connection reset by peer\n", LoginFault.BROKEN),
        ("kex_exchange_identification: Connection closed by remote host\n"
         "Connection closed by 10.17.92.31 port 22\n", LoginFault.BROKEN),
        # by a proxy: it reached nobody; it was refused
        ("kex_exchange_identification: Connection closed by remote host\n"
         "Connection closed by UNKNOWN port 65535\n", LoginFault.NO_ANSWER),
        ("channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\n"
         "Connection closed by UNKNOWN port 65535\n", LoginFault.CLOSED),
        ("Bad configuration option: foo\n", LoginFault.OTHER),
        ("", LoginFault.OTHER),
    ],
)  # fmt: skip
def test_the_words_of_ssh(words: str, fault: LoginFault) -> None:
    assert find_ssh_fault(words) is fault
    assert find_login_fault(LoginError(words, find_ssh_fault(words))) is fault


@pytest.mark.parametrize(("number", "fault"), [(errno.ETIMEDOUT, LoginFault.HANGS), (errno.EFBIG, LoginFault.OTHER)])
def test_a_program_that_does_not_end_hangs(number: int, fault: LoginFault) -> None:
    """One that says too much does not."""
    error = PlatformError("loppa-app-02: no end within 30 s")
    error.__context__ = AnswerTooLong(number, "no end within 30 s", "ssh")  # as ``raise … from None`` leaves it
    assert find_login_fault(error) is fault
