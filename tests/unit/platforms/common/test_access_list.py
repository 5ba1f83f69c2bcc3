"""Rows of access lists: whom they are about, what they say of ports, and what cannot be read of them."""

from ipaddress import IPv4Address

import pytest

from nornir_tasks.platforms.common.access_list import parse_rows
from nornir_tasks.platforms.common.packet_filter import Filter, Packet

NODE, SWITCH = IPv4Address("10.10.1.20"), IPv4Address("10.17.0.11")
IN = Packet(NODE, SWITCH, 22)
BACK = Packet(SWITCH, NODE, 22, answer=True)

ADMITTED: list[tuple[Packet, str]] = [
    (IN, "permit any"),
    (IN, "permit 10.10.1.20"),
    (IN, "permit host 10.10.1.20 log"),
    (IN, "permit 10.10.0.0, wildcard bits 0.0.255.255"),
    (IN, "10 permit 10.10.0.0/16"),
    (IN, "permit 10.8.1.20 0.7.0.0"),  # bits that need not agree may stand anywhere
    (IN, "10 permit ip 0.0.0.0 255.255.255.255 10.17.0.0 0.0.7.255"),
    (IN, "permit tcp host 10.10.1.20 host 10.17.0.11 eq 22"),
    (IN, "permit tcp any gt 1023 any eq ssh https"),
    (IN, "permit tcp any any range 20 25"),
    (IN, "permit tcp any any neq telnet"),
    (IN, "permit tcp any any lt 1024"),
    (IN, "deny udp any any\npermit ip any any"),
    (IN, "deny tcp any any eq telnet\npermit ip any any"),
    (IN, "deny tcp any any established\npermit ip any any"),
    (IN, "deny tcp any lt 1024 any\npermit ip any any"),
    (IN, "permit tcp object-group NODES any\npermit ip any any"),  # whatever it means, it takes nobody's way
    (IN, "remark deny ip any any\npermit ip any any"),
    (BACK, "permit tcp any any established"),
    (BACK, "permit tcp any eq 22 any gt 1023"),
    (BACK, "permit ip any 10.10.0.0 0.0.255.255"),
]
STOPPED: list[tuple[Packet, str, str]] = [
    (IN, "permit 10.10.1.21", "no row that permits it"),
    (IN, "permit 192.168.0.0 0.0.255.255", "no row that permits it"),
    (IN, "deny any\npermit any", "denies it by 'deny any'"),
    (IN, "permit tcp any any eq https", "no row"),
    (IN, "permit udp any any eq 22", "no row"),
    (IN, "permit icmp any any", "no row"),
    (IN, "permit tcp any any established", "no row"),
    (IN, "permit ip any any tracked", "no row"),
    (IN, "permit tcp any eq 22 any", "no row"),  # that is the client's port
    (IN, "permit tcp any range 1024 5000 any eq 22", "no row"),  # and this is not all of them
    (IN, "deny tcp any range 5000 6000 any\npermit ip any any", "denies it by"),
    (IN, "permit tcp any any eq 22 time-range NIGHT", "no row"),
    (IN, "permit ip any any dscp ef", "no row"),
    (IN, "deny ip addrgroup OLD any\npermit ip any any", "may deny it by 'deny ip addrgroup OLD any'"),
    (IN, "deny tcp any any eq 22 time-range DAY\npermit ip any any", "may deny it by"),
    (BACK, "permit tcp any any eq 22", "no row"),
    (BACK, "deny tcp any eq 22 any\npermit ip any any", "denies it by"),
]


@pytest.mark.parametrize(("packet", "text"), ADMITTED)
def test_who_is_let_through(packet: Packet, text: str) -> None:
    """For every port that a client may have."""
    assert Filter("here", parse_rows(text.splitlines())).explain_refusal(packet) is None


@pytest.mark.parametrize(("packet", "text", "words"), STOPPED)
def test_who_is_not_surely_let_through(packet: Packet, text: str, words: str) -> None:
    """Nothing is proven by a row that may mean something else."""
    assert words in str(Filter("here", parse_rows(text.splitlines())).explain_refusal(packet))


def test_an_empty_list_is_what_the_platform_says_it_is() -> None:
    """Admitted where that is known, no proof where it is not."""
    assert Filter("here", ()).explain_refusal(IN) is None
    assert "not there" in str(Filter("here", (), missing_admits=False).explain_refusal(IN))


def test_where_the_destination_may_not_be_seen_it_must_not_matter() -> None:
    """A row with a destination admits nobody for sure, and one without does."""
    exact, wide = (
        parse_rows(["permit tcp host 10.10.1.20 host 10.17.0.11 eq 22"]),
        parse_rows(["permit tcp host 10.10.1.20 any"]),
    )
    assert Filter("here", exact).explain_refusal(IN) is None
    assert Filter("here", exact, sees_destination=False).explain_refusal(IN) is not None
    assert Filter("here", wide, sees_destination=False).explain_refusal(IN) is None
