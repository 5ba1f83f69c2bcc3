"""Stations at real command lines: what an administrator types at a port happens to whoever is plugged in there."""

import asyncio
import time
from collections.abc import Callable

import pytest

from lab.control.lab import Lab
from lab.network.life import Life, read_ports
from lab.network.stations import Station
from lab.region.facts import read

WAY = {  # how a port is called, and how it is switched off and on again
    "ios": ("interface GigabitEthernet1/0/{}", "shutdown", "no shutdown"),
    "eos": ("interface Ethernet{}", "shutdown", "no shutdown"),
    "procurve": ("interface {}", "disable", "enable"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Loppa and the centre, in this process, without their doors."""
    made = Lab(tmp_path_factory.mktemp("lab"), read(), ["loppa"])
    made.build()
    return made


def client_of(lab: Lab, platform: str, kind: str = "pc") -> Station:
    """A station on an access switch of a platform that asks for its address."""
    return next(
        station
        for station in lab.fabric.stations
        if station.kind == kind
        and (lab.switches[station.switch].facts.platform, lab.switches[station.switch].facts.role)
        == (platform, "access")
        and station not in lab.fabric.life.clients.typed
    )


def type_lines(lab: Lab, station: Station, *lines: str) -> None:
    """Type lines at a station's port, one after the other as an administrator does."""

    async def run() -> None:
        switch = lab.switches[station.switch]
        port = WAY[switch.facts.platform][0].format(station.port)
        await lab.edit(station.switch, [port, *lines])
        lab.fabric.settle()

    asyncio.run(run())


def link_turns(life: Life, station: Station) -> int:
    """How often a station's link has gone down or come up."""
    return life.hosts.links[station].turn


@pytest.mark.parametrize("platform", WAY)
def test_a_port_that_is_switched_off_and_on_again_bounces_its_station(lab: Lab, platform: str) -> None:
    """Typed in one go, and noticed: the link went down and came up; after that the station asks for its address."""
    life, station = lab.fabric.life, client_of(lab, platform)
    _, off, on = WAY[platform]
    before = link_turns(life, station)
    type_lines(lab, station, off, on)
    assert link_turns(life, station) == before + 2
    assert not life.hosts.links[station].forwards
    life.skip(60)
    assert life.hosts.links[station].forwards
    assert life.ask(station, "192.168.16.1", read_ports(["tcp/22"])).reached
    type_lines(lab, station, off)
    answer = life.ask(station, "192.168.16.1", read_ports(["tcp/22"]))
    assert answer.text.endswith(f"the link to {station.name} is down")
    type_lines(lab, station, on)
    life.skip(60)


def test_other_lines_at_a_port_bounce_nobody(lab: Lab) -> None:
    """A description, and another VLAN: the link stays up."""
    life, station = lab.fabric.life, client_of(lab, "ios")  # of a school, in VLAN 20
    before = link_turns(life, station)
    type_lines(lab, station, "description somebody", "switchport access vlan 30", "switchport access vlan 20")
    assert link_turns(life, station) == before


def test_the_region_is_measured_from_the_inventory(lab: Lab) -> None:
    """Loppa's own applications work in its old network, for every group and printer that the records name."""
    rows = lab.fabric.report(["loppa"])["municipalities"]["loppa"]["applications"]
    own = {name: row for name, row in rows.items() if "/" not in name}
    assert len(own) >= 8
    assert [name for name, row in own.items() if row["never"] or row["without_now"]] == []
    assert sum(row["users"] for row in own.values()) > 200


def test_a_list_typed_at_the_core_is_seen_by_people_within_a_moment(lab: Lab) -> None:
    """Row by row at IOS's own command line: bound, it cuts the office off, with its row; taken away, it does not."""
    life = lab.fabric.life
    station = next(s for s, user in life.people.users.items() if user.group == "office" and s.kind == "pc")
    service = read_ports(["tcp/443"])

    def type_at_core(*lines: str) -> None:
        asyncio.run(lab.edit("loppa-core-01", list(lines)))
        lab.fabric.settle()

    assert life.ask(station, "192.168.16.1", service).reached
    type_at_core("ip access-list extended TRY", "deny tcp any any eq 443", "permit ip any any")
    assert life.ask(station, "192.168.16.1", service).reached
    type_at_core("interface Vlan1", "ip access-group TRY in")
    ended = "tcp/443 to 192.168.16.1: loppa-core-01 Vlan1 in TRY: deny tcp any any eq 443"
    assert life.ask(station, "192.168.16.1", service) == (False, ended)
    assert life.ask(station, "192.168.16.1", read_ports(["tcp/80"])).reached
    type_at_core("interface Vlan1", "no ip access-group TRY in", "no ip access-list extended TRY")
    assert life.ask(station, "192.168.16.1", service).reached


@pytest.mark.benchmark
def test_the_whole_region_is_asked_in_a_moment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All seven municipalities: everybody's applications in under a second, one changed port's in under a tenth."""
    lab = Lab(tmp_path_factory.mktemp("whole"), read())
    lab.build()
    fabric = lab.fabric
    assert sum(station.kind == "pc" for station in fabric.stations) > 3000
    station = next(station for station in fabric.stations if station.kind == "pc" and station.switch.startswith("alta"))

    def take(change: Callable[[], object]) -> float:
        change()
        fabric.settle()
        begun = time.perf_counter()
        fabric.life.look()
        return time.perf_counter() - begun

    def everybody() -> None:
        fabric.life.hosts.touched.update(fabric.region.municipalities)

    def one_port() -> None:
        switch = lab.switches[station.switch]
        switch.meaning.ports[station.port].description += "x"
        fabric.bridging.update(switch)
        fabric.life.hosts.touched.add(switch.facts.municipality)

    assert sorted(take(everybody) for _ in range(5))[2] < 1.0
    assert sorted(take(one_port) for _ in range(5))[2] < 0.1
