"""What a state directory holds of its journal, so that a rewritten journal is noticed: the last checkpoint, and a key.

Nothing of this is in the database: whoever can rewrite the journal there could rewrite it, too. In ``checkpoints/``:

    tree.json                    the last checkpoint, and what it takes to go on from it without reading all again
    leaves                       the hash of each event, 32 bytes each: they tell which event is not as it was
    LOG-000000120.checkpoint     every checkpoint that was ever signed, as the witnesses have it

and beside it ``checkpoint.key``, or the file that ``FELLESDRIFT_CHECKPOINT_KEY`` names. The key is there only once the
first checkpoint is: a key without one means that somebody has taken it away.
"""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from nornir_tasks.core import state
from nornir_tasks.core.bounds import MB, read_file, read_text
from nornir_tasks.journal.checkpoint import Checkpoint
from nornir_tasks.journal.database import JournalError
from nornir_tasks.journal.entry import encode_row
from nornir_tasks.journal.merkle import HASH_BYTES, CompactRange, hash_children, hash_leaf
from nornir_tasks.journal.signed_note import NoteError, SigningKey

LARGEST = 2**63 - 1  # number of an event, in any database
LOG = "fellesdrift"  # the journal's name begins with it
ADVICE = "What is wrong, and what to do: scripts/change.py verify"


class TamperedError(JournalError):
    """The journal, or what is kept beside it, is not what it was when the last checkpoint was signed."""


@dataclass
class Tree:
    """The tree over a journal's events up to number ``last``, whose hash is ``leaf``.

    ``path`` leads from that hash to the last node of the range, which is signed: so neither hash nor number can be
    edited. None where an earlier version kept no path.
    """

    range: CompactRange
    last: int = 0
    leaf: bytes = b""
    path: list[bytes] | None = None
    note: str = ""  # the signed checkpoint of this very size; empty while the tree grows

    def append(self, row: Mapping[Any, Any]) -> bytes:
        """Take in the next event's row; the answer is its hash."""
        self.leaf, self.last, self.note = hash_leaf(encode_row(row)), row["id"], ""
        self.path = self.range.joined
        self.range.append(self.leaf)
        return self.leaf


