"""A file of passwords that ansible-vault encrypted as a whole; it is opened in memory only, by Ansible's own machinery.

    all: {drift: …}
    loppa: {kommune: …}

The vault's own password is where Ansible looks for it: ``ANSIBLE_VAULT_PASSWORD_FILE`` or ``vault_password_file``, and
``ANSIBLE_VAULT_IDENTITY_LIST`` or ``vault_identity_list``; each names a file, or a program that prints it. Nobody is
asked on the terminal, because the tools work in many processes at once.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from nornir_tasks.core.errors import FellesdriftError

SHAPE = "municipality: {account: password}"
EVERYWHERE = "all"  # accounts whose password is the same in every municipality

Passwords = Mapping[str, Mapping[str, str]]  # municipality, or ``all``, to account to password


class VaultError(FellesdriftError):
    """The file cannot be used. Names file and key, never what stands in it."""


def read(file: Path) -> Passwords:
    """Open the file.

    Raises:
        VaultError: it is missing, in clear text, sealed with another password, or of another shape.
    """
    # Half a second of imports, which only those pay who keep passwords in this way.
    from ansible.errors import AnsibleError
    from ansible.parsing.vault import VaultLib, is_encrypted

    try:
        sealed = file.read_bytes()
    except OSError as error:
        raise VaultError(f"{file}: expected a file of ansible-vault, found none ({error.strerror})") from None
    if not is_encrypted(sealed):
        raise VaultError(
            f"{file}: found clear text, expected a file that ansible-vault encrypted as a whole. Change the passwords "
            "that lay open, and then: ansible-vault encrypt"
        )
    secrets = _secrets()
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
    return _shaped(file, clear)


def _secrets() -> list[tuple[str, Any]]:
    """The vault's passwords, as Ansible's settings name them. Shape: vault id, and Ansible's own secret."""
    from ansible import constants
    from ansible.errors import AnsibleError
    from ansible.parsing.dataloader import DataLoader
    from ansible.parsing.vault import get_file_vault_secret

    setting = constants.config.get_config_value
    named = [*(setting("DEFAULT_VAULT_IDENTITY_LIST") or ()), setting("DEFAULT_VAULT_PASSWORD_FILE")]
    loader = DataLoader()
    found: list[tuple[str, Any]] = []
    for one in map(str, filter(None, named)):
        name, source = one.split("@", 1) if "@" in one else (setting("DEFAULT_VAULT_IDENTITY"), one)
        if source.startswith("prompt"):
            raise VaultError(f"vault id {name}: found {source!r}, expected a file or a program: nobody is asked here")
        try:
            secret = get_file_vault_secret(filename=source, vault_id=name, loader=loader)
            secret.load()
        except AnsibleError as error:
            # Its words may repeat what the program printed.
            raise VaultError(f"vault id {name}: {source} gave no password ({type(error).__name__})") from None
        found.append((name, secret))
        loader.set_vault_secrets(found)  # the next one may be sealed with this one
    return found


def _shaped(file: Path, clear: bytes) -> Passwords:
    """What the file holds. YAML's own errors would quote it."""
    try:
        found = yaml.safe_load(clear)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise VaultError(f"{file}: found what is not YAML{where}, expected {SHAPE}") from None
    if not isinstance(found, dict):
        raise VaultError(f"{file}: found {_kind(found)}, expected {SHAPE}")
    for municipality, accounts in found.items():
        if not isinstance(accounts, dict):
            raise VaultError(f"{file}: {municipality}: found {_kind(accounts)}, expected {{account: password}}")
        for account, password in accounts.items():
            if not isinstance(password, str) or not password:
                hint = "; a number wants quotes" if isinstance(password, int | float) else ""
                raise VaultError(
                    f"{file}: {municipality}.{account}: found {_kind(password)}, expected a password as text{hint}"
                )
    return found


def _kind(value: object) -> str:
    """What somebody wrote, without what it says."""
    return "nothing" if value is None or value == "" else f"a value of type {type(value).__name__}"
