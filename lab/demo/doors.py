"""The product, as a person would use it: its playbooks and its scripts, in processes of their own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from lab import ROOT

# "changed: [loppa-acc-03] …": one switch is done.
DONE = re.compile(r"^(ok|changed|failed|skipping): \[([a-z0-9-]+)\]")
# Of the switches' part of a stage, which is over; the servers follow.
CLOSING = re.compile(r"^(?:ok|changed): (?!\[)(.*(?:: done| survey): .*)$")
WRONG = ("failed:", "fatal:", "[ERROR]", "ERROR!")


@dataclass(frozen=True)
class Played:
    """What came of a playbook. ``closing`` is its last word, ``wrong`` the lines that say what failed."""

    code: int
    closing: str
    wrong: tuple[str, ...]


class Doors:
    """Runs the product's commands with one environment. ``log`` keeps everything that they print."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._log = log

    def play(
        self,
        name: str,
        variables: Mapping[str, str],
        tell: Callable[[str], None],
        *more: str,
        close: Callable[[], None] = lambda: None,
    ) -> Played:
        """Run a playbook.

        Args:
            name: the path below ``playbooks/``, without its suffix.
            variables: given as extra variables.
            tell: takes the line of every switch that is done.
            more: further arguments of ansible-playbook.
            close: is called as soon as the switches' part is over.
        """
        given = [part for key, value in variables.items() for part in ("-e", json.dumps({key: value}))]
        command = [_program("ansible-playbook"), f"playbooks/{name}.yml", *given, *more]
        with (
            self._log.open("a") as log,
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            log.write(f"$ {' '.join(command[1:])}\n")
            try:
                closing, wrong = _listen(process.stdout or (), log, tell, close)
            except BaseException:
                process.terminate()  # an interrupted demonstration waits for nobody
                raise
        return Played(process.returncode, closing, tuple(wrong[:8]))

    def script(self, name: str, *arguments: str, good: Sequence[int] = (0,)) -> Any:
        """Run a script that prints JSON, and read it.

        Raises:
            DoorError: it ended otherwise than in one of ``good``, or printed something else.
        """
        done = subprocess.run(
            [sys.executable, f"scripts/{name}", *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        with self._log.open("a") as log:
            log.write(f"$ scripts/{name} {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        if done.returncode not in good:
            words = (done.stderr or done.stdout).strip().splitlines()[-3:]
            raise DoorError(f"scripts/{name} ended with {done.returncode}: {' '.join(words)}")
        try:
            return json.loads(done.stdout)
        except ValueError as error:
            raise DoorError(f"scripts/{name} printed no JSON: {done.stdout[:80]!r}") from error


def _listen(
    lines: Iterable[str], log: TextIO, tell: Callable[[str], None], close: Callable[[], None]
) -> tuple[str, list[str]]:
    """Follow a playbook's output; the answer is its closing line and the lines that say what failed."""
    closing, done = "", 0
    wrong: list[str] = []
    follows = False  # the line before said what failed, and this one may go on with it
    for line in lines:
        log.write(line)
        if match := DONE.match(line):
            done += 1
            tell(f"{match[2]} ({done})")
        elif match := CLOSING.match(line):
            closing = match[1].strip()
            close()
        follows = line.startswith(WRONG) or (follows and line.startswith("  "))
        if follows:
            wrong.append(line.strip())
    return closing, wrong


class DoorError(Exception):
    """A command of the product did not do what it says it does."""


def _program(name: str) -> str:
    """Ansible's own command, of the Python this runs under."""
    return str(Path(sys.executable).parent / name)
