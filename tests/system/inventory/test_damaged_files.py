"""Whatever becomes of a file of the inventory as a file: the error names that file, and nothing that follows from it.

Every file of a small inventory, by every kind of damage: none of them is told by its symptoms, or blamed on another.
"""

import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from nornir_tasks.inventory import load as inventory
from nornir_tasks.inventory.load import InventoryError, load_region
from nornir_tasks.inventory.source.usual_files import USUAL_FILES
from tests.support.reduced_inventory import KEPT, ROOT, patch, reduced

FILES = sorted(
    str(file.relative_to(ROOT))
    for file in (ROOT / "inventory").rglob("*.yml")
    if {*file.relative_to(ROOT / "inventory").parts, file.stem} & {*KEPT}
)
# What may be gone: the rest of the inventory is whole without it.
OPTIONAL = {
    f"inventory/group_vars/{name}.yml"
    for name in (
        *("all/risks", "loppa/applications", "operations_centre/links"),
        *("all/holidays", "all/service_levels", "all/suppliers", "loppa/on_call", "loppa/maintenance"),
        *("operations_centre/on_call", "operations_centre/maintenance"),
    )
}


def add(text: str) -> Callable[[Path], object]:
    """Write a text behind what is there."""
    return lambda file: file.write_bytes(file.read_bytes() + text.encode())


def put(content: bytes) -> Callable[[Path], object]:
    """Write this in the place of what is there."""
    return lambda file: file.write_bytes(content)


