"""Whether 10,000 hosts cost as much for each as 350 do. Run alone: ``scripts/test -m benchmark``.

Each figure is the best of several runs, small and large in turn; what is compared are seconds for each host (or
switch). How and with what result: docs/benchmarks.md.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import large_region as region

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(sys.executable)
FIRST = [f"{number:02}" for number in range(len(region.HOSTS))]  # how the municipalities end that are in both regions
GROWTH = 1.2  # at most: what a host of 10,000 may cost, to one of 350
# The Python of an environment with pyavd, which is no dependency of ours.
AVD = os.environ.get("FELLESDRIFT_AVD") or str(ROOT / ".venv-avd" / "bin" / "python")
# Seconds of the processor, with those of the programs that were asked: what others do on the machine does not count.
CLOCK = """
import resource
def spent():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)
"""
# One process for each reading, as a user's command is one.
READ = """
import sys
from pathlib import Path
from nornir_tasks.inventory.load import load_region
began = spent()
found = load_region([Path(sys.argv[1])])
print(spent() - began, len(found.devices) + len(found.servers))
"""
CHECK = """
import sys
from datetime import date
from pathlib import Path
from nornir_tasks.inventory.load import resolve
from nornir_tasks.model.check import check, review
from nornir_tasks.model.entries import read_entries
resolved = resolve([Path(sys.argv[1])])
best = 1e9
for _ in range(3):
    began = spent()
    entries = read_entries(resolved)
    wrong = [*entries.findings, *check(entries), *review(entries, date(2026, 11, 24))]
    best = min(best, spent() - began)
assert not [one for one in wrong if one.severity == "error"], wrong[:3]
print(best, len(resolved["_meta"]["hostvars"]))
"""
# Who may talk to whom, by all records: what the access lists of every switch with a gateway or an exit follow from.
FLOWS = """
import sys
from pathlib import Path
from nornir_tasks.config.list_limits import judge_long_lists
from nornir_tasks.inventory.load import load_region
best = 1e9
for _ in range(2):
    found = load_region([Path(sys.argv[1])])
    assert all(home.applications and home.user_groups for name, home in found.municipalities.items()
               if name != "operations_centre")
    began = spent()
    list(judge_long_lists(found))
    best = min(best, spent() - began)
print(best, len(found.devices) + len(found.servers))
"""
# The proof of people's services of some municipalities, all of whose switches change, one after the other.
PROVE = """
import sys
from pathlib import Path
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Position, Stage
from nornir_tasks.reachability.intended import render_known
from nornir_tasks.reachability.service_losses import Step, find_service_losses
from nornir_tasks.reachability.service_questions import list_homes
found = load_region([Path(sys.argv[1])])
now = Position(dict.fromkeys(found.municipalities, Stage.RETIRE))
cases = []
for home in (name for name in found.municipalities if name[-2:] in sys.argv[2:]):
    texts = render_known(found, now, list_homes(found, home), lambda name: None)
    waves = order_waves(found, home, Stage.RETIRE)
    cases.append((home, texts, [Step(name, texts[name], now) for wave in waves for name in wave.devices]))
best = 1e9
for _ in range(3):
    began = spent()
    for home, texts, steps in cases:
        assert find_service_losses(found, home, texts, now, steps) == []
    best = min(best, spent() - began)
print(best, sum(len(found.of(home)) for home, _, _ in cases))
"""
RENDER = """
import sys
from pathlib import Path
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Stage
from nornir_tasks.config.render import render_additions
from nornir_tasks.config.view import build_view
found = load_region([Path(sys.argv[1])])
position = Position(dict.fromkeys(found.municipalities, Stage.RETIRE))
devices = list(found.devices.values())
timed = [one for one in devices if one.municipality[-2:] in sys.argv[2:]] if sys.argv[2:] else devices
best = 1e9
for _ in range(3):
    for device in devices:
        render_additions(build_view(device, position, found))
    began = spent()
    for device in timed:
        render_additions(build_view(device, position, found))
    best = min(best, spent() - began)
