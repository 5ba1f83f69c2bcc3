"""What goes wrong on a migration night, and what may not: refused lines, limits, a bad inventory, a careless ping."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.playbook_lab import ROOT, Place

REFUSED = "loppa-acc-06"  # one of three in its wave, in the middle of the cutover


def recap(printed: str) -> dict[str, str]:
    """What the recap says of each host."""
    rows = printed.partition("PLAY RECAP")[2].splitlines()[1:]
    return {name.strip(): words for name, colon, words in (row.partition(" : ") for row in rows) if colon}


@pytest.mark.smoke
def test_check_and_limit_reach_the_switches(place: Place) -> None:
    """Only the one that was asked for, and nothing is written."""
    place.play("migrate/10_survey")
    before = place.lab.digests()
    printed = place.play("migrate/20_connect", "--check", "--limit", "loppa-acc-03")
    assert re.findall(r"^changed: \[([a-z0-9-]+)\]", printed, re.MULTILINE) == ["loppa-acc-03"]
    assert place.lab.digests() == before


def test_a_limited_stage_stays_open_until_the_others_have_come_as_far(place: Place) -> None:
    """The centre's leaves and the core first; then, without a limit, what is left."""
    before = place.lab.digests()
    printed = place.play("migrate/20_connect", "--limit", "alta-leaf-01,hammerfest-leaf-01,loppa-core-01")
    assert "the stage stays open" in printed
    after = place.lab.digests()
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"alta-leaf-01", "hammerfest-leaf-01", "loppa-core-01"}
    printed = place.play("migrate/20_connect", "-e", "serial=1")
    assert len(re.findall(r"^PLAY \[Switches, wave by wave", printed, re.MULTILINE)) >= 8
    assert "loppa connect: done" in printed


def test_a_refused_line_in_the_middle_of_the_cutover_leaves_nothing_half_done(place: Place) -> None:
    """The switch is as it was, its wave is consistent, the message names switch, line and words; then it goes on."""
    place.play("migrate/30_harmonise")
    place.stage("migrate/40_pilot")
    before = place.lab.digests()
    place.lab.fault(REFUSED, "refuse", "switchport access vlan 120")
    plan = place.approved("migrate/50_cutover")
    done = place.try_play("migrate/50_cutover", *plan)
    assert done.returncode == 1
    message = next(line for line in done.stdout.splitlines() if line.startswith(f"failed: [{REFUSED}]"))
    assert "switchport access vlan 120" in message
    assert "% " in message
    assert "It is as it was before" in message
    assert "Traceback" not in done.stdout + done.stderr
    after = place.lab.digests()
    rows = recap(done.stdout)
    assert rows["loppa"].endswith("failed=1 skipped=0")
    assert rows[REFUSED] == "ok=0 changed=0 unreachable=0 failed=1 skipped=0  gone back"
    assert rows["loppa-core-01"] == rows["loppa-acc-01"] == "ok=0 changed=0 unreachable=0 failed=0 skipped=1  not begun"
    for name in (name for name in rows if name not in ("loppa", REFUSED)):
        assert ("changed=1" in rows[name]) is (after[name] != before[name]), name
        assert "failed=0" in rows[name], name
        assert rows[name].endswith(("done", "not begun")), name
    assert set(rows) == {"loppa", *(name for name in before if name.startswith("loppa-"))}
    assert max(map(len, done.stdout.partition("PLAY RECAP")[2].splitlines())) <= 80
    assert after[REFUSED] == before[REFUSED]
    # The later waves have not begun; every switch is as planned or as it was, and none waits for anything.
    assert after["loppa-acc-01"] == before["loppa-acc-01"]
    assert after["loppa-core-01"] == before["loppa-core-01"]
    assert [row["name"] for row in place.lab.status()["switches"] if row["timers"]] == []

    place.lab.fault(REFUSED, "clear")
    assert "loppa cutover: done" in place.play("migrate/50_cutover", *plan)
    record = place.lab.record("loppa")["municipalities"]["loppa"]
    assert record["longest"] <= 5.0


def test_a_switch_that_does_not_answer_shuts_the_gate_unless_it_is_left_out(place: Place) -> None:
    """By name, before anything is written; by a word the others go on, and the stage stays open."""
    before = place.lab.digests()
    place.lab.fault("loppa-acc-08", "unreachable")
    done = place.try_play("migrate/60_settle")
    assert "playbook: -e leave_out=loppa-acc-08" in done.stdout
    without = place.play("migrate/60_settle", "-e", "leave_out=loppa-acc-08")
    typed = place.try_play("migrate/60_settle", "-e", "leave_out=lopa-acc-08")
    place.lab.fault("loppa-acc-08", "clear")
    assert "the stage stays open: left out loppa-acc-08" in without
    assert recap(without)["loppa-acc-08"].endswith("skipped=1  left out")
    assert recap(without)["loppa-acc-07"].endswith("skipped=0  done")
    assert (typed.returncode, "found lopa-acc-08" in typed.stdout) == (2, True)
    assert done.returncode == 1
    assert "loppa-acc-08" in done.stdout
    assert recap(done.stdout) == {"loppa": "ok=0 changed=0 unreachable=0 failed=1 skipped=0"}
    assert place.lab.digests() == before


