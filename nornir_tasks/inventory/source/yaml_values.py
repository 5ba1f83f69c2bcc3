"""What is YAML, and yet nothing that Ansible can read: unknown tags, impossible dates, aliases without end."""

import re
from collections.abc import Iterator

import yaml

from nornir_tasks.inventory.source.yaml_nodes import YamlIssue
from nornir_tasks.model.finding import Path, format_value

EXPECTED = {"timestamp": "a day of the calendar", "int": "a number", "float": "a number", "bool": "true or false"}
STANDARD = "tag:yaml.org,2002:"
TAGS = ("null", "bool", "int", "float", "str", "timestamp", "seq", "map", "merge", "set", "omap", "pairs", "binary")
NODE_TYPES = {"map": yaml.MappingNode, "set": yaml.MappingNode, "seq": yaml.SequenceNode, "omap": yaml.SequenceNode}
KEYS = ("str", "int", "bool", "null", "merge")
ANSIBLE_TAGS = ("!vault", "!vault-encrypted", "!unsafe")
RANGE = re.compile(r"\[(\w+):(\w+)(?::\d+)?\]")


def count_values(node: yaml.Node, counts: dict[int, int]) -> int:
    """How many values a node unfolds to; fills ``counts``: node's identity to its number of values.

    Raises:
        yaml.MarkedYAMLError: an alias stands inside of what it stands for.
        RecursionError: it is nested too deep for any program.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in counts:
        counts[id(node)] = 0
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        counts[id(node)] = 1 + sum(count_values(part, counts) for part in parts)
    elif not counts[id(node)]:
        raise yaml.MarkedYAMLError(None, None, "an alias inside of what it stands for", node.start_mark)
    return counts[id(node)]


def find_unreadable_nodes(node: yaml.Node, path: Path) -> Iterator[YamlIssue]:
    """An issue for each node that cannot become a value."""
    if (
        not (node.tag.startswith("tag:yaml.org,2002:") and node.tag.rpartition(":")[2] in TAGS)
        and node.tag not in ANSIBLE_TAGS
    ):
        yield YamlIssue(node, path, f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')}", "a plain value")
    elif not isinstance(node, NODE_TYPES.get(node.tag.removeprefix(STANDARD), yaml.Node)):
        yield YamlIssue(node, path, f"the tag {node.tag.replace(STANDARD, '!!')} for something else", "a plain value")
    elif isinstance(node, yaml.ScalarNode) and node.tag not in ANSIBLE_TAGS:
        try:
            yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError, AttributeError, LookupError) as error:
            # PyYAML raises any of these for a text that does not fit its tag; only a ValueError has a message.
            expected = EXPECTED.get(node.tag.removeprefix(STANDARD), "a value")
            reason = f" ({error})" if isinstance(error, ValueError) else ""
            yield YamlIssue(node, path, f"{format_value(node.value)}{reason}", f"{expected}, or text in quotes")
    elif isinstance(node, yaml.SequenceNode):
        for number, part in enumerate(node.value):
            yield from find_unreadable_nodes(part, (*path, number))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            key_path = (*path, str(key.value) if isinstance(key, yaml.ScalarNode) else "?")
            merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
            if key.tag.rpartition(":")[2] not in KEYS:
                yield YamlIssue(key, key_path, f"{format_value(key.value)} for a key", "a word")
            elif key.value == "<<" and not all(isinstance(part, yaml.MappingNode) for part in merged):
                yield YamlIssue(key, key_path, format_value(value.value), "a mapping to merge in")
            yield from find_unreadable_nodes(value, key_path)


def has_sound_range(name: str) -> bool:
    """Whether a host's name has either no range, or one that Ansible can count and that is not empty."""
    without_ranges = RANGE.sub("", name)
    if "[" in without_ranges or "]" in without_ranges:
        return False
    ranges = [match.groups() for match in RANGE.finditer(name)]
    return all(int(low) <= int(high) if low.isdecimal() and high.isdecimal() else low <= high for low, high in ranges)
