"""SHA-512 crypt, the form in which EOS stores passwords, by the algorithm that Ulrich Drepper published in 2007.

Python has had no ``crypt`` since 3.13, and the libraries that replace it are older than it is.
"""

import hashlib
import secrets

ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ROUNDS = 5000
_TRIPLES = (
    (0, 21, 42), (22, 43, 1), (44, 2, 23), (3, 24, 45), (25, 46, 4), (47, 5, 26), (6, 27, 48), (28, 49, 7), (50, 8, 29),
    (9, 30, 51), (31, 52, 10), (53, 11, 32), (12, 33, 54), (34, 55, 13), (56, 14, 35), (15, 36, 57), (37, 58, 16),
    (59, 17, 38), (18, 39, 60), (40, 61, 19), (62, 20, 41),
)  # fmt: skip


def sha512_crypt(password: str, salt: str | None = None) -> str:
    """The stored form ``$6$salt$…``; the salt is random unless given."""
    salt = (salt or "".join(secrets.choice(ALPHABET) for _ in range(16)))[:16]
    word, grain = password.encode(), salt.encode()
    other = hashlib.sha512(word + grain + word).digest()
    first = word + grain + (other * (len(word) // 64 + 1))[: len(word)]
    length = len(word)
    while length:
        first += other if length & 1 else word
        length >>= 1
    digest = hashlib.sha512(first).digest()
    repeated = (hashlib.sha512(word * len(word)).digest() * (len(word) // 64 + 1))[: len(word)]
    grains = (hashlib.sha512(grain * (16 + digest[0])).digest() * (len(grain) // 64 + 1))[: len(grain)]
    for turn in range(ROUNDS):
        step = repeated if turn & 1 else digest
        step += grains if turn % 3 else b""
        step += repeated if turn % 7 else b""
        step += digest if turn & 1 else repeated
        digest = hashlib.sha512(step).digest()
    text = "".join(_letters(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in _TRIPLES)
    return f"$6${salt}${text}{_letters(digest[63], 2)}"


def _letters(value: int, count: int) -> str:
    return "".join(ALPHABET[value >> 6 * place & 63] for place in range(count))
