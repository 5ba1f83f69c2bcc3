"""EOS configurations as text: cleaned and parsed. Pure."""

from collections.abc import Iterator

from nornir_tasks.platforms.common import config_tree
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.eos.grammar import GRAMMAR


def clean(text: str) -> str:
    """Without header, separators, comments and ``end``: what is left is configuration, in the device's order."""
    return "".join(f"{line}\n" for line in _list_lines(text))


def parse(text: str) -> ConfigNode:
    """The configuration as a tree (header, comments and secrets may still be in it)."""
    return config_tree.parse(_list_lines(text), GRAMMAR)


def _list_lines(text: str) -> Iterator[str]:
    return config_tree.split_lines(text, GRAMMAR, lambda line: line.lstrip().startswith("!") or line == "end")
