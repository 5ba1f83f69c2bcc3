"""What the playbooks' action plugins share: who acts, in which order, how a result reads. No Ansible is imported here.

A plugin runs in a worker that Ansible forked for one task of one host; the lock belongs to the process above it.
"""

import multiprocessing
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nornir_tasks.change import plan_status
from nornir_tasks.change.plan import Plan, load
from nornir_tasks.change.summary import count_changed_lines
from nornir_tasks.config.diff import count_diff_lines
from nornir_tasks.core import interrupt
from nornir_tasks.core.child_environment import remember_environment
from nornir_tasks.core.errors import FellesdriftError, UsageError, describe_system_error
from nornir_tasks.core.exit_codes import INTERRUPTED, WRONG
from nornir_tasks.core.logging import start_logging_from_environment
from nornir_tasks.core.output import make_safe
from nornir_tasks.core.parent import die_with, find_command
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal import lock
from nornir_tasks.migration import execution as under_way
from nornir_tasks.migration import municipality_change
from nornir_tasks.migration.execution import ChangeResult, Overrides
from nornir_tasks.migration.municipality_change import Started
from nornir_tasks.migration.plan_proofs import PlanOptions
from nornir_tasks.migration.stages import require_municipality
from nornir_tasks.migration.survey import survey
from nornir_tasks.model import Region, Stage
from nornir_tasks.platforms import PLATFORM_CLASSES, platform

Result = dict[str, Any]
UNDO, DRIFT = "undo", "drift"


def preload(sources: Sequence[str]) -> Result:
    """Import every driver and read the region once, in the process that forks the workers and tells what they did."""
    remember_environment()
    for name in PLATFORM_CLASSES:
        platform(name)
    region_of(tuple(sources))
    return {}


@cache
def region_of(sources: tuple[str, ...]) -> Region:
    """The region that these inventories make: read once, and inherited by every worker that is forked later."""
    return load_region([Path(source) for source in sources])


def answer(work: Callable[[], Result]) -> Result:
    """Do it; an error that a user can act on becomes a failed result of readable lines, and a bug its traceback.

    A worker of Ansible's ends with its command, and heeds what that is told: nothing is left halfway before it ends.
    """
    try:
        if command := find_command():
            die_with(command)
            with interrupt.handle_signals(lambda text: None):  # it has no terminal; its command tells it
                return work()
        return work()
    except FellesdriftError as error:
        return failed(str(error), error.exit_code)
    except (OSError, MemoryError) as error:
        return failed(describe_system_error(error))
    except Exception:  # noqa: BLE001 - a bug: Ansible would print what it says as it is
        return failed(traceback.format_exc().rstrip())


def failed(text: str, exit_code: int = WRONG) -> Result:
    """A failed result; ``fellesdrift`` are the lines that the callback prints; the playbook leaves with the code."""
    safe = make_safe(text)
    return {"failed": True, "changed": False, "msg": safe, "fellesdrift": safe.split("\n"), "exit_code": exit_code}


def done(lines: Iterable[str], changed: bool = False, **more: Any) -> Result:
    """A good result."""
    texts = [make_safe(line) for line in lines]
    return {"changed": changed, "msg": "\n".join(texts), "fellesdrift": texts, **more}


def errand(sources: Sequence[str], reason: str, municipality: str = "") -> Context:
    """The context of a task: on behalf of the ansible-playbook process, which outlives every worker.

    Args:
        sources: the playbook's inventories.
        reason: as it was typed.
        municipality: must be one of the region; empty: not asked.
    """
    start_logging_from_environment()
    remember_environment()
    region = region_of(tuple(sources))
    if municipality:
        require_municipality(region, municipality)
    paths = [Path(source) for source in sources]
    return open_context(region, reason=reason or "no reason given", pid=find_command() or os.getppid(), sources=paths)


def read(sources: Sequence[str], given: Mapping[str, str], check: bool) -> Result:
    """The survey.

    Args:
        sources: the playbook's inventories.
        given: municipality, reason and take_over, as they were typed.
        check: keep nothing.
    """
    municipality = given.get("municipality", "")
    _named(municipality, "migrate/10_survey.yml")
    _require_no_stop()
    context = errand(sources, given.get("reason", ""), municipality)
    surveyed = survey(context, municipality, check=check, overrides=_overrides(given))
    lines = [*(f"gate open: {verdict.rule.wants}" for verdict in surveyed.verdicts)]
    words = str(surveyed) + ("; nothing was kept (check)" if check else "")
    return done([words, *lines])


