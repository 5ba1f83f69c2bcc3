"""The lines of IOS that the lock-out proof judges (``management_access``), or that cannot touch the way in."""

import re

from nornir_tasks.platforms.common.known_lines import ANYTHING, NOTHING, Block, KnownLines, any_of, make_subjects

PORT_NAME = r"(?:\w*Ethernet|TwentyFiveGigE|HundredGigE|FortyGigE|Port-channel)[\d/.]+"
# What an interface may be told, wherever it is.
INTERFACE = (
    r"(no )?description .*|no description",
    r"(no )?shutdown",
    r"ip address \d\S+ \d\S+|no ip address",
    r"ip access-group \S+ (in|out)",
    r"(no )?ip (redirects|unreachables|proxy-arp|mask-reply|route-cache)",
    r"ip helper-address \S+",
    r"(ip )?vrf forwarding \S+",
    r"ip ospf (network \S+|cost \d+|priority \d+|mtu-ignore|\d+ area \S+|shutdown|retransmit-interval \d+)",
    r"ip ospf (authentication|message-digest-key|hello-interval|dead-interval|ttl-security|database-filter)( .*)?",
    r"ip (igmp|pim) .*",
    r"ip mtu \d+",
    r"ipv6 .*|no ipv6 .*",
    r"arp timeout \d+",
    r"load-interval \d+|bandwidth \d+|delay \d+",
    r"(no )?logging event .*|(no )?snmp trap .*",
)
PORT = any_of(
    *INTERFACE,
    r"(no )?switchport",
    r"switchport mode (trunk|access|dynamic \S+)|switchport nonegotiate",
    r"switchport (access|voice) vlan \d+|switchport trunk native vlan \d+",
    r"switchport trunk allowed vlan (all|none|((add|except) )?[\d,-]+)",
    r"switchport trunk encapsulation dot1q",
    r"switchport port-security( .*)?",
    r"(dot1x|authentication|access-session) .*|mab( .*)?",
    r"mac access-group \S+ in",
    r"(speed|duplex|mdix) auto",
    r"(no )?cdp (enable|tlv .*)|(no )?lldp .*",
    r"power (inline|efficient-ethernet) .*",
    r"(no )?spanning-tree portfast( .*)?|(no )?spanning-tree bpduguard( .*)?|spanning-tree guard (root|none)",
    r"spanning-tree (vlan [\d,-]+ )?(cost|port-priority) \d+|spanning-tree link-type \S+",
    r"channel-group \d+ mode \S+( non-silent)?|channel-protocol \S+|lacp port-priority \d+",
    r"(no )?ip arp inspection trust|ip arp inspection limit none|(no )?ip dhcp snooping trust",
    r"ip verify source( port-security)?",
    r"mls qos trust .*|priority-queue out|srr-queue bandwidth share .*|macro description .*",
)
# What the other end has to have as well.
SHARED = any_of(
    r"(channel-group|lacp|udld|speed|duplex|mtu|ip mtu|media-type|negotiation|switchport vlan mapping) .*",
    r"(no )?(keepalive|mdix|negotiation)( .*)?|switchport trunk encapsulation isl|ip ospf .*",
)
# What is about other ports, wherever it stands.
BEYOND_PORT = any_of(r"switchport backup .*", r"switchport private-vlan .*", r"switchport mode private-vlan .*")
PRIVATE = any_of(r"private-vlan .*")
LINE = any_of(
    r"access-class \S+ (in|out)( vrf-also| vrfname \S+)?|ipv6 access-class .*",
    r"exec-timeout \d+( \d+)?|no exec-timeout",
    r"login( .*)?|no login|authorization (exec|commands \d+) \S+",
    r"transport (input|output|preferred) .*",
    r"privilege level \d+|password .*|autocommand .*|(no )?exec",
    r"(length|width) \d+|history size \d+|(no )?logging synchronous( .*)?|stopbits \S+|escape-character .*",
    r"(no )?(exec|motd)-banner",
)
OSPF = any_of(
    r"router-id \S+",
    r"passive-interface \S+|no passive-interface default|no passive-interface (?P<port>\S+)",
    r"network \S+ \S+ area \S+",
    r"(no )?log-adjacency-changes( detail)?|auto-cost reference-bandwidth \d+|maximum-paths \d+",
    r"timers (throttle (spf|lsa( all)?) \d{1,4} \d{1,5} \d{1,5}|(lsa arrival|pacing \S+) \d{1,4})",
    r"area \S+ authentication( .*)?|ttl-security all-interfaces( .*)?|shutdown",
)
VLAN = any_of(r"name .*", r"(no )?shutdown", r"state (active|suspend)", r"mtu 1500")
VLAN_MAP = any_of(r"match (ip|ipv6) address .*", r"action (drop|forward)( log)?")
TOP = any_of(
    # names, time, logs, monitoring
    r"hostname \S+|banner .*|(no )?ip domain[- ](name|lookup|list) .*|no ip domain[- ]lookup",
    r"ip name-server .*|ip host .*",
    r"(no )?service (timestamps|password-encryption|pad|tcp-keepalives-(in|out)|sequence-numbers|nagle|dhcp|counters"
    r"|compress-config|unsupported-transceiver)( .*)?",
    r"clock .*|(no )?ntp .*|(no )?logging .*|(no )?snmp-server .*|(no )?snmp ifmib .*",
    r"(no )?(cdp|lldp) .*|end|version .*|license .*|no license .*",
    # who may log in, and how
    r"username \S+ .*|enable (secret|password) .*|(no )?aaa new-model|aaa session-id common",
    r"aaa authentication login .*|aaa authentication dot1x .*",
    r"aaa authorization (exec|network|console|auth-proxy)( .*)?",
    r"aaa authorization (commands \d+ .*|config-commands)",
    r"aaa authentication enable default .*(enable|none|line|local).*",
    r"aaa accounting \S+ (\d+ )?\S+ (start-stop|stop-only) .*|aaa accounting (update|delay-start|nested)( .*)?",
    r"(tacacs|radius)-server (host|key|attribute|deadtime|directed-request|vsa|dead-criteria) .*",
    r"(tacacs|radius)-server timeout \d|ip (tacacs|radius) source-interface \S+",
    r"login on-(failure|success) .*|security passwords min-length \d+",
    r"ip ssh (version \d|dh min size (1024|2048|4096)|time-out ([3-9]\d|1[01]\d|120)|authentication-retries [2-5])",
    r"ip ssh (logging events|source-interface \S+|stricthostkeycheck)|(no )?ip scp server enable",
    r"ip ssh server algorithm (authentication|encryption|mac|kex) .*|no ip ssh server authenticate user \S+",
    r"(no )?ip (http|https) .*|no ip (finger|bootp server|identd|rcmd .*)|ip (tftp|ftp) source-interface \S+",
    r"(no )?(dot1x|mab) system-auth-control|dot1x (critical|guest-vlan|logging|test) .*",
    r"authentication mac-move .*",
    # VLANs and spanning tree
    r"vtp mode (transparent|off)|vtp (domain|version|password|pruning)( .*)?",
    r"vlan internal allocation policy \S+|vlan filter \S+ vlan-list [\d, all-]+",
    r"spanning-tree (mode (pvst|rapid-pvst)|extend system-id|pathcost method \S+|vlan [\d,-]+ priority \d+|logging)",
    r"spanning-tree portfast (edge )?(default|bpduguard default)|spanning-tree etherchannel guard misconfig",
    r"no spanning-tree (optimize .*|loopguard default|backbonefast|uplinkfast)",
    r"spanning-tree (backbonefast|uplinkfast)",
    r"(no )?errdisable (recovery|detect) .*|port-channel load-balance \S+|lacp system-priority \d+",
    r"mac address-table (aging-time \d+( vlan \d+)?|notification .*)|macro global description .*",
    r"switch \d+ provision \S+|stack-mac persistent timer \d+|(no )?(mls )?qos.*",
    # addresses and routes
    r"(no )?ip routing|ip default-gateway \S+|ip route \d\S+ \d\S+ .*|ip route vrf .*|ip classless",
    r"ip subnet-zero",
    r"system mtu routing \d+",
    r"(no )?ip (source-route|gratuitous-arps|forward-protocol .*|multicast-routing.*|igmp .*)",
    r"(no )?ip (dhcp|arp inspection) .*|(no )?ip dhcp snooping|(no )?ipv6 .*|(no )?ip device tracking.*",
    r"(no )?ip pim .*",
    # what only looks on
    r"(no )?(exception|memory|process|diagnostic|ip flow-export|ip flow-cache|ip sla|energywise) .*",
    r"monitor session \d+ source .*",
    r"monitor session \d+ destination interface [\w/.]+( , [\w/.]+)*( (encapsulation|ingress) .*)?",
    r"no monitor session .*",
)
SINGLE = re.compile(
    r"(?P<key>switchport mode|switchport trunk native vlan|transport input|login(?= local| authentication|$)"
    r"|exec-timeout|privilege level|ip default-gateway|vtp mode|ip ssh version|router-id|ip ssh server algorithm \w+"
    r"|aaa (?:authentication|authorization) \S+ (?:\d+ )?\S+)(?: |$)"
)
VITAL = any_of(
    r"(no )?(aaa|username|enable|tacacs|radius|ip ssh|crypto|line|login|privilege|parser|access-session) .*",
    r"(no )?(access-list|ip access-list|mac access-list|ip route|ip default|ip routing|ip vrf|vrf|arp) .*",
)
KNOWN_LINES = KnownLines(
    blocks=(
        Block(
            re.compile(r"interface (?P<name>(?:Vlan|Loopback)\d+)"),
            "address",
            any_of(*INTERFACE),
            shared=any_of(r"(standby|vrrp|glbp|mac-address|ip mtu) .*"),
            reaching=PRIVATE,
        ),
        Block(re.compile(rf"interface (?P<name>{PORT_NAME})"), "port", PORT, SHARED, BEYOND_PORT),
        Block(re.compile(r"interface Null0"), "other", ANYTHING),
        Block(re.compile(r"vlan (?P<vlans>[\d,-]+)"), "vlan", VLAN, reaching=PRIVATE),
        Block(re.compile(r"vlan access-map \S+( \d+)?"), "filter", VLAN_MAP),
        Block(re.compile(r"line vty (?:[0-4])(?: \d+)?"), "login", LINE),
        Block(re.compile(r"line (?:vty|con|aux|console) .*"), "other", ANYTHING),
        Block(re.compile(r"router ospf \d+"), "routing", OSPF),
        Block(re.compile(r"(?:ip|ipv6|mac) access-list (?:(?:standard|extended) )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"class-map (?:match-(?:any|all) )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"policy-map (?P<name>\S+)"), "definition"),
        Block(re.compile(r"route-map (?P<name>\S+)(?: .*)?"), "definition"),
        Block(re.compile(r"object-group (?:network|service) (?P<name>\S+)"), "definition"),
        Block(re.compile(r"(?:time-range|key chain|ip vrf|vrf definition) (?P<name>\S+)"), "definition"),
        Block(re.compile(r"tacacs server \S+|radius server \S+"), "other", ANYTHING),
        Block(re.compile(r"aaa group server \S+ \S+"), "other", ANYTHING),
        Block(re.compile(r"archive|ip dhcp pool .*|crypto pki .*"), "other", ANYTHING),
        Block(re.compile(r"call-home|ip sla \d+|flow (?:record|exporter|monitor) .*"), "other", ANYTHING),
    ),
    top=TOP,
    about_ports=NOTHING,
    definitions=any_of(r"(?:access-list|ip prefix-list) (?P<name>\S+) .*"),
    single=SINGLE,
    vital=VITAL,
    subjects=make_subjects(
        (
            (
                r"(no )?(aaa|username|enable|tacacs|radius|ip ssh|crypto|line|login|privilege|parser|alias|security)\b",
                "login",
            ),
            (r"(no )?(ip route|router|ip default|ip routing|ip cef|arp|ip local|track|ip sla)\b", "routing"),
            (r"(no )?(vlan|vtp|spanning-tree|private-vlan)\b", "vlan"),
            (r"(no )?(access-list|ip access|mac|control-plane|policy-map|class-map|ip verify|ip nat)\b", "filter"),
            (r"(no )?(interface|udld|lacp|monitor|system mtu|macro|l2protocol)\b", "port"),
        )
    ),
)
