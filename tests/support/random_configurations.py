"""Configurations drawn at random, as devices show them: lines that our grammars know among lines that nobody knows."""

import random
from collections.abc import Iterable

WORDS = (
    "alfa", "beta", "vrf", "10.1.2.3", "mode", "7", "no-one", "æøå", "x\u2028y", "a\x0bb", "caret^C", "50%", "|", "{",
    "!",
)  # fmt: skip
TRUNK = "switchport trunk allowed vlan"


def draw_blocks(kind: str, chance: random.Random, numbers: Iterable[int]) -> dict[int, str]:
    """Blocks of a configuration by number, each with names of its own.

    Args:
        kind: ``ios``, ``eos`` or ``procurve``.
        chance: where the dice come from.
        numbers: of the blocks: ports, VLANs, lists are called by them.
    """
    draw = {"ios": _draw_ios, "eos": _draw_eos, "procurve": _draw_procurve}[kind]
    return {number: draw(chance, number).strip("\n") + "\n" for number in numbers}


def _draw_unknown(chance: random.Random, number: int) -> str:
    return f"feature{number} {' '.join(chance.sample(WORDS, chance.randint(1, 4)))}"


def _draw_vlans(chance: random.Random) -> str:
    return ",".join(map(str, sorted(chance.sample(range(2, 60), chance.randint(1, 9)))))


def _draw_ios(chance: random.Random, number: int) -> str:
    net = f"{number // 250}.{number % 250}"
    first, second, third = chance.sample(range(1, 20), 3)
    carries = chance.choice((
        f" switchport access vlan {chance.randint(1, 99)}\n switchport mode access",
        f" {TRUNK} {_draw_vlans(chance)}\n {TRUNK} add {chance.randint(100, 999)}\n switchport mode trunk",
        f" no switchport\n ip address 10.{net}.1 255.255.255.0\n ip address 11.{net}.1 255.255.255.0 secondary\n"
        f" ipv6 enable\n ipv6 address fd00:{number}::1/64",
    ))  # fmt: skip
    port = f"""
interface GigabitEthernet1/0/{number}
 description {chance.choice(WORDS)} {number}
{carries}
 {_draw_unknown(chance, number)}{chance.choice((chr(10) + " shutdown", ""))}
"""
    banner = f"banner exec{number} ^C\nhostname inside\n!\n interface no\n^C"
    return chance.choice((
        port,
        port,
        _draw_unknown(chance, number),
        f"ntp server 10.{net}.1\nntp server vrf MGMT 10.{net}.1 prefer",
        f"ip access-list extended LIST{number}\n permit tcp any host 10.0.0.{first}\n deny ip any host 10.0.0.{second}",
        f"access-list {number} permit 10.{first}.0.0 0.0.255.255\naccess-list {number} permit 10.{third}.0.0 0.0.1.255",
        f"router bgp {number}\n bgp log-neighbor-changes\n neighbor 10.0.0.{first} remote-as 1\n"
        f" address-family ipv4 vrf A\n  network 10.{second}.0.0\n exit-address-family\n"
        f" address-family ipv6\n{chance.choice(('  redistribute connected' + chr(10), ''))} exit-address-family",
        f"vlan {1000 + number}\n name {chance.choice(WORDS[:2])}",
        "ip routing" if number == 3 else banner,
        f"policy-map P{number}\n class C{first}\n  police 8000\n class class-default",
    ))  # fmt: skip


