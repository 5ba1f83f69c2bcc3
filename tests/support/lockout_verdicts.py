"""Edits of good configurations, and what the lock-out proof has to say of each: locks out, unknown or harmless.

Each row says why, from the vendor's manuals: what the switch would do. A row that locks out is refused by its reason;
an unknown one because nobody can judge it; a harmless one is written.
"""

from typing import NamedTuple

from tests.support.lockout_edits import CORE, EOS, IOS, LEAF, NEXT, PROCURVE, TO_ALTA, UPLINK, Edit, becomes, gains, top

LOCKS, UNKNOWN, HARMLESS = "locks out", "unknown", "harmless"
VTY, SVI, HOST_PORT = "line vty 0 4", "interface Vlan100", "interface GigabitEthernet1/0/1"
DRIFT = "username drift privilege 15 secret <secret:username drift>"
EOS_DRIFT = "username drift privilege 15 role network-admin secret <secret:username drift>"
EOS_UPLINK, EOS_HOST, EOS_LINK = "interface Ethernet25", "interface Ethernet1", "interface Ethernet7"
SSH_ONLY = gains("ip access-list extended SSH", "permit tcp any any eq 22", "permit tcp any eq 22 any")
AAA = ("aaa new-model", "aaa authorization exec default local")


class Row(NamedTuple):
    """An edit of a device's configuration of the standard."""

    device: str
    verdict: str
    why: str
    edits: tuple[Edit, ...]


def ios(verdict: str, why: str, *edits: Edit) -> Row:
    return Row(IOS, verdict, why, edits)


def core(verdict: str, why: str, *edits: Edit) -> Row:
    return Row(CORE, verdict, why, edits)


def eos(verdict: str, why: str, *edits: Edit) -> Row:
    return Row(EOS, verdict, why, edits)


def leaf(verdict: str, why: str, *edits: Edit) -> Row:
    return Row(LEAF, verdict, why, edits)


def procurve(verdict: str, why: str, *edits: Edit) -> Row:
    return Row(PROCURVE, verdict, why, edits)


def vlan_map(*lines: str, vlans: str = "100") -> tuple[Edit, ...]:
    """A VLAN map of one entry, and where it is in force."""
    return gains("vlan access-map GUARD 10", *lines), top(f"vlan filter GUARD vlan-list {vlans}")


