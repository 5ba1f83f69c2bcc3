"""Whether a journal is what its checkpoints say, from the first event to the last: reads all of it.

A checkpoint fits if the tree over as many events as it names has its root. Where one does not, the hashes that the
state directory has of each event say which event it is; where these were changed as well, between which two
checkpoints it must be.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nornir_tasks.core.bounds import MB, read_text
from nornir_tasks.core.text import count_noun
from nornir_tasks.journal.checkpoint import Checkpoint
from nornir_tasks.journal.database import JournalError
from nornir_tasks.journal.discrepancy import Events, explain, is_signed, shorten
from nornir_tasks.journal.entry import Entry, from_row
from nornir_tasks.journal.journal import Journal
from nornir_tasks.journal.merkle import HASH_BYTES, CompactRange
from nornir_tasks.journal.notary import ADVICE, Notary, TamperedError, Tree
from nornir_tasks.journal.signed_note import NoteError, VerifierKey
from nornir_tasks.model import Stage
from nornir_tasks.model.entries import CENTRE

WHAT, GIVEN_UP = "checkpoint", "given up"  # the entry by which somebody accepts that checkpoints no longer fit


@dataclass(frozen=True)
class Witnessed:
    """A checkpoint that somebody holds. ``source`` says who, or in which file.

    ``asked``: a person wants to know of this very one. Of the others those are passed over that were given up.
    """

    source: str
    note: str
    asked: bool = False


@dataclass(frozen=True)
class Fit:
    """A checkpoint that fits: how many events it is of, and when the last of them was written."""

    source: str
    size: int
    time: str


@dataclass
class Verification:
    """What was found. ``problems`` is empty where every checkpoint fits."""

    key: VerifierKey | None
    events: int = 0
    root: bytes = b""
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    fitting: list[Fit] = field(default_factory=list)
    former: set[str] = field(default_factory=set)  # what the checkpoints here call the journal


@dataclass
class _Walk:
    """The whole journal, read once."""

    events: Events = field(default_factory=Events)
    tree: Tree = field(default_factory=lambda: Tree(CompactRange()))
    roots: dict[int, bytes] = field(default_factory=dict)  # at each number of events that was asked for
    times: dict[int, str] = field(default_factory=dict)
    given_up: dict[str, str] = field(default_factory=dict)  # a former name of the journal, and by whom and why


def verify(journal: Journal, witnessed: Iterable[Witnessed] = (), key: VerifierKey | None = None) -> Verification:
    """Compare the whole journal with every checkpoint that there is of it.

    Args:
        journal: with its state directory.
        witnessed: checkpoints that others hold.
        key: that must have signed them; None: that of the state directory.

    Raises:
        JournalError: the journal cannot be read.
    """
    notary, result = journal.notary, Verification(key)
    signed = _load(notary, result)
    here = list_checkpoints(notary.folder) if notary else []
    if signed and signed.note not in [evidence.note for evidence in here]:
        here.append(Witnessed("tree.json", signed.note))
    checkpoints = _read_notes([*here, *witnessed], result)
    result.former = {checkpoint.origin for evidence, checkpoint in checkpoints if evidence in here}
    walk = _walk(journal, {checkpoint.size for _, checkpoint in checkpoints})
    result.events, result.root = walk.tree.range.size, walk.tree.range.root
    checkpoints = _pass_over_given_up(checkpoints, walk, result)
    _judge_signatures(checkpoints, result)
    wrong: dict[int, list[str]] = {}
    for evidence, checkpoint in checkpoints:
        if walk.roots.get(checkpoint.size) == checkpoint.root:
            result.fitting.append(Fit(evidence.source, checkpoint.size, walk.times.get(checkpoint.size, "")))
        else:
            wrong.setdefault(checkpoint.size, []).append(evidence.source)
    leaves = notary.read_leaves()[: signed.range.size * HASH_BYTES] if notary and signed else b""
    sure = signed is not None and is_signed(leaves, signed.range)
    if signed and signed.range.size and walk.roots.get(signed.range.size) == signed.range.root:
        index = signed.range.size - 1
        if (walk.events.numbers[index], walk.events.leaf(index)) != (signed.last, signed.leaf):
            result.problems.append(
                f"tree.json: expected {walk.events.describe(index)} as the last, found {signed.last}: it was edited."
            )
    if wrong:
        shortest = min(wrong)
        largest = max((fit.size for fit in result.fitting if fit.size < shortest), default=0)
        result.problems += explain(walk.events, wrong, largest, leaves if sure else b"")
        if other := next((fit for fit in result.fitting if fit.size >= shortest), None):
            result.problems.append(
                f"{wrong[shortest][0]} and {other.source} are of two different histories: both cannot be true."
            )
    elif signed and not sure:
        result.notices.append(
            "The hashes by which a changed event would be named were changed or lost. The events are as they were."
        )
    return result


def give_up(journal: Journal, result: Verification, who: str, reason: str) -> None:
    """Accept that the journal does not fit its checkpoints, and begin anew with it as it is, by another key.

    Args:
        journal: with its state directory.
        result: what does not fit.
        who: accepts it.
        reason: why; it stays in the journal.

    Raises:
        JournalError: it could not be written down.
    """
    detail = {
        "former": sorted(result.former | ({result.key.name} if result.key else set())),
        "key": str(result.key or ""),
        "events": result.events,
        "root": result.root.hex(),
        "messages": result.problems,
    }
    journal.begin_anew(Entry(WHAT, "after", GIVEN_UP, CENTRE, Stage.LEGACY, who, reason, detail=detail))


def list_checkpoints(folder: Path, owner: str = "") -> list[Witnessed]:
    """The checkpoints in a folder, by the names of their files.

    Args:
        folder: whether it is there or not.
        owner: who keeps it; empty: this state directory.
    """
    checkpoints = []
    for file in sorted(folder.glob("*.checkpoint")):
        note = ""
        with suppress(OSError, UnicodeDecodeError):
            note = read_text(file, MB)
        checkpoints.append(Witnessed(f"{owner}: {file.name}" if owner else file.name, note))
    return checkpoints


def _load(notary: Notary | None, result: Verification) -> Tree | None:
    """The tree that was last signed here, and whose key it is; what is wrong with either is a problem."""
    if notary is None:
        return None
    signed = None
    try:
        signed = notary.load()
        key = notary.find_key()
        result.key = result.key or (key.verifier if key else None)
    except TamperedError as error:
        result.problems.append(str(error).removesuffix(f" {ADVICE}"))
        with suppress(TamperedError):
            key = notary.find_key()
            result.key = result.key or (key.verifier if key else None)
    return signed


def _read_notes(witnessed: Iterable[Witnessed], result: Verification) -> list[tuple[Witnessed, Checkpoint]]:
    checkpoints = []
    for evidence in witnessed:
        try:
            checkpoints.append((evidence, Checkpoint.read(evidence.note)))
        except NoteError as error:
            result.problems.append(f"{evidence.source}: {error}.")
    return checkpoints


def _walk(journal: Journal, sizes: set[int]) -> _Walk:
    walk = _Walk()
    walk.roots[0] = walk.tree.range.root
    for row in journal.rows():
        walk.events.leaves += walk.tree.append(row)
        walk.events.numbers.append(row["id"])
        size = walk.tree.range.size
        if size in sizes:
            walk.roots[size], walk.times[size] = walk.tree.range.root, str(row["at"])[:16].replace("T", " ")
        if row["what"] == WHAT and row["outcome"] == GIVEN_UP:
            with suppress(JournalError):  # a row that somebody has edited: the tree will say so
                walk.given_up |= _read_given_up(row)
    return walk


def _read_given_up(row: Mapping[Any, Any]) -> dict[str, str]:
    entry = from_row(row)
    words = f"given up with event {entry.id} ({entry.at:%Y-%m-%d %H:%M} UTC) by {entry.who}: {entry.reason}"
    return dict.fromkeys(map(str, entry.detail.get("former", ())), words)


def _pass_over_given_up(
    checkpoints: Iterable[tuple[Witnessed, Checkpoint]], walk: _Walk, result: Verification
) -> list[tuple[Witnessed, Checkpoint]]:
    """Those that count. Of the others it is told who gave them up; one that was asked for counts all the same."""
    counted, given_up = [], dict[str, int]()
    for evidence, checkpoint in checkpoints:
        name = checkpoint.origin
        if name not in walk.given_up or (result.key and name == result.key.name):
            counted.append((evidence, checkpoint))
            continue
        given_up[name] = given_up.get(name, 0) + 1
        if evidence.asked:
            counted.append((evidence, checkpoint))
    for name, count in given_up.items():
        result.notices.append(f"{count_noun(count, 'checkpoint')} of {name}: {walk.given_up[name]}")
    return counted


def _judge_signatures(checkpoints: Iterable[tuple[Witnessed, Checkpoint]], result: Verification) -> None:
    """A checkpoint that is not signed with the key is a problem, also where its root fits."""
    if result.key is None:
        if checkpoints:
            result.notices.append("No signature was looked at: there is no key here. Name it with --vkey.")
        return
    reasons: dict[str, list[str]] = {}
    for evidence, checkpoint in checkpoints:
        try:
            result.key.open(evidence.note)
            if checkpoint.origin == result.key.name:
                continue
            words = f"expected {result.key.name}, found {checkpoint.origin}"
        except NoteError as error:
            words = str(error)
        reasons.setdefault(words, []).append(evidence.source)
    result.problems += [f"{shorten(sources)}: {words}." for words, sources in reasons.items()]
