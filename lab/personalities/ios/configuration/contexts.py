"""What IOS accepts of services whose lines stand in contexts of their own: AAA, VRFs, BGP, policies for traffic."""

from lab.personalities.ios.configuration.parse import Rule

KEY = "[<digit>] <word>"
PEER = "(<ip>|<ipv6>|<word>)"
MATCHED = "(any|access-group <word>|access-group name <word>|cos <line>|dscp <line>|ip dscp <line>|protocol <word>)"

AAA = [
    *(Rule(f"aaa group server {kind} <word>", key=f"aaa group server {kind} {{0}}", opens=f"{name}-group")
      for kind, name in (("radius", "radius"), ("tacacs+", "tacacs"))),
    *(Rule(f"aaa authentication {kind} <word> <line>", key=f"aaa authentication {kind} {{0}}")
      for kind in ("login", "enable", "dot1x")),
    Rule("aaa authorization console", toggle="off"),
    Rule("aaa authorization config-commands", toggle="off"),
    *(Rule(f"aaa authorization {kind} <word> <line>", key=f"aaa authorization {kind} {{0}}")
      for kind in ("exec", "network")),
    Rule("aaa authorization commands <level> <word> <line>", key="aaa authorization commands {0} {1}"),
    *(Rule(f"aaa accounting {kind} <word> <line>", key=f"aaa accounting {kind} {{0}}")
      for kind in ("exec", "network", "dot1x", "system")),
    Rule("aaa accounting commands <level> <word> <line>", key="aaa accounting commands {0} {1}"),
    Rule("aaa session-id (common|unique)", key="aaa session-id", default="aaa session-id common", always=True),
]  # fmt: skip

VRF = [
    Rule("vrf definition <word>", key="vrf definition {0}", opens="vrf"),
    Rule("ip vrf <word>", key="ip vrf {0}", opens="ip-vrf"),
]

QOS = [
    Rule("class-map [match-all|match-any] <word>", key="class-map {0}", opens="class-map"),
    Rule("policy-map <word>", key="policy-map {0}", opens="policy-map"),
]

BGP = Rule("router bgp <1-4294967295>", key="router bgp {0}", opens="bgp")

POLICY = [
    Rule("ip prefix-list <word> description <line>", key="ip prefix-list {0} description"),
    Rule(
        "ip prefix-list <word> [seq <1-4294967294>] (permit|deny) <prefix> [ge <1-32>] [le <1-32>]",
        key="ip prefix-list {0}",
    ),
]
ROUTE_MAP = Rule("route-map <word> [permit|deny] <0-65535>", key="route-map {0} {1}", opens="route-map")

SERVERS = [
    Rule("tacacs server <word>", key="tacacs server {0}", opens="tacacs-server"),
    Rule("radius server <word>", key="radius server {0}", opens="radius-server"),
]

TRAFFIC = [
    Rule("service-policy input <word>", key="service-policy input"),
    Rule("service-policy output <word>", key="service-policy output"),
]

NEIGHBOR = [
    Rule(f"neighbor {PEER} remote-as <1-4294967295>", key="neighbor {0} remote-as"),
    Rule("neighbor <word> peer-group", key="neighbor {0} peer-group"),
    Rule(f"neighbor {PEER} peer-group <word>", key="neighbor {0} peer-group"),
    Rule(f"neighbor {PEER} description <line>", key="neighbor {0} description"),
    Rule(f"neighbor {PEER} shutdown", key="neighbor {0} shutdown"),
    Rule(f"neighbor {PEER} password {KEY}", key="neighbor {0} password"),
    Rule(f"neighbor {PEER} ebgp-multihop [<1-255>]", key="neighbor {0} ebgp-multihop"),
    Rule(f"neighbor {PEER} update-source <iface>", key="neighbor {0} update-source"),
    Rule(f"neighbor {PEER} timers <0-65535> <0-65535>", key="neighbor {0} timers"),
    Rule(f"neighbor {PEER} activate", key="neighbor {0} activate"),
    Rule(f"neighbor {PEER} send-community [both|extended|standard]", key="neighbor {0} send-community"),
    Rule(f"neighbor {PEER} next-hop-self", key="neighbor {0} next-hop-self"),
    Rule(f"neighbor {PEER} route-reflector-client", key="neighbor {0} route-reflector-client"),
    Rule(f"neighbor {PEER} soft-reconfiguration inbound", key="neighbor {0} soft-reconfiguration"),
    Rule(f"neighbor {PEER} default-originate", key="neighbor {0} default-originate"),
    Rule(f"neighbor {PEER} maximum-prefix <1-2147483647> [<1-100>]", key="neighbor {0} maximum-prefix"),
    *(Rule(f"neighbor {PEER} {kind} <word> {way}", key=f"neighbor {{0}} {kind} {way}")
      for kind in ("prefix-list", "route-map") for way in ("in", "out")),
]  # fmt: skip
ROUTES = [
    Rule("network <ip> [mask <ip>]", key="network {0}"),
    Rule("redistribute (connected|static) [route-map <word>]", key="*"),
    Rule("redistribute ospf <1-65535> [route-map <word>]", key="redistribute ospf {0}"),
    *NEIGHBOR,
    Rule("maximum-paths <1-32>"),
]
TARGETS = [Rule(f"route-target {way} <word>", key=f"route-target {way} {{0}}") for way in ("export", "import")]
CLOSE = Rule("exit-address-family", shown=False)

