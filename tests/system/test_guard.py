"""The guard of the tests themselves: nothing leaves this machine, neither from here nor from a child."""

import socket
import subprocess
import sys

import pytest

TRY = "import socket; socket.create_connection(('192.0.2.1', 22), timeout=1)"


@pytest.mark.parametrize("address", ["192.0.2.1", "10.17.0.1"])
def test_a_connection_outside_this_machine_is_refused(address: str) -> None:
    """The words name the address, so that whoever wrote the test sees at once what it did."""
    with socket.socket() as outside, pytest.raises(PermissionError, match=address):
        outside.connect((address, 22))


def test_a_name_is_not_even_looked_up() -> None:
    """Looking up a name asks a name server, which is somebody else's machine."""
    with pytest.raises(PermissionError, match=r"switch\.example"):
        socket.create_connection(("switch.example", 22), timeout=1)


def test_datagrams_are_watched_too() -> None:
    """A name lookup or syslog message leaves the machine without any connect."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside, pytest.raises(PermissionError):
        outside.sendto(b"x", ("192.0.2.1", 53))


def test_children_inherit_the_guard() -> None:
    """A playbook's workers are children: they must not be a way around it."""
    done = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "the tests' guard" in done.stderr


def test_loopback_is_free() -> None:
    """Every 127.x address is this machine: that is where the lab is."""
    with socket.socket() as listener:
        listener.bind(("127.17.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname(), timeout=2) as there:
            assert there.getpeername() == listener.getsockname()
