"""What is ordered of a new municipality, and why an order cannot be drafted."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE


class NewcomerError(FellesdriftError):
    """The order cannot be drafted."""

    exit_code = USAGE


@dataclass(frozen=True)
class NewSite:
    """A site as it is ordered: ``purpose`` is one of site_purposes, ``models`` its access switches."""

    name: str
    purpose: str
    clients: int
    models: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """The municipality to draft. Its core switch stands at the first site; ``like`` is the one to draft after."""

    name: str
    label: str
    number: int
    prefix: IPv4Network
    sites: tuple[NewSite, ...]
    like: str
