"""What people read of a plan beside its lines: the links that go down, and the services that are asked for."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from nornir_tasks.change.precautions import describe_asked, list_asked_services, list_bounced_ports
from nornir_tasks.change.summary import PlanSummary, as_dict, summarise
from nornir_tasks.core.terminal import make_console
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.common.base import Session
from nornir_tasks.platforms.eos.session import EosSession
from nornir_tasks.platforms.ios.session import IosSession
from nornir_tasks.platforms.procurve.session import ProcurveSession
from nornir_tasks.reports.plan_page import make_page
from nornir_tasks.reports.plan_text import show, show_signed
from tests.support import migration_plans as plans
from tests.support import small_region as small

CORE = "loppa-core-01"


def of(stage: Stage) -> PlanSummary:
    """A stage of Loppa, with what its switches run."""
    return summarise(plans.whole("loppa", stage), plans.region())


def small_part(before: Stage, after: Stage, device: str = CORE) -> object:
    """A part of a plan of the small region, whose texts do not matter."""
    return replace(plans.part(device, "all", "+ vlan 5\n"), before=int(before), after=int(after))


def flat(text: str) -> str:
    """On one line."""
    return " ".join(text.split())


# --- links


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.HARMONISE, Stage.RETIRE])
def test_a_stage_that_moves_no_client_takes_no_link_down(stage: Stage) -> None:
    """VLANs come and go beside them."""
    assert of(stage).bounced == ()


def test_the_ports_of_clients_are_those_that_change_their_vlan() -> None:
    """Each switch of the change once; no ports of servers, and no cables."""
    plan = plans.whole("loppa", Stage.CUTOVER)
    groups = list_bounced_ports(plans.region(), plan.devices)
    devices = [name for group in groups for name in group.devices]
    assert sorted(devices) == sorted(part.device for part in plan.devices if part.changes)
    profiles = plans.region().devices[CORE].standard.port_profiles
    for group in groups:
        for name in group.devices:
            ports = {port.name: port for port in plans.region().devices[name].ports}
            for port in (ports[moved] for moved in group.ports):
                assert port.neighbour is None
                assert not (port.profile and profiles[port.profile].servers)
    texts = {group.devices: (group.folded, group.power) for group in groups}
    assert texts["loppa-acc-07", "loppa-acc-08"] == ("1-24", "none")
    assert texts["loppa-acc-05",] == ("Ethernet1-47", "kept")


def test_a_model_that_feeds_on_a_platform_that_cuts_the_power_is_told() -> None:
    """On IOS ``shutdown`` takes the power away, too."""
    region, plan = plans.region(), plans.whole("loppa", Stage.CUTOVER)
    feeding = [
        device.model_copy(update={"switch_model": device.switch_model.model_copy(update={"poe": True})})
        for device in region.devices.values()
    ]
    fed = region.model_copy(update={"devices": {device.name: device for device in feeding}})
    power = {name: group.power for group in list_bounced_ports(fed, plan.devices) for name in group.devices}
    assert (power["loppa-acc-01"], power["loppa-acc-05"], power["loppa-acc-07"]) == ("interrupted", "kept", "kept")
    assert "PoE IS CUT meanwhile" in make_page(summarise(plan, fed))


def test_the_way_back_takes_the_same_links_down() -> None:
    """Those who have moved have to move back."""
    plan = plans.whole("loppa", Stage.CUTOVER)
    back = [replace(part, running=part.intended, intended=part.running) for part in plan.devices]
    assert list_bounced_ports(plans.region(), back) == list_bounced_ports(plans.region(), plan.devices)


# --- services


def test_what_is_asked_for_and_what_of_it_is_new() -> None:
    """With harmonise the new gateways come beside the old ones; an access switch asks for nothing."""
    parts = [small_part(Stage.CONNECT, Stage.HARMONISE), small_part(Stage.CONNECT, Stage.HARMONISE, "loppa-acc-01")]
    (services,) = list_asked_services(small.region(), parts)  # type: ignore[arg-type]
    assert [(gateway.origin, gateway.services, gateway.new) for gateway in services.gateways] == [
        ("school (Vlan120, 10.17.16.1)", ("case_archive tcp/443",), 1),
        ("school (Vlan20, 172.17.20.1)", ("case_archive tcp/443",), 0),
    ]
    assert services.gateways[0].asked == ("application loppa/case_archive at app-01 (10.17.92.30 tcp/443)",)
    assert services.unasked == ("common service time",)
    assert describe_asked(services) == "over TCP for 2 ways to services, from 2 gateways (1 new)"


def test_a_platform_that_asks_for_no_port_is_told_to_ping() -> None:
    """ProCurve's telnet has no source."""
    region = small.region()
    core = region.devices[CORE].model_copy(update={"platform": "procurve"})
    other = region.model_copy(update={"devices": {**region.devices, CORE: core}})
    (services,) = list_asked_services(other, [small_part(Stage.CUTOVER, Stage.RETIRE)])  # type: ignore[list-item]
    assert describe_asked(services).startswith("by ping, as it can ask for no port, for 1 way to services")


