"""A client is not a VLAN: leases, links, typed-in addresses, phones, all by the lab's clock."""

import pytest

from lab.network.agenda import Agenda
from tests.support.small_town import Town, bind, bounce, harmonise, move, town

LEASE = 8 * 3600.0


@pytest.fixture
def both() -> Town:
    """A town with both networks, nobody moved yet."""
    made = town()
    harmonise(made)
    return made


def test_a_client_whose_vlan_changes_keeps_its_address_until_half_its_lease_has_gone(both: Town) -> None:
    """Its link stays up: for hours it is in a network that it has no address of; then it is refused, and given one."""
    pc = both.station("pc")
    lease = both.life.clients.lease_of(pc)
    assert lease is not None
    left = lease.ends - both.life.agenda.now
    assert LEASE / 2 <= left <= LEASE
    old = both.address(pc)
    move(both, "acc-01", 1)
    both.wait(left - LEASE / 2 - 1)
    assert both.address(pc) == old
    assert not both.ask(pc, "archive")[0]
    both.wait(2)
    assert both.address(pc).startswith("10.17.")
    assert both.ask(pc, "archive")[0]
    worst = both.report()["municipalities"]["town"]["applications"]["archive"]["worst"][0]
    assert worst["longest"] == pytest.approx(left - LEASE / 2)


def test_shorter_leases_shorten_it(both: Town) -> None:
    """Leases given from now on are of ten minutes: nobody who has renewed is away for longer than five."""
    both.life.dhcp.old_seconds["town"] = 600
    both.wait(LEASE / 2)
    move(both, "acc-01", 1, 2, 3, 4)
    both.wait(301)
    asking = [station for station in both.stations if station.kind == "pc" and station not in both.life.clients.typed]
    assert all(both.ask(pc, "archive")[0] for pc in asking)
    rows = both.report()["municipalities"]["town"]["applications"]["archive"]["worst"]
    assert 0 < max(row["longest"] for row in rows if not row["typed"]) <= 300


def test_a_link_that_goes_down_and_up_asks_at_once(both: Town) -> None:
    """Two seconds of negotiation with portfast, thirty more without."""
    pc = both.station("pc")
    move(both, "acc-01", 1)
    bounce(both, "acc-01", 1)
    both.wait(1)
    assert "does not yet forward" in both.ask(pc, "archive")[1]
    both.wait(1.5)
    assert both.ask(pc, "archive")[0]
    both.edit("acc-01").ports[1].listens = 30.0
    both.say("acc-01")
    bounce(both, "acc-01", 1)
    both.wait(31)
    assert not both.ask(pc, "archive")[0]
    both.wait(1.5)
    assert both.ask(pc, "archive")[0]


def test_a_client_that_nobody_answers_goes_on_asking(both: Town) -> None:
    """Without a relay there is no address; it is had within seconds or minutes of the relay's coming back."""
    pc, core = both.station("pc"), both.edit("core-01")
    relay = core.svis[110].helpers
    core.svis[110].helpers = ()
    both.say("core-01")
    move(both, "acc-01", 1)
    bounce(both, "acc-01", 1)
    both.wait(20)
    assert not both.address(pc).startswith("10.17.")
    core.svis[110].helpers = relay
    both.say("core-01")
    both.wait(20)
    assert both.address(pc).startswith("10.17.")


@pytest.mark.parametrize(
    ("switch", "vlan", "rows"),
    [
        ("core-01", 110, "permit tcp any any"),  # the question itself
        ("leaf-01", 200, "permit tcp any any"),  # the server's answer
    ],
)
def test_a_list_can_stop_the_asking(both: Town, switch: str, vlan: int, rows: str) -> None:
    """DHCP must be let in at the gateway, and the server's answer at its own."""
    pc = both.station("pc")
    bind(both, switch, vlan, rows)
    move(both, "acc-01", 1)
    bounce(both, "acc-01", 1)
    both.wait(400)
    assert not both.address(pc).startswith("10.17.")
    bind(both, switch, vlan, "permit udp any any eq bootps\npermit tcp any any")
    both.wait(301)
    assert both.address(pc).startswith("10.17.")


def test_a_lease_that_nobody_renews_ends(both: Town) -> None:
    """The old server has gone with the core's address there: an address is kept to its end, and no longer."""
    pc = both.station("pc")
    lease = both.life.clients.lease_of(pc)
    assert lease is not None
    del both.edit("core-01").svis[1]
    both.say("core-01")
    both.wait(lease.ends - both.life.agenda.now - 1)
    assert both.address(pc).startswith("192.168.")
    both.wait(2)
    assert both.ask(pc, "archive") == (False, f"{pc.name} has no address")


