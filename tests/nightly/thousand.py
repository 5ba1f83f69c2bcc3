"""A thousand random changes under random faults, on two labs at once; the exit code is 1 if an invariant did not hold.

    scripts/run python -m tests.nightly.thousand                          1,000 cases; 50 minutes on two cores
    scripts/run python -m tests.nightly.thousand --seed 8 --cases 100 --seconds 600
    scripts/run python -m tests.nightly.thousand --again 7/loppa/12       one case, and all that was told in it

Half of the cases run on each municipality's switches. A case is named SEED/MUNICIPALITY/NUMBER, and its name draws it:
the same switches, edits, faults and moments. How far a command has come at a moment depends on the machine, so that a
case that failed may pass the next time; what strikes at a command strikes there each time. ``--rows`` keeps a line of
JSON a case. The labs take the ports from FELLESDRIFT_LAB_PORT (2900) on, on loopback.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
HOMES = ("loppa", "hasvik")
EVERY = 30.0  # seconds between two lines that say how far it has come
APART = 20  # ports between two labs


def main() -> int:
    """Run the cases."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--seed", default="1", help="any word; default: 1")
    made.add_argument("--cases", type=int, default=1000, help="how many; default: 1000")
    made.add_argument("--first", type=int, default=0, help="the number of the first on each lab; default: 0")
    made.add_argument("--homes", default=",".join(HOMES), help=f"municipalities; default: {','.join(HOMES)}")
    made.add_argument("--seconds", type=float, default=4 * 3600.0, help="begin no case after so long")
    made.add_argument("--again", help="run one case again", metavar="SEED/MUNICIPALITY/NUMBER")
    made.add_argument("--rows", type=Path, help="a file for a line of JSON a case")
    options = made.parse_args()
    if options.again:
        home = options.again.split("/")[1]
        return subprocess.run(_command(home, "--again", options.again), cwd=ROOT, env=_environment(0)).returncode
    for number in (signal.SIGINT, signal.SIGTERM):  # the first one, too, where a shell's background ignores it
        signal.signal(number, signal.default_int_handler)
    return Thousand(options).run()


class Thousand:
    """All processes, what they print, and the sum of it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.began = options, time.monotonic()
        self.rows: list[dict[str, Any]] = []
        self._queue: Queue[str] = Queue()
        self._failed = 0

    def run(self) -> int:
        """Run all, tell how far it has come, and sum it up."""
        homes, count = self.options.homes.split(","), self.options.cases
        parts = []
        for place, home in enumerate(homes):
            mine = count // len(homes) + (place < count % len(homes))
            span = f"{self.options.first}:{self.options.first + mine}"
            more = ["--seed", self.options.seed, "--cases", span, "--seconds", f"{self.options.seconds}"]
            parts.append(
                subprocess.Popen(
                    _command(home, *more), cwd=ROOT, env=_environment(place), stdout=subprocess.PIPE, text=True
                )
            )
        stopped = False
        try:
            self._listen(parts)
        except KeyboardInterrupt:
            stopped = True
        finally:
            for part in parts:
                part.terminate()  # harmless if it has ended; its lab ends with it
            codes = [part.wait() for part in parts]
        self._sum(codes)
        return 130 if stopped else 1 if self._failed or any(codes) or not self.rows else 0

    def _listen(self, parts: list[subprocess.Popen[str]]) -> None:
        readers = [Thread(target=self._read, args=(part.stdout,), daemon=True) for part in parts]
        for reader in readers:
            reader.start()
        told = time.monotonic()
        while any(reader.is_alive() for reader in readers) or not self._queue.empty():
            with suppress(Empty):
                self._note(json.loads(self._queue.get(timeout=1)))
            if time.monotonic() - told > EVERY:
                told = time.monotonic()
                print(self._progress(), flush=True)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._queue.put(line)

    def _note(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        if self.options.rows:
            with self.options.rows.open("a") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        if row["ok"]:
            return
        self._failed += 1
        print(f"FAILED {row['case']} ({row['seconds']} s): {row['why'].strip()}")
        print(*(f"    {line}" for line in row["script"]), sep="\n")
        print(f"    again: scripts/run python -m tests.nightly.thousand --again {row['case']}", flush=True)

    def _progress(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        return f"{len(self.rows)} of {self.options.cases} cases, {self._failed} failed, {minutes}:{seconds:02} min"

    def _sum(self, codes: list[int]) -> None:
        print(self._progress())
        endings = [
            re.sub(r" ?\(.*\)", "", note) for row in self.rows for note in row.get("notes", []) if note != "undo"
        ]
        for what, found in (
            ("kinds", Counter(row["kind"] for row in self.rows)),
            ("faults", Counter(fault for row in self.rows for fault in row["faults"])),
            ("endings", Counter(endings)),
        ):
            print(f"{what}: {', '.join(f'{count} {name}' for name, count in found.most_common())}")
        if any(code not in (0, 1) for code in codes):
            print(f"a process ended with {codes}: its words are above")


def _command(home: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "tests.faults.cases", home, *more]


def _environment(place: int) -> dict[str, str]:
    """A range of ports, and the guard that keeps every process on this machine."""
    paths = [str(ROOT / "tests" / "guard"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FELLESDRIFT_")}
    port = int(os.environ.get("FELLESDRIFT_LAB_PORT", "2900")) + APART * place
    more = {"FELLESDRIFT_LAB_PORT": str(port), "FELLESDRIFT_GUARD": "1", "PYTHONPATH": os.pathsep.join(paths)}
    return {**kept, **more}


if __name__ == "__main__":
    sys.exit(main())
