"""What the lab is built from: facts, the legacy, the stations, and the state that is kept."""

import asyncio
import json
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from lab import personalities
from lab.device.meaning import Meaning
from lab.device.switch import Switch
from lab.network.stations import populate
from lab.region.facts import FactsError, build
from lab.region.legacy import LegacyAccount, LegacySwitch, describe
from lab.state.password import password, salt, seed
from lab.state.store import Store
from lab.testing.bench import Nowhere, bench, old_switch
from tests.support.fake_switches import Fake, fabric, region

ACCOUNT = LegacyAccount("kommune", "never-shown", "0123456789abcdef")


def resolved() -> dict[str, Any]:
    """What ``ansible-inventory --list`` would give for a core, an access switch and two servers."""
    standard = {
        "domain": "example",
        "zones": {
            "operations": {"vlan": 100, "block": "0.0/21"},
            "administration": {"vlan": 110},
            "telephony": {"vlan": 140},
            "wireless": {"vlan": 150},
        },
        "port_profiles": {
            "administration": {"access": "administration", "voice": "telephony", "clients": True},
            "access_point": {"access": "operations", "tagged": ["wireless"]},
        },
        "switch_models": {
            "M": {"platform": "ios", "ports": 6, "name": "Gi1/0/{}", "uplinks": "Te1/1/{}", "uplinks_from": 5}
        },
    }
    town = {
        "label": "Town",
        "number": 3,
        "prefix": "10.3.0.0/16",
        "sites": {"hall": {"name": "Hall", "clients": 3}},
        "links": [
            {"a": "town-acc-01:5", "b": "town-core-01:1"},
            {"a": "town-core-01:6", "b": "far-leaf-01:1", "kind": "routed"},
        ],
        "legacy": {
            "account": "kommune",
            "management_vlan": 10,
            "naming": "SW-{site}-{number}",
            "habits": ["telnet"],
            "vlans": {
                "10": {"name": "DRIFT", "zones": ["operations", "administration"], "subnet": "192.168.0.0/24"},
                "40": {"name": "TLF", "zones": ["telephony", "wireless"]},
            },
            "time_servers": ["192.168.0.9"],
        },
    }
    lab = {"ansible_port": 2222, "eapi_port": 2223, "model": "M", "site": "hall"}
    core = lab | {"address": "10.3.0.1", "ansible_host": {"__ansible_unsafe": "127.3.0.1"}}
    access = lab | {
        "address": "10.3.0.11",
        "legacy_address": "192.168.0.11",
        "ansible_host": "127.3.0.11",
        "ports": {"1-2": "administration", 3: "access_point"},
    }
    hosts: dict[str, Any] = {
        "town-core-01": core,
        "town-acc-01": access,
        "srv": {"address": "10.3.1.5", "runs_on": "hyper"},
        "hyper": {"address": "10.3.1.4", "attached": "town-core-01:3"},
    }
    return {
        "_meta": {"hostvars": {name: standard | town | mine for name, mine in hosts.items()}},
        "municipalities": {"children": ["town"]},
        "town": {"hosts": list(hosts)},
        "switches": {"children": ["core", "access"]},
        "core": {"hosts": ["town-core-01"]},
        "access": {"hosts": ["town-acc-01"]},
        "servers": {"hosts": ["srv", "hyper"]},
    }


def plain(name: str) -> LegacySwitch:
    """A switch of that region before its move."""
    facts = build(_unwrapped())
    return describe(facts, facts.switches[name], ACCOUNT)


def _unwrapped() -> dict[str, Any]:
    from lab.region.facts import _plain

    found: dict[str, Any] = _plain(resolved())
    return found


