"""A switch or server on one screen: golden texts, and what the journal adds."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from nornir_tasks.change.device_history import DeviceHistory
from nornir_tasks.change.plan import DevicePlan, Plan, save
from nornir_tasks.cli.inventory.show import format_card
from nornir_tasks.devices.context import open_context
from nornir_tasks.health.history import HealthHistory
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Stage, Waiver
from nornir_tasks.reports.host_card import UnknownHost, as_dict, find_host, make_card, read_health
from tests.support.health_runs import MINUTE, NOON, look_at, run_at
from tests.support.reduced_inventory import ROOT

CASES = ROOT / "tests" / "cases" / "show"
HOSTS = ("loppa-acc-03", "loppa-core-01", "alta-core-01", "alta-leaf-01", "hammerfest-spine-01", "loppa-dc-01",
         "loppa-hv-01", "centre-time-01")  # fmt: skip
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def region():
    """The real one, as production would name it: without the lab."""
    return load_region([ROOT / "inventory"])


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("FELLESDRIFT_JOURNAL", raising=False)
    return tmp_path / "state"


@pytest.mark.parametrize("name", HOSTS)
def test_golden(region, state, name):
    found = format_card(make_card(region, name, DeviceHistory(region), TODAY))
    assert found + "\n" == (CASES / f"{name}.txt").read_text()
    assert not state.exists(), "whoever only looks leaves nothing behind"


def test_every_host_fits_a_screen(region, state):
    known = DeviceHistory(region)
    for name in (*region.devices, *region.servers):
        lines = format_card(make_card(region, name, known, TODAY)).splitlines()
        assert len(lines) <= 24, name
        assert max(map(len, lines)) <= 80, (name, max(lines, key=len))


def test_every_host_as_json(region, state):
    known = DeviceHistory(region)
    for name in (*region.devices, *region.servers):
        told = json.loads(json.dumps(as_dict(make_card(region, name, known, TODAY)), default=str))
        assert told["name"] == name
        assert told["kind"] == ("switch" if name in region.devices else "server")


def test_every_port_is_told_once(region, state):
    known = DeviceHistory(region)
    for device in region.devices.values():
        found = make_card(region, device.name, known, TODAY)
        told = [cable.port for cable in found.cables]
        for text_ in (*found.profiles.values(), found.unused):
            for span in filter(None, text_.split(", ")):
                low, _, high = span.partition("-")
                told += range(int(low), int(high or low) + 1)
        assert sorted(told) == [port.number for port in device.ports], device.name


def test_every_access_switch_has_one_uplink_and_every_core_two(region, state):
    known = DeviceHistory(region)
    for device in region.devices.values():
        ups = [cable for cable in make_card(region, device.name, known, TODAY).cables if cable.up]
        assert len(ups) == {"access": 1, "core": 2}.get(device.role, 0), device.name


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("loppa-acc-03", "loppa-acc-03"),
        ("SW-hogtun-skole-access03", "loppa-acc-03"),
        ("192.168.16.13", "loppa-acc-03"),
        ("10.17.2.11", "loppa-acc-03"),
        ("10.17.92.20", "loppa-dc-01"),
    ],
)
def test_a_host_by_what_people_call_it(region, word, name):
    assert find_host(region, word) == name


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("loppa-acc-033", "did you mean loppa-acc-03"),
        ("lopa-core-01", "did you mean loppa-core-01"),
        ("hogtun-skole", "which is a place; its switches: loppa-acc-03, loppa-acc-04"),
        ("%%", "scripts/inventory.py graph"),
    ],
)
def test_an_unknown_name(region, word, told):
    with pytest.raises(UnknownHost) as caught:
        find_host(region, word)
    assert told in str(caught.value)
    assert caught.value.exit_code == 2


def test_what_the_journal_knows(region, state):
    state.mkdir()
    context = open_context(region, reason="night 1", who="kari")
    made = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)
    part = DevicePlan("loppa-acc-03", "ring-1", "loppa-acc-03", 10, 20, "abc", "+ a line\n", "", ("a line",), ("hey",))
    plan = Plan("", "stage", "loppa", 10, 20, made.isoformat(), "kari", "night 1", context.digests, (part,),
                expires=(datetime.now(UTC) + timedelta(days=1)).isoformat())  # fmt: skip
    plan = replace(plan, id=plan.digest[:12])
    save(context, plan)
    known = DeviceHistory(region)
    assert not known.journal or known.change("loppa-acc-03") is None
    found = format_card(make_card(region, "loppa-acc-03", DeviceHistory(region), TODAY))
    assert f"plan waits  {plan.id} loppa connect, open, made 2026-11-20 20:15 UTC by kari:" in found
    assert f"drift       1 line of somebody's edit when plan {plan.id} read it, 2026-11-20" in found

    entry = Entry("device", "after", "changed", "loppa", Stage.CONNECT, "kari", "night 1", "loppa-acc-03",
                  place="loppa-acc-03", plan=plan.id)  # fmt: skip
    context.journal.write(replace(entry, phase="before", outcome="writing"))
    found = make_card(region, "loppa-acc-03", DeviceHistory(region), TODAY)
    assert found.change.outcome == "begun and not ended (writing)"
    context.journal.write(entry)
    note = Entry("stage", "after", "done", "loppa", Stage.CONNECT, "kari", "night 1", plan=plan.id)
    context.journal.write(note)
    found = make_card(region, "loppa-acc-03", DeviceHistory(region), TODAY)
    assert (found.stage, found.change.who, found.change.outcome, found.waiting) == ("connect", "kari", "changed", ())
    assert found.since is not None
    assert "UTC by kari: connect, changed\n            night 1 (plan" in format_card(found)
    assert make_card(region, "loppa-acc-04", DeviceHistory(region), TODAY).change is None
    assert "never, as far as the journal knows" in format_card(
        make_card(region, "loppa-acc-04", DeviceHistory(region), TODAY)
    )


def test_what_the_history_of_health_knows(region, state):
    assert read_health("loppa-acc-03") is None
    assert not state.exists()
    state.mkdir()
    history, subject = HealthHistory.at(state), "loppa-acc-03"
    pairs = [(subject, f"check-{n}") for n in range(5)]
    run_at(history, NOON, look_at(pairs))
    reading = read_health(subject)
    words = format_card(make_card(region, subject, DeviceHistory(region), TODAY, reading))
    assert "health      looked at 2026-12-01 12:00 UTC: nothing wrong; now:" in words
    run_at(history, NOON + MINUTE, look_at(pairs, pairs, at=NOON + MINUTE))
    run_at(history, NOON + 2 * MINUTE, look_at([("loppa-acc-04", "saved")]))
    found = make_card(region, subject, DeviceHistory(region), TODAY, read_health(subject))
    words = " ".join(format_card(found).split())
    assert "health looked at 2026-12-01 12:01 UTC: 5 findings; now:" in words
    assert "check-0 since 2026-12-01 12:01 UTC: check-0 of loppa-acc-03 check-1 since" in words
    assert "and 3 more: scripts/health_check.py history exceptions none" in words
    assert len(format_card(found).splitlines()) <= 24
    assert as_dict(found)["health"]["findings"][4]["check"] == "check-4"
    assert "health      not looked at" in format_card(
        make_card(region, "loppa-dc-01", DeviceHistory(region), TODAY, read_health("loppa-dc-01"))
    )


def test_a_history_of_health_that_cannot_be_read(region, state):
    state.mkdir()
    (state / "health.sqlite").write_bytes(b"hammerfest " * 1000)
    reading = read_health("loppa-acc-03")
    words = " ".join(format_card(make_card(region, "loppa-acc-03", DeviceHistory(region), TODAY, reading)).split())
    assert "file is not a database. It is damaged: the next run" in words
    assert (state / "health.sqlite").read_bytes() == b"hammerfest " * 1000


def test_waivers_and_what_is_a_switchs_own(region, state):
    home = region.municipalities["loppa"]
    waiver = Waiver(device="loppa-acc-03", by="Kari", until=date(2026, 11, 1), reason="the school is closed")
    device = region.devices["loppa-acc-03"]
    own = device.model_copy(update={"standard": device.standard.model_copy(update={"confirm_seconds": 900})})
    changed = region.model_copy(
        update={
            "municipalities": {**region.municipalities, "loppa": home.model_copy(update={"waivers": (waiver,)})},
            "devices": {**region.devices, "loppa-acc-03": own},
        }
    )
    assert make_card(changed, "loppa-acc-03", DeviceHistory(changed), TODAY).exceptions == (
        "may be missing from the survey until 2026-11-01 (past): the school is closed, Kari",
        "its own confirm_seconds: scripts/inventory.py why loppa-acc-03 confirm_seconds",
    )
    assert make_card(changed, "loppa-acc-04", DeviceHistory(changed), TODAY).exceptions == ()
