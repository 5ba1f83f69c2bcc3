"""``health_check.py history`` and ``ack``, without any device: what a person reads and types."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nornir_tasks.cli.health_history import acknowledge, parse_until, show_history, tell_history
from nornir_tasks.cli.options import Format
from nornir_tasks.core.errors import UsageError
from nornir_tasks.health.history import HealthHistory
from tests.support.health_runs import look_at, run_at

ACC, CORE, MAIL = ("loppa-acc-03", "saved"), ("loppa-core-01", "uplinks"), ("alta/mail", "reach")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HealthHistory:
    """Two runs: a switch that is not saved, and an application; a line that was mended in between."""
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path))
    monkeypatch.delenv("FELLESDRIFT_JOURNAL", raising=False)
    monkeypatch.setenv("FELLESDRIFT_WHO", "kari")
    made, now = HealthHistory.at(tmp_path), datetime.now(UTC)
    for minutes, bad in ((30, [CORE, ACC]), (20, [ACC, MAIL])):
        at = now - timedelta(minutes=minutes)
        run_at(made, at, look_at([ACC, CORE, MAIL], bad, at=at))
    return made


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0, **options: object) -> str:
    """What ``ack`` prints, and how it leaves."""
    with pytest.raises(SystemExit) as left:
        acknowledge(*arguments, **options)  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    assert left.value.code == code, err
    return " ".join((out if code == 0 else err).split())


def list_subjects(capsys: pytest.CaptureFixture[str], name: str = "all") -> list[str]:
    """The subjects that are open, as a program reads them."""
    assert tell_history(name, Format.JSON) == 0
    return [each["subject"] for each in json.loads(capsys.readouterr().out)["open"]]


def test_what_a_person_reads(history: HealthHistory, capsys: pytest.CaptureFixture[str]) -> None:
    """Within 80 columns."""
    with pytest.raises(SystemExit) as left:
        show_history()
    out = capsys.readouterr().out
    assert left.value.code == 0
    assert max(map(len, out.splitlines())) <= 80
    words = " ".join(out.split())
    opened = {each.episode.key.subject: f"{each.episode.opened:%Y-%m-%d %H:%M}" for each in history.list_open()}
    assert ": 2 findings are open. loppa-acc-03 saved: at the latest since" in words
    assert f"since {opened['loppa-acc-03']} UTC; not looked at before saved of loppa-acc-03" in words
    assert f"alta/mail reach: since {opened['alta/mail']} UTC reach of alta/mail" in words
    assert f"Ended within 24 hours: loppa-core-01 uplinks: {opened['loppa-acc-03']} – " in words


def test_what_is_acknowledged_comes_last_with_who_and_why(
    history: HealthHistory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until it is withdrawn."""
    assert list_subjects(capsys) == ["loppa-acc-03", "alta/mail"]
    told = run(capsys, "loppa-acc-03", "saved", until="2h", reason="Kari saves  it")
    assert told.startswith("loppa-acc-03 saved: acknowledged by kari until 20")
    assert told.endswith(" UTC: Kari saves it")
    assert list_subjects(capsys) == ["alta/mail", "loppa-acc-03"]
    assert tell_history("loppa", Format.TABLE) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "1 finding is open, 1 of them acknowledged." in words
    assert "acknowledged by kari until" in words
    assert run(capsys, "loppa-acc-03", withdraw=True) == "loppa-acc-03 saved: not acknowledged any more"
    assert list_subjects(capsys) == ["loppa-acc-03", "alta/mail"]


