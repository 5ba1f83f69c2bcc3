"""The one way out: no secret and nothing that a terminal obeys, whatever the way it came."""

import io
import json
import sys
from collections.abc import Callable

import pytest
from rich.table import Table
from rich.text import Text

from nornir_tasks.cli.terminal import run_guarded
from nornir_tasks.core import secrets
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.output import SafeStream, make_safe, make_safe_json
from nornir_tasks.core.terminal import make_console

SECRET = 'c4n4ry-"Nordlys"-ø'
CLEAR, TITLE, HIDE = "\x1b[2J\x1b[H", "\x1b]0;mine\x07", "\x1b[8m\x1b[30m"


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _known() -> None:
    """What this process knows, for this test alone."""
    secrets.remember_secret(SECRET)


@pytest.mark.parametrize(
    "evil",
    [
        *(CLEAR, TITLE, HIDE, "\x1b[30;1m", "\r", "\x9b2J", "\u202e", "\u2028", "\x00", "\x85", "\x0b"),
        *("\u200b", "\u3164", "\u115f", "\u2800", "\ufe0f", "\u034f", "\U000e0101", "\U000e0041", "\xad", "\ud800"),
    ],
)
def test_what_a_terminal_obeys_is_shown_in_figures(evil: str) -> None:
    """And lines, tabs and letters of any language stay."""
    safe = make_safe(f"description Måsøy\t{evil}\nend")
    assert safe.startswith("description Måsøy\t\\x")
    assert safe.endswith("\nend")
    assert safe.replace("\n", "").replace("\t", "").isprintable()


def test_no_pile_of_marks_covers_the_lines_above() -> None:
    """A letter with its own marks stays as it is, also where they are written apart (from a Mac)."""
    assert make_safe("Ma\u030aso\u0308y, Việt Nam: ê\u0301") == "Ma\u030aso\u0308y, Việt Nam: ê\u0301"
    assert make_safe("a" + "\u0301" * 5) == "a" + "\u0301" * 3 + "\\x301" * 2


def test_colours_of_ours_pass_on_a_terminal_alone() -> None:
    """Not letters that are hidden, nor a screen that is cleared; and nothing at all where it is piped."""
    for stream, kept in ((Terminal(), True), (io.StringIO(), False)):
        safe = SafeStream(stream)
        safe.write("\x1b[1;31mred\x1b[0m")
        safe.write(CLEAR + HIDE)
        assert ("\x1b[1;31mred\x1b[0m" in stream.getvalue()) is kept
        assert "\x1b[8m" not in stream.getvalue()
        assert "\x1b[2J" not in stream.getvalue()


def test_a_secret_is_masked_on_every_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Printed, as an error, and in JSON, which stays JSON."""

    def work() -> int:
        print(f"the switch said {SECRET}", file=sys.stderr)
        print(make_safe_json({"words": f"{SECRET} {CLEAR}\u202e\x9b"}))
        raise FellesdriftError(f"refused: {SECRET}")

    with pytest.raises(SystemExit):
        run_guarded(work)
    out, err = capsys.readouterr()
    assert "c4n4ry" not in out + err
    assert "\x1b" not in out + err
    assert json.loads(out) == {"words": f"<secret> {CLEAR}\u202e\x9b"}
    assert err == "the switch said <secret>\nerror: refused: <secret>\n"


def test_a_bug_goes_the_same_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Its traceback says where; what a device put into its words is no more obeyed than anywhere else."""

    def work() -> int:
        raise ValueError(f"no number: {SECRET}{CLEAR}")

    with pytest.raises(SystemExit) as ended:
        run_guarded(work)
    err = capsys.readouterr().err
    assert ended.value.code == 1
    assert err.startswith("Traceback")
    assert err.endswith("ValueError: no number: <secret>\\x1b[2J\\x1b[H\n")
    assert "c4n4ry" not in err


def test_too_little_memory_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever set the limit can act on that."""

    def work() -> int:
        raise MemoryError

    with pytest.raises(SystemExit):
        run_guarded(work)
    assert capsys.readouterr().err.startswith("error: there is not enough memory")


@pytest.mark.parametrize("form", [str, Text, lambda text: Text.assemble(("gate: ", "bold"), text)])
def test_a_secret_is_masked_before_it_is_broken(form: Callable[[str], str | Text]) -> None:
    """On two lines of a table or of a paragraph it would not be known."""
    stream = io.StringIO()
    console = make_console(stream)
    for before in range(60, 80):
        console.print(form(f"{'x' * before} {SECRET}"))
        grid = Table.grid()
        grid.add_column(overflow="fold")
        grid.add_row(form(f"{'x' * before}{SECRET}"))
        console.print(grid)
    told = stream.getvalue().replace("\n", "")
    assert "c4n4" not in told
    assert "Nord" not in told


def test_an_error_of_a_codec_does_not_hold_what_it_could_not_read() -> None:
    """Its ``repr`` does."""
    with pytest.raises(UnicodeEncodeError) as failed:
        "pass\udcffword".encode()
    assert "pass" in repr(failed.value)
    assert "pass" not in describe_error(failed.value)
