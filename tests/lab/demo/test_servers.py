"""Which servers and people a demonstration with real hosts takes along, and what it says where there can be none."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.control.client import Client
from lab.demo import __main__ as door
from lab.demo.servers import Servers
from lab.region import facts


class Lab(Client):
    """A lab that says which hosts and users it has."""

    def status(self) -> dict[str, Any]:
        """Of Loppa and the centre."""
        servers = [("loppa-app-03", "loppa"), ("loppa-db-01", "loppa"), ("centre-time-01", "operations_centre")]
        users = ["hogtun-skole/school", "oksfjord-helsesenter/health", "loppa-radhus/administration"]
        return {"users": users, "servers": [{"name": name, "municipality": owner} for name, owner in servers]}


@pytest.fixture
def servers(tmp_path: Path) -> Servers:
    """Loppa's."""
    return Servers(Lab(tmp_path), facts.read(), "loppa", tmp_path)


def test_a_stage_takes_all_switches_and_both_places_of_what_moves(servers: Servers) -> None:
    word, limit, *_ = servers.list_stage_words()
    assert word == "--limit"
    assert limit.split(",") == [
        "switches", "loppa-app-03", "loppa-db-01", "centre-app-01", "centre-names-01", "centre-names-02",
    ]  # fmt: skip


def test_people_ask_for_what_the_records_let_them_have(servers: Servers, tmp_path: Path) -> None:
    """Nurses use no school administration; its users ask for it by its name."""
    (tmp_path / "asked").mkdir()
    asked = {place: servers._list_asked(place) for place in servers._places}
    assert asked == {
        "hogtun-skole/school": ["names", "time", "read", "write"],
        "loppa-radhus/administration": ["names", "time", "read", "write"],
        "oksfjord-helsesenter/health": ["names", "time"],
    }
    settings = json.loads(servers._write_settings("hogtun-skole/school").read_text())
    assert settings["resolvers"] == ["10.10.1.11", "10.10.129.11"]
    assert settings["application"]["name"] == "school-administration.loppa.vestfinnmark.example"
    assert settings["application"]["port"] == 443


def test_each_group_is_told_of(servers: Servers) -> None:
    groups = dict(servers.list_groups(servers.read_answers()))
    assert set(groups) == {"office", "technical", "care", "teachers", "pupils", "librarians"}
    assert "writing" in groups["teachers"]
    assert "1 places, without: names 0.0 s; time 0.0 s" in groups["care"]
    assert "writing" not in groups["care"]


def test_without_root_it_says_so_and_begins_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "argv", ["scripts/demo", "--servers"])
    monkeypatch.setenv("FELLESDRIFT_DEMO_DIR", str(tmp_path / "demo"))
    assert door.main() == 1
    assert "root: real servers have namespaces" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
