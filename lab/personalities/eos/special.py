"""The settings that are more than a line that takes another's place: lists that add up, numbered rows, accounts."""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, Protocol

from lab.personalities.eos.grammar import GLOBAL, Rule
from lab.personalities.eos.secret import hashed
from lab.personalities.eos.tokens import Invalid, Match, complaint, interface_name, vlan_set
from lab.region.ranges import format_ranges

ALL_VLANS = frozenset(range(1, 4095))
PORTS = {
    "67": "bootps",
    "68": "bootpc",
    "53": "domain",
    "22": "ssh",
    "23": "telnet",
    "80": "www",
    "443": "https",
    "123": "ntp",
    "161": "snmp",
    "514": "syslog",
    "69": "tftp",
}
PROTOCOLS = ("ip", "tcp", "udp", "icmp", "igmp", "ospf", "vrrp", "gre", "esp", "ahp", "pim")

Store = dict[str, Any]


class Editable(Protocol):
    """What a setting's handler needs of the configuration that it changes."""

    root: Store

    def apply(self, line: str) -> object:
        """Obey one line of configuration at the top."""

    def put(self, store: Store, rule: Rule, key: str, text: str, body: Iterable[str] = ()) -> None:
        """Store a setting; what equals the default is not kept."""

    def negate(self, store: Store, rule: Rule, match: Match, verb: str) -> None:
        """Take a setting back, to what EOS does without it."""


Handler = Callable[[Editable, Store, Rule, Match, str, list[str] | None], str]


def names(rule: Rule, match: Match) -> list[str]:
    """What a line opens: one section, or each of a range."""
    if rule.special == "vlan":
        return [str(vlan) for vlan in sorted(vlan_set(match.values[0]))]
    if rule.special == "interface":
        return interfaces(match.values[0].split())
    return [match.values[0] if match.values else ""]


def interfaces(words: list[str]) -> list[str]:
    """The interfaces of ``Ethernet1-4,7`` or ``Ethernet 1``.

    Raises:
        Invalid: it names no interface.
    """
    joined = "".join(words)
    match = re.match(r"([A-Za-z-]*[A-Za-z])([\d,-]+)$", joined)
    try:
        if match and re.search("[-,]", match[2]):
            return [interface_name(f"{match[1]}{number}") for number in sorted(vlan_set(match[2]))]
        return [interface_name(joined)]
    except ValueError:
        raise complaint(1, ["interface", *words]) from None


