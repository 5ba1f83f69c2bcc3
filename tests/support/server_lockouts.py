"""Ways of locking everybody out of a server, as scripts that root runs on it: each by force, past every check.

Every script first makes a small honest change (a file of a role, one that did not exist). ``$A`` is the server's
address with its length, ``$G`` its gateway, ``$C`` the network that administrators come from.
"""

from dataclasses import dataclass

CHANGE = """
A=$(ip -4 -o address show dev eth0 | awk '{print $4; exit}')
G=$(ip -4 route show default dev eth0 | awk '{print $3; exit}')
C=10.10.0.0/16
echo 'maxdistance 1.0' >> /etc/chrony/chrony.conf
mkdir -p /srv/sample/below && echo new > /srv/sample/below/file && chmod 600 /etc/motd
"""
DROP = """
nft 'add table inet lock; add chain inet lock i { type filter hook input priority -300; policy drop; }'
"""
RULESET = """
printf 'flush ruleset\\ntable inet f {\\nchain i {\\ntype filter hook input priority 0; policy drop;\\n}\\n}\\n' \
  > /etc/nftables.conf
nft -c -f /etc/nftables.conf && systemctl enable nftables
"""
RELOAD = "systemctl restart ssh; pkill -x sshd-session"
NETWORK = "/etc/systemd/network/10-eth0.network"
OTHER_ADDRESS = f"sed -i 's,^Address=.*,Address=10.99.0.5/24,' {NETWORK}; "
OTHER_GATEWAY = f"sed -i 's,^Gateway=.*,Gateway=10.17.93.250,' {NETWORK}; "
OTHER_PROGRAM = "[Service]\\nExecStart=\\nExecStart=/bin/false\\n"
NETWORKD = "systemd-networkd systemd-networkd.socket"


@dataclass(frozen=True)
class Lockout:
    """One way.

    ``restart``: the host restarts in the window, or its ``power`` is cut; ``fault``: one of the lab's own beside.
    """

    name: str
    script: str
    restart: bool = False
    power: bool = False
    fault: tuple[str, ...] = ()


def _sshd(*lines: str) -> str:
    """Directives that stand before all others."""
    text = "\\n".join(lines)
    return (
        f"printf '{text}\\n' | cat - /etc/ssh/sshd_config > /root/x; cat /root/x > /etc/ssh/sshd_config; rm /root/x; "
    )


