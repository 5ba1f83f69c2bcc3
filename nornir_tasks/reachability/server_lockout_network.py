"""Why a packet of ours would not come to a server, or its answer not back: networkd, nftables, the kernel. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.platforms.debian.nftables import Packet, judge_ruleset
from nornir_tasks.platforms.debian.state import ANY, ServerState
from nornir_tasks.reachability.server_way import ServerWay

NETWORK = re.compile(r"/(?:etc|run)/systemd/network/[^/]+\.network(?:\.d/[^/]+\.conf)?")
RULESET = "/etc/nftables.conf"
RESOLVER = "/etc/resolv.conf"
BLACK = ("blackhole", "unreachable", "prohibit", "throw")
LEAST_MTU = 576
TARGET = "/etc/systemd/system/default.target"
NEEDED = ("ssh.service", "systemd-networkd.service", "dbus.service", "systemd-logind.service", "networking.service")


@dataclass
class Networks:
    """What all files of networkd say together. Shape: rows of a section as keys and values."""

    addresses: list[IPv4Interface] = field(default_factory=list)
    gateways: list[IPv4Address] = field(default_factory=list)
    rules: list[dict[str, str]] = field(default_factory=list)
    reasons: list[Mismatch] = field(default_factory=list)


def find_network_reasons(state: ServerState, way: ServerWay) -> Iterator[Mismatch]:
    """Why nothing of ours would come through; none: it does.

    Args:
        state: of the server.
        way: that has to stay open.
    """
    former = _read_networks(way.former)
    if former.addresses or any(NETWORK.fullmatch(path) for path in state.files):
        yield from _judge_networks(state, way, former)
    yield from _judge_ruleset(state, way)
    yield from _judge_kernel(state)
    yield from _judge_resolver(state, way)
    yield from _judge_start(state)


def _read_networks(state: ServerState) -> Networks:
    networks = Networks()
    for path, file in state.files.items():
        if NETWORK.fullmatch(path) and file.text is not None:
            for name, rows in _list_sections(file.text):
                _read_section(path, name, rows, networks)
            if file.mode != ANY and not int(file.mode, 8) & 0o004:
                networks.reasons.append(Mismatch(f"{path} to be read by systemd-networkd", f"mode {file.mode}"))
    return networks


def _list_sections(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    name, rows = "", list[tuple[str, str]]()
    for line in (line.strip() for line in text.split("\n")):
        if line.startswith("["):
            yield name, rows
            name, rows = line.strip("[]"), []
        elif "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            rows.append((key.strip(), value.strip()))
    yield name, rows


def _read_section(path: str, name: str, rows: list[tuple[str, str]], networks: Networks) -> None:
    values = dict(rows)
    if name in ("Network", "Address"):
        for key, value in rows:
            if key == "Address" and ":" not in value:
                try:
                    networks.addresses.append(IPv4Interface(value))
                except ValueError:
                    networks.reasons.append(Mismatch(f"{path}: addresses that networkd takes", value))
            elif key == "Gateway":
                _add_gateway(path, value, networks)
    if name == "Route":
        if values.get("Type", "unicast") in BLACK and values.get("Table") is None:
            networks.reasons.append(Mismatch("no route into nothing", f"{path}: {values}"))
        elif "Gateway" in values and _is_default(values):
            _add_gateway(path, values["Gateway"], networks)
    if name == "RoutingPolicyRule":
        networks.rules.append(values)
        if values.get("Type") in BLACK:
            networks.reasons.append(Mismatch("no rule into nothing", f"{path}: {values}"))
    if name == "Link":
        if values.get("Unmanaged", "no").lower() in ("yes", "true", "1", "on"):
            networks.reasons.append(Mismatch("networkd to keep the link", f"{path}: Unmanaged"))
        if "down" in values.get("ActivationPolicy", ""):
            networks.reasons.append(Mismatch("the link to come up", f"{path}: {values['ActivationPolicy']}"))
        if values.get("ARP", "yes").lower() in ("no", "false", "0", "off"):
            networks.reasons.append(Mismatch("the link to answer ARP", f"{path}: ARP=no"))
        if values.get("MTUBytes", "1500").isdigit() and int(values.get("MTUBytes", "1500")) < LEAST_MTU:
            networks.reasons.append(Mismatch(f"an MTU of {LEAST_MTU} at least", f"{path}: {values['MTUBytes']}"))


def _is_default(route: dict[str, str]) -> bool:
    """Whether a route is the way out of the main table."""
    everywhere = route.get("Destination", "0.0.0.0/0") in ("0.0.0.0/0", "0.0.0.0", "::/0")
    return everywhere and route.get("Table", "main") in ("main", "254")


def _add_gateway(path: str, value: str, networks: Networks) -> None:
    if ":" in value or value.startswith("_"):
        return
    try:
        networks.gateways.append(IPv4Address(value))
    except ValueError:
        networks.reasons.append(Mismatch(f"{path}: a gateway that networkd takes", value))


def _judge_networks(state: ServerState, way: ServerWay, former: Networks) -> Iterator[Mismatch]:
    networks = _read_networks(state)
    yield from networks.reasons
    actual = {address.ip: address for address in networks.addresses}
    listed = ", ".join(map(str, networks.addresses)) or "none"
    # An address that nobody has set in a file so far is somebody else's to set.
    lost = [address.ip for address in former.addresses if address.ip in way.addresses and address.ip not in actual]
    for address in lost:
        yield Mismatch(f"the address {address} at this stage", listed)
    if networks.addresses and way.addresses and not set(way.addresses) & actual.keys():
        yield Mismatch(f"one of the addresses {', '.join(map(str, way.addresses))}", listed)
    for address in former.addresses:
        now = actual.get(address.ip)
        if now and now.network != address.network:
            yield Mismatch(f"{address.ip} in the network {address.network}", str(now.network))
    if former.gateways and not networks.gateways:
        yield Mismatch("a gateway", "none")
    for gateway in networks.gateways:
        if networks.addresses and not any(gateway in address.network for address in networks.addresses):
            yield Mismatch(f"the gateway {gateway} in a network of the server", listed)
        if gateway in actual:
            yield Mismatch("another host as the gateway", f"{gateway} is the server itself")
        near = [old for old in former.gateways for address in networks.addresses
                if old in address.network and gateway in address.network]  # fmt: skip
        if near and gateway not in near:
            yield Mismatch(f"the gateway {near[0]} of this network", str(gateway))


def _judge_ruleset(state: ServerState, way: ServerWay) -> Iterator[Mismatch]:
    """A connection from each control node comes in, and its answers go out."""
    file = state.files.get(RULESET)
    if file is None:
        return
    if file.text is None:
        yield Mismatch(f"{RULESET} to be known beforehand", "it is not")
        return
    for source in way.sources:
        for address in way.addresses[:1]:
            comes = Packet(source, address, None, way.port, is_answer=False)
            goes = Packet(address, source, way.port, None, is_answer=True)
            for packet, hooks in ((comes, ("prerouting", "input")), (goes, ("output", "postrouting"))):
                answer, rule = judge_ruleset(file.text, hooks, packet)
                if answer != "accepted":
                    what = "let in at" if packet is comes else "answered from"
                    yield Mismatch(f"{source} to be {what} port {way.port} by {RULESET}", f"{answer}: {rule}")


def _judge_kernel(state: ServerState) -> Iterator[Mismatch]:
    networks = _read_networks(state)
    for path, file in state.files.items():
        if path != "/etc/sysctl.conf" and not path.startswith("/etc/sysctl.d/"):
            continue
        for line in (file.text or "").split("\n"):
            key, equals, value = line.lstrip(" -").partition("=")
            key, value = key.strip().replace("/", "."), value.strip()
            if not equals or key.startswith(("#", ";")):
                continue
            if key.endswith(".arp_ignore") and value not in ("0", "1", "2"):
                yield Mismatch("ARP to be answered", f"{path}: {key} = {value}")
            if key.endswith(".rp_filter") and value == "1" and len(networks.addresses) > 1 and not networks.rules:
                yield Mismatch("answers to leave by the way the question came", f"{path}: {key} = 1, and no rule")
            if key in ("net.ipv4.tcp_max_syn_backlog", "net.core.somaxconn", "fs.file-max", "kernel.pid_max",
                       "kernel.threads-max") and value.isdigit() and int(value) < 64:  # fmt: skip
                yield Mismatch(f"{key} to let a login be", f"{path}: {value}")


def _judge_resolver(state: ServerState, way: ServerWay) -> Iterator[Mismatch]:
    file, former = state.files.get(RESOLVER), way.former.files.get(RESOLVER)
    if former is not None and file is None:
        yield Mismatch(f"the file {RESOLVER}", "it is gone")
    if file is None or file.text is None:
        return
    servers = re.findall(r"(?m)^nameserver\s+(\S+)", file.text)
    known = {str(address) for address in way.name_servers}
    known |= set(re.findall(r"(?m)^nameserver\s+(\S+)", former.text or "")) if former else set()
    if not servers and known:
        yield Mismatch("a name server", "none")
    elif known and not any(server in known or server.startswith("127.") for server in servers):
        yield Mismatch(f"one of the name servers {', '.join(sorted(known))}", ", ".join(servers))


def _judge_start(state: ServerState) -> Iterator[Mismatch]:
    """The server starts into what it should, with what a login needs."""
    networkd = state.units.get("systemd-networkd.service")
    if networkd and networkd.enabled in ("masked", "disabled") and any(NETWORK.fullmatch(path) for path in state.files):
        yield Mismatch("systemd-networkd.service to be enabled", networkd.enabled)
    link = state.files.get(TARGET)
    if link and re.search(r"(rescue|emergency|poweroff|halt|reboot|shutdown)\.target$", link.target):
        yield Mismatch("the server to start into multi-user.target", link.target)
    for unit in NEEDED:
        file = state.files.get(f"/etc/systemd/system/{unit}")
        if file and file.target == "/dev/null":
            yield Mismatch(f"{unit} not to be masked", f"/etc/systemd/system/{unit} leads to /dev/null")
