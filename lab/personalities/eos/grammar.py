"""The configuration lines that EOS takes, where, and how it shows them: data, read by ``config``.

Each rule is one setting. ``key`` names what has one value: a later line with the same key takes its place; ``{0}`` …
are the values of the syntax. What EOS shows by default stands in ``Context.initial``.
"""

from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Rule:
    """One setting.

    ``no``: what may follow ``no`` beside the syntax itself. ``off``: how the negation is stored and shown, where it is
    not the absence of the line. ``default``: the line that is not shown because it is what the switch does anyway.
    """

    syntax: str
    key: str
    no: str | None = None
    show: str | None = None  # canonical form, where it is not the line itself
    off: str | None = None
    default: str | None = None
    opens: str | None = None
    block: str = ""  # lines of one block stand together, without ``!`` between
    drop_empty: bool = False  # a section that is not shown when nothing is in it
    special: str | None = None  # name of a handler in ``config``
    order: int = 0  # set by the context


@dataclass(frozen=True)
class Context:
    """A mode: its rules in the order in which EOS shows them, and its prompt."""

    name: str
    prompt: str
    rules: tuple[Rule, ...]
    initial: tuple[str, ...] = ()  # shown even if never typed

    @cached_property
    def ordered(self) -> tuple[Rule, ...]:
        """The rules, each with its place."""
        return tuple(Rule(**{**rule.__dict__, "order": index}) for index, rule in enumerate(self.rules))


@dataclass
class _Parts:
    """Rules that several kinds of interface share."""

    head: tuple[Rule, ...] = field(
        default=(
            Rule("description <rest>", "description"),
            Rule("shutdown", "shutdown"),
            Rule("mtu <int:68-9214>", "mtu", default="mtu 1500"),
        )
    )
    port: tuple[Rule, ...] = field(
        default=(
            Rule("speed (auto|forced|100full|1000full|10000full|auto 1gfull)", "speed", default="speed auto"),
            Rule(
                "switchport access vlan <int:1-4094>",
                "access",
                "switchport access vlan",
                default="switchport access vlan 1",
                special="makes_vlan",
            ),
            Rule(
                "switchport trunk native vlan <int:1-4094>",
                "native",
                "switchport trunk native vlan",
                default="switchport trunk native vlan 1",
            ),
            Rule("switchport phone vlan <int:1-4094>", "phone", "switchport phone vlan"),
            Rule(
                "switchport phone trunk (tagged|untagged)",
                "phone trunk",
                "switchport phone trunk",
                default="switchport phone trunk tagged",
            ),
            Rule(
                "switchport trunk allowed vlan (none|all)",
                "allowed",
                "switchport trunk allowed vlan",
                special="allowed",
            ),
            Rule("switchport trunk allowed vlan (add|remove|except) <vlans>", "allowed", special="allowed"),
            Rule("switchport trunk allowed vlan <vlans>", "allowed", special="allowed"),
            Rule("switchport mode trunk phone", "mode", "switchport mode"),
            Rule("switchport mode (access|trunk|dot1q-tunnel)", "mode", default="switchport mode access"),
            Rule("switchport", "switchport", off="no switchport", default="switchport"),
        )
    )
    routed: tuple[Rule, ...] = field(
        default=(
            Rule("ip address <cidr>", "ip address", "ip address"),
            Rule("ip address <ip> <ip>", "ip address", special="masked"),
            Rule("ip helper-address <ip>", "ip helper-address {0}", "ip helper-address"),
            Rule("ip ospf network point-to-point", "ospf network", "ip ospf network"),
            Rule("ip ospf area <area>", "ospf area", "ip ospf area"),
            Rule("ip ospf cost <int:1-65535>", "ospf cost", "ip ospf cost"),
            Rule("ip access-group <word> (in|out)", "ip access-group {1}", "ip access-group (in|out)"),
        )
    )
    edge: tuple[Rule, ...] = field(
        default=(
            Rule("lldp transmit", "lldp transmit", off="no lldp transmit", default="lldp transmit"),
            Rule("lldp receive", "lldp receive", off="no lldp receive", default="lldp receive"),
            Rule("spanning-tree portfast", "portfast", "spanning-tree portfast"),
            Rule("spanning-tree bpduguard (enable|disable)", "bpduguard", "spanning-tree bpduguard"),
        )
    )


