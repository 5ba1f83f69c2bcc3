"""The journal's head in what a command tells, so that whoever keeps its output is a witness of the journal."""

import sys

from nornir_tasks.devices.context import Context
from nornir_tasks.journal.notary import TamperedError


def read_checkpoint(context: Context) -> str:
    """The checkpoint that was signed last, for ``scripts/change.py verify --checkpoint``; empty where none was.

    One that is gone or was changed keeps nobody from asking: it is told on standard error.
    """
    try:
        return context.journal.last_checkpoint()
    except TamperedError as error:
        print(f"! {error}", file=sys.stderr)
        return ""
