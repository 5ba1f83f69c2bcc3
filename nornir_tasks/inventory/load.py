"""The inventory: resolved by Ansible alone, read once, kept under a digest of everything it was made from."""

import configparser
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir_tasks.core.atomic_write import write_to_cache
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.code_digest import combine_digests, digest_files, find_sources
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.logging import get_logger
from nornir_tasks.inventory.region_cache import dump, load, without_collector
from nornir_tasks.inventory.source.source_files import files
from nornir_tasks.model import Region

if TYPE_CHECKING:
    from nornir_tasks.core.verdict import Verdict
    from nornir_tasks.inventory.problem import SourceLine

LOGGER = get_logger(__name__)

CHECKOUT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ("FELLESDRIFT_LAB_PORT", "FELLESDRIFT_LAB_DIR")  # what the overlay reads
# What reads and checks a region: it is kept in the cache for this module and all that it imports.
READER = "nornir_tasks.inventory.load"
KEPT = 12  # regions in the cache

# Ansible passes over a file that it cannot parse, and says so in a warning; half a region is no region.
STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}


class InventoryError(FellesdriftError):
    """The inventory could not be read."""


class InventoryErrors(InventoryError):
    """Everything that is wrong with the inventory, sorted by file and line."""

    def __init__(self, problems: "Iterable[Verdict[SourceLine]]") -> None:
        from nornir_tasks.inventory.problem import in_order, problem_text

        self.problems = in_order(problems)
        many = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = [f"{many} in the inventory; nothing was connected to", *map(problem_text, self.problems)]
        super().__init__("\n".join(lines))


def default_sources() -> tuple[Path, ...]:
    """What ``ansible.cfg`` (or ANSIBLE_INVENTORY) lists."""
    listed = os.environ.get("ANSIBLE_INVENTORY")
    root = CHECKOUT
    if not listed:
        file = Path(os.environ.get("ANSIBLE_CONFIG") or CHECKOUT / "ansible.cfg")
        parser = configparser.ConfigParser()
        parser.read(file)
        listed = parser.get("defaults", "inventory", fallback="inventory")
        root = file.resolve().parent
    return tuple(root / entry.strip() for entry in listed.split(",") if entry.strip())


def region_digest(sources: Sequence[Path] | None = None) -> str:
    """A digest of the inventory's files, and of the environment that they read."""
    digest = hashlib.sha256()
    for name in ENVIRONMENT:
        digest.update(f"{name}={os.environ.get(name, '')}\n".encode())
    for number, source in enumerate(sources or default_sources()):
        for file in _files(source):
            # Relative: two control nodes may have their checkouts in different places.
            name = os.path.relpath(file, source if source.is_dir() else source.parent)
            digest.update(os.fsencode(f"{number}/{name}\0") + file.read_bytes() + b"\0")
    return digest.hexdigest()


def load_region(sources: Sequence[Path] | None = None) -> Region:
    """The whole region, typed and checked.

    Raises:
        InventoryErrors: something in it is wrong; it holds everything that is.
        InventoryError: Ansible could not read it.
    """
    sources = tuple(sources or default_sources())
    code = combine_digests(digest_files(CHECKOUT, find_sources(CHECKOUT, [READER])))
    try:
        digest = region_digest(sources)
    except OSError as error:
        raise InventoryError(
            f"inventory: found no readable {error.filename} ({error.strerror}), expected a file or folder"
        ) from error
    name = hashlib.sha256(f"{digest}{code}".encode()).hexdigest()
    cache = _cache() / f"region-{name}.json"
    try:
        region = load(cache.read_bytes())
        LOGGER.debug("the region is read from %s", cache.name)
        return region
    except (OSError, ValueError):
        LOGGER.debug("the region is read from the inventory: no %s", cache.name)
        with without_collector():
            region = _fresh(sources)
    write_to_cache(cache, dump(region), KEPT)
    return region


def _fresh(sources: Sequence[Path]) -> Region:
    """Read and check everything: files, what Ansible makes of them, and whether that fits together."""
    # A tenth of a second of imports, which a read through the cache need not pay.
    from nornir_tasks.inventory.incremental import in_pieces
    from nornir_tasks.inventory.source.source_map import Origins
    from nornir_tasks.model.build import build_region
    from nornir_tasks.model.finding import ModelError

    origins = Origins(sources)
    if origins.broken:
        raise InventoryErrors([*origins.broken, *origins.problems])
    try:
        salt = repr([os.environ.get(name) for name in ENVIRONMENT])
        resolved = in_pieces(sources, _cache() / "pieces", salt, resolve)
    except InventoryError as error:
        # Ansible's own refusal often follows from what is told already, and tells less of it.
        refused = [*origins.problems, *origins.unreadable()]
        if refused:
            raise InventoryErrors(refused) from error
        raise
    if not resolved["_meta"]["hostvars"]:
        raise InventoryError(f"inventory: found no host, expected some in {', '.join(str(one) for one in sources)}")
    problems = [*origins.problems, *origins.strays(resolved)]
    region = None
    try:
        region = build_region(resolved)
    except ModelError as error:
        # One slip may show twice, in the file and in the model: what the file says of it is nearer to the cause.
        told = {problem.subject for problem in problems}
        found = map(origins.problem, error.findings)
        problems += [problem for problem in found if problem.subject not in told]
    if problems or region is None:
        raise InventoryErrors(problems)
    return region


def resolve(sources: Sequence[Path]) -> dict[str, Any]:
    """What Ansible makes of the sources. Shape: as ``ansible-inventory --list``; equal values are one object."""
    done = ask([argument for source in sources for argument in ("-i", str(source.absolute()))])
    if done.returncode:
        from nornir_tasks.inventory.ansible_errors import refusal  # only where there is something to tell of the files

        raise InventoryErrors([refusal(done.stderr, sources)])
    found: dict[str, Any] = json.loads(done.stdout)
    values = [json.loads(text) for text in found["_meta"]["values"]]
    found["_meta"] = {
        "hostvars": {
            host: {key: values[number] for key, number in mine.items()}
            for host, mine in found["_meta"]["hosts"].items()
        }
    }
    return found


def ask(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run Ansible's listing, as a program of its own."""
    return subprocess.run(
        [sys.executable, "-m", "nornir_tasks.inventory.ansible_listing", *arguments],
        stdin=subprocess.DEVNULL,  # Ansible refuses to start where its input is not blocking
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env={**make_child_environment(), **STRICT},
        check=False,
    )


def _files(source: Path) -> Iterator[Path]:
    """Everything that Ansible may read of a source; beside a file, its folders of variables."""
    if source.is_dir():
        yield from files(source)
        return
    yield source
    for folder in (source.parent / name for name in ("group_vars", "host_vars")):
        if folder.is_dir():
            yield from files(folder)


def _cache() -> Path:
    return Path(os.environ.get("FELLESDRIFT_CACHE") or CHECKOUT / ".cache")
