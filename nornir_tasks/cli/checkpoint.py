"""The journal's head in what a command tells, so that whoever keeps its output is a witness; and whether it fits."""

import sys

from nornir_tasks.core.language import translate
from nornir_tasks.devices.context import Context
from nornir_tasks.journal.notary import TamperedError


def warn_of_tampering(context: Context) -> None:
    """Say on standard error that the journal is not what its last checkpoint says: so what is told of it may not be so.

    It keeps nobody from asking: who is on call needs what there is.
    """
    if words := context.journal.find_tampering():
        print("! " + translate("What is told here may not be so: {words}", words=words), file=sys.stderr)


def read_checkpoint(context: Context) -> str:
    """The checkpoint that was signed last, for ``scripts/change.py verify --checkpoint``; empty where none was.

    Empty, too, for one that is gone or was changed: ``warn_of_tampering`` tells that.
    """
    try:
        return context.journal.last_checkpoint()
    except TamperedError:
        return ""
