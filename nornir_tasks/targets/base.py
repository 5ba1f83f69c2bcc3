"""What a plan changes, whatever it is: the contract between one safe change (``change``) and a kind of host.

A kind says how its hosts are found and read; a target, how one of them is to be (intended), what that differs from what
it is (diff), how it is written to (apply), looked at (verify) and brought back (go back). A configuration is text in
lines. Whoever adds a kind writes its module and one row in ``nornir_tasks.targets.KINDS``.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from nornir_tasks.config.compare import Comparison
from nornir_tasks.config.risk import JudgedLine, Risk, assess_risk, judge_lines
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Position, Region, RiskRule
from nornir_tasks.platforms.common.base import PreparedChange, Safety, WritePermit
from nornir_tasks.reachability.service_probes import ServiceProbes

Baseline = Mapping[str, Any]  # what a target saw before the change, as JSON: the journal keeps it


@dataclass(frozen=True)
class TargetChange:
    """What a change makes of a target: masked texts, and where everything stands before and after.

    ``restore``: the reference of the backup that it goes back to; empty: it goes on.
    """

    running: str
    intended: str
    now: Position
    then: Position
    restore: str = ""


class TargetSession(Protocol):
    """An open way to a target, closed at the end of its ``with``. ``platforms.common.base.Session`` is one.

    ``push``, ``confirm``, ``revert`` and ``save`` ask ``permit`` right before each command that changes the target, and
    let through what it raises: nothing may be written any more, and the target's own timer brings it back.
    """

    permit: WritePermit

    def running(self) -> str:
        """What it is now: cleaned, with its secrets."""

    def startup(self) -> str:
        """What it will be after a restart."""

    def pending(self) -> bool:
        """Whether a change waits for its confirmation."""

    def push(self, change: PreparedChange, revert_seconds: int) -> None:
        """Arm the target's own way back, then write. It goes back unless ``confirm`` comes in time.

        Raises:
            RefusedLine: a line was refused; the target is back as it was, and nothing is armed.
            ConfigurationMoved: it is no longer what ``change.before`` says; nothing was written.
            PlatformError: anything else; the message says in what state the target was left.
        """

    def confirm(self) -> None:
        """Disarm the way back, and let what runs outlive a restart.

        Raises:
            PlatformError: nothing waits for a confirmation; or anything else.
        """

    def revert(self, before: str) -> None:
        """Go back now, without waiting for the timer. ``before``: what ran before the change."""

    def save(self) -> None:
        """Let what runs outlive a restart."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Target(ABC):
    """One host that a plan may change. It belongs to the region in which it was found.

    Attributes:
        kind: its row in ``nornir_tasks.targets.KINDS``: ``switch``, ``server``.
        name: as the inventory has it, and as plans and journal do.
        municipality: whose lock a change needs, and whose stage moves it.
        platform: what it runs, as people are told: ``ios``. Hosts of two platforms never share a group of a plan.
        safety: how it goes back on its own.
        replaces: whether a push writes the whole configuration; False: only the lines that lead to it.
        confirm_seconds: how long its way back waits for the confirmation.
        risk_rules: the region's table of risks, as it holds for this host.
        feeds_power: whether what is plugged in may get its power from it, over Ethernet.
        keeps_power: whether that stays on while a link is taken down.
        asks_ports: whether it can ask for a port of TCP; else it pings.
    """

    kind: str
    noun: tuple[str, str]  # of the kind, for people: ("switch", "es")
    name: str
    municipality: str
    platform: str
    safety: Safety
    replaces: bool
    confirm_seconds: int
    risk_rules: Sequence[RiskRule]
    feeds_power: bool = False
    keeps_power: bool = False
    asks_ports: bool = False

    # --- read

    @abstractmethod
    def connect(self, context: Context, position: Position) -> TargetSession:
        """Log in, as whoever may at a position, with the context's permit to write.

        Raises:
            PlatformError, GuardError, CredentialsError: no way in; nothing was written.
            HostKeyChanged: something else answers in its place.
        """

    def ways(self, *positions: Position) -> tuple[Position, ...]:
        """Those of these positions that lead to a login of their own, the first of each; one by default."""
        return positions[:1]

    @abstractmethod
    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """Put ``<secret:KEY>`` in the place of every secret. Shape: masked text, and KEY to what stood there."""

    @abstractmethod
    def unmask(self, text: str, secrets: Mapping[str, str]) -> str:
        """The reverse of ``mask``.

        Raises:
            PlatformError: a secret is not among those given.
        """

    # --- intended

    @abstractmethod
    def render(self, position: Position, snapshot: str | None) -> str:
        """What it is meant to be at a position: masked.

        Args:
            position: where everything stands.
            snapshot: the survey's, cleaned and masked; None: there is none.
        """

    def find_lockouts(
        self, intended: str, position: Position, running: str | None = None, accepted: Collection[str] = ()
    ) -> Sequence[Verdict]:
        """Why people or programs would stand outside once it runs what is intended: none by default.

        Args:
            intended: masked, as is ``running``.
            position: where everything stands then.
            running: what lets them in as it is: only lines that differ from it can be unknown.
            accepted: unknown lines that the plan lets through.
        """
        return ()

    # --- diff

    @abstractmethod
    def compare(self, running: str, intended: str, snapshot: str | None = None) -> Comparison:
        """How what runs differs from what is intended.

        Args:
            running: masked, as are the others.
            intended: at some position.
            snapshot: the survey's; what it holds is no edit.
        """

    def find_left(self, running: str, intended: str) -> str:
        """The diff that a change has left undone, masked; empty: the host is as it was meant to be.

        Args:
            running: what it is after the change, masked.
            intended: as the plan has it.
        """
        difference = self.compare(running, intended)
        return "" if difference.equal else difference.diff

    @abstractmethod
    def remediation(self, running: str, intended: str) -> tuple[str, ...]:
        """The lines that lead from one to the other, in order."""

    def assess(self, diff: str) -> Risk:
        """How risky a diff is, and why."""
        return assess_risk(self.platform, diff, self.risk_rules)

    def judge(self, diff: str) -> tuple[JudgedLine, ...]:
        """Every changed line, with what the table of risks says of it."""
        return judge_lines(self.platform, diff, self.risk_rules)

    def tokens(self) -> Mapping[str, str]:
        """What only this host says of itself, by the mark that stands for it (``‹name›``), to find what is alike."""
        return {}

    def stops(self) -> Sequence[str]:
        """The switches and servers of the inventory that may be down while it changes: none by default."""
        return ()

    # --- apply

    def find_restore_obstacle(self, context: Context, running: str, former: str) -> str:
        """What keeps this host from being brought back to a backup, in words: nothing by default.

        Args:
            context: whose logins are used.
            running: what it is, masked.
            former: the backup, masked.
        """
        return ""

    @abstractmethod
    def find_secrets(self, context: Context, running: str, intended: str) -> Mapping[str, str]:
        """The stored form of every secret that an intended text needs: from the host, else from the credentials.

        Args:
            context: whose credentials are asked.
            running: with its secrets in place.
            intended: masked, with the lines that lead to it.

        Raises:
            CredentialsError: one is nowhere to be had.
        """

    # --- verify

    @abstractmethod
    def observe(self, context: Context, session: Any, change: TargetChange) -> Baseline:
        """Look before the change at what must still hold after it.

        Args:
            context: whose logins are used.
            session: a login to this target.
            change: what is about to become of it.
        """

    def foresee_bounced(self, running: str, intended: str) -> Sequence[str]:
        """The links that ``list_bounced`` can name once the change has begun, as far as texts tell: none by default.

        Args:
            running: masked.
            intended: masked.
        """
        return ()

    def foresee_services(self, position: Position) -> ServiceProbes:
        """What of people's services it is asked for at a position: nothing by default."""
        return ServiceProbes()

    def list_bounced(self, baseline: Baseline) -> Sequence[str]:
        """The links that go down and come up with the change, so that those behind them notice: none by default.

        Args:
            baseline: what ``observe`` gave, also as it comes back from the journal.
        """
        return ()

    def bounce(self, session: Any, links: Sequence[str], *, going_back: bool = False) -> None:
        """Take these links down and let them come up."""

    def raise_links(self, session: Any, links: Sequence[str]) -> None:
        """Let these links come up: whoever took them down may have died before that."""

    @abstractmethod
    def probe(
        self, context: Context, session: Any, baseline: Baseline, now: Position, then: Position
    ) -> Sequence[Verdict]:
        """Look after the change, from the host itself and from those who need it.

        Args:
            context: whose logins are used.
            session: a fresh login to this target.
            baseline: what ``observe`` gave, also as it comes back from the journal (lists for tuples).
            now: where everything stood before the change.
            then: where it stands with it.
        """


@dataclass(frozen=True)
class Foresight:
    """What a host is to become where no pure function tells: masked. ``error``: why that is not known."""

    intended: str = ""
    error: str = ""


class TargetKind(ABC):
    """All hosts of one kind."""

    def foresee(
        self, context: Context, targets: Sequence[Any], running: Mapping[str, str], position: Position
    ) -> Mapping[str, Foresight]:
        """What becomes of hosts at a position, by name, where a run has to tell; by default ``Target.render`` does.

        Nothing is written to any of them.

        Args:
            context: whose logins are used.
            targets: of this kind.
            running: what each of them is, by name, with its secrets.
            position: where everything stands then.
        """
        return {}

    @abstractmethod
    def find(self, region: Region, name: str) -> Target | None:
        """The host of this name; None: it is none of this kind."""

    @abstractmethod
    def read(
        self, context: Context, targets: Sequence[Any], position: Position, facts: Sequence[str], workers: int
    ) -> Mapping[str, Collected]:
        """Read many at once, by name; one that does not answer is in the answer with its error.

        Args:
            context: whose logins are used.
            targets: of this kind.
            position: as whom to log in.
            facts: what to read beside the running configuration: ``pending``, ``macs`` …
            workers: how many at a time.
        """
