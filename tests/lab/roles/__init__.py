"""A package, because pytest ends a ``package`` fixture only at the end of one: the lab of ``conftest.py`` with it."""
