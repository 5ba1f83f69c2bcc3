#!/usr/bin/env python3
"""A change of switches: plan, show, approve, apply, resume, undo, list."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.change import app

if __name__ == "__main__":
    app()
