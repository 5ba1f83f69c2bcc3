#!/usr/bin/env python3
"""What is wrong with the network, why, and what to do: one line first, the details below."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.health_check import app

if __name__ == "__main__":
    app()
