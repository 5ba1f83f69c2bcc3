"""Trust: the keys that switches show before a login, compared with the known ones, and remembered once a person agrees.

No login takes place here, and a switch is asked for nothing but its key. What is learned at one address of a switch
holds for all of them: it is the same switch at its former address, and at the standard's after CONNECT.
"""

import logging
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from paramiko import PKey, SSHException, Transport  # type: ignore[import-untyped]

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.devices import address_guard
from nornir_tasks.devices.connection import find_endpoint
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.entry import Entry
from nornir_tasks.model import Device, Position
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.channel import open_socket
from nornir_tasks.trust import certificates, host_keys
from nornir_tasks.trust.host_keys import KnownHosts

State = Literal["known", "new", "changed", "silent"]
WORKERS = 20
# paramiko also logs what it raises; the error is shown in the table already.
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)


class TrustError(FellesdriftError):
    """A prepared file that cannot be used."""

    exit_code = USAGE


@dataclass(frozen=True)
class ShownKey:
    """The key or certificate that a port of a switch showed. ``text``: its fingerprint, or why there is none."""

    device: Device
    port: int
    source: str  # the address, or the prepared file, that it was seen at
    state: State
    text: str
    previous: str = ""  # the fingerprint that was known before, if it has changed
    keys: tuple[PKey, ...] = ()
    certificate: bytes = b""  # in PEM


def collect_keys(devices: Iterable[Device], position: Position, timeout: float = 10.0) -> list[ShownKey]:
    """The keys that the switches show where they are now, in the devices' order.

    Args:
        position: whose addresses to ask: a switch has its former one until CONNECT.
        timeout: seconds, for each connection; a switch that does not answer in time is ``silent``.

    Raises:
        GuardError: an address outside the management networks; nothing was connected to, there or elsewhere.
    """
    targets = [(device, find_endpoint(device, position).host) for device in devices]
    for device, host in targets:
        address_guard.check_address(device.name, host, device.standard.management_networks)
    with ThreadPoolExecutor(WORKERS) as pool:
        return [
            shown_key
            for shown_keys in pool.map(lambda target: _collect_from_device(target[0], target[1], timeout), targets)
            for shown_key in shown_keys
        ]


def read_prepared(devices: Iterable[Device], file: Path) -> list[ShownKey]:
    """The keys of a file of known hosts (and of the certificates beside it) that was made in a trusted way.

    Raises:
        TrustError: there is no such file.
    """
    if not file.is_file():
        raise TrustError(f"--from: expected a file of known hosts at {file}, found none")
    source, shown_keys = KnownHosts(file), []
    for device in devices:
        port = device.endpoint.ssh_port
        keys = next((keys for host in list_addresses(device) if (keys := source.find_keys(host, port))), ())
        if keys:
            shown_keys.append(_compare_keys(device, port, file.name, keys))
        else:
            shown_keys.append(
                ShownKey(device, port, file.name, "silent", f"expected {_format_names(device)}, found none")
            )
        tls = platform(device.platform).tls_port(device.endpoint)
        pems = [source.find_certificate(host, tls) for host in list_addresses(device)] if tls else []
        shown_keys += [_compare_certificate(device, tls or 0, file.name, pem) for pem in list(filter(None, pems))[:1]]
    return shown_keys


def remember(context: Context, shown_keys: Sequence[ShownKey]) -> None:
    """Trust these keys at all addresses of their switches, and write into the journal who did it."""
    keys_by_file: dict[Path, dict[str, tuple[PKey, ...]]] = {}
    for shown_key in shown_keys:
        known_hosts, port = KnownHosts.of(shown_key.device), shown_key.port
        for host in list_addresses(shown_key.device):
            if shown_key.certificate:
                known_hosts.remember_certificate(host, port, shown_key.certificate)
            elif shown_key.state == "changed" or set(shown_key.keys).isdisjoint(known_hosts.find_keys(host, port)):
                keys_by_file.setdefault(known_hosts.file, {})[host_keys.format_host(host, port)] = shown_key.keys
    for file, keys_by_host in keys_by_file.items():
        KnownHosts(file).remember(keys_by_host)
    position = context.journal.position()
    for shown_key in shown_keys:
        device = shown_key.device
        stage = position.of(device.municipality, device.name)
        entry = Entry(
            "trust", "after", shown_key.state, device.municipality, stage, context.who, context.reason, device.name,
            detail={"shown": shown_key.text, "where": shown_key.source, "known": shown_key.previous},
        )  # fmt: skip
        context.journal.write(entry)


