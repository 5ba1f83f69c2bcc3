"""Host keys: which one is expected at an address. Where none is known, or another one answers, nobody logs in."""

import fcntl
import os
import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paramiko import BadHostKeyException, HostKeys, PKey  # type: ignore[import-untyped]
from paramiko.hostkeys import InvalidHostKey  # type: ignore[import-untyped]

from nornir_tasks.core import state
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.model import Device
from nornir_tasks.trust import certificates

SSH_PORT = 22


class HostKeyUnknown(PlatformError):
    """It is not known which host key to expect at an address; nothing was sent to it."""


class HostKeyChanged(PlatformError):
    """Another host key or certificate answers than the one that is known: nobody logged in, and all work stops."""


@dataclass(frozen=True)
class Known:
    """A file of known hosts as OpenSSH writes it, and beside it ``certificates/``: a TLS certificate for each address.

    It is the file that ``FELLESDRIFT_KNOWN_HOSTS`` names, else the inventory's ``known_hosts``, else ``known_hosts``
    in the state directory. ``scripts/trust.py`` fills it.
    """

    file: Path
    switch: str = "SWITCH"  # whose address it is: for the words of an error

    @classmethod
    def of(cls, device: Device | None = None) -> "Known":
        """What is known of a device; without one, of whatever the environment and the state directory know."""
        named = os.environ.get("FELLESDRIFT_KNOWN_HOSTS") or (device.standard.known_hosts if device else None)
        file = state.ROOT / named if named else state.directory() / "known_hosts"
        return cls(file, device.name) if device else cls(file)

    def keys(self, host: str, port: int) -> tuple[PKey, ...]:
        """The keys that are known for an address.

        Raises:
            HostKeyUnknown: the file is no file of known hosts.
        """
        known = HostKeys()
        try:
            known.load(str(self.file))
        except FileNotFoundError:
            return ()
        except (InvalidHostKey, OSError, UnicodeDecodeError) as error:
            raise HostKeyUnknown(f"{self.file}: expected a file of known hosts: {error}") from None
        found = known.lookup(name(host, port))
        return tuple(found.values()) if found else ()

    def ssh(self, host: str, port: int) -> dict[str, object]:
        """What netmiko is told: this file alone, strictly.

        Raises:
            HostKeyUnknown: no key is known for the address.
        """
        if not self.keys(host, port):
            raise HostKeyUnknown(
                f"{host}:{port}: Expected its host key in {self.file}, actual none. Nothing was sent to it. "
                f"Compare its key and trust it: scripts/trust.py {self.switch}"
            )
        return {"ssh_strict": True, "system_host_keys": False, "alt_host_keys": True, "alt_key_file": str(self.file)}

    def examine(self, error: BaseException, host: str, port: int) -> None:
        """Look behind a driver's error.

        Raises:
            HostKeyChanged: it was another host key.
        """
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, BadHostKeyException):
                raise self.changed(f"{host}:{port}", shown(cause.expected_key), shown(cause.key)) from None
            cause = cause.__cause__ or cause.__context__

    def changed(self, where: str, expected: str, found: str) -> HostKeyChanged:
        """The error for whoever finds another key than the one that is known."""
        return HostKeyChanged(
            f"{where}: Expected {expected} (known from {self.file}), actual {found}. Nobody logged in. "
            f"Find out why. If the switch was replaced: scripts/trust.py {self.switch} --replace"
        )

    def remember(self, keys: Mapping[str, Collection[PKey]]) -> None:
        """Write the keys of each name (as ``name`` gives it); whatever else was known for that name goes."""
        if not keys:
            return
        with self._alone():
            text = self.file.read_text() if self.file.exists() else ""
            lines = [kept for line in text.splitlines() if (kept := _without(line, keys)) is not None]
            lines += [f"{one} {key.get_name()} {key.get_base64()}" for one, mine in keys.items() for key in mine]
            state.write(self.file, "".join(f"{line}\n" for line in lines).encode())

    def tls(self, host: str, port: int) -> ssl.SSLContext | None:
        """TLS with the one whose certificate is known for an address; None if none is.

        Raises:
            HostKeyUnknown: what is kept there is no certificate.
        """
        pem = self.certificate(host, port)
        try:
            return certificates.context(pem) if pem else None
        except ValueError:
            raise HostKeyUnknown(f"{self._pem(host, port)}: expected a certificate in PEM") from None

    def certificate(self, host: str, port: int) -> bytes | None:
        """The certificate that is known for an address, in PEM."""
        try:
            return self._pem(host, port).read_bytes()
        except FileNotFoundError:
            return None

    def remember_certificate(self, host: str, port: int, pem: bytes) -> None:
        """Write the certificate of an address."""
        state.write(self._pem(host, port), pem)

    def _pem(self, host: str, port: int) -> Path:
        return self.file.parent / "certificates" / f"{host}_{port}.pem"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time. The lock has a file of its own, because the other is replaced with each writing."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.file.with_name(f".{self.file.name}.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def name(host: str, port: int) -> str:
    """How a file of known hosts names an address."""
    return host if port == SSH_PORT else f"[{host}]:{port}"


def shown(key: PKey) -> str:
    """A key for people: its type, and its fingerprint as ``ssh-keygen -l`` prints it."""
    return f"{key.get_name()} {key.fingerprint}"


def _without(line: str, names: Collection[str]) -> str | None:
    """A line without these names; None if nobody is left on it."""
    first, space, rest = line.partition(" ")
    if not first or first.startswith(("#", "@")):
        return line
    kept = [one for one in first.split(",") if not _among(one, names)]
    return ",".join(kept) + space + rest if kept else None


def _among(written: str, names: Collection[str]) -> bool:
    """Whether a name of the file is one of these; OpenSSH may have hashed it."""
    if written.startswith("|"):
        return any(HostKeys.hash_host(one, written) == written for one in names)
    return written in names
