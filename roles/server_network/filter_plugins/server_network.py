"""Filter of the role server_network: which interface has which of a server's addresses."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from ansible.errors import AnsibleFilterError

Facts = Mapping[str, Any]


def find_links(
    addresses: Sequence[Mapping[str, Any]],
    facts: Facts,
    declared: Mapping[str, str],
    withdrawn: Sequence[str] = (),
    written: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The interfaces of a server with the addresses that each has, in the order of the addresses.

    Args:
        addresses: the role's ``server_network__addresses``; by the first one's gateway the server goes out.
        facts: Ansible's, of the network.
        declared: address to the MAC address or name of its interface, which goes before what the facts say.
        withdrawn: addresses that the server had; an interface that has such a one is to have none.
        written: names of interfaces that have a file of the role's already.

    Returns:
        Shape: a record an interface; ``mac`` is empty where others have the same (bonds, bridges).

    Raises:
        AnsibleFilterError: an address is none, or it is not known which interface is meant.
    """
    interfaces = [facts[name.replace("-", "_")] for name in facts["interfaces"] if name.replace("-", "_") in facts]
    interfaces = sorted((one for one in interfaces if one.get("type") != "loopback"), key=lambda one: one["device"])
    links: dict[str, dict[str, Any]] = {}
    for place, record in enumerate(addresses):
        try:
            address, gateway = IPv4Interface(record["address"]), IPv4Address(record["gateway"])
        except ValueError as error:
            raise AnsibleFilterError(f"server_network__addresses[{place}]: {error}") from None
        if gateway not in address.network or address.network.prefixlen > 30:
            raise AnsibleFilterError(
                f"server_network__addresses[{place}]: found {record['address']} and {gateway}, expected an address with"
                " its length, as in 10.17.92.31/23, and a gateway of its network"
            )
        interface = _find_interface(address, interfaces, declared.get(str(address.ip)))
        more = {"host": str(address.ip), "network": str(address.network), "is_first": place == 0}
        links.setdefault(interface["device"], _make_link(interface))["addresses"].append({**record, **more})
    for interface in interfaces:
        has_withdrawn = any(str(present.ip) in withdrawn for present in _list_addresses(interface))
        if has_withdrawn or interface["device"] in written:
            links.setdefault(interface["device"], _make_link(interface))
    return list(links.values())


def _make_link(interface: Facts) -> dict[str, Any]:
    mac = interface["macaddress"] if interface.get("type") == "ether" else ""
    return {"name": interface["device"], "mac": mac, "addresses": []}


def _find_interface(address: IPv4Interface, interfaces: Sequence[Facts], declared: str | None) -> Facts:
    """By what is declared, by the address, by another one of its network, or the only one that there is."""
    if declared is not None:
        chosen = [one for one in interfaces if declared.lower() in (one["device"], one.get("macaddress"))]
    else:
        chosen = [one for one in interfaces if address.ip in {present.ip for present in _list_addresses(one)}]
        chosen = chosen or [
            one for one in interfaces if any(present.ip in address.network for present in _list_addresses(one))
        ]
        chosen = chosen or [one for one in interfaces if one.get("type") == "ether"]
    if len(chosen) == 1:
        return chosen[0]
    present = "; ".join(
        f"{one['device']} ({one.get('macaddress')}): {', '.join(map(str, _list_addresses(one))) or 'no address'}"
        for one in interfaces
    )
    wanted = f"an interface {declared}" if declared else "one interface that has it, or one of its network, or only one"
    raise AnsibleFilterError(
        f"server_network__interfaces: {address}: found {present or 'no interface'}; expected {wanted}:"
        f" set server_network__interfaces: {{{address.ip}: MAC address}}"
    )


def _list_addresses(interface: Facts) -> list[IPv4Interface]:
    records = [*([interface["ipv4"]] if "ipv4" in interface else []), *interface.get("ipv4_secondaries", [])]
    return [IPv4Interface(f"{record['address']}/{record['netmask']}") for record in records]


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Any]:
        """The filters by their names."""
        return {"server_network_links": find_links}
