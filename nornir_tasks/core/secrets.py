"""The secrets that this process knows, and a text without them.

Two kinds. What it logs in with is masked wherever its letters stand. What a device's configuration holds (hashes, keys,
communities) is masked as a word of its own, and only if it stands out: a community `public`, or one that is the name of
a municipality, would else blot out half of a plan for the person who approves it. On its own line of a configuration
the platform masks every secret, whatever it is.
"""

import html
import json
import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from secrets import randbelow
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 4  # characters: a shorter secret would blot out half of every text
SHORTEST_STORED = 8  # of a device's: below that a hash says little, and a word may be anybody's
LONG = 20  # what is as long and holds a digit is a hash, unless it has the form of a name
# A word, perhaps with a number behind it (Ethernet1/0/1); a host's name; an address or a number.
NAME = re.compile(r"(?:[A-Za-z]+-)*[A-Za-z]+[\d/.]*|[a-z0-9]+(?:[-_.][a-z0-9]+)+|[\d.:/]+")
WORD = re.compile(rf"[^\s\"'`\\<>,;:()\[\]{{}}|]{{{SHORTEST_STORED},}}")
ENDS = ".!?"  # of a sentence; a hash may end in a point, too
FIRST_PRIVATE, PRIVATE = 0xE000, 0x1900  # letters that mean nothing to anybody (Unicode's private use area)
TOKEN = 12  # of them name a secret
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

    def replace(self, text: str, name: Callable[[str], str]) -> str:
        """The text with another name for each of them. Each word is looked up: thousands cost no more than one."""
        for phrase in self.phrases:
            if phrase in text:
                text = text.replace(phrase, name(phrase))
        if self.words:
            words = set(WORD.findall(text))
            words |= {part for word in words if word[-1] in ENDS for part in (word[:-1], word.rstrip(ENDS))}
            words |= {word.partition("=")[2] for word in words if "=" in word}
            for word in sorted(words & self.words, key=len, reverse=True):
                text = text.replace(word, name(word))
        return text


_store = SecretStore()


def remember_secret(secret: str) -> None:
    """Mask this from now on wherever it stands, also as others quote it: what the process logs in with."""
    _store.add(phrases=[text for text in _list_forms(secret) if len(text) >= SHORTEST])


def remember_stored(secrets: Iterable[str]) -> None:
    """Mask from now on what a device's configuration holds, if it stands out: ``9 $9$…``, a hash with its form."""
    parts = {part for secret in secrets for part in secret.split() if stands_out(part)} - _store.words
    if parts:
        words = {part for part in parts if WORD.fullmatch(part)}
        _store.add([form for part in parts - words for form in _list_forms(part)], words)


def mask_secrets(text: str) -> str:
    """The text without any secret that this process has remembered."""
    return _store.replace(text, lambda secret: "<secret>")


def mask_texts(value: Any) -> Any:
    """A value of JSON without any secret in its texts and keys; a number stays one, whatever a password looks like."""
    if isinstance(value, Mapping):
        return {mask_secrets(key) if isinstance(key, str) else key: mask_texts(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [mask_texts(part) for part in value]
    return mask_secrets(value) if isinstance(value, str) else value


def hide_secrets(value: Any) -> tuple[Any, dict[str, str]]:
    """A value for a file that others read: with a token in the place of every secret that this process has remembered.

    A device may hold anything anywhere: a description that repeats the password is not the platform's to mask.

    Args:
        value: texts, numbers, and lists and mappings of them.

    Returns:
        The value, and what each token stands for: to be sealed.
    """
    tokens: dict[str, str] = {}

    def name(secret: str) -> str:
        if secret not in tokens:  # private letters, at random: no secret holds them, and nobody can have written one
            tokens[secret] = "".join(chr(FIRST_PRIVATE + randbelow(PRIVATE)) for _ in range(TOKEN))
        return tokens[secret]

    hidden = _map_texts(value, lambda text: _store.replace(text, name))
    return hidden, {token: secret for secret, token in tokens.items()}


def reveal_secrets(value: Any, tokens: Mapping[str, str]) -> Any:
    """The reverse of ``hide_secrets``; each secret is remembered, since this process may not have known it."""

    def reveal(text: str) -> str:
        for token, secret in tokens.items():
            text = text.replace(token, secret)
        return text

    for secret in tokens.values():
        remember_secret(secret)
    return _map_texts(value, reveal) if tokens else value


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _map_texts(part, change) for key, part in value.items()}
    return [_map_texts(part, change) for part in value] if isinstance(value, list | tuple) else value


def stands_out(secret: str) -> bool:
    """Whether a device's secret could be nothing else: no word, and no name of a host, a port or a VLAN."""
    if len(secret) < SHORTEST_STORED or NAME.fullmatch(secret):
        return False
    has_digit, has_capital = any(map(str.isdigit, secret)), any(map(str.isupper, secret))
    return not set(secret) <= PLAIN or (has_digit and (has_capital or len(secret) >= LONG))


def _list_forms(secret: str) -> set[str]:
    """The secret, and as others write it: JSON, Python, YAML, a shell, a page, an address, a login over HTTP."""
    content = secret.encode(errors="surrogatepass")
    quoted = (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret), repr(content)[1:])
    return {
        secret,
        *(text[1:-1] for text in quoted),
        secret.replace("'", "''"),
        secret.replace("'", """'"'"'"""),
        html.escape(secret),
        html.escape(secret, quote=False),
        quote(content),
        quote(content, safe=""),
        quote_plus(content),
        *_list_base64(content),
    }


def _list_base64(content: bytes) -> Iterator[str]:
    """What base64 makes of it behind any other bytes, but for the letters that it shares with these."""
    for before in range(3):
        letters = b64encode(bytes(before) + content).decode()
        yield letters[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
