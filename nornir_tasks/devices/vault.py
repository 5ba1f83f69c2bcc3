"""A file of passwords that ansible-vault encrypted as a whole; it is opened in memory only, by Ansible's own machinery.

    all: {drift: …}
    loppa: {kommune: …}

The vault's own password is where Ansible looks for it: ``ANSIBLE_VAULT_PASSWORD_FILE`` or ``vault_password_file``, and
``ANSIBLE_VAULT_IDENTITY_LIST`` or ``vault_identity_list``; each names a file, or a program that prints it. There
is no prompt on the terminal, because the tools work in many processes at once.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.errors import FellesdriftError

SHAPE = "municipality: {account: password}"
EVERYWHERE = "all"  # accounts whose password is the same in every municipality

Passwords = Mapping[str, Mapping[str, str]]  # municipality, or ``all``, to account to password


class VaultError(FellesdriftError):
    """The file cannot be used. Names file and key, never a value in it."""


def read(file: Path) -> Passwords:
    """The passwords in the file.

    Raises:
        VaultError: it is missing, in clear text, sealed with another password, or of another shape.
    """
    # Half a second of imports, which only a region with ``credentials_vault`` pays.
    from ansible.errors import AnsibleError
    from ansible.parsing.vault import VaultLib, is_encrypted

    try:
        sealed = read_file(file)
    except OSError as error:
        raise VaultError(f"{file}: expected a file of ansible-vault, found none ({error.strerror})") from None
    if not is_encrypted(sealed):
        raise VaultError(
            f"{file}: found clear text, expected a file that ansible-vault encrypted as a whole. Change the passwords "
            "that lay open, and then: ansible-vault encrypt"
        )
    secrets = _load_vault_secrets()
    if not secrets:
        raise VaultError(
            f"{file}: no password for the vault; expected ANSIBLE_VAULT_PASSWORD_FILE, or vault_password_file or "
            "vault_identity_list in ansible.cfg"
        )
    try:
        clear = VaultLib(secrets).decrypt(sealed)
    except AnsibleError:
        names = ", ".join(name for name, _ in secrets)
        raise VaultError(f"{file}: the vault's password does not open it; tried vault id {names}") from None
    return _parse_passwords(file, clear)


def _load_vault_secrets() -> list[tuple[str, Any]]:
    """The vault's passwords, as Ansible's settings name them. Shape: vault id, and Ansible's own secret."""
    from ansible import constants
    from ansible.errors import AnsibleError
    from ansible.parsing.dataloader import DataLoader
    from ansible.parsing.vault import get_file_vault_secret

    read_setting = constants.config.get_config_value
    identities = [*(read_setting("DEFAULT_VAULT_IDENTITY_LIST") or ()), read_setting("DEFAULT_VAULT_PASSWORD_FILE")]
    loader = DataLoader()
    vault_secrets: list[tuple[str, Any]] = []
    for identity in map(str, filter(None, identities)):
        name, source = identity.split("@", 1) if "@" in identity else (read_setting("DEFAULT_VAULT_IDENTITY"), identity)
        if source.startswith("prompt"):
            raise VaultError(f"vault id {name}: found {source!r}, expected a file or a program: nobody is asked here")
        try:
            secret = get_file_vault_secret(filename=source, vault_id=name, loader=loader)
            secret.load()
        except AnsibleError as error:
            # The error's text may repeat what the program printed.
            raise VaultError(f"vault id {name}: {source} gave no password ({type(error).__name__})") from None
        vault_secrets.append((name, secret))
        loader.set_vault_secrets(vault_secrets)  # the next password file may be encrypted with this password
    return vault_secrets


def _parse_passwords(file: Path, clear: bytes) -> Passwords:
    """The passwords in the clear text. YAML's own errors would quote it."""
    try:
        passwords = yaml.safe_load(clear)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        location = f" in line {mark.line + 1}" if mark else ""
        raise VaultError(f"{file}: found what is not YAML{location}, expected {SHAPE}") from None
    if not isinstance(passwords, dict):
        raise VaultError(f"{file}: found {_describe_kind(passwords)}, expected {SHAPE}")
    for municipality, accounts in passwords.items():
        if not isinstance(accounts, dict):
            raise VaultError(
                f"{file}: {municipality}: found {_describe_kind(accounts)}, expected {{account: password}}"
            )
        for account, password in accounts.items():
            if not isinstance(password, str) or not password:
                kind = _describe_kind(password)
                hint = "; a number wants quotes" if isinstance(password, int | float) else ""
                raise VaultError(f"{file}: {municipality}.{account}: found {kind}, expected a password as text{hint}")
    return passwords


def _describe_kind(value: object) -> str:
    """The kind of a value, without the value."""
    return "nothing" if value is None or value == "" else f"a value of type {type(value).__name__}"
