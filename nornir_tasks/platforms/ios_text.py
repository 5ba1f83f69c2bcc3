"""The text of an IOS configuration: cleaned, masked, laid over another. Pure."""

import re

from hier_config import HConfig, get_hconfig
from hier_config.models import IdempotentCommandsRule, MatchRule
from hier_config.platforms.cisco_ios.driver import HConfigDriverCiscoIOS
from hier_config.platforms.driver_base import HConfigDriverRules
from hier_config.platforms.utils import split_vlan_id_lists

from nornir_tasks.platforms import indented

HEADER = re.compile(
    r"^(Building configuration|Current configuration|Using \d+ out of|! Last configuration change"
    r"|! NVRAM config last|ntp clock-period|!)"
)

SINGLE = (
    r"hostname ",
    r"ip domain-name ",
    r"ip default-gateway ",
    r"clock timezone ",
    r"clock summer-time ",
    r"service timestamps (debug|log) ",
    r"logging (buffered|trap|console)\b",
    r"spanning-tree (mode|vlan \S+ priority) ",
    r"vtp mode ",
    r"banner \w+ ",
    r"enable (secret|password) ",
    r"username \S+ ",
    r"ip ssh version ",
    r"snmp-server (location|contact) ",
    # below an interface, a VLAN, a line or the archive
    r"description ",
    r"switchport (access vlan|voice vlan|trunk native vlan|trunk allowed vlan|mode) ",
    r"ip address( |$)",
    r"ip access-group \S+ in",
    r"ip ospf network ",
    r"spanning-tree (portfast|bpduguard)( |$)",
    r"name ",
    r"(path|maximum) ",
    r"(exec-timeout|transport input|privilege level) ",
    r"login( |$)",
    r"router-id ",
)
# What IOS prints with `no` in front; everything else vanishes when it is negated.
NEGATED = re.compile(
    r"no (switchport$|ip http |service |aaa new-model|passive-interface |ip address|ip domain-lookup|cdp |ip redirects|ip proxy-arp)"
)
RULES = indented.Rules(
    single=tuple(re.compile(pattern) for pattern in SINGLE),
    shown_negated=NEGATED,
    clears=(("no switchport", "switchport "),),
)

SECRETS = (
    (
        re.compile(r"^(?P<head>username (?P<name>\S+) .*?(?:secret|password) \d )(?P<secret>\S+)(?P<tail>)$"),
        lambda found, count: f"username {found['name']}",
    ),
    (
        re.compile(r"^(?P<head>enable (?P<name>secret|password) (?:\d )?)(?P<secret>\S+)(?P<tail>)$"),
        lambda found, count: f"enable {found['name']}",
    ),
    (
        re.compile(r"^(?P<head>snmp-server community )(?P<secret>\S+)(?P<tail>.*)$"),
        lambda found, count: f"snmp-server community {count}",
    ),
    (
        re.compile(r"^(?P<head>snmp-server host \S+ (?:version \S+ )?)(?P<secret>\S+)(?P<tail>)$"),
        lambda found, count: f"snmp-server host {count}",
    ),
    (
        re.compile(r"^(?P<head> password (?:\d )?)(?P<secret>\S+)(?P<tail>)$"),
        lambda found, count: f"line password {count}",
    ),
)


class Driver(HConfigDriverCiscoIOS):
    """hier_config's driver, without its numbering of access lists (this IOS shows none), with more single values."""

    @staticmethod
    def _instantiate_rules() -> HConfigDriverRules:
        rules = HConfigDriverCiscoIOS._instantiate_rules()
        rules.post_load_callbacks[:] = [split_vlan_id_lists]
        rules.per_line_sub[:] = [
            rule for rule in rules.per_line_sub if "version" not in rule.search and "no ip address" not in rule.search
        ]
        for start in ("hostname ", "ip default-gateway ", "ip domain-name ", "clock timezone ", "spanning-tree mode "):
            rules.idempotent_commands.append(IdempotentCommandsRule(match_rules=(MatchRule(startswith=start),)))
        for start in ("switchport access vlan ", "switchport trunk allowed vlan ", "switchport trunk native vlan "):
            rules.idempotent_commands.append(
                IdempotentCommandsRule(match_rules=(MatchRule(startswith="interface "), MatchRule(startswith=start)))
            )
        rules.idempotent_commands.append(
            IdempotentCommandsRule(
                match_rules=(MatchRule(startswith="line "), MatchRule(startswith="transport input "))
            )
        )
        return rules


def clean(text: str) -> str:
    """Without header, comments and trailing space; ends with ``end``."""
    lines = [line for line in indented.logical_lines(text) if not HEADER.match(line)]
    return "".join(f"{line}\n" for line in lines)


def mask(text: str) -> tuple[str, dict[str, str]]:
    """Hide password hashes and communities."""
    return indented.masked(text, SECRETS)


def tree(text: str) -> HConfig:
    """The configuration as hier_config sees it."""
    return get_hconfig(Driver(), clean(text))


def remediation(running: str, intended: str) -> tuple[str, ...]:
    """The lines that lead from one to the other, for people to read: the device itself is given the whole."""
    steps = tree(running).config_to_get_to(tree(intended)).set_order_weight()
    return tuple(line.cisco_style_text() for line in steps.all_children_sorted())


def overlay(legacy: str, additions: str) -> str:
    """The legacy with the additions laid over it."""
    return indented.overlay(clean(legacy), clean(additions), RULES)
