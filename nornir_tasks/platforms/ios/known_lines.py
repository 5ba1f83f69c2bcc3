"""The lines of IOS that the lock-out proof judges (``management_access``), or that cannot touch the way in."""

import re

from nornir_tasks.platforms.common.known_lines import ANYTHING, NOTHING, Block, KnownLines, any_of, make_subjects

# As IOS writes it: a name with another zero in front, which it takes as well, would not be recognised.
PRIORITY = r"(\d{1,4}|[12]\d{4}|3[01]\d{3}|32[0-7]\d\d)"  # with more somebody else becomes the root
NUMBER = r"(?:0|[1-9]\d*)"
PORT_NAME = rf"(?:\w*Ethernet|TwentyFiveGigE|HundredGigE|FortyGigE|Port-channel){NUMBER}(?:/{NUMBER})*(?:\.{NUMBER})?"
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
    r"(no )?ipv6 (?!snooping).*",
    r"arp timeout \d+",
    r"load-interval \d+|bandwidth \d+|delay \d+",
    r"(no )?logging event .*|(no )?snmp trap .*",
)
PORT = any_of(
    *INTERFACE,
    r"(no )?switchport",
    r"switchport mode (trunk|access|dynamic \S+)|switchport nonegotiate",
    r"switchport (access|voice) vlan \d+",
    r"switchport trunk allowed vlan (all|none|((add|except) )?[\d,-]+)",
    r"switchport trunk encapsulation dot1q",
    r"switchport port-security( .*)?",
    # What opens or shuts the port is written out; a short form of it would not be recognised.
    r"(dot1x|authentication|access-session) port-control (auto|force-authorized|force-unauthorized)|mab( .*)?",
    r"dot1x (pae authenticator|timeout|max-req|max-reauth-req|credentials|reauthentication)( .*)?",
    r"(authentication|access-session) (event|host-mode|order|priority|periodic|timer|violation|open|closed)( .*)?",
    r"(authentication|access-session) (fallback|control-direction|linksec|monitor|inherit|limit)( .*)?",
    r"mac access-group [A-Za-z]\S* in",
    r"(speed|duplex|mdix) auto",
    r"(no )?cdp (enable|tlv .*)|(no )?lldp .*",
    r"power (inline|efficient-ethernet) .*",
    # Not "portfast network": a port that waits for BPDUs of its neighbour.
    r"(no )?spanning-tree portfast|spanning-tree portfast (disable|trunk|edge|edge trunk)",
    r"no spanning-tree bpduguard|spanning-tree bpduguard (enable|disable)|spanning-tree guard (root|none)",
    r"spanning-tree (vlan [\d,-]+ )?(cost|port-priority) \d+|spanning-tree link-type \S+",
    r"channel-group \d+ mode \S+( non-silent)?|channel-protocol \S+|lacp port-priority \d+",
    r"(no )?ip arp inspection trust|ip arp inspection limit none|(no )?ip dhcp snooping trust",
    r"ip verify source( port-security)?",
    r"mls qos trust .*|priority-queue out|srr-queue bandwidth share .*|macro description .*",
)
# What the other end has to have as well.
SHARED = any_of(
    r"(channel-group|lacp|udld|speed|duplex|mtu|ip mtu|media-type|negotiation|switchport vlan mapping) .*",
    r"(macsec|mka|cts|flowcontrol|encapsulation|l2protocol-tunnel)( .*)?",
    r"(no )?(keepalive|mdix|negotiation)( .*)?|switchport trunk encapsulation isl|ip ospf .*",
)
# What is about other ports, wherever it stands.
BEYOND_PORT = any_of(r"switchport backup .*", r"switchport private-vlan .*", r"switchport mode private-vlan .*")
PRIVATE = any_of(r"private-vlan .*")
# What begins like a global line and is one of a port, of an interface, of a line or of a server.
OWN_OF_PORT = any_of(
    r"(no )?spanning-tree (portfast|bpdu|guard|cost|port-priority|link-type|(vlan|mst) \S+ (cost|port-priority))",
    r"(no )?(udld port|lacp (port-priority|rate|max-bundle|min-bundle|fast)|mac access-group|l2protocol-tunnel)",
    r"(no )?(macro (description|auto|apply)|arp timeout|ip (access-group|verify|nat (inside|outside)|vrf forwarding))",
    r"(no )?(access-session|vrf forwarding)",
)
OWN_OF_LINE = any_of(r"(no )?(login( |$)(?!block|delay|on-|quiet)|privilege level)")
OWN_OF_OTHER = any_of(r"(no )?(ip )?vrf( forwarding)? \S+$")
LINE = any_of(
    r"access-class \S+ (in|out)( vrf-also| vrfname \S+)?|ipv6 access-class .*",
    r"exec-timeout \d+( \d+)?|no exec-timeout",
    r"login( .*)?|no login|authorization (exec|commands \d+) \S+",
    r"transport (input|output|preferred) .*",
    r"privilege level \d+|password .*|autocommand .*|(no )?exec",
    r"(length|width) \d+|history size \d+|(no )?logging synchronous( .*)?|stopbits \S+",
    r"escape-character (NONE|BREAK|DEFAULT|\d+)",
    r"(no )?(exec|motd)-banner",
)
OSPF = any_of(
    r"router-id \S+",
    rf"passive-interface ({PORT_NAME}|(Vlan|Loopback){NUMBER}|default)|no passive-interface default",
    r"no passive-interface (?P<port>\S+)",
    r"network \S+ \S+ area \S+",
    r"(no )?log-adjacency-changes( detail)?|auto-cost reference-bandwidth \d+|maximum-paths \d+",
    r"timers (throttle (spf|lsa( all)?) \d{1,4} \d{1,5} \d{1,5}|(lsa arrival|pacing \S+) \d{1,4})",
    r"area \S+ authentication( .*)?|ttl-security all-interfaces( .*)?|shutdown",
)
# Not "track": a route that comes and goes with what is tracked.
HOP = r"\S+( \d+\.\S+)?( \d+)?( (name \S+|tag \d+|permanent))*"
VLAN = any_of(r"name .*", r"(no )?shutdown", r"state (active|suspend)", r"mtu 1500")
VLAN_MAP = any_of(r"match (ip|ipv6) address .*", r"action (drop|forward)( log)?")
# Not what may be "default" in short or in capitals.
METHOD_LIST = r"(default|(?!(?i:d|de|def|defa|defau|defaul|default) )\S+)"
TOP = any_of(
    # names, time, logs, monitoring
    r"hostname \S+|(?s:banner .*)|(no )?ip domain[- ](name|lookup|list) .*|no ip domain[- ]lookup",
    r"ip name-server .*|ip host .*",
    r"(no )?service (timestamps|password-encryption|pad|tcp-keepalives-(in|out)|sequence-numbers|nagle|dhcp|counters"
    r"|compress-config)( .*)?",
    r"clock .*|(no )?ntp .*|(no )?logging .*|(no )?snmp-server .*|(no )?snmp ifmib .*",
    r"(no )?(cdp|lldp) .*|end|version .*|(no )?license (?!boot).*",
    # who may log in, and how
    r"username \S+ .*|enable (secret|password) .*|(no )?aaa new-model|aaa session-id common",
    rf"aaa authentication login {METHOD_LIST} .*|aaa authentication dot1x .*",
    rf"aaa authorization ((exec|network|auth-proxy) {METHOD_LIST} .*|console)",
    rf"aaa authorization (commands \d+ {METHOD_LIST} .*|config-commands)",
    r"aaa authentication enable default .*(enable|none|line|local).*",
    r"aaa accounting \S+ (\d+ )?\S+ (start-stop|stop-only) .*|aaa accounting (update|delay-start|nested)( .*)?",
    r"(tacacs|radius)-server (host|key|attribute|deadtime|directed-request|vsa|dead-criteria) "
    r"(?!.*\b(timeout \d\d|retransmit \d\d)).*",
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
    r"spanning-tree (mode (pvst|rapid-pvst)|extend system-id|pathcost method \S+|logging)",
    rf"spanning-tree vlan [\d,-]+ priority {PRIORITY}",
    r"spanning-tree portfast (edge )?(default|bpduguard default)|spanning-tree etherchannel guard misconfig",
    r"no spanning-tree (optimize .*|loopguard default|backbonefast|uplinkfast)",
    r"spanning-tree (backbonefast|uplinkfast)",
    r"(no )?errdisable (recovery|detect) .*|port-channel load-balance \S+|lacp system-priority \d+",
    r"mac address-table (aging-time \d+( vlan \d+)?|notification .*)|macro global description .*",
    r"switch \d+ provision \S+|stack-mac persistent timer \d+|(no )?(mls )?qos.*",
    # addresses and routes
    rf"(no )?ip routing|ip default-gateway \S+|ip route \d\S+ \d\S+ {HOP}|ip route vrf .*|ip classless",
    r"ip subnet-zero",
    r"system mtu routing \d+",
    r"(no )?ip (source-route|gratuitous-arps|forward-protocol .*|multicast-routing.*|igmp .*)",
    r"(no )?ip dhcp .*|ip arp inspection (vlan [\d,-]+|(validate|log-buffer|filter) .*)|no ip arp inspection .*",
    r"(no )?ip dhcp snooping|(no )?ipv6 .*|(no )?ip device tracking.*",
    r"(no )?ip pim .*",
    # what only looks on
    r"(no )?(exception crashinfo|memory (free|reserve)|process cpu|diagnostic (bootup|monitor)) .*",
    r"(no )?(ip flow-export|ip flow-cache|ip sla) .*|no (exception|memory|process|diagnostic|energywise) .*",
    r"monitor session \d+ source .*",
    r"monitor session \d+ destination interface [\w/.]+( , [\w/.]+)*( (encapsulation|ingress) .*)?",
    r"no monitor session .*",
)
SINGLE = re.compile(
    r"(?:no )?(?P<key>switchport mode|switchport trunk native vlan|transport input|login(?= local| authentication|$)"
    r"|exec-timeout|privilege level|ip default-gateway|vtp mode|ip ssh version|router-id|ip ssh server algorithm \w+"
    r"|switchport trunk allowed vlan(?! add)|ip address(?= \S+ \S+$|$)|ip ospf network|ip mtu|(?:ip )?vrf forwarding"
    r"|ip access-group|access-class|aaa (?:authentication|authorization) \S+ (?:\d+ )?\S+)(?: |$)"
    r"(?:\S+ (?P<direction>in|out)\b)?"
)
VITAL = any_of(
    r"(no )?(aaa|username|enable|tacacs|radius|ip ssh|crypto|line|login|privilege|parser|access-session) .*",
    r"(no )?(access-list|ip access-list|mac access-list|ip route|ip default|ip routing|ip vrf|vrf|arp) .*",
    # What a port or the next start may rest on.
    r"(no )?(service unsupported-transceiver|boot|license boot|sdm|hw-module|platform)( .*)?",
)
KNOWN_LINES = KnownLines(
    blocks=(
        Block(
            re.compile(rf"interface (?P<name>(?:Vlan|Loopback){NUMBER})"),
            "address",
            any_of(*INTERFACE),
            shared=any_of(r"(standby|vrrp|glbp|mac-address|ip mtu) .*"),
            reaching=PRIVATE,
            own=OWN_OF_PORT,
        ),
        Block(re.compile(rf"interface (?P<name>{PORT_NAME})"), "port", PORT, SHARED, BEYOND_PORT, OWN_OF_PORT),
        Block(re.compile(r"interface Null0"), "other", ANYTHING),
        Block(re.compile(r"vlan (?P<vlans>[1-9]\d*(?:[,-][1-9]\d*)*)"), "vlan", VLAN, reaching=PRIVATE),
        Block(re.compile(r"vlan access-map \S+( \d+)?"), "filter", VLAN_MAP),
        Block(re.compile(rf"line vty [0-4](?: {NUMBER})?"), "login", LINE),
        Block(re.compile(r"line vty (?:[5-9]|[1-9]\d+)(?: [1-9]\d*)?"), "other", ANYTHING, own=OWN_OF_LINE),
        Block(re.compile(r"line (?:con|aux|console) 0"), "other", ANYTHING, own=OWN_OF_LINE),
        Block(re.compile(r"router ospf \d+"), "routing", OSPF),
        Block(re.compile(r"(?:ip|ipv6|mac) access-list (?:(?:standard|extended) )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"class-map (?:match-(?:any|all) )?(?P<name>\S+)"), "definition"),
        Block(re.compile(r"policy-map (?P<name>\S+)"), "definition"),
        Block(re.compile(r"route-map (?P<name>\S+)(?: .*)?"), "definition"),
        Block(re.compile(r"object-group (?:network|service) (?P<name>\S+)"), "definition"),
        Block(re.compile(r"(?:time-range|key chain|ip vrf|vrf definition) (?P<name>\S+)"), "definition"),
        # Who waits for a server longer than for a login never comes to the switch's own accounts.
        Block(re.compile(r"(?:tacacs|radius) server \S+"), "login", any_of(r"(?!timeout|retransmit).*", r"\w+ \d")),
        Block(re.compile(r"aaa group server \S+ \S+"), "other", ANYTHING, own=OWN_OF_OTHER),
        Block(re.compile(r"archive|ip dhcp pool .*|crypto pki .*"), "other", ANYTHING, own=OWN_OF_OTHER),
        Block(re.compile(r"call-home|ip sla \d+"), "other", ANYTHING, own=OWN_OF_OTHER),
        Block(re.compile(r"flow (?:record|exporter|monitor) .*"), "other", ANYTHING, own=OWN_OF_OTHER),
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
            (r"(no )?(boot|event|kron|hostname|banner|reload)\b|(do|default) |(end|exit)$", "service"),
        )
    ),
)
