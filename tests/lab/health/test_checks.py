"""Every check of a switch against what can be wrong with one in the lab: what is found, and nothing beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from nornir_tasks.core.verdict import Verdict
from nornir_tasks.health.runner import check_health
from nornir_tasks.model import Stage
from tests.support.loppa_in_lab import Loppa, loppa

__all__ = ["loppa"]

CORE, TOWN_HALL = "loppa-core-01", "loppa-acc-01"
PORT = "GigabitEthernet1/0/{}"
TO_TOWN_HALL, TO_ALTA, UPLINK = PORT.format(1), PORT.format(23), PORT.format(49)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with one switch, and what must be told of it.

    Args:
        switch: its name.
        faults: set there.
        lines: typed there by somebody, and ``back`` what takes them back.
        told: each check that fails, and words of its verdict with its advice.
    """

    switch: str
    told: dict[str, tuple[str, ...]]
    faults: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    back: tuple[str, ...] = ()


HARDWARE = {
    "hot": Trouble(CORE, {"temperature": ("49 °C", "the cooling of the room")}, ("hot",)),
    "a fan": Trouble(CORE, {"fans": ("switch 1 fan 2 turning", "Nothing is urgent")}, ("fan",)),
    "hot, and its fan is why": Trouble(
        CORE, {"temperature": ("A fan stands still",), "fans": ("too hot already",)}, ("hot", "fan")
    ),
    "one of two supplies": Trouble(CORE, {"power-supplies": ("supply 1B", "The other supply carries it")}, ("power",)),
    "the only supply": Trouble(TOWN_HALL, {"power-supplies": ("supply 1 ", "Do not unplug anything")}, ("power",)),
    "a processor that is busy": Trouble(CORE, {"processor": ("96 %", "loop")}, ("cpu",)),
    "no memory": Trouble(CORE, {"memory": ("98 %", "It leaks")}, ("memory",)),
    "damaged frames": Trouble(TOWN_HALL, {"port-errors": (UPLINK, "360 in an hour", "the optics")}, (f"crc {UPLINK}",)),
    "a bridge at a desk": Trouble(
        TOWN_HALL,
        {"ports": (f"{PORT.format(2)} open", "disabled by the switch (bpduguard)", "pulled out")},
        (f"errdisable {PORT.format(2)}",),
    ),
    "no light": Trouble(
        CORE, {"uplinks": (TO_TOWN_HALL, "down (no light)", "has power")}, (f"no-light {TO_TOWN_HALL}",)
    ),
    "a cable that the switch has closed": Trouble(
        CORE,
        {"uplinks": (TO_TOWN_HALL, "down (disabled by the switch (bpduguard))", "pulled out")},
        (f"errdisable {TO_TOWN_HALL}",),
    ),
    "a cable that somebody has closed": Trouble(
        CORE,
        {"uplinks": (TO_TOWN_HALL, "down (closed by hand)", "find out who"), "saved": ("lines differ",)},
        lines=(f"interface {TO_TOWN_HALL}", "shutdown"),
        back=(f"interface {TO_TOWN_HALL}", "no shutdown"),
    ),
    "a trunk without a VLAN of the old network": Trouble(
        CORE,
        {"trunks": (f"VLAN 40 on {TO_TOWN_HALL}", "the cable is well"), "saved": ("lines differ",)},
        lines=(f"interface {TO_TOWN_HALL}", "switchport trunk allowed vlan remove 40"),
        back=(f"interface {TO_TOWN_HALL}", "switchport trunk allowed vlan add 40"),
    ),
    "a desk that somebody has closed": Trouble(
        TOWN_HALL,
        {"ports": (PORT.format(2), "closed by hand", "nothing is broken"), "saved": ("lines differ",)},
        lines=(f"interface {PORT.format(2)}", "shutdown"),
        back=(f"interface {PORT.format(2)}", "no shutdown"),
    ),
}
CONNECTED = {
    "a clock on its own": Trouble(TOWN_HALL, {"time": ("follows no time server", "the times in its log")}, ("clock",)),
    "a way that OSPF does not take": Trouble(
        CORE,
        {"routes": ("a route to alta-leaf-", TO_ALTA, "do not talk OSPF"), "saved": ("lines differ",)},
        lines=("router ospf 1", f"passive-interface {TO_ALTA}"),
        back=("router ospf 1", f"no passive-interface {TO_ALTA}"),
    ),
    "a trunk without a VLAN": Trouble(
        CORE,
        {"trunks": (f"VLAN 110 on {TO_TOWN_HALL}", "the cable is well"), "saved": ("lines differ",)},
        lines=(f"interface {TO_TOWN_HALL}", "switchport trunk allowed vlan remove 110"),
        back=(f"interface {TO_TOWN_HALL}", "switchport trunk allowed vlan add 110"),
    ),
    "a VLAN that is stopped": Trouble(
        TOWN_HALL,
        {"vlans": ("VLAN 110 (ADMINISTRATION)", "stopped", "reaches nobody"), "saved": ("lines differ",)},
        lines=("vlan 110", "shutdown"),
        back=("vlan 110", "no shutdown"),
    ),
    "a gateway that somebody has closed": Trouble(
        CORE,
        {"gateways": ("Somebody has closed it (interface Vlan120: shutdown)",), "saved": ("lines differ",)},
        lines=("interface Vlan120", "shutdown"),
        back=("interface Vlan120", "no shutdown"),
    ),
}


