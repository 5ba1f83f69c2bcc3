"""Who may approve a plan: real keys, real signatures, and every way in which one does not count."""

import os
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.state import approvers
from nornir_tasks.change import approval
from nornir_tasks.change.approval import ApprovalError, find_approvals, record_approval, sign
from nornir_tasks.change.plan import DevicePlan, Plan
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Region, Stage
from tests.support import small_region as small

EVERYTHING = "*.fellesdrift"
LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()


class Room:
    """A municipality, its list of signers, and people with keys."""

    def __init__(self, where: Path) -> None:
        self.where, self.list = where, where / "allowed_signers"
        self.list.touch()
        self.context: Context = open_context(_region(self.list), reason="test", who="tester", where=where / "state")

    def key(self, name: str, passphrase: str = "") -> Path:
        """A key pair; the answer is the private half."""
        path = self.where / f"key-{name}"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", path], check=True)
        return path

    def allow(self, names: str, key: Path, *options: str) -> None:
        """A line of the list."""
        line = f"{names} {','.join(options)} {key.with_name(key.name + '.pub').read_text()}"
        self.list.write_text(self.list.read_text() + " ".join(line.split(" ")))

    def person(self, name: str, namespaces: str = EVERYTHING, *options: str) -> Path:
        """Somebody with a key, who may approve this."""
        self.allow(name, key := self.key(name), f'namespaces="{namespaces}"', *options)
        return key

    def give(self, plan: Plan, key: Path, reason: str = "read it") -> str:
        """Sign and hand in."""
        return record_approval(self.context, plan, sign(plan, key), reason)

    def given(self, plan: Plan) -> dict[str, str]:
        """Who approves it now."""
        return find_approvals(self.context, plan)


def _region(signers: Path, **policies: bool) -> Region:
    region = small.region()
    mine = {
        name: device.model_copy(
            update={"standard": device.standard.model_copy(update={"allowed_signers": str(signers), **policies})}
        )
        for name, device in region.devices.items()
    }
    return region.model_copy(update={"devices": mine})


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Nobody may anything yet."""
    (tmp_path / "state").mkdir()
    return Room(tmp_path)


def a_plan(stage: Stage = Stage.CUTOVER, **more: object) -> Plan:
    """A plan for Loppa, with a name that follows from its content."""
    part = DevicePlan("loppa-acc-01", "all", "loppa-acc-01", 40, 50, "0" * 64, "+ x\n", "x\n", ("x",), ())
    digests = {"inventory": "1", "templates": "2", "code": "3"}
    plan = Plan("", "stage", "loppa", 40, int(stage), "2026-11-24T12:00:00+00:00", "nina", "why", digests, (part,))
    plan = replace(plan, **{"expires": LATER, **more})  # type: ignore[arg-type]
    return replace(plan, id=plan.digest[:12])


PLAN = a_plan()


# What counts


def test_a_good_approval(room: Room) -> None:
    """The name comes from the list, the reason from the signer; the journal keeps what proves it."""
    kari = room.person("kari", "cutover.loppa.fellesdrift,pilot.*.fellesdrift")
    assert room.give(PLAN, kari) == "kari"
    assert room.given(PLAN) == {"kari": "read it"}
    (entry,) = room.context.journal.entries("loppa", "approval")
    assert (entry.phase, entry.outcome, entry.who, entry.reason) == ("after", "given", "kari", "read it")
    assert (entry.plan, entry.stage, entry.detail["digest"]) == (PLAN.id, Stage.CUTOVER, PLAN.digest)
    printed = subprocess.run(["ssh-keygen", "-lf", f"{kari}.pub"], capture_output=True, text=True, check=True).stdout
    assert entry.detail["key"] == printed.split()[1]


def test_anybody_can_check_it_without_us(room: Room) -> None:
    """What is signed is one line, so an auditor needs ssh-keygen and nothing else."""
    signature = room.where / "sig"
    signature.write_text(sign(PLAN, room.person("kari")))
    done = subprocess.run(
        f"echo fellesdrift plan {PLAN.digest} | ssh-keygen -Y verify -f {room.list} -I kari "
        f"-n cutover.loppa.fellesdrift -s {signature}",
        shell=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("stage", "cutover.loppa"), ("undo", "undo.loppa"), ("harmonise", "harmonise.loppa")],
)
def test_the_namespace_says_what_kind_of_plan(kind: str, expected: str) -> None:
    """So that somebody may be let undo, and nothing else."""
    assert approval.namespace(a_plan(kind=kind)) == f"{expected}.fellesdrift"


def test_two_people(room: Room) -> None:
    """Each with a key of their own; other plans know nothing of it."""
    kari, ola = room.person("kari"), room.person("ola")
    assert room.give(PLAN, kari) == "kari"
    assert room.give(PLAN, ola, "and so did I") == "ola"
    assert room.given(PLAN) == {"kari": "read it", "ola": "and so did I"}
    assert room.given(a_plan(reason="another")) == {}


def test_a_passphrase_is_asked_for_by_ssh_keygen(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never comes to us; with a wrong one nothing is signed."""
    key = room.key("kari", "open sesame")
    room.allow("kari", key)
    ask = room.where / "ask"
    ask.write_text("#!/bin/sh\necho $ANSWER\n")
    ask.chmod(0o700)
    monkeypatch.setenv("SSH_ASKPASS", str(ask))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.setenv("ANSWER", "open sesame")
    assert room.give(PLAN, key) == "kari"
    monkeypatch.setenv("ANSWER", "wrong")
    with pytest.raises(ApprovalError, match="incorrect passphrase"):
        sign(PLAN, key)


