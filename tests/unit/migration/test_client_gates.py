"""The gates about clients: open and shut, with their words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from nornir_tasks.migration.client_gates import find_lease_mismatch, find_visit_mismatch, list_moving_sites
from nornir_tasks.migration.fixed_addresses import FixedAddress, FixedAddresses
from nornir_tasks.migration.gates import UNDO
from nornir_tasks.model import Municipality, Stage
from nornir_tasks.model.municipality import LegacyDhcp, Visit
from tests.support import small_region as small

NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
ROWS = tuple(
    FixedAddress("school", "loppa-acc-01", f"GigabitEthernet1/0/{n}", "school", 20, f"02:00:00:00:00:0{n}",
                 f"172.17.20.1{n}")
    for n in range(1, 6)
)  # fmt: skip
FIXED = FixedAddresses(True, ROWS, {"school": 5, "": 1})


def lending(**more: object) -> Municipality:
    """Loppa, whose old server lends for ten minutes since 16 November, after eight hours."""
    dhcp = LegacyDhcp(
        **{"lease_seconds": 600, "since": datetime(2026, 11, 16, 8), "former_lease_seconds": 28800, **more}
    )
    legacy = small.loppa().legacy
    assert legacy is not None
    return small.loppa(legacy=legacy.model_copy(update={"dhcp": dhcp}))


def visited(**visits: Visit) -> Municipality:
    """Loppa with these visits."""
    programme = small.loppa().migration
    assert programme is not None
    return small.loppa(migration=programme.model_copy(update={"visits": visits}))


def judge(municipality: Municipality, clock: datetime = NOW) -> str:
    """What the gate of leases says."""
    mismatch = find_lease_mismatch(municipality, small.STANDARD, clock)
    return f"{mismatch.actual}; {mismatch.advice}" if mismatch else ""


def test_short_leases_let_ports_move() -> None:
    """Once the former lease is over for everybody: its last holder got it a moment before. Local time, without zone."""
    assert judge(lending()) == ""
    since = datetime(2026, 11, 16, 7, tzinfo=UTC)  # 08:00 in Oslo
    assert judge(lending(), since + timedelta(hours=8)) == ""
    shut = judge(lending(), since + timedelta(hours=8, seconds=-1))
    assert shut.startswith("since 2026-11-16 08:00; Some clients keep a long lease until 2026-11-16 15:00 UTC")
    assert judge(lending(former_lease_seconds=9 * 86400)) != ""
    default = LegacyDhcp(lease_seconds=600, since=since)
    assert default.former_lease_seconds == 8 * 86400


def test_long_leases_and_none_that_are_known() -> None:
    """Each with what to do."""
    assert judge(lending(lease_seconds=900)) == ""
    assert judge(lending(lease_seconds=901)).startswith("901 s (legacy.dhcp); Shorten them")
    legacy = small.loppa().legacy
    assert legacy is not None
    unsaid = small.loppa(legacy=legacy.model_copy(update={"dhcp": None}))
    assert judge(unsaid).startswith("nothing is said about its leases; Shorten them on the old DHCP server")
    assert judge(small.loppa(legacy=None)) == ""


@pytest.mark.parametrize(
    ("stage", "sites"),
    [(Stage.PILOT, ("school",)), (Stage.CUTOVER, ("nursery", "town-hall")), (Stage.SETTLE, ())],
)
def test_sites_that_move(stage: Stage, sites: tuple[str, ...]) -> None:
    """Those of the pilot, then those of the waves."""
    assert list_moving_sites(small.loppa(), stage) == sites


def test_a_site_with_fixed_addresses_is_visited() -> None:
    """In time; the first ports are named. A site that does not move, or has none, needs nobody."""
    today = date(2026, 11, 24)
    shut = find_visit_mismatch(small.loppa(), ["school"], FIXED, today)
    assert shut is not None
    assert shut.actual.startswith("school: 5, nobody goes there (loppa-acc-01 GigabitEthernet1/0/1 172.17.20.11, ")
    assert shut.actual.endswith("172.17.20.13 and 2 more)")
    assert "scripts/migration.py fixed loppa" in shut.advice
    assert find_visit_mismatch(small.loppa(), ["nursery", "town-hall"], FIXED, today) is None
    planned = visited(school=Visit(who="Kari", by=today))
    assert find_visit_mismatch(planned, ["school"], FIXED, today) is None
    late = find_visit_mismatch(planned, ["school"], FIXED, today + timedelta(days=1))
    assert late is not None
    assert "school: 5, Kari was to be there by 2026-11-24" in late.actual


def test_a_survey_that_did_not_look() -> None:
    """Nothing found is not nothing there."""
    shut = find_visit_mismatch(small.loppa(), ["nursery"], FixedAddresses(), date(2026, 11, 24))
    assert shut is not None
    assert (shut.actual, shut.advice) == ("none: no survey has read an ARP table", "Run 10_survey again")


def test_going_back_asks_neither() -> None:
    """Whoever has to go back has no time for visits."""
    assert not {"leases", "fixed_addresses"} & set(UNDO)
