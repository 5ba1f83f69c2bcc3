"""Checks of a server by itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from nornir_tasks.core.language import mark, translate, translate_count
from nornir_tasks.core.verdict import Mismatch, Verdict
from nornir_tasks.health.check import RUNBOOKS, NotTold, Skipped
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.server_check import NOT_CONFIGURED, NOT_OURS, ServerCheck, ServerObservation
from nornir_tasks.health.server_facts import DISKS, LOAD, TRACKING, UNITS, Disk, SickUnit, UnitTrouble, foresee_full
from nornir_tasks.health.wording import DAY, describe_span
from nornir_tasks.platforms.common.login_fault import LoginFault

SLOW_SECONDS = 10.0  # of a login and all reading: on a server with nothing to do it is one
LEAST_PERCENT = 5  # of room, inodes or memory
FORESEEN_DAYS = 14
LOAD_FACTOR = 2  # who waits for a processor, for each that there is, over a quarter of an hour
CLOCK_SECONDS = 1.0  # Kerberos refuses at 300; logs cannot be put in order from 1 on
OLD_TRACKING = 10  # updates that did not come: chrony itself goes on being sure for hours

# What to do first, by what keeps us out.
ENTRY_ADVICE = {
    LoginFault.NO_ANSWER: mark(
        "See whether others of its hypervisor or behind its switch are silent, too: then begin there. If it alone is, "
        "look at its console, and start it."
    ),
    LoginFault.CLOSED: mark(
        "It is there, and its SSH does not run: open its console, and start ssh.service. What runs there may be well."
    ),
    LoginFault.HANGS: mark(
        "It takes connections and says nothing: its disk is full or dead, or its memory is used up. Open its console; "
        "restart it only after asking whose application runs there."
    ),
    LoginFault.BROKEN: mark(
        "It broke off in the middle of the login: try once more. If it stays so, open its console and see the journal "
        "of ssh.service."
    ),
    LoginFault.WRONG_PASSWORD: mark(
        "It is there and works. Our key is refused: see who changed what last (scripts/change.py list), and that this "
        "machine has the key that the inventory names."
    ),
    LoginFault.OTHER_KEY: mark(
        "It shows another key than the known one: it was installed anew, or something else answers at its address. Ask "
        "who was at it; only if you know, scripts/trust.py."
    ),
    LoginFault.UNKNOWN_KEY: mark(
        "Nobody has noted its key on this machine yet: scripts/trust.py. Nothing is wrong with it."
    ),
    LoginFault.OTHER: mark("Read the message: it is not the usual silence. Try again once, then open its console."),
}
UNIT_WORDS = {
    UnitTrouble.FAILED: mark("failed"),
    UnitTrouble.RESTARTING: mark("started again and again"),
    UnitTrouble.STOPPED: mark("stopped"),
}
STOPPED_ADVICE = mark(
    "It is started with the server, and somebody has stopped it: ask who and why (journalctl -u of it, and of sudo), "
    "then start it."
)
UNIT_ADVICE = {
    "oom-kill": mark("Its memory was used up: see what grew (systemctl status, journalctl -k), then start it again."),
    "start-limit-hit": mark("It ends as soon as it is started: its journal's last lines say why; then start it again."),
    "timeout": mark("It did not come up or end in time: see whether what it waits for (a disk, a database) is there."),
    "watchdog": mark("It hung: start it again, and tell whoever made the program."),
}


class Host(ServerCheck):
    """The server answers, and in good time."""

    name = "host"
    category = "server"
    description = mark("the server answers and lets the operations centre in")
    advice = ENTRY_ADVICE[LoginFault.NO_ANSWER]
    facts = ()
    urgency = Urgency.UNSEEN

    def run(self, observation: ServerObservation) -> list[Verdict]:
        """The verdict; of a server that is not ours it says so."""
        verdicts = super().run(observation)
        if not observation.not_ours:
            return verdicts
        words = translate(NOT_OURS, reason=observation.not_ours)
        return [replace(verdict, actual=words) if verdict.passed else verdict for verdict in verdicts]

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """What keeps us out, or that it is slow."""
        if observation.not_ours:
            return self._find_silence(observation)
        if observation.login_error:
            advice = translate(ENTRY_ADVICE[observation.login_fault or LoginFault.OTHER])
            return [Mismatch(translate("an answer"), observation.login_error, advice)]
        clocks = observation.clocks
        if clocks and clocks.answered - clocks.asked > SLOW_SECONDS:
            seconds = f"{clocks.answered - clocks.asked:.0f}"
            advice = translate("See its load, its memory and its disk; then the line to it.")
            expected = translate("an answer within {seconds} s", seconds=f"{SLOW_SECONDS:.0f}")
            return [Mismatch(expected, translate("{seconds} s", seconds=seconds), advice)]
        return []

    def _find_silence(self, observation: ServerObservation) -> list[Mismatch]:
        """Whether a server that nobody logs in to answers at any of its ports."""
        if not observation.answers:
            raise NotTold(translate("nobody who answers is let to ask it ({reason})", reason=observation.not_ours))
        if any(answer.is_there for answer in observation.answers):
            return []
        ports = ", ".join(dict.fromkeys(f"tcp/{answer.port}" for answer in observation.answers))
        askers = ", ".join(dict.fromkeys(answer.asker for answer in observation.answers))
        return [
            Mismatch(
                translate("an answer at one of {ports}", ports=ports),
                translate("none, asked from {askers} ({reason})", askers=askers, reason=observation.not_ours),
            )
        ]


class DiskRoom(ServerCheck):
    """There is room on every disk."""

    name = "disk"
    category = "server"
    description = mark("there is room on every disk, and it can be written to")
    advice = mark("See what grew (df -h, then du -xh --max-depth=2 … | sort -h), and ask before anything goes.")
    facts = (DISKS,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """Disks that are full, or cannot be written to."""
        return [mismatch for disk in _list_disks(observation) for mismatch in _judge_disk(disk)]


class DiskTrend(ServerCheck):
    """There will be room."""

    name = "disk-trend"
    category = "server"
    description = mark("no disk will be full within a fortnight, if it goes on as it did since the last look")
    advice = DiskRoom.advice
    facts = (DISKS,)
    runbook = RUNBOOKS / "disk.md"

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """Disks that soon will be full; those that are now are the other check's."""
        disks = _list_disks(observation)
        if observation.earlier is None:
            raise Skipped(translate("it was not looked at before"))
        return [mismatch for disk in disks if (mismatch := _judge_trend(observation, disk))]


