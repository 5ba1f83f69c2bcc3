"""The lab's command line: ``python -m lab`` (or ``scripts/lab``)."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from lab.control import process
from lab.control.client import Client, LabDown, LabRefused
from lab.device.faults import HELP
from lab.region.facts import FactsError, LabError
from lab.servers.build import enter_command
from lab.servers.faults import HELP as SERVER_HELP
from lab.servers.image import build
from lab.servers.names import Own
from lab.servers.needs import is_root
from lab.servers.stages import ANY, WORDS
from lab.state.password import directory

EPILOG = """\
The lab's state is in .lab/ of the checkout, or in FELLESDRIFT_LAB_DIR. Every switch answers on its own
127.x address, on port 2222 (SSH) and 2223 (EOS's HTTPS API), or on FELLESDRIFT_LAB_PORT and the next.
Passwords: lab/password MUNICIPALITY ACCOUNT (accounts: the municipality's legacy one, and drift).
Whom the tools know and who may approve is beside that state: known_hosts, certificates/, approvers/ (keys of kari, ola
and siv, without passphrase; siv may approve the pilot only).
"""

SERVERS = """\
Real servers (root; see docs/lab.md): `up --servers loppa` starts Debian hosts beside the switches, for the servers of
these municipalities and of both halves of the centre. Ansible reaches them as soon as they run:
  scripts/lab up --only loppa --servers loppa
  ansible loppa-app-01 -m ping
  scripts/lab run loppa-radhus/administration nc -zv 10.17.92.30 443
"""
IMAGE = """\
What it holds is one list, lab/servers/layers.toml: a Debian, what every server gets, and what some do. A changed list
is another image, built at first use; the old one stays until it is deleted. They lie in /var/cache/fellesdrift/servers,
or FELLESDRIFT_LAB_IMAGES, for all checkouts of a machine: about 1.2 GB, four minutes. Packages come from
where apt on this machine gets its own; no run asks for any. A build that is killed is begun anew.
"""
STAGE = f"""\
Of real servers alone (`up --servers`): {", ".join(WORDS[:4])},
{", ".join(WORDS[4:])}, or {ANY}, as at first: old and new networks side by side.
Before harmonise there are the old networks alone (and from connect that of the equipment), from retire those of the
standard alone; people move to theirs with the pilot or the cutover. The lab never looks what the tools have done.
"""
REACH = """\
  scripts/lab reach loppa-radhus-pc-001                           its gateway, its address, its group
  scripts/lab reach loppa-radhus-pc-001 case_archive              an application, a common service, a destination
  scripts/lab reach loppa-radhus-pc-001 10.10.1.20 tcp/22         a port of an address, or of a host by its name
  scripts/lab reach 10.17.0.11                                    whether the centre's leaves reach it
Applications of another municipality: hammerfest/child_welfare. Stations may be called by their MAC address.
"""


def parser() -> argparse.ArgumentParser:
    """The command line, one entry a command."""
    top = argparse.ArgumentParser(
        prog="lab",
        description="The region's switches on this machine, and nothing else.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str, more: str = "") -> argparse.ArgumentParser:
        kind = argparse.RawDescriptionHelpFormatter
        return commands.add_parser(name, help=text, description=text, epilog=more, formatter_class=kind)

    def formatted(made: argparse.ArgumentParser) -> None:
        made.add_argument("--format", choices=("table", "json"), default="table", help="default: table")

    up = command("up", "Start the lab; state that is there is kept.", SERVERS)
    delay, clock = (os.environ.get(f"FELLESDRIFT_LAB_{name}") or "" for name in ("DELAY", "CLOCK"))
    up.add_argument("--delay", type=float, default=delay or "0", metavar="MS", help="each command takes so long")
    text = "the switches' timers and boots run so many times as fast; what they print stays in their own minutes"
    up.add_argument("--clock", type=_factor, default=clock or "1", metavar="FACTOR", help=text)
    up.add_argument("--only", nargs="+", default=[], metavar="MUNICIPALITY", help="these and the operations centre")
    text = "their servers as real hosts, too, and the centre's (root)"
    up.add_argument("--servers", nargs="+", action="extend", default=[], metavar="MUNICIPALITY", help=text)
    up.add_argument("--foreground", action="store_true", help="stay here until Ctrl-C")
    command("image", "Build what real servers are made of, if it is not there.", IMAGE)
    formatted(command("status", "Show switches and servers: up, timers that run, faults, sessions."))
    command("down", "Stop the lab; its state is kept.")
    text = "Put municipalities (all, if none is named) back to their legacy configuration, servers to their first day."
    reset = command("reset", text)
    reset.add_argument("municipalities", nargs="*", metavar="MUNICIPALITY|SERVER")
    text = "Say how far a municipality has come: its servers' routers, and where people sit, follow."
    stage = command("stage", text, STAGE)
    stage.add_argument("municipality", metavar="MUNICIPALITY")
    stage.add_argument("stage", choices=(*WORDS, ANY), metavar="STAGE")
    text = "Set a fault on a switch, a server or a routed link, clear them, or list all: fault list."
    fault = command("fault", text, f"{HELP}\n{SERVER_HELP}")
    fault.add_argument("switch", metavar="NAME")
    fault.add_argument("words", nargs=argparse.REMAINDER, metavar="FAULT")
    reach = command("reach", "Say what a station reaches, and where it ends on which line if it does not.", REACH)
    reach.add_argument("what", nargs="+", metavar="WHAT")
    record = command("record", "Show how long stations were without their gateway and their applications.")
    record.add_argument("municipalities", nargs="*", metavar="MUNICIPALITY")
    record.add_argument("--reset", action="store_true", help="begin anew")
    formatted(record)
    lease = command("lease", "Let a municipality's own DHCP server lend addresses for so long from now on.")
    lease.add_argument("municipality", metavar="MUNICIPALITY")
    lease.add_argument("seconds", type=float, metavar="SECONDS")
    run = command("run", "Run a command of this machine on the network of a server or of people (root).", SERVERS)
    run.add_argument("place", metavar="PLACE", help="a server, or SITE/ZONE")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    visit = command("visit", "Go to stations with a typed-in address, and let them ask for one.")
    visit.add_argument("stations", nargs="+", metavar="STATION")
    keep = command("keep", "Type into stations the addresses that they were lent: they follow no port from then on.")
    keep.add_argument("stations", nargs="+", metavar="STATION")
    skip = command("skip", "Let time pass at once for stations and people; the switches' timers go on as before.")
    skip.add_argument("seconds", type=float, metavar="SECONDS")
    for kind in ("running", "startup"):
        command(kind, f"Print a switch's {kind} configuration.").add_argument("switch", metavar="SWITCH")
    command("digests", "Print the SHA-256 of every running configuration, as JSON.")
    edit = command("edit", "Type configuration lines at a switch, as its own administrator would.")
    edit.add_argument("switch", metavar="SWITCH")
    edit.add_argument("lines", nargs="+", metavar="LINE")
    edit.add_argument("--save", action="store_true", help="write memory afterwards")
    trust = command("trust", "Write the switches' host keys as a file of known hosts, their certificates beside it.")
    trust.add_argument("file", type=Path, metavar="FILE", nargs="?", help="default: the lab's own, as with `up`")
    return top


def _factor(text: str) -> float:
    factor = float(text)
    if not factor >= 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected 1 or more: a slow clock would be kind")
    return factor


def _up(options: argparse.Namespace) -> int:
    where = directory()
    if options.foreground:
        process.serve(where, options.only, options.delay / 1000, _say, options.clock, options.servers)
        return 0
    if process.holder(where) is not None:
        running = {row["municipality"] for row in Client(where).status()["servers"]}
        if lacking := [name for name in options.servers if name not in running]:
            raise LabError(
                f"the lab is already running ({where}), without servers of {', '.join(lacking)}: `down` first"
            )
        print(f"The lab is already running ({where}).")
        return 0
    print("Starting the lab: reading the inventory …", flush=True)
    status = process.start(where, options.only, options.delay / 1000, _say, options.clock, options.servers)
    print(process.summary(status))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _down(options: argparse.Namespace) -> int:
    print("The lab is down; its state is kept." if process.stop(directory()) else "No lab is running.")
    return 0


def _status(client: Client, options: argparse.Namespace) -> None:
    status = client.status()
    if options.format == "json":
        print(json.dumps(status, indent=2))
        return
    rows: list[tuple[str, ...]] = [("SWITCH", "PLATFORM", "ADDRESS", "STATE", "SESSIONS", "PENDING", "FAULTS")]
    for row in status["switches"]:
        state = "restarting" if not row["up"] else "up" if row["reachable"] else "unreachable"
        pending = ", ".join(f"{timer['what']} in {timer['seconds']:.0f} s" for timer in row["timers"])
        rows.append(
            (
                row["name"],
                row["platform"],
                f"{row['host']}:{row['ssh_port']}",
                state,
                str(len(row["sessions"]) or ""),
                pending,
                ", ".join(row["faults"]),
            )
        )
    _table(rows)
    if status["servers"]:
        print()
        rows = [("SERVER", "SYSTEM", "BEHIND", "ADDRESSES", "STATE", "FAULTS")]
        for row in status["servers"]:
            columns = (row["name"], row["system"], row["router"], ", ".join(row["addresses"]), row["state"])
            rows.append((*columns, ", ".join(row["faults"])))
        _table(rows)
        print(f"\nPeople to ask from (scripts/lab run PLACE …): {', '.join(status['users'])}")
    print(process.summary(status))


def _run(options: argparse.Namespace) -> int:
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    status = Client().status()
    known = [*(row["name"] for row in status["servers"]), *status["users"]]
    if options.place not in known:
        raise LabError(f"run: found {options.place!r}, expected one of {', '.join(known) or 'none: no server runs'}")
    if not words:
        raise LabError("run: found no command, expected one, as in: run loppa-radhus/administration ip address")
    if not is_root():
        raise LabError("run: another network is entered by root alone")
    command = enter_command(Own(directory()), options.place, words)
    sys.stdout.flush()
    os.execvp(command[0], command)


def _image(options: argparse.Namespace) -> int:
    layers = build(_say)
    print(f"The image is there: {layers[0].parent}")
    return 0


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _fault(client: Client, options: argparse.Namespace) -> None:
    if options.switch == "list":
        for name, words in client.ask("faults").items():
            print(f"{name}: {', '.join(words)}")
        return
    words = client.fault(options.switch, *options.words)
    print(f"{options.switch}: {', '.join(words) or 'no fault'}")


def _record(client: Client, options: argparse.Namespace) -> None:
    report: dict[str, Any] = client.record(*options.municipalities, reset=options.reset)
    if options.format == "json":
        print(json.dumps(report, indent=2))
        return
    rows: list[tuple[str, ...]] = [("MUNICIPALITY", "STATIONS", "AFFECTED", "WITHOUT NOW", "LONGEST", "TOTAL", "WORST")]
    for name, outages in report["municipalities"].items():
        if "stations" not in outages:
            continue
        worst = outages["worst"][0]["station"] if outages["worst"] else ""
        counts = (str(outages["stations"]), str(outages["affected"]), str(outages["without_now"]))
        rows.append((name, *counts, f"{outages['longest']:.3f} s", f"{outages['total']:.1f} s", worst))
    _table(rows)
    print(f"Recorded for {report['seconds']:.0f} s.")
    missed = [
        (municipality, application, row)
        for municipality, outages in report["municipalities"].items()
        for application, row in outages.get("applications", {}).items()
        if row["affected"]
    ]
    if not missed:
        return
    print("\nApplications that somebody was without:")
    rows = [("MUNICIPALITY", "APPLICATION", "USERS", "AFFECTED", "WITHOUT NOW", "LONGEST", "WORST")]
    for municipality, application, row in missed:
        worst = row["worst"][0]
        counts = (str(row["users"]), str(row["affected"]), str(row["without_now"]))
        who = f"{worst['station']} ({worst['group']}{', typed in' if worst['typed'] else ''})"
        rows.append((municipality, application, *counts, f"{row['longest']:.1f} s", who))
    _table(rows)
    for municipality, application, row in missed:
        print(f"{municipality} {application}: {row['worst'][0]['ended']}")


def _reach(client: Client, options: argparse.Namespace) -> None:
    for answer in client.ask("reach", what=options.what):
        if "to" not in answer:
            print(", ".join(f"{key} {value}" for key, value in answer.items()))
        elif answer["reached"]:
            print(f"{answer['station']} reaches {answer['to']}")
        else:
            print(f"{answer['station']} does not reach {answer['to']}: {answer['ended']}")


def _ask(options: argparse.Namespace) -> None:
    client = Client()
    match options.command:
        case "status":
            _status(client, options)
        case "reset":
            line = f"{client.reset(*options.municipalities)} switches are back to their legacy configuration"
            servers = [
                row
                for row in client.status()["servers"]
                if not options.municipalities or {row["name"], row["municipality"]} & {*options.municipalities}
            ]
            print(f"{line}{f', {len(servers)} servers to their first day' if servers else ''}.")
        case "stage":
            client.stage(options.municipality, options.stage)
            print(f"{options.municipality}: {options.stage}")
        case "fault":
            _fault(client, options)
        case "reach":
            _reach(client, options)
        case "record":
            _record(client, options)
        case "running" | "startup":
            print(client.ask(options.command, switch=options.switch), end="")
        case "digests":
            print(json.dumps(client.digests(), indent=2))
        case "edit":
            print(client.edit(options.switch, *options.lines, save=options.save))
        case "lease":
            client.lease(options.municipality, options.seconds)
        case "visit":
            visited = client.visit(*options.stations)
            print(f"Re-addressed: {', '.join(visited) or 'none, for none had a typed-in address'}")
        case "keep":
            keeping = client.keep(*options.stations)
            print(f"Typed in: {', '.join(keeping) or 'none, for none had a leased address'}")
        case "skip":
            client.skip(options.seconds)
        case "trust":
            client.trust(options.file)


ALONE = {"up": _up, "down": _down, "image": _image, "run": _run}


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Returns the exit code: 0, 1 if it could not be done, 2 for a slip in usage, 130 after Ctrl-C."""
    options = parser().parse_args(arguments)
    try:
        if options.command in ALONE:
            return ALONE[options.command](options)
        _ask(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the pipe has ended: `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except LabDown:
        print("No lab is running; `scripts/lab up` starts it.", file=sys.stderr)
        return 1
    except (process.ProcessError, LabRefused, LabError, FactsError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:  # a folder that cannot be made, a full disk
        print(f"{error.filename}: {error.strerror}" if error.filename else error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