_P = _Parts()

CONTEXTS: dict[str, Context] = {
    context.name: context
    for context in (
        Context("ethernet", "if-Et{}", (*_P.head, *_P.port, *_P.routed, *_P.edge)),
        Context("port-channel", "if-Po{}", (*_P.head, *_P.port, *_P.routed, *_P.edge)),
        Context("management", "if-Ma{}", (*_P.head, *_P.routed, *_P.edge[:2])),
        Context("vlan interface", "if-Vl{}", (*_P.head, *_P.routed)),
        Context("loopback", "if-Lo{}", (*_P.head, *_P.routed)),
        Context(
            "vlan",
            "vlan-{}",
            (
                Rule("name <word>", "name", "name"),
                Rule("state (active|suspend)", "state", "state", default="state active"),
            ),
        ),
        Context(
            "access list",
            "acl-{}",
            (
                Rule("remark <rest>", "remark {0}", special="entry"),
                Rule("permit <rest>", "entry", special="entry"),
                Rule("deny <rest>", "entry", special="entry"),
                Rule("<int:1-4294967295> remark <rest>", "entry", special="entry"),
                Rule("<int:1-4294967295> (permit|deny) <rest>", "entry", "<int:1-4294967295>", special="entry"),
            ),
        ),
        Context(
            "ospf",
            "router-ospf",
            (
                Rule("router-id <ip>", "router-id", "router-id"),
                Rule("auto-cost reference-bandwidth <int:1-4294967>", "auto-cost", "auto-cost reference-bandwidth"),
                Rule("passive-interface default", "passive default"),
                Rule("passive-interface <port>", "passive {0}", special="passive"),
                Rule("redistribute (connected|static)", "redistribute {0}"),
                Rule("network <prefix> area <area>", "network {0}", "network <prefix>"),
                Rule("max-lsa <int:0-100000>", "max-lsa", "max-lsa"),
                Rule("log-adjacency-changes detail", "log-adjacency-changes", "log-adjacency-changes"),
                Rule("default-information originate", "default-information"),
                Rule("shutdown", "shutdown"),
            ),
            initial=("max-lsa 12000",),
        ),
        Context(
            "system l1",
            "system-l1",
            (
                Rule("unsupported speed action (error|warn)", "speed"),
                Rule("unsupported error-correction action (error|warn)", "fec"),
            ),
            initial=("unsupported speed action error", "unsupported error-correction action error"),
        ),
        Context(
            "api",
            "mgmt-api-http-cmds",
            (
                Rule("protocol http", "http", "protocol http"),
                Rule("protocol https", "https", off="no protocol https", default="protocol https"),
                Rule("shutdown", "shutdown", off="no shutdown", default="shutdown"),
            ),
        ),
        Context(
            "ssh",
            "mgmt-ssh",
            (
                Rule("idle-timeout <int:0-86400>", "idle-timeout", "idle-timeout"),
                Rule("connection limit <int:1-100>", "limit", "connection limit"),
                Rule("ip access-group <word> in", "acl", "ip access-group"),
                Rule("shutdown", "shutdown", default="no shutdown"),
            ),
        ),
        Context(
            "telnet",
            "mgmt-telnet",
            (
                Rule("idle-timeout <int:0-86400>", "idle-timeout", "idle-timeout"),
                Rule("shutdown", "shutdown", off="no shutdown", default="shutdown"),
            ),
        ),
        Context("console", "mgmt-console", (Rule("idle-timeout <int:0-86400>", "idle-timeout", "idle-timeout"),)),
    )
}

