"""Bad inventories: what people are told, to the letter. Each case is a patch over Loppa and the operations centre."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nornir_tasks.inventory import load as inventory
from nornir_tasks.inventory.load import InventoryError, load_region
from tests.support.reduced_inventory import ROOT, patch

CASES = sorted((ROOT / "tests" / "cases" / "inventory").glob("*.yml"))


def test_the_inventory_that_is_patched_is_sound(place):
    region = load_region([Path("inventory")])
    assert len(region.of("loppa")) == 9
    assert len(list(place.glob("cache/region-*"))) == 1


def test_there_are_cases():
    assert len(CASES) >= 250


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_error(file, place, quick, monkeypatch):
    monkeypatch.setattr(inventory, "ask", quick)
    case = yaml.safe_load(file.read_text())
    patch(place, case["patch"])
    with pytest.raises(InventoryError) as caught:
        load_region([Path(source) for source in case.get("sources", ["inventory"])])
    told = str(caught.value).replace(str(place), "{tmp}")
    assert told.rstrip() == case["expect"].rstrip()
    assert caught.value.exit_code == 1
    assert not list(place.glob("cache/region-*")), "the cache is for regions that passed"


def test_all_slips_of_a_case_are_told_at_once(place):
    """Everything of four cases in one inventory: nothing hides anything else."""
    names = ("vlan_twice", "unknown_key_inside", "addresses_twice", "hypervisors")
    cases = [yaml.safe_load((ROOT / "tests" / "cases" / "inventory" / f"{name}.yml").read_text()) for name in names]
    for case in cases:
        patch(place, case["patch"])
    with pytest.raises(InventoryError) as caught:
        load_region([Path("inventory")])
    told = str(caught.value).splitlines()[1:]
    slips = {line.split("  ", 1)[1].split(":")[0] for case in cases for line in case["expect"].splitlines()[1:]}
    assert {line.split("  ", 1)[1].split(":")[0] for line in told} >= slips


def test_a_door_says_it_without_a_traceback(place):
    """What a person sees: the problems and an exit code. The guard of the tests would see any connection."""
    patch(
        place, [{"file": "inventory/group_vars/loppa/links.yml", "replace": "loppa-core-01:5", "by": "loppa-core-09:5"}]
    )
    environment = {
        **os.environ,
        "ANSIBLE_INVENTORY": str(place / "inventory"),
        "FELLESDRIFT_STATE": str(place / "state"),
    }
    command = [sys.executable, str(ROOT / "scripts" / "health_check.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "links[8].b: found 'loppa-core-09:5', expected a switch of the inventory" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not list(place.glob("cache/region-*"))
