"""Access lists: what a row means in the words of each platform, and what a list makes of a packet."""

from ipaddress import IPv4Address

import pytest

from lab.device.access_list import PROTOCOLS, AccessList, Packet, read_row
from lab.testing.bench import bench

PC, SERVER, ELSEWHERE = IPv4Address("10.17.8.20"), IPv4Address("10.17.92.30"), IPv4Address("172.20.1.1")


def packet(protocol: str, port: int = 0, destination: IPv4Address = SERVER, answers: bool = False) -> Packet:
    """A packet from the PC."""
    return Packet(PC, destination, PROTOCOLS[protocol], 50000, port, answers, "echo" if protocol == "icmp" else "")


@pytest.mark.parametrize(
    ("row", "fits", "not_this"),
    [
        ("permit tcp any any eq 443", packet("tcp", 443), packet("tcp", 444)),
        ("permit tcp any any eq www", packet("tcp", 80), packet("udp", 80)),
        ("permit udp any any eq syslog", packet("udp", 514), packet("tcp", 514)),
        ("permit tcp any any eq cmd", packet("tcp", 514), packet("tcp", 513)),
        ("permit tcp any any range 5000 5010", packet("tcp", 5010), packet("tcp", 5011)),
        ("permit tcp any any neq 443", packet("tcp", 80), packet("tcp", 443)),
        ("permit tcp any any gt 1023", packet("tcp", 1024), packet("tcp", 1023)),
        ("permit tcp any any lt 1024", packet("tcp", 1023), packet("tcp", 1024)),
        ("permit tcp any gt 1023 any eq 443", packet("tcp", 443), packet("tcp", 443)._replace(source_port=80)),
        ("permit tcp any any eq 80 443", packet("tcp", 443), packet("tcp", 81)),
        ("permit tcp any any established", packet("tcp", 443, answers=True), packet("tcp", 443)),
        ("permit tcp any any eq 443 ack log", packet("tcp", 443, answers=True), packet("tcp", 443)),
        ("permit tcp any any eq 443 syn", packet("tcp", 443), packet("tcp", 80)),
        ("permit icmp any any log", packet("icmp"), packet("tcp", 7)),
        ("permit icmp any any echo-reply", packet("icmp")._replace(icmp="echo-reply"), packet("icmp")),
        ("permit ip any 10.0.0.0 0.255.255.255", packet("tcp", 1), packet("tcp", 1, ELSEWHERE)),
        ("permit ip any 10.0.0.0/8", packet("udp", 1), packet("udp", 1, ELSEWHERE)),
        ("permit ip any host 10.17.92.30", packet("icmp"), packet("icmp", 0, PC)),
        ("permit ip 10.17.0.20 0.0.255.0 any", packet("icmp"), packet("icmp")._replace(source=SERVER)),
        ("permit 89 any any", packet("ospf"), packet("tcp", 89)),
    ],
)  # fmt: skip
def test_a_row_means_these_packets(row: str, fits: Packet, not_this: Packet) -> None:
    """One that fits and one that does not, for each form of address, port and flag; a wildcard with holes too."""
    read = read_row(row)
    assert read is not None
    assert AccessList("X", (read,)).stops(fits) is None
    assert AccessList("X", (read,)).stops(not_this) == "the end of the list (nothing permits it)"


def test_the_first_row_that_fits_decides() -> None:
    """An order that shadows: the later row is never asked."""
    rows = tuple(read_row(text) for text in ("deny ip any 10.0.0.0/8", "permit tcp any host 10.17.92.30 eq 443"))
    assert AccessList("X", rows).stops(packet("tcp", 443)) == "deny ip any 10.0.0.0/8"  # type: ignore[arg-type]
    assert AccessList("X", rows[::-1]).stops(packet("tcp", 443)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("flag", ["fragments", "rst", "fin", "urg"])
def test_a_row_about_what_nobody_sends_fits_nothing(flag: str) -> None:
    """Neither the first packet of a connection nor its answer is a fragment or a reset."""
    row = read_row(f"permit tcp any any {flag}")
    assert row is not None
    for answers in (False, True):
        assert AccessList("X", (row,)).stops(packet("tcp", 443, answers=answers)) is not None


def test_a_list_without_rows_lets_everything_pass() -> None:
    """Only what has a row has an end that denies; a remark is no row."""
    assert read_row("remark nothing here") is None
    assert AccessList("X").stops(packet("tcp", 443)) is None


ROWS = "permit tcp any any established\n permit udp any any eq bootps\n deny ip any 10.0.0.0{}\n permit ip any any\n"
CONFIGURED = {
    "ios": "ip access-list extended ZONE\n remark why\n "
    + ROWS.format(" 0.255.255.255")
    + "ip access-list standard 5\n permit 10.1.1.1\n"
    "interface Vlan1\n ip access-group ZONE in\n ip access-group 5 out\n ip helper-address 10.10.1.13\n"
    "interface GigabitEthernet1/0/1\n ip access-group ZONE in\n spanning-tree portfast\n",
    "eos": "ip access-list ZONE\n remark why\n "
    + ROWS.format("/8")
    + "ip access-list standard 5\n permit host 10.1.1.1\n"
    "interface Vlan1\n ip access-group ZONE in\n ip access-group 5 out\n ip helper-address 10.10.1.13\n"
    "interface Ethernet1\n ip access-group ZONE in\n spanning-tree portfast\n",
    "procurve": 'ip access-list extended "ZONE"\n remark "why"\n '
    + ROWS.format("/8")
    + ' exit\nip access-list standard "5"\n permit host 10.1.1.1\n exit\n'
    'spanning-tree\nspanning-tree 1 admin-edge-port\ninterface 1\n ip access-group "ZONE" in\n exit\n'
    'vlan 1\n ip access-group "ZONE" vlan-in\n exit\n',
}


@pytest.mark.parametrize("platform", CONFIGURED)
def test_each_platform_says_what_its_lists_mean_and_where_they_are_bound(platform: str) -> None:
    """The same list in three dialects stops the same packets; bindings, relays and edge ports come through."""
    meaning = bench(platform, startup=CONFIGURED[platform]).meaning
    zone, five = meaning.access_lists["ZONE"], meaning.access_lists["5"]
    assert [row.permit for row in zone.rows] == [True, True, False, True]
    assert zone.stops(packet("udp", 67)) is None
    assert zone.stops(packet("tcp", 443, answers=True)) is None
    assert str(zone.stops(packet("tcp", 443))).startswith("deny ip ")
    assert zone.stops(packet("tcp", 443, ELSEWHERE)) is None
    assert five.stops(packet("tcp", 443)) is not None
    assert five.stops(packet("tcp", 443)._replace(source=IPv4Address("10.1.1.1"))) is None
    assert (meaning.ports[1].filter_in, meaning.ports[1].listens) == ("ZONE", 0.0)
    assert (meaning.ports.get(2) or bench(platform).meaning.ports[2]).listens == (3.0 if platform == "procurve" else 30)
    if platform == "procurve":
        assert meaning.vlan_filters == {1: "ZONE"}
    else:
        assert (meaning.svis[1].filter_in, meaning.svis[1].filter_out) == ("ZONE", "5")
        assert meaning.svis[1].helpers == (IPv4Address("10.10.1.13"),)
