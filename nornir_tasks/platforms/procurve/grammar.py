"""The grammar of ProCurve: its lines in the order in which it prints them, and those of which there is one. Pure."""

import re

from nornir_tasks.platforms.common.grammar import OTHER, Grammar, Row, several, single


def _find_port_access(kind: str) -> tuple[Row, ...]:
    """The ports of a kind, each a line of its own, and then what is said of each."""
    port = rf"(aaa port-access {kind} [\w/]*\d)"
    return (*several(rf"{port}$"), *single(rf"{port} (?:encrypted-)?(\S+)(?: .*)?$"))


TOP = (
    *several(r"stacking$", r"vsf$"),
    *single(r"hostname", r"module \w+"),
    *several(r"trunk ", r"ip access-list "),
    *single(r"include-credentials", r"(?:encrypted-)?(password manager)", r"(?:encrypted-)?(password operator)"),
    *single(r"password port-access"),
    *single(r"console idle-timeout", r"max-vlans", r"banner motd", r"cdp run", r"logging (?:\d+\.){3}\d+"),
    *single(r"logging \w+", r"timesync", r"sntp (?:unicast|broadcast)", r"sntp \d+", r"sntp server priority \d+"),
    *single(r"sntp authentication(?! key-id)", r"sntp authentication key-id \d+"),
    *single(r"telnet-server", r"time daylight-time-rule", r"time timezone", r"web-management(?! ssl)"),
    *single(r"web-management ssl", r"ip authorized-managers \S+", r"ip default-gateway"),
    *several("ip route "),
    *single(r"ip dns domain-name"),
    *single(r"ip dns server-address priority \d+", r"ip ssh(?! filetransfer)", r"ip ssh filetransfer"),
    *several(r"key-chain \S+$"),
    *single(r"key-chain \S+ key \d+"),
    *several("interface "),
    *single(r'snmp-server community (?:"[^"]*"|\S+)', r"snmp-server host \S+"),
    *single(r"snmpv3 (?:enable|only|restricted-access)", r'snmpv3 user (?:"[^"]*"|\S+)'),
    *several(r"snmpv3 group "),
    *single(r'snmpv3 (?:community index|notify|targetaddress|params) (?:"[^"]*"|\S+)'),
    *single(r"snmp-server (?:contact|location|enable)", r'aaa authentication local-user (?:"[^"]*"|\S+)'),
    *single(r"((?:radius|tacacs)-server host \S+)(?: (?:encrypted-)?key .*)?$"),
    *single(r"((?:radius|tacacs)-server )(?:encrypted-)?(key)(?: .*)?$"),
    *single(r"(?:radius|tacacs)-server (?:timeout|retransmit|dead-time)"),
    *single(r"aaa authentication \w+ (?:login|enable)"),
    *single(r"(aaa authentication (?:port-access|mac-based|web-based))(?: .*)?$"),
    *_find_port_access("authenticator"),
    *single(r"aaa port-access authenticator active$"),
    *_find_port_access("supplicant"),
    *_find_port_access("mac-based"),
    *single(r"(aaa port-access mac-based addr-format)(?: .*)?$"),
    *_find_port_access("web-based"),
    *single(r"(aaa port-access [\w/]*\d \S+)(?: .*)?$"),
    *single(r"aaa (?!authentication (?:local-user|\w+ (?:login|enable))).*", r"lldp run", r"primary-vlan"),
    *several("oobm$", "vlan "),
    *single(r"management-vlan", r"spanning-tree$", r"spanning-tree (?:config-name|priority|mode|force-version)"),
    *single(r"spanning-tree [\w/]*\d+ (?:priority|path-cost)", r"spanning-tree [\w/]*\d+ (?!priority|path-cost).*"),
    *single(r"loop-protect [\w/]*\d+", r"tftp (?:client|server)", r"dhcp .*"),
)
# Within a port or a VLAN: a line is known by its first word or two, but for those that may be there several times.
INNER = (
    *single(r"(?:en|dis)(able)$", r"(ip access-group) .* (\S+)$"),
    *several(r"ip (?:helper-address|forward-protocol|igmp|bootp-gateway|directed-broadcast) .*", r"ip igmp$"),
    *several(r"ipv6 (?:address|helper-address|access-group|nd|mld) .*", r"(?:dhcp-snooping|arp-protect) .*"),
    *several(r"lldp config.*"),
    *single(r"(?:ip|ipv6|qos|lldp) \S+", r"\S+"),
)
GRAMMAR = Grammar(
    sections={"": TOP, OTHER: INNER},
    indent="   ",
    ordered=("ip access-list", "ipv6 access-list"),
    numbered=re.compile(r"access-list \S+"),
)
