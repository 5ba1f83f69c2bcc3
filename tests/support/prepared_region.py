"""What the unit tests read of the real region, prepared by one process for all workers and for the runs after this one.

    python -m tests.support.prepared_region FOLDER

In the folder: the product's own cache of the resolved inventory, and ``legacy.json``, what each switch of the lab runs
before its municipality moves. The folder's name is a digest of all that they are made from.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    *("ansible.cfg", "inventory", "lab", "nornir_tasks/__init__.py"),
    *("nornir_tasks/core", "nornir_tasks/inventory", "nornir_tasks/model"),
)
LEGACY = "legacy.json"
KEPT = 3  # folders: a developer goes back and forth between a few states of the code


def prepare() -> Path:
    """The folder, made by whoever comes first.

    Returns:
        A folder under the checkout's ``.cache``; a child process fills it, so that the caller loads none of the lab.
    """
    base = ROOT / ".cache" / "tests"
    base.mkdir(parents=True, exist_ok=True)
    folder = base / digest()
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / LEGACY).exists():
            command = [sys.executable, "-m", "tests.support.prepared_region", str(folder)]
            subprocess.run(command, cwd=ROOT, env={**os.environ, **environment(folder)}, check=True)
        os.utime(folder)
        folders = sorted((path for path in base.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
        for path in folders[:-KEPT]:
            shutil.rmtree(path)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """The variables under which the folder is read: the overlay's ports and places are no worker's own."""
    return {
        "FELLESDRIFT_CACHE": str(folder),
        "FELLESDRIFT_LAB_PORT": "2900",
        "FELLESDRIFT_LAB_DIR": str(folder / "lab"),
    }


def digest() -> str:
    """A digest of the inventory, the lab and the code that reads the one into the other."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for source in SOURCES:
        base = ROOT / source
        for file in sorted([base] if base.is_file() else base.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                found.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def legacy() -> dict[str, str]:
    """What each switch of the region runs before anything moves, as it tells it: by name."""
    texts: dict[str, str] = json.loads((Path(os.environ["FELLESDRIFT_CACHE"]) / LEGACY).read_text())
    return texts


def main(folder: Path) -> None:
    """Fill the folder; its last file says that it is whole."""
    from lab.control.lab import Lab
    from lab.region import facts
    from nornir_tasks.inventory.load import load_region

    folder.mkdir(exist_ok=True)
    load_region()
    load_region([ROOT / "inventory"])
    with TemporaryDirectory() as place:
        lab = Lab(Path(place), facts.read())
        lab.build()
        texts = {name: switch.personality.text() for name, switch in lab.switches.items()}
    unfinished = folder / f"{LEGACY}.new"
    unfinished.write_text(json.dumps(texts))
    unfinished.replace(folder / LEGACY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
