"""What an IOS switch accepts, as data, in the order in which it prints it.

A running configuration is printed in the order of these lists, whatever order lines were typed in. ``BREAK``
is where IOS prints a ``!`` between lines.
"""

from dataclasses import replace

from lab.personalities.ios.configuration import contexts
from lab.personalities.ios.configuration.parse import Node, Rule, grammar

BREAK = None
HASHED = "secret [<digit>] <word>"
CLEAR = "password [<digit>] <word>"
ADDRESS = "(any|host <ip>|<ip> <ip>)"
PORT = "[eq <word>|neq <word>|lt <word>|gt <word>|range <word> <word>]"
IP_ROW = f"(permit|deny) (ip|ospf|igmp|gre|esp|ahp|pim) {ADDRESS} {ADDRESS} [log]"
ICMP_ROW = f"(permit|deny) icmp {ADDRESS} {ADDRESS} [echo|echo-reply|ttl-exceeded|unreachable] [log]"
TCP_ROW = f"(permit|deny) (tcp|udp) {ADDRESS} {PORT} {ADDRESS} {PORT} [established|ack|fin|psh|rst|syn|urg] [log]"
SEVERITY = "[emergencies|alerts|critical|errors|warnings|notifications|informational|debugging]"
ADDRESS6 = "(any|host <ipv6>|<ipv6net>)"
IP6_ROW = f"(permit|deny) (ipv6|icmp) {ADDRESS6} {ADDRESS6} [dscp <word>] [log] [sequence <1-4294967294>]"
TCP6_ROW = (
    f"(permit|deny) (tcp|udp) {ADDRESS6} {PORT} {ADDRESS6} {PORT} "
    "[established|ack|fin|psh|rst|syn|urg] [dscp <word>] [log] [sequence <1-4294967294>]"
)
STANDARD_ROW = "(remark <line>|(permit|deny) (any|host <ip>|<ip>|<ip> <ip>) [log])"
SEQUENCE = "[<1-2147483647>]"

SNMP = [
    Rule("snmp-server engineID local <word>"),
    *(Rule(f"snmp-server group <word> v3 {level} [read <word>] [write <word>] [notify <word>] [access <word>]",
           key=f"snmp-server group {{0}} v3 {level}") for level in ("auth", "noauth", "priv")),
    Rule("snmp-server view <word> <word> (included|excluded)", key="snmp-server view {0} {1}"),
    Rule("snmp-server community <word> [view <word>] [RO|RW] [<word>]", key="snmp-server community {0}"),
    Rule("snmp-server trap-source <iface>"),
    Rule("snmp-server packetsize <484-17940>"),
    Rule("snmp-server queue-length <1-5000>"),
    Rule("snmp-server location <line>"),
    Rule("snmp-server contact <line>"),
    Rule("snmp-server system-shutdown", toggle="off"),
    Rule("snmp-server enable traps snmp [authentication] [linkdown] [linkup] [coldstart] [warmstart]",
         key="snmp-server enable traps snmp"),
    *(Rule(f"snmp-server enable traps {kind}", toggle="off") for kind in (
        "tty", "config", "config-copy", "cpu threshold", "entity", "envmon", "errdisable", "port-security", "syslog",
        "stackwise", "vlancreate", "vlandelete", "vlan-membership", "vtp", "bgp",
    )),
    Rule("snmp-server enable traps bridge [newroot] [topologychange]", key="snmp-server enable traps bridge"),
    Rule("snmp-server enable traps stpx [inconsistency] [root-inconsistency] [loop-inconsistency]",
         key="snmp-server enable traps stpx"),
    *(Rule(f"snmp-server host <ip>{name} [traps|informs] [version (1|2c|3 (auth|noauth|priv))] <word> "
           "[udp-port <0-65535>] [<line>]", key=f"snmp-server host {{0}}{key}")
      for name, key in (("", " {1}"), (" vrf <word>", " vrf {1} {2}"))),
]  # fmt: skip
NTP = [
    Rule("ntp authenticate", toggle="off"),
    Rule("ntp authentication-key <1-4294967295> md5 <word> [<digit>]", key="ntp authentication-key {0}"),
    Rule("ntp trusted-key <1-4294967295>", key="ntp trusted-key {0}"),
    *(Rule(f"ntp access-group {kind} <word>", key=f"ntp access-group {kind}")
      for kind in ("peer", "query-only", "serve", "serve-only")),
    Rule("ntp logging", toggle="off"),
    Rule("ntp max-associations <1-4294967295>"),
    Rule("ntp master [<1-15>]", key="ntp master"),
    Rule("ntp update-calendar", toggle="off"),
    *(Rule(f"ntp {kind}{vrf} <ip> [version <1-4>] [key <1-4294967295>] [source <iface>] [prefer]",
           key=f"ntp {kind}{key}")
      for kind in ("peer", "server") for vrf, key in (("", " {0}"), (" vrf <word>", " vrf {0} {1}"))),
]  # fmt: skip

