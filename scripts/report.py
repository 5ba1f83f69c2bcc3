#!/usr/bin/env python3
"""Draw a municipality's move as one HTML page."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.report import app

if __name__ == "__main__":
    app()
