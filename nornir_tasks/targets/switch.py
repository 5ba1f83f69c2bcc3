"""A switch as the target of a plan."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from nornir_tasks.config.compare import Comparison, compare
from nornir_tasks.config.device_tokens import find_device_tokens
from nornir_tasks.config.render import render
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.devices.collect import Collected, collect
from nornir_tasks.devices.connection import list_login_positions
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Device, Position, Region
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.reachability.lockout_proof import find_lockouts
from nornir_tasks.reachability.service_probes import ServiceProbes, list_service_probes
from nornir_tasks.targets import client_probe, switch_probe
from nornir_tasks.targets.base import Baseline, Target, TargetChange, TargetKind

ACCOUNT = re.compile(r"<secret:username ([^>\s]+)>")


class SwitchTarget(Target):
    """A switch of the inventory, in the words of its platform."""

    kind = "switch"
    noun = ("switch", "es")

    def __init__(self, device: Device, region: Region) -> None:
        self.device, self.region = device, region
        self._platform = platform(device.platform)
        self.name, self.municipality, self.platform = device.name, device.municipality, device.platform
        self.safety, self.replaces = self._platform.safety, self._platform.replaces
        self.feeds_power, self.keeps_power = device.switch_model.poe, self._platform.keeps_power
        self.asks_ports = self._platform.asks_ports
        self.confirm_seconds, self.risk_rules = device.standard.confirm_seconds, device.standard.risks

    def connect(self, context: Context, position: Position) -> Session:
        """Log in over SSH or its API."""
        return context.login(self.device, position)

    def ways(self, *positions: Position) -> tuple[Position, ...]:
        """Address and account are others from CONNECT on."""
        return list_login_positions(self.device, *positions)

    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """As its platform does."""
        return self._platform.mask(text)

    def unmask(self, text: str, secrets: Mapping[str, str]) -> str:
        """As its platform does."""
        return self._platform.unmask(text, secrets)

    def render(self, position: Position, snapshot: str | None) -> str:
        """From the templates."""
        return render(self.device, position, self.region, snapshot)

    def find_lockouts(
        self, intended: str, position: Position, running: str | None = None, accepted: Collection[str] = ()
    ) -> Sequence[Verdict]:
        """By the lock-out proof."""
        return find_lockouts(self.device, intended, position, self.region, running, accepted)

    def compare(self, running: str, intended: str, snapshot: str | None = None) -> Comparison:
        """Line by line, each with those above it."""
        return compare(self._platform, running, intended, snapshot)

    def remediation(self, running: str, intended: str) -> tuple[str, ...]:
        """As its platform does."""
        return self._platform.remediation(running, intended)

    def tokens(self) -> Mapping[str, str]:
        """Its name, addresses and neighbours."""
        return find_device_tokens(self.device, self.region)

    def stops(self) -> Sequence[str]:
        """Itself: it may restart."""
        return (self.name,)

    def find_secrets(self, context: Context, running: str, intended: str) -> Mapping[str, str]:
        """Those on the switch, and for accounts that it does not have yet the centre's own."""
        secrets = dict(self.mask(running)[1])
        for account in ACCOUNT.findall(intended):
            key = f"username {account}"
            if key not in secrets:
                secrets[key] = self._platform.hash_password(context.credentials.password(self.device, account))
        return secrets

    def observe(self, context: Context, session: Session, change: TargetChange) -> Baseline:
        """Links, neighbours, which services answer, and the clients whose port will change its VLAN."""
        baseline = switch_probe.observe(context, self.device, session)
        moves = client_probe.find_moved_ports(self.device, change.running, change.intended)
        moves = {port: vlans for port, vlans in moves.items() if baseline.ports.get(port)}
        clients = client_probe.observe(context, self.device, session, moves, change.now)
        return {**asdict(baseline), "clients": [asdict(client) for client in clients], "bounced": list(moves)}

    def foresee_bounced(self, running: str, intended: str) -> Sequence[str]:
        """The ports of clients that change their VLAN."""
        return tuple(client_probe.find_moved_ports(self.device, running, intended))

    def foresee_services(self, position: Position) -> ServiceProbes:
        """From the zones' gateways on a core, to the hosts behind them."""
        return list_service_probes(self.region, self.device, position)

    def list_bounced(self, baseline: Baseline) -> Sequence[str]:
        """The ports that change their VLAN: nothing else tells a client that its address is of no use any more."""
        return tuple(baseline.get("bounced", ()))

    def bounce(self, session: Session, links: Sequence[str], *, going_back: bool = False) -> None:
        """As its platform does."""
        session.bounce(links, going_back=going_back)

    def raise_links(self, session: Session, links: Sequence[str]) -> None:
        """As its platform does."""
        session.raise_links(links)

    def probe(
        self, context: Context, session: Session, baseline: Baseline, now: Position, then: Position
    ) -> Sequence[Verdict]:
        """From the switch, and from the leaves of the centre that it is reached through."""
        before = switch_probe.Baseline.from_json(baseline)
        verdicts = switch_probe.probe(context, self.device, session, before, now, then)
        if any(not verdict.passed for verdict in verdicts):
            return verdicts
        clients = [client_probe.Client(**row) for row in baseline.get("clients", ())]
        return [*verdicts, *client_probe.probe(context, self.device, session, clients, then)]


class SwitchKind(TargetKind):
    """The switches of the inventory."""

    def find(self, region: Region, name: str) -> SwitchTarget | None:
        """The switch of this name."""
        device = region.devices.get(name)
        return SwitchTarget(device, region) if device else None

    def read(
        self, context: Context, targets: Sequence[SwitchTarget], position: Position, facts: Sequence[str], workers: int
    ) -> Mapping[str, Collected]:
        """Through Nornir."""
        return collect(context, [target.device for target in targets], position, *facts, workers=workers)


KIND = SwitchKind()
