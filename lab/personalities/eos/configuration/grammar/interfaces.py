"""What the kinds of interface may be told."""

from lab.personalities.eos.configuration.grammar.rule import Context, Rule

HEAD = (
    Rule("description <rest>", "description"),
    Rule("shutdown", "shutdown"),
    Rule("mtu <int:68-9214>", "mtu", default="mtu 1500"),
    Rule("load-interval <int:0-600>", "load-interval"),
    Rule("bandwidth <int:1-1000000000>", "bandwidth"),
    Rule("snmp trap link-change", "trap", off="no snmp trap link-change", default="snmp trap link-change"),
    Rule("logging event link-status", "event", off="no logging event link-status"),
    Rule("logging event link-status use-global", "event", default="logging event link-status use-global"),
)
PORT = (
    Rule("speed (auto|10full|100full|1000full|10gfull|25gfull|40gfull|100gfull)", "speed", default="speed auto"),
    Rule("speed auto (100full|1gfull|10gfull)", "speed"),
    Rule("speed forced (100full|1000full|10000full|1gfull|10gfull|25gfull|40gfull|100gfull)", "speed"),
    Rule("flowcontrol send (on|off|desired)", "flowcontrol send", default="flowcontrol send off"),
    Rule("flowcontrol receive (on|off|desired)", "flowcontrol receive", default="flowcontrol receive off"),
    Rule(
        "switchport access vlan <int:1-4094>",
        "access",
        default="switchport access vlan 1",
        special="makes_vlan",
    ),
    Rule("switchport trunk native vlan <int:1-4094>", "native", default="switchport trunk native vlan 1"),
    Rule("switchport trunk native vlan tag", "native"),
    Rule("switchport phone vlan <int:1-4094>", "phone"),
    Rule("switchport phone trunk (tagged|untagged)", "phone trunk", default="switchport phone trunk tagged"),
    Rule("switchport trunk allowed vlan (none|all)", "allowed", special="allowed"),
    Rule("switchport trunk allowed vlan (add|remove|except) <vlans>", "allowed", special="allowed"),
    Rule("switchport trunk allowed vlan <vlans>", "allowed", special="allowed"),
    Rule("switchport mode trunk phone", "mode", "switchport mode"),
    Rule("switchport mode (access|trunk|dot1q-tunnel)", "mode", default="switchport mode access"),
    Rule("switchport trunk group <word>", "trunk group {0}", "switchport trunk group"),
    Rule("switchport port-security", "port-security"),
    Rule("switchport", "switchport", off="no switchport", default="switchport"),
)
ROUTED = (
    Rule("vrf <name>", "vrf", special="vrf"),
    Rule("vrf forwarding <name>", "vrf", show="vrf {0}", special="vrf"),
    Rule("ip address <cidr>", "ip address"),
    Rule("ip address dhcp", "ip address"),
    Rule("ip address <ip> <ip>", "ip address", special="masked"),
    Rule("ip address <cidr> secondary", "ip address secondary {0}"),
    Rule("ip address <ip> <ip> secondary", "ip address secondary", special="masked"),
    Rule("ip virtual-router address <ip>", "virtual router {0}"),
    Rule("ip address virtual <cidr>", "ip address virtual"),
    Rule("ip proxy-arp", "proxy-arp"),
    Rule("ip helper-address <ip>", "ip helper-address {0}", "ip helper-address"),
    Rule("ipv6 enable", "ipv6 enable"),
    Rule("ipv6 address <cidr6>", "ipv6 address {0}", "ipv6 address"),
    Rule("ipv6 nd ra disabled", "ipv6 nd ra"),
    Rule("arp aging timeout <int:60-65535>", "arp timeout"),
    Rule("ip ospf network point-to-point", "ospf network", "ip ospf network"),
    Rule("ip ospf area <area>", "ospf area"),
    Rule("ip ospf cost <int:1-65535>", "ospf cost"),
    Rule("ip ospf priority <int:0-255>", "ospf priority", default="ip ospf priority 1"),
    Rule("ip ospf hello-interval <int:1-8192>", "ospf hello", default="ip ospf hello-interval 10"),
    Rule("ip ospf dead-interval <int:1-8192>", "ospf dead", default="ip ospf dead-interval 40"),
    Rule("ip ospf authentication", "ospf authentication", "ip ospf authentication message-digest"),
    Rule("ip ospf authentication message-digest", "ospf authentication"),
    Rule("ip ospf authentication-key <secret>", "ospf key", show="ip ospf authentication-key 7 {0}"),
    Rule("ip ospf authentication-key 7 <word>", "ospf key"),
    Rule(
        "ip ospf message-digest-key <int:1-255> (md5|sha1|sha256|sha384|sha512) <secret>",
        "ospf digest {0}",
        show="ip ospf message-digest-key {0} {1} 7 {2}",
    ),
    Rule("ip ospf message-digest-key <int:1-255> (md5|sha1|sha256|sha384|sha512) 7 <word>", "ospf digest {0}"),
    Rule("ip access-group <name> in", "ip access-group in", "ip access-group in"),
    Rule("ip access-group <name> out", "ip access-group out", "ip access-group out"),
    Rule("ipv6 access-group <name> (in|out)", "ipv6 access-group"),
    Rule("bfd interval <int:50-60000> min-rx <int:50-60000> multiplier <int:3-50>", "bfd"),
    Rule("pim ipv4 sparse-mode", "pim"),
)
EDGE = (
    Rule("lldp transmit", "lldp transmit", off="no lldp transmit", default="lldp transmit"),
    Rule("lldp receive", "lldp receive", off="no lldp receive", default="lldp receive"),
    Rule("storm-control (all|broadcast|multicast|unknown-unicast) level <decimal>", "storm {0}"),
    Rule("ip arp inspection trust", "arp trust"),
    Rule("ip dhcp snooping trust", "dhcp trust"),
    Rule("dot1x pae authenticator", "dot1x pae", "dot1x pae"),
    Rule("dot1x port-control (auto|force-authorized|force-unauthorized)", "dot1x control"),
    Rule("dot1x reauthentication", "dot1x reauthentication"),
    Rule("spanning-tree portfast", "portfast"),
    Rule("spanning-tree portfast (auto|edge|network)", "portfast"),
    Rule("spanning-tree bpduguard (enable|disable)", "bpduguard"),
    Rule("spanning-tree bpdufilter (enable|disable)", "bpdufilter"),
    Rule("spanning-tree guard (root|loop|none)", "stp guard"),
    Rule("spanning-tree cost <int:1-200000000>", "stp cost"),
    Rule("spanning-tree link-type (point-to-point|shared)", "stp link"),
)
MEMBER = (
    Rule("channel-group <int:1-2000> mode (active|passive|on)", "channel-group"),
    Rule("lacp timer (fast|normal)", "lacp timer", default="lacp timer normal"),
    Rule("lacp rate (fast|normal)", "lacp timer", show="lacp timer {0}", default="lacp timer normal"),
    Rule("lacp port-priority <int:0-65535>", "lacp priority", default="lacp port-priority 32768"),
)
CHANNEL = (
    Rule("mlag <int:1-2000>", "mlag"),
    Rule("port-channel min-links <int:0-64>", "min-links"),
    Rule("port-channel lacp fallback (static|individual)", "fallback"),
    Rule("port-channel lacp fallback timeout <int:0-900>", "fallback timeout"),
)

