"""The one way out: no secret and nothing that a terminal obeys, whatever the way it came."""

import io
import json
import sys

import pytest

from nornir_tasks.cli.terminal import run_guarded
from nornir_tasks.core import secrets
from nornir_tasks.core.errors import FellesdriftError, describe_error
from nornir_tasks.core.output import SafeStream, make_safe, make_safe_json

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
    "evil", [CLEAR, TITLE, HIDE, "\x1b[30;1m", "\r", "\x9b2J", "\u202e", "\u2028", "\x00", "\x85", "\x0b"]
)
def test_what_a_terminal_obeys_is_shown_in_figures(evil: str) -> None:
    """And lines, tabs and letters of any language stay."""
    safe = make_safe(f"description Måsøy\t{evil}\nend")
    assert safe.startswith("description Måsøy\t\\x")
    assert safe.endswith("\nend")
    assert safe.replace("\n", "").replace("\t", "").isprintable()


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


def test_an_error_of_a_codec_does_not_hold_what_it_could_not_read() -> None:
    """Its ``repr`` does."""
    with pytest.raises(UnicodeEncodeError) as failed:
        "pass\udcffword".encode()
    assert "pass" in repr(failed.value)
    assert "pass" not in describe_error(failed.value)
