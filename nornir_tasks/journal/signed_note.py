"""Signed notes (c2sp.org/signed-note), Ed25519 only: a text for people, and below it who has signed it.

A verifier's key is told as one word, ``NAME+ID+KEY``; a signer's is kept as ``PRIVATE+KEY+NAME+ID+SEED``. Both are the
words of Go's sumdb/note, so that other programs can read them.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from nornir_tasks.core.errors import FellesdriftError

ED25519 = b"\1"  # the type of signature, before the key
ID_BYTES = 4
PRIVATE = "PRIVATE+KEY+"
NAME = re.compile(r"[^\s+]+")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/=]+)")


class NoteError(FellesdriftError):
    """A note that does not count, or a key that is none: says what was expected."""


@dataclass(frozen=True)
class VerifierKey:
    """The public half: by it anybody can tell whether a note is the signer's."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """What a signature line names the key by; no proof of anything."""
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(named).digest()[:ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_encode(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key that this word tells.

        Raises:
            NoteError: it is none.
        """
        name, key_id, public = _split_key(text)
        key = cls(name, public)
        if key.id.hex() != key_id:
            raise NoteError(f"key {name}: expected the id {key.id.hex()}, found {key_id}: it was not copied whole")
        return key

    def open(self, note: str) -> str:
        """The text of a note that this key has signed. Other signatures are passed over.

        Raises:
            NoteError: it has not, or what stands there is no note.
        """
        text, lines = split_note(note)
        verified = False
        for line in lines:
            if line.group("name") != self.name:
                continue
            signature = _decode(line.group("signature"))
            if signature[:ID_BYTES] != self.id:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature[ID_BYTES:], text.encode())
            except InvalidSignature:
                raise NoteError(f"found a signature that {self.name} never made under this text") from None
            verified = True
        if not verified:
            signers = ", ".join(f"{line['name']}+{_decode(line['signature'])[:ID_BYTES].hex()}" for line in lines)
            raise NoteError(f"expected it signed by {self.name}+{self.id.hex()}, found {signers}")
        return text


@dataclass(frozen=True)
class SigningKey:
    """The private half."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or len(self.seed) != 32:
            raise NoteError("signing key: expected a name without spaces and +, and 32 bytes")

    def __repr__(self) -> str:
        return f"SigningKey({self.name}, …)"

    @classmethod
    def generate(cls, name: str) -> "SigningKey":
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """The key that a file holds.

        Raises:
            NoteError: it is none; the text is not repeated.
        """
        if not text.startswith(PRIVATE):
            raise NoteError(f"signing key: expected {PRIVATE}NAME+ID+SEED")
        name, key_id, seed = _split_key(text.removeprefix(PRIVATE).strip())
        key = cls(name, seed)
        if key.verifier.id.hex() != key_id:
            raise NoteError(f"signing key {name}: expected one whose id is {key_id}: it was not copied whole")
        return key

    @property
    def text(self) -> str:
        """What its file holds: a secret."""
        return f"{PRIVATE}{self.name}+{self.verifier.id.hex()}+{_encode(ED25519 + self.seed)}"

    @cached_property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note that this text and this key make; the same ones always make the same."""
        if not text.endswith("\n") or CONTROL.search(text):
            raise NoteError("note: expected lines of text without control characters, each with its end")
        return f"{text}\n— {self.name} {_encode(self.verifier.id + self._private.sign(text.encode()))}\n"

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def split_note(note: str) -> tuple[str, list["re.Match[str]"]]:
    """The text of a note, and its signature lines, unread.

    Raises:
        NoteError: it is no note.
    """
    text, blank, below = note.rpartition("\n\n")
    lines = [SIGNATURE.fullmatch(line) for line in below.removesuffix("\n").split("\n")]
    signatures = [line for line in lines if line is not None]
    if not blank or not text or not below.endswith("\n") or CONTROL.search(note) or len(signatures) < len(lines):
        raise NoteError("expected a signed note: a text, an empty line, and lines that begin with —")
    return text + "\n", signatures


def _split_key(text: str) -> tuple[str, str, bytes]:
    """Name, id (hex) and 32 bytes of a key's word. The base64 may hold a +, the rest may not."""
    parts = text.strip().split("+", 2)
    if len(parts) == 3 and NAME.fullmatch(parts[0]) and re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        key = _decode(parts[2])
        if len(key) == 33 and key[:1] == ED25519:
            return parts[0], parts[1], key[1:]
    raise NoteError("key: expected NAME+ID+KEY, with an Ed25519 key in base64")


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
