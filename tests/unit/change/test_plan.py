"""A saved plan: read back as it was written, or refused in one message."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change import plan_status
from nornir_tasks.change.plan import ONLY_SECRETS, PlanError, list_names, load, require_agreement, save
from nornir_tasks.core import secrets, state
from nornir_tasks.devices.context import Context, one_line, open_context
from nornir_tasks.journal import lock
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration.municipality_change import start
from nornir_tasks.model import Stage
from nornir_tasks.platforms import platform
from tests.support import small_region as small
from tests.support.scripted_switch import BEFORE, INTENDED, planned

PASSWORD = 'Tors"k&Kveite-4'
BEFORE_MASKED = platform("ios").mask(BEFORE)[0]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty state directory."""
    return open_context(small.region(), reason="test", who="tester", where=tmp_path)


def test_it_is_read_back_as_it_was_written(context: Context) -> None:
    """For its owner alone."""
    plan = planned(context)
    path = save(context, plan)
    assert load(context, plan.id) == plan
    assert path.stat().st_mode & 0o077 == 0
    assert list_names(context) == [plan.id]


def test_a_password_that_a_device_shows_is_not_in_the_file(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what a terminal obeys. Whoever reads it back knows it then, and masks it; without the key nobody does."""
    monkeypatch.setattr(secrets, "_store", secrets.SecretStore())
    secrets.remember_secret(PASSWORD)
    plan = planned(context)
    shown = replace(plan.devices[0], running=f"{plan.devices[0].running}banner {PASSWORD} \x9b\u202e\n")
    plan = replace(plan, devices=(shown, *plan.devices[1:]))
    plan = replace(plan, id=plan.digest[:12])
    path = save(context, plan)
    assert "Kveite" not in path.read_text()
    assert path.read_text().isascii()
    monkeypatch.setattr(secrets, "_store", secrets.SecretStore())
    assert load(context, plan.id) == plan
    assert secrets.mask_secrets(f"a {PASSWORD}") == "a <secret>"
    content = json.loads(path.read_text())
    for sealed in (state.Key(context.where / "elsewhere").seal(b"{}").decode(), "junk", 7):
        path.write_text(json.dumps({**content, "sealed": sealed}))
        with pytest.raises(PlanError, match=r"sealed with another key|is no plan"):
            load(context, plan.id)


def test_who_is_left_out_is_part_of_what_is_signed(context: Context) -> None:
    """Another plan with another name; read back as it was, and it does not move its municipality."""
    plan = planned(context)
    left = replace(plan, left_out=("loppa-acc-02",))
    left = replace(left, id=left.digest[:12])
    assert left.digest != plan.digest
    save(context, left)
    assert load(context, left.id) == left
    assert (plan.moves, plan.completes, left.moves, left.completes) == (True, True, True, False)


@pytest.mark.parametrize(
    "words",
    [
        "Expected backups under 24 h old, actual: none of loppa-core-01. Run 10_survey again",
        "Expected no freeze, actual: Easter, 1 to 2; Expected no freeze, actual: Christmas, 3 to 4",
        "words of an earlier version",
    ],
)
def test_the_gates_of_a_plan_that_is_on_disk(context: Context, words: str) -> None:
    """Rows of name, wish, whether it was open, and words; the plan's digest and its words stay what they were."""
    plan = planned(context)
    rows = [["backups", "backups of every device", False, words], ["freeze", "not on a freeze day", True, ""]]
    content = {**json.loads(save(context, plan).read_text()), "id": "", "gates": rows}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    path = context.where / "plans" / f"{digest[:12]}.json"
    path.write_text(json.dumps({**content, "id": digest[:12]}, ensure_ascii=False))
    context.journal.write(
        Entry("plan", "after", "saved", "loppa", Stage.CONNECT, "t", "t", plan=digest[:12], detail={"digest": digest})
    )
    found = load(context, digest[:12])
    assert [(gate.rule.name, gate.passed) for gate in found.gates] == [("backups", False), ("freeze", True)]
    assert found.gates[0].text_with_advice == words
    assert found.digest == digest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no plan: JSONDecodeError"),
        ("[]", "is no plan: "),
        ("{}", "is no plan: KeyError: 'devices'"),
        ("null", "is no plan: "),
        ('{"devices": [], "gates": []}', "is no plan: TypeError"),
        ("[" * 100_000, "is no plan: RecursionError"),
        (b"\xff\xfe\x00", "is no plan: UnicodeDecodeError"),
    ],
    ids=["empty", "list", "nothing", "null", "half", "deep", "bytes"],
)
def test_what_is_no_plan(context: Context, content: str | bytes, words: str) -> None:
    """Named with its path; no traceback."""
    plan = planned(context)
    path = save(context, plan)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PlanError) as refused:
        load(context, plan.id)
    assert f"plan {plan.id}: {path} {words}" in str(refused.value)