print(best, len(timed))
"""
# The same switches, as far as AVD's own schema can say them: names, VLANs, ports with their VLANs and descriptions.
AVD_RENDER = """
import json, sys
from pyavd import get_device_config
devices = json.load(sys.stdin)
get_device_config(devices[0])
began = spent()
size = sum(len(get_device_config(one)) for one in devices)
print(spent() - began, len(devices))
"""


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """The small region and the large one."""
    return {hosts: region.write(tmp_path_factory.mktemp(str(hosts)), hosts) for hosts in (350, 10_000)}


def run(code, place, cache, arguments=()):
    """Seconds, and for how many."""
    environment = {**os.environ, "FELLESDRIFT_CACHE": str(cache)}
    command = [str(PYTHON), "-c", CLOCK + code, str(place), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    seconds, many = done.stdout.split()
    return float(seconds), int(many)


def growth(name, code, places, cache, capsys, rounds=3, arguments=()):
    """The best of some rounds at both sizes, told, and held to GROWTH. Gives the seconds at the larger size."""
    best = {}
    for turn in range(rounds):
        for hosts, place in places.items():
            took = run(code, place, cache(hosts, turn), arguments)
            best[hosts] = min(best.get(hosts, took), took)
    each = {hosts: seconds / many for hosts, (seconds, many) in best.items()}
    ratio = each[10_000] / each[350]
    with capsys.disabled():
        print(
            f"\n{name}: {best[350][0]:.3f} s for {best[350][1]}, {best[10_000][0]:.3f} s for {best[10_000][1]}; "
            f"{each[350] * 1e6:.0f} and {each[10_000] * 1e6:.0f} µs each: {ratio:.2f}"
        )
    assert ratio < GROWTH
    return best[10_000][0]


def test_cold_read(places, tmp_path, capsys):
    """Resolving, checking and keeping, beside Ansible's own listing of the same files."""
    cold = growth("cold read", READ, places, lambda hosts, turn: tmp_path / f"{hosts}-{turn}", capsys, rounds=2)
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    listing = [str(PYTHON.parent / "ansible-inventory"), "--list", "-i", str(places[10_000])]
    subprocess.run(listing, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ansible = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    with capsys.disabled():
        print(f"cold read beside ansible-inventory --list: {cold:.1f} s and {ansible:.1f} s, {cold / ansible:.2f}")
    assert cold < ansible


def test_warm_read(places, tmp_path, capsys):
    """From the cache, under a second."""
    for place in places.values():
        run(READ, place, tmp_path)
    assert growth("warm read", READ, places, lambda hosts, turn: tmp_path, capsys, rounds=5) < 1


def test_one_file_changed(places, tmp_path, capsys):
    """A value in one municipality's file: Ansible is asked for that municipality, and everything is checked."""
    for place in places.values():
        whole, many = run(READ, place, tmp_path)
        file = next((place / "group_vars").glob("loppa*/municipality.yml"))
        part = 1e9
        for turn in range(3):
            file.write_text(file.read_text() + f"x__changed: {turn}\n" if turn == 0 else _counted(file, turn))
            part = min(part, run(READ, place, tmp_path)[0])
        with capsys.disabled():
            print(f"\none file of {many} hosts changed: {part:.2f} s, {part / whole:.2f} of the first read")
        assert part < whole * 0.8


def _counted(file, turn):
    return file.read_text().replace(f"x__changed: {turn - 1}", f"x__changed: {turn}")


def test_check(places, tmp_path, capsys):
    """Everything that check asks of what Ansible resolved."""
    growth("check", CHECK, places, lambda hosts, turn: tmp_path, capsys, rounds=3)


def test_flows(places, tmp_path, capsys):
    """Applications, user groups, services and destinations, as access lists: the rest of what ``check`` looks at."""
    growth("flows", FLOWS, places, lambda hosts, turn: tmp_path, capsys, rounds=2)


def test_proofs(places, tmp_path, capsys):
    """The proofs of the same municipalities, five that both regions have: a switch costs the same in the larger one."""
    growth("proofs", PROVE, places, lambda hosts, turn: tmp_path, capsys, rounds=3, arguments=FIRST[2:])


def test_render(places, tmp_path, capsys):
    """Every switch's whole standard; what is compared are the same switches, those of the first seven municipalities.

    A ProCurve of 52 ports costs five times an IOS switch of 28, and the larger region has more of the dear ones.
    """
    growth("render", RENDER, places, lambda hosts, turn: tmp_path, capsys, rounds=3, arguments=FIRST)


def test_render_beside_pyavd(places, tmp_path, capsys):
    """Switches with as many ports and VLANs, of a generator that people know."""
    if not Path(AVD).exists():
        pytest.skip(f"found no {AVD}, expected the Python of an environment with pyavd: see docs/benchmarks.md")
    ours, many = run(RENDER, places[350], tmp_path)
    said = json.dumps(_structured(places[350]))
    done = subprocess.run(
        [AVD, "-c", CLOCK + AVD_RENDER], input=said, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    theirs, count = (float(word) for word in done.stdout.split())
    assert count == many
    ratio = ours / theirs
    with capsys.disabled():
        print(f"\nrender beside pyavd: {many} switches in {ours:.2f} s and {theirs:.2f} s: {ratio:.2f}")
    assert ratio < 1


def _structured(place):
    """Our switches in AVD's words."""
    from nornir_tasks.inventory.load import load_region

    found = load_region([place])
    return [
        {
            "hostname": device.name,
            "dns_domain": device.standard.domain,
            "vlans": [
                {"id": device.standard.zones[zone].vlan, "name": device.standard.zones[zone].name}
                for zone in device.zones
            ],
            "ethernet_interfaces": [
                {
                    "name": f"Ethernet{port.number}",
                    "description": port.profile or "unused",
                    "shutdown": not port.profile,
                }
                for port in device.ports
            ],
        }
        for device in found.devices.values()
    ]
