"""Passwords: from the environment, a file of Ansible Vault or a command; never from clear text, never to a log."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from nornir_tasks.core.bounds import run_program
from nornir_tasks.core.child_environment import make_child_environment
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.secrets import remember_secret
from nornir_tasks.devices import vault
from nornir_tasks.model import Device, Position, Region, Stage
from nornir_tasks.platforms.common.base import LoginAccount

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS, COMMAND_BYTES = 30, 64 * 1024


class CredentialsError(FellesdriftError):
    """No password for an account: names account, municipality and the places that were tried."""


class Credentials:
    """The accounts of a region; each password is read once and stays in memory only."""

    def __init__(self, region: Region, environ: Mapping[str, str] | None = None) -> None:
        self._region = region
        self._environ = os.environ if environ is None else environ
        self._accounts: dict[tuple[str, str], LoginAccount] = {}
        self._vaults: dict[str, vault.Passwords] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Credentials(…)"

    def account(self, device: Device, position: Position) -> LoginAccount:
        """The account that logs in to a device at a position: until CONNECT is confirmed there, the municipality's."""
        legacy = self._region.municipalities[device.municipality].legacy
        if legacy is not None and position.of(device.municipality, device.name) < Stage.CONNECT:
            return self._get_account(device, legacy.account, "FELLESDRIFT_LEGACY_PASSWORD")
        return self.own_account(device)

    def own_account(self, device: Device) -> LoginAccount:
        """The centre's own account: the first of ``accounts``."""
        return self._get_account(device, device.standard.accounts[0].name, "FELLESDRIFT_PASSWORD")

    def password(self, device: Device, name: str) -> str:
        """The password of a centre's account, to be written to a device that does not have the account yet."""
        first = name == device.standard.accounts[0].name
        variable = "FELLESDRIFT_PASSWORD" if first else f"FELLESDRIFT_PASSWORD_{name.upper().replace('-', '_')}"
        return self._get_account(device, name, variable).password

    def _get_account(self, device: Device, name: str, variable: str) -> LoginAccount:
        key = (device.municipality, name)
        with self._lock:
            if key not in self._accounts:
                password = self._find_password(device, name, variable)
                try:
                    password.encode()
                except UnicodeEncodeError:
                    # Not told further on: an error of the codec carries the whole password.
                    subject = f"account {name!r} of {device.municipality}"
                    raise CredentialsError(f"{subject}: the password is no text in UTF-8") from None
                self._accounts[key] = LoginAccount(name, password)
                remember_secret(self._accounts[key].password)
            return self._accounts[key]

    def _find_password(self, device: Device, name: str, variable: str) -> str:
        """The password from the first place that has it: environment, vault, command."""
        subject, standard = f"account {name!r} of {device.municipality}", device.standard
        if password := self._environ.get(variable) or self._find_in_vault(device, name, subject):
            return password
        if standard.credentials_command:
            return _run_command(standard.credentials_command, device.municipality, name, subject)
        vaulted = f"an entry in {standard.credentials_vault}" if standard.credentials_vault else "credentials_vault"
        raise CredentialsError(
            f"{subject}: no password; expected {variable} in the environment, {vaulted}, or credentials_command"
        )

    def _find_in_vault(self, device: Device, name: str, subject: str) -> str | None:
        """The password in ``credentials_vault``: the municipality's own, else that for all; None without either."""
        vault_file = device.standard.credentials_vault
        if not vault_file:
            return None
        if vault_file not in self._vaults:
            try:
                passwords = vault.read(ROOT / vault_file)
            except vault.VaultError as error:
                raise CredentialsError(f"{subject}: credentials_vault: {error}") from None
            sections = {*self._region.municipalities, vault.EVERYWHERE}
            if unknown := sorted(str(section) for section in passwords if section not in sections):
                expected = ", ".join(sorted(sections))
                raise CredentialsError(
                    f"{subject}: {ROOT / vault_file}: found {unknown[0]!r}, expected one of {expected}"
                )
            for accounts in passwords.values():
                for password in accounts.values():
                    remember_secret(password)
            self._vaults[vault_file] = passwords
        places = (self._vaults[vault_file].get(owner, {}) for owner in (device.municipality, vault.EVERYWHERE))
        return next((accounts[name] for accounts in places if name in accounts), None)


def _run_command(command: Sequence[str], municipality: str, name: str, subject: str) -> str:
    """The output of ``credentials_command``, which prints the password and nothing else."""
    program = str(ROOT / command[0]) if "/" in command[0] and not command[0].startswith("/") else command[0]
    argv = [program, *command[1:], municipality, name]
    try:
        result = run_program(argv, env=make_child_environment(), limit=COMMAND_BYTES, seconds=COMMAND_SECONDS)
    except OSError as error:
        raise CredentialsError(
            f"{subject}: credentials_command {command[0]}: found {error.strerror}, expected a password"
        ) from None
    password = result.stdout.decode(errors="surrogateescape").rstrip("\n")
    if result.returncode or not password:
        # Its output may hold a part of a password, so it is not repeated here.
        raise CredentialsError(
            f"{subject}: credentials_command {command[0]} ended with {result.returncode}, expected a password"
        )
    return password
