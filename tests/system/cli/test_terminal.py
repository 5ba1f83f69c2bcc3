"""A door that is interrupted, as a person sees it."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.reduced_inventory import ROOT


@pytest.mark.parametrize(("moment", "code"), [("starting", -signal.SIGINT), ("working", 130)])
def test_ctrl_c_is_no_traceback(moment: str, code: int) -> None:
    """While a door imports, it just ends; once it works, it may have something to put in order first."""
    program = (
        "import os, signal, sys, time\n"
        "sys.argv[0], moment = 'door.py', sys.argv[1]\n"
        "import _door\n"
        "def interrupted():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(10)\n"
        "if moment == 'starting':\n"
        "    interrupted()\n"
        "from nornir_tasks.cli import terminal\n"
        "terminal.run_guarded(interrupted)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), os.environ["PYTHONPATH"]])}
    command = [sys.executable, "-c", program, moment]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_a_reader_of_the_progress_who_has_read_enough() -> None:
    """``apply PLAN | head -1``: the change goes on to its end, and there is no story about the pipe."""
    program = (
        "import sys\n"
        "from nornir_tasks.cli import change, terminal\n"
        "def work():\n"
        "    for number in range(20000):\n"
        "        change._progress(f'{number} switches of many')\n"
        "    print('the end', file=sys.stderr)\n"
        "    return 0\n"
        "terminal.run_guarded(work)\n"
    )
    command = ["bash", "-c", '"$0" -c "$1" | head -1; echo "${PIPESTATUS[0]}"', sys.executable, program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("0 switches of many\n0\n", "the end\n")
