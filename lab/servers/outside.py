"""What lies beyond the exits: a place that answers for every destination, at its own ports, by the exit that was asked.

    python -m lab.servers.outside tcp/443 udp/53 …

listens at these on all addresses: over TCP it takes connections and hangs up when the other side does, over UDP it
sends back what it was sent.
"""

import selectors
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from lab.region.services import Ports, Service, read_service
from lab.servers.wiring import ANYWHERE, PRIVATE, Exit

LARGEST = 65535  # bytes
PACKET_INFO = 8  # IP_PKTINFO: the address that was asked, and from which the answer goes


def render_outside(exits: Iterable[Exit]) -> str:
    """The rules of the outside, for ``nft -f``: a network is asked by its own exits alone, and answers by the same."""
    exits = list(exits)
    # What lies within a network of its own is not of those who are anywhere else.
    narrow = [network for way in exits for network, _ in way.networks if network != ANYWHERE]
    beside = ", ".join(str(network) for network in dict.fromkeys((*narrow, *PRIVATE)))
    marks = [f'    iifname "{way.interface}" ct mark set {number}' for number, way in enumerate(exits, 1)]
    rows = []
    for way in exits:
        for network, ports in way.networks:
            there = f"ip daddr != {{ {beside} }}" if network == ANYWHERE else f"ip daddr {network}"
            rows += [f'    iifname "{way.interface}" {there} {row} accept' for row in _render_ports(ports)]
    lines = [
        "table ip outside {",
        "  chain before {",
        "    type filter hook prerouting priority mangle;",
        *marks,
        "  }",
        "  chain answers {",
        "    type route hook output priority mangle;",
        "    meta mark set ct mark",
        "  }",
        "  chain input {",
        "    type filter hook input priority filter; policy drop;",
        "    ct state established,related accept",
        *rows,
        "    reject with icmp type host-unreachable",
        "  }",
        "}",
    ]
    return "\n".join([*lines, ""])


def _render_ports(ports: Ports) -> list[str]:
    rows = []
    for port in ports:
        span = f"{port.first}-{port.last}" if port.first != port.last else f"{port.first}"
        rows.append("icmp type echo-request" if port.protocol == "icmp" else f"{port.protocol} dport {span}")
    return rows


def listen(services: Iterable[Service]) -> None:
    """Answer for good."""
    chooser = selectors.DefaultSelector()

    def take(door: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = door.accept()
            connection.setblocking(False)
            chooser.register(connection, selectors.EVENT_READ, hear)

    def hear(connection: socket.socket) -> None:
        data = b""
        with suppress(OSError):
            data = connection.recv(LARGEST)
        if not data:
            chooser.unregister(connection)
            connection.close()

    def echo(door: socket.socket) -> None:
        with suppress(OSError):
            data, more, _, sender = door.recvmsg(LARGEST, socket.CMSG_SPACE(12))
            # Of what came: the interface, the address here, the address in the packet. Of what goes: from where.
            asked = next((value[8:12] for _, kind, value in more if kind == PACKET_INFO), bytes(4))
            door.sendmsg([data], [(socket.IPPROTO_IP, PACKET_INFO, bytes(4) + asked + bytes(4))], 0, sender)

    for service in services:
        for port in range(service.first, service.last + 1) if service.protocol != "icmp" else ():
            is_stream = service.protocol == "tcp"
            door = socket.socket(socket.AF_INET, socket.SOCK_STREAM if is_stream else socket.SOCK_DGRAM)
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if not is_stream:
                door.setsockopt(socket.IPPROTO_IP, PACKET_INFO, 1)
            door.bind(("0.0.0.0", port))
            door.setblocking(False)
            if is_stream:
                door.listen(256)
            chooser.register(door, selectors.EVENT_READ, take if is_stream else echo)
    while True:
        for key, _ in chooser.select():
            answer: Callable[[socket.socket], None] = key.data
            answer(key.fileobj)  # type: ignore[arg-type]  # all of them are sockets


if __name__ == "__main__":
    listen([read_service(text) for text in sys.argv[1:]])
