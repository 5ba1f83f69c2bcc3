"""Configuration sessions of the EOS personality, as they are until 4.31 and from 4.32 on."""

import asyncio
from typing import Any

import pytest

from lab.device.switch import Switch
from lab.personalities.eos import Eos
from lab.testing.bench import bench
from tests.lab.simulator.personalities.test_eos import ask, awaited
from tests.support.eos_bench import PORTS, legacy

OLD, NEW = "4.30.4M", "4.32.2F"


def made(software: str) -> tuple[Switch, Eos]:
    """A switch of a release and its personality."""
    switch = bench("eos", PORTS, startup=legacy(), software=software)
    assert isinstance(switch.personality, Eos)
    return switch, switch.personality


async def listed(eos: Eos, detail: str = " detail") -> dict[str, Any]:
    """``show configuration sessions`` as JSON."""
    answer = await ask(eos, "enable", f"show configuration sessions{detail}")
    return dict(answer["result"][1])


async def states(eos: Eos) -> dict[str, str]:
    """The sessions' states."""
    return {name: session["state"] for name, session in (await listed(eos))["sessions"].items()}


async def refused(eos: Eos, *commands: str) -> str:
    """What EOS says of the last of these commands, which it does not carry out."""
    return str((await ask(eos, "enable", *commands))["error"]["data"][-1]["errors"][0])


@awaited
async def test_the_release_is_told_wherever_eos_tells_it() -> None:
    """show version, the header of a configuration, the image in flash."""
    for software in (OLD, NEW):
        _, eos = made(software)
        answer = (await ask(eos, "enable", "show version"))["result"]
        assert answer[1]["version"] == software
        assert answer[1]["internalVersion"].startswith(f"{software}-")
        text = (await ask(eos, "enable", "show running-config", "dir", form="text"))["result"]
        assert f"EOS-{software})" in text[1]["output"]
        assert f"EOS-{software}.swi" in text[2]["output"]


@pytest.mark.parametrize("software", [OLD, NEW])
def test_a_commit_that_waits_is_told_as_its_release_tells_it(software: str) -> None:
    """Until 4.31 by the session's state, from 4.32 on beside sessions that are committed."""

    async def run() -> None:
        switch, eos = made(software)
        await ask(eos, "enable", "configure session job1", "hostname new", "commit timer 00:10:00")
        data = await listed(eos)
        session = data["sessions"]["job1"]
        assert (data["maxSavedSessions"], data["maxOpenSessions"]) == (1, 5)
        assert (session["commitUser"], session["description"], session["instances"]) == ("kommune", "", {})
        assert session["completedTime"] > 1_700_000_000
        if software == OLD:
            assert session["state"] == "pendingCommitTimer"
            assert 590 < session["commitBy"] - switch.uptime <= 600
            assert "commitTimerSessionName" not in data
        else:
            assert session["state"] == "committed"
            assert "commitBy" not in session
            assert data["commitTimerSessionName"] == "job1"
            assert 590 < data["commitTimerExpireTime"] - switch.uptime <= 600
        await ask(eos, "enable", "configure session job1 commit")
        data = await listed(eos)
        assert data["sessions"]["job1"]["state"] == ("completed" if software == OLD else "committed")
        assert "commitTimerSessionName" not in data
        assert "commitBy" not in data["sessions"]["job1"]

    asyncio.run(run())


