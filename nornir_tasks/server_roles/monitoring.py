"""What the role ``monitoring`` is told: what is watched, by which probe, and whom it hits if it ends. Pure.

Everything follows from the records of applications, common services, servers, switches and lines. What the centre has
no way to, or no probe for, is counted with the reason instead.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nornir_tasks.model import Municipality, Position, Region, Server
from nornir_tasks.model.device import Device, Port
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import list_server_networks
from nornir_tasks.model.graph import find_attachment, find_downstream, find_trunk_ports, measure_distances
from nornir_tasks.model.municipality import Link
from nornir_tasks.model.names import find_database_hosts, find_server_stage, find_serving_hosts, make_label
from nornir_tasks.model.services import Application, CommonService, PortRange
from nornir_tasks.model.stage import FEATURES
from nornir_tasks.model.standard import Standard
from nornir_tasks.server_roles import backup
from nornir_tasks.server_roles.view import ServerView, find_reason_not_ours

SERVICE = "monitoring"  # the common service whose hosts have the role
AGENT_PORT = 9100
# What is spoken at these TCP ports by convention; nothing in a record says it. Others are asked for a connection alone.
HTTPS_PORTS = frozenset({443, 4443, 8443, 9443, 10443})
TLS_PORTS = frozenset({636, 993})
DNS_PORT, NTP_PORT, SYSLOG_PORT = 53, 123, 514
# Of services over UDP that no probe can ask: the unit by whose state on their hosts they are judged.
UNITS = {SYSLOG_PORT: "rsyslog.service"}
NO_WAY = "no way leads there from the centre before {}"
NO_PROBE = "only UDP, which no probe speaks"


def applies_to(server: ServerView) -> bool:
    """The hosts of the common service have it, one or more in each half."""
    return SERVICE in server.services


def derive_variables(server: ServerView) -> dict[str, Any]:
    """The role's variables; the same on all its hosts, but for the address and the half."""
    watch = _Watch(server.region, server.position, server.standard)
    return {
        "monitoring__address": str(server.server.address.ip),
        "monitoring__half": server.server.site,
        "monitoring__hosts": [
            {"name": host.name, "half": host.site, "address": str(host.address.ip)}
            for host in server.find_hosts(SERVICE)
        ],
        "monitoring__dns_name": f"{make_label('names')}.{server.standard.domain}",
        "monitoring__targets": {
            "agents": list(watch.list_agents()),
            "pings": [*watch.list_servers(), *watch.list_switches()],
            "applications": list(watch.list_applications()),
            "services": list(watch.list_services()),
            "lines": list(watch.list_lines()),
        },
        "monitoring__judged_services": list(watch.list_judged_services()),
        "monitoring__time_servers": watch.list_time_servers(),
        "monitoring__contracted": list(watch.list_contracted()),
        "monitoring__unwatched": watch.list_unwatched(),
    }


@dataclass(frozen=True)
class _Line:
    """A line that is hired: its two ends, seen from the centre, and whom it carries."""

    link: Link
    home: Municipality
    near: Device
    near_port: Port
    far: Device
    far_port: Port

    @property
    def name(self) -> str:
        """Its far end, as the inventory writes it."""
        return f"{self.far.name}:{self.far_port.number}"

    @property
    def is_uplink(self) -> bool:
        """Whether it leads to a half of the centre."""
        return self.link.kind == "routed"


