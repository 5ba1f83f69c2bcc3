#!/usr/bin/env python3
"""The inventory: check, why, show, graph, new, diff, export and import. Connects to nothing."""

import _door  # noqa: F401  # isort: skip  (first: it changes to the Python of the checkout)

from nornir_tasks.cli.inventory import app

if __name__ == "__main__":
    app()
