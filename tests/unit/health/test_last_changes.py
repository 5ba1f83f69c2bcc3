"""What changed there last: by the journal, and by the device's own record where that is another change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.health.last_changes import SAME_CHANGE, describe_change, find_last_changes
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage
from nornir_tasks.platforms.common.health_state import ConfigurationChange
from tests.support import small_region

NEAR = "loppa-acc-01"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(small_region.region(), reason="health check", where=tmp_path)


def write(context: Context, device: str, outcome: str = "changed", who: str = "kari", phase: str = "after") -> None:
    """A step of a change."""
    reason = f"{outcome} by {who}"
    entry = Entry("device", phase, outcome, "loppa", Stage.CONNECT, who, reason, device=device, plan="3f9a")  # type: ignore[arg-type]
    context.journal.write(entry)


def test_the_newest_first_and_no_more_than_asked(context: Context) -> None:
    """Only what may have written to the machine; what was only begun is told by ``ongoing_changes``."""
    for who, outcome in (("a", "changed"), ("b", "reverted"), ("c", "refused"), ("d", "unchanged"), ("e", "failed")):
        write(context, NEAR, outcome, who)
    write(context, NEAR, "writing", "f", phase="before")
    write(context, "loppa-core-01", "changed", "g")
    assert [change.who for change in find_last_changes(context, NEAR)] == ["e", "b", "a"]
    assert [change.who for change in find_last_changes(context, NEAR, most=1)] == ["e"]
    assert find_last_changes(context, "loppa-acc-02") == []


def test_an_application_has_the_changes_of_its_servers(context: Context) -> None:
    """Of its database's, too."""
    for device in ("app-01", "db-01", "time-01"):
        write(context, device)
    assert [change.subject for change in find_last_changes(context, "loppa/case_archive")] == ["db-01", "app-01"]
    assert find_last_changes(context, "loppa/nothing") == find_last_changes(context, "nowhere/x") == []


def test_the_devices_own_record_is_told_unless_it_is_ours(context: Context) -> None:
    """Somebody at the console, an hour after our change."""
    write(context, NEAR)
    now = datetime.now(UTC)
    hour = int(timedelta(hours=1).total_seconds())
    later = now + timedelta(hours=2)
    own, ours = find_last_changes(context, NEAR, ConfigurationChange(hour, "ola"), later)
    assert (own.who, own.plan, own.at) == ("ola", "", later - timedelta(hours=1))
    assert (ours.who, ours.plan) == ("kari", "3f9a")
    same = ConfigurationChange(int(SAME_CHANGE.total_seconds()) - 60, "drift")
    assert [change.who for change in find_last_changes(context, NEAR, same, now)] == ["kari"]
    assert [change.who for change in find_last_changes(context, NEAR, ConfigurationChange(None, "ola"))] == ["kari"]


def test_the_words(context: Context) -> None:
    """Of ours, of a hand's, and of one that the device does not name."""
    write(context, NEAR)
    (ours,) = find_last_changes(context, NEAR)
    moment = f"{ours.at:%Y-%m-%d %H:%M}"
    assert describe_change(ours) == f"loppa-acc-01: changed {moment} UTC by kari, change 3f9a: changed by kari"
    read_at = datetime(2026, 12, 1, 3, tzinfo=UTC)
    (own, *_) = find_last_changes(context, "loppa-acc-02", ConfigurationChange(3600, "ola"), read_at)
    words = "loppa-acc-02: changed 2026-12-01 02:00 UTC by {}, by its own record; no change of ours"
    assert describe_change(own) == words.format("ola")
    (own,) = find_last_changes(context, "loppa-acc-02", ConfigurationChange(3600, None), read_at)
    assert describe_change(own) == words.format("an account that it does not name")
