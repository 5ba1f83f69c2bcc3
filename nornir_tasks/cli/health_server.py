"""``scripts/health_check.py serve``: the checks on their intervals, a page for the wall, metrics, and alerts."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread
from typing import NoReturn, TypeVar, cast

from aiohttp import web

from nornir_tasks.cli import terminal
from nornir_tasks.cli.health_progress import RoundProgress
from nornir_tasks.cli.health_round import RoundOptions, ask
from nornir_tasks.cli.selection import choose_devices
from nornir_tasks.core.errors import FellesdriftError, UsageError, describe_error
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.language import translate
from nornir_tasks.core.logging import get_logger
from nornir_tasks.core.output import make_safe
from nornir_tasks.health.check import load_checks
from nornir_tasks.health.service.alerts import AlertBook
from nornir_tasks.health.service.delivery import Delivery, deliver_all
from nornir_tasks.health.service.schedule import STALE_ROUNDS, Schedule, Standing, is_stale
from nornir_tasks.inventory.load import load_region
from nornir_tasks.reports.health_formats import HealthFormat, make_text
from nornir_tasks.reports.health_page import make_page
from nornir_tasks.reports.health_prometheus import make_service_metrics
from nornir_tasks.reports.health_report import HealthReport

Answer = TypeVar("Answer")
logger = get_logger(__name__)
REFRESH_SECONDS = 15  # the page asks for itself again
RETRY_SECONDS = 5.0  # after a round that could not be made at all
HEADERS = {
    # The page has its style and pictures in itself, and no program at all.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class ServiceOptions:
    """What was typed.

    Args:
        pattern: the subjects, as for a round.
        host: the address that it listens at: the reverse proxy's side, which asks people for their login.
        port: 0: one that is free.
        interval: between two rounds.
        ways: by which alerts are told; none: to nobody.
        language: of the page and the alerts.
        is_once: one round, and nobody is answered.
    """

    pattern: str
    host: str
    port: int
    interval: timedelta
    ways: tuple[Delivery, ...]
    language: str
    is_once: bool = False


class HealthService:
    """Round after round, and what stands since, for whoever asks."""

    def __init__(self, options: ServiceOptions) -> None:
        self._options = options
        self._schedule, self._standing = Schedule(options.interval), Standing()
        # A round may take long, and one may fail: an alert outlives both, and no more.
        self._book = AlertBook(options.interval * (STALE_ROUNDS + 1) + timedelta(minutes=1))
        self._report: HealthReport | None = None
        self._error = ""  # why the last round could not be made
        self._delivery_errors: list[str] = []
        self._rounds = 0
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM or Ctrl-C; a round that has begun is given up.

        Raises:
            UsageError: the address cannot be listened at.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        runner = web.AppRunner(self.make_app(), access_log=None)
        await runner.setup()
        try:
            port = await self._listen(runner)
            print(translate("listening at http://{host}:{port}/", host=self._options.host, port=port), flush=True)
            notify("READY=1")
            rounds = asyncio.create_task(self._go_round())
            stopped = asyncio.create_task(self._stopping.wait())
            await asyncio.wait({rounds, stopped}, return_when=asyncio.FIRST_COMPLETED)
            notify("STOPPING=1")
            if rounds.done():
                rounds.result()
            rounds.cancel()
        finally:
            await runner.cleanup()

    async def run_once(self) -> int:
        """One round, told by all ways; ``CLEAN``, or ``WRONG`` where something is, or it could not be made or told."""
        await self._make_round([check.name for check in load_checks()])
        if self._report is not None:
            print(make_safe(self._report.record.verdict))
        is_well = self._report is not None and self._report.record.is_healthy
        return CLEAN if is_well and not self._delivery_errors else WRONG

    def make_app(self) -> web.Application:
        """What answers: reading alone, whoever asks."""
        app = web.Application(middlewares=[_add_headers])
        app.router.add_get("/", self._answer_page)
        app.router.add_get("/metrics", self._answer_metrics)
        app.router.add_get("/health.json", self._answer_json)
        app.router.add_get("/-/healthy", self._answer_alive)
        return app

    async def _listen(self, runner: web.AppRunner) -> int:
        host, port = self._options.host, self._options.port
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise UsageError(
                translate(
                    "--listen: expected an address and a free port of this machine, found {host}:{port}: {error}",
                    host=host,
                    port=port,
                    error=error.strerror or str(error),
                )
            ) from error
        return int(runner.addresses[0][1])

    async def _go_round(self) -> None:
        while True:
            due = self._schedule.pick_due(load_checks(), datetime.now(UTC))
            if due:
                began = datetime.now(UTC)
                await self._make_round([check.name for check in due])
                if not self._error:
                    self._schedule.note(due, began)
                notify("WATCHDOG=1")
            await asyncio.sleep(RETRY_SECONDS if self._error else 1.0)

    async def _make_round(self, names: list[str]) -> None:
        options = self._options
        what = RoundOptions(options.pattern, tuple(names), HealthFormat.HTML, None, False, options.language)
        try:
            report = await _run_aside(partial(ask, what, RoundProgress()))
        except (FellesdriftError, OSError) as error:
            self._error = str(error)
            print(make_safe(translate("no round: {error}", error=self._error)), file=sys.stderr, flush=True)
            return
        except Exception as error:  # a bug: the next round may go well, and whoever looks must be told
            logger.exception("a round of checks failed")
            self._error = translate("the tool itself failed: {error}", error=describe_error(error))
            print(make_safe(self._error), file=sys.stderr, flush=True)
            return
        self._error, self._rounds = "", self._rounds + 1
        record = self._standing.add_round(report.region, report.record)
        self._report = replace(report, record=record)
        alerts = self._book.update(record.findings, datetime.now(UTC))
        failures = await _run_aside(partial(deliver_all, options.ways, alerts))
        if not failures:
            self._book.confirm(alerts)
        for words in failures:
            if words not in self._delivery_errors:
                print(make_safe(words), file=sys.stderr, flush=True)
        self._delivery_errors = failures

    async def _answer_page(self, request: web.Request) -> web.Response:
        report = self._report
        if report is None:
            text = f"{make_safe(self._tell_waiting())}\n"
            return web.Response(text=text, status=503, headers={"Refresh": "2"})
        page = make_page(report, self._find_warnings())
        return web.Response(text=page, content_type="text/html", headers={"Refresh": str(REFRESH_SECONDS)})

    async def _answer_metrics(self, request: web.Request) -> web.Response:
        own = make_service_metrics(
            rounds=self._rounds,
            ended=self._report.record.ended if self._report else None,
            has_failed=bool(self._error),
            undelivered=len(self._delivery_errors),
        )
        text = own + (make_text(HealthFormat.PROMETHEUS, self._report) if self._report else "")
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _answer_json(self, request: web.Request) -> web.Response:
        if self._report is None:
            return web.json_response({"error": self._tell_waiting()}, status=503)
        return web.Response(text=make_text(HealthFormat.JSON, self._report), content_type="application/json")

    async def _answer_alive(self, request: web.Request) -> web.Response:
        """200 as long as what stands is the present: for whoever watches this service."""
        warnings = self._find_warnings() if self._report else [self._tell_waiting()]
        return web.Response(text="\n".join(warnings or ["ok"]) + "\n", status=503 if warnings else 200)

    def _tell_waiting(self) -> str:
        """Why there is no round to show."""
        return self._error or translate("the first round has not ended yet")

    def _find_warnings(self) -> list[str]:
        """What whoever looks must know: that the picture is old, and why; that nobody hears of it."""
        warnings = []
        record = self._report.record if self._report else None
        if record and (self._error or is_stale(record, self._options.interval, datetime.now(UTC))):
            moment = f"{record.ended:%Y-%m-%d %H:%M:%S} UTC"
            warnings.append(translate("this is not the present: the last round ended {moment}", moment=moment))
        if self._error:
            warnings.append(self._error)
        return [*warnings, *self._delivery_errors]


async def _run_aside(work: Callable[[], Answer]) -> Answer:
    """What the work answers, done in a thread that nobody waits for when the service is stopped."""
    loop, answer = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def put(result: Answer | None, error: BaseException | None) -> None:
        if answer.cancelled():
            return
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            failure = error
        with suppress(RuntimeError):  # the loop is closed: the service was stopped meanwhile
            loop.call_soon_threadsafe(put, result, failure)

    Thread(target=run, daemon=True).start()
    return cast(Answer, await answer)


@web.middleware
async def _add_headers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(HEADERS)
        raise
    response.headers.update(HEADERS)
    return response


def notify(state: str) -> None:
    """Tell systemd how it is (``sd_notify``); nothing where nobody asked for it."""
    place = os.environ.get("NOTIFY_SOCKET")
    if not place:
        return
    address = f"\0{place[1:]}" if place.startswith("@") else place
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(state.encode(), address)
    except OSError as error:
        logger.warning("systemd could not be told %s: %s", state, error)


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of ``127.0.0.1:9810`` or ``[::1]:9810``.

    Raises:
        UsageError: it is neither.
    """
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65536):
        raise UsageError(
            translate("--listen: expected HOST:PORT, such as 127.0.0.1:9810, found {text}", text=repr(text))
        )
    return host.strip("[]"), int(port)


def serve(options: ServiceOptions) -> NoReturn:
    """Serve until SIGTERM or Ctrl-C, and leave: a round only reads, and nobody waits for its devices.

    Raises:
        FellesdriftError: the inventory is wrong, or the pattern names nothing; the address cannot be listened at.
    """
    choose_devices(load_region(), options.pattern)  # a slip is told at once, and not in each round

    async def work() -> int:
        service = HealthService(options)  # its event belongs to the loop that runs
        if options.is_once:
            return await service.run_once()
        await service.run()
        return CLEAN

    terminal.leave_at_once(asyncio.run(work()))
