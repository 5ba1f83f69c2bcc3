"""Connections that a switch opens itself: who listens, the lists of others on the way, and what comes back."""

from ipaddress import IPv4Address

from lab.device.sources import find_source
from lab.device.tables import Dialled
from tests.support.small_town import Town, bind, connect, harmonise, town

OFFICE = IPv4Address("10.17.8.1")  # the core's own, in VLAN 110


def ready() -> Town:
    """Both networks, and servers at both of their addresses."""
    made = town()
    harmonise(made)
    made.wait(60)
    return made


def test_who_listens_is_open_and_who_does_not_refuses() -> None:
    """At the ports of applications, of their databases and of what feeds them; a switch at that of logins."""
    core = ready().switches["core-01"]
    assert core.dial("10.17.92.30", 443, OFFICE) == Dialled.OPEN
    assert core.dial("10.17.92.30", 445, OFFICE) == Dialled.OPEN  # what printers open
    assert core.dial("10.17.92.31", 1433, OFFICE) == Dialled.OPEN
    assert core.dial("10.17.92.30", 1433, OFFICE) == Dialled.REFUSED
    assert core.dial("10.10.1.11", 53, OFFICE) == Dialled.REFUSED  # names, over UDP alone
    assert core.dial("10.10.250.0", 22, OFFICE) == Dialled.OPEN
    assert core.dial("10.10.250.0", 443, OFFICE) == Dialled.REFUSED


def test_without_a_way_or_an_answer() -> None:
    """Where no route leads the switch says so at once; where nobody is, nothing comes."""
    made = town()
    core = made.switches["core-01"]
    assert core.dial("10.10.1.11", 53, IPv4Address("192.168.16.1")) == Dialled.UNREACHABLE
    assert core.dial("192.168.16.99", 443, IPv4Address("192.168.16.1")) == Dialled.SILENT


def test_its_own_lists_let_it_out_and_those_of_others_do_not() -> None:
    """Neither the list of the interface that it asks from, nor one outbound; but the next switch's, inbound."""
    made = ready()
    core = made.switches["core-01"]
    bind(made, "core-01", 110, "deny ip any any")
    bind(made, "core-01", 190, "deny ip any any", "out")
    assert core.dial("10.17.92.30", 443, OFFICE) == Dialled.OPEN
    assert core.dial("10.10.1.13", 22, OFFICE) == Dialled.REFUSED
    bind(made, "leaf-01", 200, "deny tcp any any eq 22\npermit ip any any", "out")
    assert core.dial("10.10.1.13", 22, OFFICE) == Dialled.SILENT
    assert core.dial("10.10.1.13", 23, OFFICE) == Dialled.REFUSED


def test_what_comes_back_must_be_let_in() -> None:
    """By the list of the interface that it comes in by, to the address that it was sent from."""
    made = ready()
    core = made.switches["core-01"]
    bind(made, "core-01", 190, "permit tcp any host 10.17.80.1 established")
    assert core.dial("10.17.92.30", 443, OFFICE) == Dialled.SILENT
    assert core.dial("10.17.92.30", 443, IPv4Address("10.17.80.1")) == Dialled.OPEN


def test_a_ping_comes_back_to_its_source() -> None:
    """From an interface's address as from the one that leads there; one that is down has none."""
    made = ready()
    core = made.switches["core-01"]
    assert find_source(core, "Vlan110") == find_source(core, "10.17.8.1") == OFFICE
    assert find_source(core, "Vlan999") is None
    bind(made, "core-01", 190, "permit icmp any host 10.17.92.1")
    assert core.ping("10.17.92.30")
    assert not core.ping("10.17.92.30", OFFICE)
    made.edit("core-01").svis[110].up = False
    made.say("core-01")
    assert find_source(core, "10.17.8.1") is None


def test_connected_is_not_harmonised() -> None:
    """Before its gateways stand a core has no address in the zones."""
    made = town()
    connect(made)
    assert find_source(made.switches["core-01"], "Vlan110") is None
