"""The servers' half of the lock-out proof: what would shut everybody out is refused, and what would not is let be."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nornir_tasks.model import Position, Region, Server, Stage
from nornir_tasks.platforms.debian.state import ANY, Account, FileState, ServerState, UnitState
from nornir_tasks.platforms.debian.text import write_state
from nornir_tasks.reachability.server_lockout import find_server_lockouts
from nornir_tasks.reachability.unknown_lines import UNKNOWN
from tests.support import small_region as small

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcR4z8ZB2tyE0Yx7mJgQ0s0q6z5o3V7R0i9j8Yy6pQ1 automation"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDifferent0KeyOfSomebodyElse0000000000000001 other"
REGION = small.region()
USER = REGION.of("loppa")[0].standard.accounts[0].name
SOURCES = [str(address) for address in REGION.of("loppa")[0].standard.control_nodes]
SERVER: Server = small.server("loppa-app-02", "10.17.92.31/23", "servers")
SSHD, SUDO, NETWORK = (
    "/etc/ssh/sshd_config",
    "/etc/sudoers.d/fellesdrift",
    "/etc/systemd/network/05-fellesdrift.network",
)
NFT, KEYS = "/etc/nftables.conf", f"/home/{USER}/.ssh/authorized_keys"
DROP_IN = "/etc/ssh/sshd_config.d/00-fellesdrift.conf"
SET = ", ".join(SOURCES)
RULES = f"""#!/usr/sbin/nft -f
flush ruleset
table inet fellesdrift {{
  chain input {{
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    icmp type {{ destination-unreachable, time-exceeded }} accept comment "errors, and path MTU"
    ip saddr {{ {SET} }} tcp dport 22 counter accept comment "the way in"
    ip saddr {{ 10.17.8.0/21 }} ip daddr 10.17.92.31 tcp dport 8443 counter accept comment "application loppa/maps"
    ct state invalid counter drop
    limit rate 10/minute burst 5 packets log prefix "fellesdrift refused in: "
    counter reject with icmpx admin-prohibited comment "no record"
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
  }}
  chain output {{
    type filter hook output priority filter; policy drop;
    oif lo accept
    ct state established,related accept
    counter reject with icmpx admin-prohibited comment "no record"
  }}
}}
"""
NETWORKD = """[Match]
Name=eth0

[Network]
LinkLocalAddressing=no
Address=10.17.92.31/23

[Route]
Gateway=10.17.92.1

[Route]
Gateway=10.17.92.1
Table=110

[RoutingPolicyRule]
From=10.17.92.31
Table=110
Priority=110
"""


def text(content: str, mode: str = "0644", owner: str = "root:root") -> FileState:
    """A file with a text."""
    return FileState("file", owner, mode, content)


STATE = ServerState(
    files={
        SSHD: text("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nPrintMotd no\nSubsystem\tsftp\t/usr/lib/x\n"),
        DROP_IN: text(f"PermitRootLogin no\nPasswordAuthentication no\nAllowGroups {USER} administrators\n"),
        "/etc/sudoers": text("Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n", "0440"),
        SUDO: text(f"{USER} ALL=(ALL:ALL) NOPASSWD: ALL\n", "0440"),
        f"/home/{USER}/.ssh": FileState("directory", f"{USER}:{USER}", "0700"),
        KEYS: text(f"{KEY}\n", "0600", f"{USER}:{USER}"),
        "/root/.ssh/authorized_keys": text(f"{KEY}\n", "0600"),
        NETWORK: text(NETWORKD),
        NFT: text(RULES),
        "/etc/resolv.conf": text("nameserver 10.10.1.11\nnameserver 10.10.129.11\n"),
        "/etc/nsswitch.conf": text("passwd: files systemd\ngroup: files systemd\nhosts: files dns\n"),
        "/etc/pam.d/sshd": text("@include common-auth\naccount required pam_nologin.so\n@include common-account\n"),
        "/etc/pam.d/common-account": text(
            "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\naccount\trequisite\tpam_deny.so\n"
        ),
        "/etc/sysctl.d/90-fellesdrift.conf": text("net.ipv4.conf.all.rp_filter = 1\nkernel.kptr_restrict = 2\n"),
        "/etc/chrony/chrony.conf": text("server 10.10.1.10 iburst\n"),
    },
    packages={"openssh-server": "1:10.0p1-7", "sudo": "1.9.16"},
    units={"ssh.service": UnitState("enabled", "active"), "systemd-networkd.service": UnitState("enabled", "active")},
    accounts={
        "root": Account("0", "root", "", "/root", "/bin/bash", "locked", "never"),
        USER: Account("1000", USER, "", f"/home/{USER}", "/bin/bash", "locked", "never"),
    },
    groups={"root": "0", USER: "1000"},
)
Edit = Callable[[ServerState], ServerState]


def put(path: str, content: str | None, **more: str) -> Edit:
    """A file that is written, or (None) removed."""

    def edit(state: ServerState) -> ServerState:
        files = {name: file for name, file in state.files.items() if name != path}
        if content is not None:
            former = state.files.get(path, text(""))
            files[path] = replace(former, kind="file", text=content, digest="", **more)
        return replace(state, files=dict(sorted(files.items())))

    return edit


def swap(path: str, old: str, new: str) -> Edit:
    """A file in which a piece of text is another."""

    def edit(state: ServerState) -> ServerState:
        content = state.files[path].text or ""
        assert old in content
        return put(path, content.replace(old, new))(state)

    return edit


def sshd(line: str) -> Edit:
    """A directive before all others."""
    return lambda state: put(DROP_IN, f"{line}\n{state.files[DROP_IN].text}")(state)


def account(name: str, **changes: str) -> Edit:
    """An account that is another."""
    return lambda state: replace(state, accounts={**state.accounts, name: replace(state.accounts[name], **changes)})


def without_account(state: ServerState) -> ServerState:
    """The centre's account is removed."""
    return replace(state, accounts={"root": state.accounts["root"]})