LOCKOUTS = (
    # nftables
    Lockout("nftables: input dropped", DROP),
    Lockout("nftables: output dropped", DROP.replace("hook input", "hook output")),
    Lockout("nftables: dropped before routing", DROP.replace("hook input", "hook prerouting")),
    Lockout("nftables: a ruleset in the file, loaded and switched on", f"{RULESET}systemctl restart nftables"),
    Lockout(
        "nftables: port 22 alone, at run time",
        "nft 'add table ip l; add chain ip l i { type filter hook input priority 0; }; "
        "add rule ip l i tcp dport 22 reject with tcp reset'",
    ),
    # addresses and links
    Lockout("address: another, at run time", "ip address flush dev eth0; ip address add 10.99.0.5/24 dev eth0"),
    Lockout("address: another, in the file", f"{OTHER_ADDRESS}networkctl reload"),
    Lockout("address: none, at run time", "ip address flush dev eth0"),
    Lockout("address: none, file gone", f"rm {NETWORK}; systemctl restart systemd-networkd; ip address flush dev eth0"),
    Lockout("address: of the wrong length", "ip address del $A dev eth0; ip address add ${A%/*}/32 dev eth0"),
    Lockout("link: down", "ip link set eth0 down"),
    Lockout("link: renamed", "ip link set eth0 down; ip link set eth0 name wan0; ip link set wan0 up"),
    Lockout("link: MTU of 68", "ip link set eth0 mtu 68"),
    Lockout(
        "link: another MAC, no ARP", "ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:99 arp off up"
    ),
    Lockout(
        "neighbour: the gateway's MAC is wrong", "ip neigh replace $G lladdr 02:00:00:00:00:98 dev eth0 nud permanent"
    ),
    Lockout("tc: nothing goes out", "tc qdisc add dev eth0 root pfifo limit 0"),
    # routes and rules
    Lockout("gateway: another, in the file", f"{OTHER_GATEWAY}networkctl reload"),
    Lockout("route: no default", "ip route del default dev eth0"),
    Lockout("route: a black hole to the centre", "ip route add blackhole $C"),
    Lockout("route: the local one of the address is gone", "ip route del local ${A%/*} dev eth0 table local"),
    Lockout(
        "route: to the centre by the old network, strict reverse path",
        "echo net.ipv4.conf.all.rp_filter=1 > /etc/sysctl.d/90-x.conf; sysctl -q -p /etc/sysctl.d/90-x.conf; "
        "ip route add $C dev eth1",
    ),
    Lockout("rule: unreachable before all others", "ip rule add pref 1 to $C unreachable"),
    Lockout("rule: the main table is not asked", "ip rule del pref 32766"),
    # the kernel's settings
    Lockout(
        "sysctl: ARP is not answered",
        "sysctl -q -w net.ipv4.conf.all.arp_ignore=8; ip link set eth0 address "
        "$(cat /sys/class/net/eth0/address); ip neigh flush all; ip route add blackhole $C/32 2>/dev/null; "
        "ip route del default dev eth0",
    ),
    # sshd
    Lockout("sshd: a line that it does not know", f"{_sshd('Nonsense yes')}{RELOAD}"),
    Lockout("sshd: host keys deleted", f"rm /etc/ssh/ssh_host_*; {RELOAD}"),
    Lockout("sshd: another host key", f"rm /etc/ssh/ssh_host_*; ssh-keygen -q -A; {RELOAD}"),
    Lockout("sshd: masked and stopped", "systemctl mask ssh; systemctl stop ssh ssh.socket; pkill -x sshd-session"),
    Lockout("sshd: stopped", "systemctl stop ssh"),
    Lockout("sshd: killed, and not started again", "systemctl kill -s KILL ssh; sleep 0.2; systemctl stop ssh"),
    Lockout("sshd: another port", f"{_sshd('Port 2222')}{RELOAD}"),
    Lockout("sshd: AllowUsers somebody else", f"{_sshd('AllowUsers nobody')}{RELOAD}"),
    Lockout("sshd: no keys taken", f"{_sshd('PubkeyAuthentication no')}{RELOAD}"),
    Lockout("sshd: listens on loopback", f"{_sshd('ListenAddress 127.0.0.1')}{RELOAD}"),
    Lockout(
        "sshd: all of its places are taken",
        f"{_sshd('MaxStartups 1:100:1', 'LoginGraceTime 0')}{RELOAD}; "
        "systemd-run --no-block sh -c 'exec 3<>/dev/tcp/127.0.0.1/22; sleep 40' ; "
        "systemd-run --no-block bash -c 'exec 3<>/dev/tcp/127.0.0.1/22; sleep 40'",
    ),
    Lockout(
        "sshd: a drop-in that starts another program",
        f"mkdir -p /etc/systemd/system/ssh.service.d; printf '{OTHER_PROGRAM}' "
        f"> /etc/systemd/system/ssh.service.d/x.conf; systemctl daemon-reload; {RELOAD}",
    ),
    Lockout(
        "sshd: a drop-in at run time alone",
        f"mkdir -p /run/systemd/system/ssh.service.d; printf '{OTHER_PROGRAM}' "
        f"> /run/systemd/system/ssh.service.d/x.conf; systemctl daemon-reload; {RELOAD}",
    ),
    Lockout("sshd: another process on its port", "systemctl stop ssh; systemd-run --no-block --unit=squat nc -lk 22"),
    # accounts
    Lockout("keys: emptied", "for f in /root /home/drift; do : > $f/.ssh/authorized_keys; done"),
    Lockout("keys: readable and writable by all", "chmod 777 /root /root/.ssh /home/drift/.ssh"),
    Lockout("home: another's", "chown -R nobody: /home/drift; chown nobody /root"),
    Lockout("account: removed", "pkill -KILL -u drift; userdel -rf drift"),
    Lockout("account: expired", "usermod -e 1 drift; usermod -e 1 root"),
    Lockout("account: a shell that ends at once", "usermod -s /usr/sbin/nologin drift; usermod -s /bin/false root"),
    Lockout("accounts: passwd emptied", ": > /etc/passwd"),
    Lockout("accounts: shadow deleted", "rm /etc/shadow /etc/gshadow"),
    Lockout(
        "accounts: names looked up nowhere", "sed -i 's/^passwd:.*/passwd:/; s/^group:.*/group:/' /etc/nsswitch.conf"
    ),
    # PAM, sudo, shells
    Lockout("PAM: nobody may", "echo 'account requisite pam_deny.so' > /etc/pam.d/common-account"),
    Lockout("PAM: the file of sshd is gone", "rm /etc/pam.d/sshd /etc/pam.d/other"),
    Lockout("PAM: no processes", "echo '* hard nproc 0' > /etc/security/limits.d/x.conf"),
    Lockout("nologin", "touch /etc/nologin"),
    Lockout("sudo: a rule that forbids", "echo 'drift ALL=(ALL) !ALL' > /etc/sudoers.d/zz; chmod 666 /etc/sudoers"),
    Lockout("sudo: its rule is gone", "rm /etc/sudoers.d/drift"),
    Lockout("sudo: not root's any more", "chmod 0755 /usr/bin/sudo"),
    Lockout("shell: ends with every login", "for f in /root /home/drift; do echo exit 1 > $f/.bashrc; done"),
    Lockout("shell: cannot be run", "chmod 000 /usr/bin/bash"),
    # files that resist
    Lockout("folders: the root is root's alone", "chmod 700 / /home"),
    Lockout(
        "immutable: a broken sshd_config", f"{_sshd('Nonsense yes')}{RELOAD}; chattr +i /etc/ssh/sshd_config /etc/ssh"
    ),
    Lockout(
        "immutable: empty keys",
        "for f in /root /home/drift; do : > $f/.ssh/authorized_keys; chattr +i $f/.ssh/authorized_keys $f/.ssh; done",
    ),
    Lockout("mount: nothing over sshd_config", f"mount --bind /dev/null /etc/ssh/ssh_host_ed25519_key; {RELOAD}"),
    Lockout("mount: an empty /etc/ssh", f"mount -t tmpfs tmpfs /etc/ssh; {RELOAD}"),
    Lockout("mount: the disk read-only", f"{DROP}mount -o remount,ro /"),
    Lockout("disk: full in the window", f"{_sshd('Nonsense yes')}{RELOAD}", fault=("disk-full",)),
    # systemd
    Lockout("networkd: masked, no address", f"systemctl mask --now {NETWORKD}; ip address flush dev eth0"),
    Lockout("systemd: rescue", "systemctl isolate rescue.target"),
    Lockout(
        "systemd: unit files of ssh are gone",
        "rm /usr/lib/systemd/system/ssh.service /usr/lib/systemd/system/ssh*.socket; systemctl daemon-reload; "
        "systemctl stop ssh; pkill -x sshd",
    ),
    Lockout("systemd: it runs itself anew", f"{DROP}systemctl daemon-reexec"),
    Lockout(
        "systemd: transient units are gone",
        f"{DROP}rm -rf /run/systemd/transient/fellesdrift*; systemctl daemon-reload",
    ),
    Lockout("systemd: /run is emptied", f"{DROP}find /run -xdev -mindepth 1 -delete"),
    # the guard itself
    Lockout("guard: its program is deleted", f"{DROP}rm /usr/local/sbin/fellesdrift-guard"),
    Lockout(
        "guard: killed at its first attempt",
        f"{DROP}for i in $(seq 900); do pkill -KILL -f 'fellesdrift-guard revert' && break; sleep 0.02; done",
    ),
    Lockout("clock: two hours ahead", DROP, fault=("clock", "7200")),
    Lockout("clock: a day behind", DROP, fault=("clock", "-86400")),
    # a restart in the window
    Lockout("restart: ssh masked", "systemctl mask ssh", restart=True),
    Lockout("restart: a ruleset that drops", RULESET, restart=True),
    Lockout("restart: another address", OTHER_ADDRESS, restart=True),
    Lockout("restart: sshd broken, key gone", f"{_sshd('Nonsense yes')} rm /etc/ssh/ssh_host_*", restart=True),
    Lockout(
        "restart: account removed, sudoers broken", "userdel -f drift; echo 'no rule' >> /etc/sudoers", restart=True
    ),
    Lockout("restart: starts into rescue", "systemctl set-default rescue.target", restart=True),
    Lockout("restart: networkd masked", f"systemctl mask {NETWORKD}", restart=True),
    Lockout(
        "restart: no unit files, not the guard's either",
        "rm -rf /etc/systemd/system/*; systemctl mask ssh",
        restart=True,
    ),
    Lockout(
        "restart: an fstab that does not mount", "echo 'none /srv nosuchfs defaults 0 0' >> /etc/fstab", restart=True
    ),
    Lockout(
        "restart: starts into emergency, keys gone",
        "systemctl set-default emergency.target; : > /root/.ssh/authorized_keys",
        restart=True,
    ),
    Lockout(
        "power cut: gateway, key and sshd",
        f"{OTHER_GATEWAY}rm /etc/ssh/ssh_host_*; {_sshd('Port 2222')} sync",
        power=True,
    ),
    Lockout("power cut: a ruleset that drops", f"{RULESET}sync", power=True),
    Lockout("power cut: written and not synced", "systemctl mask ssh; : > /etc/passwd", power=True),
    # The last: its files come back, and dpkg does not know whose they are.
    Lockout("sshd: its package is purged", "dpkg --purge --force-all openssh-server openssh-sftp-server"),
)
