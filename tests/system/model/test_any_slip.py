"""Whatever slip is made in the variables: a region or findings, each with a file, and never a traceback."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nornir_tasks.inventory.load import resolve
from nornir_tasks.inventory.source.source_map import Origins
from nornir_tasks.model.build import build_region
from nornir_tasks.model.finding import ModelError
from tests.support.reduced_inventory import reduced

SLIPS = [None, [], {}, "x", -1, 7, "", ["x"], {"x": 1}, True, "10.17.0.0/16", "loppa-core-01:1", 1.5, "gone", "renamed"]
HOSTS = ("loppa-core-01", "loppa-acc-01", "loppa-hv-01", "loppa-dc-01", "alta-leaf-01")
PARTS = 211  # of all slips, every 211th is tried: some ten seconds, and every kind of slip
Variables = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    place = tmp_path_factory.mktemp("sound")
    reduced(place)
    # Of a long table of texts, where hardly any other text would be wrong, a few rows say all that there is to say.
    table = place / "inventory" / "group_vars" / "all" / "risks.yml"
    rows = yaml.safe_load(table.read_text())["risks"]
    table.write_text(yaml.safe_dump({"risks": rows[7:9]}))
    return resolve([place / "inventory"]), Origins([place / "inventory"])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value, from the outside in."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield from places(part, (*path, key))


def slipped(variables: Variables, host: str, path: tuple[Any, ...], slip: Any) -> Variables:
    """A copy with one slip, for all who share the value, as they would through a file of a group's variables."""
    old = variables[host][path[0]]
    changed = {path[0]: copy.deepcopy(old)}
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    if slip == "gone" or (slip == "renamed" and isinstance(holder, list)):
        del holder[path[-1]]
    elif slip == "renamed":
        holder[f"{path[-1]}q"] = holder.pop(path[-1])
    else:
        holder[path[-1]] = slip
    return {
        name: {**{key: value for key, value in mine.items() if key != path[0]}, **changed}
        if mine.get(path[0]) is old
        else mine
        for name, mine in variables.items()
    }


def test_any_slip(sound):
    resolved, origins = sound
    variables = resolved["_meta"]["hostvars"]
    jobs = [(host, path, slip) for host in HOSTS for path in places(variables[host]) for slip in SLIPS]
    outcomes = {"region": 0, "findings": 0}
    for host, path, slip in jobs[::PARTS]:
        changed = {**resolved, "_meta": {"hostvars": slipped(variables, host, path, slip)}}
        try:
            build_region(changed)
            outcomes["region"] += 1
        except ModelError as error:
            outcomes["findings"] += 1
            for finding in error.findings:
                problem = origins.locate(finding)
                assert finding.actual, (host, path, slip)
                assert finding.expected, (host, path, slip)
                assert Path(problem.subject.file).exists(), (host, path, slip, problem)
    assert outcomes["findings"] > 10 * outcomes["region"], outcomes
