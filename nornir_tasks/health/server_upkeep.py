"""Checks of what a server's services need: restarts, certificates, a backup, and that they listen."""

from collections.abc import Iterable
from dataclasses import dataclass

from nornir_tasks.core.language import mark, translate
from nornir_tasks.core.verdict import Mismatch, Verdict
from nornir_tasks.health.check import Skipped
from nornir_tasks.health.incident import Urgency
from nornir_tasks.health.server_check import CONFIGURED, NOT_CONFIGURED, ServerCheck, ServerObservation
from nornir_tasks.health.server_facts import BACKUP, CERTIFICATES, RESTARTS, SOCKETS, Listener
from nornir_tasks.health.servers import describe_moment, describe_when
from nornir_tasks.health.wording import DAY, HOUR, describe_span, name_few
from nornir_tasks.model.names import find_serving_hosts
from nornir_tasks.model.services import PortRange
from nornir_tasks.server_roles import ServerView, backup
from nornir_tasks.server_roles.monitoring import AGENT_PORT

CERTIFICATE_DAYS = 21  # a role's run renews it from 30 on
BACKUP_HOURS, RESTORE_DAYS = 26, 35  # as the role monitoring tells it


class PendingRestart(ServerCheck):
    """What was updated runs."""

    name = "pending-restart"
    category = "server"
    description = mark("what was updated runs: neither the server nor a service waits for a restart")
    advice = mark("Nothing is broken. Plan the restart within the change window, one half of a pair at a time.")
    facts = (RESTARTS,)

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """The server, where a kernel waits; and services that run what was replaced on the disk."""
        restarts, mismatches = observation.value(RESTARTS), []
        if restarts.is_required:
            packages = name_few(restarts.packages)
            expected = translate("the kernel that is installed to run")
            mismatches.append(Mismatch(expected, translate("it waits for a restart ({what})", what=packages or "?")))
        for unit, files in restarts.units.items():
            names = name_few([file.rpartition("/")[2] for file in files])
            expected = translate("{unit} to run what is installed", unit=unit)
            mismatches.append(Mismatch(expected, translate("it runs the old {what}", what=names)))
        return mismatches


class Certificates(ServerCheck):
    """No certificate is about to end."""

    name = "certificate"
    category = "server"
    description = mark("no certificate is about to end")
    advice = mark(
        "Ours: ansible-playbook playbooks/platform.yml --limit <server> renews it. Another's: ask for a new one now."
    )
    facts = (CERTIFICATES,)

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """Those that have ended, soon will, or have not begun by the server's clock."""
        certificates, clocks = observation.value(CERTIFICATES), observation.clocks
        if not certificates or clocks is None:
            raise Skipped(translate("our roles have put no certificate here"))
        mismatches = []
        for certificate in certificates:
            what = f"{certificate.file} ({certificate.subject})"
            left = certificate.ends.timestamp() - clocks.told
            if left < CERTIFICATE_DAYS * DAY:
                expected = translate("{what} good for {days} days", what=what, days=CERTIFICATE_DAYS)
                ended = translate("it ended {when}", when=describe_moment(certificate.ends))
                ends = translate("it ends {when}", when=describe_when(left))
                mismatches.append(Mismatch(expected, ended if left <= 0 else ends))
            elif certificate.begins.timestamp() > clocks.told:
                begins = translate("it begins {when}", when=describe_moment(certificate.begins))
                advice = translate("The server's clock is behind, or the one that made it was ahead: see clock.")
                mismatches.append(Mismatch(translate("{what} good now", what=what), begins, advice))
        return mismatches


