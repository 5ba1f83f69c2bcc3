"""Where a value comes from: the file and line that Ansible would take it from."""

from pathlib import Path

import pytest

from nornir_tasks.inventory.problem import format_problem
from nornir_tasks.inventory.source.source_map import Origins
from nornir_tasks.model.finding import judge_variable

FILES = {
    "inventory/groups.yml": "---\nall:\n  children:\n    towns:\n      children: {loppa: , alta: }\n    switches:\n",
    "inventory/towns/loppa.yml": "---\nloppa:\n  hosts:\n    sw-01: {address: 10.0.0.1, ports: &some {1-2: school}}\n"
    '    "sw-[02:03]": {ports: *some}\n  vars:\n    inline: 1\nswitches: {hosts: {"sw-[01:03]": }}\n',
    "inventory/group_vars/all.yml": "---\nzones:\n  school: {vlan: 1}\ntime: all\nover: 1\ninline: 2\n",
    "inventory/group_vars/loppa/one.yml": "---\ntime: loppa\nlinks:\n  - {a: x, b: y}\n  - a: x\n    b: y\n",
    "inventory/group_vars/loppa/two.yml": "---\nbase: &base {p: 1}\nmore:\n  <<: *base\n  q: 2\n",
    "inventory/group_vars/towns.yml": "---\ntime: towns\ndeep: 1\n",
    "inventory/host_vars/sw-02.yml": "---\n# An exception.\ntime: mine\n",
    "overlay/group_vars/all.yml": "---\nover: 2\n",
}


@pytest.fixture
def origins(tmp_path, monkeypatch):
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "overlay" / "ports.sh").write_text("#!/bin/sh\n")
    monkeypatch.chdir(tmp_path)
    return Origins([Path("inventory"), Path("overlay")])


@pytest.mark.parametrize(
    ("scope", "path", "place"),
    [
        ("sw-02", ("time",), "host_vars/sw-02.yml:3 time"),
        ("sw-01", ("time",), "group_vars/loppa/one.yml:2 time"),
        ("loppa", ("time",), "group_vars/loppa/one.yml:2 time"),
        ("alta", ("time",), "group_vars/towns.yml:2 time"),
        ("all", ("time",), "group_vars/all.yml:4 time"),
        ("sw-01", ("deep",), "group_vars/towns.yml:3 deep"),
        ("sw-01", ("address",), "towns/loppa.yml:4 sw-01.address"),
        ("sw-03", ("ports", "1-2"), "towns/loppa.yml:4 sw-03.ports.1-2"),  # where the anchor has it
        ("sw-03", ("ports",), "towns/loppa.yml:5 sw-03.ports"),
        ("sw-01", ("inline",), "group_vars/all.yml:6 inline"),  # files of variables override those in the inventory
        ("loppa", ("zones", "school", "vlan"), "group_vars/all.yml:3 zones.school.vlan"),
        ("loppa", ("zones", "school", "name"), "group_vars/all.yml:3 zones.school.name"),  # nearest that is there
        ("loppa", ("links", 0, "b"), "group_vars/loppa/one.yml:4 links[0].b"),
        ("loppa", ("links", 1, "b"), "group_vars/loppa/one.yml:6 links[1].b"),
        ("loppa", ("more", "p"), "group_vars/loppa/two.yml:2 more.p"),  # merged in
        ("loppa", ("more", "q"), "group_vars/loppa/two.yml:5 more.q"),
        ("loppa", ("nowhere",), "group_vars/loppa nowhere"),
        ("towns", ("nowhere",), "group_vars/towns.yml:1 nowhere"),
        ("all", ("nowhere",), "group_vars/all.yml:1 nowhere"),
        ("sw-03", ("nowhere",), "towns/loppa.yml:5 sw-03.nowhere"),
        ("sw-01", (), "towns/loppa.yml:4 sw-01"),
        ("loppa", (), "towns/loppa.yml:2 loppa"),
    ],
)
def test_place(origins, scope, path, place):
    problem = origins.locate(judge_variable(scope, path, "x", "y"))
    line = f":{problem.subject.line}" if problem.subject.line else ""
    assert f"{problem.subject.file}{line} {problem.subject.key}" == f"inventory/{place}"


def test_the_overlay_comes_after_the_inventory(origins):
    problem = origins.locate(judge_variable("sw-01", ("over",), "2", "1", "ask"))
    assert format_problem(problem) == "overlay/group_vars/all.yml:2  over: found 2, expected 1; ask"


def test_sound_files_have_no_problems(origins):
    assert (origins.fatal, origins.problems) == ([], [])
    hosts = {name: {} for name in ("sw-01", "sw-02", "sw-03")}
    assert list(origins.find_strays({"loppa": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}})) == []


def test_outside_the_working_folder_paths_are_whole(origins, tmp_path, monkeypatch):
    elsewhere = Origins([tmp_path / "inventory"])
    monkeypatch.chdir(tmp_path / "overlay")
    problem = elsewhere.locate(judge_variable("all", ("time",), "x", "y"))
    assert problem.subject.file == str(tmp_path / "inventory" / "group_vars" / "all.yml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\n", "found what is not YAML in column 1 (did not find expected ',' or ']'), expected YAML"),
        ("a: 1\n b: 2\n", "found what is not YAML"),
        ("- a\n", "group_vars/all.yml:1  found a list, expected a mapping of names to values"),
        ("text\n", "group_vars/all.yml:1  found 'text', expected a mapping of names to values"),
        ("a: 017\n", "group_vars/all.yml:1  a: found 017, which YAML reads as 15, expected a number in figures"),
        ("a: 1\nyes: 2\n", "group_vars/all.yml:2  true: found yes for a key, which YAML reads as true"),
        ('a: "\\e[31m"\n', "group_vars/all.yml:1  a: found the character U+001B, which nobody sees"),
        ("a: 1\na: 2\n", "group_vars/all.yml:2  a: found a key for the second time (first in line 1)"),
        ("a:\n- {b: 1, b: 2}\n", "group_vars/all.yml:2  a[0].b: found a key for the second time (first in line 2)"),
        ("a: '{{ b }}'\n", "group_vars/all.yml:1  a: found '{{ b }}', expected a plain value"),
        ("a: [x, '{% if b %}']\n", "group_vars/all.yml:1  a[1]: found '{% if b %}', expected a plain value"),
        ("a: !vault |\n  $ANSIBLE_VAULT\n", "group_vars/all.yml:1  a: found a vaulted value, expected no secret"),
    ],
)
def test_problems_of_a_file(tmp_path, text, told):
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(text)
    found = Origins([tmp_path])
    assert len([*found.fatal, *found.problems]) == 1
    assert told in format_problem([*found.fatal, *found.problems][0])


@pytest.mark.parametrize(
    "text",
    [
        "ansible_user: '{{ b }}'\n",
        "web__mode: 0640\n",
        "a: 0\n",
        "a: 10.17\n",
        "web__port: '{{ b }}'\n",
        "web__key: !vault x\n",
        "a: &x {b: 1}\nc: [*x, *x]\n",
    ],
)
def test_no_problem(tmp_path, text):
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(text)
    found = Origins([tmp_path])
    assert [*found.fatal, *found.problems] == []


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "hosts.yml").write_bytes(b"\xff\xfe\xfa")
    assert [one.expected for one in Origins([tmp_path]).fatal] == ["YAML in UTF-8"]
