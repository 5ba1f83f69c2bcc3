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
    password_bytes, salt_bytes = password.encode(), salt.encode()
    alternate = hashlib.sha512(password_bytes + salt_bytes + password_bytes).digest()
    first = password_bytes + salt_bytes + (alternate * (len(password_bytes) // 64 + 1))[: len(password_bytes)]
    length = len(password_bytes)
    while length:
        first += alternate if length & 1 else password_bytes
        length >>= 1
    digest = hashlib.sha512(first).digest()
    password_sequence = (
        hashlib.sha512(password_bytes * len(password_bytes)).digest() * (len(password_bytes) // 64 + 1)
    )[: len(password_bytes)]
    salt_sequence = (hashlib.sha512(salt_bytes * (16 + digest[0])).digest() * (len(salt_bytes) // 64 + 1))[
        : len(salt_bytes)
    ]
    for round_number in range(ROUNDS):
        step = password_sequence if round_number & 1 else digest
        step += salt_sequence if round_number % 3 else b""
        step += password_sequence if round_number % 7 else b""
        step += digest if round_number & 1 else password_sequence
        digest = hashlib.sha512(step).digest()
    text = "".join(
        _encode_letters(digest[high] << 16 | digest[middle] << 8 | digest[low], 4) for high, middle, low in _TRIPLES
    )
    return f"$6${salt}${text}{_encode_letters(digest[63], 2)}"


def _encode_letters(value: int, count: int) -> str:
    return "".join(ALPHABET[value >> 6 * index & 63] for index in range(count))