def _list_disks(observation: ServerObservation) -> tuple[Disk, ...]:
    disks = observation.value(DISKS)
    if not disks:
        raise Skipped(translate("it tells of no disk of its own"))
    return disks


def _judge_disk(disk: Disk) -> Iterator[Mismatch]:
    if disk.is_read_only:
        advice = translate(
            "Linux stops writing to a disk that gives errors: see journalctl -k. Save what can be read, then have it "
            "replaced."
        )
        yield Mismatch(translate("{place} to be written to", place=disk.place), translate("read only"), advice)
    room = measure_percent(disk.free_bytes, disk.bytes)
    inodes = measure_percent(disk.free_inodes, disk.inodes) if disk.inodes else 100.0
    expected = translate("{percent} % of {place} free", percent=LEAST_PERCENT, place=disk.place)
    if room < LEAST_PERCENT:
        yield Mismatch(
            expected, translate("{size} ({percent} %)", size=describe_size(disk.free_bytes), percent=f"{room:.1f}")
        )
    if inodes < LEAST_PERCENT:
        advice = translate(
            "Many small files: find their folder with du --inodes -x --max-depth=3 {place}.", place=disk.place
        )
        expected = translate("{percent} % of the inodes of {place} free", percent=LEAST_PERCENT, place=disk.place)
        yield Mismatch(expected, translate("{percent} %", percent=f"{inodes:.1f}"), advice)


def _judge_trend(observation: ServerObservation, disk: Disk) -> Mismatch | None:
    seconds = foresee_disk(observation, disk)
    is_full = measure_percent(disk.free_bytes, disk.bytes) < LEAST_PERCENT
    if seconds is None or is_full or seconds >= FORESEEN_DAYS * DAY:
        return None
    expected = translate("{place} not full within {days} days", place=disk.place, days=FORESEEN_DAYS)
    return Mismatch(expected, translate("full {when}, if it goes on so", when=describe_when(seconds)))


def foresee_disk(observation: ServerObservation, disk: Disk) -> float | None:
    """In how many seconds a disk is full, by what was read of it before; None: it does not fill, or nobody knows."""
    earlier, clocks = observation.earlier, observation.clocks
    before = earlier.disks.get(disk.place) if earlier else None
    if before is None or earlier is None or clocks is None:
        return None
    return foresee_full(before, disk, clocks.told - earlier.at)


