"""A server's rules as nftables read them: every flow of the inventory is in them, and nothing else."""

import random
import re
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import jinja2
import pytest

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.flows import Flow, Party, list_flows
from nornir_tasks.server_roles import ServerView, find_reason_not_ours
from nornir_tasks.server_roles.server_network import applies_to, derive_variables, list_addresses

ROLE = Path(__file__).parents[3] / "roles" / "server_network"
STAGES = (Stage.CONNECT, Stage.HARMONISE, Stage.SETTLE, Stage.RETIRE)
NETWORKS = r"(?:\{ ([^}]*) \}|(\S+))"
RULE = re.compile(
    rf"ip saddr {NETWORKS}(?: ip saddr != {NETWORKS})?(?: ip daddr (?P<host>\S+))?"
    r" (?:(?P<protocol>tcp|udp) dport (?P<ports>\S+)|icmp type echo-request) counter accept comment \"(?P<record>.+)\""
)


@cache
def load() -> Region:
    return load_region()


@dataclass(frozen=True)
class Packet:
    """The first of a connection; a port of 0: a ping."""

    source: IPv4Address
    destination: IPv4Address
    protocol: str
    port: int


def look(name: str, stage: Stage, **others: Stage) -> ServerView:
    """A server while Loppa is at a stage; the other municipalities have moved unless they are named."""
    moved = dict.fromkeys(load().municipalities, Stage.RETIRE) | {"loppa": stage} | others
    return ServerView(load(), load().servers[name], Position(moved))


def render(view: ServerView) -> str:
    """The file of nftables as the role writes it."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    environment.filters["split"] = str.split
    template = environment.from_string((ROLE / "templates/etc/nftables.conf.j2").read_text())
    defaults = {"further_incoming": [], "further_outgoing": [], "ssh_port": 22, "logged_per_minute": 10}
    return template.render(
        {f"server_network__{key}": value for key, value in defaults.items()} | derive_variables(view)
    )


def is_let(rows: list[re.Match[str]], packet: Packet, end: str) -> bool:
    """Whether a row lets a connection through. ``end``: at which the rows name their networks."""
    here, there = (packet.destination, packet.source) if end == "source" else (packet.source, packet.destination)
    for row in rows:
        networks = [IPv4Network(text) for text in (row[1] or row[2]).split(", ")]
        excepted = [IPv4Network(text) for text in (row[3] or row[4] or "").split(", ") if text]
        first, _, last = (row["ports"] or "0").partition("-")
        if (
            (row["protocol"] or "icmp") == packet.protocol
            and int(first) <= packet.port <= int(last or first)
            and any(there in network for network in networks)
            and not any(there in network for network in excepted)
            and row["host"] in (None, str(here))
        ):
            return True
    return False


def read_rows(text: str, chain: str) -> list[re.Match[str]]:
    """The rows of a chain that let a new connection through: all that are not the same on every server."""
    body = text.split(f"chain {chain} {{")[1].split("\n  }\n", maxsplit=1)[0]
    lines = [line.strip() for line in body.splitlines() if "accept" in line]
    lines = [line for line in lines if not re.match(r"[io]if lo|ct state|tcp flags|icmp type \{", line)]
    # Both chains are read by one expression: at an outgoing row the networks are those of the destination.
    matches = [RULE.fullmatch(line.replace("ip daddr", "ip saddr") if chain == "output" else line) for line in lines]
    assert all(matches), lines
    return [match for match in matches if match]


def is_in(view: ServerView, party: Party, address: IPv4Address, own: bool) -> bool:
    """Whether an address is at an end of a flow; at the server's own end, of the server's zone."""
    if own and party.municipality != view.municipality.name:
        return False
    if own and not view.is_centre and party.zone != view.server.zone:
        return False
    private = any(address in IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
    return any(address in network and (network.prefixlen or not private) for network in party.networks)


def is_wanted(view: ServerView, flows: list[Flow], packet: Packet, incoming: bool) -> bool:
    """Whether a flow says so, or it is a login or a ping from a control node."""
    nodes = view.standard.control_nodes
    if incoming and packet.source in nodes and (packet.protocol, packet.port) in (("tcp", 22), ("icmp", 0)):
        return True
    return any(
        flow.port.protocol == packet.protocol
        and flow.port.first <= packet.port <= flow.port.last
        and is_in(view, flow.source, packet.source, own=not incoming)
        and is_in(view, flow.destination, packet.destination, own=incoming)
        for flow in flows
    )


def choose_packets(view: ServerView, flows: list[Flow], stage: Stage, chance: random.Random) -> list[Packet]:
    """Connections to and from a server: of its flows and one step beside them, and of the flows of others."""
    own = [address.interface.ip for address in list_addresses(view.region, view.server, stage)]
    ends = [(flow, flow.source, flow.destination, False) for flow in flows]
    ends += [(flow, flow.destination, flow.source, True) for flow in flows]
    touching = [end for end in ends if any(is_in(view, end[1], address, own=True) for address in own)]
    packets = []
    for _ in range(400):
        flow, _, far_end, incoming = chance.choice(touching if chance.random() < 0.7 else ends)
        port, network = flow.port, chance.choice(far_end.networks)
        number = 0 if port.protocol == "icmp" else min(65535, max(1, port.first + chance.choice((0, 0, 0, -1, 1))))
        far, here = network[chance.randrange(network.num_addresses)], chance.choice(own)
        far = chance.choice((far, far, IPv4Address(int(far) ^ 1 << chance.randrange(20))))
        if far not in own:
            packets.append(Packet(*((far, here) if incoming else (here, far)), port.protocol, number))
    return packets


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.word)
@pytest.mark.parametrize("name", ["loppa-app-02", "loppa-app-04", "loppa-db-01", "centre-names-01", "centre-logs-02"])
def test_the_rules_let_through_what_a_flow_says_and_nothing_else(name: str, stage: Stage) -> None:
    """Random connections, judged by the rules and by the flows."""
    view = look(name, stage)
    flows = list_flows(
        view.region, view.municipality.name, stage if view.municipality.name == "loppa" else Stage.RETIRE
    )
    text = render(view)
    rows = {chain: read_rows(text, chain) for chain in ("input", "output")}
    own = {address.interface.ip for address in list_addresses(view.region, view.server, view.stage)}
    judged = []
    for packet in choose_packets(view, flows, view.stage, random.Random(f"{name} {stage}")):
        incoming = packet.destination in own
        let = is_let(rows["input"], packet, "source") if incoming else is_let(rows["output"], packet, "destination")
        assert let is is_wanted(view, flows, packet, incoming), (packet, incoming)
        judged.append(let)
    assert 10 < sum(judged) < len(judged) - 10


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.word)
def test_every_flow_is_in_the_rules_of_each_of_its_servers(stage: Stage) -> None:
    """Both ends of it, with its record in the comment."""
    flows = list_flows(load(), "loppa", stage)
    seen = 0
    for server in load().servers.values():
        if server.municipality != "loppa" or find_reason_not_ours(server):
            continue
        view = look(server.name, stage)
        text = render(view)
        own = [address.interface.ip for address in list_addresses(load(), server, stage)]
        for flow in flows:
            for chain, here, there in (
                ("input", flow.destination, flow.source),
                ("output", flow.source, flow.destination),
            ):
                if not any(is_in(view, here, address, own=True) for address in own):
                    continue
                rows = [row for row in read_rows(text, chain) if row["record"] == str(flow.record)]
                for address in own:
                    for network in there.networks:
                        far = network[1] if network.num_addresses > 1 else network[0]
                        far = IPv4Address("198.51.100.70") if not network.prefixlen else far
                        port = 0 if flow.port.protocol == "icmp" else flow.port.first
                        ends = (far, address) if chain == "input" else (address, far)
                        assert is_let(
                            rows, Packet(*ends, flow.port.protocol, port), "source" if chain == "input" else ""
                        )
                        seen += 1
    assert seen > 300


def test_who_has_not_moved_yet_still_asks_the_centre_from_its_old_network() -> None:
    """Until it has: then its old network opens nothing any more."""
    asked = Packet(IPv4Address("192.168.23.31"), IPv4Address("10.10.1.11"), "udp", 53)
    for stage, expected in ((Stage.LEGACY, True), (Stage.HARMONISE, True), (Stage.SETTLE, True), (Stage.RETIRE, False)):
        rows = read_rows(render(look("centre-names-01", stage)), "input")
        assert is_let(rows, asked, "source") is expected
        assert is_let(rows, Packet(IPv4Address("10.17.92.31"), *(asked.destination, "udp", 53)), "source")


def test_addresses_stand_side_by_side_from_harmonise_to_retire() -> None:
    """The standard's first: by its gateway the server goes out. Each has a table of its own at every stage."""
    new, old = ("10.17.92.31/23", "10.17.92.1", 100), ("192.168.23.31/21", "192.168.16.1", 101)
    expected = {Stage.CONNECT: [old], Stage.HARMONISE: [new, old], Stage.SETTLE: [new, old], Stage.RETIRE: [new]}
    withdrawn = {Stage.CONNECT: ["10.17.92.31"], Stage.RETIRE: ["192.168.23.31"]}
    for stage in STAGES:
        variables = derive_variables(look("loppa-app-02", stage))
        addresses = variables["server_network__addresses"]
        assert [(row["address"], row["gateway"], row["table"]) for row in addresses] == expected[stage]
        assert variables["server_network__withdrawn"] == withdrawn.get(stage, [])
    assert not applies_to(look("loppa-app-02", Stage.CONNECT))
    assert all(applies_to(look(name, Stage.HARMONISE)) for name in ("loppa-app-02", "centre-time-01"))
    assert applies_to(look("centre-time-01", Stage.CONNECT))


