"""People: who uses what, for how long they were without it, and why."""

import time
from collections import Counter

import pytest

from lab.region.facts import LabError
from lab.region.services import read_service
from tests.support.small_town import TOWN, Town, bind, bounce, harmonise, move, town


@pytest.fixture
def made() -> Town:
    """A town in its old network."""
    return town()


def missed(made: Town, application: str) -> dict[str, float]:
    """Who was without an application, for how long."""
    rows = made.report()["municipalities"]["town"]["applications"][application]["worst"]
    return {row["station"]: row["longest"] for row in rows}


def test_groups_are_seated_by_site_and_zone_in_proportion(made: Town) -> None:
    """Six PCs for twenty of the office and one of the board: five and one, and the same ones every time."""
    seats = {station.name: user.group for station, user in made.life.people.users.items() if station.kind == "pc"}
    assert Counter(seats.values()) == {"office": 5, "board": 1}
    again = {s.name: user.group for s, user in town().life.people.users.items() if s.kind == "pc"}
    assert seats == again
    printers = {user.group for station, user in made.life.people.users.items() if station.kind == "printer"}
    assert printers == {"zone equipment"}


def test_everything_works_before_anything_moves(made: Town) -> None:
    """Fifteen users of the archive: six PCs and nine printers that scan into it; nobody was ever without it."""
    archive = made.report()["municipalities"]["town"]["applications"]["archive"]
    assert (archive["users"], archive["never"], archive["affected"]) == (15, 0, 0)


def test_an_application_is_missed_from_the_change_to_its_end(made: Town) -> None:
    """By all who use it, for the seconds that it lasted; each row says where it ended."""
    made.edit("core-01").ports[11].up = False
    made.say("core-01")
    made.wait(7)
    made.edit("core-01").ports[11].up = True
    made.say("core-01")
    made.wait(50)
    gone = missed(made, "archive")
    assert len(gone) == 15
    assert set(gone.values()) == {7.0 + 32.0}  # its port has no portfast
    row = made.report()["municipalities"]["town"]["applications"]["archive"]["worst"][0]
    assert (row["count"], row["now"], row["group"]) in {(1, False, "office"), (1, False, "board")}
    assert "192.168.23.30" in row["ended"]
    made.reset_record()
    assert not missed(made, "archive")


def test_an_application_needs_its_database(made: Town) -> None:
    """Its own server answers, and it is missed: the database behind it does not."""
    made.edit("core-01").ports[12].up = False
    made.say("core-01")
    answer = made.ask(made.station("pc"), "archive")
    assert answer[0] is False
    assert answer[1].startswith("its database: tcp/1433 to ")
    assert made.ask(made.station("pc"), "print")[0]


def test_what_its_hosts_open_at_devices_is_measured_too(made: Town) -> None:
    """The print server reaches the printers; with a printer's port off, that printer alone is without it."""
    made.edit("acc-01").ports[10].up = False
    made.say("acc-01")
    made.wait(1)
    assert list(missed(made, "print")) == [next(s.name for s in made.stations if s.port == 10 and s.kind == "printer")]


def test_a_name_is_believed_until_its_time_has_gone() -> None:
    """The server moves to another address at once: who has its name from before is without it until the name is old.
    Who asks for the first time in a network has the new address.
    """
    made = town()
    harmonise(made)  # the name was asked for before, and means the old address alone
    pc = made.station("pc")
    assert made.ask(pc, "archive")[0]
    for port in (11, 12):
        made.edit("core-01").ports[port].access = 190
    made.say("core-01")
    reached, ended = made.ask(pc, "archive")
    assert not reached
    assert "192.168.23.30" in ended
    made.wait(1201)
    assert made.ask(pc, "archive")[0]
    assert max(missed(made, "archive").values()) == pytest.approx(1200, abs=1)


def test_without_a_name_server_there_is_no_application_once_the_name_is_old(made: Town) -> None:
    """The centre's names are not let through; in a network where the name was never asked for, at once."""
    harmonise(made)
    bind(made, "core-01", 110, "permit udp any any eq bootps\ndeny udp any any eq 53\npermit ip any any")
    pc = made.station("pc")
    move(made, "acc-01", 1)
    bounce(made, "acc-01", 1)
    made.wait(3)
    row = "its name: udp/53 to 10.10.1.11: core-01 Vlan110 in ZONE-in: deny udp any any eq 53"
    assert made.ask(pc, "archive") == (False, row)


def test_what_was_never_had_is_not_missed() -> None:
    """An application whose host nobody reaches from the start counts as never reached, and not as an outage."""
    applications = {
        **TOWN["applications"],
        "far": {"hosts": ["centre-names-01"], "ports": ["tcp/443"], "users": ["office"]},
    }
    made = town(applications=applications)
    made.wait(100)
    far = made.report()["municipalities"]["town"]["applications"]["far"]
    assert (far["users"], far["never"], far["affected"]) == (5, 5, 0)
    harmonise(made)
    assert made.report()["municipalities"]["town"]["applications"]["far"]["never"] == 0
    made.edit("core-01").ports[23].up = False
    made.say("core-01")
    assert made.report()["municipalities"]["town"]["applications"]["far"]["without_now"] == 5


def test_the_whole_move_with_bounced_ports_and_without() -> None:
    """Bounced, nobody who asks for an address is away for more than 15 s; without, some are for hours."""
    longest = {}
    for bounced in (True, False):
        made = town()
        harmonise(made)
        for switch in ("acc-01", "acc-02"):
            ports = [station.port for station in made.stations if station.switch == switch]
            move(made, switch, *ports)
            if bounced:
                bounce(made, switch, *ports)
        made.wait(8 * 3600)
        rows = made.report()["municipalities"]["town"]["applications"]["archive"]["worst"]
        longest[bounced] = max(row["longest"] for row in rows if not row["typed"])
        assert {row["station"] for row in rows if row["now"]} <= {station.name for station in made.life.clients.typed}
    assert longest[True] <= 15
    assert longest[False] > 3600


def test_an_inventory_without_records_measures_gateways_alone() -> None:
    """No applications, no groups: the report has the gateway figure, and nobody misses anything."""
    made = town(applications=None, user_groups=None)
    made.wait(10)
    report = made.report()["municipalities"]["town"]
    assert report["stations"] > 0
    assert "applications" not in report


def test_what_is_asked_for_must_be_there(made: Town) -> None:
    """A slip in a name, and an address without a port, are refused in words."""
    pc = made.station("pc")
    with pytest.raises(LabError, match="found 'archives', expected an application"):
        made.ask(pc, "archives")
    with pytest.raises(LabError, match="expected a port beside it"):
        made.ask(pc, "10.10.1.11")
    with pytest.raises(LabError, match="found 'tcp/', expected"):
        made.ask(pc, "10.10.1.11", "tcp/")
    assert [str(read_service(text)) for text in ("icmp", "udp/53", "tcp/5000-5010")] == [
        "icmp",
        "udp/53",
        "tcp/5000-5010",
    ]


def test_looking_is_cheap_for_equal_stations(made: Town) -> None:
    """Equal stations are asked once: six PCs and nine printers make no more questions than their kinds."""
    asked = []
    people = made.life.people
    ask = people.ask
    people.ask = lambda *words: (asked.append(words), ask(*words))[1]  # type: ignore[method-assign]
    begun = time.perf_counter()
    people.look(["town"])
    assert time.perf_counter() - begun < 0.5
    assert 0 < len(asked) <= 2 + 1 + 2  # of the office, the board and the printers
