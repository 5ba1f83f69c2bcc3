"""netmiko's SSH channel, that notices when the other end has hung up: its own waits for its whole time."""

import logging

from netmiko import BaseConnection
from netmiko.channel import SSHChannel
from netmiko.exceptions import ReadException

# paramiko writes what fails to its log, with a traceback, before it raises it: it is told once, by whoever catches it.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class _Noticing(SSHChannel):
    """The same channel."""

    def read_buffer(self) -> str:
        """What has come; an error once nothing more can."""
        over = self.remote_conn is not None and (self.remote_conn.closed or self.remote_conn.eof_received)
        text = str(super().read_buffer())
        if over and not text:
            raise ReadException("the switch hung up")
        return text


def notice(connection: BaseConnection) -> None:
    """Let an open connection notice a hang-up from now on."""
    connection.channel = _Noticing(conn=connection.remote_conn, encoding=connection.encoding)
