"""Helpers for tests: a switch on its own on the workbench, and a whole lab for a while."""