CONTEXTS = (
    Context("ethernet", "if-Et{}", (*HEAD, *PORT, *ROUTED, *MEMBER, *EDGE)),
    Context("port-channel", "if-Po{}", (*HEAD, *PORT, *ROUTED, *CHANNEL, *EDGE)),
    Context("management", "if-Ma{}", (*HEAD, PORT[0], *ROUTED, *EDGE[:2])),
    Context("vlan interface", "if-Vl{}", (*HEAD, Rule("autostate", "autostate", off="no autostate"), *ROUTED)),
    Context("loopback", "if-Lo{}", (*HEAD, *ROUTED)),
    Context(
        "vxlan",
        "if-Vx{}",
        (
            HEAD[0],
            HEAD[1],
            Rule("vxlan source-interface <port>", "source"),
            Rule("vxlan virtual-router encapsulation mac-address mlag-system-id", "virtual router"),
            Rule("vxlan udp-port <int:1024-65535>", "udp", default="vxlan udp-port 4789"),
            Rule("vxlan vlan <vlans> vni <vnis>", "vni {0}"),
            Rule("vxlan vrf <name> vni <int:1-16777215>", "vrf vni {0}"),
            Rule("vxlan flood vtep <rest>", "flood"),
        ),
    ),
)

# In what order EOS shows the kinds of interface.
INTERFACES = {
    "Port-Channel": "port-channel",
    "Ethernet": "ethernet",
    "Loopback": "loopback",
    "Management": "management",
    "Vlan": "vlan interface",
    "Vxlan": "vxlan",
}
