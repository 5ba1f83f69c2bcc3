"""Jinja as it is set up for every template of the checkout: strict, and an error names template, line and subject."""

from pathlib import Path
from traceback import extract_tb

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.output import make_safe, make_safe_json

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class RenderError(FellesdriftError):
    """A template could not be rendered: names template, line, device and variable."""


def make_environment(folder: Path, *, html: bool) -> Environment:
    """An environment for the templates below ``folder``.

    Args:
        folder: below ``TEMPLATES``, or it.
        html: whether what is filled in is made safe and escaped for a page; a configuration takes it as it is.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=not html,
        autoescape=html,
        finalize=_make_safe_value if html else None,
    )
    environment.policies["json.dumps_function"] = lambda value, **_: make_safe_json(value)
    return environment


def _make_safe_value(value: object) -> object:
    """What is filled in, made safe before it is escaped: a secret with a ``&`` in it would not be known afterwards."""
    return value if isinstance(value, Markup) else make_safe(str(value))


def render_template(environment: Environment, name: str, subject: str, **values: object) -> str:
    """The text of a template.

    Args:
        environment: as ``make_environment`` makes it.
        name: the template's path in its environment.
        subject: for whom it is rendered, in an error: ``device loppa-core-01``.
        values: what the template may use.

    Raises:
        RenderError: it names the template's line, the subject and what is not there.
    """
    try:
        return environment.get_template(name).render(**values)
    except TemplateError as error:
        raise RenderError(f"template {_find_place(error, name)}, {subject}: {error}") from error


def render_page(name: str, subject: str, **values: object) -> str:
    """A page of HTML from ``templates/reports``; the rest is as for ``render_template``."""
    return render_template(make_environment(TEMPLATES / "reports", html=True), name, subject, **values)


def _find_place(error: TemplateError, entry: str) -> str:
    """Where in the templates it happened: the innermost part, with its line."""
    root = str(TEMPLATES)
    for frame in reversed(extract_tb(error.__traceback__)):
        if frame.filename.startswith(root):
            return f"{frame.filename[len(root) + 1 :]}:{frame.lineno}"
    return str(getattr(error, "name", None) or entry)
