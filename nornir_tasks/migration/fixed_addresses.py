"""What holds an address that somebody typed in: found from the ARP and MAC tables of a survey, kept in the journal.

An address that lies in an old network and outside its pool was not lent. One that was typed in inside the pool looks
like a leased one in every table: it cannot be seen beforehand, and shows only as silent after its port has moved.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nornir_tasks.devices.collect import Collected
from nornir_tasks.journal.database import JournalError
from nornir_tasks.journal.journal import Journal
from nornir_tasks.model import Legacy, Municipality, Region

MOST_ROWS = 2000  # that one survey keeps; the counts by site are of all
UNSEEN = "what was typed in inside a pool looks like a leased address, and shows only as silent after its move"
NOWHERE = ""  # the site of what was heard on no port of an access switch


@dataclass(frozen=True)
class FixedAddress:
    """A machine with a fixed address, and where it is plugged in; empty where no switch heard it on such a port."""

    site: str
    device: str
    port: str
    profile: str  # what the port is for
    vlan: int  # of the old network that its address is in
    mac: str
    address: str


@dataclass(frozen=True)
class FixedAddresses:
    """What a survey found. ``has_arp``: whether any switch told who answers to which address."""

    has_arp: bool = False
    rows: tuple[FixedAddress, ...] = ()
    by_site: Mapping[str, int] = field(default_factory=dict)  # all of them, also those beyond ``MOST_ROWS``
    unknown: Mapping[int, int] = field(default_factory=dict)  # VLAN without a pool: how many answered there
    surveyed: datetime | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.by_site.values())

    def __str__(self) -> str:
        if not self.has_arp:
            return "fixed addresses not looked for, no ARP table was read"
        words = f"{self.count} with fixed addresses"
        if self.unknown:
            words += f" (not known in VLAN {', '.join(map(str, self.unknown))}: no pool)"
        return words

    def to_detail(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {
            "has_arp": self.has_arp,
            "rows": [asdict(row) for row in self.rows],
            "by_site": dict(self.by_site),
            "unknown": {str(vlan): count for vlan, count in self.unknown.items()},
        }


def find_fixed_addresses(
    region: Region, municipality: Municipality, readings: Mapping[str, Collected]
) -> FixedAddresses:
    """What holds an address of the old network that its DHCP server does not lend.

    Args:
        region: tells which ports lead to switches, and which addresses are those of its own machines.
        municipality: that is surveyed.
        readings: of its devices, with ``macs`` and ``arp``.
    """
    legacy = municipality.legacy
    answered = {row for reading in readings.values() for row in reading.arp}
    if legacy is None or not answered:
        return FixedAddresses()
    own = _list_own_addresses(region, municipality, legacy)
    places = _map_places(region, readings)
    rows: set[FixedAddress] = set()
    unknown: dict[int, set[str]] = {}
    for mac, text, _ in answered:
        try:
            address = IPv4Address(text)
        except AddressValueError:
            continue  # a device said it
        numbers = (number for number, vlan in legacy.vlans.items() if vlan.subnet and address in vlan.subnet)
        number = next(numbers, None)
        if number is None or address in own:
            continue
        ends = legacy.vlans[number].pool_ends
        if ends is None:
            unknown.setdefault(number, set()).add(text)
        elif not ends[0] <= address <= ends[1]:
            heard = places.get(mac, {})
            place = heard.get(number) or min(heard.values(), default=("", "", "", ""))
            rows.add(FixedAddress(*place, number, mac, text))
    ordered = sorted(rows, key=lambda row: (row.site, row.device, len(row.port), row.port, IPv4Address(row.address)))
    return FixedAddresses(
        has_arp=True,
        rows=tuple(ordered[:MOST_ROWS]),
        by_site=dict(sorted(Counter(row.site for row in ordered).items())),
        unknown={number: len(texts) for number, texts in sorted(unknown.items())},
    )


def _list_own_addresses(region: Region, municipality: Municipality, legacy: Legacy) -> set[IPv4Address]:
    """Addresses of switches, servers, routers and gateways: they are in the inventory, and move by other ways."""
    own = {*legacy.time_servers, *legacy.name_servers, *legacy.log_servers}
    own |= {vlan.subnet.network_address + 1 for vlan in legacy.vlans.values() if vlan.subnet}
    for device in region.of(municipality.name):
        own |= {device.address.ip, *(gateway.ip for gateway in device.gateways.values())}
        own |= {device.legacy_address.ip} if device.legacy_address else set()
    for server in region.servers.values():
        own |= {server.address.ip} | ({server.legacy_address} if server.legacy_address else set())
    return own


def _map_places(region: Region, readings: Mapping[str, Collected]) -> dict[str, dict[int, tuple[str, str, str, str]]]:
    """Where each MAC is plugged in: by VLAN the site, switch, port and profile of a port without a switch behind it."""
    names = {name for device in region.devices.values() for name in (device.name, device.legacy_name)}
    places: dict[str, dict[int, tuple[str, str, str, str]]] = {}
    for name in sorted(readings):
        device, reading = region.devices[name], readings[name]
        behind = {port for port, (neighbour, _) in reading.neighbours.items() if neighbour in names}
        ports = {port.name: port for port in device.ports if port.neighbour is None and port.name not in behind}
        for mac, vlan, port_name in reading.macs:
            if port := ports.get(port_name):
                place = (device.site, name, port_name, port.profile or "unused")
                places.setdefault(mac, {}).setdefault(vlan, place)
    return places


def read_fixed_addresses(journal: Journal, municipality: str) -> FixedAddresses:
    """What the last survey of a municipality found; without a survey, or with one of before: nothing looked for.

    Raises:
        JournalError: what is kept there is not what was written here.
    """
    with journal.history() as history:
        number = history.municipality(municipality).surveyed
    entry = journal.numbered([number]).get(number) if number else None
    if entry is None:
        return FixedAddresses()
    try:
        kept = _make_adapter().validate_python(entry.detail.get("fixed"))
    except ValidationError:
        raise JournalError(
            f"journal: event {entry.id}: detail: found fixed addresses in another form, expected what was "
            "written here. Somebody changed it: scripts/change.py verify"
        ) from None
    return replace(kept, surveyed=entry.at)


@cache
def _make_adapter() -> TypeAdapter[FixedAddresses]:
    """Made once it is needed: most commands read no survey."""
    return TypeAdapter(FixedAddresses)


def describe_rows(rows: Iterable[FixedAddress], most: int) -> str:
    """The first of some rows by port and address, and how many more there are."""
    listed = [f"{row.device} {row.port} {row.address}" for row in rows]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
