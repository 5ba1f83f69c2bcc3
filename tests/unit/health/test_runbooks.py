"""The runbooks: in both languages, in the same steps, and where the reader is sent."""

import re
from pathlib import Path

import pytest

from nornir_tasks.core.language import ENGLISH, NORWEGIAN, speak
from nornir_tasks.health.check import (
    RUNBOOKS,
    Check,
    find_norwegian,
    load_checks,
    name_runbook,
)

HEADINGS = {
    ENGLISH: ["## At the site", "## From the centre"],
    NORWEGIAN: ["## På stedet", "## Fra sentralen"],
}


@pytest.mark.parametrize("runbook", sorted(RUNBOOKS.glob("*.md")), ids=lambda runbook: runbook.stem)
def test_a_runbook_is_in_both_languages_and_in_the_same_steps(runbook: Path) -> None:
    """What somebody at the site can do stands apart from what the centre does."""
    texts = [(runbook.read_text(), ENGLISH), (find_norwegian(runbook).read_text(), NORWEGIAN)]
    counts = []
    for text, language in texts:
        assert text.startswith(f"# {runbook.stem}: ")
        assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS[language]
        steps = re.findall(r"^(\d+)\. ", text, re.M)
        assert steps == [str(number) for number in range(1, len(steps) + 1)]
        counts.append(len(steps))
    assert counts[0] == counts[1] > 0
    english, norwegian = ({re.sub("<.*?>", "<>", span) for span in re.findall("`([^`]+)`", text)} for text, _ in texts)
    assert english == norwegian


def test_no_runbook_is_in_one_language_only() -> None:
    assert {path.name for path in (RUNBOOKS / NORWEGIAN).iterdir()} == {path.name for path in RUNBOOKS.glob("*.md")}


@pytest.mark.parametrize(("language", "path"), [(ENGLISH, "docs/runbooks"), (NORWEGIAN, "docs/runbooks/nb")])
def test_the_reader_is_sent_to_the_runbook_in_their_language(language: str, path: str) -> None:
    with speak(language):
        assert name_runbook(RUNBOOKS / "uplinks.md") == f"{path}/uplinks.md"


def test_a_check_without_its_norwegian_runbook_cannot_be_written(tmp_path: Path) -> None:
    """The error says where it is missing."""
    written = tmp_path / "lonely.md"
    written.write_text("# lonely: in one language\n")
    declared = {
        "name": "lonely",
        "category": "device",
        "description": "x",
        "advice": "y",
        "facts": (),
        "runbook": written,
    }
    with pytest.raises(TypeError, match=re.escape(f"expected its runbook at {tmp_path}/nb/lonely.md, actual: no such")):
        type("Lonely", (Check,), {**declared, "runbook": written})
    assert "lonely" not in [check.name for check in load_checks()]
