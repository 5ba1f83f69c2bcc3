"""How long an unchanged run of the roles takes. Run alone, as root:

scripts/test -n 0 -m benchmark -s tests/nightly/benchmarks/test_roles.py
"""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import ROOT
from lab.servers import needs
from nornir_tasks.actions.manifests import load_watched
from nornir_tasks.server_roles import ROLES
from tests.support.server_lab import Recap, ServerLab, choose_hosts, start_server_lab

MISSING = needs.find_missing("hosts") + (needs.find_missing("image") if needs.is_root() else [])
HOSTS = 10
ROUNDS = 2
LIMIT = 1 / 3
# What the same plays need to be run at all; everything else is ansible-core's own: five forks, no pipelining.
DEFAULTS = """\
[defaults]
inventory = {root}/inventory,{root}/lab/inventory
roles_path = {root}/roles
action_plugins = {root}/playbooks/plugins/action
callback_plugins = {root}/playbooks/plugins/callback
stdout_callback = fellesdrift
"""

pytestmark = [pytest.mark.benchmark, pytest.mark.skipif(bool(MISSING), reason=f"needs {'; '.join(MISSING)}")]


@pytest.fixture
def hosts() -> Iterator[ServerLab]:
    """A lab of real hosts, on their first day."""
    with start_server_lab("speed", ports=8) as lab:
        yield lab


def write_plain_playbook(place: Path) -> str:
    """The platform's plays without anything of manifests: every role runs on every host that has it."""
    plays: list[dict[str, Any]] = yaml.safe_load((ROOT / "playbooks/platform.yml").read_text())
    for play in plays:
        play["hosts"] = play["hosts"].replace("due_", "role_")
        if "tasks" in play:
            asked = [(task, task.get("fellesdrift_server", {}).get("ask")) for task in play["tasks"]]
            play["tasks"] = [task for task, ask in asked if ask not in ("due", "keep")]
    plays = [play for play in plays if play.get("tasks") != [] and "never" not in play["tags"]]
    (place / "lab").symlink_to(ROOT / "lab")  # its vault is looked for beside the configuration
    file = place / "playbooks" / "plain.yml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(plays, sort_keys=False))
    return str(file)


def measure(hosts: ServerLab, *words: str, **more: str) -> tuple[float, Recap]:
    """Seconds of a whole run that changes nothing."""
    began = time.monotonic()
    recap = hosts.play(*words, seconds=1800, **more).require_good()
    took = time.monotonic() - began
    changed = {name: recap.find_changed(name) for name in recap.counts if recap.find_changed(name)}
    assert changed == {}, recap.text
    return took, recap


def test_an_unchanged_run(hosts: ServerLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten hosts that have every role between them: ours, and the same roles with ansible-core's default settings."""
    names = choose_hosts([row["name"] for row in hosts.lab.client.status()["servers"]], HOSTS)
    assert len(names) == HOSTS
    limit = ("--limit", ",".join(names))
    began = time.monotonic()
    hosts.play(*limit, seconds=1800).require_good()
    first = time.monotonic() - began
    config = tmp_path / "ansible.cfg"
    config.write_text(DEFAULTS.format(root=ROOT))
    plain = write_plain_playbook(tmp_path)
    pairs = []
    for _ in range(ROUNDS):
        ours, recap = measure(hosts, *limit)
        default, other = measure(hosts, *limit, playbook=plain, ANSIBLE_CONFIG=str(config))
        pairs.append((ours, default))
        left_out = [role for role in ROLES if not load_watched(role).always]
        assert [role for role in left_out if f"TASK [{role} :" in recap.text] == [], recap.text
        assert [role for role in ROLES if f"TASK [{role} :" not in other.text] == []
    ratio = statistics.median(ours / default for ours, default in pairs)
    with capsys.disabled():
        print(f"\n{HOSTS} hosts ({', '.join(names)}); first run {first:.0f} s")
        print(*(f"unchanged: {ours:.1f} s; default settings: {default:.1f} s" for ours, default in pairs), sep="\n")
        print(f"ratio {ratio:.2f}, limit {LIMIT:.2f}")
    assert ratio <= LIMIT
