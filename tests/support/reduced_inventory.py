"""The real inventory with one municipality and the operations centre: what is true of all, and fast to resolve."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nornir_tasks.inventory.load import STRICT

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("loppa", "operations_centre", "all", "groups")


def reduced(place: Path, *more: str) -> None:
    """Copy the real inventory to ``place``, with Loppa (and ``more``) and the operations centre: fast to resolve."""
    for file in (ROOT / "inventory").rglob("*.yml"):
        inside = file.relative_to(ROOT / "inventory")
        name = inside.parts[1] if inside.parts[0] == "group_vars" else file.stem
        if name in {*KEPT, *more}:
            copy = place / "inventory" / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)


def patch(place: Path, patches: list[dict[str, str]]) -> None:
    """Change files; what is to be replaced must be there. ``write``, ``link``, ``pipe``, ``copy`` or ``remove``."""
    for one in patches:
        file = place / one["file"]
        file.parent.mkdir(parents=True, exist_ok=True)
        if "link" in one:
            file.symlink_to(one["link"])
            continue
        if "pipe" in one:
            os.mkfifo(file)
            continue
        if "copy" in one:
            shutil.copy(place / one["copy"], file)
            continue
        if "remove" in one:
            file.unlink()
            continue
        if "bytes" in one:
            file.write_bytes(bytes.fromhex(one["bytes"]))
            continue
        if "write" in one:
            file.write_text(one["write"], encoding=one.get("encoding", "utf-8"))
            continue
        text = file.read_text()
        assert one["replace"] in text, f"{one['file']}: nothing like {one['replace']!r}"
        file.write_text(text.replace(one["replace"], one["by"], 1))


@contextmanager
def asking() -> Iterator[Callable[[Sequence[str]], subprocess.CompletedProcess[str]]]:
    """Ask Ansible as the product does, but of a program that has imported it already: half the time."""
    command = [sys.executable, str(ROOT / "tests" / "support" / "ansible_resolver.py")]
    environment = {**os.environ, **STRICT}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment) as server:

        def ask(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
            assert server.stdin
            assert server.stdout
            server.stdin.write(json.dumps(list(arguments)) + "\n")
            server.stdin.flush()
            return subprocess.CompletedProcess(arguments, *json.loads(server.stdout.readline()))

        yield ask
