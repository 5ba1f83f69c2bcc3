"""What the demonstration judges by, line by line: each fails when its fact is bad, and no other does.

The facts are the lab's own: a lab without doors in this process, whose switches run what they run at retire, asked by
the demonstration's client; in it somebody makes the mistake that a line is there for. What the product's commands say
is played by a stand-in.
"""

import asyncio
import io
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from lab.control.answers import answers
from lab.control.client import Client
from lab.control.lab import Lab
from lab.demo.evidence import Evidence
from lab.demo.journey import STAGES, Journey
from lab.demo.screen import Screen
from lab.region import facts
from nornir_tasks.model import Position, Stage
from nornir_tasks.reachability.intended import render_intended
from tests.support.forwarding_region import region

HOMES = ("loppa", "hasvik", "operations_centre")
CORE, SCHOOL = "loppa-core-01", "loppa-acc-03"
PC, PORT = "hogtun-skole-pc-001", "Ethernet1"  # at SCHOOL
LABELS = {
    "stages", "drift", "not as the standard", "legacy lines left", "running is the render", "longest outage",
    "without gateway now", "other municipalities", "operations centre", "health", "own port moved", "everybody else",
    "left behind", "lost applications", "open without a record",
}  # fmt: skip


class Inside(Client):
    """The demonstration's client, of a lab in this process: what crosses the channel is JSON, as always."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab.where)
        self._answers = answers(lab, lambda: None)

    def ask(self, do: str, **asked: Any) -> Any:
        """Ask one thing."""
        answer = self._answers[do](json.loads(json.dumps(asked)))
        if asyncio.iscoroutine(answer):
            answer = asyncio.run(answer)
        return json.loads(json.dumps(answer))


class Doors:
    """The product's commands: what they answer where nothing is wrong, and what a test makes them answer."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.health: dict[str, Any] = {"healthy": True, "verdict": "healthy"}
        self.fixed: tuple[str, ...] = ()  # MAC addresses that they name

    def script(self, name: str, *arguments: str, good: Sequence[int] = (0,)) -> Any:
        """Answer as a script does, and write it into the log."""
        with self.log.open("a") as log:
            log.write(f"$ scripts/{name} {' '.join(arguments)}\n{self.fixed}\n")
        return self.health if name == "health_check.py" else {}


class Stand:
    """A demonstration at its end: a lab in which things may be done, and the account that is given of them."""

    def __init__(self, where: Path) -> None:
        self.lab = Lab(where / "lab", facts.read(), HOMES)
        self.lab.build()
        asyncio.run(self._retire())
        self.client = Inside(self.lab)
        self.seconds = 0.0  # time passes by ``wait`` alone, however slow this machine is
        self.lab.fabric.record._clock = lambda: self.seconds
        stopped = time.monotonic()
        self.lab.fabric.life.agenda.clock = lambda: stopped
        self.where, self.screen = where, io.StringIO()
        self.journey = Journey(Screen(self.screen), self.client, facts.read(), "loppa", where, {})
        self.doors = Doors(where / "commands.log")
        self.journey._doors = self.doors  # type: ignore[assignment]
        self.evidence = Evidence(self.client, facts.read(), "loppa")
        self.moved = True
        self.rows: list[dict[str, Any]] = [
            {"number": 10 * number, "word": name.partition("_")[2], "summary": "", "outage": 0.0, "seconds": 1.0}
            | {"legacy_left": 0, "drift": 0, "from_standard": 0}
            for number, name in enumerate(STAGES, 1)
        ]
        self.devices: list[dict[str, Any]] = [{"device": CORE, "lines": [], "identical": True, "drift": 0}]

    async def _retire(self) -> None:
        """Let Loppa and the centre run what they run at the end; nobody there has a typed-in address any more."""
        position = Position(dict.fromkeys(("loppa", "operations_centre"), Stage.RETIRE))
        texts = render_intended(region(), position, ("loppa", "operations_centre"), lambda name: None).texts
        for name, text in texts.items():
            switch = self.lab.switches[name]
            switch.personality.load(text)
            switch.startup = switch.personality.text()
            switch._meaning = None
            self.lab.fabric.changed(switch)
        for switch in self.lab.switches.values():
            switch.keeper = lambda switch: None
        self.lab.fabric.begin_anew(HOMES)
        for station in tuple(self.lab.fabric.life.clients.typed):
            self.lab.visit(station.name)
        self.lab.fabric.reset_record()

    def edit(self, switch: str, *lines: str) -> None:
        """Type lines, and save."""
        self.client.edit(switch, *lines, save=True)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.lab.fabric.settle()
        self.seconds += seconds
        self.client.skip(seconds)

    def move(self, vlan: int) -> None:
        """Let the PC's port have another VLAN."""
        self.edit(SCHOOL, f"interface {PORT}", f"switchport access vlan {vlan}")

    def bounce(self) -> None:
        """Let the link of the PC's port go down and come up."""
        for word in ("shutdown", "no shutdown"):
            self.edit(SCHOOL, f"interface {PORT}", word)

    def end_stage(self) -> None:
        """Take in what a stage did to people, and let somebody visit whoever was left behind, as the journey does."""
        self.evidence.outage("pilot")
        self.journey._visited += self.evidence.usage.visit()

    def find_failed(self) -> set[str]:
        """The labels of the lines that did not hold; the account's own verdict is the same."""
        self.journey._rows, self.journey._last = self.rows, {"devices": self.devices}
        held = self.journey._account(self.evidence, self.moved)
        lines = json.loads((self.where / "evidence.json").read_text())["facts"]
        failed = {line["label"] for line in lines if not line["ok"]}
        assert {line["label"] for line in lines} == LABELS
        assert held is (not failed)
        assert self.screen.getvalue().splitlines()[-1].startswith("Not everything held") is not held
        return failed


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    """At the end of a demonstration in which nothing has happened."""
    return Stand(tmp_path)


