"""netmiko's SSH channel, with what it lacks: it notices a hang-up, and keeps a transcript of the session."""

import logging

from netmiko import BaseConnection
from netmiko.channel import SSHChannel
from netmiko.exceptions import ReadException

from nornir_tasks.core.logging import Transcript

# paramiko writes what fails to its log, with a traceback, before it raises it: the caller that catches it reports it.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class _Channel(SSHChannel):
    """netmiko's channel, which itself waits for its full timeout after a hang-up."""

    def __init__(self, connection: BaseConnection, transcript: Transcript) -> None:
        super().__init__(conn=connection.remote_conn, encoding=connection.encoding)
        self._transcript = transcript

    def write_channel(self, out_data: str) -> None:
        """Send."""
        self._transcript.log_sent(out_data)
        super().write_channel(out_data)

    def read_buffer(self) -> str:
        """What has arrived.

        Raises:
            ReadException: the switch hung up, and everything that it sent has been read.
        """
        over = self.remote_conn is not None and (self.remote_conn.closed or self.remote_conn.eof_received)
        text = str(super().read_buffer())
        if over and not text:
            self._transcript.flush()
            raise ReadException("the switch hung up")
        self._transcript.log_received(text)
        return text


def equip(connection: BaseConnection, transcript: Transcript) -> None:
    """Make an open connection notice a hang-up, and write its transcript, from now on."""
    connection.channel = _Channel(connection, transcript)
