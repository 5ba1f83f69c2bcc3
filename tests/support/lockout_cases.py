"""Edits that shut the way in, and what the refusal must say."""

from nornir_tasks.model import Stage
from tests.support.lockout_edits import (
    ALLOWED,
    CORE,
    EOS_ALLOWED,
    IOS,
    LOCAL,
    NEXT,
    OLD_LIST,
    TO_ALTA,
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

ONE_NODE = "Expected the control node 10.10.129.20 to 10.17.0.11 port 22 let through"
LOCKOUTS: dict[str, Case] = {
    # --- IOS, an access switch: VLANs and ports
    "ios-uplink-without-the-management-vlan": ios(
        becomes(ALLOWED, ALLOWED.replace("100,", ""), within=UPLINK),
        words=("VLAN 100 tagged on GigabitEthernet1/0/49 of loppa-acc-01 (to loppa-core-01)", "tagged 110,140,150"),
    ),
    "ios-trunk-to-the-switch-behind-without-the-management-vlan": ios(
        becomes(ALLOWED, "switchport trunk allowed vlan none", within=NEXT),
        words=("GigabitEthernet1/0/50 of loppa-acc-01 (to loppa-acc-02), for the management of loppa-acc-02",),
    ),
    "ios-uplink-becomes-an-access-port": ios(
        becomes("switchport mode trunk", "switchport mode access", within=UPLINK),
        words=("VLAN 100 tagged on GigabitEthernet1/0/49", "untagged 1, tagged none"),
    ),
    "ios-uplink-sends-the-management-untagged": ios(
        gains(UPLINK, "switchport trunk native vlan 100"), words=("VLAN 100 tagged on", "actual: untagged 100")
    ),
    "ios-uplink-shut": ios(
        gains(UPLINK, "shutdown"), words=("to loppa-core-01) switched on", "interface GigabitEthernet1/0/49: shutdown")
    ),
    "ios-uplink-with-bpdu-guard": ios(
        gains(UPLINK, "spanning-tree bpduguard enable"), words=("open to a switch", "spanning-tree bpduguard enable")
    ),
    "ios-uplink-with-root-guard": ios(
        gains(UPLINK, "spanning-tree guard root"), words=("open to a switch", "spanning-tree guard root")
    ),
    "ios-uplink-in-a-bundle-without-the-management-vlan": ios(
        gains(UPLINK, "channel-group 1 mode active"),
        gains("interface Port-channel1", "switchport trunk allowed vlan 110", "switchport mode trunk"),
        words=("VLAN 100 tagged on GigabitEthernet1/0/49", "tagged 110"),
    ),
    "ios-port-list-on-the-uplink": ios(
        gains("ip access-list extended WEB", "permit tcp any any eq 443"),
        gains(UPLINK, "ip access-group WEB in"),
        words=("port 22 let through by GigabitEthernet1/0/49", "ip access-group WEB in has no row that permits it"),
    ),
    "ios-management-vlan-suspended": ios(
        gains("vlan 100", "state suspend"), words=("VLAN 100 alive on loppa-acc-01", "vlan 100: state suspend")
    ),
    "ios-management-vlan-shut": ios(gains("vlan 100", "shutdown"), words=("VLAN 100 alive", "vlan 100: shutdown")),
    "ios-management-vlan-not-there": ios(
        gone("vlan 100"), gone("name OPERATIONS"), words=("VLAN 100 on loppa-acc-01", "no such VLAN")
    ),
    "ios-vlans-left-to-vtp": ios(
        becomes("vtp mode transparent", "vtp mode client"), words=("VLAN 100", "it does not keep its own VLANs")
    ),
    # --- IOS: addresses and ways back
    "ios-management-interface-shut": ios(
        gains("interface Vlan100", "shutdown"),
        words=("10.17.0.11/21 in VLAN 100 of loppa-acc-01", "interface Vlan100: shutdown"),
    ),
    "ios-management-address-with-another-mask": ios(
        becomes("ip address 10.17.0.11 255.255.248.0", "ip address 10.17.0.11 255.255.255.0"),
        words=("10.17.0.11/21 in VLAN 100", "10.17.0.11/24 on Vlan100"),
    ),
    "ios-management-address-in-another-vlan": ios(
        becomes("interface Vlan100", "interface Vlan110"), words=("10.17.0.11/21 in VLAN 100", "it is on Vlan110")
    ),
    "ios-management-interface-in-a-vrf": ios(
        gains("interface Vlan100", "vrf forwarding MANAGEMENT"), words=("Vlan100 in VRF MANAGEMENT",)
    ),
    "ios-no-default-gateway": ios(
        gone("ip default-gateway 10.17.0.1"), words=("way back from loppa-acc-01", "by 10.17.0.1, actual: no route")
    ),
    "ios-another-default-gateway": ios(
        becomes("ip default-gateway 10.17.0.1", "ip default-gateway 10.17.0.11"),
        words=("by 10.17.0.1, actual: by 10.17.0.11",),
    ),
    "ios-routing-makes-the-default-gateway-void": ios(top("ip routing"), words=("actual: no route",)),
    # --- IOS: who is let in
    "ios-old-access-class-stays": ios(
        OLD_LIST,
        gains("line vty 0 4", "access-class 10 in"),
        words=("10.10.1.20 to 10.17.0.11 port 22", "line vty 0 4: access-class 10 in has no row that permits it"),
        stage=Stage.CONNECT,
    ),
    "ios-deny-before-the-permit": ios(
        gains("ip access-list standard NODES", "deny   10.10.128.0 0.0.127.255", "permit 10.10.0.0 0.0.255.255"),
        gains("line vty 0 4", "access-class NODES in"),
        words=(ONE_NODE, "denies it by 'deny 10.10.128.0 0.0.127.255'"),
    ),
    "ios-one-control-node-forgotten": ios(
        top("access-list 10 permit 10.10.1.20"),
        gains("line vty 0 4", "access-class 10 in"),
        words=(ONE_NODE, "access-class 10 in has no row"),
    ),
    "ios-access-class-with-a-destination": ios(
        gains("ip access-list extended NODES", "permit tcp 10.10.0.0 0.0.255.255 host 10.17.0.11 eq 22"),
        gains("line vty 0 4", "access-class NODES in"),
        words=("access-class NODES in has no row that permits it",),
    ),
    "ios-row-that-cannot-be-read": ios(
        gains("ip access-list extended NODES", "deny tcp object-group OLD any", "permit ip any any"),
        gains("interface Vlan100", "ip access-group NODES in"),
        words=("by Vlan100 of loppa-acc-01", "may deny it by 'deny tcp object-group OLD any'"),
    ),
    "ios-list-at-the-management-interface": ios(
        gains("ip access-list extended MGMT", "permit tcp any any established", "permit udp any any"),
        gains("interface Vlan100", "ip access-group MGMT in"),
        words=("by Vlan100 of loppa-acc-01", "interface Vlan100: ip access-group MGMT in has no row"),
    ),
    "ios-telnet-alone": ios(
        becomes("transport input ssh", "transport input telnet", within="line vty 0 4"),
        words=("SSH open on loppa-acc-01", "line vty 0 4: transport input telnet"),
    ),
    "ios-ssh-version-1": ios(becomes("ip ssh version 2", "ip ssh version 1"), words=("SSH open", "ip ssh version 1")),
    "ios-password-of-the-line": ios(
        becomes("login local", "login", within="line vty 0 4"), words=("ask its own accounts", "asks for no account")
    ),
    "ios-account-gone": ios(
        gone("username drift privilege 15 secret <secret:username drift>"),
        words=("the local account 'drift' on loppa-acc-01", "accounts kommune"),
        stage=Stage.CONNECT,
    ),
    "ios-account-without-rights": ios(
        becomes(
            "username drift privilege 15 secret <secret:username drift>",
            "username drift privilege 1 secret <secret:username drift>",
        ),
        words=("'drift' of loppa-acc-01 with full rights", "privilege 1"),
    ),
    "ios-central-servers-alone": ios(
        becomes("no aaa new-model", "aaa new-model", "aaa authentication login default group tacacs+"),
        words=("when no central server answers", "aaa authentication login default group tacacs+"),
    ),
    "ios-commands-authorised-by-central-servers-alone": ios(
        becomes(
            "no aaa new-model",
            "aaa new-model",
            "aaa authorization exec default local",
            "aaa authorization commands 15 default group tacacs+",
        ),
        words=("when no central server answers", "aaa authorization commands 15 default group tacacs+"),
    ),
    "ios-aaa-forgets-the-privilege": ios(
        becomes("no aaa new-model", "aaa new-model"), words=("with full rights", "without aaa authorization exec")
    ),
    # --- IOS, the core
    "core-uplink-shut": core(gains(TO_ALTA, "shutdown"), words=("(to alta-leaf-01) switched on",)),
    "core-uplink-with-another-address": core(
        becomes("ip address 10.10.250.69 255.255.255.254", "ip address 10.10.250.68 255.255.255.254"),
        words=("10.10.250.69/31 on GigabitEthernet1/0/23", "actual: 10.10.250.68/31"),
    ),
    "core-uplink-passive": core(
        gone("no passive-interface GigabitEthernet1/0/23"), words=("a neighbour by OSPF on", "it is passive")
    ),
    "core-uplink-in-another-area": core(
        becomes("network 10.10.250.68 0.0.0.1 area 0", "network 10.10.250.68 0.0.0.1 area 17"), words=("area 17",)
    ),
    "core-ospf-with-a-password-of-its-own": core(
        gains("router ospf 1", "area 0 authentication message-digest"), words=("area 0 authentication",)
    ),
    "core-does-not-announce-the-management": core(
        gone("network 10.17.0.0 0.0.255.255 area 0"), words=("10.17.0.0/21 announced", "Vlan100 not in OSPF")
    ),
    "core-announces-its-loopback-alone": core(
        becomes("network 10.17.0.0 0.0.255.255 area 0", "network 10.17.255.1 0.0.0.0 area 0"),
        words=("10.17.0.0/21 announced", "Vlan100 not in OSPF"),
    ),
    "core-does-not-route": core(gone("ip routing"), words=("Expected loppa-core-01 to route",)),
    "core-old-route-to-the-centre": core(
        top("ip route 10.10.1.0 255.255.255.0 192.168.23.254"),
        words=("by its uplinks", "a static route by 192.168.23.254"),
    ),
    "core-keeps-the-answers-of-those-behind": core(
        gone("permit tcp 10.17.0.0 0.0.7.255 any established", within="ip access-list extended ZONE-OPERATIONS-IN"),
        words=("the answer of 10.17.0.11 port 22 to the control node 10.10.1.20", "ZONE-OPERATIONS-IN in has no row"),
    ),
    "core-list-at-the-uplink-forgets-those-behind": core(
        gains("ip access-list extended FROM-CENTRE", "permit ospf any any", "permit ip any host 10.17.0.1"),
        gains(TO_ALTA, "ip access-group FROM-CENTRE in"),
        words=("10.10.1.20 to 10.17.0.11 port 22", "FROM-CENTRE in has no row that permits it"),
    ),
    "core-management-port-becomes-a-routed-port": core(
        becomes("switchport mode trunk", "no switchport", within="interface GigabitEthernet1/0/4"),
        words=("(to loppa-acc-06)", "untagged none, tagged none"),
    ),
    "core-drops-the-old-vlan-while-somebody-lives-there": Case(
        CORE,
        (gone("vlan 999"), gone("name PARKING")),
        ("VLAN 1 on GigabitEthernet1/0/4 of loppa-core-01 (to loppa-acc-06), for the old management of loppa-acc-06",),
        now={"loppa-acc-06": Stage.SURVEY},
    ),
    # --- EOS, an access switch
    "eos-ssh-shut": eos(gains("management ssh", "shutdown"), words=("SSH open on", "management ssh: shutdown")),
    "eos-ssh-by-key-alone": eos(
        gains("management ssh", "authentication mode public-key"), words=("SSH open", "authentication by public-key")
    ),
    "eos-ssh-list-of-the-old-network": eos(
        gains("ip access-list standard OLD", "10 permit 192.168.0.0/16"),
        gains("management ssh", "ip access-group OLD in"),
        words=("by SSH of loppa-acc-03", "management ssh: ip access-group OLD in has no row"),
    ),
    "eos-ssh-list-that-is-not-there": eos(
        gains("management ssh", "ip access-group NODES in"), words=("names a list that is not there",)
    ),
    "eos-api-list-drops-the-centre": eos(
        gains("ip access-list standard OLD", "10 permit 192.168.0.0/16"),
        gains("management api http-commands", "vrf default", "   ip access-group OLD"),
        words=("port 443 let through by eAPI of loppa-acc-03", "ip access-group OLD has no row"),
    ),
    "eos-control-plane-list-without-ssh": eos(
        gains(
            "ip access-list CP", "10 permit icmp any any", "20 permit ospf any any", "30 permit tcp any any eq https"
        ),
        gains("system control-plane", "ip access-group CP in"),
        words=("port 22 let through by SSH", "system control-plane: ip access-group CP in has no row"),
    ),
    "eos-uplink-without-the-management-vlan": eos(
        becomes(EOS_ALLOWED, "switchport trunk allowed vlan 110-180", within="interface Ethernet25"),
        words=("VLAN 100 tagged on Ethernet25 of loppa-acc-03 (to loppa-core-01)", "tagged 110-180"),
    ),
    "eos-bundle-of-the-uplink-shut": eos(
        gains("interface Ethernet25", "channel-group 1 mode active"),
        gains("interface Port-Channel1", "shutdown", "switchport mode trunk"),
        words=("Ethernet25 of loppa-acc-03 (to loppa-core-01) switched on",),
    ),
    "eos-trunk-to-the-switch-behind-shut": eos(
        gains("interface Ethernet26", "shutdown"), words=("Ethernet26 of loppa-acc-03 (to loppa-acc-04) switched on",)
    ),
    "eos-management-vlan-kept-to-a-trunk-group": eos(
        gains("vlan 100", "trunk group MLAG"), words=("VLAN 100 tagged on Ethernet25", "tagged 110,120")
    ),
    "eos-management-vlan-suspended": eos(gains("vlan 100", "state suspend"), words=("vlan 100: state suspend",)),
    "eos-management-interface-in-a-vrf": eos(gains("interface Vlan100", "vrf MGMT"), words=("Vlan100 in VRF MGMT",)),
    "eos-no-default-route": eos(gone("ip route 0.0.0.0/0 10.17.0.1"), words=("by 10.17.0.1, actual: no route",)),
    "eos-nearer-route-elsewhere": eos(
        top("ip route 10.10.0.0/16 192.168.16.1"), words=("by 10.17.0.1, actual: by 192.168.16.1",)
    ),
    "eos-two-default-routes": eos(
        top("ip route 0.0.0.0/0 10.17.0.254"), words=("actual: by 10.17.0.1, by 10.17.0.254",)
    ),
    "eos-central-servers-alone": eos(
        top("aaa authentication login default group tacacs+"), words=("when no central server answers", "tacacs+")
    ),
    "eos-account-may-only-read": eos(
        becomes(
            "username drift privilege 15 role network-admin secret <secret:username drift>",
            "username drift privilege 15 secret <secret:username drift>",
        ),
        words=("with full rights", "role network-operator"),
    ),
    "eos-account-without-a-password": eos(
        becomes(
            "username drift privilege 15 role network-admin secret <secret:username drift>",
            "username drift privilege 15 role network-admin nopassword",
        ),
        words=("with full rights", "no secret"),
    ),
    # --- EOS, a leaf of the centre
    "leaf-port-to-a-municipality-shut": leaf(
        gains("interface Ethernet7", "shutdown"), words=("Ethernet7 of alta-leaf-01 (to loppa-core-01) switched on",)
    ),
    "leaf-port-of-a-control-node-shut": leaf(
        gains("interface Ethernet45", "shutdown"), words=("centre-control-01, a control node) switched on",)
    ),
    "leaf-port-of-a-control-node-in-another-vlan": leaf(
        gone("switchport access vlan 200", within="interface Ethernet45"), words=("VLAN 200 untagged on Ethernet45",)
    ),
    "leaf-gateway-of-a-control-node-shut": leaf(
        gains("interface Vlan200", "shutdown"), words=("the gateway of a control node", "interface Vlan200: shutdown")
    ),
    "leaf-gateway-lets-no-session-out": leaf(
        gains("ip access-list SERVICES", "10 permit udp any any"),
        gains("interface Vlan200", "ip access-group SERVICES in"),
        words=("let through by Vlan200 of alta-leaf-01", "SERVICES in has no row"),
    ),
    "leaf-management-address-gone": leaf(
        gone("ip address 10.10.0.11/24"), words=("10.10.0.11/24 on the management port", "it is nowhere")
    ),
    "leaf-list-at-the-management-port": leaf(
        gains("ip access-list OOB", "10 permit tcp 10.10.0.0/24 any eq ssh"),
        gains("interface Management1", "ip access-group OOB in"),
        words=("by Management1 of alta-leaf-01", "OOB in has no row"),
    ),
    "leaf-link-of-another-kind": leaf(
        gone("ip ospf network point-to-point", within="interface Ethernet47"), words=("Ethernet47", "point-to-point")
    ),
    # --- ProCurve
    "procurve-uplink-disabled": procurve(
        gains("interface 25", "disable"), words=("port 25 of masoy-acc-05 (to masoy-core-01) switched on", "disable")
    ),
    "procurve-uplink-without-the-management-vlan": procurve(
        becomes("tagged 25-26", "tagged 26", within="vlan 100"), words=("VLAN 100 tagged on port 25 of masoy-acc-05",)
    ),
    "procurve-uplink-sends-the-management-untagged": procurve(
        becomes("tagged 25-26", "tagged 26", within="vlan 100"),
        becomes("untagged 21-23", "untagged 21-23,25", within="vlan 100"),
        words=("VLAN 100 tagged on port 25", "actual: untagged 100"),
    ),
    "procurve-trunk-to-the-switch-behind-without-it": procurve(
        becomes("tagged 25-26", "tagged 25", within="vlan 100"), words=("port 26 of masoy-acc-05 (to masoy-acc-06)",)
    ),
    "procurve-management-vlan-elsewhere": procurve(
        top("management-vlan 110"), words=("masoy-acc-05 managed from VLAN 100", "from VLAN 110 alone")
    ),
    "procurve-old-management-vlan-stays": procurve(
        top("management-vlan 1"), words=("managed from VLAN 100", "from VLAN 1 alone"), stage=Stage.CONNECT
    ),
    "procurve-ssh-off": procurve(top("no ip ssh"), words=("SSH open on masoy-acc-05", "no ip ssh")),
    "procurve-ssh-at-another-port": procurve(top("ip ssh port 2022"), words=("SSH open", "ip ssh port 2022")),
    "procurve-old-authorized-managers-stay": procurve(
        top("ip authorized-managers 192.168.14.0 255.255.255.0 access manager"),
        words=("10.10.1.20 to 10.14.2.43 port 22", "ip authorized-managers has no row"),
        stage=Stage.CONNECT,
    ),
    "procurve-control-nodes-may-only-read": procurve(
        top("ip authorized-managers 10.10.0.0 255.255.0.0 access operator"),
        words=("denies it by 'ip authorized-managers 10.10.0.0 255.255.0.0 access operator'",),
    ),
    "procurve-authorized-managers-with-a-wildcard": procurve(
        top("ip authorized-managers 10.10.0.0 0.0.255.255 access manager"), words=("ip authorized-managers has no row",)
    ),
    "procurve-no-default-gateway": procurve(
        gone("ip default-gateway 10.14.0.1"), words=("by 10.14.0.1, actual: no route",)
    ),
    "procurve-no-management-address": procurve(
        becomes("ip address 10.14.2.43 255.255.248.0", "no ip address"), words=("10.14.2.43/21 in VLAN 100", "nowhere")
    ),
    "procurve-management-address-with-another-mask": procurve(
        becomes("ip address 10.14.2.43 255.255.248.0", "ip address 10.14.2.43 255.255.255.0"),
        words=("10.14.2.43/21 in VLAN 100", "10.14.2.43/24 on vlan 100"),
    ),
    "procurve-central-servers-alone": procurve(
        top("aaa authentication ssh login tacacs"), words=("when no central server answers", "ssh login tacacs")
    ),
    "procurve-account-may-only-read": procurve(
        becomes(LOCAL, LOCAL.replace("Level-15", "operator")), words=("with full rights", "group operator")
    ),
    "procurve-account-gone": procurve(gone(LOCAL), words=("the local account 'drift' on masoy-acc-05",)),
    "procurve-uplink-with-bpdu-protection": procurve(
        top("spanning-tree 24-25 bpdu-protection"), words=("port 25", "spanning-tree 24-25 bpdu-protection")
    ),
    "procurve-ports-that-cannot-be-read": procurve(
        becomes("tagged 25-26", "tagged 26,25..26", within="vlan 100"), words=("that can be read", "25..26")
    ),
    # --- back to the legacy
    "legacy-ios-account-gone": ios(
        becomes(
            "username kommune privilege 15 secret <secret:username kommune>",
            "username admin privilege 15 secret <secret:username kommune>",
        ),
        words=("the local account 'kommune'", "accounts admin"),
        stage=Stage.SURVEY,
    ),
    "legacy-ios-uplink-without-the-old-management": ios(
        becomes("switchport trunk allowed vlan 1,20,30,40", "switchport trunk allowed vlan 20,30,40", within=UPLINK),
        words=("VLAN 1 on GigabitEthernet1/0/49", "the old management of loppa-acc-01"),
        stage=Stage.SURVEY,
    ),
    "legacy-core-no-way-out": core(
        gone("ip route 0.0.0.0 0.0.0.0 192.168.23.254"), words=("way back from loppa-core-01",), stage=Stage.SURVEY
    ),
    "legacy-eos-address-gone": eos(
        gone("ip address 192.168.16.13/21"), words=("192.168.16.13/21 in VLAN 1",), stage=Stage.SURVEY
    ),
    "legacy-procurve-uplink-barred-from-its-vlan": procurve(
        becomes("no untagged 1-20", "no untagged 1-28"), words=("VLAN 1 on port 25",), stage=Stage.SURVEY
    ),
    "legacy-core-default-route-that-is-never-taken": core(
        becomes("ip route 0.0.0.0 0.0.0.0 192.168.23.254", "ip route 0.0.0.0 0.0.0.0 192.168.23.254 255"),
        words=("way back from loppa-core-01", "no route"),
        stage=Stage.SURVEY,
    ),
    "legacy-procurve-uplink-disabled": procurve(
        gains("interface 25", "disable"), words=("port 25 of masoy-acc-05",), stage=Stage.SURVEY
    ),
    "legacy-while-the-switch-behind-has-moved": Case(
        IOS,
        (gone("no service pad"),),
        ("VLAN 100 tagged on GigabitEthernet1/0/50 of loppa-acc-01 (to loppa-acc-02)",),
        Stage.CONNECT,
        now={IOS: Stage.SURVEY},
    ),
}
