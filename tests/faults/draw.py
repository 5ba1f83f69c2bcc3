"""Draw a case: a change, a random subset of switches, what goes wrong with them, and when. The name decides it all.

A case is drawn with ``random.Random(name)`` and not with hypothesis: the switches keep what was done to them, so that a
smaller case on the same lab is another case, and there is nothing to shrink it on. A name is all it takes to run one
again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from nornir_tasks.model import Device

Kind = Literal["stage", "drift", "undo"]
Stop = tuple[float, str]  # seconds after the beginning; "kill" (kill -9) or "interrupt" (Ctrl-C)

NEVER = 1e9
LINE = "^(no )?(ntp server|logging|vlan|name|description|snmp-server location)"
# Commands that the product gives to a platform: a fault may strike at each.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "ios": (
        LINE, LINE, "scp -t", "^configure replace", "^configure replace", "^configure replace", "^configure confirm",
        "^configure confirm", "^configure confirm", "^configure revert", "^write memory", "^write memory",
        "^show running-config", "^show startup-config", "^show archive config", "^show lldp", "^show interfaces status",
        "^ping", "^reload (in|cancel)",
    ),
    "eos": (
        LINE, LINE, "^rollback clean-config", "commit timer", "commit timer", "commit timer",
        "^configure session \\S+ commit$", "^configure session \\S+ commit$", "^configure session \\S+ commit$",
        "^configure session \\S+ abort", "^(write memory|copy running)", "^(write memory|copy running)",
        "^show running-config", "^show startup-config", "^show configuration sessions", "^show lldp",
        "^show interfaces", "^ping",
    ),
    "procurve": (
        LINE, LINE, LINE, "^reload after", "^configure terminal", "^end$", "^end$", "^no reload", "^no reload",
        "^no reload", "^write memory", "^write memory", "^show running-config", "^show config$",
        "^show reload", "^show lldp", "^show interfaces", "^ping",
    ),
}  # fmt: skip
REFUSED = ("snmp-server location", "^(no )?vlan", "^(no )?(ntp|logging|sntp)", "^(description|name)", "^interface")
# Somebody else's hand, in the middle of a change; on none of these hangs the way in.
ELSE: Mapping[str, tuple[str, ...]] = {
    "ios": ("snmp-server location elsewhere", "vlan 778; name OTHER; exit", "ntp server 10.9.9.10"),
    "eos": ("snmp-server location elsewhere", "vlan 778; name OTHER; exit", "ntp server 10.9.9.10"),
    "procurve": ('snmp-server location "elsewhere"', 'vlan 778; name "OTHER"; exit', "logging 10.9.9.10"),
}


@dataclass(frozen=True)
class Fault:
    """What strikes a switch, in the words of ``lab fault`` (or ``edit LINE; LINE``).

    ``at``: seconds after the beginning (below 0: before it). ``until``: when it is cleared, with all others
    of the switch.
    """

    switch: str
    words: tuple[str, ...]
    at: float = -1.0
    until: float = NEVER

    def __str__(self) -> str:
        when = "before" if self.at < 0 else f"at {self.at:.2f} s"
        end = "" if self.until >= NEVER else f", cleared at {self.until:.2f} s"
        return f"{when}: {self.switch}: {' '.join(self.words)}{end}"


@dataclass(frozen=True)
class Case:
    """One case.

    Args:
        kind: ``drift`` is put right; ``undo``: and that is taken back; ``stage``: HARMONISE, there and back.
        edits: switch to the lines that somebody has typed on it; ``saved``: and saved.
        disturbed: the switches on which somebody types during the change.
        early: that are there while it is planned, and stay; if no plan can be made, one is made once they are gone.
        faults: that strike on the way there; ``back``: on the way back; ``again``: while it is resumed.
        stop: when whoever applies it is stopped, and how; ``stop_again``: whoever resumes it.
        clock: how fast the switches' time runs.
        workers: how many switches at a time.
        alone: nobody resumes until every switch has come to rest by itself.
        surrender: what stopped is not finished, but taken back.
    """

    name: str
    kind: Kind
    edits: Mapping[str, tuple[str, ...]]
    saved: bool
    disturbed: frozenset[str]
    faults: tuple[Fault, ...]
    back: tuple[Fault, ...]
    again: tuple[Fault, ...]
    stop: Stop | None
    stop_again: Stop | None
    clock: float
    workers: int
    alone: bool
    surrender: bool
    early: tuple[Fault, ...]

    def script(self) -> list[str]:
        """The case in words, a line each."""
        head = f"{self.kind}, {self.workers} at a time, clock {self.clock:g}{', left alone' if self.alone else ''}"
        lines = [f"{head}{', taken back if it stops' if self.surrender else ''}"]
        lines += [f"edited{' and saved' if self.saved else ''}: {n}: {'; '.join(e)}" for n, e in self.edits.items()]
        lines += [f"planned: {fault}" for fault in self.early]
        lines += [f"there: {fault}" for fault in self.faults]
        lines += [f"there: {self.stop[1]} at {self.stop[0]:.2f} s"] if self.stop else []
        lines += [f"again: {fault}" for fault in self.again]
        lines += [f"again: {self.stop_again[1]} at {self.stop_again[0]:.2f} s"] if self.stop_again else []
        return lines + [f"back: {fault}" for fault in self.back]

    def words(self) -> list[str]:
        """What kinds of things go wrong in it, to be counted."""
        every = (*self.early, *self.faults, *self.again, *self.back)
        found = [" ".join(_kind(fault.words)) for fault in every]
        return found + [stop[1] for stop in (self.stop, self.stop_again) if stop]


def draw(name: str, devices: Sequence[Device], leaves: Sequence[Device]) -> Case:
    """The case of this name, on these switches of a municipality; the centre's leaves look at them after a change."""
    random = Random(name)
    kind: Kind = random.choices(("drift", "undo", "stage"), (87, 11, 2))[0]
    if kind == "stage":
        chosen = list(devices)
        edits: dict[str, tuple[str, ...]] = {}
    else:
        count = random.choices((1, 2, 3, 4, 6), (48, 28, 15, 7, 2))[0]
        chosen = random.sample(list(devices), min(count, len(devices)))
        edits = {device.name: _edits(random, device) for device in chosen}
    length = 8.0 if kind == "stage" else 1.5 + 0.5 * len(chosen)  # seconds that it takes, roughly
    someone = random.random() < 0.12 and kind != "undo"
    faults = _faults(random, chosen, length, random.choices((0, 1, 2, 3), (8, 60, 22, 10))[0], someone)
    if random.random() < 0.06:
        faults += (_fault(random, random.choice(leaves), length),)
    stop = _stop(random, length, 0.3 if faults else 0.9)
    return Case(
        name=name,
        kind=kind,
        edits=edits,
        saved=random.random() < 0.7,
        disturbed=frozenset(fault.switch for fault in faults if "edit" in fault.words),
        faults=faults,
        back=() if kind == "drift" else _faults(random, chosen, length, random.choice((0, 1, 1, 2)), False),
        again=_faults(random, chosen, length, 1, False) if random.random() < 0.15 else (),
        stop=stop,
        stop_again=_stop(random, length, 0.12),
        clock=random.choice((10.0, 20.0, 20.0, 20.0)),
        workers=random.choice((1, 2, 5, 10)),
        alone=random.random() < 0.25,
        surrender=kind == "drift" and not someone and random.random() < 0.2,
        early=_early(random, chosen) if random.random() < 0.06 else (),
    )


