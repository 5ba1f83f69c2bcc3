"""The text of an IOS configuration: cleaned, masked, compared. Pure."""

import re

from hier_config import HConfig
from hier_config.models import IdempotentCommandsRule, MatchRule, OrderingRule, SectionalOverwriteRule
from hier_config.platforms.cisco_ios.driver import HConfigDriverCiscoIOS
from hier_config.platforms.driver_base import HConfigDriverRules
from hier_config.platforms.utils import split_vlan_id_lists

from nornir_tasks.platforms.ios import tree as ios_tree

# The header, and what belongs to the software on a switch rather than to its configuration.
HEADER = re.compile(
    r"^(Building configuration|Current configuration|Using \d+ out of|startup-config is not present|version "
    r"|boot-(start|end)-marker|ntp clock-period)"
)

# Startup names a certificate that the switch made itself by its file; running shows it.
CHAIN = re.compile(r"^(?P<line>crypto pki certificate chain .*)\n(?P<below>(?: .*\n)*)", re.M)
CERTIFICATE = re.compile(r"^ (?P<line>certificate .*)\n(?:  .*\n)*", re.M)
IN_NVRAM = re.compile(r"^ (?P<line>certificate .*) nvram:\S+\n", re.M)


class IosConfigDriver(HConfigDriverCiscoIOS):
    """hier_config's driver, with more lines that have a single value, and the order in which VLANs and ports change."""

    @staticmethod
    def _instantiate_rules() -> HConfigDriverRules:
        rules = HConfigDriverCiscoIOS._instantiate_rules()
        # Rows of access lists are not numbered in this IOS's own print, and `no ip address` is a line of its own.
        rules.post_load_callbacks[:] = [split_vlan_id_lists]
        rules.per_line_sub.clear()
        rules.idempotent_commands.extend(
            IdempotentCommandsRule(match_rules=(MatchRule(re_search=f"^(no )?{pattern}"),))
            for pattern in ios_tree.ROOT_SINGLE
        )
        rules.idempotent_commands.extend(
            IdempotentCommandsRule(
                match_rules=(
                    MatchRule(startswith=("interface ", "line ", "archive", "router ", "vlan ")),
                    MatchRule(re_search=f"^(no )?{pattern}"),
                )
            )
            for pattern in ios_tree.BELOW_SINGLE
        )
        # Rows of an access list are read from the top: a changed list is written anew, or the new row comes too late.
        rules.sectional_overwrite.append(SectionalOverwriteRule(match_rules=(MatchRule(startswith="ip access-list "),)))
        # A VLAN is created before ports are put into it, and deleted after they have left it.
        rules.ordering.append(OrderingRule(match_rules=(MatchRule(startswith="vlan "),), weight=-20))
        rules.ordering.append(OrderingRule(match_rules=(MatchRule(startswith="no vlan "),), weight=200))
        return rules


def tree(text: str) -> HConfig:
    """The configuration as hier_config sees it; a banner is one line."""
    config = HConfig(IosConfigDriver())

    def add(parent: HConfig, block: ios_tree.IosBlock) -> None:
        for child in block.children:
            add(parent.add_child(child.text, return_if_present=True), child)  # type: ignore[arg-type]

    add(config, ios_tree.parse(clean(text)))
    for callback in config.driver.rules.post_load_callbacks:
        callback(config)
    return config


def clean(text: str) -> str:
    """Without header, comments and trailing space; ends with ``end``."""
    return "".join(f"{line}\n" for line in ios_tree.logical_lines(text) if not HEADER.match(line))


def restore_certificates(startup: str, running: str) -> str:
    """The startup configuration with the certificates that it only names by their files, as running shows them."""
    shown: dict[str, str] = {}
    for chain in CHAIN.finditer(running):
        for certificate in CERTIFICATE.finditer(chain["below"]):
            shown[chain["line"] + certificate["line"]] = certificate[0]

    def restore(chain: re.Match[str]) -> str:
        below = IN_NVRAM.sub(lambda named: shown.get(chain["line"] + named["line"], named[0]), chain["below"])
        return f"{chain['line']}\n{below}"

    return CHAIN.sub(restore, startup)


def remediation(running: str, intended: str) -> tuple[str, ...]:
    """The lines that lead from running to intended, for people to read: the device itself is given the whole."""
    steps = tree(running).config_to_get_to(tree(intended)).set_order_weight()
    return tuple(line.cisco_style_text() for line in steps.all_children_sorted())
