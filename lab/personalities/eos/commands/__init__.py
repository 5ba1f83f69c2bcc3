"""The exec commands of EOS, module by module; imported for what they register."""

from lab.personalities.eos.commands import (
    bgp,
    environment,
    exec,
    files,
    interfaces,
    neighbours,
    optics,
    reach,
    routes,
    sessions,
    spanning_tree,
    system,
)

__all__ = [
    "bgp",
    "environment",
    "exec",
    "files",
    "interfaces",
    "neighbours",
    "optics",
    "reach",
    "routes",
    "sessions",
    "spanning_tree",
    "system",
]
