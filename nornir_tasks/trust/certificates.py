"""Self-signed TLS certificates: each is remembered as it is, like a host key, and no other is accepted in its place."""

import hashlib
import socket
import ssl
from functools import cache


class OtherCertificate(ssl.SSLError):
    """Another certificate than the one that is pinned; nothing was sent."""

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(f"another certificate: expected {expected}, actual {actual}")
        self.expected, self.actual = expected, actual


class _Socket(ssl.SSLSocket):
    """A connection that checks the certificate before the first byte is sent."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands.

        Raises:
            OtherCertificate: the certificate is not the pinned one.
        """
        super().do_handshake(block)
        _require_pin(self)


class _Object(ssl.SSLObject):
    """The same for an event loop, which moves the bytes itself."""

    def do_handshake(self) -> None:
        """Shake hands, as far as what has come allows.

        Raises:
            OtherCertificate: the certificate is not the pinned one.
        """
        super().do_handshake()
        _require_pin(self)


def _require_pin(connection: ssl.SSLSocket | ssl.SSLObject) -> None:
    certificate = connection.getpeercert(binary_form=True) or b""
    pin = connection.context.pin if isinstance(connection.context, _Context) else b""
    if certificate != pin:
        raise OtherCertificate(format_der(pin), format_der(certificate))


class _Context(ssl.SSLContext):
    """TLS 1.2 or later, with one certificate.

    OpenSSL does not verify: it would refuse a switch's own certificate for its dates or its short key, and those
    say nothing of a certificate that was compared byte for byte.
    """

    sslsocket_class = _Socket
    sslobject_class = _Object
    pin = b""


@cache
def make_context(pem: bytes) -> ssl.SSLContext:
    """TLS that accepts this certificate, given in PEM, and no other.

    Raises:
        ValueError: it is no certificate.
    """
    tls_context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    _disable_verification(tls_context)
    tls_context.pin = ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
    return tls_context


def fetch(host: str, port: int, timeout: float) -> bytes:
    """The certificate that an address shows, in PEM; nothing else is sent.

    Args:
        port: of eAPI.
        timeout: seconds, for the connection and again for the handshake.

    Raises:
        OSError: there is no answer, or none with TLS.
    """
    tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _disable_verification(tls_context)
    with socket.create_connection((host, port), timeout) as plain, tls_context.wrap_socket(plain) as secured:
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True) or b"").encode()


def find_mismatch(error: BaseException | None) -> OtherCertificate | None:
    """The certificate mismatch that caused a driver's error; None if the cause is another."""
    while error is not None and not isinstance(error, OtherCertificate):
        error = error.__cause__ or error.__context__
    return error


def format_fingerprint(pem: bytes) -> str:
    """A certificate's fingerprint, as ``openssl x509 -fingerprint -sha256`` prints it."""
    return format_der(ssl.PEM_cert_to_DER_cert(pem.decode("ascii")))


def format_der(der: bytes) -> str:
    """The SHA-256 fingerprint of a certificate in DER."""
    return f"certificate SHA256:{hashlib.sha256(der).digest().hex(':').upper()}"


def _disable_verification(tls_context: ssl.SSLContext) -> None:
    """Ask no authority: the user of the context checks the certificate itself."""
    tls_context.minimum_version = ssl.TLSVersion.TLSv1_2
    tls_context.check_hostname = False
    tls_context.verify_mode = ssl.CERT_NONE
