"""Ports, their profiles, and the cables between them: from NetBox's interfaces and cables to links. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.finding import format_choices, suggest_nearest
from nornir_tasks.model.standard import PortProfile, Standard, SwitchModel
from nornir_tasks.netbox import rows
from nornir_tasks.netbox.read import Export, ExportLine, mark_unquoted

if TYPE_CHECKING:
    from nornir_tasks.netbox.compose import HostDraft

Links = tuple[list[dict[str, Any]], list[ExportLine[rows.CableRow]]]
End = tuple[str, int]  # switch and port
VIRTUAL = "virtual"


class CablingReader:
    """Makes links of an export's cables: it finds the interfaces by device and name."""

    def __init__(self, export: Export, hosts: "Mapping[str, HostDraft]", standard: Standard) -> None:
        self.export, self.hosts, self.standard = export, hosts, standard
        self.numbers = {name: _number_ports(host.model) for name, host in hosts.items() if host.model}
        self.ports: dict[End, ExportLine[rows.InterfaceRow]] = {}
        self.names: dict[str, set[str]] = {}  # of every device's interfaces
        for line in export.interfaces:
            self._add_port(line)

    def _add_port(self, line: ExportLine[rows.InterfaceRow]) -> None:
        port = line.record
        if port.device not in self.hosts:
            self._report_unknown_device(line, "device", port.device)
            return
        names = self.names.setdefault(port.device, set())
        if port.name in names:
            expected = f"a name that no other interface of {port.device} has"
            self.export.problems.append(line.make_problem("name", port.name, expected))
            return
        names.add(port.name)
        numbers = self.numbers.get(port.device)
        if numbers is None or port.type.casefold() == VIRTUAL:
            return
        if port.name not in numbers:
            self.export.lost.add(("interfaces", port.name))
            model = self.hosts[port.device].variables["model"]
            expected = f"a port that a {model} has, such as {next(iter(numbers))}"
            self.export.problems.append(
                line.make_problem("name", port.name, expected, suggest_nearest(port.name, numbers))
            )
            return
        self.ports[port.device, numbers[port.name]] = line

    def _report_unknown_device(self, line: ExportLine[Any], column: str, device: str) -> None:
        """Add the problem of a device that the export lacks: once, and not if its own line could not be read."""
        if not self.export.is_lost("devices", device):
            advice = suggest_nearest(device, self.hosts)
            self.export.problems.append(line.make_problem(column, device, "a device among the devices", advice))
            self.export.lost.add(("devices", device))

    def make_links(self, links_by_municipality: Mapping[str, Links], tenants: Mapping[str, str]) -> None:
        """Make each cable a link, or a server's ``attached``; then add the profiles of the ports that carry no link.

        Args:
            links_by_municipality: by municipality, the lists that links and their cables' lines are added to.
            tenants: a tenant's name to its municipality.
        """
        used: dict[tuple[str, str], ExportLine[rows.CableRow]] = {}
        linked: set[End] = set()
        for line in self.export.cables:
            cable = line.record
            sides = [("a", cable.side_a_device, cable.side_a_name), ("b", cable.side_b_device, cable.side_b_name)]
            ends = [self._is_end_free(line, side, device, name, used) for side, device, name in sides]
            switch_ends = [(device, name) for _, device, name in sides if device in self.numbers]
            linked |= (
                {(device, self.numbers[device].get(name, 0)) for device, name in switch_ends}
                if len(switch_ends) > 1
                else set()
            )
            if not all(ends):
                self.export.lost.add(("cables", ""))
                continue
            switches = [(device, self.numbers[device][name]) for _, device, name in sides if device in self.numbers]
            if len(switches) == 2:
                if cable.tenant and cable.tenant not in tenants:
                    advice, expected = suggest_nearest(cable.tenant, tenants), "a municipality's tenant, or nothing"
                    self.export.problems.append(line.make_problem("tenant", cable.tenant, expected, advice))
                municipality = tenants.get(cable.tenant) or self._find_owner(switches)
                links, cables = links_by_municipality[municipality]
                links.append(self._make_link(line, switches))
                cables.append(line)
            elif len(switches) == 1:
                server = next(device for _, device, _ in sides if device not in self.numbers)
                host, (switch, port) = self.hosts[server], switches[0]
                if "attached" in host.variables:
                    expected = f"one cable a server; {server} hangs on {host.variables['attached']}"
                    self.export.problems.append(line.make_problem("side_a_device", server, expected))
                host.set_variable("attached", f"{switch}:{port}", line, "side_b_name")
            else:
                expected = "a switch at one end at least"
                self.export.problems.append(line.make_problem("side_b_device", cable.side_b_device, expected))
        self._add_profiles(linked)

    def _is_end_free(
        self,
        line: ExportLine[rows.CableRow],
        side: str,
        device: str,
        name: str,
        used: dict[tuple[str, str], ExportLine[rows.CableRow]],
    ) -> bool:
        """Whether this end of a cable is there and free."""
        if device not in self.hosts:
            self._report_unknown_device(line, f"side_{side}_device", device)
            return False
        interface_names = self.names.get(device, set())
        if name not in interface_names:
            if not self.export.is_lost("interfaces", name):
                advice, expected = (
                    suggest_nearest(name, interface_names),
                    f"an interface of {device} among the interfaces",
                )
                self.export.problems.append(line.make_problem(f"side_{side}_name", name, expected, advice))
            return False
        if device in self.numbers and name not in self.numbers[device]:
            expected = f"a port of {device}, not one of its virtual interfaces"
            self.export.problems.append(line.make_problem(f"side_{side}_name", name, expected))
            return False
        first = used.setdefault((device, name), line)
        if first is not line:
            expected = f"a port of {device} without a cable; that of line {first.number} is in it"
            self.export.problems.append(line.make_problem(f"side_{side}_name", name, expected))
        return first is line and (device not in self.numbers or (device, self.numbers[device][name]) in self.ports)

    def _find_owner(self, switches: list[End]) -> str:
        """The municipality of a link without a tenant: the one at an end that is not the centre's."""
        owners = [self.hosts[switch].municipality for switch, _ in switches]
        return next((owner for owner in owners if owner != CENTRE), CENTRE)

    def _make_link(self, line: ExportLine[rows.CableRow], switches: list[End]) -> dict[str, Any]:
        a, b = (self.ports[end].record for end in switches)
        link: dict[str, Any] = {"a": _format_socket(switches[0]), "b": _format_socket(switches[1])}
        if a.speed != b.speed:
            actual = mark_unquoted(f"{a.speed or 'no'} and {b.speed or 'no'} kbit/s at its ends")
            self.export.problems.append(line.make_problem("side_a_name", actual, "one speed"))
        gbps, remainder = divmod(a.speed or 1_000_000, 1_000_000)
        if remainder and a.speed == b.speed:
            actual = mark_unquoted(f"{a.speed} kbit/s at its ends")
            self.export.problems.append(line.make_problem("side_a_name", actual, "whole Gbit/s"))
        if gbps != 1:
            link["gbps"] = gbps
        modes = [port.mode for port in (a, b)]
        if modes.count(None) == 1:
            actual = mark_unquoted(f"mode {modes[0] or 'nothing'} and {modes[1] or 'nothing'} at its ends")
            expected = "tagged at both (a trunk) or nothing at both (routed)"
            self.export.problems.append(line.make_problem("side_a_name", actual, expected))
        if modes == [None, None]:
            link["kind"] = "routed"
            if all(self.hosts[switch].municipality == CENTRE for switch, _ in switches):
                self._add_index(line, a, link)
        return link

    def _add_index(self, line: ExportLine[rows.CableRow], a: rows.InterfaceRow, link: dict[str, Any]) -> None:
        """Add the number of a centre-internal link's /31 within the uplink network: it follows from its address."""
        network = self.standard.uplink_network
        addresses = [
            address_line.record.address.ip
            for address_line in self.export.ip_addresses
            if (address_line.record.device, address_line.record.interface) == (a.device, a.name)
            and address_line.record.address.ip in network
        ]
        if not addresses:
            expected = f"one in {network}, the network of the routed links"
            self.export.problems.append(
                line.make_problem("side_a_name", mark_unquoted(f"no address of {a.device} {a.name}"), expected)
            )
            return
        link["index"] = (int(addresses[0]) - int(network.network_address)) // 2

    def _add_profiles(self, linked: set[End]) -> None:
        for (device, number), line in self.ports.items():
            host = self.hosts[device]
            profile = line.record.cf_port_profile if (device, number) in linked else self._find_profile(line)
            if profile:
                host.variables.setdefault("ports", {})[number] = profile
                host.origins.setdefault("ports", (line, "cf_port_profile"))

    def _find_profile(self, line: ExportLine[rows.InterfaceRow]) -> str:
        """The port's profile: the one it names itself, or the only one with its VLANs; empty: none."""
        port, profiles = line.record, self.standard.port_profiles
        vlans = (port.untagged_vlan, frozenset(port.tagged_vlans))
        if port.cf_port_profile:
            profile = profiles.get(port.cf_port_profile)
            if profile is None:
                expected = f"a port profile of the standard: {format_choices(profiles)}"
                advice = suggest_nearest(port.cf_port_profile, profiles)
                problem = line.make_problem("cf_port_profile", port.cf_port_profile, expected, advice)
                self.export.problems.append(problem)
                return ""
            if self._list_vlans(profile) != vlans or profile.enabled != port.enabled:
                text = self._describe_vlans(self._list_vlans(profile), profile.enabled)
                expected = f"{text}, as port profile {port.cf_port_profile} has"
                actual = mark_unquoted(self._describe_vlans(vlans, port.enabled))
                column = "untagged_vlan" if vlans[0] != self._list_vlans(profile)[0] else "tagged_vlans"
                column = "enabled" if self._list_vlans(profile) == vlans else column
                self.export.problems.append(line.make_problem(column, actual, expected))
            return port.cf_port_profile
        if vlans == (None, frozenset()) or not self.export.is_whole("cables"):
            return ""  # the port of a link has no profile
        candidates = [
            name for name, profile in profiles.items() if profile.enabled and self._list_vlans(profile) == vlans
        ]
        if len(candidates) != 1:
            expected = (
                f"one of {', '.join(candidates)} as cf_port_profile" if candidates else "VLANs that a port profile has"
            )
            self.export.problems.append(
                line.make_problem("untagged_vlan", mark_unquoted(self._describe_vlans(vlans, port.enabled)), expected)
            )
            return ""
        return candidates[0]

    def _list_vlans(self, profile: PortProfile) -> tuple[int | None, frozenset[int]]:
        zones = self.standard.zones
        tagged = [zone for zone in (profile.voice, *profile.tagged) if zone]
        return zones[profile.access].vlan if profile.access else None, frozenset(zones[zone].vlan for zone in tagged)

    @staticmethod
    def _describe_vlans(vlans: tuple[int | None, frozenset[int]], enabled: bool) -> str:
        untagged, tagged = vlans
        parts = [f"untagged {untagged}"] if untagged else []
        parts += [f"tagged {', '.join(str(vlan) for vlan in sorted(tagged))}"] if tagged else []
        return " and ".join(parts or ["no VLAN"]) + ("" if enabled else ", not enabled")


def _number_ports(model: SwitchModel) -> dict[str, int]:
    """The number of each port of a model, by the port's name."""
    first = model.uplinks_from if model.uplinks and model.uplinks_from else model.ports + 1
    names = [str(model.name if number < first else model.uplinks) for number in range(1, model.ports + 1)]
    return {name.replace("{}", str(number)): number for number, name in enumerate(names, 1)}


def _format_socket(end: End) -> str:
    return f"{end[0]}:{end[1]}"
