"""Who may approve in the lab: three invented people, each with an SSH key that lies beside the others."""

from pathlib import Path

import asyncssh

from lab.state.store import write

# Name to what they may approve, as ssh-keygen's namespaces say it.
PEOPLE = {"kari": "*.fellesdrift", "ola": "*.fellesdrift", "siv": "pilot.*.fellesdrift"}


def make(where: Path) -> None:
    """Make what is missing of ``approvers/``: a key for each of them, made once, and ``allowed_signers``."""
    folder = where / "approvers"
    folder.mkdir(mode=0o700, exist_ok=True)
    lines = []
    for name, namespaces in PEOPLE.items():
        path = folder / name
        if not path.is_file():
            write(path, asyncssh.generate_private_key("ssh-ed25519", comment=name).export_private_key().decode())
        public = asyncssh.read_private_key(path).export_public_key().decode()
        write(folder / f"{name}.pub", public)
        lines.append(f'{name} namespaces="{namespaces}" {public}')
    write(folder / "allowed_signers", "".join(lines))
