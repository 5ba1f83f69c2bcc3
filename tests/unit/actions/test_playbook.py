"""What Ansible's plugins share, without Ansible."""

import errno

import pytest

from nornir_tasks.actions import playbook
from nornir_tasks.config.diff import count_diff_lines
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.secrets import remember_secret


def test_a_diff_is_counted() -> None:
    """What comes and what goes; the lines it stands under do not count."""
    assert count_diff_lines("  interface Ethernet7\n-  shutdown\n+  no switchport\n+  mtu 9214\n") == (2, 1)
    assert count_diff_lines("") == (0, 0)


def test_a_batch_never_reaches_into_the_next_wave() -> None:
    """Each wave is split by itself; without ``serial`` it is one batch."""
    wave = ["a", "b", "c", "d", "e"]
    assert [len(batch) for batch in playbook.batches(wave, "2")] == [2, 2, 1]
    assert playbook.batches(wave, "") == [wave]
    assert playbook.batches([], "") == []


@pytest.mark.parametrize("serial", ["0", "-1", "many"])
def test_a_serial_that_is_no_number_is_refused(serial: str) -> None:
    """With what was found and what was expected."""
    with pytest.raises(playbook.UsageError, match=f"found '{serial}'"):
        playbook.batches(["a"], serial)


def test_an_error_becomes_a_failed_result_of_lines() -> None:
    """One line for each thing that is wrong."""

    def work() -> playbook.Result:
        raise FellesdriftError("two things:\n  this\n  that")

    result = playbook.answer(work)
    assert result["failed"]
    assert result["fellesdrift"] == ["two things:", "  this", "  that"]


def test_check_mode_says_that_nothing_was_written() -> None:
    """And how much would be."""
    result = playbook.close_check({"a": "+ x\n- y\n", "b": ""})
    assert result["msg"] == "check: 1 of 2 switches would change, +1 −1 lines; nothing was written"
    assert playbook.preview("")["changed"] is False
    assert playbook.preview("+ x\n")["changed"] is True


def test_no_error_goes_past_us_to_ansible() -> None:
    """It would print what a device said as it is, and a stack of calls for a full disk."""

    def fill_disk() -> playbook.Result:
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/state/plans/x")

    def fail() -> playbook.Result:
        raise ValueError("no number: nordlys-91\x1b[2J")

    remember_secret("nordlys-91")
    assert playbook.answer(fill_disk)["fellesdrift"] == ["/srv/state/plans/x: No space left on device"]
    told = playbook.answer(fail)
    assert told["failed"]
    assert told["fellesdrift"][0].startswith("Traceback")
    assert told["fellesdrift"][-1] == "ValueError: no number: <secret>\\x1b[2J"
