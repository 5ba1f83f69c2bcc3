"""The option that all commands of the inventory's door have."""

from pathlib import Path
from typing import Annotated

import typer

Sources = Annotated[
    list[Path] | None,
    typer.Option("--inventory", "-i", metavar="PATH", help="as Ansible's own -i; default: what ansible.cfg lists"),
]
