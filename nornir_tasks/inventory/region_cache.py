"""A region as it is kept in the cache: what many switches share stands there once, and is shared again when read."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic_core import from_json

from nornir_tasks.model import Port, Region, Standard
from nornir_tasks.model.standard import Frozen

SHARED = {"standard", "ports", "switch_model"}  # of a device: most are those of a hundred others, too


def dump(region: Region) -> str:
    """The region as JSON. Shape: as the model's own, with ``standards`` and ``ports`` beside; devices number them."""
    standards: dict[int, int] = {}
    ports: dict[int, int] = {}
    records: dict[int, Frozen] = {}
    kept: dict[str, Any] = region.model_dump(mode="json", exclude={"devices": {"__all__": SHARED}})
    for name, device in region.devices.items():
        for one in (device.standard, *device.ports):
            records[id(one)] = one
        mine = kept["devices"][name]
        mine["standard"] = standards.setdefault(id(device.standard), len(standards))
        mine["ports"] = [ports.setdefault(id(port), len(ports)) for port in device.ports]
    kept["standards"] = [records[one].model_dump(mode="json") for one in standards]
    kept["ports"] = [records[one].model_dump(mode="json", exclude_defaults=True) for one in ports]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def load(text: bytes) -> Region:
    """The region that was dumped.

    Raises:
        ValueError: it is not one.
    """
    try:
        with without_collector():
            return _made(text)
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a region as dump() writes it: {error!r}") from error


def _made(text: bytes) -> Region:
    kept: dict[str, Any] = from_json(text)
    standards = [Standard.model_validate(one) for one in kept.pop("standards")]
    ports = [Port.model_validate(one) for one in kept.pop("ports")]
    for device in kept["devices"].values():
        standard = device["standard"] = standards[device["standard"]]
        device["switch_model"] = standard.switch_models[device["model"]]
        device["ports"] = tuple([ports[number] for number in device["ports"]])
    return Region.model_validate(kept)


@contextmanager
def without_collector() -> Iterator[None]:
    """Nothing that is made here is garbage, and looking for some among a million objects takes most of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