IOS_ROWS = [
    # --- filters within VLANs and at ports
    ios(LOCKS, "a VLAN map drops what passes the management VLAN", *vlan_map("action drop")),
    ios(LOCKS, "a map with a match for IP drops the rest of it", SSH_ONLY,
        gains("ip access-list extended WEB", "permit tcp any any eq 443"),
        *vlan_map("match ip address WEB", "action forward")),
    ios(LOCKS, "an entry whose list is not there is about every packet", *vlan_map("match ip address WEB",
        "action drop")),
    ios(LOCKS, "every VLAN is the management VLAN, too", *vlan_map("action drop", vlans="1-4094")),
    ios(HARMLESS, "the map lets through both directions of SSH", SSH_ONLY,
        *vlan_map("match ip address SSH", "action forward")),
    ios(HARMLESS, "a map of another VLAN", *vlan_map("action drop", vlans="110,140-150")),
    ios(UNKNOWN, "what else a map's entry may do", *vlan_map("action redirect GigabitEthernet1/0/1")),
    ios(LOCKS, "a list of MAC addresses holds back ARP",
        gains("mac access-list extended MACS", "permit host 0000.5e00.0101 any"),
        gains(UPLINK, "mac access-group MACS in")),
    ios(HARMLESS, "a list of MAC addresses that begins with everything",
        gains("mac access-list extended MACS", "permit any any"), gains(UPLINK, "mac access-group MACS in")),
    ios(HARMLESS, "a list of MAC addresses at a port for clients",
        gains("mac access-list extended MACS", "deny any any"), gains(HOST_PORT, "mac access-group MACS in")),
    ios(LOCKS, "ARP of the gateway comes by a port that is not trusted", top("ip arp inspection vlan 100,110")),
    ios(HARMLESS, "the trunks are trusted", top("ip arp inspection vlan 100"),
        gains(UPLINK, "ip arp inspection trust"), gains(NEXT, "ip arp inspection trust")),
    ios(HARMLESS, "ARP is inspected in another VLAN", top("ip arp inspection vlan 110")),
    ios(LOCKS, "source guard drops whom no DHCP lease names", gains(UPLINK, "ip verify source")),
    ios(LOCKS, "the answers are stopped on their way out",
        gains("ip access-list extended OUT", "permit udp any any"), gains(SVI, "ip access-group OUT in")),
    ios(LOCKS, "802.1X waits for the switch on the other side", gains(UPLINK, "authentication port-control auto")),
    ios(HARMLESS, "802.1X at a port for clients", gains(HOST_PORT, "authentication port-control auto")),
    ios(LOCKS, "a port that a session mirrors to carries nothing else",
        top("monitor session 1 source interface GigabitEthernet1/0/1",
            "monitor session 1 destination interface GigabitEthernet1/0/49")),
    ios(HARMLESS, "the mirror is a port for clients", top("monitor session 1 source interface GigabitEthernet1/0/49",
        "monitor session 1 destination interface GigabitEthernet1/0/2")),
    ios(UNKNOWN, "a rate of the control plane's policy may be too low for SSH",
        gains("policy-map COPP", "class class-default"), gains("control-plane", "service-policy input COPP")),
    ios(HARMLESS, "a policy that nothing names", gains("policy-map COPP", "class class-default")),
    ios(HARMLESS, "a list that nothing names", gains("ip access-list extended NOBODY", "deny ip any any")),
    ios(UNKNOWN, "a static MAC address in the management VLAN",
        top("mac address-table static 0000.5e00.0101 vlan 100 drop")),
    # --- accounts and methods
    ios(LOCKS, "the account's own list ends its sessions", becomes(DRIFT, DRIFT, "username drift access-class 10")),
    ios(LOCKS, "the command runs, and the session ends", becomes(DRIFT, DRIFT, "username drift autocommand exit")),
    ios(LOCKS, "the account is gone after its first login", becomes(DRIFT, DRIFT.replace("privilege",
        "one-time privilege"))),
    ios(LOCKS, "a view hides commands", becomes(DRIFT, DRIFT.replace("privilege 15", "view OPERATORS"))),
    ios(HARMLESS, "another account's command", top("username guest privilege 1 secret <secret:username guest>",
        "username guest autocommand exit")),
    ios(LOCKS, "the line's command runs, and the session ends", gains(VTY, "autocommand exit")),
    ios(LOCKS, "keys alone, and the tools log in by password", top("ip ssh server algorithm authentication publickey")),
    ios(HARMLESS, "keys beside passwords", top("ip ssh server algorithm authentication publickey password")),
    ios(LOCKS, "password and keyboard are off", top("no ip ssh server authenticate user password",
        "no ip ssh server authenticate user keyboard")),
    ios(LOCKS, "no cipher that the client speaks",
        top("ip ssh server algorithm encryption chacha20-poly1305@openssh.com")),
    ios(HARMLESS, "a cipher that it speaks", top("ip ssh server algorithm encryption aes256-ctr aes256-gcm")),
    ios(LOCKS, "an exchange of keys that the client no longer speaks",
        top("ip ssh server algorithm kex diffie-hellman-group14-sha1")),
    ios(UNKNOWN, "another host key is a changed host key", top("ip ssh server algorithm hostkey x509v3-ssh-rsa")),
    ios(UNKNOWN, "another pair of keys is another host key", top("ip ssh rsa keypair-name OTHER")),
    ios(UNKNOWN, "SSH at a port of its own", top("ip ssh port 2022 rotary 1")),
    ios(UNKNOWN, "five seconds for a login by a slow line", top("ip ssh time-out 5")),
    ios(LOCKS, "commands of level 1 by servers alone", becomes("no aaa new-model", *AAA,
        "aaa authorization commands 1 default group tacacs+")),
    ios(LOCKS, "commands by a list that the lines name", becomes("no aaa new-model", *AAA,
        "aaa authorization commands 15 CENTRAL group tacacs+"), gains(VTY, "authorization commands 15 CENTRAL")),
    ios(HARMLESS, "commands by a list that no line names", becomes("no aaa new-model", *AAA,
        "aaa authorization commands 15 CONSOLE group tacacs+")),
    ios(HARMLESS, "commands by servers, and without them by nobody", becomes("no aaa new-model", *AAA,
        "aaa authorization commands 15 default group tacacs+ if-authenticated")),
    ios(UNKNOWN, "accounts are locked after a few failures", top("aaa local authentication attempts max-fail 1")),
    ios(UNKNOWN, "somebody's failures shut the door for us", top("login block-for 600 attempts 2 within 60")),
    ios(UNKNOWN, "commands change their level", top("privilege exec level 15 show running-config")),
    ios(UNKNOWN, "a command of that name is another", top("alias exec show exit")),
    ios(LOCKS, "a second on the line is not enough", gains(VTY, "exec-timeout 0 1")),
    ios(HARMLESS, "ten minutes on the line are", gains(VTY, "exec-timeout 10 0")),
    ios(UNKNOWN, "a session ends whatever it does", gains(VTY, "absolute-timeout 1")),
    ios(UNKNOWN, "a line in a rotary is not found at port 22", gains(VTY, "rotary 1")),
    ios(LOCKS, "a change has two sessions, and the second is on line 1", becomes(VTY, "line vty 0"),
        gains("line vty 1 4", "transport input none")),
    ios(HARMLESS, "the console is not the way in", gains("line con 0", "exec-timeout 0 1")),
    # --- ports, VLANs and the whole switch
    ios(LOCKS, "both ways in one bundle", gains(UPLINK, "channel-group 1 mode on"),
        gains(NEXT, "channel-group 1 mode on"),
        gains("interface Port-channel1", "switchport mode trunk")),
    ios(LOCKS, "a port for clients in the uplink's bundle", gains(UPLINK, "channel-group 1 mode on"),
        gains(HOST_PORT, "channel-group 1 mode on"), gains("interface Port-channel1", "switchport mode trunk")),
    ios(UNKNOWN, "a storm of nothing is a storm", gains(UPLINK, "storm-control broadcast level 0.00")),
    ios(HARMLESS, "storms at a port for clients", gains(HOST_PORT, "storm-control broadcast level 1.00")),
    ios(UNKNOWN, "the other end may not speak UDLD", gains(UPLINK, "udld port aggressive")),
    ios(UNKNOWN, "the other end has another speed", gains(UPLINK, "speed 10")),
    ios(UNKNOWN, "protected ports do not talk to each other", gains(UPLINK, "switchport protected")),
    ios(UNKNOWN, "no addresses that are not known yet", gains(UPLINK, "switchport block unicast")),
    ios(UNKNOWN, "a policy at the uplink", gains(UPLINK, "service-policy input POLICE")),
    ios(UNKNOWN, "the uplink waits behind another port", gains(HOST_PORT,
        "switchport backup interface GigabitEthernet1/0/49")),
    ios(UNKNOWN, "the management VLAN as another's private one", gains("vlan 110", "private-vlan association 100")),
    ios(UNKNOWN, "the VLAN only mirrors", gains("vlan 100", "remote-span")),
    ios(UNKNOWN, "no spanning tree in the management VLAN", top("no spanning-tree vlan 100")),
    ios(UNKNOWN, "what the next version calls it", gains(SVI, "ip verify unicast source reachable-via rx")),
    ios(UNKNOWN, "a neighbour that is not the gateway", top("arp 10.17.0.1 0000.5e00.0101 ARPA")),
    ios(UNKNOWN, "programs may do anything", top("event manager applet NIGHT")),
    ios(UNKNOWN, "a start from elsewhere", top("boot system flash:/other.bin")),
    ios(UNKNOWN, "access by interface alone", gains("control-plane host",
        "management-interface GigabitEthernet1/0/1 allow ssh")),
    ios(HARMLESS, "a description", gains(UPLINK, "description to the core")),
    ios(HARMLESS, "names of VLANs", becomes("name OPERATIONS", "name DRIFT")),
    ios(HARMLESS, "a port for clients in another VLAN", gains(HOST_PORT, "switchport access vlan 150")),
    ios(HARMLESS, "a new VLAN", gains("vlan 777", "name TEST")),
    ios(HARMLESS, "time, names, logs", top("ntp server 10.9.9.9", "ip name-server 10.9.9.9", "logging host 10.9.9.9",
        "logging buffered 4096", "clock timezone UTC 0 0")),
    ios(HARMLESS, "monitoring", top("snmp-server location the cellar", "snmp-server contact drift@example.org",
        "snmp-server community <secret:snmp-server community 1> RO 10")),
    ios(HARMLESS, "a banner", top("banner motd ^CTonight we work^C")),
    ios(HARMLESS, "keepalives and numbers", top("service tcp-keepalives-in", "service sequence-numbers")),
    ios(HARMLESS, "DHCP snooping, where addresses are fixed", top("ip dhcp snooping", "ip dhcp snooping vlan 100,110")),
    ios(HARMLESS, "web servers are no way in here", top("ip http secure-server")),
    ios(HARMLESS, "neighbours", top("no cdp run"), gains(UPLINK, "no cdp enable")),
    ios(HARMLESS, "the path of the uplink in the tree", gains(UPLINK, "spanning-tree cost 10")),
    # --- a core
    core(LOCKS, "no OSPF on the link, though it stands in a network line", gains(TO_ALTA, "ip ospf shutdown")),
    core(LOCKS, "neighbours with different MTUs stay in ExStart", gains(TO_ALTA, "ip mtu 1400")),
    core(LOCKS, "the MTU of all routed ports", top("system mtu routing 1400")),
    core(LOCKS, "a host route is longer than the network's", top("ip route 10.17.0.11 255.255.255.255 Null0")),
    core(LOCKS, "for some of those behind", top("ip route 10.17.0.0 255.255.255.0 192.168.23.254")),
    core(LOCKS, "a control node into nothing, whatever the distance",
        top("ip route 10.10.1.20 255.255.255.255 Null0 250")),
    core(LOCKS, "a loopback with the address of a switch behind",
        gains("interface Loopback9", "ip address 10.17.0.11 255.255.255.255")),
    core(HARMLESS, "a route to elsewhere", top("ip route 192.168.77.0 255.255.255.0 Null0")),
    core(HARMLESS, "a shorter route is not taken", top("ip route 10.0.0.0 255.0.0.0 Null0")),
    core(LOCKS, "no neighbour accepts another time to live", gains("router ospf 1", "ttl-security all-interfaces")),
    core(LOCKS, "the list lets no OSPF in", gains("ip access-list extended IN", "permit tcp any any",
        "permit udp any any"),
         gains(TO_ALTA, "ip access-group IN in")),
    core(HARMLESS, "the list lets sessions and OSPF in", gains("ip access-list extended IN", "permit tcp any any",
         "permit ospf any any"), gains(TO_ALTA, "ip access-group IN in")),
    core(LOCKS, "a name that another switch has", becomes("router-id 10.17.255.1", "router-id 10.16.255.1")),
    core(UNKNOWN, "what is learned is not taken", gains("router ospf 1", "distribute-list 10 in")),
    core(UNKNOWN, "nothing is believed", gains("router ospf 1", "distance 255")),
    core(UNKNOWN, "a neighbour on a port for a server may lead astray", gains("router ospf 1",
         "no passive-interface GigabitEthernet1/0/12")),
    core(LOCKS, "the link in a process of its own, which shares no routes", gains(TO_ALTA, "ip ospf 99 area 0")),
    core(UNKNOWN, "another process of OSPF",
        lambda lines: [*lines[:-1], "router ospf 2", " network 10.10.250.68 0.0.0.1 area 0"]),
    core(UNKNOWN, "ten minutes until a route is known", gains("router ospf 1",
         "timers throttle spf 600000 600000 600000")),
    core(UNKNOWN, "another process of routes", gains("router eigrp 100", "network 10.0.0.0")),
    core(UNKNOWN, "packets go where a policy says", gains(SVI, "ip policy route-map OUT")),
    core(UNKNOWN, "two switches with one address", gains(SVI, "standby 1 ip 10.17.0.1")),
    core(UNKNOWN, "addresses are translated", top("ip nat inside source list 10 interface Vlan100 overload")),
    core(HARMLESS, "costs, timers and logs", gains(TO_ALTA, "ip ospf cost 50"), gains("router ospf 1",
         "log-adjacency-changes detail", "timers throttle spf 50 100 5000")),
    core(HARMLESS, "relays of a zone", gains("interface Vlan110", "ip helper-address 10.9.9.9")),
]  # fmt: skip

