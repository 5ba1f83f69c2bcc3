"""From what is silent and what is dark to what is behind it: one cause, and what follows from it folded under it. Pure.

Silent switches that hang together are one trouble. Where it begins is at the cables that lead into them from switches
that answer: what these say of their ports decides whether a line, a hand or a switch's power is to blame.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nornir_tasks.model import Port, Region
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.graph import find_attachment, list_hypervisors
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.outage import NO_ANSWER, NO_LINK, NO_POWER, Outage

DOES_NOT_FORWARD = "passes nothing on"


class CauseKind(StrEnum):
    """What is to blame."""

    OURSELVES = "ourselves"  # nothing at all answers: it is the asker's own way
    CABLE = "cable"  # a line, its optics, or somebody who has shut a port
    CABLE_OR_POWER = "cable or power"  # one cable leads there: which of the two cannot be seen from here
    POWER = "power"  # every cable into a switch is dark
    SITE = "site"  # several switches at a site are dark from all sides
    HANGS = "hangs"  # its links are up, and nothing comes through it
    MANAGEMENT = "management"  # it does not answer; what is behind it does, or nothing is
    ENTRY = "entry"  # it answers, and does not let us in
    SERVER = "server"
    CONFIGURATION = "configuration"  # what a switch runs, and is not meant to run, cuts people off
    APPLICATION = "application"  # its hosts are there, and it does not answer


@dataclass(frozen=True)
class PortSeen:
    """What a switch says of a port. ``why`` it is down, if it tells: ``closed by hand``; or "".

    ``is_closed``: it is down at this end, by a hand or by the switch itself, whatever is at the other one.
    """

    is_up: bool
    why: str = ""
    is_closed: bool = False


@dataclass(frozen=True)
class SwitchSeen:
    """What was seen of a switch: why it did not let us in (None: it did), and its ports by name, if it told them."""

    fault: LoginFault | None = None
    ports: Mapping[str, PortSeen] = field(default_factory=dict)

    @property
    def is_silent(self) -> bool:
        """Whether nothing came back; one with another key or password is there."""
        return self.fault is not None and self.fault.is_silent


@dataclass(frozen=True)
class DarkCable:
    """A cable without a link, at the end of it that was looked at: ``why`` and ``is_closed`` as this end says it."""

    near: PortEnd
    far: PortEnd
    why: str = ""
    is_closed: bool = False

    @property
    def reason(self) -> str:
        """As it stands behind the name of what it leads to: ``has no link (closed by hand)``."""
        return f"{NO_LINK} ({self.why})" if self.why else NO_LINK


@dataclass(frozen=True)
class Cause:
    """What is to blame for what was found.

    Args:
        kind: what it is.
        subject: the switch, the server or the application (``loppa/mail``); of a cable the switch behind it, or its far
            end.
        cables: without a link.
        fault: of a login.
        folded: switches and servers that are silent because of it.
        outage: what people lose it by; empty where nobody needs to notice.
        detail: what tells it: the lines of a configuration, the ports that do not answer.
    """

    kind: CauseKind
    subject: str
    cables: tuple[DarkCable, ...] = ()
    fault: LoginFault | None = None
    folded: tuple[str, ...] = ()
    outage: Outage = field(default_factory=Outage)
    detail: tuple[str, ...] = ()


def find_causes(
    region: Region, switches: Mapping[str, SwitchSeen], servers: Mapping[str, LoginFault | None]
) -> list[Cause]:
    """What is behind all that was found, each thing once; in the order of the region.

    Args:
        region: with the cables.
        switches: those that were asked, by name.
        servers: those that were asked: why they did not let us in; None: they did.
    """
    return list(_Search(region, switches, servers).find())


class _Search:
    """One look at everything that was seen."""

    def __init__(
        self, region: Region, switches: Mapping[str, SwitchSeen], servers: Mapping[str, LoginFault | None]
    ) -> None:
        self._region, self._switches, self._servers = region, switches, servers
        self._silent = {name for name, seen in switches.items() if seen.is_silent}
        self._silent_servers = {name for name, fault in servers.items() if fault and fault.is_silent}
        self._explained: set[str] = set()

    def find(self) -> Iterator[Cause]:
        """Every cause: silent switches, dark cables between others, silent servers, and doors that are shut."""
        if self._is_cut_off_itself():
            yield Cause(CauseKind.OURSELVES, "", folded=tuple(sorted(self._silent | self._silent_servers)))
            return
        for component in self._group_silent():
            yield self._judge(component)
        yield from self._find_dark_cables()
        yield from self._find_servers()
        yield from self._find_shut_doors()

    def _is_cut_off_itself(self) -> bool:
        """Whether nobody answers, the centre's own included: of a municipality alone it would be that one's trouble."""
        switches = (self._region.devices[name].municipality for name in self._switches)
        servers = (self._region.servers[name].municipality for name in self._servers)
        asked = {*self._switches, *self._servers}
        return CENTRE in {*switches, *servers} and asked == self._silent | self._silent_servers

    # --- switches

    def _group_silent(self) -> Iterator[list[str]]:
        """Silent switches that hang together, each in the order of the region."""
        left = dict.fromkeys(name for name in self._region.devices if name in self._silent)
        while left:
            component, waiting = set[str](), [next(iter(left))]
            while waiting:
                name = waiting.pop()
                if name in left:
                    del left[name]
                    component.add(name)
                    waiting += [end.far.device for end in self._list_cables(name) if end.far.device in self._silent]
            yield [name for name in self._region.devices if name in component]

    def _list_cables(self, name: str) -> Iterator[DarkCable]:
        for port in self._region.devices[name].ports:
            if port.neighbour:
                far = PortEnd(port.neighbour.device, port.neighbour.port_name)
                yield DarkCable(PortEnd(name, port.name), far)

    def _judge(self, component: Sequence[str]) -> Cause:
        """Who of these is to blame, by the cables that lead to them from switches that answer."""
        entries: dict[str, list[tuple[PortEnd, PortEnd, PortSeen]]] = defaultdict(list)
        for name in component:
            for cable in self._list_cables(name):
                seen = self._switches.get(cable.far.device)
                state = seen.ports.get(cable.far.port) if seen and not seen.is_silent else None
                if state is not None:
                    entries[name].append((cable.far, cable.near, state))
        self._explained.update(component)
        lit = [name for name, ends in entries.items() if any(state.is_up for _, _, state in ends)]
        if lit:
            return self._judge_lit(component, lit[0])
        cables = tuple(
            DarkCable(near, far, state.why, state.is_closed)
            for ends in entries.values()
            for near, far, state in ends
            if not state.is_up
        )
        if not cables:  # nobody beside them was asked, or told its ports
            first = component[0]
            return self._make_cause(CauseKind.MANAGEMENT, first, component, fault=self._switches[first].fault)
        outage = Outage(cables={cable.near: cable.reason for cable in cables})
        subject, kind = next(iter(entries)), CauseKind.CABLE
        sites = {self._region.devices[name].site for name in entries}
        if not any(cable.is_closed for cable in cables) and len(sites) == 1:
            if len(entries) > 1:
                kind, dark = CauseKind.SITE, [name for name in component if self._region.devices[name].site in sites]
                outage = Outage(switches=dict.fromkeys(dark, NO_POWER))
            elif len(cables) > 1:
                kind, outage = CauseKind.POWER, Outage(switches={subject: NO_POWER})
            else:
                kind = CauseKind.CABLE_OR_POWER
        return self._make_cause(kind, subject, component, cables, outage=outage)

    def _judge_lit(self, component: Sequence[str], entry: str) -> Cause:
        """Of switches with a link that is up: the first of them passes nothing on, or is only not to be talked to."""
        fault = self._switches[entry].fault
        if len(component) == 1:
            return self._make_cause(CauseKind.MANAGEMENT, entry, component, fault=fault)
        outage = Outage(switches={entry: DOES_NOT_FORWARD})
        return self._make_cause(CauseKind.HANGS, entry, component, fault=fault, outage=outage)

    def _make_cause(
        self,
        kind: CauseKind,
        subject: str,
        component: Collection[str],
        cables: tuple[DarkCable, ...] = (),
        *,
        fault: LoginFault | None = None,
        outage: Outage | None = None,
    ) -> Cause:
        """The cause, with the silent servers that hang on these switches folded under it."""
        hanging = [name for name in self._region.servers if self._hangs_on(name, component)]
        self._explained.update(hanging)
        others = (*(name for name in component if name != subject), *hanging)
        return Cause(kind, subject, cables, fault, others, outage or Outage())

    def _hangs_on(self, server: str, component: Collection[str]) -> bool:
        if server not in self._silent_servers or server in self._explained:
            return False
        return find_attachment(self._region, self._region.servers[server]).partition(":")[0] in component

    def _find_dark_cables(self) -> Iterator[Cause]:
        """Cables without a link between switches that both answer: people have another way, or none."""
        told: set[PortEnd] = set()
        for name, seen in self._switches.items():
            for cable in self._list_cables(name) if not seen.is_silent else ():
                state = seen.ports.get(cable.near.port)
                far = self._switches.get(cable.far.device)
                if state is None or state.is_up or cable.near in told or (far and far.is_silent):
                    continue
                told |= {cable.near, cable.far}
                far_state = far.ports.get(cable.far.port) if far else None
                dark = DarkCable(cable.near, cable.far, state.why, state.is_closed)
                if far_state and far_state.is_closed and not state.is_closed:  # the other end sees no light
                    dark = DarkCable(cable.far, cable.near, far_state.why, True)
                yield Cause(CauseKind.CABLE, dark.far.device, (dark,), outage=Outage(cables={dark.near: dark.reason}))

    # --- servers, and those that answer and do not let us in

    def _find_servers(self) -> Iterator[Cause]:
        """Silent servers that no switch explains; what runs on a silent hypervisor is folded under it."""
        left = [name for name in self._region.servers if name in self._silent_servers - self._explained]
        for name in left:
            if set(self._list_hosts(name)) & set(left):
                continue  # it is folded below
            guests = tuple(each for each in left if name in self._list_hosts(each))
            dark = self._find_dark_port(name)
            yield Cause(
                CauseKind.SERVER,
                name,
                (dark,) if dark else (),
                self._servers[name],
                guests,
                Outage(servers={name: dark.reason if dark else NO_ANSWER}),
            )

    def _list_hosts(self, name: str) -> list[str]:
        return list_hypervisors(self._region, self._region.servers[name])

    def _find_dark_port(self, name: str) -> DarkCable | None:
        """The switch port that a server of its own hangs on, if that has no link."""
        server = self._region.servers[name]
        device, _, number = (server.attached or "").partition(":")
        seen = self._switches.get(device)
        port: Port | None = self._region.devices[device].port(int(number)) if device in self._region.devices else None
        state = seen.ports.get(port.name) if seen and port else None
        if port is None or state is None or state.is_up:
            return None
        return DarkCable(PortEnd(device, port.name), PortEnd(name, ""), state.why, state.is_closed)

    def _find_shut_doors(self) -> Iterator[Cause]:
        """Those that answer and do not let us in, together where it is the same: it is rather ours than theirs."""
        by_fault: dict[LoginFault, list[str]] = defaultdict(list)
        for name, fault in self._list_faults():
            if fault is not None and not fault.is_silent:
                by_fault[fault].append(name)
        for fault, names in by_fault.items():
            yield Cause(CauseKind.ENTRY, names[0], fault=fault, folded=tuple(names[1:]))

    def _list_faults(self) -> Iterable[tuple[str, LoginFault | None]]:
        yield from ((name, seen.fault) for name, seen in self._switches.items())
        yield from self._servers.items()
