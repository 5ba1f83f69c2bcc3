"""What the demonstration says of people on real hosts, line by line: each fails when its fact is bad, no other does.

The files are those that people at work keep (``lab/demo/asking.py``), written here as they would be.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.demo.answers import STOP, Answers, Place

OFFICE, WARD = "radhus/administration", "helsesenter/health"
EXPECTED = {OFFICE: ("names", "time", "read", "write"), WARD: ("names", "time")}
STAGES = (("harmonise", 100.0), ("pilot", 200.0))
KEYS = ("office-1", "office-2")


def gap(what: str, seconds: float, began: float = 150.0, *, announced: bool = False, lasts: bool = False) -> Any:
    """A gap as it is noted."""
    return {
        "what": what, "began": began, "seconds": seconds, "announced": announced, "lasts": lasts, "why": "timed out",
    }  # fmt: skip


class Folder:
    """The files of two places, in which nothing has happened but work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: dict[str, list[dict[str, Any]]] = {
            OFFICE: [*({"key": key, "status": 201} for key in KEYS)],
            WARD: [],
        }
        self.ends = dict(EXPECTED)

    def read(self) -> Answers:
        """The places, as their files say."""
        places = []
        for name, lines in self.lines.items():
            path = self.folder / name.replace("/", ".")
            ended = [{"asked": dict.fromkeys(self.ends[name], 12)}] if self.ends[name] else []
            path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, *ended]))
            places.append(Place.read(name, path))
        return Answers(tuple(places), EXPECTED, STAGES)

    def find_failed(self, keys: tuple[str, ...] | None = KEYS) -> set[str]:
        """The labels that did not hold."""
        return {label for good, label, _ in self.read().list_facts(keys) if not good}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Where people note what they find."""
    return Folder(tmp_path)


def test_all_lines_hold_where_nothing_happened(folder: Folder) -> None:
    facts = {label: words for _, label, words in folder.read().list_facts(KEYS)}
    assert folder.find_failed() == set()
    assert set(facts) == {"names (servers)", "time (servers)", "reading (servers)", "writing (servers)", "records"}
    assert facts["names (servers)"] == "0.0 s without (nobody); 24 questions from 2 places"
    assert facts["records"] == "2 accepted, 0 lost, 0 written twice"


@pytest.mark.parametrize(("what", "label"), [("names", "names"), ("time", "time"), ("read", "reading")])
@pytest.mark.parametrize(("seconds", "is_let_pass"), [(0.05, True), (0.2, False)])
def test_a_gap(folder: Folder, what: str, label: str, seconds: float, is_let_pass: bool) -> None:
    """A tenth of a second is let pass; whose it was, when and why is told. Announcing it excuses no reading."""
    for announced in (False, True):
        folder.lines[OFFICE] = [*folder.lines[OFFICE][:2], gap(what, seconds, announced=announced)]
        assert folder.find_failed() == (set() if is_let_pass else {f"{label} (servers)"})
    words = {label: words for _, label, words in folder.read().list_facts(KEYS)}[f"{label} (servers)"]
    assert f"{seconds:.1f} s without ({OFFICE} in pilot: timed out)" in words


@pytest.mark.parametrize(
    ("announced", "seconds", "failed"),
    [(True, STOP - 1, set()), (True, STOP + 1, {"writing (servers)"}), (False, 0.2, {"writing (servers)"})],
)
def test_writing(folder: Folder, announced: bool, seconds: float, failed: set[str]) -> None:
    """An announced stop is let pass for a while, and told; any other is none."""
    folder.lines[OFFICE].append(gap("write", seconds, announced=announced))
    assert folder.find_failed() == failed
    groups = folder.read().describe([OFFICE])
    assert (f"announced stop {seconds:.1f} s" in groups) is announced


@pytest.mark.parametrize("spoilt", ["not ended", "broken", "never asked"])
def test_who_did_not_ask_to_the_end_proves_nothing(folder: Folder, spoilt: str) -> None:
    if spoilt == "not ended":
        folder.ends[WARD] = ()
    elif spoilt == "broken":
        folder.lines[WARD].append({"broken": "names: KeyError: 1"})
    else:
        folder.ends[WARD] = ("names",)
    failed = {"time (servers)"} if spoilt == "never asked" else {"names (servers)", "time (servers)"}
    assert folder.find_failed() == failed


def test_a_gap_that_lasts_is_one(folder: Folder) -> None:
    folder.lines[WARD].append(gap("time", 7.0, 250.0, lasts=True))
    assert folder.find_failed() == {"time (servers)"}
    words = {label: words for _, label, words in folder.read().list_facts(KEYS)}["time (servers)"]
    assert f"({WARD} in the end, and now: timed out)" in words


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("office-1",), "2 accepted, 1 lost, 0 written twice: office-2"),
        (("office-1", "office-2", "office-2"), "2 accepted, 0 lost, 1 written twice: office-2"),
        (None, "2 accepted; what became of them could not be read"),
    ],
)
def test_records(folder: Folder, keys: tuple[str, ...] | None, words: str) -> None:
    assert folder.find_failed(keys) == {"records"}
    assert {label: said for _, label, said in folder.read().list_facts(keys)}["records"] == words


def test_a_record_that_was_sent_and_not_confirmed_may_be_there(folder: Folder) -> None:
    """Its sender does not know; it is there once, or not at all."""
    assert folder.find_failed((*KEYS, "office-3")) == set()


def test_nothing_accepted_proves_nothing(folder: Folder) -> None:
    folder.lines[OFFICE] = []
    assert folder.find_failed(()) == {"records"}
