"""More edits and their verdicts: lines that a switch takes otherwise than they are written, and what switches can do.

A switch does not care how far a line is indented, how often a section stands, or whether a line fits the section it
stands in: what the section does not know is taken at the top.
"""

from tests.support.lockout_edits import (
    EOS_ALLOWED,
    LOCAL,
    NEXT,
    TO_ALTA,
    UPLINK,
    Edit,
    becomes,
    gains,
    gone,
    top,
)
from tests.support.lockout_verdicts import (
    AAA,
    EOS_HOST,
    EOS_LINK,
    EOS_UPLINK,
    HARMLESS,
    HOST_PORT,
    LOCKS,
    SVI,
    UNKNOWN,
    VTY,
    core,
    eos,
    ios,
    leaf,
    procurve,
)

IOS_ADDRESS, EOS_ADDRESS = "ip address 10.17.0.11 255.255.248.0", "ip address 10.17.2.11/21"
NETWORK = "network 10.17.0.0 0.0.255.255 area 0"
EOS_DEFAULT = "ip route 0.0.0.0/0 10.17.0.1"
DENY, PERMIT = (gains(f"ip access-list extended {name}", f"{name.lower()} ip any any") for name in ("DENY", "PERMIT"))
OPERATOR = 'password operator user-name "operator" sha256 "<secret:username drift>"'
ANYBODY = "0.0.0.0 255.255.255.255"


def below(line: str, section: str, *new: str) -> Edit:
    """Lines one level deeper than a line of a section."""

    def edit(lines: list[str]) -> list[str]:
        at = next(at for at in range(lines.index(section), len(lines)) if lines[at].strip().startswith(line))
        depth = len(lines[at]) - len(lines[at].lstrip())
        return [*lines[:at], f"{lines[at]} 2", *(" " * (depth + depth) + one for one in new), *lines[at + 1 :]]

    return edit


def last(*new: str) -> Edit:
    """Global lines at the end."""
    return lambda lines: [*lines[:-1], *new, lines[-1]] if lines[-1] == "end" else [*lines, *new]


def procurve_list(name: str, *rows: str) -> Edit:
    return top(f'ip access-list extended "{name}"', *(f"   {row}" for row in rows), "   exit")


