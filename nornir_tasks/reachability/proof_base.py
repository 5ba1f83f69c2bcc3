"""What each part of the lock-out proof stands on: the packets of our sessions, and the lists they pass. Pure."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nornir_tasks.core.verdict import Rule, Verdict
from nornir_tasks.model import Device, Port, Position, Region
from nornir_tasks.platforms.common.management_access import Interface, ManagementAccess
from nornir_tasks.platforms.common.packet_filter import Filter, Packet
from nornir_tasks.reachability.requirements import Requirements, find_management_address, is_moved

SSH = 22
WAY_IN = Rule("lockout", "the device, and what is reached through it, can still be reached", "lockout")


@dataclass(frozen=True)
class Proof(ABC):
    """What a configuration says of the way in (``actual``) beside what must hold (``required``)."""

    device: Device
    actual: ManagementAccess
    required: Requirements
    then: Position
    region: Region

    @abstractmethod
    def find_reasons(self) -> Iterator[Verdict]:
        """A failed verdict for each requirement that the configuration does not meet."""

    def choose_moved(self, devices: Iterable[Device]) -> list[Device]:
        """The devices that are reached through the centre."""
        return [device for device in devices if is_moved(device, self.then, self.region)]

    def find_open_ports(self) -> list[int]:
        """The TCP ports of open services; before the move only those that the way in depends on."""
        return [
            service.port
            for service in self.actual.services
            if service.closed_by is None and (service.is_needed or self.required.moved)
        ]

    def make_requests(self, devices: Iterable[Device]) -> Iterator[Packet]:
        """The packets from the control nodes to these devices; of another device than ours, SSH alone."""
        for device in devices:
            ports = self.find_open_ports() if device.name == self.device.name else [SSH]
            for node in self.device.standard.control_nodes:
                for port in ports:
                    yield Packet(node, find_management_address(device, self.then, self.region), port)

    def make_answers(self, devices: Iterable[Device]) -> Iterator[Packet]:
        """The packets that these devices send back to the control nodes."""
        for packet in self.make_requests(devices):
            yield Packet(packet.destination, packet.source, packet.port, answer=True)

    def check_lists(
        self, port: Interface, into: Iterable[Packet] = (), out: Iterable[Packet] = ()
    ) -> Iterator[Verdict]:
        """A failed verdict for each list of an interface that stops one of these packets."""
        place = f"by {port.name} of {self.device.name}"
        yield from self.find_stopped((port.inbound,), into, place)
        yield from self.find_stopped((port.outbound,), out, place)

    def find_stopped(
        self, filters: Iterable[Filter | None], packets: Iterable[Packet], place: str
    ) -> Iterator[Verdict]:
        """At most one verdict for each list: the first packet that it does not surely let through."""
        for access_list in filters:
            if access_list is not None:
                stopped = next(
                    ((packet, why) for packet in packets if (why := access_list.explain_refusal(packet))), None
                )
                if stopped:
                    yield self.fail(f"{stopped[0]} let through {place}", stopped[1])

    def fail(self, expected: str, actual: str) -> Verdict:
        """A reason why a session would not come through."""
        return WAY_IN.failed(self.device.name, expected, actual)

    def describe_port(self, port: Port, far: str) -> str:
        """``GigabitEthernet1/0/49 of loppa-acc-01 (to loppa-core-01)``."""
        number = f"port {port.name}" if port.name.isdigit() else port.name
        return f"{number} of {self.device.name} (to {far})"