def find_failures(loppa: Loppa, switch: str) -> dict[str, list[Verdict]]:
    """What is wrong with a switch, by check; nothing may be left untold because the tool did not understand."""
    region = loppa.context.region
    verdicts = check_health(region, [region.devices[switch]], context=loppa.context).verdicts
    assert [verdict.text for verdict in verdicts if verdict.status == "error"] == []
    failures: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.status == "failure":
            failures.setdefault(verdict.rule.name, []).append(verdict)
    return failures


def try_out(loppa: Loppa, trouble: Trouble) -> None:
    """Make the trouble, look, and take it away again."""
    client = loppa.lab.client
    assert find_failures(loppa, trouble.switch) == {}
    try:
        for fault in trouble.faults:
            loppa.fault(trouble.switch, *fault.split())
        if trouble.lines:
            client.edit(trouble.switch, *trouble.lines)
        failures = find_failures(loppa, trouble.switch)
    finally:
        loppa.fault(trouble.switch, "clear")
        if trouble.back:
            client.edit(trouble.switch, *trouble.back)
    texts = {check: " ".join(verdict.text_with_advice for verdict in found) for check, found in failures.items()}
    assert texts.keys() == trouble.told.keys(), texts
    assert {check: [word for word in words if word not in texts[check]] for check, words in trouble.told.items()} == {
        check: [] for check in trouble.told
    }
    loppa.lab.wait(lambda: find_failures(loppa, trouble.switch) == {}, 60, "a switch that is well again")


@pytest.mark.parametrize("name", HARDWARE)
def test_what_is_wrong_with_a_switch_in_its_legacy(loppa: Loppa, name: str) -> None:
    try_out(loppa, HARDWARE[name])


def test_every_switch_is_well(loppa: Loppa) -> None:
    for device in loppa.context.region.of("loppa"):
        assert find_failures(loppa, device.name) == {}


def test_a_restart_is_told_and_its_reason(loppa: Loppa) -> None:
    """IOS of the lab says that somebody ordered it."""
    loppa.fault(TOWN_HALL, "reload")
    loppa.lab.wait(lambda: loppa.lab.switch(TOWN_HALL)["up"], 60, "a switch that is up again")
    loppa.lab.wait(lambda: "restarted" in find_failures(loppa, TOWN_HALL), 60, "a login")
    (verdict,) = find_failures(loppa, TOWN_HALL)["restarted"]
    assert "for 0 minutes (Reload command)" in verdict.text
    assert "Somebody ordered it" in verdict.advice
    loppa.lab.client.reset("loppa")


@pytest.fixture(scope="module")
def harmonised(loppa: Loppa) -> Iterator[Loppa]:
    """Loppa with the standard beside its legacy."""
    assert loppa.to(Stage.HARMONISE).done
    yield loppa
    loppa.lab.client.reset()


@pytest.mark.parametrize("name", CONNECTED)
def test_what_is_wrong_with_a_switch_that_is_connected(harmonised: Loppa, name: str) -> None:
    try_out(harmonised, CONNECTED[name])


def test_every_switch_is_well_beside_its_legacy(harmonised: Loppa) -> None:
    """Those of the centre that Loppa hangs on, too."""
    region = harmonised.context.region
    for name in [device.name for device in region.of("loppa")] + ["alta-leaf-01", "hammerfest-leaf-01"]:
        assert find_failures(harmonised, name) == {}
