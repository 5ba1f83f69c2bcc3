"""Whose turn it is: hand-over to the minute, the turn of the year, clocks that are changed, and swaps."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from nornir_tasks.model.hours import Calendar
from nornir_tasks.model.on_call import Contact, DutySwap, OnCall, Rotation, find_turn

CALENDAR = Calendar(ZoneInfo("Europe/Oslo"))
CONTACTS = {name: Contact(label=name.title(), phone="+47 00 00 00 01") for name in ("ingrid", "nils", "marit", "kari")}
TEAM = ("ingrid", "nils", "marit")


def rota(**own: object) -> OnCall:
    """Three people, a week each from Monday at eight; ``own`` is what differs."""
    rotations = (Rotation(start=date(2026, 11, 23), order=TEAM),)
    return OnCall.model_validate({"contacts": CONTACTS, "rotations": rotations, **own})


def ask(on_call: OnCall, moment: str) -> tuple[str, str] | None:
    """Who is on duty, and until when in UTC."""
    turn = find_turn(on_call, CALENDAR, datetime.fromisoformat(moment))
    return (turn.who, f"{turn.until.astimezone(UTC):%Y-%m-%dT%H:%M}") if turn else None


@pytest.mark.parametrize(
    ("moment", "who", "until"),
    [
        ("2026-11-23T08:00", "ingrid", "2026-11-30T07:00"),
        ("2026-11-29T23:59", "ingrid", "2026-11-30T07:00"),
        ("2026-11-30T07:59:59", "ingrid", "2026-11-30T07:00"),
        ("2026-11-30T08:00", "nils", "2026-12-07T07:00"),
        ("2026-12-14T08:00", "ingrid", "2026-12-21T07:00"),
        ("2026-12-28T08:00", "marit", "2027-01-04T07:00"),  # week 53
        ("2027-01-01T00:00", "marit", "2027-01-04T07:00"),
        ("2027-01-04T07:59", "marit", "2027-01-04T07:00"),
        ("2027-01-04T08:00", "ingrid", "2027-01-11T07:00"),  # week 1
        ("2027-10-25T05:59+00:00", "marit", "2027-10-25T06:00"),  # summer time: eight is six in Greenwich
        ("2027-10-25T06:00+00:00", "ingrid", "2027-11-01T07:00"),
        ("2027-11-01T06:59+00:00", "ingrid", "2027-11-01T07:00"),
        ("2027-11-01T07:00+00:00", "nils", "2027-11-08T07:00"),
    ],
)
def test_a_week_each(moment, who, until) -> None:
    """Whatever number the week has, and whatever the clock does in it."""
    assert ask(rota(), moment) == (who, until)


def test_nobody_before_the_first_rotation() -> None:
    """To the minute."""
    assert ask(rota(), "2026-11-23T07:59") is None


@pytest.mark.parametrize(
    ("start", "moment", "who"),
    [
        (date(2027, 3, 21), "2027-03-28T01:29+00:00", "ingrid"),
        (date(2027, 3, 21), "2027-03-28T01:30+00:00", "nils"),  # half past two, which clocks show as half past three
        (date(2027, 10, 24), "2027-10-31T00:29+00:00", "ingrid"),
        (date(2027, 10, 24), "2027-10-31T00:30+00:00", "nils"),  # the first half past two
        (date(2027, 10, 24), "2027-10-31T01:30+00:00", "nils"),  # the second
    ],
)
def test_a_hand_over_in_the_night_when_clocks_are_changed(start, moment, who) -> None:
    """Once, and never back."""
    rotations = (Rotation(start=start, order=TEAM),)
    turn = ask(rota(rotations=rotations, handover_day="sun", handover_time="02:30"), moment)
    assert turn
    assert turn[0] == who


@pytest.mark.parametrize(
    ("moment", "who"),
    [("2026-11-30T23:59", "ingrid"), ("2026-12-01T00:00", "nils"), ("2026-12-07T23:59", "nils")],
)
def test_a_hand_over_at_the_end_of_the_day(moment, who) -> None:
    """24:00 of Monday is Tuesday's first moment."""
    turn = ask(rota(handover_time="24:00"), moment)
    assert turn
    assert turn[0] == who


@pytest.mark.parametrize(
    ("moment", "who", "until"),
    [
        ("2026-12-24T07:59", "nils", "2026-12-24T07:00"),
        ("2026-12-24T08:00", "marit", "2026-12-26T07:00"),
        ("2026-12-26T07:59", "marit", "2026-12-26T07:00"),
        ("2026-12-26T08:00", "nils", "2026-12-28T07:00"),
        ("2027-01-03T09:00", "kari", "2027-01-06T07:00"),  # over the hand-over
        ("2027-01-05T09:00", "kari", "2027-01-06T07:00"),
        ("2027-01-06T08:00", "ingrid", "2027-01-11T07:00"),
    ],
)
def test_a_swap_is_from_hand_over_to_hand_over(moment, who, until) -> None:
    """Both of its days are the other's, each to the next morning."""
    swaps = [
        DutySwap(start=date(2026, 12, 24), end=date(2026, 12, 25), who="marit", reason="children"),
        DutySwap(start=date(2027, 1, 3), end=date(2027, 1, 5), who="kari", reason="course"),
    ]
    assert ask(rota(swaps=swaps), moment) == (who, until)


@pytest.mark.parametrize(
    ("moment", "who", "until"),
    [
        ("2027-01-04T07:59", "marit", "2027-01-04T07:00"),
        ("2027-01-04T08:00", "kari", "2027-01-11T07:00"),
        ("2027-01-11T08:00", "ingrid", "2027-01-18T07:00"),
        ("2027-01-18T08:00", "kari", "2027-01-25T07:00"),
    ],
)
def test_a_rotation_lasts_until_the_next_one(moment, who, until) -> None:
    """From its own first person."""
    later = Rotation(start=date(2027, 1, 4), order=("kari", "ingrid"))
    assert ask(rota(rotations=(*rota().rotations, later)), moment) == (who, until)
