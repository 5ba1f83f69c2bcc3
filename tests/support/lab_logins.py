"""Ways into the switches of a running lab, with drivers as they are: netmiko, NAPALM, pyeapi."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyeapi
from napalm import get_network_driver
from netmiko import BaseConnection, ConnectHandler

from lab.testing.running import RunningLab

LINE = "vlan 77"  # every platform takes it
DRIVERS = {"ios": "cisco_ios", "eos": "arista_eos", "procurve": "hp_procurve"}


def name_of(lab: RunningLab, platform: str) -> str:
    """An access switch of Loppa of a platform."""
    rows = lab.client.status()["switches"]
    return str(next(r["name"] for r in rows if r["platform"] == platform and r["name"].startswith("loppa-acc")))


def written(lab: RunningLab, name: str) -> bool:
    """Whether LINE is in the running configuration."""
    return LINE in lab.client.running(name)


def ended(session: BaseConnection) -> bool:
    """Whether the other end has hung up."""
    return bool(session.remote_conn.closed or not session.remote_conn.get_transport().is_active())


def how(lab: RunningLab, name: str) -> list[str]:
    """What the switch's running configuration went through."""
    return [row["how"] for row in lab.client.history(name)]


@contextmanager
def login(lab: RunningLab, name: str, password: str | None = None) -> Iterator[BaseConnection]:
    """A netmiko session as the local account."""
    row = lab.switch(name)
    connection = ConnectHandler(
        device_type=DRIVERS[row["platform"]],
        host=row["host"],
        port=row["ssh_port"],
        username="kommune",
        password=password or lab.password("loppa", "kommune"),
        conn_timeout=5,
        banner_timeout=3,
        auth_timeout=3,
        fast_cli=True,
    )
    try:
        yield connection
    finally:
        # After a fault there may be nobody left to say goodbye to.
        with contextlib.suppress(Exception):
            if connection.remote_conn.get_transport().is_active():
                connection.disconnect()


def silent(host: str, port: int) -> bool:
    """Whether somebody takes the connection there, and says nothing."""
    with socket.create_connection((host, port), timeout=2) as channel:
        channel.settimeout(0.3)
        try:
            return channel.recv(10) == b"never"
        except TimeoutError:
            return True
        except OSError:
            return False


def eapi(lab: RunningLab, name: str, password: str | None = None, timeout: float = 5) -> Any:
    """A pyeapi node; asking it raises what pyeapi raises."""
    row = lab.switch(name)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return pyeapi.connect(
        transport="https",
        host=row["host"],
        port=row["eapi_port"],
        username="kommune",
        password=password or lab.password("loppa", "kommune"),
        timeout=timeout,
        context=context,
        return_node=True,
    )


@contextmanager
def napalm(lab: RunningLab, name: str, **options: Any) -> Iterator[Any]:
    """NAPALM's driver for the switch's platform, logged in."""
    row = lab.switch(name)
    port = row["eapi_port"] if row["platform"] == "eos" else row["ssh_port"]
    driver = get_network_driver(row["platform"])(
        row["host"],
        "kommune",
        lab.password("loppa", "kommune"),
        timeout=5,
        optional_args={"port": port, **options},
    )
    driver.open()
    try:
        yield driver
    finally:
        with contextlib.suppress(Exception):
            driver.close()
