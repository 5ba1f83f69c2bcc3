"""What YAML and Ansible let pass in silence, and nobody means: a key twice, 017 for 15, Jinja, secrets."""

import json
import re
from collections.abc import Callable, Iterator

import yaml

from nornir_tasks.model.finding import Path, format_value

Slip = tuple[yaml.Node, Path, str, str, str]  # where; found, expected, what to do

READ_AS = ("bool", "null")
COUNTED = re.compile(r"[-+]?(0[0-7_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)")  # octal, and in sixties: 21:00
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def slips(
    node: yaml.Node, ours: Callable[[Path], bool], path: Path = (), seen: set[int] | None = None
) -> Iterator[Slip]:
    """Every slip of a file. ``ours`` tells the variables of the model from those of Ansible and of roles."""
    seen = set() if seen is None else seen
    if id(node) in seen:  # an anchor's node comes once for each of its aliases
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            here = (*path, str(key.value))
            yield from _key(key, here, lines, ours)
            yield from slips(value, ours, here, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from slips(item, ours, (*path, number), seen)
    elif ours(path):
        yield from _value(node, path)


def _key(key: yaml.Node, path: Path, lines: dict[str, int], ours: Callable[[Path], bool]) -> Iterator[Slip]:
    word, kind = str(key.value), key.tag.rpartition(":")[2]
    line = int(key.start_mark.line) + 1
    if word in lines and word != "<<":
        found = f"a key for the second time (first in line {lines[word]})"
        yield key, path, found, "each key once", "take one of them out; of two YAML keeps the last, in silence"
    lines.setdefault(word, line)
    if kind in READ_AS:
        read = json.dumps(yaml.SafeLoader("").construct_object(key))
        found = f"{word} for a key" + (f", which YAML reads as {read}" if word != read else "")
        yield key, (*path[:-1], read), found, "a word", "put it in quotes, if it is meant"
    elif isinstance(key, yaml.ScalarNode) and ours(path):
        yield from _text(key, path)


def _value(node: yaml.Node, path: Path) -> Iterator[Slip]:
    if node.tag.startswith("!vault"):
        expected = "no secret in a network variable"
        yield node, path, "a vaulted value", expected, "passwords come from credentials_command"
    elif "{{" in node.value or "{%" in node.value:
        expected = "a plain value: no Jinja in a network variable"
        yield node, path, format_value(node.value), expected, "write out what it comes to"
    else:
        yield from _text(node, path)


def _text(node: yaml.Node, path: Path) -> Iterator[Slip]:
    kind = node.tag.rpartition(":")[2]
    unseen = UNSEEN.search(node.value)
    if kind == "int" and COUNTED.fullmatch(node.value):
        read = yaml.SafeLoader("").construct_object(node)
        advice = "in quotes, if it is text" if ":" in node.value else "without the zero; in quotes, if it is text"
        yield node, path, f"{node.value}, which YAML reads as {read}", "a number in figures, or text", advice
    elif unseen and kind != "binary":
        found = f"the character U+{ord(unseen[0]):04X}, which nobody sees"
        yield node, path, found, "text that can be read", "take it out, or type the word anew"
