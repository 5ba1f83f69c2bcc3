"""The published schemas: as the model has them, true of every real file, and sharp enough for slips."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, FormatChecker

from nornir_tasks.inventory.json_schema import FOLDER, build_schemas, format_schema
from tests.support.reduced_inventory import ROOT

INVENTORY = ROOT / "inventory"
FILES = sorted(file for file in INVENTORY.rglob("*.yml"))
MODELINE = re.compile(r"\A---\n# yaml-language-server: \$schema=(\S+)\n")


class Plain(yaml.SafeLoader):
    """YAML as editors read it: a date is text."""


Plain.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in some if not tag.endswith(":timestamp")]
    for sign, some in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str) -> Any:
    """As JSON would have it: keys are text."""
    return json.loads(json.dumps(yaml.load(text, Plain)))


def complaints(schema: str, text: str) -> list[str]:
    """Where the schema marks something."""
    validator = Draft7Validator(
        build_schemas()[f"{schema}.schema.json"], format_checker=FormatChecker(["ipv4", "date"])
    )
    return sorted(".".join(str(part) for part in error.absolute_path) for error in validator.iter_errors(read(text)))


def kind(file: Path) -> str:
    """Which schema a file of the inventory is to name."""
    folder, name = file.relative_to(INVENTORY).parts[0], file.parent.name
    if folder == "group_vars":
        return "standard" if name == "all" else "municipality"
    return {"municipalities": "hosts", "host_vars": "host", "groups.yml": "groups"}[folder]


def test_what_is_published_is_what_the_model_says():
    published = {file.name: file.read_text(encoding="utf-8") for file in (INVENTORY / FOLDER).iterdir()}
    assert published == {name: format_schema(schema) for name, schema in build_schemas().items()}, (
        "run scripts/inventory.py schema"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(INVENTORY)))
def test_every_file_names_its_schema_and_fits_it(file):
    text = file.read_text(encoding="utf-8")
    named = MODELINE.match(text)
    assert named, "expected the schema in the first comment"
    assert (file.parent / named[1]).resolve() == INVENTORY / FOLDER / f"{kind(file)}.schema.json"
    assert complaints(kind(file), text) == []


@pytest.mark.parametrize("name", build_schemas())
def test_a_schema_is_one(name):
    schema = build_schemas()[name]
    Draft7Validator.check_schema(schema)
    for definition in (schema, *schema["definitions"].values()):
        assert definition["description"]
    for key, field in schema.get("properties", {}).items():
        assert field.keys() & {"description", "$ref"}, f"{name}: {key} has no comment in the model"


@pytest.mark.parametrize(
    ("schema", "text", "where"),
    [
        ("standard", "zonez: {}", ""),
        ("standard", "zones: {guest: {vlan: 4095, name: GUEST, block: 64.0/20}}", "zones.guest.vlan"),
        ("standard", "zones: {guest: {vlan: 160, name: guest, block: 64.0/20}}", "zones.guest.name"),
        ("standard", "zones: {guest: {vlan: 160, name: GUEST, block: 10.17.64.0/20}}", "zones.guest.block"),
        ("standard", "zones: {guest: {vlan: 160, name: GUEST}}", "zones.guest"),
        ("standard", "zones: {Guest: {vlan: 160, name: GUEST, block: 64.0/20}}", "zones"),
        ("standard", "time_servers: 10.10.1.10", "time_servers"),
        ("standard", "time_servers: [10.10.1.300]", "time_servers.0"),
        ("standard", "management_networks: [10.10.0.0]", "management_networks.0"),
        ("standard", "change_window: {days: [monday], start: '21:00', end: '05:00'}", "change_window.days.0"),
        ("standard", "change_window: {days: [mon], start: '25:00', end: '05:00'}", "change_window.start"),
        ("standard", "freeze_days: [{start: 2026-13-01, end: 2027-01-04, reason: Christmas}]", "freeze_days.0.start"),
        ("standard", "confirm_seconds: 5", "confirm_seconds"),
        ("standard", "risks: [{matches: x, score: 500, why: y}]", "risks.0.score"),
        ("municipality", "links: [{a: 'loppa-core-01:1'}]", "links.0"),
        ("municipality", "links: [{a: 'loppa-core-01', b: 'loppa-acc-01:1'}]", "links.0.a"),
        ("municipality", "sites: {town: {name: Town, purpose: town_hall, block: 10.17.0.0/23, clients: -1}}", None),
        ("municipality", "legacy: {account: x, management_vlan: 1, vlans: {5000x: {name: y}}}", "legacy.vlans"),
        ("municipality", "legacy: {account: x, management_vlan: 1, vlans: {}, habits: [telnett]}", "legacy.habits.0"),
        ("municipality", "migration: {pilot_sites: [a], waves: [a]}", "migration.waves.0"),
        ("municipality", "name: loppa", ""),  # a municipality's name is that of its group
        ("host", "addres: 10.17.0.1", ""),
        ("host", "ports: {1-x: school}", "ports"),
        ("host", "attached: loppa-core-01", "attached"),
        ("hosts", "loppa: {host: {}}", "loppa"),
        ("hosts", "loppa: {hosts: {loppa-acc-01: {addres: 10.17.0.1}}}", "loppa.hosts.loppa-acc-01"),
        ("hosts", "loppa: {hosts: [loppa-acc-01]}", "loppa.hosts"),
        ("groups", "all: {hosts: {loppa-acc-01: }}", "all"),
    ],
)
def test_a_slip_is_marked(schema, text, where):
    found = complaints(schema, text)
    assert found == ([where] if where is not None else ["sites.town.clients"])


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("host", "ansible_host: 127.0.0.1\nsamba__realm: x\nmodel: J9776A\nmbps_per_client: 2"),
        ("host", ""),
        ("municipality", "ansible_user: x\nconfirm_seconds: 90"),
        ("hosts", "loppa: {hosts: {'loppa-acc-[01:08]': , x: {ports: {17: school}}}, vars: {eapi_port: 443}}"),
        ("hosts", "towns: {children: {loppa: , alta: {hosts: {alta-core-01: }}}}"),
    ],
)
def test_what_ansible_allows_is_not_marked(schema, text):
    assert complaints(schema, text) == []