def test_a_key_that_was_renamed_and_a_line_that_was_changed(context: Context) -> None:
    """Neither is applied."""
    plan = planned(context)
    path = save(context, plan)
    kept = path.read_text()
    path.write_text(kept.replace('"wave"', '"wafe"'))
    with pytest.raises(PlanError, match="is no plan: TypeError"):
        load(context, plan.id)
    later = json.loads(kept) | {"expires": "2099-01-01T00:00:00+00:00"}
    path.write_text(json.dumps(later))
    words = f"changed after it was made; expected the digest {plan.digest}, found [0-9a-f]"
    with pytest.raises(PlanError, match=words):
        load(context, plan.id)


@pytest.mark.parametrize("name", ["abcdef123456", "", None, ["x"], "\ud800"])
def test_a_plan_that_names_itself_otherwise(context: Context, name: object) -> None:
    """One that was discarded, or applied, would be open again: what became of a plan is asked by its name."""
    plan = planned(context)
    path = save(context, plan)
    plan_status.discard(context, plan)
    path.write_text(json.dumps({**json.loads(path.read_text()), "id": name}))
    with pytest.raises(PlanError, match=re.escape(f"says that it is {name!r}, expected '{plan.id}'")):
        load(context, plan.id)


def test_a_plan_that_was_renamed_after_its_new_digest(context: Context) -> None:
    """Its name fits its content, and the journal has never heard of it."""
    plan = planned(context)
    content = json.loads(save(context, plan).read_text())
    content["devices"][0]["intended"] += "username thief privilege 15 secret 5 x\n"
    content["id"] = ""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    forged = {**content, "id": digest[:12]}
    (context.where / "plans" / f"{digest[:12]}.json").write_text(json.dumps(forged, ensure_ascii=False))
    with pytest.raises(PlanError, match="expected a plan that the journal knows, found none"):
        load(context, digest[:12])


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        (
            {"intended": INTENDED + "ip http server\n"},
            "diff: expected what intended differs from running, found another",
        ),
        ({"intended": BEFORE_MASKED}, "diff: expected"),
        ({"diff": ""}, "diff: expected"),
        ({"diff": ONLY_SECRETS}, "diff: expected"),
        ({"running": INTENDED}, "diff: expected"),
        ({"lines": ("hostname loppa-acc-01", "no logging")}, "lines: expected those that lead"),
        ({"risk": 1}, r"risk: expected \d+, found 1"),
        ({"risks": ("nothing to see",)}, "risk: expected"),
        ({"digest_before": ""}, "expected nothing to write, found lines"),
        ({"device": "loppa-acc-99"}, "loppa-acc-99: not found in the inventory"),
    ],
)
def test_what_is_read_follows_from_what_is_written(context: Context, slip: dict[str, Any], words: str) -> None:
    """Whoever can write the journal, too, still cannot show the one and write the other."""
    plan = planned(context)
    require_agreement(context.region, plan.devices)
    with pytest.raises(PlanError, match=words):
        require_agreement(context.region, [replace(plan.devices[0], **slip)])


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a b", "x" * 300, "3f9a1c20d4ée"])
def test_a_name_that_is_none(context: Context, name: str) -> None:
    """Nothing outside the directory is ever looked at."""
    with pytest.raises(PlanError, match="expected the letters and digits"):
        load(context, name)


def test_a_directory_in_its_place(context: Context) -> None:
    """And a link to nowhere does not hide the others."""
    plan = planned(context)
    save(context, plan)
    (context.where / "plans" / "abc.json").mkdir()
    (context.where / "plans" / "gone.json").symlink_to("nowhere")
    with pytest.raises(PlanError, match="expected a file at"):
        load(context, "abc")
    assert set(list_names(context)) == {plan.id, "abc", "gone"}


def test_what_is_typed_is_one_line_that_no_terminal_obeys() -> None:
    """Whoever reads the list next is not to be fooled by a reason."""
    assert one_line("a\nb\x1b[31mRED\x07 \udcff") == r"a b\x1b[31mRED\x07 \xdcff"


def test_a_plan_that_is_discarded(context: Context) -> None:
    """It stays to be read; once withdrawn it is never begun, and one that has begun is not withdrawn."""
    plan = planned(context)
    save(context, plan)
    assert plan_status.status(context, plan) == "open"
    plan_status.discard(context, plan)
    assert plan_status.status(context, load(context, plan.id)) == "discarded"
    with pytest.raises(PlanError, match="expected one that was never begun, found it discarded"):
        plan_status.discard(context, plan)
    lock.acquire(context.journal, "loppa", context.holder)
    context.journal.write(Entry("stage", "after", "done", "loppa", Stage.SURVEY, "t", "t"))
    with pytest.raises(PlanError, match="expected one that is not applied yet, actual: discarded"):
        start(context, plan)
    other = replace(plan, reason="another")
    other = replace(other, id=other.digest[:12])
    save(context, other)
    plan_status.record_plan(context, other, "before", "started", {})
    assert plan_status.find_appliers(context, [plan, other]) == {other.id: "tester"}
    with pytest.raises(PlanError, match="found it begun"):
        plan_status.discard(context, other)
