"""Whom a difference between what switches run and what they are meant to run cuts off, and which lines do it. Pure.

The proof that judges changes is asked twice: by the configurations that are meant to run, and by those that were read.
What only the second loses is somebody's edit, and the lines are found by taking them over one block at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nornir_tasks.config.compare import Line, compare
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.text import split_at_line_feeds
from nornir_tasks.model import Region
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Platform
from nornir_tasks.reachability.intended import Intended
from nornir_tasks.reachability.outage import CutOff, OutageProof
from nornir_tasks.reachability.service_losses import has_other_ways

MOST_BLOCKS = 12  # of a switch that are tried one by one: each is a proof of its own
MOST_LINES = 6  # that a cut names
CutName = tuple[str, str, str, str]


@dataclass(frozen=True)
class ConfigurationCut:
    """People who lose an application by what runs.

    Args:
        cut: who, what, and the line that stops them.
        switches: that differ so; several: only together.
        lines: what differs there: ``- permit …`` is meant and gone, ``+ deny …`` runs and is not meant.
    """

    cut: CutOff
    switches: tuple[str, ...]
    lines: tuple[str, ...]


def mask_running(region: Region, running: Mapping[str, str]) -> dict[str, str]:
    """Running configurations as sessions give them, with their secrets masked: as everything else here takes them."""
    return {name: platform(region.devices[name].platform).mask(text)[0] for name, text in running.items()}


def list_unreadable(region: Region, running: Mapping[str, str]) -> list[str]:
    """The switches whose running configuration cannot be read as one: cut off, or of another kind."""
    return [name for name, text in running.items() if not _is_readable(region, name, text)]


def _is_readable(region: Region, name: str, text: str) -> bool:
    try:
        platform(region.devices[name].platform).read_management_access(text)
    except (ValueError, IndexError, PlatformError):
        return False
    return True


def find_configuration_cuts(
    region: Region, intended: Intended, running: Mapping[str, str], proof: OutageProof | None = None
) -> list[ConfigurationCut]:
    """Who cannot use what they could, if every switch ran what it is meant to run; the largest groups first.

    Args:
        region: with all records.
        intended: what is meant to run. Municipalities of which no survey knows the legacy are not judged.
        running: what was read instead, clean and masked.
        proof: by what is meant to run; default: it is made.

    Raises:
        PlatformError: a configuration cannot be read; it names the switch.
    """
    unknown = {region.devices[name].municipality for name in intended.unknown}
    others = {
        name: text
        for name, text in running.items()
        if name in intended.texts
        and region.devices[name].municipality not in unknown
        and text != intended.texts[name]
        and has_other_ways(region.devices[name], intended.texts[name], text)
    }
    if not others:
        return []
    proof = proof or OutageProof(region, intended.position, intended.texts)
    homes = [name for name in proof.municipalities if name not in unknown]
    cuts = proof.find_cut_off_by(others, homes)
    blame = _Blame(region, intended, others, proof)
    return [blame.explain(cut, cuts) for cut in cuts]


class _Blame:
    """Finds the switches, and on them the lines, that are behind cuts."""

    def __init__(self, region: Region, intended: Intended, others: Mapping[str, str], proof: OutageProof) -> None:
        self._region, self._intended, self._others, self._proof = region, intended, others, proof
        self._alone: dict[tuple[str, str], set[CutName]] = {}
        self._blocks: dict[tuple[str, str], dict[str, set[CutName]]] = {}

    def explain(self, cut: CutOff, cuts: Sequence[CutOff]) -> ConfigurationCut:
        """What is behind one of the cuts."""
        switches = tuple(name for name in self._rank(cut) if _name(cut) in self._try_switch(name, cut.home))
        if not switches:
            switches = tuple(name for name in self._others if name in cut.cause) or tuple(self._others)
            return ConfigurationCut(cut, switches, self._list_changes(switches[:1], cut))
        return ConfigurationCut(cut, switches[:1], self._list_changes(switches[:1], cut))

    def _rank(self, cut: CutOff) -> list[str]:
        """The switches, those that the line names first."""
        return sorted(self._others, key=lambda name: name not in cut.cause)

    def _try_switch(self, name: str, home: str) -> set[CutName]:
        """Who loses what where this switch alone runs something else."""
        key = (name, home)
        if key not in self._alone:
            self._alone[key] = self._find_lost({name: self._others[name]}, home)
        return self._alone[key]

    def _find_lost(self, texts: Mapping[str, str], home: str) -> set[CutName]:
        return {_name(cut) for cut in self._proof.find_cut_off_by(texts, [home])}

    def _list_changes(self, switches: Iterable[str], cut: CutOff) -> tuple[str, ...]:
        """The lines of the block that does it alone; of none does, those that the cause names first."""
        for name in switches:
            kind = platform(self._region.devices[name].platform)
            changes = _list_changes(kind, self._others[name], self._intended.texts[name])
            guilty = {head for head, lost in self._try_blocks(name, cut.home, changes).items() if _name(cut) in lost}
            chosen = [words for head, words in changes if head in guilty] or [words for _, words in changes]
            named = sorted(chosen, key=lambda words: words.rpartition(" / ")[2].lstrip("+-~ ") not in cut.cause)
            return tuple(named[:MOST_LINES])
        return ()

    def _try_blocks(self, name: str, home: str, changes: Sequence[tuple[str, str]]) -> dict[str, set[CutName]]:
        """Who loses what where one block of a switch alone is as it runs."""
        key = (name, home)
        heads = list(dict.fromkeys(head for head, _ in changes))
        if key not in self._blocks:
            self._blocks[key] = {}
            if 1 < len(heads) <= MOST_BLOCKS:
                self._blocks[key] = {head: self._try_block(name, home, head) for head in heads}
        return self._blocks[key]

    def _try_block(self, name: str, home: str, head: str) -> set[CutName]:
        kind = platform(self._region.devices[name].platform)
        text = _take_over(kind, self._intended.texts[name], self._others[name], head)
        try:
            return self._find_lost({name: text}, home)
        except PlatformError:
            return set()  # half of each is no configuration: the whole is told


def _list_changes(kind: Platform, running: str, intended: str) -> list[tuple[str, str]]:
    """The lines that differ: the block that each is in, and its words with a sign."""
    difference = compare(kind, running, intended)
    signed = [("-", line) for line in difference.missing] + [("+", line) for line in difference.extra]
    signed += [("~", line) for line in difference.reordered]
    return [(_find_head(kind, line[0]), f"{sign} {_write(line)}") for sign, line in signed]


def _write(line: Line) -> str:
    return " / ".join(split_at_line_feeds(part)[0] for part in line)


def _find_head(kind: Platform, top: str) -> str:
    """What tells a block from others: its first line; of rows of a list that stand at the top, what they share."""
    match = kind.grammar.numbered.match(top)
    return match[0] if match else top


def _take_over(kind: Platform, intended: str, running: str, head: str) -> str:
    """What is meant to run, with one block as it runs."""
    meant, actual = kind.parse(intended), kind.parse(running)
    taken = [child for child in actual.children if _find_head(kind, child.text) == head]
    place = next(
        (number for number, child in enumerate(meant.children) if _find_head(kind, child.text) == head),
        max(0, len(meant.children) - 1),  # nothing stands behind IOS' and EOS' "end"
    )
    rest = [child for child in meant.children if _find_head(kind, child.text) != head]
    meant.children = [*rest[:place], *taken, *rest[place:]]
    return meant.write(kind.grammar.indent)


def _name(cut: CutOff) -> CutName:
    return (cut.home, cut.group, cut.site, cut.application)
