"""The formats that a round of health checks is told in, each by its name."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from io import StringIO

from nornir_tasks.core.output import make_safe_json
from nornir_tasks.core.terminal import make_console
from nornir_tasks.reports.health_json import make_json
from nornir_tasks.reports.health_junit import make_junit
from nornir_tasks.reports.health_markdown import make_markdown
from nornir_tasks.reports.health_nagios import make_line
from nornir_tasks.reports.health_page import make_page
from nornir_tasks.reports.health_prometheus import make_metrics
from nornir_tasks.reports.health_report import HealthReport
from nornir_tasks.reports.health_table import show_record


class HealthFormat(StrEnum):
    """How a round is told."""

    TABLE = "table"  # for a terminal
    JSON = "json"
    NAGIOS = "nagios"  # a line, and exit codes of its own
    PROMETHEUS = "prometheus"
    JUNIT = "junit"
    HTML = "html"
    MARKDOWN = "markdown"


def make_text(form: HealthFormat, report: HealthReport) -> str:
    """The whole text of a round in a format, its last line ended."""
    return WRITERS[form](report)


def _make_table(report: HealthReport) -> str:
    text = StringIO()
    show_record(make_console(text), report.record)
    return text.getvalue()


def _make_json(report: HealthReport) -> str:
    return make_safe_json({**make_json(report.region, report.record), "checkpoint": report.checkpoint}) + "\n"


WRITERS: Mapping[HealthFormat, Callable[[HealthReport], str]] = {
    HealthFormat.TABLE: _make_table,
    HealthFormat.JSON: _make_json,
    HealthFormat.NAGIOS: lambda report: f"{make_line(report.record)}\n",
    HealthFormat.PROMETHEUS: lambda report: make_metrics(report.region, report.record),
    HealthFormat.JUNIT: lambda report: make_junit(report.region, report.record),
    HealthFormat.HTML: make_page,
    HealthFormat.MARKDOWN: lambda report: make_markdown(report.record),
}
