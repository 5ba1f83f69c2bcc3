"""Log in to a server: guard first, then the centre's account, or on its first day whoever the inventory names."""

import shlex
from pathlib import Path

from nornir_tasks.core import state
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.logging import Transcript
from nornir_tasks.core.text import escape_invisible
from nornir_tasks.devices import address_guard
from nornir_tasks.model import Region, Server
from nornir_tasks.platforms.debian.secrets import mask_state
from nornir_tasks.platforms.debian.session import ServerSession, SshWay
from nornir_tasks.trust.host_keys import KnownHosts

SECONDS = 15  # for a connection to stand


def login_server(region: Region, server: Server, seconds: int = SECONDS) -> ServerSession:
    """A session with a server that has answered over a login of its own, just now.

    Args:
        region: whose standard says where the tools may connect to, and by which account.
        server: of the region.
        seconds: for each connection to stand.

    Raises:
        GuardError: the address is outside the management networks; nothing was sent.
        HostKeyUnknown, HostKeyChanged: no login was tried.
        PlatformError: there is no answer, or no login is let in.
    """
    session = make_session(region, server, seconds)
    code, _, errors = session.run(["true"])
    if code:
        words = escape_invisible(" ".join(errors.split()))[-200:] or "refused"
        raise PlatformError(f"{server.name}: expected to be let to work as root, actual: {words}")
    return session


def make_session(region: Region, server: Server, seconds: int = SECONDS) -> ServerSession:
    """A session with a server to which nothing has been sent yet: its first command is its first login.

    Args:
        region: whose standard says where the tools may connect to, and by which account.
        server: of the region.
        seconds: for each connection to stand.

    Raises:
        GuardError: the address is outside the management networks.
        PlatformError: the inventory's arguments for ssh cannot be read.
    """
    standard = region.of(server.municipality)[0].standard
    address_guard.check_address(server.name, server.endpoint.host, standard.management_networks)
    device = region.of(server.municipality)[0]
    known_hosts = KnownHosts(KnownHosts.of(device).file, server.name)
    transcript = Transcript(server.name, mask_state)
    users = dict.fromkeys([standard.accounts[0].name, server.login.user or "root"])
    return ServerSession(server.name, [make_way(server, user) for user in users], known_hosts, transcript, seconds)


def make_way(server: Server, user: str) -> SshWay:
    """How a server is reached by an account, as the inventory has it.

    Raises:
        PlatformError: its arguments for ssh cannot be read as a shell would.
    """
    login, arguments = server.login, server.login.arguments
    try:
        options = tuple(shlex.split(arguments))
    except ValueError as error:
        raise PlatformError(f"{server.name}: ansible_ssh_common_args: found {arguments!r} ({error})") from None
    if "{{" in arguments or "{{" in (login.key or ""):
        raise PlatformError(f"{server.name}: ansible_ssh_common_args: found a template, expected plain words")
    key = str(state.ROOT / Path(login.key).expanduser()) if login.key else None
    return SshWay(server.endpoint.host, server.endpoint.ssh_port, user, key, options)