class _Watch:
    """What is watched at a position."""

    def __init__(self, region: Region, position: Position, standard: Standard) -> None:
        self.region = region
        self.position = position
        self.standard = standard

    def list_agents(self) -> Iterator[dict[str, Any]]:
        """The agents on servers that are ours."""
        for server in self._watched_servers:
            if find_reason_not_ours(server) is None:
                view = ServerView(self.region, server, self.position)
                has_data = backup.applies_to(view) and backup.derive_variables(view)["backup__paths"]
                labels = self._describe_use(server) | {"backed_up": "yes" if has_data else ""}
                yield _target(f"{server.address.ip}:{AGENT_PORT}", labels)

    def list_servers(self) -> Iterator[dict[str, Any]]:
        """Every server, pinged; of those that are not ours, why."""
        for server in self._watched_servers:
            labels = {"kind": "server", "not_ours": find_reason_not_ours(server) or ""}
            yield _target(str(server.address.ip), self._describe_use(server) | labels)

    def list_switches(self) -> Iterator[dict[str, Any]]:
        """Every switch, pinged: the standard configures no SNMP on them."""
        for device in self._watched_switches:
            home = self.region.municipalities[device.municipality]
            behind = [device] if device.role != "core" else self.region.of(home.name)
            labels = {
                "kind": "switch",
                "host": device.name,
                "switch": device.name,
                "municipality": home.name,
                "site": device.site,
                "half": device.site if home.name == CENTRE else "",
                "line": self._lines_above.get(device.name, ""),
                "runs": f"{device.role} switch at {home.sites[device.site].name}",
                "whom": _count_clients(home, behind),
            }
            yield _target(str(device.address.ip), labels)

    def list_applications(self) -> Iterator[dict[str, Any]]:
        """Every TCP port of every application, at each of its hosts of now."""
        for owner, name, application in self._applications:
            labels = {
                "application": f"{owner.name}/{name}",
                "name": application.label,
                "municipality": owner.name,
                "system_owner": application.system_owner,
                "sensitivity": application.sensitivity,
                "whom": self._count_people(self._list_groups(owner, application)),
            }
            dns_name = f"{make_label(name)}.{make_label(owner.name)}.{self.standard.domain}"
            for server in self._find_hosts(owner, application):
                if self._is_watched(server):
                    where = self._describe_server(server) | labels
                    yield from _probe_ports(server, application.ports, where | {"__param_hostname": dns_name})

    def list_services(self) -> Iterator[dict[str, Any]]:
        """Every common service, asked in its own protocol where a probe speaks it."""
        for name, service in self.standard.common_services.items():
            for server in self._service_hosts(service):
                labels = self._describe_service(name, service, server)
                dns_name = f"{make_label(name)}.{self.standard.domain}"
                yield from _probe_ports(server, service.ports, labels | {"__param_hostname": dns_name})
                if f"udp/{DNS_PORT}" in service.ports:
                    labels |= {"port": f"udp/{DNS_PORT}", "__param_module": "dns_udp"}
                    yield _target(f"{server.address.ip}:{DNS_PORT}", labels)

    def list_judged_services(self) -> Iterator[dict[str, Any]]:
        """Services over UDP that no blackbox asks, a record a host. ``expr``: 1 while it is there."""
        for name, service in self.standard.common_services.items():
            for server in self._service_hosts(service):
                for port in map(PortRange.parse, service.ports):
                    labels = self._describe_service(name, service, server) | {"port": str(port)}
                    if port.protocol == "udp" and port.first == NTP_PORT:
                        expr = f'max(fellesdrift_ntp_up{{server="{server.address.ip}"}})'
                        yield {"expr": expr, "labels": _drop_empty(labels)}
                    elif port.protocol == "udp" and (unit := UNITS.get(port.first)):
                        selector = f'host="{server.name}",name="{unit}",state="active"'
                        yield {"expr": f"max(node_systemd_unit_state{{{selector}}})", "labels": _drop_empty(labels)}

    def list_time_servers(self) -> list[str]:
        """Addresses that are asked for the time, by a probe of the role's own."""
        return [
            str(server.address.ip)
            for service in self.standard.common_services.values()
            if f"udp/{NTP_PORT}" in service.ports
            for server in self._service_hosts(service)
        ]

    def list_lines(self) -> Iterator[dict[str, Any]]:
        """Both ends of every line; an uplink's far end at its own address: by the other half the core answers, too."""
        for line in self._watched_lines:
            labels = self._describe_line(line)
            for end, device, port in (("near", line.near, line.near_port), ("far", line.far, line.far_port)):
                address = port.neighbour.address if port.neighbour and line.is_uplink and end == "far" else None
                yield _target(str((address or device.address).ip), labels | {"end": end, "host": device.name})

    def list_contracted(self) -> Iterator[dict[str, Any]]:
        """What is hired, Mbit/s, with the port by which it comes to the clients. ``direction``: down, towards them."""
        for line in self._watched_lines:
            if line.link.line:
                rates = {"down": line.link.line.down_mbps, "up": line.link.line.up_mbps}
                for direction, mbps in rates.items():
                    port = {"host": line.far.name, "ifDescr": line.far_port.name, "direction": direction}
                    yield {"mbps": mbps, "labels": _drop_empty(self._describe_line(line) | port)}

    def list_unwatched(self) -> list[dict[str, Any]]:
        """What the inventory has and nothing watches: how many of a kind, and why."""
        kinds: Counter[tuple[str, str, str]] = Counter()
        no_server, no_switch = (NO_WAY.format(FEATURES[key].word) for key in ("gateways", "management"))
        watched = {server.name for server in self._watched_servers}
        for server in self.region.servers.values():
            kinds[server.municipality, "servers", no_server] += server.name not in watched
        for device in self.region.devices.values():
            kinds[device.municipality, "switches", no_switch] += device not in self._watched_switches
        for owner, _, application in self._applications:
            is_watched = any(self._is_watched(server) for server in self._find_hosts(owner, application))
            kinds[owner.name, "applications", no_server] += not is_watched
            kinds[owner.name, "applications", NO_PROBE] += not any(_list_tcp(application.ports))
        probed = {target["labels"]["service"] for target in self.list_services()}
        probed |= {record["labels"]["service"] for record in self.list_judged_services()}
        for name, service in self.standard.common_services.items():
            kinds[CENTRE, f"service {name}", NO_PROBE] += bool(service.ports) and name not in probed
        return [
            {"municipality": municipality, "kind": kind, "why": why, "count": count}
            for (municipality, kind, why), count in kinds.items()
            if count
        ]

    @cached_property
    def _applications(self) -> list[tuple[Municipality, str, Application]]:
        homes = self.region.municipalities.values()
        return [(home, name, application) for home in homes for name, application in home.applications.items()]

    def _find_hosts(self, owner: Municipality, application: Application) -> list[Server]:
        """Where an application runs at the position."""
        hosts = find_serving_hosts(self.region, owner, application, self.position)
        return [self.region.servers[host] for host in hosts]

    def _service_hosts(self, service: CommonService) -> list[Server]:
        return [self.region.servers[host] for host in dict.fromkeys(service.hosts)]

    def _is_watched(self, server: Server) -> bool:
        """Whether it answers at an address that the centre has a way to: that of the standard."""
        networks = list_server_networks(server, find_server_stage(self.region, server, self.position))
        return any(network.network_address == server.address.ip for network in networks)

    @cached_property
    def _watched_servers(self) -> list[Server]:
        return [server for server in self.region.servers.values() if self._is_watched(server)]

    @cached_property
    def _watched_switches(self) -> list[Device]:
        return [device for device in self.region.devices.values() if self._has_way(device)]

    def _has_way(self, device: Device) -> bool:
        home = self.region.municipalities[device.municipality]
        return not home.has_legacy or self.position.of(home.name, device.name) >= FEATURES["management"]

    @cached_property
    def _runs(self) -> Mapping[str, list[str]]:
        """What people call that which runs on each server."""
        runs: dict[str, list[str]] = {name: [] for name in self.region.servers}
        for owner, _, application in self._applications:
            for server in self._find_hosts(owner, application):
                runs[server.name].append(application.label)
            for host in find_database_hosts(self.region, owner, application, self.position):
                runs[host].append(f"{application.label} (data)")
        for service in self.standard.common_services.values():
            for server in self._service_hosts(service):
                runs[server.name].append(service.label)
        for server in self.region.servers.values():
            runs[server.name] += [server.runs] if server.runs else []
        return runs

    @cached_property
    def _users(self) -> Mapping[str, set[tuple[str, str]]]:
        """Who uses what runs on each server: municipality and group."""
        users: dict[str, set[tuple[str, str]]] = {name: set() for name in self.region.servers}
        for owner, _, application in self._applications:
            hosts = [server.name for server in self._find_hosts(owner, application)]
            for host in (*hosts, *find_database_hosts(self.region, owner, application, self.position)):
                users[host].update(self._list_groups(owner, application))
        return users

    def _list_groups(self, owner: Municipality, application: Application) -> list[tuple[str, str]]:
        pairs = (user.rpartition("/") for user in application.users)
        return [(home or owner.name, group) for home, _, group in pairs]

    def _count_people(self, groups: Iterable[tuple[str, str]]) -> str:
        """How many people of each group, the largest first."""
        rows = []
        for municipality, group in groups:
            home = self.region.municipalities[municipality]
            record = home.user_groups[group]
            rows.append((sum(record.sites.values()), record.label, home.label))
        homes = {home for _, _, home in rows}
        ordered = sorted(rows, key=lambda row: (-row[0], row[1], row[2]))
        return ", ".join(f"{n} {label}" + (f" of {home}" if len(homes) > 1 else "") for n, label, home in ordered)

    def _describe_server(self, server: Server) -> dict[str, str]:
        switch = find_attachment(self.region, server).partition(":")[0]
        return {
            "host": server.name,
            "switch": switch,
            "municipality": server.municipality,
            "site": server.site,
            "half": server.site if server.municipality == CENTRE and server.zone == "services" else "",
            "line": self._lines_above.get(switch, ""),
        }

    def _describe_use(self, server: Server) -> dict[str, str]:
        runs, whom = ", ".join(self._runs[server.name]), self._count_people(self._users[server.name])
        return self._describe_server(server) | {"runs": runs, "whom": whom}

    def _describe_service(self, name: str, service: CommonService, server: Server) -> dict[str, str]:
        zones = ", ".join(service.zones) or "nobody directly"
        return self._describe_server(server) | {"service": name, "name": service.label, "whom": zones}

    def _describe_line(self, line: _Line) -> dict[str, str]:
        behind = self.region.of(line.home.name)
        if not line.is_uplink:
            distances = measure_distances(self.region, line.home.name)
            behind = find_downstream(self.region, line.near, line.near_port, distances)
        record = line.link.line
        return {
            "line": line.name,
            "municipality": line.home.name,
            "half": line.near.site if line.is_uplink else "",
            "uplink": "yes" if line.is_uplink else "",
            "supplier": record.supplier if record else "",
            "contract": record.contract if record else "",
            "path": record.path if record else "",
            "whom": _count_clients(line.home, behind),
        }

    @cached_property
    def _lines(self) -> dict[frozenset[str], _Line]:
        """The lines by the two ports that they join."""
        lines = {}
        for home in self.region.municipalities.values():
            distances = measure_distances(self.region, home.name)
            for link in home.links:
                if link.line:
                    ends = [self._find_port(link.a), self._find_port(link.b)]
                    # Another municipality's (the centre's) end is the near one, then the one nearer to the core.
                    ends.sort(key=lambda end: distances.get(end[0].name, -1))
                    (near, near_port), (far, far_port) = ends
                    lines[frozenset((link.a, link.b))] = _Line(link, home, near, near_port, far, far_port)
        return lines

    def _find_port(self, socket: str) -> tuple[Device, Port]:
        name, _, number = socket.partition(":")
        device = self.region.devices[name]
        return device, device.port(int(number))

    @property
    def _watched_lines(self) -> list[_Line]:
        return [line for line in self._lines.values() if self._has_way(line.near) and self._has_way(line.far)]

    @cached_property
    def _lines_above(self) -> Mapping[str, str]:
        """The name of the last line on the way from the core to each switch; without one, the switch is not named."""
        names: dict[str, str] = {}
        for home in self.region.municipalities:
            waiting = deque(device for device in self.region.of(home) if device.role == "core")
            seen = {device.name for device in waiting}
            while waiting:
                device = waiting.popleft()
                for port in find_trunk_ports(device):
                    neighbour = port.neighbour
                    if neighbour is None or neighbour.device in seen:
                        continue
                    seen.add(neighbour.device)
                    waiting.append(self.region.devices[neighbour.device])
                    sockets = frozenset((f"{device.name}:{port.number}", f"{neighbour.device}:{neighbour.port}"))
                    line = self._lines.get(sockets)
                    if name := line.name if line else names.get(device.name, ""):
                        names[neighbour.device] = name
        return names


