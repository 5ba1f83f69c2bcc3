"""A new municipality: complete at once, and nobody else notices."""

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nornir_tasks.cli.inventory import app
from nornir_tasks.config.render import render, render_additions
from nornir_tasks.config.view import build_view
from nornir_tasks.inventory.load import load_region
from nornir_tasks.inventory.validate import validate_inventory
from nornir_tasks.model import Position, Stage
from tests.support.reduced_inventory import ROOT

SITES = "karasjok-radhus:town_hall:40,karasjok-skole:school:26,valjok-skole:school:10,karasjok-helse:health:12"
SWITCHES = "karasjok-radhus:WS-C2960X-48TS-L:2,karasjok-skole:J9776A:2"
ASKED = ["new", "karasjok", "--label", "Kárášjohka", "--number", "18", "--sites", SITES, "--switches", SWITCHES]
NEW = {
    "inventory/municipalities/karasjok.yml",
    "inventory/group_vars/karasjok/municipality.yml",
    "inventory/group_vars/karasjok/links.yml",
    "inventory/group_vars/karasjok/user_groups.yml",
    "inventory/group_vars/karasjok/applications.yml",
}
LEAVES = {"alta-leaf-01", "alta-leaf-02", "hammerfest-leaf-01", "hammerfest-leaf-02"}


def door(*arguments):
    return CliRunner().invoke(app, [*arguments, "-i", "inventory"])


def files():
    return {str(file): file.read_bytes() for file in sorted(Path("inventory").rglob("*.yml"))}


@pytest.fixture
def whole(working):
    shutil.copytree(ROOT / "inventory", working / "inventory")


def rendered(region, position):
    """What each switch is meant to run, and (where it has no legacy here) what the templates add."""
    return {name: render_additions(build_view(device, position, region)) for name, device in region.devices.items()}


def leave_out(text):
    """A configuration without the newcomer's rows: its block at the centre, its phones; of the others the numbers."""
    rows = [re.match(r" +(\d+) (?=remark|permit|deny)", line) for line in text.splitlines()]
    pairs = zip(text.splitlines(), rows, strict=True)
    return [
        line[row.end() :] if row else line
        for line, row in pairs
        if "10.18." not in line and not (row and int(row[1]) // 1000 == 18)
    ]


@pytest.mark.parametrize("like", ["loppa", "alta"])
def test_complete_at_once_and_nobody_else_notices(whole, like):
    """Others get the rows that let its phones speak, and the centre its block of rows: not another byte."""
    before = load_region([Path("inventory")])
    old = files()
    result = door(*ASKED, "--like", like)
    assert result.exit_code == 0, result.output
    now = files()
    assert now.keys() - old.keys() == NEW
    assert {name for name in old if now[name] != old[name]} == {"inventory/groups.yml"}
    tree, line = old["inventory/groups.yml"].decode(), "        loppa:\n"
    assert now["inventory/groups.yml"].decode() == tree.replace(line, f"{line}        karasjok:\n")
    assert [one for one in validate_inventory([Path("inventory")], date(2026, 11, 24)) if one.severity == "error"] == []
    after = load_region([Path("inventory")])
    mine = after.of("karasjok")
    assert [device.role for device in mine] == ["core", *["access"] * 6]
    for stage in (Stage.CONNECT, Stage.HARMONISE, Stage.PILOT, Stage.CUTOVER, Stage.RETIRE):
        everybody = dict.fromkeys(before.municipalities, stage)
        position = Position(everybody)
        now = {name: leave_out(text) for name, text in rendered(after, position).items() if name in before.devices}
        assert {name: leave_out(text) for name, text in rendered(before, position).items()} == now
        connected = rendered(after, position.moved("karasjok", Stage.CONNECT))
        touched = {name for name, text in rendered(after, position).items() if connected[name] != text and name in now}
        assert len(touched) == 2
        assert touched < LEAVES
    for device in mine:
        text = render(device, Position({"karasjok": Stage.RETIRE}), after)
        assert device.name in text


def test_the_files_are_as_tidy_as_the_others(whole):
    assert door(*ASKED).exit_code == 0
    lint = [str(Path(sys.executable).parent / "yamllint"), "--strict", "-c", str(ROOT / ".yamllint"), "inventory"]
    done = subprocess.run(lint, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_dry_run_shows_and_writes_nothing(place):
    old = files()
    result = door(*ASKED, "--dry-run")
    assert result.exit_code == 3, result.output
    assert files() == old
    assert "+        karasjok:\n" in result.output
    assert "+label: Kárášjohka\n" in result.output
    assert result.output.count("--- /dev/null") == 5


def test_it_says_what_to_do_next(place):
    text = " ".join(door(*ASKED).output.split())
    assert "10.18.0.0/16 to management_networks" in text
    assert "10_survey.yml -l karasjok" in text


def changed(**options):
    """The command line with other words for some options."""
    words = list(ASKED)
    for name, value in options.items():
        words[words.index(f"--{name}") + 1] = value
    return words


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["new", "loppa", *ASKED[2:]], 2, "NAME: found 'loppa', expected a new one"),
        (["new", "Oslo", *ASKED[2:]], 2, "NAME: found 'Oslo', expected lower-case"),
        (changed(number="17"), 2, "--number: found 17, expected one of its own; loppa has it"),
        ([*ASKED, "--prefix", "10.17.0.0/16"], 2, "--prefix: found 10.17.0.0/16, expected one of its own"),
        ([*ASKED, "--prefix", "10.18.0.0/24"], 2, "--prefix: found '10.18.0.0/24', expected a /16"),
        ([*ASKED, "--prefix", "nowhere"], 2, "--prefix: found 'nowhere', expected a /16"),
        ([*ASKED, "--like", "oslo"], 2, "--like: found 'oslo', expected one of loppa"),
        (changed(sites="a"), 2, "--sites: found 'a', expected NAME:PURPOSE[:CLIENTS]"),
        (changed(sites="a:palace"), 2, "--sites: found 'palace', expected one of"),
        (changed(sites=","), 2, "found 'karasjok-radhus', expected one of"),
        (changed(sites="a:school:1", switches="a:NONE"), 2, "--switches: found 'NONE', expected one of"),
        (changed(sites="a:culture:1", switches="a:J9776A"), 2, "expected a purpose of which a site is there"),
        (changed(sites="a:school:1,b:school:1", switches="b:J9776A:40"), 2, "--switches: found"),
        (changed(sites="a:school:500", switches="a:J9776A"), 1, "the draft is not sound; nothing was written"),
    ],
)
def test_what_cannot_be_is_refused_in_words(place, arguments, code, told):
    old = files()
    result = door(*arguments)
    assert result.exit_code == code, result.output
    assert told in result.output
    assert files() == old


def test_nothing_is_overwritten(place):
    file = Path("inventory/group_vars/karasjok/links.yml")
    file.parent.mkdir()
    file.write_text("links: []\n")
    result = door(*ASKED)
    assert result.exit_code != 0
    assert file.read_text() == "links: []\n"
    assert not Path("inventory/municipalities/karasjok.yml").exists()
