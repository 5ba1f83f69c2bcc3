"""The lab as a whole: builds the switches from the inventory, starts their doors, and knows how to reset them."""

import asyncio
import gc
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncssh

from lab import CENTRE, personalities
from lab.device.keyboard import type_in
from lab.device.switch import Switch
from lab.network.datapath import Fabric
from lab.network.life import read_ports
from lab.network.stations import Station
from lab.region.facts import LabError, RegionFacts
from lab.region.legacy import LegacyAccount, describe
from lab.region.services import Ports
from lab.server.listeners import Server
from lab.servers.hosts import Keys, Servers, prepare_keys
from lab.servers.wiring import plan_wiring
from lab.state import password
from lab.state.approvers import make as make_approvers
from lab.state.password import salt
from lab.state.store import Store, write

SERVICE_SECONDS = 12 * 7 * 86400  # for so long the switches of a lab have been up when it starts


class Lab:
    """The region's switches in one process.

    Args:
        where: the lab's own directory.
        only: municipalities to build; the operations centre always comes with them. Empty: all.
        delay: seconds that each command takes.
        clock: how fast the switches' own time runs.
    """

    def __init__(
        self, where: Path, region: RegionFacts, only: Iterable[str] = (), delay: float = 0.0, clock: float = 1.0
    ) -> None:
        self.where = where
        self.region = region
        self.only = frozenset(only)
        self.switches: dict[str, Switch] = {}
        self.fabric = Fabric(region, self.switches)
        self.store = Store(where)
        self.server: Server | None = None
        self.hosts: Servers | None = None
        self.delay, self.clock = delay, clock
        self.reload_seconds = float(os.environ.get("FELLESDRIFT_LAB_RELOAD") or 5)
        self.missing: dict[str, str] = dict(region.missing)
        unknown = self.only - set(region.municipalities)
        if unknown:
            known = ", ".join(sorted(region.municipalities))
            raise LabError(f"no municipality {', '.join(sorted(unknown))}; expected some of {known}")

    def build(self) -> None:
        """Make every switch, with the state it had or its legacy configuration, and plug everything in."""
        wanted = (self.only | {CENTRE}) if self.only else set(self.region.municipalities)
        for facts in self.region.switches.values():
            if facts.municipality not in wanted:
                continue
            kind = personalities.find(facts.platform)
            if kind is None:
                self.missing[facts.name] = f"the lab has no personality for the platform {facts.platform}"
                continue
            switch = Switch(facts, self.fabric)
            switch.personality = kind.personality(switch)
            switch.delay_seconds, switch.reload_seconds = self.delay, self.reload_seconds
            switch.set_clock(self.clock)
            self.fabric.life.agenda.set_clock(self.clock)
            self.switches[facts.name] = switch
            if not self.store.restore(switch):
                self._begin(switch)
            switch.serve(SERVICE_SECONDS)
        self.fabric.start()
        for switch in self.switches.values():
            switch.keeper = self.store.keep

    def add_servers(self, municipalities: Iterable[str], layers: list[Path]) -> None:
        """Have real hosts beside the switches: the servers of these municipalities and of the centre.

        Args:
            municipalities: by name.
            layers: of the hosts' image, from the bottom up.

        Raises:
            LabError: there is no such municipality.
        """
        wiring = plan_wiring(self.region, municipalities)
        keys = {
            name: (key.export_private_key().decode(), key.export_public_key().decode())
            for name, key in self.store.host_keys(wiring.servers).items()
        }
        first = prepare_keys(self.where, make_key_pair)
        self.hosts = Servers(self.where, self.region, wiring, layers, Keys(keys, *first))

    async def start(self) -> None:
        """Open every switch's doors."""
        self.server = Server(self.switches.values(), self.store.host_keys(self.switches), self.store.tls)
        self.fabric.heed = self.server.heed
        try:
            await self.server.start()
        except OSError as error:
            raise LabError(f"{error.strerror or error}; another port: FELLESDRIFT_LAB_PORT") from error
        self.trust(self.where / "known_hosts")
        make_approvers(self.where)
        # The configurations are here to stay: the collector need not look at them again and again.
        gc.collect()
        gc.freeze()
        if self.hosts is not None:
            await asyncio.to_thread(self.hosts.start)
        self.fabric.reset_record()

    async def stop(self) -> None:
        """Close the doors and write what is not yet written."""
        if self.hosts is not None:
            await asyncio.to_thread(self.hosts.stop)
        if self.server is not None:
            await self.server.stop()
        self.store.flush()

    def _begin(self, switch: Switch) -> None:
        """Give a switch the configuration that it had before anything moved."""
        facts = switch.facts
        municipality = self.region.municipalities[facts.municipality]
        account = municipality.legacy.account if municipality.legacy else "drift"
        secret = LegacyAccount(
            account,
            password.password(self.where, facts.municipality, account),
            salt(self.where, facts.municipality, 16),
        )
        kind = personalities.find(facts.platform)
        if kind is None:
            raise LabError(f"{facts.name}: no personality for {facts.platform}")
        switch.personality.load(kind.legacy(describe(self.region, facts, secret)))
        # What the switch makes of it is what it saves: its own words, in its own order.
        switch.startup = switch.personality.text()

    # --- what people ask for

    def named(self, name: str) -> Switch:
        """The switch of this name.

        Raises:
            LabError: there is none, or it was not built.
        """
        if name not in self.switches:
            raise LabError(f"no switch {name!r} in this lab{': ' + self.missing[name] if name in self.missing else ''}")
        return self.switches[name]

    async def reset(self, names: list[str]) -> int:
        """Back to the legacy, faults and flash included; everywhere if none is named. Returns how many switches.

        Beside municipalities, servers that run may be named, which have their first day again.
        """
        servers = [name for name in names if self.hosts is not None and name in self.hosts.hosts]
        municipalities = [name for name in names if name not in servers]
        unknown = set(municipalities) - set(self.region.municipalities)
        if unknown:
            raise LabError(f"no municipality {', '.join(sorted(unknown))}")
        if self.hosts is not None:
            await asyncio.to_thread(self.hosts.renew, names)
        if servers and not municipalities:
            return 0
        count = 0
        for switch in self.switches.values():
            if municipalities and switch.facts.municipality not in municipalities:
                continue
            switch.power_off()
            switch.files.clear()
            switch.fault(["clear"])
            switch.personality.on_reload()
            self._begin(switch)
            switch.come_up()
            switch.serve(SERVICE_SECONDS)
            switch.history.clear()
            self.store.forget(switch)
            count += 1
            await asyncio.sleep(0)  # the other switches go on
        self.fabric.begin_anew(municipalities or self.region.municipalities)
        return count

    async def fault(self, name: str, words: list[str]) -> list[str]:
        """Set a fault of a switch or a server; returns those that are set now."""
        if self.hosts is not None and name in self.hosts.hosts:
            return await asyncio.to_thread(self.hosts.fault, name, words)
        if self.hosts is not None and "/" in name:
            return await asyncio.to_thread(self.hosts.fault_uplink, name, words)
        if self.hosts is not None and name in self.hosts.wiring.skipped:
            raise LabError(f"{name} is not started: {self.hosts.wiring.skipped[name]}")
        if name in self.region.servers:
            where = self.region.servers[name].municipality
            where = "MUNICIPALITY" if where == CENTRE else where
            raise LabError(f"{name} is a server, and does not run; `scripts/lab up --servers {where}` starts it")
        switch = self.named(name)
        switch.fault(words)
        return switch.faults.words()

    def faults(self) -> dict[str, list[str]]:
        """All that are set. Shape: switch or server to its faults."""
        words = {switch.name: switch.faults.words() for switch in self.switches.values()}
        if self.hosts is not None:
            words |= {name: faults.words() for name, faults in self.hosts.faults.items()}
            words |= {label: ["cut"] for label in self.hosts.cut_uplinks}
        return {name: faults for name, faults in words.items() if faults}

    async def tell_stage(self, municipality: str, stage: str) -> None:
        """Say how far a municipality has come: of real servers alone, switches do what is written on them."""
        if self.hosts is None:
            raise LabError("stage: no server runs, and switches follow their configuration; `up --servers` starts some")
        await asyncio.to_thread(self.hosts.tell_stage, municipality, stage)

    def set_clock(self, factor: float) -> float:
        """Let the switches' own time run so many times as fast: for what is set from now on."""
        if not factor >= 1:
            raise LabError(f"clock: found {factor:g}, expected 1 or more: a slow clock would be kinder than equipment")
        self.clock = factor
        self.fabric.life.agenda.set_clock(factor)
        for switch in self.switches.values():
            switch.set_clock(factor)
        return factor

    def status(self) -> dict[str, Any]:
        """Shape: opened doors, and a record for each switch."""
        fronts = self.server.fronts if self.server is not None else {}
        return {
            "delay_ms": round(self.delay * 1000, 3),
            "clock": self.clock,
            "opened": self.server.opened if self.server is not None else 0,
            "stations": len(self.fabric.stations),
            "missing": self.missing,
            "servers": self.hosts.status() if self.hosts is not None else [],
            "stages": dict(self.hosts.stages.told) if self.hosts is not None else {},
            "users": self.hosts.users() if self.hosts is not None else [],
            "not_started": self.hosts.wiring.skipped if self.hosts is not None else {},
            "switches": [self._row(switch, fronts.get(switch.name)) for switch in self.switches.values()],
        }

    @staticmethod
    def _row(switch: Switch, front: Any) -> dict[str, Any]:
        facts = switch.facts
        return {
            "name": switch.name,
            "municipality": facts.municipality,
            "platform": facts.platform,
            "host": facts.host,
            "ssh_port": facts.ssh_port,
            "eapi_port": facts.eapi_port if switch.personality.eapi else None,
            "up": switch.up,
            "reachable": switch.reachable,
            "listening": front is not None and front.listening,
            "timers": [{"what": timer.what, "seconds": round(timer.left, 1)} for timer in switch.timers],
            "faults": switch.faults.words(),
            "writes": switch.history.writes,
            "reverts": switch.history.reverts,
            "sessions": [user for user, _ in front.sessions.values()] if front is not None else [],
        }

    def digests(self) -> dict[str, str]:
        """The digest of every running configuration."""
        return {
            name: hashlib.sha256(switch.personality.text().encode()).hexdigest()
            for name, switch in sorted(self.switches.items())
        }

    def reach(self, words: list[str]) -> list[dict[str, Any]]:
        """Answer for each of the words; or, where there are applications or ports among them, from one to another.

        Args:
            words: stations (by name or MAC address) and addresses; after a station, what it would use: applications,
                common services, destinations, or hosts and addresses with a port (``tcp/443``).

        Raises:
            LabError: a word is none of these.
        """
        ports = read_ports(word for word in words if "/" in word and word.split("/")[0] in ("tcp", "udp"))
        ports += read_ports(word for word in words if word == "icmp")
        rest = [word for word in words if word != "icmp" and word.split("/")[0] not in ("tcp", "udp")]
        targets = rest[1:] if ports else [word for word in rest if self.fabric.life.is_service(word)]
        if not targets:
            return [self._reach_gateway(word) for word in rest]
        return [
            self.connect(station, target, ports) for station in rest if station not in targets for target in targets
        ]

    def connect(self, name: str, target: str, ports: Ports = ()) -> dict[str, Any]:
        """Whether a station reaches something, and if not, where it ends and on which line.

        Args:
            name: the station, by name or MAC address.
            target: an application, a common service, a destination, a host or an address.
            ports: to be opened at a host or an address.

        Raises:
            LabError: there is no such station or target.
        """
        self.fabric.settle()
        station = self._find_station(name)
        answer = self.fabric.life.ask(station, target, ports)
        return {"station": station.name, "to": target, "reached": answer.reached, "ended": answer.text}

    def _reach_gateway(self, what: str) -> dict[str, Any]:
        """A station and its gateway; or, for an address, which leaves of the operations centre reach it."""
        try:
            return self.fabric.reach(what)
        except KeyError:
            pass
        leaves = [switch for switch in self.switches.values() if switch.facts.role == "leaf"]
        try:
            return {"address": what, "reached_from": [leaf.name for leaf in leaves if leaf.ping(what)]}
        except ValueError:
            raise LabError(f"no station and no address {what!r}") from None

    def lend_for(self, municipality: str, seconds: float) -> None:
        """Let a municipality's own DHCP server lend addresses for so long from now on, as its administrator would.

        Raises:
            LabError: there is no such municipality, or the time is none.
        """
        if municipality not in self.region.municipalities or not seconds > 0:
            raise LabError(f"found {municipality} and {seconds:g}, expected a municipality and seconds above 0")
        self.fabric.life.dhcp.old_seconds[municipality] = seconds

    def visit(self, name: str) -> bool:
        """Go to a station and let it ask for its address. Returns whether somebody had typed one in.

        Raises:
            LabError: there is no such station.
        """
        return self.fabric.life.clients.visit(self._find_station(name))

    def keep(self, name: str) -> bool:
        """Type into a station the address that it was lent. Returns whether it has such a one.

        Raises:
            LabError: there is no such station.
        """
        return self.fabric.life.clients.keep(self._find_station(name))

    def _find_station(self, name: str) -> Station:
        try:
            return self.fabric.find(name)
        except KeyError:
            raise LabError(f"no station {name!r}") from None

    async def edit(self, name: str, lines: list[str], save: bool = False) -> str:
        """Type configuration lines at a switch, as its own administrator would.

        Args:
            name: the switch.
            lines: configuration lines, in the order in which they are typed.
            save: write running to startup afterwards.

        Returns:
            What the switch printed.

        Raises:
            LabError: there is no such switch in this lab.
        """
        return await type_in(self.named(name), lines, save)

    def trust(self, file: Path) -> None:
        """Write the switches' host keys as an SSH client's file of known hosts, certificates in a folder beside it."""
        keys = self.store.host_keys(self.switches)
        lines = []
        for name, switch in self.switches.items():
            kind, key = keys[name].export_public_key().decode().split()[:2]
            lines.append(f"[{switch.facts.host}]:{switch.facts.ssh_port} {kind} {key}\n")
        lines += self.hosts.known_hosts() if self.hosts is not None else []
        write(file, "".join(lines))
        folder = file.parent / "certificates"
        folder.mkdir(mode=0o700, exist_ok=True)
        served = [name for name, switch in self.switches.items() if switch.personality.eapi]
        for name, pem in self.store.certificates(served).items():
            facts = self.switches[name].facts
            public = pem[pem.index("-----BEGIN CERTIFICATE-----") :]
            write(folder / f"{facts.host}_{facts.eapi_port}.pem", public)


def make_key_pair() -> tuple[str, str]:
    """An SSH key: the private part, and the public one."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment="lab")
    return key.export_private_key().decode(), key.export_public_key().decode()
