"""A unit test opens no socket, starts no process and loads nothing of the lab: a hook refuses them while it runs."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from nornir_tasks.core import secrets
from tests.support import prepared_region

SOCKETS = {"socket.__new__", "socket.getaddrinfo", "socket.gethostbyname"}
PROCESSES = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
_sealed = False


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Python's audit hook; it cannot be taken away again, and passes everything on outside the unit tests."""
    if not _sealed:
        return
    if event in SOCKETS and arguments[0] != "127.0.0.1":  # Ansible looks that number up when it is imported
        raise PermissionError(f"a unit test opens no socket ({event}): its place is tests/lab or tests/system")
    if event in PROCESSES:
        raise PermissionError(f"a unit test starts no process ({event}): its place is tests/system")


class _NoLab:
    """The first of Python's finders of modules: it finds all but the lab elsewhere."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Refuse the lab; nothing comes back, so that the next finder is asked for the others."""
        if _sealed and name.split(".", maxsplit=1)[0] == "lab":
            raise PermissionError(f"a unit test does not load the lab ({name}): its place is tests/lab")


sys.addaudithook(_refuse)
sys.meta_path.insert(0, _NoLab)


@pytest.fixture(scope="session")
def _prepared() -> dict[str, str]:
    """The environment in which the resolved region is read from a file."""
    return prepared_region.environment(prepared_region.prepare())


@pytest.fixture(scope="module", autouse=True)
def _seal(_prepared: dict[str, str]) -> Iterator[None]:
    """From the first fixture of a file to its last; what the lab's own tests loaded in this worker is out of sight."""
    global _sealed
    hidden = {name: sys.modules.pop(name) for name in [*sys.modules] if name.split(".")[0] == "lab"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _prepared.items():
            patch.setenv(name, value)
        _sealed = True
        try:
            yield
        finally:
            _sealed = False
            sys.modules.update(hidden)


@pytest.fixture(autouse=True)
def _no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test masks what it remembers itself, not the passwords of tests that this worker ran before it."""
    monkeypatch.setattr(secrets, "_store", secrets.SecretStore())
