"""Passwords: from the environment or from a command, never from a file of ours, never to a log."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from nornir_tasks.errors import FellesdriftError
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms.base import Account

ROOT = Path(__file__).resolve().parent.parent
COMMAND_SECONDS = 30


class CredentialsError(FellesdriftError):
    """No password for an account: names account, municipality and the places that were tried."""


class Credentials:
    """Answers for the accounts of one region; each password is asked for once and kept in memory only."""

    def __init__(self, region: Region, environ: Mapping[str, str] | None = None) -> None:
        self._region = region
        self._environ = os.environ if environ is None else environ
        self._known: dict[tuple[str, str], Account] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Credentials(…)"

    def account(self, device: Device, position: Position) -> Account:
        """Who logs in to a device at a position: the account the centre was lent until CONNECT is confirmed there."""
        legacy = self._region.municipalities[device.municipality].legacy
        if legacy is not None and position.of(device.municipality, device.name) < Stage.CONNECT:
            return self._get(device, legacy.account, "FELLESDRIFT_LEGACY_PASSWORD")
        return self.own(device)

    def own(self, device: Device) -> Account:
        """The centre's own account: the first of ``accounts``."""
        return self._get(device, device.standard.accounts[0].name, "FELLESDRIFT_PASSWORD")

    def password(self, device: Device, name: str) -> str:
        """The password of one of the centre's accounts, to be given to a device that does not have it yet."""
        first = name == device.standard.accounts[0].name
        variable = "FELLESDRIFT_PASSWORD" if first else f"FELLESDRIFT_PASSWORD_{name.upper().replace('-', '_')}"
        return self._get(device, name, variable).password

    def _get(self, device: Device, name: str, variable: str) -> Account:
        key = (device.municipality, name)
        with self._lock:
            if key not in self._known:
                found = self._environ.get(variable) or _ask(device, name, variable)
                self._known[key] = Account(name, found)
            return self._known[key]


def _ask(device: Device, name: str, variable: str) -> str:
    """Ask ``credentials_command``: it prints the password and nothing else."""
    command = device.standard.credentials_command
    what = f"account {name!r} of {device.municipality}"
    if not command:
        raise CredentialsError(f"{what}: no password; expected {variable} in the environment, or credentials_command")
    program = str(ROOT / command[0]) if "/" in command[0] and not command[0].startswith("/") else command[0]
    argv = [program, *command[1:], device.municipality, name]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CredentialsError(f"{what}: credentials_command {command[0]}: {type(error).__name__}") from error
    password = done.stdout.rstrip("\n")
    if done.returncode or not password:
        # Its output may hold a part of a password, so it is not repeated here.
        raise CredentialsError(
            f"{what}: credentials_command {command[0]} ended with {done.returncode}, expected a password"
        )
    return password
