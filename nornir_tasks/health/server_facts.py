"""What is read of a server for its checks: the answer of one program that is sent over one session.

What a server says is hostile until it has been read: a part that is not as it should be is an error of that part.
"""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Generic

from cryptography import x509

from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.text import escape_invisible
from nornir_tasks.health import server_program
from nornir_tasks.health.facts import Reading, Value
from nornir_tasks.platforms.debian.session import ServerSession

# Runs the program that comes on standard input after its length; what follows it there is its own input.
LOADER = (
    "import sys; s = sys.stdin.buffer; "
    "exec(compile(s.read(int(s.readline())), 'fellesdrift-health', 'exec'), {'__name__': '__main__'})"
)
COMMAND = ("python3", "-ISB", "-c", LOADER)
ANSWER_SECONDS = server_program.SECONDS + 15  # with the login
ENABLED = ("enabled", "enabled-runtime")
LASTING = ("simple", "exec", "forking", "notify", "notify-reload", "dbus")  # types of services that run on
# An application's unit is enabled at both of its places and stopped at the one that does not serve; its condition was
# looked at when it was started last.
MOVING = "fellesdrift-app-"
SHORTEST_TREND_SECONDS = 600.0  # between two readings: a log that is rotated in between would be a trend
MOST_WORDS = 200  # characters of a text that a server sends
UNTOLD = mark("the server did not tell it")


@dataclass(frozen=True)
class Disk:
    """A file system. ``free_bytes``: what root's services may still write, without ext4's reserve."""

    place: str
    device: str
    bytes: int
    free_bytes: int
    inodes: int  # 0: it has no fixed number of them (btrfs, vfat)
    free_inodes: int
    is_read_only: bool


@dataclass(frozen=True)
class Load:
    """How much there is to do, and memory in kB. ``averages``: of 1, 5 and 15 minutes."""

    uptime_seconds: float
    processors: int
    averages: tuple[float, float, float]
    memory_kb: int
    available_kb: int


class UnitTrouble(StrEnum):
    """What is wrong with a unit."""

    FAILED = "failed"
    RESTARTING = "restarting"  # it ended with an error, and is started again and again
    STOPPED = "stopped"  # it is started with the machine, and does not run


@dataclass(frozen=True)
class SickUnit:
    """A unit that is not well. ``result``: systemd's word for how it ended: ``oom-kill``, ``success``."""

    name: str
    state: UnitTrouble
    result: str
    since: datetime | None


@dataclass(frozen=True)
class Tracking:
    """What chrony follows. ``offset_seconds``: of the clock from what it holds to be the time."""

    source: str
    stratum: int
    reference_time: float  # when it last heard of it, seconds since 1970 by the server's clock
    offset_seconds: float
    update_seconds: float
    is_synchronised: bool
    is_own_clock: bool  # it follows itself: chrony's "local"


@dataclass(frozen=True)
class Restarts:
    """What waits for a restart. ``units``: by service the programs that it runs and that were replaced on the disk."""

    is_required: bool
    packages: tuple[str, ...]
    units: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Certificate:
    """A certificate in a file. ``subject``: whom it is for."""

    file: str
    subject: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class BackupNotes:
    """What a server's backup has noted of itself, in seconds since 1970; None: never yet."""

    last_success: float | None
    has_failed: bool
    last_restore: float | None
    has_restore_failed: bool


@dataclass(frozen=True)
class Listener:
    """A socket that waits for connections, or datagrams. ``address``: None: at all of them."""

    protocol: str
    address: str | None
    port: int


@dataclass(frozen=True)
class Part(Generic[Value]):
    """A part of what a server tells: its name for people, its key in the answer, and how it is read."""

    name: str
    key: str
    parse: Callable[[Any], Value]


@dataclass(frozen=True)
class ServerAnswer:
    """What a server told: by its own clock when, and each part, or why it could not be had."""

    now: float
    readings: Mapping[Part, Reading]


def ask_server(session: ServerSession, places: Sequence[tuple[str, int]] = ()) -> ServerAnswer:
    """What a server tells of itself: one login, one round trip.

    Args:
        session: that has not logged in yet, or has.
        places: addresses and ports that it opens a connection to, to see who takes one.

    Raises:
        PlatformError: no answer, the login is refused, or what came is none.
    """
    program = read_file(Path(server_program.__file__)).decode()
    text = f"{len(program.encode())}\n{program}{json.dumps([list(place) for place in places])}"
    code, output, errors = session.run(COMMAND, text, ANSWER_SECONDS)
    try:
        return parse_answer(output)
    except ValueError:
        words = escape_invisible(" ".join((errors or output).split()))[-MOST_WORDS:] or translate("nothing")
        reason = translate(
            "{server}: expected an answer of the health program, actual (it ended with {code}): {words}",
            server=session.name,
            code=code,
            words=words,
        )
        raise PlatformError(reason) from None


def parse_answer(output: str) -> ServerAnswer:
    """What the program printed.

    Raises:
        ValueError: it is nothing of that kind.
    """
    try:
        answer = json.loads(output)
        now = float(answer["now"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"expected a server's answer, found something else: {type(error).__name__}") from None
    untold = {"error": translate(UNTOLD)}
    return ServerAnswer(now, {part: _read_part(part, answer.get(part.key, untold)) for part in PARTS})


def _read_part(part: Part, value: Any) -> Reading:
    if isinstance(value, dict) and "error" in value:
        return Reading(error=escape_invisible(" ".join(str(value["error"]).split()))[:MOST_WORDS])
    try:
        return Reading(part.parse(value))
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        words = f"{type(error).__name__}: {escape_invisible(str(error))[:MOST_WORDS]}"
        return Reading(error=translate("it is not as it should be ({error})", error=words))


# --- the parts


def parse_load(value: Any) -> Load:
    """Processors and memory."""
    one, five, fifteen = (float(number) for number in value["averages"])
    memory = value["memory"]
    return Load(
        uptime_seconds=float(value["uptime"]),
        processors=max(1, int(value["processors"] or 1)),
        averages=(one, five, fifteen),
        memory_kb=int(memory["MemTotal"]),
        available_kb=int(memory["MemAvailable"]),
    )


def parse_disks(value: Any) -> tuple[Disk, ...]:
    """The file systems."""
    return tuple(
        Disk(
            place=_clean(row["place"]),
            device=_clean(row["device"]),
            bytes=int(row["bytes"]),
            free_bytes=int(row["free_bytes"]),
            inodes=int(row["inodes"]),
            free_inodes=int(row["free_inodes"]),
            is_read_only=bool(row["read_only"]),
        )
        for row in value
        if int(row["bytes"]) > 0
    )


def parse_units(value: Any) -> tuple[SickUnit, ...]:
    """The units that are not well, of what ``systemctl show`` says of all.

    Raises:
        ValueError: it names no unit.
    """
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in _split(value)]
    if not any(words.get("Id") for words in blocks):
        raise ValueError(translate("expected the properties of units, found {text!r}", text=str(value)[:40]))
    return tuple(
        SickUnit(_clean(words["Id"]), state, _clean(words.get("Result", "")), _parse_stamp(words))
        for words in blocks
        if (state := _judge_unit(words))
    )


def _split(value: Any) -> list[str]:
    return str(value).strip().split("\n\n")


def _judge_unit(words: Mapping[str, str]) -> UnitTrouble | None:
    """What is wrong with a unit; None: nothing. One that is to run once, or whose condition does not hold, may end."""
    if words.get("ActiveState") == "failed":
        return UnitTrouble.FAILED
    if words.get("SubState", "").startswith("auto-restart") and words.get("Result") != "success":
        return UnitTrouble.RESTARTING
    is_wanted = words.get("UnitFileState") in ENABLED and words.get("ConditionResult") == "yes"
    is_wanted = is_wanted and not words.get("Id", "").startswith(MOVING)
    if is_wanted and words.get("Type") in LASTING and words.get("ActiveState") == "inactive":
        return UnitTrouble.STOPPED
    return None


def _parse_stamp(words: Mapping[str, str]) -> datetime | None:
    """systemd's ``@1796099319``."""
    text = words.get("StateChangeTimestamp", "")
    return datetime.fromtimestamp(int(text[1:]), UTC) if re.fullmatch(r"@\d{1,11}", text) else None


def parse_tracking(value: Any) -> Tracking:
    """The line of ``chronyc -c tracking``; of what is not synchronised the reference is 0.

    Raises:
        ValueError: it is another line, such as ``506 Cannot talk to daemon``.
    """
    fields = next(csv.reader([str(value).strip()]), [])
    if len(fields) != 14:
        raise ValueError(
            translate("expected the 14 fields of chronyc tracking, found {text!r}", text=str(value).strip())
        )
    return Tracking(
        source=_clean(fields[1] or fields[0]),
        stratum=int(fields[2]),
        reference_time=float(fields[3]),
        offset_seconds=float(fields[4]),
        update_seconds=float(fields[12]),
        is_synchronised=fields[13] != "Not synchronised" and int(fields[2]) > 0,
        is_own_clock=fields[0].upper() == "7F7F0101",  # 127.127.1.1
    )


