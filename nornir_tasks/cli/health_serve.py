"""``scripts/health_check.py serve``: its words; what it does is ``health_server``."""

from datetime import timedelta
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import LanguageOption, Pattern
from nornir_tasks.core.language import find_language, speak
from nornir_tasks.health.service.delivery import Alertmanagers, Delivery, Mail

SERVE_HELP = """The checks as a service: each on its interval, until SIGTERM or Ctrl-C.

\b
  /             the board: one page, which asks for itself again
  /metrics      for Prometheus
  /health.json  for programs
  /-/healthy    200 while what stands is the present, else 503

It reads, and writes nothing. It asks nobody who they are: let it listen at
an address of this machine, behind the reverse proxy's login. Findings that
people feel, or that took away a second way, are told as alerts; what may
wait for the morning stands on the board alone.

\b
  scripts/health_check.py serve --alertmanager http://127.0.0.1:9093
  scripts/health_check.py serve --mail vakt@drift.example

docs/fellesdrift-health.service is its unit for systemd.

Exit codes: 0 it was stopped, 2 usage: it cannot listen there. With --once:
0 healthy, 1 something is wrong, could not be checked, or nobody took its alert."""


def serve(
    pattern: Pattern = "all",
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="port 0: one that is free")
    ] = "127.0.0.1:9810",
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=5, help="between two rounds")] = 60,
    alertmanager: Annotated[
        list[str] | None, typer.Option("--alertmanager", metavar="URL", help="tell alerts there; may repeat")
    ] = None,
    mail: Annotated[
        list[str] | None, typer.Option("--mail", metavar="ADDRESS", help="tell alerts by mail, too; may repeat")
    ] = None,
    mail_server: Annotated[str, typer.Option("--mail-server", metavar="HOST", help="or HOST:PORT")] = "127.0.0.1",
    mail_from: Annotated[
        str | None, typer.Option("--mail-from", metavar="ADDRESS", help="default: the first of --mail")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="one round, its alerts, and no page: for cron")] = False,
    lang: LanguageOption = None,
) -> None:
    """Serve until somebody stops it.

    Args:
        pattern: the switches, as ``choose_devices`` reads it.
        listen: where it answers.
        every: seconds between two rounds.
        alertmanager: URLs that alerts are told to.
        mail: whom alerts are mailed to.
        mail_server: that takes the mail.
        mail_from: whom the mail comes from.
        once: whether it ends after a round.
        lang: of the page and the alerts; default: the locale's.
    """
    # aiohttp takes a third of a second to import: whoever only checks does not pay for it.
    from nornir_tasks.cli.health_server import ServiceOptions, parse_address
    from nornir_tasks.cli.health_server import serve as serve_rounds

    language = lang.value if lang else find_language()

    def work() -> int:
        host, port = parse_address(listen)
        ways: list[Delivery] = [Alertmanagers(alertmanager)] if alertmanager else []
        if mail:
            ways.append(Mail(mail_server, mail_from or mail[0], mail))
        with speak(language):
            serve_rounds(ServiceOptions(pattern, host, port, timedelta(seconds=every), tuple(ways), language, once))

    terminal.run_guarded(work)
