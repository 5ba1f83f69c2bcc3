"""Clients whose port changes its VLAN: who they are before, and who of them has an address where they are now.

A client is not a VLAN: it keeps its address until its link goes down, and for good one that somebody typed in. Its
frames are heard in the new VLAN all the same: only the table of addresses at its gateway tells whether it has followed.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Address

from nornir_tasks.config.view import build_view
from nornir_tasks.core import interrupt
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.text import count_noun
from nornir_tasks.core.verdict import Rule, Severity, Status, Verdict
from nornir_tasks.devices.context import Context
from nornir_tasks.model import Device, Legacy, Position, Region, Standard
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.platforms.common.management_access import Interface

PATIENCE_SECONDS = 45.0  # a link, an address, and 30 s of them a spanning tree where the legacy has no portfast
PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Arrivals(Verdict):
    """The verdict on clients: how many should have followed, and each that has not, in words."""

    asked: int = 0
    silent: tuple[str, ...] = ()


CLIENTS = Rule("clients", "the clients whose ports moved have an address in their new network", "probe")


@dataclass(frozen=True)
class Client:
    """What was heard at a port before its VLAN changed.

    Attributes:
        port: as the platform names it.
        mac: as the platform's table of addresses has it.
        address: its last one; empty where its gateway did not know it.
        vlans: that the port carries afterwards.
    """

    port: str
    mac: str
    address: str
    vlans: Sequence[int]

    def __str__(self) -> str:
        return f"{self.port} {self.mac} {self.address or 'of unknown address'}"


def find_moved_ports(device: Device, running: str, intended: str) -> dict[str, tuple[Interface, Interface]]:
    """The ports whose clients live in another VLAN after a change, each before and after it.

    Not those of servers, which have their address from somebody; not those that are down on one side of the change.

    Args:
        device: with these ports.
        running: masked.
        intended: masked.
    """
    read = platform(device.platform).read_management_access
    before, after = read(running), read(intended)
    profiles = device.standard.port_profiles
    moved = {}
    for port in device.ports:
        if port.neighbour is not None or (port.profile and profiles[port.profile].servers):
            continue
        was, will = before.port(port.name), after.port(port.name)
        if was.untagged is None or will.untagged is None or was.shutdown_line or will.shutdown_line:
            continue
        if was.untagged != will.untagged:
            moved[port.name] = (was, will)
    return moved


def observe(
    context: Context,
    device: Device,
    session: Session,
    moves: Mapping[str, tuple[Interface, Interface]],
    now: Position,
) -> list[Client]:
    """Who is heard at the ports that will move, in the VLANs that they have until then, and may follow.

    Not those with an address that somebody typed in: they are on the survey's list, and wait for a visit.

    Args:
        context: whose logins lead to the gateway.
        device: that the ports are on.
        session: a login to it.
        moves: its ports, before and after.
        now: where everything stands.
    """
    if not moves:
        return []
    heard = [
        (mac, port) for mac, vlan, port in session.mac_table() if port in moves and vlan in _list_vlans(moves[port][0])
    ]
    try:
        addresses = {mac: address for mac, address, _ in _read_addresses(context, device, session, now)}
    except PlatformError:
        addresses = {}  # whoever cannot be asked now is asked again after the change, and counts then
    clients = [
        Client(port, mac, addresses.get(mac, ""), tuple(sorted(_list_vlans(moves[port][1]))))
        for mac, port in dict.fromkeys(heard)
    ]
    legacy = context.region.municipalities[device.municipality].legacy
    return [client for client in clients if legacy is None or not is_typed_in(client.address, legacy)]


def is_typed_in(address: str, legacy: Legacy) -> bool:
    """Whether an address lies in the old network outside what its DHCP server lends: it follows no port.

    Args:
        address: as a device told it; empty where none did.
        legacy: with the pools of its VLANs; one without a pool tells nothing.
    """
    try:
        known = IPv4Address(address)
    except AddressValueError:
        return False
    for vlan in legacy.vlans.values():
        if vlan.subnet is not None and known in vlan.subnet and vlan.pool_ends is not None:
            return not vlan.pool_ends[0] <= known <= vlan.pool_ends[1]
    return False


def probe(
    context: Context, device: Device, session: Session, clients: Sequence[Client], then: Position
) -> Iterator[Verdict]:
    """Whether these clients have an address in a VLAN that their port has now; waits for those who have none yet.

    Those who stay silent are told, each by port, MAC and last address. It is a failure where they are more than the
    standard lets pass, and more than one: a single one may have been switched off in that minute.

    Args:
        context: whose logins lead to the gateway.
        device: that was changed.
        session: a login to it.
        clients: that were heard before, and whose links have gone down and come up since.
        then: where everything stands with the change.
    """
    asked = [client for client in clients if _list_routed(context.region, device, then) & set(client.vlans)]
    if not asked:
        return
    end = time.monotonic() + PATIENCE_SECONDS
    silent: Sequence[Client] = asked
    while True:
        try:
            known = {(mac, vlan) for mac, _, vlan in _read_addresses(context, device, session, then)}
        except PlatformError as error:
            expected = f"the gateway of {device.name}'s clients to tell who is there"
            yield Verdict(device.name, CLIENTS, Status.ERROR, expected, str(error), seen=datetime.now(UTC))
            return
        silent = [client for client in asked if not any((client.mac, vlan) in known for vlan in client.vlans)]
        if not silent or time.monotonic() > end or interrupt.is_stop_requested():
            break
        time.sleep(PAUSE_SECONDS)
    yield replace(judge(device, asked, silent), seen=datetime.now(UTC))


def judge(device: Device, asked: Sequence[Client], silent: Sequence[Client]) -> Arrivals:
    """What it means that some clients stay silent: a failure above the budget, else a warning that names them.

    Args:
        device: whose ports moved.
        asked: all clients that should have followed.
        silent: those who have not.
    """
    words = tuple(map(str, silent))
    if not silent:
        return Arrivals(device.name, CLIENTS, Status.PASSED, asked=len(asked))
    return Arrivals(
        device.name,
        CLIENTS,
        Status.FAILURE,
        expected=f"{count_noun(len(asked), 'client')} of {device.name} to have an address where they are now",
        actual=f"silent since: {'; '.join(words)}",
        severity=Severity.ERROR if is_beyond(device.standard, len(asked), len(silent)) else Severity.WARNING,
        asked=len(asked),
        silent=words,
    )


def is_beyond(standard: Standard, asked: int, silent: int) -> bool:
    """Whether too many clients stay silent: more than the standard's share of them, and more than one."""
    return silent > max(1.0, asked * standard.silent_clients_percent / 100)


def _list_vlans(port: Interface) -> set[int]:
    return {*port.tagged, *(() if port.untagged is None else (port.untagged,))}


def _list_gateways(region: Region, device: Device) -> Iterable[Device]:
    return (core for core in region.of(device.municipality) if core.role == "core")


def _list_routed(region: Region, device: Device, position: Position) -> set[int]:
    """The VLANs that have their gateway on a core: only there is a table that tells who has which address."""
    legacy = region.municipalities[device.municipality].legacy
    old = {number for number, vlan in legacy.vlans.items() if vlan.subnet is not None} if legacy else set()
    new = {
        gateway.vlan
        for core in _list_gateways(region, device)
        for gateway in build_view(core, position, region).gateways
    }
    return old | new


def _read_addresses(
    context: Context, device: Device, session: Session, position: Position
) -> Iterator[tuple[str, str, int | None]]:
    """(MAC, address, VLAN) as the gateways of a device's clients know them."""
    for core in _list_gateways(context.region, device):
        if core.name == device.name:
            yield from session.arp_table()
        else:
            with context.login(core, position) as login:
                yield from login.arp_table()
