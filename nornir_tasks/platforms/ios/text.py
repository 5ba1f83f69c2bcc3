"""The text of an IOS configuration: cleaned, masked, compared. Pure."""

import re
from collections.abc import Iterator

from nornir_tasks.platforms.common import config_tree
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.ios.grammar import GRAMMAR

# The header, and what belongs to the software on a switch rather than to its configuration.
HEADER = re.compile(
    r"^(Building configuration|Current configuration|Using \d+ out of|startup-config is not present|version "
    r"|boot-(start|end)-marker|ntp clock-period)"
)

DENY = re.compile(r"^(\s*(?:access-list \S+ |\d+ )?deny) +")

# Startup names a certificate that the switch made itself by its file; running shows it.
CHAIN = re.compile(r"^(?P<line>crypto pki certificate chain .*)\n(?P<below>(?: .*\n)*)", re.M)
CERTIFICATE = re.compile(r"^ (?P<line>certificate .*)\n(?:  .*\n)*", re.M)
IN_NVRAM = re.compile(r"^ (?P<line>certificate .*) nvram:\S+\n", re.M)


def parse(text: str) -> ConfigNode:
    """The configuration as a tree (header, comments and secrets may still be in it)."""
    return config_tree.parse(_list_lines(text), GRAMMAR)


def clean(text: str) -> str:
    """Without header, comments and trailing space; ends with ``end``."""
    return "".join(f"{line}\n" for line in _list_lines(text))


def _list_lines(text: str) -> Iterator[str]:
    """The lines, free text as one; IOS prints ``deny`` as wide as ``permit``, and its blanks are no difference."""
    lines = config_tree.split_lines(text, GRAMMAR, lambda line: line.lstrip().startswith("!") or HEADER.match(line))
    return (DENY.sub(r"\1 ", line) if "deny " in line else line for line in lines)


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
