"""The inventory: resolved by Ansible alone, read once, kept under a digest of everything it was made from."""

import configparser
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nornir_tasks.errors import FellesdriftError
from nornir_tasks.model import Region
from nornir_tasks.model.build import build
from nornir_tasks.model.finding import ModelError
from nornir_tasks.origins import Origins, Problem

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ("FELLESDRIFT_LAB_PORT",)  # what the overlay reads

# Ansible passes over a file that it cannot parse, and says so in a warning; half a region is no region.
STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}


class InventoryError(FellesdriftError):
    """The inventory could not be read."""


class InventoryErrors(InventoryError):
    """Everything that is wrong with the inventory, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        # One slip may show twice, as YAML and in the model: what was found first says it best.
        places: dict[tuple[str, int, str], Problem] = {}
        for problem in problems:
            places.setdefault((problem.file, problem.line, problem.key), problem)
        self.problems = tuple(places[place] for place in sorted(places))
        many = "1 problem" if len(places) == 1 else f"{len(places)} problems"
        lines = [f"{many} in the inventory; nothing was connected to", *(str(one) for one in self.problems)]
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
    for file in _files(sources or default_sources()):
        digest.update(f"{file}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def load_region(sources: Sequence[Path] | None = None) -> Region:
    """The whole region, typed and checked.

    Raises:
        InventoryErrors: something in it is wrong; it holds everything that is.
        InventoryError: Ansible could not read it.
    """
    sources = tuple(sources or default_sources())
    code = hashlib.sha256()
    for file in sorted((CHECKOUT / "nornir_tasks" / "model").rglob("*.py")):
        code.update(file.read_bytes())
    name = hashlib.sha256(f"{region_digest(sources)}{code.hexdigest()}".encode()).hexdigest()
    cache = Path(os.environ.get("FELLESDRIFT_CACHE") or CHECKOUT / ".cache") / f"region-{name}.json"
    try:
        return Region.model_validate_json(cache.read_bytes())
    except (OSError, ValueError):
        region = _fresh(sources)
    _keep(cache, region.model_dump_json())
    return region


def _fresh(sources: Sequence[Path]) -> Region:
    """Read and check everything: files, what Ansible makes of them, and whether that fits together."""
    origins = Origins(sources)
    if origins.broken:
        raise InventoryErrors([*origins.broken, *origins.problems])
    try:
        resolved = resolve(sources)
    except InventoryError as error:
        if origins.problems:
            raise InventoryErrors(origins.problems) from error
        raise
    if not resolved["_meta"]["hostvars"]:
        raise InventoryError(f"inventory: found no host, expected some in {', '.join(str(one) for one in sources)}")
    problems = [*origins.problems, *origins.strays(resolved, resolved["_meta"]["hostvars"])]
    region = None
    try:
        region = build(resolved)
    except ModelError as error:
        problems += map(origins.problem, error.findings)
    if problems or region is None:
        raise InventoryErrors(problems)
    return region


def resolve(sources: Sequence[Path]) -> dict[str, Any]:
    """What Ansible makes of the sources. Shape: as ``ansible-inventory --list``; equal values are one object."""
    command = [sys.executable, "-m", "nornir_tasks.resolve"]
    for source in sources:
        command += ["-i", str(source.absolute())]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,  # Ansible refuses to start where its input is not blocking
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env={**os.environ, **STRICT},
        check=False,
    )
    if done.returncode:
        raise InventoryError(f"ansible-inventory: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    values = [json.loads(text) for text in found["_meta"]["values"]]
    found["_meta"] = {
        "hostvars": {
            host: {key: values[number] for key, number in mine.items()}
            for host, mine in found["_meta"]["hosts"].items()
        }
    }
    return found


def _files(sources: Sequence[Path]) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            yield from sorted(file for file in source.rglob("*") if file.is_file() and not file.name.startswith("."))
        else:
            yield source


def _keep(cache: Path, text: str) -> None:
    """Write the cache in one step; where nothing may be written, there is none."""
    try:
        cache.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=cache.parent, delete=False) as draft:
            draft.write(text)
        os.replace(draft.name, cache)
    except OSError:
        return
