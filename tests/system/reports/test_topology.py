"""The topology as Graphviz draws it, and where the program is not there."""

import json
import os
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nornir_tasks.cli.inventory import app
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region
from nornir_tasks.reports import topology_page
from nornir_tasks.reports.dot import DrawError, draw
from nornir_tasks.reports.topology import make_topology
from tests.support.linked_region import little, nodes

needs_dot = pytest.mark.skipif(not shutil.which("dot") and not os.environ.get("CI"), reason="Graphviz is not here")


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one: a layout is only as good as on the data it is for."""
    return load_region()


@needs_dot
@pytest.mark.parametrize("part", ["all", "alta", "alta-radhus", "operations_centre"])
def test_graphviz_draws_it(region: Region, part: str) -> None:
    """As SVG with every switch, and as PNG."""
    made = make_topology(region, Position(), part)
    svg = draw(made, "svg").decode()
    ids = {unescape(one) for one in re.findall(r'id="([^"]*)"', svg)}
    assert {f"switch-{name}" for name in nodes(made.source)} <= ids
    assert draw(made, "png").startswith(b"\x89PNG\r\n\x1a\n")


@needs_dot
def test_whatever_a_site_is_called_is_text() -> None:
    """Neither Graphviz's own escapes nor a tag get through."""
    made = little()
    home = made.municipalities["loppa"]
    sites = {
        "school": home.sites["school"].model_copy(update={"name": '<b>\\N & "Čáhput"</b>'}),
        "nursery": home.sites["nursery"].model_copy(update={"name": "<script>alert('1')</script>"}),
    }
    home = home.model_copy(update={"sites": {**home.sites, **sites}})
    made = made.model_copy(update={"municipalities": {**made.municipalities, "loppa": home}})
    for part in ("all", "loppa", "school", "nursery"):
        svg = draw(make_topology(made, Position(), part), "svg").decode()
        page = topology_page.make_page(made, Position(), "Loppa", svg)
        assert "<script>alert" not in page
        assert "<b>" not in svg
        if part != "nursery":
            assert '<b>⧵N & "Čáhput"</b>' in unescape(svg), part


@needs_dot
def test_the_page_finds_every_switch_and_loads_nothing(region: Region) -> None:
    """It is opened from a file, perhaps where no network is left."""
    svg = draw(make_topology(region, Position()), "svg").decode()
    page = topology_page.make_page(region, Position(), "The region", svg)
    about = json.loads(page.partition('<script id="about" type="application/json">')[2].partition("</script>")[0])
    for name, device in region.devices.items():
        assert about[name]["search"].startswith(f"{name} "), name
        assert str(device.address.ip) in page
    outside = {one for one in re.findall(r"https?://[^\"'\s<]+", page) if not one.startswith("http://www.w3.org/")}
    assert outside == set()
    assert not re.search(r"<(link|img|iframe)\b|\bsrc=|@import|url\(", page)
    assert "xlink:title" not in page


def test_without_graphviz_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(DrawError, match=r"^graph: found no program dot.*apt-get install graphviz$") as error:
        draw(make_topology(little(), Position()), "svg")
    assert error.value.exit_code == 1


@needs_dot
@pytest.mark.parametrize(
    ("name", "begins"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.html", b"<!doctype html>")]
)
def test_the_door_writes_what_the_files_name_says(tmp_path: Path, name: str, begins: bytes) -> None:
    """And says where."""
    done = CliRunner().invoke(app, ["graph", "loppa", "--output", str(tmp_path / name)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).read_bytes().startswith(begins)
