"""What follows from the history: positions, the state of plans, the history of machines. Fed each event once, in order.

What is held of an entry is its number: who needs the entry itself reads it in the journal. So what is held stays small,
and what is saved of it (``projection_cache``) repeats nothing that the journal alone can tell.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from nornir_tasks.journal.entry import GOOD, OPEN, RUNS, Entry
from nornir_tasks.model import Position, Stage

# ``begun``: a process is at it, or died at it; ``stopped``: it can go on; ``discarded``: it is withdrawn.
Progress = Literal["", "begun", "stopped", "done", "taken back", "discarded"]


@dataclass(frozen=True)
class Before:
    """What a device was before a stage (a backup's reference), and the digest it had after.

    ``digest_after`` is empty where the last change of the device ended in a state that nobody knows.
    """

    stage: Stage
    backup: str
    digest_after: str
    plan: str = ""  # that wrote what the device has now
    moved_by: tuple[str, ...] = ()  # the plans that brought it to the stage


@dataclass
class DeviceSteps:
    """The entries of one device within one plan, by number; 0: there is none."""

    first: int = 0  # since the plan was last begun
    last: int = 0
    backup: int = 0  # the last that names a backup
    baseline: int = 0  # the last that holds what the device saw before the change
    bounced: int = 0  # the last after which links of its clients may have been down
    written: int = 0  # the last that wrote to the device, unless it went back since


@dataclass
class PlanHistory:
    """What became of one plan."""

    progress: Progress = ""
    begun: int = 0  # the entry with which it was last begun
    holder: list[Any] | None = None  # host, process and start of who began it, until it ends
    devices: dict[str, DeviceSteps] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)  # a device once for each time that it was changed
    approvals: list[int] = field(default_factory=list)  # the entries with a signature
    digest: str = ""  # of what was saved; the first counts
    emergency: bool = False  # it may go back outside window and freeze
    taken_back: int = 0  # the entry with which it was taken back

    def last_entries(self, *, this_run: bool = False) -> dict[str, int]:
        """The number of the last entry of each device, in the order in which they began.

        Args:
            this_run: only of those with an entry since the plan was last begun.
        """
        if not this_run:
            return {name: steps.last for name, steps in self.devices.items()}
        run = {name: steps for name, steps in self.devices.items() if steps.last > self.begun}
        return {name: run[name].last for name in sorted(run, key=lambda name: run[name].first)}


@dataclass
class MunicipalityHistory:
    """What was done for one municipality."""

    since: dict[Stage, datetime] = field(default_factory=dict)  # when first completed, if not undone since
    completed: dict[Stage, int] = field(default_factory=dict)  # the entry with which it was last completed
    backups: dict[str, datetime] = field(default_factory=dict)  # when the last of each device was taken
    surveyed: int = 0  # the entry of the last survey
    legacy_seen: datetime | None = None  # when a client was last heard on a legacy VLAN
    changes: dict[str, list[Before]] = field(default_factory=dict)  # of each device, the newest last
    sure: dict[str, list[Before]] = field(default_factory=dict)  # as known before a change that ended unclear
    plans: dict[str, Stage] = field(default_factory=dict)  # the stage that each plan was to bring it to
    last_run: int = 0  # the last entry of a plan that moves it, either way: begun, stopped or done


@dataclass
class Projections:
    """Everything that is derived from the entries up to number ``last``.

    ``digest`` is that of the last entry's row: by it a reader knows whether the journal still begins as it was read.
    """

    last: int = 0
    count: int = 0  # how many entries there were
    digest: str = ""
    stages: dict[str, Stage] = field(default_factory=dict)
    places: dict[str, Stage] = field(default_factory=dict)  # devices that stand apart from their municipality
    owners: dict[str, str] = field(default_factory=dict)  # the municipality that each of these was moved for
    municipalities: dict[str, MunicipalityHistory] = field(default_factory=dict)
    plans: dict[str, PlanHistory] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)  # the last entry of each
    open: dict[str, int] = field(default_factory=dict)  # the last entry, where a change was begun and never ended
    snapshots: dict[str, str] = field(default_factory=dict)  # the backup that holds each device's legacy

    def feed(self, entry: Entry) -> None:
        """Take in the next entry; its number is higher than that of every one before."""
        if entry.what in RUNS:
            self._feed_run(entry)
        if entry.what == "stage":
            self._feed_stage(entry)
        elif entry.what == "device":
            self._feed_device(entry)
        elif entry.what in ("snapshot", "backup"):
            self._feed_backup(entry)
        elif entry.what == "survey":
            self._municipality(entry).surveyed = entry.id
        elif entry.what == "observation" and entry.outcome == "seen":
            home = self._municipality(entry)
            home.legacy_seen = max(entry.at, home.legacy_seen or entry.at)
        elif entry.what == "approval" and entry.plan and "signature" in entry.detail:
            self._plan(entry.plan).approvals.append(entry.id)
        elif entry.what == "plan" and entry.plan:
            plan = self._plan(entry.plan)
            plan.digest = plan.digest or str(entry.detail.get("digest", ""))
            if entry.outcome == "discarded" and not plan.progress:
                plan.progress = "discarded"
        elif entry.what == "waiver" and entry.plan and entry.outcome == "emergency":
            self._plan(entry.plan).emergency = True
        self.last = entry.id
        self.count += 1

    def position(self) -> Position:
        """How far everything has come."""
        return Position(dict(self.stages), dict(self.places))

    def municipality(self, name: str) -> MunicipalityHistory:
        """What was done for a municipality."""
        return self.municipalities.get(name) or MunicipalityHistory()

    def plan(self, name: str) -> PlanHistory:
        """What became of a plan."""
        return self.plans.get(name) or PlanHistory()

    def _municipality(self, entry: Entry) -> MunicipalityHistory:
        return self.municipalities.setdefault(entry.municipality, MunicipalityHistory())

    def _plan(self, name: str) -> PlanHistory:
        return self.plans.setdefault(name, PlanHistory())

    def _feed_run(self, entry: Entry) -> None:
        """A plan was begun or ended; one that takes another back moves that one, too."""
        if entry.plan:
            plan = self._plan(entry.plan)
            home, kind = self._municipality(entry), entry.detail.get("kind")
            if kind == "stage":
                home.plans[entry.plan] = entry.stage
            if kind in ("stage", "undo"):
                home.last_run = entry.id
            if entry.phase == "before":
                holder = entry.detail.get("holder")
                plan.progress, plan.begun = "begun", entry.id
                plan.holder = holder if isinstance(holder, list) else None
            else:
                plan.progress, plan.holder = "stopped" if entry.outcome == "stopped" else "done", None
        undone = entry.detail.get("undoes")
        if undone and undone != entry.plan and entry.phase == "after" and entry.outcome != "stopped":
            self._take_back(str(undone), entry)

    def _take_back(self, name: str, entry: Entry) -> None:
        """A plan was taken back: by one that names it, or with the stage that it brought its municipality to."""
        plan = self._plan(name)
        if plan.progress != "taken back":
            plan.progress, plan.taken_back = "taken back", entry.id

    def _feed_stage(self, entry: Entry) -> None:
        """A municipality has moved: its devices stand where it does, and what was completed beyond is undone."""
        if entry.phase != "after" or entry.outcome not in ("done", "undone"):
            return
        self.stages[entry.municipality] = entry.stage
        for place in [place for place, owner in self.owners.items() if owner == entry.municipality]:
            del self.places[place], self.owners[place]
        home = self._municipality(entry)
        if entry.outcome == "done":
            home.since.setdefault(entry.stage, entry.at)
            home.completed[entry.stage] = entry.id
        else:
            home.since = {stage: at for stage, at in home.since.items() if stage <= entry.stage}
            for name, stage in home.plans.items():
                if stage > entry.stage and name != entry.plan:
                    self._take_back(name, entry)

    def _feed_backup(self, entry: Entry) -> None:
        """A configuration was kept; a snapshot holds the legacy."""
        if entry.what == "snapshot":
            self.snapshots[str(entry.device)] = str(entry.backup)
        if entry.device:
            self._municipality(entry).backups[entry.device] = entry.at

    def _feed_device(self, entry: Entry) -> None:
        """Something is about to be done to a device, or has become of it."""
        if entry.phase == "after" and entry.place and entry.outcome in GOOD:
            self.places[entry.place] = entry.stage
            self.owners[entry.place] = entry.municipality
        if not entry.device:
            return
        self.devices[entry.device] = entry.id
        if entry.phase == "before" and entry.outcome in OPEN and entry.plan:
            self.open[entry.device] = entry.id
        else:
            self.open.pop(entry.device, None)
        if entry.plan:
            self._feed_step(entry.device, self._plan(entry.plan), entry)
        if entry.phase == "after":
            self._feed_change(entry.device, self._municipality(entry), entry)

    def _feed_step(self, device: str, plan: PlanHistory, entry: Entry) -> None:
        """What a plan did to a device."""
        steps = plan.devices.setdefault(device, DeviceSteps())
        if steps.first <= plan.begun:
            steps.first = entry.id
        steps.last = entry.id
        if entry.backup:
            steps.backup = entry.id
        if "baseline" in entry.detail:
            steps.baseline = entry.id
        if entry.phase == "before" and entry.outcome == "bouncing":
            steps.bounced = entry.id
        elif entry.phase == "after":
            steps.bounced = 0
        if entry.phase == "after" and entry.outcome == "reverted":
            steps.written = 0
        elif entry.phase == "after" and entry.outcome in ("changed", "failed"):
            steps.written = entry.id if entry.backup else steps.written
            if entry.outcome == "changed":
                plan.changed.append(device)

    def _feed_change(self, device: str, home: MunicipalityHistory, entry: Entry) -> None:
        """The way back of a device.

        Changes pile up, going back a stage takes the last one off, and whatever was written on top of a change without
        moving the device (harmonise, its taking back, a stage run again) is part of it.
        """
        changes = home.changes.setdefault(device, [])
        if entry.outcome == "reverted" and device in home.sure:
            home.changes[device] = home.sure.pop(device)
        if entry.outcome not in ("changed", "failed"):
            return
        unclear = entry.outcome == "failed"
        if unclear:
            home.sure.setdefault(device, list(changes))
        else:
            home.sure.pop(device, None)
        after, plan = "" if unclear else entry.digest_after or "", entry.plan or ""
        kind = entry.detail.get("kind")
        moved = entry.place is not None and kind == "stage"
        if kind == "undo" and entry.place is not None and not unclear:
            del changes[-1:]
        if moved and entry.backup and not (changes and changes[-1].stage == entry.stage):
            changes.append(Before(entry.stage, entry.backup, after, plan, (plan,)))
        elif changes:
            moved_by = (*changes[-1].moved_by, plan) if moved else changes[-1].moved_by
            changes[-1] = replace(changes[-1], digest_after=after, plan=plan, moved_by=moved_by)
