"""A change that moves ports to another VLAN: their links go down and up, and whoever does not follow is told."""

from pathlib import Path
from typing import Any

import pytest

from nornir_tasks.change import apply_device as apply_device_module
from nornir_tasks.change.apply_device import apply_device
from nornir_tasks.change.outcome import Outcome, record_outcome
from nornir_tasks.change.plan import Plan
from nornir_tasks.change.recover import recover_device
from nornir_tasks.devices.context import Context
from nornir_tasks.migration.execution import finish, may_go_on
from tests.support import scripted_switch
from tests.support.scripted_switch import NAME, SURVEYED, Switch, die, impatient, late, planned, plugged_in

PORT = "GigabitEthernet1/0/1"
UPLINK = "GigabitEthernet1/0/6"
PC, PRINTER, PHONE = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"
BEFORE = f"""{scripted_switch.BEFORE}interface {PORT}
 switchport access vlan 30
 switchport mode access
"""
INTENDED = f"""{scripted_switch.INTENDED}interface {PORT}
 switchport access vlan 20
 switchport mode access
"""
AFTER = INTENDED.replace("<secret:username drift>", f"5 {scripted_switch.HASH}")


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An empty journal; plans begin at these texts."""
    monkeypatch.setattr(scripted_switch, "BEFORE", BEFORE)
    return impatient(monkeypatch, tmp_path)


def moving(**more: Any) -> Switch:
    """The switch, with three clients at the port that moves; two of them have an address in its new VLAN."""
    trouble = {"ports": lambda s: {PORT: True}, **more.pop("trouble", {})}
    heard = [(PC, 30, PORT), (PRINTER, 30, PORT), (PHONE, 30, PORT), ("02:00:00:00:00:09", 30, UPLINK)]
    known: list[tuple[str, str, int | None]] = [
        (PC, "172.17.20.7", 20), (PHONE, "172.17.20.8", 20), (PRINTER, "192.168.17.9", 30)
    ]  # fmt: skip
    return Switch(**{"text": BEFORE, "saved": BEFORE, "trouble": trouble, "macs": heard, "arps": known, **more})


def plan(context: Context) -> Plan:
    """From VLAN 30 to VLAN 20."""
    return planned(context, intended=INTENDED)


def applied(context: Context, switch: Switch, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Apply the plan to this switch."""
    plugged_in(switch, monkeypatch)
    return apply_device(context, plan(context), NAME, SURVEYED)


def trace(context: Context) -> list[str]:
    """What the journal says of the device."""
    return [entry.outcome for entry in context.journal.entries(what="device")]


def test_links_bounce_once_the_change_is_there(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written down before; and the one client that does not follow is told by port, MAC and last address."""
    switch = moving()
    outcome = applied(context, switch, monkeypatch)
    assert (outcome.outcome, outcome.asked) == ("changed", 3)
    assert outcome.silent == (f"{PORT} {PRINTER} 192.168.17.9",)
    assert f"silent since: {PORT} {PRINTER} 192.168.17.9" in outcome.message
    assert trace(context) == ["started", "writing", "probing", "bouncing", "confirming", "changed"]
    calls = [call for call in switch.calls if call in ("push", "lower_links", "raise_links", "confirm")]
    assert calls == ["push", "lower_links", "raise_links", "confirm"]
    assert not switch.down


def test_nothing_moves_and_no_link_goes_down(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the same change without the port."""
    monkeypatch.setattr(scripted_switch, "BEFORE", BEFORE.replace("vlan 30", "vlan 20"))
    switch = moving(text=BEFORE.replace("vlan 30", "vlan 20"))
    outcome = applied(context, switch, monkeypatch)
    assert (outcome.outcome, outcome.asked, outcome.silent) == ("changed", 0, ())
    assert "lower_links" not in switch.calls
    assert "bouncing" not in trace(context)


def test_too_many_silent_clients_are_brought_back(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """And their links bounce once more, for they have been told of a network that they are no longer in."""
    switch = moving(arps=[(PC, "172.17.20.7", 20), (PRINTER, "192.168.17.9", 30)])
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "reverted"
    assert f"3 clients of {NAME} to have an address where they are now" in outcome.message
    assert f"{PRINTER} 192.168.17.9; {PORT} {PHONE} of unknown address" in outcome.message
    assert switch.text == BEFORE
    assert switch.calls.count("lower_links") == 2
    assert switch.calls.index("revert") < len(switch.calls) - switch.calls[::-1].index("lower_links")
    assert not switch.down


def test_a_gateway_that_cannot_be_asked_confirms_nothing(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the clients are there is not known: that is no reason to go on."""
    switch = moving(trouble={"arp_table": late(die)})
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "reverted"
    assert switch.text == BEFORE


def test_links_that_cannot_be_bounced_on_the_way_back(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device is as it was, which is said at once; whose links to look at is said as well."""
    monkeypatch.setattr(apply_device_module, "find_deadline", lambda target: float("inf"))  # it must not be waited for
    switch = moving(trouble={"lower_links": die})
    outcome = applied(context, switch, monkeypatch)
    assert outcome.outcome == "reverted"
    assert f"It is as it was before. But look whether these links are up: {PORT}" in outcome.message
    assert switch.text == BEFORE


@pytest.mark.parametrize("waits", [True, False], ids=["it waits for its confirmation", "its timer brought it back"])
def test_whoever_died_with_links_down(context: Context, monkeypatch: pytest.MonkeyPatch, waits: bool) -> None:
    """Whoever resumes lets them come up first, and bounces them where the switch has gone back."""

    def kill(switch: Switch) -> None:
        raise SystemExit  # nothing is written down any more

    switch = moving(trouble={"lower_links": kill})
    plugged_in(switch, monkeypatch)
    begun = plan(context)
    with pytest.raises(SystemExit):
        apply_device(context, begun, NAME, SURVEYED)
    assert switch.down
    assert trace(context)[-1] == "bouncing"
    del switch.trouble["lower_links"]
    if not waits:
        switch.text, switch.old = BEFORE, None
    switch.calls.clear()
    outcome = recover_device(context, begun, NAME)
    assert outcome.outcome == ("changed" if waits else "reverted")
    assert (switch.text, switch.down) == (AFTER if waits else BEFORE, set())
    assert switch.calls.index("raise_links") < switch.calls.index("running")
    assert switch.calls.count("lower_links") == 1


@pytest.mark.parametrize(("silent", "goes_on"), [(("a",), True), (("a", "b"), False)])
def test_silent_clients_of_a_run_decide_over_what_has_not_begun(
    context: Context, silent: tuple[str, ...], goes_on: bool
) -> None:
    """One may have been switched off; more than the share of all of them stop the others, each of them named."""
    begun = plan(context)
    outcome = Outcome(NAME, "changed", "confirmed and saved", asked=9, silent=silent)
    record_outcome(context, begun, begun.of(NAME), outcome)
    assert may_go_on(context, begun) is goes_on
    assert finish(context, begun).notices[: len(silent)] == tuple(f"{NAME}: silent {words}" for words in silent)
