"""Programs that the tests need beside Python: installed where that can be done, named where it cannot."""

import glob
import os
import shutil
import subprocess
import tempfile

# And the Debian packages that hold them.
PACKAGES = {
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "git": "git",
    "initdb": "postgresql",
    "dot": "graphviz",
}
SERVERS = "/usr/lib/postgresql/*/bin"  # Debian keeps them out of the PATH


def missing() -> list[str]:
    """The packages whose programs are not here."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *glob.glob(SERVERS)])
    return sorted({package for program, package in PACKAGES.items() if not shutil.which(program, path=path)})


def fetch() -> None:
    """Install what is missing, as root on Debian; the tests that need the rest skip themselves, and on CI fail."""
    packages = missing()
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"test: installing {', '.join(packages)} with apt-get …", flush=True)
        with tempfile.TemporaryDirectory() as place:
            _install(packages, place)
    if packages := missing():
        print(
            f"test: without {', '.join(packages)}: the tests that need them are skipped; apt-get install them as root"
        )


def _install(packages: list[str], place: str) -> None:
    """Ask apt-get; the database server that Debian's package would leave running is made in ``place``, and not started.

    PostgreSQL's own variables say so to the package's scripts, and to nobody else: nothing is kept in /etc.
    """
    os.chmod(place, 0o755)  # the scripts go on as the user postgres
    with open(os.path.join(place, "createcluster.conf"), "w") as settings:
        settings.write(f"start_conf = 'disabled'\ndata_directory = '{place}/%v/%c'\n")
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "PG_CLUSTER_CONF_ROOT": place, "PGSYSCONFDIR": place}
    for command in (["update", "-q"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *command], env={**os.environ, **quiet}, capture_output=True, text=True)
        if done.returncode:
            print(f"test: apt-get {command[0]}: {done.stderr.strip() or done.stdout[-500:]}", flush=True)
