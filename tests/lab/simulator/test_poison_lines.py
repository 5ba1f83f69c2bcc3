"""Whatever is typed at one switch is that switch's own affair: it raises nothing, and the others go on."""

import asyncio
import logging
from collections.abc import Iterable, Iterator

import pytest
from netmiko import BaseConnection, ConnectHandler

from lab.control.lab import Lab
from lab.device.switch import Switch
from lab.personalities.ios.cli import exec_grammar
from lab.personalities.ios.configuration import parse
from lab.personalities.ios.configuration.grammar import RULES
from lab.personalities.procurve.show import SHOW
from lab.personalities.procurve.tables import GLOBAL, INTERFACE, VLAN
from lab.region.facts import read
from lab.testing.running import Labs

ADDRESSES = (
    "10.1.2.3",
    "0.0.0.0",
    "255.255.255.255",
    "255.0.255.0",
    "0.0.0.255",
    "224.0.0.5",
    "127.0.0.1",
    "300.1.1.1",
)
NUMBERS = ("1", "0", "99999999999", "-1", "x", "²")
VLANS = ("1", "0", "4095", "5000", "20-10", "abc", "1,,2", "1-", "-", "10-20,30", "1002", "1-4094,")
# What is odd about a value, by the kind that a grammar names it; a kind that is not here gets WORDS.
ODD = {
    "ip": ADDRESSES, "vlan": VLANS, "vlans": VLANS, "area": ("0", "0.0.0.0", "300.1.1.1", "x"),
    "iface": ("gi1/0/1", "gi9/9/9", "vlan0", "Vlan5000", "Loopback99999999999", "Gi1", "po1", "x"),
    "time": ("25:61", "0:00", "9"), "hours": ("-23", "24"), "line": ("x y", '"', "^C"),
    "url": ("flash:", "nvram:x", "run", "null:", "system:y"), "ports": (*VLANS, "all", "1/1", "Trk1", "trk1-3"),
    "address": ADDRESSES, "mask": (*ADDRESSES, "/33", "99"), "text": ('a"b', "", "x" * 300),
    "digest": ("x", "0" * 40), "form": ("sha1", "md5"),
}  # fmt: skip
WORDS = ("x", "0", 'a"b', "/", "x" * 300)
CONTEXTS = {
    "global": [], "port": ["interface gi1/0/2"], "svi": ["interface vlan 77"], "loopback": ["interface loopback 3"],
    "vlan": ["vlan 321"], "ospf": ["router ospf 7"], "acl": ["ip access-list extended FUZZ"],
    "standard-acl": ["ip access-list standard FUZZ2"], "line": ["line vty 0 15"], "archive": ["archive"],
    "archive-log": ["archive", "log config"], "port-channel": ["interface po3"], "bgp": ["router bgp 65000"],
    "bgp-af": ["router bgp 65000", "address-family ipv4"], "vrf": ["vrf definition FUZZ"],
    "vrf-af": ["vrf definition FUZZ", "address-family ipv6"], "route-map": ["route-map FUZZ permit 10"],
    "class-map": ["class-map FUZZ"], "policy-map": ["policy-map FUZZ"], "radius-server": ["radius server FUZZ"],
    "policy-class": ["policy-map FUZZ", "class class-default"],
}  # fmt: skip
EOS = """
router ospf 1|network 10.1.2.3 0.0.0.255 area 0|network 10.1.2.3/24 area 0|network 10.0.0.0 0.255.0.255 area 0
router ospf 1|router-id x|no router-id|network 300.1.1.1/24 area 0|network 10.0.0.0/33 area 0|max-lsa x
ip route 10.1.2.3/24 10.0.0.1|ip route 10.1.2.3 255.0.255.0 10.0.0.1|ip route 0.0.0.0/0 255.255.255.255
no ip route 1.2.3.4/40|ip route 10.0.0.0/8 10.0.0.0/8|ip route 300.0.0.0/8 Null0
interface Vlan77|ip address 10.9.9.0/24|ip address 10.9.9.255/24|ip address 10.9.9.1 255.0.255.0|ip address 0.0.0.0/0
interface Vlan77|mtu 0|no mtu|ip address 10.9.9.1/33|ip address virtual 10.9.9.1|no ip address x
interface Ethernet2|switchport trunk allowed vlan 20-10|switchport trunk allowed vlan 5000|switchport access vlan 4095
interface Ethernet2|switchport trunk allowed vlan abc|speed 7|no speed|no mtu|default description|no description
vlan 0|vlan 4095|vlan 20-10|vlan abc|no vlan 1|vlan 1002|name|no name|default name
ip access-list FUZZ|permit ip 10.1.2.3 0.255.0.255 any|10 permit ip any any|10 deny ip any any|no 10
interface Loopback0|ip address 10.99.0.1/24|ip address 10.99.0.1/33
interface Ethernet999|interface Vlan5000|interface Vlan0|interface Loopback99999999999|interface Port-Channel0
hostname a b|hostname -|ntp server 300.1.1.1|ip name-server 0.0.0.0|logging host x y z|username x|username x secret 5 y
""".strip()


