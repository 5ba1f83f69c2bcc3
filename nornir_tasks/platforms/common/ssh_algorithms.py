"""What a reading offers a switch over SSH: key exchanges, ciphers, codes and keys, the old ones last."""

from functools import lru_cache

import asyncssh

# What old switches offer comes last: AOS-S 16 and IOS 15.2 know SHA-1 and CBC only, depending on their settings.
KEX = [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group-exchange-sha1",
]
CIPHERS = [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
    "aes128-cbc",
    "aes192-cbc",
    "aes256-cbc",
    "3des-cbc",
]
MACS = [
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha1",
    "hmac-md5",
    "hmac-sha1-96",
    "hmac-md5-96",
]
HOST_KEYS = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
]
RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")  # signatures by a key that is noted as ``ssh-rsa``


@lru_cache(maxsize=16)
def make_options(key_types: tuple[str, ...]) -> asyncssh.SSHClientConnectionOptions:
    """How to log in where keys of these types are known; making it takes a millisecond."""
    known = [name for kind in key_types for name in (RSA if kind == "ssh-rsa" else (kind,))]
    return asyncssh.SSHClientConnectionOptions(
        # Trusted keys come by ``validate_host_public_key``, so that another key can be told.
        known_hosts=([], [], []),
        # Other types behind the known ones: who shows a key of one is told apart from who cannot be talked to.
        server_host_key_algs=list(dict.fromkeys([*known, *HOST_KEYS])),
        kex_algs=KEX,
        encryption_algs=CIPHERS,
        mac_algs=MACS,
        compression_algs=["none"],
        client_keys=None,
        agent_path=None,
        config=None,
        gss_host=None,
        preferred_auth=["password", "keyboard-interactive"],
    )
