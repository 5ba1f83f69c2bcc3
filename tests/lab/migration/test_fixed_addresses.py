"""The survey against a running Loppa: what it finds with fixed addresses is what the lab says was typed in."""

from ipaddress import IPv4Address

from nornir_tasks.migration.fixed_addresses import read_fixed_addresses
from nornir_tasks.migration.survey import survey
from tests.support.loppa_in_lab import Loppa, loppa

__all__ = ["loppa"]


def test_the_survey_finds_what_was_typed_in_outside_the_pools(loppa: Loppa) -> None:
    """Each of them at its own port; and none of those that are leased."""
    legacy = loppa.context.region.municipalities["loppa"].legacy
    assert legacy is not None
    pools = [vlan.pool_ends for vlan in legacy.vlans.values() if vlan.pool_ends]
    assert len(pools) == 4
    devices = loppa.context.region.devices
    expected = set()
    for station in loppa.lab.client.stations():
        if not station["switch"].startswith("loppa-") or not station["address"] or station["fixed"]:
            continue
        is_lent = any(first <= IPv4Address(station["address"]) <= last for first, last in pools)
        if station.get("lease") == "typed in" and not is_lent:
            port = devices[station["switch"]].port(station["port"]).name
            expected.add((station["switch"], port, station["mac"], station["address"]))
        assert is_lent or station.get("lease") == "typed in"
    assert expected
    told = survey(loppa.context, "loppa")
    assert f"{len(expected)} with fixed addresses" in str(told)
    kept = read_fixed_addresses(loppa.context.journal, "loppa")
    assert {(row.device, row.port, row.mac, row.address) for row in kept.rows} == expected
    assert all(row.site == devices[row.device].site for row in kept.rows)
    assert not kept.unknown
