"""Small edits of the configurations of a few of the region's switches, by name."""

from collections.abc import Callable
from dataclasses import dataclass, field

from nornir_tasks.model import Stage

Edit = Callable[[list[str]], list[str]]
IOS, CORE, EOS, PROCURVE, LEAF = "loppa-acc-01", "loppa-core-01", "loppa-acc-03", "masoy-acc-05", "alta-leaf-01"


def _place(lines: list[str], line: str, within: str) -> int:
    """Where a line stands, below the line ``within``."""
    start = lines.index(within) if within else 0
    return next(at for at in range(start, len(lines)) if lines[at].strip() == line)


def becomes(line: str, *new: str, within: str = "") -> Edit:
    """The line makes place for others, at its own depth."""

    def edit(lines: list[str]) -> list[str]:
        at = _place(lines, line, within)
        depth = len(lines[at]) - len(lines[at].lstrip())
        return [*lines[:at], *(" " * depth + one for one in new), *lines[at + 1 :]]

    return edit


def gone(line: str, within: str = "") -> Edit:
    """The line goes."""
    return becomes(line, within=within)


def gains(section: str, *new: str) -> Edit:
    """Lines are put below a section; it is made if it is not there."""

    def edit(lines: list[str]) -> list[str]:
        if section not in lines:
            return [section, *(f"   {one}" for one in new), *lines]
        at = lines.index(section) + 1
        depth = len(lines[at]) - len(lines[at].lstrip()) if at < len(lines) else 0
        return [*lines[:at], *(" " * (depth or 3) + one for one in new), *lines[at:]]

    return edit


def top(*new: str) -> Edit:
    """Global lines are put in front."""
    return lambda lines: [*new, *lines]


@dataclass(frozen=True)
class Case:
    """A device at a stage, what is done to its configuration, and what the refusal must say (nothing: it passes)."""

    device: str
    edits: tuple[Edit, ...]
    words: tuple[str, ...] = ()
    stage: Stage = Stage.RETIRE
    now: dict[str, Stage] = field(default_factory=dict)  # devices that have come less far

    def text(self, good: str) -> str:
        """The configuration after the edits."""
        lines = good.splitlines()
        for edit in self.edits:
            lines = edit(lines)
        return "".join(f"{line}\n" for line in lines)


def ios(*edits: Edit, words: tuple[str, ...] = (), stage: Stage = Stage.RETIRE) -> Case:
    return Case(IOS, edits, words, stage)


def core(*edits: Edit, words: tuple[str, ...] = (), stage: Stage = Stage.RETIRE) -> Case:
    return Case(CORE, edits, words, stage)


def eos(*edits: Edit, words: tuple[str, ...] = (), stage: Stage = Stage.RETIRE) -> Case:
    return Case(EOS, edits, words, stage)


def procurve(*edits: Edit, words: tuple[str, ...] = (), stage: Stage = Stage.RETIRE) -> Case:
    return Case(PROCURVE, edits, words, stage)


def leaf(*edits: Edit, words: tuple[str, ...] = ()) -> Case:
    return Case(LEAF, edits, words)


OLD_LIST = top("access-list 10 permit 192.168.0.0 0.0.255.255")
UPLINK, NEXT = "interface GigabitEthernet1/0/49", "interface GigabitEthernet1/0/50"
TO_ALTA = "interface GigabitEthernet1/0/23"
ALLOWED = "switchport trunk allowed vlan 100,110,140,150,160,170,180,190"
EOS_ALLOWED = "switchport trunk allowed vlan 100,110,120,140,150,160,170,180"
LOCAL = 'aaa authentication local-user "drift" group "Level-15" password sha256 "<secret:username drift>"'
