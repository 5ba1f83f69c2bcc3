"""What IOS makes of the values of single lines: lists of VLANs, secrets, banners, and its remarks on them."""

import re
import secrets
from collections.abc import Iterable
from ipaddress import IPv4Interface

from lab.personalities.ios import passwords
from lab.personalities.ios.grammar import RULES
from lab.personalities.ios.parse import INVALID, Match, Refused
from lab.personalities.ios.section import Section
from lab.region.ranges import format_ranges

ALL = frozenset(range(1, 4095))
_BANNER = re.compile(r"banner (\w+) (\S)", re.S)  # the delimiter is one character, whichever it is
DELIMITER = "\x03"  # in IOS's memory and files; a terminal shows it as ^C
PORTFAST = (
    "%Warning: portfast should only be enabled on ports connected to a single\n"
    " host. Connecting hubs, concentrators, switches, bridges, etc... to this\n"
    " interface  when portfast is enabled, can cause temporary bridging loops.\n"
    " Use with CAUTION\n"
)


def vlan_set(text: str, column: int = 0) -> frozenset[int]:
    """The VLANs of a list like ``1,20,30-40``."""
    vlans: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        numbers = range(int(low), int(high or low) + 1)
        if not numbers or numbers[0] < 1 or numbers[-1] > 4094:
            raise Refused(
                f"Command rejected: Bad VLAN list - character #{len(text)} delimits a VLAN\n"
                "number which is out of the range 1..4094."
            )
        vlans.update(numbers)
    return frozenset(vlans)


def vlan_text(vlans: Iterable[int]) -> str:
    """The reverse: three neighbours and more become a range, two do not."""
    return format_ranges(vlans, pairs=False)


def allowed(section: Section) -> frozenset[int]:
    """The VLANs that a trunk allows."""
    text = section.get("switchport trunk allowed vlan")
    if text is None:
        return ALL
    words = text.split()[-1]
    return frozenset() if words == "none" else vlan_set(words)


def covers(typed: str, section: str) -> bool:
    """Whether ``line vty 0 15`` means the section ``line vty 5 15``."""
    if typed.split()[:2] != section.split()[:2]:
        return False
    numbers = [int(number) for number in re.findall(r"\d+", typed)]
    own = [int(number) for number in re.findall(r"\d+", section)]
    return numbers[0] <= own[0] and numbers[-1] >= own[-1]


def named(section: Section, typed: Match) -> list[str]:
    """The keys that a line with ``no`` takes away: its own, or all that begin with it."""
    if typed.text.startswith("vlan "):
        return [f"vlan {vlan}" for vlan in vlan_set(typed.values[0]) if vlan != 1] if typed.values else []
    if typed.rule is not None and "acl" not in section.context:
        keys = [typed.key]
        if typed.key.startswith("ip name-server"):
            keys = [f"ip name-server {server}" for server in typed.values]
        return [key for key in keys if section.has(key)]
    if "acl" in section.context:
        return [typed.text] if section.has(typed.text) else []
    words = f"{typed.text} "
    return [key for key in section.entries if f"{key} ".startswith(words) or words.startswith(f"{key} ")]


