"""What IOS makes of the values of single lines: lists of VLANs, secrets, banners, and its remarks on them."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import replace

from lab.personalities.ios.configuration import access_lists, addresses, certificates, passwords, services
from lab.personalities.ios.configuration.grammar import RULES
from lab.personalities.ios.configuration.parse import INVALID, Match, Refused
from lab.personalities.ios.configuration.section import Section
from lab.region.ranges import format_ranges

ALL = frozenset(range(1, 4095))
TOO_LONG = "% Invalid Password length - must contain 1 to 25 characters. Password configuration failed"
STORED = {"5": "1"}  # by the form that is typed: how its value begins, where that is another number
NO_SECRET = (
    "ERROR: The secret you entered is not a valid encrypted secret.\n"
    "To enter an UNENCRYPTED secret, do not specify type {} encryption.\n"
    "When you properly enter an UNENCRYPTED secret, it will be encrypted."
)
WIDTH = 80  # a line with its leading blank is no wider
RESERVED = range(1002, 1006)  # for token ring and FDDI: always there, never deleted
BAD_LIST = "Command rejected: Bad VLAN list - character"
_BANNER = re.compile(r"banner (\w+) (\S)", re.S)  # the delimiter is one character, whichever it is
DELIMITER = "\x03"  # in IOS's memory and files; a terminal shows it as ^C
PORTFAST = (
    "%Warning: portfast should only be enabled on ports connected to a single\n"
    " host. Connecting hubs, concentrators, switches, bridges, etc... to this\n"
    " interface  when portfast is enabled, can cause temporary bridging loops.\n"
    " Use with CAUTION\n"
)


def vlan_set(text: str) -> frozenset[int]:
    """The VLANs of a list like ``1,20,30-40``.

    Raises:
        Refused: it is none; IOS tells at which character it saw that.
    """
    vlans: set[int] = set()
    place, low = 0, 0
    pieces = [*re.split("([,-])", text), ""]
    for number, delimiter in zip(pieces[::2], pieces[1::2], strict=True):
        wrong = next((letter for letter in number if letter not in "0123456789"), None)
        if wrong is not None:
            place += number.index(wrong) + 1
            raise Refused(f"{BAD_LIST} #{place} is a non-numeric\ncharacter ('{wrong}').")
        place += len(number) + 1
        if not number or len(number) > 4 or not low < int(number) <= 4094 or (low and delimiter == "-"):
            seen = f"#{place} ({repr(delimiter) if delimiter else 'EOL'})"
            raise Refused(f"{BAD_LIST} {seen} delimits a VLAN\nnumber which is out of the range {low + 1}..4094.")
        if delimiter == "-":
            low = int(number)
        else:
            vlans.update(range(low or int(number), int(number) + 1))
            low = 0
    return frozenset(vlans)


def vlan_text(vlans: Iterable[int]) -> str:
    """The reverse: three neighbours and more become a range, two do not."""
    return format_ranges(vlans, pairs=False)


def broken(text: str) -> list[str]:
    """A line as IOS prints it: a long list of a trunk's VLANs goes on in further lines, with ``add``."""
    start, _, vlans = text.rpartition(" ")
    if not start.startswith("switchport trunk allowed vlan") or len(text) < WIDTH:
        return [text]
    lines = [start]
    for part in vlans.split(","):
        if len(f"{lines[-1]},{part}") >= WIDTH:
            lines.append(f"{start} add {part}")
        else:
            lines[-1] += f" {part}" if lines[-1] == start else f",{part}"
    return lines


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
        vlans = vlan_set(typed.values[0]) if typed.values else frozenset()
        if fixed := sorted(vlans & {1, *RESERVED}):
            raise Refused(f"%Default VLAN {fixed[0]} may not be deleted.")
        return [f"vlan {vlan}" for vlan in vlans]
    if access_lists.is_list(section):
        return access_lists.keys_of(section, typed.text)
    if typed.text.startswith("ip prefix-list ") and typed.rule is not None and " description" not in typed.key:
        return services.prefix_keys(section, typed)
    if typed.text.startswith("access-list "):
        return [access_lists.section_line(typed.values[0])] if typed.values else []  # whatever row was typed with it
    if typed.rule is not None:
        keys = [typed.key]
        if typed.key.startswith("ip name-server"):
            keys = [f"ip name-server {server}" for server in typed.values]
        return [key for key in keys if section.has(key)]
    words = f"{typed.text} "
    return [key for key in section.entries if f"{key} ".startswith(words) or words.startswith(f"{key} ")]