def test_one_that_has_ended_does_not_count(history: HealthHistory, capsys: pytest.CaptureFixture[str]) -> None:
    """By the clock."""
    run(capsys, "loppa-acc-03", until="1m", reason="soon")
    with history._database.transaction() as connection:
        connection.exec_driver_sql("UPDATE health_acknowledgement SET until = at")
    tell_history("loppa", Format.JSON)
    (told,) = json.loads(capsys.readouterr().out)["open"]
    assert told["acknowledged"] is None
    tell_history("loppa", Format.TABLE)
    assert "acknowledged" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("loppa", ["loppa-acc-03"]),
        ("alta", ["alta/mail"]),
        ("loppa-acc-03", ["loppa-acc-03"]),
        ("loppa-acc-*", ["loppa-acc-03"]),
        ("alta/*", ["alta/mail"]),
        ("loppa-acc-04", []),
        ("hasvik", []),
    ],
)
def test_a_part_of_it(
    history: HealthHistory, capsys: pytest.CaptureFixture[str], name: str, subjects: list[str]
) -> None:
    """A municipality, a name, a pattern."""
    assert list_subjects(capsys, name) == subjects


def test_a_name_that_means_nothing(history: HealthHistory) -> None:
    """With what is near."""
    with pytest.raises(UsageError, match=r"NAME: found 'lopppa', expected all, .*; did you mean loppa"):
        tell_history("lopppa", Format.TABLE)


def test_no_run_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is made."""
    monkeypatch.setenv("FELLESDRIFT_STATE", str(tmp_path))
    monkeypatch.delenv("FELLESDRIFT_JOURNAL", raising=False)
    assert tell_history("all", Format.TABLE) == 0
    assert capsys.readouterr().out == "No run has been kept yet: scripts/health_check.py\n"
    assert tell_history("all", Format.JSON) == 0
    assert json.loads(capsys.readouterr().out) == {"last_run": None, "open": [], "ended": []}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "until", "reason", "words"),
    [
        (("loppa-acc-03", "memory"), "2h", "x", "found 'memory', expected what is open there: saved"),
        (("loppa-acc-03",), "", "x", "--until: found '', expected 90m, 12h, 3d"),
        (("loppa-acc-03",), "91d", "x", "at most 90 days ahead"),
        (("loppa-acc-03",), "2h", " ", "--reason: expected why it may stay, found nothing"),
    ],
)
def test_a_slip(
    history: HealthHistory,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    until: str,
    reason: str,
    words: str,
) -> None:
    """Is told with what would do; exit code 2."""
    assert words in run(capsys, *arguments, until=until, reason=reason, code=2)


def test_what_is_not_open_any_more(history: HealthHistory, capsys: pytest.CaptureFixture[str]) -> None:
    """It may have ended meanwhile, which is no slip; what looks like it is named."""
    told = run(capsys, "loppa-acc-04", until="2h", reason="x", code=1)
    assert "loppa-acc-04: nothing is open there; it is at loppa-acc-03" in told


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90m", "2026-12-01T13:30+00:00"),
        ("12h", "2026-12-02T00:00+00:00"),
        ("3d", "2026-12-04T12:00+00:00"),
        ("14:00", "2026-12-01T13:00+00:00"),
        ("13:00", "2026-12-02T12:00+00:00"),
        ("8:05", "2026-12-02T07:05+00:00"),
        ("2026-12-24", "2026-12-23T23:00+00:00"),
        ("2026-12-02T08:00", "2026-12-02T07:00+00:00"),
        ("2026-12-02 08:00", "2026-12-02T07:00+00:00"),
        ("2026-12-02T08:00Z", "2026-12-02T08:00+00:00"),
        ("2026-12-02T08:00-02:00", "2026-12-02T10:00+00:00"),
    ],
)
def test_until_when(monkeypatch: pytest.MonkeyPatch, text: str, moment: str) -> None:
    """By the clock on the wall, in winter in Alta."""
    monkeypatch.setenv("TZ", "Europe/Oslo")
    time.tzset()
    try:
        assert parse_until(text, NOON) == datetime.fromisoformat(moment)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "2 h", "99999d", "25:00", "8:5", "tomorrow", "2026-13-01", "½h"])
def test_no_moment(text: str) -> None:
    """Says what would be one."""
    with pytest.raises(UsageError, match="expected 90m, 12h, 3d, a time such as 08:00"):
        parse_until(text, NOON)
