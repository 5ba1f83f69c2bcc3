"""The platforms: everything that knows a vendor, behind one contract (``base``)."""

import logging.handlers
from functools import cache
from importlib import import_module

from nornir_tasks.core.errors import PlatformError
from nornir_tasks.platforms.common.base import Platform

# NAPALM imports pyeapi whatever it drives, and pyeapi's import opens a way to the system's log at ``localhost``: where
# that name has no address (a Debian 12 without /etc/hosts) it fails with a bare gaierror. It would write there each
# failed request, secrets included; ``eos`` switches off the rest of its log.
_SYSLOG = logging.handlers.SysLogHandler
try:
    logging.handlers.SysLogHandler = logging.NullHandler  # type: ignore[assignment,misc]
    import pyeapi  # noqa: F401
finally:
    logging.handlers.SysLogHandler = _SYSLOG  # type: ignore[misc]

__all__ = ["PLATFORM_CLASSES", "Platform", "load_driver", "platform"]

# Name, as the inventory writes it, to module and class. Imported on first use, and its driver apart: half a second.
PLATFORM_CLASSES: dict[str, tuple[str, str]] = {
    "eos": ("nornir_tasks.platforms.eos.platform", "Eos"),
    "ios": ("nornir_tasks.platforms.ios.platform", "Ios"),
    "procurve": ("nornir_tasks.platforms.procurve.platform", "Procurve"),
}


@cache
def platform(name: str) -> Platform:
    """The platform of this name, made once a process.

    Raises:
        PlatformError: there is no such platform.
    """
    if name not in PLATFORM_CLASSES:
        raise PlatformError(f"platform: found {name!r}, expected one of {', '.join(sorted(PLATFORM_CLASSES))}")
    module, cls = PLATFORM_CLASSES[name]
    instance = getattr(import_module(module), cls)()
    if not isinstance(instance, Platform):
        raise PlatformError(f"platform {name!r}: {module}.{cls} is no Platform")
    return instance


def load_driver(name: str) -> None:
    """Import the driver that a platform's ``connect`` uses: before there are threads, which must not do it at once."""
    import_module(f"{platform(name).__module__.rpartition('.')[0]}.login")