@pytest.mark.parametrize(
    ("file", "found", "instead", "expected"),
    [
        ("group_vars/all/zones.yml", "vlan: 120", "vlan: 110", r"110"),
        ("group_vars/loppa/links.yml", "loppa-acc-05:49", "loppa-acc-99:49", r"loppa-acc-99"),
        ("group_vars/loppa/links.yml", "loppa-acc-06:25", "loppa-acc-05:49", r"loppa-acc-05"),
        ("municipalities/loppa.yml", "address: 10.17.2.75", "address: 10.18.2.75", r"10\.18\.2\.75"),
        ("group_vars/loppa/municipality.yml", "failure_budget:", "failure_budgte:", r"failure_budgte"),
    ],
    ids=["a VLAN twice", "a link to nowhere", "a port used twice", "an address elsewhere", "a typing error"],
)
def test_a_bad_inventory_is_told_and_nothing_is_connected_to(
    place: Place, tmp_path: Path, file: str, found: str, instead: str, expected: str
) -> None:
    """File, key, found and expected; and no switch hears of it."""
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    broken = tmp_path / "inventory" / file
    text = broken.read_text()
    assert found in text
    broken.write_text(text.replace(found, instead, 1))
    opened = place.lab.status()["opened"]
    overlay = ("-i", str(tmp_path / "inventory"), "-i", "lab/inventory")
    done = place.try_play("migrate/20_connect", *overlay)
    assert done.returncode == 1
    assert re.search(expected, done.stdout), done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert place.lab.status()["opened"] == opened


def test_every_host_of_a_fresh_checkout_is_on_this_machine(place: Place) -> None:
    """Servers, too; and the addresses are what Ansible would connect to."""
    listed = json.loads(place.run("ansible-inventory", "--list").stdout)["_meta"]["hostvars"]
    assert len(listed) == 357
    at = {name: str(mine["ansible_host"]) for name, mine in listed.items()}
    assert {name: host for name, host in at.items() if not re.search(r"\b127\.\d+\.\d+\.\d+\b", host)} == {}


@pytest.mark.skipif(shutil.which("ssh") is None, reason="Ansible's ping needs OpenSSH's client")
def test_a_careless_ping_asks_nobody_anything(place: Place) -> None:
    """No question about host keys waits for an answer, and what cannot be reached is said."""
    done = place.run("ansible", "loppa", "-m", "ansible.builtin.ping", "-o", "-f", "20")
    hosts = set(re.findall(r"^([a-z0-9-]+) \|", done.stdout, re.MULTILINE))
    assert len(hosts) == 21
    assert "Traceback" not in done.stdout + done.stderr


def test_no_playbook_has_a_syntax_error(place: Place) -> None:
    """All that a person can run."""
    names = sorted(
        path.relative_to(ROOT) for path in (ROOT / "playbooks").rglob("*.yml") if path.parent.name != "tasks"
    )
    runnable = [str(name) for name in names if name.name not in ("change.yml", "servers.yml")]
    done = subprocess.run(
        ["ansible-playbook", "--syntax-check", *runnable],
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(runnable) >= 11


def test_what_a_switch_says_is_obeyed_by_no_terminal(place: Place) -> None:
    """A description that clears the screen: shown in figures by the diff, by a gate's words and by every door."""
    evil = "\x1b[2J\x1b]0;mine\x07"
    place.lab.edit(REFUSED, "interface GigabitEthernet1/0/20", f"description before{evil}after")
    assert evil in place.lab.running(REFUSED)
    diff = place.play("harmonise", "--check", "--diff")
    gate = place.try_play("migrate/60_settle")
    assert gate.returncode == 1
    doors = [place.script(name, "loppa") for name in ("drift_audit.py", "health_check.py")]
    doors.append(place.script("drift_audit.py", "loppa", "--verbose"))
    doors.append(place.script("change.py", "plan", "--harmonise", REFUSED, "--reason", f"because {evil}"))
    for printed in (diff, gate.stdout + gate.stderr, *(done.stdout + done.stderr for done in doors)):
        assert "\x1b" not in printed
        assert "\x07" not in printed
    for printed in (diff, gate.stdout, doors[2].stdout, doors[3].stdout):
        assert r"before\x1b[2J\x1b]0;mine\x07after" in "".join(printed.split("\n")).replace("  ", "")
    place.play("harmonise")
    assert evil not in place.lab.running(REFUSED)