GLOBAL: list[Rule | None] = [
    Rule("version <word>", shown=False),
    BREAK,
    Rule("service pad", toggle="on"),
    Rule("service tcp-keepalives-in", toggle="off"),
    Rule("service tcp-keepalives-out", toggle="off"),
    Rule(
        "service timestamps debug (uptime|datetime [msec] [localtime] [show-timezone])", key="service timestamps debug"
    ),
    Rule("service timestamps log (uptime|datetime [msec] [localtime] [show-timezone])", key="service timestamps log"),
    Rule("service password-encryption", toggle="off", always=True),
    BREAK,
    Rule("hostname <word>", default="hostname Switch", always=True),
    BREAK,
    Rule("boot-start-marker", shown=False),
    Rule("boot-end-marker", shown=False),
    BREAK,
    contexts.VRF[0],
    BREAK,
    Rule("logging exception <4096-2147483647>"),
    Rule("logging userinfo", toggle="off"),
    Rule(f"logging buffered [<4096-2147483647>] {SEVERITY}", key="logging buffered"),
    Rule(f"logging console {SEVERITY}", key="logging console"),
    Rule(f"logging monitor {SEVERITY}", key="logging monitor"),
    Rule(f"enable {HASHED}", key="enable secret"),
    Rule(f"enable {CLEAR}", key="enable password"),
    BREAK,
    Rule(f"username <word> [privilege <level>] [nopassword|{HASHED}|{CLEAR}]", key="username {0}"),
    Rule("aaa new-model", toggle="off", always=True),
    *contexts.AAA,
    Rule("clock timezone <word> <hours> [<0-59>]", key="clock timezone"),
    Rule(
        "clock summer-time <word> recurring [<word> <word> <word> <time> <word> <word> <word> <time> [<1-1440>]]",
        key="clock summer-time",
    ),
    Rule("switch <1-9> provision <word>", key="switch {0} provision"),
    BREAK,
    contexts.VRF[1],
    Rule("ip routing", toggle="off"),
    Rule("ip dhcp snooping", toggle="off"),
    Rule("ip domain-lookup", toggle="on"),
    Rule("ip domain-name <word>"),
    Rule("ip name-server <ip> [<ip>] [<ip>]", key="ip name-server {0}"),
    Rule("ipv6 unicast-routing", toggle="off"),
    Rule("vtp domain <word>"),
    Rule("vtp mode (transparent|off)", key="vtp mode"),
    BREAK,
    Rule("archive", opens="archive"),
    Rule("file prompt quiet", key="file prompt"),
    BREAK,
    Rule("crypto pki trustpoint <word>", key="crypto pki trustpoint {0}", opens="trustpoint"),
    Rule("crypto pki certificate chain <word>", key="crypto pki certificate chain {0}", opens="chain"),
    BREAK,
    Rule(
        "spanning-tree mode (pvst|rapid-pvst|mst)",
        key="spanning-tree mode",
        default="spanning-tree mode pvst",
        always=True,
    ),
    Rule("spanning-tree loopguard default", toggle="off"),
    Rule("spanning-tree portfast [edge] bpduguard default", key="spanning-tree portfast bpduguard default"),
    Rule("spanning-tree extend system-id", shown=True, toggle="on", always=True),
    Rule("spanning-tree vlan <vlans> priority <0-61440>", key="spanning-tree vlan {0} priority"),
    BREAK,
    Rule("vlan <vlans>", key="vlan {0}", opens="vlan"),
    BREAK,
    Rule(
        "port-channel load-balance (src-mac|dst-mac|src-dst-mac|src-ip|dst-ip|src-dst-ip)",
        key="port-channel load-balance",
        default="port-channel load-balance src-mac",
    ),
    Rule("lacp system-priority <0-65535>", default="lacp system-priority 32768"),
    BREAK,
    *contexts.QOS,
    BREAK,
    Rule("cdp run", toggle="on"),
    Rule("lldp run", toggle="off"),
    Rule("lldp holdtime <0-65535>", default="lldp holdtime 120"),
    Rule("lldp timer <5-65534>", default="lldp timer 30"),
    Rule("lldp reinit <2-5>", default="lldp reinit 2"),
    Rule("interface <iface>", key="interface {0}", opens="interface"),
    Rule("router ospf <1-65535>", key="router ospf {0}", opens="ospf"),
    contexts.BGP,
    BREAK,
    Rule("ip default-gateway <ip>"),
    Rule("ip forward-protocol nd", toggle="on"),
    Rule("ip http server", toggle="on", always=True),
    Rule("ip http authentication (local|enable)", key="ip http authentication"),
    Rule("ip http secure-server", toggle="on", always=True),
    Rule("ip scp server enable", toggle="off"),
    Rule("ip ssh time-out <1-120>"),
    Rule("ip ssh authentication-retries <0-5>"),
    Rule("ip ssh version (1|2)", key="ip ssh version"),
    Rule(
        "ip route <ip> <ip> (<ip>|<iface>|<iface> <ip>) [<1-255>] [tag <1-4294967295>] [permanent] [name <word>]",
        key="ip route {0} {1} {2}",
    ),
    Rule(
        "ip route vrf <word> <ip> <ip> (<ip>|<iface>|<iface> <ip>) [<1-255>] [tag <1-4294967295>] [name <word>]",
        key="ip route vrf {0} {1} {2} {3}",
    ),
    BREAK,
    Rule("ip access-list extended <word>", key="ip access-list extended {0}", opens="acl"),
    Rule("ip access-list standard <word>", key="ip access-list standard {0}", opens="standard-acl"),
    Rule("ip access-list resequence <word> <1-2147483647> <1-2147483647>", shown=False),
    BREAK,
    Rule(f"logging history {SEVERITY}", key="logging history", default="logging history warnings"),
    Rule(f"logging trap {SEVERITY}", key="logging trap", default="logging trap informational"),
    Rule("logging origin-id (hostname|ip|ipv6|string <line>)", key="logging origin-id"),
    Rule(
        "logging facility (local0|local1|local2|local3|local4|local5|local6|local7|syslog)",
        key="logging facility",
        default="logging facility local7",
    ),
    Rule("logging source-interface <iface>"),
    Rule("logging source-interface <iface> vrf <word>", key="logging source-interface vrf {1}"),
    Rule("logging [host] <ip> [transport udp port <1-65535>]", key="logging host {0}"),
    Rule("logging host <ip> vrf <word> [transport udp port <1-65535>]", key="logging host {0} vrf {1}"),
    BREAK,
    *contexts.POLICY,
    Rule("ipv6 route <ipv6net> (<ipv6>|<iface>|<iface> <ipv6>) [<1-254>]", key="ipv6 route {0} {1}"),
    BREAK,
    Rule(f"access-list (<1-99>|<1300-1999>) {STANDARD_ROW}", key="access-list {0}"),
    Rule(f"access-list (<100-199>|<2000-2699>) (remark <line>|{IP_ROW}|{ICMP_ROW}|{TCP_ROW})", key="access-list {0}"),
    BREAK,
    contexts.ROUTE_MAP,
    BREAK,
    *SNMP,
    BREAK,
    *contexts.SERVERS,
    BREAK,
    Rule("ipv6 access-list <word>", key="ipv6 access-list {0}", opens="ipv6-acl"),
    BREAK,
    Rule("banner (exec|incoming|login|motd) <line>"),
    BREAK,
    Rule("line con <0-0>", key="line con {0}", opens="line"),
    Rule("line vty <0-15> [<1-15>]", key="line vty {0}", opens="line"),
    BREAK,
    Rule("ntp source <iface>"),
    *NTP,
    BREAK,
    Rule("end", shown=False),
]