EOS_ROWS = [
    eos(LOCKS, "a policy that drops", gains("traffic-policies", "traffic-policy GUARD", "   match REST ipv4",
        "      actions", "         drop"), gains(EOS_UPLINK, "traffic-policy input GUARD")),
    eos(LOCKS, "a policy that is not there", gains(EOS_UPLINK, "traffic-policy input GUARD")),
    eos(HARMLESS, "a policy that only counts", gains("traffic-policies", "traffic-policy COUNT", "   match REST ipv4",
        "      actions", "         count ALL"), gains(EOS_UPLINK, "traffic-policy input COUNT")),
    eos(HARMLESS, "a policy at a port for clients", gains("traffic-policies", "traffic-policy GUARD",
        "   match REST ipv4",
        "      actions", "         drop"), gains(EOS_HOST, "traffic-policy input GUARD")),
    eos(UNKNOWN, "a policy in front of the processor", gains("traffic-policies", "cpu", "   vrf default",
        "      traffic-policy GUARD")),
    eos(LOCKS, "the role denies commands", gains("role network-admin", "5 deny mode exec command .*")),
    eos(LOCKS, "a role of its own that denies", gains("role night", "10 deny command configure"),
        becomes(EOS_DRIFT, EOS_DRIFT.replace("network-admin", "night"))),
    eos(HARMLESS, "a role that the account does not have", gains("role guest", "10 deny command configure")),
    eos(LOCKS, "commands of a level by servers alone", top("aaa authorization commands 15 default group tacacs+")),
    eos(HARMLESS, "commands by servers, then the switch itself",
        top("aaa authorization commands all default group tacacs+ local")),
    eos(LOCKS, "enable by servers alone", top("aaa authentication enable default group tacacs+")),
    eos(LOCKS, "a shell that ends", becomes(EOS_DRIFT, EOS_DRIFT, "username drift shell /sbin/nologin")),
    eos(LOCKS, "no cipher that the client speaks", gains("management ssh", "cipher chacha20-poly1305@openssh.com")),
    eos(HARMLESS, "a cipher that it speaks", gains("management ssh", "cipher aes256-ctr")),
    eos(LOCKS, "keys alone", gains("management ssh", "authentication protocol public-key")),
    eos(LOCKS, "SSH shut in the VRF of the way in", gains("management ssh", "vrf default", "   shutdown")),
    eos(HARMLESS, "SSH shut in another VRF", gains("management ssh", "vrf MGMT", "   shutdown")),
    eos(UNKNOWN, "one session is not enough for a change", gains("management ssh", "connection limit 1")),
    eos(HARMLESS, "fifty sessions are", gains("management ssh", "connection limit 50")),
    eos(UNKNOWN, "another host key", gains("management ssh", "hostkey server ed25519")),
    eos(UNKNOWN, "only what the standards of a state allow", gains("management ssh", "fips restrictions")),
    eos(UNKNOWN, "another certificate is a changed certificate",
        gains("management api http-commands", "protocol https ssl profile OTHER")),
    eos(UNKNOWN, "accounts are locked after a few failures",
        top("aaa authentication policy lockout failure 1 window 60 duration 3600")),
    eos(UNKNOWN, "a prompt that no program expects", top("prompt gone")),
    eos(UNKNOWN, "programs of its own", gains("event-handler NIGHT", "action bash shutdown")),
    eos(UNKNOWN, "an agent of its own", gains("daemon Guard", "exec /mnt/flash/guard")),
    eos(LOCKS, "LACP waits for the other end", gains(EOS_UPLINK, "channel-group 1 mode active"),
        gains("interface Port-Channel1", "switchport mode trunk")),
    eos(HARMLESS, "LACP falls back to a port of its own", gains(EOS_UPLINK, "channel-group 1 mode active"),
        gains("interface Port-Channel1", "switchport mode trunk", "port-channel lacp fallback individual")),
    eos(LOCKS, "ARP of the gateway is not trusted", top("ip arp inspection vlan 100")),
    eos(LOCKS, "a list of MAC addresses holds back ARP", gains("mac access-list MACS",
        "10 permit 0000.5e00.0101 0000.0000.0000 any"),
        gains(EOS_UPLINK, "mac access-group MACS in")),
    eos(LOCKS, "a port that a session mirrors to", top("monitor session S destination Ethernet25")),
    eos(HARMLESS, "a mirror at a port for clients", top("monitor session S source Ethernet25",
        "monitor session S destination Ethernet2")),
    eos(UNKNOWN, "a storm of nothing", gains(EOS_UPLINK, "storm-control all level 0")),
    eos(UNKNOWN, "VLANs change their numbers", gains(EOS_UPLINK, "switchport vlan translation 100 110")),
    eos(UNKNOWN, "the other end has another speed", gains(EOS_UPLINK, "speed forced 10full")),
    eos(UNKNOWN, "ports that are not listed become routed", top("switchport default mode routed")),
    eos(UNKNOWN, "a pair of switches of its own", gains("mlag configuration", "domain-id X")),
    eos(UNKNOWN, "a neighbour that is not the gateway", top("arp 10.17.0.1 0000.5e00.0101 arpa")),
    eos(UNKNOWN, "a virtual address", gains(SVI, "ip address virtual 10.17.0.13/21")),
    eos(HARMLESS, "a route in another VRF", top("ip route vrf MGMT 0.0.0.0/0 10.0.0.1")),
    eos(HARMLESS, "descriptions and names", gains(EOS_UPLINK, "description to the core"),
        gains("vlan 100", "state active")),
    eos(HARMLESS, "time, names, logs, monitoring", top("ntp server 10.9.9.9", "logging host 10.9.9.9",
        "snmp-server location the cellar", "ip name-server vrf default 10.9.9.9")),
    eos(HARMLESS, "telnet beside it", gains("management telnet", "no shutdown")),
    eos(HARMLESS, "a port for clients", gains(EOS_HOST, "storm-control all level 1", "speed 100full")),
    leaf(LOCKS, "a smaller MTU at one end", gains(EOS_LINK, "mtu 1400")),
    leaf(LOCKS, "no OSPF on the link", gains(EOS_LINK, "ip ospf disabled")),
    leaf(LOCKS, "a municipality's switches into nothing", top("ip route 10.17.0.0/22 Null0")),
    leaf(LOCKS, "over OSPF by its distance", top("ip route 10.17.0.0/21 Null0")),
    leaf(HARMLESS, "behind OSPF by its distance", top("ip route 10.17.0.0/21 Null0 250")),
    leaf(LOCKS, "a control node into nothing", top("ip route 10.10.1.20/32 Null0")),
    leaf(LOCKS, "no OSPF gets to the processor", gains("ip access-list CP", "10 permit tcp any any",
        "20 permit icmp any any"),
         gains("system control-plane", "ip access-group CP in")),
    leaf(UNKNOWN, "too few announcements stop the process", gains("router ospf 1", "max-lsa 10")),
    leaf(UNKNOWN, "bidirectional detection at one end", gains("router ospf 1", "bfd default")),
    leaf(HARMLESS, "a server's port", gains("interface Ethernet41", "switchport access vlan 110")),
]  # fmt: skip

