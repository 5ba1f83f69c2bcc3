"""Doors that have more than one command; ``scripts/`` opens them."""
