"""What zones use, asked for from their gateways before and after a change of the core: on the lab's switches."""

import time
from typing import Any

import pytest

from nornir_tasks.core.verdict import Status
from nornir_tasks.model import Device, Stage
from nornir_tasks.platforms.common.base import Origin, PortState, Session
from nornir_tasks.reachability.service_probes import list_service_probes
from nornir_tasks.targets import service_probe, switch_probe
from tests.support.loppa_in_lab import Loppa

CORE, EOS, PROCURVE = "loppa-core-01", "loppa-acc-05", "loppa-acc-04"
ARCHIVE = "192.168.23.30"  # of the old network, at the core's port 11
LEAVES = ("alta-leaf-01", "hammerfest-leaf-01")
LIST = ("ip access-list PATCH", "10 deny tcp any any eq 53", "20 permit ip any any")


def device_of(loppa: Loppa, name: str) -> Device:
    """A switch of the model."""
    return loppa.context.region.devices[name]


def login(loppa: Loppa, name: str) -> Session:
    """A session with a switch, as the stage has it."""
    return loppa.context.login(device_of(loppa, name), loppa.context.journal.position())


def old_origin(name: str) -> Origin:
    """A switch's own address in the old network."""
    return Origin(1, {CORE: "192.168.16.1", EOS: "192.168.16.15", PROCURVE: "192.168.16.14"}[name])


@pytest.mark.parametrize("name", [CORE, EOS])
def test_a_port_is_open_refused_or_silent(loppa: Loppa, name: str) -> None:
    """Where it listens, where nothing does, and where nobody is; the session goes on as before."""
    with login(loppa, name) as session:
        origin = old_origin(name)
        assert session.ask_port(origin, ARCHIVE, 443) == PortState.OPEN
        assert session.ask_port(origin, ARCHIVE, 81) == PortState.REFUSED
        began = time.monotonic()
        assert session.ask_port(origin, "192.168.22.99", 443) == PortState.SILENT
        assert 0.9 < time.monotonic() - began < 6
        assert session.ask_port(origin, ARCHIVE, 443) == PortState.OPEN
        assert session.facts()["model"] == device_of(loppa, name).model


@pytest.mark.parametrize("name", [CORE, EOS, PROCURVE])
def test_an_address_is_asked_for_from_its_own(loppa: Loppa, name: str) -> None:
    """And from none that is not; ProCurve asks for no port."""
    with login(loppa, name) as session:
        origin = old_origin(name)
        assert session.ping_from(origin, ARCHIVE)
        assert not session.ping_from(origin, "192.168.22.99")
        assert not session.ping_from(Origin(110, "10.17.8.1"), ARCHIVE)
        if name == PROCURVE:
            assert session.ask_port(origin, ARCHIVE, 443) is None


def test_lists_on_the_way_stop_what_is_asked_and_what_comes_back(loppa: Loppa) -> None:
    """At another switch's port there, and back; by port, so that a ping would not have noticed."""
    way_there = ["interface GigabitEthernet1/0/3", "ip access-group PATCH in"]
    way_back = ["interface GigabitEthernet1/0/11", "ip access-group PATCH in"]
    origin = old_origin(EOS)
    for row, place in (("deny tcp any any eq 443", way_there), ("deny tcp any eq 443 any", way_back)):
        loppa.lab.client.edit(CORE, "ip access-list extended PATCH", row, "permit ip any any", "exit", *place)
        with login(loppa, EOS) as session:
            assert session.ask_port(origin, ARCHIVE, 443) == PortState.SILENT
            assert session.ask_port(origin, ARCHIVE, 8443) == PortState.OPEN
            assert session.ping_from(origin, ARCHIVE)
        loppa.lab.client.edit(CORE, place[0], f"no {place[1]}", "exit", "no ip access-list extended PATCH")
        with login(loppa, EOS) as session:
            assert session.ask_port(origin, ARCHIVE, 443) == PortState.OPEN


def test_the_old_network_is_asked_for_its_own_services(loppa: Loppa) -> None:
    """All of them answer, in a moment, before anything has moved."""
    probes = list_service_probes(loppa.context.region, device_of(loppa, CORE), loppa.context.journal.position())
    with login(loppa, CORE) as session:
        began = time.monotonic()
        answers = service_probe.ask(session, probes.asked)
        assert time.monotonic() - began < 10
    assert set(answers) == {probe.key for probe in probes.asked}
    assert set(answers.values()) == {PortState.OPEN.value}


def test_a_way_that_breaks_on_another_switch_is_not_confirmed(loppa: Loppa, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's list on the leaves stops names while the core is changed: it goes back, and the service is named."""
    assert loppa.to(Stage.HARMONISE).done
    device = device_of(loppa, CORE)
    verdict = ask_all(loppa)
    assert verdict.status == Status.PASSED
    assert "UDP is not asked: common service time" in verdict.actual
    observe = switch_probe.observe
    ports = {name: f"Ethernet{device_of(loppa, CORE).port(23 + n).neighbour.port}" for n, name in enumerate(LEAVES)}

    def observe_and_break(*given: Any) -> switch_probe.Baseline:
        baseline = observe(*given)
        for name, port in ports.items():
            loppa.lab.client.edit(name, *LIST, "exit", f"interface {port}", "ip access-group PATCH in")
        return baseline

    monkeypatch.setattr(switch_probe, "observe", observe_and_break)
    monkeypatch.setattr(switch_probe, "PATIENCE_SECONDS", 1.0)
    loppa.lab.client.edit(device.name, "no ntp server 10.10.1.10", save=True)
    result = loppa.harmonise()
    assert not result.done
    assert result.outcomes[CORE] == "reverted", loppa.told[-3:]
    told = next(line for line in reversed(loppa.told) if f" {CORE}: " in line)
    assert "administration (Vlan110, 10.17.8.1) of loppa to reach common service names at centre-names-01" in told
    assert "10.10.1.11 tcp/53: no answer" in told
    assert "ntp server 10.10.1.10" not in loppa.lab.client.running(CORE)
    monkeypatch.undo()
    for name, port in ports.items():
        loppa.lab.client.edit(
            name, f"interface {port}", "no ip access-group PATCH in", "exit", "no ip access-list PATCH"
        )
    result = loppa.harmonise()
    assert result.done
    assert any(f" {CORE}: changed" in line and "ways to services answer" in line for line in loppa.told)


def ask_all(loppa: Loppa) -> Any:
    """What is said of the core's services where nothing changes."""
    device, position = device_of(loppa, CORE), loppa.context.journal.position()
    probes = list_service_probes(loppa.context.region, device, position)
    with login(loppa, CORE) as session:
        before = service_probe.ask(session, probes.asked)
        return service_probe.ServiceLook(device, session, probes, before).judge()[0]