PROCURVE_ROWS = [
    procurve(LOCKS, "the uplink leaves its VLANs for a trunk", top("trunk 25-26 trk1 lacp")),
    procurve(HARMLESS, "a trunk of ports for clients", top("trunk 1-2 trk1 trunk")),
    procurve(UNKNOWN, "whose MAC address it is nobody knows", top("lockout-mac 001122-334455")),
    procurve(UNKNOWN, "a MAC address stays at a port", top("static-mac 001122-334455 vlan 100 interface 1")),
    procurve(LOCKS, "ARP of the gateway is not trusted", top("arp-protect", "arp-protect vlan 100")),
    procurve(HARMLESS, "the trunks are trusted", top("arp-protect", "arp-protect vlan 100", "arp-protect trust 25-26")),
    procurve(HARMLESS, "not switched on as a whole", top("arp-protect vlan 100")),
    procurve(LOCKS, "the uplink only mirrors", top("mirror-port 25")),
    procurve(LOCKS, "sources are locked down", top("ip source-lockdown 25")),
    procurve(LOCKS, "a list within the VLAN stops those behind",
             top('ip access-list extended "IN"', "   10 permit tcp 0.0.0.0 255.255.255.255 10.14.2.43 0.0.0.0",
             "   exit"),
             gains("vlan 100", 'ip access-group "IN" vlan')),
    procurve(LOCKS, "commands by servers alone", top("aaa authorization commands radius")),
    procurve(HARMLESS, "commands by servers, and without them by nobody",
        top("aaa authorization commands radius none")),
    procurve(LOCKS, "enable by servers alone", top("aaa authentication ssh enable tacacs")),
    procurve(LOCKS, "a group that is denied",
        top('aaa authorization group "Level-15" 1 match-command "command:.*" deny')),
    procurve(LOCKS, "SSH at the management port alone", top("ip ssh listen oobm")),
    procurve(UNKNOWN, "no cipher of ours may be left", top("no ip ssh cipher aes256-ctr")),
    procurve(UNKNOWN, "accounts are locked", top("aaa authentication lockout-delay 3600")),
    procurve(UNKNOWN, "traffic is dropped between ports", top("filter source-port 25 drop 1-24")),
    procurve(UNKNOWN, "a loop shuts the uplink", top("loop-protect 25")),
    procurve(HARMLESS, "a loop shuts a port for clients", top("loop-protect 1-24")),
    procurve(UNKNOWN, "the other end has another speed", gains("interface 25", "speed-duplex 10-half")),
    procurve(UNKNOWN, "LACP may take the port out of its VLANs", gains("interface 25", "lacp active")),
    procurve(UNKNOWN, "a rate at the uplink", gains("interface 25", "rate-limit all in percent 0")),
    procurve(UNKNOWN, "no broadcasts, no ARP", gains("interface 25", "broadcast-limit 1")),
    procurve(UNKNOWN, "VLANs come and go", top("gvrp")),
    procurve(UNKNOWN, "fewer VLANs than there are", top("max-vlans 2")),
    procurve(UNKNOWN, "the tree blocks what it does not hear", top("spanning-tree 25 bpdu-filter")),
    procurve(UNKNOWN, "floods shut a port", top("fault-finder broadcast-storm action warn-and-disable")),
    procurve(UNKNOWN, "the VLAN is not for the uplink", gains("vlan 100", "forbid 25")),
    procurve(UNKNOWN, "a job at night", top('job "night" at 03:00 "interface 25 disable"')),
    procurve(UNKNOWN, "fast connections are throttled", top("connection-rate-filter sensitivity aggressive")),
    procurve(HARMLESS, "names and logs", top('snmp-server location "the cellar"', "logging 10.9.9.9"),
             gains("interface 25", 'name "to the core"')),
    procurve(HARMLESS, "a new VLAN for clients", gains("vlan 777", 'name "TEST"', "tagged 1", "exit")),
    procurve(HARMLESS, "other ports", gains("interface 1", "speed-duplex 10-half", "broadcast-limit 1")),
    procurve(HARMLESS, "edge and guard at ports for clients", top("spanning-tree 1 bpdu-protection",
        "spanning-tree 2 bpdu-filter")),
    procurve(HARMLESS, "voice, jumbo frames, IGMP", gains("vlan 110", "jumbo", "ip igmp")),
    procurve(HARMLESS, "the console is not the way in", top("console idle-timeout serial-usb 10")),
    procurve(LOCKS, "ten seconds, and every session ends", top("console idle-timeout 10")),
    procurve(HARMLESS, "route to elsewhere", top("ip route 192.168.77.0 255.255.255.0 blackhole")),
]  # fmt: skip