def unit(name: str, enabled: str, active: str) -> Edit:
    """A unit that stands otherwise."""
    return lambda state: replace(state, units={**state.units, name: UnitState(enabled, active)})


def link(path: str, target: str) -> Edit:
    """A link."""
    return lambda state: replace(
        state, files={**state.files, path: FileState("link", "root:root", "0777", target=target)}
    )


def mode(path: str, **changes: str) -> Edit:
    """A file with another mode or owner."""
    return lambda state: replace(state, files={**state.files, path: replace(state.files[path], **changes)})


def judge(edit: Edit, server: Server = SERVER, region: Region = REGION) -> list[str]:
    """Why it is refused."""
    then = Position().moved("loppa", Stage.RETIRE)
    reasons = find_server_lockouts(region, server, write_state(edit(STATE)), then, write_state(STATE))
    return [f"{reason.rule.name}: {reason.text}" for reason in reasons]


LOCKOUTS: dict[str, tuple[Edit, str]] = {
    "sshd: a word that it does not know": (sshd("Nonsense yes"), "no keyword of sshd's"),
    "sshd: a switch that is neither yes nor no": (sshd("PubkeyAuthentication perhaps"), "expected yes or no"),
    "sshd: its file is gone": (put(SSHD, None), "sshd_config is not there"),
    "sshd: another port": (sshd("Port 2222"), "port 2222"),
    "sshd: on loopback alone": (sshd("ListenAddress 127.0.0.1"), "ListenAddress 127.0.0.1"),
    "sshd: IPv6 alone": (sshd("AddressFamily inet6"), "AddressFamily inet6"),
    "sshd: no keys": (sshd("PubkeyAuthentication no"), "PubkeyAuthentication no"),
    "sshd: a password, too": (sshd("AuthenticationMethods publickey,password"), "AuthenticationMethods"),
    "sshd: somebody else alone": (sshd("AllowUsers anna"), "AllowUsers anna"),
    "sshd: from elsewhere alone": (sshd(f"AllowUsers {USER}@192.0.2.0/24"), "AllowUsers"),
    "sshd: everybody denied": (sshd("DenyUsers *"), "DenyUsers"),
    "sshd: another group alone": (put(DROP_IN, "PermitRootLogin no\nAllowGroups wheel\n"), "AllowGroups wheel"),
    "sshd: its group denied": (sshd(f"DenyGroups {USER}"), "DenyGroups"),
    "sshd: keys elsewhere": (sshd("AuthorizedKeysFile /etc/ssh/keys/%u"), "AuthorizedKeysFile"),
    "sshd: another command": (sshd("ForceCommand /bin/false"), "ForceCommand"),
    "sshd: in a Match": (
        put("/etc/ssh/sshd_config.d/zz.conf", f"Match User {USER}\n  ForceCommand /bin/date\n"),
        "ForceCommand",
    ),
    "sshd: an empty root": (sshd("ChrootDirectory /var/empty"), "ChrootDirectory"),
    "sshd: no sessions": (sshd("MaxSessions 0"), "maxsessions"),
    "sshd: ciphers nobody has": (sshd("Ciphers 3des-cbc"), "ciphers"),
    "sshd: no PAM, and a locked password": (swap(SSHD, "UsePAM yes", "UsePAM no"), "UsePAM"),
    "sshd: masked": (unit("ssh.service", "masked", "inactive"), "ssh.service"),
    "sshd: disabled": (unit("ssh.service", "disabled", "active"), "ssh.service"),
    "sshd: linked into nothing": (link("/etc/systemd/system/ssh.service", "/dev/null"), "not to be masked"),
    "sshd: removed": (lambda state: replace(state, packages={"sudo": "1"}), "openssh-server"),
    "sshd: a drop-in of its unit": (
        put("/etc/systemd/system/ssh.service.d/x.conf", "[Service]\nExecStart=/bin/false\n"),
        "unknown",
    ),
    "account: removed": (without_account, f"the account {USER}"),
    "account: expired": (account(USER, expires="1"), "never to expire"),
    "account: a shell that ends": (account(USER, shell="/usr/sbin/nologin"), "a shell for"),
    "account: root has another number": (account("root", uid="1"), "the account root"),
    "account: another home": (account(USER, home="/srv/x"), "key"),
    "keys: none": (put(KEYS, ""), "no key"),
    "keys: gone": (put(KEYS, None), "key"),
    "keys: somebody else's": (put(KEYS, f"{OTHER}\n"), "another key"),
    "keys: for one command": (put(KEYS, f'command="/bin/date" {KEY}\n'), "no key"),
    "keys: from elsewhere": (put(KEYS, f'from="192.0.2.1" {KEY}\n'), "no key"),
    "keys: written by all": (mode(KEYS, mode="0666"), "written by nobody else"),
    "keys: another's": (mode(KEYS, owner="anna:anna"), "anna's"),
    "keys: not known": (lambda state: replace(
        state, files={**state.files, KEYS: FileState("file", f"{USER}:{USER}", "0600", None, ANY)}), "beforehand"),
    "sudo: no rule": (put(SUDO, "# nothing\n", mode="0440"), "no rule says so"),
    "sudo: with a password": (put(SUDO, f"{USER} ALL=(ALL:ALL) ALL\n"), "without a password"),
    "sudo: taken back below": (
        put("/etc/sudoers.d/zz", f"{USER} ALL=(ALL) !ALL\n", mode="0440"), "without a password"),
    "sudo: what it does not take": (put("/etc/sudoers.d/zz", "nonsense\n", mode="0440"), "rules that sudo takes"),
    "sudo: written by all": (mode(SUDO, mode="0666"), "sudo refuses it"),
    "sudo: a terminal": (put("/etc/sudoers.d/a", "Defaults requiretty\n", mode="0440"), "terminal"),
    "PAM: deny": (put("/etc/pam.d/common-account", "account requisite pam_deny.so\n"), "denies everybody"),
    "PAM: gone": (put("/etc/pam.d/sshd", None), "/etc/pam.d/sshd"),
    "PAM: a module nobody knows": (
        swap("/etc/pam.d/sshd", "account required pam_nologin.so", "account required pam_access.so"), "unknown"),
    "limits: no processes": (put("/etc/security/limits.d/x.conf", "* hard nproc 0\n"), "nproc 0"),
    "names: looked up nowhere": (put("/etc/nsswitch.conf", "passwd: ldap\ngroup: files\n"), "looked up in files"),
    "nologin": (put("/etc/nologin", ""), "/etc/nologin"),
    "network: another address": (swap(NETWORK, "Address=10.17.92.31/23", "Address=10.17.92.99/23"), "10.17.92.31"),
    "network: no address": (swap(NETWORK, "Address=10.17.92.31/23\n", ""), "10.17.92.31"),
    "network: the wrong length": (swap(NETWORK, "31/23", "31/32"), "10.17.92.31/32"),
    "network: its file is gone": (put(NETWORK, None), "10.17.92.31"),
    "network: no gateway": (swap(NETWORK, "[Route]\nGateway=10.17.92.1\n\n[Route]", "[Route]"), "a gateway"),
    "network: another gateway": (swap(NETWORK, "[Route]\nGateway=10.17.92.1\n\n", "[Route]\nGateway=10.17.93.250\n\n"),
                                 "the gateway 10.17.92.1"),
    "network: a gateway elsewhere": (swap(NETWORK, "[Route]\nGateway=10.17.92.1\n\n", "[Route]\nGateway=10.99.0.1\n\n"),
                                     "in a network of the server"),
    "network: a hole": (swap(NETWORK, "[Match]", "[Route]\nDestination=10.10.0.0/16\nType=blackhole\n\n[Match]"),
                        "nothing"),
    "network: a rule into nothing": (swap(NETWORK, "Priority=110", "Priority=1\nType=unreachable"), "nothing"),
    "network: unmanaged": (swap(NETWORK, "[Network]", "[Link]\nUnmanaged=yes\n\n[Network]"), "Unmanaged"),
    "network: down": (swap(NETWORK, "[Network]", "[Link]\nActivationPolicy=always-down\n\n[Network]"), "come up"),
    "network: cannot be read": (mode(NETWORK, mode="0600"), "to be read by systemd-networkd"),
    "network: masked": (unit("systemd-networkd.service", "masked", "inactive"), "systemd-networkd"),
    "network: a setting nobody knows": (swap(NETWORK, "[Network]", "[Network]\nVRF=blue"), "unknown"),
    "nftables: the way in is not among the rules": (swap(NFT, "tcp dport 22", "tcp dport 2222"), "at port 22"),
    "nftables: from elsewhere": (swap(NFT, f"{{ {SET} }} tcp", "{ 192.0.2.1 } tcp"), "at port 22"),
    "nftables: dropped before": (swap(NFT, "    iif lo accept\n    ct", "    tcp dport 22 drop\n    ct"), "dropped"),
    "nftables: no answers": (swap(NFT, "oif lo accept\n    ct state established,related accept", "oif lo accept"),
                             "answered from"),
    "nftables: a brace too few": (swap(NFT, "flush ruleset", "flush ruleset {"), "braces"),
    "nftables: before routing": (swap(NFT, "  chain forward", "  chain raw {\n    type filter hook prerouting priority "
                                      "raw; policy drop;\n  }\n  chain forward"), "policy drop"),
    "nftables: a question nobody knows": (swap(NFT, "    iif lo accept\n    ct", "    osf name \"Linux\" drop\n    ct"),
                                          "unknown: osf"),
    "kernel: no ARP": (put("/etc/sysctl.d/zz.conf", "net.ipv4.conf.all.arp_ignore = 8\n"), "ARP"),
    "kernel: strict paths and two networks": (put(NETWORK, NETWORKD.partition("[RoutingPolicyRule]")[0].replace(
        "Address=10.17.92.31/23", "Address=10.17.92.31/23\nAddress=192.168.23.31/24")), "answers to leave"),
    "resolver: none": (put("/etc/resolv.conf", "search loppa\n"), "a name server"),
    "resolver: somebody else's": (put("/etc/resolv.conf", "nameserver 192.0.2.53\n"), "one of the name servers"),
    "start: rescue": (link("/etc/systemd/system/default.target", "/lib/systemd/system/rescue.target"), "start into"),
    "start: a mount nobody knows": (put("/etc/fstab", "none /srv nosuchfs defaults 0 0\n"), "unknown"),
    "loader: something before every program": (put("/etc/ld.so.preload", "/tmp/x.so\n"), "unknown"),
}  # fmt: skip
HARMLESS: dict[str, Edit] = {
    "nothing": lambda state: state,
    "another time server": put("/etc/chrony/chrony.conf", "server 10.10.129.10 iburst\n"),
    "a comment of sshd's": sshd("# words"),
    "sshd speaks less": sshd("X11Forwarding no"),
    "a banner": sshd("Banner /etc/issue.net"),
    "further algorithms are taken away": sshd("KexAlgorithms -ecdh-sha2-*,diffie-hellman-*"),
    "a Match that is not ours": put("/etc/ssh/sshd_config.d/sftp.conf", "Match User x\n  ForceCommand internal-sftp\n"),
    "the account is named": sshd(f"AllowUsers {USER} anna"),
    "a further key": put(KEYS, f"{OTHER}\n{KEY}\n"),
    "a key from the control nodes alone": put(KEYS, f'from="{",".join(SOURCES)}" {KEY}\n'),
    "a further account": lambda state: replace(
        state, accounts={**state.accounts, "anna": Account("1001", "anna", "", "/home/anna", "/bin/bash")}
    ),
    "a leaver is removed": lambda state: replace(
        state, accounts={name: each for name, each in state.accounts.items() if name != "anna"}
    ),
    "a rule of sudo for others": put("/etc/sudoers.d/b", "b ALL=(root) NOPASSWD: /usr/bin/rsync\n", mode="0440"),
    "a file that sudo does not read": put("/etc/sudoers.d/x.bak", "nonsense\n"),
    "a further rule of nftables": swap(NFT, "    ct state inv", "    tcp dport 80 accept\n    ct state inv"),
    "a second network with its way back": put(
        NETWORK,
        NETWORKD.replace("Address=10.17.92.31/23", "Address=10.17.92.31/23\nAddress=192.168.23.31/24"),
    ),
    "a setting of the kernel": put("/etc/sysctl.d/90-fellesdrift.conf", "kernel.sysrq = 0\n"),
    "the other name server": put("/etc/resolv.conf", "nameserver 10.10.129.11\n"),
    "its own resolver": put("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
    "root is let in no more, as before": put(DROP_IN, f"PermitRootLogin no\nAllowGroups {USER}\n"),
    "a client's key for its backups": put("/etc/ssh/backup_keys/backup-loppa-app-03", "restrict ssh-ed25519 AAAA x\n"),
    "a unit of its own": put("/etc/systemd/system/maps.service", "[Service]\nExecStart=/usr/bin/maps\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOCKOUTS)
def test_a_lockout_is_refused(name: str) -> None:
    edit, words = LOCKOUTS[name]
    reasons = judge(edit)
    assert any(words in reason for reason in reasons), reasons


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_is_let_be(name: str) -> None:
    assert judge(HARMLESS[name]) == []


def test_the_first_day_becomes_the_second() -> None:
    fresh = replace(
        STATE,
        files={
            SSHD: text("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n"),
            "/root/.ssh/authorized_keys": text(f"{KEY}\n", "0600"),
        },
        accounts={"root": STATE.accounts["root"]},
    )
    then = Position().moved("loppa", Stage.RETIRE)
    reasons = find_server_lockouts(REGION, SERVER, write_state(STATE), then, write_state(fresh))
    assert [reason.text for reason in reasons if reason.rule != UNKNOWN and "nftables" not in reason.text] == []
    keyless = put(KEYS, f"{OTHER}\n")(STATE)
    reasons = find_server_lockouts(REGION, SERVER, write_state(keyless), then, write_state(fresh))
    assert any("another key" in reason.text for reason in reasons)


def test_the_state_that_the_cases_begin_with_lets_us_in() -> None:
    assert find_server_lockouts(REGION, SERVER, write_state(STATE), Position().moved("loppa", Stage.RETIRE)) == ()


def test_what_was_so_already_is_no_reason() -> None:
    odd = account(USER, expires="30000")(STATE)
    then = Position().moved("loppa", Stage.RETIRE)
    assert find_server_lockouts(REGION, SERVER, write_state(odd), then, write_state(odd)) == ()


def test_an_unknown_change_is_let_through_by_its_name() -> None:
    edit = put("/etc/fstab", "none /srv nosuchfs defaults 0 0\n")
    then = Position().moved("loppa", Stage.RETIRE)
    (reason,) = find_server_lockouts(REGION, SERVER, write_state(edit(STATE)), then, write_state(STATE))
    assert reason.rule == UNKNOWN
    accepted = find_server_lockouts(
        REGION, SERVER, write_state(edit(STATE)), then, write_state(STATE), accepted=[reason.actual]
    )
    assert accepted == ()


def test_a_text_that_is_no_state_is_refused() -> None:
    (reason,) = find_server_lockouts(REGION, SERVER, "nonsense here\n", Position(), write_state(STATE))
    assert "can be read" in reason.text


def test_there_are_enough_of_them() -> None:
    assert len(LOCKOUTS) >= 30
