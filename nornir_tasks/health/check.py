"""What a health check is: it declares its purpose, the facts it needs and what to do, and gives verdicts.

A new check is one class, here in ``health/`` or anywhere that is imported, and its runbook. To be a subclass of
``Check`` is to be registered.
"""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import nornir_tasks.health
from nornir_tasks.core.errors import describe_error
from nornir_tasks.core.verdict import Mismatch, Rule, Status, Verdict
from nornir_tasks.health.facts import CheckedDevice, Fact, Reading, Value
from nornir_tasks.platforms.common.login_fault import LoginFault

SWITCHES = "switches"
RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
CHECKOUT = RUNBOOKS.parents[1]
DECLARED = ("name", "category", "description", "advice", "facts")
NO_ANSWER = "the switch does not answer"
NO_ENTRY = "the switch does not let us in"
REPORT = "Tell the developers, with this message."
READ_BY_HAND = "Log in and ask it by hand; if it answers in full, run the check again."


def name_runbook(runbook: Path) -> str:
    """A runbook as people open it: from the top of the checkout, if it is in it."""
    return str(runbook.relative_to(CHECKOUT) if runbook.is_relative_to(CHECKOUT) else runbook)


class Skipped(Exception):
    """No error: the check does not apply to this device now; the message says why."""


class NotTold(Skipped):
    """The check applies, and the device does not tell what it needs: never counted as fine."""


@dataclass(frozen=True)
class Observation(CheckedDevice):
    """What a check judges: one device, what it is meant to be, and the facts that were read of it just now."""

    readings: Mapping[Fact, Reading] = field(default_factory=dict)
    login_error: str = ""  # why there are no readings
    login_fault: LoginFault | None = None  # the same, for programs

    @property
    def name(self) -> str:
        """The device's: what verdicts are about."""
        return self.device.name

    def value(self, fact: Fact[Value]) -> Value:
        """The value of a fact that the check has declared.

        Raises:
            KeyError: the check has not declared this fact.
        """
        value: Any = self.readings[fact].value
        return value


class Check(ABC):
    """A check. A class without its declarations, or without its runbook, cannot be imported.

    ``description`` is what it makes sure of, ``advice`` what on-call staff do when it fails (a mismatch may have its
    own, which fits better), ``facts`` what has to be read of a device for it; with none it is asked of a device that
    does not answer, too. ``runbook`` is ``docs/runbooks/<name>.md`` unless the class says otherwise.
    """

    name: ClassVar[str]
    category: ClassVar[str]
    description: ClassVar[str]
    advice: ClassVar[str]
    facts: ClassVar[tuple[Fact, ...]]
    runbook: ClassVar[Path]
    kind: ClassVar[str] = SWITCHES  # what it is asked of

    def __init_subclass__(cls, *, is_base: bool = False) -> None:
        if is_base:  # of a kind of its own, and no check itself
            return
        missing = [attribute for attribute in DECLARED if getattr(cls, attribute, "") == ""]
        if missing:
            raise TypeError(f"check {cls.__name__}: expected it to declare {', '.join(missing)}")
        cls.runbook = getattr(cls, "runbook", RUNBOOKS / f"{cls.name}.md")
        if not cls.runbook.is_file():
            raise TypeError(f"check {cls.name}: expected its runbook at {cls.runbook}, actual: no such file")
        if cls.name in REGISTRY:
            raise TypeError(f"check {cls.name}: expected a name of its own, actual: {REGISTRY[cls.name].__name__}'s")
        REGISTRY[cls.name] = cls

    @property
    def rule(self) -> Rule:
        """The check, as its verdicts name it."""
        return Rule(self.name, self.description, self.category)

    @abstractmethod
    def find_mismatches(self, observation: Any) -> list[Mismatch]:  # an Observation, or one of its own kind
        """What is wrong; nothing where all is well.

        Raises:
            Skipped: the check does not apply to this device now.
        """

    def run(self, observation: Any) -> list[Verdict]:
        """The verdicts of the check on a device: one, or one for each mismatch."""
        device = observation.name
        if self.facts and observation.login_error:
            is_there = observation.login_fault in (LoginFault.WRONG_PASSWORD, LoginFault.OTHER_KEY)
            return [self.skip(device, NO_ENTRY if is_there else NO_ANSWER)]
        unread = [fact for fact in self.facts if observation.readings[fact].error]
        if unread:
            reasons = "; ".join(f"{fact.name} could not be read: {observation.readings[fact].error}" for fact in unread)
            return [self.fail_to_tell(device, reasons, READ_BY_HAND)]
        declared = {fact: observation.readings[fact] for fact in self.facts}
        try:
            mismatches = self.find_mismatches(replace(observation, readings=declared))
        except Skipped as skipped:
            return [self.skip(device, str(skipped))]
        except (KeyError, IndexError, ValueError) as error:
            return [self.fail_to_tell(device, f"the check could not read the device's answer: {describe_error(error)}")]
        except Exception as error:  # noqa: BLE001 - a check may come from outside: its bug is reported, the others go on
            return [self.fail_to_tell(device, f"the tool itself failed: {describe_error(error)}", REPORT)]
        verdicts = [self.rule.failed(device, *mismatch) for mismatch in mismatches]
        advised = [replace(verdict, advice=verdict.advice or self.advice) for verdict in verdicts]
        return advised or [self.rule.passed(device)]

    def skip(self, device: str, reason: str) -> Verdict:
        """The verdict on a device that the check does not apply to."""
        return Verdict(device, self.rule, Status.SKIPPED, actual=reason)

    def fail_to_tell(self, device: str, reason: str, advice: str = "") -> Verdict:
        """The verdict (error) on a device that the check could not judge.

        Args:
            device: the device's name.
            reason: why, for people: ``… could not be read: timed out``.
            advice: what to do about it; empty where the reason says enough.
        """
        return Verdict(device, self.rule, Status.ERROR, actual=reason, advice=advice)


REGISTRY: dict[str, type[Check]] = {}


def load_checks(kind: str = SWITCHES) -> tuple[Check, ...]:
    """An instance of every registered check of a kind: this package's first, module by module in their order there."""
    for module in pkgutil.iter_modules(nornir_tasks.health.__path__):
        importlib.import_module(f"nornir_tasks.health.{module.name}")
    home = f"{nornir_tasks.health.__name__}."
    in_order = sorted(REGISTRY.values(), key=lambda check: (not check.__module__.startswith(home), check.__module__))
    return tuple(check() for check in in_order if check.kind == kind)


def list_required_facts(checks: tuple[Check, ...]) -> tuple[Fact, ...]:
    """The facts that have to be read of a device for these checks, each once."""
    return tuple(dict.fromkeys(fact for check in checks for fact in check.facts))
