"""What Ansible answers, and what is printed beside it."""

import pytest

from nornir_tasks.inventory.load import InventoryError, parse_listing


def test_what_is_printed_beside_the_listing_is_none_of_it() -> None:
    """By a plugin, or by Ansible itself, where it cannot remove its temporary folder."""
    around = 'a plugin says {"hosts"}\n{}\nUnable to remove temporary file /root/.ansible/tmp/x\n'
    assert parse_listing(around.replace("{}", '{"_meta": {"hosts": {}}}')) == {"_meta": {"hosts": {}}}


@pytest.mark.parametrize("output", ["", "nothing here", "{cut off", "{not json}"])
def test_no_listing_is_told(output: str) -> None:
    """With what was printed instead."""
    with pytest.raises(InventoryError, match="expected its listing"):
        parse_listing(output)
