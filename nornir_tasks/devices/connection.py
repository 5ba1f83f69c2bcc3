"""The way to a device: guard first, then the account of its stage, the known host key, its platform's driver.

Also Nornir's plugin.
"""

from typing import Any

from nornir.core.configuration import Config

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices import address_guard
from nornir_tasks.devices.credentials import Credentials
from nornir_tasks.model import Device, Endpoint, Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.trust.host_keys import KnownHosts

NAME = "fellesdrift"  # of the connection plugin, in Nornir's registry


def endpoint(device: Device, position: Position) -> Endpoint:
    """Where a device is at a position: at its former address until CONNECT gave it the standard's."""
    found = device.endpoint
    if found.legacy_host is None or position.of(device.municipality, device.name) >= Stage.CONNECT:
        return found
    return found.model_copy(update={"host": found.legacy_host})


def ways(device: Device, *positions: Position) -> tuple[Position, ...]:
    """The first of these positions for each way to log in: address and account are others from CONNECT on."""
    found: dict[bool, Position] = {}
    for position in positions:
        found.setdefault(position.of(device.municipality, device.name) >= Stage.CONNECT, position)
    return tuple(found.values())


def login(device: Device, position: Position, credentials: Credentials, timeout: float = 30.0) -> Session:
    """Log in to a device as whoever may at this position, if its address and its host key are those to expect."""
    where = endpoint(device, position)
    # Before a password is even asked for.
    address_guard.allow(device.name, where.host, device.standard.management_networks)
    kind = platform(device.platform)
    transcript = kind.transcript(device.name)
    transcript.note(f"logging in at {where.host}, stage {int(position.of(device.municipality, device.name))}")
    try:
        session = kind.connect(where, credentials.account(device, position), timeout, KnownHosts.of(device), transcript)
    except FellesdriftError as error:
        transcript.note(f"no login: {error}")
        raise
    transcript.note("logged in")
    return session


class FellesdriftConnection:
    """Nornir's connection plugin ``fellesdrift``; its options hold ``device``, ``position`` and ``credentials``."""

    connection: Session

    def open(
        self,
        hostname: str | None,
        username: str | None,
        password: str | None,
        port: int | None,
        platform: str | None,
        extras: dict[str, Any] | None = None,
        configuration: Config | None = None,
    ) -> None:
        """Log in. Host, account and platform come from the model, so Nornir's own arguments are not asked."""
        options = extras or {}
        self.connection = login(options["device"], options["position"], options["credentials"])

    def close(self) -> None:
        """Hang up."""
        self.connection.close()
