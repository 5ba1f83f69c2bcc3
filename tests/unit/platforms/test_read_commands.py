"""All that a reading may send: what a session reads is on its platform's list, and nothing that writes is."""

from collections.abc import Callable

import pytest

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.logging import Transcript
from nornir_tasks.platforms.common.base import Origin, Session
from nornir_tasks.platforms.common.reading import Allowlist, Answers, Unanswered
from nornir_tasks.platforms.common.ssh_reader import Dialogue, SshReader
from nornir_tasks.platforms.eos import reader as eos
from nornir_tasks.platforms.ios import reader as ios
from nornir_tasks.platforms.procurve import reader as procurve

PLATFORMS: dict[str, tuple[Allowlist, Callable[[Answers], Session], Dialogue]] = {
    "ios": (ios.ALLOWLIST, lambda answers: ios.IosAnswers(answers, "switch"), ios.DIALOGUE),
    "eos": (eos.ALLOWLIST, eos.EosAnswers, eos.DIALOGUE),
    "procurve": (
        procurve.ALLOWLIST,
        lambda answers: procurve.ProcurveAnswers(answers, "switch"),
        procurve.DIALOGUE,
    ),
}
READINGS: dict[str, Callable[[Session], object]] = {
    "running": lambda session: session.running(),
    "startup": lambda session: session.startup(),
    "facts": lambda session: session.facts(),
    "neighbours": lambda session: session.neighbours(),
    "ports": lambda session: session.ports(),
    "macs": lambda session: session.mac_table(),
    "arp": lambda session: session.arp_table(),
    "port health": lambda session: session.port_health(),
    "device health": lambda session: session.device_health(),
    "last change": lambda session: session.last_change(),
    "time": lambda session: session.time_state(),
    "trees": lambda session: session.spanning_trees(),
    "routes": lambda session: session.routes(["10.17.0.1", "10.10.0.1"]),
    "ping": lambda session: session.ping("10.17.0.1"),
    "ping from": lambda session: session.ping_from(Origin(10, "10.17.0.2"), "10.17.0.1"),
    "port asked": lambda session: session.ask_port(Origin(10, "10.17.0.2"), "10.17.0.1", 22),
}
WRITES = (
    "configure terminal",
    "configure",
    "write memory",
    "write",
    "copy running-config startup-config",
    "reload",
    "reload in 5",
    "no reload",
    "boot",
    "erase startup-config",
    "delete flash:x",
    "clear counters",
    "debug all",
    "clear logging",
    "bash rm x",
    "telnet 10.17.0.1",
    "no page\nreload",
    "show version\nreload",
    "show running-config | redirect flash:x",
    "show running-config | tee flash:x",
    "show running-config > flash:x",
    "show tech-support",
    "ping 10.17.0.1 repeat 100",
    "ping 10.17.0.1 repeat 1000000",
    "",
)
INTERFACE = (
    "   1     100/1000T | No    Yes Up   1000FDx MDI  off  0"  # a port, so that ProCurve's neighbours are asked for
)


def list_commands(read: Callable[[Session], object], make: Callable[[Answers], Session]) -> list[str]:
    """What a reading sends to a switch that answers each command with little."""
    answers = Answers()
    while True:
        try:
            read(make(answers))
        except Unanswered as missing:
            answers.texts |= {name: "{}" if name.endswith("json") else INTERFACE for name in missing.commands}
        except PlatformError:
            return list(answers.texts)  # such an answer is none, or it is not read here
        else:
            return list(answers.texts)


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_a_session_reads_may_be_sent(name: str) -> None:
    allowlist, make, dialogue = PLATFORMS[name]
    sent = [command for read in READINGS.values() for command in list_commands(read, make)]
    assert len(set(sent)) > 5
    for command in (*sent, *dialogue.prepare, "enable"):
        allowlist.require(command)


@pytest.mark.parametrize("command", WRITES)
@pytest.mark.parametrize("name", PLATFORMS)
def test_nothing_else_may_be_sent(name: str, command: str) -> None:
    with pytest.raises(PlatformError, match="expected a command that only reads"):
        PLATFORMS[name][0].require(command)


@pytest.mark.parametrize("name", PLATFORMS)
def test_no_pattern_is_open_at_its_end(name: str) -> None:
    """Behind whatever may be sent nothing can be added."""
    allowlist, make, _ = PLATFORMS[name]
    for read in READINGS.values():
        for command in list_commands(read, make):
            for addition in (" | redirect flash:x", "\nreload", "; reload", " > flash:x"):
                with pytest.raises(PlatformError):
                    allowlist.require(command + addition)


def test_what_may_not_be_sent_is_not_even_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question from outside that asks for more is told so, and the connection hears nothing."""
    typed: list[str] = []
    reader = SshReader("switch:22", ios.DIALOGUE, Transcript("switch", lambda text: (text, {})))
    monkeypatch.setattr(reader._shell, "write", typed.append)
    asking = reader.ask(["reload"])
    with pytest.raises(StopIteration):  # it ends without ever waiting: no event loop is needed
        asking.send(None)
    assert typed == []
    with pytest.raises(PlatformError, match="only reads"):
        reader.answers.get("reload")


def test_an_answer_is_asked_for_once() -> None:
    answers = Answers({"show clock": "noon"})
    assert answers.get("show clock") == "noon"
    with pytest.raises(Unanswered):
        answers.get("show version")
