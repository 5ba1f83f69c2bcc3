"""``scripts/health_check.py`` as a person, a scheduler and a cron job see it, with nothing there that answers."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from nornir_tasks.inventory.load import load_region
from tests.support.own_terminal import CTRL_C, OwnTerminal
from tests.support.reduced_inventory import ROOT

SWITCH = "loppa-acc-06"  # Cisco's: SSH alone
COMMAND = [sys.executable, "scripts/health_check.py"]
VERDICT = "loppa-acc-06 (Bergsfjord skole) cannot be looked into: unknown key"  # no lab has run here


@pytest.fixture(autouse=True, scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Addresses at which no lab has run: that of this worker may run, and its keys be known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FELLESDRIFT_LAB_PORT", str(int(os.environ["FELLESDRIFT_LAB_PORT"]) + 14))
        patch.setenv("FELLESDRIFT_LAB_DIR", str(tmp_path_factory.mktemp("lab")))
        patch.setenv("FELLESDRIFT_STATE", str(tmp_path_factory.mktemp("state")))
        yield


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the door."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@contextmanager
def hanging(where: Path) -> Iterator[dict[str, str]]:
    """At the switch's address somebody takes connections, and says nothing: the environment in which its key is known.

    Args:
        where: a folder for that.
    """
    endpoint = load_region().devices[SWITCH].endpoint
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    known = where / "known_hosts"
    known.write_text(f"[{endpoint.host}]:{endpoint.ssh_port} {key}\n")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((endpoint.host, endpoint.ssh_port))
        listener.listen(8)
        yield {"FELLESDRIFT_KNOWN_HOSTS": str(known)}


def on_terminal(*arguments: str, **environment: str) -> OwnTerminal:
    """The door on a terminal of its own."""
    return OwnTerminal([*COMMAND, *arguments], ROOT, {**os.environ, "TERM": "xterm", "NO_COLOR": "1", **environment})


def test_the_verdict_is_first_where_no_person_watches() -> None:
    """Nothing of the progress is printed then."""
    done = run(SWITCH)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{VERDICT}. First:\nNobody has noted its key")
    assert "Not known to be well (19 checks could not tell):\nloppa-acc-06: 19 checks: " in done.stdout
    assert done.stderr == ""


def test_a_plugin_leaves_with_its_own_four() -> None:
    """A key that is not known is our own matter, and so is a name that nobody knows; others are in the unit tests."""
    silent = run(SWITCH, "--format", "nagios")
    assert (silent.returncode, silent.stdout.count("\n")) == (3, 1)
    assert silent.stdout.startswith(f"HEALTH UNKNOWN - {VERDICT}.")
    for arguments in (("nowhere",), (SWITCH, "--output", "/dev/null/there")):
        refused = run(*arguments, "--format", "nagios")
        assert (refused.returncode, refused.stdout.count("\n")) == (3, 1), refused
        assert refused.stdout.startswith("HEALTH UNKNOWN - ")


def test_only_the_checks_that_were_named_are_made() -> None:
    """An unknown one is refused, with those that there are."""
    told = json.loads(run(SWITCH, "--check", "saved", "--check", "uplinks", "--format", "json").stdout)
    assert [answer["check"] for answer in told["checks"]] == ["saved", "uplinks"]
    assert told["healthy"] is False  # nobody has looked
    refused = run(SWITCH, "--check", "savd")
    assert refused.returncode == 2
    assert "error: --check: found 'savd', expected one of: cabling, " in refused.stderr
    assert "saved" in refused.stderr.rpartition(";")[2]


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    """Whoever reads it at any moment finds the last round; what is wrong is told beside it, and no draft is left."""
    file = tmp_path / "health.prom"
    done = run(SWITCH, "--format", "prometheus", "--output", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(VERDICT)
    first = file.read_text()
    assert first.endswith("\n")
    assert 'fellesdrift_health_incident_people{kind="entry",subject="loppa-acc-06"' in first
    refused = run("nowhere", "--format", "prometheus", "--output", str(file))
    assert refused.returncode == 2
    assert file.read_text() == first
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--watch",), "--watch: found a standard output that is no terminal"),
        (("--watch", "--format", "json"), "--watch: expected --format table"),
        (("--what-if", SWITCH, "--format", "html"), "--what-if: found --format html, expected table or json"),
        (("--lang", "de"), "'de' is not one of 'en', 'nb'"),
        (("--format", "xml"), "'xml' is not one of 'table', 'json'"),
    ],
)
def test_what_does_not_fit_together_is_refused(arguments: tuple[str, ...], words: str) -> None:
    done = run(SWITCH, *arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())


def test_the_page_is_in_the_language_that_was_asked_for() -> None:
    """By the option; else by the locale."""
    for arguments, locale, language in (
        (("--lang", "en"), "nb_NO.UTF-8", "en"),
        ((), "nb_NO.UTF-8", "nb"),
    ):
        page = run(SWITCH, "--format", "html", *arguments, LC_ALL=locale).stdout
        assert f'<html lang="{language}">' in page


def test_on_a_terminal_findings_come_as_they_are_known_and_the_verdict_is_last() -> None:
    door = on_terminal(SWITCH)
    assert door.ends(60) == 1
    lines = [line for line in door.printed.split("\n") if line.strip()]
    finding = next(number for number, line in enumerate(lines) if f"{SWITCH}: reachable: Expected an answer" in line)
    verdicts = [number for number, line in enumerate(lines) if VERDICT in line]
    assert len(verdicts) == 2
    assert finding < verdicts[0] < verdicts[1]
    assert len(lines) - verdicts[1] < 8


def test_no_two_seconds_are_silent_and_ctrl_c_is_heard_at_once(tmp_path: Path) -> None:
    """While a switch hangs: its login may take half a minute."""
    with hanging(tmp_path) as environment:
        door = on_terminal(SWITCH, **environment)
        door.read_until("asking 1 device", 60)
        seen, changed, longest = door.printed, time.monotonic(), 0.0
        end = changed + 5
        while time.monotonic() < end:
            door.read(0.1)
            if door.printed != seen:
                longest = max(longest, time.monotonic() - changed)
                seen, changed = door.printed, time.monotonic()
        assert max(longest, time.monotonic() - changed) < 2
        door.press(CTRL_C)
        pressed = time.monotonic()
        assert door.ends(5) == 130
        assert time.monotonic() - pressed < 2
    assert "Traceback" not in door.printed


def test_watching_begins_again_and_ends_well() -> None:
    """On a screen of its own, which is given back with the last verdict below what stood there before."""
    door = on_terminal(SWITCH, "--watch", "--every", "1")
    door.read_until("next in", 60)
    assert "\x1b[?1049h" in door.printed
    door.printed = ""
    door.read_until("1 not well", 30)  # of the second round: a screen is only written where it changes
    door.press(CTRL_C)
    assert door.ends(5) == 1  # that of the last round
    assert "Traceback" not in door.printed
    assert VERDICT in door.printed.rpartition("\x1b[?1049l")[2]
