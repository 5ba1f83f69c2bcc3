"""What can be wrong with a switch: the words for it, and what it does to a switch on the bench."""

import asyncio

import pytest

from lab.device.faults import HELP, USAGE, FaultError, Faults, Trigger
from lab.device.switch import HangUp
from lab.server.terminal import Terminal
from lab.testing.bench import bench
from tests.support.typed_lines import carry_out, lines

WORDS = [
    "unreachable",
    "hang",
    "no-space",
    "login",
    "new-key",
    "endless",
    "slow 0.5",
    "hang-after 3",
    "drop-after 9",
    "truncate 100",
    "cut 4",
    "refuse ^ntp server",
    "refuse ^vlan  7$",
    "on ^configure replace drop",
    "on ^vlan 7 away 2.5",
    "before write mem|copy run hang",
    "before ^no reload full",
    "on ^commit reload",
    "scribble \\x1b]0;mine Version \\S+",
    "on x refuse ^vlan 9 drop",
    *("hot", "fan", "power", "poe", "cpu", "memory", "clock", "crc GigabitEthernet1/0/3"),
    *("no-light GigabitEthernet1/0/4", "errdisable GigabitEthernet1/0/5", "on ^vlan errdisable 7"),
    "on ^vlan 7 edit interface Gi1/0/1; description x",
]


@pytest.mark.parametrize("words", WORDS)
def test_faults_survive_as_words(words: str) -> None:
    made = Faults()
    made.set(words.split(" "))
    assert made.words() == [words]
    assert Faults.from_words(made.words()) == made


def test_they_stand_beside_each_other_and_are_cleared_together() -> None:
    made = Faults.from_words(WORDS)
    assert sorted(made.words()) == sorted(WORDS)
    made.set(["clear"])
    assert made == Faults()


def test_away_is_told_as_what_is_left_of_it() -> None:
    made = Faults.from_words(["away 60"])
    assert made.doors.unreachable
    assert 59 < Faults.from_words(made.words()).away < 60.1


def test_every_fault_is_taught() -> None:
    for word in USAGE.replace("|", "").split():
        assert word == "clear" or word.isupper() or f"\n  {word} " in HELP, word


@pytest.mark.parametrize(
    "words",
    [
        *("", "tired", "slow", "slow soon", "slow nan", "away 0", "away inf", "drop-after 0", "truncate -1", "hang 3"),
        *("on", "on ^vlan", "on drop", "on ^vlan dance", "on ^vlan clear", "before x edit", "on x edit ;", "cut"),
    ],
)
def test_what_is_no_fault_is_refused(words: str) -> None:
    with pytest.raises(FaultError, match="expected"):
        Faults().set(words.split())


@pytest.mark.parametrize("words", ["refuse (", "on ( drop"])
def test_what_is_no_expression_is_refused(words: str) -> None:
    with pytest.raises(FaultError, match="no regular expression"):
        Faults().set(words.split())


def test_the_longest_end_that_is_an_action_is_the_action() -> None:
    made = Faults.from_words(["on a drop b drop", "on (a hang|b) away 3 hang"])
    assert made.triggers == [Trigger("on", "a drop b", "drop"), Trigger("on", "(a hang|b) away 3", "hang")]


def test_a_trigger_is_spent_one_at_a_time() -> None:
    made = Faults.from_words(["on ^vlan drop", "on ^vlan hang", "before ^vlan reload"])
    assert [made.spring("on", line) for line in (" vlan 1", "no vlan 2", "", "vlan 3", "vlan 4")] == [
        "drop",
        None,
        None,
        "hang",
        None,
    ]
    assert made.words() == ["before ^vlan reload"]


# --- at a command


