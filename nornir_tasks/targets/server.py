"""A server as the target of a plan: what its roles make of it, and how it goes back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from nornir_tasks.config.compare import Comparison
from nornir_tasks.config.server_compare import compare_states, describe_steps, find_unforeseen, settle
from nornir_tasks.core.bounds import read_text
from nornir_tasks.core.errors import FellesdriftError, PlatformError, describe_error
from nornir_tasks.core.secrets import remember_stored
from nornir_tasks.core.text import escape_invisible
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.collect import Collected
from nornir_tasks.devices.context import CHECKOUT, Context
from nornir_tasks.devices.server_login import login_server
from nornir_tasks.model import Position, Region, Server, Stage
from nornir_tasks.model.device import MANAGED
from nornir_tasks.platforms.common.base import Safety
from nornir_tasks.platforms.debian.managed import Managed, join_managed
from nornir_tasks.platforms.debian.prediction import predict
from nornir_tasks.platforms.debian.secrets import mark_changed, mask_state
from nornir_tasks.platforms.debian.state import ANY
from nornir_tasks.platforms.debian.text import parse_state, write_state
from nornir_tasks.reachability.server_lockout import find_server_lockouts
from nornir_tasks.server_roles import ROLES, ServerView, find_reason_not_ours
from nornir_tasks.targets import server_probe
from nornir_tasks.targets.base import Baseline, Foresight, Target, TargetChange, TargetKind
from nornir_tasks.targets.role_run import run_roles
from nornir_tasks.targets.server_session import ServerTargetSession, list_package_words

SAFETY = Safety(
    reverts_by="snapshot and timer of systemd",
    checks_candidate=False,
    lost_on_revert="what is restarted on the way back, for seconds",
)


@dataclass(frozen=True)
class RoleFiles:
    """What the roles of a server may touch. ``restarts``: unit to the paths of the roles that it belongs to."""

    managed: Managed
    restarts: Mapping[str, tuple[str, ...]]


class ServerTarget(Target):
    """A server that is ours to write, and in the group ``managed_servers``."""

    kind = "server"
    noun = ("server", "s")
    platform = "debian"
    safety = SAFETY
    replaces = False

    def __init__(self, server: Server, region: Region) -> None:
        self.server, self.region = server, region
        self.name, self.municipality = server.name, server.municipality
        standard = region.of(server.municipality)[0].standard
        self.confirm_seconds, self.risk_rules = standard.confirm_seconds, standard.risks

    @cached_property
    def files(self) -> RoleFiles:
        """What its roles may touch at any stage: the same before a change and after it.

        Raises:
            PlatformError: a role does not say it, or not as the contract has it.
        """
        return _read_files(_list_roles(self.region, self.server))

    def connect(self, context: Context, position: Position) -> ServerTargetSession:
        """Log in over SSH, as root or by sudo."""

        def play(cancel: Any) -> str:
            moved = context.journal.position()
            run = run_roles(context, [self.name], _word(self, position, moved), check=False, cancel=cancel)
            return run.find_error(self.name)

        def name_state(text: str) -> str:
            return context.backups.digest(text)[:16]  # as its backup is called

        files = self.files
        session = login_server(self.region, self.server)
        return ServerTargetSession(session, files.managed, files.restarts, play, name_state, context.permit)

    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """By the tables and the net that switches have, and Debian's own forms."""
        masked, secrets = mask_state(text)
        remember_stored(secrets.values())
        return masked, secrets

    def unmask(self, text: str, secrets: Mapping[str, str]) -> str:
        """The reverse, as far as a secret is known: the roles write what they have, and not this text."""
        remember_stored(secrets.values())
        for key, secret in secrets.items():
            text = text.replace(f"<secret:{key}>", secret)
        return text

    def render(self, position: Position, snapshot: str | None) -> str:
        """Only a run of its roles tells.

        Raises:
            PlatformError: always.
        """
        raise PlatformError(f"{self.name}: what its roles make of it is told by a run alone")

    def find_lockouts(
        self, intended: str, position: Position, running: str | None = None, accepted: Collection[str] = ()
    ) -> Sequence[Verdict]:
        """By the servers' half of the lock-out proof."""
        return find_server_lockouts(self.region, self.server, intended, position, running, accepted)

    def compare(self, running: str, intended: str, snapshot: str | None = None) -> Comparison:
        """File by file. A prediction on the left is what a server was meant to become."""
        predicted = parse_state(running)
        if predicted.unknown or predicted.restarts or ANY in running:
            running = settle(intended, running)
        return compare_states(running, intended)

    def find_left(self, running: str, intended: str) -> str:
        """What nobody could tell beforehand is no mismatch."""
        return find_unforeseen(running, intended)

    def remediation(self, running: str, intended: str) -> tuple[str, ...]:
        """What is done, in words; the roles know how."""
        return describe_steps(running, intended)

    def tokens(self) -> Mapping[str, str]:
        """Its name and addresses."""
        server = self.server
        legacy = {"legacy address": str(server.legacy_address)} if server.legacy_address else {}
        return {"name": server.name, "address": str(server.address.ip), **legacy}

    def stops(self) -> Sequence[str]:
        """Itself: what runs there may be restarted."""
        return (self.name,)

    def find_restore_obstacle(self, context: Context, running: str, former: str) -> str:
        """A former version of a package that the archive does not have any more."""
        words = list_package_words(parse_state(running), parse_state(former))
        if not words:
            return ""
        session = login_server(self.region, self.server)
        options = ["-s", "-q", "--allow-downgrades", "--no-install-recommends"]
        code, output, errors = session.run(["apt-get", *options, "install", "--", *words])
        if not code:
            return ""
        last = (errors.strip() or output.strip() or "nothing").splitlines()[-1]
        return f"its packages cannot be brought back ({', '.join(words)}): {escape_invisible(last)}"

    def find_secrets(self, context: Context, running: str, intended: str) -> Mapping[str, str]:
        """Those on the server: the roles bring the others."""
        return self.mask(running)[1]

    def observe(self, context: Context, session: ServerTargetSession, change: TargetChange) -> Baseline:
        """Units that fail already, and who reaches it at which ports.

        On a way back, of these only who reached it before the change that is taken back: what came with that, goes.
        """
        baseline = server_probe.observe(self.region, self.server, session.server, change.now)
        former = self._find_baseline(context, change.restore) if change.restore else None
        if former is None:
            return baseline
        return {**baseline, "answered": [key for key in baseline["answered"] if key in former.get("answered", ())]}

    def _find_baseline(self, context: Context, backup: str) -> Baseline | None:
        """What was seen before the change that began with a backup; None: nobody wrote it down here."""
        entries = context.journal.entries(self.municipality, "device")
        seen = (entry for entry in reversed(entries) if entry.device == self.name and entry.backup == backup)
        return next((entry.detail["baseline"] for entry in seen if "baseline" in entry.detail), None)

    def probe(
        self, context: Context, session: ServerTargetSession, baseline: Baseline, now: Position, then: Position
    ) -> Sequence[Verdict]:
        """From itself, from this control node by a new login, and from the servers that use it."""
        return server_probe.probe(self.region, self.server, session.server, baseline, then)


