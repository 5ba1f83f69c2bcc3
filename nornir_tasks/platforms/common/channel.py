"""netmiko's SSH channel, with what it lacks: it notices a hang-up and an endless answer, and keeps a transcript."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from netmiko import BaseConnection
from netmiko.channel import SSHChannel
from netmiko.exceptions import ReadException

from nornir_tasks.core.bounds import ANSWER_BYTES, CHUNK, LOGIN_BYTES, MB, AnswerTooLong, format_bytes
from nornir_tasks.core.logging import Transcript
from nornir_tasks.core.secrets import mask_secrets
from nornir_tasks.platforms.common.login_fault import CannotConnect

# paramiko writes what fails to its log, with a traceback, before it raises it: the caller that catches it reports it.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

LONGEST_PACKET = MB  # SSH's own largest is 256 kB with OpenSSH; paramiko reads what is announced, up to 4 GB


class LoginSocket(socket.socket):
    """A connection to a device that ends when more comes than a login needs; ``is_open`` once the login stands.

    From then on paramiko's window holds back what nobody reads, and ``_Channel`` counts what is read.
    """

    is_open = False
    failure: AnswerTooLong | None = None
    _count = 0

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Up to ``size`` bytes. Paramiko asks for what is left of a packet, as long as its sender says it is.

        Raises:
            AnswerTooLong: more than the bound came, or is announced.
        """
        part = super().recv(min(size, CHUNK), flags)
        self._count += len(part)
        if size > LONGEST_PACKET:
            self.failure = AnswerTooLong(f"an SSH packet of {format_bytes(size)} is announced; the connection was cut")
        elif self._count > LOGIN_BYTES and not self.is_open:
            self.failure = AnswerTooLong(
                f"more than {format_bytes(LOGIN_BYTES)} before the login was through; the connection was cut"
            )
        if self.failure is not None:
            raise self.failure
        return part


@contextmanager
def open_socket(host: str, port: int, timeout: float) -> Iterator[LoginSocket]:
    """A connection to log in over. It is closed if that fails, and the failure is told by its cause, if one is known.

    Args:
        timeout: seconds, for the connection.

    Raises:
        CannotConnect: there is no connection, with the reason.
        AnswerTooLong: more came than a login needs.
    """
    try:
        opened = LoginSocket(fileno=socket.create_connection((host, port), timeout).detach())
    except OSError as error:
        raise CannotConnect(error) from error
    try:
        yield opened
    except Exception:
        opened.close()
        if opened.failure is not None:
            raise opened.failure from None
        raise
    opened.is_open = True


class _Channel(SSHChannel):
    """netmiko's channel, which itself waits for its full timeout after a hang-up, and reads without a bound."""

    def __init__(self, connection: BaseConnection, transcript: Transcript) -> None:
        super().__init__(conn=connection.remote_conn, encoding=connection.encoding)
        self._transcript = transcript
        self._line, self._count = "", 0

    def write_channel(self, out_data: str) -> None:
        """Send."""
        self._line, self._count = out_data, 0
        self._transcript.log_sent(out_data)
        super().write_channel(out_data)

    def read_buffer(self) -> str:
        """What has arrived.

        Raises:
            ReadException: the switch hung up, and everything that it sent has been read; or its answer is too long,
                and the session is ended.
        """
        over = self.remote_conn is not None and (self.remote_conn.closed or self.remote_conn.eof_received)
        text = "" if self._count > ANSWER_BYTES else str(super().read_buffer())
        self._count += len(text)
        if self._count > ANSWER_BYTES:
            self._end_session()
        if over and not text:
            self._transcript.flush()
            raise ReadException("the switch hung up")
        self._transcript.log_received(text)
        return text

    def _end_session(self) -> None:
        if self.remote_conn is not None:
            self.remote_conn.get_transport().close()
        line = mask_secrets(self._transcript.mask(self._line.strip().partition("\n")[0]))  # before it is cut
        raise ReadException(f"more than {format_bytes(ANSWER_BYTES)} in answer to {line[:80]!r}; the session was ended")


def equip(connection: BaseConnection, transcript: Transcript) -> None:
    """Make an open connection notice a hang-up and an endless answer, and write its transcript, from now on."""
    connection.sock = None  # SCP opens a connection of its own, with this one's settings
    connection.channel = _Channel(connection, transcript)
