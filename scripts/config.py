#!/usr/bin/env python3
"""Any switch's configuration from a file: without its secrets, compared by meaning, and the commands between two."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.config import app

if __name__ == "__main__":
    app()
