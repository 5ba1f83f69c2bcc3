"""The switches, and servers, that a pattern on the command line names."""

from fnmatch import fnmatchcase

from nornir_tasks.core.errors import FellesdriftError
from nornir_tasks.core.exit_codes import USAGE
from nornir_tasks.core.language import translate
from nornir_tasks.model import Device, Region, Server
from nornir_tasks.targets import get_target
from nornir_tasks.targets.server import find_reason_left


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
            raise PatternError(
                translate(
                    "pattern: found {found}, which matches no switch; expected all, a municipality ({names}), "
                    "a site, a platform, a role, or a switch's name such as loppa-acc-*",
                    found=repr(part),
                    names=", ".join(region.municipalities),
                )
            )
        chosen.update({device.name: device for device in matching})
    return list(chosen.values())


def choose_targets(region: Region, pattern: str) -> list[Device | Server]:
    """The hosts of a pattern that a plan may change: switches as ``choose_devices`` has it, and servers by their names.

    Raises:
        PatternError: a part of the pattern matches neither, or a server that is not ours to write: names why.
    """
    chosen: dict[str, Device | Server] = {}
    for part in (part.strip() for part in pattern.split(",")):
        servers = [server for server in region.servers.values() if fnmatchcase(server.name, part)]
        if not servers or part == "*":
            chosen.update({device.name: device for device in choose_devices(region, part)})
            continue
        ours = [server for server in servers if get_target(region, server.name)]
        if not ours:
            server = servers[0]
            raise PatternError(
                f"pattern: found {part!r}, expected a server that is ours to write: {server.name}: "
                f"{find_reason_left(server)}"
            )
        chosen.update({server.name: server for server in ours})
        chosen.update({device.name: device for device in region.devices.values() if fnmatchcase(device.name, part)})
    return list(chosen.values())


def _is_match(device: Device, part: str) -> bool:
    groups = {"all", device.municipality, device.site, device.platform, device.role}
    return part in groups or fnmatchcase(device.name, part)