DISGUISES = [
    # --- sections that stand twice, and names that are written otherwise
    ios(LOCKS, "the uplink is off in a section of its own", top(UPLINK, " shutdown")),
    ios(LOCKS, "a tab is a space", top(UPLINK, "\tshutdown")),
    ios(LOCKS, "the VLAN is off in a section of its own", top("vlan 100", " state suspend")),
    core(UNKNOWN, "a process goes on further down",
         last("router ospf 1", " passive-interface GigabitEthernet1/0/23")),
    core(LOCKS, "a port to those behind, in a section of its own", top("interface GigabitEthernet1/0/1", " shutdown")),
    eos(LOCKS, "EOS shows no section twice", top(EOS_UPLINK, "   shutdown")),
    eos(LOCKS, "nor a service", last("management ssh", "   shutdown")),
    ios(UNKNOWN, "a zero more is the same port", top("interface GigabitEthernet01/0/49", " shutdown")),
    ios(UNKNOWN, "a space more is the same line", top("line vty  0 4", " transport input none")),
    ios(UNKNOWN, "a short name is the same port", top("interface Gi1/0/49", " shutdown")),
    ios(UNKNOWN, "small letters are the same port", top("interface gigabitethernet1/0/49", " shutdown")),
    ios(UNKNOWN, "a range of ports", top("interface range GigabitEthernet1/0/48 - 49", " shutdown")),
    ios(UNKNOWN, "a port as the factory has it", top("default interface GigabitEthernet1/0/49")),
    eos(UNKNOWN, "a zero more is the same port", top("interface Ethernet025", "   shutdown")),
    procurve(UNKNOWN, "a zero more is the same port", top("interface 025", "   broadcast-limit 1", "   exit")),
    procurve(UNKNOWN, "a range of ports", top("interface 25-26", "   disable", "   exit")),
    core(UNKNOWN, "a short name in the process", gains("router ospf 1", "passive-interface Gi1/0/23")),
    leaf(UNKNOWN, "a short name in the process", gains("router ospf 1", "passive-interface Et7")),
    ios(LOCKS, "a mirror as IOS shows it", top("monitor session 1 source interface Gi1/0/1",
        "monitor session 1 destination interface Gi1/0/2 , Gi1/0/49")),
    ios(HARMLESS, "a mirror for clients as IOS shows it", top("monitor session 1 source interface Gi1/0/49",
        "monitor session 1 destination interface Gi1/0/2")),
    eos(UNKNOWN, "a mirror with a short name", top("monitor session S destination Et25")),
    # --- the end, and banners that swallow what follows
    ios(LOCKS, "nothing is read behind an end", top("end")),
    ios(LOCKS, "a banner without an end", top("banner prompt-timeout ^C")),
    ios(LOCKS, "a banner without an end, and with a space more", top("banner  motd #")),
    # --- lines that stand where they do not belong
    ios(UNKNOWN, "the depth of a line means nothing", below("description", UPLINK, "shutdown")),
    ios(UNKNOWN, "nor in a VLAN", below("name", "vlan 100", "state suspend")),
    eos(UNKNOWN, "nor for EOS", below("description", EOS_UPLINK, "shutdown")),
    ios(UNKNOWN, "a port knows no gateway", gains(HOST_PORT, "ip default-gateway 10.17.0.99")),
    ios(UNKNOWN, "a port knows no VLANs of the switch", gains(HOST_PORT, "vlan 100", "shutdown")),
    ios(UNKNOWN, "a port knows no other port", gains(HOST_PORT, "interface Gi1/0/49", " shutdown")),
    ios(UNKNOWN, "a port does nothing", gains(HOST_PORT, "do reload in 1")),
    ios(UNKNOWN, "nothing is read behind this one either", gains(HOST_PORT, "end")),
    ios(UNKNOWN, "the console knows no accounts", gains("line con 0", "no username drift")),
    ios(UNKNOWN, "the console is no other line", gains("line con 0", "line vty 0 4", " transport input none")),
    ios(UNKNOWN, "the archive knows no accounts", gains("archive", "username drift privilege 1")),
    ios(UNKNOWN, "a list knows no SSH", gains("ip access-list extended NOBODY", "no ip ssh version 2")),
    eos(UNKNOWN, "a port knows no routes", gains(EOS_HOST, f"no {EOS_DEFAULT}")),
    eos(UNKNOWN, "telnet is not SSH", gains("management telnet", "management ssh", "   shutdown")),
    eos(UNKNOWN, "telnet knows no accounts", gains("management telnet", "no username drift")),
    procurve(UNKNOWN, "a port knows no SSH", gains("interface 1", "no ip ssh")),
    procurve(UNKNOWN, "a VLAN knows no gateway", gains("vlan 110", "ip default-gateway 10.14.0.99")),
    procurve(LOCKS, "a port that says its VLAN itself", gains("interface 25", "untagged vlan 100")),
    # --- of two lines a switch takes one
    ios(UNKNOWN, "another list of VLANs", gains(UPLINK, "switchport trunk allowed vlan 110")),
    ios(UNKNOWN, "another address", becomes(IOS_ADDRESS, IOS_ADDRESS,
        "ip address 10.17.0.99 255.255.248.0")),
    ios(UNKNOWN, "an address and none", becomes(IOS_ADDRESS, IOS_ADDRESS, "no ip address")),
    ios(UNKNOWN, "two lists at the interface", DENY, PERMIT,
        gains(SVI, "ip access-group PERMIT in", "ip access-group DENY in")),
    ios(HARMLESS, "a list for each direction", PERMIT, gains(SVI, "ip access-group PERMIT in",
        "ip access-group PERMIT out")),
    ios(UNKNOWN, "two lists at the lines", top("access-list 20 deny any", "access-list 21 permit any"),
        gains(VTY, "access-class 21 in", "access-class 20 in")),
    core(UNKNOWN, "a routed port and a switched one", becomes("no switchport", "no switchport", "switchport",
         within=TO_ALTA)),
    core(UNKNOWN, "it routes, and it does not", last("no ip routing")),
    core(UNKNOWN, "a link of two kinds", gains(TO_ALTA, "ip ospf network broadcast")),
    core(UNKNOWN, "passive and not", gains("router ospf 1", "passive-interface GigabitEthernet1/0/23")),
    core(LOCKS, "the link is in two areas", becomes(NETWORK, NETWORK, "network 10.10.250.69 0.0.0.0 area 17")),
    eos(UNKNOWN, "another list of VLANs", becomes(EOS_ALLOWED, EOS_ALLOWED, "switchport trunk allowed vlan 110",
        within=EOS_UPLINK)),
    eos(UNKNOWN, "an address and none", becomes(EOS_ADDRESS, EOS_ADDRESS, "no ip address")),
    leaf(UNKNOWN, "a routed port and a switched one", becomes("no switchport", "no switchport", "switchport",
         within=EOS_LINK)),
    leaf(UNKNOWN, "it routes, and it does not", last("no ip routing")),
    procurve(UNKNOWN, "in the VLAN and not", becomes("tagged 25-26", "tagged 25-26", "no tagged 25",
        within="vlan 100")),
    procurve(LOCKS, "tagged and untagged", becomes("tagged 25-26", "tagged 25-26", "untagged 25", within="vlan 100")),
    procurve(LOCKS, "a list for each direction, and one denies", procurve_list("NO", f"10 deny ip {ANYBODY} {ANYBODY}"),
        procurve_list("ALL", f"10 permit ip {ANYBODY} {ANYBODY}"),
        gains("vlan 100", 'ip access-group "NO" vlan-in', 'ip access-group "ALL" in')),
    procurve(LOCKS, "rows without numbers", procurve_list("NO", f"deny ip {ANYBODY} {ANYBODY}"),
        gains("vlan 100", 'ip access-group "NO" in')),
    # --- lists as the switch sorts them, and what else is written otherwise
    ios(LOCKS, "rows are searched by their numbers", gains("ip access-list extended IN", "20 permit ip any any",
        "10 deny ip any any"), gains(SVI, "ip access-group IN in")),
    eos(LOCKS, "a second row of a number takes the first's place", gains("ip access-list IN", "10 permit ip any any",
        "10 deny ip any any"), gains(SVI, "ip access-group IN in")),
    eos(LOCKS, "a row that nobody can read", gains("ip access-list IN", "5 police any", "10 permit ip any any"),
        gains(SVI, "ip access-group IN in")),
    eos(HARMLESS, "a list that counts", gains("ip access-list IN", "statistics per-entry", "10 permit ip any any"),
        gains(SVI, "ip access-group IN in")),
    ios(LOCKS, "an account in capitals is the same account",
        top("username DRIFT privilege 1 secret <secret:username DRIFT>")),
    ios(UNKNOWN, "a list of methods in capitals", becomes("no aaa new-model", *AAA,
        "aaa authentication login DEFAULT group tacacs+")),
    ios(UNKNOWN, "a list of methods in short", becomes("no aaa new-model", *AAA,
        "aaa authentication login def group tacacs+")),
    ios(UNKNOWN, "a space more", becomes("no aaa new-model", *AAA, "aaa authentication login  default group tacacs+")),
    ios(UNKNOWN, "802.1X in short", gains(UPLINK, "authentication port au")),
    ios(UNKNOWN, "802.1X with a space more", gains(UPLINK, "access-session port-control  auto")),
    ios(HARMLESS, "free text has the spaces it has", gains(UPLINK, "description to  the core")),
    eos(UNKNOWN, "802.1X in short", gains(EOS_UPLINK, "dot1x port au")),
    ios(UNKNOWN, "ARP is inspected, in short", top("ip arp inspection v 100")),
    procurve(LOCKS, "the operator is called the same", becomes(OPERATOR, OPERATOR.replace('"operator"', '"drift"'))),
    # --- the network of an address is its own
    ios(LOCKS, "the first takes the address", top("interface Vlan50", " ip address 10.17.0.11 255.255.255.0")),
    ios(LOCKS, "a loopback with the address", top("interface Loopback5", " ip address 10.17.0.11 255.255.255.255")),
    ios(HARMLESS, "it is switched off", top("interface Vlan50", " ip address 10.17.3.1 255.255.255.0", " shutdown")),
    ios(HARMLESS, "another network", top("interface Vlan50", " ip address 172.16.3.1 255.255.255.0")),
    core(LOCKS, "the other end's address", top("interface Loopback9", " ip address 10.10.250.68 255.255.255.255")),
    eos(LOCKS, "the port of the management has it", gains("interface Management1", EOS_ADDRESS)),
    leaf(LOCKS, "the other end's address", top("interface Loopback9", "   ip address 10.10.250.69/32")),
    procurve(LOCKS, "another VLAN has it", becomes("no ip address", "ip address 10.14.2.43 255.255.255.0",
        within="vlan 160")),
]  # fmt: skip

