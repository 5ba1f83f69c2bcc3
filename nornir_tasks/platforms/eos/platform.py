"""Arista EOS: driven by NAPALM over eAPI (HTTPS), over SSH where eAPI is still off or not yet trusted.

TLS: switches have self-signed certificates, so each is remembered as it is (``scripts/trust.py``; see
``certificates``), and a switch that shows another certificate is not talked to. Instead,
``FELLESDRIFT_EOS_CA`` may name a file of certificates to trust (a CA's, or the switches' own); a certificate's name is
not compared, because switches are reached by address. With neither, eAPI is left alone: no certificate is trusted
unseen, nor because an SSH session confirms it, since an attacker may intercept one port and not the other.
A switch whose eAPI CONNECT has just switched on is driven over SSH until its certificate is trusted.
"""

import html
import logging
import os
import re
import ssl
from contextlib import suppress
from functools import partial
from http.client import HTTPException

from napalm.base.exceptions import NapalmException, UnsupportedVersion
from napalm.eos import EOSDriver
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException, NetmikoTimeoutException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]
from pyeapi.eapilib import EapiError

from nornir_tasks.core.bounds import AnswerTooLong
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.core.logging import Transcript
from nornir_tasks.core.secrets import mask_secrets
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import (
    SHAPE_ERRORS,
    LoginAccount,
    Platform,
    Safety,
    Session,
    describe_driver_error,
)
from nornir_tasks.platforms.common.channel import equip, open_socket
from nornir_tasks.platforms.common.config_node import ConfigNode
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault, find_login_fault
from nornir_tasks.platforms.common.management_access import ManagementAccess
from nornir_tasks.platforms.common.reading import Login, Reader
from nornir_tasks.platforms.eos import management_access as eos_access
from nornir_tasks.platforms.eos import secrets as eos_secrets
from nornir_tasks.platforms.eos import text as eos_text
from nornir_tasks.platforms.eos.ca_file import make_tls_context
from nornir_tasks.platforms.eos.eapi import BoundedConnection
from nornir_tasks.platforms.eos.grammar import GRAMMAR
from nornir_tasks.platforms.eos.known_lines import KNOWN_LINES
from nornir_tasks.platforms.eos.password_hash import sha512_crypt
from nornir_tasks.platforms.eos.port_names import PORT_NAMES
from nornir_tasks.platforms.eos.session import EosSession
from nornir_tasks.platforms.eos.transcript import record_requests
from nornir_tasks.trust import certificates
from nornir_tasks.trust.host_keys import KnownHosts

# pyeapi logs each failed request before it raises: the caller reports the error, and a request may hold secrets.
logging.getLogger("pyeapi").setLevel(logging.CRITICAL)

REFUSED = re.compile(r"\b401\b|[Uu]nauthorized|[Aa]uthentication")  # eAPI's words for a wrong password


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
        known_hosts = known_hosts or KnownHosts.of()
        known_hosts.netmiko_options(
            endpoint.host, endpoint.ssh_port
        )  # a switch that is not known is not talked to over eAPI either
        transcript = transcript or self.transcript(endpoint.host)
        open_ssh = partial(self._open_ssh, endpoint, account, timeout, known_hosts, transcript)
        tls_context = known_hosts.make_tls_context(endpoint.host, endpoint.eapi_port) or make_tls_context(
            os.environ.get("FELLESDRIFT_EOS_CA")
        )
        if tls_context is None:
            return EosSession(open_ssh("over SSH (its eAPI is not trusted yet)"), open_ssh)
        options = {
            "transport": BoundedConnection,
            "port": endpoint.eapi_port,
            "context": tls_context,
            "lock_disable": True,  # EosSession checks for open sessions itself, and names the one in the way
        }
        driver = EOSDriver(endpoint.host, account.name, account.password, timeout=timeout, optional_args=options)
        try:
            driver.open()
            record_requests(driver.device.connection, transcript)
            return EosSession(driver, open_ssh)
        except EapiError as error:
            if mismatch := certificates.find_mismatch(error):
                address = f"{endpoint.host}:{endpoint.eapi_port}"
                raise known_hosts.make_changed_error(address, mismatch.expected, mismatch.actual) from None
            cause = driver.device.connection.socket_error if driver.device is not None else None
            if cause is None or isinstance(cause, TimeoutError | AnswerTooLong | ssl.SSLCertVerificationError):
                words = _describe_error(error)
                fault = LoginFault.WRONG_PASSWORD if REFUSED.search(words) else find_login_fault(cause or error)
                raise LoginError(f"login over eAPI failed: {words}", fault) from error
        except (NapalmException, UnsupportedVersion, HTTPException, OSError) as error:
            raise LoginError.of(f"login over eAPI failed: {error}", error) from error
        except SHAPE_ERRORS as error:
            raise PlatformError(f"login over eAPI failed: {_describe_shape_error(error)}") from error
        return EosSession(open_ssh(), open_ssh)

    def tls_port(self, endpoint: Endpoint) -> int | None:
        """The port of eAPI."""
        return endpoint.eapi_port

    def _open_ssh(
        self,
        endpoint: Endpoint,
        account: LoginAccount,
        timeout: float,
        known_hosts: KnownHosts,
        transcript: Transcript,
        attempted: str = "neither eAPI nor SSH",
    ) -> EOSDriver:
        """A driver over SSH, for a switch whose eAPI is off or whose certificate is not known."""
        options = {
            "transport": "ssh",
            "port": endpoint.ssh_port,
            "fast_cli": True,
            "conn_timeout": timeout,
            **known_hosts.netmiko_options(endpoint.host, endpoint.ssh_port),
        }
        driver: EOSDriver | None = None
        try:
            with open_socket(endpoint.host, endpoint.ssh_port, timeout) as options["sock"]:
                driver = EOSDriver(
                    endpoint.host, account.name, account.password, timeout=timeout, optional_args=options
                )
                driver.open()
                equip(driver.device, transcript)
        except (NetmikoAuthenticationException, NetmikoTimeoutException) as error:
            raise LoginError.of(f"login failed, {attempted}: {str(error).splitlines()[0]}", error) from error
        except (NapalmException, NetmikoBaseException, SSHException, OSError, EOFError) as error:
            known_hosts.raise_if_changed(error, endpoint.host, endpoint.ssh_port)
            raise LoginError.of(f"login failed, {attempted}: {describe_driver_error(error)}", error) from error
        except SHAPE_ERRORS as error:
            with suppress(NetmikoBaseException, SSHException, OSError, EOFError):  # the switch may have hung up first
                if driver is not None and driver.device is not None:
                    driver.device.paramiko_cleanup()  # it was let in
            raise PlatformError(f"login failed, over SSH: {_describe_shape_error(error)}") from error
        return driver


def _describe_shape_error(error: Exception) -> str:
    """The words for what NAPALM stumbles over; a KeyError: the answer lacks a field that NAPALM reads."""
    if isinstance(error, KeyError):
        return f"expected {error} in the answer to 'show version'; it came in part"
    return describe_driver_error(error)


def _describe_error(error: EapiError) -> str:
    """An eAPI error in few words: a refused login is an HTML page on some versions."""
    text = re.sub(r"<[^>]*>", " ", mask_secrets(str(error.message)))
    return mask_secrets(" ".join(html.unescape(text).split()))[:200]
