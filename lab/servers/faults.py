"""What can be wrong with a server on purpose, and how it is done to a host."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.region.facts import LabError
from lab.servers.host import DROP_IN, Host

USAGE = "halt | disk-full | clock [SECONDS] | service NAME | cut | clear"
UPLINK_USAGE = "cut | clear"
HELP = """\
Of a server that runs (`up --servers`); it stays until "clear", also when the server restarts:

  halt              its power is gone, at once; "clear" switches it on again
  disk-full         nothing more can be written to its disk
  clock [SECONDS]   its clock is so many seconds (an hour) ahead, or behind if negative, for whatever starts from now
                    on: logins, and services that are restarted; what runs already keeps its time
  service NAME      a unit of systemd has ended, and cannot be started
  cut               its cables are out, those of both networks; its console still works

  fault loppa-app-01 service ssh

A routed link of theirs has "cut" alone, until "clear"; another way is taken:

  fault loppa/alta-half cut
"""
UNIT = re.compile(r"[A-Za-z0-9:_.@-]{1,128}")
HOUR = 3600
# From the largest step to the smallest, until none fits: 4 KiB is one block.
FILL = """
full=$1
: >> "$full"
for size in 1G 64M 4M 256K 16K 4K; do
  while fallocate --offset "$(stat -c %s "$full")" --length $size "$full" 2>/dev/null; do :; done
done
"""
# $1 the offset. The monotonic clock stays as it is: timers go by that, and only the date is wrong.
SET_CLOCK = """
set -e
library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1)
printf '%s\\n' "$1" > /etc/faketimerc
systemctl set-environment DONT_FAKE_MONOTONIC=1
printf '%s\\n' "$library" > /etc/ld.so.preload
"""
RESET_CLOCK = """
rm -f /etc/ld.so.preload /etc/faketimerc
systemctl unset-environment DONT_FAKE_MONOTONIC
"""
# $1 the unit, $2 the drop-in's name. A failed assertion ends a start with an error, whatever kind of unit it is, and
# wherever its file lies; a mask would not go before a file in /etc.
STOP = """
set -e
systemctl cat "$1" > /dev/null
mkdir -p "/etc/systemd/system/$1.d"
printf '[Unit]\\nAssertPathExists=!/\\n' > "/etc/systemd/system/$1.d/$2"
systemctl daemon-reload
systemctl stop "$1"
"""
RELEASE = """
rm -f "/etc/systemd/system/$1.d/$2"
rmdir "/etc/systemd/system/$1.d" 2>/dev/null
systemctl daemon-reload
systemctl reset-failed "$1" 2>/dev/null
test "$3" = no || systemctl start "$1"
"""


@dataclass
class Faults:
    """The faults of one server. ``services``: those that are stopped, and whether they ran before."""

    halt: bool = False
    disk_full: bool = False
    cut: bool = False
    clock: int = 0
    services: dict[str, bool] = field(default_factory=dict)

    def words(self) -> list[str]:
        """The faults that are set, as they are typed."""
        words = [name for name in ("halt", "disk-full", "cut") if getattr(self, name.replace("-", "_"))]
        words += [f"clock {self.clock}"] if self.clock else []
        return words + [f"service {name}" for name in self.services]


def read_words(words: list[str]) -> tuple[str, str]:
    """A fault and its argument, which is empty where there is none.

    Raises:
        LabError: it is not one of USAGE.
    """
    match words:
        case [("halt" | "disk-full" | "cut" | "clear") as name]:
            return name, ""
        case ["clock"]:
            return "clock", str(HOUR)
        case ["clock", seconds] if re.fullmatch(r"[+-]?[0-9]{1,9}", seconds) and int(seconds):
            return "clock", str(int(seconds))
        case ["service", name] if UNIT.fullmatch(name):
            return "service", name if "." in name else f"{name}.service"
        case _:
            raise LabError(f"fault: found {' '.join(words)!r}, expected of a server {USAGE}")


def set_fault(host: Host, faults: Faults, words: list[str], set_cable: Callable[[bool], None]) -> None:
    """Set a fault beside those that are there.

    Args:
        host: the server.
        faults: its own, which are changed.
        words: as they are typed; not ``clear``.
        set_cable: plugs its cables in, or out.

    Raises:
        LabError: there is no such fault, or it cannot be done to this host.
    """
    name, argument = read_words(words)
    match name:
        case "halt":
            host.cut_power()
            set_cable(False)  # the machine's own kernel would answer for it
            faults.halt = True
        case "cut":
            set_cable(False)
            faults.cut = True
        case "disk-full":
            _check(host, host.beside("sh", "-c", FILL, "sh", str(host.folder / "mounted" / "full")))
            faults.disk_full = True
        case "clock":
            _check(host, host.inside("sh", "-c", SET_CLOCK, "sh", f"{int(argument):+d}"))
            faults.clock = int(argument)
        case "service":
            ran = host.inside("systemctl", "is-active", argument).stdout.strip() in ("active", "activating")
            _check(host, host.inside("sh", "-c", STOP, "sh", argument, DROP_IN))
            faults.services.setdefault(argument, ran)


def clear_faults(host: Host, faults: Faults, set_cable: Callable[[bool], None]) -> None:
    """Take all faults back, and switch the host on if it is off.

    Args:
        host: the server.
        faults: its own, which are empty afterwards.
        set_cable: plugs its cables in, or out.

    Raises:
        LabError: something could not be taken back; what is left is still among the faults.
    """
    if faults.cut:
        set_cable(True)
        faults.cut = False
    if not host.runs:
        host.start()  # which leaves nothing of faults on the disk
        faults.__init__()  # type: ignore[misc]
        return
    if faults.disk_full:  # first: the others write
        _check(host, host.beside("rm", "-f", str(host.folder / "mounted" / "full")))
        faults.disk_full = False
    if faults.clock:
        _check(host, host.inside("sh", "-c", RESET_CLOCK))
        faults.clock = 0
    for name, ran in list(faults.services.items()):
        _check(host, host.inside("sh", "-c", RELEASE, "sh", name, DROP_IN, "yes" if ran else "no"))
        del faults.services[name]


def _check(host: Host, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise LabError(f"{host.name}: {' '.join((done.stderr or done.stdout).split())[:400]}")