FEATURES = [
    # --- IOS
    ios(UNKNOWN, "it waits for BPDUs of a neighbour that sends none", gains(UPLINK, "spanning-tree portfast network")),
    ios(UNKNOWN, "towards those behind as well", gains(NEXT, "spanning-tree portfast network")),
    ios(UNKNOWN, "guard in short", gains(UPLINK, "spanning-tree bpduguard en")),
    ios(UNKNOWN, "a port that does not hear BPDUs", gains(UPLINK, "spanning-tree guard loop")),
    ios(UNKNOWN, "somebody else's transceivers", top("no service unsupported-transceiver")),
    ios(UNKNOWN, "the other end leaves another VLAN untagged", gains(UPLINK, "switchport trunk native vlan 999")),
    ios(LOCKS, "a member that is unlike its bundle is suspended", gains(UPLINK, "channel-group 1 mode on"),
        gains("interface Port-channel1", "switchport mode trunk")),
    ios(UNKNOWN, "the switch logs in at the other end", gains(UPLINK, "dot1x pae supplicant")),
    ios(HARMLESS, "802.1X without a login at the port", gains(UPLINK, "dot1x pae authenticator")),
    ios(UNKNOWN, "whose addresses are not known are dropped", gains(UPLINK, "ipv6 snooping attach-policy GUARD")),
    ios(LOCKS, "commands by a list that is not there", becomes("no aaa new-model", *AAA),
        gains(VTY, "authorization commands 15 NOWHERE")),
    ios(UNKNOWN, "ten minutes until a server is given up", top("tacacs-server host 10.9.9.9 timeout 600")),
    ios(UNKNOWN, "by its own section", gains("tacacs server A", "address ipv4 10.9.9.9", "timeout 600")),
    ios(HARMLESS, "a server that is given up soon", gains("tacacs server A", "address ipv4 10.9.9.9", "timeout 5")),
    ios(UNKNOWN, "one session is not enough for a change", gains(VTY, "session-limit 1")),
    ios(UNKNOWN, "a letter that ends a session", gains(VTY, "escape-character a")),
    ios(LOCKS, "one line is not enough for a change", becomes(VTY, "line vty 0")),
    ios(UNKNOWN, "the next start without routes", top("license boot level lanlite")),
    ios(UNKNOWN, "a restart when memory is short", top("exception memory minimum 400000000")),
    ios(UNKNOWN, "tests that interrupt", top("diagnostic schedule switch 1 test all daily 02:00")),
    ios(UNKNOWN, "a command at a time", top("kron occurrence NIGHT in 1 oneshot")),
    ios(UNKNOWN, "the keys are gone", top("crypto key zeroize rsa")),
    ios(UNKNOWN, "a view", gains("parser view OPERATORS", "commands exec include show")),
    ios(UNKNOWN, "a link that flaps stays down", top("errdisable flap-setting cause link-flap max-flaps 1 time 9")),
    ios(UNKNOWN, "TCP without a window", top("ip tcp window-size 0")),
    ios(HARMLESS, "ports for clients", gains(HOST_PORT, "spanning-tree guard loop", "udld port aggressive",
        "ip verify source", "mac access-group MACS in", "ip dhcp snooping limit rate 30", "spanning-tree portfast edge",
        "ip arp inspection limit rate 30", "lacp rate fast", "service-policy input VOICE", "auto qos voip trust")),
    ios(HARMLESS, "the console", gains("line con 0", "login authentication CONSOLE", "privilege level 1")),
    ios(HARMLESS, "what the archive logs", gains("archive", "log config", " logging enable", " notify syslog")),
    ios(HARMLESS, "addresses for clients", gains("ip dhcp pool CLIENTS", "vrf SCHOOL", "default-router 172.16.0.1")),
    ios(HARMLESS, "a name for the web", gains("crypto pki trustpoint WEB", "enrollment selfsigned", "vrf SCHOOL")),
    core(UNKNOWN, "another switch becomes the root", becomes("spanning-tree vlan 1-4094 priority 4096",
         "spanning-tree vlan 1-4094 priority 61440")),
    core(UNKNOWN, "a route that comes and goes", top("ip route 10.17.0.11 255.255.255.255 10.17.0.11 track 1")),
    core(HARMLESS, "a route with a name, behind others",
         top("ip route 192.168.77.0 255.255.255.0 192.168.23.254 200 name OLD")),
    core(HARMLESS, "a route that is never taken", top("ip route 10.10.1.20 255.255.255.255 Null0 255")),
    core(UNKNOWN, "nobody's way", gains("router ospf 1", "max-metric router-lsa")),
    core(UNKNOWN, "another kind of area", gains("router ospf 1", "area 0 stub")),
    core(UNKNOWN, "a way by a policy", gains(SVI, "ip policy route-map X")),
    # --- EOS
    eos(LOCKS, "guard by default, in the old words", top("spanning-tree portfast bpduguard default"),
        gains(EOS_UPLINK, "spanning-tree portfast")),
    eos(UNKNOWN, "it waits for BPDUs of a neighbour that sends none",
        gains(EOS_UPLINK, "spanning-tree portfast network")),
    eos(UNKNOWN, "more than one BPDU, and the port is off",
        gains(EOS_UPLINK, "spanning-tree bpduguard rate-limit count 1 interval 10")),
    eos(UNKNOWN, "a policy that leaves a kilobit", gains("traffic-policies", "traffic-policy GUARD",
        "   match REST ipv4", "      actions", "         police rate 1 kbps"),
        gains(EOS_UPLINK, "traffic-policy input GUARD")),
    eos(UNKNOWN, "a policy that sends elsewhere", gains("traffic-policies", "traffic-policy GUARD",
        "   match REST ipv4", "      actions", "         redirect next-hop 10.9.9.9"),
        gains(EOS_UPLINK, "traffic-policy input GUARD")),
    eos(UNKNOWN, "a policy of the processor's own", gains("policy-map type copp copp-system-policy",
        "class copp-system-default")),
    eos(UNKNOWN, "a route that comes and goes", becomes(EOS_DEFAULT, f"{EOS_DEFAULT} track bfd")),
    eos(LOCKS, "the gateway into nothing", top("ip route 10.17.0.1/32 Null0")),
    eos(HARMLESS, "a nearer route by the gateway", top("ip route 10.10.0.0/16 10.17.0.1")),
    eos(LOCKS, "a route that is never taken", becomes(EOS_DEFAULT, f"{EOS_DEFAULT} 255")),
    eos(UNKNOWN, "a quarter of an hour until it falls back", gains(EOS_UPLINK, "channel-group 1 mode active"),
        gains("interface Port-Channel1", "switchport mode trunk", "port-channel lacp fallback individual",
        "port-channel lacp fallback timeout 900")),
    eos(UNKNOWN, "ports of another kind", becomes("transceiver qsfp default-mode 4x10G",
        "transceiver qsfp default-mode 40G")),
    eos(UNKNOWN, "the web server that the API is part of", gains("management http-server", "protocol https port 8443")),
    eos(UNKNOWN, "a web server without the API",
        gains("management api http-commands", "no default-services http-commands")),
    eos(UNKNOWN, "the account's role with rules of its own", gains("role network-admin", "10 permit command show.*")),
    eos(UNKNOWN, "a quarter of an hour until a server is given up", top("radius-server host 10.9.9.9 timeout 900")),
    eos(UNKNOWN, "a link that is encrypted at one end", gains(EOS_UPLINK, "mac security profile X")),
    eos(UNKNOWN, "two links at least", gains(EOS_UPLINK, "channel-group 1 mode on"),
        gains("interface Port-Channel1", "switchport mode trunk", "port-channel min-links 2")),
    eos(HARMLESS, "ports for clients", gains(EOS_HOST, "mac access-group MACS in", "ip access-group LIST in",
        "spanning-tree guard loop", "arp aging timeout 60", "switchport port-security", "lacp timer fast")),
    eos(HARMLESS, "lists of other services", gains("management telnet", "ip access-group LIST in", "vrf MGMT",
        "   shutdown"), gains("management api gnmi", "transport grpc default", "   vrf MGMT")),
    leaf(UNKNOWN, "nobody's way", gains("router ospf 1", "max-metric router-lsa on-startup 86400")),
    leaf(UNKNOWN, "a storm of a control node", gains("interface Ethernet45", "storm-control broadcast level 0.01")),
    # --- ProCurve
    procurve(UNKNOWN, "the management VLAN as another's private one", gains("vlan 110", "private-vlan community 100")),
    procurve(UNKNOWN, "the password is too old tomorrow", becomes(LOCAL, f"{LOCAL} aging-period 1")),
    procurve(UNKNOWN, "what is permitted may be all that is",
        top('aaa authorization group "Level-15" 1 match-command "command:show.*" permit')),
    procurve(HARMLESS, "what another group is permitted",
        top('aaa authorization group "GUESTS" 1 match-command "command:show.*" permit')),
    procurve(UNKNOWN, "the switch keeps no passwords", gone("include-credentials")),
    procurve(UNKNOWN, "accounts are locked after a failure", top("aaa authentication num-attempts 1")),
    procurve(UNKNOWN, "another switch becomes the root", top("spanning-tree priority 15")),
    procurve(UNKNOWN, "a restart", top("reload after 00:05")),
    procurve(HARMLESS, "ports and VLANs for clients", gains("interface 1", "rate-limit all in percent 5",
        "lacp passive", "arp-protect trust", 'ip access-group "X" in'), gains("vlan 110", 'ip access-group "X" vlan')),
    procurve(HARMLESS, "a loop at a port for clients", top("loop-protect 1-20", "loop-protect disable-timer 300")),
]  # fmt: skip

# What stood there and goes.
DISGUISE_REMOVALS = [
    ios(UNKNOWN, "somebody else's transceivers", top("service unsupported-transceiver")),
    ios(UNKNOWN, "a start from elsewhere", top("boot system flash:/other.bin")),
    ios(UNKNOWN, "a start with fewer features", top("license boot level ipservices")),
    ios(UNKNOWN, "both ends are encrypted", gains(UPLINK, "macsec network-link")),
    eos(UNKNOWN, "somebody else's transceivers", top("service unsupported-transceiver X 00000000")),
    eos(UNKNOWN, "groups of ports", top("hardware speed-group 1 serdes 10g")),
    eos(UNKNOWN, "the other end has that speed", gains(EOS_UPLINK, "speed forced 1000full")),
    eos(UNKNOWN, "both ends correct errors", gains(EOS_UPLINK, "error-correction encoding fire-code")),
]  # fmt: skip
