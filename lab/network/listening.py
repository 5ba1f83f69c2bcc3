"""Who listens where: a server at the ports of what runs on it, and of what is beyond the exits at those of its own."""

from collections import defaultdict
from ipaddress import IPv4Address

from lab.network.forwarding import End
from lab.region.services import Ports, Service, ServicesFacts

LOGIN = 22  # at which every switch listens


class Listening:
    """What the inventory's records say of ports over TCP."""

    def __init__(self, services: ServicesFacts) -> None:
        self._services = services
        self._by_host: dict[str, list[Service]] = defaultdict(list)
        self._by_zone: dict[str, list[Service]] = defaultdict(list)
        for application in services.applications:
            for host in (*application.hosts, *application.moves_to):
                self._by_host[host] += application.ports
                for ports in application.feeds.values():
                    self._by_host[host] += ports
            for host in (*application.database_hosts, *application.database_moves_to):
                self._by_host[host] += application.database_ports
            for zone, ports in application.devices.items():
                self._by_zone[zone] += ports
        for service in services.common.values():
            for host in service.hosts:
                self._by_host[host] += service.ports

    def is_open(self, end: End, address: IPv4Address, port: int) -> bool:
        """Whether a port is listened at where a packet has arrived.

        Args:
            end: where that is.
            address: that it was for.
            port: of TCP.
        """
        if end.host is not None:
            station = end.host.station
            return _holds([*self._by_host[station.name], *self._by_zone[station.zone or ""]], port)
        if end.exit is None:
            return port == LOGIN
        outside = [
            destination
            for destination in self._services.destinations.values()
            if any(address in network for network in destination.networks)
        ]
        return any(_holds(destination.ports, port) for destination in outside)


def _holds(ports: Ports | list[Service], port: int) -> bool:
    return any(service.protocol == "tcp" and service.first <= port <= service.last for service in ports)
