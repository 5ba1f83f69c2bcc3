"""A town with an old network and its way to the operations centre, on switches that are nothing but their meaning.

``town()`` is in its legacy: one VLAN for all but the phones; ``connect`` and ``harmonise`` put the standard beside it,
``move`` a port into it.
"""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from lab.device.access_list import AccessList, read_row
from lab.device.meaning import Meaning, PortMeaning, SviMeaning
from lab.device.switch import Switch
from lab.network.datapath import Fabric
from lab.network.stations import Station
from lab.region.facts import RegionFacts, build
from tests.support.fake_switches import Fake, changed, now

ZONES = {
    "operations": {"vlan": 100, "name": "OPERATIONS", "block": "0.0/21"},
    "administration": {"vlan": 110, "name": "ADMINISTRATION", "block": "8.0/21"},
    "telephony": {"vlan": 140, "name": "TELEPHONY", "block": "40.0/21"},
    "equipment": {"vlan": 170, "name": "EQUIPMENT", "block": "80.0/21"},
    "servers": {"vlan": 190, "name": "SERVERS", "block": "92.0/23"},
    "services": {"vlan": 200, "name": "SERVICES", "block": "1.0/24"},
}
COMMON: dict[str, Any] = {
    "zones": ZONES,
    "domain": "example",
    "site_purposes": {
        "town_hall": ["operations", "administration", "telephony", "equipment", "servers"],
        "operations_centre": ["services"],
    },
    "port_profiles": {
        "administration": {"access": "administration", "voice": "telephony", "clients": True},
        "printer": {"access": "equipment"},
        "server": {"access": "servers"},
        "service": {"access": "services"},
    },
    "switch_models": {
        "F": {"platform": "fake", "ports": 24, "name": "p{}"},
        "720XP": {"platform": "fake", "ports": 24, "name": "p{}"},
    },
    "name_servers": ["10.10.1.11"],
    "dhcp_servers": ["10.10.1.13"],
    "common_services": {
        "names": {"label": "Names", "hosts": ["centre-names-01"], "ports": ["udp/53"], "zones": ["administration"]},
    },
    "destinations": {
        "internet": {"label": "Internet", "networks": ["0.0.0.0/0"], "ports": ["tcp/443"], "exits": ["way-out"]},
    },
    "exits": {"way-out": {"port": "leaf-01:20", "address": "203.0.113.2/30", "peer": "203.0.113.1"}},
}
TOWN: dict[str, Any] = {
    "label": "Town",
    "number": 17,
    "prefix": "10.17.0.0/16",
    "sites": {"hall": {"name": "Hall", "purpose": "town_hall", "clients": 6}},
    "legacy": {
        "account": "kommune",
        "management_vlan": 1,
        "vlans": {
            1: {"name": "default", "zones": ["operations", "administration", "equipment", "servers"],
                "subnet": "192.168.16.0/21"},
            40: {"name": "TLF", "zones": ["telephony"], "subnet": "172.17.40.0/24"},
        },
        "name_servers": ["192.168.17.10"],
    },
    "links": [
        {"a": "acc-01:24", "b": "core-01:1"},
        {"a": "acc-02:24", "b": "core-01:2"},
        {"a": "core-01:23", "b": "leaf-01:1", "kind": "routed"},
    ],
    "user_groups": {
        "office": {"label": "Office", "zone": "administration", "sites": {"hall": 20}},
        "board": {"label": "Board", "zone": "administration", "sites": {"hall": 1}},
    },
    "applications": {
        "archive": {
            "label": "Archive", "hosts": ["app-01"], "ports": ["tcp/443"], "users": ["office", "board"],
            "database": {"hosts": ["db-01"], "ports": ["tcp/1433"]}, "feeds": {"equipment": ["tcp/445"]},
        },
        "print": {"label": "Print", "hosts": ["app-01"], "ports": ["tcp/631"], "users": ["office"],
                  "devices": {"equipment": ["tcp/9100"]}},
    },
}  # fmt: skip
CENTRE: dict[str, Any] = {
    "label": "Centre",
    "number": 10,
    "prefix": "10.10.0.0/16",
    "sites": {"half": {"name": "Half", "purpose": "operations_centre", "block": "10.10.0.0/24"}},
}
HOSTS: dict[str, dict[str, Any]] = {
    "core-01": {"site": "hall", "address": "10.17.0.1", "ports": {"11-12": "server"}},
    "acc-01": {"site": "hall", "address": "10.17.0.11", "ports": {"1-4": "administration", "5-18": "printer"}},
    "acc-02": {"site": "hall", "address": "10.17.0.12", "ports": {"1-4": "administration"}, "model": "720XP"},
    "hv-01": {"address": "10.17.1.10", "legacy_address": "192.168.23.10", "attached": "core-01:11"},
    "hv-02": {"address": "10.17.1.11", "legacy_address": "192.168.23.11", "attached": "core-01:12"},
    "app-01": {"address": "10.17.92.30", "legacy_address": "192.168.23.30", "runs_on": "hv-01"},
    "db-01": {"address": "10.17.92.31", "legacy_address": "192.168.23.31", "runs_on": "hv-02"},
    "file-01": {"address": "10.17.92.32", "legacy_address": "192.168.23.32", "attached": "core-01:13"},
    "leaf-01": {"site": "half", "address": "10.10.0.11", "ports": {"2-3": "service"}},
    "centre-names-01": {"address": "10.10.1.11", "attached": "leaf-01:2"},
    "centre-dhcp-01": {"address": "10.10.1.13", "attached": "leaf-01:3"},
}
SWITCHES = {"core-01": "core", "acc-01": "access", "acc-02": "access", "leaf-01": "leaf"}
OWNERS = {"town": ["core-01", "acc-01", "acc-02", "hv-01", "hv-02", "app-01", "db-01", "file-01"]}
OWNERS["operations_centre"] = [name for name in HOSTS if name not in OWNERS["town"]]


