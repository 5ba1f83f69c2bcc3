"""What the way in to a server must be: who logs in, from where, and at which address and port. Pure."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address

from nornir_tasks.platforms.debian.state import ServerState


@dataclass(frozen=True)
class ServerWay:
    """The way in.

    Attributes:
        users: who may log in; one of them has to get in.
        sources: the control nodes.
        addresses: of the server at its stage, the one of the standard first.
        port: of SSH.
        name_servers: of the standard.
        former: what lets us in as it is.
    """

    users: tuple[str, ...]
    sources: tuple[IPv4Address, ...]
    addresses: tuple[IPv4Address, ...]
    port: int = 22
    name_servers: tuple[IPv4Address, ...] = ()
    former: ServerState = field(default_factory=ServerState)
