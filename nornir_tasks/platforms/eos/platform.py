"""Arista EOS: driven by NAPALM over eAPI (HTTPS), over SSH where eAPI is still off or not yet trusted.

TLS: switches have certificates of their own making, which nobody has signed, so each is remembered as it is
(``scripts/trust.py``; see ``certificates``), and a switch that shows another one is not talked to. Instead,
``FELLESDRIFT_EOS_CA`` may name a file of certificates to trust (a CA's, or the switches' own); a certificate's name is
not compared, because switches are reached by address. With neither, eAPI is left alone: no certificate is taken on its
own word, nor on that of an SSH session, since whoever stands in the way of one port need not stand in the way of
the other. A switch whose eAPI CONNECT has just switched on is driven over SSH until its certificate is trusted.
"""

import logging
import os
import re
import ssl
from functools import cache, partial
from http.client import HTTPException

from hier_config import HConfig, get_hconfig
from hier_config.models import (
    IdempotentCommandsRule,
    MatchRule,
    NegationSubRule,
    PerLineSubRule,
    SectionalOverwriteRule,
)
from hier_config.platforms.arista_eos.driver import HConfigDriverAristaEOS
from hier_config.platforms.driver_base import HConfigDriverRules
from napalm.base.exceptions import NapalmException, UnsupportedVersion
from napalm.eos import EOSDriver
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException, NetmikoTimeoutException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]
from pyeapi.eapilib import EapiError

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import Account, Platform, Safety, Session
from nornir_tasks.platforms.common.channel import equip
from nornir_tasks.platforms.common.management_access import WayIn
from nornir_tasks.platforms.eos import management_access as eos_way_in
from nornir_tasks.platforms.eos import secrets as eos_secrets
from nornir_tasks.platforms.eos import text as eos_text
from nornir_tasks.platforms.eos.password_hash import sha512_crypt
from nornir_tasks.platforms.eos.session import EosSession
from nornir_tasks.platforms.eos.transcript import record_requests
from nornir_tasks.trust import certificates
from nornir_tasks.trust.host_keys import Known

# pyeapi writes each failed request to its log as it raises it: what fails is told once, by whoever catches it,
# and a request may hold secrets.
logging.getLogger("pyeapi").setLevel(logging.CRITICAL)

_SINGLE = (
    "dns domain ", "clock timezone ", "spanning-tree mode ", "spanning-tree mst 0 priority ", "logging trap ",
    "service routing protocols model ", "enable password ", "aaa authorization exec default ", "ntp local-interface ",
    "snmp-server contact ",
)  # fmt: skip
_SINGLE_INTERFACE = (
    "description ", "speed ", "switchport access vlan ", "switchport trunk native vlan ", "switchport phone vlan ",
    "switchport phone trunk ", "switchport trunk allowed vlan ", "switchport mode ", "ip ospf area ", "ip ospf cost ",
)  # fmt: skip


class _Driver(HConfigDriverAristaEOS):
    """hier_config's own driver, with more that has one value only, and more that is undone in other words."""

    @staticmethod
    def _instantiate_rules() -> HConfigDriverRules:
        rules = HConfigDriverAristaEOS._instantiate_rules()
        for start in _SINGLE:
            rules.idempotent_commands.append(IdempotentCommandsRule(match_rules=(MatchRule(startswith=start),)))
        for start in _SINGLE_INTERFACE:
            below = (MatchRule(startswith="interface"), MatchRule(startswith=start))
            rules.idempotent_commands.append(IdempotentCommandsRule(match_rules=below))
        rules.idempotent_commands.append(IdempotentCommandsRule(match_rules=(MatchRule(re_search=r"^username (\S+)"),)))
        rules.idempotent_commands.append(
            IdempotentCommandsRule(match_rules=(MatchRule(startswith="vlan"), MatchRule(startswith="name ")))
        )
        # An access list is written anew: a row's number is taken until the row is gone.
        rules.sectional_overwrite.append(SectionalOverwriteRule(match_rules=(MatchRule(startswith="ip access-list"),)))
        for start, search in (("username ", r"^no (username \S+).*"), ("banner ", r"(?s)^no (banner \w+).*")):
            match = (MatchRule(startswith=start),)
            rules.negation_sub.append(NegationSubRule(match_rules=match, search=search, replace=r"no \1"))
        # hier_config drops these because IOS has them as noise; on EOS they would be somebody's configuration.
        rules.per_line_sub[:] = [rule for rule in rules.per_line_sub if rule.search in {"^end$", "^\\s*[#!].*"}]
        rules.per_line_sub.append(PerLineSubRule(search=r"\s+$", replace=""))
        return rules