def _probe_ports(server: Server, ports: Iterable[str], labels: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """A probe of each TCP port; of a range, of its first."""
    for port in _list_tcp(ports):
        target, module = f"{server.address.ip}:{port.first}", "tcp"
        if port.first in HTTPS_PORTS:
            target, module = f"https://{target}/", "https"
        elif port.first in TLS_PORTS:
            module = "tls"
        elif port.first == DNS_PORT:
            module = "dns_tcp"
        yield _target(target, {**labels, "port": f"tcp/{port.first}", "__param_module": module})


def _list_tcp(ports: Iterable[str]) -> list[PortRange]:
    return [port for port in map(PortRange.parse, ports) if port.protocol == "tcp"]


def _count_clients(home: Municipality, devices: Iterable[Device]) -> str:
    """How many PCs there are at the sites of some switches."""
    sites = list(dict.fromkeys(device.site for device in devices))
    count = sum(home.sites[site].clients for site in sites)
    is_all = len(sites) > 1 and len(sites) == len(home.sites)
    names = home.label if is_all else ", ".join(home.sites[site].name for site in sites)
    return f"{count} PCs at {names}" if count else names


def _target(address: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """An entry of Prometheus' static_configs."""
    return {"targets": [address], "labels": _drop_empty(labels)}


def _drop_empty(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that have a value: to Prometheus an empty one is none."""
    return {key: value for key, value in labels.items() if value}
