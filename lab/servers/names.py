"""What is a lab's own on this machine, and how it is found again: by names alone, after any crash.

A namespace lives as long as the process that holds it, a mount as long as the processes that see it, and all processes
are in control groups with the lab's tag: whoever ends those has taken away nearly everything.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.region.facts import LabError
from lab.servers.needs import cgroup_roots

RUN = Path("/run/fellesdrift")  # gone with a restart of the machine, as namespaces and processes are
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH = 1024  # each host's systemd takes several dozen; at 128 most of 26 come up degraded
PATIENCE = 10.0  # seconds for killed processes to go: the kernel takes namespaces and loop devices apart meanwhile


class Own:
    """The names of one lab's groups, folders and files. ``where``: the lab's own directory."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.tag = f"fellesdrift-{hashlib.sha256(str(where).encode()).hexdigest()[:10]}"

    @property
    def folder(self) -> Path:
        """What stays while the lab is down: the hosts' disks and the key that they know."""
        return self.where / "servers"

    @property
    def run(self) -> Path:
        """What is there while the lab is up."""
        return RUN / self.tag

    @property
    def groups(self) -> list[Path]:
        """The lab's control groups, one in each hierarchy that systemd uses."""
        return [root / self.tag for root in cgroup_roots()]

    def make_group(self, name: str) -> list[Path]:
        """A group below the lab's, in each hierarchy."""
        groups = [group / name for group in self.groups]
        for group in groups:
            group.mkdir(parents=True, exist_ok=True)
        return groups

    def holder(self, place: str) -> int | None:
        """The process that holds a place's network namespace; found by its group, so that it is never a stranger's."""
        for group in self.groups[:1]:
            with suppress(OSError, ValueError):
                return int((group / holder_group(place) / "cgroup.procs").read_text().split()[0])
        return None

    def network(self, place: str) -> str:
        """The network namespace of a place, as ``nsenter`` takes it.

        Raises:
            LabError: it is not there.
        """
        holder = self.holder(place)
        if holder is None:
            raise LabError(f"{place}: its network is not there; is the lab up with `--servers`?")
        return f"/proc/{holder}/ns/net"


def holder_group(place: str) -> str:
    """The control group of what holds a place's network."""
    return f"net.{place.replace('/', '.')}"


def host_group(server: str) -> str:
    """The control group of a host."""
    return f"host.{server}"


def end_group(groups: list[Path]) -> None:
    """Kill all that runs in groups and below, and take the groups away.

    Raises:
        LabError: something does not end.
    """
    end = time.monotonic() + PATIENCE
    while any(group.exists() for group in groups):
        for process in [process for group in groups for process in _processes(group)]:
            with suppress(ProcessLookupError):
                os.kill(process, 9)
        for group in groups:
            _remove(group)
        if time.monotonic() > end:
            left = ", ".join(str(group) for group in groups if group.exists())
            raise LabError(f"{left}: what runs in there does not end within {PATIENCE:.0f} s of a kill")
        time.sleep(0.02)


def _processes(group: Path) -> Iterator[int]:
    for folder, _, _ in os.walk(group):
        with suppress(OSError):
            yield from (int(word) for word in (Path(folder) / "cgroup.procs").read_text().split())


def _remove(group: Path) -> None:
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):  # not empty yet
            os.rmdir(folder)


@contextmanager
def _machine() -> Iterator[Path]:
    """Hold what all labs of this machine share."""
    while True:
        RUN.mkdir(mode=0o755, exist_ok=True)
        handle = os.open(RUN, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if RUN.exists() and os.fstat(handle).st_ino == RUN.stat().st_ino:  # and not removed while it was waited for
                yield RUN
                return
        finally:
            os.close(handle)


def enter(own: Own) -> None:
    """Say that this lab has things on the machine, and raise the one limit of it that hosts need."""
    with _machine() as run:
        own.run.mkdir(mode=0o700, exist_ok=True)
        (own.run / "where").write_text(str(own.where))
        before = run / INSTANCES.name
        if not before.exists() and int(INSTANCES.read_text()) < ENOUGH:
            scratch = before.with_suffix(".new")
            scratch.write_text(INSTANCES.read_text())
            scratch.rename(before)  # whole before the limit is another
        if before.exists():
            INSTANCES.write_text(f"{ENOUGH}\n")


def has_traces(own: Own) -> bool:
    """Whether anything of this lab is on the machine."""
    return own.run.exists() or any(group.exists() for group in own.groups)


def sweep(own: Own) -> bool:
    """Take away all that this lab has on the machine but its disks. False if there was nothing.

    Raises:
        LabError: something does not end.
    """
    found = False
    for lab in [own, *_abandoned()]:
        if has_traces(lab):
            found = True
            end_group(lab.groups)
            _leave(lab)
    return found


def _abandoned() -> list[Own]:
    """Labs whose directory is gone: their `down` cannot be called any more."""
    labs = []
    for file in RUN.glob("*/where"):
        with suppress(OSError):
            where = Path(file.read_text())
            if str(where).startswith("/") and not where.exists():
                labs.append(Own(where))
    return labs


def _leave(own: Own) -> None:
    with _machine() as run:
        for folder, folders, files in os.walk(own.run, topdown=False):
            for name in files:
                (Path(folder) / name).unlink(missing_ok=True)
            for name in folders:
                (Path(folder) / name).rmdir()
        if own.run.exists():
            own.run.rmdir()
        if any(path.is_dir() for path in run.iterdir()):
            return  # another lab
        before = run / INSTANCES.name
        if before.exists():
            INSTANCES.write_text(before.read_text())
        for left in run.iterdir():
            left.unlink()
        run.rmdir()
