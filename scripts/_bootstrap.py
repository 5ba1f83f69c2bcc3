"""Make the checkout's own virtual environment, once; the one place where every door gets its Python from.

Runs under any Python 3 that the machine has, so: standard library only, and no syntax newer than 3.6.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
LOCKS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
CANDIDATES = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
VERSION = "import sys; print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))"
PIP = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
APT = ["apt-get", "install", "-y", "--no-install-recommends"]


class BootstrapError(Exception):
    """What is missing on this machine, and what to do about it."""


def say(text):
    """Tell the user what is being done; on stderr, so that ``--format json`` stays clean."""
    print("fellesdrift: " + text, file=sys.stderr, flush=True)


def ensure(kind="run", root=ROOT):
    """Return the virtual environment's Python, after making or completing the environment if need be.

    ``kind`` is ``run`` (requirements.txt) or ``dev`` (requirements-dev.txt, which holds all of the former).
    """
    # A checkout may borrow another's environment by a link: it is the same environment then, and must not be made anew.
    venv = os.path.realpath(os.path.join(root, ".venv"))
    python = os.path.join(venv, "bin", "python")
    stamp = os.path.join(venv, ".stamp-" + kind)
    lock = os.path.join(root, LOCKS[kind])
    if not _fresh(venv, stamp, lock):
        # Beside the environment and not in it: two doors opened at once must not both make it.
        with open(os.path.join(root, ".venv.lock"), "w") as handle:
            _wait_for(handle)
            if not _fresh(venv, stamp, lock):
                _install(venv, python, stamp, lock)
    return python


def _digest(venv, lock):
    """What an environment depends on: its lock file, its Python, and where it stands (its scripts name their path)."""
    with open(os.path.join(venv, "pyvenv.cfg"), "rb") as cfg, open(lock, "rb") as wanted:
        return hashlib.sha256(b"1" + cfg.read() + wanted.read() + venv.encode()).hexdigest()


def _fresh(venv, stamp, lock):
    try:
        with open(stamp) as found:
            return found.read() == _digest(venv, lock) and os.path.exists(os.path.join(venv, "bin", "python"))
    except OSError:
        return False


def _wait_for(handle):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("another fellesdrift command is preparing .venv; waiting for it …")
        fcntl.flock(handle, fcntl.LOCK_EX)


def _install(venv, python, stamp, lock):
    if os.path.dirname(venv) != os.path.dirname(lock):
        raise BootstrapError("%s is not what this checkout needs, and belongs to another: remove the link .venv" % venv)
    began = time.time()
    # From here on until the end nothing is valid: an interrupted installation must not look like a finished one.
    for kind in LOCKS:
        with contextlib.suppress(OSError):
            os.remove(os.path.join(venv, ".stamp-" + kind))
    if not _runs(python, venv):
        _make(venv, python)
    with open(lock) as handle:
        count = sum(1 for line in handle if "==" in line)
    if count:
        say("installing %d packages from %s (a minute or two, the first time) …" % (count, os.path.basename(lock)))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-deps"]
    done = subprocess.run([*pip, "--require-hashes", "-r", lock], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        words = done.stdout.decode(errors="replace").strip().splitlines()[-12:]
        raise BootstrapError("pip could not install %s:\n  %s" % (lock, "\n  ".join(words)))
    _introduce(python, os.path.dirname(lock))
    stamps = [stamp] + ([os.path.join(venv, ".stamp-run")] if lock.endswith(LOCKS["dev"]) else [])
    for path in stamps:
        kind = path.rsplit("-", 1)[1]
        with open(path + ".new", "w") as handle:
            handle.write(_digest(venv, os.path.join(os.path.dirname(lock), LOCKS[kind])))
        os.replace(path + ".new", path)
    say("ready after %.0f s" % (time.time() - began))


def _introduce(python, root):
    """Let the environment's Python find the checkout's own packages from anywhere: Ansible's plugins import them."""
    where = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    with open(os.path.join(where.decode().strip(), "fellesdrift.pth"), "w") as handle:
        handle.write(root + "\n")


def _runs(python, venv):
    """Whether the environment works where it stands (a moved checkout's does not: its scripts name the old path)."""
    try:
        subprocess.check_output([python, "-c", PIP], stderr=subprocess.DEVNULL)
        with open(os.path.join(venv, "bin", "pip")) as handle:
            return venv in handle.readline()
    except (OSError, subprocess.CalledProcessError):
        return False


def _find(venv):
    """A Python that is new enough, and not the one that is to be replaced. Shape: its path and version."""
    for name in (sys.executable, *CANDIDATES):
        path = shutil.which(name) if name else None
        if not path or os.path.abspath(path).startswith(venv + os.sep):
            continue
        found = subprocess.run([path, "-c", VERSION], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if found.returncode == 0:
            return path, found.stdout.decode().strip()
    raise BootstrapError("no Python 3.11 or newer was found; on Debian 12: apt-get install python3 python3-venv")


def _make(venv, python):
    base, version = _find(venv)
    say("making .venv with Python %s (%s) …" % (version, base))
    ways = [
        ([base, "-m", "venv", "--clear", venv], None),
        ([base, "-m", "virtualenv", "--clear", venv], None),
        # Debian keeps ensurepip in a package of its own.
        ([base, "-m", "venv", "--clear", venv], ["python%s-venv" % version]),
    ]
    words = []
    for way, packages in ways:
        if packages:
            if os.geteuid() != 0 or not shutil.which("apt-get"):
                continue
            say("installing %s with apt-get …" % ", ".join(packages))
            subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL)
            subprocess.run(APT + packages, stdout=subprocess.DEVNULL)
        done = subprocess.run(way, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == 0 and _runs(python, venv):
            return
        words += done.stdout.decode(errors="replace").strip().splitlines()[-1:]
    raise BootstrapError(
        "could not make .venv with %s: %s\n  Install python%s-venv (Debian: apt-get install python%s-venv) and run "
        "this again." % (base, "; ".join(words), version, version)
    )


if __name__ == "__main__":
    try:
        print(ensure(*(sys.argv[1:2] or ["run"])))
    except BootstrapError as error:
        say("error: %s" % error)
        sys.exit(1)