CONTEXTS: dict[str, list[Rule | None]] = {
    "radius-group": [
        Rule("server name <word>", key="server name {0}", typed=True),
        Rule("server <ip> [auth-port <0-65535>] [acct-port <0-65535>]", key="server {0}", typed=True),
        Rule("ip vrf forwarding <word>"),
        Rule("ip radius source-interface <iface>"),
        Rule("deadtime <1-1440>"),
    ],
    "tacacs-group": [
        Rule("server name <word>", key="server name {0}", typed=True),
        Rule("server <ip>", key="server {0}", typed=True),
        Rule("ip vrf forwarding <word>"),
        Rule("ip tacacs source-interface <iface>"),
    ],
    "radius-server": [
        Rule("address ipv4 <ip> [auth-port <0-65535>] [acct-port <0-65535>]", key="address ipv4"),
        Rule("timeout <1-1000>"),
        Rule("retransmit <0-100>"),
        Rule(f"key {KEY}", key="key"),
    ],
    "tacacs-server": [
        Rule("address ipv4 <ip>", key="address ipv4"),
        Rule(f"key {KEY}", key="key"),
        Rule("timeout <1-1000>"),
        Rule("single-connection", toggle="off"),
    ],
    "vrf": [
        Rule("description <line>"),
        Rule("rd <word>"),
        *TARGETS,
        Rule("address-family (ipv4|ipv6) [unicast]", key="*", opens="vrf-af"),
    ],
    "vrf-af": [*TARGETS, CLOSE],
    "ip-vrf": [Rule("description <line>"), Rule("rd <word>"), *TARGETS],
    "bgp": [
        Rule("bgp router-id <ip>"),
        Rule("bgp log-neighbor-changes", toggle="on", always=True),
        Rule("bgp default ipv4-unicast", toggle="on"),
        *ROUTES,
        Rule("address-family (ipv4|ipv6) [unicast]", key="*", opens="bgp-af"),
        Rule("address-family ipv4 vrf <word>", key="address-family ipv4 vrf {0}", opens="bgp-af"),
    ],
    "bgp-af": [*ROUTES, CLOSE],
    "class-map": [Rule("description <line>"), Rule(f"match {MATCHED}", key="*", typed=True)],
    "policy-map": [Rule("description <line>"), Rule("class <word>", key="class {0}", opens="policy-class", typed=True)],
    "policy-class": [
        Rule("set (dscp|ip dscp|cos|precedence) <word>", key="set"),
        Rule("trust (cos|dscp)", key="trust"),
        Rule("bandwidth <line>"),
        Rule("priority [level <1-2>]", key="priority"),
        Rule("police <line>"),
        Rule("service-policy <word>"),
    ],
    "route-map": [
        Rule("description <line>"),
        Rule("match ip address prefix-list <line>", key="match ip address prefix-list"),
        Rule("match ip address <word>"),
        Rule("match tag <1-4294967295>"),
        Rule("continue [<1-65535>]", key="continue"),
        Rule("set metric <0-4294967295>"),
        Rule("set local-preference <0-4294967295>"),
        Rule("set tag <0-4294967295>"),
        Rule("set community <line>"),
        Rule("set as-path prepend <line>"),
        Rule("set ip next-hop <ip>"),
    ],
}  # fmt: skip

PROMPTS = {
    "radius-group": "config-sg-radius",
    "tacacs-group": "config-sg-tacacs+",
    "radius-server": "config-radius-server",
    "tacacs-server": "config-server-tacacs",
    "vrf": "config-vrf",
    "vrf-af": "config-vrf-af",
    "ip-vrf": "config-vrf",
    "bgp": "config-router",
    "bgp-af": "config-router-af",
    "class-map": "config-cmap",
    "policy-map": "config-pmap",
    "policy-class": "config-pmap-c",
    "route-map": "config-route-map",
}
