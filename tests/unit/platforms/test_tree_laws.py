"""What holds of every configuration, whoever wrote it: nothing is lost, nothing invented, and what is applied arrives.

Tried on texts drawn at random, and on those that the standard renders. A text over several lines, an order that has a
meaning, a second line of a kind and lines that nobody knows are among them.
"""

import random
import re
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path

import pytest

from nornir_tasks.config.compare import Line, compare, find_first_difference, list_lines
from nornir_tasks.config.explain import explain
from nornir_tasks.core.errors import ConfigurationError
from nornir_tasks.platforms import platform
from tests.support.random_configurations import damage, draw_blocks

KINDS = ("ios", "eos", "procurve")
RENDERED = Path(__file__).resolve().parents[2] / "cases" / "render"
SEEDS = range(25)
ODD_TEXTS = (
    "\u2028\x85\x0b\x0c", "a\n  b\n c\n", "\t\n \n", "end\nend\n", "banner motd ^C\nx", "vlan 1\nvlan 1\n", "no \n",
    "no no\n",
)  # fmt: skip


OPENING = re.compile(r"(?:address-family|vrf|class) ")  # below another line: sections, also where nothing is in them


def find_lines_elsewhere(kind: str, lines: Iterable[str]) -> list[str]:
    """The lines that are typed in another section than they are written in: no device counts the blanks."""
    indent = len(platform(kind).grammar.indent)
    entered: list[str] = []
    elsewhere = []
    for line, follower in zip_longest(numbered := list(lines), numbered[1:], fillvalue=""):
        text, below = line.lstrip(" "), len(follower) - len(follower.lstrip(" "))
        depth = (len(line) - len(text)) // indent
        if re.fullmatch(r"exit(-[\w-]+)?", text):
            entered = entered[:-1]
            continue
        entered = entered if depth else []
        if len(entered) != depth:
            elsewhere.append(line)
        if below > depth * indent or (depth and OPENING.match(text)):
            entered = [*entered[:depth], text]
    return elsewhere


def read_texts(kind: str, seed: int) -> list[str]:
    """Two texts drawn at random, of which the second shares much with the first, and two that we render."""
    chance = random.Random(f"{kind} {seed}")
    blocks = draw_blocks(kind, chance, range(1, 20))
    others = draw_blocks(kind, chance, chance.sample(range(1, 30), 15))
    kept = {number: blocks[number] for number in sorted(chance.sample(range(1, 20), 12))}
    rendered = [path.read_text() for path in sorted((RENDERED / kind).glob("*.cfg"))]
    made = platform(kind)
    texts = ["".join(blocks.values()), "".join((others | kept).values()), *chance.sample(rendered, 2)]
    return [made.split_secrets(made.clean(text))[0] for text in texts]


