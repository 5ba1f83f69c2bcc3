"""Prepare the machine for a door: the programs that it needs, and the checkout's own virtual environment.

Runs under any Python 3 that the machine has, so: standard library only, and no syntax newer than 3.6.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

import _programs

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
LOCKS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
CANDIDATES = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
VERSION = "import sys; print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))"
PIP = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
# Debian's pip, out of its wheel, with the certificates at the path that is named second.
PIP_OF_WHEEL = """
import sys
wheel, bundle, *arguments = sys.argv[1:]
sys.path.insert(0, wheel)
import pip._vendor.certifi
pip._vendor.certifi.where = lambda: bundle
from pip._internal.cli.main import main
sys.exit(main(arguments))
"""
PIP_INSTALL = ["--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-deps", "--require-hashes", "-r"]
ENSUREPIP = "ensurepip"  # the standard library's own way to get pip; Debian keeps it in a package apart
ADVICE = {
    errno.ENOSPC: "The environment takes about 1 GB: make room and run this again.",
    errno.EROFS: "The checkout must be writable once: clone it to a folder of your own.",
    errno.EACCES: "The checkout must be writable once: clone it to a folder of your own.",
}


class BootstrapError(Exception):
    """What is missing on this machine, and what to do about it."""


def say(text):
    """Tell the user what is being done; on stderr, so that ``--format json`` stays clean."""
    print("fellesdrift: " + text, file=sys.stderr, flush=True)


def ensure(kind="run", door="", arguments=(), root=ROOT):
    """Return the virtual environment's Python, once all that the door needs is there.

    Args:
        kind: ``run`` (requirements.txt) or ``dev`` (requirements-dev.txt, which holds all of the former).
        door: the script's name; ``demo`` and ``test`` need programs beside Python.
        arguments: the door's own, from its command line.
        root: the checkout.

    Raises:
        BootstrapError: something is missing that cannot be had here.
    """
    # A checkout may borrow another's environment by a link: it is the same environment then, and must not be made anew.
    venv = os.path.realpath(os.path.join(root, ".venv"))
    python = os.path.join(venv, "bin", "python")
    stamp = os.path.join(venv, ".stamp-" + kind)
    lock = os.path.join(root, LOCKS[kind])
    required, optional = _programs.find_missing(door, arguments)
    if _fresh(venv, stamp, lock) and not (_programs.can_install() and (required or optional)):
        _tell_missing(required, optional)
        return python
    try:
        # Beside the environment and not in it: two doors opened at once must not both make it.
        with open(os.path.join(root, ".venv.lock"), "w") as handle, tempfile.TemporaryDirectory() as place:
            _wait_for(handle)
            fresh = _fresh(venv, stamp, lock)
            if not fresh and os.path.dirname(venv) != root:
                raise BootstrapError("%s is another checkout's, and not what this one needs: remove the link" % venv)
            base = None if fresh or _is_whole(venv) else _find(venv)
            wheel = _complete_machine(door, arguments, base, place)
            if not fresh:
                _install(venv, stamp, lock, base, wheel, handle)
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "")
        raise BootstrapError("could not prepare %s: %s. %s" % (root, error, advice)) from error
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


def _complete_machine(door, arguments, base, place):
    """Install or tell, all at once, what the machine lacks; return a way to pip, if the base Python has none.

    Args:
        door: the script's name.
        arguments: the door's own.
        base: the Python that an environment is to be made with; None if there is one.
        place: an empty folder for what is fetched.

    Returns:
        None, or the paths of a wheel of pip and of certificates for it.

    Raises:
        BootstrapError: something is missing that the door requires.
    """
    required, optional = _find_missing(door, arguments, base)
    if _programs.can_install() and (required or optional):
        packages = sorted({**required, **optional}.values())
        say("installing %s with apt-get …" % ", ".join(packages))
        words = _programs.install(packages)
        if words:
            say("apt-get could not install them:\n" + words)
        required, optional = _find_missing(door, arguments, base)
    wheel = None
    if ENSUREPIP in required and not _programs.can_install():
        wheel = _programs.fetch_pip(place)
        if wheel:
            del required[ENSUREPIP]
    _tell_missing(required, optional)
    return wheel


def _find_missing(door, arguments, base):
    """Return what is missing, beside programs also what makes an environment."""
    required, optional = _programs.find_missing(door, arguments)
    if base and subprocess.call([base, "-c", "import " + ENSUREPIP], stderr=subprocess.DEVNULL):
        debian = os.path.realpath(base) == os.path.realpath("/usr/bin/python3")
        required[ENSUREPIP] = "python3-venv" if debian else os.path.basename(os.path.realpath(base)) + "-venv"
    return required, optional


def _tell_missing(required, optional):
    """Say what is left out for want of a program; refuse if the door cannot do without."""
    line = "  " + _programs.tell_how({**required, **optional}.values())
    if required:
        names = ", ".join(required)
        raise BootstrapError("expected on this machine, not found: %s. Nothing was begun; as root:\n%s" % (names, line))
    if optional:
        tests = " and ".join(dict.fromkeys(_programs.LEFT_OUT[program] for program in optional))
        say("%s: not found, so %s are skipped. As root:\n%s" % (", ".join(optional), tests, line))


def _install(venv, stamp, lock, base, wheel, handle):
    """Make the environment if need be, and put into it what the lock file names.

    Args:
        venv, stamp, lock: paths of the environment, of the mark that says it is complete, and of the lock file.
        base: the Python to make it with; None if it stands.
        wheel: where the standard library has no pip, the paths of a wheel and of certificates for it; else None.
        handle: the open lock: pip inherits it, so that it is held until pip has ended, even if this process was killed.
    """
    began = time.time()
    python = os.path.join(venv, "bin", "python")
    # From here on until the end nothing is valid: an interrupted installation must not look like a finished one.
    for kind in LOCKS:
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(venv, ".stamp-" + kind))
    if base:
        _make(venv, base, wheel, handle)
    with open(lock) as lines:
        count = sum(1 for line in lines if "==" in line)
    if count:
        say("installing %d packages from %s (a minute or two, the first time) …" % (count, os.path.basename(lock)))
    _pip([python, "-m", "pip"], lock, handle)
    _introduce(python, os.path.dirname(lock))
    stamps = [stamp] + ([os.path.join(venv, ".stamp-run")] if lock.endswith(LOCKS["dev"]) else [])
    for path in stamps:
        kind = path.rsplit("-", 1)[1]
        with open(path + ".new", "w") as new:
            new.write(_digest(venv, os.path.join(os.path.dirname(lock), LOCKS[kind])))
        os.replace(path + ".new", path)
    say("ready after %.0f s" % (time.time() - began))


def _introduce(python, root):
    """Let the environment's Python find the checkout's own packages from anywhere: Ansible's plugins import them."""
    where = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    with open(os.path.join(where.decode().strip(), "fellesdrift.pth"), "w") as handle:
        handle.write(root + "\n")


