#!/usr/bin/env python3
"""Whom the tools take for which switch: host keys and certificates that a person has looked at once."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.trust import app

if __name__ == "__main__":
    app()
