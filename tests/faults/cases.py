"""Run random cases, one after the other, on a lab of its own; one line of JSON a case.

``tests.nightly.thousand`` runs two of these.

    python -m tests.faults.cases loppa --seed 7 --cases 0:30        cases 7/loppa/0 to 7/loppa/29
    python -m tests.faults.cases loppa --again 7/loppa/12           that one, with all that was told

The lab takes the ports from FELLESDRIFT_LAB_PORT + 16 on. After a case that failed the next one has a lab that is new.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

os.environ.setdefault("FELLESDRIFT_LAB_PORT", "2900")

from tests.faults.child import Child
from tests.faults.draw import draw
from tests.faults.place import PORT, Place
from tests.faults.runner import Runner, Wrong

TEMPORARY = tempfile.gettempdir()


def main() -> int:
    """Run cases; the exit code is 1 if an invariant did not hold."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("municipality")
    made.add_argument("--seed", default="1")
    made.add_argument("--cases", default="0:10", help="FROM:TO")
    made.add_argument("--again", help="the name of one case", metavar="SEED/MUNICIPALITY/NUMBER")
    made.add_argument("--seconds", type=float, default=1e9, help="begin no case after so long, from the first on")
    options = made.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # the lab is stopped all the same
    first, _, last = options.cases.partition(":")
    names = [options.again] if options.again else [
        f"{options.seed}/{options.municipality}/{number}" for number in range(int(first), int(last))
    ]  # fmt: skip
    wrong, runner, end = 0, None, None
    try:
        for name in names:
            if end is not None and time.monotonic() > end:
                break
            runner = runner or Runner(_place(options.municipality))
            end = end or time.monotonic() + options.seconds  # the first lab takes its own time
            row = _one(runner, name)
            print(json.dumps(row, ensure_ascii=False), flush=True)
            if options.again:
                print(*row.get("script", []), *map(json.dumps, runner.heard), sep="\n", file=sys.stderr)
            if not row["ok"]:
                wrong += 1
                runner.place.close()
                runner = None
    finally:
        if Child.last is not None:
            Child.last.kill()
        if runner is not None:
            runner.place.close()
    return 1 if wrong else 0


def _place(municipality: str) -> Place:
    """A lab of our own, which the environment of this process leads to."""
    place = Place(Path(tempfile.mkdtemp(prefix="fellesdrift-random-", dir=TEMPORARY)), municipality, PORT)
    os.environ.update(place.environment)
    os.environ["FELLESDRIFT_CACHE"] = str(place.where / "cache")
    tempfile.tempdir = os.environ["TMPDIR"] = str(place.where / "tmp")  # what is left there is looked at, too
    Path(tempfile.tempdir).mkdir()
    try:
        place.build()
    except BaseException:
        place.close()
        raise
    return place


def _one(runner: Runner, name: str) -> dict[str, Any]:
    """Run a case; what came of it, as it is printed."""
    case, began = draw(name, runner.devices, runner.leaves), time.monotonic()
    row: dict[str, Any] = {"case": name, "kind": case.kind, "ok": True, "faults": case.words()}
    try:
        row["notes"] = runner.case(case)
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this case
        words = str(error) if isinstance(error, Wrong) else traceback.format_exc()
        row |= {"ok": False, "why": words, "script": case.script(), "heard": runner.heard}
    row["seconds"] = round(time.monotonic() - began, 1)
    return row


if __name__ == "__main__":
    sys.exit(main())
