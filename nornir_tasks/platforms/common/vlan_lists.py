"""Lists of VLANs as IOS and EOS write them: ``1,20-22``, and those of a trunk. Pure."""

from collections.abc import Collection, Iterable

from nornir_tasks.core.errors import ConfigurationError
from nornir_tasks.core.ranges import format_ranges, parse_ranges

ALL_VLANS = frozenset(range(1, 4095))
TRUNK = "switchport trunk allowed vlan "


def parse_vlan_list(text: str) -> set[int]:
    """``1,20-22`` as numbers.

    Raises:
        ValueError: a part is neither a number nor a range.
    """
    return {number for part in filter(None, text.split(",")) for number in parse_ranges(part)}


def read_allowed_vlans(words: str) -> set[int]:
    """What a trunk carries, from what stands behind ``switchport trunk allowed vlan``.

    Raises:
        ConfigurationError: it is no list of VLANs.
    """
    if words in ("all", "none"):
        return set(ALL_VLANS) if words == "all" else set()
    try:
        if words.startswith("except "):
            return set(ALL_VLANS) - parse_vlan_list(words.removeprefix("except "))
        return parse_vlan_list(words)
    except ValueError:
        raise ConfigurationError(f"{TRUNK}{words}", "expected VLANs such as 1,20-22") from None


def join_allowed_vlans(lines: Iterable[str]) -> set[int]:
    """What a trunk carries by all its lines: a line with ``add`` goes on with the list, another begins it anew.

    Raises:
        ConfigurationError: one is no list of VLANs.
    """
    vlans: set[int] = set()
    for line in lines:
        words = line.removeprefix(TRUNK)
        try:
            added = read_allowed_vlans(words.removeprefix("add "))
        except ConfigurationError as error:
            raise ConfigurationError(line, error.reason) from None
        vlans = (vlans if words.startswith("add ") else set()) | added
    return vlans


def format_allowed_vlans(vlans: Collection[int], shortest: int = 3) -> str:
    """As a device writes them; ``shortest``: how many neighbours it makes a range of."""
    return "all" if set(vlans) >= ALL_VLANS else format_ranges(vlans, shortest=shortest) or "none"


def read_vlan_numbers(line: str) -> list[int]:
    """The VLANs of a line such as ``vlan 1,20-22``, in their order.

    Raises:
        ConfigurationError: behind its first word stands no list of VLANs.
    """
    try:
        return sorted(parse_vlan_list(line.split(" ", 1)[1]))
    except ValueError:
        raise ConfigurationError(line, "expected VLANs such as 1,20-22") from None
