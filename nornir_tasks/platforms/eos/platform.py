"""Arista EOS: driven by NAPALM over eAPI (HTTPS), over SSH where eAPI is still off or not yet trusted.

TLS: switches have self-signed certificates, so each is remembered as it is (``scripts/trust.py``; see
``certificates``), and a switch that shows another certificate is not talked to. Instead,
``FELLESDRIFT_EOS_CA`` may name a file of certificates to trust (a CA's, or the switches' own); a certificate's name is
not compared, because switches are reached by address. With neither, eAPI is left alone: no certificate is trusted
unseen, nor because an SSH session confirms it, since an attacker may intercept one port and not the other.
A switch whose eAPI CONNECT has just switched on is driven over SSH until its certificate is trusted.
"""

from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import (
    LoginAccount,
    Platform,
    Safety,
    Session,
)
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.management_access import ManagementAccess
from nornir_tasks.platforms.common.reading import Login, Reader
from nornir_tasks.platforms.eos import management_access as eos_access
from nornir_tasks.platforms.eos import secrets as eos_secrets
from nornir_tasks.platforms.eos import text as eos_text
from nornir_tasks.platforms.eos.grammar import GRAMMAR
from nornir_tasks.platforms.eos.known_lines import KNOWN_LINES
from nornir_tasks.platforms.eos.password_hash import sha512_crypt
from nornir_tasks.platforms.eos.port_names import PORT_NAMES
from nornir_tasks.trust.host_keys import KnownHosts


class Eos(Platform):
    """Arista EOS."""

    name = "eos"
    grammar = GRAMMAR
    known_lines = KNOWN_LINES
    port_names = PORT_NAMES
    replaces = True
    keeps_power = True
    asks_ports = True
    safety = Safety(reverts_by="commit timer", checks_candidate=True, lost_on_revert="nothing")

    def parse(self, text: str) -> ConfigNode:
        """The configuration as a tree; a banner is one line of it."""
        return eos_text.parse(text)

    def clean(self, text: str) -> str:
        """Without header, separators and comments."""
        return eos_text.clean(text)

    def split_secrets(self, text: str) -> tuple[str, dict[str, str]]:
        """Secrets of accounts, SNMP, time, RADIUS and TACACS, and of routing protocols."""
        return eos_secrets.mask(text)

    def read_management_access(self, text: str) -> ManagementAccess:
        """What is open, to whom, and by which ports and addresses."""
        return eos_access.read_management_access(text)

    def hash_password(self, password: str) -> str:
        """``sha512 $6$…``: what stands behind ``username … secret``."""
        return f"sha512 {sha512_crypt(password)}"

    async def open_reader(self, login: Login) -> Reader:
        """A login over eAPI if its certificate is known and it answers, else over SSH."""
        from nornir_tasks.platforms.eos.reader import open_reader

        return await open_reader(login)

    def connect(
        self,
        endpoint: Endpoint,
        account: LoginAccount,
        timeout: float = 30.0,
        known_hosts: KnownHosts | None = None,
        transcript: Transcript | None = None,
    ) -> Session:
        """An open session over eAPI if its certificate is known and it answers, else over SSH.

        Args:
            endpoint: both its ports are used.
            timeout: seconds, for each request over eAPI, and for the connection over SSH.
            known_hosts: host keys and certificates; the SSH key has to be known even where eAPI is used.
            transcript: of the requests over eAPI, or of the SSH session.

        Raises:
            HostKeyUnknown, HostKeyChanged: the password was not sent.
            PlatformError: neither answers, or the login is refused.
        """
        from nornir_tasks.platforms.eos.login import connect

        return connect(
            endpoint, account, timeout, known_hosts or KnownHosts.of(), transcript or self.transcript(endpoint.host)
        )

    def tls_port(self, endpoint: Endpoint) -> int | None:
        """The port of eAPI."""
        return endpoint.eapi_port
