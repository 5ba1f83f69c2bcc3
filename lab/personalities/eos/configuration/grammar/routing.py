"""The modes of routing: OSPF, BGP, route maps, prefix lists, access lists."""

import re

from lab.personalities.eos.configuration.grammar.rule import Context, Rule

ASN = "<asn>"
REDISTRIBUTED = "(connected|static|bgp|rip|attached-host|isis)"


# What is shown otherwise than it was typed.
SHOWN = {
    "password <secret>": "password 7 {1}",
    "peer-group": "peer group",
    "peer-group <name>": "peer group {1}",
}


def _neighbour(texts: tuple[str, ...], activates: bool) -> tuple[Rule, ...]:
    """The lines about a neighbour, shown neighbour by neighbour, each in this order."""
    rules = [Rule("neighbor <peer>", "neighbor {0} ", only_no=True, sorts="neighbor")]
    places: dict[str, int] = {}
    for text in texts:
        shown = SHOWN.get(text)
        topic = " ".join(word for word in re.sub(r"\[.*?\]", "", shown or text).split() if word[0] not in "<({7")
        key = f"neighbor {{0}} {places.setdefault(topic, len(places)):02d}"
        show = f"neighbor {{0}} {shown}" if shown else None
        rules.append(Rule(f"neighbor <peer> {text}", key, show=show, sorts="neighbor"))
    if activates:
        rules.append(
            Rule("neighbor <peer> activate", "neighbor {0} 99", off="no neighbor {0} activate", sorts="neighbor")
        )
    return tuple(rules)


ALIKE = (
    "next-hop-self",
    "next-hop-unchanged",
    "next-hop address-family ipv6 originate",
    "remove-private-as [all [replace-as]]",
    "encapsulation (vxlan|mpls)",
    "weight <int:0-65535>",
    "default-originate [always]",
    "route-map <name> in",
    "route-map <name> out",
    "prefix-list <name> in",
    "prefix-list <name> out",
    "send-community",
    "send-community (extended|standard|large)",
    "maximum-routes <int:0-4294967294> [warning-only]",
)
PEER = (
    "peer group",
    "peer group <name>",
    "peer-group",
    "peer-group <name>",
    f"remote-as {ASN}",
    f"local-as {ASN} [no-prepend replace-as]",
    "update-source <port>",
    "description <rest>",
    "shutdown",
    "bfd",
    "ebgp-multihop [<int:1-255>]",
    "route-reflector-client",
    "allowas-in <int:1-10>",
    "soft-reconfiguration inbound [all]",
    "timers <int:0-3600> <int:0-3600>",
    "rib-in pre-policy retain [all]",
    "auto-local-addr",
    "passive",
    "password 7 <word>",
    *ALIKE,
)
_TOGETHER = (
    Rule("redistribute " + REDISTRIBUTED, "redistribute {0}"),
    Rule("redistribute " + REDISTRIBUTED + " route-map <name>", "redistribute {0}"),
    Rule("network <prefix>", "network {0}"),
    Rule("network <prefix> route-map <name>", "network {0}"),
    Rule("network <ip> mask <ip>", "network", special="network"),
    Rule("aggregate-address <prefix> [summary-only]", "aggregate {0}", "aggregate-address <prefix>"),
)
_ROUTER = (
    Rule("router-id <ip>", "router-id"),
    Rule("maximum-paths <int:1-600> [ecmp <int:1-600>]", "maximum-paths"),
    Rule("distance bgp <int:1-255> [<int:1-255> <int:1-255>]", "distance"),
    Rule("bgp default ipv4-unicast", "default unicast", off="no bgp default ipv4-unicast"),
    Rule("bgp log-neighbor-changes", "log", off="no bgp log-neighbor-changes", default="bgp log-neighbor-changes"),
    Rule("bgp listen range <prefix> peer-group <name> remote-as <asn>", "listen {0}"),
    Rule("bgp listen range <prefix> peer-group <name> peer-filter <name>", "listen {0}"),
    Rule("bgp bestpath tie-break router-id", "tie-break"),
    Rule("bgp bestpath as-path multipath-relax", "relax", off="no bgp bestpath as-path multipath-relax"),
    Rule("neighbor interface <ports> peer-group <name> remote-as <asn>", "interface {0}"),
    Rule("neighbor interface <ports> peer-group <name> [peer-filter <name>]", "interface {0}"),
    Rule("bgp asn notation (asdot|asplain)", "notation"),
    Rule("timers bgp <int:0-3600> <int:0-3600>", "timers"),
    Rule("update wait-for-convergence", "wait convergence"),
    Rule("update wait-install", "wait install"),
    Rule("graceful-restart restart-time <int:1-3600>", "graceful time"),
    Rule("graceful-restart", "graceful"),
    Rule("rd <word>", "rd"),
    Rule("route-target (import|export|both) <word>", "rt {0} {1}"),
    Rule("route-target (import|export) (evpn|vpn-ipv4|vpn-ipv6) <word>", "rt {0} {1} {2}"),
    *_neighbour((*PEER, "password <secret>"), activates=False),
    *_TOGETHER,
)
_MAC_VRF = (
    Rule("rd <word>", "rd"),
    Rule("rd evpn domain (all|remote) <word>", "rd {0}"),
    Rule("route-target (import|export|both) <word>", "rt {0} {1}"),
    Rule("route-target (import|export) evpn domain remote <word>", "rt remote {0} {1}"),
    Rule("redistribute (learned|host-route|router-mac)", "redistribute {0}"),
)
_FAMILY = (*_neighbour(ALIKE, activates=True), *_TOGETHER)