def _draw_eos(chance: random.Random, number: int) -> str:
    net = f"{number // 250}.{number % 250}"
    host = chance.randint(1, 9)
    carries = chance.choice((
        f"   switchport access vlan {chance.randint(2, 99)}",
        f"   {TRUNK} {_draw_vlans(chance)}\n   switchport mode trunk",
        f"   no switchport\n   ip address 10.{net}.1/24\n   ip address 11.{net}.1/24 secondary",
    ))  # fmt: skip
    port = f"""
interface Ethernet{number}
   description {chance.choice(WORDS)} {number}
{carries}
   {_draw_unknown(chance, number)}{chance.choice((chr(10) + "   shutdown", ""))}
"""
    banner = f"banner {('login', 'motd')[number % 2]}\nhostname inside\n!\n   interface no\nEOF"
    return chance.choice((
        port,
        port,
        _draw_unknown(chance, number),
        f"vlan {1000 + number},{2000 + number}\n   name {chance.choice(WORDS[:2])}",
        f"ntp server vrf MGMT 10.{net}.1\nntp server vrf OTHER 10.{net}.1",
        f"ip access-list LIST{number}\n   10 permit ip any host 10.0.0.{host}\n   20 deny ip any any",
        f"router bgp {number}\n   neighbor 10.0.0.{host} remote-as 1\n   vrf A\n      rd 1:{host}\n"
        "      neighbor 10.0.0.1 remote-as 1\n   vrf B\n      rd 2:2",
        banner if number < 3 else f"ip route vrf A 10.{net}.0/24 Null0",
        f"management api api{number}\n   no protocol http\n   vrf MGMT\n      no shutdown",
    ))  # fmt: skip


def _draw_procurve(chance: random.Random, number: int) -> str:
    ports = ",".join(map(str, sorted(chance.sample(range(1, 49), 6))))
    net = f"{number // 250}.{number % 250}"
    port = f"{1 + number // 400}/{1 + number % 400}" if number > 99 else number  # a stack, as far as its names go
    vlan = f'vlan {1 + number}\n   name "VLAN{number}"\n'
    return chance.choice((
        f'interface {port}\n   name "{chance.choice(WORDS[:2])}"\n   {_draw_unknown(chance, number)}\n   exit',
        f"interface {port}\n   disable\n   exit",
        _draw_unknown(chance, number),
        f"{vlan}   tagged {ports},Trk{1 + number % 9}\n   no ip address\n"
        f"   ip helper-address 10.{net}.1\n   ip helper-address 10.{net}.2\n   exit",
        f'policy qos "P{number}"\n   10 class ipv4 any action permit\n   {20 + number} class ipv4 x\n   exit',
        f"{vlan}   vrrp vrid 1\n      priority 1\n      exit\n   ip address 10.{net}.1 255.255.255.0\n   exit",
        f"trunk {port} trk{1 + number % 144} lacp",
    ))  # fmt: skip


JUNK = (
    *("\u2028", "\x0b", "\ud7ff", "  ", "\t", "\n\n", "no ", "^C", "!", "secret", "<secret:>", " add ", " except 1-"),
    *(
        "banner motd ^C\n",
        "EOF\n",
        "exit\n",
        "end\n",
        "no\n",
        "name\n",
        "ip\n",
        "untagged\n",
        "interface \n",
        "vlan \n",
    ),
    *("vlan 1,2-x\n", "vlan 5,-3\n", "untagged 1-Trk\n", f"{TRUNK} add\n", "access-list \n", "ip access-list\n"),
    *("ip address 10.0.0.1 255\n", "spanning-tree 1\n"),
)


def damage(text: str, chance: random.Random, strokes: int = 12) -> str:
    """A text with some of its lines cut, moved, doubled, torn apart, or with junk in them."""
    lines = text.split("\n")
    for _ in range(strokes):
        at = chance.randrange(len(lines))
        words = lines[at].split(" ")
        lines[at : at + 1] = chance.choice((
            [lines[at][: chance.randrange(len(lines[at]) + 1)]],
            [chance.choice(JUNK), lines[at]],
            [chance.choice(JUNK) + lines[at]],
            [lines[at] + chance.choice(JUNK)],
            [" " * chance.randrange(6) + lines[at].strip()],
            [lines[at], chance.choice(lines)],
            [" ".join(chance.sample(words, len(words)))],
            [],
        )) or [""]  # fmt: skip
    return "\n".join(lines)
