"""The grammar of IOS: its lines in the order in which it prints them, and those of which there is one. Pure."""

import re

from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.grammar import OTHER, FreeText, Grammar, Nested, several, single
from nornir_tasks.platforms.common.vlan_lists import (
    TRUNK,
    format_allowed_vlans,
    join_allowed_vlans,
    read_allowed_vlans,
    read_vlan_numbers,
)

BANNER = re.compile(r"^banner +[\w-]+ +(\^C|\x03|\S)")
VLAN_LIST = re.compile(r"vlan \d+[,-][\d,-]*")

TOP = (
    *several("version", "service pad", "service tcp", "service timestamps"),
    *single("service timestamps (?:debug|log) "),
    *several("service"),
    *single("hostname "),
    *several("boot"),
    *single("logging buffered ", "logging console ", r"enable (?:secret|password)(?: level \d+)? ", r"username \S+ "),
    *several("aaa"),
    *single("clock timezone ", "clock summer-time "),
    *several("switch ", "ip routing", "ip dhcp", "ip domain-lookup"),
    *single("ip domain-name "),
    *several("ip name-server"),
    *single("vtp domain "),
    *several("vtp"),
    *single("vtp mode "),
    *several("archive", "file prompt"),
    *single("spanning-tree mode "),
    *several("spanning-tree loopguard", "spanning-tree portfast", "spanning-tree extend", "spanning-tree"),
    *single(r"spanning-tree vlan \S+ priority "),
    *several("vlan", "cdp", "lldp", "interface Loopback", "interface Port", "interface Fast", "interface Gigabit"),
    *several("interface Ten", "interface Vlan", "router"),
    *single("ip default-gateway "),
    *several("ip forward", "ip http server", "ip http auth", "ip http secure", "ip scp", "ip ssh"),
    *single("ip ssh time-out ", "ip ssh version "),
    *several("ip route", "ip access-list extended", "ip access-list standard"),
    *single("logging trap "),
    *several("logging source", "logging", "snmp-server community"),
    *single("snmp-server location ", "snmp-server contact "),
    *several("snmp-server"),
    *single(r"banner [\w-]+ "),
    *several("line con", "line", "ntp source", "ntp"),
    *single(r"ntp server (?:vrf \S+ )?\S+"),
    *several("end"),
)
BELOW = (
    *several("log config"),  # archive
    *single("path ", "maximum "),
    *several("write-memory", "time-period"),
    *single("router-id "),  # router ospf
    *several("auto-cost", "passive-interface default", "passive-interface", "redistribute", "network"),
    *several("default-information"),
    *single("name ", "description "),  # interfaces and VLANs
    *several("switchport$"),
    *single("switchport access vlan ", "switchport trunk native vlan ", TRUNK, "switchport mode "),
    *several("switchport nonegotiate", "switchport voice"),
    *single("switchport voice vlan ", "ip address "),
    *several(r"ip address \S+ \S+ secondary"),
    *single(r"(ip access-group) \S+ (in|out)"),
    *several("ip helper-address", "ip ospf"),
    *single("ip ospf network ", "ip ospf cost "),
    *several("ip redirects", "ip proxy-arp", "shutdown"),
    *single("speed ", "duplex "),
    *several("cdp", "snmp trap", "storm-control"),
    *single(r"spanning-tree portfast\b", r"spanning-tree bpduguard\b"),
    *several("ip dhcp"),
    *single(r"(access-class) \S+ (in|out)", "exec-timeout ", "privilege level "),  # lines
    *several("password", "logging"),
    *single(r"login\b"),
    *several("length", "transport"),
    *single("transport input "),
)


# In this order: the first that fits counts.
NESTED = tuple(
    Nested(re.compile(parent), re.compile(pattern), closing)
    for parent, pattern, closing in (
        ("", "address-family ", "exit-address-family"),
        ("", "service-family ", "exit-service-family"),
        ("address-family ", "af-interface ", "exit-af-interface"),
        ("address-family ", "topology ", "exit-af-topology"),
        ("service-family ", "sf-interface ", "exit-sf-interface"),
        ("service-family ", "topology ", "exit-sf-topology"),
        ("router bgp ", "template peer-policy ", "exit-peer-policy"),
        ("router bgp ", "template peer-session ", "exit-peer-session"),
        ("policy-map |ip dhcp pool ", "class ", "exit"),
        ("archive$", "log config$", "exit"),
        ("crypto pki certificate chain ", "certificate ", ""),  # ends with quit
    )
)


