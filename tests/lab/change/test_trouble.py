"""What can go wrong on the way of a change, and that the network is as it was afterwards: one story on the lab."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from nornir_tasks.change import approval
from nornir_tasks.change.plan import PlanError, load, save
from nornir_tasks.devices.address_guard import GuardError
from nornir_tasks.drift.audit import audit_devices
from nornir_tasks.health.runner import check_health
from nornir_tasks.journal import lock
from nornir_tasks.journal.lock import LockedError
from nornir_tasks.migration.execution import abandon, apply_one
from nornir_tasks.migration.gates import GateError
from nornir_tasks.migration.municipality_change import ChangeError, begin, begin_harmonise, begin_undo
from nornir_tasks.migration.undo import UndoError
from nornir_tasks.model import Endpoint, Position, Stage
from nornir_tasks.targets import switch_probe
from nornir_tasks.trust.host_keys import HostKeyChanged, HostKeyUnknown
from tests.support.loppa_in_lab import Loppa

# One switch of each platform: what it is told in a stage, and a line of it that the test lets it refuse.
IOS, EOS, PROCURVE = "loppa-acc-06", "loppa-acc-05", "loppa-acc-07"


def test_a_switch_that_does_not_answer_shuts_the_gate(loppa: Loppa) -> None:
    """Before anything else has been done; the gate names the switch."""
    loppa.fault(IOS, "unreachable")
    with pytest.raises(GateError, match=f"{IOS}.*no connection"):
        loppa.to(Stage.SURVEY)
    loppa.fault(IOS, "clear")
    assert loppa.stage() == Stage.LEGACY
    assert lock.holder_of(loppa.context.journal, "loppa") is None


def test_a_connection_outside_the_management_networks_is_refused(loppa: Loppa) -> None:
    """Whatever the inventory says of the address of one host."""
    device = loppa.context.region.devices[IOS]
    elsewhere = device.model_copy(update={"endpoint": Endpoint(host="192.0.2.1")})
    with pytest.raises(GuardError, match=rf"{IOS}: refused to connect to 192\.0\.2\.1.*127\.0\.0\.0/8"):
        loppa.context.login(elsewhere, Position())
    named = device.model_copy(update={"endpoint": Endpoint(host="switch.example")})
    with pytest.raises(GuardError, match="names are not resolved"):
        loppa.context.login(named, Position())
    former = device.model_copy(update={"endpoint": device.endpoint.model_copy(update={"legacy_host": "192.0.2.2"})})
    with pytest.raises(GuardError, match=r"refused to connect to 192\.0\.2\.2"):
        loppa.context.login(former, Position())


def test_a_switch_with_another_key_is_not_talked_to(
    loppa: Loppa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is sent to nobody but whom the inventory's known hosts know; the environment may name others."""
    position = loppa.context.journal.position()
    device, eos = (loppa.context.region.devices[name] for name in (IOS, EOS))
    with loppa.context.login(device, position) as session:
        assert session.facts()["hostname"]
    for swapped in (device, eos):
        loppa.fault(swapped.name, "new-key")
        with pytest.raises(HostKeyChanged, match=rf"{swapped.endpoint.host}.*trust.py {swapped.name} --replace"):
            loppa.context.login(swapped, position)
        loppa.fault(swapped.name, "clear")
    monkeypatch.setenv("FELLESDRIFT_KNOWN_HOSTS", str(tmp_path / "nothing"))
    with pytest.raises(HostKeyUnknown, match=f"in {tmp_path / 'nothing'}, actual none.*scripts/trust.py {IOS}"):
        loppa.context.login(device, position)


def test_gates_are_all_named_at_once(loppa: Loppa) -> None:
    """A stage too far: the one before is not complete, and what follows from it."""
    assert loppa.to(Stage.SURVEY).done
    with pytest.raises(GateError) as refused:
        begin(loppa.context, "loppa", Stage.CUTOVER)
    assert "stage_before: Expected loppa at pilot, actual: survey" in str(refused.value)
    assert "approvals: Expected approvals by two different people, actual: none" in str(refused.value)


def test_a_switch_edited_after_the_plan_is_refused(loppa: Loppa) -> None:
    """Its digest has moved: nothing is written to it, nor to what comes after it; again, and it goes on."""
    before = loppa.lab.client.digests()
    started = begin(loppa.context, "loppa", Stage.CONNECT)
    loppa.lab.client.edit("loppa-core-01", "interface GigabitEthernet1/0/20", "description by hand")
    edited = loppa.lab.client.digests()
    summary = loppa.run(started)
    assert not summary.done
    assert summary.outcomes["loppa-core-01"] == "refused"
    assert any("loppa-core-01: its running configuration changed after the plan" in line for line in summary.messages)
    now = loppa.lab.client.digests()
    assert {name for name in now if now[name] != edited[name]} == {"alta-leaf-01", "hammerfest-leaf-01"}
    loppa.lab.client.edit("loppa-core-01", "interface GigabitEthernet1/0/20", "no description")
    assert loppa.lab.client.digests()["loppa-core-01"] == before["loppa-core-01"]


