"""Ports, their profiles, and the cables between them: from NetBox's interfaces and cables to links. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.finding import format_choices, suggest_nearest
from nornir_tasks.model.standard import PortProfile, Standard, SwitchModel
from nornir_tasks.netbox import rows
from nornir_tasks.netbox.read import Export, Line, words

if TYPE_CHECKING:
    from nornir_tasks.netbox.compose import Host

Links = tuple[list[dict[str, Any]], list[Line[rows.Cable]]]
End = tuple[str, int]  # switch and port
VIRTUAL = "virtual"


class Cabling:
    """The interfaces of an export, found by device and name."""

    def __init__(self, export: Export, hosts: "Mapping[str, Host]", standard: Standard) -> None:
        self.export, self.hosts, self.standard = export, hosts, standard
        self.numbers = {name: _numbers(host.model) for name, host in hosts.items() if host.model}
        self.ports: dict[End, Line[rows.Port]] = {}
        self.names: dict[str, set[str]] = {}  # of every device's interfaces
        for line in export.interfaces:
            self._port(line)

    def _port(self, line: Line[rows.Port]) -> None:
        one = line.record
        if one.device not in self.hosts:
            self._stranger(line, "device", one.device)
            return
        names = self.names.setdefault(one.device, set())
        if one.name in names:
            expected = f"a name that no other interface of {one.device} has"
            self.export.problems.append(line.problem("name", one.name, expected))
            return
        names.add(one.name)
        numbers = self.numbers.get(one.device)
        if numbers is None or one.type.casefold() == VIRTUAL:
            return
        if one.name not in numbers:
            self.export.lost.add(("interfaces", one.name))
            model = self.hosts[one.device].said["model"]
            expected = f"a port that a {model} has, such as {next(iter(numbers))}"
            self.export.problems.append(line.problem("name", one.name, expected, suggest_nearest(one.name, numbers)))
            return
        self.ports[one.device, numbers[one.name]] = line

    def _stranger(self, line: Line[Any], column: str, device: str) -> None:
        """A device that nobody knows: told once, and not at all if its own line could not be read."""
        if not self.export.lacks("devices", device):
            advice = suggest_nearest(device, self.hosts)
            self.export.problems.append(line.problem(column, device, "a device among the devices", advice))
            self.export.lost.add(("devices", device))

    def lay(self, homes: Mapping[str, Links], tenants: Mapping[str, str]) -> None:
        """Cables to links, to servers' ``attached``; then the profiles of the ports that carry no link."""
        used: dict[tuple[str, str], Line[rows.Cable]] = {}
        linked: set[End] = set()
        for line in self.export.cables:
            one = line.record
            sides = [("a", one.side_a_device, one.side_a_name), ("b", one.side_b_device, one.side_b_name)]
            ends = [self._end(line, side, device, name, used) for side, device, name in sides]
            known = [(device, name) for _, device, name in sides if device in self.numbers]
            linked |= (
                {(device, self.numbers[device].get(name, 0)) for device, name in known} if len(known) > 1 else set()
            )
            if not all(ends):
                self.export.lost.add(("cables", ""))
                continue
            switches = [(device, self.numbers[device][name]) for _, device, name in sides if device in self.numbers]
            if len(switches) == 2:
                if one.tenant and one.tenant not in tenants:
                    advice, expected = suggest_nearest(one.tenant, tenants), "a municipality's tenant, or nothing"
                    self.export.problems.append(line.problem("tenant", one.tenant, expected, advice))
                home = tenants.get(one.tenant) or self._owner(switches)
                links, cables = homes[home]
                links.append(self._link(line, switches))
                cables.append(line)
            elif len(switches) == 1:
                server = next(device for _, device, _ in sides if device not in self.numbers)
                host, (switch, port) = self.hosts[server], switches[0]
                if "attached" in host.said:
                    expected = f"one cable a server; {server} hangs on {host.said['attached']}"
                    self.export.problems.append(line.problem("side_a_device", server, expected))
                host.say("attached", f"{switch}:{port}", line, "side_b_name")
            else:
                expected = "a switch at one end at least"
                self.export.problems.append(line.problem("side_b_device", one.side_b_device, expected))
        self._profiles(linked)

    def _end(
        self,
        line: Line[rows.Cable],
        side: str,
        device: str,
        name: str,
        used: dict[tuple[str, str], Line[rows.Cable]],
    ) -> bool:
        """Whether this end of a cable is there and free."""
        if device not in self.hosts:
            self._stranger(line, f"side_{side}_device", device)
            return False
        known = self.names.get(device, set())
        if name not in known:
            if not self.export.lacks("interfaces", name):
                advice, expected = suggest_nearest(name, known), f"an interface of {device} among the interfaces"
                self.export.problems.append(line.problem(f"side_{side}_name", name, expected, advice))
            return False
        if device in self.numbers and name not in self.numbers[device]:
            expected = f"a port of {device}, not one of its virtual interfaces"
            self.export.problems.append(line.problem(f"side_{side}_name", name, expected))
            return False
        first = used.setdefault((device, name), line)
        if first is not line:
            expected = f"a port of {device} without a cable; that of line {first.number} is in it"
            self.export.problems.append(line.problem(f"side_{side}_name", name, expected))
        return first is line and (device not in self.numbers or (device, self.numbers[device][name]) in self.ports)

    def _owner(self, switches: list[End]) -> str:
        """Whose a link is that says no tenant: the municipality's, not the centre's that it leads to."""
        owners = [self.hosts[switch].municipality for switch, _ in switches]
        return next((owner for owner in owners if owner != CENTRE), CENTRE)

    def _link(self, line: Line[rows.Cable], switches: list[End]) -> dict[str, Any]:
        a, b = (self.ports[end].record for end in switches)
        link: dict[str, Any] = {"a": _socket(switches[0]), "b": _socket(switches[1])}
        if a.speed != b.speed:
            found = words(f"{a.speed or 'no'} and {b.speed or 'no'} kbit/s at its ends")
            self.export.problems.append(line.problem("side_a_name", found, "one speed"))
        gbps, rest = divmod(a.speed or 1_000_000, 1_000_000)
        if rest and a.speed == b.speed:
            found = words(f"{a.speed} kbit/s at its ends")
            self.export.problems.append(line.problem("side_a_name", found, "whole Gbit/s"))
        if gbps != 1:
            link["gbps"] = gbps
        modes = [one.mode for one in (a, b)]
        if modes.count(None) == 1:
            found = words(f"mode {modes[0] or 'nothing'} and {modes[1] or 'nothing'} at its ends")
            expected = "tagged at both (a trunk) or nothing at both (routed)"
            self.export.problems.append(line.problem("side_a_name", found, expected))
        if modes == [None, None]:
            link["kind"] = "routed"
            if all(self.hosts[switch].municipality == CENTRE for switch, _ in switches):
                self._index(line, a, link)
        return link

    def _index(self, line: Line[rows.Cable], a: rows.Port, link: dict[str, Any]) -> None:
        """Which /31 a link inside the centre has: its address says it."""
        network = self.standard.uplink_network
        found = [
            one.record.address.ip
            for one in self.export.ip_addresses
            if (one.record.device, one.record.interface) == (a.device, a.name) and one.record.address.ip in network
        ]
        if not found:
            expected = f"one in {network}, the network of the routed links"
            self.export.problems.append(
                line.problem("side_a_name", words(f"no address of {a.device} {a.name}"), expected)
            )
            return
        link["index"] = (int(found[0]) - int(network.network_address)) // 2

    def _profiles(self, linked: set[End]) -> None:
        for (device, number), line in self.ports.items():
            host = self.hosts[device]
            profile = line.record.cf_port_profile if (device, number) in linked else self._profile(line)
            if profile:
                host.said.setdefault("ports", {})[number] = profile
                host.origins.setdefault("ports", (line, "cf_port_profile"))

    def _profile(self, line: Line[rows.Port]) -> str:
        """What a port is for: as it says itself, or the only profile with these VLANs."""
        one, profiles = line.record, self.standard.port_profiles
        vlans = (one.untagged_vlan, frozenset(one.tagged_vlans))
        if one.cf_port_profile:
            said = profiles.get(one.cf_port_profile)
            if said is None:
                expected = f"a port profile of the standard: {format_choices(profiles)}"
                advice = suggest_nearest(one.cf_port_profile, profiles)
                problem = line.problem("cf_port_profile", one.cf_port_profile, expected, advice)
                self.export.problems.append(problem)
                return ""
            if self._vlans(said) != vlans or said.enabled != one.enabled:
                expected = f"{self._tell(self._vlans(said), said.enabled)}, as port profile {one.cf_port_profile} has"
                found = words(self._tell(vlans, one.enabled))
                column = "untagged_vlan" if vlans[0] != self._vlans(said)[0] else "tagged_vlans"
                column = "enabled" if self._vlans(said) == vlans else column
                self.export.problems.append(line.problem(column, found, expected))
            return one.cf_port_profile
        if vlans == (None, frozenset()) or not self.export.whole("cables"):
            return ""  # the port of a link has no profile
        fitting = [name for name, profile in profiles.items() if profile.enabled and self._vlans(profile) == vlans]
        if len(fitting) != 1:
            expected = f"one of {', '.join(fitting)} as cf_port_profile" if fitting else "VLANs that a port profile has"
            self.export.problems.append(line.problem("untagged_vlan", words(self._tell(vlans, one.enabled)), expected))
            return ""
        return fitting[0]

    def _vlans(self, profile: PortProfile) -> tuple[int | None, frozenset[int]]:
        zones = self.standard.zones
        tagged = [zone for zone in (profile.voice, *profile.tagged) if zone]
        return zones[profile.access].vlan if profile.access else None, frozenset(zones[zone].vlan for zone in tagged)

    @staticmethod
    def _tell(vlans: tuple[int | None, frozenset[int]], enabled: bool) -> str:
        untagged, tagged = vlans
        said = [f"untagged {untagged}"] if untagged else []
        said += [f"tagged {', '.join(str(vlan) for vlan in sorted(tagged))}"] if tagged else []
        return " and ".join(said or ["no VLAN"]) + ("" if enabled else ", not enabled")


def _numbers(model: SwitchModel) -> dict[str, int]:
    """The names of a model's ports, and their numbers."""
    first = model.uplinks_from if model.uplinks and model.uplinks_from else model.ports + 1
    names = [str(model.name if number < first else model.uplinks) for number in range(1, model.ports + 1)]
    return {name.replace("{}", str(number)): number for number, name in enumerate(names, 1)}


def _socket(end: End) -> str:
    return f"{end[0]}:{end[1]}"
