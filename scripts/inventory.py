#!/usr/bin/env python3
"""The inventory: check, why, show, graph, new, diff, export and import. Connects to nothing."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # while it starts, Ctrl-C has nothing to put in order
import _door  # noqa: E402,F401  # isort: skip  (before all else: it changes to the Python of the checkout)

from nornir_tasks.doors.inventory import app  # noqa: E402

if __name__ == "__main__":
    app()
