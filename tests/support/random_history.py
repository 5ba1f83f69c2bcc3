"""Histories as they may be written, and as they should never be: the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage

START = datetime(2026, 1, 5, 20, tzinfo=UTC)
OUTCOMES = ("changed", "changed", "unchanged", "refused", "reverted", "failed")
STEPS = ("started", "writing", "probing", "bouncing", "confirming")


def make_history(seed: int, count: int) -> Iterator[Entry]:
    """So many entries, numbered and dated: plans that run, stop, fail, are taken over and taken back, and odd ones."""
    draw = random.Random(seed)
    number, at = 0, START
    while number < count:
        for entry in _errand(draw, number):
            number += draw.choice((1, 1, 1, 2))  # a writer that gave up leaves a gap
            at += timedelta(seconds=draw.choice((-2, 1, 7, 900)))  # two control nodes' clocks differ
            yield replace(entry, id=number, at=at)


def _errand(draw: random.Random, number: int) -> Iterator[Entry]:
    """What one command writes, or a part of it: it may die anywhere."""
    home = draw.choice(("loppa", "alta", "hasvik"))
    stage = draw.choice(list(Stage))
    plan = f"plan-{draw.randrange(1 + number // 30)}"  # now and then one that ran before
    base = Entry("stage", "after", "done", home, stage, "kari", "natt", plan=plan)
    devices = [f"{home}-acc-{draw.randrange(6):02}" for _ in range(draw.randrange(1, 6))] + ["alta-leaf-01"]
    kind = draw.choice(("stage", "stage", "harmonise", "undo"))
    match draw.randrange(8):
        case 0:
            for name in devices:
                what = draw.choice(("snapshot", "backup"))
                yield replace(base, what=what, outcome="kept", device=name, backup=f"{name}/{number}", plan=None)
            yield replace(base, plan=None)
        case 1:
            seen = draw.choice(("seen", "none"))
            yield replace(base, what="observation", outcome=seen)
            yield replace(base, what="waiver", outcome=draw.choice(("emergency", "granted")))
            yield replace(base, what="approval", outcome="given", detail=draw.choice(({}, {"signature": "x"})))
            yield replace(base, what="lock", outcome="taken", plan=None)
        case _:
            yield from _run(draw, base, devices, kind)


def _run(draw: random.Random, base: Entry, devices: list[str], kind: str) -> Iterator[Entry]:
    """A plan that is carried out, or not to its end."""
    what = "stage" if draw.random() < 0.7 else "change"
    detail = {"kind": kind, "holder": ["control-01", draw.randrange(3), "1@x"]}
    if kind == "undo" and draw.random() < 0.8:
        detail["undoes"] = f"plan-{draw.randrange(8)}"
    if draw.random() < 0.9:
        yield replace(base, what=what, phase="before", outcome="started", detail=detail)
    for name in devices:
        place = draw.choice((None, name, f"{name}/{base.municipality}"))
        step = replace(base, what="device", phase="before", outcome="started", device=name, detail={"kind": kind})
        yield step
        if draw.random() < 0.7:
            seen = {"kind": kind, "baseline": {"n": draw.randrange(9)}}
            yield replace(step, outcome=draw.choice(STEPS), backup=f"{name}/{draw.randrange(99)}", detail=seen)
        if draw.random() < 0.85:
            outcome = draw.choice(OUTCOMES)
            backup, digest = draw.choice((None, f"{name}/{draw.randrange(99)}")), draw.choice((None, f"d{base.plan}"))
            yield replace(step, phase="after", outcome=outcome, place=place, backup=backup, digest_after=digest)
    if draw.random() < 0.8:
        yield replace(base, what=what, outcome=draw.choice(("done", "undone", "stopped")), detail=detail)
