"""Which of the project's modules a module needs, found from the imports in the sources, and a digest of such files."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from nornir_tasks.core.bounds import read_file, read_text

# Regular expressions rather than ast, which needs nine times as long: this runs at each door's start. Imports inside
# functions count, and so do modules that are named in a string (the platforms, which are imported when first used).
COMMENT = re.compile(r"#.*")
FROM = re.compile(r"^[ \t]*from +([\w.]+) +import +(\([^)]*\)|.*)", re.MULTILINE)
IMPORT = re.compile(r"^[ \t]*import +(.*)", re.MULTILINE)
NAMED = re.compile(r"""["'](\w+(?:\.\w+)+)["']""")


def find_sources(root: Path, modules: Iterable[str]) -> list[Path]:
    """The files of these modules and of all that they import, directly or not, below ``root``; sorted.

    Raises:
        LookupError: one of these modules has no file there.
    """
    sources: dict[str, Path | None] = {}
    waiting = list(modules)
    for module in waiting:
        if _find_file(root, module) is None:
            raise LookupError(f"{module}: found no file in {root}, expected one")
    while waiting:
        module = waiting.pop()
        if module in sources or not module:
            continue
        source = sources[module] = _find_file(root, module)
        waiting.append(module.rpartition(".")[0])  # Python runs the packages around a module first
        if source is not None:
            waiting.extend(find_imported_names(read_text(source)))
    return sorted({source for source in sources.values() if source is not None})


def find_imported_names(source: str) -> Iterator[str]:
    """Every name in this source that may be a module's, whether or not it is one."""
    text = COMMENT.sub("", source)
    for module, names in FROM.findall(text):
        yield module
        yield from (f"{module}.{name.split()[0]}" for name in names.strip("()").split(",") if name.strip())
    for names in IMPORT.findall(text):
        yield from (name.split()[0] for name in names.split(",") if name.strip())
    yield from NAMED.findall(text)


def digest_files(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file, by its path below ``root``."""
    return {str(path.relative_to(root)): hashlib.sha256(read_file(path)).hexdigest() for path in sorted(paths)}


def combine_digests(digests: dict[str, str]) -> str:
    """One digest of many files, names and contents. Shape: as ``digest_files`` returns them."""
    return hashlib.sha256("".join(f"{name}\0{digest}\n" for name, digest in digests.items()).encode()).hexdigest()


def _find_file(root: Path, module: str) -> Path | None:
    """The file that Python reads for a module, if it is below ``root``."""
    path = root.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
