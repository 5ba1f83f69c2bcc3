"""The plan: what will be written to which device, read by people, approved by name, and applied exactly as read."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography.fernet import InvalidToken

from nornir_tasks.core import state
from nornir_tasks.core.bounds import PLAN_BYTES, read_file
from nornir_tasks.core.errors import FellesdriftError, PlatformError
from nornir_tasks.core.output import make_visible_json
from nornir_tasks.core.secrets import hide_secrets, reveal_secrets
from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.devices.context import Context, one_line
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.targets import Target, TargetError, find_target

LONGEST = 64  # letters of a plan's name
CLOCK_SKEW = timedelta(minutes=5)  # by which the clocks of two control nodes may differ
ONLY_SECRETS = "~ a secret, or the order of lines\n"  # the diff where masked texts do not tell what differs
Kind = Literal["stage", "undo", "harmonise"]


class PlanError(FellesdriftError):
    """A plan is missing, or what it rests on has moved: names what. Nothing was written to any device."""


@dataclass(frozen=True)
class DevicePlan:
    """One device's part. All texts are masked; digests are of texts with their secrets in place."""

    device: str
    wave: str
    place: str | None  # what the position calls it, if the change moves it
    before: int  # stages
    after: int
    digest_before: str
    diff: str
    intended: str
    lines: tuple[str, ...]  # remediation
    drift: tuple[str, ...]  # somebody's edits found on the device: the change would undo them
    restore: str | None = None  # the backup that is written back, to the byte, instead of a render
    running: str = ""  # what it ran when the plan was made, so that a difference can be shown later
    instead: str | None = None  # what is done for a device that cannot go back on its own, and why
    accepted: tuple[str, ...] = ()  # changed lines that the lock-out proof does not know, and that are let through
    risk: int = 0
    risks: tuple[str, ...] = ()  # why the risk is what it is, the gravest first

    @property
    def changes(self) -> bool:
        """Whether anything will be written."""
        return bool(self.diff)

    @property
    def let_us_in(self) -> str:
        """What is known to let us in as it stands: what runs; for a backup that is written back, which ran, itself."""
        return self.intended if self.restore else self.running