def test_an_edit_is_drift_and_shuts_the_gate(loppa: Loppa) -> None:
    """A halfway stage is no drift; a line that somebody typed is, and the audit names it."""
    clean = audit_devices(loppa.context.region, loppa.context.region.of("loppa"), context=loppa.context)
    assert {result.status for result in clean} == {"clean"}
    loppa.lab.client.edit(EOS, "interface Ethernet5", "description by hand")
    found = audit_devices(loppa.context.region, [loppa.context.region.devices[EOS]], context=loppa.context)
    assert found[0].status == "drift"
    assert any("interface Ethernet5 / description by hand" in line for line in found[0].lines)
    with pytest.raises(GateError, match=f"no_drift: Expected no drift, actual: {EOS}: .*description by hand"):
        begin(loppa.context, "loppa", Stage.CONNECT)
    assert loppa.harmonise().outcomes[EOS] == "changed"
    again = audit_devices(loppa.context.region, [loppa.context.region.devices[EOS]], context=loppa.context)
    assert (again[0].status, again[0].identical) == ("clean", True)


def test_connect_goes_on_where_it_stopped(loppa: Loppa) -> None:
    """The leaves are done already; the others follow."""
    summary = loppa.to(Stage.CONNECT)
    assert summary.done
    assert summary.outcomes["alta-leaf-01"] == "unchanged"
    assert len(summary.changed) == 9
    assert loppa.stage() == Stage.CONNECT


def test_only_one_change_at_a_time(loppa: Loppa) -> None:
    """Whoever comes second is told who works there, and why."""
    started = begin(loppa.context, "loppa", Stage.HARMONISE)
    parent = lock.Holder.of("somebody", "something else", 1)
    other = replace(loppa.context, holder=parent)
    with pytest.raises(LockedError, match=r"a change is under way: tester on .*reason: test"):
        begin(other, "loppa", Stage.HARMONISE)
    assert apply_one(other, started.plan, IOS).outcome == "refused"
    abandon(loppa.context, "loppa")


