"""The cause behind what is silent: every switch, cable and server of the real region in turn, and several at once.

What would be seen is worked out here, by a walk over the cables from where the control node stands, and by no code of
the product's.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import pytest

from nornir_tasks.health.causes import Cause, CauseKind, PortSeen, SwitchSeen, find_causes
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region
from nornir_tasks.platforms.common.login_fault import LoginFault
from nornir_tasks.reachability.bridging import PortEnd

ASKER = "alta-leaf-01"  # where the control node hangs that asks
SHUT, DARK = "shutdown", "no light"


@cache
def region() -> Region:
    """The inventory's."""
    return load_region()


@dataclass
class World:
    """What is really wrong.

    Args:
        dead: switches without power.
        hung: switches whose links are up, and that pass nothing on.
        deaf: switches that pass everything on, and answer nobody.
        cut: ends of cables, and what the switch at that end says of it; the other end sees no light.
        off: servers without power.
    """

    dead: set[str] = field(default_factory=set)
    hung: set[str] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)
    cut: dict[PortEnd, str] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)

    def cables(self, name: str) -> Iterator[tuple[PortEnd, PortEnd]]:
        """The cables of a switch."""
        for port in region().devices[name].ports:
            if port.neighbour:
                yield PortEnd(name, port.name), PortEnd(port.neighbour.device, port.neighbour.port_name)

    def is_lit(self, near: PortEnd, far: PortEnd) -> bool:
        """Whether there is light on a cable."""
        return near not in self.cut and far not in self.cut and not {near.device, far.device} & self.dead

    def show(self, near: PortEnd, far: PortEnd) -> PortSeen:
        """What the switch says of a port; without light it says so."""
        is_lit, why = self.is_lit(near, far), self.cut.get(near, "")
        return PortSeen(is_lit, "" if is_lit else why or DARK, bool(why))

    def reached(self) -> set[str]:
        """The switches that a packet of the asker's comes to."""
        found, waiting = set[str](), [ASKER]
        while waiting:
            name = waiting.pop()
            if name in found or name in self.dead | self.hung:
                continue
            found.add(name)
            waiting += [far.device for near, far in self.cables(name) if self.is_lit(near, far)]
        return found

    def look(self) -> list[Cause]:
        """What the product makes of what is seen."""
        reached = self.reached()
        switches = {}
        for name in region().devices:
            ports = {near.port: self.show(near, far) for near, far in self.cables(name)}
            silent = name not in reached or name in self.deaf
            switches[name] = SwitchSeen(LoginFault.NO_ANSWER, {}) if silent else SwitchSeen(None, ports)
        return find_causes(region(), switches, self.servers(reached))

    def servers(self, reached: set[str]) -> Mapping[str, LoginFault | None]:
        """Which servers answer: those whose switch is reached, and that have power, themselves and below them."""
        return {name: None if self.answers(name, reached) else LoginFault.NO_ANSWER for name in region().servers}

    def answers(self, name: str, reached: set[str]) -> bool:
        """Whether a server does."""
        server = region().servers[name]
        while server.name not in self.off and server.runs_on:
            server = region().servers[server.runs_on]
        return server.name not in self.off and (server.attached or "").partition(":")[0] in reached

    def silent(self) -> set[str]:
        """All that does not answer."""
        reached = self.reached()
        servers = {name for name, fault in self.servers(reached).items() if fault}
        return servers | {name for name in region().devices if name not in reached or name in self.deaf}


SWITCHES = [name for name in region().devices if name != ASKER]
CABLES = sorted(
    {tuple(sorted(cable)) for name in region().devices for cable in World().cables(name)},
)
HYPERVISORS = sorted({server.runs_on for server in region().servers.values() if server.runs_on})


def require_all_folded(world: World, causes: list[Cause]) -> None:
    """Everything that is silent stands under one cause, and nothing else does."""
    told = [name for cause in causes for name in ({cause.subject} & world.silent() | set(cause.folded))]
    assert sorted(told) == sorted(world.silent())


def test_where_all_is_well_there_is_no_cause() -> None:
    assert World().look() == []


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_without_power_is_named_and_all_behind_it_folded(name: str) -> None:
    world = World(dead={name})
    causes = world.look()
    (silent,) = [cause for cause in causes if cause.folded or cause.subject == name]
    assert silent.subject == name
    assert silent.kind in (CauseKind.POWER, CauseKind.CABLE_OR_POWER)
    require_all_folded(world, [silent])
    assert causes == [silent]


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_that_hangs_has_links_that_are_up(name: str) -> None:
    world = World(hung={name})
    (cause,) = world.look()
    assert cause.subject == name
    hanging = world.silent() - {name}
    behind = {each for each in hanging if each in region().devices}
    assert cause.kind is (CauseKind.HANGS if behind else CauseKind.MANAGEMENT)
    require_all_folded(world, [cause])


