"""The seven stages as playbooks, each gone back from and gone into again: one story, told test by test."""

import json
import re

import pytest

from tests.support.playbook_lab import CANARY, Place

UNDOABLE = ["20_connect", "30_harmonise", "40_pilot", "50_cutover", "60_settle"]


def changed(printed: str) -> int:
    """How many hosts Ansible's own recap says were changed."""
    return sum(int(number) > 0 for number in re.findall(r"changed=(\d+)", printed))


def others(digests: dict[str, str]) -> dict[str, str]:
    """What is neither Loppa's nor the centre's."""
    return {name: digest for name, digest in digests.items() if name.startswith("hasvik-")}


def test_a_municipality_has_to_be_named(place: Place) -> None:
    """The message shows what to type."""
    done = place.try_play("migrate/20_connect", municipality="")
    assert done.returncode == 2
    assert "-e municipality=loppa" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unknown_municipality_is_answered_with_the_known_ones(place: Place) -> None:
    """A typing error is never a play that silently does nothing."""
    done = place.try_play("migrate/10_survey", municipality="lopa")
    assert done.returncode == 2
    assert "found 'lopa'" in done.stdout
    assert "hasvik" in done.stdout


def test_the_survey_reads_and_writes_nothing_to_a_switch(place: Place) -> None:
    """Ten."""
    before = place.lab.digests()
    printed = place.play("migrate/10_survey")
    assert "9 of 9 devices backed up" in printed
    assert place.lab.digests() == before


def test_a_stage_out_of_turn_is_refused_with_every_shut_gate(place: Place) -> None:
    """Nothing is written, and all reasons come at once."""
    before, kept = place.lab.digests(), place.journal()
    done = place.try_play("migrate/50_cutover")
    assert done.returncode == 1
    assert "Expected loppa at pilot, actual: survey" in done.stdout
    assert "Expected approvals by two different people, actual: none" in done.stdout
    typed = place.try_play("migrate/50_cutover", "-e", "approved_by=kari,ola")
    assert typed.returncode == 2
    assert "found a name, expected a signature" in typed.stdout
    assert place.lab.digests() == before
    more = [row for row in place.journal()[len(kept) :] if "'lock'" not in row]
    assert all("'plan', 'after', 'saved'" in row for row in more), more  # it can be read, and nothing of it was begun


@pytest.mark.parametrize("stage", UNDOABLE)
def test_a_stage_goes_back_to_the_byte_and_again_forward(place: Place, stage: str) -> None:
    """Forward, back, forward, and once more with nothing left to do; nobody else's byte moves."""
    before = place.lab.digests()
    place.stage(f"migrate/{stage}")
    done = place.lab.digests()
    place.play("migrate/undo")
    if stage == "40_pilot":  # run twice, it goes no stage too far
        twice = place.try_play("migrate/undo")
        assert twice.returncode == 1
        assert "it was taken back to harmonise already" in twice.stdout
        assert "-e stage=harmonise" in twice.stdout
    assert place.lab.digests() == before
    place.stage(f"migrate/{stage}")
    again = place.lab.digests()
    assert changed(place.play(f"migrate/{stage}")) == 0
    assert place.lab.digests() == again
    assert others(again) == others(before)
    # A password's stored form has a salt of its own each time; everything else comes out the same.
    if stage != "20_connect":
        assert again == done


def test_check_mode_shows_the_diff_and_writes_nothing_anywhere(place: Place) -> None:
    """Neither to a switch nor to the journal."""
    before, kept = place.lab.digests(), place.journal()
    printed = place.play("migrate/70_retire", "--check", "--diff")
    assert "would change" in printed
    assert re.search(r"^-", printed, re.MULTILINE)
    assert (place.lab.digests(), place.journal()) == (before, kept)


def test_after_retire_every_switch_is_the_render_line_for_line(place: Place) -> None:
    """And starts with it, and stays so."""
    place.play("migrate/70_retire")
    audit = json.loads(place.script("drift_audit.py", "loppa", "--format", "json").stdout)
    assert [one["device"] for one in audit["devices"] if not one["identical"]] == []
    assert [one["legacy_left"] for one in audit["devices"]] == [0] * 9
    for one in audit["devices"]:
        assert place.lab.startup(one["device"]) == place.lab.running(one["device"])


@pytest.mark.parametrize(
    "name", ["migrate/10_survey", *(f"migrate/{stage}" for stage in UNDOABLE), "migrate/70_retire", "harmonise", "site"]
)
def test_a_second_run_of_every_playbook_changes_nothing(place: Place, name: str) -> None:
    """Not even what the stage did long ago."""
    before = place.lab.digests()
    assert changed(place.play(name)) == 0
    assert place.lab.digests() == before


def test_retire_is_not_undone(place: Place) -> None:
    """The legacy is gone, and the message says so."""
    done = place.try_play("migrate/undo")
    assert done.returncode == 1
    assert "retire cannot be undone" in done.stdout


def test_somebodys_edit_is_found_and_put_right(place: Place) -> None:
    """Drift is exit code 3, and harmonise ends it."""
    place.lab.edit("loppa-acc-01", "ntp server 192.0.2.1")
    audit = place.script("drift_audit.py", "loppa")
    assert audit.returncode == 3
    assert "192.0.2.1" in audit.stdout
    assert changed(place.play("harmonise")) >= 1
    assert place.script("drift_audit.py", "loppa").returncode == 0


def test_the_health_check_names_what_is_wrong_and_its_runbook(place: Place) -> None:
    """One line first."""
    assert place.script("health_check.py", "loppa").returncode == 0
    place.lab.fault("loppa-acc-06", "unreachable")
    sick = place.script("health_check.py", "loppa")
    place.lab.fault("loppa-acc-06", "clear")
    assert sick.returncode == 1
    assert "loppa-acc-06" in sick.stdout.splitlines()[0]
    assert "docs/runbooks/reachable.md" in sick.stdout


def test_no_password_is_in_any_file_or_in_anything_printed(place: Place) -> None:
    """Every account of this lab has the same password, so that one search finds them all."""
    assert len(place.printed) > 20
    assert [path for path, content in place.files().items() if CANARY.encode() in content] == []
    assert [text for text in place.printed if CANARY in text] == []
