"""The reader's language: what is chosen, and what is filled in."""

import pytest

from nornir_tasks.core.language import (
    ENGLISH,
    NORWEGIAN,
    find_language,
    get_language,
    mark,
    speak,
    translate,
    translate_count,
)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, ENGLISH),
        ({"LANG": "C"}, ENGLISH),
        ({"LANG": "en_GB.UTF-8"}, ENGLISH),
        ({"LANG": "nb_NO.UTF-8"}, NORWEGIAN),
        ({"LANG": "nn_NO"}, NORWEGIAN),
        ({"LANG": "no"}, NORWEGIAN),
        ({"LANG": "nb_NO.UTF-8", "LC_MESSAGES": "C"}, ENGLISH),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "", "LC_ALL": "nb_NO"}, NORWEGIAN),
        ({"LANG": "se_NO.UTF-8"}, ENGLISH),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], language: str) -> None:
    """The order is POSIX's; what is set to nothing is not set."""
    assert find_language(environment) == language


def test_values_are_filled_in_and_braces_of_a_text_without_them_stay() -> None:
    """A device's words may hold braces: they are values, and are never read as a text."""
    assert translate("{who} said {what}", who="loppa-core-01", what="{who}") == "loppa-core-01 said {who}"
    assert translate("an {odd} text") == "an {odd} text"


def test_a_number_chooses_the_form() -> None:
    """None is many."""
    counted = [translate_count("{count} user", "{count} users", count) for count in (0, 1, 2)]
    assert counted == ["0 users", "1 user", "2 users"]


def test_a_language_lasts_as_long_as_it_is_spoken() -> None:
    """A text that no catalogue has is told in English in every language."""
    with speak(NORWEGIAN):
        assert get_language() == NORWEGIAN
        assert translate(mark("a text that no catalogue will ever have")) == "a text that no catalogue will ever have"
    assert get_language() == ENGLISH
    assert translate("{count}", count=1) == "1"
