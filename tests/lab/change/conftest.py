"""One running Loppa for a file of tests: see ``tests.support.loppa_in_lab``."""

from tests.support.loppa_in_lab import loppa

__all__ = ["loppa"]
