"""What a server tells of its own health, as one JSON object. This file itself is sent to the server, and runs there.

It only reads, needs Python's standard library alone (3.11 and later), and ends within ``SECONDS``. Its input is a list
of addresses and ports to open a connection to. A part that cannot be read is ``{"error": …}``.
"""

import asyncio
import contextlib
import glob
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

SECONDS = 15.0  # for everything: what is not there by then is told to be missing
COMMAND_SECONDS = 8.0
CONNECT_SECONDS = 3.0
MOST_BYTES = 256 * 1024  # of one file, or of one command's output
MOST_PLACES, AT_ONCE = 1000, 250  # a process may have 1024 files open
MOST_NAMES = 200  # of anything that is listed
PROPERTIES = "Id,Type,UnitFileState,ActiveState,SubState,ConditionResult,Result,StateChangeTimestamp"
# --all: systemctl leaves inactive units out of a pattern otherwise. A machine has hundreds of devices, which are none.
UNITS = ["systemctl", "show", "--all", f"--property={PROPERTIES}", "--timestamp=unix", "--no-pager", "--"]
UNITS += ["*.service", "*.socket", "*.timer", "*.mount", "*.swap", "*.path"]
TRACKING = ["chronyc", "-n", "-c", "tracking"]
SOCKETS = ["ss", "-H", "-l", "-n", "-t", "-u"]
CERTIFICATES = (
    "/etc/fellesdrift/certificates/*.pem",
    "/etc/fellesdrift/database/authorities.pem",
    "/etc/fellesdrift/database/tls/server.crt",
)
BACKUP = "/var/lib/fellesdrift-backup/state.json"
REBOOT = "/run/reboot-required"  # of unattended-upgrades' hook in /etc/kernel/postinst.d
LOCAL = ("btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "vfat", "xfs", "zfs")  # a dead server's NFS would hang
IN_MEMORY = ("/run", "/tmp")  # of tmpfs these alone: Debian 13 has /tmp there
PROGRAMS = ("/usr/", "/lib", "/bin/", "/sbin/", "/opt/")  # what a package may have replaced
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
SERVICE = re.compile(r"/([^/]+\.service)(?:/|$)")


def read(path: str) -> bytes:
    """The beginning of a file."""
    with open(path, "rb") as file:
        return file.read(MOST_BYTES)


def run(words: list[str]) -> str:
    """What a command printed; one that does not end is left behind.

    Raises:
        OSError: it did not end in time, or failed; the message has its last words.
    """
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
    )
    parts: list[bytes] = []

    def take() -> None:
        if process.stdout is not None:
            parts.append(process.stdout.read(MOST_BYTES))
        process.wait()

    reader = threading.Thread(target=take, daemon=True)
    reader.start()
    reader.join(COMMAND_SECONDS)
    if reader.is_alive():
        process.kill()
        raise OSError(f"{words[0]}: no end within {COMMAND_SECONDS:g} s")
    text = b"".join(parts).decode(errors="replace")
    if process.returncode:
        raise OSError(f"{words[0]} ended with {process.returncode}: {text.strip()[-200:]}")
    return text


def read_load() -> dict[str, Any]:
    """Processors, the three averages, and of the memory what /proc/meminfo says, in kB."""
    memory = dict(
        re.findall(r"^(MemTotal|MemAvailable|SwapTotal|SwapFree): +(\d+)", read("/proc/meminfo").decode(), re.M)
    )
    return {
        "uptime": float(read("/proc/uptime").split()[0]),
        "processors": os.cpu_count(),
        "averages": os.getloadavg(),
        "memory": {name: int(number) for name, number in memory.items()},
    }


def read_disks() -> list[dict[str, Any]]:
    """Each file system of its own, once, at its first place."""
    disks: dict[int, dict[str, Any]] = {}
    for line in read("/proc/self/mounts").decode(errors="replace").splitlines():
        device, place, kind, options = line.split(" ")[:4]
        place = place.encode().decode("unicode_escape")  # \040 is a space
        if kind not in LOCAL and not (kind == "tmpfs" and place in IN_MEMORY):
            continue
        with contextlib.suppress(OSError):
            number, room = os.stat(place).st_dev, os.statvfs(place)
            if number in disks or not room.f_blocks:
                continue
            disks[number] = {
                "place": place, "device": device, "type": kind, "read_only": "ro" in options.split(","),
                "bytes": room.f_blocks * room.f_frsize, "free_bytes": room.f_bavail * room.f_frsize,
                "inodes": room.f_files, "free_inodes": room.f_favail,
            }  # fmt: skip
    return list(disks.values())[:MOST_NAMES]


