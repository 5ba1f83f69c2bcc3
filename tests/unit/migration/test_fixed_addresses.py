"""What holds a fixed address: found in tables, joined with ports, kept in the journal."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.journal.database import JournalError
from nornir_tasks.journal.entry import Entry
from nornir_tasks.migration import fixed_addresses
from nornir_tasks.migration.fixed_addresses import (
    FixedAddress,
    FixedAddresses,
    find_fixed_addresses,
    read_fixed_addresses,
)
from nornir_tasks.model import LegacyVlan, Stage
from tests.support import model_parts as parts
from tests.support import small_region as small

OLD = {
    1: LegacyVlan(
        name="default", zones=("operations", "servers", "guest"), subnet=IPv4Network("192.168.17.0/24"),
        pool="192.168.17.100-192.168.17.200",
    ),
    20: LegacyVlan(
        name="SKOLE", zones=("school",), subnet=IPv4Network("172.17.20.0/23"), pool="172.17.20.40-172.17.21.240"
    ),
}  # fmt: skip
PRINTER, CAMERA, PC = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"
UP, DOWN, HERE = (f"GigabitEthernet1/0/{number}" for number in (6, 5, 1))
FIXED = FixedAddress("nursery", "loppa-acc-02", HERE, "school", 20, PRINTER, "172.17.20.11")


def surveyed(*arp: tuple[str, str, int | None], macs: tuple[tuple[str, int, str], ...] = ()) -> FixedAddresses:
    """The core knows who answers; the printer is heard on all the way to its port, and with it what is said more."""
    core = Collected("loppa-core-01", arp=arp, macs=((PRINTER, 20, HERE),))  # its cable to acc-01
    near = Collected("loppa-acc-01", macs=((PRINTER, 20, DOWN), *macs))
    far = Collected("loppa-acc-02", macs=((PRINTER, 20, HERE),))
    readings = {reading.device: reading for reading in (core, near, far)}
    return find_fixed_addresses(small.region(), small.loppa(legacy=parts.legacy(OLD)), readings)


def test_an_address_outside_the_pool_is_found_at_its_port() -> None:
    """Not where it is heard through a cable to a switch; on both edges of the pool nothing is fixed."""
    fixed = surveyed((PRINTER, "172.17.20.11", 20), (PC, "172.17.20.40", 20), (CAMERA, "172.17.21.240", 20))
    assert fixed.rows == (FIXED,)
    assert (fixed.has_arp, fixed.by_site, fixed.unknown) == (True, {"nursery": 1}, {})
    assert str(fixed) == "1 with fixed addresses"
    assert [row.address for row in surveyed((CAMERA, "172.17.20.39", 20), (PC, "172.17.21.241", 20)).rows] == [
        "172.17.20.39", "172.17.21.241",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "192.168.17.1",  # the gateway
        "192.168.17.30",  # the application's server
        "10.17.0.11",  # a switch, in no old network
        "10.250.0.1",
        "192.168.17.999",  # what no address is
    ],
)
def test_what_the_inventory_knows_is_not_found(address: str) -> None:
    """Nor what is in no old network."""
    assert surveyed((PC, address, 1)).rows == ()


def test_a_machine_that_no_port_hears_is_found_nowhere() -> None:
    """It is listed all the same."""
    (row,) = surveyed((CAMERA, "192.168.17.50", None)).rows
    assert (row.site, row.device, row.port, row.vlan, row.address) == ("", "", "", 1, "192.168.17.50")


def test_a_port_with_an_undocumented_switch_is_no_place() -> None:
    """LLDP names a switch of the region there: the machine is behind it."""
    arp = ((CAMERA, "192.168.17.50", 1),)
    near = Collected("loppa-acc-01", arp=arp, macs=((CAMERA, 1, HERE),))
    municipality = small.loppa(legacy=parts.legacy(OLD))
    assert find_fixed_addresses(small.region(), municipality, {"loppa-acc-01": near}).by_site == {"school": 1}
    behind = Collected("loppa-acc-01", arp=arp, macs=near.macs, neighbours={HERE: ("loppa-acc-02", UP)})
    assert find_fixed_addresses(small.region(), municipality, {"loppa-acc-01": behind}).by_site == {"": 1}


def test_without_a_pool_nobody_knows() -> None:
    """How many answered there is told; without any ARP table nothing was looked for."""
    core = Collected("loppa-core-01", arp=((PC, "172.17.20.11", 20), (CAMERA, "172.17.20.12", 20)))
    fixed = find_fixed_addresses(small.region(), small.loppa(), {"loppa-core-01": core})
    assert (fixed.rows, fixed.unknown) == ((), {20: 2})
    assert str(fixed) == "0 with fixed addresses (not known in VLAN 20: no pool)"
    assert not surveyed().has_arp
    assert "not looked for" in str(surveyed())


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An empty journal."""
    return open_context(small.region(), reason="test", who="tester", where=tmp_path)


def test_a_second_survey_replaces_the_first(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are bounded, counts are not."""
    assert not read_fixed_addresses(context.journal, "loppa").has_arp
    monkeypatch.setattr(fixed_addresses, "MOST_ROWS", 1)
    first = surveyed((PRINTER, "172.17.20.11", 20), (CAMERA, "172.17.20.12", 20))
    assert (len(first.rows), first.count) == (1, 2)
    for each in (first, surveyed((PRINTER, "172.17.20.11", 20))):
        detail = {"fixed": each.to_detail()}
        context.journal.write(Entry("survey", "after", "done", "loppa", Stage.LEGACY, "t", "t", detail=detail))
    kept = read_fixed_addresses(context.journal, "loppa")
    assert (kept.rows, kept.by_site, kept.surveyed is None) == ((FIXED,), {"nursery": 1}, False)


def test_what_somebody_wrote_into_the_journal_is_no_survey(context: Context) -> None:
    """It is refused, and the event is named."""
    detail = {"fixed": {"has_arp": True, "rows": [{"site": "school"}]}}
    context.journal.write(Entry("survey", "after", "done", "loppa", Stage.LEGACY, "t", "t", detail=detail))
    with pytest.raises(JournalError, match="event 1: detail: found fixed addresses in another form"):
        read_fixed_addresses(context.journal, "loppa")