def plan(sources: Sequence[str], asked: str, given: Mapping[str, str], hosts: Sequence[str], check: bool) -> Result:
    """Read, ask every gate, plan; the facts say in which order the next play takes the switches.

    Args:
        sources: the playbook's inventories.
        asked: a stage, ``undo`` or ``drift``.
        given: municipality, reason, ticket, serial, plan, take_over and emergency, as they were typed.
        hosts: those that --limit leaves.
        check: only look.
    """
    municipality, reason = given.get("municipality", ""), given.get("reason", "")
    _named(municipality, "harmonise.yml" if asked == DRIFT else "migrate/….yml")
    _require_no_stop()
    context = errand(sources, reason, municipality)
    started = _begin(context, asked, municipality, given, check)
    shut = [
        f"gate SHUT: {verdict.rule.wants}: {verdict.text_with_advice}"
        for verdict in started.verdicts
        if not verdict.passed
    ]
    gates = [f"gate open: {verdict.rule.wants}" for verdict in started.verdicts if verdict.passed]
    limited = set(hosts)
    order = [[name for name in wave if name in limited] for wave in started.plan.waves.values()]
    sizes = [len(batch) for wave in order for batch in batches(wave, given.get("serial", ""))]
    names = [name for wave in order for name in wave]
    parts = {part.device: part for part in started.plan.devices}
    would = [name for name in names if parts[name].changes]
    waves = ", ".join(f"{wave} {len(devices)}" for wave, devices in started.plan.waves.items())
    words = f"{len(would)} of {len(names)} switches to change; waves: {waves}"
    if started.plan.left_out:
        words += f"; left out: {', '.join(started.plan.left_out)}"
    facts: dict[str, Any] = {
        "fellesdrift_plan": started.plan.id,
        "fellesdrift_order": names,
        "fellesdrift_waves": sizes,
        "fellesdrift_left_out": list(started.plan.left_out),
        # Made safe here: the worker that tells it has read no switch, and knows no password.
        "fellesdrift_preview": {name: make_safe(parts[name].diff) for name in names} if check else {},
    }
    return done([words, *shut, *gates], ansible_facts=facts)


def apply(sources: Sequence[str], plan_id: str, reason: str, host: str) -> Result:
    """One host: write, probe from both ends, confirm.

    Args:
        sources: the playbook's inventories.
        plan_id: that the play before began.
        reason: as it was typed.
        host: its name.
    """
    context = errand(sources, reason)
    outcome = under_way.apply_one(context, load(context, plan_id), host)
    if not outcome.good:
        return failed(outcome.message) | {"outcome": outcome.outcome}
    added, removed = count_diff_lines(outcome.diff)
    changed = outcome.outcome == "changed"
    words = f"+{added} −{removed} lines, {outcome.message}" if changed else outcome.message
    lines = [f"{words} ({outcome.seconds:.1f} s)"]
    return done(lines, changed, diff=_diff(outcome.diff), outcome=outcome.outcome)


def preview(diff: str) -> Result:
    """One switch, in check mode."""
    added, removed = count_diff_lines(diff)
    words = f"would change: +{added} −{removed} lines" if diff else "already as intended"
    return done([words], bool(diff), diff=_diff(diff), outcome="")  # nothing becomes of it


def close(sources: Sequence[str], plan_id: str, reason: str, hosts: Sequence[str], stopping: bool) -> Result:
    """End the change, or, when a switch has failed, decide whether the failure budget lets the next wave begin.

    Args:
        sources: the playbook's inventories.
        plan_id: that was begun.
        reason: as it was typed.
        hosts: those that --limit leaves.
        stopping: a switch has failed.
    """
    context = errand(sources, reason)
    saved = load(context, plan_id)
    if stopping:
        if lock.holder_of(context.journal, saved.municipality) is None:
            return failed(f"{saved.municipality}: stopped")  # another switch of the same wave has said everything
        if not interrupt.is_stop_requested() and under_way.may_go_on(context, saved):
            bad = plan_status.find_failed(plan_status.last_entries(context, saved, this_run=True).values())
            return done([f"{', '.join(bad)} failed; the failure budget lets the others go on"])
    summary = under_way.finish(context, saved)
    added, removed = count_changed_lines(saved, summary.changed)
    counts = ", ".join(f"{word} {count}" for word, count in sorted(Counter(summary.outcomes.values()).items()))
    what = {"stage": summary.stage.word, "undo": f"back to {summary.stage.word}", "harmonise": "as intended"}[
        saved.kind
    ]
    verdict = "done" if summary.done else "stopped"
    words = f"{summary.municipality} {what}: {verdict}: {counts or 'no switches'}; lines +{added} −{removed}"
    left = [name for name, word in summary.outcomes.items() if word == "not begun"]
    if summary.done or (left and not summary.messages and not set(left) & set(hosts)):
        more = [f"the stage stays open: not yet {', '.join(left)} (--limit)"] if left else []
        if saved.left_out and saved.moves:
            more.append(f"the stage stays open: left out {', '.join(saved.left_out)}; run it again once they answer")
        return done([words, *more, *summary.notices], bool(summary.changed))
    if interrupt.is_stop_requested():
        return failed("\n".join([words, *_describe_interrupted(saved, summary), *summary.notices]), INTERRUPTED)
    return failed("\n".join([words, *_repair(saved, left), *summary.notices]))