def _fill(tokens: list[str], turn: int) -> str:
    """A line from a grammar's words: each value is the next odd one of its kind."""
    words = []
    for place, token in enumerate(tokens):
        kind = token[1:-1]
        values = (NUMBERS if kind[:1].isdigit() else ODD.get(kind, WORDS)) if token[0] in "<{" else (token,)
        words.append(values[(turn + 3 * place) % len(values)])
    return " ".join(words)


def ios_lines() -> Iterator[list[str]]:
    """Every rule of every context, with odd values, in each of its senses."""
    for context, inside in CONTEXTS.items():
        for number, rule in enumerate(RULES[context]):
            ways = parse._alternatives(rule.spec)
            for turn in range(8):
                body = _fill(ways[turn * len(ways) // 8], turn)
                if rule.spec != "end":
                    yield [*inside, f"{('', 'no ', 'default ')[(number + turn) % 3]}{body}"]
                    yield [*inside, body]


def procurve_lines() -> Iterator[list[str]]:
    """Every row of every table with odd values, and what is no row: membership and addresses."""
    members = ["untagged {ports}", "tagged {ports}", "no untagged {ports}"]
    members += ["ip address {address} {mask}", "ip address {mask}"]
    ways_in = ["vlan {vlan}", "no vlan {vlan}", "vlan {vlan} name x", "interface {ports}", "interface {ports} disable"]
    ways_in += ["trunk {ports} trk1 lacp", "trunk 3-4 {word} trunk", "no trunk {ports}", "vlan {vlan} tagged trk1"]
    rows = [
        "permit ip {address} {mask} any",
        "10 deny tcp any host {address} eq {number}",
        "{number} permit udp any any",
    ]
    tables: list[tuple[list[str], list[str]]] = [
        (["vlan 321"], [*members, *(row.show for row in VLAN)]),
        (["interface 2"], ["tagged vlan {vlan}", "untagged vlan {vlan}", *(row.show for row in INTERFACE)]),
        (["ip access-list extended FUZZ"], rows),
        ([], [*ways_in, *(row.show for row in GLOBAL if not row.show.startswith("<"))]),
    ]
    for inside, shows in tables:
        for number, show in enumerate(shows):
            tokens = [token if token.startswith("{") else token.strip('"') for token in show.split()]
            for turn in range(10):
                sense = "no " if (number + turn) % 3 == 0 and not show.startswith("no ") else ""
                yield [*inside, sense + _fill(tokens, turn)]


def eos_lines() -> Iterator[list[str]]:
    """A choice of them; the first of a row leads in."""
    for row in EOS.splitlines():
        first, *rest = row.split("|")
        yield from ([first, line] for line in (first, *rest))


def exec_lines(platform: str) -> Iterator[str]:
    """Every command that shows something, with odd arguments where it takes any."""
    if platform == "procurve":
        specs = [name.replace("<", "{").replace(">", "}").split() for name in SHOW]
    else:
        specs = [path for path in _paths(exec_grammar(15)) if path[0] in ("show", "ping", "traceroute")]
    for tokens in specs if platform != "eos" else [["show", "ip", "route"], ["show", "arp"], ["show", "vlan"]]:
        for turn in range(3 if any(token[0] in "<{" for token in tokens) else 1):
            yield _fill(tokens, turn)


def _paths(node: parse.Node, before: tuple[str, ...] = ()) -> Iterator[list[str]]:
    if node.rule is not None:
        yield list(before)
    for word, following in node.words.items():
        yield from _paths(following, (*before, word))
    for kind, following in node.values:
        yield from _paths(following, (*before, f"<{kind}>"))


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Loppa and the centre, in this process, without their doors."""
    lab = Lab(tmp_path_factory.mktemp("lab"), read(), ["loppa"])
    lab.build()
    return lab


async def _type(switch: Switch, lines: Iterable[str], commands: bool = False) -> None:
    """Type lines in a session of their own; whatever is asked is answered by yes."""
    shell = switch.personality.shell("kommune", 15)
    shell.greeting()
    if shell.single_key:
        await shell.line("")
    for line in lines if commands else ("configure terminal", *lines):
        await asyncio.wait_for(shell.line(line), 5)
        for _ in range(5):
            if not shell.asking:
                break
            await shell.line("y")
        assert isinstance(shell.prompt, str)
    shell.gone()


def _answers(region: Lab, apart: str) -> dict[tuple[str, str], bool]:
    """Which switch of Loppa reaches which, but for the one that is apart."""
    names = [name for name in region.switches if name.startswith("loppa") and name != apart]
    svis = {name: region.switches[name].meaning.svis.values() for name in names}
    addresses = {name: next(svi.address.ip for svi in svis[name] if svi.address) for name in names}
    pairs = ((here, there) for here in names for there in names if here != there)
    return {(here, there): region.switches[here].ping(addresses[there]) for here, there in pairs}


@pytest.mark.parametrize(
    ("platform", "lines"),
    [("ios", list(ios_lines())), ("procurve", list(procurve_lines())), ("eos", list(eos_lines()))],
    ids=["ios", "procurve", "eos"],
)
def test_nothing_that_is_typed_raises_or_reaches_another_switch(
    region: Lab, platform: str, lines: list[list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """Hundreds of odd lines at an access switch: each is taken or refused, what is printed can be read again, and the
    others of its municipality reach each other as before."""
    switches = [switch for switch in region.switches.values() if switch.facts.platform == platform]
    switch = next(switch for switch in switches if switch.facts.role == "access" and len(switch.facts.cables) == 1)
    assert len(lines) > (50 if platform == "eos" else 500)

    async def run() -> None:
        before = _answers(region, switch.name)
        assert any(before.values())
        for number, typed in enumerate(lines):
            await _type(switch, typed)
            assert switch.meaning is not None
            if number % 20 == 0:
                text = switch.personality.text()
                switch.personality.load(text)
                assert switch.personality.text() == text, typed
                switch.changed()
        for command in exec_lines(platform):
            await _type(switch, [command], commands=True)
        assert _answers(region, switch.name) == before
        await region.reset(["loppa"])

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    assert caplog.messages == []


POISON = {
    "ios": """
        router ospf 1|network 10.1.2.3 0.0.0.255 area 0|network 10.0.0.0 0.255.0.255 area 0|exit
        ip route 10.1.2.3 255.255.255.0 10.0.0.1|ip route 10.0.0.0 255.0.255.0 10.0.0.1
        ip default-gateway 255.255.255.255|ip default-gateway 10.99.99.99|vlan 4095""",
    "procurve": "ip default-gateway 300.1.1.1|ip default-gateway 255.255.255.255|vlan 5000|vlan 20 tagged 99",
    "eos": "router ospf 1|network 10.1.2.3/24 area 0|exit|ip route 10.1.2.3/24 10.0.0.1",
}
DRIVERS = {"ios": "cisco_ios", "procurve": "hp_procurve", "eos": "arista_eos"}


def test_sessions_open_and_pings_go_on_beside_a_switch_with_odd_lines(lab_of: Labs) -> None:
    """Over SSH: what is typed at one switch of each platform closes no session of another one, and stops none from
    opening; a line that is refused leaves the session that typed it open."""
    lab = lab_of("loppa")
    lab.client.reset("loppa")
    rows = [row for row in lab.client.status()["switches"] if row["municipality"] == "loppa"]
    password = lab.password("loppa", "kommune")

    def connect(name: str) -> BaseConnection:
        row = next(row for row in rows if row["name"] == name)
        where = {"host": row["host"], "port": row["ssh_port"], "username": "kommune", "password": password}
        return ConnectHandler(device_type=DRIVERS[row["platform"]], secret=password, **where)

    for platform, lines in POISON.items():
        at = next(row["name"] for row in rows if row["platform"] == platform and "core" not in row["name"])
        apart = (at, "loppa-core-01")
        other = next(row["name"] for row in rows if row["platform"] == "ios" and row["name"] not in apart)
        with connect(at) as typing, connect(other) as beside:
            typing.enable()
            typing.send_config_set([line.strip() for line in lines.replace("|", "\n").strip().splitlines()])
            assert beside.find_prompt()
            assert beside.send_command("ping 192.168.16.1").count("!!!!!")
            with connect(other) as fresh:
                assert fresh.find_prompt()
            assert typing.find_prompt()
    lab.client.reset("loppa")