def test_a_common_service_is_told_from_an_application_of_its_name() -> None:
    """Loppa's directory, and the centre's."""
    (services,) = list_asked_services(plans.region(), [plans.whole("loppa", Stage.CUTOVER).of(CORE)])
    assert {"directory tcp/88", "the centre's directory tcp/88"} <= set(services.gateways[0].services)


def test_what_stands_at_another_municipality_is_asked_once_that_has_its_address() -> None:
    """Where the others stand comes from the journal."""
    part = plans.whole("loppa", Stage.CUTOVER).of(CORE)
    hosts = {
        stage: {
            question
            for services in list_asked_services(plans.region(), [part], Position({"alta": stage, "hammerfest": stage}))
            for gateway in services.gateways
            for question in gateway.asked
        }
        for stage in (Stage.SURVEY, Stage.RETIRE)
    }
    assert hosts[Stage.SURVEY] <= hosts[Stage.RETIRE]
    elsewhere = {question for question in hosts[Stage.RETIRE] if not _is_near(question)}
    assert elsewhere
    assert elsewhere.isdisjoint(hosts[Stage.SURVEY])


def _is_near(question: str) -> bool:
    return " at loppa-" in question or " at centre-" in question


@pytest.mark.parametrize(("name", "session"), [("ios", IosSession), ("eos", EosSession), ("procurve", ProcurveSession)])
def test_what_a_platform_says_of_itself_is_what_its_session_does(name: str, session: type[Session]) -> None:
    """A session that asks for ports has its own way to."""
    assert platform(name).asks_ports == (session.ask_port is not Session.ask_port)


# --- where it is read


def test_who_approves_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    """In `show`, and before a signature."""
    for tell in (show, show_signed):
        tell(make_console(), of(Stage.CUTOVER))
        told = flat(capsys.readouterr().out)
        assert "bounced 211 ports of clients on 7 switches, where the link is up, once their VLAN has changed" in told
        assert "loppa-acc-05: Ethernet1-47 (47; PoE stays on)" in told
        assert "loppa-acc-07, loppa-acc-08: 1-24 (24 each)" in told
        assert "asked loppa-core-01 asks over TCP for 89 ways to services, from 12 gateways" in told
        assert "from administration (Vlan110, 10.17.8.1): case_archive tcp/443, " in told
        assert "and from 9 more gateways: --verbose" in told
        assert (
            "not asked for: what is UDP (common service time, common service addresses), and destinations outside"
            in told
        )


def test_whoever_asks_reads_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    """Host and address, too, and nothing wider than 80 columns."""
    summary = of(Stage.CUTOVER)
    show(make_console(), replace(summary, groups=()), verbose=True)
    output = capsys.readouterr().out
    assert [line for line in output.splitlines() if len(line) > 80] == []
    for services in summary.asked:
        for gateway in services.gateways:
            assert f"from {gateway.origin}: {'; '.join(gateway.asked)}" in flat(output)


def test_the_page_and_the_record_hold_all_of_it() -> None:
    """A table of ports, a row for each gateway, and every question in a fold; JSON there and back."""
    summary = of(Stage.CUTOVER)
    page = make_page(summary)
    for group in summary.bounced:
        assert group.folded in re.sub(r"</?span[^>]*>", "", page)
    told = as_dict(summary)
    assert json.loads(json.dumps(told)) == told
    assert told["bounced"][0]["ports"] == list(summary.bounced[0].ports)
    for services, record in zip(summary.asked, told["asked"], strict=True):
        for gateway, written in zip(services.gateways, record["gateways"], strict=True):
            assert f"<dt>{gateway.origin}</dt><dd>{', '.join(gateway.services)}</dd>" in unescape(page)
            assert f"{gateway.origin}: {'; '.join(gateway.asked)}</p>" in page
            assert written["asked"] == list(gateway.asked)


def test_a_plan_that_does_neither_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """No empty rows."""
    plan = plans.whole("loppa", Stage.CUTOVER)
    summary = summarise(replace(plan, devices=tuple(p for p in plan.devices if not p.changes)), plans.region())
    show(make_console(), summary)
    told = capsys.readouterr().out
    assert "bounced" not in told
    assert "asked" not in told
    assert "Links of clients" not in make_page(summary)
