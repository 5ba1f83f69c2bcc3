"""The lines of EOS that the lock-out proof judges (``management_access``), or that cannot touch the way in."""

import re

from nornir_tasks.platforms.common.known_lines import ANYTHING, Block, KnownLines, any_of, make_subjects

# What an interface may be told, wherever it is.
INTERFACE = (
    r"description .*|no description",
    r"(no )?shutdown",
    r"ip address \d\S+/\d+|no ip address",
    r"ip access-group \S+ (in|out)",
    r"ip helper-address \S+( .*)?",
    r"vrf( forwarding)? \S+",
    r"ip ospf (network \S+|area \S+|cost \d+|priority \d+|mtu-ignore|disabled|retransmit-interval \d+)",
    r"ip ospf (authentication|authentication-key|message-digest-key|hello-interval|dead-interval)( .*)?",
    r"(ip igmp|pim|ipv6|no ipv6) .*",
    r"(no )?lldp .*|load-interval \d+|bandwidth \d+|arp aging timeout \d+",
    r"(no )?logging event .*|(no )?snmp trap .*",
)
PORT = any_of(
    *INTERFACE,
    r"(no )?switchport|switchport mode (trunk|access|trunk phone|dot1q-tunnel)",
    r"switchport (access|phone|voice) vlan \d+|switchport phone trunk .*",
    r"switchport trunk native vlan (\d+|tag)",
    r"switchport trunk allowed vlan (all|none|((add|except) )?[\d,-]+)|switchport trunk group \S+",
    r"switchport port-security|dot1x .*|mac access-group \S+ in",
    r"traffic-policy (input|output) \S+",
    r"speed auto|(no )?lldp .*|(no )?sflow .*|poe .*|qos trust .*",
    r"(no )?spanning-tree portfast( .*)?|(no )?spanning-tree bpduguard( .*)?|spanning-tree guard (root|none)",
    r"spanning-tree ((vlan|mst) [\d,-]+ )?(cost|port-priority) \d+|spanning-tree link-type \S+",
    r"channel-group \d+ mode (on|active|passive)|lacp (port-priority|timer|rate) \S+",
    r"port-channel lacp fallback( .*)?",
    r"(no )?ip arp inspection trust|(no )?ip dhcp snooping trust",
)
# What the other end has to have as well.
SHARED = any_of(
    r"(channel-group|lacp|speed|mtu|error-correction|switchport vlan (translation|mapping)|phy|bfd) .*",
    r"port-channel lacp .*|ip ospf .*",
)
BEYOND_PORT = any_of(r"switchport backup.*", r"(switchport )?(pvlan|private-vlan) .*")
SSH = any_of(
    r"idle-timeout \d+|(no )?shutdown|server-port \d+|authentication (mode|protocol) .*",
    r"authentication empty-passwords .*",
    r"ip access-group \S+( vrf \S+)?( in)?|ipv6 access-group .*",
    r"(cipher|mac|key-exchange) .*|client-alive \S+ \d+|log-level \S+|hostkey client .*|known-hosts .*",
    r"connection (limit|per-host) ([5-9]|\d\d+)",
    r"vrf default( / ((no )?shutdown|ip access-group \S+( in)?))?|vrf (?!default\b)\S+( / .*)?",
)
API = any_of(
    r"(no )?shutdown|(no )?protocol (http|https)( port \d+| localhost.*)?|(no )?protocol unix-socket",
    r"no default-services .*",
    r"ip access-group \S+( vrf \S+)?( in)?|ipv6 access-group .*|cors .*|qos .*|session timeout \d+",
    r"vrf default( / ((no )?shutdown|ip access-group \S+( in)?))?|vrf (?!default\b)\S+( / .*)?",
)
OSPF = any_of(
    r"router-id \S+",
    r"passive-interface \S+|no passive-interface default|no passive-interface (?P<port>\S+)",
    r"network \S+( \S+)? area \S+",
    r"(no )?log-adjacency-changes( detail)?|auto-cost reference-bandwidth \d+|maximum-paths \d+",
    r"timers( [a-z-]+)+( \d{1,5})+|max-lsa (0|\d{5,})( .*)?",
    r"area \S+ authentication( .*)?|shutdown",
)
ADDRESS, PRIVATE = any_of(*INTERFACE), any_of(r"(pvlan|private-vlan) .*")
CONTROL_PLANE = any_of(r"ip access-group \S+( vrf \S+)? in", r"ipv6 access-group .*")
TRAFFIC_POLICIES = any_of(r"traffic-policy \S+( / .*)?", r"field-set \S+ \S+( / .*)?")
VLAN = any_of(r"name .*", r"state (active|suspend)", r"trunk group \S+")
TOP = any_of(
    # names, time, logs, monitoring
    r"hostname \S+|banner .*|(no )?(dns|ip) domain( |-).*|ip name-server .*|ip host .*|(no )?clock .*",
    r"(no )?ntp .*",
    r"(no )?logging .*|(no )?snmp-server .*|(no )?lldp .*|(no )?sflow .*|end|event-monitor.*|queue-monitor .*",
    r"transceiver .*|service routing protocols model multi-agent",
    r"service unsupported-transceiver .*|load-interval default \d+",
    # who may log in, and how
    r"username \S+ .*|enable (secret|password) .*|(no )?aaa root.*|no enable (secret|password)",
    r"aaa authentication (login (default|console)|dot1x default) .*|aaa authentication policy on-\S+ log",
    r"aaa authentication enable default .*|aaa authentication policy local allow-nopassword-remote-login",
    r"aaa authorization (exec|commands \S+) default .*",
    r"(no )?aaa authorization (serial-console|config-commands)",
    r"aaa authorization policy local default-role \S+",
    r"aaa accounting \S+ (\S+ )?(default|console) (start-stop|stop-only|none)( .*)?",
    r"(tacacs|radius)-server (host|key|policy|deadtime) .*|(tacacs|radius)-server timeout \d",
    r"ip (tacacs|radius|ssh client|http client|ftp client|tftp client) .*source-interface \S+",
    r"(no )?dot1x system-auth-control",
    # VLANs and spanning tree
    r"vlan internal order \w+( range [1-4]\d{3} [1-4]\d{3})?|spanning-tree mode (mstp|rstp|rapid-pvst)",
    r"spanning-tree (mst|vlan-id|vlan) [\d,-]+ priority \d+|spanning-tree priority \d+",
    r"spanning-tree (edge-port bpduguard|portfast bpduguard) default|no spanning-tree (portfast|edge-port) .*",
    r"(no )?errdisable (recovery|detect) .*|port-channel load-balance .*|lacp system-priority \d+",
    r"mac address-table (aging-time \d+|notification .*)",
    # addresses and routes
    r"(no )?ip routing( vrf \S+)?|ip route \d\S+/\d+ .*|ip route vrf (?!default\b).*|(no )?ipv6 .*",
    r"(no )?ip (igmp|pim|multicast).*",
    r"(no )?ip (dhcp|arp inspection) .*|vrf (instance|definition) \S+|(no )?ip icmp redirect",
    # what only looks on
    r"monitor session \S+ source .*|monitor session \S+ destination [A-Za-z]+[\d/.]+",
)
SINGLE = re.compile(
    r"(?P<key>switchport mode|switchport trunk native vlan|server-port|authentication (?:mode|protocol)|cipher"
    r"|mac(?= [hu]mac)|key-exchange|router-id|username \S+(?= privilege| role| secret| nopassword)"
    r"|aaa (?:authentication|authorization) \S+ (?:\S+ )?default)(?: |$)"
)
VITAL = any_of(
    r"(no )?(aaa|username|enable|tacacs|radius|role|management|ssl|security|prompt) .*",
    r"(no )?(ip access-list|mac access-list|ip route|ip routing|ip virtual|vrf|arp|mlag|ip nat) .*",
    r"system control-plane|control-plane|mlag configuration",
)
KNOWN_LINES = KnownLines(
    blocks=(
        Block(
            re.compile(r"interface (?P<name>(?:Vlan|Loopback|Management)[\d/]+)"), "address", ADDRESS, reaching=PRIVATE
        ),
        Block(
            re.compile(r"interface (?P<name>(?:Ethernet|Port-Channel)[\d/.]+)"),
            "port",
            PORT,
            any_of(r"channel-group .*"),
            BEYOND_PORT,
        ),
        Block(re.compile(r"vlan (?P<vlans>[\d,-]+)"), "vlan", VLAN, reaching=PRIVATE),
        Block(re.compile(r"management ssh"), "login", SSH, any_of(r"hostkey server .*")),
        Block(re.compile(r"management api http-commands"), "login", API, any_of(r"protocol https .*")),
        Block(re.compile(r"management (?:console|telnet|http-server|tech-support)"), "other", ANYTHING),
        Block(re.compile(r"management api (?:gnmi|netconf|restconf|models)"), "other", ANYTHING),
        Block(re.compile(r"system control-plane|control-plane"), "filter", CONTROL_PLANE),
        Block(re.compile(r"traffic-policies"), "filter", TRAFFIC_POLICIES),
        Block(re.compile(r"role \S+"), "login", any_of(r"\d+ (permit|deny) .*")),
        Block(re.compile(r"router ospf \d+"), "routing", OSPF),
        Block(re.compile(r"(?:ip|ipv6|mac) access-list (?:standard )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"class-map (?:type \S+ )?(?:match-any )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"policy-map (?:type \S+ )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"route-map (?P<name>\S+)(?: .*)?"), "definition"),
        Block(re.compile(r"vrf (?:instance|definition) \S+|aaa group server \S+ \S+|system l1"), "other", ANYTHING),
    ),
    top=TOP,
    definitions=any_of(r"ip prefix-list (?P<name>\S+) .*"),
    single=SINGLE,
    vital=VITAL,
    subjects=make_subjects(
        (
            (r"(no )?(aaa|username|enable|tacacs|radius|role|management|alias|prompt|security)\b", "login"),
            (r"(no )?(ip route|router|ip routing|ip virtual|arp|ip nat|vrf)\b", "routing"),
            (r"(no )?(vlan|spanning-tree|mlag)\b", "vlan"),
            (r"(no )?(access-list|ip access|mac|system control|policy-map|class-map|traffic)\b", "filter"),
            (r"(no )?(interface|monitor|switchport|lacp|port-channel)\b", "port"),
        )
    ),
)
