"""The filters, the errors, and that the stage decides."""

from ipaddress import IPv4Interface, IPv4Network

import pytest
from jinja2 import DictLoader

from nornir_tasks.config import render as module
from nornir_tasks.config.render import RenderError, cidr, netmask, network, render, wildcard
from nornir_tasks.model import Position, Stage
from tests.support import small_region as small

REGION = small.region()


def test_addresses_as_vendors_write_them() -> None:
    """Mask, inverse mask, length, network."""
    interface = IPv4Interface("10.17.0.1/21")
    assert (netmask(interface), wildcard(interface), cidr(interface)) == ("255.255.248.0", "0.0.7.255", "10.17.0.1/21")
    assert network(interface) == IPv4Network("10.17.0.0/21")


@pytest.fixture
def templates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Templates of the test's own."""
    kept: dict[str, str] = {}
    environment = module.make_jinja_environment().overlay(loader=DictLoader(kept), cache_size=0)
    monkeypatch.setattr(module, "make_jinja_environment", lambda: environment)
    return kept


def test_before_connect_the_legacy_is_intended(templates: dict[str, str]) -> None:
    """The survey's snapshot as it is: no template is even read."""
    device = REGION.devices["loppa-acc-01"]
    assert render(device, Position({"loppa": Stage.SURVEY}), REGION, "hostname SW-1\n") == "hostname SW-1\n"


def test_from_connect_the_standard_is_laid_over_the_legacy_until_it_is_all_there_is(templates: dict[str, str]) -> None:
    """One value is overwritten; what the template leaves out stays until retire."""
    templates["ios/access.j2"] = "hostname {{ v.device.name }}\n{% if v.full %}\n\nno ip http server   \n{% endif %}\n"
    device, legacy = REGION.devices["loppa-acc-01"], "hostname SW-1\nip http server\n"
    beside = render(device, Position({"loppa": Stage.CONNECT}), REGION, legacy)
    assert "hostname loppa-acc-01\n" in beside
    assert "ip http server\n" in beside
    full = render(device, Position({"loppa": Stage.RETIRE}), REGION)
    assert full == "hostname loppa-acc-01\nno ip http server\n"


def test_without_a_snapshot_there_is_nothing_to_stand_beside(templates: dict[str, str]) -> None:
    """The message says what to run."""
    with pytest.raises(RenderError, match=r"loppa-acc-01: no legacy snapshot.*Run 10_survey first"):
        render(REGION.devices["loppa-acc-01"], Position({"loppa": Stage.CONNECT}), REGION)


@pytest.mark.parametrize("text", ["{{ v.device.nmae }}", "{{ nmae }}", "{{ v.standard.nmae.first }}"])
def test_an_error_names_template_device_and_variable(templates: dict[str, str], text: str) -> None:
    """A typing error in a template is found by whoever reads the message."""
    templates["ios/access.j2"] = f"hostname x\n{text}\n"
    with pytest.raises(RenderError, match=r"template ios/access\.j2.*, device loppa-acc-01: .*nmae"):
        render(REGION.devices["loppa-acc-01"], Position({"loppa": Stage.RETIRE}), REGION)
