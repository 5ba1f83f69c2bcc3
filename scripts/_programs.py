"""The programs beside Python that a door needs: which are missing here, and how Debian's packages bring them.

Runs under any Python 3 that the machine has, so: standard library only, and no syntax newer than 3.6.
"""

import glob
import os
import shutil
import subprocess
import tempfile

# Each program, and the Debian package that holds it.
PACKAGES = {
    "git": "git",
    "ssh-keygen": "openssh-client",
    "dot": "graphviz",
    "initdb": "postgresql",
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "nft": "nftables",
    "ip": "iproute2",
    "nc": "netcat-openbsd",
}
# What a door does not begin without, and what it leaves tests out for want of. ``scripts/test`` alone needs nothing: it
# runs unit tests and a few against the lab. Given paths of tests it asks for nothing either: they say what they miss.
REQUIRED = {"demo": ["ssh-keygen"], "test --all": ["git", "ssh-keygen"], "test --nightly": ["git", "ssh-keygen"]}
OPTIONAL = {"test --all": ["dot", "initdb"], "test --nightly": ["debootstrap"]}
FOR_ROOT = {
    "test --all": ["debootstrap", "systemd-nspawn", "nft", "ip", "nc"]
}  # the same, where root alone can run those
LEFT_OUT = {
    "dot": "the tests of drawn topologies",
    "initdb": "the tests of a journal in PostgreSQL",
    **dict.fromkeys(
        ["debootstrap", "systemd-nspawn", "nft", "ip", "nc"], "the tests of whole machines, which want root"
    ),
}
ELSEWHERE = ["/usr/lib/postgresql/*/bin", "/usr/sbin"]  # where Debian keeps programs that a user's PATH leaves out
APT = [
    "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30",
]  # fmt: skip
INSTALL = ["install", "-y", "--no-install-recommends"]


def find_missing(door, arguments):
    """Return the programs that are not here: those that the door requires, and those without which it leaves tests out.

    Args:
        door: the script's name, ``demo`` or ``test``; any other requires nothing.
        arguments: the door's own, from its command line.

    Returns:
        Two dicts from a program to the Debian package that holds it.
    """
    if {"-h", "--help"} & set(arguments):
        return {}, {}
    mode = " ".join([door, *arguments]) if door == "test" else door
    path = os.pathsep.join([os.environ.get("PATH", ""), *(place for form in ELSEWHERE for place in glob.glob(form))])
    left_out = OPTIONAL.get(mode, []) + (FOR_ROOT.get(mode, []) if os.geteuid() == 0 else [])
    required, optional = [
        {program: PACKAGES[program] for program in programs if not shutil.which(program, path=path)}
        for programs in (REQUIRED.get(mode, []), left_out)
    ]
    return required, optional


def can_install():
    """Whether this process may install Debian's packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def tell_how(packages):
    """Return the one line that helps somebody who may install packages."""
    names = " ".join(sorted(set(packages)))
    if shutil.which("apt-get"):
        return "apt-get update && apt-get install --no-install-recommends " + names
    return "install what Debian calls " + names


def install(packages):
    """Install Debian's packages; return apt-get's own words if that failed, else an empty text.

    The database server that the package postgresql would leave running is made in a temporary folder and not started:
    PostgreSQL's own variables say so to the package's scripts alone, and nothing is kept in /etc.
    """
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)  # the scripts go on as the user postgres
        with open(os.path.join(place, "createcluster.conf"), "w") as settings:
            settings.write("start_conf = 'disabled'\ndata_directory = '%s/%%v/%%c'\n" % place)
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "PG_CLUSTER_CONF_ROOT": place, "PGSYSCONFDIR": place}
        # An update that fails (another one is running, one source of several is down) need not stop the installation.
        update = _run([*APT, "update"], quiet)
        installation = _run([*APT, *INSTALL, *sorted(set(packages))], quiet)
    if installation.returncode == 0:
        return ""
    return "\n".join(_last_words(done) for done in (update, installation) if done.returncode)


def fetch_pip(place):
    """Return the paths of Debian's wheel of pip and of certificates for it, fetched as any user; None if apt has none.

    They come from the packages that python3-venv rests on. apt checks them against the hashes in its signed index.

    Args:
        place: an empty folder, which they are fetched into.
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return None
    # A machine's own index may be empty (container images are shipped so) or old: the second try makes one of its own.
    own = ["-o", "Dir::State=%s/state" % place, "-o", "Dir::Cache=%s/cache" % place]
    own += ["-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "Acquire::Languages=none"]
    for folder in ("state/lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(place, folder))
    download = ["download", "python3-pip-whl", "ca-certificates"]
    if _run([*APT, *download], cwd=place).returncode and (
        _run([*APT, *own, "update"], cwd=place).returncode or _run([*APT, *own, *download], cwd=place).returncode
    ):
        return None
    for package in glob.glob(os.path.join(place, "*.deb")):
        _run(["dpkg-deb", "-x", package, place])
    wheels = glob.glob(os.path.join(place, "usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        return None
    return wheels[0], _certificates(place)


def _certificates(place):
    """Debian's pip reads one file under /etc, which is not there without the package: what that makes it of."""
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    if not os.path.exists(bundle):
        bundle = os.path.join(place, "ca-certificates.crt")
        with open(bundle, "wb") as whole:
            for path in sorted(glob.glob(os.path.join(place, "usr/share/ca-certificates/mozilla/*.crt"))):
                with open(path, "rb") as part:
                    whole.write(part.read())
    return bundle


def _run(command, variables=None, cwd=None):
    return subprocess.run(
        command,
        env=dict(os.environ, **(variables or {})),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _last_words(done):
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return "\n".join([line for line in lines if line.startswith(("E:", "W:"))][-6:] or lines[-6:])