def read_restarts() -> dict[str, Any]:
    """Whether the machine waits for a restart, and which units run programs that were replaced on disk."""
    packages: list[str] = []
    with contextlib.suppress(OSError):
        packages = read(f"{REBOOT}.pkgs").decode(errors="replace").split()
    units: dict[str, set[str]] = {}
    own = os.readlink("/proc/self/ns/pid")
    for folder in glob.glob("/proc/[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if os.readlink(f"{folder}/ns/pid") != own:
                continue  # a container's
            if files := find_replaced(read(f"{folder}/maps").decode(errors="replace")):
                units.setdefault(name_unit(folder), set()).update(files)
    units.pop("", None)
    return {
        "required": os.path.exists(REBOOT),
        "packages": sorted(set(packages))[:MOST_NAMES],
        "units": {name: sorted(files)[:5] for name, files in sorted(units.items())[:MOST_NAMES]},
    }


def find_replaced(maps: str) -> set[str]:
    """The programs and libraries of a process that are no longer on the disk, by /proc/PID/maps."""
    replaced = set()
    for line in maps.splitlines():
        words = line.split(None, 5)
        if len(words) == 6 and "x" in words[1] and words[5].endswith(" (deleted)") and words[5].startswith(PROGRAMS):
            replaced.add(words[5].removesuffix(" (deleted)"))
    return replaced


def name_unit(folder: str) -> str:
    """The service that a process belongs to; "init" of systemd itself; "" of what somebody has logged in for."""
    group = read(f"{folder}/cgroup").decode(errors="replace")
    if "/user.slice/" in group:
        return ""
    services = SERVICE.findall(group)
    return services[-1] if services else "init" if folder == "/proc/1" else ""


def read_certificates() -> list[dict[str, Any]]:
    """The certificates that the roles put there, without what else is in their files: a key is none of them."""
    files = sorted({path for pattern in CERTIFICATES for path in glob.glob(pattern)})[:MOST_NAMES]
    return [{"file": path, "blocks": [block.decode() for block in BLOCK.findall(read(path))]} for path in files]


def read_backup() -> dict[str, Any] | None:
    """What the backup itself has noted; None: nothing yet."""
    try:
        noted = json.loads(read(BACKUP))
    except FileNotFoundError:
        return None
    return {key: value for key, value in noted.items() if key.startswith(("backup_", "restore_"))}


async def open_all(places: list[tuple[str, int]]) -> list[str]:
    """Of each place whether it takes a connection: ``open``, ``refused`` or ``silent``."""
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(address: str, port: int) -> str:
        async with room:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), CONNECT_SECONDS)
            except ConnectionRefusedError:
                return "refused"
            except (OSError, TimeoutError):
                return "silent"
            writer.close()
            return "open"

    return list(await asyncio.gather(*(ask(address, port) for address, port in places)))


def main() -> None:
    """Read everything at once, and print what is there in time."""
    places = [(str(address), int(port)) for address, port in json.loads(sys.stdin.buffer.read() or b"[]")][:MOST_PLACES]
    parts: dict[str, Callable[[], Any]] = {
        "load": read_load,
        "disks": read_disks,
        "units": lambda: run(UNITS),
        "tracking": lambda: run(TRACKING),
        "restarts": read_restarts,
        "certificates": read_certificates,
        "backup": read_backup,
        "sockets": lambda: run(SOCKETS),
        "answers": lambda: asyncio.run(open_all(places)),
    }
    now = time.time()
    answer: dict[str, Any] = {name: {"error": f"not there within {SECONDS:g} s"} for name in parts}

    def fill(name: str) -> None:
        try:
            answer[name] = parts[name]()
        except Exception as error:  # noqa: BLE001 - one part that cannot be read does not keep the others away
            answer[name] = {"error": f"{type(error).__name__}: {error}"[:300]}

    threads = [threading.Thread(target=fill, args=(name,), daemon=True) for name in parts]
    deadline = time.monotonic() + SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    sys.stdout.write(json.dumps({"now": now, **answer}))
    sys.stdout.flush()
    os._exit(0)  # a thread that hangs on a dead disk would be waited for


if __name__ == "__main__":
    main()
