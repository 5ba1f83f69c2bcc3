"""HP ProCurve (AOS-S 16, 2530 series): NAPALM does not drive it, netmiko does.

It has no candidate and no rollback. What protects a change is a reload scheduled before the first line, into a startup
configuration that was made sure to be what ran before; see ``procurve.session``.
"""

import hashlib

from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, Platform, Safety, Session
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.config_tree import gather
from nornir_tasks.platforms.common.management_access import ManagementAccess
from nornir_tasks.platforms.common.reading import Login, Reader
from nornir_tasks.platforms.procurve import management_access as procurve_access
from nornir_tasks.platforms.procurve import secrets as procurve_secrets
from nornir_tasks.platforms.procurve import text as procurve_text
from nornir_tasks.platforms.procurve.grammar import GRAMMAR
from nornir_tasks.platforms.procurve.known_lines import KNOWN_LINES
from nornir_tasks.platforms.procurve.remediation import make_steps
from nornir_tasks.platforms.procurve.text import ProcurveConfig
from nornir_tasks.trust.host_keys import KnownHosts


class Procurve(Platform):
    """HP ProCurve."""

    name = "procurve"
    grammar = GRAMMAR
    known_lines = KNOWN_LINES
    replaces = False
    keeps_power = True
    asks_ports = False
    safety = Safety(
        reverts_by="scheduled reload",
        checks_candidate=False,
        lost_on_revert="about two minutes of service on this switch while it restarts",
    )

    def parse(self, text: str) -> ConfigNode:
        """The configuration as a tree, each VLAN with its ports."""
        return procurve_text.parse(text)

    def tree(self, text: str) -> ConfigNode:
        """The configuration for comparing, with each port's VLANs at the port, where people look for them."""
        return gather(procurve_text.place_ports(gather(procurve_text.parse(text))))

    def overlay(self, legacy: str, additions: str) -> str:
        """The legacy with the additions laid over it, in the switch's order."""
        return procurve_text.overlay(ProcurveConfig.parse(legacy), ProcurveConfig.parse(additions)).write()

    def remediation(self, running: str, intended: str) -> tuple[str, ...]:
        """The lines that lead from running to intended; each is complete in itself."""
        return make_steps(ProcurveConfig.parse(running), ProcurveConfig.parse(intended))

    def clean(self, text: str) -> str:
        """Without header, comments and trailing space."""
        return procurve_text.clean(text)

    def split_secrets(self, text: str) -> tuple[str, dict[str, str]]:
        """Hide password hashes, communities and keys."""
        return procurve_secrets.mask(text)

    def read_management_access(self, text: str) -> ManagementAccess:
        """What is open, to whom, and by which ports and addresses."""
        return procurve_access.read_management_access(text)

    def hash_password(self, password: str) -> str:
        """SHA-256 without salt: the only strong form that this platform takes."""
        return hashlib.sha256(password.encode()).hexdigest()

    async def open_reader(self, login: Login) -> Reader:
        """A login over SSH, at the manager's prompt."""
        from nornir_tasks.platforms.procurve.reader import open_reader

        return await open_reader(login)

    def connect(
        self,
        endpoint: Endpoint,
        account: LoginAccount,
        timeout: float = 30.0,
        known_hosts: KnownHosts | None = None,
        transcript: Transcript | None = None,
    ) -> Session:
        """An open session over SSH, at the manager's level, with paging off.

        Args:
            account: its password is the manager's as well.
            timeout: seconds, for the connection, the login, the banner and each reply.
            transcript: of what is sent and received after the login.

        Raises:
            HostKeyUnknown, HostKeyChanged: the password was not sent.
            LoginError: there is no answer, or the login is refused.
        """
        from nornir_tasks.platforms.procurve.login import connect

        return connect(
            endpoint, account, timeout, known_hosts or KnownHosts.of(), transcript or self.transcript(endpoint.host)
        )
