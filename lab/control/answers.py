"""What the control channel of a running lab can be asked."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.control.lab import Lab
from lab.network.life import read_ports

Answer = Callable[[dict[str, Any]], Any]


def answers(lab: Lab, stop: Callable[[], None]) -> dict[str, Answer]:
    """What the control channel can be asked. Shape: word to what answers it."""

    def text(kind: str) -> Answer:
        def answer(asked: dict[str, Any]) -> str:
            switch = lab.named(asked["switch"])
            kept = switch.startup if kind == "startup" else switch.personality.text()
            return kept.replace("\x03", "^C")  # as IOS prints it, and as whoever compares has read it

        return answer

    def record(asked: dict[str, Any]) -> Any:
        if asked.get("reset"):
            lab.fabric.reset_record()
        return lab.fabric.report(asked.get("municipalities"))

    def settled(change: Answer) -> Answer:
        """Answer only when every door is as the change wants it."""

        async def answer(asked: dict[str, Any]) -> Any:
            result = change(asked)
            if inspect.isawaitable(result):
                result = await result
            lab.fabric.settle()
            if lab.server is not None:
                await lab.server.settled()
            return result

        return answer

    def delay(asked: dict[str, Any]) -> float:
        lab.delay = float(asked["ms"]) / 1000
        for switch in lab.switches.values():
            switch.delay_seconds = lab.delay
        return float(asked["ms"])

    return {
        "status": lambda asked: lab.status(),
        "stop": lambda asked: stop(),
        "reset": settled(lambda asked: lab.reset(asked.get("municipalities") or [])),
        "fault": settled(lambda asked: lab.fault(asked["switch"], asked["words"])),
        "stage": lambda asked: lab.tell_stage(asked["municipality"], asked["stage"]),
        "faults": lambda asked: lab.faults(),
        "reach": lambda asked: lab.reach(asked["what"]),
        "connect": lambda asked: lab.connect(asked["station"], asked["target"], read_ports(asked.get("ports") or ())),
        "skip": lambda asked: lab.fabric.life.skip(float(asked["seconds"])),
        "lease": lambda asked: lab.lend_for(asked["municipality"], float(asked["seconds"])),
        "visit": lambda asked: [name for name in asked["stations"] if lab.visit(name)],
        "keep": lambda asked: [name for name in asked["stations"] if lab.keep(name)],
        "ping": lambda asked: lab.named(asked["switch"]).ping(asked["address"]),
        "record": record,
        "delay": delay,
        "clock": lambda asked: lab.set_clock(float(asked["factor"])),
        "history": lambda asked: lab.named(asked["switch"]).history.rows(),
        "running": text("running"),
        "startup": text("startup"),
        "digests": lambda asked: lab.digests(),
        "edit": settled(lambda asked: lab.edit(asked["switch"], asked["lines"], bool(asked.get("save")))),
        "trust": lambda asked: lab.trust(Path(asked["file"]) if asked.get("file") else lab.where / "known_hosts"),
        "stations": lambda asked: [
            vars(station) | lab.fabric.life.describe(station) | {"fixed": [str(address) for address in station.fixed]}
            for station in lab.fabric.stations
        ],
    }
