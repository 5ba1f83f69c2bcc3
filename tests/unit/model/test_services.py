"""Ports as people write them."""

import pytest

from nornir_tasks.model.services import PortRange


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("tcp/443", PortRange("tcp", 443, 443)),
        ("udp/53", PortRange("udp", 53, 53)),
        ("tcp/5000-5010", PortRange("tcp", 5000, 5010)),
        ("tcp/1-65535", PortRange("tcp", 1, 65535)),
        ("icmp", PortRange("icmp")),
    ],
)
def test_a_port_is_read_and_written_the_same_way(text, port) -> None:
    """There and back."""
    assert PortRange.parse(text) == port
    assert str(port) == text


@pytest.mark.parametrize("text", ["tcp/0", "tcp/65536", "tcp/20-10", "udp/0-5", "tcp/1-70000"])
def test_a_port_beyond_what_there_is(text) -> None:
    """The text itself is in the message."""
    with pytest.raises(ValueError, match=f"'{text}', expected ports from 1 to 65535"):
        PortRange.parse(text)


@pytest.mark.parametrize(
    "text", ["", "https", "443", "icmp/8", "TCP/443", "tcp/", "tcp/4-", "sctp/1", "tcp/443 ", "tcp/-1"]
)
def test_what_is_no_port(text) -> None:
    """Names, other protocols, halves."""
    with pytest.raises(ValueError, match="expected tcp/443, udp/53, tcp/5000-5010 or icmp"):
        PortRange.parse(text)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("tcp/443", "tcp/443", True),
        ("tcp/443", "tcp/400-500", True),
        ("tcp/400-443", "tcp/443-500", True),
        ("tcp/443", "tcp/444", False),
        ("tcp/443", "udp/443", False),
        ("icmp", "icmp", True),
    ],
)
def test_ports_that_overlap(one, other, overlap) -> None:
    """Whichever is asked."""
    first, second = PortRange.parse(one), PortRange.parse(other)
    assert first.overlaps(second) is second.overlaps(first) is overlap
