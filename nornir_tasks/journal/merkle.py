"""The Merkle tree of RFC 6962 (section 2.1) over the hashes of its leaves. Pure: no file, no database.

The prefixes keep a leaf from being taken for a node: without them a tree with two leaves could be told as one with one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

HASH_BYTES = 32


def hash_leaf(content: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\0" + content).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """The hash of a node from those of its two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass
class CompactRange:
    """The roots of a tree's largest full subtrees, the leftmost first: all it takes to tell the root, and to grow.

    There is one for each bit of ``size`` that is set: 20 at most for a million leaves.
    """

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    @property
    def joined(self) -> list[bytes]:
        """The nodes that the next leaf is joined with, the nearest first."""
        count = (self.size ^ (self.size + 1)).bit_length() - 1
        return self.nodes[::-1][:count]

    def append(self, leaf: bytes) -> None:
        """Take in the hash of the next leaf."""
        node, height = leaf, self.size
        while height & 1:
            node = hash_children(self.nodes.pop(), node)
            height >>= 1
        self.nodes.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root hash of the tree."""
        if not self.nodes:
            return hashlib.sha256().digest()
        *others, root = self.nodes
        for node in reversed(others):
            root = hash_children(node, root)
        return root


def compute_root(leaves: Iterable[bytes]) -> bytes:
    """The root hash over the hashes of leaves."""
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root
