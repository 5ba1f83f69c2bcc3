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
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.language import NORWEGIAN, get_language, mark, translate
from nornir_tasks.core.verdict import Mismatch, Rule, Status, Verdict
from nornir_tasks.health.facts import CheckedDevice, Fact, Reading, Value
from nornir_tasks.health.incident import Urgency
from nornir_tasks.platforms.common.login_fault import LoginFault

SWITCHES = "switches"
RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
CHECKOUT = RUNBOOKS.parents[1]
DECLARED = ("name", "category", "description", "advice", "facts")
NO_ANSWER = mark("the switch does not answer")
IS_THERE = (LoginFault.WRONG_PASSWORD, LoginFault.OTHER_KEY, LoginFault.UNKNOWN_KEY)
NO_ENTRY = mark("the switch does not let us in")
UNTOLD = mark("this switch does not tell {what}")
REPORT = mark("Tell the developers, with this message.")
READ_BY_HAND = mark("Log in and ask it by hand; if it answers in full, run the check again.")


def find_norwegian(runbook: Path) -> Path:
    """Where the same runbook stands in Norwegian."""
    return runbook.parent / NORWEGIAN / runbook.name


def name_runbook(runbook: Path) -> str:
    """A runbook as people open it, in the reader's language: from the top of the checkout, if it is in it."""
    file = find_norwegian(runbook) if get_language() == NORWEGIAN else runbook
    return str(file.relative_to(CHECKOUT) if file.is_relative_to(CHECKOUT) else file)


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
    # What a check has worked out of the readings, by its function, for the checks after it; may hold secrets.
    worked_out: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The device's: what verdicts are about."""
        return self.device.name

    def value(self, fact: Fact[Value]) -> Value:
        """The value of a fact that the check has declared.

        Raises:
            KeyError: the check has not declared this fact.
            NotTold: the platform does not tell it.
        """
        return require(self.hint(fact), translate(fact.name))

    def hint(self, fact: Fact[Value]) -> Value | None:
        """The value of a fact that the check can do without; None: it could not be read, or is not told.

        Raises:
            KeyError: the check has not declared this fact.
        """
        value: Any = self.readings[fact].value
        return value


def require(value: Value | None, what: str) -> Value:
    """The value itself.

    Args:
        value: what a switch tells; None: it does not.
        what: names it for people, translated: ``its fans``.

    Raises:
        NotTold: there is none.
    """
    if value is None:
        raise NotTold(translate(UNTOLD, what=what))
    return value


class Check(ABC):
    """A check. A class without its declarations, or without its runbook in both languages, cannot be imported.

    ``description`` is what it makes sure of, ``advice`` what on-call staff do when it fails (a mismatch may have its
    own, which fits better), ``facts`` what has to be read of a device for it; with none it is asked of a device that
    does not answer, too. ``hints`` are facts that make the advice fit: without them it is judged all the same.
    ``runbook`` is ``docs/runbooks/<name>.md`` unless the class says otherwise; beside it, in ``nb/``, is the Norwegian
    one. What a class declares is ``mark``-ed, and translated when it is told.
    """

    name: ClassVar[str]
    category: ClassVar[str]
    description: ClassVar[str]
    advice: ClassVar[str]
    facts: ClassVar[tuple[Fact, ...]]
    urgency: ClassVar[Urgency] = Urgency.LATER  # of what fails, where no incident says whom it hits
    hints: ClassVar[tuple[Fact, ...]] = ()
    interval_seconds: ClassVar[int] = 60  # after so long the service runs it again
    runbook: ClassVar[Path]
    kind: ClassVar[str] = SWITCHES  # what it is asked of

    def __init_subclass__(cls, *, is_base: bool = False) -> None:
        if is_base:  # of a kind of its own, and no check itself
            return
        missing = [attribute for attribute in DECLARED if getattr(cls, attribute, "") == ""]
        if missing:
            raise TypeError(f"check {cls.__name__}: expected it to declare {', '.join(missing)}")
        cls.runbook = getattr(cls, "runbook", RUNBOOKS / f"{cls.name}.md")
        for runbook in (cls.runbook, find_norwegian(cls.runbook)):
            if not runbook.is_file():
                raise TypeError(f"check {cls.name}: expected its runbook at {runbook}, actual: no such file")
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
            is_there = observation.login_fault in IS_THERE
            return [replace(self.skip(device, translate(NO_ENTRY if is_there else NO_ANSWER)), is_unseen=True)]
        unread = [fact for fact in self.facts if observation.readings[fact].error]
        if unread:
            reasons = "; ".join(_describe_unread(fact, observation.readings[fact]) for fact in unread)
            return [self.fail_to_tell(device, reasons, translate(READ_BY_HAND))]
        declared = {fact: observation.readings[fact] for fact in (*self.facts, *self.hints)}
        try:
            mismatches = self.find_mismatches(replace(observation, readings=declared))
        except Skipped as skipped:
            return [replace(self.skip(device, str(skipped)), is_unseen=isinstance(skipped, NotTold))]
        except (FellesdriftError, KeyError, IndexError, ValueError) as error:
            unreadable = translate("the check could not read the device's answer: {error}", error=describe_error(error))
            return [self.fail_to_tell(device, unreadable)]
        except Exception as error:  # noqa: BLE001 - a check may come from outside: its bug is reported, the others go on
            failure = translate("the tool itself failed: {error}", error=describe_error(error))
            return [self.fail_to_tell(device, failure, translate(REPORT))]
        verdicts = [self.rule.failed(device, *mismatch) for mismatch in mismatches]
        advised = [replace(verdict, advice=verdict.advice or translate(self.advice)) for verdict in verdicts]
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


def _describe_unread(fact: Fact, reading: Reading) -> str:
    return translate("{fact} could not be read: {error}", fact=translate(fact.name), error=reading.error)


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
    return tuple(dict.fromkeys(fact for check in checks for fact in (*check.facts, *check.hints)))
