"""What is watched, by which probe, and whom it hits: from the inventory's records at a position."""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml

from nornir_tasks.health.applications import APPLICATIONS
from nornir_tasks.health.check import RUNBOOKS, SWITCHES, load_checks
from nornir_tasks.health.server_check import SERVERS
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.model.flows import list_flows
from nornir_tasks.model.services import PortRange
from nornir_tasks.server_roles import ServerView, find_reason_not_ours, monitoring

HOST = "centre-logs-01"
ROLE = Path(__file__).resolve().parents[3] / "roles" / "monitoring"
PORTS = {"icmp": "icmp", "dns_udp": "udp/53"}


@pytest.fixture(scope="module")
def region() -> Region:
    """The whole region."""
    return load_region()


def derive(region: Region, stage: Stage = Stage.RETIRE, **stages: Stage) -> dict[str, Any]:
    """The role's variables, with every municipality at a stage but those that are named."""
    position = Position({**dict.fromkeys(region.municipalities, stage), **stages})
    return monitoring.derive_variables(ServerView(region, region.servers[HOST], position))


def find(variables: dict[str, Any], job: str, **labels: str) -> list[dict[str, Any]]:
    """The targets of a job that have these labels."""
    targets: list[dict[str, Any]] = variables["monitoring__targets"][job]
    return [target for target in targets if labels.items() <= target["labels"].items()]


@pytest.fixture(scope="module")
def moved(region: Region) -> dict[str, Any]:
    """What is watched when everything has moved."""
    return derive(region)


def test_one_host_in_each_half_has_the_role(region: Region, moved: dict[str, Any]) -> None:
    views = [ServerView(region, server, Position()) for server in region.servers.values()]
    hosts = [view.server for view in views if monitoring.applies_to(view)]
    assert [host.name for host in hosts] == [host["name"] for host in moved["monitoring__hosts"]]
    assert sorted(host.site for host in hosts) == sorted(region.municipalities[CENTRE].sites)


def test_both_halves_watch_the_same(region: Region, moved: dict[str, Any]) -> None:
    """All variables but the host's own are those of the other one."""
    position = Position(dict.fromkeys(region.municipalities, Stage.RETIRE))
    other = monitoring.derive_variables(ServerView(region, region.servers["centre-logs-02"], position))
    assert {key for key in moved if moved[key] != other[key]} == {"monitoring__address", "monitoring__half"}


def test_an_application_is_asked_by_its_name_and_tells_whom_it_hits(moved: dict[str, Any]) -> None:
    (target, second) = find(moved, "applications", application="loppa/patient_record")
    assert target["targets"] == ["https://10.17.92.31:443/"]
    labels = target["labels"]
    assert labels["__param_hostname"] == "patient-record.loppa.vestfinnmark.example"
    assert labels["__param_module"] == "https"
    assert (labels["municipality"], labels["system_owner"]) == ("loppa", "Head of health and care")
    assert (labels["sensitivity"], labels["whom"]) == ("health", "48 Nurses and doctors")
    assert (labels["host"], labels["port"]) == ("loppa-app-02", "tcp/443")
    assert second["labels"]["port"] == "tcp/8443"


def test_what_has_moved_is_watched_where_it_is_now(region: Region, moved: dict[str, Any]) -> None:
    """The application at the centre's host, and its data at the databases; before, at the municipality's."""
    before = derive(region, loppa=Stage.HARMONISE)
    for variables, host, data in ((before, "loppa-app-03", "loppa-db-01"), (moved, "centre-app-01", "centre-db-02")):
        (target,) = find(variables, "applications", application="loppa/school_administration")
        assert target["labels"]["host"] == host
        (server,) = find(variables, "pings", host=data)
        assert "School administration (data)" in server["labels"]["runs"]


def test_tls_and_plain_ports_have_probes_of_their_own(moved: dict[str, Any]) -> None:
    modules = {
        target["labels"]["port"]: target["labels"]["__param_module"]
        for name in ("mail", "library")
        for target in find(moved, "applications", application=f"loppa/{name}")
    }
    assert modules == {"tcp/8443": "https", "tcp/993": "tls", "tcp/443": "https", "tcp/210": "tcp"}


def test_every_application_is_watched_or_counted(region: Region, moved: dict[str, Any]) -> None:
    asked = {target["labels"]["application"] for target in moved["monitoring__targets"]["applications"]}
    everything = {f"{home.name}/{name}" for home in region.municipalities.values() for name in home.applications}
    counted = sum(row["count"] for row in moved["monitoring__unwatched"] if row["kind"] == "applications")
    assert asked <= everything
    assert len(everything - asked) == counted == 0


def test_every_common_service_is_asked_judged_or_named(region: Region, moved: dict[str, Any]) -> None:
    """Names are asked for a name, time for the time; what nothing can ask is said to be so."""
    services = region.of(CENTRE)[0].standard.common_services
    asked = {target["labels"]["service"] for target in moved["monitoring__targets"]["services"]}
    judged = {record["labels"]["service"]: record["expr"] for record in moved["monitoring__judged_services"]}
    named = {row["kind"].removeprefix("service ") for row in moved["monitoring__unwatched"]}
    assert {name for name, record in services.items() if record.ports} == asked | set(judged) | named
    assert not named & (asked | set(judged))
    assert {t["labels"]["__param_module"] for t in find(moved, "services", service="names")} == {"dns_udp", "dns_tcp"}
    assert judged["time"].startswith("max(fellesdrift_ntp_up")
    assert moved["monitoring__time_servers"] == ["10.10.1.10", "10.10.129.10"]


