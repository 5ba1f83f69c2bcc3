"""Mistakes that somebody makes in a configuration, whom each hits, and the place and line where it shows."""

from dataclasses import dataclass, field

from nornir_tasks.reachability.way import Outcome
from tests.support.forwarding_region import Edit

Question = tuple[str, str, str]
R, S, U = Outcome.REACHED, Outcome.STOPPED, Outcome.UNSURE
CORE, LEAF, EOS_CORE = "loppa-core-01", "alta-leaf-01", "hammerfest-core-01"
NAMES, DENY = "permit udp any host 10.10.1.11 eq domain", "deny ip any 10.0.0.0 0.255.255.255"
ADM_LIST, GUEST_LIST = "ip access-list extended ZONE-ADMINISTRATION-IN", "ip access-list extended ZONE-GUEST-IN"
ANY = "0.0.0.0 255.255.255.255"
VLAN_MAP = """ip access-list extended DNS
 permit udp any any eq domain
vlan access-map QUIET 10
 match ip address DNS
 action drop
vlan access-map QUIET 20
 action forward
vlan filter QUIET vlan-list 110"""
TRUNK = "switchport trunk allowed vlan …"
ADM: Question = ("administration@loppa-radhus", "centre-names-01", "udp/53")
SCHOOL: Question = ("school@hogtun-skole", "centre-names-01", "udp/53")
SANDLAND: Question = ("school@sandland-skole", "centre-names-01", "udp/53")
EOS: Question = ("administration@hammerfest-radhus", "centre-names-01", "udp/53")
SSH: Question = ("centre-control-01", "loppa-acc-03", "tcp/22")
GUEST: Question = ("guest@loppa-radhus", "loppa-acc-05", "tcp/22")
WORLD: Question = ("administration@loppa-radhus", "8.8.8.8", "tcp/443")


def gi(number: int) -> str:
    """A port of IOS."""
    return f"GigabitEthernet1/0/{number}"


@dataclass(frozen=True)
class Mistake:
    """A mistake, a question that it changes the answer of, and what the proof must say.

    Args:
        name: of the case.
        question: from, to, port.
        edits: the mistake.
        outcome: of the worst answer.
        words: part of its reason (reached: of one of its rows).
        victims: the switches whose clients are hit; empty: all that are asked for.
        before: the outcome without the mistake.
    """

    name: str
    question: Question
    edits: tuple[Edit, ...]
    outcome: Outcome
    words: str
    victims: tuple[str, ...] = ()
    before: Outcome = field(default=R)


def uplinks(old: str, new: str, name: str = "") -> tuple[Edit, ...]:
    """The same on both of the core's uplinks."""
    return tuple(Edit(CORE, name or f"interface {gi(at)}", old.format(gi(at)), new.format(gi(at))) for at in (23, 24))