def test_a_typed_in_address_follows_nobody_until_somebody_goes_there(both: Town) -> None:
    """Neither half a lease nor a link that bounces helps; a visit does. Which they are is always the same."""
    printer = both.station("printer", typed=True) if _has_typed(both, "printer") else both.station("pc", "acc-02", True)
    assert {station.name for station in both.life.clients.typed} == {
        station.name for station in town().life.clients.typed
    }
    move(both, printer.switch, printer.port)
    bounce(both, printer.switch, printer.port)
    both.wait(3 * LEASE)
    assert both.address(printer).startswith("192.168.")
    rows = both.report()["municipalities"]["town"]["applications"]["archive"]["worst"]
    assert {row["station"] for row in rows if row["typed"] and row["now"]} == {printer.name}
    assert both.life.clients.visit(printer)
    assert not both.life.clients.visit(printer)
    assert both.ask(printer, "archive")[0]


def test_a_leased_address_that_somebody_types_in_follows_nobody_either(both: Town) -> None:
    """The same address, which is not lent to anybody else; where one was typed in already there is nothing to type."""
    pc = both.station("pc")
    old = both.address(pc)
    assert both.life.clients.keep(pc)
    assert not both.life.clients.keep(pc)
    move(both, pc.switch, pc.port)
    bounce(both, pc.switch, pc.port)
    both.wait(3 * LEASE)
    assert both.address(pc) == old
    assert not both.ask(pc, "archive")[0]
    assert both.life.clients.visit(pc)
    assert both.address(pc).startswith("10.17.")


def _has_typed(made: Town, kind: str) -> bool:
    return any(station.kind == kind for station in made.life.clients.typed)


def test_a_phone_stays_in_its_old_vlan_until_its_link_comes_up_anew(both: Town) -> None:
    """It tags what it was told when it started; LLDP tells it another VLAN at the next start."""
    phone = both.station("phone")
    assert both.ask(phone, "192.168.16.1", "tcp/5060")[0]
    move(both, "acc-01", phone.port)
    reached, ended = both.ask(phone, "192.168.16.1", "tcp/5060")
    assert not reached
    assert "does not carry VLAN 40" in ended
    bounce(both, "acc-01", phone.port)
    both.wait(3)
    assert both.address(phone).startswith("10.17.4")
    assert both.ask(phone, "10.17.40.1", "tcp/5060")[0]


def test_power_taken_from_a_port_restarts_a_phone_and_leaves_the_pc_alone(both: Town) -> None:
    """acc-02 feeds its ports, acc-01 does not."""
    phone, pc = both.station("phone", "acc-02"), both.station("pc", "acc-02")
    for feeds in (False, True):
        for switch in ("acc-01", "acc-02"):
            both.edit(switch).ports[phone.port].feeds = feeds
            both.say(switch)
        assert both.ask(pc, "archive")[0]
    assert not both.ask(phone, "192.168.16.1", "tcp/5060")[0]
    assert both.ask(both.station("phone"), "192.168.16.1", "tcp/5060")[0]
    both.wait(59)
    assert not both.ask(phone, "192.168.16.1", "tcp/5060")[0]
    both.wait(2)
    assert both.ask(phone, "192.168.16.1", "tcp/5060")[0]


def test_what_was_shut_and_reset_begins_as_after_a_long_time(both: Town) -> None:
    """After a reset of the lab everybody has an address of the network that is there, and the record is empty."""
    pc = both.station("pc")
    move(both, "acc-01", 1)
    both.begin_anew(["town"])
    assert both.address(pc).startswith("10.17.")
    assert both.report()["municipalities"]["town"]["applications"]["archive"]["affected"] == 0


def test_the_agenda_does_each_thing_at_its_time() -> None:
    """In order, however far time leaps; a fast clock brings it nearer; what adds to it while it runs is in time."""
    moments: list[tuple[str, float]] = []
    clock = [0.0]
    agenda = Agenda(lambda: clock[0])

    def note(name: str) -> None:
        moments.append((name, round(agenda.now, 3)))
        if name == "first":
            agenda.add(5, lambda: note("between"))

    agenda.add(20, lambda: note("last"))
    agenda.add(10, lambda: note("first"))
    agenda.skip(30)
    assert moments == [("first", 10), ("between", 15), ("last", 20)]
    assert agenda.now == 30
    agenda.set_clock(60)
    agenda.add(60, lambda: note("fast"))
    clock[0] += 0.9
    agenda.run()
    assert len(moments) == 3
    clock[0] += 0.2
    agenda.run()
    assert moments[-1][0] == "fast"
