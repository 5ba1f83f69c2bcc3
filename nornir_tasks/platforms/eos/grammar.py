"""The grammar of EOS: its lines in the order in which it prints them, and those of which there is one. Pure.

EOS shows its configuration in an order of its own, whatever order it was typed in; the order here is that one, as far
as the standard and what was found in the municipalities need it.
"""

import re

from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.grammar import FreeText, Grammar, Nested, displacing, several, single
from nornir_tasks.platforms.common.vlan_lists import TRUNK, format_allowed_vlans, read_allowed_vlans, read_vlan_numbers

VLAN_LIST = re.compile(r"vlan \d[\d,-]*")
BANNER = re.compile(r"banner (?:login|motd)$")
CERTIFICATE = re.compile(r"\s*protocol https certificate$")  # and its key, each up to a line that says EOF
END_OF_TEXT = re.compile(r"^\s*EOF\s*$")

TOP = (
    *single("enable (?:password|secret) ", "aaa root", r"username \S+ "),
    *several("transceiver"),
    *single("service routing protocols model ", "lldp run$", "logging buffered", "logging trap"),
    *several("logging "),
    *single("logging source-interface", "hostname "),
    *several("ip name-server"),
    *single("dns domain ", "ntp local-interface"),
    *single(r"ntp server (?:vrf \S+ )?\S+"),
    *several("ntp "),
    *single("snmp-server contact ", "snmp-server location "),
    *several("snmp-server community", "snmp-server"),
    *single("spanning-tree mode "),
    *several("spanning-tree "),
    *single("spanning-tree mst 0 priority "),
    *several("system l1"),
    *single("clock timezone "),
    *several("aaa ", "vlan ", "management api http-commands"),
    *several("interface Port-Channel", "interface Ethernet", "interface Loopback", "interface Management"),
    *several("interface Vlan", "interface ", "ip access-list"),
    *single("ip routing$"),
    *displacing(r"ip route 0\.0\.0\.0/0"),
    *several("ip route ", "router ospf", "router "),
    *single(r"banner login\b", r"banner motd\b"),
    *several("management console", "management ssh", "management telnet", "management "),
)
INTERFACE = (
    *single("description ", "shutdown$", "mtu ", "speed ", "switchport access vlan ", "switchport trunk native vlan "),
    *single("switchport phone vlan ", "switchport phone trunk ", TRUNK, "switchport mode ", "switchport$"),
    *single("ip address "),
    *several(r"ip address \S+ secondary", "ip helper-address"),
    *single("ip ospf network ", "ip ospf area ", "ip ospf cost ", r"(ip access-group) \S+ (in|out)"),
    *single("lldp transmit$", "lldp receive$", r"spanning-tree portfast\b", r"spanning-tree bpduguard\b"),
)
OSPF = (
    *single("router-id ", "auto-cost "),
    *several("passive-interface default", "passive-interface", "redistribute", "network"),
    *single("max-lsa "),
)
# Lines that say what EOS does anyway: as an addition they remove what says otherwise, and are not shown.
SILENT = frozenset({"no shutdown", "switchport", "switchport mode access"})


def find_free_text(line: str) -> FreeText | None:
    """A banner goes on to a line that says EOF, a certificate and its key to the second."""
    if BANNER.match(line):
        return FreeText(END_OF_TEXT)
    return FreeText(END_OF_TEXT, times=2) if CERTIFICATE.match(line) else None


def normalise(root: ConfigNode) -> None:
    """A list of VLANs, as EOS writes those that say the same, is as many VLANs."""
    root.children = [single_node for node in root.children for single_node in _split_vlans(node)]


def _split_vlans(node: ConfigNode) -> list[ConfigNode]:
    match = VLAN_LIST.fullmatch(node.text)
    numbers = read_vlan_numbers(node.text) if match else []
    if len(numbers) < 2:
        return [node]
    return [ConfigNode(f"vlan {number}", node.copy().children, node.lead) for number in numbers]


def resolve_vlan_add(port: ConfigNode, text: str) -> str:
    """Add VLANs to a trunk; a trunk without a list carries all VLANs already, and stays as it is."""
    if not text.startswith(f"{TRUNK}add "):
        return text
    line = port.find_start(TRUNK)
    if line is None and port.find("switchport mode trunk"):
        return ""
    carried_vlans = read_allowed_vlans(line.text.removeprefix(TRUNK)) if line else set()
    added_vlans = read_allowed_vlans(text.removeprefix(f"{TRUNK}add "))
    return TRUNK + format_allowed_vlans(carried_vlans | added_vlans, shortest=2)


GRAMMAR = Grammar(
    sections={
        "": TOP,
        "interface": INTERFACE,
        "router ospf": OSPF,
        "management api": single(r"protocol \S+", "shutdown$"),
        "management": single("idle-timeout ", "shutdown$"),
        "vlan": single("name ", "state "),
        "ip access-list": single(r"\d+ "),
    },
    indent="   ",
    find_free_text=find_free_text,
    ordered=("ip access-list", "ipv6 access-list", "policy-map ", "aaa group server "),
    shown_negated=re.compile(
        r"no (aaa root|lldp |ip routing$|switchport$|shutdown$|passive-interface |protocol |logging |service |snmp "
        r"|spanning-tree vlan|neighbor \S+ activate|errdisable |ip proxy-arp)"
    ),
    silent={"interface": SILENT},
    closing=re.compile("exit"),
    nested=(
        Nested(re.compile("router |management |vrf "), re.compile("(?:vrf|address-family) ")),
        Nested(re.compile("policy-map "), re.compile("class ")),
    ),
    valueless=re.compile("no (?:aaa root|enable (?:password|secret)|ip address|description)"),
    resolve_list=resolve_vlan_add,
    normalise=normalise,
)
