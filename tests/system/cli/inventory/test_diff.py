"""``scripts/inventory.py diff``: real repositories, real inventories, as a reviewer and a CI job have them."""

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nornir_tasks.cli.inventory import app
from nornir_tasks.journal.entry import Entry
from nornir_tasks.journal.journal import Journal
from nornir_tasks.model import Stage
from tests.support.reduced_inventory import patch, reduced

HOSTS = "inventory/municipalities/loppa.yml"
PROGRAMME = "inventory/group_vars/loppa/municipality.yml"
ZONES = "inventory/group_vars/all/zones.yml"


def git(place: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=Kari", "-c", "user.email=kari@example.org", "-c", "protocol.file.allow=always"]
    return subprocess.run(
        ["git", "-C", str(place), *settings, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three commits: no inventory yet, one that does not read, one that does."""
    place = tmp_path_factory.mktemp("origin")
    git(place, "init", "-q", "-b", "main")
    (place / "README.md").write_text("Soon.\n")
    git(place, "add", ".")
    git(place, "commit", "-qm", "Begin")
    git(place, "tag", "empty")
    reduced(place)
    patch(place, [{"file": HOSTS, "replace": "site: hogtun-skole", "by": "site: hogtun-skule"}])
    git(place, "add", ".")
    git(place, "commit", "-qm", "Mistype")
    git(place, "tag", "broken")
    patch(place, [{"file": HOSTS, "replace": "site: hogtun-skule", "by": "site: hogtun-skole"}])
    git(place, "commit", "-qam", "Put right")
    return place


@pytest.fixture
def checkout(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of one's own, and no journal."""
    place = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(origin), str(place))
    monkeypatch.chdir(place)
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("FELLESDRIFT_JOURNAL", raising=False)
    return place


def diff(revision: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["diff", revision, "-i", "inventory", *more])


def told(revision: str, *more: str) -> dict[str, Any]:
    done = diff(revision, "--format", "json", *more)
    assert done.exit_code == 3, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_change_is_no_difference(checkout: Path) -> None:
    """In any form; and a reader makes no state directory."""
    for form in ("table", "markdown"):
        done = diff("HEAD", "--format", form)
        assert (done.exit_code, "no difference" in done.stdout) == (0, True), done.output
    assert not (checkout.parent / "state").exists()


def test_an_uncommitted_change_is_told_with_what_it_does(checkout: Path) -> None:
    """A port's purpose, an address, a budget: each where it belongs."""
    patch(
        checkout,
        [
            {
                "file": HOSTS,
                "replace": "1-16: school, 17-19: administration",
                "by": "1-15: school, 16-19: administration",
            },
            {"file": HOSTS, "replace": "address: 10.17.2.75", "by": "address: 10.17.2.76"},
            {"file": PROGRAMME, "replace": "failure_budget: 0", "by": "failure_budget: 1"},
        ],
    )
    found = told("HEAD")
    assert found["moved"] == [
        {"scope": "loppa-acc-06", "key": "address", "before": "10.17.2.75/21", "after": "10.17.2.76/21"}
    ]
    assert found["data"] == [{"scope": "loppa", "key": "migration.failure_budget", "before": 0, "after": 1}]
    changed = {name for group in found["groups"] for name in group["devices"]}
    assert changed == {"loppa-acc-03", "loppa-acc-04", "loppa-acc-06", "loppa-acc-07", "loppa-acc-08"}
    together = next(group for group in found["groups"] if "loppa-acc-07" in group["devices"])
    assert together["devices"] == ["loppa-acc-04", "loppa-acc-07", "loppa-acc-08"]
    assert together["platform"] == "procurve"
    assert "no journal here" in found["position"]


def test_a_committed_change_is_told_the_same(checkout: Path) -> None:
    """A branch, as CI has it: and from a folder below, too."""
    patch(checkout, [{"file": ZONES, "replace": "vlan: 120", "by": "vlan: 121"}])
    before = told("HEAD")
    git(checkout, "commit", "-qam", "Renumber")
    after = told("HEAD~1")
    assert after["groups"] == before["groups"]
    assert after["data"] == [{"scope": "all", "key": "zones.school.vlan", "before": 120, "after": 121}]
    assert diff("HEAD").exit_code == 0


def test_a_host_more_and_a_host_less(checkout: Path) -> None:
    """A server, which changes no switch."""
    line = "    loppa-mon-01:\n      {address: 10.17.92.40, legacy_address: 192.168.23.40, runs_on: loppa-hv-02"
    patch(
        checkout,
        [
            {"file": HOSTS, "replace": line, "by": line.replace("mon-01", "mon-02").replace(".40", ".41")},
            {"file": HOSTS, "replace": "{hosts: {loppa-mon-01: }}", "by": "{hosts: {loppa-mon-02: }}"},
        ],
    )
    found = told("HEAD")
    assert [(one["name"], one["kind"]) for one in found["came"]] == [("loppa-mon-02", "server")]
    assert [one["name"] for one in found["went"]] == ["loppa-mon-01"]
    assert found["groups"] == []


def test_without_an_inventory_before_everything_is_new(checkout: Path) -> None:
    """The first commit of a repository is reviewed, too."""
    found = told("empty")
    assert found["since"].endswith("which had no inventory")
    assert {"loppa-core-01", "alta-leaf-01", "loppa-dc-01"} <= {one["name"] for one in found["came"]}
    assert found["groups"] == []


def test_a_revision_that_does_not_read_is_named_with_its_findings(checkout: Path) -> None:
    """In the files of the revision, and not in those they were unpacked to."""
    done = diff("broken")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: broken (")
    assert f"broken:{HOSTS}:" in done.stderr
    assert "found 'hogtun-skule'" in done.stderr
    assert "fellesdrift-revision" not in done.stderr


def test_a_work_tree_that_does_not_read_is_named_with_its_findings(checkout: Path) -> None:
    """And if neither reads, both are told."""
    patch(checkout, [{"file": HOSTS, "replace": "model: J9776A", "by": "model: J9776B"}])
    done = diff("HEAD")
    assert done.exit_code == 1
    assert "the work tree does not read" in done.stderr
    assert f"{HOSTS}:" in done.stderr
    both = diff("broken")
    assert "broken (" in both.stderr
    assert "the work tree does not read" in both.stderr


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD~99", "HEAD:README.md"])
def test_a_revision_that_is_not_there(checkout: Path, revision: str) -> None:
    """An option is not one either."""
    done = CliRunner().invoke(app, ["diff", "-i", "inventory", "--", revision])
    assert done.exit_code == 1
    assert f"found no revision '{revision}'" in done.stderr
    assert not (checkout / "x").exists()


def test_in_a_shallow_clone_what_is_there_is_compared_and_what_is_not_is_said(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CI fetches by default."""
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-tags", f"file://{origin}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path / "state"))
    assert diff("HEAD").exit_code == 0
    done = diff("HEAD~1")
    assert done.exit_code == 1
    assert "this clone is shallow" in done.stderr
    assert "fetch-depth: 0" in done.stderr


def test_outside_of_any_repository_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no revisions to compare with."""
    reduced(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = diff("HEAD")
    assert done.exit_code == 1
    assert "in no git repository" in done.stderr


def test_it_is_rendered_where_the_journal_has_each_switch(checkout: Path, tmp_path: Path) -> None:
    """Before the move nothing of the standard is on a switch; what is asked for goes before what is."""
    patch(checkout, [{"file": ZONES, "replace": "vlan: 120", "by": "vlan: 121"}])
    state = tmp_path / "state"
    state.mkdir()
    journal = Journal.at(state)
    found = told("HEAD")
    assert found["position"] == "Rendered where the journal has each switch."
    assert {group["later"] for group in found["groups"]} == {True}
    journal.write(Entry("stage", "after", "done", "loppa", Stage.HARMONISE, "kari", "night 2"))
    assert False in {group["later"] for group in told("HEAD")["groups"]}
    assert {group["later"] for group in told("HEAD", "--stage", "connect")["groups"]} == {True}


def test_a_stage_that_is_none_is_a_wrong_command_line(checkout: Path) -> None:
    """With those that there are."""
    done = diff("HEAD", "--stage", "tomorrow")
    assert done.exit_code == 2
    assert "found 'tomorrow', expected one of legacy, survey, connect" in done.stderr


def test_a_comment_in_markdown(checkout: Path) -> None:
    """Folded away, and coloured as a diff."""
    patch(checkout, [{"file": ZONES, "replace": "vlan: 120", "by": "vlan: 121"}])
    done = diff("HEAD", "--format", "markdown")
    assert done.exit_code == 3
    assert done.stdout.startswith("### Inventory since `HEAD (")
    assert "| all | zones.school.vlan | 120 → 121 |" in done.stdout
    assert "<details><summary><b>" in done.stdout
    assert "```diff\n" in done.stdout


def test_an_overlay_from_outside_the_repository_is_taken_as_it_is(checkout: Path, tmp_path: Path) -> None:
    """It has no history here; whoever lists it gets it on both sides."""
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "hosts.yml").write_text(f"all: {{vars: {{banner: 'Seen {date(2026, 1, 1)}'}}}}\n")
    assert diff("HEAD", "-i", str(overlay)).exit_code == 0
    (checkout / HOSTS).write_text((checkout / HOSTS).read_text() + "# a comment means nothing\n")
    assert diff("HEAD", "-i", str(overlay)).exit_code == 0


def test_a_link_is_followed_inside_and_refused_outside(checkout: Path) -> None:
    """Nothing outside of the folder that a revision is unpacked to is read, or written to."""
    moved = checkout / "policies.yml"
    (checkout / "inventory/group_vars/all/policies.yml").rename(moved)
    link = checkout / "inventory/group_vars/all/policies.yml"
    for target in (str(moved), "../../../../policies.yml"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        git(checkout, "add", ".")
        git(checkout, "commit", "-qm", "Link")
        done = diff("HEAD")
        assert done.exit_code == 1
        assert f"inventory/group_vars/all/policies.yml: found a link to {target}, expected one that" in " ".join(
            done.stderr.split()
        )
    link.unlink()
    moved.rename(checkout / "inventory/policies.txt")
    link.symlink_to("../../policies.txt")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "Link inside")
    assert diff("HEAD").exit_code == 0
