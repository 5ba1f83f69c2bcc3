"""The platforms of the lab: one package each, imported when the inventory names it.

A package ``lab.personalities.<platform>`` exposes ``PERSONALITY`` (its class, made with the ``Switch``) and
``legacy(LegacySwitch) -> str``.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from lab.device.personality import Personality
from lab.device.switch import Switch
from lab.region.legacy import LegacySwitch


class Kind(NamedTuple):
    """A platform: what makes a switch's personality, and the legacy in its dialect."""

    personality: Callable[[Switch], Personality]
    legacy: Callable[[LegacySwitch], str]


def find(platform: str) -> Kind | None:
    """The platform of this name, or None if the lab has no personality for it."""
    name = f"{__name__}.{platform}"
    if not platform.isidentifier() or find_spec(name) is None:
        return None
    module = import_module(name)
    if not hasattr(module, "PERSONALITY"):
        return None
    return Kind(module.PERSONALITY, module.legacy)
