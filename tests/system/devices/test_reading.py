"""Many devices read at once: who is dead, slow or broken keeps nobody else from being read, and is asked once."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.devices import reading
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.reading import DeviceReader, Inquiry, Question
from nornir_tasks.model import Device, Endpoint, Position, Region
from nornir_tasks.platforms.common.base import LoginAccount, Session
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault
from nornir_tasks.platforms.common.reading import Answers, Login, Reader
from nornir_tasks.platforms.ios.platform import Ios
from nornir_tasks.platforms.ios.reader import IosAnswers
from tests.support import small_region as small

STATUS = """
Port      Name               Status       Vlan       Duplex  Speed Type
Gi1/0/1   uplink             connected    trunk      a-full a-1000 10/100/1000BaseTX
"""
LINKS = {"GigabitEthernet1/0/1": True}


class Wire(Reader):
    """Answers each command alike, after ``seconds``; ``log`` has what was sent to whom."""

    def __init__(self, name: str, log: list[tuple[str, str]], seconds: float = 0.0) -> None:
        self.answers = Answers()
        self.session = IosAnswers(self.answers, name)
        self.name, self.log, self.seconds = name, log, seconds
        self.stack = AsyncExitStack()

    async def ask(self, commands: Sequence[str]) -> None:
        for command in commands:
            self.log.append((self.name, command))
            await asyncio.sleep(self.seconds)
            self.answers.texts[command] = STATUS

    async def close(self) -> None:
        self.log.append((self.name, "closed"))
        await self.stack.aclose()


@pytest.fixture
def region() -> Region:
    """Switches of IOS alone."""
    return small.region()


@pytest.fixture
def context(region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An errand with a password for everything."""
    made = open_context(region, reason="test", who="tester", where=tmp_path)
    monkeypatch.setattr(type(made.credentials), "account", lambda *_: LoginAccount("drift", "canary-5512"))
    return made


def wire(monkeypatch: pytest.MonkeyPatch, connect: Callable[[Login], Wire]) -> None:
    """Let logins lead to these readers, each once it has its place."""

    async def open_reader(self: Ios, login: Login) -> Reader:
        reader = connect(login)
        await reader.stack.enter_async_context(login.slot)
        return reader

    monkeypatch.setattr(Ios, "open_reader", open_reader)


def list_switches(region: Region) -> list[Device]:
    """Those of Loppa, each with an address of its own."""
    return [
        device.model_copy(update={"endpoint": Endpoint(host=f"127.17.0.{number}")})
        for number, device in enumerate(region.of("loppa"), 1)
    ]


def ask(devices: Sequence[Device], *questions: Question) -> list[Inquiry]:
    """The same questions to all."""
    return [Inquiry(device, questions) for device in devices]


def read_ports(session: Session) -> dict[str, bool]:
    """What two facts may need."""
    return session.ports()


def test_what_two_facts_need_is_sent_once(context: Context, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[tuple[str, str]] = []
    wire(monkeypatch, lambda login: Wire(login.endpoint.host, log))
    device = list_switches(region)[0]
    (readout,) = DeviceReader(context, Position({})).read(ask([device], read_ports, read_ports))
    assert [each.value for each in readout.readings] == [LINKS, LINKS]
    assert [what for _, what in log] == ["show interfaces status", "closed"]


def test_a_bug_in_one_question_is_told_and_the_others_are_answered(
    context: Context, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire(monkeypatch, lambda login: Wire(login.endpoint.host, []))

    def stumble(session: Session) -> object:
        raise ZeroDivisionError("by zero")

    (readout,) = DeviceReader(context, Position({})).read(ask(list_switches(region)[:1], stumble, read_ports))
    assert readout.readings[0].error == "the tool itself failed: ZeroDivisionError: by zero"
    assert readout.readings[1].value == LINKS


@pytest.mark.parametrize("change", ["push", "confirm", "revert", "save", "lower_links", "raise_links"])
def test_what_would_change_a_device_is_refused(
    context: Context, region: Region, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    log: list[tuple[str, str]] = []
    wire(monkeypatch, lambda login: Wire(login.endpoint.host, log))
    arguments: dict[str, tuple[object, ...]] = {"push": (None, 60), "revert": ("",)}

    def write(session: Session) -> object:
        return getattr(session, change)(*arguments.get(change, ([],) if "links" in change else ()))

    (readout,) = DeviceReader(context, Position({})).read(ask(list_switches(region)[:1], write))
    assert "Nothing was written" in readout.readings[0].error
    assert [what for _, what in log] == ["closed"]


def test_who_does_not_let_us_in_is_not_asked_again(
    context: Context, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    logins: list[str] = []

    def refuse(login: Login) -> Wire:
        logins.append(login.endpoint.host)
        raise LoginError("no", LoginFault.CLOSED)

    wire(monkeypatch, refuse)
    reader, inquiries = DeviceReader(context, Position({})), ask(list_switches(region)[:1], read_ports)
    first, second = next(reader.read(inquiries)), next(reader.read(inquiries))
    assert isinstance(first.error, LoginError)
    assert second.error is first.error
    assert len(logins) == 1


def test_a_slow_one_holds_nobody_up_and_is_given_up(
    context: Context, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others come first, and it has RUN_SECONDS; a second errand of the run leaves it alone."""
    monkeypatch.setattr(reading, "RUN_SECONDS", 0.3)
    monkeypatch.setattr(reading, "LEAST_SECONDS", 0.0)
    devices, log = list_switches(region), list[tuple[str, str]]()
    slow = devices[0].endpoint.host
    wire(monkeypatch, lambda login: Wire(login.endpoint.host, log, 30.0 if login.endpoint.host == slow else 0.0))
    reader, began = DeviceReader(context, Position({})), time.monotonic()
    order = list(reader.read(ask(devices, read_ports)))
    assert time.monotonic() - began < 5
    assert order[-1].device == devices[0]
    assert order[-1].readings[0].error.startswith("not asked any more: ")
    assert all(readout.readings[0].value == LINKS for readout in order[:-1])
    log.clear()
    again = {readout.device.name: readout for readout in reader.read(ask(devices, read_ports))}
    assert isinstance(again[devices[0].name].error, PlatformError)
    assert slow not in {host for host, _ in log}


def test_a_sites_line_carries_a_few_sessions_at_once(
    context: Context, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SITE_SESSIONS", 1)
    devices = list_switches(region)
    log: list[tuple[str, str]] = []
    wire(monkeypatch, lambda login: Wire(login.endpoint.host, log, 0.01))
    at_one_site = [device.model_copy(update={"site": devices[0].site}) for device in devices]
    assert len(at_one_site) > 1
    list(DeviceReader(context, Position({})).read(ask(at_one_site, read_ports)))
    assert [what for _, what in log] == ["show interfaces status", "closed"] * len(devices)


def test_who_stops_early_leaves_no_session(context: Context, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    devices, log = list_switches(region), list[tuple[str, str]]()
    first = devices[0].endpoint.host
    wire(monkeypatch, lambda login: Wire(login.endpoint.host, log, 0.0 if login.endpoint.host == first else 30.0))
    readouts = DeviceReader(context, Position({})).read(ask(devices, read_ports))
    assert next(readouts).device == devices[0]
    readouts.close()  # type: ignore[attr-defined]
    # One that had no session yet has none to close.
    assert sorted(host for host, what in log if what == "closed") == sorted({first, *(host for host, _ in log)})
