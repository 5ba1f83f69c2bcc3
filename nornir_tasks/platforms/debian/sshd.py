"""What sshd makes of its files for one login: sshd_config(5), with its drop-ins and Match blocks. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, ip_network

from nornir_tasks.platforms.debian.state import FileState

MAIN = "/etc/ssh/sshd_config"
DIRECTIVE = re.compile(r"[\s=]+")  # between a keyword and its value
GATHERED = frozenset({
    "port", "listenaddress", "hostkey", "allowusers", "denyusers", "allowgroups", "denygroups", "acceptenv",
    "subsystem", "setenv", "permitlisten", "permitopen",
})  # fmt: skip
SWITCHES = frozenset({
    "pubkeyauthentication", "passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication",
    "usepam", "strictmodes", "permitemptypasswords", "printmotd", "printlastlog", "tcpkeepalive", "usedns",
    "x11forwarding", "x11uselocalhost", "permittty", "hostbasedauthentication", "ignoreuserknownhosts",
    "allowagentforwarding", "permituserrc", "exposeauthinfo", "disableforwarding", "kerberosauthentication",
    "gssapiauthentication", "streamlocalbindunlink",
})  # fmt: skip
KNOWN = SWITCHES | GATHERED | frozenset({
    "authenticationmethods",
    "addressfamily", "allowstreamlocalforwarding", "allowtcpforwarding", "authorizedkeyscommand",
    "authorizedkeyscommanduser", "authorizedkeysfile", "authorizedprincipalscommand", "authorizedprincipalscommanduser",
    "authorizedprincipalsfile", "banner", "casignaturealgorithms", "channeltimeout", "chrootdirectory", "ciphers",
    "clientalivecountmax", "clientaliveinterval", "compression", "debianbanner", "fingerprinthash", "forcecommand",
    "gatewayports", "gssapicleanupcredentials", "gssapikeyexchange", "gssapistorecredentialsonrekey",
    "gssapistrictacceptorcheck", "hostbasedacceptedalgorithms", "hostbasedusesnamefrompacketonly", "hostcertificate",
    "hostkeyagent", "hostkeyalgorithms", "ignorerhosts", "include", "ipqos", "kerberosgetafstoken",
    "kerberosorlocalpasswd", "kerberosticketcleanup", "kexalgorithms", "logingracetime", "loglevel", "logverbose",
    "macs", "match", "maxauthtries", "maxsessions", "maxstartups", "modulifile", "permitrootlogin", "permittunnel",
    "permituserenvironment", "persourcemaxstartups", "persourcenetblocksize", "persourcepenalties",
    "persourcepenaltyexemptlist", "pidfile", "pubkeyacceptedalgorithms", "pubkeyauthoptions", "refuseconnection",
    "rekeylimit", "requiredrsasize", "revokedkeys", "securitykeyprovider", "sshdsessionpath", "syslogfacility",
    "trustedusercakeys", "unusedconnectiontimeout", "versionaddendum", "x11displayoffset", "xauthlocation",
})  # fmt: skip


@dataclass(frozen=True)
class Login:
    """Who logs in, from where and to where."""

    user: str
    groups: tuple[str, ...]
    source: IPv4Address
    address: IPv4Address
    port: int


@dataclass
class SshdSettings:
    """What holds for a login. Shape: keyword in small letters to its values; ``wrong``: what sshd would not take."""

    values: dict[str, list[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def get(self, keyword: str, default: str) -> str:
        """The first value, in small letters where it is a word of sshd's."""
        return self.values.get(keyword, [default])[0]

    def list_words(self, keyword: str) -> list[str]:
        """All words of all values."""
        return [word for value in self.values.get(keyword, ()) for word in value.split()]


def read_sshd(files: Mapping[str, FileState], login: Login) -> SshdSettings:
    """What the files say for a login."""
    settings = SshdSettings()
    main = files.get(MAIN)
    if main is None or main.text is None:
        settings.wrong.append(f"{MAIN} is not there" if main is None else f"{MAIN} cannot be read")
        return settings
    _read_lines(files, MAIN, main.text, login, settings, matches=True, depth=0)
    return settings


def _read_lines(
    files: Mapping[str, FileState],
    path: str,
    text: str,
    login: Login,
    settings: SshdSettings,
    *,
    matches: bool,
    depth: int,
) -> None:
    outer = matches
    for line in text.split("\n"):
        keyword, _, value = DIRECTIVE.sub(" ", line.strip(), count=1).partition(" ")
        keyword, value = keyword.lower(), value.strip().strip('"')
        if not keyword or keyword.startswith("#"):
            continue
        if keyword not in KNOWN:
            settings.wrong.append(f"{path}: {keyword!r} is no keyword of sshd's")
        elif not value:
            settings.wrong.append(f"{path}: {keyword} has no value")
        elif keyword == "match":
            matches = outer and _is_match(value, login)
        elif keyword == "include" and depth < 4:
            for included in _list_included(files, value):
                content = files[included].text or ""
                _read_lines(files, included, content, login, settings, matches=matches, depth=depth + 1)
        else:
            if keyword in SWITCHES and value.lower() not in ("yes", "no"):
                settings.wrong.append(f"{path}: {keyword} is {value!r}, expected yes or no")
            if matches:
                former = settings.values.setdefault(keyword, [])
                if not former or keyword in GATHERED:
                    former.append(value)


def _list_included(files: Mapping[str, FileState], value: str) -> Iterator[str]:
    for pattern in value.split():
        full = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
        yield from sorted(path for path in files if fnmatchcase(path, full) and path.count("/") == full.count("/"))


def _is_match(value: str, login: Login) -> bool:
    words = value.split()
    if words and words[0].lower() == "all":
        return True
    asked = {
        "user": lambda given: is_listed(login.user, given.split(",")),
        "group": lambda given: any(is_listed(group, given.split(",")) for group in login.groups),
        "address": lambda given: is_address_listed(login.source, given.split(",")),
        "localaddress": lambda given: is_address_listed(login.address, given.split(",")),
        "localport": lambda given: str(login.port) in given.split(","),
    }
    pairs = list(zip(words[::2], words[1::2], strict=False))
    return bool(pairs) and all(asked.get(key.lower(), lambda given: False)(given) for key, given in pairs)


def is_listed(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is in a list of patterns: one with ``!`` that fits excludes it."""
    if any(pattern.startswith("!") and fnmatchcase(name, pattern[1:]) for pattern in patterns):
        return False
    return any(fnmatchcase(name, pattern) for pattern in patterns if not pattern.startswith("!"))


def is_address_listed(address: IPv4Address, patterns: Sequence[str]) -> bool:
    """The same of an address, in a list of addresses, networks and patterns."""

    def fits(pattern: str) -> bool:
        try:
            return address in ip_network(pattern, strict=False)
        except (ValueError, TypeError):
            return fnmatchcase(str(address), pattern)

    if any(pattern.startswith("!") and fits(pattern[1:]) for pattern in patterns):
        return False
    return any(fits(pattern) for pattern in patterns if not pattern.startswith("!"))
