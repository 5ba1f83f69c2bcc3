"""Restarts, fast clocks, full flash, and what a switch remembers of what it ran."""

import asyncio
from itertools import pairwise

import pytest

from lab.device.keyboard import type_in
from lab.device.switch import HangUp, PowerLost
from lab.testing.bench import bench
from tests.support.typed_lines import carry_out, lines

NORMAL = "hostname a\narchive\n path flash:archive\nfile prompt quiet\n"


def test_a_restart_ends_what_is_going_on() -> None:
    """The rest of a replacement is never written into what the switch has booted."""

    async def work() -> None:
        switch = bench("ios", startup=NORMAL)
        switch.startup, switch.reload_seconds = switch.personality.text(), 0.01
        switch.files["new"] = NORMAL + "".join(f"vlan {number}\n" for number in range(100, 200))
        switch.delay_seconds = 0.001
        shell = switch.personality.shell("a", 15)
        switch.fault(["on", "^vlan 150", "reload"])
        with pytest.raises(HangUp):
            await lines(switch, shell, "configure replace flash:new force revert trigger error timer 1")
        assert "vlan 100-150\n" in switch.personality.text()
        await asyncio.sleep(0.1)
        assert switch.up
        assert switch.personality.text() == switch.startup
        assert [row["how"] for row in switch.history.rows()] == ["start", "write", "boot"]
        switch.power_off()
        with pytest.raises(PowerLost):
            await switch.delay()

    carry_out(work)


def test_a_replacement_outlives_its_session_and_its_timer_waits_for_it() -> None:
    async def work() -> None:
        switch = bench("ios", startup=NORMAL)
        before = switch.personality.text()
        switch.files["new"] = NORMAL + "".join(f"vlan {number}\n" for number in range(100, 200))
        switch.delay_seconds = 0.001
        switch.set_clock(600)  # its minute ends in the middle
        switch.fault(["on", "^vlan 110", "drop"])
        shell = switch.personality.shell("a", 15)
        with pytest.raises(HangUp):
            await lines(switch, shell, "configure replace flash:new force revert trigger error timer 1")
        assert "vlan 100-110\n" in switch.personality.text()
        while switch.history.reverts == 0:
            await asyncio.sleep(0.01)
        assert [row["how"] for row in switch.history.rows()] == ["start", "write", "revert"]
        assert switch.personality.text() == before

    carry_out(work)


def test_a_question_that_nobody_will_answer_ends_the_command() -> None:
    async def work() -> None:
        account = "username b privilege 15 secret 5 $1$x$y\n"
        switch = bench("ios", startup=NORMAL + account)
        switch.files["new"] = NORMAL
        shell = switch.personality.shell("a", 15)
        await lines(switch, shell, "configure replace flash:new force")
        assert shell.asking
        shell.gone()
        await asyncio.sleep(0)
        assert not switch.personality.rollback.busy.locked()  # type: ignore[attr-defined]
        assert account in switch.personality.text()

    carry_out(work)


def test_the_clock_runs_fast_for_what_is_set_from_then_on() -> None:
    async def work() -> None:
        switch = bench("eos")
        slow = switch.schedule(60, lambda: None)
        switch.set_clock(60)
        fired: list[float] = []
        quick = switch.schedule(30, lambda: fired.append(1.0), "reload")
        assert 29 < quick.remaining <= 30
        assert 0.4 < quick.left <= 0.5
        assert 59 < slow.left <= 60
        await asyncio.sleep(0.6)
        assert fired == [1.0]
        assert 30 < switch.uptime < 60
        switch.reload_seconds = 6
        switch.reload()
        await asyncio.sleep(0.2)
        assert switch.up
        assert switch.uptime < 20

    carry_out(work)


