"""The switches that a pattern on the command line names."""

from fnmatch import fnmatchcase

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.model import Device, Region


class PatternError(FellesdriftError):
    """A pattern matches nothing: names what there is."""

    exit_code = USAGE


def choose_devices(region: Region, pattern: str) -> list[Device]:
    """The switches of a pattern: ``all``, a municipality, a site, a platform, a role, or a name with ``*``; or several.

    Raises:
        PatternError: a part of the pattern matches no switch.
    """
    chosen: dict[str, Device] = {}
    for part in (part.strip() for part in pattern.split(",")):
        matching = [device for name in region.municipalities for device in region.of(name) if _is_match(device, part)]
        if not matching:
            names = ", ".join(region.municipalities)
            raise PatternError(
                f"pattern: found {part!r}, which matches no switch; expected all, a municipality ({names}), "
                "a site, a platform, a role, or a switch's name such as loppa-acc-*"
            )
        chosen.update({device.name: device for device in matching})
    return list(chosen.values())


def _is_match(device: Device, part: str) -> bool:
    groups = {"all", device.municipality, device.site, device.platform, device.role}
    return part in groups or fnmatchcase(device.name, part)