def parse_restarts(value: Any) -> Restarts:
    """What waits for a restart."""
    units = {_clean(name): tuple(map(_clean, files)) for name, files in value["units"].items()}
    return Restarts(bool(value["required"]), tuple(map(_clean, value["packages"])), units)


def parse_certificates(value: Any) -> tuple[Certificate, ...]:
    """The certificates of each file, in their order there.

    Raises:
        ValueError: one cannot be read; its file is named.
    """
    return tuple(_parse_certificate(_clean(row["file"]), block) for row in value for block in row["blocks"])


def _parse_certificate(file: str, block: str) -> Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(block.encode())
        subject = certificate.subject.rfc4514_string()
    except (ValueError, x509.InvalidVersion):
        raise ValueError(f"{file}: " + translate("no certificate")) from None
    return Certificate(file, _clean(subject), certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def parse_backup(value: Any) -> BackupNotes | None:
    """What the backup has noted; None: it has not run here yet."""
    if value is None:
        return None
    success, restore = value.get("backup_last_success_seconds"), value.get("restore_last_success_seconds")
    return BackupNotes(
        last_success=None if success is None else float(success),
        has_failed=bool(value.get("backup_failed")),
        last_restore=None if restore is None else float(restore),
        has_restore_failed=bool(value.get("restore_failed")),
    )


def parse_sockets(value: Any) -> tuple[Listener, ...]:
    """The lines of ``ss -Hlntu``: protocol, state, two queues, the own address and port, the other's.

    Raises:
        ValueError: a line is none of these.
    """
    return tuple(dict.fromkeys(_parse_socket(line) for line in str(value).splitlines() if line.strip()))


def _parse_socket(line: str) -> Listener:
    words = line.split()
    if len(words) < 6 or words[0] not in ("tcp", "udp"):
        raise ValueError(translate("expected a line of ss, found {line!r}", line=line))
    place, _, port = words[4].rpartition(":")
    place = place.strip("[]").partition("%")[0].strip("[]")  # [::1], 127.0.0.53%lo
    if place in ("*", "0.0.0.0", "::"):
        return Listener(words[0], None, int(port))
    address = ip_address(place)
    mapped = getattr(address, "ipv4_mapped", None)
    return Listener(words[0], str(mapped or address), int(port))


def parse_answers(value: Any) -> tuple[str, ...]:
    """Of each place that was asked for, in their order: ``open``, ``refused`` or ``silent``.

    Raises:
        ValueError: it is another word.
    """
    words = tuple(str(word) for word in value)
    if other := next((word for word in words if word not in ("open", "refused", "silent")), None):
        raise ValueError(translate("expected open, refused or silent, found {word!r}", word=other))
    return words


def _clean(text: Any) -> str:
    return escape_invisible(" ".join(str(text).split()))[:MOST_WORDS]


LOAD = Part(mark("its load"), "load", parse_load)
DISKS = Part(mark("its disks"), "disks", parse_disks)
UNITS = Part(mark("its units"), "units", parse_units)
TRACKING = Part(mark("what its clock follows"), "tracking", parse_tracking)
RESTARTS = Part(mark("what waits for a restart"), "restarts", parse_restarts)
CERTIFICATES = Part(mark("its certificates"), "certificates", parse_certificates)
BACKUP = Part(mark("what its backup has noted"), "backup", parse_backup)
SOCKETS = Part(mark("where it listens"), "sockets", parse_sockets)
ANSWERS = Part(mark("who answers it"), "answers", parse_answers)
PARTS: tuple[Part, ...] = (LOAD, DISKS, UNITS, TRACKING, RESTARTS, CERTIFICATES, BACKUP, SOCKETS, ANSWERS)


def foresee_full(earlier: Disk, later: Disk, seconds: float) -> float | None:
    """In how many seconds a file system is full if it goes on so, by room or by inodes; None: it does not fill.

    Args:
        earlier: as it was.
        later: as it is now.
        seconds: between the two; below ``SHORTEST_TREND_SECONDS`` nothing is foreseen.

    Returns:
        0 where it is full. None, too, where it was made larger or smaller in between: the trend begins anew.
    """
    if (earlier.bytes, earlier.inodes) != (later.bytes, later.inodes) or seconds < SHORTEST_TREND_SECONDS:
        return None
    pairs = [(earlier.free_bytes, later.free_bytes)]
    pairs += [(earlier.free_inodes, later.free_inodes)] if later.inodes else []
    return min((now * seconds / (before - now) for before, now in pairs if before > now), default=None)