PORT_RULES: list[Rule | None] = [
    Rule("description <line>"),
    Rule("switchport", toggle="on"),
    Rule("switchport access vlan <vlan>", layer=2, default="switchport access vlan 1"),
    Rule("switchport trunk native vlan <vlan>", layer=2, default="switchport trunk native vlan 1"),
    Rule("switchport trunk pruning vlan (none|<vlans>)", key="switchport trunk pruning vlan", layer=2),
    Rule(
        "switchport trunk allowed vlan (<vlans>|all|none|(add|remove|except) <vlans>)",
        key="switchport trunk allowed vlan",
        layer=2,
        default="switchport trunk allowed vlan all",
    ),
    Rule(
        "switchport mode (access|trunk|dynamic auto|dynamic desirable)",
        key="switchport mode",
        layer=2,
        default="switchport mode dynamic auto",
    ),
    Rule("switchport nonegotiate", toggle="off", layer=2),
    Rule("switchport voice vlan <vlan>", layer=2),
    Rule("vrf forwarding <word>", layer=3),
    Rule("ip vrf forwarding <word>", layer=3),
    Rule("ip address <ip> <ip> secondary", layer=3, key="ip address {0} secondary"),
    Rule("ip address <ip> <ip>", layer=3, absent="no ip address"),
    Rule("ip access-group <word> in", key="ip access-group in"),
    Rule("ip access-group <word> out", layer=3, key="ip access-group out"),
    Rule("ipv6 traffic-filter <word> in", key="ipv6 traffic-filter in"),
    Rule("ipv6 traffic-filter <word> out", layer=3, key="ipv6 traffic-filter out"),
    Rule("ip helper-address <ip>", layer=3, key="ip helper-address {0}"),
    Rule("ip redirects", layer=3, toggle="on"),
    Rule("ip unreachables", layer=3, toggle="on"),
    Rule("ip proxy-arp", layer=3, toggle="on"),
    Rule("ipv6 address <ipv6> link-local", layer=3, key="ipv6 address {0} link-local"),
    Rule("ipv6 address <ipv6net> [eui-64|anycast]", layer=3, key="ipv6 address {0}"),
    Rule("ipv6 enable", layer=3, toggle="off"),
    Rule("ipv6 redirects", layer=3, toggle="on"),
    Rule("ipv6 unreachables", layer=3, toggle="on"),
    Rule("ip ospf network point-to-point", layer=3, key="ip ospf network"),
    Rule("ip ospf cost <1-65535>", layer=3),
    Rule("shutdown", toggle="off"),
    Rule("speed (10|100|1000|auto)", key="speed", default="speed auto"),
    Rule("duplex (auto|full|half)", key="duplex", default="duplex auto"),
    Rule("cdp enable", toggle="on"),
    Rule("snmp trap link-status", toggle="on"),
    Rule("storm-control broadcast level <word>", layer=2),
    Rule("spanning-tree portfast [edge|trunk|edge trunk|disable]", key="spanning-tree portfast", layer=2),
    Rule("spanning-tree bpduguard (enable|disable)", key="spanning-tree bpduguard", layer=2),
    *contexts.TRAFFIC,
    Rule("ip dhcp snooping trust", toggle="off"),
]

