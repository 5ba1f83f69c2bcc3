"""Backups of configurations: masked text for people, the secrets sealed beside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.fernet import InvalidToken

from nornir_tasks.core import state
from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.secrets import hide_secrets, reveal_secrets
from nornir_tasks.core.text import split_at_line_feeds


class BackupError(FellesdriftError):
    """A backup is missing or cannot be opened: names its reference and path."""


class Masking(Protocol):
    """Who knows where the secrets of a configuration stand: a platform, or the target that it was read from."""

    def mask(self, text: str) -> tuple[str, dict[str, str]]:
        """The masked text, and the secrets by the keys that stand in their places as ``<secret:KEY>``."""


@dataclass(frozen=True)
class Snapshot:
    """A configuration in two parts. ``secrets`` is never printed."""

    masked: str
    secrets: dict[str, str]

    @property
    def text(self) -> str:
        """Both together: the configuration as it was."""
        text = self.masked
        for key, secret in self.secrets.items():
            text = text.replace(f"<secret:{key}>", secret)
        return text

    def __repr__(self) -> str:
        return f"Snapshot({len(split_at_line_feeds(self.masked))} lines, {len(self.secrets)} secrets)"


class Backups:
    """The configurations kept in one directory. A backup is named by its content, so the same one is kept once."""

    def __init__(self, where: Path, key: state.Key) -> None:
        self._where = where
        self.key = key

    def digest(self, text: str) -> str:
        """The digest of a configuration with its secrets in place."""
        return self.key.digest(text)

    def save(self, device: str, masking: Masking, text: str) -> str:
        """Keep a configuration; the answer is its reference (``loppa-core-01/3f2a…``).

        Args:
            device: its name, which is part of the reference.
            masking: takes the secrets out.
            text: cleaned, with its secrets in place.
        """
        masked, secrets = masking.mask(text)
        name = self.digest(text)[:16]
        base = self._where / device / name
        if not self._is_whole(f"{device}/{name}"):
            written, tokens = hide_secrets(masked)
            state.write(base.with_suffix(".cfg"), written.encode())
            # Last, and so the sign that the backup is whole.
            head = {"secrets": secrets, "tokens": tokens, "of": f"{device}/{name}", "masked": self.digest(masked)}
            state.write(base.with_suffix(".sealed"), self.key.seal(json.dumps(head).encode()))
        return f"{device}/{name}"

    def _is_whole(self, reference: str) -> bool:
        """Whether a backup is kept, as it was written: one that was damaged is no way back, and is written anew."""
        try:
            self.load(reference)
        except (BackupError, OSError):
            return False
        return True

    def load(self, reference: str) -> Snapshot:
        """The backup of this reference, in its two parts.

        Raises:
            BackupError: it is missing, sealed with another key, or not what was sealed: with both digests.
        """
        base = self._where / reference
        try:
            sealed = self.key.open(read_file(base.with_suffix(".sealed")))
            masked = read_file(base.with_suffix(".cfg")).decode()
            head = json.loads(sealed)
            masked = reveal_secrets(masked, head.get("tokens", {}))
            snapshot = Snapshot(masked, dict(head["secrets"]))
            if "masked" in head:
                expected, actual = f"{head['of']} {head['masked']}", f"{reference} {self.digest(masked)}"
            else:  # one of an earlier version, whose seal says nothing of the text
                expected, actual = base.name, self.digest(snapshot.text)[: len(base.name)]
        except FileNotFoundError as error:
            raise BackupError(f"backup {reference}: expected {error.filename}, found nothing there") from error
        except InvalidToken:
            raise BackupError(
                f"backup {reference}: sealed with another key than FELLESDRIFT_KEY or the key file"
            ) from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BackupError(
                f"backup {reference}: {base}.cfg and .sealed are not what was written: {type(error).__name__}. "
                "Nothing was written from it."
            ) from None
        if actual != expected:
            raise BackupError(
                f"backup {reference}: its files were changed after they were written; expected the digest {expected}, "
                f"found {actual}. Nothing was written from it."
            )
        return snapshot

    def text(self, reference: str) -> str:
        """The configuration as it was, secrets and all: for writing it back, never for showing it.

        Raises:
            BackupError: as ``load``; or its secrets, put back in their places, do not give what was read.
        """
        text = self.load(reference).text
        expected = reference.rpartition("/")[2]
        if (actual := self.digest(text)[: len(expected)]) != expected:
            raise BackupError(
                f"backup {reference}: its secrets cannot be told apart, so it is not written back; expected the digest "
                f"{expected}, found {actual}"
            )
        return text
