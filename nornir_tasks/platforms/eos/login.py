"""The login to an EOS switch: NAPALM's driver, over eAPI or SSH. Apart, because it takes half a second to import."""

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
    Session,
    describe_driver_error,
)
from nornir_tasks.platforms.common.channel import equip, open_socket
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault, find_login_fault
from nornir_tasks.platforms.eos.ca_file import make_tls_context
from nornir_tasks.platforms.eos.eapi import BoundedConnection
from nornir_tasks.platforms.eos.session import EosSession
from nornir_tasks.platforms.eos.transcript import record_requests
from nornir_tasks.trust import certificates
from nornir_tasks.trust.host_keys import KnownHosts

# pyeapi logs each failed request before it raises: the caller reports the error, and a request may hold secrets.
logging.getLogger("pyeapi").setLevel(logging.CRITICAL)

REFUSED = re.compile(r"\b401\b|[Uu]nauthorized|[Aa]uthentication")  # eAPI's words for a wrong password


def connect(
    endpoint: Endpoint, account: LoginAccount, timeout: float, known_hosts: KnownHosts, transcript: Transcript
) -> Session:
    """What ``Eos.connect`` returns.

    Args:
        endpoint: both its ports are used.
        timeout: seconds, for each request over eAPI, and for the connection over SSH.
        known_hosts: host keys and certificates; the SSH key has to be known even where eAPI is used.

    Raises:
        HostKeyUnknown, HostKeyChanged: the password was not sent.
        PlatformError: neither answers, or the login is refused.
    """
    known_hosts.netmiko_options(
        endpoint.host, endpoint.ssh_port
    )  # a switch that is not known is not talked to over eAPI either
    open_ssh = partial(_open_ssh, endpoint, account, timeout, known_hosts, transcript)
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


def _open_ssh(
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
            driver = EOSDriver(endpoint.host, account.name, account.password, timeout=timeout, optional_args=options)
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