@dataclass(frozen=True)
class Notary:
    """Signs the checkpoints of a state directory's journal. Nothing is made, or read, before it is asked."""

    where: Path

    @property
    def folder(self) -> Path:
        """Where the checkpoints are."""
        return self.where / "checkpoints"

    @property
    def key_file(self) -> Path:
        """Where the signing key is."""
        return Path(os.environ.get("FELLESDRIFT_CHECKPOINT_KEY") or self.where / "checkpoint.key")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process or thread at a time, on either control node.

        Raises:
            JournalError: the state directory cannot be written to.
        """
        try:
            with state.hold_folder(self.folder):
                yield
        except state.StateError as error:
            raise JournalError(f"checkpoints: {error}") from error

    def find_key(self) -> SigningKey | None:
        """The key, if there is one.

        A draft is a key whose first checkpoint was perhaps not yet written when its process was killed.

        Raises:
            TamperedError: what is there is no key.
        """
        for file in (self.key_file, self._draft, self.key_file):  # last: the draft may have become the key meanwhile
            with suppress(FileNotFoundError):
                return _read_key(file)
        return None

    def load(self) -> Tree | None:
        """The tree as it was last signed; None where nothing was ever signed.

        Raises:
            TamperedError: it is gone, or not what was signed.
        """
        key = self.find_key()
        try:
            content = read_file(self._tree_file, MB)
        except FileNotFoundError:
            if self.key_file.exists():
                raise TamperedError(
                    f"checkpoints: expected the last one in {self._tree_file}, because {self.key_file} has signed it; "
                    f"found nothing there. {ADVICE}"
                ) from None
            return None
        except OSError as error:
            raise JournalError(f"checkpoints {self._tree_file}: found: {error.strerror}") from error
        if key is None:
            raise TamperedError(
                f"checkpoints: expected the key that signed {self._tree_file} in {self.key_file}, found nothing there. "
                f"{ADVICE}"
            )
        try:
            return _decode_tree(content, key)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, NoteError) as error:
            words = str(error) if isinstance(error, NoteError) else "it was edited, or cut off"
            raise TamperedError(f"checkpoints: {self._tree_file} is not what was signed: {words}. {ADVICE}") from None

    def save(self, tree: Tree, leaves: bytes, first: int) -> str:
        """Sign the checkpoint of a tree, and put it where the last one was. Only within ``alone``.

        A process that is killed in the middle leaves the checkpoint that was there before.

        Args:
            tree: that grew from the one that was loaded, or that is the first.
            leaves: the hashes of the events that it grew by.
            first: how many events there were before these.

        Raises:
            JournalError: the state directory cannot be written to.
        """
        try:
            key = self.find_key() or self._draft_key()
            checkpoint = Checkpoint(key.name, tree.range.size, tree.range.root)
            tree.note = key.sign(checkpoint.text)
            self._write_leaves(leaves, first)
            state.write(self.folder / name_file(checkpoint), tree.note.encode())
            state.write(self._tree_file, _encode_tree(tree))
            if not self.key_file.exists():
                os.replace(self._draft, self.key_file)
        except OSError as error:
            raise JournalError(f"checkpoints {self.folder}: the next one was not kept: {error.strerror}") from error
        return tree.note

    def read_leaves(self) -> bytes:
        """The hashes of the events, one after the other; empty where none can be read. Not to be believed as such."""
        try:
            return read_file(self._leaves_file)
        except OSError:
            return b""

    def give_up(self) -> None:
        """Forget tree and key: the next checkpoint is the first one of another name, by another key.

        A key must not sign two histories that do not fit each other. What it has signed stays in the folder.
        """
        for file in (self._tree_file, self._leaves_file, self._draft, self.key_file):
            file.unlink(missing_ok=True)

    @property
    def _tree_file(self) -> Path:
        return self.folder / "tree.json"

    @property
    def _leaves_file(self) -> Path:
        return self.folder / "leaves"

    @property
    def _draft(self) -> Path:
        return self.key_file.with_name(f".{self.key_file.name}.draft")

    def _draft_key(self) -> SigningKey:
        key = SigningKey.generate(f"{LOG}/{secrets.token_hex(4)}")
        state.write(self._draft, f"{key.text}\n".encode())
        return key

    def _write_leaves(self, leaves: bytes, first: int) -> None:
        """Put hashes where they belong. What a killed process wrote beyond the last checkpoint is written again."""
        handle = os.open(self._leaves_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with open(handle, "r+b", closefd=False) as file:
                file.seek(first * HASH_BYTES)
                file.write(leaves)
                file.truncate()
        finally:
            os.close(handle)


def name_file(checkpoint: Checkpoint) -> str:
    """How the file of a checkpoint is named, here and at the witnesses: in the order of their sizes."""
    return f"{checkpoint.origin.rpartition('/')[2]}-{checkpoint.size:09}.checkpoint"


def _read_key(file: Path) -> SigningKey:
    try:
        return SigningKey.parse(read_text(file, MB))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise JournalError(f"checkpoints: key {file}: found: {error.strerror}") from error
    except (ValueError, NoteError) as error:
        words = str(error) if isinstance(error, NoteError) else "expected a text"
        raise TamperedError(f"checkpoints: {file}: {words}. {ADVICE}") from None


def _encode_tree(tree: Tree) -> bytes:
    content = {
        "checkpoint": tree.note,
        "last": tree.last,
        "leaf": tree.leaf.hex(),
        "path": [node.hex() for node in tree.path or ()],
        "range": [node.hex() for node in tree.range.nodes],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _decode_tree(content: bytes, key: SigningKey) -> Tree:
    """A tree, if its checkpoint is signed and the rest is what the checkpoint is of."""
    read = json.loads(content)
    note, last = read["checkpoint"], read["last"]
    checkpoint = Checkpoint.read(note, key.verifier)
    path = [bytes.fromhex(node) for node in read["path"]] if "path" in read else None
    nodes, leaf = [bytes.fromhex(node) for node in read["range"]], bytes.fromhex(read["leaf"])
    tree = Tree(CompactRange(checkpoint.size, nodes), last, leaf, path, note)
    if checkpoint.origin != key.name or type(last) is not int or not 0 <= last <= LARGEST:
        raise ValueError
    if len(tree.range.nodes) != checkpoint.size.bit_count() or tree.range.root != checkpoint.root:
        raise ValueError
    if path is not None and nodes and reduce(lambda node, left: hash_children(left, node), path, leaf) != nodes[-1]:
        raise ValueError
    return tree