def test_every_line_holds_where_nothing_has_happened(stand: Stand) -> None:
    """And people use something, without which no line could fail."""
    stand.end_stage()
    assert stand.find_failed() == set()
    assert sum(use.before for use in stand.evidence.usage.uses.values()) > 20


@pytest.mark.parametrize(("seconds", "failed"), [(11, set()), (14, {"own port moved"})])
def test_own_port_moved(stand: Stand, seconds: float, failed: set[str]) -> None:
    """A client is without until its link is bounced, which takes two seconds more: fifteen in all are let pass."""
    stand.move(110)
    stand.wait(seconds)
    stand.bounce()
    stand.wait(3)
    stand.end_stage()
    assert seconds < stand.evidence.usage.of_moved.seconds <= seconds + 3
    assert PC in stand.evidence.usage.of_moved.words
    assert stand.find_failed() == failed


@pytest.mark.parametrize(("seconds", "failed"), [(0.08, set()), (0.2, {"everybody else"})])
def test_everybody_else(stand: Stand, seconds: float, failed: set[str]) -> None:
    """The same client, whose port keeps its VLAN: a tenth of a second is let pass, and no more."""
    stand.edit(CORE, "interface Vlan120", "shutdown")
    stand.wait(seconds)
    stand.edit(CORE, "interface Vlan120", "no shutdown")
    stand.end_stage()
    assert stand.evidence.usage.of_others.seconds == pytest.approx(seconds, abs=0.01)
    assert stand.find_failed() == failed


@pytest.mark.parametrize("is_named", [True, False])
def test_left_behind(stand: Stand, is_named: bool) -> None:
    """Who has a typed-in address and does not follow is visited; each must be named by the product's own list."""
    assert stand.client.keep(PC) == [PC]
    mac = next(row["mac"] for row in stand.client.stations() if row["name"] == PC)
    stand.move(110)
    stand.bounce()
    stand.wait(600)
    stand.end_stage()
    assert list(stand.evidence.usage.left) == [PC]
    assert stand.journey._visited == [mac]
    stand.doors.fixed = (mac.upper(),) if is_named else ("02:00:00:00:00:01",)
    assert stand.find_failed() == (set() if is_named else {"left behind"})


def test_left_behind_without_a_typed_in_address_is_no_excuse(stand: Stand) -> None:
    """A client that asks for its address and is not answered counts as long as it lasts, and has lost what it used."""
    stand.edit(CORE, "interface Vlan110", "no ip helper-address 10.10.1.13", "no ip helper-address 10.10.129.13")
    stand.move(110)
    stand.bounce()
    stand.wait(600)
    stand.end_stage()
    assert stand.journey._visited == []
    assert stand.find_failed() == {"own port moved", "lost applications"}


