"""Edits that only look as if they shut the way in."""

from nornir_tasks.model import Stage
from tests.support.lockout_edits import (
    ALLOWED,
    NEXT,
    OLD_LIST,
    UPLINK,
    Case,
    becomes,
    core,
    eos,
    gains,
    gone,
    ios,
    leaf,
    procurve,
    top,
)

BOTH_NODES = ("permit 10.10.1.20", "permit 10.10.129.20", "deny   any")
NEAR_MISSES: dict[str, Case] = {
    "ios-permit-before-the-deny": ios(
        gains("ip access-list standard NODES", *BOTH_NODES), gains("line vty 0 4", "access-class NODES in")
    ),
    "ios-rows-with-numbers-ports-and-logging": ios(
        gains(
            "ip access-list extended NODES",
            "10 remark who may come in",
            "20 deny tcp any any eq telnet",
            "30 deny udp any any",
            "40 permit tcp 10.10.0.0 0.0.255.255 gt 1023 any range 20 25 log",
        ),
        gains("line vty 0 4", "access-class NODES in"),
    ),
    "ios-mask-with-a-gap": ios(
        top("access-list 10 permit 10.10.1.20 0.0.128.0"), gains("line vty 0 4", "access-class 10 in")
    ),
    "ios-list-that-is-not-there": ios(gains("line vty 0 4", "access-class NODES in")),
    "ios-list-on-the-later-lines-alone": ios(OLD_LIST, gains("line vty 5 15", "access-class 10 in")),
    "ios-list-on-what-goes-out": ios(OLD_LIST, gains("line vty 0 4", "access-class 10 out")),
    "ios-range-that-contains-the-management-vlan": ios(
        becomes(ALLOWED, "switchport trunk allowed vlan 90-105,110-180", within=UPLINK)
    ),
    "ios-list-that-goes-on-in-a-second-line": ios(
        becomes(
            ALLOWED, "switchport trunk allowed vlan 110-180", "switchport trunk allowed vlan add 100", within=UPLINK
        )
    ),
    "ios-all-but-some": ios(becomes(ALLOWED, "switchport trunk allowed vlan except 200-300", within=UPLINK)),
    "ios-uplink-in-a-bundle-that-carries-it": ios(
        gains(UPLINK, "channel-group 1 mode active"), gains("interface Port-channel1", ALLOWED, "switchport mode trunk")
    ),
    "ios-unrelated-port-shut": ios(gains("interface GigabitEthernet1/0/1", "shutdown")),
    "ios-bpdu-guard-for-hosts": ios(top("spanning-tree portfast edge bpduguard default")),
    "ios-root-guard-to-the-switch-behind": ios(gains(NEXT, "spanning-tree guard root")),
    "ios-telnet-beside-ssh": ios(
        becomes("transport input ssh", "transport input telnet ssh", within="line vty 0 4"),
        becomes("transport input ssh", "transport input none", within="line vty 5 15"),
    ),
    "ios-central-servers-and-then-local": ios(
        becomes(
            "no aaa new-model",
            "aaa new-model",
            "aaa authentication login default group tacacs+ local",
            "aaa authorization exec default group tacacs+ local",
        )
    ),
    "core-default-route-of-its-own": core(top("ip route 0.0.0.0 0.0.0.0 192.168.23.254")),
    "core-announces-address-by-address": core(
        becomes("network 10.17.0.0 0.0.255.255 area 0", "network 10.17.0.1 0.0.0.0 area 0.0.0.0")
    ),
    "core-list-of-another-zone": core(
        gone("permit tcp 10.17.16.0 0.0.15.255 any established", within="ip access-list extended ZONE-SCHOOL-IN")
    ),
    "core-rows-for-new-sessions-gone": core(
        gone(
            "permit icmp 10.17.0.0 0.0.7.255 10.10.0.0 0.0.255.255", within="ip access-list extended ZONE-OPERATIONS-IN"
        )
    ),
    "core-host-port-shut": core(gains("interface GigabitEthernet1/0/12", "shutdown")),
    "eos-api-shut": eos(becomes("no shutdown", "shutdown", within="management api http-commands")),
    "eos-list-in-another-vrf": eos(gains("management ssh", "ip access-group NODES vrf MGMT in")),
    "eos-list-that-is-not-there-on-a-port": eos(gains("interface Ethernet25", "ip access-group NODES in")),
    "eos-ssh-list-with-both-nodes": eos(
        gains("ip access-list standard NODES", "10 permit host 10.10.1.20", "20 permit 10.10.129.0/24"),
        gains("management ssh", "ip access-group NODES in"),
    ),
    "eos-control-plane-list-with-ssh": eos(
        gains(
            "ip access-list CP",
            "10 permit icmp any any",
            "20 permit ip any any tracked",
            "30 permit tcp any any eq ssh telnet www snmp bgp https",
        ),
        gains("system control-plane", "ip access-group CP in"),
    ),
    "eos-route-that-stands-back": eos(top("ip route 0.0.0.0/0 10.17.0.254 250")),
    "eos-trunk-in-the-group": eos(
        gains("vlan 100", "trunk group MLAG"),
        gains("interface Ethernet25", "switchport trunk group MLAG"),
        gains("interface Ethernet26", "switchport trunk group MLAG"),
    ),
    "leaf-port-of-another-server-shut": leaf(gains("interface Ethernet41", "shutdown")),
    "procurve-authorized-managers-with-the-centre": procurve(
        top("ip authorized-managers 10.10.0.0 255.255.0.0 access manager access-method ssh")
    ),
    "procurve-authorized-managers-of-snmp": procurve(
        top("ip authorized-managers 192.168.14.5 255.255.255.255 access manager access-method snmp")
    ),
    "procurve-management-vlan-of-the-standard": procurve(top('management-vlan "OPERATIONS"')),
    "procurve-central-servers-and-then-local": procurve(top("aaa authentication ssh login tacacs local")),
    "procurve-unrelated-port-disabled": procurve(gains("interface 1", "disable")),
    "procurve-primary-vlan-elsewhere": procurve(top("primary-vlan 110")),
    "legacy-telnet-and-what-else-was-usual": ios(top("ip http server"), stage=Stage.SURVEY),
}