@pytest.mark.parametrize("when", ["on", "before"])
def test_a_drop_comes_after_the_command_or_instead_of_it(when: str) -> None:
    async def work() -> None:
        switch = bench("ios")
        shell = switch.personality.shell("a", 15)
        await lines(switch, shell, "configure terminal")
        switch.fault([when, "^vlan 7", "drop"])
        with pytest.raises(HangUp):
            await lines(switch, shell, "vlan 7")
        assert ("vlan 7" in switch.personality.text()) == (when == "on")
        await lines(switch, switch.personality.shell("a", 15), "configure terminal", "vlan 7")
        assert "vlan 7" in switch.personality.text()

    carry_out(work)


def test_a_command_that_asks_is_done_when_it_has_its_answer() -> None:
    async def work() -> None:
        switch = bench("procurve")
        shell = switch.personality.shell("a", 15)
        await lines(switch, shell, "")
        switch.fault(["on", "^reload after", "drop"])
        await lines(switch, shell, "reload after 2")
        assert switch.timers == []
        with pytest.raises(HangUp):
            await lines(switch, shell, "y")
        assert [timer.what for timer in switch.timers] == ["scheduled reload"]

    carry_out(work)


def test_a_secret_that_is_asked_for_is_no_command() -> None:
    async def work() -> None:
        switch = bench("eos", startup="enable password sha512 $6$x$y\n")
        switch.fault(["on", "secret", "drop"])
        await lines(switch, switch.personality.shell("a", 1), "enable", "secret")
        assert switch.faults.words() == ["on secret drop"]

    carry_out(work)


@pytest.mark.parametrize("action", ["full", "edit vlan 8; name X"])
@pytest.mark.parametrize("when", ["on", "before"])
def test_what_does_not_end_the_session_lets_the_command_go_on(when: str, action: str) -> None:
    async def work() -> None:
        switch = bench("eos")
        shell = switch.personality.shell("a", 15)
        switch.fault([when, "^vlan 7", action])
        await lines(switch, shell, "enable", "configure", "vlan 7")
        assert "vlan 7\n" in switch.personality.text()
        assert switch.full == (action == "full")
        assert ("vlan 8\n   name X" in switch.personality.text()) == (action != "full")

    carry_out(work)


def test_a_switch_that_hangs_says_nothing_until_it_is_cleared() -> None:
    async def work() -> None:
        switch = bench("ios")
        shown: list[str] = []
        terminal = Terminal(switch, switch.personality.shell("a", 15), shown.append)
        switch.fault(["on", "^show clock", "hang"])
        task = asyncio.create_task(terminal.run())
        terminal.feed("show clock\nshow clock\n")
        done, _ = await asyncio.wait({task}, timeout=0.2)
        assert not done
        assert "".join(shown).count("\n") == 1  # the echo of the first
        switch.fault(["clear"])
        await task

    carry_out(work)


def test_a_hang_may_come_with_the_number_of_commands() -> None:
    async def work() -> None:
        switch = bench("ios")
        shell = switch.personality.shell("a", 15)
        switch.fault(["hang-after", "2"])
        await lines(switch, shell, "show clock")
        task = asyncio.create_task(lines(switch, shell, "configure terminal"))
        assert not (await asyncio.wait({task}, timeout=0.1))[0]
        assert switch.faults.words() == ["hang"]
        assert not shell.prompt.endswith("(config)#")
        switch.fault(["clear"])
        with pytest.raises(HangUp):
            await task

    carry_out(work)


def test_an_output_is_cut_or_torn() -> None:
    async def work() -> None:
        switch = bench("ios")
        shell = switch.personality.shell("a", 15)
        (whole,) = await lines(switch, shell, "show running-config")
        switch.fault(["cut", "3"])
        assert await lines(switch, shell, "show running-config") == ["".join(whole.splitlines(keepends=True)[:3])]
        switch.fault(["clear"])
        switch.fault(["truncate", "50"])
        assert len((await lines(switch, shell, "show clock"))[0]) < 50
        with pytest.raises(HangUp) as torn:
            await lines(switch, shell, "show running-config")
        assert str(torn.value) == whole[:50]

    carry_out(work)
