"""TLS certificates that nobody signed: each is remembered as it is, like a host key, and no other is taken for it."""

import hashlib
import socket
import ssl
from functools import cache


class OtherCertificate(ssl.SSLError):
    """Another certificate than the one that is pinned; nothing was sent."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"another certificate: expected {expected}, actual {found}")
        self.expected, self.found = expected, found


class _Socket(ssl.SSLSocket):
    """A connection that looks who answers before the first byte is sent."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, and hang up on anybody else."""
        super().do_handshake(block)
        found = self.getpeercert(binary_form=True) or b""
        pin = self.context.pin if isinstance(self.context, _Context) else b""
        if found != pin:
            raise OtherCertificate(shown(pin), shown(found))


class _Context(ssl.SSLContext):
    """TLS 1.2 or later, with one certificate.

    OpenSSL is not asked to verify: it would refuse a switch's own certificate for its dates or its short key, and those
    say nothing of a certificate that was compared byte for byte.
    """

    sslsocket_class = _Socket
    pin = b""


@cache
def context(pem: bytes) -> ssl.SSLContext:
    """TLS with whoever holds this certificate, and with nobody else.

    Raises:
        ValueError: it is no certificate.
    """
    made = _Context(ssl.PROTOCOL_TLS_CLIENT)
    _ask_nobody(made)
    made.pin = ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
    return made


def fetch(host: str, port: int, timeout: float) -> bytes:
    """The certificate that an address shows, in PEM; nothing else is asked or said.

    Raises:
        OSError: nobody answers, or not with TLS.
    """
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _ask_nobody(anybody)
    with socket.create_connection((host, port), timeout) as plain, anybody.wrap_socket(plain) as secured:
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True) or b"").encode()


def behind(error: BaseException | None) -> OtherCertificate | None:
    """The other certificate that lies behind a driver's error, if one does."""
    while error is not None and not isinstance(error, OtherCertificate):
        error = error.__cause__ or error.__context__
    return error


def fingerprint(pem: bytes) -> str:
    """A certificate for people, as ``openssl x509 -fingerprint -sha256`` prints it."""
    return shown(ssl.PEM_cert_to_DER_cert(pem.decode("ascii")))


def shown(der: bytes) -> str:
    """A certificate for people."""
    return f"certificate SHA256:{hashlib.sha256(der).digest().hex(':').upper()}"


def _ask_nobody(made: ssl.SSLContext) -> None:
    """No authority is asked: whoever uses the context looks at the certificate."""
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
