"""What a ProCurve configuration means, for the datapath and for what the switch shows of its ports."""

from ipaddress import IPv4Address

from lab.device.access_list import AccessList, read_row
from lab.device.meaning import Meaning, PortMeaning, SviMeaning
from lab.personalities.procurve import access_lists
from lab.personalities.procurve.config import Configuration
from lab.personalities.procurve.port_access import find_guest_vlan, is_guarded

LISTENS = 3.0  # seconds until a port at which no switch is heard becomes an edge port of its own accord


def read(configuration: Configuration) -> Meaning:
    """Read a whole configuration."""
    top, vlans = configuration.top, configuration.vlans
    meaning = Meaning(hostname=configuration.hostname, ssh=not top.get("ip ssh"), lldp=not top.get("lldp run"))
    meaning.vlans = {number: _quoted(vlan.store.get("name")) for number, vlan in vlans.items()}
    meaning.ports = {port: read_port(configuration, port) for port in range(1, configuration.count + 1)}
    meaning.svis = {
        number: SviMeaning(address=vlan.addresses[0], secondaries=tuple(vlan.addresses[1:]))
        for number, vlan in vlans.items()
        if vlan.addresses
    }
    if gateway := top.get("ip default-gateway"):
        meaning.default_gateway = IPv4Address(gateway.split()[-1])
    meaning.access_lists = {name: _access_list(written) for name, written in configuration.lists.items()}
    named = {number: vlan.store.get("ip access-group") for number, vlan in vlans.items()}
    meaning.vlan_filters = {number: _quoted(line) for number, line in named.items() if line}
    login = top.get("aaa authentication ssh login") or "local"
    meaning.users = read_users(configuration) if "local" in login.split() else {}  # no server answers here
    return meaning


def _access_list(written: access_lists.AccessList) -> AccessList:
    standard = written.kind == "standard"
    rows = (read_row(text, standard) for _, text in sorted(written.rows.items()))
    return AccessList(written.name, tuple(row for row in rows if row is not None))


def read_port(configuration: Configuration, port: int) -> PortMeaning:
    """What the configuration means to a port; a member is in the VLANs of its trunk, a guarded one in a guest's."""
    ports, vlans, top = configuration.ports, configuration.vlans, configuration.top
    trunk = configuration.trunks.members.get(port, port)
    voices = {number for number, vlan in vlans.items() if vlan.store.get("voice")}
    tagged = frozenset(number for number, vlan in vlans.items() if trunk in vlan.tagged)
    access = next((number for number, vlan in vlans.items() if trunk in vlan.untagged), None)
    if is_guarded(top, port):
        tagged, access = frozenset(), find_guest_vlan(top, port)
    edge = not top.get("spanning-tree") or top.get(f"spanning-tree {port} admin-edge-port")
    return PortMeaning(
        up=not ports[port].get("disable") and not ports[trunk].get("disable"),
        access=access,
        tagged=tagged,
        voice=min(tagged & voices, default=None),
        description=_quoted(ports[port].get("name")),
        filter_in=_quoted(ports[trunk].get("ip access-group")) or None,
        listens=0.0 if edge else LISTENS,
    )


def _quoted(line: str | None) -> str:
    return line.split('"')[1] if line else ""


def read_users(configuration: Configuration) -> dict[str, tuple[int, str]]:
    """Who may log in: the manager, the operator and the local users. Shape: name to (privilege, stored form)."""
    accounts = {}
    for who, privilege in (("operator", 1), ("manager", 15)):
        if line := configuration.top.get(f"password {who}"):
            words = line.replace('"', "").split()
            name = words[3] if words[2] == "user-name" else who
            accounts[name] = (privilege, f"{words[-2]} {words[-1]}")
    for _, line in configuration.top.shown():
        if line.startswith("aaa authentication local-user "):
            words = line.replace('"', "").split()
            accounts[words[3]] = (15 if words[5].lower() == "level-15" else 1, f"{words[-2]} {words[-1]}")
    return accounts