def town_facts(**town: Any) -> RegionFacts:
    """The region as Ansible would resolve it; ``town``: other records of the town than usual."""
    hostvars = {}
    for owner, names in OWNERS.items():
        for name in names:
            own = {"ansible_host": "127.0.0.1", "ansible_port": 1, "eapi_port": 2, "model": "F"}
            about = {**TOWN, **town} if owner == "town" else CENTRE
            hostvars[name] = {**COMMON, **about, **(own if name in SWITCHES else {}), **HOSTS[name]}
    groups = {role: {"hosts": [name for name, its in SWITCHES.items() if its == role]} for role in SWITCHES.values()}
    return build(
        {
            "_meta": {"hostvars": hostvars},
            "municipalities": {"children": ["town"]},
            "switches": {"hosts": list(SWITCHES)},
            "servers": {"hosts": [name for name in HOSTS if name not in SWITCHES]},
            **groups,
            **{owner: {"hosts": names} for owner, names in OWNERS.items()},
        }
    )


class Town(Fabric):
    """The datapath of the town; ``time`` is its clock's, in seconds."""

    def __init__(self, facts: RegionFacts) -> None:
        super().__init__(facts, {})
        self.time = 0.0
        self.life.agenda.clock, self.life.agenda._since = lambda: self.time, 0.0
        for name, mine in facts.switches.items():
            switch = Switch(mine, self)
            switch.personality = Fake(_legacy(mine.name))
            self.switches[name] = switch
        self.start()

    def wait(self, seconds: float) -> None:
        """Let time pass by the clock, and what is due happen, each at its time."""
        end = self.time + seconds
        due = self.life.agenda._due
        while due and due[0][0] <= end:
            self.time = max(self.time, due[0][0])
            self.life.agenda.run()
        self.time = end

    def station(self, kind: str, switch: str = "acc-01", typed: bool = False) -> Station:
        """The first station of a kind on a switch."""
        fitting = (station for station in self.stations if (station.kind, station.switch) == (kind, switch))
        return next(station for station in fitting if (station in self.life.clients.typed) == typed)

    def address(self, station: Station) -> str:
        """Its addresses."""
        return str(self.life.describe(station)["address"])

    def ask(self, station: Station, target: str, *ports: str) -> tuple[bool, str]:
        """Whether it reaches something, and where it ends."""
        from lab.network.life import read_ports

        return tuple(self.life.ask(station, target, read_ports(ports)))  # type: ignore[return-value]

    def edit(self, switch: str) -> Meaning:
        """A switch's meaning, to be changed in place; say ``say`` afterwards."""
        return now(self, switch)

    def say(self, *switches: str) -> None:
        """These switches have accepted a line."""
        for name in switches:
            changed(self, name)