def test_lost_applications(stand: Stand) -> None:
    """One port of one application, closed to one zone; each group is named that had it."""
    stand.edit(CORE, "ip access-list extended LOST", "deny tcp any host 10.17.92.20 eq 88",
               "deny tcp any host 10.17.92.21 eq 88", "permit ip any any",
               "interface Vlan120", "ip access-group LOST out", "ip access-group LOST in")  # fmt: skip
    stand.end_stage()
    assert "lost applications" in stand.find_failed()
    assert "directory for pupils" in stand.screen.getvalue()
    stand.edit(CORE, "interface Vlan120", "no ip access-group LOST out", "ip access-group ZONE-SCHOOL-IN in")
    stand.end_stage()
    assert stand.find_failed() == set()


def test_open_without_a_record(stand: Stand) -> None:
    """No list at one gateway; what is open is named."""
    stand.edit(CORE, "interface Vlan120", "no ip access-group ZONE-SCHOOL-IN in")
    stand.end_stage()
    assert stand.find_failed() == {"open without a record"}
    assert "school reaches " in " ".join(stand.screen.getvalue().split())


@pytest.mark.parametrize(
    ("seconds", "back", "failed"),
    [(4, True, set()), (6, True, {"longest outage"}), (6, False, {"longest outage", "without gateway now"})],
)
def test_gateways(stand: Stand, seconds: float, back: bool, failed: set[str]) -> None:
    """Five seconds without a gateway are let pass; nobody may be without one in the end."""
    stand.edit(CORE, "interface Vlan120", "shutdown")
    stand.wait(seconds)
    if back:
        stand.edit(CORE, "interface Vlan120", "no shutdown")
    stand.end_stage()
    lost = {"everybody else"} | (set() if back else {"lost applications"})
    assert stand.find_failed() == failed | lost


# --- configurations


@pytest.mark.parametrize(
    ("switch", "port", "failed"),
    [
        ("hasvik-core-01", 1, {"other municipalities"}),
        ("alta-leaf-01", 7, set()),  # Loppa's own uplink
        ("alta-leaf-01", 9, {"operations centre"}),
        ("hammerfest-leaf-02", 6, {"operations centre"}),  # Hasvik's
    ],
)
def test_what_is_not_loppas(stand: Stand, switch: str, port: int, failed: set[str]) -> None:
    """A byte on another's switch; and at the centre what does not stand below a port of Loppa's."""
    name = region().devices[switch].port(port).name
    stand.edit(switch, f"interface {name}", "description by hand")
    stand.end_stage()
    assert stand.find_failed() == failed


def test_running_is_the_render(stand: Stand) -> None:
    """Not saved, and not as the audit's render."""
    stand.client.edit(SCHOOL, f"interface {PORT}", "description by hand")
    stand.end_stage()
    assert stand.find_failed() == {"running is the render"}
    stand.edit(SCHOOL)
    assert stand.find_failed() == set()
    stand.devices[0]["identical"] = False
    assert stand.find_failed() == {"running is the render"}


def _stop_early(stand: Stand) -> None:
    stand.moved = False


def _leave(what: str) -> Callable[[Stand], None]:
    def leave(stand: Stand) -> None:
        stand.rows[-1][what] = 1

    return leave


def _fall_ill(stand: Stand) -> None:
    stand.doors.health = {"healthy": False, "verdict": "one failure"}


WRONG: Iterable[tuple[str, Callable[[Stand], None]]] = (
    ("stages", _stop_early),
    ("drift", _leave("drift")),
    ("not as the standard", _leave("from_standard")),
    ("legacy lines left", _leave("legacy_left")),
    ("health", _fall_ill),
)


def test_what_the_product_says_of_itself(stand: Stand) -> None:
    """Its own audits and checks: each bad word is a line of the account that does not hold."""
    before = json.dumps(stand.rows), stand.doors.health
    for label, spoil in WRONG:
        spoil(stand)
        assert stand.find_failed() == {label}
        stand.moved, stand.rows, stand.doors.health = True, json.loads(before[0]), before[1]