def test_a_neighbour_that_may_not_log_in_is_named_and_a_control_node_that_may() -> None:
    """Never a control node as the one, nor the server itself as either."""
    for name in ("loppa-app-02", "centre-control-01", "centre-control-02"):
        variables = derive_variables(look(name, Stage.HARMONISE))
        verifier, neighbour = (variables[f"server_network__{key}"] for key in ("verified_from", "refused_from"))
        assert verifier in {"centre-control-01", "centre-control-02"} - {name}
        assert neighbour not in {name, "centre-control-01", "centre-control-02", ""}
        address = load().servers[neighbour].address
        assert address.network == load().servers[name].address.network
        rows = read_rows(render(look(name, Stage.HARMONISE)), "input")
        asked = load().servers[name].address.ip
        assert not is_let(rows, Packet(address.ip, asked, "tcp", 22), "source")
        assert is_let(rows, Packet(load().servers[verifier].address.ip, asked, "tcp", 22), "source")


def test_an_old_address_outside_of_the_old_networks_is_told() -> None:
    """With what was expected: its gateway is not known."""
    server = load().servers["loppa-app-02"].model_copy(update={"legacy_address": IPv4Address("192.0.2.1")})
    with pytest.raises(FellesdriftError, match=r"loppa-app-02: legacy_address: found 192\.0\.2\.1, expected one in"):
        list_addresses(load(), server, Stage.HARMONISE)
    assert [address.interface for address in list_addresses(load(), server, Stage.RETIRE)] == [
        IPv4Interface("10.17.92.31/23")
    ]
