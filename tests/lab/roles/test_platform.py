"""All roles on fresh hosts: check mode first, then in earnest, then once more; and what stops before the first change.

One host of each kind of role: whatever role a later one brings is tried here as soon as it is in the table.
"""

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position
from nornir_tasks.server_roles import ROLES, derive, find_reason_not_ours
from tests.support.server_lab import Recap, ServerLab

NOT_OURS = ("loppa-app-01", "loppa-dc-01")
PREDICTED = 0.99  # of the tasks that changed something, or were said to


def choose_hosts(running: set[str]) -> list[str]:
    """As few hosts as have every role between them, those of the centre's first half before others."""
    region, wanted, chosen = load_region(), set(ROLES), []
    roles = {
        name: set(derive(region, Position(), name).roles)
        for name in sorted(running)
        if find_reason_not_ours(region.servers[name]) is None
    }
    while wanted:
        name = max(roles, key=lambda each: len(roles[each] & wanted))
        if not roles[name] & wanted:
            break
        chosen.append(name)
        wanted -= roles[name]
    return chosen


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


@pytest.mark.nightly  # all roles on fresh hosts: minutes
def test_what_check_mode_says_is_what_is_done(runs: dict[str, Recap], chosen: list[str]) -> None:
    """Of the tasks; a handler follows from the tasks that notify it, and a command of one is only named."""
    check, first = runs["check"], runs["first"]
    handlers = check.handlers | first.handlers
    tasks = {(name, task) for name in chosen for task in first.tasks[name] if task not in handlers}
    tasks |= {(name, task) for name in chosen for task in check.find_changed(name) if task not in handlers}
    wrong = [
        f"{name}: {task}: said {check.tasks[name].get(task, 'skipped')}, done {first.tasks[name].get(task, 'skipped')}"
        for name, task in sorted(tasks)
        if (check.tasks[name].get(task) == "changed") != (first.tasks[name].get(task) == "changed")
    ]
    for name in chosen:
        for task in sorted(handlers & ({*check.find_changed(name)} ^ {*first.find_changed(name)})):
            print(f"{name}: the handler {task}: only {'said' if task in check.find_changed(name) else 'done'}")
    print(f"{len(tasks) - len(wrong)} of {len(tasks)} tasks as predicted", *wrong, sep="\n")
    assert sum(len(first.find_changed(name)) for name in chosen) > 10 * len(chosen)
    assert len(wrong) <= (1 - PREDICTED) * len(tasks), wrong


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
