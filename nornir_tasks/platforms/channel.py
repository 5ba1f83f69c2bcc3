"""netmiko's SSH channel, that notices when the other end has hung up: its own waits for its whole time."""

from netmiko import BaseConnection
from netmiko.channel import SSHChannel
from netmiko.exceptions import ReadException


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
