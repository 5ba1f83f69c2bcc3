"""Read many devices at once, in one event loop: few sessions a line, none for the dead, no second try for sufferers."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from nornir_tasks.core.errors import FellesdriftError, PlatformError, describe_error
from nornir_tasks.core.language import translate
from nornir_tasks.devices import address_guard
from nornir_tasks.devices.connection import find_endpoint
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Device, Position
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.platforms.common.reading import Login, Reading, answer_questions
from nornir_tasks.trust.host_keys import KnownHosts

LOGIN_SECONDS = 10.0  # for a connection, and again for what it says; a 2530 takes 4 s to exchange keys
RUN_SECONDS = 13.0  # from the beginning: who has not answered all by then is given up
LEAST_SECONDS = 8.0  # from a sign of life: for who had to wait for a place among the sessions
SESSIONS = 64  # at once
SITE_SESSIONS = 6  # behind the line of one site: what they read together stays below a tenth of 10 Mbit/s

Question = Callable[[Session], object]  # it may be called several times: see ``platforms.common.reading``


@dataclass(frozen=True)
class Inquiry:
    """What one device is asked."""

    device: Device
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Readout:
    """What one device answered.

    Args:
        device: that was asked.
        readings: of the questions, in their order; empty if there was no login.
        error: why there was none: ``find_login_fault`` reads the cause of it.
    """

    device: Device
    readings: tuple[Reading, ...] = ()
    error: FellesdriftError | None = None


class DeviceReader:
    """Reads devices by the accounts of a position. Who did not let it in, or broke off, is not asked a second time."""

    def __init__(self, context: Context, position: Position) -> None:
        self._context, self._position = context, position
        self._sufferers: dict[str, FellesdriftError] = {}
        self._began = 0.0  # the loop's time

    def read(self, inquiries: Sequence[Inquiry]) -> Iterator[Readout]:
        """What each device answered, as soon as it has: the last after RUN_SECONDS where no line is crowded.

        The caller may stop at any time: what is still open is hung up.
        """
        for inquiry in inquiries:
            platform(inquiry.device.platform)  # imported here: an import would hold up the loop
        queue: SimpleQueue[Readout | BaseException] = SimpleQueue()
        loop = asyncio.new_event_loop()
        task = loop.create_task(self._read_all(inquiries, queue))
        thread = Thread(target=_run, args=(loop, task, queue), name="reading devices", daemon=True)
        thread.start()
        try:
            for _ in inquiries:
                readout = queue.get()
                if isinstance(readout, BaseException):
                    raise readout
                yield readout
        finally:
            loop.call_soon_threadsafe(task.cancel)
            thread.join()
            loop.close()

    async def _read_all(self, inquiries: Sequence[Inquiry], queue: SimpleQueue[Readout | BaseException]) -> None:
        self._began = asyncio.get_running_loop().time()
        everywhere = asyncio.Semaphore(SESSIONS)
        sites = {inquiry.device.site: asyncio.Semaphore(SITE_SESSIONS) for inquiry in inquiries}

        async def read(inquiry: Inquiry) -> None:
            queue.put(await self._read(inquiry, _Slot(sites[inquiry.device.site], everywhere)))

        async with asyncio.TaskGroup() as group:
            for inquiry in inquiries:
                group.create_task(read(inquiry))

    async def _read(self, inquiry: Inquiry, slot: "_Slot") -> Readout:
        device = inquiry.device
        if device.name in self._sufferers:
            return Readout(device, error=self._sufferers[device.name])
        readings: dict[int, Reading] = {}
        try:
            await self._ask(inquiry, slot, readings)
        except FellesdriftError as error:
            self._sufferers[device.name] = error
            if not slot.is_logged_in:
                return Readout(device, error=error)
            reason = translate("not asked any more: {reason}", reason=error)
        except Exception as error:  # noqa: BLE001 - whatever it was, the others are read, and it is reported
            reason = translate("the tool itself failed: {reason}", reason=describe_error(error))
            return Readout(device, error=PlatformError(reason))
        else:
            reason = ""
        numbers = range(len(inquiry.questions))
        return Readout(device, tuple(readings.get(number, Reading(error=reason)) for number in numbers))

    async def _ask(self, inquiry: Inquiry, slot: "_Slot", readings: dict[int, Reading]) -> None:
        device, position = inquiry.device, self._position
        endpoint = find_endpoint(device, position)
        address_guard.check_address(device.name, endpoint.host, device.standard.management_networks)
        # A vault or a program may have to be asked.
        account = await asyncio.to_thread(self._context.credentials.account, device, position)
        driver = platform(device.platform)
        transcript = driver.transcript(device.name)
        transcript.note(f"logging in at {endpoint.host}, to read")
        login = Login(endpoint, account, KnownHosts.of(device), transcript, LOGIN_SECONDS, slot)
        try:
            reader = await driver.open_reader(login)
        except FellesdriftError as error:
            transcript.note(f"no login: {error}")
            raise
        transcript.note("logged in")
        slot.is_logged_in = True
        try:
            async with asyncio.timeout_at(max(self._began + RUN_SECONDS, slot.since + LEAST_SECONDS)):
                await answer_questions(reader, inquiry.questions, readings)
        except TimeoutError:
            reason = translate("{device}: it did not answer everything in time", device=device.name)
            raise PlatformError(reason) from None
        finally:
            await reader.close()


class _Slot:
    """A device's place among the sessions of its site, and of all: entered anew where a second way in is tried.

    ``since``: the loop's time at which it has had it.
    """

    since = 0.0
    is_logged_in = False

    def __init__(self, *semaphores: asyncio.Semaphore) -> None:
        self._semaphores = semaphores
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> None:
        async with AsyncExitStack() as stack:
            for semaphore in self._semaphores:
                await stack.enter_async_context(semaphore)
            self._stack = stack.pop_all()
        self.since = asyncio.get_running_loop().time()

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()


def _run(
    loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]", queue: SimpleQueue[Readout | BaseException]
) -> None:
    """Run the loop until the task is over; a bug in it is told to who waits."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    except BaseException as error:  # noqa: BLE001 - raised again where somebody waits
        queue.put(error)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
