"""A host: its disk, how it starts, and what it knows on its first day."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.region.facts import LabError
from lab.servers.build import renew_cables
from lab.servers.names import Own, end_group, host_group
from lab.servers.needs import PATH
from lab.servers.wiring import Place

DISK = "4G"  # what the host sees; on this machine it takes what is written
DROP_IN = "zz-lab-fault.conf"  # what keeps a unit from starting
HOST_KEY = "etc/ssh/ssh_host_ed25519_key"
REBOOT = 133  # what nspawn exits with where the host asked for a restart: whoever started it starts it again
# $1 the folder of the host, $2 the layers below it, $3 its network namespace, $4 its name, $5 whether its faults stay,
# $6 on its control groups. The mounts are in a namespace of its own and end with it.
START = """
folder=$1 layers=$2 network=$3 name=$4 keep=$5
shift 5
for group in "$@"; do echo $$ > "$group/cgroup.procs" || exit 1; done
mount -o loop "$folder/disk" "$folder/mounted" || exit 1
mount -t overlay overlay \\
  -o "lowerdir=$layers,upperdir=$folder/mounted/upper,workdir=$folder/mounted/work" "$folder/root" || exit 1
if test "$keep" = no; then
  rm -f "$folder/mounted/full" "$folder/root"/etc/systemd/system/*.d/zz-lab-fault.conf
  rmdir "$folder/root"/etc/systemd/system/*.d 2>/dev/null
  if test -e "$folder/root/etc/faketimerc"; then
    rm -f "$folder/root/etc/faketimerc" "$folder/root/etc/ld.so.preload"
  fi
fi
exec systemd-nspawn -q -D "$folder/root" --boot --network-namespace-path="$network" --register=no --keep-unit \\
  --resolv-conf=off --timezone=off --link-journal=no --capability=CAP_NET_ADMIN,CAP_IPC_LOCK,CAP_SYS_RESOURCE -M "$name"
"""
VARIABLES = {"PATH": PATH, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"}
# A container must not set the machine's clock: chrony only measures.
CHRONY = "[Unit]\nConditionCapability=\n[Service]\nExecStart=\nExecStart=!/usr/sbin/chronyd -x $DAEMON_OPTS\n"


@dataclass(frozen=True)
class Identity:
    """What makes a host itself, and who may log in first. Keys are in OpenSSH's form."""

    host_key: str
    host_key_public: str
    authorized_key: str


class Host:
    """A server of the inventory as a host of its own. ``child``: the process that is it, while it runs."""

    def __init__(self, own: Own, place: Place, layers: Sequence[Path], identity: Identity) -> None:
        self.place = place
        self.name = place.name
        self.child: subprocess.Popen[bytes] | None = None
        self._own = own
        self._layers = layers
        self._identity = identity
        self.folder = own.folder / place.name

    @property
    def runs(self) -> bool:
        """Whether it has been switched on and has not ended."""
        return self.child is not None and self.child.poll() is None

    def prepare(self) -> None:
        """Give it a disk with its first day on it; one that is there, and of the same image and address, is kept.

        Raises:
            LabError: the disk cannot be made.
        """
        files = _first_files(self.place, self._identity)
        # Without the private key: OpenSSH's form of it has random numbers in it, another each time that it is written.
        public = {name: text for name, text in files.items() if name != HOST_KEY}
        stamp = hashlib.sha256(json.dumps([[str(layer) for layer in self._layers], public, DISK]).encode()).hexdigest()
        for name in ("mounted", "root"):
            (self.folder / name).mkdir(parents=True, mode=0o700, exist_ok=True)
        noted = self.folder / "stamp"
        if noted.exists() and noted.read_text() == stamp:
            return
        noted.unlink(missing_ok=True)
        disk = self.folder / "disk"
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            upper = Path(place) / "tree" / "upper"
            (Path(place) / "tree" / "work").mkdir(parents=True)
            upper.mkdir(mode=0o755)
            for name, (text, mode) in files.items():
                _write(upper, name, text, mode)
            with (fresh := Path(place) / "disk").open("wb"):
                pass
            command = ["mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1"]
            command += ["-J", "size=8", "-d", str(Path(place) / "tree"), str(fresh), DISK]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={"PATH": PATH})
            if done.returncode:
                raise LabError(f"{self.name}: no disk could be made: {' '.join(done.stderr.split())}")
            fresh.replace(disk)
        noted.write_text(stamp)

    def forget(self) -> None:
        """Throw its disk away: it starts on its first day again."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, keep_faults: bool = False) -> None:
        """Switch it on; it answers a second or two later."""
        if self.child is not None:
            renew_cables(self._own, self.place)
        groups = [str(group) for group in self._own.make_group(host_group(self.name))]
        layers = ":".join(str(layer) for layer in reversed(self._layers))
        command = ["unshare", "--mount", "sh", "-c", START, "sh", str(self.folder), layers]
        command += [self._own.network(self.name), self.name, "yes" if keep_faults else "no", *groups]
        with (self.folder / "console").open("wb") as console:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=VARIABLES, start_new_session=True
            )

    def cut_power(self) -> None:
        """End it at once, as when the power goes.

        Raises:
            LabError: it does not end.
        """
        end_group([group / host_group(self.name) for group in self._own.groups])
        if self.child is not None:
            self.child.wait(timeout=10)

    @property
    def last_words(self) -> str:
        """What it printed last on its console."""
        try:
            lines = (self.folder / "console").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def inside(self, *command: str, seconds: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a command in the host as its console would, whatever its network does.

        Raises:
            LabError: it is not running.
        """
        leader = self._leader()
        words = ["nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        return _execute([*words, "--root", "--wd", *command], seconds)

    def beside(self, *command: str, seconds: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a command of this machine where the host's disk is mounted."""
        if not self.runs or self.child is None:
            raise LabError(f"{self.name} is switched off")
        return _execute(["nsenter", "--target", str(self.child.pid), "--mount", *command], seconds)

    def _leader(self) -> int:
        """The host's first process, a child of nspawn's."""
        if self.runs and self.child is not None:
            process = self.child.pid
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
            if children:
                return int(children[0])
        raise LabError(f"{self.name} is switched off")


def _execute(command: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False, env={"PATH": PATH},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise LabError(f"{' '.join(command[-4:])}: no answer within {seconds:g} s") from None


def _write(tree: Path, name: str, text: str, mode: int) -> None:
    path = tree / name
    for parent in reversed(path.relative_to(tree).parents):
        folder = tree / parent
        if not folder.exists():
            folder.mkdir(mode=0o755)
            folder.chmod(0o700 if folder.name in ("root", ".ssh") else 0o755)
    path.write_text(text)
    path.chmod(mode)


def _first_files(place: Place, identity: Identity) -> dict[str, tuple[str, int]]:
    """What a host has beyond its image. Shape: path to text and mode."""
    files = {
        "etc/hostname": (f"{place.name}\n", 0o644),
        "etc/hosts": (f"127.0.0.1 localhost\n127.0.1.1 {place.name}\n", 0o644),
        "etc/machine-id": (hashlib.sha256(place.name.encode()).hexdigest()[:32] + "\n", 0o444),
        "etc/resolv.conf": ("# No name server yet.\n", 0o644),
        HOST_KEY: (identity.host_key, 0o600),
        f"{HOST_KEY}.pub": (identity.host_key_public, 0o644),
        "root/.ssh/authorized_keys": (identity.authorized_key, 0o600),
        "etc/systemd/system/chrony.service.d/container.conf": (CHRONY, 0o644),
    }
    for number, port in enumerate(place.ports):
        gateway, network = port.network.gateway, port.network.network
        text = f"[Match]\nName={port.interface}\n\n[Network]\nAddress={port.network.with_length(port.address)}\n"
        text += "LinkLocalAddressing=no\nIPv6AcceptRA=no\n"
        if number == 0:
            text += f"Gateway={gateway}\n"
        else:  # what was asked of the second address is answered by the way it came
            table = 100 + number
            text += f"\n[Route]\nGateway={gateway}\nTable={table}\n"
            text += f"\n[Route]\nDestination={network}\nScope=link\nTable={table}\n"
            text += f"\n[RoutingPolicyRule]\nFrom={port.address}\nTable={table}\nPriority={table}\n"
        files[f"etc/systemd/network/10-{port.interface}.network"] = (text, 0o644)
    return files
