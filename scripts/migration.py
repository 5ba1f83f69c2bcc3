#!/usr/bin/env python3
"""Where each municipality stands on its way to the standard."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.migration import app

if __name__ == "__main__":
    app()
