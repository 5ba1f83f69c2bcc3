"""All roles on fresh hosts: check mode first, then in earnest, then once more; and what stops before the first change.

One host of each kind of role: whatever role a later one brings is tried here as soon as it is in the table.
"""

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position
from nornir_tasks.server_roles import ROLES, derive
from tests.support.server_lab import Recap, ServerLab, choose_hosts

NOT_OURS = ("loppa-app-01", "loppa-dc-01")
PREDICTED = 0.99  # of the tasks that changed something, or were said to
# What somebody may have done to any of them: edited files of ours, another mode, files that are gone, stopped services.
DRIFT = """
for file in $(grep -rls '^# Managed by fellesdrift' /etc --exclude-dir=.git); do
  echo '# by hand' >> "$file"
done
chmod 0600 /etc/issue.net
rm -f /etc/fellesdrift/backup/config.json /etc/fellesdrift/database/member.json /etc/apt/apt.conf.d/52fellesdrift
systemctl disable -q --now prometheus-node-exporter.service etckeeper.timer
for unit in chrony rsyslog nginx unbound prometheus nftables fellesdrift-backup.timer fellesdrift-database-watch; do
  systemctl stop "$unit" 2>/dev/null
done
true
"""


@pytest.fixture(scope="module")
def chosen(hosts: ServerLab) -> list[str]:
    """Fresh hosts that have every role between them."""
    names = choose_hosts({row["name"] for row in hosts.lab.client.status()["servers"]})
    hosts.reset(*names)
    return names


@pytest.fixture(scope="module")
def runs(hosts: ServerLab, chosen: list[str]) -> dict[str, Recap]:
    """What check mode says of fresh hosts, what the first run does, and what a second one does."""
    limit = ("--limit", ",".join([*chosen, *NOT_OURS]))
    return {
        "check": hosts.play(*limit, "--check", "--diff"),
        "first": hosts.play(*limit),
        "second": hosts.play(*limit),
    }


@pytest.fixture(scope="module")
def drifted(hosts: ServerLab, chosen: list[str], runs: dict[str, Recap]) -> dict[str, Recap]:
    """The same of hosts that somebody has edited since."""
    assert runs["second"].code == 0
    for name in chosen:
        hosts.on(name, DRIFT)
    limit = ("--limit", ",".join(chosen))
    return {"check": hosts.play(*limit, "--check", "--diff"), "first": hosts.play(*limit)}


def test_every_role_is_tried(chosen: list[str]) -> None:
    region = load_region()
    assert {role for name in chosen for role in derive(region, Position(), name).roles} == set(ROLES)


def test_a_bad_variable_stops_before_the_first_change(hosts: ServerLab, chosen: list[str]) -> None:
    """On one host of several: nothing is done to any."""
    words = ("--limit", ",".join(chosen), "-e", '{"baseline__journal_mb": "much", "baseline__tpyo": 1}')
    recap = hosts.play(*words)
    assert recap.code != 0
    name = chosen[0]
    text = f"{name}, role baseline: baseline__journal_mb: found 'much' (text), expected a whole number"
    assert text in recap.text
    assert "baseline__tpyo: found an unknown key" in recap.text
    assert all(not recap.find_changed(host) for host in chosen)
    assert "TASK [baseline" not in recap.text


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_check_mode_on_fresh_hosts_fails_nowhere_and_changes_nothing(runs: dict[str, Recap], hosts: ServerLab) -> None:
    runs["check"].require_good()


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_a_first_run_is_without_an_error(runs: dict[str, Recap]) -> None:
    runs["first"].require_good()


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_a_second_run_changes_nothing(runs: dict[str, Recap], chosen: list[str]) -> None:
    runs["second"].require_good()
    assert {name: runs["second"].find_changed(name) for name in chosen} == {name: [] for name in chosen}


def compare_runs(check: Recap, first: Recap, names: list[str]) -> dict[str, tuple[int, list[str]]]:
    """By role: how many tasks there are, and those that did not do what was said.

    A handler follows from the tasks that notify it, and a command of one is only named.
    """
    handlers = check.handlers | first.handlers
    tasks = {(name, task) for name in names for task in [*check.find_changed(name), *first.tasks[name]]}
    by_role: dict[str, tuple[int, list[str]]] = {}
    for name, task in sorted(tasks):
        said, done = (recap.tasks[name].get(task, "skipped") for recap in (check, first))
        words = f"{name}: {task}: said {said}, done {done}"
        role, is_task, _ = task.partition(" : ")
        if task in handlers and said != done:
            print(f"a handler: {words}")
        if task in handlers or not is_task:
            continue
        count, wrong = by_role.get(role, (0, []))
        by_role[role] = (count + 1, [*wrong, words] if (said == "changed") != (done == "changed") else wrong)
    return by_role


@pytest.mark.nightly  # all roles on fresh hosts: minutes
@pytest.mark.parametrize("state", ["fresh", "drifted"])
def test_what_check_mode_says_is_what_is_done(state: str, request: pytest.FixtureRequest, chosen: list[str]) -> None:
    """Of every role there is, on hosts on their first day and on hosts that somebody has edited."""
    recaps: dict[str, Recap] = request.getfixturevalue("runs" if state == "fresh" else "drifted")
    check, first = recaps["check"].require_good(), recaps["first"].require_good()
    by_role = compare_runs(check, first, chosen)
    for role, (count, wrong) in by_role.items():
        print(f"{state}: {role}: {count - len(wrong)} of {count} tasks as predicted", *wrong, sep="\n  ")
    assert set(by_role) == set(ROLES)
    assert sum(len(first.find_changed(name)) for name in chosen) > (10 if state == "fresh" else 2) * len(chosen)
    wrong = [words for _, words_of_role in by_role.values() for words in words_of_role]
    assert len(wrong) <= (1 - PREDICTED) * sum(count for count, _ in by_role.values()), wrong


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_check_mode_afterwards_says_that_nothing_changes(
    runs: dict[str, Recap], hosts: ServerLab, chosen: list[str]
) -> None:
    assert runs["second"].code == 0
    recap = hosts.play("--limit", chosen[-1], "--check", "--diff").require_good()
    assert recap.find_changed(chosen[-1]) == []


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_those_who_are_not_ours_are_named_and_left_alone(runs: dict[str, Recap], hosts: ServerLab) -> None:
    text = runs["first"].text
    assert "not configured by us: loppa-app-01 (Nordlys telefoni runs it)" in text
    assert "loppa-dc-01 (windows2022" in text
    assert runs["first"].find_changed("loppa-app-01") == []
    assert hosts.on("loppa-app-01", "id drift 2>/dev/null || echo nobody") == "nobody"