_ACTION = "(permit|deny)"


def _rows(special: str) -> tuple[Rule, ...]:
    return (
        Rule("remark <rest>", "remark {0}", special=special),
        Rule("permit <rest>", "entry", special=special),
        Rule("deny <rest>", "entry", special=special),
        Rule("<int:1-4294967295> remark <rest>", "entry", special=special),
        Rule(f"<int:1-4294967295> {_ACTION} <rest>", "entry", "<int:1-4294967295>", special=special),
        Rule("counters per-entry", "counters", special="counters"),
    )


CONTEXTS = (
    Context("access list", "acl-{}", _rows("entry")),
    Context("standard access list", "std-acl-{}", _rows("standard_entry")),
    Context("ipv6 access list", "ipv6-acl-{}", _rows("ipv6_entry")),
    Context("standard ipv6 access list", "std-ipv6-acl-{}", _rows("standard_ipv6_entry")),
    Context(
        "prefix list",
        "ip-pfx",
        (
            Rule(
                f"seq <int:0-65535> {_ACTION} <prefix> [eq <int:1-32>] [ge <int:1-32>] [le <int:1-32>]",
                "seq {0}",
                "seq <int:0-65535>",
                sorts="seq",
            ),
        ),
    ),
    Context(
        "route map",
        "route-map-{}",
        (
            Rule("description <rest>", "description"),
            Rule("match ip address prefix-list <name>", "match prefix-list"),
            Rule("match ip address access-list <name>", "match access-list"),
            Rule("match as <asn>", "match as"),
            Rule("match interface <port>", "match interface"),
            Rule("match source-protocol (connected|static|bgp|ospf)", "match source-protocol"),
            Rule("match tag <int:0-4294967295>", "match tag"),
            Rule("match community <name>", "match community"),
            Rule("continue <int:1-16777215>", "continue"),
            Rule("set weight <int:0-65535>", "set weight"),
            Rule("set local-preference <int:0-4294967295>", "set local-preference"),
            Rule("set metric <int:0-4294967295>", "set metric"),
            Rule("set tag <int:0-4294967295>", "set tag"),
            Rule("set origin (igp|egp|incomplete)", "set origin"),
            Rule("set ip next-hop <ip>", "set next-hop"),
            Rule("set community <word> [<word> [<word>]] [additive]", "set community"),
            Rule("set as-path prepend <rest>", "set as-path"),
        ),
    ),
    Context(
        "ospf",
        "router-ospf",
        (
            Rule("router-id <ip>", "router-id"),
            Rule("auto-cost reference-bandwidth <int:1-4294967>", "auto-cost"),
            Rule("bfd default", "bfd"),
            Rule("distance ospf (external|inter-area|intra-area) <int:1-255>", "distance {0}"),
            Rule("passive-interface default", "passive default"),
            Rule("passive-interface <port>", "passive {0}", special="passive"),
            Rule("redistribute (connected|static|bgp|rip)", "redistribute {0}"),
            Rule("redistribute (connected|static|bgp|rip) route-map <name>", "redistribute {0}"),
            Rule("area <area> stub", "area {0} type"),
            Rule("area <area> nssa", "area {0} type"),
            Rule("area <area> range <prefix>", "area {0} range {1}"),
            Rule("network <prefix> area <area>", "network {0}", "network <prefix>"),
            Rule("network <ip> <ip> area <area>", "network", special="network"),
            Rule("max-lsa <int:0-100000>", "max-lsa"),
            Rule("maximum-paths <int:1-128>", "maximum-paths", default="maximum-paths 128"),
            Rule("log-adjacency-changes detail", "log-adjacency-changes", "log-adjacency-changes"),
            Rule("default-information originate [always]", "default-information"),
            Rule("timers throttle spf <int:0-65535000> <int:0-65535000> <int:0-65535000>", "spf"),
            Rule("graceful-restart", "graceful"),
            Rule("shutdown", "shutdown"),
        ),
        initial=("max-lsa 12000",),
    ),
    Context(
        "bgp",
        "router-bgp",
        (
            *_ROUTER,
            Rule("vlan <int:1-4094>", "vlan {0}", opens="bgp vlan"),
            Rule("vlan-aware-bundle <name>", "vlan bundle {0}", opens="bgp bundle"),
            Rule(
                "address-family (ipv4|ipv6|evpn|vpn-ipv4|vpn-ipv6|rt-membership)",
                "address-family {0}",
                opens="bgp family",
            ),
            Rule("vrf <name>", "vrf {0}", opens="bgp vrf"),
        ),
    ),
    Context("bgp family", "router-bgp-af", _FAMILY),
    Context("bgp vlan", "macvrf-{}", _MAC_VRF),
    Context("bgp bundle", "macvrf-{}", (*_MAC_VRF, Rule("vlan <vlans>", "vlan"))),
    Context(
        "peer filter",
        "router-bgp-peer-filter-{}",
        (Rule("<int:0-65535> match as-range <word> result (accept|reject)", "row {0}"),),
    ),
    Context(
        "bgp vrf",
        "router-bgp-vrf-{}",
        (*_ROUTER, Rule("address-family (ipv4|ipv6)", "address-family {0}", opens="bgp family")),
    ),
)
