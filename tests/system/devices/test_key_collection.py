"""The step before the first login: what is shown, remembered and refused. On the lab, through the door."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from paramiko import ECDSAKey

from lab.testing.running import Labs, RunningLab
from nornir_tasks.devices import key_collection
from nornir_tasks.devices.address_guard import GuardError
from nornir_tasks.devices.context import Context, open_context
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Device, Endpoint, Position, Stage
from nornir_tasks.trust import host_keys
from nornir_tasks.trust.host_keys import KnownHosts
from tests.lab.trust.test_host_keys import listener

ROOT = Path(__file__).resolve().parents[3]
IOS, EOS, LEAF = "loppa-acc-06", "loppa-acc-05", "alta-leaf-01"


@pytest.fixture(scope="module")
def lab(lab_of: Labs) -> RunningLab:
    """Loppa and the centre, as they were before anything moved."""
    running = lab_of("loppa")
    running.client.reset()
    return running


class Door:
    """The door with a state directory of its own, in which nothing is known yet."""

    def __init__(self, where: Path) -> None:
        self.known = KnownHosts(where / "known_hosts")
        self.environment = {
            **os.environ,
            "FELLESDRIFT_STATE": str(where),
            "FELLESDRIFT_KNOWN_HOSTS": str(self.known.file),
        }

    def __call__(self, *arguments: str, code: int = 0, typed: str | None = None) -> str:
        """What it prints; typing is only possible where it is expected."""
        done = subprocess.run(
            [sys.executable, "scripts/trust.py", *arguments],
            cwd=ROOT, env=self.environment, input=typed or "", capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def door(lab: RunningLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """The lab is as it was, and nobody is known."""
    for name in lab.client.ask("faults"):
        lab.client.fault(name, "clear")
    made = Door(tmp_path)
    for name in ("FELLESDRIFT_STATE", "FELLESDRIFT_KNOWN_HOSTS"):
        monkeypatch.setenv(name, made.environment[name])
    return made


def device(name: str) -> Device:
    """As the inventory has it."""
    return load_region().devices[name]


def context(where: Path) -> Context:
    """Somebody's errand."""
    return open_context(load_region(), reason="test", who="tester", where=where)


def test_a_municipality_is_trusted_once(door: Door, lab: RunningLab) -> None:
    """What is written is what the lab itself says of its keys; the second time there is nothing to ask."""
    printed = door("loppa", "--yes")
    assert "Known from now on: 11." in printed
    known = lab.where / "known_hosts"
    mine = [line for line in known.read_text().splitlines() if line.startswith("[127.17.")]
    assert sorted(door.known.file.read_text().splitlines()) == sorted(mine)
    key = door.known.find_keys(device(IOS).endpoint.host, device(IOS).endpoint.ssh_port)[0]
    assert IOS in printed
    assert key.fingerprint in printed
    before = door.known.file.stat().st_mtime_ns
    again = door("loppa")
    assert again.count("known: 127.17.") == 11
    assert "To trust" not in again
    assert door.known.file.stat().st_mtime_ns == before


def test_nothing_is_written_without_a_yes(door: Door, lab: RunningLab) -> None:
    """Nobody there to answer, or a no; a yes at the question is enough."""
    assert "To trust: 1. Are these the switches' own?" in door(IOS, code=1)
    door(IOS, code=1, typed="n\n")
    assert not door.known.file.exists()
    assert "Known from now on: 1." in door(IOS, typed="y\n")
    assert len(door.known.file.read_text().splitlines()) == 1


def test_a_certificate_is_trusted_with_the_key(door: Door, lab: RunningLab) -> None:
    """Where eAPI is on; the same as the lab wrote for itself."""
    end = device(LEAF).endpoint
    printed = door(LEAF, "--yes")
    assert "Known from now on: 2." in printed
    pem = door.known.find_certificate(end.host, end.eapi_port)
    assert pem == KnownHosts(lab.where / "known_hosts").find_certificate(end.host, end.eapi_port)
    assert f"{end.host}:{end.eapi_port}" in printed


def test_a_changed_key_is_refused_until_somebody_says_replace(door: Door, lab: RunningLab) -> None:
    """Old and new fingerprints are shown; only --replace takes the new one, and only that switch's old one goes."""
    door(f"{LEAF},{IOS}", "--yes")
    text = door.known.file.read_text()
    end = device(LEAF).endpoint
    (old,) = door.known.find_keys(end.host, end.ssh_port)
    lab.client.fault(LEAF, "new-key")
    refused = door(f"{LEAF},{IOS}", "--yes", code=1)
    assert refused.count("changed: ") == 2
    assert "known until now: ssh-ed25519" in refused
    assert old.fingerprint in refused
    assert "Changed: 2. Find out why" in refused
    assert door.known.file.read_text() == text
    door(LEAF, "--replace", code=1, typed="n\n")
    assert door.known.file.read_text() == text
    door(LEAF, "--replace", "--yes")
    (new,) = door.known.find_keys(end.host, end.ssh_port)
    assert new != old
    assert new.fingerprint in refused
    other = f"[{device(IOS).endpoint.host}]"
    lines = (text.splitlines(), door.known.file.read_text().splitlines())
    assert [line for line in lines[0] if other in line] == [line for line in lines[1] if other in line]
    assert len(lines[1]) == 2
    assert door(f"{LEAF},{IOS}").count("known: ") == 3
    states = [(entry.device, entry.outcome) for entry in context(door.known.file.parent).journal.entries(what="trust")]
    assert sorted(states[:3]) == [(LEAF, "new"), (LEAF, "new"), (IOS, "new")]
    assert states[3:] == [(LEAF, "changed")] * 2