def close_check(previews: Mapping[str, str]) -> Result:
    """The end of a change in check mode: what would have been done."""
    counts = [count_diff_lines(diff) for diff in previews.values()]
    added, removed = sum(plus for plus, _ in counts), sum(minus for _, minus in counts)
    would = sum(bool(diff) for diff in previews.values())
    return done(
        [f"check: {would} of {len(previews)} switches would change, +{added} −{removed} lines; nothing was written"]
    )


def leave(sources: Sequence[str]) -> Result:
    """The playbook's process ends: what it began is written down as stopped, and nobody has to take over its locks.

    Workers that are still at a switch, because Ansible itself has failed, take back what they have not confirmed first.
    """
    if workers := multiprocessing.active_children():
        interrupt.request_stop_of_all()
        for worker in workers:
            worker.join()
    region = region_of(tuple(sources))
    context = open_context(region, reason="the playbook has ended")
    lines: list[str] = []
    for plan_id in plan_status.find_begun_by(context):
        saved = load(context, plan_id)
        summary = under_way.finish(context, saved)
        lines += [str(summary), *summary.messages, *_describe_interrupted(saved, summary)]
    for name in region.municipalities:
        lock.release(context.journal, name, context.holder)
    return done(lines)


def _begin(context: Context, asked: str, municipality: str, given: Mapping[str, str], check: bool) -> Started:
    if given.get("approved_by"):
        raise UsageError(
            "approved_by: found a name, expected a signature: plan with scripts/change.py plan, approve with "
            "scripts/change.py approve, and run this playbook with -e plan=…"
        )
    overrides, plan_id = _overrides(given), given.get("plan") or None
    options = PlanOptions(given.get("ticket", ""), leave_out=_read_leave_out(given))
    if asked == DRIFT:
        return municipality_change.begin_harmonise(
            context, municipality, check=check, plan_id=plan_id, options=options, overrides=overrides
        )
    if asked == UNDO:
        named = Stage.parse(given["stage"]) if given.get("stage") else None
        return municipality_change.begin_undo(
            context, municipality, stage=named, check=check, plan_id=plan_id, options=options, overrides=overrides
        )
    stage = Stage.parse(asked)
    return municipality_change.begin(
        context, municipality, stage, check=check, plan_id=plan_id, options=options, overrides=overrides
    )


def _overrides(given: Mapping[str, str]) -> Overrides:
    return Overrides(given.get("take_over") or None, given.get("emergency") or None)


def _read_leave_out(given: Mapping[str, str]) -> tuple[str, ...]:
    names = tuple(given.get("leave_out", "").replace(",", " ").split())
    if names and given.get("plan"):
        raise UsageError("leave_out: found it beside plan, whose switches were chosen when it was made; expected one")
    if names and not given.get("reason"):
        raise UsageError("leave_out: expected why, too: -e reason='its power is out until Friday'")
    return names


def _named(municipality: str, playbook: str) -> None:
    if not municipality:
        raise UsageError(
            f"no municipality was named; expected: ansible-playbook playbooks/{playbook} -e municipality=loppa"
        )


def _require_no_stop() -> None:
    """Begin nothing for a command that was told to stop before its first switch was asked."""
    if interrupt.is_stop_requested():
        raise interrupt.Interrupted(f"{interrupt.WORDS}. Nothing was written.")


def batches(wave: Sequence[str], serial: str) -> list[Sequence[str]]:
    """A wave in batches of ``serial``; a batch never reaches into the next wave."""
    if not serial:
        return [wave] if wave else []
    if not serial.isdigit() or int(serial) < 1:
        raise UsageError(f"serial: found {serial!r}, expected how many switches are changed at a time: 1, 2, …")
    return [wave[at : at + int(serial)] for at in range(0, len(wave), int(serial))]


def _describe_interrupted(saved: Plan, summary: ChangeResult) -> list[str]:
    """What was done before it was stopped, what was not, and what to run next."""
    lines = []
    for word in dict.fromkeys(("changed", *summary.outcomes.values())):
        if names := [name for name, outcome in summary.outcomes.items() if outcome == word != "unchanged"]:
            lines.append(f"{word}: {', '.join(names)}")
    lines.append(f"To go on: scripts/change.py resume {saved.id}, or this playbook again with -e plan={saved.id}")
    if summary.changed and saved.kind != "undo":
        lines.append(f"Or take back what is done: scripts/change.py undo {saved.id} --reason …")
    return lines


def _repair(saved: Plan, left: Sequence[str]) -> list[str]:
    more = [f"not begun: {', '.join(left)}"] if left else []
    return [*more, "Put right what is wrong and run the same playbook again; it goes on with what is left."]


def _diff(text: str) -> list[dict[str, str]]:
    return [{"prepared": make_safe(text)}] if text else []
