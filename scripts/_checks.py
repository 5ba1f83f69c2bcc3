"""The parts of ``scripts/test``: linters, and the tests of each mode."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

LINTERS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "imports": ["lint-imports"],
    "yamllint": ["yamllint", "--strict", "."],
    # No inventory: it checks the syntax of each playbook by itself, and 350 hosts would be read for each.
    "ansible-lint": ["env", "ANSIBLE_INVENTORY=/dev/null", "ansible-lint", "--offline", "-q", "playbooks"],
    "mypy": ["mypy"],
}
PYTEST = ["pytest", "-rfEs"]
TESTS = {
    "": {
        "unit tests": [*PYTEST, "tests/unit"],
        "smoke tests": [*PYTEST, "-m", "smoke", "tests/faults", "tests/system"],
    },
    "--all": {"all tests": PYTEST},
    "--nightly": {
        "benchmarks": [*PYTEST, "-n", "0", "-m", "benchmark", "tests/nightly"],
        "fresh machine": [*PYTEST, "-n", "0", "-m", "nightly", "tests/nightly"],
        "thousand": [sys.executable, "-m", "tests.nightly.thousand"],
    },
}


def run(name, command, quiet=False):
    """Name, exit code, seconds and, where it is ``quiet``, what was printed."""
    began = time.monotonic()
    if not quiet:
        print(f"── {name}", flush=True)
    output, errors = (subprocess.PIPE, subprocess.STDOUT) if quiet else (None, None)
    done = subprocess.run(command, check=False, stdout=output, stderr=errors, text=True)
    return name, done.returncode, time.monotonic() - began, done.stdout


def main(mode):
    """Run the parts of a mode; the linters run beside the tests, and what they print comes after."""
    with ThreadPoolExecutor(1) as pool:  # one after the other: the tests have the other core
        linters = [] if mode == "--nightly" else [pool.submit(run, *item, quiet=True) for item in LINTERS.items()]
        results = [run(*item) for item in TESTS[mode].items()]
        results = [*(linter.result() for linter in linters), *results]
    for name, code, _, printed in results:
        if code and printed:
            print(f"── {name}", printed, sep="\n")
    print("── summary")
    for name, code, seconds, _ in results:
        print(f"{'ok    ' if code == 0 else 'FAILED'}  {name:<13} {seconds:6.1f} s")
    return any(code for _, code, _, _ in results)
