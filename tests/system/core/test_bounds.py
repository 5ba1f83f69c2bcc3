"""A program that the tools start: its outputs come whole and apart, and one that does not end is ended."""

import time

import pytest

from nornir_tasks.core.bounds import MB, AnswerTooLong, run_program


def test_outputs_come_apart_and_input_goes_in() -> None:
    """More than a pipe holds in each direction at once: nobody waits for the other."""
    text = "a line\n" * 100_000
    done = run_program(["sh", "-c", "tee /dev/stderr; exit 3"], text=text)
    assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (3, text, text)


def test_a_program_that_reads_nothing_may_end_first() -> None:
    """Its end counts, not that it left its input."""
    assert run_program(["true"], text="x" * MB).returncode == 0


def test_one_that_never_stops_talking_is_killed() -> None:
    """At the bound; on either output."""
    for command in ("yes", "yes >&2"):
        with pytest.raises(AnswerTooLong) as refused:
            run_program(["sh", "-c", command], limit=MB)
        assert refused.value.strerror == "more than 1 MB of output"


@pytest.mark.parametrize("command", [["sleep", "60"], ["sh", "-c", "exec >&- 2>&-; sleep 60"]])
def test_one_that_does_not_end_is_killed(command: list[str]) -> None:
    """Also when its outputs have ended already."""
    begun = time.monotonic()
    with pytest.raises(AnswerTooLong) as refused:
        run_program(command, seconds=0.5)
    assert refused.value.strerror == "no end within 0.5 s"
    assert time.monotonic() - begun < 30