def test_facts() -> None:
    facts = build(_unwrapped())
    core, access = facts.switches["town-core-01"], facts.switches["town-acc-01"]
    assert (core.host, core.ssh_port, core.eapi_port, core.role) == ("127.3.0.1", 2222, 2223, "core")
    assert core.port_names == ("Gi1/0/1", "Gi1/0/2", "Gi1/0/3", "Gi1/0/4", "Te1/1/5", "Te1/1/6")
    assert core.address == IPv4Interface("10.3.0.1/21")
    assert access.profiles == {1: "administration", 2: "administration", 3: "access_point"}
    assert (access.cables[5].switch, access.cables[5].port, access.cables[5].kind) == ("town-core-01", 1, "trunk")
    assert core.cables[6].kind == "routed"
    assert facts.servers["srv"].attached == "town-core-01:3"  # where its hypervisor is
    assert facts.missing == {}


def test_a_switch_without_an_address_is_named_with_its_reason() -> None:
    raw = _unwrapped()
    del raw["_meta"]["hostvars"]["town-acc-01"]["address"]
    assert build(raw).missing == {"town-acc-01": "no address"}


def test_the_lab_listens_on_this_machine_only() -> None:
    raw = _unwrapped()
    raw["_meta"]["hostvars"]["town-acc-01"]["ansible_host"] = "10.3.0.11"
    facts = build(raw)
    assert "is not on this machine" in facts.missing["town-acc-01"]
    assert list(facts.switches) == ["town-core-01"]


def test_an_inventory_without_switches_is_no_region() -> None:
    raw = _unwrapped() | {"switches": {}}
    with pytest.raises(FactsError, match="no host in the group 'switches'"):
        build(raw)


def test_the_legacy_of_an_access_switch() -> None:
    switch = plain("town-acc-01")
    assert switch.hostname == "SW-hall-01"
    assert switch.management == IPv4Interface("192.168.0.11/24")
    assert (switch.gateway, switch.default_route, switch.routing) == (IPv4Address("192.168.0.1"), None, False)
    assert [(port.kind, port.untagged, port.voice, port.tagged) for port in switch.ports] == [
        ("access", 10, 40, ()),
        ("access", 10, 40, ()),
        ("trunk", 10, None, (40,)),
        ("unused", 1, None, ()),
        ("trunk", 1, None, (10, 40)),
        ("unused", 1, None, ()),
    ]
    assert switch.ports[4].description == "Til SW-hall-01"
    assert "never-shown" not in repr(switch)


def test_the_legacy_of_a_core() -> None:
    switch = plain("town-core-01")
    assert switch.routing
    assert [(svi.vlan, str(svi.address)) for svi in switch.svis] == [(10, "192.168.0.1/24")]
    assert (switch.gateway, switch.default_route) == (None, IPv4Address("192.168.0.254"))
    assert not switch.ports[5].enabled  # the fibre to the centre is not yet lit


def test_stations_of_the_legacy() -> None:
    facts = build(_unwrapped())
    kinds = [(station.kind, station.switch, station.port) for station in populate(facts, facts.switches)]
    assert [kind for kind, _, _ in kinds].count("pc") == 3
    assert ("old_server", "town-core-01", 0) in kinds
    assert ("server", "town-core-01", 3) in kinds
    assert {port for kind, switch, port in kinds if kind == "pc" and switch == "town-acc-01"} == {1, 2}


# --- state


def _fake() -> Switch:
    switch = Switch(region().switches["acc-01"], Nowhere())
    switch.personality = Fake(Meaning(hostname="x"))
    switch.startup = "saved"
    return switch


def test_a_pending_reload_is_not_waited_for_while_the_lab_is_down(tmp_path: Path) -> None:
    async def run() -> list[Any]:
        store, switch = Store(tmp_path), _fake()
        switch.keeper = store.keep
        path, seen = tmp_path / "state" / "acc-01.json", []
        timer = switch.schedule(60, lambda: None, "reload")
        store.flush()
        seen.append(json.loads(path.read_text())["running"])
        timer.cancel()
        store.flush()
        seen.append(json.loads(path.read_text())["running"])
        return seen

    pending, cancelled = asyncio.run(run())
    assert pending is None
    assert cancelled == repr(Meaning(hostname="x"))