# What stood there and goes; it was put there before, and let us in.
REMOVALS = [
    ios(UNKNOWN, "the other end may be in a bundle, too", gains(UPLINK, "channel-group 1 mode on"),
        gains("interface Port-channel1", "switchport mode trunk")),
    ios(UNKNOWN, "the other end may have that speed", gains(UPLINK, "speed 100")),
    ios(UNKNOWN, "keys that logins rest on", gains("ip ssh pubkey-chain", "username drift")),
    ios(HARMLESS, "what nobody knew, and nobody misses", top("event manager applet NIGHT")),
    ios(UNKNOWN, "the other end may speak UDLD, too", gains(UPLINK, "udld port aggressive")),
    ios(HARMLESS, "storms are no longer held back", gains(UPLINK, "storm-control broadcast level 1.00")),
    ios(HARMLESS, "the tree is as the standard has it", top("spanning-tree loopguard default", "udld enable")),
    ios(HARMLESS, "a legacy router", gains("router eigrp 100", "network 10.0.0.0")),
    eos(HARMLESS, "an agent of its own", gains("daemon Guard", "exec /mnt/flash/guard")),
    procurve(UNKNOWN, "the uplink leaves a trunk", top("trunk 25-26 trk1 lacp")),
    procurve(HARMLESS, "an alias", top('alias "x" "show version"')),
]  # fmt: skip