def describe(shown_key: ShownKey) -> str:
    """Some lines for a person. A fingerprint has a line of its own, so that it is whole in 80 columns."""
    previous = f"\nknown until now: {shown_key.previous}" if shown_key.previous else ""
    return f"{shown_key.state}: {shown_key.source} {shown_key.text}{previous}".replace(" SHA256:", "\nSHA256:")


def list_addresses(device: Device) -> tuple[str, ...]:
    """The addresses of a switch, before and after CONNECT."""
    return tuple(dict.fromkeys(filter(None, (device.endpoint.host, device.endpoint.legacy_host))))


def _collect_from_device(device: Device, host: str, timeout: float) -> list[ShownKey]:
    """A switch's SSH key and, if its platform is driven over TLS and that is on, its certificate."""
    ssh, address = device.endpoint.ssh_port, f"{host}:{device.endpoint.ssh_port}"
    try:
        key = _fetch_host_key(host, ssh, KnownHosts.of(device).find_keys(host, ssh), timeout)
        shown_keys = [_compare_keys(device, ssh, address, (key,))]
    except (SSHException, OSError, EOFError) as error:
        return [ShownKey(device, ssh, address, "silent", f"no answer: {error or type(error).__name__}")]
    tls = platform(device.platform).tls_port(device.endpoint)
    if tls is not None:
        try:
            pem = certificates.fetch(host, tls, timeout)
            shown_keys.append(_compare_certificate(device, tls, f"{host}:{tls}", pem))
        except OSError:
            return shown_keys  # TLS is off, and the switch is driven over SSH
    return shown_keys


def _fetch_host_key(host: str, port: int, known_keys: Iterable[PKey], timeout: float) -> PKey:
    """The key that an SSH server proves to hold; of several, preferably of a type that is known already."""
    types = {name for key in known_keys for name in (key.get_name(), *_SIGNED.get(key.get_name(), ()))}
    with open_socket(host, port, timeout) as plain:
        transport = Transport(plain)
        try:
            options = transport.get_security_options()
            options.key_types = sorted(options.key_types, key=lambda name: name not in types)
            transport.start_client(timeout=timeout)
            return transport.get_remote_server_key()
        finally:
            transport.close()


_SIGNED = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # a type of key to its kinds of signature, where they differ


def _compare_keys(device: Device, port: int, source: str, keys: tuple[PKey, ...]) -> ShownKey:
    """Compare keys with those that are known at any address of the switch."""
    known_hosts = KnownHosts.of(device)
    known_by_address = [known_hosts.find_keys(host, port) for host in list_addresses(device)]
    differing = [key for known_keys in known_by_address if set(known_keys).isdisjoint(keys) for key in known_keys]
    # A switch that is known by keys of two types has changed if either of them has.
    known_keys = [key for known_keys in known_by_address for key in known_keys]
    differing += [known_key for known_key in known_keys for key in keys if _is_rival(known_key, key)]
    state: State = "changed" if differing else "known" if all(known_by_address) else "new"
    text = "\n".join(host_keys.format_key(key) for key in keys)
    return ShownKey(device, port, source, state, text, host_keys.format_key(differing[0]) if differing else "", keys)


def _is_rival(known_key: PKey, shown_key: PKey) -> bool:
    """Whether a key is another key of the same type."""
    return bool(known_key.get_name() == shown_key.get_name() and known_key != shown_key)


def _compare_certificate(device: Device, port: int, source: str, pem: bytes) -> ShownKey:
    """Compare a certificate with those that are known at any address of the switch."""
    known_hosts = KnownHosts.of(device)
    known_pems = [known_hosts.find_certificate(host, port) for host in list_addresses(device)]
    der, text = ssl.PEM_cert_to_DER_cert(pem.decode()), certificates.format_fingerprint(pem)
    differing = [
        known_pem for known_pem in known_pems if known_pem and ssl.PEM_cert_to_DER_cert(known_pem.decode()) != der
    ]
    state: State = "changed" if differing else "known" if all(known_pems) else "new"
    previous = certificates.format_fingerprint(differing[0]) if differing else ""
    return ShownKey(device, port, source, state, text, previous, (), pem)


def _format_names(device: Device) -> str:
    return " or ".join(host_keys.format_host(host, device.endpoint.ssh_port) for host in list_addresses(device))
