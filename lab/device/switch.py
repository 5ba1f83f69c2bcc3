"""One switch of the lab: power, flash memory, timers and faults; what it is configured with is its personality's."""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Protocol

from lab.device.faults import FaultError, Faults
from lab.device.hardware import PORT_FAULTS
from lab.device.history import History
from lab.device.meaning import Meaning, PortMeaning
from lab.device.personality import Personality
from lab.device.tables import Adjacency, Arp, Dialled, Learned, Mac, Neighbour, Source
from lab.region.facts import SwitchFacts

log = logging.getLogger("lab")


@dataclass
class TopologyChanges:
    """How often spanning tree has changed since the switch started, and at which uptime the last time."""

    count: int = 1  # the first is its own start
    at: float = 0.0


class HangUp(Exception):
    """The line is closed, from either side. Its text is what still came through, as a switch prints it."""


class PowerLost(HangUp):
    """The switch restarted in the middle of something: nothing of it goes on."""


class Surroundings(Protocol):
    """What a switch knows of the world: the datapath. ``Switch`` says what each answer is."""

    def changed(self, switch: "Switch") -> None:
        """Take note that a switch's configuration or power has changed; worked out at the end of this turn."""

    def settle(self) -> None:
        """Work out now what has changed."""

    def manageable(self, switch: "Switch") -> bool:
        """Whether the centre has a way to the switch's management address."""

    def neighbours(self, switch: "Switch") -> list[Neighbour]:
        """LLDP."""

    def root(self, switch: "Switch", vlan: int) -> tuple[str, int]:
        """The root of a VLAN's spanning tree."""

    def oper(self, switch: "Switch", port: int) -> bool:
        """Link state."""

    def carries(self, switch: "Switch", vlan: int) -> bool:
        """Whether a port that is up carries a VLAN."""

    def macs(self, switch: "Switch") -> list[Mac]:
        """MAC table."""

    def arp(self, switch: "Switch") -> list[Arp]:
        """ARP table."""

    def adjacencies(self, switch: "Switch") -> list[Adjacency]:
        """OSPF neighbours."""

    def learned(self, switch: "Switch") -> list[Learned]:
        """Routes learned by OSPF."""

    def trace(self, switch: "Switch", address: IPv4Address) -> list[IPv4Address]:
        """Who answers on the way."""

    def ping(self, switch: "Switch", address: IPv4Address, source: IPv4Address | None = None) -> bool:
        """Whether an address answers."""

    def dial(self, switch: "Switch", address: IPv4Address, port: int, source: IPv4Address) -> Dialled:
        """What becomes of a connection over TCP."""

    def sources(self, switch: "Switch") -> list[Source]:
        """Its addresses on interfaces that are up."""


@dataclass
class Timer:
    """Something that will happen on its own. ``what`` is for people; ``pace``: how fast the switch's clock runs."""

    what: str
    due: float  # time.monotonic()
    handle: asyncio.TimerHandle = field(repr=False)
    owner: "Switch" = field(repr=False)
    pace: float = 1.0

    @property
    def left(self) -> float:
        """Seconds until it happens, by your clock; 0 when it has."""
        return max(0.0, self.due - time.monotonic())

    @property
    def remaining(self) -> float:
        """Seconds until it happens, as the switch counts them."""
        return self.left * self.pace

    def cancel(self) -> None:
        """Make it not happen. Harmless when it has."""
        self.handle.cancel()
        if self in self.owner.timers:
            self.owner.timers.remove(self)
            self.owner.keep()


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def mac_of(name: str) -> str:
    """The address of the switch of this name, the same wherever it is shown: ``00:1c:73:…``."""
    digest = _digest(name)
    return ":".join(["00", "1c", "73", digest[0:2], digest[2:4], digest[4:6]])


