"""``scripts/change.py verify``: whether the journal is what its checkpoints say."""

from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.change_arguments import require_reason
from nornir_tasks.cli.options import Format, FormatOption
from nornir_tasks.core.bounds import read_text
from nornir_tasks.core.errors import UsageError
from nornir_tasks.core.exit_codes import CLEAN, WRONG
from nornir_tasks.core.text import count_noun
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal import verification, witnesses
from nornir_tasks.journal.checkpoint import find_notes
from nornir_tasks.journal.signed_note import NoteError, VerifierKey
from nornir_tasks.journal.verification import Verification, Witnessed

HELP = """Whether somebody has changed the journal: read all of it, and compare it with every checkpoint there is.

\b
A checkpoint is a signed text that says how many events the journal held,
and what they were. There are some in the state directory, with the
municipalities (`witness` in the inventory) and in every report. Of a
journal that was edited, cut off, reordered or forked it is told where.

\b
  scripts/change.py verify
  scripts/change.py verify --checkpoint loppa.html    a report from before
  scripts/change.py verify --accept REASON            to go on with a journal
                     that does not fit, e.g. an older backup: by a new key

Exit codes: 0 it fits; 1 it was changed, or it cannot be read; 2 usage."""

CheckpointFile = Annotated[
    list[Path] | None,
    typer.Option(
        "--checkpoint", metavar="FILE", help="compare with the checkpoints in this file, too: a note, a report, a mail"
    ),
]
KeyWord = Annotated[
    str, typer.Option("--vkey", metavar="KEY", help="the key that must have signed (default: the one kept here)")
]
Accept = Annotated[
    str, typer.Option("--accept", metavar="REASON", help="go on with a journal that does not fit, by a new key")
]


def verify(
    checkpoint: CheckpointFile = None,
    vkey: KeyWord = "",
    accept: Accept = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare the journal with every checkpoint, and leave with an exit code.

    Args:
        checkpoint: files with further checkpoints.
        vkey: the key that must have signed; empty: the one kept here.
        accept: why one goes on with a journal that does not fit.
        form: for people, or JSON.
    """
    terminal.run_guarded(lambda: _verify(checkpoint or [], vkey, accept, form))


def _verify(files: list[Path], vkey: str, accept: str, form: Format) -> int:
    asked = [note for file in files for note in _read(file)]
    key = _parse_key(vkey) if vkey else None
    reason = require_reason(accept, "--accept") if accept else ""
    context = open_context(load_region(), reason=reason or "verify")
    theirs, silent = witnesses.collect(context.journal.notary, context.region) if context.journal.notary else ([], ())
    result = verification.verify(context.journal, [*theirs, *asked], key)
    result.notices += silent
    if accept:
        return _accept(context, result, reason)
    if form == Format.JSON:
        terminal.print_json(
            {
                "events": result.events,
                "root": result.root.hex(),
                "key": str(result.key or ""),
                "problems": result.problems,
                "notices": result.notices,
                "fits": [{"checkpoint": fit.source, "events": fit.size, "at": fit.time} for fit in result.fitting],
            }
        )
        return WRONG if result.problems else CLEAN
    _tell(result)
    return WRONG if result.problems else CLEAN


def _tell(result: Verification) -> None:
    events = count_noun(result.events, "event")
    if result.problems:
        terminal.say(f"The journal holds {events}, and is not what it was:")
        for problem in result.problems:
            terminal.say(f"✗ {problem}")
    else:
        terminal.say(f"The journal holds {events}, root {result.root.hex()}.")
    if result.fitting:
        last = max(result.fitting, key=lambda fit: fit.size)
        when = f" (the last of them of {last.time} UTC)" if last.time else ""
        fits = count_noun(len(result.fitting), "checkpoint")
        terminal.say(f"It fits {fits}, the largest of {count_noun(last.size, 'event')}{when}: {last.source}.")
    elif not result.problems:
        terminal.say("There is no checkpoint of it yet: the next change signs the first.")
    for notice in result.notices:
        terminal.say(f"! {notice}")
    if result.key:
        print(f"Key: {result.key}")  # in one piece, however narrow the terminal is
    if result.problems:
        terminal.say(
            "Nothing is changed with such a journal. Put back the one that fits; or, once everybody knows that"
        )
        terminal.say("part of the history is gone: scripts/change.py verify --accept REASON")


def _accept(context: Context, result: Verification, reason: str) -> int:
    if not result.problems:
        raise UsageError(
            "--accept: the journal fits every checkpoint, there is nothing to accept. Nothing was changed."
        )
    verification.give_up(context.journal, result, context.who, reason)
    context.journal.sign_checkpoint()
    key = context.journal.notary.find_key() if context.journal.notary else None
    for problem in result.problems:
        terminal.say(f"✗ {problem}")
    terminal.say("Accepted: the journal holds who, why, and what did not fit. Tell every municipality its new key:")
    print(f"Key: {key.verifier if key else ''}")
    for notice in witnesses.send_checkpoint(context.journal, context.region):
        terminal.say(f"! {notice}")
    return CLEAN


def _read(file: Path) -> list[Witnessed]:
    try:
        notes = find_notes(read_text(file))
    except UnicodeDecodeError:
        notes = []
    if not notes:
        raise UsageError(
            f"--checkpoint {file}: expected a checkpoint (three lines, an empty one, a signature), found none"
        )
    return [Witnessed(file.name, note, asked=True) for note in notes]


def _parse_key(word: str) -> VerifierKey:
    try:
        return VerifierKey.parse(word)
    except NoteError as error:
        raise UsageError(f"--vkey: {error}") from None
