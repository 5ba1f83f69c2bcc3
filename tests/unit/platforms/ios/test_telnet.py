"""A port asked for by IOS's telnet: what is typed, and what is made of what IOS prints."""

import re
from typing import Any

import pytest
from netmiko.exceptions import ReadTimeout

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.base import PortState
from nornir_tasks.platforms.ios.telnet import ask_port, read_outcome

COMMAND = "telnet 10.17.92.30 443 /source-interface Vlan110"
TRYING = f"{COMMAND}\r\nTrying 10.17.92.30, 443 ... "
PROMPT = "\r\nloppa-core-01#"
CLOSING = "disconnect\r\nClosing connection to 10.17.92.30 [confirm]"


class Keyboard:
    """A switch that answers each thing that is typed with the next of these texts; None: with nothing in time."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.typed: list[str] = []

    def clear_buffer(self) -> None:
        """There is nothing in it."""

    def write_channel(self, text: str) -> None:
        """Remember what is typed."""
        self.typed.append(text)

    def read_until_pattern(self, pattern: str, read_timeout: float) -> str:
        """The next answer, which must be what is waited for."""
        answer = self.answers.pop(0)
        if answer is None:
            raise ReadTimeout("nothing")
        assert re.search(pattern, answer), (pattern, answer)
        return answer


def ask(*answers: str | None) -> tuple[PortState | None, list[str]]:
    """What is made of these answers, and what was typed."""
    keyboard: Any = Keyboard(*answers)
    state = ask_port(keyboard, COMMAND)
    assert keyboard.answers == []
    assert keyboard.typed[0] == f"{COMMAND}\n"
    return state, keyboard.typed[1:]


def test_an_open_connection_is_closed_again() -> None:
    """Out by the escape sequence, the line erased in case the keys went there, and the question answered."""
    state, typed = ask(f"{TRYING}Open", f"\r\n{PROMPT}", CLOSING, PROMPT)
    assert state == PortState.OPEN
    assert typed == ["\x1ex", "\x15disconnect\n", "\n"]


def test_a_far_end_that_hangs_up_first_leaves_nothing_to_close() -> None:
    """The ``x`` of the escape sequence stands behind the prompt then."""
    closed = f"\r\n[Connection to 10.17.92.30 closed by foreign host]{PROMPT}x"
    state, typed = ask(f"{TRYING}Open", closed, f"disconnect\r\n% No current connection{PROMPT}")
    assert state == PortState.OPEN
    assert typed[-1] == "\x15disconnect\n"


def test_a_connection_that_cannot_be_closed_is_an_error() -> None:
    """Whatever is typed next might go to the far end."""
    with pytest.raises(PlatformError, match="could not be closed: % Unknown command"):
        ask(f"{TRYING}Open", PROMPT, f"% Unknown command{PROMPT}")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("% Connection refused by remote host", PortState.REFUSED),
        ("% Destination unreachable; gateway or host down", PortState.SILENT),
        ("% Connection timed out; remote host not responding", PortState.SILENT),
        ("% telnet connections not permitted from this terminal", None),
        ("                                   ^\r\n% Invalid input detected at '^' marker.", None),
    ],
)
def test_what_does_not_stand(words: str, state: PortState | None) -> None:
    """In IOS's words."""
    assert ask(f"{TRYING}\r\n{words}\r\n{PROMPT}") == (state, [])
    assert read_outcome(words) == state


def test_half_a_minute_is_not_waited_for() -> None:
    """The escape key ends the attempt; what came up at that moment is left as it should be."""
    assert ask(None, PROMPT) == (PortState.SILENT, ["\x1e"])
    state, typed = ask(None, f"{TRYING}Open", PROMPT, CLOSING, PROMPT)
    assert state == PortState.OPEN
    assert typed == ["\x1e", "\x1ex", "\x15disconnect\n", "\n"]