SVI_RULES: list[Rule | None] = [
    Rule("description <line>"),
    Rule("autostate", toggle="on"),
    Rule("vrf forwarding <word>"),
    Rule("ip vrf forwarding <word>"),
    Rule("ip address <ip> <ip> secondary", key="ip address {0} secondary"),
    Rule("ip address <ip> <ip>", absent="no ip address"),
    *(
        Rule(f"{kind} <word> {way}", key=f"{kind} {way}")
        for kind in ("ip access-group", "ipv6 traffic-filter")
        for way in ("in", "out")
    ),
    Rule("ip helper-address <ip>", key="ip helper-address {0}"),
    Rule("ip redirects", toggle="on"),
    Rule("ip unreachables", toggle="on"),
    Rule("ip proxy-arp", toggle="on"),
    Rule("ip ospf cost <1-65535>"),
    Rule("ipv6 address <ipv6> link-local", key="ipv6 address {0} link-local"),
    Rule("ipv6 address <ipv6net> [eui-64|anycast]", key="ipv6 address {0}"),
    Rule("ipv6 enable", toggle="off"),
    Rule("ipv6 redirects", toggle="on"),
    Rule("ipv6 unreachables", toggle="on"),
    Rule("shutdown", toggle="off"),
]

OTHERS: dict[str, list[Rule | None]] = {
    **contexts.CONTEXTS,
    "port": [
        *PORT_RULES,
        Rule("channel-protocol (lacp|pagp)", key="channel-protocol"),
        Rule("lacp port-priority <0-65535>", default="lacp port-priority 32768"),
        Rule("channel-group <1-48> mode (active|passive|on|desirable|auto)", key="channel-group"),
    ],
    "port-channel": PORT_RULES,
    "svi": SVI_RULES,
    "vlan": [
        Rule("name <word>"),
        Rule("state (active|suspend)", key="state", default="state active"),
        Rule("mtu <576-18190>", default="mtu 1500"),
        Rule("shutdown", toggle="off"),
    ],
    "archive": [
        Rule("log config", opens="archive-log"),
        Rule("path <word>"),
        Rule("maximum <1-14>"),
        Rule("write-memory", toggle="off"),
        Rule("time-period <1-525600>"),
    ],
    "archive-log": [
        Rule("logging enable", toggle="off"),
        Rule("logging size <1-1000>"),
        Rule("notify syslog", toggle="off"),
        Rule("hidekeys", toggle="off"),
    ],
    "ospf": [
        Rule("router-id <ip>"),
        Rule("shutdown", toggle="off"),
        Rule("log-adjacency-changes", toggle="on"),
        Rule("auto-cost reference-bandwidth <1-4294967>"),
        Rule("passive-interface default", toggle="off"),
        Rule("passive-interface <iface>", key="passive-interface {0}", toggle="off"),
        Rule("redistribute static [subnets]", key="redistribute static"),
        Rule("redistribute connected [subnets]", key="redistribute connected"),
        Rule("network <ip> <ip> area <area>", key="network {0} {1}"),
        Rule("default-information originate [always]", key="default-information originate"),
    ],
    "acl": [
        Rule(f"{SEQUENCE} remark <line>", key="*"),
        Rule(f"{SEQUENCE} {IP_ROW}", key="*"),
        Rule(f"{SEQUENCE} {ICMP_ROW}", key="*"),
        Rule(f"{SEQUENCE} {TCP_ROW}", key="*"),
    ],
    "standard-acl": [Rule(f"{SEQUENCE} {STANDARD_ROW}", key="*")],
    "ipv6-acl": [
        Rule("[sequence <1-4294967294>] remark <line>", key="*"),
        Rule(f"[sequence <1-4294967294>] {IP6_ROW}", key="*"),
        Rule(f"[sequence <1-4294967294>] {TCP6_ROW}", key="*"),
    ],
    "trustpoint": [
        Rule("enrollment (selfsigned|terminal|pkcs12|url <word>)", key="enrollment"),
        Rule("serial-number none", key="serial-number"),
        Rule("fqdn <word>"),
        Rule("subject-name <line>"),
        Rule("revocation-check (none|crl|ocsp|crl none|ocsp none)", key="revocation-check"),
        Rule("rsakeypair <word> [<512-4096>]", key="rsakeypair"),
    ],
    "chain": [Rule("certificate (self-signed|ca) <word> [<line>]", key="certificate {0}")],
    "line": [
        Rule("exec prompt timestamp", toggle="off"),
        Rule("access-class <word> in", key="access-class in"),
        Rule("exec-timeout <0-35791> [<0-2147483>]", key="exec-timeout", default="exec-timeout 10 0"),
        Rule("privilege level <level>"),
        Rule(CLEAR, key="password"),
        Rule("logging synchronous", toggle="off"),
        Rule("authorization exec <word>"),
        Rule("login [local|authentication <word>]", key="login"),
        Rule("length <0-512>"),
        Rule("transport preferred (none|ssh|telnet|all)", key="transport preferred"),
        Rule("transport input (all|none|ssh|telnet|telnet ssh|ssh telnet)", key="transport input"),
        Rule("stopbits <1-2>", default="stopbits 2"),
    ],
}