@dataclass(frozen=True)
class Plan:
    """A saved plan. ``devices`` stand in the order in which they are applied, wave by wave."""

    id: str
    kind: Kind
    municipality: str
    before: int
    stage: int  # that the municipality stands at afterwards
    made: str
    who: str
    reason: str
    digests: dict[str, str]
    devices: tuple[DevicePlan, ...]
    ticket: str = ""
    expires: str = ""  # like ``made``, ISO 8601 in UTC
    gates: tuple[Verdict, ...] = ()
    undoes: str | None = None  # the plan that this one takes back
    left_out: tuple[str, ...] = ()  # devices that belong to it, and stay as they are for the plan's reason
    accepted_losses: tuple[str, ...] = ()  # who loses what, or is let to what, and that is meant
    checkpoint: str = ""  # the last one of the journal when it was made: an approval is a signature of it, too

    @property
    def digest(self) -> str:
        """SHA-256 of everything the plan says (hex): what an approval is a signature of."""
        content = json.dumps({**_content(self), "id": ""}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def moves(self) -> bool:
        """Whether the municipality stands elsewhere afterwards."""
        return self.before != self.stage

    @property
    def completes(self) -> bool:
        """Whether the municipality itself moves: not while devices are left out, which have to follow."""
        return self.moves and not self.left_out

    @property
    def to_do(self) -> bool:
        """Whether there is anything to do, and so to write down: a device that changes, or a move."""
        return self.moves or any(part.changes for part in self.devices)

    def of(self, device: str) -> DevicePlan:
        """The part of one device."""
        for part in self.devices:
            if part.device == device:
                return part
        raise PlanError(f"plan {self.id}: {device} is not in it; it has {', '.join(p.device for p in self.devices)}")

    @property
    def waves(self) -> dict[str, tuple[str, ...]]:
        """Wave to its devices, in order."""
        by_wave: dict[str, list[str]] = {}
        for part in self.devices:
            by_wave.setdefault(part.wave, []).append(part.device)
        return {wave: tuple(devices) for wave, devices in by_wave.items()}

    def groups(self) -> list[tuple[str, tuple[str, ...]]]:
        """Diffs and the devices that share each, so that a person really reads them; the widest first."""
        by_diff: dict[str, list[str]] = {}
        for part in self.devices:
            if part.changes:
                by_diff.setdefault(part.diff, []).append(part.device)
        return sorted(((diff, tuple(names)) for diff, names in by_diff.items()), key=lambda group: -len(group[1]))


def plan_device(
    context: Context,
    target: Target,
    running: str,
    now: Position,
    then: Position,
    *,
    wave: str = "all",
    restore: str | None = None,
    move: str | None = None,
    foreseen: str | None = None,
) -> DevicePlan:
    """Plan one device from what it runs, secrets in place, to what it is meant to run at ``then``.

    Args:
        context: whose backups hold the survey's snapshot, and what is restored.
        target: the device.
        running: cleaned.
        now: where everything stands.
        then: where it stands afterwards.
        wave: that the device changes in.
        restore: reference of a backup to go back to, instead of the render.
        move: the municipality whose stage moves; None: nobody's (harmonise).
        foreseen: masked, what a run says that the device becomes at ``then``, where no render does.
    """
    masked, _ = target.mask(running)
    snapshot = context.snapshot(target.name)
    if restore:
        intended = context.backups.load(restore).masked
    else:
        intended = target.render(then, snapshot) if foreseen is None else foreseen
    place = None if move is None else target.name if move == target.municipality else f"{target.name}/{move}"
    owner = move or target.municipality
    difference = target.compare(masked, intended, snapshot)
    same = difference.equal
    if restore:
        # Going back is to the byte: a secret or an order may differ where no line does.
        same = running == context.backups.text(restore)
    if restore or (foreseen is not None and move):
        present = masked  # of another position no run was asked
    else:
        present = target.render(now, snapshot) if foreseen is None else foreseen
    diff = "" if same else difference.diff or ONLY_SECRETS
    risk = target.assess(diff)
    return DevicePlan(
        device=target.name,
        wave=wave,
        place=place,
        before=int(now.of(owner, place or target.name)),
        after=int(then.of(owner, place or target.name)),
        digest_before=context.backups.digest(running),
        diff=diff,
        intended=intended,
        lines=() if same else target.remediation(masked, intended),
        drift=target.compare(masked, present, snapshot).drift,
        restore=restore,
        running=masked,
        risk=risk.score,
        risks=risk.reasons,
    )


def assemble(
    context: Context,
    kind: Kind,
    municipality: str,
    before: Stage,
    stage: Stage,
    devices: Sequence[DevicePlan],
    *,
    ticket: str = "",
    gates: Sequence[Verdict] = (),
    undoes: str | None = None,
    left_out: Sequence[str] = (),
    accepted_losses: Sequence[str] = (),
) -> Plan:
    """Put the devices' parts together; the plan's name follows from its content.

    Args:
        context: who makes it and why, and the digests of what it rests on.
        kind: stage, undo or harmonise.
        municipality: whose lock it needs.
        before: the stage where the municipality stands.
        stage: where it stands afterwards; the same if it does not move.
        devices: parts, in the order in which they are applied.
        ticket: where the change is asked for; made one line.
        gates: what they said when it was made.
        undoes: the plan that this one takes back.
        left_out: devices that stay as they are.
        accepted_losses: who loses what, or is let to what, and that is meant.
    """
    made = datetime.now(UTC)
    valid = timedelta(seconds=context.region.of(municipality)[0].standard.plan_valid_seconds)
    plan = Plan(
        id="",
        kind=kind,
        municipality=municipality,
        before=int(before),
        stage=int(stage),
        made=made.isoformat(timespec="seconds"),
        who=context.who,
        reason=context.reason,
        digests=context.digests,
        devices=tuple(devices),
        ticket=one_line(ticket),
        expires=(made + valid).isoformat(timespec="seconds"),
        gates=tuple(gates),
        undoes=undoes,
        left_out=tuple(left_out),
        accepted_losses=tuple(accepted_losses),
        checkpoint=context.journal.last_checkpoint(),
    )
    return replace(plan, id=plan.digest[:12])


def require_agreement(region: Region, parts: Iterable[DevicePlan]) -> None:
    """Refuse parts whose diff, lines or risk are not what follows from running and intended.

    People read the one and approve it, and the other is written.

    Args:
        region: as when the plan was made.
        parts: of one plan.

    Raises:
        PlanError: names every such device, and what does not agree.
    """
    wrong = [words for part in parts if (words := _find_disagreement(region, part))]
    if wrong:
        lines = "\n  ".join(wrong)
        raise PlanError(f"what people read of this plan is not what it would write; nothing was written.\n  {lines}")


def _find_disagreement(region: Region, part: DevicePlan) -> str:
    """What of a part does not follow from the rest of it; empty if all does."""
    if not part.digest_before:  # never read, because nothing is written to it
        return f"{part.device}: expected nothing to write, found lines" if part.intended or part.lines else ""
    try:
        target = find_target(region, part.device)
        difference = target.compare(part.running, part.intended)
        lines = target.remediation(part.running, part.intended) if part.changes else ()
        risk = target.assess(part.diff)
    except (TargetError, PlatformError) as error:
        return f"{part.device}: {error}"
    expected = difference.diff or (ONLY_SECRETS if part.changes else "")
    if part.diff != expected:
        return f"{part.device}: diff: expected what intended differs from running, found another"
    if part.lines != lines:
        return f"{part.device}: lines: expected those that lead from running to intended, found others"
    if (part.risk, part.risks) != (risk.score, risk.reasons):
        return f"{part.device}: risk: expected {risk.score}, found {part.risk}"
    return ""


def save(context: Context, plan: Plan) -> Path:
    """Write a plan to the state directory, for its owner only, and its digest into the journal."""
    path = _path(context, plan.id)
    content, tokens = hide_secrets(_content(plan))
    if tokens:
        content["sealed"] = context.backups.key.seal(json.dumps(tokens).encode()).decode()
    state.write(path, make_visible_json(content).encode())
    record_digest(context, plan, "saved")
    return path


def record_digest(context: Context, plan: Plan, outcome: Literal["saved", "discarded"]) -> None:
    """Write down what becomes of a plan itself, with its digest.

    Raises:
        JournalError: it could not be written down, or no checkpoint of it was signed.
    """
    context.journal.write(
        Entry(
            what="plan",
            phase="after",
            outcome=outcome,
            municipality=plan.municipality,
            stage=Stage(plan.stage),
            who=context.who,
            reason=context.reason,
            plan=plan.id,
            detail={"digest": plan.digest, "kind": plan.kind, "ticket": plan.ticket},
        )
    )
    context.journal.sign_checkpoint()


def load(context: Context, plan_id: str) -> Plan:
    """Read a plan back.

    Raises:
        PlanError: there is none of this name, it names itself otherwise, or it is not the one that the journal knows:
            with both digests.
    """
    path = _path(context, plan_id)
    try:
        content = json.loads(read_file(path, PLAN_BYTES))
        if sealed := content.pop("sealed", ""):
            content = reveal_secrets(content, json.loads(context.backups.key.open(sealed.encode())))
        plan = _plan(content)
        digest = plan.digest
    except FileNotFoundError:
        raise PlanError(f"plan {plan_id}: expected {path}, found nothing there") from None
    except OSError as error:
        raise PlanError(f"plan {plan_id}: expected a file at {path}, found: {error.strerror}") from error
    except InvalidToken:
        raise PlanError(
            f"plan {plan_id}: {path} is sealed with another key than FELLESDRIFT_KEY or the key file, or was changed"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PlanError(f"plan {plan_id}: {path} is no plan: {type(error).__name__}: {error}") from error
    if plan.id != plan_id:  # it is no part of the digest, and what became of a plan is told by its name
        raise PlanError(f"plan {plan_id}: {path} says that it is {plan.id!r}, expected {plan_id!r}. Make a new one.")
    with context.journal.history() as history:
        saved = history.plan(plan_id).digest
    if not saved:
        raise PlanError(f"plan {plan_id}: expected a plan that the journal knows, found none. Make a new one.")
    if digest != saved:
        raise PlanError(
            f"plan {plan_id}: its content was changed after it was made; expected the digest {saved}, found {digest}. "
            "Make a new one."
        )
    return plan


def list_names(context: Context) -> list[str]:
    """The names of all plans that are kept, the oldest first."""
    paths = (context.where / "plans").glob("*.json")
    return [path.stem for path in sorted(paths, key=lambda path: path.lstat().st_mtime)]


def _plan(content: dict[str, Any]) -> Plan:
    """A plan from what its file holds."""
    rows = ("lines", "drift", "risks", "accepted")
    parts = [DevicePlan(**{**p, **{row: tuple(p[row]) for row in rows}}) for p in content.pop("devices")]
    gates = tuple(_gate(content["municipality"], *row) for row in content.pop("gates"))
    left_out, losses = (tuple(content.pop(field, ())) for field in ("left_out", "accepted_losses"))
    return Plan(**content, devices=tuple(parts), gates=gates, left_out=left_out, accepted_losses=losses)


def _content(plan: Plan) -> dict[str, Any]:
    """What a plan's file holds. Each gate is a row: name, what it wants, whether it was open, and its words if not."""
    rows = [(v.rule.name, v.rule.wants, v.passed, "" if v.passed else v.text_with_advice) for v in plan.gates]
    content = {**asdict(replace(plan, gates=())), "gates": rows}
    for field in ("left_out", "accepted_losses", "checkpoint"):
        if not content[field]:
            del content[field]  # so that the digest of a plan that has none is what it always was
    return content


def _gate(municipality: str, name: str, wants: str, passed: bool, words: str) -> Verdict:
    """The verdict of a gate from its row; its text is the row's words, to the letter."""
    rule = Rule(name, wants, "gate")
    if passed:
        return rule.passed(municipality)
    expected, comma, actual = words.removeprefix("Expected ").partition(", actual: ")
    return rule.failed(municipality, expected, actual) if comma else rule.failed(municipality, "", words)


def is_kept(context: Context, plan_id: str) -> bool:
    """Whether a plan of this name is kept here."""
    return bool(plan_id) and _path(context, plan_id).is_file()


def is_early(plan: Plan) -> bool:
    """Whether a plan was made later than now: then this clock is wrong, or the one that it was made by."""
    return datetime.now(UTC) + CLOCK_SKEW < datetime.fromisoformat(plan.made)


def is_expired(plan: Plan) -> bool:
    """Whether a plan is too old to be applied or approved."""
    return datetime.now(UTC) > datetime.fromisoformat(plan.expires)


def _path(context: Context, plan_id: str) -> Path:
    if not (plan_id.isalnum() and plan_id.isascii() and len(plan_id) <= LONGEST):
        raise PlanError(f"plan: found {plan_id!r}, expected the letters and digits that a plan is named by")
    return context.where / "plans" / f"{plan_id}.json"
