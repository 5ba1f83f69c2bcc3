"""The grammar of ProCurve: its lines in the order in which it prints them, and those of which there is one. Pure.

Of the global context alone: VLANs and ports are read by ``procurve.text``, since it writes a port's VLANs at the VLAN.
"""

import re

from nornir_tasks.platforms.common.grammar import Grammar, several, single

TOP = (
    *several(r"stacking$", r"vsf$"),
    *single(r"hostname", r"module \w+"),
    *several(r"trunk ", r"ip access-list "),
    *single(r"include-credentials", r"password manager", r"password operator"),
    *single(r"console idle-timeout", r"max-vlans", r"banner motd", r"cdp run", r"logging (?:\d+\.){3}\d+"),
    *single(r"logging \w+", r"timesync", r"sntp (?:unicast|broadcast)", r"sntp \d+", r"sntp server priority \d+"),
    *single(r"sntp authentication(?! key-id)", r"sntp authentication key-id \d+"),
    *single(r"telnet-server", r"time daylight-time-rule", r"time timezone", r"web-management(?! ssl)"),
    *single(r"web-management ssl", r"ip authorized-managers \S+", r"ip default-gateway"),
    *several("ip route "),
    *single(r"ip dns domain-name"),
    *single(r"ip dns server-address priority \d+", r"ip ssh(?! filetransfer)", r"ip ssh filetransfer"),
    *several("interface "),
    *single(r'snmp-server community (?:"[^"]*"|\S+)', r"snmp-server host \S+"),
    *single(r"snmpv3 enable", r'snmpv3 user (?:"[^"]*"|\S+)'),
    *single(r"snmp-server (?:contact|location|enable)", r'aaa authentication local-user (?:"[^"]*"|\S+)'),
    *single(r"((?:radius|tacacs)-server host \S+)(?: (?:encrypted-)?key .*)?$"),
    *single(r"(?:radius|tacacs)-server (?:key|encrypted-key|timeout|retransmit|dead-time)"),
    *single(r"aaa authentication \w+ (?:login|enable)"),
    *single(r"aaa (?!authentication (?:local-user|\w+ (?:login|enable))).*", r"lldp run", r"primary-vlan"),
    *several("oobm$", "vlan "),
    *single(r"management-vlan", r"spanning-tree$", r"spanning-tree (?:config-name|priority|mode|force-version)"),
    *single(r"spanning-tree [\w/]*\d+ (?:priority|path-cost)", r"spanning-tree [\w/]*\d+ (?!priority|path-cost).*"),
    *single(r"loop-protect [\w/]*\d+", r"tftp (?:client|server)", r"dhcp .*"),
)
GRAMMAR = Grammar(
    sections={"": TOP},
    indent="   ",
    ordered=("ip access-list", "ipv6 access-list"),
    numbered=re.compile(r"access-list \S+"),
)