class BackupAge(ServerCheck):
    """There is a young backup."""

    name = "backup"
    category = "server"
    description = mark("there is a young backup, and one was restored")
    advice = mark(
        "See journalctl -u fellesdrift-backup.service: room in the other half, its key, and the way there are what "
        "fails."
    )
    facts = (BACKUP,)

    def run(self, observation: ServerObservation) -> list[Verdict]:
        """The verdict; none on a server without data, or which others back up yet."""
        if not is_backed_up(observation.view):
            return [self.skip(observation.name, translate("there is no data of its own on it"))]
        if not observation.is_configured and not observation.login_error:
            return [self.skip(observation.name, translate(NOT_CONFIGURED))]
        return super().run(observation)

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """The backup and the trial of restoring it that are too old, or failed."""
        notes, clocks = observation.value(BACKUP), observation.clocks
        expected = translate("a backup of the last {hours} hours", hours=BACKUP_HOURS)
        if notes is None or notes.last_success is None or clocks is None:
            return [Mismatch(expected, translate("none yet"))]
        mismatches, age = [], clocks.told - notes.last_success
        if age > BACKUP_HOURS * HOUR:
            mismatches.append(Mismatch(expected, translate("the last is {span} old", span=describe_span(int(age)))))
        elif notes.has_failed:
            mismatches.append(Mismatch(translate("the last backup made"), translate("it failed")))
        restored = notes.last_restore
        if restored is not None and clocks.told - restored > RESTORE_DAYS * DAY:
            expected = translate("one restored within {days} days", days=RESTORE_DAYS)
            span = describe_span(int(clocks.told - restored))
            mismatches.append(Mismatch(expected, translate("the last time {span} ago", span=span)))
        if notes.has_restore_failed:
            mismatches.append(Mismatch(translate("the backup to be restored"), translate("the trial failed")))
        return mismatches


def is_backed_up(view: ServerView) -> bool:
    """Whether the role backup backs a server up."""
    return backup.applies_to(view) and bool(backup.derive_variables(view)["backup__store"])


@dataclass(frozen=True)
class Expected:
    """Ports of which something ought to listen at one at least. ``what``: by which record."""

    what: str
    ports: tuple[PortRange, ...]


class Listening(ServerCheck):
    """What ought to listen does."""

    name = "listening"
    category = "server"
    description = mark("every service and application that the inventory has here listens at its ports")
    advice = mark("See systemctl status of its unit, and start it; then ss -ltnup on the server.")
    facts = (SOCKETS,)
    urgency = Urgency.UNPROTECTED

    def find_mismatches(self, observation: ServerObservation) -> list[Mismatch]:
        """The ports at which nothing listens, or nothing that others reach."""
        view, listeners = observation.view, observation.value(SOCKETS)
        wanted = list_expected(view)
        if not wanted:
            raise Skipped(translate("no service and no application is here"))
        addresses = {str(address) for address in view.addresses}
        return [mismatch for each in wanted if (mismatch := _judge_port(each, listeners, addresses))]


def list_expected(view: ServerView) -> list[Expected]:
    """The ports at which a server is used: services, applications and databases here now, and our agent.

    The hosts of an application may share its ports (a file server has one, the print server beside it the other): of
    several each is to listen at one of them.
    """
    wanted = [
        Expected(view.standard.common_services[name].label, (port,))
        for name in view.services
        for port in _parse_ports(view.standard.common_services[name].ports)
    ]
    for hosted in (hosted for hosted in view.applications if hosted.is_here):
        ports = _parse_ports(hosted.record.ports)
        hosts = find_serving_hosts(view.region, hosted.owner, hosted.record, view.position)
        shares = [ports] if len(hosts) > 1 else [(port,) for port in ports]
        wanted += [Expected(hosted.record.label, share) for share in shares if share]
    for hosted in (hosted for hosted in view.databases if hosted.is_here):
        ports = _parse_ports(hosted.record.database.ports if hosted.record.database else ())
        what = translate("the database of {application}", application=hosted.record.label)
        wanted += [Expected(what, (port,)) for port in ports]
    if view.stage >= CONFIGURED:
        agent = PortRange("tcp", AGENT_PORT, AGENT_PORT)
        wanted.append(Expected(translate("the agent of the monitoring"), (agent,)))
    return list(dict.fromkeys(wanted))


def _parse_ports(ports: Iterable[str]) -> tuple[PortRange, ...]:
    """The ports that something listens at: ICMP has none."""
    return tuple(port for port in map(PortRange.parse, ports) if port.protocol != "icmp")


def _judge_port(wanted: Expected, listeners: tuple[Listener, ...], addresses: set[str]) -> Mismatch | None:
    near = [
        listener
        for listener in listeners
        if any(port.protocol == listener.protocol and port.first <= listener.port <= port.last for port in wanted.ports)
    ]
    if any(listener.address is None or listener.address in addresses for listener in near):
        return None
    ports = ", ".join(map(str, wanted.ports))
    expected = translate("{what} at {port}", what=wanted.what, port=ports)
    if near:
        at = ", ".join(dict.fromkeys(str(listener.address) for listener in near))
        advice = translate("It runs, and others do not reach it there: its settings name that address, see them.")
        return Mismatch(expected, translate("it listens at {address} alone", address=at), advice)
    return Mismatch(expected, translate("nothing listens there"))