def test_an_agent_signs(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the public half on disk and the private one in the agent."""
    key = room.person("kari")
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"(SSH_\w+)=([^;]+);", started))
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", found["SSH_AUTH_SOCK"])
        subprocess.run(["ssh-add", "-q", key], check=True)
        key.unlink()
        assert room.give(PLAN, key.with_name(f"{key.name}.pub")) == "kari"
    finally:
        os.kill(int(found["SSH_AGENT_PID"]), 15)


def test_the_labs_people_approve_in_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The overlay names the lab's own list, wherever the lab is; the inventory is read before the lab was ever up."""
    monkeypatch.setenv("FELLESDRIFT_LAB_DIR", str(tmp_path))
    (tmp_path / "state").mkdir()
    context = open_context(load_region(), reason="test", who="tester", where=tmp_path / "state")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    approvers.make(elsewhere)
    with pytest.raises(ApprovalError, match=f"expected a list .* at {tmp_path}/approvers/allowed_signers, found none"):
        record_approval(context, PLAN, sign(PLAN, elsewhere / "approvers" / "kari"), "read it")
    approvers.make(tmp_path)
    people = tmp_path / "approvers"
    with pytest.raises(ApprovalError, match="is nobody's who may approve"):
        record_approval(context, PLAN, sign(PLAN, elsewhere / "approvers" / "kari"), "read it")
    assert record_approval(context, PLAN, sign(PLAN, people / "kari"), "read it") == "kari"
    with pytest.raises(ApprovalError, match="siv may not approve cutover"):
        record_approval(context, PLAN, sign(PLAN, people / "siv"), "read it")
    (people / "ola.pub").unlink()
    approvers.make(tmp_path)
    assert record_approval(context, PLAN, sign(PLAN, people / "ola"), "me too") == "ola"
    assert list(find_approvals(context, PLAN)) == ["kari", "ola"]


# What does not count


def refused(room: Room, plan: Plan, signature: str, words: str) -> None:
    """Refused with these words, and nothing of it is kept."""
    before = room.context.journal.entries()
    with pytest.raises(ApprovalError, match=words) as error:
        record_approval(room.context, plan, signature, "read it")
    assert plan.id in str(error.value)
    assert room.context.journal.entries() == before


@pytest.mark.parametrize("name", ["nina", "Nina", "nina@alta.example"])
def test_the_maker_of_a_plan(room: Room, name: str) -> None:
    """Read it while writing it; unless the policies let that count, now as later."""
    nina, kari = room.person(name), room.person("kari")
    refused(room, PLAN, sign(PLAN, nina), r"nina made it, expected somebody else's signature \(maker_may_sign")
    strict = room.context
    room.context = replace(strict, region=_region(room.list, maker_may_sign=True))
    assert room.give(PLAN, nina) == name
    assert room.give(PLAN, kari) == "kari"
    assert list(room.given(PLAN)) == [name, "kari"]
    room.context = strict
    assert list(room.given(PLAN)) == ["kari"], "the policies of now are what counts"


def test_the_same_person_twice_with_two_keys(room: Room) -> None:
    """Is one person."""
    first, second = room.person("kari"), room.key("second")
    room.allow("kari", second)
    room.give(PLAN, first)
    refused(room, PLAN, sign(PLAN, second), "kari approved it already")
    assert room.given(PLAN) == {"kari": "read it"}


@pytest.mark.parametrize("how", ["one line", "two lines"])
def test_the_same_key_under_two_names(room: Room, how: str) -> None:
    """Is one person too; somebody else still counts."""
    key, siv = room.key("kari"), room.person("siv")
    for names in ["kari,ola"] if how == "one line" else ["kari", "ola"]:
        room.allow(names, key)
    assert room.give(PLAN, key) == "kari"
    refused(room, PLAN, sign(PLAN, key), "kari approved it already")
    room.give(PLAN, siv)
    assert list(room.given(PLAN)) == ["kari", "siv"]


@pytest.mark.parametrize("again", ["\u00c5se@alta.no", "\u00e5se@ALTA.no", "a\u030ase@alta.no"])
def test_the_same_name_in_other_letters(room: Room, again: str) -> None:
    """Capitals, or another way to encode a letter, make nobody a second person."""
    room.give(PLAN, room.person("\u00e5se@alta.no"))
    other = room.person(again)
    with pytest.raises(ApprovalError, match=r"åse@alta\.no approved it already"):
        room.give(PLAN, other)
    entry = room.context.journal.entries(what="approval")[0]
    forged = replace(entry, who=again, detail={**entry.detail, "signature": sign(PLAN, other)})
    room.context.journal.write(forged)
    assert list(room.given(PLAN)) == ["\u00e5se@alta.no"]


@pytest.mark.parametrize("name", ["k\u0430ri", "kari\u200b", "kari\u3164", "ka\u202eri", "\u03bbari", "\uff4bari"])
def test_a_name_that_looks_like_anothers(room: Room, name: str) -> None:
    """Cyrillic or Greek letters, and those that nobody sees; a name of our own languages is one."""
    with pytest.raises(
        ApprovalError, match=r"found '\S*\\[ux]\w+\S*' for SHA256:\S+, expected a name of Latin letters"
    ):
        room.give(PLAN, room.person(name))
    assert room.give(PLAN, room.person("\u00e5se.\u00e1nne-\u014bila")) == "\u00e5se.\u00e1nne-\u014bila"


def test_a_name_of_the_journal_is_no_proof(room: Room) -> None:
    """Entries that somebody else wrote into it, for a key that is not theirs, or twice, count for nobody."""
    kari = room.person("kari")
    room.person("ola")
    signature = sign(PLAN, kari)
    for who, detail in (
        ("ola", {"signature": signature}),
        ("siv", {}),
        ("siv", {"signature": "rubbish"}),
        ("kari", {"signature": signature}),
        ("kari", {"signature": signature}),
    ):
        entry = Entry("approval", "after", "given", "loppa", Stage.CUTOVER, who, who, plan=PLAN.id, detail=detail)
        room.context.journal.write(entry)
    assert room.given(PLAN) == {"kari": "kari"}


def test_an_unknown_key(room: Room) -> None:
    """It is named by its fingerprint, so that it can be put on the list or looked for."""
    room.person("kari")
    refused(room, PLAN, sign(PLAN, room.key("mallory")), r"the key SHA256:\S+ is nobody's.*No principal matched")


def test_allowed_for_the_pilot_is_not_allowed_for_the_cutover(room: Room) -> None:
    """The list's namespaces hold, for stage and municipality."""
    siv = room.person("siv", "pilot.*.fellesdrift")
    refused(room, PLAN, sign(PLAN, siv), "siv may not approve cutover.loppa.fellesdrift.*not permitted")
    assert room.give(a_plan(Stage.PILOT), siv) == "siv"
    ola = room.person("ola", "*.hasvik.fellesdrift")
    refused(room, PLAN, sign(PLAN, ola), "ola may not approve cutover.loppa.fellesdrift")


def test_a_signature_for_another_kind_of_plan(room: Room) -> None:
    """Signed as a pilot by somebody who may approve both: it says nothing of the cutover."""
    kari = room.person("kari")
    pilot = replace(PLAN, stage=int(Stage.PILOT))
    text = room.where / "text"
    text.write_text(approval.message(PLAN))
    subprocess.run(["ssh-keygen", "-Y", "sign", "-f", kari, "-n", approval.namespace(pilot), text], check=True)
    signature = text.with_name("text.sig").read_text()
    refused(room, PLAN, signature, "expected a signature.*for cutover.loppa.fellesdrift.*namespace does not match")


def test_a_signature_that_was_tampered_with(room: Room) -> None:
    """A letter in its middle; or it is no signature at all."""
    lines = sign(PLAN, room.person("kari")).splitlines()
    lines[-2] = lines[-2][:6] + ("A" if lines[-2][6] != "A" else "B") + lines[-2][7:]
    refused(room, PLAN, "\n".join(lines) + "\n", "expected a signature of its digest")
    refused(room, PLAN, "hello\n", "expected a signature of its digest.*missing header")


def test_a_plan_that_was_changed_after_signing(room: Room) -> None:
    """Not a word of it may change."""
    kari = room.person("kari")
    changed = a_plan(reason="something else")
    refused(room, changed, sign(PLAN, kari), "the plan was changed: read it again")
    room.give(PLAN, kari)
    assert room.given(replace(PLAN, reason="something else")) == {}


def test_an_expired_plan(room: Room) -> None:
    """Is not approved any more."""
    kari = room.person("kari")
    old = a_plan(expires=(datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    refused(room, old, sign(old, kari), "expired at .*Make a new plan")


def test_whoever_is_taken_off_the_list_takes_the_approval_with_them(room: Room) -> None:
    """The list that counts is the one of now; so it is with a right that was narrowed, or restored."""
    kari, ola = room.person("kari"), room.person("ola")
    room.give(PLAN, kari)
    room.give(PLAN, ola)
    text = room.list.read_text()
    room.list.write_text("".join(line for line in text.splitlines(keepends=True) if not line.startswith("kari")))
    assert list(room.given(PLAN)) == ["ola"]
    room.list.write_text(text.replace('ola namespaces="*', 'ola namespaces="pilot.*'))
    assert list(room.given(PLAN)) == ["kari"]
    room.list.write_text(text)
    assert list(room.given(PLAN)) == ["kari", "ola"]


@pytest.mark.parametrize(
    ("option", "words"),
    [('valid-before="20260101Z"', "has expired"), ('valid-after="20990101Z"', "not yet valid")],
)
def test_a_key_out_of_its_time(room: Room, option: str, words: str) -> None:
    """Before and after."""
    kari = room.person("kari", EVERYTHING, option)
    refused(room, PLAN, sign(PLAN, kari), words)
    room.list.write_text(room.list.read_text().replace(f",{option}", ""))
    assert room.give(PLAN, kari) == "kari"


def test_a_pattern_is_nobody(room: Room) -> None:
    """Two people behind one pattern could not be told from one."""
    key = room.key("kari")
    room.allow("*@loppa.example", key)
    refused(room, PLAN, sign(PLAN, key), r"found the pattern '\*@loppa.example'.*expected a name")


def test_no_reason(room: Room) -> None:
    """The journal wants one."""
    kari = room.person("kari")
    with pytest.raises(ApprovalError, match="expected a reason"):
        room.give(PLAN, kari, "  ")


def test_no_list(room: Room) -> None:
    """It is said where it was looked for."""
    signature = sign(PLAN, room.person("kari"))
    room.list.unlink()
    refused(room, PLAN, signature, f"expected a list of who may approve at {room.list}, found none")


@pytest.mark.parametrize("content", [b"rubbish\n", bytes(range(256)) * 20, b""])
def test_a_list_that_is_none(room: Room, content: bytes) -> None:
    """Nobody is on it."""
    signature = sign(PLAN, room.person("kari"))
    room.list.write_bytes(content)
    refused(room, PLAN, signature, f"expected a key of {room.list}, ssh-keygen says: .*No principal matched|invalid")


def test_two_lists(room: Room) -> None:
    """A municipality has one."""
    kari = room.person("kari")
    devices = room.context.region.devices
    standard = small.STANDARD.model_copy(update={"allowed_signers": "elsewhere"})
    devices["loppa-acc-01"] = devices["loppa-acc-01"].model_copy(update={"standard": standard})
    with pytest.raises(ApprovalError, match=f"found {room.list}, elsewhere, expected one for all its switches"):
        room.give(PLAN, kari)


def test_a_key_that_is_not_there(room: Room) -> None:
    """Nothing is signed, and nothing is left behind."""
    with pytest.raises(ApprovalError, match=r"No such file.*Nothing was approved.*ssh-keygen -t ed25519"):
        sign(PLAN, room.where / "nothing")


def test_no_ssh_keygen(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said, also where approvals are only counted: silence would look like a missing approval."""
    key = room.person("kari")
    room.give(PLAN, key)
    monkeypatch.setenv("PATH", str(room.where))
    for work in (lambda: sign(PLAN, key), lambda: room.given(PLAN)):
        with pytest.raises(ApprovalError, match="apt-get install openssh-client"):
            work()


def test_ssh_keygen_is_told_no_secret(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in its arguments nor in its environment."""
    key = room.person("kari")
    spy = room.where / "ssh-keygen"
    spy.write_text(
        f'#!/bin/sh\n(echo "$@"; env) >> {room.where}/seen\nPATH={os.environ["PATH"]} exec ssh-keygen "$@"\n'
    )
    spy.chmod(0o700)
    monkeypatch.setenv("PATH", f"{room.where}:{os.environ['PATH']}")
    secrets = ("FELLESDRIFT_PASSWORD", "FELLESDRIFT_PASSWORD_VAKT", "FELLESDRIFT_LEGACY_PASSWORD", "FELLESDRIFT_KEY")
    for name in secrets:
        monkeypatch.setenv(name, "canary-5e11")
    room.give(PLAN, key)
    seen = (room.where / "seen").read_text()
    assert "find-principals" in seen
    assert "canary-5e11" not in seen


def test_the_sample_list_is_read_to_its_end(room: Room) -> None:
    """ssh-keygen finds nothing wrong with the inventory's own, and nobody's key on it."""
    sample = approval.state.ROOT / "inventory" / "allowed_signers.txt"
    text = sample.read_text()
    key = room.person("kari")
    room.list.write_text(text + room.list.read_text())
    assert room.give(PLAN, key) == "kari"
    room.list.write_text(text)
    refused(room, PLAN, sign(PLAN, key), r"ssh-keygen says: No principal matched\.$")
    assert "PRIVATE KEY" not in text