def town(**records: Any) -> Town:
    """A town in its legacy."""
    return Town(town_facts(**records))


def _legacy(name: str) -> Meaning:
    vlans = {1: "default", 40: "TLF"}
    ports = {number: PortMeaning(access=1, listens=30.0) for number in range(1, 25)}
    if name == "leaf-01":
        ports = {number: PortMeaning(access=200) for number in range(1, 25)}
        services = SviMeaning(address=IPv4Interface("10.10.1.1/24"))
        meaning = Meaning(hostname=name, vlans={200: "SERVICES"}, ports=ports, svis={200: services}, routing=True)
        ports[20] = PortMeaning(routed=True, address=IPv4Interface("203.0.113.2/30"))
        meaning.static_routes = [(IPv4Network("0.0.0.0/0"), IPv4Address("203.0.113.1"))]
        return meaning
    for number in range(1, 5):
        ports[number].voice = 40
    if name == "core-01":
        ports[1] = ports[2] = PortMeaning(access=1, tagged=None)
        svis = {
            1: SviMeaning(address=IPv4Interface("192.168.16.1/21")),
            40: SviMeaning(address=IPv4Interface("172.17.40.1/24")),
        }
        ports[23] = PortMeaning(up=False)
        return Meaning(hostname=name, vlans=vlans, ports=ports, svis=svis, routing=True)
    ports[24] = PortMeaning(access=1, tagged=None)
    own = SviMeaning(address=IPv4Interface(f"192.168.16.1{name[-1]}/21"))
    gateway = IPv4Address("192.168.16.1")
    return Meaning(hostname=name, vlans=vlans, ports=ports, svis={1: own}, default_gateway=gateway)


def connect(made: Town) -> None:
    """Light the line to the centre; each end has a route to the other."""
    core, leaf = made.edit("core-01"), made.edit("leaf-01")
    core.ports[23] = PortMeaning(routed=True, address=IPv4Interface("10.10.250.0/31"))
    leaf.ports[1] = PortMeaning(routed=True, address=IPv4Interface("10.10.250.1/31"))
    core.static_routes = [(IPv4Network("0.0.0.0/0"), IPv4Address("10.10.250.1"))]
    near = IPv4Address("10.10.250.0")
    leaf.static_routes += [(IPv4Network(net), near) for net in ("10.17.0.0/16", "192.168.16.0/21", "172.17.40.0/24")]
    made.say("core-01", "leaf-01")


def harmonise(made: Town) -> None:
    """The standard's VLANs and gateways beside the old ones; servers' ports carry both."""
    connect(made)
    new = {zone["vlan"]: zone["name"] for name, zone in ZONES.items() if name != "services"}
    for name in OWNERS["town"][:3]:
        made.edit(name).vlans.update(new)
    core = made.edit("core-01")
    for third, vlan in ((0, 100), (8, 110), (40, 140), (80, 170), (92, 190)):
        length = {190: 23}.get(vlan, 21)
        address = IPv4Interface(f"10.17.{third}.1/{length}")
        core.svis[vlan] = SviMeaning(address=address, helpers=(IPv4Address("10.10.1.13"),))
    for number in (11, 12, 13):
        core.ports[number].tagged = frozenset({190})
    made.say(*OWNERS["town"][:3])


def move(made: Town, switch: str, *ports: int) -> None:
    """Put ports into the standard's VLANs, their links staying up."""
    for number in ports:
        port = made.edit(switch).ports[number]
        port.access = 110 if number < 5 else 170
        port.voice = 140 if number < 5 else None
        port.listens = 0.0
    made.say(switch)


def bounce(made: Town, switch: str, *ports: int) -> None:
    """Let ports go down, and come up again."""
    for up in (False, True):
        for number in ports:
            made.edit(switch).ports[number].up = up
        made.say(switch)


def bind(made: Town, switch: str, vlan: int, rows: str, direction: str = "in") -> None:
    """Bind an access list of these rows to a VLAN's gateway, called ``ZONE``."""
    read = tuple(row for row in (read_row(text.strip()) for text in rows.splitlines() if text.strip()) if row)
    meaning = made.edit(switch)
    meaning.access_lists = {**meaning.access_lists, f"ZONE-{direction}": AccessList(f"ZONE-{direction}", read)}
    setattr(meaning.svis[vlan], f"filter_{direction}", f"ZONE-{direction}")
    made.say(switch)
