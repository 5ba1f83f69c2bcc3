"""A region without Ansible and switches without a command line: what the datapath's tests are built from."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab.device.meaning import Meaning, PortMeaning, SviMeaning
from lab.device.personality import Personality, Shell
from lab.device.switch import Switch
from lab.network.datapath import Fabric
from lab.region.facts import (
    Cable,
    LegacyFacts,
    LegacyVlanFacts,
    MunicipalityFacts,
    Profile,
    RegionFacts,
    SiteFacts,
    SwitchFacts,
)
from lab.region.scopes import Scope

PROFILES = {
    "administration": Profile("administration", "telephony", clients=True),
    "printer": Profile("equipment"),
    "unused": Profile(enabled=False),
}


class Fake(Personality):
    """A switch that is nothing but its meaning; ``edit`` changes it as a command would."""

    platform = "fake"
    saved: Meaning

    def __init__(self, meaning: Meaning) -> None:
        self.now = meaning

    def load(self, text: str) -> None:
        """Boot."""
        self.now = self.saved

    def text(self) -> str:
        """Something that changes when the meaning does."""
        return repr(self.now)

    def meaning(self) -> Meaning:
        """A fresh copy, as a real personality makes it."""
        now = self.now
        ports = {number: PortMeaning(**vars(port)) for number, port in now.ports.items()}
        svis = {number: SviMeaning(**vars(svi)) for number, svi in now.svis.items()}
        return Meaning(**{**vars(now), "ports": ports, "svis": svis, "vlans": dict(now.vlans)})

    def shell(self, user: str, privilege: int) -> Shell:
        """There is no command line."""
        raise AssertionError("nobody logs in here")

    def verify(self, stored: str, password: str) -> bool:
        """In clear."""
        return stored == password

    def factory(self) -> str:
        """Empty."""
        return ""


def region(access: int = 3, clients: int = 12, ports: int = 8) -> RegionFacts:
    """One municipality: a core, and access switches in a row of pairs (core - 01 - 02, core - 03 - 04 …).

    The last port of an access switch leads to the core or to the switch before it, the one before that to the next.
    """
    switches: dict[str, SwitchFacts] = {}
    core: dict[int, Cable] = {}
    cables: dict[int, dict[int, Cable]] = {number: {} for number in range(1, access + 1)}
    for number in range(1, access + 1):
        if number % 2:
            place = len(core) + 1
            core[place] = Cable(f"acc-{number:02d}", ports, "trunk")
            cables[number][ports] = Cable("core-01", place, "trunk")
        else:
            cables[number][ports] = Cable(f"acc-{number - 1:02d}", ports - 1, "trunk")
            cables[number - 1][ports - 1] = Cable(f"acc-{number:02d}", ports, "trunk")
    profiles = dict.fromkeys(range(1, ports - 2), "administration") | {ports - 2: "printer"}
    switches["core-01"] = _switch("core-01", "core", max(24, len(core)), core, {})
    for number in range(1, access + 1):
        name = f"acc-{number:02d}"
        switches[name] = _switch(name, "access", ports, cables[number], profiles)
    legacy = LegacyFacts(
        {1: LegacyVlanFacts("default", ("administration", "equipment"), IPv4Network("192.168.0.0/20"))}, 1, "kommune"
    )
    town = MunicipalityFacts(
        "town", "Town", 1, IPv4Network("10.17.0.0/16"), {"hall": SiteFacts("Hall", clients)}, legacy
    )
    zones = {"administration": 110, "telephony": 140, "equipment": 170}
    scopes = tuple(
        Scope("town", vlan, IPv4Network(f"10.17.{third}.0/21"), IPv4Address(f"10.17.{third}.1"), True, 28800.0)
        for vlan, third in ((110, 8), (140, 16), (170, 24))
    )
    return RegionFacts({"town": town}, switches, {}, PROFILES, zones, "example", {}, scopes)


def _switch(name: str, role: str, ports: int, cables: dict[int, Cable], profiles: dict[int, str]) -> SwitchFacts:
    return SwitchFacts(
        name=name,
        municipality="town",
        role=role,
        platform="fake",
        model="F",
        site="hall",
        address=IPv4Interface("10.17.0.1/21"),
        host="127.17.0.1",
        ssh_port=1,
        eapi_port=2,
        port_names=tuple(f"p{number}" for number in range(1, ports + 1)),
        profiles=profiles,
        cables=cables,
    )


def fabric(facts: RegionFacts) -> Fabric:
    """A started datapath over fake switches, all set up alike: VLANs 110, 140 and 170, trunks that carry them."""
    made = Fabric(facts, {})
    for place, (name, mine) in enumerate(facts.switches.items()):
        switch = Switch(mine, made)
        switch.personality = Fake(_meaning(mine, place))
        made.switches[name] = switch
    made.start()
    return made


def _meaning(facts: SwitchFacts, place: int) -> Meaning:
    vlans = {110: "ADMINISTRATION", 140: "TELEPHONY", 170: "EQUIPMENT"}
    ports: dict[int, PortMeaning] = {}
    for number in range(1, len(facts.port_names) + 1):
        if number in facts.cables:
            ports[number] = PortMeaning(tagged=frozenset(vlans))
        elif facts.profiles.get(number) == "administration":
            ports[number] = PortMeaning(access=110, voice=140)
        else:
            ports[number] = PortMeaning(access=170)
    core = facts.role == "core"
    meaning = Meaning(hostname=facts.name, vlans=vlans, ports=ports, routing=core)
    if core:
        for third, vlan in enumerate(vlans):
            meaning.svis[vlan] = SviMeaning(address=IPv4Interface(f"10.17.{8 * (third + 1)}.1/21"))
    else:
        meaning.svis[170] = SviMeaning(address=IPv4Interface(f"10.17.24.{place + 10}/21"))
        meaning.default_gateway = IPv4Address("10.17.24.1")
    return meaning


def now(made: Fabric, name: str) -> Meaning:
    """The meaning of a fake switch, to be changed in place; say ``changed`` afterwards."""
    personality = made.switches[name].personality
    assert isinstance(personality, Fake)
    return personality.now


def changed(made: Fabric, name: str) -> None:
    """The switch has accepted a line."""
    made._soon = None
    made._dirty.add(made.switches[name])
    made.switches[name]._meaning = None
    made.settle()
