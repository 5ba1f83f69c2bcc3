"""Trust: what a switch shows whoever comes, compared with what is known, and remembered when a person has looked at it.

Nobody logs in here, and nothing is asked of a switch but its key. What is learned at one address of a switch holds for
all of them: it is the same switch at its former address, and at the standard's after CONNECT.
"""

import logging
import socket
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from paramiko import PKey, SSHException, Transport  # type: ignore[import-untyped]

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.devices import address_guard
from nornir_tasks.devices.connection import endpoint
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Device, Position
from nornir_tasks.platforms import platform
from nornir_tasks.trust import certificates, host_keys
from nornir_tasks.trust.host_keys import Known

State = Literal["known", "new", "changed", "silent"]
WORKERS = 20
# paramiko writes to its log what it raises as well; it is told once, in the table.
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)


class TrustError(FellesdriftError):
    """A prepared file that cannot be used."""

    exit_code = 2


@dataclass(frozen=True)
class Shown:
    """What one door of a switch showed. ``words`` are for people: the fingerprint, or why there is none."""

    device: Device
    port: int
    where: str  # that it was seen at
    state: State
    words: str
    known: str = ""  # what was known instead, if it has changed
    keys: tuple[PKey, ...] = ()
    certificate: bytes = b""  # in PEM


def look(devices: Iterable[Device], position: Position, timeout: float = 10.0) -> list[Shown]:
    """Ask every switch where it is now; the answers stand in the devices' order.

    Raises:
        GuardError: an address outside the management networks; nothing was connected to, there or elsewhere.
    """
    places = [(device, endpoint(device, position).host) for device in devices]
    for device, host in places:
        address_guard.allow(device.name, host, device.standard.management_networks)
    with ThreadPoolExecutor(WORKERS) as pool:
        return [one for found in pool.map(lambda place: _look(place[0], place[1], timeout), places) for one in found]


def prepared(devices: Iterable[Device], file: Path) -> list[Shown]:
    """Read a file of known hosts (and the certificates beside it) that somebody made on a trusted way.

    Raises:
        TrustError: there is no such file.
    """
    if not file.is_file():
        raise TrustError(f"--from: expected a file of known hosts at {file}, found none")
    source, found = Known(file), []
    for device in devices:
        port = device.endpoint.ssh_port
        keys = next((keys for host in addresses(device) if (keys := source.keys(host, port))), ())
        if keys:
            found.append(_judged(device, port, file.name, keys))
        else:
            found.append(Shown(device, port, file.name, "silent", f"expected {_names(device)}, found none"))
        tls = platform(device.platform).tls_port(device.endpoint)
        pems = [source.certificate(host, tls) for host in addresses(device)] if tls else []
        found += [_judged_certificate(device, tls or 0, file.name, pem) for pem in list(filter(None, pems))[:1]]
    return found


def remember(context: Context, shown: Sequence[Shown]) -> None:
    """Write these for all addresses of their switches, and into the journal who did it."""
    keys: dict[Path, dict[str, tuple[PKey, ...]]] = {}
    for one in shown:
        known = Known.of(one.device)
        for host in addresses(one.device):
            if one.certificate:
                known.remember_certificate(host, one.port, one.certificate)
            elif one.state == "changed" or set(one.keys).isdisjoint(known.keys(host, one.port)):
                keys.setdefault(known.file, {})[host_keys.name(host, one.port)] = one.keys
    for file, mine in keys.items():
        Known(file).remember(mine)
    position = context.journal.position()
    for one in shown:
        stage = position.of(one.device.municipality, one.device.name)
        entry = Entry(
            "trust", "after", one.state, one.device.municipality, stage, context.who, context.reason, one.device.name,
            detail={"shown": one.words, "where": one.where, "known": one.known},
        )  # fmt: skip
        context.journal.write(entry)


def told(one: Shown) -> str:
    """Some lines for a person. A fingerprint has one of its own, so that it is whole in 80 columns."""
    before = f"\nknown until now: {one.known}" if one.known else ""
    return f"{one.state}: {one.where} {one.words}{before}".replace(" SHA256:", "\nSHA256:")


def addresses(device: Device) -> tuple[str, ...]:
    """Where a switch is over its life."""
    return tuple(dict.fromkeys(filter(None, (device.endpoint.host, device.endpoint.legacy_host))))


def _look(device: Device, host: str, timeout: float) -> list[Shown]:
    """Its SSH key and, if its platform is driven over TLS and that is on, its certificate."""
    ssh, where = device.endpoint.ssh_port, f"{host}:{device.endpoint.ssh_port}"
    try:
        found = [_judged(device, ssh, where, (_key(host, ssh, Known.of(device).keys(host, ssh), timeout),))]
    except (SSHException, OSError, EOFError) as error:
        return [Shown(device, ssh, where, "silent", f"no answer: {error or type(error).__name__}")]
    tls = platform(device.platform).tls_port(device.endpoint)
    if tls is not None:
        try:
            found.append(_judged_certificate(device, tls, f"{host}:{tls}", certificates.fetch(host, tls, timeout)))
        except OSError:
            return found  # it is off, and the switch is driven over SSH
    return found


def _key(host: str, port: int, known: Iterable[PKey], timeout: float) -> PKey:
    """The key that an SSH server proves to hold; of several, one of a type that is known already."""
    types = {name for key in known for name in (key.get_name(), *_SIGNED.get(key.get_name(), ()))}
    with socket.create_connection((host, port), timeout) as plain:
        transport = Transport(plain)
        try:
            options = transport.get_security_options()
            options.key_types = sorted(options.key_types, key=lambda name: name not in types)
            transport.start_client(timeout=timeout)
            return transport.get_remote_server_key()
        finally:
            transport.close()


_SIGNED = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # a type of key to its kinds of signature, where they differ


def _judged(device: Device, port: int, where: str, keys: tuple[PKey, ...]) -> Shown:
    """Compare keys with those that are known at any address of the switch."""
    known = Known.of(device)
    held = [known.keys(host, port) for host in addresses(device)]
    others = [other for mine in held if mine and set(mine).isdisjoint(keys) for other in mine]
    # One that is known by two types of key, of which one has changed, has changed.
    others += [other for mine in held for other in mine for key in keys if _rival(other, key)]
    state: State = "changed" if others else "known" if all(held) else "new"
    words = "\n".join(host_keys.shown(key) for key in keys)
    return Shown(device, port, where, state, words, host_keys.shown(others[0]) if others else "", keys)


def _rival(known: PKey, found: PKey) -> bool:
    return bool(known.get_name() == found.get_name() and known != found)


def _judged_certificate(device: Device, port: int, where: str, pem: bytes) -> Shown:
    """Compare a certificate with those that are known at any address of the switch."""
    known = Known.of(device)
    held = [known.certificate(host, port) for host in addresses(device)]
    mine, words = ssl.PEM_cert_to_DER_cert(pem.decode()), certificates.fingerprint(pem)
    others = [one for one in held if one and ssl.PEM_cert_to_DER_cert(one.decode()) != mine]
    state: State = "changed" if others else "known" if all(held) else "new"
    return Shown(device, port, where, state, words, certificates.fingerprint(others[0]) if others else "", (), pem)


def _names(device: Device) -> str:
    return " or ".join(host_keys.name(host, device.endpoint.ssh_port) for host in addresses(device))
