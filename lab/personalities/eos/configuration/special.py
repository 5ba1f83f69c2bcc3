"""The settings that are more than a line that takes another's place: lists that add up, numbered rows, accounts."""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Protocol

from lab.personalities.eos.configuration import access_list
from lab.personalities.eos.configuration.grammar import CONTEXTS, GLOBAL, Rule
from lab.personalities.eos.configuration.tokens import Invalid, Match, complaint, interface_names, masked, vlan_set
from lab.personalities.eos.secret import hashed
from lab.region.ranges import format_ranges

ALL_VLANS = frozenset(range(1, 4095))
Store = dict[str, Any]


class Editable(Protocol):
    """What a setting's handler needs of the configuration that it changes."""

    root: Store

    def apply(self, line: str) -> object:
        """Obey one line of configuration at the top."""

    def apply_in(self, opens: str, line: str) -> None:
        """Obey a line in the mode that another one opens."""

    def put(
        self, store: Store, rule: Rule, key: str, text: str, body: Iterable[str] = (), match: Match | None = None
    ) -> None:
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


def label(rule: Rule, names: list[str]) -> str:
    """What the prompt says of the sections that are open."""
    return format_ranges(int(re.sub(r"\D", "", name)) for name in names) if rule.special else names[0]


def interfaces(words: list[str]) -> list[str]:
    """The interfaces of ``Ethernet1-4,7``, ``Et1,Vlan10-11`` or ``Ethernet 1``.

    Raises:
        Invalid: it names no interface.
    """
    try:
        return interface_names("".join(words))
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
    if verb and len(match.values) < 2:
        store.pop(rule.key, None)
        return ""
    try:
        address = masked(*match.values[:2])
    except ValueError:
        raise complaint(3, list(match.words)) from None
    second = " secondary" if match.words[-1] == "secondary" else ""
    key = f"{rule.key} {address}" if second else rule.key
    if verb:
        store.pop(key, None)
    else:
        config.put(store, rule, key, f"ip address {address}{second}")
    return ""


def _masked_route(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """``ip route N M …``: shown with the prefix length."""
    try:
        network = IPv4Network(masked(*match.values[:2]), strict=False)
    except ValueError:
        raise complaint(3, list(match.words)) from None
    config.apply(" ".join(part for part in (verb, "ip route", str(network), *match.values[2:]) if part))
    return ""


def _turned_route(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """A route whose name was typed before its tag: it is shown behind it."""
    text = re.sub(r" (name \S+) (tag \d+)$", r" \2 \1", " ".join(match.words))
    config.apply(f"{verb} {text}".strip())
    return ""


def _network(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """``network N W area A`` of OSPF, with a wildcard; ``network N mask M`` of BGP."""
    address, *more = match.values
    if not more:
        raise complaint(len(match.words), list(match.words))
    mask = more[0] if "mask" in match.words else str(IPv4Address(int(IPv4Address(more[0])) ^ 0xFFFFFFFF))
    try:
        network = IPv4Network(masked(address, mask), strict=False)
    except ValueError:
        raise complaint(2 + ("mask" in match.words), list(match.words)) from None
    key = f"network {network}"
    if verb:
        store.pop(key, None)
    else:
        config.put(store, rule, key, " ".join([key, *match.words[3:]]) if len(more) > 1 else key)
    return ""


def _vrf(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """An interface that moves to another VRF loses its addresses."""
    before = store.get(rule.key)
    if verb:
        store.pop(rule.key, None)
    else:
        config.put(store, rule, rule.key, f"vrf {match.values[0]}")
    after = store.get(rule.key)
    if (before and before.text) == (after and after.text):
        return ""
    addresses = [key for key in store if key.startswith(("ip address", "ipv6 address"))]
    for key in addresses:
        del store[key]
    return ""


def _counters(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """Stands before the rows."""
    if verb:
        store.pop("0", None)
    else:
        config.put(store, _ROW, "0", "counters per-entry")
    return ""


def _enable(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """A clear password is hashed before it is stored."""
    if verb:
        store.pop(rule.key, None)
        return ""
    stored = match.values[-1] if match.words[2] == "5" else f"sha512 {hashed(match.values[-1])}"
    config.put(store, rule, rule.key, f"enable password {'5 ' if match.words[2] == '5' else ''}{stored}")
    return ""


def _ssh_key(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """The key of an account that is there."""
    name = match.values[0]
    if verb:
        store.pop(f"username {name} ssh-key", None)
    elif f"username {name}" not in store:
        raise Invalid(f"User {name} does not exist")
    else:
        config.put(store, rule, f"username {name} ssh-key", f"username {name} ssh-key {match.values[-1]}")
    return ""


def _prefix_line(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """``ip prefix-list A seq 10 …``: a row of the list, which it makes."""
    name = match.values[0]
    row_words = " ".join(match.words[3:])
    config.apply_in(f"ip prefix-list {name}", f"{verb} {row_words}".strip())
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
        store.pop(f"{key} ssh-key", None)
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


def _text(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    if verb:
        store.pop(rule.key, None)
    else:
        config.put(store, rule, rule.key, " ".join(match.words), body or [])
    return ""


def _entry(config: Editable, store: Store, rule: Rule, match: Match, verb: str, body: list[str] | None) -> str:
    """A row of an access list: numbered by tens where no number is given."""
    words = list(match.words)
    number = words.pop(0) if words[0].isdigit() else None
    if verb and number:
        store.pop(number, None)
        return ""
    kind = rule.special or ""
    shown = access_list.row(words, standard="standard" in kind, version=6 if "ipv6" in kind else 4)
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
    "turned_route": _turned_route,
    "passive": _passive,
    "username": _username,
    "text": _text,
    "entry": _entry,
    "standard_entry": _entry,
    "ipv6_entry": _entry,
    "standard_ipv6_entry": _entry,
    "vrf": _vrf,
    "network": _network,
    "counters": _counters,
    "enable": _enable,
    "ssh_key": _ssh_key,
    "prefix_line": _prefix_line,
}

assert all(
    rule.special in HANDLERS
    for context in (GLOBAL, *CONTEXTS.values())
    for rule in context.rules
    if rule.special and not rule.opens
)
