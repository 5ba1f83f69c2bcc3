"""The image of the lab's servers: read-only layers, built once a list of packages, whole or not at all."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.region.facts import LabError
from lab.servers.needs import require

LIST = Path(__file__).with_name("layers.toml")
SECONDS = 1200  # for one layer: half an hour of a slow mirror is no mirror
# All that the build mounts is in a namespace of its own, and all its processes end with the first: a build that is
# killed leaves a folder, which the next one takes away.
ENCLOSED = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
}
# $1 the folder of the layer, $2 the suite, $3 the mirror, $4 the packages with commas
FIRST = """
debootstrap --variant=minbase --include="$4" "$2" "$1" "$3"
chroot "$1" systemctl enable systemd-networkd.service
rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/etc/resolv.conf "$1"/etc/apt/apt.conf.d/90machine
: > "$1/etc/machine-id"
rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/cache/apt/*.bin
"""
# $1 the folder of the layer, $2 those below it, $3 a folder to work in, $4 Acquire:: settings of apt, then packages.
# exit 101: dpkg's word for "not now" to whatever would start. Services that came with the layer are switched off.
FURTHER = """
layer=$1 below=$2 place=$3 settings=$4
shift 4
mkdir -p "$place/work" "$place/tree"
mount -t overlay overlay -o "lowerdir=$below,upperdir=$layer,workdir=$place/work" "$place/tree"
tree=$place/tree
mount -t proc proc "$tree/proc"
mount --bind /dev "$tree/dev"
printf '#!/bin/sh\\nexit 101\\n' > "$tree/usr/sbin/policy-rc.d"
chmod 755 "$tree/usr/sbin/policy-rc.d"
printf '%s' "$settings" > "$tree/etc/apt/apt.conf.d/90machine"
cp /etc/resolv.conf "$tree/etc/resolv.conf"
enabled() { chroot "$tree" systemctl list-unit-files --state=enabled --no-legend | cut -d' ' -f1 | sort; }
enabled > "$place/before"
chroot "$tree" apt-get -q -o Acquire::Retries=2 update
chroot "$tree" apt-get -q -y -o Acquire::Retries=2 -o Dpkg::Options::=--force-unsafe-io \\
  install --no-install-recommends "$@"
enabled > "$place/after"
comm -13 "$place/before" "$place/after" | xargs -r chroot "$tree" systemctl disable
rm -rf "$tree"/var/lib/apt/lists/* "$tree"/var/cache/apt/archives/*.deb "$tree"/var/cache/apt/*.bin
rm -f "$tree"/usr/sbin/policy-rc.d "$tree"/etc/apt/apt.conf.d/90machine "$tree"/etc/resolv.conf
"""


@dataclass(frozen=True)
class Recipe:
    """What is to be built. ``layers``: name to packages, from the bottom up."""

    suite: str
    layers: dict[str, tuple[str, ...]]
    key: str


def read_recipe(path: Path = LIST) -> Recipe:
    """Read the list of packages; the key is another as soon as the list or the way of building is."""
    text = path.read_bytes()
    raw = tomllib.loads(text.decode())
    layers = {name: tuple(layer["packages"]) for name, layer in raw["layers"].items()}
    digest = hashlib.sha256(b"\0".join([text, FIRST.encode(), FURTHER.encode()])).hexdigest()
    return Recipe(raw["suite"], layers, digest[:16])


def cache() -> Path:
    """Where images lie: outside the checkout, since all checkouts of a machine can use the same."""
    return Path(os.environ.get("FELLESDRIFT_LAB_IMAGES") or "/var/cache/fellesdrift/servers").absolute()


def find_layers(recipe: Recipe) -> list[Path] | None:
    """The layers of the image from the bottom up, or None if it has not been built."""
    folder = cache() / recipe.key
    return [folder / name for name in recipe.layers] if folder.is_dir() else None


def build(say: Callable[[str], None]) -> list[Path]:
    """The layers of the image, built if they are not there.

    Raises:
        LabError: something that the build needs is missing, or it failed; the message has its last words.
    """
    recipe = read_recipe()
    if layers := find_layers(recipe):
        return layers
    require("image")
    where = cache()
    where.mkdir(parents=True, exist_ok=True)
    with (where / "lock").open("w") as lock:
        _wait_for(lock.fileno(), say)
        if layers := find_layers(recipe):
            return layers
        for left in where.glob("building-*"):  # by a build that was killed: whoever builds holds the lock
            shutil.rmtree(left)
        place = where / f"building-{os.getpid()}"
        place.mkdir(mode=0o755)
        try:
            _build(recipe, place, where / "build.log", say)
            os.sync()  # before the name that says it is whole
            (place / "image").rename(where / recipe.key)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    return [where / recipe.key / name for name in recipe.layers]


def _wait_for(lock: int, say: Callable[[str], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("Another lab is building the image; waiting for it …")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _build(recipe: Recipe, place: Path, log: Path, say: Callable[[str], None]) -> None:
    """Build all layers in ``place/image``."""
    mirror, settings = _find_mirror(), _read_settings()
    built: list[Path] = []
    log.write_text("")
    for name, packages in recipe.layers.items():
        say(f"Building the layer {name}: {len(packages)} packages and what they need …")
        layer = place / "image" / name
        layer.mkdir(parents=True, mode=0o755)
        if not built:
            words = [FIRST, str(layer), recipe.suite, mirror, ",".join(packages)]
        else:
            below = ":".join(str(lower) for lower in reversed(built))
            words = [FURTHER, str(layer), below, str(place / f"work-{name}"), settings, *packages]
        _run([*ENCLOSED, "sh", "-euc", words[0], "sh", *words[1:]], name, log)
        built.append(layer)


def _run(command: list[str], name: str, log: Path) -> None:
    environment = ENVIRONMENT | {key: value for key, value in os.environ.items() if key.lower().endswith("_proxy")}
    with log.open("a") as out:
        try:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise LabError(f"image: the layer {name} was not built within {SECONDS} s; see {log}") from None
    if done.returncode:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-5:]
        raise LabError("\n".join([f"image: the layer {name} could not be built ({log}); its last words:", *lines]))


def _find_mirror() -> str:
    """Where apt on this machine gets Debian's main packages.

    Raises:
        LabError: it has no index of them.
    """
    form = "$(ORIGIN) $(CODENAME) $(REPO_URI)"
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    mirror = re.search(r"^Debian \w+ (\S+)$", done.stdout, re.MULTILINE)  # bookworm, not bookworm-security
    if mirror is None:
        raise LabError("image: apt on this machine has no index of Debian's main packages; run apt-get update")
    return mirror[1]


def _read_settings() -> str:
    """How apt on this machine is told to reach its mirrors, to be told to the one in the image while it is built."""
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, timeout=60, check=False)
    lines = [line for line in done.stdout.splitlines() if re.match(r"Acquire::(https?::|Check-)", line)]
    return "\n".join([*lines, ""])
