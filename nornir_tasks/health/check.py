"""What a health check is: it declares what it is for and what to do, and says pass, failure, error or skipped."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from nornir_tasks.config.view import View
from nornir_tasks.devices.collect import Collected
from nornir_tasks.model import Device, Position, Region, Stage

Verdict = Literal["passed", "failure", "error", "skipped"]


class Skipped(Exception):
    """No error: the check does not apply to this device now; the message says why."""


@dataclass(frozen=True)
class Seen:
    """What a check looks at: one device, what it is meant to be, and what it said just now."""

    region: Region
    device: Device
    position: Position
    view: View
    found: Collected
    reach: Mapping[str, bool]  # addresses the device was asked to ping, and whether they answered

    @property
    def stage(self) -> Stage:
        """How far the device has come."""
        return self.view.stage


@dataclass(frozen=True)
class CheckResult:
    """What a check said of a device. ``failure``: the network is wrong; ``error``: the tool could not tell."""

    device: str
    municipality: str
    check: str
    category: str
    verdict: Verdict
    words: str
    advice: str


class Check(ABC):
    """A check. A class without its declarations cannot be imported.

    ``description`` is what it makes sure of, ``advice`` what on-call staff do when it fails.
    """

    name: ClassVar[str]
    category: ClassVar[str]
    description: ClassVar[str]
    advice: ClassVar[str]

    def __init_subclass__(cls) -> None:
        missing = [what for what in ("name", "category", "description", "advice") if not getattr(cls, what, "")]
        if missing:
            raise TypeError(f"check {cls.__name__}: expected it to declare {', '.join(missing)}")

    @abstractmethod
    def wrong(self, seen: Seen) -> list[str]:
        """What is wrong, each "Expected …, actual …"; nothing where all is well.

        Raises:
            Skipped: it does not apply.
        """

    def run(self, seen: Seen) -> CheckResult:
        """Ask the check about a device."""
        advice = ""
        try:
            wrong = self.wrong(seen)
        except Skipped as skipped:
            verdict, words = "skipped", str(skipped)
        except (KeyError, IndexError, ValueError) as error:
            verdict, words = "error", f"the check could not read the device's answer: {error!r}"
        else:
            verdict, words = ("failure", "; ".join(wrong)) if wrong else ("passed", self.description)
            advice = self.advice if wrong else ""
        return CheckResult(
            seen.device.name, seen.device.municipality, self.name, self.category, _word(verdict), words, advice
        )


def _word(verdict: str) -> Verdict:
    words: dict[str, Verdict] = {"passed": "passed", "failure": "failure", "error": "error", "skipped": "skipped"}
    return words[verdict]
