"""What changed there last: by the journal, and by the device's own record of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from nornir_tasks.core.language import mark, translate
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import EVENTS, from_row
from nornir_tasks.model import Position, Region
from nornir_tasks.model.names import find_database_hosts, find_serving_hosts
from nornir_tasks.platforms.common.health_state import ConfigurationChange

OUTCOMES = {  # after which a machine may have been written to
    "changed": mark("{subject}: changed {moment} UTC by {who}, change {plan}: {reason}"),
    "reverted": mark("{subject}: reverted {moment} UTC by {who}, change {plan}: {reason}"),
    "failed": mark("{subject}: failed {moment} UTC by {who}, change {plan}: {reason}"),
}
SAME_CHANGE = timedelta(minutes=10)  # between the device's record of a change of ours, and its end in the journal
MOST = 3


@dataclass(frozen=True)
class SubjectChange:
    """One change of a switch or server.

    Args:
        at: when; of the device's own record by its own clock.
        subject: what was changed.
        who: a person; of the device's own record an account, empty where it names none.
        plan: the change's name; empty: only the device itself knows of it.
        outcome: the journal's word: changed, reverted or failed.
        reason: why it was made, as the journal has it.
    """

    at: datetime
    subject: str
    who: str
    plan: str = ""
    outcome: str = "changed"
    reason: str = ""


def find_last_changes(
    context: Context,
    subject: str,
    record: ConfigurationChange | None = None,
    read_at: datetime | None = None,
    most: int = MOST,
) -> list[SubjectChange]:
    """What changed there last, the newest first.

    Args:
        context: whose journal is read.
        subject: a switch, a server, or an application as ``home/name``: then its servers.
        record: the device's own, where it was read. It is told unless the journal has that change.
        read_at: when it was read; default: now.
        most: how many are told.

    Raises:
        JournalError: the journal cannot be read.
    """
    names = list_machines(context.region, context.journal.position(), subject)
    written = (EVENTS.c.what == "device") & (EVENTS.c.phase == "after") & EVENTS.c.outcome.in_(OUTCOMES)
    query = select(EVENTS).where(written, EVENTS.c.device.in_(names)).order_by(EVENTS.c.id.desc()).limit(most)
    with context.journal.transaction(reading=True) as connection:
        entries = [from_row(row) for row in connection.execute(query).mappings()]
    changes = [
        SubjectChange(entry.at, entry.device or subject, entry.who, entry.plan or "", entry.outcome, entry.reason)
        for entry in entries
    ]
    if record and record.seconds_ago is not None:
        at = (read_at or datetime.now(UTC)) - timedelta(seconds=record.seconds_ago)
        if not any(abs(change.at - at) <= SAME_CHANGE for change in changes):
            changes.append(SubjectChange(at, subject, record.by or ""))
    return sorted(changes, key=lambda change: change.at, reverse=True)[:most]


def describe_change(change: SubjectChange) -> str:
    """Who changed it, when and why, for people."""
    moment = f"{change.at:%Y-%m-%d %H:%M}"
    if not change.plan and not change.reason:
        account = change.who or translate("an account that it does not name")
        return translate(
            "{subject}: changed {moment} UTC by {account}, by its own record; no change of ours",
            subject=change.subject,
            moment=moment,
            account=account,
        )
    return translate(
        OUTCOMES[change.outcome],
        subject=change.subject,
        moment=moment,
        who=change.who,
        plan=change.plan or translate("without a plan"),
        reason=change.reason,
    )


def list_machines(region: Region, position: Position, subject: str) -> list[str]:
    """The switch or server itself; of an application those that it runs on.

    Args:
        region: the inventory's.
        position: an application has other servers once its wave has come.
        subject: as a verdict has it.
    """
    owner, _, name = subject.partition("/")
    home = region.municipalities.get(owner)
    application = home.applications.get(name) if home else None
    if home is None or application is None:
        return [subject]
    serving = find_serving_hosts(region, home, application, position)
    return list(dict.fromkeys((*serving, *find_database_hosts(region, home, application, position))))
