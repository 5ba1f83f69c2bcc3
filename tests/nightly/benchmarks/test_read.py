"""How long reading the region takes. Run alone: ``scripts/test -m benchmark tests/nightly/benchmarks/test_read.py``."""

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROUNDS = 5
READ = """
import time
began = time.perf_counter()
from nornir_tasks.inventory.load import load_region
imported = time.perf_counter()
load_region()
print(imported - began, time.perf_counter() - imported)
"""


def read(monkeypatch, cache: Path) -> tuple[float, float]:
    """Seconds of importing and of reading, in a process of its own."""
    monkeypatch.setenv("FELLESDRIFT_CACHE", str(cache))
    done = subprocess.run([sys.executable, "-c", READ], cwd=ROOT, capture_output=True, text=True, check=True)
    imported, took = (float(word) for word in done.stdout.split())
    return imported, took


def listed() -> float:
    """Seconds that Ansible itself takes to print what it resolves."""
    command = [str(Path(sys.executable).parent / "ansible-inventory"), "--list"]
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.perf_counter() - began


@pytest.mark.benchmark
def test_cold(monkeypatch, tmp_path, capsys):
    """Resolving, checking and keeping. As a ratio to Ansible's own listing, so that a busy machine counts out."""
    pairs = [(read(monkeypatch, tmp_path / str(number))[1], listed()) for number in range(ROUNDS)]
    cold = statistics.median(took for took, _ in pairs)
    ratio = statistics.median(took / whole for took, whole in pairs)
    with capsys.disabled():
        print(f"\ncold read: {cold:.2f} s; {ratio:.2f} of ansible-inventory --list")
    assert ratio < 1
    assert min(took for took, _ in pairs) < 3


@pytest.mark.benchmark
def test_warm(monkeypatch, tmp_path, capsys):
    """From the cache."""
    read(monkeypatch, tmp_path)
    runs = [read(monkeypatch, tmp_path) for _ in range(ROUNDS)]
    imported, warm = (statistics.median(values) for values in zip(*runs, strict=True))
    with capsys.disabled():
        print(f"\nwarm read: {warm:.3f} s, after {imported:.2f} s of imports")
    assert min(took for _, took in runs) < 0.3


@pytest.mark.benchmark
def test_check(monkeypatch, tmp_path, capsys):
    """``scripts/inventory.py check`` as a whole process, once the region is in the cache: seconds of the processor.

    Python's own compiled files are kept, as they are on anybody's machine.
    """
    monkeypatch.setenv("FELLESDRIFT_CACHE", str(tmp_path))
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "compiled"))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    runs = []
    for _ in range(ROUNDS + 1):
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "scripts/inventory.py", "check"], cwd=ROOT, capture_output=True, check=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        runs.append(ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime)
    with capsys.disabled():
        print(f"\nwarm check: {min(runs[1:]):.2f} s")
    assert min(runs[1:]) < 3