def _stop(random: Random, length: float, chance: float) -> Stop | None:
    at, how = random.uniform(0.02, length), random.choice(("kill", "kill", "interrupt"))
    return (at, how) if random.random() < chance else None


def _early(random: Random, devices: Sequence[Device]) -> tuple[Fault, ...]:
    """What is wrong with a switch from before it is planned."""
    words = (
        ("cut", str(random.randint(1, 90))),
        ("cut", str(random.randint(1, 90))),
        ("truncate", str(random.randint(100, 4000))),
        ("drop-after", str(random.randint(2, 20))),
        ("refuse", random.choice(REFUSED)),
        ("no-space",),
        ("slow", "0.10"),
    )
    return (Fault(random.choice(devices).name, random.choice(words)),)


def _faults(
    random: Random, devices: Sequence[Device], length: float, count: int, someone: bool
) -> tuple[Fault, ...]:  # fmt: skip
    found = [_fault(random, random.choice(devices), length) for _ in range(count)]
    if someone:
        device = random.choice(devices)
        words = ("edit", random.choice(ELSE[device.platform]))
        if random.random() < 0.6:
            words = (random.choice(("on", "before")), random.choice(COMMANDS[device.platform]), *words)
            found.append(Fault(device.name, words))
        else:
            found.append(Fault(device.name, words, random.uniform(-0.3, length)))
    return tuple(found)


