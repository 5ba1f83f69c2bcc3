"""The login to a ProCurve: netmiko over SSH. Apart, because the drivers take half a second to import."""

from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException
from paramiko.ssh_exception import SSHException  # type: ignore[import-untyped]

from nornir_tasks.core.logging import Transcript
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, Session
from nornir_tasks.platforms.common.channel import equip, open_socket
from nornir_tasks.platforms.common.login_fault import LoginError, LoginFault
from nornir_tasks.platforms.procurve.session import ProcurveSession
from nornir_tasks.trust.host_keys import KnownHosts


def connect(
    endpoint: Endpoint, account: LoginAccount, timeout: float, known_hosts: KnownHosts, transcript: Transcript
) -> Session:
    """What ``Platform.connect`` returns.

    Args:
        account: its password is the administrator's as well.
        timeout: seconds, for the connection, the login, the banner and each command.
        transcript: of what is sent and received after the login.

    Raises:
        HostKeyUnknown, HostKeyChanged: the password was not sent.
        LoginError: there is no answer, or the login is refused.
    """
    address = f"{endpoint.host}:{endpoint.ssh_port}"
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
        raise LoginError(f"{address}: login as {account.name!r} was refused", LoginFault.WRONG_PASSWORD) from None
    except (NetmikoBaseException, SSHException, OSError, EOFError, ValueError) as error:
        known_hosts.raise_if_changed(error, endpoint.host, endpoint.ssh_port)
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise LoginError.of(f"{address}: no connection as {account.name!r}: {reason}", error) from error
    return ProcurveSession(connection, timeout)
