"""A canary in every field of the inventory: an escape sequence and a password of ours, and neither reaches any output.

The inventory refuses most of what is put in, and tells what it found; free texts it takes, as long as no escape is in
them, and every door that tells of the inventory is run on those.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.door_runner import DOORS, Runner, running
from tests.support.reduced_inventory import ROOT, reduced

PASSWORD = "Kan4rifugl-Loppa"
ESCAPE = f"\x1b]0;{PASSWORD}\x07\x9b\u202e"
UNSAFE = [letter.encode() for letter in "\x1b\x07\x9b\u202e"]
FREE = ("label", "reason", "why", "naming", "banner")  # what people write as they like
INSIDE = "nornir_tasks.cli.inventory"
READING = (
    (INSIDE, "show", "loppa-acc-01"),
    (INSIDE, "show", "loppa-core-01", "--format", "json"),
    (INSIDE, "why", "loppa-acc-01", "sites"),
    (INSIDE, "why", "loppa-acc-01", "banner"),
    (INSIDE, "reach", "guest@loppa-radhus", "loppa-core-01", "icmp"),
    (INSIDE, "reach", "loppa-acc-01", "centre-names-01", "udp/53", "--format", "json"),
    (INSIDE, "services", "loppa"),
    (INSIDE, "services", "loppa", "--format", "json"),
    (INSIDE, "names", "loppa"),
    (INSIDE, "names", "loppa", "--format", "json"),
    (INSIDE, "names", "loppa", "--format", "hosts"),
    (INSIDE, "graph", "loppa", "--output", "out/loppa.html"),
    (INSIDE, "graph", "--output", "out/region.svg"),
    (INSIDE, "export", "--netbox", "out/netbox"),
    (INSIDE, "new", "vadso", "--label", PASSWORD, "--number", "77", "--sites", "radhus:town_hall", "--dry-run"),
    ("nornir_tasks.cli.drift_audit", "loppa", "--format", "json"),
    ("nornir_tasks.cli.drift_audit", "loppa", "-v"),
    ("nornir_tasks.cli.health_check", "loppa", "-v"),
    ("nornir_tasks.cli.migration", "status"),
    ("nornir_tasks.cli.migration", "fixed", "loppa"),
    ("nornir_tasks.cli.report", "loppa", "--output", "out/report.html"),
    ("nornir_tasks.cli.trust", "loppa"),
    ("nornir_tasks.cli.config", "mask", "--platform", "ios", "inventory/groups.yml"),
    ("nornir_tasks.cli.change", "plan", "loppa", "connect", "--reason", f"for {PASSWORD}", "--ticket", PASSWORD),
    ("nornir_tasks.cli.change", "list", "loppa", "--format", "json"),
)


def changed(value: Any, canary: str, only: tuple[str, ...], key: str = "") -> Any:
    """A copy with the canary behind every text and number, or only behind those of these keys."""
    if isinstance(value, dict):
        return {name: changed(part, canary, only, str(name)) for name, part in value.items()}
    if isinstance(value, list):
        return [changed(part, canary, only, key) for part in value]
    if only and key not in only:
        return value
    return f"{'' if value is None else value}{canary}"


def renamed(value: Any) -> Any:
    """A copy with the canary behind every key."""
    if isinstance(value, dict):
        return {f"{name}{ESCAPE}": renamed(part) for name, part in value.items()}
    return [renamed(part) for part in value] if isinstance(value, list) else value


def require_no_canary(content: bytes, about: object) -> None:
    """Neither the password nor anything that a terminal obeys."""
    at = content.find(PASSWORD.encode())
    assert at < 0, (about, content[max(0, at - 300) : at + 100].decode(errors="replace"))
    for letter in UNSAFE:
        at = content.find(letter)
        assert at < 0, (about, letter, content[max(0, at - 300) : at + 100])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a small inventory."""
    where = tmp_path_factory.mktemp("canaries")
    reduced(where)
    (where / "out").mkdir()
    return where


@pytest.fixture(scope="module")
def runner(place: Path) -> Iterator[Runner]:
    """Doors that start there. Nothing listens at the switches' addresses."""
    environment = {
        **os.environ,
        "ANSIBLE_INVENTORY": f"{place}/inventory,{ROOT}/lab/inventory",
        "FELLESDRIFT_STATE": str(place / "state"),
        "FELLESDRIFT_CACHE": str(place / "cache"),
        "FELLESDRIFT_LAB_DIR": str(place / "lab"),
        "FELLESDRIFT_PASSWORD": PASSWORD,
        "FELLESDRIFT_LEGACY_PASSWORD": PASSWORD,
        "HOME": str(place),
        "NO_COLOR": "1",
    }
    with running(place, environment) as made:
        yield made


def test_what_is_refused_is_told_without_it(place: Path, runner: Runner) -> None:
    """Each file with the canary in all its values, then in all its keys: what was found is shown, in figures."""
    shown = 0
    for file in sorted((place / "inventory").rglob("*.yml")):
        sound = file.read_text()
        for told in (changed(yaml.safe_load(sound), ESCAPE, ()), renamed(yaml.safe_load(sound))):
            file.write_text(yaml.safe_dump(told, allow_unicode=True))
            done = runner.run(INSIDE, ["check", "--debug"], {})
            assert done.code == 1, (file, done)
            assert b"Traceback" not in done.err, (file, done.err[-2000:])
            require_no_canary(done.out + done.err, file)
            shown += rb"\x1b]0;<secret>\x07" in done.out + done.err
        file.write_text(sound)
    assert shown > 5, "hardly a canary was shown: nothing was tried"


def test_what_is_accepted_reaches_every_output_without_it(place: Path, runner: Runner) -> None:
    """A password as part of free texts: on a terminal, in JSON, pictures, pages, CSV, logs and the journal."""
    for file in (place / "inventory").rglob("*.yml"):
        told = changed(yaml.safe_load(file.read_text()), f" {PASSWORD}", FREE)
        file.write_text(yaml.safe_dump(told, allow_unicode=True))
    done = runner.run(INSIDE, ["check"], {})
    assert done.code == 0, (done.out + done.err).decode()
    left = {}
    for number, (module, *arguments) in enumerate(READING):
        log = place / "out" / f"{number}.log"
        done = runner.run(module, [*arguments, "--debug", "--log-file", str(log)], {})
        assert done.code in (0, 1, 3), (arguments, done)
        assert b"Traceback" not in done.err, (arguments, done.err[-2000:])
        left[" ".join(arguments)] = done.out + done.err
    left |= {str(path): path.read_bytes() for path in (place / "out").rglob("*") if path.is_file()}
    left |= {str(path): path.read_bytes() for path in (place / "state").rglob("*") if path.is_file()}
    masked = [name for name, content in left.items() if b"<secret>" in content or b"&lt;secret&gt;" in content]
    assert len(masked) >= 7, masked
    for name, content in left.items():
        at = content.find(PASSWORD.encode())
        assert at < 0, (name, content[max(0, at - 300) : at + 100].decode(errors="replace"))


def test_every_door_is_tried() -> None:
    """A new one, too."""
    assert {module for module, *_ in READING} == set(DOORS.values())
