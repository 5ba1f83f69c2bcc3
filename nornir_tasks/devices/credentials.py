"""Passwords: from the environment, a file of Ansible Vault or a command; never from clear text, never to a log."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from nornir_tasks.core.child_environment import environment
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.logging import remember_secret
from nornir_tasks.devices import vault
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms.common.base import Account

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 30


class CredentialsError(FellesdriftError):
    """No password for an account: names account, municipality and the places that were tried."""


class Credentials:
    """Answers for the accounts of one region; each password is asked for once and kept in memory only."""

    def __init__(self, region: Region, environ: Mapping[str, str] | None = None) -> None:
        self._region = region
        self._environ = os.environ if environ is None else environ
        self._known: dict[tuple[str, str], Account] = {}
        self._vaults: dict[str, vault.Passwords] = {}
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
                self._known[key] = Account(name, self._find(device, name, variable))
                remember_secret(self._known[key].password)
            return self._known[key]

    def _find(self, device: Device, name: str, variable: str) -> str:
        """The first place that has it: environment, vault, command."""
        what, standard = f"account {name!r} of {device.municipality}", device.standard
        if found := self._environ.get(variable) or self._sealed(device, name, what):
            return found
        if standard.credentials_command:
            return _ask(standard.credentials_command, device.municipality, name, what)
        vaulted = f"an entry in {standard.credentials_vault}" if standard.credentials_vault else "credentials_vault"
        raise CredentialsError(
            f"{what}: no password; expected {variable} in the environment, {vaulted}, or credentials_command"
        )

    def _sealed(self, device: Device, name: str, what: str) -> str | None:
        """What ``credentials_vault`` has: the municipality's own, else the one for all."""
        named = device.standard.credentials_vault
        if not named:
            return None
        if named not in self._vaults:
            try:
                found = vault.read(ROOT / named)
            except vault.VaultError as error:
                raise CredentialsError(f"{what}: credentials_vault: {error}") from None
            known = {*self._region.municipalities, vault.EVERYWHERE}
            if strange := sorted(str(one) for one in found if one not in known):
                expected = ", ".join(sorted(known))
                raise CredentialsError(f"{what}: {ROOT / named}: found {strange[0]!r}, expected one of {expected}")
            self._vaults[named] = found
        places = (self._vaults[named].get(place, {}) for place in (device.municipality, vault.EVERYWHERE))
        return next((accounts[name] for accounts in places if name in accounts), None)


def _ask(command: Sequence[str], municipality: str, name: str, what: str) -> str:
    """Ask ``credentials_command``: it prints the password and nothing else."""
    program = str(ROOT / command[0]) if "/" in command[0] and not command[0].startswith("/") else command[0]
    argv = [program, *command[1:], municipality, name]
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False, env=environment()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CredentialsError(f"{what}: credentials_command {command[0]}: {type(error).__name__}") from error
    password = done.stdout.rstrip("\n")
    if done.returncode or not password:
        # Its output may hold a part of a password, so it is not repeated here.
        raise CredentialsError(
            f"{what}: credentials_command {command[0]} ended with {done.returncode}, expected a password"
        )
    return password
