"""What can be wrong with a switch on purpose."""

import codecs
import re
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lab.device import hardware
from lab.device.hardware import Hardware

USAGE = (
    "unreachable | away SECONDS | reload | hang | hang-after N | drop-after N | slow SECONDS | refuse REGEX | no-space"
    " | login | new-key | truncate BYTES | cut LINES | endless | scribble TEXT REGEX | on REGEX ACTION"
    f" | before REGEX ACTION | {hardware.USAGE} | clear"
)
HELP = f"""\
A fault is set beside those that are there already, and stays until "clear"; "fault list" shows all.

  unreachable       nobody gets there, and who is logged in is cut off; the switch itself goes on
  away SECONDS      unreachable for so long (by your clock), and then back
  reload            restarts now, into its startup configuration
  hang              answers nobody any more: connections open, and stay open, in silence; its timers run on
  hang-after N      hangs at the N-th command, instead of obeying it
  drop-after N      hangs up at every N-th command, instead of obeying it (over eAPI a request counts as one)
  slow SECONDS      a command takes so long, typed or in an eAPI request; a line of a file that IOS loads, or of an
                    EOS session over eAPI, costs nothing
  refuse REGEX      a configuration line that matches is refused, however it comes
  no-space          nothing more goes into flash: no file, no archive, no startup configuration
  login             every password is wrong
  new-key           another SSH host key and TLS certificate, as if the switch had been swapped
  truncate BYTES    an output that is longer ends after so many bytes, and the line is dead
  cut LINES         an output that is longer ends after so many lines, and the prompt comes as if that were all
  endless           an output goes on without end, over SSH and eAPI, until the other end hangs up
  scribble TEXT REGEX
                    behind whatever matches in an output or a prompt comes this text, a word in which \\x1b is an
                    escape: a switch that says what somebody wrote into it. What it is, and runs, stays as it is
{hardware.HELP}
  on REGEX ACTION   once: when a command that matches has been carried out, whatever came of it
  before REGEX ACTION
                    once: before a command that matches is carried out; it is not, if ACTION ends the session

REGEX is sought in the line as it was typed, whatever the mode: also in a command of an eAPI request, in "scp -t FILE",
and (on ... only) in a line that IOS takes from a file. ACTION is any fault above, "full" for no-space, or

  drop              hang up on that session; over eAPI, no answer. What was sent already is still carried out
  edit LINE[; LINE] somebody else configures this on the switch

  fault loppa-acc-01 on '^configure replace' away 30
  fault loppa-acc-04 before '^write memory' drop
"""
ENDING = frozenset({"drop", "away", "unreachable", "reload", "hang", "new-key"})


class FaultError(ValueError):
    """There is no such fault, or its argument is no good."""


class Doors(NamedTuple):
    """What whoever connects meets."""

    unreachable: bool
    hang: bool
    new_key: bool


@dataclass(frozen=True)
class Trigger:
    """What happens once at a command. ``when``: ``on`` or ``before``."""

    when: str
    regex: str
    action: str

    def __str__(self) -> str:
        return f"{self.when} {self.regex} {self.action}"


@dataclass
class Faults:
    """The faults of one switch. ``drop_after`` and ``hang_after`` count commands."""

    unreachable: bool = False
    hang: bool = False
    no_space: bool = False
    login: bool = False
    new_key: bool = False
    endless: bool = False
    away_until: float = 0.0  # time.monotonic()
    slow_seconds: float = 0.0
    hang_after: int | None = None
    drop_after: int | None = None
    truncate: int | None = None
    cut: int | None = None
    refused: list[str] = field(default_factory=list)
    scribbles: list[tuple[str, str]] = field(default_factory=list)  # text as it was typed, and where
    triggers: list[Trigger] = field(default_factory=list)
    hardware: Hardware = field(default_factory=Hardware)
    _count: int = field(default=0, repr=False)

    def set(self, words: list[str]) -> None:
        """Set the fault that these words name, beside those already there; ``clear`` removes all.

        Raises:
            FaultError: it is not one of USAGE (``reload`` is no state: ``lab.device.switch`` does it).
        """
        match words:
            case ["clear"]:
                self.__init__()  # type: ignore[misc]
            case [("unreachable" | "hang" | "no-space" | "login" | "new-key" | "endless") as name]:
                setattr(self, name.replace("-", "_"), True)
            case [part] if part in hardware.PARTS:
                self.hardware.fail(part)
            case [fault, port] if fault in hardware.PORT_FAULTS:
                self.hardware.ports.setdefault(fault, set()).add(port)
            case ["away", seconds] if _number(seconds) and float(seconds) > 0:
                self.away_until = time.monotonic() + float(seconds)
            case ["slow", seconds] if _number(seconds):
                self.slow_seconds = float(seconds)
            case [("hang-after" | "drop-after") as name, count] if count.isdigit() and int(count) > 0:
                setattr(self, name.replace("-", "_"), int(count))
            case [("truncate" | "cut") as name, count] if count.isdigit():
                setattr(self, name, int(count))
            case ["refuse", *regex] if regex:
                self.refused.append(_regex(" ".join(regex)))
            case ["scribble", text, *regex] if regex:
                self.scribbles.append((text, _regex(" ".join(regex))))
            case [("on" | "before") as when, *rest] if rest:
                self.triggers.append(_trigger(when, " ".join(rest)))
            case _:
                raise FaultError(f"fault: found {' '.join(words)!r}, expected {USAGE}")

    @property
    def away(self) -> float:
        """Seconds until it is back; 0 when it is."""
        return max(0.0, self.away_until - time.monotonic())

    @property
    def doors(self) -> Doors:
        """What whoever connects meets."""
        return Doors(self.unreachable or self.away > 0, self.hang, self.new_key)

    def refuses(self, line: str) -> bool:
        """Whether a configuration line is refused."""
        return any(re.search(regex, line.strip()) for regex in self.refused)

    def command(self) -> str | None:
        """Count a command. Answers ``drop`` or ``hang`` when that is due now; the next session counts anew."""
        if self.drop_after is None and self.hang_after is None:
            return None
        self._count += 1
        if self.hang_after is not None and self._count >= self.hang_after:
            self._count, self.hang_after = 0, None
            return "hang"
        if self.drop_after is not None and self._count >= self.drop_after:
            self._count = 0
            return "drop"
        return None

    def spring(self, when: str, line: str) -> str | None:
        """The action of the first trigger that this command sets off; it is spent with that."""
        if not line.strip():
            return None
        for trigger in self.triggers:
            if trigger.when == when and re.search(trigger.regex, line.strip()):
                self.triggers.remove(trigger)
                return trigger.action
        return None

    def shortened(self, text: str) -> str:
        """An output without the lines that ``cut`` takes away."""
        return text if self.cut is None else "".join(text.splitlines(keepends=True)[: self.cut])

    def scribbled(self, said: Any) -> Any:
        """An output with what ``scribble`` puts into it: a text, or what an API answers, with all its texts."""
        if not self.scribbles:
            return said
        if isinstance(said, dict):
            return {key: self.scribbled(value) for key, value in said.items()}
        if isinstance(said, list):
            return [self.scribbled(value) for value in said]
        if isinstance(said, str):
            for text, regex in self.scribbles:
                letters = codecs.decode(text, "unicode_escape")
                said = re.sub(f"({regex})", lambda match: match[0] + letters, said, flags=re.MULTILINE)  # noqa: B023
        return said

    def words(self) -> list[str]:
        """The faults that are set, as they are typed."""
        flags = ("unreachable", "hang", "no-space", "login", "new-key", "endless")
        words = [name for name in flags if getattr(self, name.replace("-", "_"))]
        if self.away:
            words.append(f"away {self.away:.1f}")
        if self.slow_seconds:
            words.append(f"slow {self.slow_seconds:g}")
        for name in ("hang-after", "drop-after", "truncate", "cut"):
            if (count := getattr(self, name.replace("-", "_"))) is not None:
                words.append(f"{name} {count}")
        words += [f"refuse {regex}" for regex in self.refused]
        words += [f"scribble {text} {regex}" for text, regex in self.scribbles]
        return words + self.hardware.words() + [str(trigger) for trigger in self.triggers]

    @classmethod
    def from_words(cls, lines: list[str]) -> "Faults":
        """The reverse of ``words``."""
        made = cls()
        for line in lines:
            name, _, argument = line.partition(" ")
            made.set([name, *argument.split(" ")] if argument else [name])
        return made


def _trigger(when: str, text: str) -> Trigger:
    """Tell the expression from the action, which is the longest end that is one: neither is quoted."""
    words = text.split(" ")
    for place in range(1, len(words)):
        action = words[place:]
        if _is_action(action):
            return Trigger(when, _regex(" ".join(words[:place])), " ".join(action))
    typed = f"{when} {text}"
    raise FaultError(f"fault: found {typed!r}, expected {when} REGEX ACTION; ACTION: drop, edit LINE or a fault")


def _is_action(words: list[str]) -> bool:
    match words:
        case ["drop"] | ["full"] | ["reload"]:
            return True
        case ["edit", *line]:
            return bool("".join(line).strip("; "))
        case ["on" | "before" | "clear", *_]:
            return False
    try:
        Faults().set(words)
    except FaultError:
        return False
    return True


def _number(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise FaultError(f"fault: {text!r} is no regular expression: {error}") from error
    return text
