"""The certificates that ``FELLESDRIFT_EOS_CA`` names: a CA's, or the switches' own."""

import ssl
from functools import cache
from pathlib import Path

from nornir_tasks.core.bounds import read_file
from nornir_tasks.core.errors import PlatformError


@cache
def make_tls_context(ca_file: str | None) -> ssl.SSLContext | None:
    """TLS that accepts these certificates and those that they signed; made once: reading the file takes time."""
    if not ca_file:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    try:
        # Letters outside of the certificates are comments.
        context.load_verify_locations(cadata=read_file(Path(ca_file)).decode("ascii", "ignore"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PlatformError(
            f"FELLESDRIFT_EOS_CA: expected certificates in PEM at {ca_file}, found: {reason or type(error).__name__}"
        ) from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a switch's own certificate may be trusted as it is
    return context
