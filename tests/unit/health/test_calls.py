"""Whom to call, in words, of the inventory's rotas: in their order, with telephones, and until when that is so."""

from datetime import datetime

import pytest

from nornir_tasks.health.calls import describe_calls, list_call_lines
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region

NILS = "at once: +47 00 00 10 02, Nils Eira, Operations centre: on duty until"
LEAD = "+47 00 00 10 09, Head of operations, Operations centre: if nobody before answers"


@pytest.fixture(scope="module")
def region() -> Region:
    """The inventory's."""
    return load_region()


@pytest.mark.parametrize(
    ("home", "moment", "supplier", "words"),
    [
        ("loppa", "2026-12-01T03:00", "", f"{NILS} 2026-12-07 08:00; after 15 min: {LEAD}"),
        ("loppa", "2026-12-07T03:00", "", f"{NILS} 08:00; after 15 min: {LEAD}"),
        ("loppa", "2026-12-07T02:00+00:00", "", f"{NILS} 08:00; after 15 min: {LEAD}"),
        (
            *("loppa", "2026-12-01T10:00", ""),
            "at once: +47 00 00 17 01, IT adviser of Loppa: on duty until 15:30; "
            "after 10 min: +47 00 00 10 02, Nils Eira, Operations centre: on duty until 2026-12-07 08:00; "
            f"after 25 min: {LEAD}",
        ),
        (
            *("loppa", "2026-12-26T03:00", ""),
            "at once: +47 00 00 10 03, Marit Hansen, Operations centre: on duty in another's place until 08:00 "
            f"(Christmas Eve with the children); after 15 min: {LEAD}",
        ),
        (
            *("operations_centre", "2026-12-01T10:00", ""),
            "at once: +47 00 00 10 02, Nils Eira: on duty until 2026-12-07 08:00; "
            "after 15 min: +47 00 00 10 09, Head of operations: if nobody before answers",
        ),
        (
            *("loppa", "2026-12-01T03:00", "Ishavslinjen"),
            "at once: +47 00 00 21 00, Ishavslinjen, our number VF-1001, repair within 8 h; "
            f"{NILS} 2026-12-07 08:00; after 15 min: {LEAD}",
        ),
        (
            *("alta", "2026-12-07T03:00", "Driftskontroll Nord"),
            f"{NILS} 08:00; after 15 min: {LEAD}; "
            "from 07:00: +47 00 00 23 00, Driftskontroll Nord, our number DKN-77, repair within 24 h",
        ),
        ("loppa", "2026-12-07T03:00", "another one", f"{NILS} 08:00; after 15 min: {LEAD}"),
    ],
)
def test_in_one_line(region, home, moment, supplier, words) -> None:
    """A supplier's desk comes first while it answers, and last with its hour when it does not."""
    assert describe_calls(region, home, datetime.fromisoformat(moment), supplier) == words


def test_nobody_is_on_call(region) -> None:
    """Then only the supplier is left; or nothing at all."""
    homes = {name: home.model_copy(update={"on_call": None}) for name, home in region.municipalities.items()}
    alone = region.model_copy(update={"municipalities": homes})
    moment = datetime(2026, 12, 26, 3)
    assert describe_calls(alone, "loppa", moment) == ""
    assert [line.when for line in list_call_lines(alone, "loppa", moment, "Driftskontroll Nord")] == [
        "from 2026-12-28 07:00"
    ]
