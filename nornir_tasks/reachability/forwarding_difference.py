"""What a change of some switches changes of ways: routers, owners of addresses, and how far VLANs go. Pure."""

from collections.abc import Collection
from ipaddress import IPv4Address

from nornir_tasks.reachability.bridging import Bridging
from nornir_tasks.reachability.journey import Span, Trace
from nornir_tasks.reachability.routing import Owner, Routing


class ForwardingDifference:
    """What is another between two moments; it tells which ways are still those that they were."""

    def __init__(
        self, before: tuple[Bridging, Routing], after: tuple[Bridging, Routing], changed: Collection[str]
    ) -> None:
        self._before, self._after = before[0], after[0]
        old, new = before[1], after[1]
        devices = {
            name for name, interfaces in new.interfaces.items() if interfaces.keys() != old.interfaces[name].keys()
        }
        self._devices = frozenset({*changed, *devices, *new.find_other_tables(old)})
        self._addresses = frozenset(_find_other_owners(old, new, {*changed, *devices}))
        self._spans: dict[Span, bool] = {}
        self._traces: dict[Trace, bool] = {}

    def touches(self, trace: Trace) -> bool:
        """Whether ways that rest on this may be others."""
        if trace not in self._traces:
            self._traces[trace] = (
                not self._devices.isdisjoint(trace.devices)
                or not self._addresses.isdisjoint(trace.addresses)
                or any(map(self._is_other_span, trace.spans))
            )
        return self._traces[trace]

    def _is_other_span(self, span: Span) -> bool:
        if span not in self._spans:
            self._spans[span] = self._before.find_way(*span) != self._after.find_way(*span)
        return self._spans[span]


def _find_other_owners(before: Routing, after: Routing, devices: Collection[str]) -> set[IPv4Address]:
    """The addresses that other interfaces have, or the same in another way."""
    addresses = {address for routing in (before, after) for address in routing.list_addresses(devices)}
    return {address for address in addresses if _get_owners(before, address) != _get_owners(after, address)}


def _get_owners(routing: Routing, address: IPv4Address) -> tuple[list[Owner], list[Owner]]:
    """Who has an address, and of these whose interface is up."""
    return routing.holders.get(address, []), routing.owners.get(address, [])