class Switch:
    """One switch. Made by the lab; the personality comes right after (``switch.personality``).

    Args:
        facts: from the inventory.
        world: the datapath; a switch on its own (``lab.testing.bench.bench``) has a small stand-in.
    """

    personality: Personality

    def __init__(self, facts: SwitchFacts, world: Surroundings) -> None:
        self.facts = facts
        self.name = facts.name
        self.model = facts.model
        self.port_names: list[str] = list(facts.port_names)
        self.world = world
        self.startup = ""
        self.files: dict[str, str] = {}  # flash, by bare file name
        self.up = True
        self.faults = Faults()
        self.timers: list[Timer] = []
        self.delay_seconds = 0.0
        self.reload_seconds = 5.0
        self.cut: Callable[[], None] = lambda: None  # set by the server: hang up on everybody, listen as the state says
        self.freeze: Callable[[], None] = lambda: None  # set by the server: answer nobody, and hang up on nobody
        self.history = History(version=lambda: self.version, running=self.running)
        self.version = 0  # counts changes of the running configuration
        self.keeper: Callable[[Switch], None] = lambda switch: None  # set by the lab once it is built
        self._meaning: Meaning | None = None
        self._before = Meaning()  # the last one that could be worked out
        self.clock = 1.0  # how fast its time runs; see ``set_clock``
        self._age, self._since = 0.0, time.monotonic()  # uptime until then, and since when the clock runs as it does
        self._starts = 0
        self._boot: asyncio.TimerHandle | None = None
        self._back: asyncio.TimerHandle | None = None
        self.mac = mac_of(self.name)
        self.topology = TopologyChanges()
        self.link_changes: dict[int, float] = {}  # port to the uptime at which its link last came up or went
        self.serial = f"LAB{_digest(self.name)[:8].upper()}"

    # --- the configuration

    @property
    def meaning(self) -> Meaning:
        """What the running configuration means; worked out once after each change.

        A configuration that the personality cannot make sense of is its own fault, and this switch's alone: it is
        written to the log, and the switch forwards as before, so that the others go on.
        """
        if self._meaning is None:
            try:
                self._meaning = self.personality.meaning()
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                log.exception("%s: the personality does not understand its own configuration", self.name)
                self._meaning = self._before
            held = self._held_ports()
            if held:
                ports = self._meaning.ports
                down = {number: replace(ports.get(number, PortMeaning()), up=False) for number in held}
                self._meaning = replace(self._meaning, ports={**ports, **down})
            self._before = self._meaning
        return self._meaning

    def _held_ports(self) -> list[int]:
        """The ports whose links a fault holds down."""
        return [n for n, name in enumerate(self.port_names, 1) if self.faults.hardware.holds_down(name)]

    def running(self) -> str:
        """The running configuration, as text."""
        return self.personality.text()

    def changed(self) -> None:
        """The running configuration has changed: called by the personality after each line that it accepted."""
        self.version += 1
        self._meaning = None
        self.world.changed(self)
        self.keep()

    def save(self) -> None:
        """Write running to startup, as ``write memory`` does."""
        self.startup = self.running()
        self.keep()

    def keep(self) -> None:
        """Tell the store that this switch's state has moved on (flash, startup, running or timers)."""
        self.keeper(self)

    def refuses(self, line: str) -> str | None:
        """The error text with which this line is refused because of the fault ``refuse``, or None.

        A personality asks this for each configuration line, however it comes in (command line, file, API).
        """
        return self.personality.refusal(line) if self.faults.refuses(line) else None

    @property
    def full(self) -> bool:
        """No space is left in flash (fault ``no-space``): writing a file or startup fails."""
        return self.faults.no_space

    # --- faults

    def fault(self, words: list[str]) -> None:
        """Set a fault, and let it have its effect: sessions are cut or freeze, doors close, the switch restarts.

        Raises:
            FaultError: there is no such fault, or no such port.
        """
        if words[:1] and words[0] in PORT_FAULTS and words[1:] and words[1] not in self.port_names:
            raise FaultError(f"fault: {words[0]}: found {words[1]!r}, expected a port such as {self.port_names[0]!r}")
        if words == ["reload"]:
            self.reload()
            return
        before, held = self.faults.doors, self._held_ports()
        self.faults.set(words)
        self._expect_back()
        if self._held_ports() != held:
            self._meaning = None
            self.world.changed(self)
        after = self.faults.doors
        if after.hang and not before.hang and after == before._replace(hang=True):
            self.freeze()
        elif after != before:
            self.cut()
        self.keep()

    def suffer(self, faults: Faults) -> None:
        """Have these faults from the beginning (before anybody could connect)."""
        self.faults = faults
        self._meaning = None
        self._expect_back()

    def _expect_back(self) -> None:
        """Open the doors again when ``away`` is over."""
        if self._back is not None:
            self._back.cancel()
            self._back = None
        if self.faults.away:
            self._back = asyncio.get_running_loop().call_later(self.faults.away, self._returned)

    def _returned(self) -> None:
        self._back = None
        if self.faults.away:  # a timer may be early by a hair
            self._expect_back()
            return
        self.cut()
        self.keep()

    # --- time and power

    async def delay(self) -> None:
        """Take as long as equipment takes for a command.

        The SSH server waits so for each line typed; a personality waits so itself for each command of an API request.

        Raises:
            PowerLost: the switch restarted meanwhile.
        """
        await asyncio.sleep(0)  # what the command before has changed happens before this one
        await self._take(self.delay_seconds + self.faults.slow_seconds)

    async def line_delay(self) -> None:
        """Take as long as equipment takes for a line out of a file: the fault ``slow`` is about commands.

        Raises:
            PowerLost: the switch restarted meanwhile.
        """
        await self._take(self.delay_seconds)

    async def _take(self, seconds: float) -> None:
        start = self._starts
        if seconds:
            await asyncio.sleep(seconds)
        if not self.up or self._starts != start:
            raise PowerLost

    @property
    def uptime(self) -> float:
        """Seconds since the last boot, by the switch's own clock."""
        return self._age + (time.monotonic() - self._since) * self.clock

    def serve(self, seconds: float) -> None:
        """Have been up for so long already: to start a lab is no power cut."""
        self._age += seconds

    def set_clock(self, factor: float) -> None:
        """Let its time run so many times as fast: the timers set from now on, the boot time, and the uptime."""
        self._age, self._since = self.uptime, time.monotonic()
        self.clock = factor

    def schedule(self, seconds: float, callback: Callable[[], Awaitable[None] | None], what: str = "timer") -> Timer:
        """Do something later, by the switch's own clock; a reload forgets it.

        Args:
            seconds: by the switch's own clock.
            callback: called then; a coroutine is run to its end.
            what: a word for people.

        Returns:
            The timer, which can be cancelled.
        """
        loop = asyncio.get_running_loop()
        wait = seconds / self.clock

        def fire() -> None:
            if timer in self.timers:
                self.timers.remove(timer)
            made = callback()
            if made is not None:
                task = asyncio.ensure_future(_to_its_end(made))
                _running.add(task)
                task.add_done_callback(_running.discard)
            self.keep()

        timer = Timer(what, time.monotonic() + wait, loop.call_later(wait, fire), self, self.clock)
        self.timers.append(timer)
        self.keep()
        return timer

    def reload(self) -> None:
        """Restart: everybody is cut off, what was not saved is lost, and startup is booted after ``reload_seconds``."""
        if not self.up:
            return
        self.power_off()
        self.world.changed(self)
        self.world.settle()
        self.cut()
        self._boot = asyncio.get_running_loop().call_later(self.reload_seconds / self.clock, self.boot)
        self.keep()

    def power_off(self) -> None:
        """Nothing that was to come will come any more."""
        self.up = False
        self._starts += 1
        for timer in list(self.timers):
            timer.cancel()
        if self._boot is not None:
            self._boot.cancel()
            self._boot = None

    def boot(self) -> None:
        """Come up with the startup configuration (the factory's, if there is none)."""
        self.power_off()
        with self.history.step("boot"):
            self.personality.on_reload()
            self.personality.load(self.startup or self.personality.factory())
            self.come_up()

    def come_up(self) -> None:
        """Be up with the configuration that is loaded; whoever was logged in is not any more."""
        self.up = True
        self._age, self._since = 0.0, time.monotonic()
        self.topology = TopologyChanges()
        self.link_changes = {}
        self.changed()
        self.world.settle()
        self.cut()

    # --- the world around it

    def note_topology_change(self) -> None:
        """A line between two switches of this spanning tree has come up or gone."""
        self.topology = TopologyChanges(self.topology.count + 1, self.uptime)

    def note_link_change(self, port: int) -> None:
        """A port's link has come up or gone."""
        self.link_changes[port] = self.uptime

    def link_age(self, port: int) -> float:
        """Seconds since a port's link last came up or went; since the switch started, if it has not."""
        return self.uptime - self.link_changes.get(port, 0.0)

    @property
    def reachable(self) -> bool:
        """Whether its management address can be reached from the centre just now."""
        return self.up and not self.faults.doors.unreachable and self.world.manageable(self)

    def port(self, number: int) -> PortMeaning:
        """What is configured on a port."""
        return self.meaning.ports.get(number) or PortMeaning()

    def neighbours(self) -> list[Neighbour]:
        """LLDP neighbours, in port order. Unpacks as (local port number, host name, port name, description)."""
        return self.world.neighbours(self)

    def far_mac(self, port: int) -> str:
        """The address of the switch at the far end of a port's cable; empty if none is plugged in."""
        cable = self.facts.cables.get(port)
        return mac_of(cable.switch) if cable is not None else ""

    def root(self, vlan: int) -> tuple[str, int]:
        """The address of a VLAN's root bridge, and the port that leads there; 0 where it is this switch."""
        return self.world.root(self, vlan)

    def oper(self, port: int) -> bool:
        """Whether a port's link is up."""
        return self.world.oper(self, port)

    def carries(self, vlan: int) -> bool:
        """Whether a VLAN is there and a port that is up carries it: only then is its layer 3 interface up."""
        return self.world.carries(self, vlan)

    def macs(self) -> list[Mac]:
        """The MAC table, by VLAN and address. Unpacks as (mac, vlan, port number)."""
        return self.world.macs(self)

    def arp(self) -> list[Arp]:
        """The ARP table, by address."""
        return self.world.arp(self)

    def adjacencies(self) -> list[Adjacency]:
        """OSPF neighbours that are full."""
        return self.world.adjacencies(self)

    def learned(self) -> list[Learned]:
        """What OSPF has learned beyond the networks that are attached, by network."""
        return self.world.learned(self)

    def trace(self, address: str | IPv4Address) -> list[IPv4Address]:
        """Who answers on the way to an address, one a hop: a router by the interface that it was reached at."""
        return self.world.trace(self, IPv4Address(address))

    def ping(self, address: str | IPv4Address, source: IPv4Address | None = None) -> bool:
        """Whether an address answers: there and back to ``source``, else to the interface that leads there."""
        return self.world.ping(self, IPv4Address(address), source)

    def dial(self, address: str | IPv4Address, port: int, source: IPv4Address) -> Dialled:
        """What becomes of a connection over TCP that this switch opens from one of its addresses."""
        return self.world.dial(self, IPv4Address(address), port, source)

    def sources(self) -> list[Source]:
        """The addresses that it may ask from: those of interfaces that are up."""
        return self.world.sources(self)


async def _to_its_end(work: Awaitable[None]) -> None:
    with contextlib.suppress(PowerLost):
        await work


_running: set[asyncio.Future[None]] = set()  # the loop itself holds tasks only weakly
