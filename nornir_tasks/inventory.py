"""The inventory: resolved by Ansible alone, read once, kept under a digest of everything it was made from."""

import configparser
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nornir_tasks.errors import FellesdriftError
from nornir_tasks.model import Region
from nornir_tasks.model.build import build

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ("FELLESDRIFT_LAB_PORT",)  # what the overlay reads


class InventoryError(FellesdriftError):
    """The inventory could not be read."""


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
        InventoryError: Ansible could not read it, or it does not fit the model.
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
        region = build(resolve(sources))
    _keep(cache, region.model_dump_json())
    return region


def resolve(sources: Sequence[Path]) -> dict[str, Any]:
    """What Ansible makes of the sources. Shape: as ``ansible-inventory --list``; equal values are one object."""
    command = [sys.executable, "-m", "nornir_tasks.resolve"]
    for source in sources:
        command += ["-i", str(source)]
    # Ansible refuses to start where its input is not blocking, as it may be below another program: give it none.
    none = subprocess.DEVNULL
    done = subprocess.run(command, stdin=none, capture_output=True, text=True, cwd=CHECKOUT, check=False)
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