def settle(root: Section, section: Section, typed: Match, column: int) -> tuple[dict[str, str], str]:
    """What a line comes to once IOS has made its own of it.

    Args:
        root: the whole configuration.
        section: where the line goes.
        typed: the line.
        column: where it began on the command line, for the caret.

    Returns:
        Key to text as it is shown, and a remark.

    Raises:
        Refused: IOS understands the line and does not take it.
    """
    text, key, values = typed.text, typed.key, typed.values
    spec = typed.rule.spec if typed.rule else ""
    if spec.startswith("switchport trunk allowed"):
        return {key: _allowed(section, text)}, ""
    if spec in ("switchport access vlan <vlan>", "switchport voice vlan <vlan>"):
        return {key: text}, _create_vlan(root, int(values[0]), spec.split()[1].capitalize())
    if spec.startswith(("username", "enable", "password [")):
        return {key: _secret(root, text)}, ""
    if spec.startswith("ip name-server"):
        return {f"ip name-server {server}": f"ip name-server {server}" for server in values}, ""
    if spec.startswith("banner"):
        kind = text.split()[1]
        return {f"banner {kind}": f"banner {kind} {DELIMITER}{_banner_text(text)}{DELIMITER}"}, ""
    if spec.startswith("spanning-tree portfast ["):
        last = text.split()[-1]
        shown = "spanning-tree portfast edge" if last == "portfast" else text
        return {key: shown}, PORTFAST if last != "disable" else ""
    if spec.startswith("spanning-tree portfast [edge] bpduguard"):
        return {key: "spanning-tree portfast edge bpduguard default"}, ""
    if spec.startswith("snmp-server community") and len(text.split()) == 3:
        return {key: f"{text} RO"}, ""
    if spec.startswith("snmp-server community"):
        return {key: re.sub(r" (ro|rw)\b", lambda mode: mode[0].upper(), text)}, ""
    if spec.startswith("clock timezone") and len(values) == 2:
        return {key: f"{text} 0"}, ""
    if spec.startswith("transport input") and "ssh" in text and "telnet" in text:
        return {key: "transport input telnet ssh"}, ""
    if spec.startswith("logging <ip>"):
        return {key: f"logging host {values[0]}"}, ""
    if spec.startswith("ip address"):
        _check_address(root, section, values, column + len("ip address "))
    if section.context.endswith("acl"):
        rows = max((getattr(entry, "sequence", 0) for entry in section.entries.values()), default=0)
        return {key: f"{rows + 10} {text}"}, ""
    if spec == "name <word>" and section.text == "vlan 1":
        raise Refused("%Default VLAN 1 may not have its name changed.")
    return {key: text}, ""


def _allowed(section: Section, text: str) -> str:
    start = "switchport trunk allowed vlan"
    words = text.removeprefix(start).split()
    before = allowed(section)
    if words[0] == "all":
        after = ALL
    elif words[0] == "none":
        after = frozenset()
    elif words[0] == "add":
        after = before | vlan_set(words[1])
    elif words[0] == "remove":
        after = before - vlan_set(words[1])
    elif words[0] == "except":
        after = ALL - vlan_set(words[1])
    else:
        after = vlan_set(words[0])
    if after == ALL:
        return f"{start} all"
    return f"{start} {vlan_text(after) if after else 'none'}"


def _create_vlan(root: Section, vlan: int, kind: str) -> str:
    """A port's VLAN that is not there is made on the spot, with a remark."""
    if vlan == 1 or root.has(f"vlan {vlan}"):
        return ""
    rule = next(rule for rule in RULES["global"] if rule.opens == "vlan")
    root.entries[f"vlan {vlan}"] = Section(rule, f"vlan {vlan}", "vlan")
    return f"% {kind} VLAN does not exist. Creating vlan {vlan}"


def _secret(root: Section, text: str) -> str:
    """A clear secret is hashed before it is stored."""
    secret = re.match(r"(.*?)(secret|password) (?:(\d) )?(\S+)$", text)
    if secret is None:
        return text
    before, kind, form, value = secret.groups()
    if form in (None, "0"):
        if kind == "secret":
            form, value = "5", passwords.type5(value, secrets.token_hex(2))
        elif root.has("service password-encryption"):
            form, value = "7", passwords.type7(value)
        else:
            form = "0"
    return f"{before}{kind} {form} {value}"


def show_controls(text: str) -> str:
    """A text as a terminal shows it: a banner's delimiter as two letters, ``^C``."""
    return text.replace(DELIMITER, "^C")


def banner_ended(text: str) -> bool:
    """Whether a banner's closing delimiter has come."""
    start = _BANNER.match(text)
    return start is None or start[2] in text[start.end() :]


def _banner_text(text: str) -> str:
    start = _BANNER.match(text)
    if start is None:
        raise Refused(INVALID, len(text))
    return text[start.end() :].split(start[2], 1)[0]


def _check_address(root: Section, section: Section, values: tuple[str, ...], column: int) -> None:
    try:
        address = IPv4Interface(f"{values[0]}/{values[1]}")
    except ValueError:
        raise Refused(f"Bad mask {values[1]} for address {values[0]}") from None
    for other in root.sections("interface "):
        text = other.get("ip address")
        if other is section or text is None or not text.startswith("ip address"):
            continue
        network = IPv4Interface("/".join(text.split()[2:4])).network
        if network.overlaps(address.network):
            raise Refused(f"% {address.network.network_address} overlaps with {other.text.removeprefix('interface ')}")
