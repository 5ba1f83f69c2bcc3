"""What must, and what must not, stand in the log of a session."""

from collections.abc import Iterable
from pathlib import Path

from nornir_tasks.platforms.common.base import Platform


def check_log(log: Path, kind: Platform, configurations: Iterable[str], passwords: Iterable[str]) -> None:
    """Both directions are there, and no secret of these configurations, nor one of these passwords.

    Args:
        log: the file.
        kind: whose words the configurations are in.
        configurations: with their secrets in place.
        passwords: that were used to log in, or given to an account.
    """
    written = log.read_text()
    assert "sent: show running-config" in written
    assert "received: " in written
    assert "hostname" in written
    secrets = {secret for text in configurations for secret in kind.mask(text)[1].values()}
    assert secrets
    words = {word for secret in (*secrets, *passwords) for word in (secret, secret.split()[-1])}
    leaked = [line for line in written.splitlines() if any(word in line for word in words)]
    assert not leaked
