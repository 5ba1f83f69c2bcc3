"""Where a value comes from: for every host and every key, what ``why`` says wins is what Ansible resolves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nornir_tasks import why as whys
from nornir_tasks.model.finding import Finding
from nornir_tasks.origins import Origins
from tests.reduced import ROOT

CASES = sorted((ROOT / "tests" / "cases" / "why").glob("*.yml"))
REAL = {"inventory": [ROOT / "inventory"], "overlay": [ROOT / "inventory", ROOT / "lab" / "inventory"]}


def ansible(sources, *arguments):
    """What Ansible's own program says, without any code of ours."""
    command = [str(Path(sys.executable).parent / "ansible-inventory"), "--list", *arguments]
    command += [part for source in sources for part in ("-i", str(source))]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["_meta"]["hostvars"]


def bare(value):
    """Ansible marks what a plugin computed as unsafe, and prints what is in a vault: neither is part of the value."""
    if isinstance(value, dict):
        if set(value) == {"__ansible_unsafe"}:
            return value["__ansible_unsafe"]
        return {"__ansible_vault": ""} if whys.SEALED in value else {key: bare(item) for key, item in value.items()}
    return [bare(item) for item in value] if isinstance(value, list) else value


def prove(sources):
    """Every host and every key; how many there were."""
    resolved, layers = ansible(sources), whys.read(sources)
    assert set(layers) == set(resolved)
    for host, variables in resolved.items():
        mine = layers[host]
        assert set(mine.found) == set(variables)
        for key, value in variables.items():
            answer = mine.answer(key)
            assert bare(answer.value) == bare(value), (host, key)
            assert bare(answer.winner.value) == bare(value), (host, key, answer.winner)
            assert answer.winner.file != whys.MERGED, (host, key)
    return sum(map(len, resolved.values()))


@pytest.mark.parametrize("name", REAL)
def test_every_key_of_every_host_of_the_region(name):
    assert prove(REAL[name]) > 352 * 30


@pytest.mark.parametrize("name", REAL)
def test_errors_name_the_line_that_why_names(name):
    """Two ways to the same line: Ansible watched, and ``origins``, which reads the files itself."""
    origins, told = Origins(REAL[name]), 0
    for host, layers in whys.read(REAL[name]).items():
        for key in layers.found:
            winner = layers.answer(key).winner
            if not winner.computed:
                problem = origins.problem(Finding(host, (key,), "", ""))
                assert (problem.file, problem.line) == (winner.file, winner.line), (host, key)
                told += 1
    assert told > 352 * 30


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working folder for an inventory of a case."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_HASH_BEHAVIOUR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def build(place, case):
    """Write a case's files; its sources."""
    for name, text in case["files"].items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if text.startswith("#!"):
            file.chmod(0o755)
    return [place / source for source in case.get("sources", ["inventory"])]


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_case(file, place):
    case = yaml.safe_load(file.read_text())
    sources = build(place, case)
    assert prove(sources) > 0
    layers = whys.read(sources)
    for question, expected in case["expect"].items():
        host, key = question.split(" ", 1)
        answer = layers[host].answer(key)
        told = [f"{one.where} {one.whose}" for one in (answer.winner, *answer.overridden)]
        assert [*told, whys.opened(answer.value)] == expected, question


def test_there_are_cases():
    assert len(CASES) >= 12


@pytest.mark.parametrize("file", [one for one in CASES if "errors: false" not in one.read_text()], ids=lambda f: f.stem)
def test_errors_name_the_line_that_why_names_in_a_case(file, place):
    sources = build(place, yaml.safe_load(file.read_text()))
    origins = Origins(sources)
    for host, layers in whys.read(sources).items():
        for key in layers.found:
            winner = layers.answer(key).winner
            if not winner.computed:
                problem = origins.problem(Finding(host, (key,), "", ""))
                assert (problem.file, problem.line) == (winner.file, winner.line), (host, key)
