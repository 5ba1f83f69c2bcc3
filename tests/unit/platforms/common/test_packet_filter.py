"""What becomes of a packet at a list, by protocol, port and network: surely let through, surely stopped, or neither."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from nornir_tasks.platforms.common.access_list import parse_rows
from nornir_tasks.platforms.common.packet_filter import ICMP, TCP, UDP, Filter, Packet

ZONE, SERVER = IPv4Network("10.17.8.0/21"), IPv4Address("10.10.1.11")


def request(protocol: int, port: int = 0, **more: Any) -> Packet:
    """From any client of a zone to a service of the centre."""
    return Packet(ZONE, SERVER, port, protocol=protocol, **more)


def answer(protocol: int, port: int = 0, **more: Any) -> Packet:
    """What comes back to it."""
    return Packet(SERVER, ZONE, port, True, protocol, **more)


NAMES, WEB, PING = request(UDP, 53), request(TCP, 443), request(ICMP)
CASES: list[tuple[Packet, str, bool | None]] = [
    (NAMES, "permit udp any any eq domain", True),
    (NAMES, "permit udp any host 10.10.1.11 eq 53", True),
    (NAMES, "permit 17 any any eq 53", True),
    (NAMES, "permit ip any any", True),
    (NAMES, "permit tcp any any eq domain", False),
    (NAMES, "permit udp any eq 53 any", False),
    (answer(UDP, 53), "permit tcp any any established", False),
    (answer(UDP, 53), "permit udp any eq domain any", True),
    (answer(UDP, 53), "permit udp any eq 53 any gt 1023", True),
    (answer(UDP, 53), "permit ip any any established", None),  # it is a flag of TCP
    (answer(TCP, 443), "permit tcp any any established", True),
    (WEB, "permit tcp any any established", False),
    (WEB, "permit udp any any", False),
    (WEB, "permit sctp any any\ndeny ip any any", None),  # a protocol that is not known may be anything
    (WEB, "permit gre any any", False),
    (WEB, "permit 47 any any", False),
    (PING, "permit icmp any any", True),
    (PING, "permit icmp any any echo", True),
    (PING, "permit icmp any any 8 0 log", True),
    (PING, "permit icmp any any echo-reply", False),
    (PING, "permit icmp any any 3 1", False),
    (PING, "permit icmp any any ttl-exceeded", False),
    (PING, "permit icmp any any strange-type", None),
    (answer(ICMP), "permit icmp any any echo-reply", True),
    (answer(ICMP), "permit icmp any any echo", False),
    (answer(ICMP), "permit tcp any any established", False),
    # of a network: all of it, some of it, none of it
    (WEB, "permit tcp 10.17.8.0 0.0.7.255 any eq 443", True),
    (WEB, "permit tcp 10.17.0.0/16 any eq 443", True),
    (WEB, "permit tcp 10.17.8.0 0.0.3.255 any eq 443", None),
    (WEB, "permit tcp 10.17.16.0 0.0.7.255 any eq 443", False),
    (WEB, "deny tcp host 10.17.9.9 any\npermit ip any any", None),
    (WEB, "deny tcp host 10.18.9.9 any\npermit ip any any", True),
    (WEB, "permit tcp host 10.17.9.9 any\ndeny ip any any", None),
    (WEB, "permit tcp host 10.17.9.9 any\npermit ip any any", True),  # it says nothing else than the rest
    (WEB, "deny tcp host 10.17.9.9 any\ndeny ip any any", False),
    (Packet(SERVER, ZONE, 443, True), "permit tcp any 10.17.8.0 0.0.3.255 established", None),
    # of several ports
    (request(TCP, 5000, last_port=5010), "permit tcp any any range 5000 5010", True),
    (request(TCP, 5000, last_port=5010), "permit tcp any any range 4000 6000", True),
    (request(TCP, 5000, last_port=5010), "permit tcp any any eq 5000", None),
    (request(TCP, 5000, last_port=5010), "permit tcp any any neq 5005", None),
    (request(TCP, 5000, last_port=5010), "permit tcp any any neq 80 443", True),
    (request(UDP, 67, client_ports=range(68, 69)), "permit udp any eq bootpc any eq bootps", True),
    (NAMES, "permit udp any eq bootpc any eq bootps", False),
    # what cannot be read
    (WEB, "permit tcp any any eq 443 time-range NIGHT", None),
    (WEB, "permit tcp any any eq 22 time-range NIGHT", False),
    (WEB, "deny tcp object-group OLD any\npermit ip any any", None),
    (WEB, "gibberish\npermit ip any any", None),
    (WEB, "gibberish", False),
]


@pytest.mark.parametrize(("packet", "text", "admitted"), CASES)
def test_what_becomes_of_a_packet(packet: Packet, text: str, admitted: bool | None) -> None:
    """A row that is about some alone, or cannot be read, proves neither the one nor the other."""
    assert Filter("here", parse_rows(text.splitlines())).judge(packet).admitted is admitted


def test_the_row_that_decides_is_told() -> None:
    """And beside it the one that may decide otherwise."""
    rows = parse_rows(
        ["remark first", "10 deny udp any any eq 53", "20 permit tcp any any range 1 500", "30 deny ip any any"]
    )
    assert Filter("here", rows).judge(NAMES).row == rows[0]
    assert Filter("here", rows).judge(WEB).row == rows[1]
    assert Filter("here", rows).judge(PING).row == rows[2]
    doubt = Filter("here", parse_rows(["deny tcp host 10.17.9.9 any", "permit ip any any"])).judge(WEB)
    assert (doubt.row.text, doubt.doubtful.text) == ("permit ip any any", "deny tcp host 10.17.9.9 any")


def test_a_row_has_its_remark() -> None:
    """The last above it, by which our own lists name the record; a list without one has none."""
    rows = parse_rows(
        [
            "permit ip any any",
            "remark application loppa/library",
            "permit tcp any any",
            "20 remark x",
            "deny ip any any",
        ]
    )
    assert [row.remark for row in rows] == ["", "application loppa/library", "x"]
    assert rows[0] == parse_rows(["remark y", "permit ip any any"])[0]


def test_a_list_that_is_not_there() -> None:
    """What the platform says it does; where it says nothing, nobody knows."""
    assert Filter("here", ()).judge(WEB).admitted is True
    assert Filter("here", (), missing_admits=False).judge(WEB).admitted is None