def _ordered(rules: list[Rule | None]) -> list[Rule]:
    """Give each rule its place in the printed order, and its group between two ``!``."""
    placed: list[Rule] = []
    group = 0
    for rule in rules:
        if rule is BREAK:
            group += 1
            continue
        assert rule is not None
        placed.append(replace(rule, order=len(placed), group=group))
    return placed


RULES: dict[str, list[Rule]] = {"global": _ordered(GLOBAL), **{name: _ordered(rules) for name, rules in OTHERS.items()}}
RULES["loopback"] = RULES["svi"]
GRAMMARS: dict[str, Node] = {name: grammar(rules) for name, rules in RULES.items()}

# The prompt's word for each context.
PROMPTS = {
    "global": "config",
    "port": "config-if",
    "port-channel": "config-if",
    "svi": "config-if",
    "loopback": "config-if",
    "vlan": "config-vlan",
    "ospf": "config-router",
    "acl": "config-ext-nacl",
    "standard-acl": "config-std-nacl",
    "ipv6-acl": "config-ipv6-acl",
    "line": "config-line",
    "archive": "config-archive",
    "trustpoint": "ca-trustpoint",
    "chain": "config-cert-chain",
    "archive-log": "config-archive-log-cfg",
    **contexts.PROMPTS,
}
