"""The role's rules, in Prometheus' own words; and the role on real hosts: one alert, told once, by either half."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from lab import ROOT
from lab.servers import image
from tests.support.server_lab import ServerLab

ROLE = ROOT / "roles" / "monitoring"
CASES = ROOT / "tests" / "cases" / "monitoring" / "rules.yml"
LINE = {
    "line": "loppa-acc-03:25",
    "supplier": "Kystfiber Finnmark",
    "whom": "30 PCs",
    "host": "loppa-acc-03",
    "ifDescr": "Ethernet25",
}
HALVES, ADDRESSES = ("centre-logs-01", "centre-logs-02"), ("10.10.1.12", "10.10.129.12")
BACKUPS = ("centre-backup-01", "centre-backup-02")  # a common service whose port is open on the first day: SSH
EAR = "centre-control-01"
PEER_SECONDS = 15  # after which an Alertmanager tells what its peer has not told (--cluster.peer-timeout)
SCRAPE, HOLD, GROUP = 2, 4, 2
PACE = {
    "monitoring__scrape_seconds": SCRAPE,
    "monitoring__hold_seconds": HOLD,
    "monitoring__group_seconds": GROUP,
    "monitoring__regroup_seconds": 5,
    "monitoring__receivers": [{"name": "ear", "webhook_url": "http://10.10.1.20:443/"}],
}
LISTEN = """
import http.server
class Ear(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("/var/tmp/told", "ab") as out:
            out.write(body.replace(b"\\n", b" ") + b"\\n")
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(("", 443), Ear).serve_forever()
"""
# A cause, what it silences, and what is told all the same.
INHIBITED = [
    (
        {"alertname": "HalfLost", "half": "h1"},
        {"alertname": "ServiceDownInOneHalf", "half": "h1", "service": "s1"},
        {"alertname": "ServiceDownInOneHalf", "half": "h2", "service": "s2"},
    ),
    (
        {"alertname": "MunicipalityCutOff", "municipality": "m1"},
        {"alertname": "ApplicationUnreachable", "municipality": "m1", "application": "m1/a"},
        {"alertname": "ApplicationUnreachable", "municipality": "m2", "application": "m2/a"},
    ),
    (
        {"alertname": "BehindLine", "line": "l1", "severity": "none"},
        {"alertname": "SwitchDown", "line": "l1", "switch": "w1"},
        {"alertname": "LineDown", "line": "l1"},
    ),
    (
        {"alertname": "BehindSwitch", "switch": "w2", "severity": "none"},
        {"alertname": "HostDown", "switch": "w2", "host": "x1"},
        {"alertname": "ApplicationUnreachable", "switch": "w2", "host": "x2", "application": "m3/a"},
    ),
    (
        {"alertname": "HostDown", "host": "x3"},
        {"alertname": "ApplicationUnreachable", "host": "x3", "application": "m4/a"},
        {"alertname": "ApplicationUnreachable", "host": "x4", "application": "m4/a"},
    ),
    (
        {"alertname": "ServiceDownInBothHalves", "service": "s3", "port": "p"},
        {"alertname": "ServiceDownInOneHalf", "service": "s3", "port": "p", "host": "x5"},
        {"alertname": "ServiceDownInOneHalf", "service": "s4", "port": "p", "host": "x6"},
    ),
]
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
        "monitoring__backup_hours": 1,  # each hour of the cases is worked out every 15 s
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


@pytest.fixture(scope="module")
def watch(hosts: ServerLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerLab]:
    """Both halves watch, at a pace for tests, and tell it to an ear; they have looked at each other."""
    hosts.reset(*HALVES, EAR)
    playbook = tmp_path_factory.mktemp("play") / "watch.yml"
    verify = {
        "name": "Look at it from the other half",
        "hosts": "role_monitoring",
        "gather_facts": False,
        "tags": "monitoring",
        "tasks": [{"ansible.builtin.include_role": {"name": "monitoring", "tasks_from": "verify"}}],
    }
    platform = {"ansible.builtin.import_playbook": str(ROOT / "playbooks" / "platform.yml")}
    playbook.write_text(yaml.safe_dump([platform, verify]))
    hosts.on(
        EAR, f"cat > /var/tmp/ear.py <<'END'\n{LISTEN}END\nsystemd-run --unit=ear --collect python3 /var/tmp/ear.py"
    )
    words = ("--limit", ",".join(HALVES), "--tags", "monitoring", "-e", json.dumps(PACE))
    relative = os.path.relpath(playbook.with_suffix(""), ROOT / "playbooks")
    hosts.play(*words, playbook=relative).require_good()
    yield hosts
    hosts.on(EAR, "systemctl stop ear; rm -f /var/tmp/ear.py /var/tmp/told")


def read_told(hosts: ServerLab, **labels: str) -> list[tuple[str, dict[str, str]]]:
    """What the ear was told so far of alerts with these labels. Shape: firing or resolved, and all labels."""
    lines = hosts.inside(EAR, "cat /var/tmp/told").stdout.splitlines()
    alerts = [alert for line in lines for alert in json.loads(line)["alerts"]]
    return [(alert["status"], alert["labels"]) for alert in alerts if labels.items() <= alert["labels"].items()]


def ask(hosts: ServerLab, address: str, path: str) -> Any:
    """The answer of Prometheus or Alertmanager at an address, asked from the other half."""
    asking = HALVES[address == "10.10.1.12"]
    return json.loads(hosts.ask_from(asking, f"curl -s 'http://{address}:{path}'").stdout)


def wait_for(find: Callable[[], Any], seconds: float) -> float:
    """How long it took until there was something."""
    began = time.monotonic()
    while not find():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s"
        time.sleep(0.5)
    return time.monotonic() - began


def test_both_halves_watch_the_same_and_see_the_same(watch: ServerLab) -> None:
    """Of the centre, as Loppa's servers have no way yet; and of each thing the same, from either side."""
    watched = []
    for address in ADDRESSES:
        targets = ask(watch, address, "9090/api/v1/targets?state=active")["data"]["activeTargets"]
        assert {target["health"] for target in targets if target["scrapePool"] == "services"} == {"up"}
        watched.append(sorted(json.dumps([target["scrapePool"], target["labels"]]) for target in targets))
    assert watched[0] == watched[1]
    up = "9090/api/v1/query?query=probe_success%7Bjob%3D%22services%22%2Cservice%3D%22backup%22%7D"
    wait_for(lambda: [row["value"][1] for row in ask(watch, ADDRESSES[0], up)["data"]["result"]] == ["1", "1"], 20)


def test_an_alert_is_told_once_though_both_halves_see_it(watch: ServerLab) -> None:
    """First of one half, then of both; each within the rule's time, what Alertmanager waits for more, and two looks."""
    one = {"alertname": "ServiceDownInOneHalf", "service": "backup"}
    both = {"alertname": "ServiceDownInBothHalves", "service": "backup"}
    within = (
        PACE["monitoring__hold_seconds"] + PACE["monitoring__group_seconds"] + 2 * PACE["monitoring__scrape_seconds"]
    )
    slow = 10  # what a busy machine adds
    try:
        watch.lab.client.fault(BACKUPS[0], "service", "ssh")
        wait_for(lambda: read_told(watch, **one), within + slow)
        for address in ADDRESSES:
            alerts = ask(watch, address, "9090/api/v1/alerts")["data"]["alerts"]
            assert [alert["labels"]["half"] for alert in alerts if one.items() <= alert["labels"].items()] == [
                "alta-half"
            ]
        watch.lab.client.fault(BACKUPS[1], "service", "ssh")
        wait_for(lambda: read_told(watch, **both), within + slow)
        time.sleep(PEER_SECONDS + within)  # by when the other half would have told it again
        assert [status for status, _ in read_told(watch, **both)] == ["firing"]
        ((status, labels),) = read_told(watch, **one)
        assert status == "firing"
        expected = {"half": "alta-half", "host": BACKUPS[0], "port": "tcp/22", "severity": "warning", "name": "Backup"}
        assert expected.items() <= labels.items()
    finally:
        for host in BACKUPS:
            watch.lab.client.fault(host, "clear")


@pytest.mark.parametrize(("cause", "silenced", "told"), INHIBITED, ids=[row[0]["alertname"] for row in INHIBITED])
def test_a_cause_silences_what_follows_from_it(
    watch: ServerLab, cause: dict[str, str], silenced: dict[str, str], told: dict[str, str]
) -> None:
    """And nothing else: alerts as Prometheus would send them."""
    for labels in (cause, silenced, told):
        words = " ".join(f"{name}={value}" for name, value in {"severity": "warning", **labels}.items())
        watch.on(HALVES[0], f"amtool --alertmanager.url=http://{ADDRESSES[0]}:9093 alert add {words}")

    def find_state(labels: dict[str, str]) -> str | None:
        alerts = ask(watch, ADDRESSES[0], "9093/api/v2/alerts")
        return next((alert["status"]["state"] for alert in alerts if labels.items() <= alert["labels"].items()), None)

    wait_for(lambda: find_state(silenced) == "suppressed" and find_state(told) == "active", 15)