def find_free_text(line: str) -> FreeText | None:
    """A banner goes on to its delimiter, unless that stands in its first line already."""
    start = BANNER.match(line)
    return FreeText(re.compile(re.escape(start[1]))) if start and start[1] not in line[start.end() :] else None


def normalise(root: ConfigNode) -> None:
    """One line for a trunk's VLANs, which IOS goes on with in lines with ``add``; a VLAN for each of a bare list."""
    for node in root.children:
        lists = [child for child in node.children if child.text.startswith(TRUNK)]
        if len(lists) > 1 or (lists and lists[0].text.startswith(f"{TRUNK}except ")):
            vlans = join_allowed_vlans(child.text for child in lists)
            lists[0].text = TRUNK + format_allowed_vlans(vlans)
            node.children = [child for child in node.children if not any(child is other for other in lists[1:])]
    root.children = [single_node for node in root.children for single_node in _split_vlans(node)]


def _split_vlans(node: ConfigNode) -> list[ConfigNode]:
    match = None if node.children else VLAN_LIST.fullmatch(node.text)
    return [ConfigNode(f"vlan {number}") for number in read_vlan_numbers(node.text)] if match else [node]


def resolve_vlan_add(port: ConfigNode, text: str) -> str:
    """``switchport trunk allowed vlan add``: the union with what the trunk carries; all of them stay all of them."""
    if not text.startswith(f"{TRUNK}add "):
        return text
    line = port.find_start(TRUNK)
    if line is None or line.text == f"{TRUNK}all":
        return line.text if line else ""
    carried_vlans = read_allowed_vlans(line.text.removeprefix(TRUNK))
    return TRUNK + format_allowed_vlans(carried_vlans | read_allowed_vlans(text.removeprefix(f"{TRUNK}add ")))


GRAMMAR = Grammar(
    sections={"": TOP, OTHER: BELOW},
    find_free_text=find_free_text,
    ordered=("ip access-list", "ipv6 access-list", "policy-map ", "aaa group server "),
    rewritten=("ip access-list", "ipv6 access-list"),
    numbered=re.compile(r"access-list \S+"),
    shown_negated=re.compile(
        r"no (switchport$|ip http |service |aaa new-model|passive-interface |ip address|ip domain-lookup|cdp "
        r"|ip redirects|ip proxy-arp|snmp trap |ip routing$)"
    ),
    silent={OTHER: frozenset({"no shutdown"})},
    closing=re.compile(r"exit(?:-[\w-]+)?"),
    nested=NESTED,
    valueless=re.compile(
        r"no (?:(?:ip|ipv6|peer default ip) address|enable (?:password|secret)|activation-character|description|name"
        r"|speed|duplex|encapsulation|exec-timeout|mac-address|service-policy|transport (?:input|output)"
        r"|ip unnumbered|ip default-gateway|ip domain-name|snmp-server (?:location|contact)|clock timezone)"
    ),
    resettable=re.compile(r"interface (?!Vlan|Loopback|Port-channel|Tunnel|\S*\.)[A-Z]\S*\d"),
    clearing={"no switchport": "switchport"},
    resolve_list=resolve_vlan_add,
    normalise=normalise,
    command_order=(
        (re.compile(r"vlan \d"), -20),  # before ports are put into it
        (re.compile(r"switchport trunk encapsulation "), -15),  # a trunk wants to know it first
        (re.compile(r"switchport mode "), -10),
        (re.compile(r"no switchport trunk encapsulation"), 10),  # as long as the port is a trunk it is refused
        (re.compile(r"no tacacs-server "), 10),
        (re.compile(r"no vlan "), 200),  # after ports have left it
        (re.compile(r"no shutdown"), 200),
    ),
)
