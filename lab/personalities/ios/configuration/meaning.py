"""What an IOS configuration means, for the datapath."""

from ipaddress import IPv4Address, IPv4Interface

from lab.device.access_list import AccessList, read_row
from lab.device.meaning import LISTENS, Meaning, PortMeaning, SviMeaning
from lab.personalities.ios.configuration import access_lists, channels
from lab.personalities.ios.configuration.addresses import (
    OSPF_DISTANCE,
    interface_address,
    ospf_networks,
    secondary_addresses,
    static_routes,
)
from lab.personalities.ios.configuration.config import Config
from lab.personalities.ios.configuration.section import Section
from lab.personalities.ios.configuration.settings import ALL, allowed


def extract(config: Config) -> Meaning:
    """Read the meaning out of a configuration."""
    root = config.root
    meaning = Meaning(
        hostname=(root.get("hostname") or "hostname Switch").split()[1],
        vlans={1: "default"},
        routing=root.has("ip routing"),
    )
    for vlan in root.sections("vlan "):
        number = int(vlan.text.split()[1])
        if not vlan.has("shutdown") and not vlan.has("state"):
            meaning.vlans.setdefault(number, (vlan.get("name") or f"name VLAN{number:04}").split()[1])
    for number, name in enumerate(config.ports, 1):
        section = config.interface(name)
        if section is not None:
            meaning.ports[number] = _port(root, section)
    for section in root.sections("interface "):
        name = section.text.removeprefix("interface ")
        if section.context == "svi":
            meaning.svis[int(name.removeprefix("Vlan"))] = SviMeaning(
                not section.has("shutdown"),
                interface_address(section),
                tuple(secondary_addresses(section)),
                _filter(section, "in"),
                _filter(section, "out"),
                tuple(IPv4Address(line.split()[-1]) for line in section.lines("ip helper-address ")),
            )
        elif section.context == "loopback" and (own := interface_address(section)) is not None:
            meaning.loopbacks.append(own)
    for route in static_routes(root):
        if route.via is not None and route.distance > OSPF_DISTANCE:
            meaning.floating_routes.append((route.network, route.via))
        elif route.via is not None:
            meaning.static_routes.append((route.network, route.via))
        elif route.discards:
            is_floating = route.distance > OSPF_DISTANCE
            (meaning.floating_discarded if is_floating else meaning.discarded).append(route.network)
        elif (out := config.interface(route.interface or "")) is not None and (own := interface_address(out)):
            meaning.direct_routes.append((route.network, own))
    gateway = root.get("ip default-gateway")
    if gateway is not None and not meaning.routing:
        meaning.default_gateway = IPv4Address(gateway.split()[2])
    for section in root.sections("router ospf "):
        _ospf(config, section, meaning)
    for section in root.sections("ip access-list "):
        meaning.access_lists[section.text.split()[-1]] = _access_list(section)
    meaning.lldp = root.has("lldp run")
    aaa = root.has("aaa new-model")
    meaning.ssh = any(_takes_ssh(section, aaa) for section in root.sections("line vty "))
    for line in root.lines("username "):
        name, level, stored = account(line)
        meaning.users[name] = (level, stored)
    return meaning


def account(line: str) -> tuple[str, int, str]:
    """Name, privilege and stored secret (form and value) of a ``username`` line."""
    words = line.split()
    if not {"secret", "password"} & set(words[2:-1]):
        return words[1], 1, ""  # an account without a password: nobody logs in with it over SSH
    level = int(words[words.index("privilege") + 1]) if "privilege" in words else 1
    return words[1], level, " ".join(words[-2:])


def _filter(section: Section, direction: str) -> str | None:
    """The access list that an interface names in a direction."""
    line = section.get(f"ip access-group {direction}")
    return line.split()[2] if line is not None else None


def _access_list(section: Section) -> AccessList:
    standard = section.context == "standard-acl"
    read = (read_row(line.text, standard) for line in access_lists.rows(section))
    return AccessList(section.text.split()[-1], tuple(row for row in read if row is not None))


def _port(root: Section, section: Section) -> PortMeaning:
    """A port, with what is said of it whatever it is."""
    meaning = _membership(root, section)
    meaning.filter_in, meaning.filter_out = _filter(section, "in"), _filter(section, "out")
    words = (section.get("spanning-tree portfast") or "").split()[2:]
    edge = "trunk" in words if meaning.tagged != frozenset() else words not in ([], ["disable"])
    meaning.listens = 0.0 if edge or meaning.routed else LISTENS
    return meaning


def _membership(root: Section, section: Section) -> PortMeaning:
    up = not section.has("shutdown")
    description = (section.get("description") or "description ").removeprefix("description ")
    group = channels.number_of(section)
    if group is not None and not channels.is_usable(root, section):
        return PortMeaning(up=up, access=None, description=description)  # suspended: it is up and carries nothing
    if section.routed:
        own = interface_address(section) if group is None else _channel_address(root, section, group)
        return PortMeaning(up=up, access=None, routed=True, address=own, description=description)
    if section.get("switchport mode") == "switchport mode trunk":
        native = int((section.get("switchport trunk native vlan") or "1").split()[-1])
        vlans = allowed(section)
        return PortMeaning(
            up=up,
            access=native if native in vlans else None,
            tagged=None if vlans == ALL else frozenset(vlans - {native}),
            description=description,
        )
    voice = section.get("switchport voice vlan")
    return PortMeaning(
        up=up,
        access=int((section.get("switchport access vlan") or "1").split()[-1]),
        voice=int(voice.split()[-1]) if voice else None,
        description=description,
    )


def _channel_address(root: Section, section: Section, number: int) -> IPv4Interface | None:
    """The address of a routed channel, at its first member that is switched on."""
    first = next((member for member in channels.members(root, number) if not member.has("shutdown")), None)
    own = channels.channel(root, number)
    return interface_address(own) if own is not None and first is section else None


def _ospf(config: Config, section: Section, meaning: Meaning) -> None:
    if section.has("shutdown"):
        return
    meaning.ospf_networks += ospf_networks(section)
    for line in section.lines("redistribute "):
        words = line.split()
        meaning.ospf_external[words[1]] = words[-1] == "subnets"  # without it only classful networks are told
    if default := section.get("default-information originate"):
        meaning.ospf_external["default"] = default.endswith("always")
    passive = section.has("passive-interface default")
    named = {line.split()[-1] for line in section.lines("no passive-interface " if passive else "passive-interface ")}
    active = {number for number, name in enumerate(config.ports, 1) if (name in named) == passive}
    meaning.ospf_active_ports = frozenset(active)


def lines_for_ssh(config: Config) -> int:
    """How many vty lines take SSH."""
    count = 0
    for section in config.root.sections("line vty "):
        first, last = (int(number) for number in section.text.split()[2:4])
        count += last - first + 1 if _takes_ssh(section, config.root.has("aaa new-model")) else 0
    return count


def _takes_ssh(section: Section, aaa: bool) -> bool:
    """Whether a line lets people in over SSH; with AAA it asks nobody else whether they log in."""
    transport = section.get("transport input") or "transport input all"
    return (aaa or section.has("login")) and any(word in transport.split() for word in ("ssh", "all"))
