"""The tiers of the tests: what a file leaves behind is not there for the next.

What a file of unit tests imports is loaded before the seal of tests/unit/conftest.py.
"""

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


def test_a_fixture_of_a_package_ends_with_its_folder() -> None:
    """Without an ``__init__.py`` beside it pytest keeps it until the run ends, with its environment."""
    having = [path for path in (ROOT / "tests").rglob("conftest.py") if 'scope="package"' in path.read_text()]
    assert having
    assert [path for path in having if not path.with_name("__init__.py").exists()] == []
