"""The proof against the lab's own datapath, which knows nothing of the product: the same answer both times."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from lab.control.lab import Lab
from lab.network.forwarding import make_packet
from lab.network.hosts import Endpoint, Link
from lab.network.stations import Station as Plugged
from lab.region import facts
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import Intended, choose_position, read_switches, render_intended
from nornir_tasks.reachability.places import Places
from nornir_tasks.reachability.way import Outcome, Service, Station
from tests.support.forwarding_bridge_mistakes import BRIDGES
from tests.support.forwarding_mistakes import Mistake
from tests.support.forwarding_region import edited, region
from tests.support.forwarding_route_mistakes import ROUTES

SEED = 20261130
HOMES = ("loppa", "hasvik", "hammerfest", "operations_centre")  # cores with IOS and with EOS
MOMENTS, PAIRS = 24, 40
ZONES = ("administration", "school", "health", "telephony", "equipment", "building", "guest")
PORTS = ("tcp/443", "tcp/443", "tcp/8443", "tcp/445", "tcp/88", "udp/53", "udp/123", "tcp/22", "tcp/1433", "icmp")
PING = Service.parse("icmp")
# What the lab does not do as the equipment does: its ports take every neighbour, OSPF looks at subnets alone.
NOT_IN_LAB = {
    "a trunk with BPDU guard": "no BPDUs",
    "root guard towards the root": "no BPDUs",
    "another OSPF area": "one area",
    "another OSPF network type": "one network type",
    "OSPF with a password at one end": "no passwords",
    "a router id taken twice": "no router ids",
    "no routing": "a switch that does not route takes nothing by another interface than the one of its address",
}


class Both:
    """The lab's switches, and the product's reading of what they run."""

    def __init__(self, lab: Lab, legacy: Mapping[str, str]) -> None:
        self.lab, self.legacy = lab, legacy
        self.forwarding = Forwarding([])
        self.texts: dict[str, str] = {}

    def run(self, texts: Mapping[str, str]) -> None:
        """Let the switches run these: all of them."""
        assert texts.keys() == self.lab.switches.keys()
        self.forwarding = Forwarding(read_switches(region(), texts))
        for name, switch in self.lab.switches.items():
            if texts[name] != self.texts.get(name):
                switch.personality.load(texts[name])
                switch._meaning = None
                self.lab.fabric._dirty.add(switch)
        self.texts = dict(texts)
        self.lab.fabric.settle()

    def compare(self, name: str, address: IPv4Address) -> tuple[bool, Outcome, str]:
        """What the lab says of a ping, what the proof says, and why."""
        lab_says = self.lab.fabric.ping(self.lab.switches[name], address)
        own = self.forwarding.find_source_address(name, address)
        if address in self.list_own(name):
            return lab_says, Outcome.REACHED, "its own address"
        if own is None:
            return lab_says, Outcome.STOPPED, "no route"
        owner = next((owner.device for owner in self.forwarding.routing.owners.get(address, ())), None)
        target = Station(owner or str(address), IPv4Network(address), owner)
        answer = self.forwarding.ask(Station(name, IPv4Network(own), name), target, PING)
        if owner is None and answer.outcome == Outcome.REACHED:
            return lab_says, Outcome.STOPPED, "nobody has the address"
        return lab_says, answer.outcome, answer.deciding

    def connect(self, source: Station, destination: Station, service: Service) -> tuple[bool, str]:
        """What the lab says of a connection of somebody who plugs in where a station stands, and where it ends."""
        fabric, life = self.lab.fabric, self.lab.fabric.life
        assert source.device is not None
        assert source.subnet is not None
        assert source.gateway is not None
        switch = fabric.switches[source.device]
        number = switch.port_names.index(str(source.port)) + 1
        visitor = Plugged("visitor", "pc", "02:00:00:00:00:01", source.device, number, 0)
        tag = source.vlan if source.tagged else None
        endpoint = Endpoint(visitor, source.addresses.network_address, source.subnet, source.gateway, tag)
        life.hosts.links[visitor] = Link(up=switch.port(number).up)
        life.hosts.put(endpoint)
        protocol = {6: "tcp", 17: "udp", 1: "icmp"}[service.protocol]
        packet = make_packet(endpoint.address, destination.addresses.network_address, protocol, service.port)
        answer = life.forwarding.connect(endpoint, packet)
        life.hosts.drop(visitor)
        del life.hosts.links[visitor]
        return answer.reached, answer.text

    def list_own(self, name: str) -> set[IPv4Address]:
        """The addresses of a switch that answer."""
        return {face.address.ip for face in self.forwarding.routing.interfaces[name].values() if face.address}


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
        stage = dice.choice(list(Stage)[1:])
        names = [device.name for device in region().of(home)]
        leaves = ["alta-leaf-01", "alta-leaf-02", "hammerfest-leaf-01", "hammerfest-leaf-02"]
        moved = [name for name in [*names, *leaves] if dice.random() < 0.5] if dice.random() < 0.5 else []
        position = choose_position(region(), position, [home], stage, moved)
    return position


def choose_addresses(region: Region) -> list[IPv4Address]:
    """Old and new addresses of switches, gateways, loopbacks and the ends of uplinks."""
    addresses = set()
    for home in HOMES:
        for device in region.of(home):
            addresses |= {device.address.ip, *(gateway.ip for gateway in device.gateways.values())}
            addresses |= {device.legacy_address.ip} if device.legacy_address else set()
            addresses |= {device.loopback} if device.loopback else set()
            ends = (port.neighbour.address for port in device.ports if port.neighbour)
            addresses |= {end.ip for end in ends if end}
    return sorted(addresses)


def find_differences(both: Both, dice: random.Random, count: int, seen: Counter[object]) -> Iterator[str]:
    """Pairs of a switch and an address about which both do not say the same."""
    addresses = choose_addresses(region())
    names = sorted(both.forwarding.switches)
    for _ in range(count):
        # Most pairs of one municipality, or with the centre: the others are far apart, and say little.
        name = dice.choice(names)
        prefix = name.partition("-")[0]
        near = [address for other in names if other.startswith(prefix) for address in both.list_own(other)]
        address = dice.choice(near if near and dice.random() < 0.6 else addresses)
        lab_says, outcome, why = both.compare(name, address)
        seen[outcome] += 1
        # Of equal ways that differ the lab takes one.
        if lab_says != (outcome == Outcome.REACHED) and not why.startswith("in part: "):
            yield f"{name} {address}: the lab {lab_says}, the proof {outcome.value}: {why}"


def test_pings_at_random_moments(both: Both) -> None:
    """Random switches and addresses, at random stages and between two switches of a wave."""
    dice, seen = random.Random(SEED), Counter[object]()
    for _ in range(MOMENTS):
        position = choose_moment(dice)
        intended: Intended = render_intended(region(), position, HOMES, both.legacy.get)
        both.run(intended.texts)
        differences = list(find_differences(both, dice, PAIRS, seen))
        assert not differences, (position, differences)
    assert min(seen[Outcome.REACHED], seen[Outcome.STOPPED]) > MOMENTS * PAIRS / 10, seen
    assert not seen[Outcome.UNSURE], seen


def choose_connection(dice: random.Random, places: Places) -> tuple[Station, Station, Service] | None:
    """A client of some zone at some site, a server at one of its addresses, and a port that it may listen at."""
    home = dice.choice(HOMES[:-1])
    site = dice.choice(list(region().municipalities[home].sites))
    clients = list(places.find_clients(home, dice.choice(ZONES), site))
    near = dice.choice((home, home, "operations_centre", dice.choice(HOMES)))
    servers = list(places.find_server(dice.choice([s for s in region().servers.values() if s.municipality == near])))
    servers = [server for server in servers if server.device is not None]
    if not clients or not servers:
        return None
    client = dice.choice(clients)
    assert client.subnet is not None
    # In the second quarter of a network there are neither routers nor servers, nor what the lab lends to its own.
    address = client.subnet.network_address + client.subnet.num_addresses // 4 + dice.randrange(20, 60)
    client = replace(client, addresses=IPv4Network(address))
    return client, dice.choice(servers), Service.parse(dice.choice(PORTS))


def test_connections_at_random_moments(both: Both) -> None:
    """Random clients, servers and ports, at random stages and between two switches of a wave: the same answer twice."""
    dice, seen = random.Random(SEED + 1), Counter[object]()
    for _ in range(MOMENTS // 2):
        position = choose_moment(dice)
        intended: Intended = render_intended(region(), position, HOMES, both.legacy.get)
        both.run(intended.texts)
        both.lab.fabric.begin_anew(HOMES)
        places = Places(region(), position, both.forwarding)
        differences = []
        for _ in range(PAIRS):
            chosen = choose_connection(dice, places)
            if chosen is None:
                continue
            answer = both.forwarding.ask(*chosen)
            lab_says, ended = both.connect(*chosen)
            seen[answer.outcome] += 1
            if answer.outcome != Outcome.UNSURE and lab_says != (answer.outcome == Outcome.REACHED):
                client, server, service = chosen
                words = f"{client.place} {client.addresses} to {server.name} {server.addresses} {service}"
                differences.append(f"{words}: the lab: {ended}; the proof: {answer.outcome.value}: {answer.deciding}")
        assert not differences, (position, differences)
    assert min(seen[Outcome.REACHED], seen[Outcome.STOPPED]) > MOMENTS * PAIRS / 40, seen


@pytest.mark.parametrize(
    "mistake",
    [mistake for mistake in (*BRIDGES, *ROUTES) if mistake.name not in NOT_IN_LAB],
    ids=lambda mistake: mistake.name,
)
def test_pings_with_a_mistake(both: Both, mistake: Mistake) -> None:
    """The mistakes that the proof is known to find leave both with the same pings."""
    dice = random.Random(f"{SEED} {mistake.name}")
    position = Position(dict.fromkeys(HOMES, Stage.RETIRE))
    sound = render_intended(region(), position, HOMES, both.legacy.get).texts
    both.run({**sound, **edited(mistake.edits)})
    assert not list(find_differences(both, dice, PAIRS, Counter()))
