"""What YAML and Ansible accept silently, and is hardly ever meant: a key twice, 017 for 15, Jinja, secrets."""

import json
import re
from collections.abc import Callable, Iterator

import yaml

from nornir_tasks.inventory.source.yaml_nodes import YamlIssue
from nornir_tasks.model.finding import Path, format_value

READ_AS = ("bool", "null")
NOT_DECIMAL = re.compile(r"[-+]?(0[0-7_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)")  # octal, and in sixties: 21:00
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def find_issues(
    node: yaml.Node, is_model_variable: Callable[[Path], bool], path: Path = (), seen_nodes: set[int] | None = None
) -> Iterator[YamlIssue]:
    """Every issue of a file, in the file's order.

    Args:
        node: the file's root, as PyYAML composes it; in the recursion a node below it.
        is_model_variable: whether the way to a node leads to a variable of the model, not of Ansible or of a role.
        path: the way to ``node``; empty at the root.
        seen_nodes: identities of the nodes that were checked already; None at the root.
    """
    seen_nodes = set() if seen_nodes is None else seen_nodes
    if id(node) in seen_nodes:  # an anchor's node comes once for each of its aliases
        return
    seen_nodes.add(id(node))
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            key_path = (*path, str(key.value))
            yield from _check_key(key, key_path, lines, is_model_variable)
            yield from find_issues(value, is_model_variable, key_path, seen_nodes)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from find_issues(item, is_model_variable, (*path, number), seen_nodes)
    elif is_model_variable(path):
        yield from _check_value(node, path)


def _check_key(
    key: yaml.Node, path: Path, lines: dict[str, int], is_model_variable: Callable[[Path], bool]
) -> Iterator[YamlIssue]:
    word, kind = str(key.value), key.tag.rpartition(":")[2]
    line = int(key.start_mark.line) + 1
    if word in lines and word != "<<":
        actual = f"a key for the second time (first in line {lines[word]})"
        yield YamlIssue(
            key, path, actual, "each key once", "take one of them out; of two YAML keeps the last, in silence"
        )
    lines.setdefault(word, line)
    if kind in READ_AS:
        read_as = json.dumps(yaml.SafeLoader("").construct_object(key))
        actual = f"{word} for a key" + (f", which YAML reads as {read_as}" if word != read_as else "")
        yield YamlIssue(key, (*path[:-1], read_as), actual, "a word", "put it in quotes, if it is meant")
    elif isinstance(key, yaml.ScalarNode) and is_model_variable(path):
        yield from _check_text(key, path)


def _check_value(node: yaml.Node, path: Path) -> Iterator[YamlIssue]:
    if node.tag.startswith("!vault"):
        expected = "no secret in a network variable"
        yield YamlIssue(node, path, "a vaulted value", expected, "passwords come from credentials_command")
    elif "{{" in node.value or "{%" in node.value:
        expected = "a plain value: no Jinja in a network variable"
        yield YamlIssue(node, path, format_value(node.value), expected, "write out what it comes to")
    else:
        yield from _check_text(node, path)


def _check_text(node: yaml.Node, path: Path) -> Iterator[YamlIssue]:
    kind = node.tag.rpartition(":")[2]
    invisible = INVISIBLE.search(node.value)
    if kind == "int" and NOT_DECIMAL.fullmatch(node.value):
        read_as = yaml.SafeLoader("").construct_object(node)
        advice = "in quotes, if it is text" if ":" in node.value else "without the zero; in quotes, if it is text"
        actual = f"{node.value}, which YAML reads as {read_as}"
        yield YamlIssue(node, path, actual, "a number in figures, or text", advice)
    elif invisible and kind != "binary":
        actual = f"the character U+{ord(invisible[0]):04X}, which nobody sees"
        yield YamlIssue(node, path, actual, "text that can be read", "take it out, or type the word anew")
