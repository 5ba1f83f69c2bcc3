"""Which modules a module needs, from the imports in the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from nornir_tasks.core.code_digest import combine_digests, digest_files, find_imported_names, find_sources

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "nornir_tasks").rglob("*.py"))


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package whose modules import in every way that there is."""
    files = {
        "house/__init__.py": "",
        "house/door.py": "import house.hall, json\n\n\ndef later():\n    from house.cellar import wine\n",
        "house/hall.py": (
            "from house import (  # some (not all)\n    stairs as up,\n    missing,\n)\n"
            "TABLE = {'a': ('house.attic', 'A')}\n"
        ),
        "house/cellar/__init__.py": "",
        "house/cellar/wine.py": "from house import door\n",
        "house/stairs.py": "",
        "house/attic.py": "",
        "house/garden.py": "from house import door\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_everything_that_is_imported(house: Path) -> None:
    """Inside functions, in parentheses, under another name, by a table, in a circle; not what imports it."""
    sources = find_sources(house, ["house.door"])
    assert [str(source.relative_to(house / "house")) for source in sources] == [
        "__init__.py",
        "attic.py",
        "cellar/__init__.py",
        "cellar/wine.py",
        "door.py",
        "hall.py",
        "stairs.py",
    ]


def test_a_module_that_is_not_there(house: Path) -> None:
    """A root that was renamed is an error, not an empty digest."""
    with pytest.raises(LookupError, match=r"house\.gate: found no file"):
        find_sources(house, ["house.gate"])


def test_a_digest_is_of_names_and_contents(house: Path) -> None:
    """Either alone makes another."""
    stairs, attic = house / "house/stairs.py", house / "house/attic.py"
    digests = [combine_digests(digest_files(house, [path])) for path in (stairs, attic)]
    stairs.write_text("# steep\n")
    assert len({*digests, combine_digests(digest_files(house, [stairs]))}) == 3


def parsed(source: str) -> Iterator[str]:
    """What Python itself reads of a source's imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not looked for"
            yield from (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_import_of_the_product_is_missed(path: Path) -> None:
    """The regular expressions find at least what a parser finds."""
    source = path.read_text()
    assert set(parsed(source)) <= set(find_imported_names(source))
