"""Whether a ruleset in a file of nftables lets a new connection in, and its answers out. Pure.

Base chains alone are read, rule by rule; what a rule asks that is not known here counts as unknown, never as open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_network
from typing import Literal

Answer = Literal["accepted", "dropped", "unknown"]
HOOK = re.compile(r"type\s+\w+\s+hook\s+(\w+)[^;}]*;?\s*(?:policy\s+(\w+)\s*;?)?")
COMMENT = re.compile(r"#[^\n]*")
QUOTED = re.compile(r'"[^"]*"')
NAME = re.compile(r'"[\w.-]+"')
COUNTED = re.compile(
    r"\b(?:counter(?: packets \d+ bytes \d+)?|log(?: prefix)?|comment|limit rate \S+ ?(?:burst \d+ packets)?)\s*"
)
VERDICT = re.compile(r"\b(accept|drop|reject|jump|goto|return|queue)\b.*$")


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection, or its answer."""

    source: IPv4Address
    destination: IPv4Address
    source_port: int | None
    port: int | None
    is_answer: bool


def judge_ruleset(text: str, hooks: tuple[str, ...], packet: Packet) -> tuple[Answer, str]:
    """What becomes of a packet at the base chains of some hooks, and the rule that decides it.

    Args:
        text: of the file.
        hooks: ``input``, ``prerouting``; every chain of them must let it through.
        packet: that comes.
    """
    plain = QUOTED.sub(lambda name: name[0] if NAME.fullmatch(name[0]) else '"x"', COMMENT.sub("", text))
    if plain.count("{") != plain.count("}"):
        return "dropped", "its braces do not fit: nft takes none of it"
    for body in _list_chains(plain):
        hook = HOOK.search(body)
        if hook and hook[1] in hooks:
            answer, rule = _judge_chain(body[hook.end() :], hook[2] or "accept", packet)
            if answer != "accepted":
                return answer, rule
    return "accepted", ""


def _list_chains(text: str) -> Iterator[str]:
    """What stands in the braces of each chain."""
    for start in re.finditer(r"\bchain\s+\S+(?:\s+\S+){0,3}?\s*\{", text):
        depth, at = 1, start.end()
        while depth and at < len(text):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        yield text[start.end() : at - 1]


def _judge_chain(body: str, policy: str, packet: Packet) -> tuple[Answer, str]:
    for rule in (" ".join(rule.split()) for rule in re.split(r"[;\n]", body)):
        if not rule:
            continue
        verdict = VERDICT.search(rule)
        if not verdict:
            continue
        asked = COUNTED.sub("", rule[: verdict.start()]).replace('"x"', "").strip()
        matches = _is_match(asked, packet)
        if matches is False:
            continue
        word = verdict[1]
        if matches is None or word not in ("accept", "drop", "reject"):
            if word == "accept":
                continue  # nobody can rely on it
            return "unknown", rule
        return ("accepted" if word == "accept" else "dropped"), rule
    return ("accepted" if policy == "accept" else "dropped"), f"policy {policy}"


def _is_match(asked: str, packet: Packet) -> bool | None:
    """Whether a rule's question fits; None: it is not known here."""
    rest = asked
    while rest:
        for pattern, judge in QUESTIONS:
            if found := pattern.match(rest):
                rest = rest[found.end() :].strip()
                if not judge(found, packet):
                    return False
                break
        else:
            return None
    return True


def _list_words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,{}]+", text) if word]


def _has_address(found: "re.Match[str]", packet: Packet) -> bool:
    address = packet.source if found[1] == "saddr" else packet.destination
    inside = any(_covers(word, address) for word in _list_words(found[3]))
    return not inside if found[2] else inside


def _covers(word: str, address: IPv4Address) -> bool:
    low, dash, high = word.partition("-")
    try:
        if dash:
            return IPv4Address(low) <= address <= IPv4Address(high)
        return address in ip_network(word, strict=False)
    except (ValueError, TypeError):
        return False


def _has_port(found: "re.Match[str]", packet: Packet) -> bool:
    port = packet.source_port if found[1] == "sport" else packet.port
    names = {"ssh": 22, "http": 80, "https": 443, "domain": 53}
    inside = False
    for word in _list_words(found[3]):
        low, _, high = word.partition("-")
        numbers = [names.get(part, int(part) if part.isdigit() else -1) for part in (low, high or low)]
        inside = inside or (port is not None and numbers[0] <= port <= numbers[1])
    return not inside if found[2] else inside


VALUE = r"(\{[^}]*\}|\S+)"
QUESTIONS = tuple(
    (re.compile(pattern), judge)
    for pattern, judge in (
        (rf"ip (saddr|daddr) (!= )?{VALUE}", _has_address),
        (rf"(?:tcp|th) (sport|dport) (!= )?{VALUE}", _has_port),
        (rf"udp (?:sport|dport) {VALUE}", lambda found, packet: False),
        (r"(?:iif|iifname|oif|oifname) \"?lo\"?(?: |$)", lambda found, packet: False),
        (rf"ct state {VALUE}", lambda found, packet: bool(
            {"established" if packet.is_answer else "new"} & set(_list_words(found[1])))),
        (r"(?:ip6|icmp|icmpv6|arp)\b.*", lambda found, packet: False),
        (r"meta nfproto ipv6", lambda found, packet: False),
        (r"meta nfproto ipv4", lambda found, packet: True),
        (rf"meta pkttype {VALUE}", lambda found, packet: False),
        (rf"(?:meta l4proto|ip protocol) (!= )?{VALUE}", lambda found, packet: (
            ("tcp" in _list_words(found[2])) != bool(found[1]))),
        (r"tcp flags & \([^)]*\) != syn", lambda found, packet: packet.is_answer),
        (r"tcp flags syn", lambda found, packet: not packet.is_answer),
    )
)  # fmt: skip
