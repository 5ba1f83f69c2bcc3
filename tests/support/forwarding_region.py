"""Part of the real region at retire, rendered from the real templates, with access lists of the tests' own; and edits.

Who may open what to whom is the inventory's business and changes; what a line does is not. So the lists that stand at
the gateways hold a few rows that the tests know.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from nornir_tasks.config.render import render
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import read_switches
from nornir_tasks.reachability.places import Places
from nornir_tasks.reachability.way import Outcome, Reach, Service

POSITION = Position({"loppa": Stage.RETIRE, "hammerfest": Stage.RETIRE})
HAMMERFEST = tuple(f"hammerfest-{name}" for name in ("core-01", "acc-01", "acc-02", "acc-08", "acc-09"))
LIST = re.compile(r"^ip access-list (?:extended )?(ZONE-\S+-IN)\n((?:[ ].*\n)*)", re.MULTILINE)
ORDER = (Outcome.REACHED, Outcome.UNSURE, Outcome.STOPPED)


@dataclass(frozen=True)
class Edit:
    """A change of one line of a switch: below ``block``, or global where that is empty.

    Args:
        device: the switch.
        block: the line above it.
        old: the line, without its indentation, or the beginning of it with ``…`` behind; empty: nothing goes.
        new: what takes its place, a line each; empty: nothing does. ``without 110``: the same, without this number.
    """

    device: str
    block: str = ""
    old: str = ""
    new: str = ""


@cache
def region() -> Region:
    """The inventory's."""
    return load_region()


def rows(zone: str) -> list[str]:
    """What a zone may do in these tests: ask the first name server, ping, answer, and reach the world outside."""
    if zone == "SERVICES":
        return ["permit ip any any"]
    names = region().servers["centre-names-01"].address.ip
    return [
        "permit tcp any any established",
        f"permit udp any host {names} eq domain",
        f"permit tcp any host {names} range 5000 5010",
        "permit icmp any any",
        *(["permit ip any 10.10.0.0 0.0.255.255"] if zone == "OPERATIONS" else []),
        "deny ip any 10.0.0.0 0.255.255.255",
        "permit ip any any",
    ]


@cache
def standard() -> Mapping[str, str]:
    """The configurations, by switch: Loppa, the centre, and a part of Hammerfest, whose core has EOS."""
    devices = [
        *region().of("loppa"),
        *region().of("operations_centre"),
        *(region().devices[name] for name in HAMMERFEST),
    ]
    return {device.name: _with_own_lists(render(device, POSITION, region())) for device in devices}


def without_lists(text: str) -> str:
    """A configuration in which no list is in force on an interface."""
    return "".join(f"{line}\n" for line in text.splitlines() if not line.strip().startswith("ip access-group "))


def _with_own_lists(text: str) -> str:
    def replace(match: "re.Match[str]") -> str:
        head = match[0].partition("\n")[0]
        own = rows(match[1].removeprefix("ZONE-").removesuffix("-IN"))
        lines = own if "extended" in head else [f"  {number}0 {row}" for number, row in enumerate(own, 1)]
        return "\n".join([head, *(f" {line}" for line in lines), ""])

    return LIST.sub(replace, text)


def edited(edits: Iterable[Edit]) -> dict[str, str]:
    """The configurations with these changes; each finds what it changes."""
    texts = dict(standard())
    for edit in edits:
        texts[edit.device] = _apply(edit, texts[edit.device].splitlines())
    return texts


def _apply(edit: Edit, lines: list[str]) -> str:
    new = edit.new.splitlines()
    first, last = 0, len(lines)
    if edit.block:
        indent = next(line for line in lines if line.startswith(" "))
        first = lines.index(edit.block) + 1
        last = next((at for at in range(first, last) if not lines[at].startswith(" ")), last)
        new = [f"{indent[: len(indent) - len(indent.lstrip())]}{line.strip()}" for line in new]
    elif lines[-1] == "end":
        last -= 1
    elif "   exit" in lines:  # of a ProCurve, which names no list that is not there yet
        last = 0 if not edit.old else last
    if edit.old:
        at = next((at for at in range(first, last) if _is_meant(lines[at].strip(), edit.old)), None)
        assert at is not None, f"{edit.device}: no {edit.old!r} below {edit.block!r}"
        if edit.new.startswith("without "):
            new = [re.sub(rf"\b{edit.new.split()[1]},|,{edit.new.split()[1]}\b", "", lines[at])]
            assert new != [lines[at]], f"{edit.device}: {edit.new!r} of {lines[at]!r}"
        lines[at : at + 1] = new
    else:
        place = first if edit.block else last
        lines[place:place] = new
    return "\n".join([*lines, ""])


def _is_meant(line: str, old: str) -> bool:
    return line.startswith(old[:-1]) if old.endswith("…") else line == old


def ask(texts: Mapping[str, str], source: str, target: str, port: str) -> list[Reach]:
    """The answers of these configurations, the worst first."""
    forwarding = Forwarding(read_switches(region(), texts))
    places = Places(region(), POSITION, forwarding)
    service = Service.parse(port)
    answers = [forwarding.ask(near, far, service) for near in places.find(source) for far in places.find(target)]
    return sorted(answers, key=lambda answer: -ORDER.index(answer.outcome))
