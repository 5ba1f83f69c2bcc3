"""What is typed after ``change.py plan``: read into what it means, or refused with what was expected."""

import pytest

from nornir_tasks.cli.change_arguments import read_options
from nornir_tasks.core.errors import UsageError


def test_unknown_lines_are_read_by_switch() -> None:
    """A line may hold colons and spaces of its own; a switch may have several."""
    accepted = ["a-1: + udld enable", "a-1: - interface Vlan1 / ip policy x: y", "b-2: ~ ip access-list extended X"]
    options = read_options("", None, None, accepted, None)
    assert options.accepted == {
        "a-1": ("+ udld enable", "- interface Vlan1 / ip policy x: y"),
        "b-2": ("~ ip access-list extended X",),
    }


@pytest.mark.parametrize("option", ["udld enable", "a-1:+ udld enable", "a-1: udld enable", ": + udld enable", ""])
def test_what_is_no_line_of_a_switch_is_refused(option: str) -> None:
    """Before anything is read."""
    with pytest.raises(UsageError, match="expected 'SWITCH: \\+ LINE'"):
        read_options("", None, None, [option], None)
