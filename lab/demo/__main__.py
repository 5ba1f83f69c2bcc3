"""Move one municipality from its legacy to the standard in a lab of its own, and show what held."""

import argparse
import errno
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

from lab import CENTRE, ROOT
from lab.control import process
from lab.control.client import Client
from lab.demo.journey import Journey
from lab.demo.screen import Screen
from lab.demo.servers import Servers
from lab.region.facts import FactsError, LabError, read
from lab.servers.needs import require

PORT = 2422
EXAMPLES = """\
examples:
  scripts/demo                          Loppa, in about three minutes
  scripts/demo --municipality hasvik    any of the seven
  scripts/demo --keep                   leave the lab running, to look around
  scripts/demo --delay 20               each command takes 20 ms, as on real equipment
  scripts/demo --servers                real Debian servers, too (root): half an hour or more

With --servers the municipality's servers and the centre's run as real hosts, each stage takes them along, and people
in every place ask for names and the time, and read and write in the application that moves, all the time.

Everything it makes is under .lab/demo/ of the checkout: the report, a log of all commands, the journal.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="scripts/demo", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--municipality", default="loppa", metavar="NAME", help="who moves (default: loppa)")
    top.add_argument("--servers", action="store_true", help="its servers, too, as real hosts (root; see docs/lab.md)")
    top.add_argument("--keep", action="store_true", help="leave the lab running afterwards")
    top.add_argument("--delay", type=float, default=0.0, metavar="MS", help="each command takes so long (default: 0)")
    return top


def free_port() -> int:
    """A pair of ports that no other lab on this machine uses."""
    # Two demonstrations that start together must not choose the same: each begins to look somewhere else.
    first = 2 * (os.getpid() % 50)
    for offset in range(0, 100, 2):
        port = PORT + (first + offset) % 100
        with socket.socket() as ssh, socket.socket() as api:
            try:
                # Every address at once, and nothing is listened to: it only fails if somebody uses one of them.
                ssh.bind(("", port))
                api.bind(("", port + 1))
            except OSError:
                continue
            return port
    raise process.ProcessError(f"no free pair of ports from {PORT} on")


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _empty(where: Path) -> None:
    """Make the folder anew; one that no lab has written its log to is somebody's own, and stays as it is.

    Raises:
        OSError: it cannot be made, or is somebody's own.
    """
    if where.exists():
        if any(where.iterdir()) and not (where / "log").is_file():
            raise OSError(errno.ENOTEMPTY, "expected an empty folder, or a demonstration's", str(where))
        shutil.rmtree(where)
    where.mkdir(parents=True, mode=0o700)


def main() -> int:
    """Run the demonstration. Returns 0 only if everything held, 2 for a mistake in usage, 130 after Ctrl-C."""
    options = parser().parse_args()
    try:
        if options.servers:
            require("hosts")
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _stop)
    screen = Screen()
    where = Path(os.environ.get("FELLESDRIFT_DEMO_DIR") or ROOT / ".lab" / "demo")
    if process.holder(where) is not None:
        print(f"A demonstration's lab is running on {where} (perhaps from --keep); it is stopped first.")
        process.stop(where)
    try:
        _empty(where)
    except OSError as error:
        print(f"FELLESDRIFT_DEMO_DIR: {error.filename or where}: {error.strerror}", file=sys.stderr)
        return 2
    environment = {
        "FELLESDRIFT_LAB_DIR": str(where),
        "FELLESDRIFT_LAB_PORT": str(free_port()),
        "FELLESDRIFT_STATE": str(where / "state"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    os.environ.update(environment)
    good = False
    try:
        region = read()
        if options.municipality not in region.municipalities or options.municipality == CENTRE:
            known = ", ".join(name for name in region.municipalities if name != CENTRE)
            print(f"--municipality: found {options.municipality!r}, expected one of {known}", file=sys.stderr)
            return 2
        screen.begin("lab")
        moving = [options.municipality] if options.servers else []
        status = process.start(where, [], options.delay / 1000, screen.tell, servers=moving)
        count = f", {len(status['servers'])} real servers" if moving else " on loopback"
        screen.end(f"{len(region.switches)} switches{count}, port {environment['FELLESDRIFT_LAB_PORT']}")
        client = Client(where)
        servers = Servers(client, region, options.municipality, where) if moving else None
        good = Journey(screen, client, region, options.municipality, where, environment, servers).run()
    except KeyboardInterrupt:
        screen.line("\nInterrupted.")
        return 128 + signal.SIGINT
    except (FactsError, LabError, process.ProcessError) as error:
        screen.line(f"\n✗ {error}")
    finally:
        if options.keep and process.holder(where):
            exports = " ".join(f"{name}={environment[name]}" for name in environment if name != "PYTHONPATH")
            screen.line(f"\nThe lab runs on. To talk to it: export {exports}\nTo stop it: {exports} scripts/lab down")
        else:
            process.stop(where)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
