"""All servers of a running lab: started together, watched, asked and stopped."""

import json
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import ROOT
from lab.region.facts import LabError, RegionFacts
from lab.servers.build import build_network, enter_command, set_cable, set_stages, set_uplink
from lab.servers.faults import UPLINK_USAGE, Faults, clear_faults, set_fault
from lab.servers.host import REBOOT, Host, Identity
from lab.servers.names import Own, enter, sweep
from lab.servers.needs import PATH
from lab.servers.stages import ANY, UNTOLD
from lab.servers.wiring import Uplink, Wiring

SSH = "22"
SECONDS = 120.0  # for all hosts to answer
GENTLE = 20.0  # for all hosts to end on their own
LOOK = 0.5  # seconds between two looks at what has ended


@dataclass(frozen=True)
class Keys:
    """What identifies hosts. ``hosts``: the private and public part by name; ``first``: whose key may log in."""

    hosts: Mapping[str, tuple[str, str]]
    first: Path
    first_public: str


class Servers:
    """The servers of a lab.

    Args:
        where: the lab's own directory.
        region: as the inventory has it.
        wiring: what is started, and how it hangs together.
        layers: of the image, from the bottom up.
        keys: of the hosts, and of whoever logs in first.
    """

    def __init__(self, where: Path, region: RegionFacts, wiring: Wiring, layers: Sequence[Path], keys: Keys) -> None:
        self.own = Own(where)
        self.wiring = wiring
        self.hosts: dict[str, Host] = {}
        self.faults: dict[str, Faults] = {}
        self.stages = UNTOLD
        self.cut_uplinks: dict[str, Uplink] = {}  # by name
        self._region = region
        self._keys = keys
        self._lock = threading.Lock()
        self._ended = threading.Event()
        for name, place in wiring.servers.items():
            self.hosts[name] = Host(self.own, place, layers, Identity(*keys.hosts[name], keys.first_public))
            self.faults[name] = Faults()

    def start(self) -> None:
        """Make everything, and wait until each host answers SSH.

        Raises:
            LabError: something cannot be made, or a host does not come up; what was made is gone again.
        """
        sweep(self.own)
        enter(self.own)
        try:
            build_network(self.own, self.wiring, self._region)
            for host in self.hosts.values():
                host.prepare()
                host.start()
            self.wait(list(self.hosts))
            self._declare()
        except BaseException:
            sweep(self.own)
            raise
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """Let the hosts end on their own, and take everything away but their disks."""
        self._ended.set()
        with self._lock:
            running = [host.child for host in self.hosts.values() if host.runs and host.child is not None]
            for child in running:
                child.terminate()  # nspawn asks the host to shut down
            end = time.monotonic() + GENTLE
            for child in running:
                try:
                    child.wait(max(0.0, end - time.monotonic()))
                except subprocess.TimeoutExpired:
                    break  # the rest loses its power
            sweep(self.own)

    def wait(self, names: Sequence[str], seconds: float = SECONDS) -> None:
        """Wait until these have an address and answer SSH there; asked at home, for their rules may refuse the router.

        Raises:
            LabError: one has ended, or does not answer in time.
        """
        end = time.monotonic() + seconds
        for name in names:
            host = self.hosts[name]
            probes = [["nc", "-z", "-w", "1", str(port.address), SSH] for port in host.place.ports]
            while all(self._ask(name, probe) for probe in probes):
                if not host.runs:
                    raise LabError(f"{name} has ended: {host.last_words or 'it said nothing'}")
                if time.monotonic() > end:
                    raise LabError(f"{name} does not answer SSH within {seconds:.0f} s: {host.last_words}")
                time.sleep(0.1)

    def _ask(self, place: str, command: list[str]) -> int:
        words = enter_command(self.own, place, command)
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, env={"PATH": PATH}).returncode

    def fault(self, name: str, words: list[str]) -> list[str]:
        """Set a fault, or take all back (``clear``); returns those that are set now.

        Raises:
            LabError: it cannot be done.
        """
        host, faults = self.hosts[name], self.faults[name]

        def cable(up: bool) -> None:
            set_cable(self.own, host.place, up)

        with self._lock:
            if words == ["clear"]:
                started = not host.runs
                clear_faults(host, faults, cable)
                if started:
                    self.wait([name])
            else:
                set_fault(host, faults, words, cable)
        return faults.words()

    def fault_uplink(self, name: str, words: list[str]) -> list[str]:
        """Cut a routed link (``cut``), or mend it (``clear``); returns its faults now.

        Raises:
            LabError: there is no such link, or no such fault of one.
        """
        uplink = self.wiring.find_uplink(name)
        if uplink is None:
            known = ", ".join("/".join(reversed(link.routers)) for link in self.wiring.uplinks)
            raise LabError(f"no routed link {name!r} between servers' routers; expected one of {known}")
        if words not in (["cut"], ["clear"]):
            raise LabError(f"fault: found {' '.join(words)!r}, expected of a routed link {UPLINK_USAGE}")
        label = "/".join(reversed(uplink.routers))
        with self._lock:
            set_uplink(self.own, self.wiring, uplink, up=words == ["clear"])
            self.cut_uplinks.pop(label, None)
            if words == ["cut"]:
                self.cut_uplinks[label] = uplink
        return ["cut"] if label in self.cut_uplinks else []

    def tell_stage(self, municipality: str, stage: str) -> None:
        """Say how far a municipality has come: its routers do what they do then.

        Raises:
            LabError: there is no such stage, or no server of such a municipality runs.
        """
        if municipality not in self.wiring.routers or municipality not in self._region.municipalities:
            known = ", ".join(name for name in self.wiring.routers if name in self._region.municipalities)
            raise LabError(f"stage: found {municipality!r}, expected some municipality whose servers run: {known}")
        with self._lock:
            self.stages = self.stages.tell(municipality, stage)
            set_stages(self.own, self.wiring, self._region, self.stages)
            self._note_old_addresses()

    def _note_old_addresses(self) -> None:
        """Tell SSH's way which servers are at their old address alone, as long as the standard's is not there."""
        lines = []
        for name in self.hosts:
            facts = self._region.servers[name]
            if facts.legacy_address and not self.stages.has_new(facts.municipality):
                lines.append(f"{make_alias(self._region, name)} {facts.legacy_address}\n")
        scratch = self.own.run / "old.new"
        scratch.write_text("".join(lines))
        scratch.replace(self.own.run / "old")

    def renew(self, names: Sequence[str]) -> int:
        """Give these servers, and those of these municipalities (all, if none) their first day. Returns how many."""
        renewed = []
        for name in set(self.stages.told) & set(names or self.stages.told):
            self.tell_stage(name, ANY)
        for label, uplink in list(self.cut_uplinks.items()):
            if not names or set(uplink.routers) & set(names):
                self.fault_uplink(label, ["clear"])
        with self._lock:
            for name, host in self.hosts.items():
                if names and name not in names and self._region.servers[name].municipality not in names:
                    continue
                host.cut_power()
                if self.faults[name].cut:
                    set_cable(self.own, host.place, True)
                self.faults[name] = Faults()
                host.forget()
                host.prepare()
                host.start()
                renewed.append(name)
            self.wait(renewed)
        return len(renewed)

    def status(self) -> list[dict[str, Any]]:
        """Shape: a record a server."""
        rows = []
        for name, host in self.hosts.items():
            facts = self._region.servers[name]
            rows.append(
                {
                    "name": name,
                    "municipality": facts.municipality,
                    "system": facts.system or "debian13",
                    "router": host.place.router,
                    "addresses": [str(port.address) for port in host.place.ports],
                    "state": "up" if host.runs else "off",
                    "faults": self.faults[name].words(),
                }
            )
        return rows

    def users(self) -> list[str]:
        """The places where people sit, to ask from."""
        return [place.name for place in self.wiring.places.values() if place.is_user]

    def known_hosts(self) -> list[str]:
        """A line a server, as an SSH client's file of known hosts has it."""
        lines = []
        for name in self.hosts:
            kind, key = self._keys.hosts[name][1].split()[:2]
            lines.append(f"{make_alias(self._region, name)} {kind} {key}\n")
        return lines

    def _declare(self) -> None:
        """Tell the overlay how these are reached; it is forgotten with all that this lab has on the machine."""
        nodes = [place.name for place in self.wiring.servers.values() if self._is_control_node(place.name)]
        way = ["sh", str(ROOT / "lab" / "way"), str(self.own.tag), ",".join(nodes)]
        common = [
            "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", f"UserKnownHostsFile={self.own.where / 'known_hosts'}", "-o", "GlobalKnownHostsFile=/dev/null",
            "-o", "ServerAliveInterval=5",
            "-o", f"ProxyCommand={shlex.join(way)} %h %p",
        ]  # fmt: skip
        variables = {
            "ansible_user": "root",
            "ansible_port": int(SSH),
            "ansible_ssh_private_key_file": str(self._keys.first),
            "ansible_ssh_common_args": shlex.join(common),
            "ansible_control_path_dir": str(self.own.run / "ssh"),
            # The account that the roles make has the key that root has on the first day.
            "baseline__automation_keys": [self._keys.first_public.strip()],
            "baseline__audit_running": False,  # the kernel's audit is the machine's, and none of a container's
        }
        declared = {
            "servers": {"hosts": sorted(self.hosts)},
            "managed_servers": {"hosts": sorted(self.hosts)},  # what of these is not ours, the product names
            "_meta": {"hostvars": dict.fromkeys(sorted(self.hosts), variables)},
        }
        text = json.dumps(declared)
        (self.own.run / "ssh").mkdir(mode=0o700, exist_ok=True)
        (self.own.run / "inventory").write_text(text[1:-1] + "\n")
        link = self.own.folder / "declared"
        link.unlink(missing_ok=True)
        link.symlink_to(self.own.run / "inventory")

    def _is_control_node(self, name: str) -> bool:
        service = self._region.services.common.get("control_nodes")
        return service is not None and name in service.hosts

    def _watch(self) -> None:
        """Start a host again that asked for it: inside a container, a restart is an end."""
        while not self._ended.wait(LOOK):
            with self._lock:
                for name, host in self.hosts.items():
                    asked = host.child is not None and host.child.poll() == REBOOT
                    if asked and not self._ended.is_set() and not self.faults[name].halt:
                        host.start(keep_faults=True)
                        if self.faults[name].cut:
                            set_cable(self.own, host.place, False)


def make_alias(region: RegionFacts, name: str) -> str:
    """The address at which the overlay has a server: loopback, where nothing answers but by the lab's own way."""
    return "127." + str(region.servers[name].address).partition(".")[2]


def prepare_keys(where: Path, make: Callable[[], tuple[str, str]]) -> tuple[Path, str]:
    """The key of whoever logs in to a new host first: its path, and its public part; made once.

    Args:
        where: the lab's own directory.
        make: gives a private key and its public part.
    """
    path = where / "servers" / "key"
    public = path.with_suffix(".pub")
    if not public.is_file():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        private, text = make()
        path.touch(mode=0o600)
        path.write_text(private)
        public.write_text(text)
    return path, public.read_text()
