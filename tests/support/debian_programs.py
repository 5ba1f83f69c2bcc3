"""Programs of Debian's packages for a test: those of the machine, or unpacked into a folder; nothing is installed.

A package that is installed would start its service, and go on after the tests.
"""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

PLACES = ("usr/bin", "usr/sbin")


@cache
def find_program(package: str, program: str = "") -> Path:
    """The path of a package's program; the test is skipped, with the reason, where it cannot be had.

    Args:
        package: Debian's name.
        program: its name, where it has another than the package.
    """
    name = program or package
    installed = shutil.which(name, path="/usr/bin:/usr/sbin")
    if installed:
        return Path(installed)
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip(f"needs {name} (Debian: {package})")
    place = Path(tempfile.gettempdir()) / f"fellesdrift-tests-{package}"
    with tempfile.TemporaryDirectory() as download:
        fetched = subprocess.run(
            ["apt-get", "-q", "download", package], cwd=download, capture_output=True, text=True, timeout=120
        )
        archives = list(Path(download).glob("*.deb"))
        if not archives:
            pytest.skip(f"needs {name} (Debian: {package}): {fetched.stderr.strip()}")
        subprocess.run(["dpkg-deb", "-x", str(archives[0]), str(place)], check=True, timeout=120)
    found = next((place / folder / name for folder in PLACES if (place / folder / name).exists()), None)
    if found is None:
        pytest.skip(f"needs {name}: Debian's package {package} does not hold it")
    return found
