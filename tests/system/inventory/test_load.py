"""The region that the inventory describes, and the cache that it is read through."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from ipaddress import ip_address
from pathlib import Path

import pytest

from nornir_tasks.inventory import load as inventory
from nornir_tasks.inventory.load import find_default_sources, load_region, region_digest
from nornir_tasks.model import build
from nornir_tasks.model.municipality import HABITS
from tests.support.reduced_inventory import ROOT, patch, reduced

# Of the centre's servers beyond the facts' ten: for applications, databases and backups, in the half of each.
ADDED = {"alta": 3, "hammerfest": 2}
# From the facts that the project is built on: clients, servers, switches, sites. The eight switches of the
# operations centre count under the two municipalities that its halves stand in.
FACTS = {
    "alta": (1600, 75, 62 - 4, 18),
    "hammerfest": (1100, 65, 44 - 4, 11),
    "nordkapp": (280, 14, 12, 6),
    "masoy": (140, 12, 9, 5),
    "kvalsund": (130, 11, 8, 4),
    "hasvik": (120, 11, 8, 5),
    "loppa": (130, 12, 9, 6),
}
HALVES = {"alta": "alta-half", "hammerfest": "hammerfest-half"}


@pytest.fixture(scope="module")
def region():
    return load_region()


@pytest.fixture
def resolved(monkeypatch):
    """How often everything was read and checked."""
    calls = []
    real = inventory._read_fresh
    monkeypatch.setattr(inventory, "_read_fresh", lambda sources: calls.append(sources) or real(sources))
    return calls


@pytest.mark.parametrize("name", FACTS)
def test_municipality_has_what_the_facts_say(region, name):
    clients, servers, switches, sites = FACTS[name]
    home = region.municipalities[name]
    # The centre's services are servers of the municipality whose half they stand in.
    own = [one for one in region.servers.values() if one.municipality == name or one.site == HALVES.get(name)]
    assert sum(site.clients for site in home.sites.values()) == clients
    assert len(own) == servers + ADDED.get(name, 0)
    assert len(region.of(name)) == switches
    assert len(home.sites) == sites


def test_the_whole_region(region):
    homes = [home for name, home in region.municipalities.items() if name != "operations_centre"]
    assert len(homes) == 7
    assert sum(len(home.sites) for home in homes) == 55
    assert sum(site.clients for home in homes for site in home.sites.values()) == 3500
    assert len(region.devices) == 152
    assert len(region.servers) == 200 + sum(ADDED.values())
    assert Counter(device.role for device in region.devices.values()) == {
        "core": 7,
        "access": 137,
        "leaf": 4,
        "spine": 4,
    }


def test_every_municipality_mixes_all_platforms(region):
    mixes = {name: {device.platform for device in region.of(name)} for name in FACTS}
    assert all(platforms == {"ios", "eos", "procurve"} for platforms in mixes.values()), mixes


def test_warm_equals_cold(place, resolved):
    cold = load_region([Path("inventory")])
    warm = load_region([Path("inventory")])
    assert cold == warm
    assert len(resolved) == 1


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ([], 1),
        ([{"file": "inventory/group_vars/loppa/municipality.yml", "replace": "clients: 40", "by": "clients: 39"}], 2),
        ([{"file": "inventory/group_vars/loppa/more.yml", "write": "---\nlabel: Lopme\n"}], 2),
        ([{"file": "inventory/notes.md", "write": "Not Ansible's, but who knows.\n"}], 2),
    ],
    ids=["none", "value", "new file", "other file"],
)
def test_the_cache_notices_changes(place, resolved, change, asked):
    load_region([Path("inventory")])
    digest = region_digest([Path("inventory")])
    patch(place, change)
    load_region([Path("inventory")])
    assert len(resolved) == asked
    assert (region_digest([Path("inventory")]) == digest) == (asked == 1)


def test_the_cache_notices_what_is_behind_a_link(place, resolved):
    """A folder that several inventories share, as Ansible reads it: through a link."""
    patch(place, [{"file": "shared/more.yml", "write": "---\nmbps_per_client: 0.25\n"}])
    Path("inventory/group_vars/loppa/shared").symlink_to(place / "shared")
    assert load_region([Path("inventory")]).devices["loppa-acc-01"].standard.mbps_per_client == 0.25
    patch(place, [{"file": "shared/more.yml", "write": "---\nmbps_per_client: 0.125\n"}])
    assert load_region([Path("inventory")]).devices["loppa-acc-01"].standard.mbps_per_client == 0.125
    assert len(resolved) == 2


@pytest.mark.parametrize("moment", ["resolve", "build"])
def test_an_inventory_that_changes_while_it_is_read_is_not_kept(place, monkeypatch, moment):
    """Nor is it there when the edit has been taken back: the cache would hold one under the digest of the other."""
    name, owner = ("resolve", inventory) if moment == "resolve" else ("build_region", build)
    file, real = Path("inventory/group_vars/loppa/municipality.yml"), getattr(owner, name)
    before, edit = file.read_text(), [file.read_text().replace("label: Loppa", "label: Lopputen")]

    def edit_meanwhile(asked):
        if edit:
            file.write_text(edit.pop())
        return real(asked)

    monkeypatch.setattr(owner, name, edit_meanwhile)
    with pytest.raises(inventory.InventoryError, match="changed while it was read"):
        load_region([Path("inventory")])
    file.write_text(before)
    assert load_region([Path("inventory")]).municipalities["loppa"].label == "Loppa"


def test_the_cache_notices_the_environment(place, resolved, monkeypatch):
    load_region([Path("inventory")])
    monkeypatch.setenv("FELLESDRIFT_LAB_PORT", "2399")
    load_region([Path("inventory")])
    assert len(resolved) == 2


@pytest.mark.parametrize(
    ("file", "asked"),
    [
        ("inventory/source/yaml_nodes.py", 2),
        ("inventory/problem.py", 2),
        ("model/check/cabling.py", 2),
        ("inventory/ansible_listing.py", 2),  # runs as a program of its own
        ("reports/topology.py", 1),
        ("inventory/scaffold.py", 1),
    ],
)
def test_the_cache_notices_the_code_that_reads_and_checks(place, resolved, monkeypatch, file, asked):
    shutil.copytree(ROOT / "nornir_tasks", place / "nornir_tasks", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(inventory, "CHECKOUT", place)
    load_region([Path("inventory")])
    with (place / "nornir_tasks" / file).open("a") as source:
        source.write("# mended\n")
    load_region([Path("inventory")])
    assert len(resolved) == asked


def test_the_digest_is_the_same_in_another_place(place, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    reduced(other)
    assert region_digest([place / "inventory"]) == region_digest([other / "inventory"])


def test_beside_a_single_file_its_variables_count(tmp_path):
    hosts, variables = tmp_path / "hosts.yml", tmp_path / "group_vars" / "all.yml"
    hosts.write_text("---\nall: {hosts: {one: }}\n")
    before = region_digest([hosts])
    variables.parent.mkdir()
    variables.write_text("---\ndomain: one.example\n")
    assert region_digest([hosts]) != before


def test_a_corrupt_cache_is_read_anew(place, resolved):
    cold = load_region([Path("inventory")])
    (kept,) = (place / "cache").glob("region-*")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    assert load_region([Path("inventory")]) == cold
    assert len(resolved) == 2
    assert kept.read_bytes() == whole


def test_without_a_place_for_the_cache_everything_works(place, resolved, monkeypatch):
    (place / "file").write_text("a file, so that nothing can be written below it\n")
    monkeypatch.setenv("FELLESDRIFT_CACHE", str(place / "file" / "cache"))
    assert load_region([Path("inventory")]) == load_region([Path("inventory")])
    assert len(resolved) == 2


def test_old_regions_are_dropped(place, monkeypatch):
    monkeypatch.setattr(inventory, "CACHED_REGIONS", 2)
    (place / "cache").mkdir()
    for number in range(4):
        old = place / "cache" / f"region-{number}.json"
        old.write_text("{}")
        os.utime(old, (number, number))
    load_region([Path("inventory")])
    names = {file.name for file in (place / "cache").glob("region-*")}
    assert len(names) == 2
    assert "region-3.json" in names


def test_two_processes_at_once(place):
    code = "from pathlib import Path; from nornir_tasks.inventory.load import load_region\n"
    code += "print(len(load_region([Path('inventory')]).devices))"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ})
        for _ in range(2)
    ]
    assert [one.communicate(timeout=120)[0].strip() for one in both] == ["17", "17"]
    assert len(list((place / "cache").glob("*.json"))) == 1


def test_host_vars_override_for_one_host_only(place):
    before = load_region([Path("inventory")])
    patch(place, [{"file": "inventory/host_vars/loppa-acc-02.yml", "write": "---\ntimezone: Europe/Paris\n"}])
    after = load_region([Path("inventory")])
    assert after.devices["loppa-acc-02"].standard.timezone == "Europe/Paris"
    assert {name for name, device in after.devices.items() if device != before.devices[name]} == {"loppa-acc-02"}


def test_an_inventory_without_hosts_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("FELLESDRIFT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "hosts.yml").write_text("---\nall: {children: {municipalities: }}\n")
    with pytest.raises(inventory.InventoryError, match="found no host"):
        load_region([tmp_path / "hosts.yml"])


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(inventory.InventoryError, match=r"found no readable .*nowhere"):
        load_region([tmp_path / "nowhere"])


def test_default_sources_are_those_of_ansible(monkeypatch, tmp_path):
    assert find_default_sources() == (ROOT / "inventory", ROOT / "lab" / "inventory")
    monkeypatch.setenv("ANSIBLE_INVENTORY", f"{tmp_path}/one,two")
    assert find_default_sources() == (tmp_path / "one", ROOT / "two")
    monkeypatch.delenv("ANSIBLE_INVENTORY")
    (tmp_path / "ansible.cfg").write_text("[defaults]\ninventory = mine\n")
    monkeypatch.setenv("ANSIBLE_CONFIG", str(tmp_path / "ansible.cfg"))
    assert find_default_sources() == (tmp_path / "mine",)


def ansible_inventory(*arguments):
    command = [str(Path(sys.executable).parent / "ansible-inventory"), *arguments]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ansible_shows_the_graph():
    graph = ansible_inventory("-i", "inventory", "--graph")
    assert all(f"@{name}:" in graph for name in (*FACTS, "operations_centre", "core", "ios", "hypervisors"))
    assert "--alta-acc-57" in graph


def test_the_model_knows_the_habits_that_the_lab_has():
    text = "".join(file.read_text() for file in (ROOT / "lab").rglob("*.py"))
    assert set(re.findall(r'"(\w+)" (?:not )?in \w+\.habits', text)) == HABITS


def test_ansible_knows_a_host_as_production_would():
    host = json.loads(ansible_inventory("-i", "inventory", "--host", "loppa-acc-07"))
    assert (host["address"], host["site"], host["number"]) == ("10.17.2.107", "sandland-skole", 17)
    assert "ansible_host" not in host
    assert host["change_window"]["start"] == "21:00"


def test_the_overlay_gives_every_host_a_loopback_address():
    """Of a fresh checkout: what ansible.cfg lists. Servers, too: a newcomer's ping must stay on this machine."""
    hosts = json.loads(ansible_inventory("--list"))["_meta"]["hostvars"]
    addresses = {name: _plain(mine.get("ansible_host")) for name, mine in hosts.items()}
    assert len(addresses) == len(set(addresses.values())) == 357
    assert {name for name, address in addresses.items() if not ip_address(address).is_loopback} == set()
    assert {str(mine["management_networks"]) for mine in hosts.values()} == {"['127.0.0.0/8']"}


def _plain(value):
    """Ansible prints what a plugin composed as unsafe: not to be read as a template."""
    return value["__ansible_unsafe"] if isinstance(value, dict) else str(value)
