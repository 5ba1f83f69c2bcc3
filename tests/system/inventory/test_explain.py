"""Where a value comes from: for every host and every key, what ``why`` says wins is what Ansible resolves."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from nornir_tasks.inventory import explain as whys
from nornir_tasks.inventory.derivations import RULES, derive
from nornir_tasks.inventory.load import InventoryError, load_region
from nornir_tasks.inventory.source.source_map import Origins
from nornir_tasks.model.finding import judge_variable
from tests.support.reduced_inventory import ROOT

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
    resolved, layers = ansible(sources), whys.read_layers(sources)
    assert set(layers) == set(resolved)
    for host, variables in resolved.items():
        mine = layers[host]
        assert set(mine.variables) == set(variables)
        for key, value in variables.items():
            answer = mine.find_answer(key)
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
    for host, layers in whys.read_layers(REAL[name]).items():
        for key in layers.variables:
            winner = layers.find_answer(key).winner
            if not winner.computed:
                problem = origins.locate(judge_variable(host, (key,), "", ""))
                assert (problem.subject.file, problem.subject.line) == (winner.file, winner.line), (host, key)
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
    layers = whys.read_layers(sources)
    for question, expected in case["expect"].items():
        host, key = question.split(" ", 1)
        answer = layers[host].find_answer(key)
        told = [f"{one.where} {one.whose}" for one in (answer.winner, *answer.overridden)]
        assert [*told, whys.mask_vaulted(answer.value)] == expected, question


def test_there_are_cases():
    assert len(CASES) >= 12


@pytest.mark.parametrize("file", [one for one in CASES if "errors: false" not in one.read_text()], ids=lambda f: f.stem)
def test_errors_name_the_line_that_why_names_in_a_case(file, place):
    sources = build(place, yaml.safe_load(file.read_text()))
    origins = Origins(sources)
    for host, layers in whys.read_layers(sources).items():
        for key in layers.variables:
            winner = layers.find_answer(key).winner
            if not winner.computed:
                problem = origins.locate(judge_variable(host, (key,), "", ""))
                assert (problem.subject.file, problem.subject.line) == (winner.file, winner.line), (host, key)


def test_nothing_in_a_vault_is_opened_even_where_its_password_is_known(place, monkeypatch):
    """Neither a value, nor a file that is encrypted as a whole, nor what a plugin makes of one."""
    (place / "password").write_text("a password\n")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(place / "password"))
    tool = str(Path(sys.executable).parent / "ansible-vault")
    command = [tool, "encrypt_string", "--name", "web__key", "hunter2"]
    sealed = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    inventory = place / "inventory"
    (inventory / "group_vars").mkdir(parents=True)
    (inventory / "10-hosts.yml").write_text(
        "---\nloppa:\n  hosts:\n    sw-01:\n" + textwrap.indent(sealed.replace("web__key", "web__inline"), "      ")
    )
    (place / "made.yml").write_text(
        "---\nplugin: ansible.builtin.constructed\nstrict: true\ncompose: {web__made: web__inline}\n"
    )
    sources = [inventory, place / "made.yml"]
    (inventory / "group_vars" / "all.yml").write_text(f"---\n{sealed}")
    (inventory / "group_vars" / "loppa.yml").write_text("web__whole: hunter2\n")
    whole = str(inventory / "group_vars" / "loppa.yml")
    subprocess.run([tool, "encrypt", whole], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    told = [
        whys.make_answer_record(whys.explain_value(sources, "sw-01", key))
        for key in ("web__key", "web__whole", "web__made")
    ]
    assert [(one["value"], one["encrypted"]) for one in told] == [("encrypted", True)] * 3
    assert [one["said"]["file"].rpartition("/")[2] for one in told] == ["all.yml", "loppa.yml", "made.yml"]
    assert told[0]["said"]["line"] == 2
    assert "hunter2" not in json.dumps(told)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "nornir_tasks.inventory.ansible_layers", "--list"),
            *("-i", str(inventory), "-i", str(sources[1])),
        ],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "web__whole" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_where_ansible_is_told_to_merge_nobody_is_named_as_the_giver_of_the_whole(place, monkeypatch):
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    sources = build(place, yaml.safe_load((ROOT / "tests/cases/why/replaced_whole.yml").read_text()))
    answer = whys.explain_value(sources, "sw-01", "window")
    assert (answer.value, answer.winner.where) == (
        {"start": "20:00", "end": "05:00"},
        f"computed by {whys.MERGED}",
    )
    assert [one.where for one in answer.overridden] == [
        "inventory/group_vars/loppa.yml:2",
        "inventory/group_vars/all.yml:2",
    ]


@pytest.mark.parametrize(
    ("host", "key", "told"),
    [
        ("loppa-acc-99", "zones", "host: found 'loppa-acc-99', expected a host of the inventory; did you mean loppa-"),
        ("loppa", "zones", "it is a group, of loppa-acc-01, loppa-acc-02, loppa-acc-03 …"),
        ("localhost", "zones", "host: found 'localhost'"),
        ("loppa-acc-03", "change_windo", "found no such variable; did you mean change_window?"),
        ("loppa-acc-03", "gatewy", "did you mean gateway?"),
        ("loppa-acc-03", "zones.scool", "found nothing there, expected a part of zones (zones.operations, "),
        ("loppa-acc-03", "links.99", "expected a part of links (a list of 10)"),
        ("loppa-acc-03", "ports.99", "expected a part of ports (ports.1-16, "),
        ("loppa-acc-03", "label.x", "expected a part of label (a single value)"),
        (
            "loppa-acc-03",
            "freeze_days.0.start",
            "policies.yml:11 says it, but lab/inventory/group_vars/all.yml:6 gives",
        ),
    ],
)
def test_an_unknown_host_or_key(host, key, told):
    with pytest.raises(whys.WhyError) as caught:
        whys.explain_value(REAL["overlay"], host, key)
    assert told in str(caught.value)
    assert caught.value.exit_code == 2


def test_an_inventory_that_ansible_cannot_read(place):
    (place / "inventory").mkdir()
    (place / "inventory" / "hosts.yml").write_text("---\nloppa: {hosts: [sw-01]}\n")
    with pytest.raises(InventoryError) as caught:
        whys.explain_value([place / "inventory"], "sw-01", "x")
    assert "requires a dictionary" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "key", "value", "places"),
    [
        ("loppa-acc-03", "gateway", "10.17.0.1",
            ["loppa/municipality.yml:5 prefix", "all/zones.yml:7 zones.operations.block"]),
        ("loppa-core-01", "gateway", None, []),
        ("loppa-acc-03", "ports.17", "administration",
            ["loppa.yml:29 ports.17-19", "all/ports.yml:5 port_profiles.administration"]),
        ("loppa-acc-03", "ports.25", "loppa-core-01:2", ["loppa/links.yml:13 links.4"]),
        ("loppa-acc-03", "ports.27", "unused", ["all/ports.yml:15 port_profiles.unused"]),
        ("alta-leaf-01", "port.7", "loppa-core-01:23", ["loppa/links.yml:5 links.0"]),
        ("loppa-acc-04", "trunk_zones.25", None, ["loppa/links.yml:16 links.5", "loppa.yml:31 site",
            "loppa/municipality.yml:9 sites.hogtun-skole.purpose", "all/zones.yml:24 site_purposes.school"]),
        ("loppa-acc-03", "platform", "eos",
            ["loppa.yml:26 model", "all/ports.yml:24 switch_models.CCS-720XP-24Y6.platform"]),
        ("loppa-hv-01", "site", "loppa-radhus",
            ["loppa.yml:49 address", "loppa/municipality.yml:8 sites.loppa-radhus.block"]),
        ("loppa-dc-01", "site", "loppa-radhus",
            ["loppa.yml:54 runs_on", "loppa.yml:49 attached", "loppa.yml:7 site"]),
        ("loppa-dc-01", "zone", "servers", ["loppa.yml:54 address", "all/zones.yml:16 zones.servers.block"]),
        ("loppa-dc-01", "server.address", "10.17.92.20/23",
            ["loppa.yml:54 address", "all/zones.yml:16 zones.servers.block"]),
        ("centre-time-01", "zone", "services",
            ["operations_centre.yml:17 address", "all/zones.yml:17 zones.services.block"]),
        ("alta-leaf-02", "ports.40", "alta-internet", ["all/destinations.yml:70 exits.alta-internet.port"]),
        ("alta-leaf-02", "device.exits", {"39": "alta-health", "40": "alta-internet"},
            ["all/destinations.yml:70 exits.alta-internet.port", "all/destinations.yml:71 exits.alta-health.port"]),
        ("loppa-core-01", "device.exits", {}, []),
    ],
)  # fmt: skip
def test_what_the_model_derives(host, key, value, places):
    answer = whys.explain_value(REAL["inventory"], host, key)
    told = [f"{one.winner.where} {one.key}" for one in answer.sources]
    assert len(told) == len(places), told
    for one, place_ in zip(told, places, strict=True):
        assert one.endswith(place_), told
    if value is not None or not places:
        assert answer.value == value


def test_whatever_the_model_derives_comes_from_keys_that_are_there():
    """For every switch and server and each rule, and of ports and trunks for each of them."""
    region, layers, count = load_region(REAL["overlay"]), whys.read_layers(REAL["overlay"]), 0
    for name in (*region.devices, *region.servers):
        device = region.devices.get(name)
        keys = [["device", rule] for rule in RULES]
        if device:
            keys += [["ports", str(port.number)] for port in device.ports]
            keys += [["port", str(port.number), "name"] for port in device.ports]
            keys += [["trunk_zones", str(port)] for port in device.trunk_zones]
            keys += [["gateways", zone] for zone in device.gateways]
        for key in keys:
            found = derive(region, name, key, layers[name].variables)
            for host, source in found.keys if found else ():
                answer = layers[host].find_answer(source)
                if answer is None:  # what is not said has a default: `ansible_port`, a server's `ansible_host`
                    assert source in ("ansible_host", "ansible_port", "eapi_port", "legacy_address"), (
                        name,
                        key,
                        source,
                    )
                count += 1
    assert count > 10_000


def test_the_door():
    command = [sys.executable, str(ROOT / "scripts" / "inventory.py"), "why"]
    environment = {name: value for name, value in os.environ.items() if name != "ANSIBLE_INVENTORY"}

    def run(*arguments):
        done = subprocess.run(
            [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    code, out, _ = run("loppa-acc-03", "change_window")
    assert (code, out) == (0, DOOR)
    code, out, _ = run("loppa-acc-03", "change_window", "-i", "inventory", "--format", "json")
    told = json.loads(out)
    assert (told["said"]["file"], told["said"]["line"], told["overrode"]) == (
        "inventory/group_vars/all/policies.yml",
        9,
        [],
    )
    row = "permit tcp 10.17.16.0 0.0.15.255 host 10.17.92.30 eq 443"
    code, out, _ = run("loppa-core-01", f"access_lists.ZONE-SCHOOL-IN.{row}", "-i", "inventory")
    assert code == 0
    flat = " ".join(out.split())
    assert "for application loppa/case_archive" in flat
    assert "inventory/group_vars/loppa/applications.yml:6 applications.case_archive" in flat
    assert [line for line in out.splitlines() if len(line) > 80] == []
    code, out, err = run("loppa-core-01", "access_list", "-i", "inventory")
    assert (code, out) == (2, "")
    assert "did you mean access_lists?" in err
    code, out, err = run("loppa-acc-03", "change_windo")
    assert (code, out) == (2, "")
    assert "did you mean change_window?" in err


DOOR = """loppa-acc-03 change_window
gives      lab/inventory/group_vars/all.yml:5  group all:
           {days: [mon, tue, wed, thu, fri, sat, sun], start: '00:00', end:
           '24:00'}
overrides  inventory/group_vars/all/policies.yml:9  group all:
           {days: [mon, tue, wed, thu], start: '21:00', end: '05:00'}
"""
