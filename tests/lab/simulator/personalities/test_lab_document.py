"""``docs/lab.md`` lists what the lab's IOS and ProCurve know: its lists are the personalities' own tables."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.personalities import ios  # noqa: F401 - with the package come all commands
from lab.personalities.ios.cli import _EXEC
from lab.personalities.ios.configuration.grammar import PROMPTS, RULES
from lab.personalities.procurve import tables as procurve_tables
from lab.personalities.procurve.cli import COMMANDS
from lab.personalities.procurve.show import CLOSED, SHOW

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "lab.md"
FIRST = {"IOS": "Commands in user exec", "ProCurve": "Commands of an operator"}
WORKED_OUT = (
    "(no) (untagged|tagged) <ports>", "ip address <address> <mask>", "ip address <address>/<length>",
    "ip address dhcp-bootp", "no ip address",
)  # fmt: skip


def block(title: str, lines: list[str]) -> str:
    """A list under a title."""
    return "\n".join([f"{title}:", "", "```text", *lines, "```", ""])


def ios_lists() -> Iterator[str]:
    """The commands by the privilege they need, and the lines of each mode."""
    yield block("Commands in user exec", sorted(rule.spec for rule in _EXEC if rule.level == 1))
    yield block("Commands in privileged exec", sorted(rule.spec for rule in _EXEC if rule.level > 1))
    titles: dict[str, str] = {}
    for context, prompt in PROMPTS.items():
        rules = RULES[context]
        hidden = ("version", "boot-", "end")
        lines = [rule.spec for rule in rules if not rule.spec.startswith(hidden)]
        shared = list(PROMPTS.values()).count(prompt) > 1
        title = f"Lines in `({prompt})`" + (f" of a {context}" if shared else "")
        if RULES[context] is RULES["svi"]:
            title = "Lines in `(config-if)` of a VLAN or loopback"
        titles.setdefault(title, block(title, lines))
    yield from titles.values()


def procurve_lists() -> Iterator[str]:
    """The commands by level, and the lines of each context."""
    shown = [name for name in SHOW if not name.startswith(CLOSED)]
    yield block("Commands of an operator", sorted([*shown, *(name[1:] for name in COMMANDS if name[0] == "-")]))
    closed = [name for name in SHOW if name.startswith(CLOSED)]
    yield block("Commands of a manager", sorted([*closed, *(name for name in COMMANDS if name[0] != "-")]))
    tables = {
        "Lines at the top": procurve_tables.GLOBAL, "Lines at `interface <ports>`": procurve_tables.INTERFACE,
        "Lines at `vlan <number>`": procurve_tables.VLAN,
    }  # fmt: skip
    for title, rows in tables.items():
        lines = [row.show.replace("{", "<").replace("}", ">") for row in rows if not row.show.startswith("<")]
        own = WORKED_OUT if rows is procurve_tables.VLAN else ["(no) (untagged|tagged) vlan <numbers>"]
        yield block(title, [*lines, *(() if rows is procurve_tables.GLOBAL else own)])


LISTS = {"IOS": list(ios_lists()), "ProCurve": list(procurve_lists())}


def section(platform: str) -> str:
    """The document's part about a platform."""
    return DOCUMENT.read_text().partition(f"\n## {platform}\n")[2].partition("\n## ")[0]


def _write(platform: str) -> None:
    before, mark, rest = DOCUMENT.read_text().partition(f"\n## {platform}\n")
    inside, next_mark, after = rest.partition("\n## ")
    words = inside.partition(f"\n{FIRST[platform]}:")[0].rstrip("\n")
    DOCUMENT.write_text(f"{before}{mark}{words}\n\n" + "\n".join(LISTS[platform]) + next_mark + after)


@pytest.mark.parametrize("platform", LISTS)
def test_the_document_lists_what_the_lab_knows(platform: str) -> None:
    """Each list is in it, whole and in order, and no other; FELLESDRIFT_GOLDEN=1 writes them anew."""
    if os.environ.get("FELLESDRIFT_GOLDEN"):
        _write(platform)
    written = section(platform)
    assert [listed.split(":")[0] for listed in LISTS[platform] if listed not in written] == []
    assert written.count("```text") == len(LISTS[platform])
