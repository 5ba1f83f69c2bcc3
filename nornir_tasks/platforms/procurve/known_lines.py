"""The lines of ProCurve that the lock-out proof judges (``management_access``), or that cannot touch the way in."""

import re

from nornir_tasks.platforms.common.known_lines import Block, KnownLines, any_of, make_subjects
from nornir_tasks.platforms.procurve.ports import LIST as PORTS
from nornir_tasks.platforms.procurve.ports import parse_ports

ACCESS_LIST = r'ip access-group "?[^"\s]+"?'
PORT = any_of(
    r"name .*|no name|enable|disable",
    r"(no )?(untagged|tagged) vlan \d+",
    rf"{ACCESS_LIST} in",
    r"(no )?(flow-control|energy-efficient-ethernet)",
    r"speed-duplex auto|mdix-mode auto(-mdix)?|(no )?power-over-ethernet.*|poe-.*|qos .*|(no )?ipv6 .*",
    r"monitor.*",
    r"(dhcp-snooping|arp-protect) trust|lldp .*",
)
VLAN = any_of(
    r"name .*|no ip address|ip address \d\S+ \d\S+",
    rf"(no )?untagged {PORTS}|tagged {PORTS}",
    rf"{ACCESS_LIST} (in|vlan|vlan-in)",
    r"(no )?(voice|jumbo)|(no )?ip igmp.*|qos .*|(no )?ipv6 .*|(no )?dhcp-snooping",
    r"ip (helper-address|forward-protocol) .*",
)
PRIVATE = any_of(r"private-vlan .*")
# What begins like a global line and is one of a port or a VLAN.
OWN = any_of(r"(no )?(lacp|rate-limit|arp-protect|loop-protect|ip (access-group|igmp|source-lockdown|arp-protect))\b")
TOP = any_of(
    # names, time, logs, monitoring
    r"hostname .*|(?s:banner .*)|(no )?(timesync|sntp|time|clock) ?.*|ip (dns|timep) .*",
    r"(no )?logging .*",
    r"(no )?(snmp-server|snmpv3) .*|(no )?lldp .*|(no )?cdp .*|(no )?fault-finder \S+ sensitivity \S+",
    r"no autorun|autorun",
    r"console idle-timeout (serial-usb )?\d+",
    r"console (baud-rate|flow-control|terminal|events) .*|(no )?power-over-ethernet.*",
    r"module \d+ type .*",
    r"no rest-interface|no usb-port|front-panel-security .*|(no )?ip client-tracker.*|crypto pki .*",
    # who may log in, and how
    r"password (manager|operator|minimum-length) .*|(no )?telnet-server.*|(no )?web-management.*",
    r"ip authorized-managers \d\S+( \d\S+)?( access (manager|operator))?( access-method \S+)?",
    r"(no )?ip ssh|ip ssh (port \d+|listen \S+|timeout ([3-9]\d|1[01]\d|120)|version 2)",
    r"(no )?ip ssh filetransfer",
    r"(no )?tftp (client|server).*|(no )?dhcp (config-file-update|image-file-update).*",
    r'aaa authentication local-user \S+ group \S+ password sha(1|256) "?[^"\s]+( [^"\s]+)*"?',
    r"aaa authentication ssh (login|enable) .*",
    r"aaa authorization commands \w+( \w+)?",
    r"aaa authentication (console|telnet|web|port-access|mac-based|web-based) .*",
    # What a group is permitted may be all that it is permitted.
    r'aaa authorization group (?!"?Level-15\b).*|aaa authorization group .* deny( .*)?',
    r"aaa authentication num-attempts ([2-9]|10)|(no )?aaa authentication login privilege-mode",
    r"aaa accounting (exec|commands|network|system|update) .*",
    r"(no )?aaa port-access (authenticator|supplicant) active",
    r"(radius|tacacs)-server (host|key) .*|(radius|tacacs)-server timeout \d",
    # VLANs and spanning tree
    r"management-vlan .*|primary-vlan .*|(no )?spanning-tree|spanning-tree (config-name|config-revision) .*",
    r"spanning-tree (priority [0-8]|force-version (rstp|mstp)-operation|bpdu-protection-timeout \d+)",
    # addresses and routes
    r"(no )?ip routing|ip default-gateway \S+",
    r"ip route (\d\S+ \d\S+|\d\S+/\d+) (\d\S+|blackhole|reject|vlan \d+)( (metric|distance) \d+)*",
    r"(no )?dhcp-snooping( .*)?|arp-protect|arp-protect (vlan|trust|validate) .*|(no )?ipv6 .*|(no )?qos .*",
    r"loop-protect (disable-timer|transmit-interval) \d+|loop-protect trap .*",
    rf"mirror-port {PORTS}|mirror \d+ port {PORTS}",
)
ABOUT_PORTS = any_of(
    r"(spanning-tree|loop-protect|port-security|lacp|ip source-lockdown|(no )?lldp admin-status|trunk) "
    rf"(?P<ports>{PORTS})( .*)?"
)
# Known whichever port they are about: the proof judges them, or they take no way from a switch.
PORT_TOP = (
    rf"spanning-tree {PORTS} (bpdu-protection|root-guard|tcn-guard|admin-edge-port|auto-edge-port)",
    rf"spanning-tree {PORTS} (path-cost|priority) \S+",
    rf"no spanning-tree {PORTS} (auto-edge-port|admin-edge-port)",
    rf"aaa port-access (authenticator|mac-based|web-based) {PORTS}( .*)?|port-security {PORTS} .*",
    rf"ip source-lockdown {PORTS}",
)
SINGLE = re.compile(
    r"(?P<key>ip default-gateway|management-vlan|ip ssh (?:port|listen)|aaa authentication ssh \w+|console idle-timeout"
    r"|aaa authorization commands|aaa authentication local-user \S+)(?: |$)"
)
VITAL = any_of(
    r"(no )?(aaa|password|ip ssh|ip authorized-managers|radius-server|tacacs-server|crypto|management-vlan) .*",
    r"(no )?(ip access-list|ip route|ip default-gateway|ip routing|router|trunk|static-arp) ?.*",
    r"(no )?include-credentials",  # without it the switch keeps no password of ours in its configuration
)
KNOWN_LINES = KnownLines(
    blocks=(
        Block(
            re.compile(r"interface (?P<name>(?:[1-9]\d?/)?(?:[A-Z]|Trk)?[1-9]\d*i?)"),
            "port",
            PORT,
            any_of(r"(speed-duplex|lacp|mdix-mode|unknown-vlans) .*"),
            own=OWN,
        ),
        Block(re.compile(r"vlan (?P<vlans>[1-9]\d*)"), "vlan", VLAN, reaching=PRIVATE, own=OWN),
        Block(re.compile(r'ip access-list (?:standard|extended) "?(?P<name>[^"]+)"?'), "definition"),
    ),
    top=any_of(TOP.pattern, *PORT_TOP),
    about_ports=ABOUT_PORTS,
    parse_ports=parse_ports,
    single=SINGLE,
    vital=VITAL,
    subjects=make_subjects(
        (
            (r"(no )?(aaa|password|ip ssh|ip authorized|radius|tacacs|crypto|console|job|alias)\b", "login"),
            (r"(no )?(ip route|router|ip routing|ip default|static-arp|arp)\b", "routing"),
            (r"(no )?(vlan|spanning-tree|max-vlans|gvrp|mesh)\b", "vlan"),
            (r"(no )?(ip access|static-mac|lockout-mac|filter|connection-rate|ip verify|ip source)\b", "filter"),
            (r"(no )?(interface|trunk|lacp|loop-protect|fault-finder|rate-limit|mirror)\b", "port"),
            (r"(no )?(include-credentials|management-vlan|hostname|banner|boot|reload|job)\b|end$", "service"),
        )
    ),
)
