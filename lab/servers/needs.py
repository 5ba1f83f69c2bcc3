"""What real servers need of this machine: told all at once, with how to get it."""

import os
import shutil
import subprocess
from pathlib import Path

from lab.region.facts import LabError

# Each program, and the Debian package that holds it.
IMAGE = {
    "debootstrap": "debootstrap",
    "apt-get": "apt",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}
HOSTS = {
    "systemd-nspawn": "systemd-container",
    "nft": "nftables",
    "ip": "iproute2",
    "nc": "netcat-openbsd",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "unshare": "util-linux",
    "mkfs.ext4": "e2fsprogs",
}
PROGRAMS = {"image": IMAGE, "hosts": HOSTS}
PATH = os.pathsep.join(["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
# Tried in namespaces of their own, which end with the trial.
TRIALS = {
    "overlayfs": "mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir l u w m"
    " && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m",
    "network namespaces with bridges and veths": "ip link add type bridge && ip link add type veth",
    "nftables with connection tracking": "printf 'table inet t { chain c { type filter hook forward priority 0;"
    " ct state established accept\n}\n}\n' | nft -f -",
    "loop devices (/dev/loop-control)": "test -c /dev/loop-control",
    "control groups (/sys/fs/cgroup)": "test -d /sys/fs/cgroup/unified -o -e /sys/fs/cgroup/cgroup.procs",
}


def find_missing(what: str) -> list[str]:
    """What this machine lacks for ``image`` or ``hosts``, a line each, in words that say how to get it."""
    if os.geteuid() != 0:
        return ["root: real servers have namespaces, mounts and control groups of their own"]
    missing = []
    lacking = {name: package for name, package in PROGRAMS[what].items() if not shutil.which(name, path=PATH)}
    if lacking:
        packages = " ".join(sorted(set(lacking.values())))
        missing.append(f"{', '.join(sorted(lacking))}: apt-get install --no-install-recommends {packages}")
    if {"unshare", "ip", "nft"} & set(lacking):
        return missing  # what the trials below are made with
    trials = TRIALS if what == "hosts" else {"overlayfs": TRIALS["overlayfs"]}
    for name, script in trials.items():
        done = subprocess.run(
            ["unshare", "--mount", "--net", "sh", "-c", script],
            env={"PATH": PATH}, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        if done.returncode:
            words = " ".join(done.stderr.split()) or "it is not there"
            missing.append(f"{name}: the kernel of this machine refuses ({words}); another kernel, or another machine")
    return missing


def require(what: str) -> None:
    """Go on only where everything is there.

    Raises:
        LabError: something is missing; the message says all of it.
    """
    if missing := find_missing(what):
        raise LabError("\n".join(["real servers cannot be run here; missing:", *(f"  {line}" for line in missing)]))


def is_root() -> bool:
    """Whether this process may make hosts at all."""
    return os.geteuid() == 0


def cgroup_roots() -> list[Path]:
    """The hierarchies that systemd uses: one with version 2 alone, two where versions are mixed."""
    top = Path("/sys/fs/cgroup")
    if (top / "cgroup.procs").exists():
        return [top]
    return [path for path in (top / "unified", top / "systemd") if (path / "cgroup.procs").exists()]
