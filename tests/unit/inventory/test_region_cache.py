"""The cache's own form of a region: small, and nothing is lost in it."""

import json

import pytest

from nornir_tasks.inventory.load import load_region
from nornir_tasks.inventory.region_cache import dump_region, restore_region


@pytest.fixture(scope="module")
def region():
    return load_region()


def test_nothing_is_lost(region):
    again = restore_region(dump_region(region).encode())
    assert again == region
    assert again.model_dump_json() == region.model_dump_json()


def test_what_is_the_same_is_one_object(region):
    again = restore_region(dump_region(region).encode())
    standards = {id(device.standard) for device in again.devices.values()}
    assert len(standards) == len({device.standard.model_dump_json() for device in region.devices.values()}) == 1
    models = {id(device.switch_model) for device in again.devices.values()}
    assert len(models) == len({device.model for device in region.devices.values()})
    ports = [port for device in again.devices.values() for port in device.ports]
    assert len({id(port) for port in ports}) < len(ports) / 5


def test_it_is_a_tenth_of_the_whole(region):
    assert len(dump_region(region)) < len(region.model_dump_json()) / 10


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "1", '{"devices": {"a": 1}, "standards": [], "ports": []}'])
def test_what_is_no_region_is_refused(text):
    with pytest.raises(ValueError, match=r"expected a region|Invalid|validation|EOF"):
        restore_region(text.encode())


def test_a_number_beyond_the_list_is_refused(region):
    kept = json.loads(dump_region(region))
    next(iter(kept["devices"].values()))["standard"] = 99
    with pytest.raises(ValueError, match="expected a region"):
        restore_region(json.dumps(kept).encode())
