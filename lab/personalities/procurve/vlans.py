"""A VLAN of a ProCurve: its lines, its ports and its addresses."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Interface

from lab.personalities.procurve.grammar import Refused, Store, is_host
from lab.region.ranges import parse_ranges


@dataclass
class Vlan:
    """One VLAN: its lines, its ports, its addresses, the first of which is the switch's own."""

    store: Store
    untagged: set[int] = field(default_factory=set)
    tagged: set[int] = field(default_factory=set)
    addresses: list[IPv4Interface] = field(default_factory=list)
    dhcp: bool = False

    def address_lines(self) -> list[str]:
        """What it says of its addresses."""
        if self.addresses:
            return [f"ip address {address.ip} {address.netmask}" for address in self.addresses]
        return ["ip address dhcp-bootp" if self.dhcp else "no ip address"]

    def set_address(self, line: str, elsewhere: list[IPv4Interface]) -> None:
        """Obey ``ip address …`` or its ``no``. A further address is added; none takes the place of another.

        Raises:
            Refused: it is none, or its subnet is in this VLAN or another already.
        """
        no, words = line.startswith("no "), line.removeprefix("no ").split()[2:]
        if words in ([], ["dhcp-bootp"]):
            if not words and not no:
                raise Refused("Incomplete input: address")
            self.addresses, self.dhcp = [], not no
            return
        address = _interface(words)
        if no:
            if address not in self.addresses:
                raise Refused(f"Invalid input: {words[0]}")
            self.addresses.remove(address)
            return
        if address in self.addresses:
            return
        if any(other.network.overlaps(address.network) for other in [*self.addresses, *elsewhere]):
            raise Refused(f"The IP address (or subnet) {address} already exists.")
        self.addresses, self.dhcp = [*self.addresses, address], False


def _interface(words: list[str]) -> IPv4Interface:
    """An address with its mask, as ``10.1.2.3/24`` or in two words.

    Raises:
        Refused: it is none that a switch can have.
    """
    address, slash, length = words[0].partition("/")
    mask = words[1] if len(words) > 1 else length
    try:
        interface = IPv4Interface(f"{address}/{mask or 32}")
    except ValueError:
        raise Refused(f"Invalid input: {words[-1]}") from None
    if len(words) > 2 or (slash and len(words) > 1):
        raise Refused(f"Invalid input: {words[-1]}")
    if not mask:
        raise Refused(f"Incomplete input: {words[-1]}")
    network = interface.network
    turned = "." in mask and mask != str(network.netmask)  # a wildcard is no mask here
    if turned or not 1 <= network.prefixlen <= 30 or not is_host(address):
        raise Refused(f"Invalid input: {words[-1]}")
    if interface.ip in (network.network_address, network.broadcast_address):
        raise Refused(f"Invalid input: {address}")
    return interface


def read_numbers(text: str) -> list[int]:
    """The VLANs of a list like ``1,20-30``.

    Raises:
        Refused: it is none.
    """
    if not re.fullmatch(r"\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*", text, re.ASCII):
        raise Refused(f"Invalid input: {text}")
    try:
        numbers = parse_ranges(text)
    except ValueError:
        raise Refused(f"Invalid input: {text}") from None
    if not all(1 <= number <= 4094 for number in numbers):
        raise Refused(f"Invalid input: {text}")
    return numbers
