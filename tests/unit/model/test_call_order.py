"""Whom to call: a municipality's own people in their hours, then the centre's; and always somebody."""

from datetime import UTC, date, datetime, timedelta

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Region
from nornir_tasks.model.call_order import CallReason, find_fault_desk, find_on_call, list_suppliers
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.hours import Hours
from nornir_tasks.model.on_call import Contact, DutySwap, OnCall, Rotation
from nornir_tasks.model.service_levels import Supplier
from tests.support import small_region as small

START = date(2026, 11, 23)
OWN = OnCall(
    contacts={"it_adviser": Contact(label="IT adviser", phone="+47 00 00 17 01")},
    rotations=(Rotation(start=START, order=("it_adviser",)),),
    escalate_minutes=10,
    hours=Hours(days=("mon", "tue", "wed", "thu", "fri"), start="08:00", end="15:30"),
)
CENTRES = OnCall(
    contacts={name: Contact(label=name, phone="+47 00 00 10 01") for name in ("ingrid", "nils", "marit", "lead")},
    rotations=(Rotation(start=START, order=("ingrid", "nils", "marit")),),
    swaps=(DutySwap(start=date(2026, 12, 24), end=date(2026, 12, 25), who="marit", reason="children"),),
    then=("nils", "lead"),
)
Told = list[tuple[str, int, CallReason, str]]


def region(**on_call: OnCall | None) -> Region:
    """The small one, with rotas and a holiday."""
    whole = small.region()
    standard = small.STANDARD.model_copy(update={"holidays": {"christmas": (date(2026, 12, 25),)}})
    devices = {name: device.model_copy(update={"standard": standard}) for name, device in whole.devices.items()}
    homes = {
        name: home.model_copy(update={"on_call": on_call.get(name)}) for name, home in whole.municipalities.items()
    }
    return whole.model_copy(update={"devices": devices, "municipalities": homes})


def ask(where: Region, municipality: str, moment: str) -> Told:
    """Who, after how many minutes, why, and until when in UTC."""
    calls = find_on_call(where, municipality, datetime.fromisoformat(moment))
    return [
        (call.contact.label, call.after_minutes, call.reason, f"{call.until:%d %H:%M}" if call.until else "")
        for call in calls
    ]


@pytest.mark.parametrize(
    ("moment", "calls"),
    [
        (
            "2026-12-01T10:00",
            [
                ("IT adviser", 0, CallReason.ON_DUTY, "01 14:30"),
                ("nils", 10, CallReason.ON_DUTY, "07 07:00"),
                ("lead", 25, CallReason.NO_ANSWER, ""),
            ],
        ),
        ("2026-12-01T03:00", [("nils", 0, CallReason.ON_DUTY, "07 07:00"), ("lead", 15, CallReason.NO_ANSWER, "")]),
        (
            "2026-12-25T10:00",
            [
                ("marit", 0, CallReason.SWAPPED, "26 07:00"),
                ("nils", 15, CallReason.NO_ANSWER, ""),
                ("lead", 30, CallReason.NO_ANSWER, ""),
            ],
        ),
    ],
)
def test_whom_to_call_in_loppa(moment, calls) -> None:
    """The one person of Loppa at work; at night and on Christmas Day the centre, and nobody twice."""
    assert ask(region(loppa=OWN, operations_centre=CENTRES), "loppa", moment) == calls


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        ("2026-12-01T07:59:59", "nils"),
        ("2026-12-01T08:00", "IT adviser"),
        ("2026-12-01T15:29:59", "IT adviser"),
        ("2026-12-01T15:30", "nils"),
        ("2026-12-05T10:00", "nils"),  # a Saturday
        ("2027-03-29T06:30+00:00", "IT adviser"),  # the first working day of summer time: half past eight
        ("2027-03-26T06:30+00:00", "nils"),  # the last before it: half past seven
    ],
)
def test_its_own_person_comes_first_in_the_hours_in_which_that_holds(moment, first) -> None:
    """To the second, by the clock on the wall; who has the week at the centre does not matter here."""
    centre = CENTRES.model_copy(update={"rotations": (Rotation(start=START, order=("nils",)),), "swaps": ()})
    assert ask(region(loppa=OWN, operations_centre=centre), "loppa", moment)[0][0] == first