@pytest.mark.parametrize(
    "name", ["loppa-core-01", "loppa-acc-03", "loppa-acc-04", "alta-spine-01", "hammerfest-leaf-01"]
)
def test_a_switch_that_passes_on_and_does_not_answer_takes_nobody_along(name: str) -> None:
    (cause,) = World(deaf={name}).look()
    assert (cause.kind, cause.subject, cause.folded) == (CauseKind.MANAGEMENT, name, ())
    assert not cause.outage.switches


@pytest.mark.parametrize("why", [SHUT, DARK], ids=["shut", "dark"])
@pytest.mark.parametrize("cable", CABLES, ids=str)
def test_a_cable_is_named_with_who_shut_it(cable: tuple[PortEnd, PortEnd], why: str) -> None:
    world = World(cut={cable[0]: "" if why == DARK else why})
    (cause,) = world.look()
    (dark,) = cause.cables
    assert {dark.near, dark.far} == set(cable)
    require_all_folded(world, [cause])
    seen = cable[0].device in world.reached()
    assert dark.why == (why if seen else DARK)
    if seen and why == SHUT:
        assert cause.kind is CauseKind.CABLE
    elif world.silent():
        assert cause.kind is CauseKind.CABLE_OR_POWER  # one cable: from here it looks the same
    assert cause.outage.cables


def test_both_lines_of_a_municipality_are_one_cause_with_two_reasons() -> None:
    near = [PortEnd("alta-leaf-01", "Ethernet7"), PortEnd("hammerfest-leaf-01", "Ethernet7")]
    world = World(cut={near[0]: SHUT, near[1]: ""})
    (cause,) = world.look()
    assert (cause.kind, cause.subject) == (CauseKind.CABLE, "loppa-core-01")
    assert {(dark.near, dark.why) for dark in cause.cables} == {(near[0], SHUT), (near[1], DARK)}
    require_all_folded(world, [cause])


def test_the_other_half_is_one_site() -> None:
    world = World(
        dead={name for name in region().devices if name.startswith("hammerfest-") and region().devices[name].is_fabric}
    )
    (cause,) = world.look()
    assert cause.kind is CauseKind.SITE
    assert set(cause.outage.switches) == world.dead
    require_all_folded(world, [cause])


def test_if_nobody_answers_it_is_ourselves() -> None:
    (cause,) = World(dead={ASKER}).look()
    assert cause.kind is CauseKind.OURSELVES
    assert set(cause.folded) == {*region().devices, *region().servers}


def test_a_municipality_alone_that_is_silent_is_not_ourselves() -> None:
    seen = {device.name: SwitchSeen(LoginFault.NO_ANSWER) for device in region().of("loppa")}
    (cause,) = find_causes(region(), seen, {})
    assert (cause.kind, len(cause.folded)) == (CauseKind.MANAGEMENT, len(seen) - 1)


@pytest.mark.parametrize("name", HYPERVISORS)
def test_a_hypervisor_takes_its_guests_along(name: str) -> None:
    world = World(off={name})
    (cause,) = world.look()
    assert (cause.kind, cause.subject) == (CauseKind.SERVER, name)
    require_all_folded(world, [cause])


def test_a_server_whose_port_is_dark_says_so() -> None:
    server = region().servers["loppa-hv-01"]
    switch, _, number = str(server.attached).partition(":")
    port = region().devices[switch].port(int(number)).name
    seen = {switch: SwitchSeen(None, {port: PortSeen(False, SHUT, True)})}
    (cause,) = find_causes(region(), seen, {"loppa-hv-01": LoginFault.NO_ANSWER})
    assert [(dark.near, dark.why) for dark in cause.cables] == [(PortEnd(switch, port), SHUT)]
    assert cause.outage.servers == {"loppa-hv-01": "has no link (shutdown)"}


@pytest.mark.parametrize("fault", [LoginFault.WRONG_PASSWORD, LoginFault.OTHER_KEY, LoginFault.UNKNOWN_KEY])
def test_who_answers_and_does_not_let_us_in_is_not_silent(fault: LoginFault) -> None:
    """Twenty at once are one trouble, and rather ours."""
    names = SWITCHES[:20]
    (cause,) = find_causes(region(), {name: SwitchSeen(fault) for name in names}, {"loppa-db-01": fault})
    assert (cause.kind, cause.fault, cause.subject) == (CauseKind.ENTRY, fault, names[0])
    assert set(cause.folded) == {*names[1:], "loppa-db-01"}


@pytest.mark.parametrize("seed", range(40))
def test_faults_in_different_places_are_as_many_causes(seed: int) -> None:
    chance = random.Random(seed)
    homes = chance.sample(
        ["alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa"], chance.randint(2, 5)
    )
    world, expected = World(), set[str]()
    for home in homes:
        name = chance.choice([device.name for device in region().of(home)])
        chance.choice([world.dead, world.hung]).add(name)
        expected.add(name)
    causes = world.look()
    assert {cause.subject for cause in causes} == expected
    assert len(causes) == len(expected)
    require_all_folded(world, causes)
