"""The options that several doors have, each worded once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nornir_tasks.core.language import ENGLISH, NORWEGIAN


class Format(StrEnum):
    """How a door answers."""

    TABLE = "table"
    JSON = "json"


class Language(StrEnum):
    """What the texts are in."""

    EN = ENGLISH
    NB = NORWEGIAN


LanguageOption = Annotated[Language | None, typer.Option("--lang", help="default: what the locale says")]
PATTERN_HELP = "all, a municipality, site, platform, role or name with *"
Pattern = Annotated[str, typer.Argument(help=PATTERN_HELP)]
FormatOption = Annotated[Format, typer.Option("--format", help="table or json")]
Sources = Annotated[
    list[Path] | None,
    typer.Option("--inventory", "-i", metavar="PATH", help="as Ansible's own -i; default: what ansible.cfg lists"),
]
Debug = Annotated[bool, typer.Option("--debug", help="tell on standard error what is done, with every device too")]
LogFile = Annotated[
    Path | None, typer.Option("--log-file", metavar="FILE", help="write the same to this file, for its owner alone")
]
