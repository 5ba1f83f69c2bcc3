"""The audit of one device: its verdict, and what a program is told of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.drift import audit
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
from tests.support import small_region as small

REGION = small.region()
LEAF, ACCESS = "alta-leaf-01", "loppa-acc-01"
NOW = Position({})
INTENDED = "hostname alta-leaf-01\n"
EDITED = "hostname by-hand\n"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An empty state directory: nobody was surveyed. The leaf is to have one line."""
    monkeypatch.setattr(audit, "render", lambda *given: INTENDED)
    return open_context(REGION, reason="test", who="tester", where=tmp_path)


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (Collected(LEAF, running=INTENDED), {"status": "clean", "identical": True, "words": ""}),
        (
            Collected(LEAF, running=EDITED),
            {
                "status": "drift",
                "identical": False,
                "words": "line 1: expected 'hostname alta-leaf-01', actual 'hostname by-hand'",
            },
        ),
        (Collected(LEAF, error="no connection"), {"status": "error", "identical": False, "words": "no connection"}),
        (
            Collected(ACCESS, running="hostname SW-1\n"),
            {"status": "not surveyed", "identical": False, "words": "no snapshot yet: run 10_survey"},
        ),
    ],
    ids=["clean", "drift", "error", "not surveyed"],
)
def test_what_a_program_is_told(context: Context, read: Collected, told: dict[str, Any]) -> None:
    """The keys in their order, the status in the audit's words, and why."""
    result = audit.audit_device(context, REGION.devices[read.device], read, NOW)
    record = json.loads(json.dumps(result.as_json()))
    assert list(record) == [
        *("device", "municipality", "stage", "status", "lines", "diff"),
        *("legacy_left", "from_standard", "identical", "words"),
    ]
    assert record | told == record
    assert record["device"] == read.device
    assert bool(record["diff"]) is (told["status"] == "drift")
    assert record["stage"] == (Stage.RETIRE if read.device == LEAF else Stage.LEGACY).word


def test_communities_that_were_swapped(tmp_path: Path) -> None:
    """Masked, the configuration is as it was: who may write is another. Told, and the communities are not."""
    surveyed = "hostname SW-1\nsnmp-server community alfa77 RO\nsnmp-server community beta77 RW\nend\n"
    made = open_context(REGION, reason="test", who="tester", where=tmp_path)
    device = REGION.devices[ACCESS]
    reference = made.backups.save(ACCESS, platform(device.platform), surveyed)
    head = {"what": "snapshot", "phase": "verify", "outcome": "done", "municipality": "loppa", "stage": Stage.LEGACY}
    made.record(Entry(**head, who="tester", reason="test", device=ACCESS, backup=reference))
    same = audit.audit_device(made, device, Collected(ACCESS, running=surveyed), NOW)
    assert (same.status, same.lines) == ("clean", ())
    swapped = surveyed.replace("alfa77", "x").replace("beta77", "alfa77").replace("x", "beta77")
    result = audit.audit_device(made, device, Collected(ACCESS, running=swapped), NOW)
    assert (result.status, result.diff) == ("drift", "")
    assert result.lines == tuple(
        f"~ snmp-server community {number}: another secret than the survey read" for number in (1, 2)
    )
    assert "77" not in json.dumps(result.as_json())