def _makes_vlan(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """A port's access VLAN; EOS makes the VLAN if it is not there."""
    if verb:
        config.negate(store, rule, match, verb)
        return ""
    vlan = match.values[0]
    config.put(store, rule, rule.key, " ".join(match.words))
    if vlan == "1" or f"vlan {vlan}" in config.root:
        return ""
    config.apply(f"vlan {vlan}")
    return f"! Access VLAN does not exist. Creating vlan {vlan}"


def _allowed(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """The VLANs of a trunk: ``add`` and ``remove`` change what is there."""
    held = store.get(rule.key)
    word = held.text.split()[-1] if held else "all"
    before = ALL_VLANS if word == "all" else frozenset() if word == "none" else vlan_set(word)
    how, *values = match.values or ("all",)
    if verb or how == "all":
        after = ALL_VLANS
    elif how == "none":
        after = frozenset()
    elif how in ("add", "remove", "except"):
        given = vlan_set(values[0])
        after = {"add": before | given, "remove": before - given, "except": ALL_VLANS - given}[how]
    else:
        after = vlan_set(how)
    if after == ALL_VLANS:
        store.pop(rule.key, None)
    else:
        config.put(store, rule, rule.key, f"switchport trunk allowed vlan {format_ranges(after) or 'none'}")
    return ""


def _masked(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """``ip address A M``: shown with the prefix length."""
    try:
        address = IPv4Interface("/".join(match.values))
    except ValueError:
        raise complaint(3, list(match.words)) from None
    if verb:
        store.pop(rule.key, None)
    else:
        config.put(store, rule, rule.key, f"ip address {address}")
    return ""


def _masked_route(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    try:
        network = IPv4Network("/".join(match.values[:2]), strict=False)
    except ValueError:
        raise complaint(3, list(match.words)) from None
    config.apply(f"{verb} ip route {network} {match.values[2]}".strip())
    return ""


def _passive(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """An interface's own word counts only where it differs from ``passive-interface default``."""
    key = f"passive {match.values[0]}"
    store.pop(key, None)
    if verb == "default":
        return ""
    everyone = "passive default" in store
    if everyone == (verb == "no"):
        config.put(store, rule, key, " ".join(("no", *match.words) if verb else match.words))
    return ""


def _username(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """An account: what is not said again stays; a clear password is hashed before it is stored."""
    text = " ".join(match.words)
    name = match.words[1]
    key = f"username {name}"
    if verb:
        store.pop(key, None)
        return ""
    held = store[key].text if key in store else ""

    def word(pattern: str, default: str) -> str:
        clause = re.search(pattern, text) or re.search(pattern, held)
        return clause[0].strip() if clause else default

    privilege = word(r" privilege \d+", "privilege 1")
    role = word(r" role \S+", "")
    secret = word(r" nopassword$| secret sha512 \S+", "")
    clear = re.search(r" secret (?:0 )?(?!sha512 |5 )(\S+)$", text)
    typed5 = re.search(r" secret 5 (\S+)$", text)
    if clear:
        secret = f"secret sha512 {hashed(clear[1])}"
    elif typed5:
        secret = f"secret 5 {typed5[1]}"
    if not secret:
        raise Invalid("Incomplete command (at token 2: None)")
    config.put(store, rule, key, " ".join(part for part in (f"username {name}", privilege, role, secret) if part))
    return ""


def _banner(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    if verb:
        store.pop(rule.key, None)
    else:
        config.put(store, rule, rule.key, " ".join(match.words), body or [])
    return ""


def _address(words: list[str]) -> str:
    """Take an address off the front of an access list row and give its canonical form."""
    first = words.pop(0)
    if first == "any":
        return "any"
    if first == "host":
        return f"host {IPv4Address(words.pop(0))}"
    if "/" in first:
        network = IPv4Network(first, strict=False)
    else:
        wildcard = IPv4Address(words.pop(0)) if words and re.match(r"\d+\.", words[0]) else IPv4Address(0)
        network = IPv4Network(f"{IPv4Address(first)}/{IPv4Address(int(wildcard) ^ 0xFFFFFFFF)}", strict=False)
    return f"host {network.network_address}" if network.prefixlen == 32 else str(network)


def _port(words: list[str]) -> str:
    if words and words[0] in ("eq", "gt", "lt", "neq", "range"):
        count = 2 if words[0] == "range" else 1
        kind = words.pop(0)
        ports = [words.pop(0) for _ in range(count)]
        return " ".join(["", kind, *(PORTS.get(port, port) for port in ports)])
    return ""


def row(text: str) -> str:
    """An access list row, without its number, as EOS shows it.

    Raises:
        Invalid: EOS does not take it.
    """
    words = text.split()
    if words[0] == "remark":
        return text
    try:
        action, *words = words
        if words[0] in PROTOCOLS:
            protocol = words.pop(0)
            shown = f"{action} {protocol} {_address(words)}{_port(words)} {_address(words)}{_port(words)}"
        else:  # a standard list: a source and nothing else
            shown = f"{action} {_address(words)}"
    except IndexError:
        raise Invalid(f"Incomplete command (at token {len(text.split())}: None)") from None
    except ValueError:
        raise complaint(2, text.split()) from None
    if set(words) - {"log", "established", "echo", "echo-reply"}:
        raise complaint(len(text.split()) - len(words), text.split())
    return " ".join([shown, *words])


def _entry(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """A row of an access list: numbered by tens where no number is given."""
    words = list(match.words)
    number = words.pop(0) if words[0].isdigit() else None
    if verb and number:
        store.pop(number, None)
        return ""
    shown = row(" ".join(words))
    same = [key for key, line in store.items() if line.text.split(" ", 1)[1] == shown]
    if verb:
        for key in same:
            del store[key]
        return ""
    if number is None:
        if same:
            return ""
        number = str((max(map(int, store)) if store else 0) // 10 * 10 + 10)
    config.put(store, _ROW, number, f"{number} {shown}")
    return ""


# All rows sort by their numbers, whatever rule took them.
_ROW = Rule("", "")

HANDLERS: dict[str, Handler] = {
    "makes_vlan": _makes_vlan,
    "allowed": _allowed,
    "masked": _masked,
    "masked_route": _masked_route,
    "passive": _passive,
    "username": _username,
    "banner": _banner,
    "entry": _entry,
}

assert all(rule.special in HANDLERS for rule in GLOBAL.rules if rule.special and not rule.opens)
