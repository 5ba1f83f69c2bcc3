"""Why an account would not get in to a server over SSH, or could do nothing there. Pure."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from nornir_tasks.core.verdict import Mismatch
from nornir_tasks.platforms.debian.sshd import Login, SshdSettings, is_address_listed, is_listed, read_sshd
from nornir_tasks.platforms.debian.state import ANY, FileState, ServerState
from nornir_tasks.reachability.server_way import ServerWay

SHELLS = frozenset({"/bin/sh", "/bin/bash", "/usr/bin/bash", "/bin/dash", "/usr/bin/dash", "/usr/bin/sh", "/bin/zsh",
                    "/usr/bin/zsh", ANY})  # fmt: skip
KEY = re.compile(r"(?:^|\s)(?P<type>ssh-\S+|ecdsa-sha2-\S+|sk-\S+@openssh\.com)\s+(?P<key>[A-Za-z0-9+/]{40,}=*)")
EVERYTHING = re.compile(r"^(?P<who>\S+)\s+ALL\s*=\s*(?:\((?:ALL|root)(?:\s*:\s*(?:ALL|root))?\)\s*)?(?P<what>.+)$")
SUDOERS, SUDOERS_FOLDER = "/etc/sudoers", "/etc/sudoers.d"
SUDO_LINE = re.compile(
    r"#.*|@include(?:dir)? \S+|Defaults\b.*|(?:User|Runas|Host|Cmnd)_Alias\s+\w+\s*=.*|[%\w.+-]+\s+[\w.,-]+\s*=.*"
)
SSH_UNITS = ("ssh.service", "ssh.socket")
ALGORITHMS = {  # a word that one of these has in it, or nobody of ours is spoken to
    "ciphers": ("aes", "chacha20"),
    "macs": ("hmac-sha2", "umac"),
    "kexalgorithms": ("curve25519", "ecdh-sha2", "diffie-hellman", "sntrup", "mlkem"),
    "hostkeyalgorithms": ("ssh-ed25519", "rsa-sha2", "ecdsa-sha2"),
}
PAM_DENY = re.compile(r"^\s*(?:account|auth|session)\s+(?:required|requisite)\s+pam_deny\.so", re.MULTILINE)


def find_login_reasons(state: ServerState, way: ServerWay, user: str) -> list[Mismatch]:
    """Why an account would not get in, or not be root then; empty: it does.

    Args:
        state: of the server.
        way: that has to stay open.
        user: the account.
    """
    return [
        *_judge_account(state, user),
        *(_judge_sshd(state, way, user) if _is_read(state, "/etc/ssh/") or _is_read(way.former, "/etc/ssh/") else ()),
        *_judge_keys(state, way, user),
        *_judge_files(state, way, user),
        *(_judge_sudo(state, way, user) if user != "root" else ()),
    ]


def _is_read(state: ServerState, folder: str) -> bool:
    return any(path.startswith(folder) for path in state.files)


def _judge_account(state: ServerState, user: str) -> Iterator[Mismatch]:
    if not state.accounts:
        return
    if "root" not in state.accounts or state.accounts["root"].uid != "0":
        yield Mismatch("the account root with the number 0", "none")
    account = state.accounts.get(user)
    if account is None:
        yield Mismatch(f"the account {user}", "none")
        return
    if account.shell not in SHELLS:
        yield Mismatch(f"a shell for {user}", account.shell)
    if account.expires not in ("never", ANY):
        yield Mismatch(f"the account {user} never to expire", f"it does, {account.expires} days after 1970")


def _find_groups(state: ServerState, user: str) -> tuple[str, ...]:
    account = state.accounts.get(user)
    return (account.group, *filter(None, account.groups.split(","))) if account else ()


def _judge_sshd(state: ServerState, way: ServerWay, user: str) -> Iterator[Mismatch]:
    """sshd starts, listens, and takes a key of this account, from every control node."""
    for unit in SSH_UNITS[:1]:
        found = state.units.get(unit)
        socket = state.units.get("ssh.socket")
        started = socket is not None and (socket.enabled, socket.active) == ("enabled", "active")
        if (
            found
            and (found.enabled in ("masked", "disabled") or found.active in ("inactive", "failed"))
            and not started
        ):
            yield Mismatch(f"{unit} to be enabled and active", f"{found.enabled} and {found.active}")
    if way.former.packages.get("openssh-server") and "openssh-server" not in state.packages:
        yield Mismatch("the package openssh-server", "it is removed")
    account = state.accounts.get(user)
    for source in way.sources:
        for address in way.addresses[:1]:
            login = Login(user, _find_groups(state, user), source, address, way.port)
            settings = read_sshd(state.files, login)
            yield from (Mismatch("files that sshd takes", words) for words in settings.wrong)
            yield from _judge_settings(settings, login, state, locked=bool(account and account.password == "locked"))


def _judge_settings(settings: SshdSettings, login: Login, state: ServerState, *, locked: bool) -> Iterator[Mismatch]:
    ports = settings.list_words("port") or ["22"]
    listens = settings.list_words("listenaddress")
    own_ports = {word.rpartition(":")[2] for word in listens if word.count(":") == 1}
    if str(login.port) not in (own_ports or ports):
        yield Mismatch(f"sshd at port {login.port}", f"port {', '.join(sorted(own_ports) or ports)}")
    hosts = {word.rpartition(":")[0] if word.count(":") == 1 else word for word in listens}
    if hosts and not hosts & {"0.0.0.0", "::", "[::]", "*", "any", str(login.address)}:
        yield Mismatch(f"sshd at {login.address}", f"ListenAddress {', '.join(sorted(hosts))}")
    if settings.get("addressfamily", "any").lower() == "inet6":
        yield Mismatch("sshd to listen by IPv4", "AddressFamily inet6")
    if settings.get("pubkeyauthentication", "yes").lower() == "no":
        yield Mismatch("sshd to take keys", "PubkeyAuthentication no")
    methods = settings.list_words("authenticationmethods")
    if methods and not set(methods) & {"any", "publickey"}:
        yield Mismatch("a key to be enough", f"AuthenticationMethods {' '.join(methods)}")
    if login.user == "root" and settings.get("permitrootlogin", "prohibit-password").lower() in (
        "no",
        "forced-commands-only",
    ):
        yield Mismatch("root to be let in", f"PermitRootLogin {settings.get('permitrootlogin', '')}")
    yield from _judge_lists(settings, login)
    for keyword, least in (("maxsessions", 1), ("maxauthtries", 1)):
        value = settings.get(keyword, "10")
        if not value.isdigit() or int(value) < least:
            yield Mismatch(f"{keyword} of {least} at least", value)
    if settings.get("forcecommand", "none").lower() != "none":
        yield Mismatch("any command to be run", f"ForceCommand {settings.get('forcecommand', '')}")
    if settings.get("chrootdirectory", "none").lower() != "none":
        yield Mismatch("no ChrootDirectory", settings.get("chrootdirectory", ""))
    if settings.get("refuseconnection", "no").lower() == "yes":
        yield Mismatch("connections to be taken", "RefuseConnection yes")
    if locked and settings.get("usepam", "no").lower() == "no":
        yield Mismatch("UsePAM yes, as the account's password is locked", "UsePAM no")
    for keyword, words in ALGORITHMS.items():
        value = settings.get(keyword, "")
        if value and value[0] not in "+-^" and not any(word in value for word in words):
            yield Mismatch(f"{keyword} that OpenSSH speaks", value)
    for path in settings.values.get("hostkey", []):
        if f"{path}.pub" in state.files and path not in state.files:
            yield Mismatch(f"the host key {path}", "none")


def _judge_lists(settings: SshdSettings, login: Login) -> Iterator[Mismatch]:
    """DenyUsers, AllowUsers, DenyGroups, AllowGroups, in sshd's order."""

    def names(pattern: str) -> bool:
        user, at, host = pattern.partition("@")
        return is_listed(login.user, [user]) and (not at or is_address_listed(login.source, [host]))

    denied, allowed = settings.list_words("denyusers"), settings.list_words("allowusers")
    if any(map(names, denied)):
        yield Mismatch(f"{login.user} to be let in", f"DenyUsers {' '.join(denied)}")
    if allowed and not any(map(names, allowed)):
        yield Mismatch(f"{login.user} to be let in from {login.source}", f"AllowUsers {' '.join(allowed)}")
    groups = login.groups
    denied, allowed = settings.list_words("denygroups"), settings.list_words("allowgroups")
    if any(is_listed(group, denied) for group in groups):
        yield Mismatch(f"{login.user} to be let in", f"DenyGroups {' '.join(denied)}")
    if allowed and not any(is_listed(group, allowed) for group in groups):
        yield Mismatch(f"a group of {login.user} to be let in", f"AllowGroups {' '.join(allowed)}")


