"""The small region with its cables, for its graphs; and the switches that a graph shows."""

import re

from nornir_tasks.model import Link, Region
from tests.support import small_region as small

LINKS = (
    Link(a="loppa-core-01:5", b="alta-leaf-01:1", gbps=10, kind="routed"),
    Link(a="loppa-core-01:6", b="hammerfest-leaf-01:1", kind="routed"),
    Link(a="loppa-acc-01:6", b="loppa-core-01:1"),
    Link(a="loppa-acc-02:6", b="loppa-acc-01:5"),
)


def little() -> Region:
    """The small region, with its cables as links."""
    made = small.region()
    home = made.municipalities["loppa"].model_copy(update={"links": LINKS})
    return made.model_copy(update={"municipalities": {**made.municipalities, "loppa": home}})


def nodes(dot: str) -> dict[str, str]:
    """The switches of a graph, with their attributes."""
    return {name: line for line in dot.splitlines() if (name := switch(line))}


def switch(line: str) -> str:
    found = re.search(r'id="?switch-([\w-]+)', line)
    return found[1] if found and "--" not in line.split("[", maxsplit=1)[0] else ""
