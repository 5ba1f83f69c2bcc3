"""A role's manifest as the product reads it, and what is told of a server that differs from it."""

import json
from typing import Any

import pytest

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.debian.managed import read_watched
from nornir_tasks.platforms.debian.manifest import list_differences, parse_state, read_manifest

FILE = {"kind": "file", "mode": "0644", "owner": "root", "group": "root", "digest": "sha256:1", "written": 1}
STATE: dict[str, Any] = {
    "paths": {"/etc/a": FILE, "/etc/b": {"kind": "missing"}},
    "packages": {"chrony": "4.6", "git": ""},
    "units": {"chrony.service": {"enabled": "enabled", "active": "active"}},
    "settings": {"kernel.sysrq": "0"},
    "outputs": {"nft list": "0 sha256:1"},
}
RECORD = {"format": 1, "role": "baseline", "at": "2026-11-30T12:00:00Z", "inputs": {"variable x": "1"}, "state": STATE}


@pytest.mark.parametrize(
    ("kind", "name", "value", "words"),
    [
        ("paths", "/etc/a", FILE | {"mode": "0600"}, "/etc/a: mode 0644 to 0600 changed"),
        ("paths", "/etc/a", FILE | {"owner": "a", "written": 2}, "/etc/a: owner root to a, time of writing changed"),
        ("paths", "/etc/a", FILE | {"digest": "sha256:2", "written": 2}, "/etc/a: content changed"),
        ("paths", "/etc/a", FILE | {"written": 2}, "/etc/a: time of writing changed"),
        ("paths", "/etc/a", FILE | {"flags": 16}, "/etc/a: attributes or flags changed"),
        ("paths", "/etc/b", FILE, "/etc/b is file, was missing"),
        ("paths", "/etc/c", FILE, "/etc/c is file, was missing"),
        ("packages", "chrony", "4.6 held", "package chrony is 4.6 held, was 4.6"),
        ("packages", "git", "2.47", "package git is 2.47, was not installed"),
        (
            "units",
            "chrony.service",
            {"enabled": "enabled", "active": "failed"},
            "unit chrony.service is enabled and failed, was enabled and active",
        ),
        ("settings", "kernel.sysrq", "1", "kernel setting kernel.sysrq is '1', was '0'"),
        ("outputs", "nft list", "0 sha256:2", "nft list tells something else"),
    ],
)
def test_each_difference_is_told(kind: str, name: str, value: Any, words: str) -> None:
    manifest = read_manifest(json.dumps(RECORD))
    present = parse_state(STATE | {kind: STATE[kind] | {name: value}})
    assert list(list_differences(manifest, manifest.inputs, present)) == [words]


def test_inputs_that_differ_are_named() -> None:
    manifest = read_manifest(json.dumps(RECORD))
    told = list_differences(manifest, {"variable x": "2", "variable y": "1"}, manifest.state)
    assert list(told) == ["variable x changed", "variable y changed"]
    assert list(list_differences(manifest, manifest.inputs, manifest.state)) == []


@pytest.mark.parametrize("text", ["", "3", "[]", "{}", json.dumps(RECORD | {"format": 2}), '{"format": 1}'])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(PlatformError, match="a role's manifest"):
        read_manifest(text)


def test_what_a_role_watches_is_read_and_checked() -> None:
    watched = read_watched("r", {"nodes": ["/a"], "commands": [["ip", "rule"]], "always": "it asks others"})
    assert (watched.nodes, watched.commands, watched.always) == (("/a",), (("ip", "rule"),), "it asks others")
    for wrong in ({"nodes": ["a"]}, {"sysctl": "/a"}, {"commands": ["ip"]}, {"always": True}, {"commands": "ip"}):
        with pytest.raises(PlatformError, match=r"roles/r/meta/managed.yml: "):
            read_watched("r", wrong)