def _judge_keys(state: ServerState, way: ServerWay, user: str) -> Iterator[Mismatch]:
    """A key that let us in before lets us in, by a file that sshd looks at and trusts."""
    home = state.accounts[user].home if user in state.accounts else "/root" if user == "root" else f"/home/{user}"
    if home == ANY:
        return
    former_account = way.former.accounts.get(user)
    if former_account and former_account.home != home:
        yield Mismatch(f"the home of {user}, with the keys, to stay {former_account.home}", home)
    settings = read_sshd(state.files, Login(user, _find_groups(state, user), *_ends(way), way.port))
    places = settings.list_words("authorizedkeysfile") or [".ssh/authorized_keys", ".ssh/authorized_keys2"]
    paths = [_resolve(place, user, home) for place in places]
    if not any(_is_covered(path, state, way) for path in paths):
        if not any(path.endswith(("/.ssh/authorized_keys", "/authorized_keys")) for path in paths):
            yield Mismatch(f"sshd to look at the keys of {user}", f"AuthorizedKeysFile {' '.join(places)}")
        return
    files = {path: state.files[path] for path in paths if path in state.files}
    keys = {key for file in files.values() for key in _list_keys(file.text or "", way)}
    if any(file.digest == ANY for file in files.values()):
        yield Mismatch(f"the keys of {user} to be known beforehand", "they are not")
        return
    former = {key for path, file in way.former.files.items() if path.endswith("/authorized_keys")
              for key in _list_keys(file.text or "", way)}  # fmt: skip
    if not keys or (former and not keys & former):
        found = "another key" if keys else "no key"
        yield Mismatch(f"a key of {user} that lets us in today", f"{found} in {', '.join(paths)}")
    if settings.get("strictmodes", "yes").lower() == "yes":
        for path, file in files.items():
            above = [(path, file)] + [
                (each, state.files[each]) for each in _list_above(path, home) if each in state.files
            ]
            yield from _judge_modes(above, user)


