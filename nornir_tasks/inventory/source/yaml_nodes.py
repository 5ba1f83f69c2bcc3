"""YAML as it stands in a file: its nodes, which know their lines; Python's own values do not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from nornir_tasks.model.finding import Path

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C, wherever PyYAML was built with it


@dataclass(frozen=True)
class YamlIssue:
    """Something to put right in a file: the node that it is about, and the way to it."""

    node: yaml.Node
    path: Path
    found: str
    expected: str
    advice: str = ""


def is_mapping(node: yaml.Node) -> bool:
    """Whether a node is a mapping, or the nothing that stands for an empty one."""
    return isinstance(node, yaml.MappingNode) or not node.value or node.tag.endswith(":null")


def describe_node(node: yaml.Node) -> object:
    """What a node holds, for ``format_value``: of a list or mapping only whether it is empty is shown."""
    return [] if not node.value else list(node.value) if isinstance(node, yaml.SequenceNode) else node.value


def find_deepest(node: yaml.Node, path: Path) -> tuple[yaml.Node, int]:
    """The deepest node along a path that the file has, and how many steps it is from ``node``: 0 where none fits."""
    mark, depth = node, 0
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            mark = node = node.value[part]
        else:
            pair = next(
                (pair for pair in reversed(list(list_pairs(node))) if str(part) in list_key_names(pair[0])), None
            )
            if pair is None:
                break
            mark, node = pair
        depth += 1
    return mark, depth


def list_key_names(key: yaml.Node) -> tuple[str, ...]:
    """A key as written, and as it is read: 017 is 15 to YAML, `on` is true, and JSON's word for `~` is null."""
    if key.tag.rpartition(":")[2] not in ("null", "bool", "int"):
        return (str(key.value),)
    return str(key.value), json.dumps(yaml.SafeLoader("").construct_object(key))


def list_pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Keys and values of a mapping; what `<<` brings in comes first, because the mapping's own overrides it."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if key.value == "<<":
            for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield from list_pairs(merged)
    yield from ((key, value) for key, value in node.value if key.value != "<<")


def list_items(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """Keys, as written, and values of a mapping, in the order of ``list_pairs``."""
    return ((str(key.value), value) for key, value in list_pairs(node))


def read_line_number(node: yaml.Node) -> int:
    """The line of the file that a node begins in, from 1."""
    return int(node.start_mark.line) + 1