def test_a_switch_that_is_away(door: Door, lab: RunningLab) -> None:
    """It is told, and the others are trusted all the same."""
    lab.client.fault(IOS, "unreachable")
    printed = door(f"{IOS},{LEAF}", "--yes", code=1)
    assert f"silent: {device(IOS).endpoint.host}" in printed
    assert "no answer: " in printed
    assert "Known from now on: 2." in printed


def test_a_prepared_file(door: Door, lab: RunningLab, tmp_path: Path) -> None:
    """Somebody collected the keys on site: the network is not asked; whoever is not in it stays unknown."""
    lab.client.fault(LEAF, "unreachable")
    file = tmp_path / "site" / "known_hosts"
    file.parent.mkdir()
    lab.client.trust(file)
    text = file.read_text()
    end = device(IOS).endpoint
    file.write_text("".join(line for line in text.splitlines(keepends=True) if f"[{end.host}]" not in line))
    printed = door(f"{LEAF},{IOS}", "--from", str(file), "--yes", code=1)
    assert "silent: known_hosts" in printed
    assert f"expected [{end.host}]:{end.ssh_port}, found none" in printed
    leaf = device(LEAF).endpoint
    assert door.known.find_keys(leaf.host, leaf.ssh_port) == KnownHosts(file).find_keys(leaf.host, leaf.ssh_port)
    assert door.known.find_certificate(leaf.host, leaf.eapi_port) == KnownHosts(file).find_certificate(
        leaf.host, leaf.eapi_port
    )
    file.write_text(text)
    door(f"{LEAF},{IOS}", "--from", str(file), "--yes")
    assert "expected a file of known hosts at" in door(LEAF, "--from", str(tmp_path / "none"), code=2)


def test_usage(door: Door) -> None:
    """Nobody is meant by that."""
    assert "matches no switch" in door("nobody", code=2)


def test_the_guard_comes_first(door: Door) -> None:
    """One address outside the management networks, and nobody at all is connected to."""
    with listener() as (port, came):
        inside = device(IOS).model_copy(update={"endpoint": Endpoint(host="127.0.0.1", ssh_port=port)})
        outside = device(LEAF).model_copy(update={"endpoint": Endpoint(host="192.0.2.1")})
        with pytest.raises(GuardError, match=f"{LEAF}: refused to connect to"):
            key_collection.collect_keys([inside, outside], Position())
        assert came == []
        (silent,) = key_collection.collect_keys([inside], Position(), timeout=0.5)
        assert silent.state == "silent"
        assert len(came) == 1


def moved(name: str, former: str) -> Device:
    """A switch that is at its former address until CONNECT: the lab's address plays that one's part."""
    one = device(name)
    end = one.endpoint.model_copy(update={"host": former, "legacy_host": one.endpoint.host})
    return one.model_copy(update={"endpoint": end})


def test_a_key_learned_at_the_former_address_holds_at_the_new_one(door: Door, lab: RunningLab, tmp_path: Path) -> None:
    """The SSH key and the certificate; what is known at one address only is completed, and must not differ."""
    one = moved(LEAF, "127.0.0.9")
    (ssh, tls) = key_collection.collect_keys([one], Position())
    assert (ssh.state, tls.state) == ("new", "new")
    errand = context(tmp_path)
    key_collection.remember(errand, [ssh, tls])
    known = KnownHosts.of(one)
    for host in ("127.0.0.9", one.endpoint.legacy_host or ""):
        assert known.find_keys(host, one.endpoint.ssh_port) == ssh.keys
        assert known.find_certificate(host, one.endpoint.eapi_port) == tls.certificate
    assert [shown.state for shown in key_collection.collect_keys([one], Position())] == ["known", "known"]
    renumbered = moved(LEAF, "127.0.0.10")
    (ssh, tls) = key_collection.collect_keys([renumbered], Position())
    assert (ssh.state, tls.state) == ("new", "new")
    known.remember({host_keys.format_host("127.0.0.9", one.endpoint.ssh_port): [ECDSAKey.generate()]})
    assert [shown.state for shown in key_collection.collect_keys([one], Position())] == ["changed", "known"]
    # After CONNECT it is asked at its new address, where the lab has nobody.
    (silent,) = key_collection.collect_keys([one], Position({one.municipality: Stage.CONNECT}))
    assert (silent.state, silent.source) == ("silent", f"127.0.0.9:{one.endpoint.ssh_port}")


def test_a_switch_with_two_kinds_of_key(door: Door, lab: RunningLab, tmp_path: Path) -> None:
    """ssh-keyscan lists every type: the same one is known; one that differs has changed, whatever the others say."""
    one = device(IOS)
    name = host_keys.format_host(one.endpoint.host, one.endpoint.ssh_port)
    (shown,) = key_collection.collect_keys([one], Position())
    other, another = ECDSAKey.generate(), ECDSAKey.generate()
    known = KnownHosts.of(one)
    known.remember({name: [*shown.keys, other]})
    assert [found.state for found in key_collection.collect_keys([one], Position())] == ["known"]
    KnownHosts(tmp_path / "site").remember({name: [*shown.keys, another]})
    (changed,) = key_collection.read_prepared([one], tmp_path / "site")
    assert (changed.state, changed.previous) == ("changed", host_keys.format_key(other))
    key_collection.remember(context(tmp_path), [changed])
    assert set(known.find_keys(one.endpoint.host, one.endpoint.ssh_port)) == {*shown.keys, another}