def _ends(way: ServerWay) -> tuple[IPv4Address, IPv4Address]:
    nobody = IPv4Address(0)
    return next(iter(way.sources), nobody), next(iter(way.addresses), nobody)


def _resolve(place: str, user: str, home: str) -> str:
    path = place.replace("%h", home).replace("%u", user).replace("%%", "%")
    return path if path.startswith("/") else f"{home}/{path}"


def _is_covered(path: str, state: ServerState, way: ServerWay) -> bool:
    """Whether a file of keys is among what was read, before or after."""
    return path in state.files or path in way.former.files


def _list_above(path: str, home: str) -> Iterator[str]:
    while path.startswith(f"{home}/"):
        path = path.rpartition("/")[0]
        yield path


def _judge_modes(files: Iterable[tuple[str, FileState]], user: str) -> Iterator[Mismatch]:
    for path, file in files:
        owner = file.owner.partition(":")[0]
        if owner not in (user, "root", ANY):
            yield Mismatch(f"{path} to be {user}'s", f"{owner}'s")
        if file.mode != ANY and int(file.mode, 8) & 0o022:
            yield Mismatch(f"{path} to be written by nobody else", f"mode {file.mode}")


def _list_keys(text: str, way: ServerWay) -> Iterator[str]:
    """The keys of a file with which any command may be run, from a control node."""
    for line in text.split("\n"):
        found = KEY.search(line)
        if not found or line.lstrip().startswith("#"):
            continue
        options = line[: found.start("type")]
        sources = re.search(r'from="([^"]*)"', options)
        if sources and not any(is_address_listed(source, sources[1].split(",")) for source in way.sources):
            continue
        if "command=" not in options and "expiry-time=" not in options and "cert-authority" not in options:
            yield found["key"]


