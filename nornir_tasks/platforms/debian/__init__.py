"""Debian servers: their state as text, how they are reached, and what a role would change of it."""
