"""What an EOS configuration means to the datapath."""

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab.device.meaning import Meaning, PortMeaning, SviMeaning
from lab.personalities.eos.config import Config, Line, Section
from lab.personalities.eos.special import ALL_VLANS
from lab.personalities.eos.tokens import vlan_set


def _last(section: Section, key: str, default: str = "") -> str:
    line = section.lines.get(key)
    return line.text.split()[-1] if line is not None else default


def port(section: Section) -> PortMeaning:
    """A physical port."""
    lines = section.lines
    description = lines["description"].text.partition(" ")[2] if "description" in lines else ""
    meaning = PortMeaning(up="shutdown" not in lines, description=description)
    if "switchport" in lines:  # only "no switchport" is ever stored
        meaning.routed, meaning.access = True, None
        meaning.address = IPv4Interface(_last(section, "ip address")) if "ip address" in lines else None
        return meaning
    mode = lines["mode"].text.removeprefix("switchport mode ") if "mode" in lines else "access"
    if mode == "access":
        meaning.access = int(_last(section, "access", "1"))
        return meaning
    meaning.access = int(_last(section, "native", "1"))
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
        elif node.key.startswith("username "):
            name = node.text.split()[1]
            privilege = re.search(r" privilege (\d+)", node.text)
            meaning.users[name] = (int(privilege[1]) if privilege else 1, _secret(node.text))
        elif node.key.startswith("ip route "):
            _, _, network, hop = node.text.split()[:4]
            meaning.static_routes.append((IPv4Network(network), IPv4Address(hop)))
    meaning.routing = _word(root, "ip routing", "") == "routing" and root["ip routing"].text == "ip routing"
    _default_gateway(meaning)
    return meaning


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
    elif kind == "api":
        meaning.eapi = "shutdown" in section.lines
    elif kind == "ssh":
        meaning.ssh = "shutdown" not in section.lines
    elif kind == "ospf":
        _ospf(meaning, config, section)
    elif kind == "interface":
        address = IPv4Interface(_last(section, "ip address")) if "ip address" in section.lines else None
        if name in config.ports:
            meaning.ports[config.ports.index(name) + 1] = port(section)
        elif name.startswith("Vlan"):
            meaning.svis[int(name[4:])] = SviMeaning("shutdown" not in section.lines, address)
        elif name.startswith("Loopback") and address is not None and "shutdown" not in section.lines:
            meaning.loopbacks.append(address)


def _ospf(meaning: Meaning, config: Config, section: Section) -> None:
    """Who takes part (by a network line, or by the interface's own word), and who forms adjacencies."""
    if "shutdown" in section.lines:
        return
    meaning.ospf_networks = [
        IPv4Network(line.text.split()[1]) for line in section.lines.values() if line.key.startswith("network ")
    ]
    passive = "passive default" in section.lines
    active = set()
    for name in config.ports:
        interface = config.section(f"interface {name}")
        if interface is None or "ip address" not in interface.lines:
            continue
        address = IPv4Interface(_last(interface, "ip address"))
        own = "ospf area" in interface.lines
        if own:
            meaning.ospf_networks.append(address.network)
        word = section.lines.get(f"passive {name}")
        silent = not word.text.startswith("no ") if word is not None else passive
        if not silent and (own or any(address.ip in network for network in meaning.ospf_networks)):
            active.add(config.ports.index(name) + 1)
    for other in config.sections("interface"):
        if (
            other.key.removeprefix("interface ") not in config.ports
            and "ospf area" in other.lines
            and "ip address" in other.lines
        ):
            meaning.ospf_networks.append(IPv4Interface(_last(other, "ip address")).network)
    meaning.ospf_active_ports = frozenset(active)


def _default_gateway(meaning: Meaning) -> None:
    """A switch that does not route sends what is not local along its default route."""
    if not meaning.routing:
        meaning.default_gateway = next((hop for network, hop in meaning.static_routes if not network.prefixlen), None)
