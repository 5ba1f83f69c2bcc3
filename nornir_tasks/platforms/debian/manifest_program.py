"""The program that reads and keeps the roles' manifests on a server, as a command and its input for any login."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.errors import PlatformError

FOLDER = Path(__file__).parent / "guard"
PROGRAMS = {"guard": FOLDER / "fellesdrift-guard", "manifest": FOLDER / "fellesdrift-manifest"}
# Reads both programs from standard input, each after its length, and leaves the rest there to the second.
LOADER = """\
import sys, types
s = sys.stdin.buffer
for name in ("guard", "manifest"):
    sys.modules[name] = m = types.ModuleType(name)
    exec(compile(s.read(int(s.readline())), name, "exec"), m.__dict__)
sys.exit(m.main(sys.argv[1:]))
"""


def make_command(question: str, asked: Mapping[str, Any]) -> tuple[str, bytes]:
    """A shell's line for root, and its standard input.

    Args:
        question: ``ask`` or ``keep``.
        asked: as the program has it.
    """
    programs = (read_file(file) for file in PROGRAMS.values())
    text = b"".join(b"%d\n%s" % (len(program), program) for program in programs)
    return shlex.join(["python3", "-ISB", "-c", LOADER, question]), text + json.dumps(asked).encode()


def parse_answer(code: int, output: str, errors: str) -> dict[str, Any]:
    """What the program answered, by role.

    Args:
        code: that it ended with.
        output: its standard output.
        errors: its standard error.

    Raises:
        PlatformError: it could not do it, or something else has answered.
    """
    try:
        answer = json.loads(output)
        if code == 0:
            return dict(answer["roles"])
        words = str(answer["error"])
    except (ValueError, TypeError, LookupError, RecursionError):
        words = " ".join((errors or output).split())[-400:] or "nothing"
    raise PlatformError(f"expected an answer of fellesdrift-manifest, actual (it ended with {code}): {words}")