GLOBAL = Context(
    "global",
    "",
    (
        Rule("enable password sha512 <word>", "enable", "enable password"),
        Rule("aaa root nopassword", "aaa root", "aaa root", off="no aaa root"),
        Rule("aaa root secret sha512 <word>", "aaa root"),
        Rule("username <word> [privilege <int:0-15>] [role <word>] nopassword", "username {0}", special="username"),
        Rule(
            "username <word> [privilege <int:0-15>] [role <word>] [secret <word>]",
            "username {0}",
            "username <word>",
            special="username",
        ),
        Rule(
            "username <word> [privilege <int:0-15>] [role <word>] secret (0|5|sha512) <word>",
            "username {0}",
            special="username",
        ),
        Rule("transceiver qsfp default-mode 4x10G", "transceiver"),
        Rule("service routing protocols model (multi-agent|ribd)", "model", block="model"),
        Rule("lldp run", "lldp", off="no lldp run", default="lldp run"),
        Rule("logging buffered <int:10-2147483647>", "logging buffered", "logging buffered", block="logging"),
        Rule(
            "logging trap (debugging|informational|notifications|warnings|errors)",
            "logging trap",
            "logging trap",
            block="logging",
        ),
        Rule("logging host <ip>", "logging host {0}", block="logging"),
        Rule("logging source-interface <port>", "logging source", "logging source-interface", block="logging"),
        Rule("hostname <word>", "hostname", "hostname", block="name"),
        Rule(
            "ip name-server [vrf default] <ip>",
            "ip name-server {0}",
            show="ip name-server vrf default {0}",
            block="name",
        ),
        Rule("dns domain <word>", "domain", "dns domain", block="name"),
        Rule("ip domain-name <word>", "domain", "ip domain-name", show="dns domain {0}", block="name"),
        Rule("ntp local-interface <port>", "ntp local", "ntp local-interface", block="ntp"),
        Rule("ntp server <word> [prefer] [iburst]", "ntp server {0}", "ntp server <word>", block="ntp"),
        Rule("snmp-server contact <rest>", "snmp contact", "snmp-server contact", block="snmp"),
        Rule("snmp-server location <rest>", "snmp location", "snmp-server location", block="snmp"),
        Rule(
            "snmp-server community <word> (ro|rw) [<word>]",
            "snmp community {0}",
            "snmp-server community <word>",
            block="snmp",
        ),
        Rule("snmp-server host <ip> version 2c <word>", "snmp host {0}", "snmp-server host <ip>", block="snmp"),
        Rule("spanning-tree mode (mstp|rstp|rapid-pvst|none)", "stp", "spanning-tree mode", block="stp"),
        Rule("spanning-tree edge-port bpduguard default", "stp bpduguard", block="stp"),
        Rule(
            "spanning-tree mst 0 priority <int:0-61440>",
            "stp priority",
            "spanning-tree mst 0 priority",
            default="spanning-tree mst 0 priority 32768",
            block="stp",
        ),
        Rule("system l1", "system l1", opens="system l1"),
        Rule("clock timezone <word>", "clock", "clock timezone", default="clock timezone UTC"),
        Rule("aaa authorization exec default local", "aaa exec", "aaa authorization exec default"),
        Rule("vlan <vlans>", "vlan {0}", opens="vlan", special="vlan"),
        Rule("management api http-commands", "api", opens="api", drop_empty=True),
        Rule("interface <rest>", "interface {0}", opens="interface", special="interface"),
        Rule("ip access-list <word>", "acl {0}", opens="access list"),
        Rule("ip access-list standard <word>", "sacl {0}", opens="access list"),
        Rule("ip routing", "ip routing", off="no ip routing"),
        Rule("ip route <prefix> <ip> [<int:1-255>]", "ip route {0} {1}", "ip route <prefix>", block="route"),
        Rule("ip route <ip> <ip> <ip>", "ip route", special="masked_route", block="route"),
        Rule("router ospf <int:1-65535>", "ospf {0}", opens="ospf"),
        Rule("banner login", "banner login", "banner login", special="banner"),
        Rule("banner motd", "banner motd", "banner motd", special="banner"),
        Rule("management console", "console", opens="console", drop_empty=True),
        Rule("management ssh", "ssh", opens="ssh", drop_empty=True),
        Rule("management telnet", "telnet", opens="telnet", drop_empty=True),
    ),
    initial=(
        "no aaa root",
        "transceiver qsfp default-mode 4x10G",
        "service routing protocols model multi-agent",
        "spanning-tree mode mstp",
        "system l1",
        "no ip routing",
    ),
)

# In what order EOS shows the kinds of interface.
INTERFACES = {
    "Port-Channel": "port-channel",
    "Ethernet": "ethernet",
    "Loopback": "loopback",
    "Management": "management",
    "Vlan": "vlan interface",
}
