"""The secrets that this process knows, and a text without them.

Two kinds. What it logs in with is masked wherever its letters stand. What a device's configuration holds (hashes, keys,
communities) is masked as a word of its own, and only if it stands out: a community `public`, or one that is the name of
a municipality, would else blot out half of a plan for the person who approves it. On its own line of a configuration
the platform masks every secret, whatever it is.
"""

import json
import re
import threading
from collections.abc import Iterable
from functools import partial

SHORTEST = 4  # characters: a shorter secret would blot out half of every text
SHORTEST_STORED = 8  # of a device's: below that a hash says little, and a word may be anybody's
LONG = 20  # what is as long and holds a digit is a hash, unless it has the form of a name
# A word, perhaps with a number behind it (Ethernet1/0/1); a host's name; an address or a number.
NAME = re.compile(r"(?:[A-Za-z]+-)*[A-Za-z]+[\d/.]*|[a-z0-9]+(?:[-_.][a-z0-9]+)+|[\d.:/]+")
WORD = re.compile(rf"[^\s\"'`\\<>,;:()\[\]{{}}|]{{{SHORTEST_STORED},}}")
ENDS = ".!?"  # of a sentence; a hash may end in a point, too
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")


class SecretStore:
    """What is known. ``phrases`` are masked wherever they stand, ``words`` as words of their own."""

    def __init__(self) -> None:
        self.phrases: tuple[str, ...] = ()  # the longest first, since one may hold another
        self.words: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def add(self, phrases: Iterable[str] = (), words: Iterable[str] = ()) -> None:
        """Know more."""
        with self._lock:
            self.phrases = tuple(sorted({*self.phrases, *phrases}, key=len, reverse=True))
            self.words = self.words.union(words)

    def mask(self, text: str) -> str:
        """The text with ``<secret>`` in the place of each. Each word is looked up: thousands cost no more than one."""
        for phrase in self.phrases:
            text = text.replace(phrase, "<secret>")
        if self.words:
            words = set(WORD.findall(text))
            words |= {part for word in words if word[-1] in ENDS for part in (word[:-1], word.rstrip(ENDS))}
            words |= {word.partition("=")[2] for word in words if "=" in word}
            for word in sorted(words & self.words, key=len, reverse=True):
                text = text.replace(word, "<secret>")
        return text


_store = SecretStore()


def remember_secret(secret: str) -> None:
    """Mask this from now on wherever it stands, also as JSON or Python quote it: what the process logs in with."""
    _store.add(phrases=[text for text in _list_forms(secret) if len(text) >= SHORTEST])


def remember_stored(secrets: Iterable[str]) -> None:
    """Mask from now on what a device's configuration holds, if it stands out: ``9 $9$…``, a hash with its form."""
    parts = {part for secret in secrets for part in secret.split() if stands_out(part)} - _store.words
    if parts:
        words = {part for part in parts if WORD.fullmatch(part)}
        _store.add([form for part in parts - words for form in _list_forms(part)], words)


def mask_secrets(text: str) -> str:
    """The text without any secret that this process has remembered."""
    return _store.mask(text)


def stands_out(secret: str) -> bool:
    """Whether a device's secret could be nothing else: no word, and no name of a host, a port or a VLAN."""
    if len(secret) < SHORTEST_STORED or NAME.fullmatch(secret):
        return False
    has_digit, has_capital = any(map(str.isdigit, secret)), any(map(str.isupper, secret))
    return not set(secret) <= PLAIN or (has_digit and (has_capital or len(secret) >= LONG))


def _list_forms(secret: str) -> set[str]:
    ways = (json.dumps, partial(json.dumps, ensure_ascii=False), repr)
    return {secret, *(quote(secret)[1:-1] for quote in ways)}
