"""Cisco's and Arista's own Ansible modules on the lab's switches: each task twice, and the second changes nothing.

They are unmodified, of the ``ansible`` package. Run alone: ``scripts/test -n 0 -m nightly`` and this path.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.testing.running import Labs

pytestmark = pytest.mark.nightly
ROOT = Path(__file__).resolve().parents[2]
SWITCHES = {"ios": "loppa-acc-01", "eos": "loppa-acc-03"}
COLLECTION = {"ios": "cisco.ios", "eos": "arista.eos"}
NAMES = {77: "trial", 78: "trial-two"}  # of VLANs
HTTPS = {"ios": "443", "eos": "https"}  # as the two show it
SECRET = {"configured_password": "Trial-123", "update_password": "on_create"}


def make_list(platform: str, host: str) -> list[dict[str, Any]]:
    """An access list of one row; numbered on EOS alone: IOS 15.2 shows no number, and the row would be sent again."""
    row: dict[str, Any] = {
        "grant": "permit",
        "protocol": "tcp",
        "source": {"any": True},
        "destination": {"host": host, "port_protocol": {"eq": HTTPS[platform]}},
    }
    if platform == "eos":
        row["sequence"] = 10
    kind = {"acl_type": "extended"} if platform == "ios" else {}
    return [{"afi": "ipv4", "acls": [{"name": "TRIAL", **kind, "aces": [row]}]}]


def make_route(hop: str) -> list[dict[str, Any]]:
    """A static route."""
    hops = [{"forward_router_address": hop}]
    return [{"address_families": [{"afi": "ipv4", "routes": [{"dest": "10.99.0.0/24", "next_hops": hops}]}]}]


def make_logging(platform: str, host: str) -> dict[str, Any]:
    """A log server."""
    if platform == "eos":
        return {"hosts": [{"name": host}]}
    return {"hosts": [{"host": host}], "trap": "informational"}  # as `show logging` has it


def make_vlans(platform: str, names: dict[int, str]) -> list[dict[str, Any]]:
    """VLANs; `replaced` of ios_vlans shuts one down that does not say that it is up."""
    up = {"shutdown": "disabled"} if platform == "ios" else {}
    return [{"vlan_id": number, "name": name, "state": "active", **up} for number, name in names.items()]


def list_tasks(platform: str) -> list[tuple[str, dict[str, Any]]]:
    """The modules that are tried on a platform, with their arguments, in order; each first time changes something."""
    lists, routes = [make_list(platform, f"10.17.92.3{number}") for number in (0, 1)], ["192.168.16.1", "192.168.16.2"]
    servers = [make_logging(platform, f"10.10.{number}.12") for number in (1, 129)]
    vlans = make_vlans(platform, NAMES)
    renamed = make_vlans(platform, {number: f"other-{number}" for number in NAMES})
    return [
        ("vlans", {"config": vlans, "state": "merged"}),
        ("vlans", {"config": renamed, "state": "replaced"}),
        ("vlans", {"config": f"{{{{ present.gathered + {json.dumps(vlans[:1])} }}}}", "state": "overridden"}),
        ("vlans", {"config": [{"vlan_id": 77}], "state": "deleted"}),
        ("user", {"name": "trial", "privilege": 5, **SECRET}),
        ("user", {"name": "trial", "state": "absent"}),
        ("acls", {"config": lists[0], "state": "merged"}),
        ("acls", {"config": lists[1], "state": "replaced"}),
        ("acls", {"config": [{"afi": "ipv4", "acls": [{"name": "TRIAL"}]}], "state": "deleted"}),
        ("static_routes", {"config": make_route(routes[0]), "state": "merged"}),
        ("static_routes", {"config": make_route(routes[1]), "state": "replaced"}),
        ("static_routes", {"config": make_route(routes[1]), "state": "deleted"}),
        ("banner", {"banner": "login", "text": "Only for trial", "state": "present"}),
        ("banner", {"banner": "login", "state": "absent"}),
        ("logging_global", {"config": servers[0], "state": "merged"}),
        ("logging_global", {"config": servers[1], "state": "replaced"}),
        ("logging_global", {"config": servers[1], "state": "deleted"}),
    ]


# What a module sends again although nothing is to do, by its own code: `deleted` of ios_vlans gives a VLAN its defaults
# and leaves it, of eos_acls it asks for no list, and of ios_logging_global it takes back what `show logging` tells.
REPEATS = {
    "ios": {
        "vlans deleted": ["vlan 77", "no name VLAN0077", "no state active", "shutdown"],
        "logging_global deleted": ["no logging trap informational"],
    },
    "eos": {"acls deleted": ["no ip access-list TRIAL"]},
}


@pytest.mark.parametrize("platform", SWITCHES)
def test_second_time_changes_nothing(platform: str, lab_of: Labs, tmp_path: Path) -> None:
    """Facts with all resources, then each task twice."""
    lab = lab_of("loppa")
    lab.client.reset("loppa")
    row = lab.switch(SWITCHES[platform])
    tasks: list[dict[str, Any]] = [
        {f"{COLLECTION[platform]}.{platform}_facts": {"gather_subset": "all", "gather_network_resources": "all"}},
        {f"{COLLECTION[platform]}.{platform}_vlans": {"state": "gathered"}, "register": "present"},
    ]
    tried = list_tasks(platform)
    names = [f"{module} {arguments.get('state', 'present')}" for module, arguments in tried]
    for name, (module, arguments) in zip(names, tried, strict=True):
        for turn in ("first", "second"):
            tasks.append({"name": f"{name}: {turn}", f"{COLLECTION[platform]}.{platform}_{module}": arguments})
    play = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play, sort_keys=False))
    variables = {
        "ansible_host": row["host"],
        "ansible_port": row["ssh_port"],
        "ansible_user": "kommune",
        "ansible_password": lab.password("loppa", "kommune"),
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": f"{COLLECTION[platform]}.{platform}",
        "ansible_become": True,
        "ansible_become_method": "ansible.netcommon.enable",
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {SWITCHES[platform]: variables}}}))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "temp"),
        "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR": str(tmp_path / "persistent"),
        "HOME": str(tmp_path),
    }
    program = Path(sys.executable).with_name("ansible-playbook")
    done = subprocess.run(
        [str(program), "-i", "hosts.yml", "play.yml"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    told = json.loads(done.stdout[done.stdout.index("{") :])
    results = {
        task["task"]["name"]: next(iter(task["hosts"].values())) for task in told["plays"][0]["tasks"] if task["hosts"]
    }
    wrong = {name: result.get("msg") for name, result in results.items() if result.get("failed")}
    assert not wrong, wrong
    idle = [name for name in names if not results[f"{name}: first"]["changed"]]
    again = {name: told.get("commands") for name in names if (told := results[f"{name}: second"])["changed"]}
    assert (idle, again) == ([], REPEATS[platform])
