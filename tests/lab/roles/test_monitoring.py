"""The role's rules, in Prometheus' own words; and the role on real hosts: one alert, told once, by either half."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from lab import ROOT
from lab.servers import image

ROLE = ROOT / "roles" / "monitoring"
CASES = ROOT / "tests" / "cases" / "monitoring" / "rules.yml"
LINE = {
    "line": "loppa-acc-03:25",
    "supplier": "Kystfiber Finnmark",
    "whom": "30 PCs",
    "host": "loppa-acc-03",
    "ifDescr": "Ethernet25",
}
RSYSLOG = 'max(node_systemd_unit_state{{host="{}",name="rsyslog.service",state="active"}})'


def find_program(name: str) -> str | None:
    """A program of this machine, or of the image of the lab's servers: both are linked with the C library alone."""
    layers = image.find_layers(image.read_recipe()) or []
    places = [str(layer / "usr" / "bin") for layer in layers]
    return shutil.which(name) or shutil.which(name, path=":".join(places))


PROMTOOL = find_program("promtool")


def make_variables() -> dict[str, Any]:
    """The role's defaults, and a little of what the inventory would say."""
    logs = [("alta-half", "centre-logs-01"), ("hammerfest-half", "centre-logs-02")]
    return {
        **yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()),
        "monitoring__hosts": [{"name": host, "half": half, "address": "192.0.2.1"} for half, host in logs],
        "monitoring__judged_services": [
            {
                "expr": RSYSLOG.format(host),
                "labels": {"service": "logs", "name": "Logs", "half": half, "host": host, "port": "udp/514"},
            }
            for half, host in logs
        ],
        "monitoring__contracted": [
            {"mbps": 50, "labels": {**LINE, "direction": direction}} for direction in ("down", "up")
        ],
        "monitoring__unwatched": [
            {"municipality": "loppa", "kind": "servers", "why": "no way leads there", "count": 13}
        ],
        "monitoring__snmp_user": "watch",
    }


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool: of this machine, or of the image (scripts/lab image)")
def test_rules_tell_what_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    """Each case of tests/cases/monitoring: which alerts stand when, how grave, and in which words."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, autoescape=False,
        variable_start_string="[[", variable_end_string="]]", block_start_string="[%", block_end_string="%]",
    )  # fmt: skip
    environment.filters["to_json"] = json.dumps
    template = (ROLE / "templates" / "etc" / "prometheus" / "rules.yml.j2").read_text()
    (tmp_path / "rules.yml").write_text(environment.from_string(template).render(make_variables()))
    shutil.copy(CASES, tmp_path / "cases.yml")
    for words in (["check", "rules", "rules.yml"], ["test", "rules", "cases.yml"]):
        done = subprocess.run(
            [str(PROMTOOL), *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