def test_timers_fire_once_can_be_cancelled_and_end_with_a_reload() -> None:
    async def run() -> list[str]:
        switch, fired = _fake(), []
        switch.reload_seconds = 0.01
        assert isinstance(switch.personality, Fake)
        switch.personality.saved = Meaning(hostname="booted")

        async def later() -> None:
            fired.append("coroutine")

        switch.schedule(0.01, lambda: fired.append("plain"))
        switch.schedule(0.01, later)
        switch.schedule(0.01, lambda: fired.append("cancelled")).cancel()
        await asyncio.sleep(0.05)
        assert switch.timers == []
        switch.schedule(0.02, lambda: fired.append("after a reload"))
        switch.reload()
        assert not switch.up
        assert not switch.reachable
        await asyncio.sleep(0.06)
        assert switch.up
        fired.append(switch.meaning.hostname)
        return fired

    assert asyncio.run(run()) == ["plain", "coroutine", "booted"]


def test_a_reload_takes_links_and_gateways_down() -> None:
    made = fabric(region())
    switch = made.switches["acc-01"]
    switch.power_off()
    made._dirty.add(switch)
    made.settle()
    assert not made.switches["core-01"].oper(1)
    assert made.switches["core-01"].oper(2)
    assert not any(made.reach(one.name)["gateway"] for one in made.stations if one.switch in ("acc-01", "acc-02"))


def test_passwords_are_one_for_each_account_and_follow_the_seed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    mine = {
        (place, name): password(tmp_path, place, name) for place in ("alta", "loppa") for name in ("kommune", "drift")
    }
    assert len(set(mine.values())) == 3  # drift is everywhere the same
    assert password(tmp_path, "alta", "kommune") == mine["alta", "kommune"]
    assert password(tmp_path / "other", "alta", "kommune") != mine["alta", "kommune"]
    assert seed(tmp_path) == seed(tmp_path) != seed(tmp_path / "other")
    assert len(salt(tmp_path, "alta", 16)) == 16 != salt(tmp_path, "alta")


# --- what every personality promises


@pytest.mark.parametrize(
    ("platform", "role"),
    [("ios", "access"), ("ios", "core"), ("eos", "access"), ("eos", "core"), ("procurve", "access")],
)
def test_a_legacy_configuration_reads_back_as_it_was_written(platform: str, role: str) -> None:
    kind = personalities.find(platform)
    assert kind is not None
    switch = bench(platform, ports=8, port_name="GigabitEthernet1/0/{}" if platform == "ios" else "")
    old = old_switch(role)
    names = switch.port_names
    ports = tuple(type(port)(**{**vars(port), "name": names[port.number - 1]}) for port in old.ports)
    switch.personality.load(kind.legacy(LegacySwitch(**{**vars(old), "ports": ports})))
    text = switch.personality.text()
    switch.changed()
    meaning = switch.meaning
    assert meaning.hostname == "SW-RADHUS-01"
    assert meaning.ssh
    assert set(meaning.vlans) >= {10, 40, 50}
    assert (meaning.ports[1].access, meaning.ports[1].voice or 40 in (meaning.ports[1].tagged or ())) in (
        (10, 40),
        (10, True),
    )
    assert meaning.routing is (role == "core")
    assert str(meaning.svis[1].address) == ("192.168.16.1/21" if role == "core" else "192.168.17.11/21")
    privilege, stored = meaning.users["kommune"]
    assert privilege == 15
    assert switch.personality.verify(stored, "bench-password")
    assert not switch.personality.verify(stored, "wrong")
    assert "bench-password" not in text
    switch.personality.load(text)
    assert switch.personality.text() == text


def test_there_is_no_personality_for_what_the_lab_does_not_know() -> None:
    assert personalities.find("junos") is None
    assert personalities.find("../ios") is None
