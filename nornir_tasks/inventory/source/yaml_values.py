"""What is YAML, and yet nothing that Ansible can read: unknown tags, impossible dates, aliases without end."""

import re
from collections.abc import Iterator

import yaml

from nornir_tasks.model.finding import Path, format_value

WORDS = {"timestamp": "a day of the calendar", "int": "a number", "float": "a number", "bool": "true or false"}
STANDARD = "tag:yaml.org,2002:"
TAGS = ("null", "bool", "int", "float", "str", "timestamp", "seq", "map", "merge", "set", "omap", "pairs", "binary")
HOLDS = {"map": yaml.MappingNode, "set": yaml.MappingNode, "seq": yaml.SequenceNode, "omap": yaml.SequenceNode}
KEYS = ("str", "int", "bool", "null", "merge")
SEALED = ("!vault", "!vault-encrypted", "!unsafe")
RANGE = re.compile(r"\[(\w+):(\w+)(?::\d+)?\]")


def values(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node unfolds to.

    Raises:
        yaml.MarkedYAMLError: an alias stands inside of what it stands for.
        RecursionError: it is nested too deep for any program.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = 0
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + sum(values(part, known) for part in parts)
    elif not known[id(node)]:
        raise yaml.MarkedYAMLError(None, None, "an alias inside of what it stands for", node.start_mark)
    return known[id(node)]


def unreadable(node: yaml.Node, path: Path) -> Iterator[tuple[yaml.Node, Path, str, str]]:
    """Nodes that cannot become values: where, found, expected."""
    if (
        not (node.tag.startswith("tag:yaml.org,2002:") and node.tag.rpartition(":")[2] in TAGS)
        and node.tag not in SEALED
    ):
        yield node, path, f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')}", "a plain value"
    elif not isinstance(node, HOLDS.get(node.tag.removeprefix(STANDARD), yaml.Node)):
        yield node, path, f"the tag {node.tag.replace(STANDARD, '!!')} for something else", "a plain value"
    elif isinstance(node, yaml.ScalarNode) and node.tag not in SEALED:
        try:
            yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError, AttributeError, LookupError) as error:
            # YAML's own constructors stumble over a text that is not of its tag; only a ValueError says anything.
            meant = WORDS.get(node.tag.removeprefix(STANDARD), "a value")
            why = f" ({error})" if isinstance(error, ValueError) else ""
            yield node, path, f"{format_value(node.value)}{why}", f"{meant}, or text in quotes"
    elif isinstance(node, yaml.SequenceNode):
        for number, part in enumerate(node.value):
            yield from unreadable(part, (*path, number))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value) if isinstance(key, yaml.ScalarNode) else "?")
            merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
            if key.tag.rpartition(":")[2] not in KEYS:
                yield key, here, f"{format_value(key.value)} for a key", "a word"
            elif key.value == "<<" and not all(isinstance(one, yaml.MappingNode) for one in merged):
                yield key, here, format_value(value.value), "a mapping to merge in"
            yield from unreadable(value, here)


def ranged(name: str) -> bool:
    """Whether a host's name has either no range, or one that Ansible can count and that is not empty."""
    rest = RANGE.sub("", name)
    if "[" in rest or "]" in rest:
        return False
    ranges = [found.groups() for found in RANGE.finditer(name)]
    return all(int(low) <= int(high) if low.isdecimal() and high.isdecimal() else low <= high for low, high in ranges)
