"""The reader's language: texts are written in English, and put into Norwegian where they are told.

Translations are gettext's, one catalogue a language: ``nornir_tasks/locale/<language>/LC_MESSAGES/fellesdrift.po``.
After a text has changed, ``pybabel extract --no-default-keywords -k mark -k translate -k translate_count:1,2``,
``pybabel update`` and, once it is translated, ``pybabel compile``.
"""

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

CATALOGUES = Path(__file__).resolve().parents[1] / "locale"
DOMAIN = "fellesdrift"
ENGLISH, NORWEGIAN = "en", "nb"
LANGUAGES = (ENGLISH, NORWEGIAN)
WRITTEN_NORWEGIAN = ("nb", "no", "nn")  # whoever has set one of them reads Bokmål sooner than English

_language = ENGLISH  # of the process, its threads with it


def find_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language that the locale asks for: one of ``LANGUAGES``; English where it asks for none of them.

    Args:
        environment: with ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``: POSIX's order, the first that is set.
    """
    asked = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return NORWEGIAN if asked.lower().startswith(WRITTEN_NORWEGIAN) else ENGLISH


@contextmanager
def speak(language: str) -> Iterator[None]:
    """What the process translates meanwhile is in this language, whichever thread does it."""
    global _language
    before, _language = _language, language
    try:
        yield
    finally:
        _language = before


def get_language() -> str:
    """What the process speaks: one of ``LANGUAGES``."""
    return _language


def mark(message: str) -> str:
    """The text itself: one that is declared here, and translated where it is told."""
    return message


def translate(message: str, **values: object) -> str:
    """A text in the reader's language.

    Args:
        message: in English: a literal, or one that ``mark`` was around; ``{name}`` for each value.
        values: what is filled in, each translated already if it has to be.

    Returns:
        The text, with its values; in English where the catalogue does not have it.
    """
    # A catalogue keeps its own header under the empty message.
    return _fill(_load(_language).gettext(message), values) if message else ""


def translate_count(singular: str, plural: str, count: int, **values: object) -> str:
    """A text with a number, in the reader's language.

    Args:
        singular: in English, for one; a literal; ``{count}`` for the number.
        plural: for any other number.
        count: the number.
        values: as for ``translate``.
    """
    return _fill(_load(_language).ngettext(singular, plural, count), {**values, "count": count})


def _fill(text: str, values: Mapping[str, object]) -> str:
    return text.format_map(values) if values else text


@cache
def _load(language: str) -> gettext.NullTranslations:
    """A language's catalogue; English has none: its texts are the messages."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, CATALOGUES, [language])