@awaited
async def test_the_text_of_both_releases() -> None:
    """Tables as the switches print them."""
    _, old = made(OLD)
    await ask(old, "enable", "configure session job1", "hostname new", "commit timer 00:10:00")
    text = (await ask(old, "enable", "show configuration sessions detail", form="text"))["result"][1]["output"]
    assert text.split("\n")[:2] == ["Maximum number of completed sessions: 1", "Maximum number of pending sessions: 5"]
    assert "Commit Time Left" in text
    assert "  job1 pendingCommitTimer" in text
    _, new = made(NEW)
    await ask(new, "enable", "configure session job1", "hostname new", "commit timer 00:10:00")
    shell = new.shell("kommune", 15)
    await shell.line("configure session job2")
    text = (await shell.line("show configuration sessions detail")).text
    assert "Session with pending commit timer: job1\nTime left until commit timer expiry: in 0:09:59\n" in text
    assert "Commit Time Left" not in text
    rows = [line.split() for line in text.split("\n") if "job" in line][1:]
    assert rows[0][:2] == ["job1", "committed"]
    assert rows[1] == ["*", "job2", "pending", "kommune", "vty3"]
    await shell.line("end")
    assert (await listed(new))["sessions"]["job2"]["instances"] == {}


@pytest.mark.parametrize("software", [OLD, NEW])
def test_a_session_that_is_over_is_not_entered_or_committed_again(software: str) -> None:
    """A name that is used twice is refused as long as the first is listed; one more commit, and it is not."""

    async def run() -> None:
        _, eos = made(software)
        word = "completed" if software == OLD else "committed"
        await ask(eos, "enable", "configure session a", "hostname one", "commit")
        assert await states(eos) == {"a": word}
        assert await refused(eos, "configure session a") == f"Cannot enter session a (already {word})"
        assert await refused(eos, "configure session a commit") == f"Session a is already {word}"
        await ask(eos, "enable", "configure session b", "hostname two", "commit")
        assert await states(eos) == {"b": word}
        assert "result" in await ask(eos, "enable", "configure session a", "hostname three", "commit")
        assert (eos.hostname, await states(eos)) == ("three", {"a": word})

    asyncio.run(run())


@pytest.mark.parametrize("software", [OLD, NEW])
def test_two_sessions_at_once(software: str) -> None:
    """Each is a candidate of its own; while one waits for its confirmation no other is committed."""

    async def run() -> None:
        _, eos = made(software)
        first, second = eos.shell("kommune", 15), eos.shell("kommune", 15)
        await first.line("configure session a")
        await second.line("configure session b")
        await first.line("hostname one")
        await second.line("vlan 77")
        assert await states(eos) == {"a": "pending", "b": "pending"}
        await first.line("commit timer 00:10:00")
        assert "pending commit timer" in (await second.line("commit")).text
        assert (await first.line("configure session a")).text == "% Session a is pending commit timer\n"
        await first.line("configure session a commit")
        await second.line("configure session b")
        await second.line("commit")
        assert 77 in eos.meaning().vlans

    asyncio.run(run())


@awaited
async def test_what_was_aborted_stays_listed_from_432_on() -> None:
    """By hand and by the timer; and before that it goes."""
    for software, expected in ((OLD, {}), (NEW, {"a": "aborted"})):
        switch, eos = made(software)
        before = eos.text()
        await ask(eos, "enable", "configure session a", "hostname one", "abort")
        assert await states(eos) == expected
        assert "result" in await ask(eos, "enable", "configure session b", "hostname two", "commit timer 00:00:01")
        await asyncio.sleep(1.1)
        assert (eos.text(), eos.sessions.waiting) == (before, None)
        assert await states(eos) == ({} if software == OLD else {"b": "aborted"})
        assert not switch.timers


@awaited
async def test_how_many_there_may_be_is_configured() -> None:
    """``service configuration session max``: open ones and listed ones."""
    _, eos = made(NEW)
    await ask(
        eos,
        "enable",
        "configure",
        "service configuration session max completed 2",
        "service configuration session max pending 1",
    )
    for name in ("a", "b", "c"):
        await ask(eos, "enable", f"configure session {name}", f"vlan 7{ord(name) - 96}", "commit")
    assert await states(eos) == {"b": "committed", "c": "committed"}
    await ask(eos, "enable", "configure session d", "end")
    assert "Maximum number of pending sessions" in await refused(eos, "configure session e")
    data = await listed(eos)
    assert (data["maxSavedSessions"], data["maxOpenSessions"]) == (2, 1)