def _is_whole(venv):
    """Whether an installation into the environment once came to its end, and it works where it stands.

    An interrupted pip may leave a package that looks installed and lacks its programs. The scripts of a moved
    checkout's environment name the old path.
    """
    if not any(os.path.exists(os.path.join(venv, ".stamp-" + kind)) for kind in LOCKS):
        return False
    try:
        subprocess.check_output([os.path.join(venv, "bin", "python"), "-c", PIP], stderr=subprocess.DEVNULL)
        with open(os.path.join(venv, "bin", "pip")) as handle:
            return venv in handle.readline()
    except (OSError, subprocess.CalledProcessError):
        return False


def _find(venv):
    """The path of a Python that is new enough, and not the one that is to be replaced."""
    older = []
    for name in (sys.executable, *CANDIDATES):
        path = shutil.which(name) if name else None
        if not path or os.path.abspath(path).startswith(venv + os.sep):
            continue
        found = subprocess.run([path, "-c", VERSION], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if found.returncode == 0:
            return path
        older.append("%s %s" % (path, found.stdout.decode().strip()))
    raise BootstrapError(
        "expected Python 3.11 or newer, found %s. Debian 12 and 13 have it: apt-get install python3"
        % (", ".join(sorted(set(older))) or "none")
    )


def _make(venv, base, wheel, handle):
    say("making .venv with %s …" % base)
    done = _run([base, "-m", "venv", "--clear", *(["--without-pip"] if wheel else []), venv], handle)
    if done.returncode:
        raise BootstrapError("could not make .venv with %s:\n  %s" % (base, _last_lines(done)))
    if wheel:
        # Debian's pip works with Debian's certificates alone, so it fetches one that brings its own.
        command = [os.path.join(venv, "bin", "python"), "-c", PIP_OF_WHEEL, *wheel]
        _pip(command, os.path.join(os.path.dirname(venv), "requirements-pip.txt"), handle)


def _pip(command, lock, handle):
    """Install with pip what a lock file names."""
    done = _run([*command, *PIP_INSTALL, lock], handle)
    if done.returncode:
        raise BootstrapError(
            "pip could not install %s:\n  %s\n  It needs the package index that pip is set up for, and 1 GB of disk. "
            "Run this again: what was downloaded is kept." % (lock, _last_lines(done))
        )


def _run(command, handle):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[handle.fileno()]
    )


def _last_lines(done):
    return "\n  ".join(done.stdout.decode(errors="replace").strip().splitlines()[-12:])


if __name__ == "__main__":
    try:
        print(ensure(*(sys.argv[1:2] or ["run"])))
    except BootstrapError as error:
        say("error: %s" % error)
        sys.exit(1)
