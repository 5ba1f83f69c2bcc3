"""How what became of a device is put in words."""

import pytest

from nornir_tasks.change.outcome import end_sentence


@pytest.mark.parametrize(
    ("words", "told"), [("no space", "no space."), ("make some.", "make some."), ("is it?", "is it?")]
)
def test_a_sentence_ends_once(words: str, told: str) -> None:
    assert end_sentence(words) == told
