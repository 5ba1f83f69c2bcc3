"""What every operation works with: the region, the journal, the backups, the passwords, and who acts and why."""

import getpass
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from nornir_tasks.core import code_digest, state
from nornir_tasks.core.output import make_safe
from nornir_tasks.devices.credentials import Credentials
from nornir_tasks.journal.backup import Backups, Snapshot
from nornir_tasks.journal.entry import Entry
from nornir_tasks.journal.journal import Journal
from nornir_tasks.journal.lock import Holder, Lease, hold
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.platforms import PLATFORM_CLASSES
from nornir_tasks.platforms.common.base import Session, WritePermit, refuse_writes

CHECKOUT = Path(__file__).resolve().parents[2]
# What renders a device's lines and what writes them: a plan rests on these modules and on all that they import.
WRITING = ("nornir_tasks.config.render", "nornir_tasks.change.apply_device")


@dataclass(frozen=True)
class Context:
    """A command that a person gave. Make it with ``open_context``; it holds no connection, so it may cross a fork.

    Its sessions write to a device only if it has a lease (``with_lease``).
    """

    region: Region
    journal: Journal
    backups: Backups
    credentials: Credentials
    holder: Holder
    where: Path
    lease: Lease | None = None  # the right to write to devices; None: this context only reads
    sources: tuple[Path, ...] = ()  # the inventories that the region was read from; empty: the usual ones

    @property
    def who(self) -> str:
        """Name of the person who acts: written into every entry of the journal."""
        return self.holder.who

    @property
    def reason(self) -> str:
        """Why."""
        return self.holder.reason

    def login(self, device: Device, position: Position, timeout: float = 30.0) -> Session:
        """An open session with a device, by the account of its stage.

        Args:
            position: decides address and account: the former ones until CONNECT.
            timeout: seconds, as the platform's ``connect`` takes it.

        Raises:
            FellesdriftError: as ``connection.login``.
        """
        # Imported here: Nornir and the drivers cost time that a reader of the journal need not pay.
        from nornir_tasks.devices.connection import login

        return login(device, position, self.credentials, timeout, permit=self.permit)

    @property
    def permit(self) -> WritePermit:
        """What a session asks right before it changes a device."""
        return self.lease.require if self.lease else refuse_writes

    def with_lease(self, municipalities: Iterable[str]) -> "Context":
        """This context with the right to write that comes with the locks of these municipalities.

        Raises:
            LockLost: they are not the holder's.
        """
        leased = replace(self, lease=hold(self.journal, municipalities, self.holder))
        leased.__dict__.update({name: self.__dict__[name] for name in ("digests",) if name in self.__dict__})
        return leased

    def record(self, entry: Entry) -> int:
        """Add an entry to the journal: with a lease only while its locks are ours; the answer is its number.

        Raises:
            LockLost: they are somebody else's by now.
            JournalError: it could not be written.
        """
        return self.lease.write(entry) if self.lease else self.journal.write(entry)

    def snapshot(self, name: str) -> str | None:
        """The survey's snapshot of a device, cleaned and masked."""
        snapshot = self.load_snapshot(name)
        return snapshot.masked if snapshot else None

    def load_snapshot(self, name: str) -> Snapshot | None:
        """The survey's snapshot of a device, with its secrets beside it; None: there is none.

        Raises:
            BackupError: it cannot be opened, or is not what was sealed.
        """
        reference = self.journal.snapshot(name)
        return self.backups.load(reference) if reference else None

    @cached_property
    def digests(self) -> dict[str, str]:
        """What every plan rests on, apart from the hosts: inventory, templates, roles and code."""
        return {
            "inventory": hashlib.sha256(self.region.model_dump_json().encode()).hexdigest(),
            **{name: code_digest.combine_digests(digests) for name, digests in digest_plan_files().items()},
        }


def digest_plan_files(root: Path = CHECKOUT) -> dict[str, dict[str, str]]:
    """The digest of every file that a plan rests on beside the inventory: ``templates``, ``roles`` (with the playbooks)
    and ``code``, by path.

    Templates of reports are not among them, nor is code that only reads or draws.
    """
    roles = [path for folder in ("roles", "playbooks") for path in (root / folder).rglob("*") if _is_source(path)]
    templates = [path for name in PLATFORM_CLASSES for path in (root / "templates" / name).rglob("*.j2")]
    return {
        "templates": code_digest.digest_files(root, templates),
        "roles": code_digest.digest_files(root, roles),
        "code": code_digest.digest_files(root, code_digest.find_sources(root, WRITING)),
    }


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def one_line(text: str) -> str:
    """A typed text made safe to show: on a single line, control characters made visible, passwords of ours masked."""
    return make_safe(" ".join(text.split()))


def open_context(
    region: Region,
    *,
    reason: str,
    who: str | None = None,
    pid: int | None = None,
    where: Path | None = None,
    journal: str | None = None,
    sources: Iterable[Path] = (),
) -> Context:
    """A context with the state directory and the journal open.

    Args:
        reason: why; it is shown to people who wait for the lock.
        who: default ``FELLESDRIFT_WHO``, else the login name.
        pid: of the process that the lock belongs to, if it is not this one (an Ansible worker names its parent).
        where: the state directory; default ``FELLESDRIFT_STATE``, else ``.state`` in the checkout.
        journal: its database's URL; default ``FELLESDRIFT_JOURNAL``, else a file in the state directory.
        sources: the inventories that the region was read from; empty: the usual ones.
    """
    directory = where or state.directory()
    actor = who or os.environ.get("FELLESDRIFT_WHO") or _find_login_name()
    return Context(
        region=region,
        journal=Journal.at(directory, journal or os.environ.get("FELLESDRIFT_JOURNAL")),
        backups=Backups(directory / "backups", state.Key(directory)),
        credentials=Credentials(region),
        holder=Holder.of(one_line(actor), one_line(reason), pid),
        where=directory,
        sources=tuple(sources),
    )


def _find_login_name() -> str:
    """The login name; of a user that the machine has no name for (a container's), the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
