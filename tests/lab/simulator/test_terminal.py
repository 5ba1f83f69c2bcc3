"""The terminal line between an SSH channel and a shell: echo, editing, paging, questions."""

import asyncio
import time

import pytest

from lab.device.meaning import Meaning
from lab.device.personality import Reply, Shell
from lab.device.switch import Switch
from lab.server.scp import Scp, file_name, wanted
from lab.server.terminal import Terminal
from lab.testing.bench import Nowhere
from tests.support.fake_switches import Fake, region


class Parrot(Shell):
    """Repeats what it is told; asks for a key after ``ask``, for a password after ``su``."""

    heard: list[str]
    page = None

    def greeting(self) -> str:
        """One line."""
        self.heard = []
        return "Welcome"

    @property
    def prompt(self) -> str:
        """The question that waits, or ``>``."""
        return "Sure? [confirm]" if self.single_key else "Password: " if not self.echo else "> "

    async def line(self, text: str) -> Reply:
        """Obey."""
        self.heard.append(text)
        self.single_key, self.echo = text == "ask", text != "su"
        if text.startswith("count "):
            return Reply("\n".join(str(number) for number in range(1, int(text[6:]) + 1)))
        return Reply("" if text in ("", "ask", "su") else f"You said {text}", close=text == "bye")


@pytest.fixture
def switch() -> Switch:
    """A fake switch on the bench."""
    made = Switch(region().switches["acc-01"], Nowhere())
    made.personality = Fake(Meaning())
    return made


async def _pause() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def talk(switch: Switch, *typed: str, shell: Parrot | None = None) -> tuple[str, list[str]]:
    """Type these, one after the other. Shape: what was shown, and the lines that the shell got."""
    parrot = shell or Parrot("user", 15)
    shown: list[str] = []

    async def run() -> None:
        terminal = Terminal(switch, parrot, shown.append)
        task = asyncio.create_task(terminal.run())
        for text in typed:
            await _pause()
            terminal.feed(text)
        await _pause()
        terminal.end()
        await asyncio.wait_for(task, 1)

    asyncio.run(run())
    return "".join(shown), parrot.heard


def test_what_is_typed_is_echoed_and_answered_in_whole_lines(switch: Switch) -> None:
    shown, heard = talk(switch, "hel", "lo\n")
    assert shown == "Welcome\r\n> hello\r\nYou said hello\r\n> "
    assert heard == ["hello"]


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_every_kind_of_return_ends_one_line(switch: Switch, ending: str) -> None:
    assert talk(switch, f"a{ending}b{ending}")[1] == ["a", "b"]


def test_lines_typed_ahead_are_kept(switch: Switch) -> None:
    assert talk(switch, "one\ntwo\nthree\nfo")[1] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("helpp\x7f\n", "help"),
        ("nonsense\x15yes\n", "yes"),
        ("half\x03", ""),
        ("half\x1a", "end"),
        ("\x7f\x7fa\n", "a"),
    ],
)
def test_control_keys_edit_the_line(switch: Switch, typed: str, line: str) -> None:
    assert talk(switch, typed)[1] == [line]


def test_a_password_is_not_shown(switch: Switch) -> None:
    shown, heard = talk(switch, "su\n", "hidden\n")
    assert heard == ["su", "hidden"]
    assert "Password: \r\n" in shown
    assert shown.count("hidden") == 1  # the parrot's own word, not the echo


def test_a_question_takes_one_key(switch: Switch) -> None:
    assert talk(switch, "ask\n", "y", "next\n")[1] == ["ask", "y", "next"]
    assert talk(switch, "ask\n", "\n", "next\n")[1] == ["ask", "", "next"]


@pytest.mark.parametrize(
    ("keys", "last"), [([" "], 18), (["\n"], 10), (["q"], 9), ([" ", " "], 25), (["\n", "\n", " "], 20)]
)
def test_long_answers_come_in_pages(switch: Switch, keys: list[str], last: int) -> None:
    parrot = Parrot("user", 15)
    parrot.page, parrot.more = 10, "--More--"
    shown, _ = talk(switch, "count 25\n", *keys, shell=parrot)
    answer = shown.split("count 25\r\n")[1].replace("\b", " ")
    assert max(int(word) for word in answer.split() if word.isdigit()) == last
    assert "--More--" in shown


