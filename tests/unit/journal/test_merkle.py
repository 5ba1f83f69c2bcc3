"""The journal's tree is that of RFC 6962: by published values, and by another implementation (pymerkle)."""

import hashlib
import random

import pytest
from pymerkle import InmemoryTree, InvalidProof, verify_consistency, verify_inclusion

from nornir_tasks.journal.merkle import CompactRange, compute_root, hash_children, hash_leaf

# Those that Certificate Transparency's own implementations are tested with.
CONTENTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZE = 130  # past two powers of two, and as far again


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_published_roots(size: int) -> None:
    """Of no leaf to eight."""
    leaves = [hash_leaf(bytes.fromhex(content)) for content in CONTENTS[:size]]
    assert compute_root(leaves).hex() == ROOTS[size]


def test_published_hashes() -> None:
    """A leaf is no node."""
    assert hash_leaf(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert hash_children(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.fixture(scope="module")
def others() -> InmemoryTree:
    """The other implementation's tree."""
    tree = InmemoryTree(algorithm="sha256")
    for number in range(SIZE):
        tree.append_entry(_content(number))
    return tree


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    """Ours, at each size."""
    tree = CompactRange()
    collected = [tree.root]
    for number in range(SIZE):
        tree.append(hash_leaf(_content(number)))
        collected.append(tree.root)
    return collected


def test_every_root_is_the_others(others: InmemoryTree, roots: list[bytes]) -> None:
    """At each size from 1 on (of none, RFC 6962 has the hash of nothing)."""
    assert roots[0] == hashlib.sha256().digest()
    assert [others.get_root(size) for size in range(1, SIZE + 1)] == roots[1:]
    assert [others.get_leaf(number + 1) for number in range(SIZE)] == [
        hash_leaf(_content(number)) for number in range(SIZE)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 65, 100, SIZE])
def test_inclusion_is_proved_against_our_root(others: InmemoryTree, roots: list[bytes], size: int) -> None:
    """The other implementation's proof, for every leaf; and another leaf has none."""
    for index in range(1, size + 1):
        proof = others.prove_inclusion(index, size)
        verify_inclusion(hash_leaf(_content(index - 1)), roots[size], proof, index=index, size=size)
        with pytest.raises(InvalidProof):
            verify_inclusion(hash_leaf(b"another"), roots[size], proof, index=index, size=size)


def test_consistency_is_proved_between_our_roots(others: InmemoryTree, roots: list[bytes]) -> None:
    """Every earlier size with every later one."""
    for later in range(1, SIZE + 1):
        for prior in range(1, later + 1):
            proof = others.prove_consistency(prior, later)
            verify_consistency(roots[prior], roots[later], proof, prior_size=prior, later_size=later)


def test_a_fork_is_not_consistent(others: InmemoryTree, roots: list[bytes]) -> None:
    """A tree in which one leaf differs has no proof from our root at a size that holds it."""
    fork = InmemoryTree(algorithm="sha256")
    for number in range(SIZE):
        fork.append_entry(_content(number) if number != 41 else b"edited")
    for prior in (42, 64, 100):
        with pytest.raises(InvalidProof):
            verify_consistency(roots[prior], fork.get_root(SIZE), fork.prove_consistency(prior, SIZE))
    verify_consistency(roots[41], fork.get_root(SIZE), fork.prove_consistency(41, SIZE))


def test_a_range_goes_on_where_it_was_put_down() -> None:
    """What is kept of a tree is enough to grow it: at any size, the same root as one that grew in one go."""
    draw = random.Random(3)
    for _ in range(50):
        leaves = [draw.randbytes(32) for _ in range(draw.randint(0, 300))]
        cut = draw.randint(0, len(leaves))
        before = CompactRange()
        for leaf in leaves[:cut]:
            before.append(leaf)
        after = CompactRange(before.size, list(before.nodes))
        for leaf in leaves[cut:]:
            after.append(leaf)
        assert after.root == compute_root(leaves)
        assert len(after.nodes) == after.size.bit_count()


def _content(number: int) -> bytes:
    return f"event {number}".encode()
