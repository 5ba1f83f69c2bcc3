"""A region as the cache holds it: what many switches share is written once, and shared again when read."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic_core import from_json

from nornir_tasks.model import Port, Region, Standard
from nornir_tasks.model.fields import Frozen

SHARED = {"standard", "ports", "switch_model"}  # fields of a device that a hundred others may share


def dump_region(region: Region) -> str:
    """The region as JSON. Shape: as the model's own, with ``standards`` and ``ports`` beside; devices number them."""
    standards: dict[int, int] = {}
    ports: dict[int, int] = {}
    records: dict[int, Frozen] = {}
    cached: dict[str, Any] = region.model_dump(mode="json", exclude={"devices": {"__all__": SHARED}})
    for name, device in region.devices.items():
        for record in (device.standard, *device.ports):
            records[id(record)] = record
        device_entry = cached["devices"][name]
        device_entry["standard"] = standards.setdefault(id(device.standard), len(standards))
        device_entry["ports"] = [ports.setdefault(id(port), len(ports)) for port in device.ports]
    cached["standards"] = [records[record_id].model_dump(mode="json") for record_id in standards]
    cached["ports"] = [records[record_id].model_dump(mode="json", exclude_defaults=True) for record_id in ports]
    return json.dumps(cached, ensure_ascii=False, separators=(",", ":"))


def restore_region(text: bytes) -> Region:
    """The region that was dumped.

    Raises:
        ValueError: it is not one.
    """
    try:
        with pause_collector():
            return _build_region(text)
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a region as dump() writes it: {error!r}") from error


def _build_region(text: bytes) -> Region:
    cached: dict[str, Any] = from_json(text)
    standards = [Standard.model_validate(standard_entry) for standard_entry in cached.pop("standards")]
    ports = [Port.model_validate(port_entry) for port_entry in cached.pop("ports")]
    for device in cached["devices"].values():
        standard = device["standard"] = standards[device["standard"]]
        device["switch_model"] = standard.switch_models[device["model"]]
        device["ports"] = tuple([ports[number] for number in device["ports"]])
    return Region.model_validate(cached)


@contextmanager
def pause_collector() -> Iterator[None]:
    """Pause the cyclic GC while about 1M long-lived objects are built, and let it pass them over from then on.

    It dominated the load time, and after that a fifth of a proof in a region of 10,000 hosts.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