def test_it_hangs_up_when_the_shell_says_so(switch: Switch) -> None:
    shown, heard = talk(switch, "bye\nmore\n")
    assert heard == ["bye"]
    assert shown.endswith("You said bye\r\n")


def test_a_fault_drops_the_session_after_so_many_commands(switch: Switch) -> None:
    switch.faults.set(["drop-after", "3"])
    assert talk(switch, "a\n\nb\nc\nd\n")[1] == ["a", "", "b"]
    assert talk(switch, "e\nf\n")[1] == ["e", "f"]


def test_a_slow_switch_takes_its_time_for_commands_only(switch: Switch) -> None:
    switch.faults.set(["slow", "0.2"])
    begun = time.monotonic()
    assert talk(switch, "\n\n")[1] == ["", ""]
    assert time.monotonic() - begun < 0.2
    assert talk(switch, "show\n")[1] == ["show"]
    assert time.monotonic() - begun >= 0.2


# --- SCP


def scp(switch: Switch, arguments: list[str], *sent: bytes) -> tuple[int, bytes]:
    """One request. Shape: exit status, and all that was answered."""
    answered = bytearray()

    async def run() -> int:
        request = Scp(switch, answered.extend)
        task = asyncio.create_task(request.run(arguments))
        for data in sent:
            await _pause()
            request.feed(data)
        await _pause()
        request.end()
        return await asyncio.wait_for(task, 1)

    return asyncio.run(run()), bytes(answered)


@pytest.fixture
def open_switch(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> Switch:
    """A switch whose flash may be written."""
    monkeypatch.setattr(Fake, "scp_enabled", lambda self: True)
    return switch


def test_a_file_arrives_in_flash(open_switch: Switch) -> None:
    status, answered = scp(open_switch, ["-v", "-t", "flash:/new.cfg"], b"C0644 6 local.txt\n", b"abc", b"def\0")
    assert (status, answered) == (0, b"\0\0\0")
    assert open_switch.files == {"new.cfg": "abcdef"}


def test_a_file_leaves_flash(open_switch: Switch) -> None:
    open_switch.files["old.cfg"] = "æøå\n"
    status, answered = scp(open_switch, ["-f", "flash:old.cfg"], b"\0", b"\0", b"\0")
    assert status == 0
    assert answered == b"C0644 7 old.cfg\n" + "æøå\n".encode() + b"\0"


@pytest.mark.parametrize(
    ("fault", "arguments", "words"),
    [
        ("", ["-f", "flash:none"], "No such file"),
        ("no-space", ["-t", "flash:x"], "No space left"),
        ("", ["-x"], "only -t and -f"),
    ],
)
def test_scp_says_what_is_wrong(open_switch: Switch, fault: str, arguments: list[str], words: str) -> None:
    if fault:
        open_switch.faults.set([fault])
    status, answered = scp(open_switch, arguments, b"C0644 1 x\n", b"a\0")
    assert status == 1
    assert words in answered.decode()
    assert open_switch.files == {}


def test_scp_has_to_be_switched_on(switch: Switch) -> None:
    status, answered = scp(switch, ["-t", "flash:x"], b"C0644 1 x\n", b"a\0")
    assert (status, switch.files) == (1, {})
    assert b"disabled" in answered


@pytest.mark.parametrize("path", ["flash:/a.txt", "flash:a.txt", "/mnt/flash/a.txt", "a.txt"])
def test_flash_has_bare_names(path: str) -> None:
    assert file_name(path) == "a.txt"


def test_only_scp_is_scp() -> None:
    assert wanted("scp -t flash:/x") == ["-t", "flash:/x"]
    assert wanted("show version") is None
    assert wanted('show "unbalanced') is None
