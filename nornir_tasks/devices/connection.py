"""Log in to a device: guard first, then the account of its stage, the known host key, its platform's driver.

Also Nornir's connection plugin.
"""

from typing import TYPE_CHECKING, Any

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices import address_guard
from nornir_tasks.devices.credentials import Credentials
from nornir_tasks.model import Device, Endpoint, Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Session, WritePermit, refuse_writes
from nornir_tasks.trust.host_keys import KnownHosts

if TYPE_CHECKING:
    from nornir.core.configuration import Config

NAME = "fellesdrift"  # of the connection plugin, in Nornir's registry


def find_endpoint(device: Device, position: Position) -> Endpoint:
    """Where a device is at a position: at its former address until CONNECT gave it the standard's."""
    endpoint = device.endpoint
    if endpoint.legacy_host is None or position.of(device.municipality, device.name) >= Stage.CONNECT:
        return endpoint
    return endpoint.model_copy(update={"host": endpoint.legacy_host})


def list_login_positions(device: Device, *positions: Position) -> tuple[Position, ...]:
    """The first of these positions for each way to log in: from CONNECT on, address and account are others."""
    first_positions: dict[bool, Position] = {}
    for position in positions:
        first_positions.setdefault(position.of(device.municipality, device.name) >= Stage.CONNECT, position)
    return tuple(first_positions.values())


def login(
    device: Device,
    position: Position,
    credentials: Credentials,
    timeout: float = 30.0,
    *,
    permit: WritePermit = refuse_writes,
) -> Session:
    """An open session with a device, by the account of its stage, if address and host key are the expected ones.

    Args:
        position: decides address and account: the former ones until CONNECT.
        timeout: seconds, as the platform's ``connect`` takes it.
        permit: asked before each write; by default the session only reads.

    Raises:
        GuardError: the address is outside the management networks; nothing was sent.
        CredentialsError: there is no password for the account; nothing was sent.
        HostKeyUnknown, HostKeyChanged: the password was not sent.
        PlatformError: there is no answer, or the login is refused.
    """
    endpoint = find_endpoint(device, position)
    # Before a password is read.
    address_guard.check_address(device.name, endpoint.host, device.standard.management_networks)
    driver_platform = platform(device.platform)
    transcript = driver_platform.transcript(device.name)
    transcript.note(f"logging in at {endpoint.host}, stage {int(position.of(device.municipality, device.name))}")
    try:
        session = driver_platform.connect(
            endpoint, credentials.account(device, position), timeout, KnownHosts.of(device), transcript
        )
    except FellesdriftError as error:
        transcript.note(f"no login: {error}")
        raise
    session.permit = permit
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
        configuration: "Config | None" = None,
    ) -> None:
        """Log in. Nornir calls it, by the names of its plugin interface.

        Args:
            hostname: unused, as are all others but ``extras``: host, account and platform come from the model.
            extras: ``device``, ``position`` and ``credentials``, as ``make_nornir`` puts them into the host's options.

        Raises:
            FellesdriftError: as ``login``; Nornir makes it the task's result.
        """
        options = extras or {}
        self.connection = login(options["device"], options["position"], options["credentials"])

    def close(self) -> None:
        """Hang up."""
        self.connection.close()
