"""Ansible's answer in pieces is Ansible's answer: after a change of any file, it is the same as one for all of it."""

import re
import shutil
from pathlib import Path

import pytest

from nornir_tasks.inventory import load as inventory
from nornir_tasks.inventory.incremental import resolve_in_fragments
from nornir_tasks.model.build import build_region
from tests.support.reduced_inventory import KEPT, ROOT, reduced

SOURCES = ("inventory", "lab/inventory")
SOME = ("hasvik", "kvalsund", "masoy")  # beside Loppa: so many pieces that one is less than a third (pieces.SHARE)
OTHERS = {file.stem for file in (ROOT / "inventory" / "municipalities").glob("*.yml")} - {*KEPT, *SOME}
FILES = sorted(
    str(file.relative_to(ROOT))
    for source in SOURCES
    for file in (ROOT / source).rglob("*")
    if file.is_file()
    and not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
    and not {file.parent.name, file.stem} & OTHERS
)
OWN = re.compile(r"inventory/(municipalities/\w+\.yml|group_vars/(?!all/)\w+/\w+\.yml)")  # one municipality's alone


@pytest.fixture(scope="module")
def warm(tmp_path_factory, quick):
    """A copy of a part of the real inventory that has been read once. Shape: the folder."""
    place = tmp_path_factory.mktemp("pieces")
    reduced(place, *SOME)
    shutil.copy(ROOT / "inventory" / "allowed_signers.txt", place / "inventory")
    shutil.copytree(ROOT / "lab" / "inventory", place / "lab" / "inventory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inventory, "ask", quick)
        read(place)
        yield place


def read(place):
    """The answer in pieces, and the sources that Ansible was asked for."""
    asked = []

    def resolve(sources):
        asked.append([Path(one) for one in sources])
        return inventory.resolve(sources)

    sources = [place / source for source in SOURCES]
    return resolve_in_fragments(sources, place / "cache", "", resolve), asked, sources


@pytest.fixture
def changed(warm, tmp_path):
    """Another copy with the same answer kept; gives a function that changes a file of it."""
    kept = {file: (warm / file).read_bytes() for file in FILES}
    cache = {file: file.read_bytes() for file in (warm / "cache").iterdir()}

    def change(file, old, new):
        text = (warm / file).read_text()
        found = re.sub(old, new, text, count=1)
        assert found != text
        (warm / file).write_text(found)
        return read(warm)

    yield change
    for file, content in [*((warm / name, content) for name, content in kept.items()), *cache.items()]:
        file.write_bytes(content)


def edit(file):
    """A change that Ansible shows, where the file has something to show."""
    if file.endswith("/groups.yml"):
        return r"\Z", "    x__changed: true\n"
    if "/municipalities/" in file:
        return r"(-(?:mon|time)-01:\s+\{)", r"\1x__changed: true, "
    if file.endswith(".sh"):
        return '"eapi_port"', '"x__changed": true, "eapi_port"'
    if file.endswith("lab.yml"):
        return "127", "128"
    return r"\Z", "\nx__changed: true\n"


def test_unchanged_nothing_is_asked(warm):
    found, asked, sources = read(warm)
    assert asked == []
    assert found == inventory.resolve(sources)


@pytest.mark.parametrize("file", FILES)
def test_after_a_change_of_any_file_it_is_as_if_read_whole(changed, file):
    found, asked, sources = changed(file, *edit(file))
    whole = inventory.resolve(sources)
    assert found == whole
    assert build_region(found).model_dump_json() == build_region(whole).model_dump_json()
    assert len(asked) == 1
    assert (asked[0] != sources) == bool(OWN.fullmatch(file))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("inventory/municipalities/hasvik.yml", r"\Z", "loppa: {hosts: {hasvik-dc-01: }}\n"),
        ("inventory/municipalities/hasvik.yml", "hosts:", "hosts:\n    loppa-dc-01: {address: 10.16.1.99}"),
        ("inventory/municipalities/hasvik.yml", r"\Z", "switches: {vars: {x__changed: true}}\n"),
        ("inventory/municipalities/hasvik.yml", r"\Z", "new_ones: {hosts: {hasvik-dc-01: }}\n"),
        ("lab/inventory/lab.yml", r"\Z", "groups: {loppa: \"inventory_hostname == 'hasvik-dc-01'\"}\n"),
    ],
    ids=["another's group", "another's host", "a group's variables", "a new group", "a plugin's group"],
)
def test_what_is_not_independent_is_read_whole(changed, file, old, new):
    found, asked, sources = changed(file, old, new)
    assert asked[-1] == sources
    assert found == inventory.resolve(sources)


def test_a_plugin_may_not_smuggle_a_host_into_a_piece(changed):
    """Who belongs to a group may depend on a variable, and then on a change in somebody else's file."""
    changed("lab/inventory/lab.yml", r"\Z", 'groups: {loppa: "x__moved | default(false)"}\n')
    found, _, sources = changed("inventory/municipalities/hasvik.yml", r"(-dc-01: \{)", r"\1x__moved: true, ")
    assert found == inventory.resolve(sources)


def test_what_ansible_refuses_is_refused_in_its_words_for_the_whole(changed):
    with pytest.raises(inventory.InventoryError, match=r"pieces\d*/(lab/)?inventory"):
        changed("inventory/municipalities/hasvik.yml", r"address: 10\.\d+\.\d+\.\d+\n", "site: nowhere\n")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"base": 1}'])
def test_a_corrupt_cache_is_read_anew(warm, text):
    (kept,) = (warm / "cache").iterdir()
    kept.write_text(text)
    found, asked, sources = read(warm)
    assert asked == [sources]
    assert found == inventory.resolve(sources)
    assert read(warm)[1] == []
