"""Gates about clients: their leases are short when their ports move, and somebody re-addresses what has none. Pure."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.migration.fixed_addresses import FixedAddresses, describe_rows
from nornir_tasks.model import Municipality, Stage, Standard

MOST_PORTS = 3  # that are named of a site; the list has all
LIST = "scripts/migration.py fixed"


def find_lease_mismatch(municipality: Municipality, standard: Standard, clock: datetime) -> Mismatch | None:
    """Why clients would keep their old addresses for too long; None: they follow in time.

    The record says what the old DHCP server lends for, and since when. Whoever got an address just before that keeps
    it for the former lease at most: only when that is over every client has a short one.

    Args:
        municipality: whose ports are to move.
        standard: of its devices; ``move_lease_seconds`` is the longest lease.
        clock: now.
    """
    if municipality.legacy is None:
        return None
    dhcp, most = municipality.legacy.dhcp, standard.move_lease_seconds
    expected = f"an old network that lends for at most {most} s (move_lease_seconds)"
    if dhcp is None:
        advice = "Shorten them on the old DHCP server, and say so: legacy.dhcp in municipality.yml"
        return Mismatch(expected, "nothing is said about its leases", advice)
    if dhcp.lease_seconds > most:
        advice = "Shorten them on the old DHCP server, then legacy.dhcp in municipality.yml"
        return Mismatch(expected, f"{dhcp.lease_seconds} s (legacy.dhcp)", advice)
    since = dhcp.since if dhcp.since.tzinfo else dhcp.since.replace(tzinfo=ZoneInfo(standard.timezone))
    ready = since.astimezone(UTC) + timedelta(seconds=dhcp.former_lease_seconds)
    if clock.astimezone(UTC) >= ready:
        return None
    former = timedelta(seconds=dhcp.former_lease_seconds)
    return Mismatch(
        f"{expected}, and has for one former lease ({former})",
        f"since {since:%Y-%m-%d %H:%M}",
        f"Some clients keep a long lease until {ready:%Y-%m-%d %H:%M} UTC (legacy.dhcp: former_lease_seconds)",
    )


def list_moving_sites(municipality: Municipality, stage: Stage) -> tuple[str, ...]:
    """The sites whose ports move in a stage."""
    programme = municipality.migration
    if programme is None:
        return ()
    if stage == Stage.PILOT:
        return programme.pilot_sites
    return tuple(site for wave in programme.waves for site in wave) if stage == Stage.CUTOVER else ()


def find_visit_mismatch(
    municipality: Municipality, sites: Collection[str], fixed: FixedAddresses, today: date
) -> Mismatch | None:
    """Sites that move and hold fixed addresses, and nobody goes there in time; None: somebody goes to each.

    Args:
        municipality: with the visits that are planned.
        sites: whose ports move.
        fixed: what the last survey found.
        today: a visit whose day is over has to be planned anew.
    """
    if not fixed.has_arp:
        actual = "none: no survey has read an ARP table"
        return Mismatch("a survey that looked for fixed addresses", actual, "Run 10_survey again")
    visits = municipality.migration.visits if municipality.migration else {}
    missing = []
    for site in sites:
        count, visit = fixed.by_site.get(site, 0), visits.get(site)
        if count and (visit is None or visit.by < today):
            why = f"{visit.who} was to be there by {visit.by}" if visit else "nobody goes there"
            rows = describe_rows((row for row in fixed.rows if row.site == site), MOST_PORTS)
            missing.append(f"{site}: {count}, {why} ({rows})")
    if not missing:
        return None
    advice = f"migration.visits in municipality.yml; {LIST} {municipality.name} lists them"
    return Mismatch("a visit to each site that moves and has fixed addresses", "; ".join(missing), advice)