def replace(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Make something else in the place of the file."""
    return lambda file: (file.unlink(), make(file))


BOMB = "za: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"z{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise("abcdefgh")
)
# Kind of damage: what is done to the file, and what is told of it.
DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (replace(Path.mkdir), "found a folder, expected a file"),
    "a link to nowhere": (replace(lambda file: file.symlink_to("nowhere")), "found a link that leads nowhere"),
    "a pipe": (replace(os.mkfifo), "found what is no file"),
    "empty": (put(b""), "found nothing, expected"),
    "blanks": (put(b"\n  \n"), "found nothing, expected"),
    "comments": (put(b"---\n# later\n"), "found nothing, expected"),
    "a list": (put(b"- a\n"), "found a list, expected a mapping"),
    "a text": (put(b"hei\n"), "found 'hei', expected a mapping"),
    "a vault": (put(b"$ANSIBLE_VAULT;1.1;AES256\n3132\n"), "found a file that ansible-vault encrypted"),
    "Latin-1": (lambda file: file.write_bytes(b"# \xe5\n" + file.read_bytes()), "found the byte 0xe5 (å in Latin-1)"),
    "UTF-16": (lambda file: file.write_text(file.read_text(), encoding="utf-16"), "found a file in UTF-16"),
    "no text": (add("z: \0\n"), "found the control character U+0000"),
    "too large": (add("#" * (64 * 1024 * 1024)), "larger than 64 MB"),
    "a key twice": (add("zz:\nzz:\n"), "zz: found a key for the second time"),
    "a tag": (add("zz: {vars: {y: !!python/name:os.system x}}\n"), "found the tag !!python/name:os.system"),
    "aliases without end": (add(BOMB), "found aliases that unfold to"),
    "too deep": (add(f"z: {'[' * 5000}{']' * 5000}\n"), "found values within values"),
    "a bracket": (add("z: [1, 2\n"), "found what is not YAML"),
    "a tab": (add("z:\n\ty: 1\n"), "indent with blanks, never with tabs"),
    "capitals": (lambda file: file.rename(file.with_suffix(".YML")), "found a name that ends in .YML"),
}
HARMLESS: dict[str, Callable[[Path], object]] = {
    "a mark of byte order": lambda file: file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes()),
    "Windows' ends of lines": lambda file: file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n")),
    "another name": lambda file: file.rename(file.with_name(f"x-{file.name}")),
}
EMPTY = ("blanks", "comments", "a list", "a text")  # what stands there says nothing of the file: one is as all


@pytest.fixture
def fresh(tmp_path: Path, quick: object, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A function that makes a small inventory and goes there; the answer is the path of the file that is meant."""
    monkeypatch.setattr(inventory, "ask", quick)
    monkeypatch.setenv("FELLESDRIFT_CACHE", str(tmp_path / "cache"))

    def make(name: str) -> Path:
        place = tmp_path / name.replace("/", "-")
        reduced(place)
        monkeypatch.chdir(place)
        return place / name

    return make


def read() -> str:
    """What is told of the inventory in the working folder; empty: it is sound."""
    try:
        load_region([Path("inventory")])
    except InventoryError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_file_is_named(kind: str, fresh: Callable[[str], Path]) -> None:
    """One problem, of that file, with what was found there and what was expected; and nothing else."""
    damage, words = DAMAGES[kind]
    for name in FILES[:1] if kind in EMPTY or kind == "too large" else FILES:
        damage(fresh(name))
        told = read()
        problems = told.splitlines()[1:] or [told]
        assert len(problems) == 1, (name, told)
        assert re.search(rf"{re.escape(name.removesuffix('.yml'))}\.(yml|YML)\b", problems[0]), (name, told)
        assert words in problems[0], (name, told)
        assert "expected" in problems[0], (name, told)


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_does_no_harm_is_read(kind: str, fresh: Callable[[str], Path]) -> None:
    """Signs that editors of other systems leave, and names of one's own."""
    for name in FILES:
        HARMLESS[kind](fresh(name))
        assert read() == "", name


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_gone_is_named(name: str, fresh: Callable[[str], Path]) -> None:
    """By its name, with what it said; of hosts, the folder of their variables is all that is left to go by."""
    fresh(name).unlink()
    told = read()
    if name in OPTIONAL:
        assert told == ""
        return
    (problem,) = told.splitlines()[1:]
    municipality = Path(name).stem
    if "/municipalities/" in name:
        assert problem.startswith(f"inventory/group_vars/{municipality}  found variables of {municipality}, which")
    else:
        assert problem.startswith(f"{name}  found no file, expected the file that ")


def test_the_usual_files_are_those_of_the_inventory() -> None:
    """Each variable stands in the file that an error would name."""
    folders = [ROOT / "inventory" / "group_vars" / name for name in ("all", "loppa")]
    for name, keys in USUAL_FILES.items():
        (file,) = [folder / name for folder in folders if (folder / name).exists()]
        assert {*keys} <= {*re.findall(r"^([a-z_]+):", file.read_text(), re.M)}, name


def test_the_cache_does_not_hide_what_became_of_a_file(fresh: Callable[[str], Path]) -> None:
    """A region without a file that may be gone is in the cache; a link to nowhere in its place is told all the same."""
    file = fresh("inventory/group_vars/all/risks.yml")
    file.unlink()
    assert read() == ""
    file.symlink_to("nowhere")
    assert "risks.yml  found a link that leads nowhere" in read()


@pytest.mark.parametrize("letter", ["å", "Å", "ö", "\u0430", "\u00a0"])
def test_a_host_with_a_letter_that_no_host_has(letter: str, fresh: Callable[[str], Path]) -> None:
    """The file of the hosts is named, and not the overlay whose plugin stumbled over it."""
    file = fresh("inventory/municipalities/loppa.yml")
    patch(file.parents[2], [{"file": "inventory/municipalities/loppa.yml", "replace": "loppa-acc-08:", "by": "X:"}])
    file.write_text(file.read_text().replace("X:", f'"loppa-{letter.encode("unicode_escape").decode()}cc-08":'))
    with pytest.raises(InventoryError) as refused:
        load_region([Path("inventory"), ROOT / "lab" / "inventory"])
    (problem,) = str(refused.value).splitlines()[1:]
    assert problem.startswith("inventory/municipalities/loppa.yml:")
    assert "for a host, expected lower-case letters, digits and -" in problem
    assert problem.isprintable()


def test_what_an_overlay_stumbles_over_is_told_of_the_inventory(fresh: Callable[[str], Path]) -> None:
    """A host without an address: the lab's plugin refuses to make another of it, and is not to blame."""
    file = fresh("inventory/municipalities/loppa.yml")
    patch(
        file.parents[2],
        [{"file": str(Path("inventory/municipalities/loppa.yml")), "replace": "address:", "by": "adress:"}],
    )
    with pytest.raises(InventoryError) as refused:
        load_region([Path("inventory"), ROOT / "lab" / "inventory"])
    told = str(refused.value)
    assert "lab.yml" not in told
    assert "adress" in told
