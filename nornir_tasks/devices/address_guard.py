"""Where the tools may connect to: inside the declared management networks, and nowhere else."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, ip_address

from nornir_tasks.core.errors import FellesdriftError


class GuardError(FellesdriftError):
    """An address outside the management networks: nothing was sent to it."""


def check_address(name: str, host: str, networks: Iterable[IPv4Network]) -> None:
    """Refuse an endpoint outside these networks; return if it is inside.

    Args:
        name: the device's, for the words of the error.
        host: ``ansible_host``. It must be an address: a name would be resolved by a foreign name server, and could lead
            anywhere.
        networks: the device's ``management_networks``.

    Raises:
        GuardError: names host, address and networks.
    """
    declared = ", ".join(str(network) for network in networks)
    try:
        address = ip_address(host)
    except ValueError:
        raise GuardError(
            f"{name}: ansible_host is {host!r}, expected an address inside management_networks ({declared}); "
            "names are not resolved. Nothing was connected to."
        ) from None
    if not isinstance(address, IPv4Address) or not any(address in network for network in networks):
        raise GuardError(
            f"{name}: refused to connect to {host}, expected an address inside management_networks ({declared}). "
            "Nothing was connected to."
        )