def test_what_cannot_be_reached_afterwards_is_not_confirmed(loppa: Loppa, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core takes every line; but one of its uplinks is dead, so it goes back, and nobody after it begins."""
    monkeypatch.setattr(switch_probe, "PATIENCE_SECONDS", 1.0)
    core = loppa.context.region.devices["loppa-core-01"]
    far = next(port.neighbour for port in core.ports if port.neighbour and port.neighbour.device == "alta-leaf-01")
    started = begin(loppa.context, "loppa", Stage.HARMONISE)
    before = loppa.lab.client.digests()
    loppa.lab.client.edit("alta-leaf-01", f"interface {far.port_name}", "no ip address", "exit")
    summary = loppa.run(started)
    loppa.lab.client.edit("alta-leaf-01", f"interface {far.port_name}", f"ip address {far.peer_address}", "exit")
    assert summary.outcomes["loppa-core-01"] == "reverted"
    words = next(line for line in summary.messages if line.startswith("loppa-core-01:"))
    assert f"actual: no answer from {far.peer_address.ip if far.peer_address else ''}" in words
    assert "It is as it was before" in words
    assert {summary.outcomes[name] for name in summary.outcomes if name != "loppa-core-01"} == {"not begun"}
    assert loppa.lab.client.digests() == before


def test_a_saved_plan_is_applied_as_it_was_read_or_not_at_all(loppa: Loppa) -> None:
    """Its name is a digest of its content; approvals are kept with it in the journal."""
    made = loppa.approve(loppa.plan(Stage.HARMONISE), "kari")
    plan = load(loppa.context, made.id)
    assert plan == made
    assert approval.find_approvals(loppa.context, plan) == {"kari": "test"}
    assert [devices for _, devices in plan.groups()]
    path = save(loppa.context, plan)
    assert path.stat().st_mode & 0o077 == 0
    path.write_text(path.read_text().replace("GUEST", "QUEST"))
    with pytest.raises(PlanError, match="its content was changed"):
        load(loppa.context, plan.id)
    save(loppa.context, plan)
    other = replace(loppa.context)
    other.__dict__["digests"] = {**loppa.context.digests, "templates": "moved"}
    with pytest.raises(PlanError, match="the templates changed since it was made"):
        begin(other, "loppa", Stage.HARMONISE, plan_id=plan.id)
    with pytest.raises(ChangeError, match="found stage loppa harmonise, expected stage loppa pilot"):
        begin(loppa.context, "loppa", Stage.PILOT, plan_id=plan.id)
    summary = loppa.run(begin(loppa.context, "loppa", Stage.HARMONISE, plan_id=plan.id))
    assert summary.done
    assert len(summary.changed) == 9


@pytest.mark.parametrize(
    ("switch", "refused"),
    [  # canary, second wave, third wave
        (EOS, "switchport access vlan 1[1-9]0"),
        (PROCURVE, "untagged .*"),
        ("loppa-acc-01", "switchport access vlan 1[1-9]0"),
    ],
)
def test_a_switch_that_refuses_a_line_is_as_it_was(loppa: Loppa, switch: str, refused: str) -> None:
    """In the middle of cutover; its wave is consistent, the next does not begin, and afterwards it goes on."""
    if loppa.stage() < Stage.PILOT:
        assert loppa.to(Stage.PILOT).done
    before = loppa.lab.client.digests()
    loppa.fault(switch, "refuse", refused)
    summary = loppa.to(Stage.CUTOVER)
    loppa.fault(switch, "clear")
    assert not summary.done
    assert summary.outcomes[switch] == "reverted"
    words = next(line for line in summary.messages if line.startswith(f"{switch}:"))
    assert re.search(rf"refused the line '[^']*{refused}", words)
    assert "It is as it was before" in words
    after = loppa.lab.client.digests()
    assert after[switch] == before[switch]
    assert loppa.lab.client.startup(switch) == loppa.lab.client.running(switch)
    results = audit_devices(loppa.context.region, loppa.context.region.of("loppa"), context=loppa.context)
    assert {result.status for result in results} == {"clean"}


def test_cutover_finishes_once_the_fault_is_gone(loppa: Loppa) -> None:
    """The same stage again: what is done is left alone."""
    summary = loppa.to(Stage.CUTOVER)
    assert summary.done
    assert loppa.stage() == Stage.CUTOVER
    again = loppa.to(Stage.CUTOVER)
    assert again.done
    assert again.changed == ()


def test_a_switch_somebody_edited_is_not_taken_back(loppa: Loppa) -> None:
    """Going back would lose the edit; the message says what to do first."""
    loppa.lab.client.edit(PROCURVE, "interface 3", 'name "by hand"', "exit")
    with pytest.raises(UndoError, match=f'{PROCURVE}: somebody changed it since: .*name "by hand"'):
        begin_undo(loppa.context, "loppa")
    assert loppa.harmonise().changed == (PROCURVE,)


def test_a_dropped_session_brings_the_switch_back(loppa: Loppa) -> None:
    """The line goes dead while the change is written; the switch ends up as it was."""
    started = begin_undo(loppa.context, "loppa")
    before = loppa.lab.client.running(IOS)
    loppa.fault(IOS, "drop-after", "9")
    outcome = loppa.run(started)
    loppa.fault(IOS, "clear")
    assert not outcome.done
    assert outcome.outcomes[IOS] in ("reverted", "refused")
    assert loppa.lab.client.running(IOS) == before
    assert loppa.undo().done
    assert loppa.stage() == Stage.PILOT


def test_health_says_what_is_wrong_and_what_to_do(loppa: Loppa) -> None:
    """A switch that is away is a failure with an advice; its other checks are skipped, not passed."""
    region = loppa.context.region
    loppa.fault(EOS, "unreachable")
    results = check_health(region, [region.devices[EOS], region.devices[IOS]], context=loppa.context).verdicts
    loppa.fault(EOS, "clear")
    by = {(result.subject, result.rule.name): result for result in results}
    assert by[EOS, "reachable"].status == "failure"
    assert by[EOS, "reachable"].advice
    assert by[EOS, "saved"].status == "skipped"
    assert [result.text for result in results if result.subject == IOS and result.status == "failure"] == []


def test_no_secret_is_kept_or_told(loppa: Loppa) -> None:
    """Neither clear nor as a device stores it."""
    context, device = loppa.context, loppa.context.region.devices[IOS]
    clear = context.credentials.own_account(device).password
    stored = re.findall(r"secret 5 (\S+)", loppa.lab.client.running(IOS))
    assert stored
    kept = [path.read_bytes() for path in context.where.rglob("*") if path.is_file()]
    told = "\n".join(loppa.told).encode()
    assert not any(secret.encode() in text for text in (*kept, told) for secret in (clear, *stored))


def test_nothing_changes_twice(loppa: Loppa) -> None:
    """Harmonise has nothing to do on a switch that is as intended."""
    before = loppa.lab.client.digests()
    started = begin_harmonise(loppa.context, "loppa", check=True)
    assert started.changes == ()
    assert loppa.lab.client.digests() == before
