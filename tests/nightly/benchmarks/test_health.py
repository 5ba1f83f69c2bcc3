"""How long reading switches takes, and how much of the processor.

Run alone: ``scripts/test -m benchmark tests/nightly/benchmarks/test_health.py``.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import asyncssh
import pytest

from lab.testing.running import RunningLab
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.devices.reading import LOGIN_SECONDS, DeviceReader, Inquiry, Question, Readout
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Device
from nornir_tasks.platforms.common import ssh_reader
from nornir_tasks.platforms.common.ssh_algorithms import CIPHERS, KEX, MACS
from nornir_tasks.platforms.eos import reader as eos_reader

ROOT = Path(__file__).resolve().parents[3]
COMMAND_SECONDS = 0.02
ROUNDS = 5
DEAD, SLOW = 10, 5
ADDRESS = "10.17.0.1"
QUESTIONS: tuple[Question, ...] = (
    lambda session: session.running(),
    lambda session: session.startup(),
    lambda session: session.ports(),
    lambda session: session.neighbours(),
    lambda session: session.port_health(),
    lambda session: session.device_health(),
    lambda session: session.time_state(),
    lambda session: session.spanning_trees(),
    lambda session: session.ping(ADDRESS),
)
PREPARE = {"ios": "terminal length 0", "eos": "terminal length 0", "procurve": "no page"}

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """All 152 switches, each of which takes 20 ms for a command."""
    with pytest.MonkeyPatch.context() as patch:
        where: Path = tmp_path_factory.mktemp("lab")
        patch.setenv("FELLESDRIFT_LAB_DIR", str(where))
        running = RunningLab(where).up(delay=COMMAND_SECONDS)
        try:
            yield running
        finally:
            running.down()


@pytest.fixture(scope="module")
def context(lab: RunningLab) -> Context:
    """An errand."""
    return open_context(load_region(), reason="test", who="tester")


def read(context: Context, devices: Sequence[Device]) -> Iterator[Readout]:
    """All questions to all of these."""
    reader = DeviceReader(context, context.journal.position())
    return reader.read([Inquiry(device, QUESTIONS) for device in devices])


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What a reading sends, by address, beside what prepares the session."""
    commands: dict[str, list[str]] = {}

    def record(reader: type, find_host: Callable[..., str]) -> None:
        ask = reader.ask  # type: ignore[attr-defined]

        async def note_and_ask(self: object, asked: Sequence[str]) -> None:
            commands.setdefault(find_host(self), []).extend(asked)
            await ask(self, asked)

        monkeypatch.setattr(reader, "ask", note_and_ask)

    record(ssh_reader.SshReader, lambda reader: reader._address.split(":")[0])
    record(eos_reader.EapiReader, lambda reader: reader._login.endpoint.host)
    return commands


async def read_bare(context: Context, device: Device, commands: Sequence[str]) -> None:
    """The same reads by asyncssh alone: no key is compared, nothing is parsed."""
    account = context.credentials.account(device, context.journal.position())
    algorithms = {"kex_algs": KEX, "encryption_algs": CIPHERS, "mac_algs": MACS}
    async with (
        asyncssh.connect(
            device.endpoint.host,
            device.endpoint.ssh_port,
            username=account.name,
            password=account.password,
            known_hosts=None,
            client_keys=None,
            config=None,
            **algorithms,
        ) as connection,
        connection.create_process(term_type="vt100", term_size=(511, 1000)) as shell,
    ):

        async def wait_for(end: str) -> None:
            text = ""
            while end not in text[-100:]:
                part = await shell.stdout.read(65536)
                assert part, f"{device.name} hung up"
                text += part

        if device.platform == "procurve":
            await wait_for("any key")
            shell.stdin.write("\n")
        await wait_for("#")
        for command in (PREPARE[device.platform], *commands):
            shell.stdin.write(f"{command}\n")
            await wait_for("\n")  # behind its echo
            await wait_for("#")


def measure(work: Callable[[], object], count: int) -> float:
    """Milliseconds of this process's processor time for each of so many devices."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began) / count


@pytest.mark.parametrize("platform", ["ios", "eos", "procurve"])
def test_processor_time(
    lab: RunningLab, context: Context, sent: dict[str, list[str]], platform: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Logging in, comparing keys, reading and parsing, beside an asyncssh that only reads; both in the same minute."""
    devices = [device for device in context.region.devices.values() if device.platform == platform][:12]
    assert not [readout.error for readout in read(context, devices) if readout.error]  # what is imported is imported
    asked = {device.name: sent[device.endpoint.host][:] for device in devices}
    assert all(asked.values())

    async def read_all() -> None:
        await asyncio.gather(*(read_bare(context, device, asked[device.name]) for device in devices))

    def read_own() -> None:
        assert len(list(read(context, devices))) == len(devices)

    def read_alone() -> None:
        asyncio.run(read_all())

    count = len(devices)
    pairs = [(measure(read_own, count), measure(read_alone, count)) for _ in range(ROUNDS)]
    ratio = statistics.median(own / bare for own, bare in pairs)
    own, bare = (statistics.median(values) for values in zip(*pairs, strict=True))
    with capsys.disabled():
        print(f"\n{platform}: {own:.1f} ms a switch, asyncssh alone {bare:.1f} ms: {ratio:.2f} of it")
    assert ratio < 2.5


def test_region_with_dead_and_slow_switches(
    lab: RunningLab, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten say nothing or are closed, five take two seconds for a command; all others tell everything."""
    devices = list(context.region.devices.values())
    trouble = [device.name for device in devices[:: len(devices) // (DEAD + SLOW)][: DEAD + SLOW]]
    dead, slow = trouble[:DEAD], trouble[DEAD:]
    for number, name in enumerate(dead):
        lab.client.fault(name, "hang" if number % 2 else "unreachable")
    for name in slow:
        lab.client.fault(name, "slow", "2")
    took: dict[str, float] = {}
    readouts: dict[str, Readout] = {}
    try:
        began = time.monotonic()
        for readout in read(context, devices):
            took[readout.device.name], readouts[readout.device.name] = time.monotonic() - began, readout
    finally:
        for name in trouble:
            lab.client.fault(name, "clear")
    well = [name for name in took if name not in trouble]
    first, last_well, last = min(took.values()), max(took[name] for name in well), max(took.values())
    with capsys.disabled():
        print(
            f"\n{len(took)} switches: first after {first:.2f} s, well after {last_well:.2f} s, all after {last:.2f} s"
        )
    assert all(readouts[name].error for name in dead)
    for name in well:
        assert not readouts[name].error
        assert not [reading.error for reading in readouts[name].readings if reading.error]
    for name in slow:  # what they told in their time counts
        assert readouts[name].error is None
        assert 0 < sum(not reading.error for reading in readouts[name].readings) < len(QUESTIONS)
    assert first < 2
    assert last_well < LOGIN_SECONDS
    assert last < LOGIN_SECONDS + 5


def test_one_switch_from_the_start_of_the_process(
    lab: RunningLab, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    """What somebody waits for who asks for one switch. The region is in the cache, as after any command before."""
    command = [sys.executable, "scripts/health_check.py", "loppa-core-01"]
    runs = []
    for _ in range(ROUNDS + 1):
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        runs.append(time.monotonic() - began)
        assert done.returncode in (0, 1), done.stderr
    with capsys.disabled():
        print(f"\none switch: {min(runs[1:]):.2f} s from the start of the process")
    assert min(runs[1:]) < 1.5