def test_a_fault_at_the_centre_calls_the_centre() -> None:
    """Once."""
    told = ask(region(loppa=OWN, operations_centre=CENTRES), CENTRE, "2026-12-01T10:00")
    assert [call[0] for call in told] == ["nils", "lead"]


def test_what_a_swap_is_for_and_whose_rota_it_is() -> None:
    """So that the reader knows why it is not the one of the list on the wall."""
    (first, *_) = find_on_call(region(operations_centre=CENTRES), "loppa", datetime(2026, 12, 25, 3))
    assert (first.rota, first.note, first.contact.phone) == (CENTRE, "children", "+47 00 00 10 01")


def test_before_the_first_rotation_only_those_who_come_after() -> None:
    """At once: there is nobody to wait for."""
    told = ask(region(operations_centre=CENTRES), "loppa", "2026-11-01T03:00")
    assert told == [("nils", 0, CallReason.NO_ANSWER, ""), ("lead", 15, CallReason.NO_ANSWER, "")]


def test_without_rotas_nobody() -> None:
    """And without the centre's, nobody at night."""
    assert ask(region(), "loppa", "2026-12-01T10:00") == []
    assert ask(region(loppa=OWN), "loppa", "2026-12-01T03:00") == []


@pytest.mark.parametrize(
    ("moment", "is_open", "changes"),
    [
        ("2026-12-01T10:00", True, "2026-12-01T14:30"),
        ("2026-12-01T15:30", False, "2026-12-02T07:00"),
        ("2026-12-24T16:00", False, "2026-12-28T07:00"),
    ],
)
def test_a_fault_desk_that_closes(moment, is_open, changes) -> None:
    """And when it opens again, in UTC."""
    whole = region()
    suppliers = {"day": Supplier(phone="800", hours=OWN.hours, customer="1", repair_hours=8)}
    suppliers["always"] = Supplier(phone="801", customer="2", repair_hours=4)
    standard = whole.standard.model_copy(update={"suppliers": suppliers})
    devices = {name: device.model_copy(update={"standard": standard}) for name, device in whole.devices.items()}
    where = whole.model_copy(update={"devices": devices})
    desk = find_fault_desk(where, "day", datetime.fromisoformat(moment))
    assert desk
    assert (desk.is_open, desk.changes) == (is_open, datetime.fromisoformat(f"{changes}+00:00"))
    always = find_fault_desk(where, "always", datetime.fromisoformat(moment))
    assert always
    assert (always.is_open, always.changes, always.supplier.phone) == (True, None, "801")
    assert find_fault_desk(where, "nobody", datetime.fromisoformat(moment)) is None


def test_the_suppliers_of_a_municipality_have_fault_desks() -> None:
    """Those of its lines first, each once."""
    whole = load_region()
    assert list_suppliers(whole, "loppa") == ["Ishavslinjen", "Kystfiber Finnmark", "Nordlys telefoni"]
    suppliers = {name for home in whole.municipalities for name in list_suppliers(whole, home)}
    assert suppliers == set(whole.standard.suppliers)


def test_in_the_inventory_somebody_is_called_at_every_hour() -> None:
    """For a year and a day, in each municipality; and its own person at some hours and not at others."""
    whole = load_region()
    start = datetime(2026, 12, 1, tzinfo=UTC)
    for name in whole.municipalities:
        lists = [find_on_call(whole, name, start + timedelta(hours=13 * step)) for step in range(366 * 24 // 13)]
        assert all(lists), name
        assert {calls[0].rota for calls in lists} == {name, CENTRE}, name
