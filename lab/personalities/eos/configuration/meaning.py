"""What an EOS configuration means to the datapath."""

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab.device.access_list import AccessList, read_row
from lab.device.meaning import LISTENS, Meaning, PortMeaning, SviMeaning
from lab.personalities.eos.configuration.config import Config, Line, Section
from lab.personalities.eos.configuration.special import ALL_VLANS
from lab.personalities.eos.configuration.tokens import vlan_set

OSPF_DISTANCE = 110


def address_of(section: Section) -> IPv4Interface | None:
    """An interface's address in the default VRF, as far as it is written there."""
    line = section.lines.get("ip address")
    if line is None or "vrf" in section.lines or not isinstance(line, Line) or "/" not in line.text:
        return None
    return IPv4Interface(line.text.split()[2])


def _last(section: Section, key: str, default: str = "") -> str:
    line = section.lines.get(key)
    return line.text.split()[-1] if line is not None else default


def _filter(section: Section, direction: str) -> str | None:
    """The access list that an interface names in a direction."""
    line = section.lines.get(f"ip access-group {direction}")
    return line.text.split()[2] if line is not None else None


def _access_list(section: Section, standard: bool) -> AccessList:
    numbered = sorted((int(key), line.text) for key, line in section.lines.items() if key.isdigit())
    texts = (text.partition(" ")[2] for number, text in numbered if number)
    rows = (read_row(text, standard) for text in texts)
    return AccessList(section.text.split()[-1], tuple(row for row in rows if row is not None))


def port(section: Section) -> PortMeaning:
    """A physical port."""
    lines = section.lines
    description = lines["description"].text.partition(" ")[2] if "description" in lines else ""
    meaning = PortMeaning(up="shutdown" not in lines, description=description)
    meaning.filter_in, meaning.filter_out = _filter(section, "in"), _filter(section, "out")
    edge = "portfast" in lines and lines["portfast"].text.split()[2:] in ([], ["edge"])
    meaning.listens = 0.0 if edge or "switchport" in lines else LISTENS
    meaning.feeds = "poe" not in lines
    if "switchport" in lines:  # only "no switchport" is ever stored
        meaning.routed, meaning.access = True, None
        meaning.address = address_of(section)
        return meaning
    mode = lines["mode"].text.removeprefix("switchport mode ") if "mode" in lines else "access"
    if mode == "access":
        meaning.access = int(_last(section, "access", "1"))
        return meaning
    native = _last(section, "native", "1")
    meaning.access = int(native) if native != "tag" else None
    if mode == "trunk phone":
        phone = _last(section, "phone")
        meaning.voice = int(phone) if phone else None
        return meaning
    word = _last(section, "allowed", "all")
    allowed = ALL_VLANS if word == "all" else frozenset() if word == "none" else vlan_set(word)
    if meaning.access not in allowed:
        meaning.access = None
    meaning.tagged = None if allowed == ALL_VLANS else allowed - {meaning.access}
    return meaning


def read(config: Config) -> Meaning:
    """Read a whole configuration."""
    root = config.root
    meaning = Meaning(hostname=_word(root, "hostname", "localhost"), vlans={1: "default"})
    meaning.lldp = "lldp" not in root  # only "no lldp run" is ever stored
    for node in root.values():
        if isinstance(node, Section):
            _section(meaning, config, node)
        elif node.key.startswith("username ") and not node.key.endswith(" ssh-key"):
            name = node.text.split()[1]
            privilege = re.search(r" privilege (\d+)", node.text)
            meaning.users[name] = (int(privilege[1]) if privilege else 1, _secret(node.text))
    for line in sorted(static_lines(config), key=distance):  # of several to one network the nearest counts
        route = static_route(line)
        if route is not None:
            (meaning.floating_routes if distance(line) > OSPF_DISTANCE else meaning.static_routes).append(route)
        elif line.text.split()[3] == "Null0":
            is_floating = distance(line) > OSPF_DISTANCE
            discarded = meaning.floating_discarded if is_floating else meaning.discarded
            discarded.append(IPv4Network(line.text.split()[2]))
    meaning.routing = "ip routing" in root and root["ip routing"].text.startswith("ip routing")
    _default_gateway(meaning)
    return meaning


