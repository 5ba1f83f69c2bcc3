"""The proof against the lab's packets: who opens a connection to whom, through every access list, there and back."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

import pytest

from lab.control.lab import Lab
from lab.network.forwarding import make_packet
from lab.network.hosts import Endpoint
from lab.region import facts
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import choose_position, read_switches, render_intended
from nornir_tasks.reachability.way import Outcome, Reach, Service, Station
from tests.support.forwarding_bridge_mistakes import BRIDGES
from tests.support.forwarding_list_mistakes import LISTS
from tests.support.forwarding_mistakes import Mistake
from tests.support.forwarding_region import edited, region, standard
from tests.support.forwarding_route_mistakes import ROUTES
from tests.support.forwarding_wild_mistakes import WILD

SEED = 20261130
HOMES = ("loppa", "hasvik", "hammerfest", "operations_centre")  # cores with IOS and with EOS
MOMENTS, PAIRS = 24, 60
GUESTS = 160  # their VLAN
PORTS = ("icmp", "udp/53", "udp/123", "udp/161", "udp/514", "tcp/22", "tcp/443", "tcp/445", "tcp/1433", "tcp/9100")
WORLD = (IPv4Address("8.8.8.8"), IPv4Address("198.51.100.5"), IPv4Address("198.51.100.66"))


class Both:
    """The lab's switches and stations, and the product's reading of what the switches run."""

    def __init__(self, lab: Lab, legacy: Mapping[str, str]) -> None:
        self.lab, self.legacy = lab, legacy
        self.forwarding = Forwarding([])
        self.texts: dict[str, str] = {}

    def run(self, texts: Mapping[str, str], settled: bool = True) -> None:
        """Let the switches run these; ``settled``: and every station have the address that it is given then."""
        assert texts.keys() == self.lab.switches.keys()
        self.forwarding = Forwarding(read_switches(region(), texts))
        for name, switch in self.lab.switches.items():
            if texts[name] != self.texts.get(name):
                switch.personality.load(texts[name])
                switch._meaning = None
                self.lab.fabric._dirty.add(switch)
        self.texts = dict(texts)
        self.lab.fabric.settle()
        if settled:
            self.lab.fabric.begin_anew(HOMES)
            self._admit_guests()
        self.lab.fabric.routing.update()

    def _admit_guests(self) -> None:
        """Somebody at each of Loppa's access points, whose frames are tagged with the guests' VLAN."""
        network = region().devices["loppa-core-01"].gateways["guest"].network
        for station in self.lab.fabric.stations:
            if station.kind == "access_point" and station.switch.startswith("loppa-"):
                address = network.network_address + 50 + station.index
                gateway = network.network_address + 1
                self.lab.fabric.life.hosts.put(Endpoint(station, address, network, gateway, GUESTS))

    def list_endpoints(self) -> list[Endpoint]:
        """The addresses of all stations that hang on a port."""
        hosts = self.lab.fabric.life.hosts
        stations = [station for station in self.lab.fabric.stations if station.port and station.kind != "exit"]
        return [endpoint for station in stations for endpoint in hosts.of(station)]

    def place(self, endpoint: Endpoint) -> Station:
        """A station of the lab in the product's words: where it hangs, and what it takes for its network."""
        station = endpoint.station
        port = region().devices[station.switch].port(station.port)
        actual = self.forwarding.bridging.get_port(PortEnd(station.switch, port.name))
        tag = self.lab.fabric.life.hosts.links[station].voice if station.phone else endpoint.vlan
        return Station(
            name=station.name,
            addresses=IPv4Network(endpoint.address),
            device=station.switch,
            port=port.name,
            vlan=tag or endpoint.home or actual.untagged,
            tagged=tag is not None and tag in actual.tagged,
            subnet=endpoint.network,
            gateway=endpoint.gateway,
        )

    def find_target(self, address: IPv4Address) -> Station | None:
        """Whoever has an address; None: nobody has it."""
        endpoints = self.lab.fabric.life.hosts.at(address)
        if endpoints and endpoints[0].station.port:
            return self.place(endpoints[0])
        owner = next((owner.device for owner in self.forwarding.routing.owners.get(address, ())), None)
        if owner is not None:
            return Station(owner, IPv4Network(address), owner)
        return Station(str(address), IPv4Network(address), outside=True) if address in WORLD else None

    def compare(self, endpoint: Endpoint, address: IPv4Address, port: str) -> tuple[bool, str, Reach | None]:
        """What the lab says of a connection, and what the proof says (None: nobody has the address)."""
        protocol, _, number = port.partition("/")
        packet = make_packet(endpoint.address, address, protocol, int(number.partition("-")[0] or 0))
        answer = self.lab.fabric.life.forwarding.connect(endpoint, packet)
        target = self.find_target(address)
        reach = self.forwarding.ask(self.place(endpoint), target, Service.parse(port)) if target else None
        return answer.reached, answer.text, reach


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Three municipalities and the centre, no doors open."""
    lab = Lab(tmp_path_factory.mktemp("lab"), facts.read(), HOMES)
    lab.build()
    legacy = {}
    for name, switch in lab.switches.items():
        kind = platform(region().devices[name].platform)
        legacy[name] = kind.mask(kind.clean(switch.personality.text()))[0]
        switch.keeper = lambda switch: None
    return Both(lab, legacy)


def choose_moment(dice: random.Random) -> Position:
    """Each municipality at some stage, some of them with a part of their switches a stage ahead."""
    position = Position()
    for home in HOMES[:-1]:
        names = [device.name for device in region().of(home)]
        leaves = [device.name for device in region().of(HOMES[-1]) if device.role == "leaf"]
        moved = [name for name in [*names, *leaves] if dice.random() < 0.5] if dice.random() < 0.5 else []
        position = choose_position(region(), position, [home], dice.choice(list(Stage)[1:]), moved)
    return position


def choose_pairs(both: Both, dice: random.Random, count: int) -> Iterator[tuple[Endpoint, IPv4Address, str]]:
    """Stations, whom they ask, and by which port: mostly servers of their own municipality and of the centre."""
    endpoints = both.list_endpoints()
    servers = [endpoint for endpoint in endpoints if endpoint.station.serves]
    for _ in range(count):
        source = dice.choice(endpoints)
        home = both.lab.switches[source.station.switch].facts.municipality
        near = [
            server.address
            for server in servers
            if both.lab.switches[server.station.switch].facts.municipality in (home, "operations_centre")
        ]
        switches = [device.address.ip for device in region().of(home)]
        anybody = [dice.choice(endpoints).address, *WORLD]
        yield source, dice.choice(dice.choices([near, switches, anybody], [6, 2, 2])[0]), dice.choice(PORTS)


def find_differences(both: Both, dice: random.Random, count: int, seen: Counter[object]) -> Iterator[str]:
    """The questions that both do not answer alike."""
    for endpoint, address, port in choose_pairs(both, dice, count):
        lab_says, text, reach = both.compare(endpoint, address, port)
        outcome = reach.outcome if reach else Outcome.STOPPED
        seen[outcome] += 1
        # Of equal ways that differ the lab takes one, and to a log it wants an answer.
        if reach and (reach.reason.startswith("in part: ") or not reach.service.is_answered):
            continue
        if lab_says != (outcome == Outcome.REACHED):
            why = reach.deciding if reach else "nobody has the address"
            yield f"{endpoint.station.name} {endpoint.address} {address} {port}: {lab_says} {text} | {outcome} {why}"


def test_connections_at_random_moments(both: Both) -> None:
    """More than a thousand random pairs, at random stages and between two switches of a wave."""
    dice, seen = random.Random(SEED), Counter[object]()
    for _ in range(MOMENTS):
        position = choose_moment(dice)
        both.run(render_intended(region(), position, HOMES, both.legacy.get).texts)
        differences = list(find_differences(both, dice, PAIRS, seen))
        assert not differences, (position, differences)
    assert min(seen[Outcome.REACHED], seen[Outcome.STOPPED]) > MOMENTS * PAIRS / 10, seen


# What the lab does not do as the equipment does, or what no text can tell it.
NOT_IN_LAB = {
    "at night alone": "time ranges",
    "a trunk with BPDU guard": "no BPDUs",
    "root guard towards the root": "no BPDUs",
    "a port with 802.1X": "no 802.1X",
    "a VLAN map": "no VLAN maps",
    "another OSPF area": "one area",
    "another OSPF network type": "one network type",
    "OSPF with a password at one end": "no passwords",
    "a router id taken twice": "no router ids",
    "OSPF stopped on both uplinks": "no list stops OSPF",
    "a gateway in a VRF": "no VRFs",
    "a VLAN missing": "a switch makes the VLAN of an access port itself",
    "a list before the login": "a connection to a switch ends at its address",
    "a list before the login that names a switch": "a connection to a switch ends at its address",
    "telnet alone": "a connection to a switch ends at its address",
}


def list_victims(both: Both, mistake: Mistake) -> tuple[set[str], set[str], list[str]]:
    """The switches whose clients do not reach what the mistake's question is about: by the lab, by the proof; and
    single stations about which both do not say the same.
    """
    source, target, port = mistake.question
    zone, _, site = source.partition("@")
    switches = region().devices
    addresses = {**{name: server.address.ip for name, server in region().servers.items()}}
    addresses |= {name: device.address.ip for name, device in switches.items()}
    address = addresses.get(target) or IPv4Address(target)
    victims: tuple[set[str], set[str]] = (set(), set())
    differences = []
    for endpoint in both.list_endpoints():
        station = endpoint.station
        actual_zone = "telephony" if station.phone else "guest" if endpoint.vlan == GUESTS else station.zone
        if station.name != source and (switches[station.switch].site, actual_zone) != (site, zone):
            continue
        lab_says, text, reach = both.compare(endpoint, address, port)
        is_reached = reach is not None and reach.outcome == Outcome.REACHED
        if not lab_says:
            victims[0].add(station.switch)
        if not is_reached:
            victims[1].add(station.switch)
        if lab_says != is_reached:
            differences.append(f"{station.name} {text} | {reach.deciding if reach else 'nobody'}")
    return *victims, differences


@pytest.mark.parametrize(
    "mistake",
    [mistake for mistake in (*LISTS, *BRIDGES, *ROUTES, *WILD) if mistake.name not in NOT_IN_LAB],
    ids=lambda mistake: mistake.name,
)
def test_a_mistake_hits_the_same_in_the_lab(both: Both, mistake: Mistake) -> None:
    """Stations that have their addresses already meet the mistake: the same ones lose what they ask for, or get it."""
    everywhere = Position(dict.fromkeys(HOMES, Stage.RETIRE))
    sound = {**render_intended(region(), everywhere, HOMES, both.legacy.get).texts, **standard()}
    both.run(sound)
    before = list_victims(both, mistake)
    both.run({**sound, **edited(mistake.edits)}, settled=False)
    by_lab, by_proof, differences = list_victims(both, mistake)
    assert not before[2]
    if mistake.outcome != Outcome.UNSURE:
        assert not differences
        assert by_lab == by_proof
        assert (by_lab != before[0]) is (mistake.outcome != mistake.before)
