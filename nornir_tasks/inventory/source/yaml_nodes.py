"""YAML as it stands in a file: its nodes, which know their lines; Python's own values do not."""

import json
from collections.abc import Iterator

import yaml

from nornir_tasks.model.finding import Path

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C, wherever PyYAML was built with it


def is_mapping(node: yaml.Node) -> bool:
    """Whether a node is a mapping, or the nothing that stands for an empty one."""
    return isinstance(node, yaml.MappingNode) or not node.value or node.tag.endswith(":null")


def bare(node: yaml.Node) -> object:
    """What a node holds, as far as people are told of it."""
    return [] if not node.value else list(node.value) if isinstance(node, yaml.SequenceNode) else node.value


def descend(node: yaml.Node, path: Path) -> tuple[yaml.Node, int]:
    """As far along a path as the file goes: the node that marks the place, and how many steps that was."""
    mark, depth = node, 0
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            mark = node = node.value[part]
        else:
            pair = next((pair for pair in reversed(list(pairs(node))) if str(part) in names(pair[0])), None)
            if pair is None:
                break
            mark, node = pair
        depth += 1
    return mark, depth


def names(key: yaml.Node) -> tuple[str, ...]:
    """A key as written, and as it is read: 017 is 15 to YAML, `on` is true, and JSON's word for `~` is null."""
    if key.tag.rpartition(":")[2] not in ("null", "bool", "int"):
        return (str(key.value),)
    return str(key.value), json.dumps(yaml.SafeLoader("").construct_object(key))


def pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Keys and values of a mapping; what `<<` brings in comes first, because the mapping's own overrides it."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if key.value == "<<":
            for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield from pairs(merged)
    yield from ((key, value) for key, value in node.value if key.value != "<<")


def items(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """The same, with each key as it is written."""
    return ((str(key.value), value) for key, value in pairs(node))


def line_of(node: yaml.Node) -> int:
    """The line of the file that a node begins in, from 1."""
    return int(node.start_mark.line) + 1
