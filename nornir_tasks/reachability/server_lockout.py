"""The lock-out proof of a server: whether what its roles would make of it leaves the way in open. Pure.

    reasons = find_server_lockouts(region, server, intended, then, running)   # empty: the way in stays open

The way in is a login over SSH from a control node, by the centre's account or on the first day by whoever the inventory
names, with the right to everything. It is enough that one of them gets in. What was so already is no reason: it let us
in. What changes in a file on the way in and is not known here is *unknown*, and refused but for a plan that names it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.verdict import Mismatch, Verdict
from nornir_tasks.model import Position, Region, Server
from nornir_tasks.model.flows import list_server_networks
from nornir_tasks.model.names import find_server_stage
from nornir_tasks.platforms.debian.state import ServerState
from nornir_tasks.platforms.debian.text import parse_state
from nornir_tasks.reachability.proof_base import WAY_IN
from nornir_tasks.reachability.server_lockout_login import find_login_reasons
from nornir_tasks.reachability.server_lockout_network import find_network_reasons
from nornir_tasks.reachability.server_unknown_lines import find_unknown_changes
from nornir_tasks.reachability.server_way import ServerWay
from nornir_tasks.reachability.unknown_lines import UNKNOWN

__all__ = ["find_server_lockouts"]


@dataclass(frozen=True)
class _Case:
    """A state, and the way in that it has to leave open."""

    state: ServerState
    way: ServerWay

    @cached_property
    def reasons(self) -> dict[Mismatch, None]:
        """Why nobody would get in."""
        return dict.fromkeys((*self._list_login_reasons(), *find_network_reasons(self.state, self.way)))

    def _list_login_reasons(self) -> Iterator[Mismatch]:
        """None if one of the accounts gets in; else what keeps each out that is there, or was, and did not before."""
        by_user = {user: find_login_reasons(self.state, self.way, user) for user in self.way.users}
        if not all(by_user.values()):
            return
        there = [user for user in self.way.users if user in self.state.accounts or user in self.way.former.accounts]
        for user in there or self.way.users:
            known = user in self.way.former.accounts
            former = find_login_reasons(self.way.former, self.way, user) if known else []
            yield from (reason for reason in by_user[user] if reason not in former)


def find_server_lockouts(
    region: Region,
    server: Server,
    intended: str,
    then: Position,
    running: str | None = None,
    accepted: Collection[str] = (),
) -> tuple[Verdict, ...]:
    """A failed verdict for each reason why nobody could log in to a server any more.

    Args:
        region: with its standards.
        server: that is to be written to.
        intended: the state that its roles make of it, masked.
        then: where everything stands then.
        running: what lets us in as it is, masked; None: nothing is known of it.
        accepted: unknown changes that the plan lets through, as the verdicts of ``UNKNOWN`` write them.
    """
    standard = region.of(server.municipality)[0].standard
    addresses = list_server_networks(server, find_server_stage(region, server, then))
    users = dict.fromkeys([standard.accounts[0].name, server.login.user or "root"])
    try:
        state = parse_state(intended)
        former = parse_state(running) if running else ServerState()
        way = ServerWay(
            users=tuple(users),
            sources=tuple(standard.control_nodes),
            addresses=tuple(network.network_address for network in addresses),
            port=server.endpoint.ssh_port,
            name_servers=tuple(standard.name_servers),
            former=former,
        )
        before = dict.fromkeys(find_network_reasons(former, way)) if running else {}
        after = _Case(state, way).reasons
    except (PlatformError, ValueError) as error:
        return (WAY_IN.failed(server.name, f"a state of {server.name} that can be read", str(error)),)
    verdicts = [WAY_IN.failed(server.name, *reason) for reason in after if reason not in before]
    named = " ".join(verdict.actual for verdict in verdicts)
    if running:
        verdicts += list(_list_unknown(server, find_unknown_changes(former, state), accepted, named))
    return tuple(dict.fromkeys(verdicts))


def _list_unknown(server: Server, changes: Iterable[str], accepted: Collection[str], named: str) -> Iterator[Verdict]:
    for words in changes:
        path = words.split(" ")[2] if words.count(" ") > 1 else words
        if words not in accepted and path not in named:  # a file that is a reason by itself is known only too well
            yield UNKNOWN.failed(server.name, f"only changes that the proof knows in {path}", words)