def canonical(typed: Match) -> Match:
    """A line as IOS keeps it, where that is not as it was typed: a network without its host bits, say.

    Raises:
        Refused: it cannot be kept.
    """
    in_ospf = typed.text.startswith("network ") and len(typed.values) > 1 and " mask " not in typed.text
    if not in_ospf:
        return services.canonical(typed)
    key = "network {} {}".format(*addresses.ospf_network(typed.values))
    text = f"{key} area {typed.values[2]}" if len(typed.values) > 2 else key
    return replace(typed, text=text, key=key)


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
    services.check(root, section, typed, column)
    if spec.startswith("switchport trunk allowed"):
        return {key: _allowed(section, text)}, ""
    if spec.startswith("switchport trunk pruning") and values:
        vlan_set(values[0])
    if spec in ("switchport access vlan <vlan>", "switchport voice vlan <vlan>"):
        return {key: text}, _create_vlan(root, int(values[0]), spec.split()[1].capitalize())
    if spec.startswith("username"):
        return {key: _account(root.get(key) or "", _secret(root, text))}, ""
    if spec.startswith(("enable", "password [")):
        return {key: _secret(root, text)}, ""
    if spec.startswith("ip name-server"):
        return {f"ip name-server {server}": f"ip name-server {server}" for server in values}, ""
    if spec.startswith("ip prefix-list <word> ["):
        return services.prefix_row(root, typed), ""
    if spec in ("vrf forwarding <word>", "ip vrf forwarding <word>") and section.text.startswith("interface "):
        return {key: text}, services.enter_vrf(section, text)
    if spec.startswith("snmp-server host"):
        return {key: services.trap_host(typed, column)}, ""
    if spec.startswith(("key [", "neighbor")) and " password " in f" {text.replace('key ', 'password ', 1)}":
        return {key: _shared_key(root, text)}, ""
    if spec.startswith("redistribute") and section.context != "ospf":
        return {key: text}, ""
    if spec.startswith("banner"):
        kind = text.split()[1]
        return {f"banner {kind}": f"banner {kind} {DELIMITER}{_banner_text(text)}{DELIMITER}"}, ""
    if spec.startswith("redistribute") and not text.endswith("subnets"):
        return {key: text}, "% Only classful networks will be redistributed"
    if spec.startswith("certificate"):
        return {key: certificates.shown(section.text.split()[-1], text)}, ""
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
    if spec.startswith("logging [host]"):
        addresses.check_host(values[0])
        return {key: re.sub(r"^logging (?:host )?", "logging host ", text)}, ""
    if spec.startswith("ip address"):
        addresses.check_interface(root, section, values)
    if spec.startswith("ip route vrf"):
        addresses.check_route(root, values[1:], values[0])
    elif spec.startswith("ip route"):
        addresses.check_route(root, values)
    if spec.startswith(("ip default-gateway", "ip helper-address", "ip name-server", "ntp server", "ntp peer")):
        addresses.check_host(next(value for value in values if value.count(".") == 3))
    if spec.startswith("spanning-tree vlan"):
        vlan_set(values[0])
    if spec.startswith("hostname"):
        _check_hostname(values[0])
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


def _account(before: str, text: str) -> str:
    """A user's line: what a new one does not say stays as it was."""

    def parts(line: str) -> tuple[str, str]:
        found = re.fullmatch(r"username \S+(?: privilege (\d+))?(.*)", line)
        return (found[1] or "", found[2]) if found else ("", "")

    privilege, secret = (new or old for new, old in zip(parts(text), parts(before), strict=True))
    level = f" privilege {privilege}" if privilege not in ("", "1") else ""
    return " ".join(text.split()[:2]) + level + secret


def _secret(root: Section, text: str) -> str:
    """A clear secret is hashed before it is stored."""
    secret = re.match(r"(.*?)(secret|password) (?:(\d) )?(\S+)$", text)
    if secret is None:
        return text
    before, kind, form, value = secret.groups()
    if form in (None, "0"):
        if len(value) > 25:
            raise Refused(TOO_LONG)
        if kind == "secret":
            form, value = "5", passwords.type5(value, secrets.token_hex(2))
        elif root.has("service password-encryption"):
            form, value = "7", passwords.type7(value)
        else:
            form = "0"
    elif kind == "secret" and not value.startswith(f"${STORED.get(form, form)}$"):
        raise Refused(NO_SECRET.format(form))
    elif kind == "password" and not re.fullmatch(r"(?:0\d|1[0-5])(?:[0-9A-Fa-f]{2})+", value):
        raise Refused(f"Invalid encrypted password: {value}")
    return f"{before}{kind} {form} {value}"


def _shared_key(root: Section, text: str) -> str:
    """A key that both ends know: never hashed, and only hidden where the service says so."""
    secret = re.fullmatch(r"(.*\b(?:key|password)) (?:(\d) )?(\S+)", text)
    assert secret is not None
    before, form, value = secret.groups()
    if form not in (None, "0"):
        return text
    if len(value) > 25:
        raise Refused(TOO_LONG)
    return f"{before} 7 {passwords.type7(value)}" if root.has("service password-encryption") else f"{before} {value}"


def _check_hostname(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", name):
        raise Refused("% Hostname contains one or more illegal characters.")


def show_controls(text: str) -> str:
    """A text as a terminal shows it: a banner's delimiter as two letters, ``^C``."""
    return text.replace(DELIMITER, "^C")


def ended(text: str) -> bool:
    """Whether a line that runs over several, a banner or a certificate, is whole."""
    return banner_ended(text) and certificates.ended(text)


def banner_ended(text: str) -> bool:
    """Whether a banner's closing delimiter has come."""
    start = _BANNER.match(text)
    return start is None or start[2] in text[start.end() :]


def _banner_text(text: str) -> str:
    start = _BANNER.match(text)
    if start is None:
        raise Refused(INVALID, len(text))
    return text[start.end() :].split(start[2], 1)[0]
