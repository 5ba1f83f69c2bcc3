"""The lines of EOS that the lock-out proof judges (``management_access``), or that cannot touch the way in."""

import re

from nornir_tasks.platforms.common.known_lines import ANYTHING, Block, KnownLines, any_of, make_subjects

# As EOS writes it: a name with another zero in front, which it takes as well, would not be recognised.
PRIORITY = r"(\d{1,4}|[12]\d{4}|3[01]\d{3}|32[0-7]\d\d)"  # with more somebody else becomes the root
NUMBER = r"(?:0|[1-9]\d*)"
PORT_NUMBER = rf"{NUMBER}(?:/{NUMBER})*(?:\.{NUMBER})?"
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
    r"switchport trunk allowed vlan (all|none|((add|except) )?[\d,-]+)|switchport trunk group \S+",
    r"switchport port-security|mac access-group \S+ in",
    # What opens or shuts the port is written out; a short form of it would not be recognised.
    r"dot1x port-control (auto|force-authorized|force-unauthorized)",
    r"dot1x (pae authenticator|reauthentication|timeout|reauthorization|host-mode|eapol|unauthorized)( .*)?",
    r"traffic-policy (input|output) \S+",
    r"speed auto|(no )?lldp .*|(no )?sflow .*|poe .*|qos trust .*",
    # Not "portfast network": a port that waits for BPDUs of its neighbour.
    r"(no )?spanning-tree portfast|spanning-tree portfast (auto|edge)",
    r"no spanning-tree bpduguard|spanning-tree bpduguard (enable|disable)|spanning-tree guard (root|none)",
    r"spanning-tree ((vlan|mst) [\d,-]+ )?(cost|port-priority) \d+|spanning-tree link-type \S+",
    r"channel-group \d+ mode (on|active|passive)|lacp (port-priority|timer|rate) \S+",
    r"port-channel lacp fallback( (static|individual))?",
    r"(no )?ip arp inspection trust|(no )?ip dhcp snooping trust",
)
# What the other end has to have as well.
SHARED = any_of(
    r"(channel-group|lacp|speed|mtu|error-correction|switchport vlan (translation|mapping)|phy|bfd) .*",
    r"port-channel lacp .*|ip ospf .*|(mac security|l2 mtu|l2-protocol|flowcontrol|link-debounce) .*",
)
BEYOND_PORT = any_of(r"switchport backup.*", r"(switchport )?(pvlan|private-vlan) .*")
SSH = any_of(
    r"idle-timeout \d+|(no )?shutdown|server-port \d+|authentication (mode|protocol) .*",
    r"authentication empty-passwords .*",
    r"ip access-group \S+( vrf \S+)?( in)?|ipv6 access-group .*",
    r"(cipher|mac|key-exchange) .*|client-alive \S+ \d+|log-level \S+|hostkey client .*|known-hosts .*",
    r"connection (limit|per-host) ([5-9]|\d\d+)",
    r"vrf default(\n((no )?shutdown|ip access-group \S+( in)?))?|vrf (?!default\b)\S+(\n.*)?",
)
API = any_of(
    r"(no )?shutdown|(no )?protocol (http|https)( port \d+| localhost.*)?|(no )?protocol unix-socket",
    r"ip access-group \S+( vrf \S+)?( in)?|ipv6 access-group .*|cors .*|qos .*|session timeout \d+",
    r"vrf default(\n((no )?shutdown|ip access-group \S+( in)?))?|vrf (?!default\b)\S+(\n.*)?",
)
OSPF = any_of(
    r"router-id \S+",
    rf"passive-interface ((Ethernet|Port-Channel){PORT_NUMBER}|(Vlan|Loopback){NUMBER}|default)",
    r"no passive-interface default|no passive-interface (?P<port>\S+)",
    r"network \S+( \S+)? area \S+",
    r"(no )?log-adjacency-changes( detail)?|auto-cost reference-bandwidth \d+|maximum-paths \d+",
    r"timers( [a-z-]+)+( \d{1,5})+|max-lsa (0|\d{5,})( .*)?",
    r"area \S+ authentication( .*)?|shutdown",
    # Routes that the proof reads where they stand, told to others; a default route is the last that anybody takes.
    r"redistribute static|default-information originate( always)?",
)
ADDRESS, PRIVATE = any_of(*INTERFACE), any_of(r"(pvlan|private-vlan) .*")
CONTROL_PLANE = any_of(r"ip access-group \S+( vrf \S+)? in", r"ipv6 access-group .*")
# What polices or redirects takes packets out of their way as well as what drops, and the proof looks for that alone.
TRAFFIC_POLICIES = any_of(
    r"traffic-policy \S+(\n(?!.*\b(police|redirect|set|mirror)\b).*)*", r"field-set \S+ \S+(\n.*)*"
)
# What begins like a global line and is one of a port, or of a service.
OWN_OF_PORT = any_of(
    r"(no )?spanning-tree (portfast|bpdu|guard|cost|port-priority|link-type|loop|(vlan|mst) \S+ (cost|port-priority))",
    r"(no )?(switchport(?! default)|lacp (port-priority|rate|timer)|port-channel (lacp|min-links)|mac access-group)",
    r"(no )?(mac security profile|arp aging|ip access-group|ip virtual-router address|mlag \d+|vrf|traffic-policy)",
)
OWN_OF_SERVICE = any_of(r"(no )?(ip access-group|vrf|ssl profile) ")
# Not "track": a route that comes and goes with what is tracked.
HOP = r"\S+( \d+\.\S+)?( \d+)?( (name \S+|tag \d+|metric \d+))*"
VLAN = any_of(r"name .*", r"state (active|suspend)", r"trunk group \S+")
TOP = any_of(
    # names, time, logs, monitoring
    r"hostname \S+|(?s:banner .*)|(no )?(dns|ip) domain( |-).*|ip name-server .*|ip host .*|(no )?clock .*",
    r"(no )?ntp .*",
    r"(no )?logging .*|(no )?snmp-server .*|(no )?lldp .*|(no )?sflow .*|end|event-monitor.*|queue-monitor .*",
    r"transceiver qsfp default-mode 4x10G|service routing protocols model multi-agent",
    r"load-interval default \d+",
    # who may log in, and how
    r"username \S+ .*|enable (secret|password) .*|(no )?aaa root.*|no enable (secret|password)",
    r"aaa authentication (login (default|console)|dot1x default) .*|aaa authentication policy on-\S+ log",
    r"aaa authentication enable default .*|aaa authentication policy local allow-nopassword-remote-login",
    r"aaa authorization (exec|commands \S+) default .*",
    r"(no )?aaa authorization (serial-console|config-commands)",
    r"aaa authorization policy local default-role \S+",
    r"aaa accounting \S+ (\S+ )?(default|console) (start-stop|stop-only|none)( .*)?",
    r"(tacacs|radius)-server (host|key|policy|deadtime) (?!.*\b(timeout \d\d|retransmit \d\d)).*",
    r"(tacacs|radius)-server timeout \d",
    r"ip (tacacs|radius|ssh client|http client|ftp client|tftp client) .*source-interface \S+",
    r"(no )?dot1x system-auth-control",
    # VLANs and spanning tree
    r"vlan internal order \w+( range [1-4]\d{3} [1-4]\d{3})?|spanning-tree mode (mstp|rstp|rapid-pvst)",
    rf"spanning-tree ((mst|vlan-id|vlan) [\d,-]+ )?priority {PRIORITY}",
    r"spanning-tree (edge-port|portfast) bpduguard default|no spanning-tree (portfast|edge-port) .*",
    r"(no )?errdisable (recovery|detect) .*|port-channel load-balance .*|lacp system-priority \d+",
    r"mac address-table (aging-time \d+|notification .*)",
    # addresses and routes
    rf"(no )?ip routing( vrf \S+)?|ip route \d\S+/\d+ {HOP}|ip route vrf (?!default\b).*|(no )?ipv6 .*",
    r"(no )?ip (igmp|pim|multicast).*",
    r"(no )?ip dhcp .*|ip arp inspection (vlan [\d,-]+|(validate|logging|limit|trust) .*)|no ip arp inspection .*",
    r"vrf (instance|definition) \S+|(no )?ip icmp redirect",
    # what only looks on
    r"monitor session \S+ source .*|monitor session \S+ destination Ethernet[1-9][\d/]*",
)
SINGLE = re.compile(
    r"(?:no )?(?P<key>switchport mode|switchport trunk native vlan|switchport trunk allowed vlan(?! add)"
    r"|ip address(?= \S+$|$)|ip ospf network|ip access-group(?= \S+ (?:in|out)$)|server-port|cipher|mac(?= [hu]mac)"
    r"|authentication (?:mode|protocol)|key-exchange|router-id|username \S+(?= privilege| role| secret| nopassword)"
    r"|aaa (?:authentication|authorization) \S+ (?:\S+ )?default)(?: |$)(?:\S+ (?P<direction>in|out)\b)?"
)
VITAL = any_of(
    r"(no )?(aaa|username|enable|tacacs|radius|role|management|ssl|security|prompt) .*",
    r"(no )?(ip access-list|mac access-list|ip route|ip routing|ip virtual|vrf|arp|mlag|ip nat) .*",
    r"system control-plane|control-plane|mlag configuration",
    # What a port or the next start may rest on.
    r"(no )?(service unsupported-transceiver|hardware|platform|switchport default|boot)( .*)?",
)
KNOWN_LINES = KnownLines(
    blocks=(
        Block(
            re.compile(rf"interface (?P<name>(?:Vlan|Loopback|Management){PORT_NUMBER})"),
            "address",
            ADDRESS,
            reaching=PRIVATE,
            own=OWN_OF_PORT,
        ),
        Block(
            re.compile(rf"interface (?P<name>(?:Ethernet|Port-Channel){PORT_NUMBER})"),
            "port",
            PORT,
            SHARED,
            BEYOND_PORT,
            OWN_OF_PORT,
        ),
        Block(re.compile(r"vlan (?P<vlans>[1-9]\d*(?:[,-][1-9]\d*)*)"), "vlan", VLAN, reaching=PRIVATE),
        Block(re.compile(r"management ssh"), "login", SSH, any_of(r"hostkey server .*")),
        Block(re.compile(r"management api http-commands"), "login", API, any_of(r"protocol https .*")),
        Block(re.compile(r"management (?:console|telnet|tech-support)"), "other", ANYTHING, own=OWN_OF_SERVICE),
        Block(re.compile(r"management api (?:gnmi|netconf|restconf|models)"), "other", ANYTHING, own=OWN_OF_SERVICE),
        Block(re.compile(r"system control-plane|control-plane"), "filter", CONTROL_PLANE),
        Block(re.compile(r"traffic-policies"), "filter", TRAFFIC_POLICIES),
        # Only what a role that is not the account's own permits is no matter.
        Block(re.compile(r"role network-admin"), "login", any_of(r"\d+ deny .*")),
        Block(re.compile(r"role (?!network-admin$)\S+"), "login", any_of(r"\d+ (permit|deny) .*")),
        Block(re.compile(r"router ospf \d+"), "routing", OSPF),
        Block(re.compile(r"(?:ip|ipv6|mac) access-list (?:standard )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"class-map (?:type \S+ )?(?:match-any )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"policy-map (?:type (?!copp)\S+ )?(?P<name>\S+)"), "definition"),
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
            (r"(no )?(boot|daemon|event-handler|hostname|banner|reload)\b|(do|default) |(end|exit)$", "service"),
        )
    ),
)