def _judge_files(state: ServerState, way: ServerWay, user: str) -> Iterator[Mismatch]:
    """What else a login passes: PAM, limits, nologin, how names are looked up."""
    for path in ("/etc/nologin", "/run/nologin"):
        if path in state.files and user != "root":
            yield Mismatch(f"no {path}", "it is there: root alone is let in")
    for path in ("/etc/pam.d/sshd", "/etc/pam.d/common-account", "/etc/pam.d/common-auth", "/etc/pam.d/common-session"):
        file = state.files.get(path)
        if file is None and path in way.former.files:
            yield Mismatch(f"the file {path}", "it is gone")
        elif file and file.text is not None and _denies(file.text):
            yield Mismatch(f"{path} to let somebody in", "it denies everybody")
    for path, file in state.files.items():
        if path == "/etc/security/limits.conf" or path.startswith("/etc/security/limits.d/"):
            for line in (file.text or "").split("\n"):
                words = line.split("#")[0].split()
                if len(words) == 4 and words[2] in ("nproc", "maxlogins", "maxsyslogins", "nofile") and words[3] == "0":
                    yield Mismatch("limits that let a login be", f"{path}: {' '.join(words)}")
    switch = state.files.get("/etc/nsswitch.conf")
    if switch and switch.text is not None:
        rows = dict(line.split(":", 1) for line in switch.text.split("\n") if ":" in line and not line.startswith("#"))
        for row in ("passwd", "group"):
            if not {"files", "compat"} & set(rows.get(row, "files").split()):
                yield Mismatch(f"{row} to be looked up in files", rows.get(row, "").strip() or "nowhere")


def _denies(text: str) -> bool:
    """Whether a stack of PAM denies before anything else lets through: as Debian writes it, deny comes after a jump."""
    for line in text.split("\n"):
        words = line.split("#")[0].split()
        if len(words) < 3:
            continue
        if PAM_DENY.match(line):
            return True
        if words[1].startswith("[") or words[1] == "sufficient":
            return False
    return False


def _judge_sudo(state: ServerState, way: ServerWay, user: str) -> Iterator[Mismatch]:
    """The account may do everything without a password, by the last rule that names it."""
    if not _is_read(state, SUDOERS) and not _is_read(way.former, SUDOERS):
        return
    if way.former.packages.get("sudo") and "sudo" not in state.packages:
        yield Mismatch("the package sudo", "it is removed")
    granted, groups = "", {f"%{group}" for group in _find_groups(state, user)}
    for path in _list_sudoers(state):
        file = state.files[path]
        if file.mode != ANY and int(file.mode, 8) & 0o022:
            yield Mismatch(f"{path} to be written by root alone", f"mode {file.mode}: sudo refuses it")
        if file.owner != ANY and not file.owner.startswith("root:"):
            yield Mismatch(f"{path} to be root's", file.owner)
        if file.text is None:
            yield Mismatch(f"{path} to be known beforehand", "it is not")
            continue
        for line in file.text.replace("\\\n", " ").split("\n"):
            line = line.strip()
            if line and not SUDO_LINE.fullmatch(line):
                yield Mismatch("rules that sudo takes", f"{path}: {line[:80]}")
            if re.match(r"Defaults.*\b(requiretty|rootpw|targetpw|runaspw)\b", line) and "!" not in line:
                yield Mismatch("sudo without a terminal or another's password", f"{path}: {line}")
            rule = EVERYTHING.match(line)
            if rule and (rule["who"] in (user, "ALL") or rule["who"] in groups):
                granted = rule["what"]
    if not re.match(r"NOPASSWD:\s*ALL\s*$", granted):
        yield Mismatch(f"{user} to do everything by sudo without a password", granted or "no rule says so")


def _list_sudoers(state: ServerState) -> list[str]:
    """The files that sudo reads: no name with a dot in it, or with a tilde at its end."""
    folder = [
        path
        for path in sorted(state.files)
        if path.startswith(f"{SUDOERS_FOLDER}/") and "." not in path.rpartition("/")[2] and not path.endswith("~")
        and state.files[path].kind == "file"
    ]  # fmt: skip
    return ([SUDOERS] if SUDOERS in state.files else []) + folder
