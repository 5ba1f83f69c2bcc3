"""The certificate that a switch makes itself for its HTTPS server: running shows it whole, startup names its file."""

import hashlib
import re

FILE = "nvram:IOS-Self-Sig#1.cer"
WORDS = 8  # of eight digits, to a line
LINES = 18
_SHOWN = re.compile(r"^( certificate self-signed \S+)\n(?:  [0-9A-F ]+\n)+  \tquit$", re.M)


def trustpoint(serial: str) -> str:
    """The name of a switch's own trustpoint."""
    return f"TP-self-signed-{int(hashlib.sha256(serial.encode()).hexdigest()[:8], 16)}"


def _digits(name: str) -> str:
    """What stands for a certificate: the same for the same trustpoint, wherever it is read from."""
    words: list[str] = []
    for number in range(LINES):
        digest = hashlib.sha256(f"{name} {number}".encode()).hexdigest().upper()
        words += [digest[start : start + 8] for start in range(0, 64, 8)]
    lines = [" ".join(words[start : start + WORDS]) for start in range(0, len(words), WORDS)]
    return "\n".join(f"  {line}" for line in lines)


def shown(name: str, typed: str) -> str:
    """A certificate's line as running shows it: its digits under it, and ``quit``.

    Args:
        name: of the trustpoint that it belongs to.
        typed: ``certificate self-signed 01``, and after it the digits or the file that holds them.
    """
    head = re.match(r"certificate \S+ \S+", typed)
    assert head is not None
    rest = typed[head.end() :].replace("quit", " ").split()
    if not rest or rest[0].startswith("nvram:"):
        digits = _digits(name)
    else:
        digits = "\n".join(f"  {' '.join(rest[start : start + WORDS])}" for start in range(0, len(rest), WORDS))
    return f"{head[0]}\n{digits}\n  \tquit"


def in_nvram(text: str) -> str:
    """A configuration as startup shows it: a certificate that the switch made itself is named by its file."""
    return _SHOWN.sub(rf"\1 {FILE}", text)


def ended(text: str) -> bool:
    """Whether a certificate's ``quit`` has come, or none is to come."""
    if not re.match(r"\s*certificate\s", text) or "nvram:" in text.split("\n", maxsplit=1)[0]:
        return True
    return text.rstrip().endswith("quit")
