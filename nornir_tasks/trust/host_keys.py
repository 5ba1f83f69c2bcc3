"""Host keys: which key is expected at an address. Where none is known, or another answers, no login is tried."""

import fcntl
import os
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from paramiko import BadHostKeyException, HostKeys, PKey  # type: ignore[import-untyped]
from paramiko.hostkeys import InvalidHostKey  # type: ignore[import-untyped]

from nornir_tasks.core import state
from nornir_tasks.core.bounds import MB, read_file, read_text
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.model import Device
from nornir_tasks.trust import certificates

SSH_PORT = 22


class HostKeyUnknown(PlatformError):
    """It is not known which host key to expect at an address; nothing was sent to it."""


class HostKeyChanged(PlatformError):
    """An address shows another host key or certificate than the known one: no login was tried, and all work stops."""


@dataclass(frozen=True)
class KnownHosts:
    """A file of known hosts as OpenSSH writes it, and beside it ``certificates/``: a TLS certificate for each address.

    It is the file that ``FELLESDRIFT_KNOWN_HOSTS`` names, else the inventory's ``known_hosts``, else ``known_hosts``
    in the state directory. ``scripts/trust.py`` fills it.
    """

    file: Path
    switch: str = "SWITCH"  # its name, for the command that an error advises

    @classmethod
    def of(cls, device: Device | None = None) -> "KnownHosts":
        """The known hosts of a device; without a device, those of the environment or the state directory."""
        file_name = os.environ.get("FELLESDRIFT_KNOWN_HOSTS") or (device.standard.known_hosts if device else None)
        file = state.ROOT / file_name if file_name else state.directory() / "known_hosts"
        return cls(file, device.name) if device else cls(file)

    def find_keys(self, host: str, port: int) -> tuple[PKey, ...]:
        """The keys that are known for an address.

        Raises:
            HostKeyUnknown: the file is no file of known hosts.
        """
        try:
            # Bounded: paramiko reads a device without end, and waits for a pipe.
            host_keys = _load_host_keys(self.file, read_file(self.file))
        except FileNotFoundError:
            return ()
        except (InvalidHostKey, OSError, UnicodeDecodeError) as error:
            raise HostKeyUnknown(f"{self.file}: expected a file of known hosts: {error}") from None
        entries = host_keys.lookup(format_host(host, port))
        return tuple(entries.values()) if entries else ()

    def netmiko_options(self, host: str, port: int) -> dict[str, object]:
        """netmiko's options: this file alone, strictly.

        Raises:
            HostKeyUnknown: no key is known for the address.
        """
        if not self.find_keys(host, port):
            raise self.make_unknown_error(host, port)
        return {"ssh_strict": True, "system_host_keys": False, "alt_host_keys": True, "alt_key_file": str(self.file)}

    def make_unknown_error(self, host: str, port: int) -> HostKeyUnknown:
        """The error for an address without a known key; the caller raises it."""
        return HostKeyUnknown(
            f"{host}:{port}: Expected its host key in {self.file}, actual none. Nothing was sent to it. "
            f"Compare its key and trust it: scripts/trust.py {self.switch}"
        )

    def raise_if_changed(self, error: BaseException, host: str, port: int) -> None:
        """Raise ``HostKeyChanged`` if that is what caused a driver's error; else return.

        Args:
            error: what the driver raised; its causes are searched for paramiko's ``BadHostKeyException``.
            host: the address that was logged in to, for the words.

        Raises:
            HostKeyChanged: it was another host key.
        """
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, BadHostKeyException):
                raise self.make_changed_error(
                    f"{host}:{port}", format_key(cause.expected_key), format_key(cause.key)
                ) from None
            cause = cause.__cause__ or cause.__context__

    def make_changed_error(self, address: str, expected: str, actual: str) -> HostKeyChanged:
        """The error for another key than the known one; the caller raises it.

        Args:
            address: with its port: ``10.17.0.11:22``.
            expected: the known key or certificate, as ``format_key`` or ``certificates.format_der`` writes it.
            actual: that of the answer, in the same form.
        """
        return HostKeyChanged(
            f"{address}: Expected {expected} (known from {self.file}), actual {actual}. Nobody logged in. "
            f"Find out why. If the switch was replaced: scripts/trust.py {self.switch} --replace"
        )

    def remember(self, keys: Mapping[str, Collection[PKey]]) -> None:
        """Write the keys of each host (as ``format_host`` names it); all other keys of that host are removed."""
        if not keys:
            return
        with self._hold_lock():
            text = read_text(self.file) if self.file.exists() else ""
            lines = [remaining for line in text.splitlines() if (remaining := _remove_names(line, keys)) is not None]
            lines += [
                f"{host} {key.get_name()} {key.get_base64()}" for host, host_keys in keys.items() for key in host_keys
            ]
            state.write(self.file, "".join(f"{line}\n" for line in lines).encode())

    def make_tls_context(self, host: str, port: int) -> ssl.SSLContext | None:
        """TLS that accepts the certificate that is known for an address; None if none is known.

        Raises:
            HostKeyUnknown: the file for the address holds no certificate.
        """
        pem = self.find_certificate(host, port)
        try:
            return certificates.make_context(pem) if pem else None
        except ValueError:
            raise HostKeyUnknown(f"{self._pem(host, port)}: expected a certificate in PEM") from None

    def find_certificate(self, host: str, port: int) -> bytes | None:
        """The certificate that is known for an address, in PEM."""
        try:
            return read_file(self._pem(host, port), MB)
        except FileNotFoundError:
            return None

    def remember_certificate(self, host: str, port: int, pem: bytes) -> None:
        """Write the certificate of an address, in the place of the former.

        Args:
            port: of eAPI; a certificate is kept for each address and port.
            pem: as ``certificates.fetch`` returns it.
        """
        state.write(self._pem(host, port), pem)

    def _pem(self, host: str, port: int) -> Path:
        return self.file.parent / "certificates" / f"{host}_{port}.pem"

    @contextmanager
    def _hold_lock(self) -> Iterator[None]:
        """Hold the writers' lock. It has a file of its own, because each write replaces the known hosts."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.file.with_name(f".{self.file.name}.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@lru_cache(maxsize=4)
def _load_host_keys(file: Path, content: bytes) -> HostKeys:
    """A file of known hosts; read once as long as its content stays: a region's takes 10 ms."""
    host_keys = HostKeys()
    host_keys.load(str(file))
    return host_keys


def format_host(host: str, port: int) -> str:
    """How a file of known hosts names an address."""
    return host if port == SSH_PORT else f"[{host}]:{port}"


def format_key(key: PKey) -> str:
    """A key as text: its type, and its fingerprint as ``ssh-keygen -l`` prints it."""
    return f"{key.get_name()} {key.fingerprint}"


def _remove_names(line: str, names: Collection[str]) -> str | None:
    """A line without these hosts; None if no host is left on it."""
    first, space, rest = line.partition(" ")
    if not first or first.startswith(("#", "@")):
        return line
    remaining = [host_name for host_name in first.split(",") if not _is_named(host_name, names)]
    return ",".join(remaining) + space + rest if remaining else None


def _is_named(entry_name: str, names: Collection[str]) -> bool:
    """Whether an entry names one of these hosts; OpenSSH may have hashed it."""
    if entry_name.startswith("|"):
        return any(HostKeys.hash_host(host_name, entry_name) == entry_name for host_name in names)
    return entry_name in names
