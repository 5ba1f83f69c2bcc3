"""The tiers of the tests: what a file of unit tests imports is loaded before the seal of tests/unit/conftest.py."""

import subprocess
import sys

from tests.support.reduced_inventory import ROOT

COLLECT = """
import sys, pytest
code = pytest.main(["tests/unit", "--collect-only", "-q", "-p", "no:xdist", "-o", "addopts=--import-mode=importlib"])
print("loaded:", sorted(name for name in sys.modules if name.split(".")[0] == "lab"))
sys.exit(code)
"""


def test_no_file_of_the_unit_tests_loads_the_lab() -> None:
    """Neither itself nor through what it imports."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECT], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "loaded: []"), done.stdout[-2000:] + done.stderr
