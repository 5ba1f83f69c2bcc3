"""No test, and no program that a test starts, can talk to anything outside this machine: every Python loads this.

An audit hook cannot be taken away again, and sees every connection whatever library makes it.
"""

import ipaddress
import os
import sys

# Event, and which of its arguments is the address. A look-up of a name is a packet to a name server.
WATCHED = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0}


def watch(event, arguments):
    """Refuse any address that is not this machine's own."""
    if event not in WATCHED:
        return
    address = arguments[WATCHED[event]]
    if event == "socket.getaddrinfo":
        address = (address or "",)
    if not isinstance(address, tuple) or not address:
        return  # a local socket, or one that is already connected
    host = (address[0].decode() if isinstance(address[0], bytes) else str(address[0])).split("%", 1)[0]
    try:
        outside = not ipaddress.ip_address(host).is_loopback
    except ValueError:
        outside = host not in {"localhost", ""}
    if outside:
        raise PermissionError(f"the tests' guard: a connection to {host} was tried; tests stay on 127.0.0.0/8")


if os.environ.get("FELLESDRIFT_GUARD") == "1":
    sys.addaudithook(watch)