def find_reason_left(server: Server) -> str | None:
    """Why no plan writes to a server; None: it may."""
    return find_reason_not_ours(server) or (None if server.is_managed else f"it is not in the group {MANAGED}")


def list_server_targets(region: Region, municipality: str) -> tuple[Server, ...]:
    """The servers of a municipality that are ours and that roles act on."""
    servers = (server for server in region.servers.values() if server.municipality == municipality)
    return tuple(server for server in servers if KIND.find(region, server.name))


class ServerKind(TargetKind):
    """The servers of the inventory that are ours and that roles act on."""

    def find(self, region: Region, name: str) -> ServerTarget | None:
        """The server of this name; None: there is none, or it is not ours to write."""
        server = region.servers.get(name)
        return None if server is None or find_reason_left(server) else ServerTarget(server, region)

    def read(
        self, context: Context, targets: Sequence[ServerTarget], position: Position, facts: Sequence[str], workers: int
    ) -> Mapping[str, Collected]:
        """Each over logins of its own."""
        with ThreadPoolExecutor(max_workers=max(1, min(workers, len(targets)))) as pool:
            readings = pool.map(lambda target: _read(context, target, position), targets)
        return {reading.device: reading for reading in readings}

    def foresee(
        self, context: Context, targets: Sequence[ServerTarget], running: Mapping[str, str], position: Position
    ) -> Mapping[str, Foresight]:
        """By the roles in check mode: one run for the servers of a municipality."""
        foreseen: dict[str, Foresight] = {}
        now = context.journal.position()
        by_stage: dict[str, list[ServerTarget]] = {}
        for target in targets:
            by_stage.setdefault(_word(target, position, now), []).append(target)
        for stage, servers in by_stage.items():
            run = run_roles(context, [target.name for target in servers], stage, check=True)
            for target in servers:
                error = run.find_error(target.name)
                if error:
                    foreseen[target.name] = Foresight(error=f"{error} (in check mode)")
                    continue
                before = running[target.name]
                state = predict(parse_state(before), run.results[target.name], target.files.managed)
                masked, secrets = target.mask(write_state(state))
                foreseen[target.name] = Foresight(mark_changed(masked, secrets, target.mask(before)[1]))
        return foreseen


KIND = ServerKind()


def _word(target: ServerTarget, position: Position, now: Position) -> str:
    """The stage whose variables the roles are given: that of a position, if its municipality moves there from now."""
    stage = position.of(target.municipality)
    return stage.word if stage > now.of(target.municipality) else ""


def _read(context: Context, target: ServerTarget, position: Position) -> Collected:
    try:
        with target.connect(context, position) as session:
            running = session.running()
            target.mask(running)  # its secrets are remembered before the server says anything more
            return Collected(target.name, running=running, pending=session.pending())
    except Exception as error:  # noqa: BLE001 - whatever it was, the others are read, and it is reported
        words = (
            str(error) if isinstance(error, FellesdriftError) else f"the tool itself failed: {describe_error(error)}"
        )
        return Collected(target.name, error=words)


def _list_roles(region: Region, server: Server) -> Iterator[str]:
    """The roles that a server has at any stage of everybody's."""
    views = [ServerView(region, server, Position(dict.fromkeys(region.municipalities, stage))) for stage in Stage]
    for role, module in ROLES.items():
        if any(module.applies_to(view) for view in views):
            yield role


def _read_files(roles: Iterator[str]) -> RoleFiles:
    declarations: dict[str, Any] = {}
    for role in roles:
        file = Path("roles", role, "meta", "managed.yml")
        try:
            declarations[role] = yaml.safe_load(read_text(CHECKOUT / file))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            words = " ".join(str(getattr(error, "strerror", None) or error).split())
            raise PlatformError(f"{file}: expected what the role may touch, found: {words}") from None
    managed = join_managed(declarations)
    restarts: dict[str, dict[str, None]] = {}
    for declared in declarations.values():
        for unit in declared.get("units") or []:
            restarts.setdefault(unit, {}).update(dict.fromkeys(declared.get("paths") or []))
    return RoleFiles(managed, {unit: tuple(paths) for unit, paths in restarts.items()})