def _fault(random: Random, device: Device, length: float) -> Fault:
    """At a command or at a time."""
    until = NEVER if random.random() < 0.6 else random.uniform(0.2, length + 2)
    if random.random() < 0.6:
        regex, when = random.choice(COMMANDS[device.platform]), random.choice(("on", "on", "before"))
        action = _trouble(random) if random.random() < 0.6 else random.choice((("drop",), ("drop",), ("full",)))
        if action == ("no-space",):
            action = ("full",)
        return Fault(device.name, (when, regex, *action), until=until)
    at = random.uniform(-1, length)
    return Fault(device.name, _trouble(random), at, max(until, at + 0.2))


def _trouble(random: Random) -> tuple[str, ...]:
    """Something that is wrong with a switch from a moment on."""
    return random.choice(
        (
            ("unreachable",),
            ("away", f"{random.uniform(0.2, 4):.2f}"),
            ("away", f"{random.uniform(0.2, 4):.2f}"),
            ("reload",),
            ("reload",),
            ("hang",),
            ("hang-after", str(random.randint(1, 40))),
            ("drop-after", str(random.randint(2, 40))),
            ("slow", f"{random.uniform(0.05, 0.25):.2f}"),
            ("refuse", random.choice(REFUSED)),
            ("refuse", random.choice(REFUSED)),
            ("no-space",),
            ("no-space",),
            ("login",),
            ("new-key",),
            ("truncate", str(random.choice((20, 200, 1000, 3000)))),
            ("cut", str(random.choice((1, 5, 20, 60)))),
        )
    )


def _edits(random: Random, device: Device) -> tuple[str, ...]:
    """What somebody typed: lines that this platform takes, and that leave the way in open."""
    port = random.choice([port.name for port in device.ports if not port.neighbour])
    vlan = random.randint(700, 799)
    if device.platform == "procurve":
        pieces: list[tuple[str, ...]] = [
            (f"interface {port}", 'name "by hand"', "exit"),
            ("logging 10.9.9.9",),
            (f"vlan {vlan}", 'name "HAND"', "exit"),
            ('snmp-server location "nowhere"',),
        ]
    else:
        pieces = [
            (f"interface {port}", "description by hand", "exit"),
            ("ntp server 10.9.9.9",),
            (f"vlan {vlan}", "name HAND", "exit"),
            ("snmp-server location nowhere",),
        ]
    found = random.sample(pieces, random.randint(1, len(pieces)))
    rare = random.random() < 0.15
    if rare and device.platform == "ios":
        found.append(("no archive",))  # nothing to go back to: a scheduled reload protects the change
    if rare and device.platform == "eos":
        found.append(("management api http-commands", "shutdown", "exit"))  # over SSH, then
    return tuple(line for piece in found for line in piece)


def _kind(words: Sequence[str]) -> Sequence[str]:
    """The words without their numbers and expressions."""
    if words[0] in ("on", "before"):
        return [words[0], *_kind(words[2:])]
    return words[:1]