def test_every_server_is_pinged_and_agents_are_asked_on_ours_alone(region: Region, moved: dict[str, Any]) -> None:
    assert {t["labels"]["host"] for t in find(moved, "pings", kind="server")} == set(region.servers)
    assert {t["labels"]["host"] for t in find(moved, "pings", kind="switch")} == set(region.devices)
    ours = {name for name, server in region.servers.items() if find_reason_not_ours(server) is None}
    assert {t["labels"]["host"] for t in find(moved, "agents")} == ours
    assert {t["labels"]["host"] for t in find(moved, "agents", backed_up="yes")} >= {HOST, "centre-db-01"}
    (windows,) = find(moved, "pings", host="loppa-dc-01")
    assert windows["labels"]["not_ours"].startswith("windows2022")
    (supplier,) = find(moved, "pings", host="loppa-app-01")
    assert supplier["labels"]["not_ours"] == "Nordlys telefoni runs it"


def test_a_line_has_two_ends_and_what_is_hired(moved: dict[str, Any]) -> None:
    """An uplink's far end is asked at its own address, and it names the half that it leads to."""
    ends = {target["labels"]["end"]: target for target in find(moved, "lines", line="loppa-acc-03:25")}
    assert {end: target["targets"] for end, target in ends.items()} == {"near": ["10.17.0.1"], "far": ["10.17.2.11"]}
    assert ends["far"]["labels"]["supplier"] == "Kystfiber Finnmark"
    assert ends["far"]["labels"]["whom"] == "30 PCs at Høgtun skole"
    (uplink,) = find(moved, "lines", line="loppa-core-01:23", end="far")
    assert uplink["targets"][0].startswith("10.10.25")
    assert (uplink["labels"]["half"], uplink["labels"]["uplink"]) == ("alta-half", "yes")
    hired = {
        record["labels"]["direction"]: record["mbps"]
        for record in moved["monitoring__contracted"]
        if record["labels"]["line"] == "loppa-acc-03:25"
    }
    assert hired == {"down": 50, "up": 50}


def test_what_lies_behind_a_line_names_it(moved: dict[str, Any]) -> None:
    """The second switch of a school hangs on the first, and so on the line; the town hall hangs on none."""
    lines = {t["labels"]["host"]: t["labels"].get("line") for t in find(moved, "pings", municipality="loppa")}
    assert (lines["loppa-acc-03"], lines["loppa-acc-04"]) == ("loppa-acc-03:25", "loppa-acc-03:25")
    assert (lines["loppa-acc-01"], lines["loppa-app-02"]) == (None, None)


def test_before_a_way_leads_there_nothing_is_asked_and_all_is_counted(region: Region) -> None:
    old = derive(region, loppa=Stage.SURVEY)
    assert not find(old, "pings", municipality="loppa")
    assert not find(old, "applications", municipality="loppa")
    counts = {row["kind"]: row["count"] for row in old["monitoring__unwatched"] if row["municipality"] == "loppa"}
    home = region.municipalities["loppa"]
    servers = sum(server.municipality == "loppa" for server in region.servers.values())
    assert counts == {
        "servers": servers,
        "switches": len(region.of("loppa")),
        "applications": len(home.applications),
    }
    connected = derive(region, loppa=Stage.CONNECT)
    assert find(connected, "pings", municipality="loppa", kind="switch")
    assert not find(connected, "pings", municipality="loppa", kind="server")


def test_every_probe_is_let_through(region: Region, moved: dict[str, Any]) -> None:
    """By a record of the inventory: else a list between them would make a dead thing of it."""
    flows = [
        flow
        for name in region.municipalities
        for flow in list_flows(region, name, Stage.RETIRE)
        if flow.source.zone == "services" or flow.source.municipality == CENTRE
    ]
    hosts = [IPv4Address(host["address"]) for host in moved["monitoring__hosts"]]
    for job, targets in moved["monitoring__targets"].items():
        for target in targets:
            module = target["labels"].get("__param_module", "icmp" if job in ("pings", "lines") else "tcp")
            address, _, port = target["targets"][0].removeprefix("https://").rstrip("/").partition(":")
            asked = PortRange.parse(PORTS.get(module, f"tcp/{port}"))
            for host in hosts:
                assert IPv4Address(address) in (host, *_list_open(flows, host, IPv4Address(address), asked)), target
    between = [f"tcp/{port}" for port in (9090, 9093, 9094)] + ["udp/9094"]
    for port in map(PortRange.parse, between):
        assert hosts[1] in _list_open(flows, hosts[0], hosts[1], port)


def _list_open(flows: list[Any], host: IPv4Address, address: IPv4Address, port: PortRange) -> list[IPv4Address]:
    """The address, if a flow leads there."""
    return [
        address
        for flow in flows
        if flow.port.overlaps(port)
        and any(host in network for network in flow.source.networks)
        and any(network.prefixlen and address in network for network in flow.destination.networks)
    ][:1]


def test_every_alert_has_a_runbook_and_every_runbook_somebody_who_names_it() -> None:
    """Alerts of the role's rules, and the checks of scripts/health_check.py."""
    text = (ROLE / "templates" / "etc" / "prometheus" / "rules.yml.j2").read_text()
    named = {line.rpartition("/")[2].strip() for line in text.splitlines() if "runbook_url:" in line}
    assert text.count("- alert:") == text.count("runbook_url:")
    checks = [check for kind in (SWITCHES, SERVERS, APPLICATIONS) for check in load_checks(kind)]
    named |= {check.runbook.name for check in checks}
    assert named == {path.name for path in RUNBOOKS.glob("*.md")}


def test_what_is_told_of_the_role_is_so() -> None:
    """Every default is declared, and every variable of the module is required."""
    options = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    required = {name for name, option in options.items() if option.get("required")}
    assert defaults.keys() == options.keys() - required
