"""Cisco IOS (Catalyst 2960-X and 3850): NAPALM loads and reads, the device's own ``configure replace`` writes.

NAPALM's ``commit_config`` puts ``file prompt quiet`` into the running configuration before it keeps what to go back to,
so that a device that goes back on its own would come back with a line that it did not have. ``configure replace …
force`` asks nothing, so the session issues it itself; see ``ios.session``.
"""

import secrets

from netutils.password import encrypt_cisco_type9

from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, Platform, Safety, Session
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.management_access import ManagementAccess
from nornir_tasks.platforms.common.reading import Login, Reader
from nornir_tasks.platforms.ios import management_access as ios_access
from nornir_tasks.platforms.ios import secrets as ios_secrets
from nornir_tasks.platforms.ios import text as ios_text
from nornir_tasks.platforms.ios.grammar import GRAMMAR
from nornir_tasks.platforms.ios.known_lines import KNOWN_LINES
from nornir_tasks.platforms.ios.port_names import PORT_NAMES
from nornir_tasks.trust.host_keys import KnownHosts


class Ios(Platform):
    """Cisco IOS."""

    name = "ios"
    grammar = GRAMMAR
    known_lines = KNOWN_LINES
    port_names = PORT_NAMES
    replaces = True
    keeps_power = False
    asks_ports = True
    safety = Safety(
        reverts_by="replace with revert timer",
        checks_candidate=False,
        lost_on_revert="nothing; about three minutes of service where the archive is off and a reload has to do",
    )

    def parse(self, text: str) -> ConfigNode:
        """The configuration as a tree; a banner is one line of it."""
        return ios_text.parse(text)

    def tree(self, text: str) -> ConfigNode:
        """The configuration for comparing, without the ``end`` that stops its reading: it is no setting."""
        root = super().tree(text)
        root.children = [node for node in root.children if node.text != "end"]
        return root

    def clean(self, text: str) -> str:
        """Without header, comments and trailing space."""
        return ios_text.clean(text)

    def split_secrets(self, text: str) -> tuple[str, dict[str, str]]:
        """Hide password hashes and SNMP communities."""
        return ios_secrets.mask(text)

    def read_management_access(self, text: str) -> ManagementAccess:
        """What is open, to whom, and by which ports and addresses."""
        return ios_access.read_management_access(text)

    def hash_password(self, password: str) -> str:
        """Scrypt (type 9) with a new salt: the strongest form that these switches take."""
        return f"9 {encrypt_cisco_type9(password, salt=secrets.token_hex(7))}"

    async def open_reader(self, login: Login) -> Reader:
        """A login over SSH, at the prompt of an administrator."""
        from nornir_tasks.platforms.ios.reader import open_reader

        return await open_reader(login)

    def connect(
        self,
        endpoint: Endpoint,
        account: LoginAccount,
        timeout: float = 30.0,
        known_hosts: KnownHosts | None = None,
        transcript: Transcript | None = None,
    ) -> Session:
        """An open session over SSH, at the enable prompt.

        Args:
            account: its password is the enable password as well.
            timeout: seconds, for the connection, the login, the banner and each command.
            transcript: of what is sent and received after the login.

        Raises:
            HostKeyUnknown, HostKeyChanged: the password was not sent.
            LoginError: there is no answer, or the login is refused.
        """
        from nornir_tasks.platforms.ios.login import connect

        return connect(
            endpoint, account, timeout, known_hosts or KnownHosts.of(), transcript or self.transcript(endpoint.host)
        )
