"""A checkpoint (c2sp.org/tlog-checkpoint): how many events a journal holds, and the root of the tree over them."""

import base64
import binascii
import re
from dataclasses import dataclass

from nornir_tasks.journal.merkle import HASH_BYTES
from nornir_tasks.journal.signed_note import NoteError, VerifierKey, split_note

SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
# A checkpoint anywhere in a text: on a report's page, in a mail. It begins where a word does, and its text has an end:
# a page may hold a picture in one line of a megabyte.
NOTE = re.compile(
    r"""(?<![^\s+"<>])[^\s+"<>]+\n(?:0|[1-9][0-9]{0,18})\n[A-Za-z0-9+/]{43}=\n(?:[^\n]+\n){0,20}\n"""
    r"(?:— [^\s+]+ [A-Za-z0-9+/=]+\n?)+"
)


@dataclass(frozen=True)
class Checkpoint:
    """The head of a journal's tree. ``origin`` names the journal, for good."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, note: str, key: VerifierKey | None = None) -> "Checkpoint":
        """The checkpoint that a note holds.

        Args:
            note: text and signatures.
            key: that must have signed it; None: the signatures are not looked at.

        Raises:
            NoteError: it is none, or not of this key.
        """
        lines = (key.open(note) if key else split_note(note)[0]).split("\n")
        if len(lines) >= 4 and all(lines[:-1]) and SIZE.fullmatch(lines[1]):
            try:
                root = base64.b64decode(lines[2], validate=True)
            except binascii.Error:
                root = b""
            if len(root) == HASH_BYTES:
                return cls(lines[0], int(lines[1]), root)
        raise NoteError("expected a checkpoint: the journal's name, a number of events, and a root hash in base64")


def find_notes(text: str) -> list[str]:
    """The signed checkpoints in a text, whatever stands around them: in JSON, too, whichever program wrote it."""
    for written, letter in (("\r\n", "\n"), ("\\n", "\n"), ("\\u2014", "—")):
        text = text.replace(written, letter)
    return [note.rstrip("\n") + "\n" for note in NOTE.findall(text)]
