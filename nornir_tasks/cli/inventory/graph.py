"""``scripts/inventory.py graph``: the topology as a picture, or as a page with search."""

from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.cli import terminal
from nornir_tasks.cli.options import Sources
from nornir_tasks.core.atomic_write import write
from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import CLEAN, USAGE
from nornir_tasks.inventory.load import load_region
from nornir_tasks.journal.read_only import Standing
from nornir_tasks.reports import topology_page
from nornir_tasks.reports.dot import draw
from nornir_tasks.reports.topology import format_title, make_topology

FORMS = (".svg", ".png", ".html")


HELP = """The topology of the region, a municipality or a site, drawn by Graphviz.

\b
  scripts/inventory.py graph                      all.svg: the whole region
  scripts/inventory.py graph -o region.html       a page with search
  scripts/inventory.py graph loppa -o loppa.png   one municipality
  scripts/inventory.py graph loppa-radhus         one site, with its ports

Colour and shape tell how far a switch has come (by the journal; without one everything is legacy): rounded and
dashed is legacy, a hexagon is on its way, a box is the standard. A thicker line is a faster link; blue with
dots routes, and dashed is not in use yet.

Exit codes: 0 drawn, 1 the inventory is wrong or Graphviz is not there, 2 usage."""


class FormError(FellesdriftError):
    """A file whose name does not say what is to be in it."""

    exit_code = USAGE


def graph(
    part: Annotated[str, typer.Argument(metavar="[PART]", help="all, a municipality or a site")] = "all",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="its name ends in .svg, .png or .html (default: PART.svg)"),
    ] = None,
    inventory: Sources = None,
) -> None:
    """Draw the topology of the region, a municipality or a site into a file, and leave with an exit code.

    Args:
        part: ``all``, a municipality or a site.
        output: its suffix says what is written: ``.svg``, ``.png`` or ``.html``; default: ``PART.svg``.
        inventory: as Ansible's ``-i``; default: what ``ansible.cfg`` lists.
    """

    def work() -> int:
        file = output or Path(f"{part}.svg")
        if file.suffix not in FORMS:
            raise FormError(f"--output: found {str(file)!r}, expected a name that ends in {', '.join(FORMS)}")
        region, position = load_region(inventory), Standing().position()
        drawing = make_topology(region, position, part)
        if file.suffix == ".html":
            svg = draw(drawing, "svg").decode()
            content = topology_page.make_page(region, position, format_title(region, part), svg).encode()
        else:
            content = draw(drawing, file.suffix[1:])
        try:
            write({file: content})
        except OSError as error:
            raise FellesdriftError(f"--output {file}: {error.strerror}; expected a file that you may write") from error
        terminal.say(f"{format_title(region, part)}: written to {file}")
        return CLEAN

    terminal.run_guarded(work)