def static_lines(config: Config) -> list[Line]:
    """The static routes of the default VRF, in EOS's order."""
    lines = [node for node in config.ordered() if isinstance(node, Line) and node.key.startswith("ip route ")]
    return [line for line in lines if not line.text.startswith("ip route vrf ")]


def distance(line: Line) -> int:
    """The administrative distance of a static route."""
    return next((int(word) for word in line.text.split()[4:6] if word.isdigit()), 1)


def static_route(line: Line) -> tuple[IPv4Network, IPv4Address] | None:
    """A route of the default VRF with a next hop. Shape: network, next hop."""
    words = line.text.split()
    hops = [word for word in words[3:5] if word.count(".") == 3]
    return (IPv4Network(words[2]), IPv4Address(hops[0])) if hops else None


def _word(root: dict[str, Line | Section], key: str, default: str) -> str:
    return root[key].text.split()[-1] if key in root else default


def _secret(text: str) -> str:
    return text.rsplit(" ", 1)[1] if " secret " in text else ""


def _section(meaning: Meaning, config: Config, section: Section) -> None:
    kind, _, name = section.key.partition(" ")
    if kind == "vlan":
        number = int(name)
        if "state" not in section.lines:
            meaning.vlans[number] = _last(section, "name", "default" if number == 1 else f"VLAN{number:04d}")
    elif kind in ("acl", "sacl"):
        meaning.access_lists[name] = _access_list(section, kind == "sacl")
    elif kind == "api":
        meaning.eapi = "shutdown" in section.lines
    elif kind == "ssh":
        meaning.ssh = "shutdown" not in section.lines
    elif kind == "ospf" and " vrf " not in section.text:
        _ospf(meaning, config, section)
    elif kind == "interface":
        address = address_of(section)
        if name in config.ports:
            meaning.ports[config.ports.index(name) + 1] = port(section)
        elif name.startswith("Vlan"):
            helpers = tuple(
                IPv4Address(line.text.split()[2])
                for line in section.lines.values()
                if isinstance(line, Line) and line.text.startswith("ip helper-address ")
            )
            lists = _filter(section, "in"), _filter(section, "out")
            secondaries = tuple(
                IPv4Interface(line.text.split()[2])
                for line in section.lines.values()
                if isinstance(line, Line) and re.fullmatch(r"ip address \S+ secondary", line.text)
            )
            up = "shutdown" not in section.lines
            meaning.svis[int(name[4:])] = SviMeaning(up, address, secondaries, *lists, helpers)
        elif name.startswith("Loopback") and address is not None and "shutdown" not in section.lines:
            meaning.loopbacks.append(address)


def _ospf(meaning: Meaning, config: Config, section: Section) -> None:
    """Who takes part (by a network line, or by the interface's own word), and who forms adjacencies."""
    if "shutdown" in section.lines:
        return
    meaning.ospf_networks += [
        IPv4Network(line.text.split()[1]) for line in section.lines.values() if line.key.startswith("network ")
    ]
    for line in section.lines.values():
        words = line.text.split()
        if words[0] == "redistribute" and words[1] in ("static", "connected") and len(words) == 2:
            meaning.ospf_external[words[1]] = True  # subnets too
        elif words[:2] == ["default-information", "originate"]:
            meaning.ospf_external["default"] = "always" in words
    passive = "passive default" in section.lines
    active = set()
    for name in config.ports:
        interface = config.section(f"interface {name}")
        address = address_of(interface) if interface is not None else None
        if interface is None or address is None:
            continue
        own = "ospf area" in interface.lines
        if own:
            meaning.ospf_networks.append(address.network)
        word = section.lines.get(f"passive {name}")
        silent = not word.text.startswith("no ") if word is not None else passive
        if not silent and (own or any(address.ip in network for network in meaning.ospf_networks)):
            active.add(config.ports.index(name) + 1)
    for other in config.sections("interface"):
        address = address_of(other)
        if address is not None and "ospf area" in other.lines and other.key.split()[1] not in config.ports:
            meaning.ospf_networks.append(address.network)
    meaning.ospf_active_ports |= frozenset(active)


def _default_gateway(meaning: Meaning) -> None:
    """A switch that does not route sends what is not local along its default route."""
    if not meaning.routing:
        meaning.default_gateway = next((hop for network, hop in meaning.static_routes if not network.prefixlen), None)