class Eos(Platform):
    """Arista EOS."""

    name = "eos"
    replaces = True
    safety = Safety(reverts_by="commit timer", checks_candidate=True, lost_on_revert="nothing")

    def tree(self, text: str) -> HConfig:
        """The configuration as a tree; a banner is one line of it."""
        return get_hconfig(_Driver(), eos_text.clean(text))

    def overlay(self, legacy: str, additions: str) -> str:
        """The legacy with the additions laid over it, in the switch's order."""
        return eos_text.overlay(legacy, additions)

    def remediation(self, running: str, intended: str) -> tuple[str, ...]:
        """The lines that lead from one to the other: for people to read, since a push replaces the whole."""
        steps = self.tree(running).config_to_get_to(self.tree(intended))
        return tuple(line for step in steps.all_children_sorted() for line in _indented(step.text, step.depth()))

    def clean(self, text: str) -> str:
        """Without header, separators and comments."""
        return eos_text.clean(text)

    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """Secrets of accounts, SNMP, time, RADIUS and TACACS, and of routing protocols."""
        return eos_secrets.mask(text)

    def way_in(self, text: str) -> WayIn:
        """What is open, to whom, and by which ports and addresses."""
        return eos_way_in.way_in(text)

    def hash_password(self, password: str) -> str:
        """``sha512 $6$…``: what stands behind ``username … secret``."""
        return f"sha512 {sha512_crypt(password)}"

    def connect(
        self,
        endpoint: Endpoint,
        account: Account,
        timeout: float = 30.0,
        known: Known | None = None,
        transcript: Transcript | None = None,
    ) -> Session:
        """Log in by eAPI if its certificate is known and it answers, else by SSH.

        Raises:
            HostKeyUnknown, HostKeyChanged: nobody logged in.
            PlatformError: neither answers, or the login is refused.
        """
        known = known or Known.of()
        known.ssh(endpoint.host, endpoint.ssh_port)  # a switch that is not known is not talked to over eAPI either
        transcript = transcript or self.transcript(endpoint.host)
        by_ssh = partial(self._by_ssh, endpoint, account, timeout, known, transcript)
        context = known.tls(endpoint.host, endpoint.eapi_port) or _tls(os.environ.get("FELLESDRIFT_EOS_CA"))
        if context is None:
            return EosSession(by_ssh("over SSH (its eAPI is not trusted yet)"), by_ssh)
        options = {
            "transport": "https",
            "port": endpoint.eapi_port,
            "context": context,
            "lock_disable": True,  # the session looks itself, and says whose session is in the way
        }
        driver = EOSDriver(endpoint.host, account.name, account.password, timeout=timeout, optional_args=options)
        try:
            driver.open()
            record_requests(driver.device.connection, transcript)
            return EosSession(driver, by_ssh)
        except EapiError as error:
            if other := certificates.behind(error):
                where = f"{endpoint.host}:{endpoint.eapi_port}"
                raise known.changed(where, other.expected, other.found) from None
            cause = driver.device.connection.socket_error if driver.device is not None else None
            if cause is None or isinstance(cause, TimeoutError | ssl.SSLCertVerificationError):
                raise PlatformError(f"login over eAPI failed: {_words(error)}") from error
        except (NapalmException, UnsupportedVersion, HTTPException, OSError) as error:
            raise PlatformError(f"login over eAPI failed: {error}") from error
        except KeyError as error:
            raise PlatformError(f"login over eAPI failed: {_lacks(error)}") from error
        return EosSession(by_ssh(), by_ssh)

    def tls_port(self, endpoint: Endpoint) -> int | None:
        """The one of eAPI."""
        return endpoint.eapi_port

    def _by_ssh(
        self,
        endpoint: Endpoint,
        account: Account,
        timeout: float,
        known: Known,
        transcript: Transcript,
        tried: str = "neither eAPI nor SSH",
    ) -> EOSDriver:
        """The way in where eAPI is off, or its certificate is not known."""
        options = {
            "transport": "ssh",
            "port": endpoint.ssh_port,
            "fast_cli": True,
            "conn_timeout": timeout,
            **known.ssh(endpoint.host, endpoint.ssh_port),
        }
        driver = EOSDriver(endpoint.host, account.name, account.password, timeout=timeout, optional_args=options)
        try:
            driver.open()
        except (NetmikoAuthenticationException, NetmikoTimeoutException) as error:
            raise PlatformError(f"login failed, {tried}: {str(error).splitlines()[0]}") from error
        except (NapalmException, NetmikoBaseException, SSHException, OSError, EOFError) as error:
            known.examine(error, endpoint.host, endpoint.ssh_port)
            raise PlatformError(f"login failed, {tried}: {error}") from error
        except KeyError as error:
            driver.device.paramiko_cleanup()  # it was let in
            raise PlatformError(f"login failed, over SSH: {_lacks(error)}") from error
        equip(driver.device, transcript)
        return driver


def _lacks(error: KeyError) -> str:
    """What NAPALM makes of an answer that came in part: nothing, in which it then looks for something."""
    return f"expected {error} in the answer to 'show version'; it came in part"


def _words(error: EapiError) -> str:
    """An eAPI error in few words: a refused login is an HTML page on some versions."""
    text = re.sub(r"<[^>]*>", " ", str(error.message))
    return " ".join(text.split())[:200]


def _indented(text: str, depth: int) -> list[str]:
    """A step's lines as EOS shows them; those of a banner are not indented."""
    first, *body = text.split("\n")
    return [f"{'   ' * (depth - 1)}{first}", *body]


@cache
def _tls(trusted: str | None) -> ssl.SSLContext | None:
    """TLS with whoever holds one of these certificates, or one that they signed; made once: reading takes time."""
    if not trusted:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.load_verify_locations(trusted)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a switch's own certificate may be trusted as it is
    return context
