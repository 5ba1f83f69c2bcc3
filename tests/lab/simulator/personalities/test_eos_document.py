"""``docs/lab.md`` lists what the lab's EOS knows: its lists are the personality's own tables."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.personalities.eos import eapi  # noqa: F401 - with the package come all commands
from lab.personalities.eos.configuration.grammar import CONTEXTS, GLOBAL
from lab.personalities.eos.pipes import FILTERS
from lab.personalities.eos.terminal import COMMANDS

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "lab.md"
# What opens each mode, as people know it.
MODES = {"global": "at the top"}


def block(title: str, lines: list[str]) -> str:
    """A list of syntaxes under a title."""
    return "\n".join([f"{title}:", "", "```text", *lines, "```", ""])


def modes() -> dict[str, str]:
    """Each context by the line that opens it."""
    names = dict(MODES)
    for context in (GLOBAL, *CONTEXTS.values()):
        for rule in context.rules:
            if rule.opens in CONTEXTS:
                names.setdefault(rule.opens, f"`{rule.syntax}`")
    for kind in CONTEXTS:
        names.setdefault(kind, f"an interface ({kind.removesuffix(' interface')})")
    return names


def lists() -> Iterator[str]:
    """The lists of the document, made from the tables."""
    open_commands = [command.syntax for command in COMMANDS if not command.privileged]
    privileged = [command.syntax for command in COMMANDS if command.privileged]
    yield block("Commands that need no privilege", sorted(open_commands))
    yield block("Commands that need it", sorted(privileged))
    yield block("Filters behind `|`", [" ".join([*FILTERS, "json", "no-more", "nz"])])
    where: dict[str, list[str]] = {}
    for context in (GLOBAL, *CONTEXTS.values()):
        for rule in context.rules:
            syntax = f"no {rule.syntax}" if rule.only_no else rule.syntax
            places = where.setdefault(syntax, [])
            if context.name not in places:
                places.append(context.name)
    groups: dict[tuple[str, ...], list[str]] = {}
    for syntax, places in where.items():
        groups.setdefault(tuple(places), []).append(syntax)
    names = modes()
    for contexts, syntaxes in groups.items():
        title = "Lines in " + ", ".join(names[name] for name in contexts)
        yield block(title.replace("Lines in at the top", "Lines at the top"), syntaxes)


def section() -> str:
    """The document's part about EOS."""
    return DOCUMENT.read_text().partition("\n## EOS\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("listed", list(lists()), ids=lambda listed: listed.split(":")[0])
def test_the_document_lists_what_eos_knows(listed: str) -> None:
    """Each list is in it, whole and in order; FELLESDRIFT_GOLDEN=1 writes them anew."""
    if os.environ.get("FELLESDRIFT_GOLDEN"):
        before, _, rest = DOCUMENT.read_text().partition("\n## EOS\n")
        inside, mark, after = rest.partition("\n## ")
        words = inside.partition("\nCommands that need no privilege:")[0]
        DOCUMENT.write_text(f"{before}\n## EOS\n{words}\n" + "\n".join(lists()) + mark + after)
    assert listed in section()


def test_the_document_lists_nothing_else() -> None:
    """No list of a command that has gone."""
    assert section().count("```text") == len(list(lists()))
