"""A picture from a graph of ``topology``, by Graphviz. Nothing else starts the program ``dot``."""

import graphviz

from nornir_tasks.core.errors import FellesdriftError

NO_PROGRAM = "graph: found no program dot, expected Graphviz's; install it: apt-get install graphviz"
PLACED = 2  # places and lines are given, and Graphviz only draws
DPI = {"png": "120"}  # a screen's would be too coarse for paper


class DrawError(FellesdriftError):
    """Graphviz could not draw: quotes its message."""


def draw(graph: graphviz.Graph, form: str) -> bytes:
    """The picture as ``svg`` or ``png``.

    Raises:
        DrawError: the program is not installed, or it ended with an error.
    """
    if form in DPI:
        graph = graph.copy()
        graph.attr("graph", dpi=DPI[form])
    placed = PLACED if graph.engine == "neato" else None
    try:
        picture: bytes = graph.pipe(format=form, neato_no_op=placed, quiet=True)
    except graphviz.ExecutableNotFound:
        raise DrawError(NO_PROGRAM) from None
    except graphviz.CalledProcessError as error:
        words = (error.stderr or b"").decode(errors="replace").strip()
        raise DrawError(f"graph: dot ended with {error.returncode}: {words}") from error
    return picture