@pytest.mark.parametrize(
    ("platform", "typed", "how"),
    [
        ("ios", ["configure terminal", "vlan 7", "name A", "name A", "no vlan 7"], ["write"] * 3),
        ("procurve", ["", "configure", "vlan 7", 'name "A"', "exit", "vlan 7 untagged 3"], ["write"] * 3),
        ("eos", ["enable", "configure", "vlan 7", "name A"], ["write"] * 2),
        (
            "eos",
            ["enable", "configure session a", "vlan 7", "name A", "commit timer 00:01:00", "configure session a abort"],
            ["write", "revert"],
        ),
        ("eos", ["enable", "configure session a", "vlan 7", "abort", "show version"], []),
    ],
)
def test_what_changed_is_counted_and_remembered(platform: str, typed: list[str], how: list[str]) -> None:
    async def work() -> None:
        switch = bench(platform)
        await lines(switch, switch.personality.shell("a", 15), *typed)
        rows = switch.history.rows()
        assert [row["how"] for row in rows] == ["start", *how]
        assert (switch.history.writes, switch.history.reverts) == (how.count("write"), how.count("revert"))
        assert all(one["digest"] != two["digest"] for one, two in pairwise(rows))
        if how[-1:] == ["revert"]:
            assert rows[0]["digest"] == rows[-1]["digest"]
        await type_in(switch, ["vlan 9"])
        assert [row["how"] for row in switch.history.rows()] == ["start", *how, "edit"]
        assert switch.history.writes == how.count("write")

    carry_out(work)


def test_a_replacement_that_is_taken_back_is_a_write_and_a_revert() -> None:
    async def work() -> None:
        switch = bench("ios", startup=NORMAL)
        switch.files["new"] = NORMAL + "vlan 7\nvlan 8\n"
        switch.fault(["refuse", "^vlan 8"])
        shell = switch.personality.shell("a", 15)
        (said,) = await lines(switch, shell, "configure replace flash:new force revert trigger error timer 1")
        assert "successfully restored" in said
        assert [row["how"] for row in switch.history.rows()] == ["start", "write", "revert"]
        await lines(switch, shell, "configure replace flash:new force revert timer 1", "configure revert now")
        assert (switch.history.writes, switch.history.reverts) == (2, 2)

    carry_out(work)


# --- no space


@pytest.mark.parametrize(
    ("platform", "typed", "words"),
    [
        ("ios", ["write memory"], "startup-config file open failed (Not enough space)"),
        ("ios", ["copy running-config startup-config"], "Not enough space"),
        ("ios", ["copy running-config flash:a"], "%Error opening flash:a (No space left on device)"),
        ("ios", ["copy flash:old startup-config"], "Not enough space"),
        ("ios", ["archive config"], "%Error opening flash:archive-1 (No space left on device)"),
        ("ios", ["configure terminal revert timer 1"], "%Error opening flash:archive-1 (No space left on device)"),
        ("ios", ["configure replace flash:old force revert timer 1"], "(No space left on device)"),
        ("ios", ["tclsh", 'puts [open "flash:a" w+] {x}'], "no space left on device"),
        ("ios", ["dir flash:"], "(0 bytes free)"),
        ("eos", ["enable", "write memory"], "to flash:/startup-config (No space left on device)"),
        ("eos", ["enable", "copy running-config flash:a"], "% Error copying running-config to flash:a (No space left"),
        ("eos", ["enable", "configure checkpoint save a"], "(No space left on device)"),
        ("procurve", ["", "write memory"], "Unable to write to flash"),
        ("procurve", ["", "configure", "vlan 7", "exit", "exit", "exit", "y", "y"], "Unable to write to flash"),
        ("procurve", ["", "configure", "vlan 7", "exit", "exit", "reload", "y", "y"], "Unable to write to flash"),
    ],
)
def test_nothing_goes_into_a_full_flash(platform: str, typed: list[str], words: str) -> None:
    async def work() -> None:
        switch = bench(platform, startup=NORMAL if platform == "ios" else "")
        switch.startup = before = switch.personality.text()
        switch.files["old"] = NORMAL
        switch.fault(["no-space"])
        answers = await lines(switch, switch.personality.shell("a", 15), *typed)
        assert words in answers[-1]
        assert switch.startup == before
        assert list(switch.files) == ["old"]
        assert [timer.what for timer in switch.timers if timer.what != "reload"] == []

    carry_out(work)


def test_a_refused_line_is_refused_however_it_comes() -> None:
    async def work() -> None:
        switch = bench("eos")
        switch.fault(["refuse", "^vlan 7"])
        switch.files["a"] = "vlan 7\nvlan 8\n"
        shell = switch.personality.shell("a", 15)
        typed = await lines(switch, shell, "enable", "configure session a", "vlan 7", "vlan 9", "commit")
        assert "% Invalid input" in typed[2]
        assert "vlan 7" in (await lines(switch, shell, "copy flash:a running-config"))[0]
        assert "vlan 8-9\n" in switch.personality.text()

    carry_out(work)
