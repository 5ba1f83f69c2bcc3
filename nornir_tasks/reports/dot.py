"""A picture from a graph of ``topology``, by Graphviz. Nothing else starts the program ``dot``."""

import graphviz

from nornir_tasks.core.bounds import AnswerTooLong, run_program
from nornir_tasks.core.child_environment import make_child_environment
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
    placed = [f"-n{PLACED}"] if graph.engine == "neato" else []
    command = ["dot", f"-K{graph.engine}", f"-T{form}", *placed, "-q"]
    try:
        drawn = run_program(command, text=graph.source, env=make_child_environment())
    except AnswerTooLong as error:
        raise DrawError(f"graph: dot: {error.strerror}, expected a picture") from None
    except FileNotFoundError:
        raise DrawError(NO_PROGRAM) from None
    if drawn.returncode:
        words = drawn.stderr.decode(errors="replace").strip()
        raise DrawError(f"graph: dot ended with {drawn.returncode}: {words}")
    return drawn.stdout