def read_lines(kind: str, text: str) -> list[Line]:
    """Every line with those above it, in order; a ProCurve's sorted: its ports and VLANs have an order of theirs."""
    lines = list(list_lines(kind, text))
    return sorted(lines) if kind == "procurve" else lines


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_and_nothing_invented(kind: str, seed: int) -> None:
    """A text with nothing laid over it is itself, one cleaned or masked twice is as after once, and compares equal."""
    made = platform(kind)
    for text in read_texts(kind, seed):
        assert made.clean(text) == text
        assert made.split_secrets(text) == (text, {})
        assert compare(made, text, text).equal
        assert made.remediation(text, text) == ()
        merged = made.overlay(text, "")
        assert read_lines(kind, merged) == read_lines(kind, text)
        if kind == "ios":
            assert merged == text or "vlan add" in text, find_first_difference(merged, text)
        if kind == "eos":
            assert merged == text or "vlan 1" in text, find_first_difference(merged, text)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_all_that_is_added_stands_there(kind: str, seed: int) -> None:
    """Of what is laid over a text every line is in the result, and of the text all but what it takes the place of."""
    made = platform(kind)
    first, second, *_ = read_texts(kind, seed)
    merged = set(list_lines(kind, made.overlay(first, second)))
    added = set(list_lines(kind, second))
    if kind == "procurve":  # a port leaves its VLAN by entering another, and a trunk stands for its ports
        added = {line for line in added if "tagged" not in line[-1] and not re.fullmatch(r"interface \S+", line[-1])}
    assert added <= merged | {line for line in added if line[-1].startswith("switchport trunk allowed vlan")}
    gone = set(list_lines(kind, first)) - merged
    grammar = made.grammar
    for line in gone:
        section = "" if len(line) == 1 else grammar.find_section(line[-2])
        key = grammar.make_key(line[-1], section)
        rivals = {grammar.make_key(other[-1], section) for other in added if other[:-1] == line[:-1]}
        is_row = any(line[: len(parent)] == parent for parent in added if grammar.is_ordered(parent[-1]))
        assert key in rivals or is_row or kind == "procurve" or "switchport" in line[-1], line


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["ios", "eos"])
def test_what_is_applied_arrives(kind: str, seed: int) -> None:
    """A text with the commands to another typed on it is the other, both ways. ProCurve's are typed in the lab's tests.

    But for what the standard negates and a device shows on: what a device prints of its defaults no text can tell.
    """
    made = platform(kind)
    for here, there in zip(texts := read_texts(kind, seed), [*texts[1:], texts[0]], strict=True):
        commands = "".join(f"{line}\n" for line in made.remediation(here, there))
        result = compare(made, made.overlay(here, commands), there)
        before = set(list_lines(kind, here))
        beyond = [
            line
            for line in result.extra
            if not made.grammar.shown_negated.match(line[-1]) and (*line[:-1], f"no {line[-1]}") not in before
        ]
        assert not result.missing, (commands, result.diff)
        assert not beyond, (commands, result.diff)
        assert not result.reordered


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["ios", "eos"])
def test_every_line_is_typed_where_it_is_written(kind: str, seed: int) -> None:
    """A section within another is left before the next line; where a device shows no end, only sections stand behind.

    Those it takes for the next of their kind, as it does when it reads its own text.
    """
    made = platform(kind)
    for here, there in zip(texts := read_texts(kind, seed), [*texts[1:], texts[0]], strict=True):
        assert find_lines_elsewhere(kind, made.remediation(here, there)) == []
        shown, *inputs = (
            set(find_lines_elsewhere(kind, made.parse(text).list_written(made.grammar.indent)))
            for text in (made.overlay(here, there), here, there)
        )
        assert all(OPENING.match(line.strip()) for line in shown.difference(*inputs))


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_that_nobody_knows_keeps_its_place(kind: str) -> None:
    """Between the lines it stood between, whole, with what stands below it."""
    made = platform(kind)
    indent = made.grammar.indent
    closing = f"{indent}exit\n" if kind == "procurve" else ""
    text = f"hostname x\nzebra {{ | }}\n{indent}stripe  two  blanks\n{closing}snmp-server location here\n"
    assert made.overlay(text, "snmp-server location there\n") == text.replace("here", "there")


@pytest.mark.parametrize("text", ODD_TEXTS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_text_is_taken_as_it_is(kind: str, text: str) -> None:
    """No separator that is none, no odd depth and no end that is missing brings anything but the text."""
    made = platform(kind)
    cleaned = made.clean(text)
    assert made.clean(cleaned) == cleaned
    assert read_lines(kind, made.overlay(cleaned, "")) == read_lines(kind, cleaned)
    made.remediation(cleaned, "")
    made.remediation("", cleaned)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_text_is_understood_or_refused(kind: str, seed: int) -> None:
    """With our own error, which names the line; nothing else is raised, and what is understood keeps the laws."""
    made, chance = platform(kind), random.Random(f"damage {kind} {seed}")
    texts = [damage(text, chance) for text in read_texts(kind, seed)]
    here, there = (made.split_secrets(made.clean(text))[0] for text in texts[:2])
    assert made.clean(here) == here
    assert made.split_secrets(here) == (here, {})
    refused = ""
    try:
        assert compare(made, here, here).equal
        assert made.remediation(here, here) == ()
        assert compare(made, made.overlay(here, ""), here).equal
        made.remediation(here, there)
        explain(made, here, there)
    except ConfigurationError as error:
        refused = error.line
    assert refused in f"{here}\n{there}"