class LoadRoom(ServerCheck):
    """There is processor and memory left."""

    name = "load"
    category = "server"
    description = mark("processors and memory have something left")
    advice = mark("See who uses it (top, then systemctl status of the unit); ask before anything is stopped.")
    facts = (LOAD,)

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """More to do than can be done, for a quarter of an hour; memory that is used up."""
        load, mismatches = observation.value(LOAD), []
        most, lasting = LOAD_FACTOR * load.processors, min(load.averages[1:])
        if lasting > most:
            processors = translate_count("{count} processor", "{count} processors", load.processors)
            expected = translate("a load of at most {most} for {processors}", most=most, processors=processors)
            mismatches.append(Mismatch(expected, f"{lasting:.1f}"))
        percent = measure_percent(load.available_kb, load.memory_kb)
        if percent < LEAST_PERCENT:
            expected = translate("{percent} % of the memory free", percent=LEAST_PERCENT)
            size = describe_size(load.available_kb * 1024)
            mismatches.append(
                Mismatch(expected, translate("{size} ({percent} %)", size=size, percent=f"{percent:.1f}"))
            )
        return mismatches


class Units(ServerCheck):
    """No unit has failed."""

    name = "unit"
    category = "server"
    description = mark("no unit of systemd has failed, was stopped, or is started again and again")
    advice = mark("See systemctl status and journalctl -u of it: the last lines say why. Then start it again.")
    facts = (UNITS,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """The units that are not well."""
        return [_judge_unit(unit) for unit in observation.value(UNITS)]


def _judge_unit(unit: SickUnit) -> Mismatch:
    what = translate(UNIT_WORDS[unit.state])
    since = translate("since {when}", when=describe_moment(unit.since)) if unit.since else ""
    why = f"({unit.result})" if unit.result not in ("", "success") else ""
    advice = UNIT_ADVICE.get(unit.result, STOPPED_ADVICE if unit.state is UnitTrouble.STOPPED else "")
    words = " ".join(filter(None, (what, "" if unit.state is UnitTrouble.RESTARTING else since, why)))
    return Mismatch(translate("{unit} well", unit=unit.name), words, translate(advice) if advice else "")


class Clock(ServerCheck):
    """The clock is in step."""

    name = "clock"
    category = "server"
    description = mark("the clock is in step with the centre's")
    advice = mark("See chronyc sources and chronyc tracking; whether udp/123 to both time servers is open.")
    facts = (TRACKING,)

    def run(self, observation: ServerObservation) -> list[Verdict]:
        """The verdict; none on a server that has its time from elsewhere yet."""
        if not observation.is_configured and not observation.login_error:
            return [self.skip(observation.name, translate(NOT_CONFIGURED))]
        return super().run(observation)

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """Whom it does not follow, by how much it is off, and how far it is from ours."""
        tracking, view, clocks = observation.value(TRACKING), observation.view, observation.clocks
        mismatches, sources = [], {str(address) for address in view.standard.time_servers}
        gives_time = "time" in view.services
        if not tracking.is_synchronised:
            mismatches.append(Mismatch(translate("a time server that it follows"), translate("none")))
        elif not gives_time and tracking.source not in sources:
            source = translate("itself") if tracking.is_own_clock else tracking.source
            mismatches.append(Mismatch(translate("a time server of the centre that it follows"), source))
        elif clocks and not tracking.is_own_clock:
            age = clocks.told - tracking.reference_time
            if age > OLD_TRACKING * max(tracking.update_seconds, 64.0):
                source = tracking.source
                expected = translate("{source} to tell it the time", source=source)
                mismatches.append(Mismatch(expected, translate("nothing for {span}", span=describe_span(int(age)))))
        if tracking.is_synchronised and abs(tracking.offset_seconds) > CLOCK_SECONDS:
            expected = translate("less than {seconds} s off", seconds=f"{CLOCK_SECONDS:.0f}")
            mismatches.append(Mismatch(expected, translate("{seconds} s", seconds=f"{tracking.offset_seconds:.1f}")))
        if clocks and abs(clocks.difference) > CLOCK_SECONDS:
            advice = translate(
                "Several servers with the same: it is this machine's clock. One alone: chronyc makestep there, after "
                "asking whose application runs on it."
            )
            actual = translate("{seconds} s from it", seconds=f"{clocks.difference:+.0f}")
            mismatches.append(Mismatch(translate("the time of this machine"), actual, advice))
        return mismatches


# --- words


def measure_percent(part: float, whole: float) -> float:
    """How much of the whole it is."""
    return 100 * part / whole if whole else 0.0


def describe_size(count: float) -> str:
    """Bytes, for people: ``1.5 TB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def describe_when(seconds: float) -> str:
    """``in 9 days``."""
    return translate("in {span}", span=describe_span(int(seconds)))


def describe_moment(moment: datetime) -> str:
    """Day and time, of this machine."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
