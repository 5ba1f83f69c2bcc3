"""What survives the lab's own down and up: each switch's flash, configurations, host key and certificate."""

import asyncio
import contextlib
import datetime
import json
import os
import ssl
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.device.faults import Faults
from lab.device.switch import Switch

SETTLE = 0.3  # seconds: many lines in a row are one write


class Store:
    """The state of all switches in one directory, a file each, written whole or not at all."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self._states = where / "state"
        self._states.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._waiting: set[Switch] = set()
        self._timer: asyncio.TimerHandle | None = None

    def keep(self, switch: Switch) -> None:
        """Write this switch's state soon."""
        self._waiting.add(switch)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SETTLE, self.flush)

    def flush(self) -> None:
        """Write now what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, set()
        for switch in waiting:
            write(self._states / f"{switch.name}.json", json.dumps(self._state(switch)))

    @staticmethod
    def _state(switch: Switch) -> dict[str, Any]:
        # A reload or a revert that was pending cannot be waited for while the lab is down: as with a power
        # cut, the switch comes up with its startup configuration then.
        lost = not switch.up or bool(switch.timers)
        return {
            "running": None if lost else switch.personality.text(),
            "startup": switch.startup,
            "files": switch.files,
            "faults": switch.faults.words(),
        }

    def restore(self, switch: Switch) -> bool:
        """Give a switch its state back; False if it has none. Its personality must be there already."""
        path = self._states / f"{switch.name}.json"
        if not path.is_file():
            return False
        state = json.loads(path.read_text())
        switch.startup = state["startup"]
        switch.files = state["files"]
        switch.suffer(Faults.from_words(state["faults"]))
        running = state["running"]
        switch.personality.load(switch.startup if running is None else running)
        return True

    def forget(self, switch: Switch) -> None:
        """Back to the legacy: there is no state any more."""
        self._waiting.discard(switch)
        (self._states / f"{switch.name}.json").unlink(missing_ok=True)

    def host_keys(self, names: Iterable[str]) -> dict[str, asyncssh.SSHKey]:
        """Each switch's host key, made once."""
        path = self.where / "host_keys.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
        keys, new = {}, False
        for name in names:
            if name in known:
                keys[name] = asyncssh.import_private_key(known[name])
            else:
                keys[name] = asyncssh.generate_private_key("ssh-ed25519", comment=name)
                known[name] = keys[name].export_private_key().decode()
                new = True
        if new:
            write(path, json.dumps(known))
        return keys

    def certificates(self, names: Collection[str]) -> dict[str, str]:
        """Each switch's certificate for its API, in PEM, signed by itself, made once; its private key comes first."""
        path = self.where / "tls_keys.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
        new = {name: _certificate(name) for name in names if name not in known}
        if new:
            write(path, json.dumps({**known, **new}))
        return {name: new.get(name) or known[name] for name in names}

    def tls(self, name: str) -> ssl.SSLContext:
        """What a switch's API answers with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile("w", dir=self.where) as file:  # OpenSSL reads a file and nothing else
            file.write(self.certificates([name])[name])
            file.flush()
            context.load_cert_chain(file.name)
        return context


def _certificate(switch: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{switch}.invalid")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode()


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        scratch.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise
