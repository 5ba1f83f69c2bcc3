#!/usr/bin/env python3
"""What differs from the standard, switch by switch, and how much of the legacy is left."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.drift_audit import app

if __name__ == "__main__":
    app()
