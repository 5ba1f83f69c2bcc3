"""HP ProCurve (AOS-S 16, 2530 series): NAPALM does not drive it, netmiko does.

It has no candidate and no rollback. What protects a change is a reload scheduled before the first line, into a startup
configuration that was made sure to be what ran before; see ``procurve.session``.
"""

import hashlib

from hier_config import HConfig
from hier_config.models import IdempotentCommandsRule, MatchRule
from hier_config.platforms.driver_base import HConfigDriverRules
from hier_config.platforms.hp_procurve.driver import HConfigDriverHPProcurve
from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, Platform, Safety, Session
from nornir_tasks.platforms.common.channel import equip, open_socket
from nornir_tasks.platforms.common.management_access import ManagementAccess
from nornir_tasks.platforms.procurve import management_access as procurve_access
from nornir_tasks.platforms.procurve import secrets as procurve_secrets
from nornir_tasks.platforms.procurve import text as procurve_text
from nornir_tasks.platforms.procurve.known_lines import KNOWN_LINES
from nornir_tasks.platforms.procurve.remediation import make_steps
from nornir_tasks.platforms.procurve.session import ProcurveSession
from nornir_tasks.platforms.procurve.text import ProcurveConfig
from nornir_tasks.trust.host_keys import KnownHosts


class _ProcurveConfigDriver(HConfigDriverHPProcurve):
    """hier_config's own driver, with the lines that have a single value."""

    @staticmethod
    def _instantiate_rules() -> HConfigDriverRules:
        rules = HConfigDriverHPProcurve._instantiate_rules()
        single = ("hostname ", "ip default-gateway ", "time timezone ", "time daylight-time-rule ", "banner motd ")
        rules.idempotent_commands.extend(
            IdempotentCommandsRule(match_rules=(MatchRule(startswith=start),)) for start in single
        )
        return rules


class Procurve(Platform):
    """HP ProCurve."""

    name = "procurve"
    known_lines = KNOWN_LINES
    replaces = False
    safety = Safety(
        reverts_by="scheduled reload",
        checks_candidate=False,
        lost_on_revert="about two minutes of service on this switch while it restarts",
    )

    def tree(self, text: str) -> HConfig:
        """The configuration as a tree, with each port's VLANs at the port, where people look for them."""
        lines = [line for line in procurve_text.clean(text).splitlines() if line.strip() != "exit"]
        config = HConfig(_ProcurveConfigDriver())
        parent: HConfig = config
        block = None
        for line in lines:
            if line.startswith(" ") and block is not None:
                block.add_child(procurve_text.expand_ports(line.strip()), return_if_present=True)
            else:
                block = parent.add_child(line.strip(), return_if_present=True)
        for callback in config.driver.rules.post_load_callbacks:
            callback(config)
        return config

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
            PlatformError: there is no answer, or the login is refused.
        """
        known_hosts = known_hosts or KnownHosts.of()
        address = f"{endpoint.host}:{endpoint.ssh_port}"
        transcript = transcript or self.transcript(endpoint.host)
        keys = known_hosts.netmiko_options(endpoint.host, endpoint.ssh_port)  # before a connection is opened
        try:
            with open_socket(endpoint.host, endpoint.ssh_port, timeout) as sock:
                connection = ConnectHandler(
                    device_type="hp_procurve",
                    host=endpoint.host,
                    port=endpoint.ssh_port,
                    sock=sock,
                    username=account.name,
                    password=account.password,
                    secret=account.password,
                    conn_timeout=timeout,
                    auth_timeout=timeout,
                    banner_timeout=timeout,
                    allow_agent=False,
                    use_keys=False,
                    **keys,
                )
                equip(connection, transcript)
        except NetmikoAuthenticationException:
            raise PlatformError(f"{address}: login as {account.name!r} was refused") from None
        except (NetmikoBaseException, SSHException, OSError, EOFError, ValueError) as error:
            known_hosts.raise_if_changed(error, endpoint.host, endpoint.ssh_port)
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise PlatformError(f"{address}: no connection as {account.name!r}: {reason}") from error
        return ProcurveSession(connection, timeout)
