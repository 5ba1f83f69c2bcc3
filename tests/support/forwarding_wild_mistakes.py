"""Mistakes of other kinds than those beside this file: what people do at night, and what a device makes of it.

Some of them change nothing, because the device refuses the line or reads it otherwise than it looks: the proof has to
know that as well.
"""

from tests.support.forwarding_mistakes import (
    ADM,
    ADM_LIST,
    CORE,
    EOS,
    EOS_CORE,
    LEAF,
    NAMES,
    SANDLAND,
    SCHOOL,
    SSH,
    TRUNK,
    Mistake,
    Question,
    R,
    S,
    U,
    gi,
    uplinks,
)
from tests.support.forwarding_region import Edit

GATEWAY = "interface Vlan110"
PING: Question = ("administration@loppa-radhus", "centre-names-01", "icmp")
ROUTE = "ip route 10.10.1.0 255.255.255.0"
ALL_PORTS = "permit tcp any any"


def bind(direction: str, rows: str, device: str = CORE, place: str = GATEWAY) -> tuple[Edit, ...]:
    """A list of IOS in force in a direction of an interface."""
    head = "ip access-list extended NIGHT\n"
    return (
        Edit(device, place, "", f"ip access-group NIGHT {direction}"),
        Edit(device, "", "", head + "\n".join(f" {row}" for row in rows.splitlines())),
    )


def replace_row(old: str, new: str, name: str = ADM_LIST) -> tuple[Edit, ...]:
    """Another row in the place of one."""
    return (Edit(CORE, name, old, new),)


WILD = (
    # --- lists
    Mistake(
        "a list for answers that leave",
        ADM,
        bind("out", "deny udp any eq domain any\npermit ip any any"),
        S,
        "on the way back: loppa-core-01 Vlan110 out: NIGHT: deny udp any eq domain any",
    ),
    Mistake(
        "a list for questions that leave",
        ADM,
        bind("out", "deny udp any any eq domain\npermit ip any any"),
        R,
        "loppa-core-01 Vlan110 out: NIGHT: permit ip any any",
    ),
    Mistake(
        "EOS: a list for what leaves towards the servers",
        ADM,
        (
            Edit(LEAF, "interface Vlan200", "", "ip access-group NIGHT out"),
            Edit(LEAF, "", "", "ip access-list NIGHT\n   10 deny udp any any eq domain\n   20 permit ip any any"),
        ),
        S,
        "alta-leaf-01 Vlan200 out: NIGHT: 10 deny udp any any eq domain",
    ),
    Mistake(
        "a list for what leaves by the uplinks",
        ADM,
        (
            *uplinks("ip ospf network point-to-point", "ip ospf network point-to-point\nip access-group NIGHT out"),
            Edit(CORE, "", "", f"ip access-list extended NIGHT\n {ALL_PORTS}\n permit ospf any any"),
        ),
        S,
        "loppa-core-01 GigabitEthernet1/0/23 out: NIGHT: no row permits it",
    ),
    Mistake(
        "a list at the port of a cable",
        ADM,
        bind("in", ALL_PORTS, place=f"interface {gi(1)}"),
        S,
        "loppa-core-01 GigabitEthernet1/0/1 in: NIGHT: no row permits it",
    ),
    Mistake(
        "a list for what leaves a switched port",
        ADM,
        bind("out", ALL_PORTS, place=f"interface {gi(1)}"),
        R,
        "ZONE-ADMINISTRATION-IN: permit udp",
    ),
    Mistake(
        "a wildcard that is a mask",
        ADM,
        replace_row(NAMES, NAMES.replace("any", "10.17.8.0 255.255.248.0")),
        U,
        "permit udp 10.17.8.0 255.255.248.0 host 10.10.1.11 eq domain",
    ),
    Mistake(
        "every other host",
        ADM,
        replace_row(NAMES, NAMES.replace("any", "10.17.8.0 0.0.7.254")),
        U,
        "permit udp 10.17.8.0 0.0.7.254 host 10.10.1.11 eq domain",
    ),
    Mistake(
        "a source port",
        ADM,
        replace_row(NAMES, "permit udp any eq domain host 10.10.1.11"),
        S,
        "ZONE-ADMINISTRATION-IN: deny ip any",
    ),
    Mistake(
        "there and back confused",
        ADM,
        replace_row(NAMES, "permit udp host 10.10.1.11 any eq domain"),
        S,
        "ZONE-ADMINISTRATION-IN: deny ip any",
    ),
    Mistake(
        "all ports but the one",
        ADM,
        replace_row(NAMES, NAMES.replace("eq", "neq")),
        S,
        "ZONE-ADMINISTRATION-IN: deny ip any",
    ),
    Mistake(
        "answers to pings alone",
        PING,
        replace_row("permit icmp any any", "permit icmp any any echo-reply"),
        S,
        "ZONE-ADMINISTRATION-IN: deny ip any",
    ),
    Mistake(
        "pings, and no answers to them",
        PING,
        replace_row("permit icmp any any", "permit icmp any any echo"),
        R,
        "permit icmp any any echo",
    ),
    Mistake(
        "no way back for what a switch answers",
        SSH,
        (
            *replace_row("permit tcp any any established", "", "ip access-list extended ZONE-OPERATIONS-IN"),
            *replace_row("permit ip any 10.10.0.0 0.0.255.255", "", "ip access-list extended ZONE-OPERATIONS-IN"),
        ),
        S,
        "on the way back: loppa-core-01 Vlan100 in: ZONE-OPERATIONS-IN: deny ip any",
    ),
    Mistake(
        "a standard list of another network",
        ADM,
        (
            Edit(CORE, GATEWAY, "ip access-group ZONE-ADMINISTRATION-IN in", "ip access-group 10 in"),
            Edit(CORE, "", "", "access-list 10 permit 10.18.8.0 0.0.7.255"),
        ),
        S,
        "loppa-core-01 Vlan110 in: 10: no row permits it",
    ),
    Mistake(
        "EOS: a standard list of another network",
        EOS,
        (
            Edit(EOS_CORE, GATEWAY, "ip access-group ZONE-ADMINISTRATION-IN in", "ip access-group NIGHT in"),
            Edit(EOS_CORE, "", "", "ip access-list standard NIGHT\n   10 permit 10.18.8.0/21"),
        ),
        S,
        "hammerfest-core-01 Vlan110 in: NIGHT: no row permits it",
    ),
    # --- VLANs
    Mistake(
        "a trunk of no VLAN",
        SCHOOL,
        (Edit(CORE, f"interface {gi(2)}", TRUNK, f"{TRUNK[:-1]}none"),),
        S,
        "loppa-core-01 GigabitEthernet1/0/2 is no trunk",
    ),
    Mistake(
        "a slip in a trunk",
        SCHOOL,
        (Edit(CORE, f"interface {gi(2)}", TRUNK, f"{TRUNK[:-1]}100-119,12,121-180"),),
        S,
        "trunk loppa-core-01 GigabitEthernet1/0/2 does not carry VLAN 120",
    ),
    Mistake(
        "EOS: a native mismatch",
        SCHOOL,
        (Edit("loppa-acc-03", "interface Ethernet25", "", "switchport trunk native vlan 120"),),
        S,
        "and loppa-acc-03 Ethernet25 untagged (native)",
    ),
    Mistake(
        "the same native VLAN at both ends",
        SCHOOL,
        (
            Edit("loppa-acc-03", "interface Ethernet25", "", "switchport trunk native vlan 120"),
            Edit(CORE, f"interface {gi(2)}", "", "switchport trunk native vlan 120"),
        ),
        R,
        "ZONE-SCHOOL-IN: permit udp",
    ),
    Mistake(
        "a port alone in a bundle",
        ADM,
        (Edit(CORE, f"interface {gi(1)}", "", "channel-group 1 mode active"),),
        U,
        "channel-group 1 mode active, and there is no Port-channel1",
    ),
    Mistake(
        "ProCurve: clients' ports tagged",
        SANDLAND,
        (Edit("loppa-acc-07", "vlan 120", "untagged 1-16", "tagged 1-16"),),
        S,
        "loppa-acc-07 port 1 does not carry VLAN 120 untagged",
    ),
    # --- addresses
    Mistake(
        "a second gateway",
        ADM,
        (Edit("loppa-acc-01", "", "", "interface Vlan110\n ip address 10.17.8.1 255.255.248.0"),),
        U,
        "10.17.8.1 is had by loppa-core-01 Vlan110 and loppa-acc-01 Vlan110",
    ),
    Mistake(
        "a switch with the gateway's address",
        SSH,
        (
            Edit(
                "loppa-acc-01",
                "interface Vlan100",
                "ip address 10.17.0.11 255.255.248.0",
                "ip address 10.17.0.1 255.255.248.0",
            ),
        ),
        U,
        "10.17.0.1 is had by loppa-core-01 Vlan100 and loppa-acc-01 Vlan100",
    ),
    Mistake(
        "a loopback with a server's address",
        ADM,
        (Edit(CORE, "", "", "interface Loopback7\n ip address 10.10.1.11 255.255.255.255"),),
        S,
        "10.10.1.11 is loppa-core-01's, too",
    ),
    Mistake(
        "a secondary address in the servers' network",
        ADM,
        (Edit(CORE, "interface Vlan120", "", "ip address 10.10.1.254 255.255.255.0 secondary"),),
        S,
        "loppa-core-01 looks for 10.10.1.11 in VLAN 120",
    ),
    Mistake(
        "EOS: a secondary address in the servers' network",
        EOS,
        (
            Edit(
                EOS_CORE,
                GATEWAY,
                "ip address 10.12.8.1/21",
                "ip address 10.12.8.1/21\nip address 10.10.1.254/24 secondary",
            ),
        ),
        S,
        "hammerfest-core-01 looks for 10.10.1.11 in VLAN 110",
    ),
    Mistake(
        "the gateway as a secondary address",
        ADM,
        (
            Edit(
                CORE,
                GATEWAY,
                "ip address 10.17.8.1 255.255.248.0",
                "ip address 10.17.8.1 255.255.248.0 secondary\nip address 10.17.8.2 255.255.248.0",
            ),
        ),
        R,
        "ZONE-ADMINISTRATION-IN: permit udp",
    ),
    Mistake(
        "a mask over another interface's network",
        ADM,
        (Edit(CORE, GATEWAY, "ip address 10.17.8.1 255.255.248.0", "ip address 10.17.8.1 255.255.0.0"),),
        S,
        "loppa-core-01 Vlan110: 10.17.8.1/16 overlaps with",
    ),
    # --- routes
    Mistake(
        "a route to nowhere behind OSPF",
        ADM,
        (Edit(CORE, "", "", f"{ROUTE} Null0 115"),),
        R,
        "ZONE-ADMINISTRATION-IN: permit udp",
    ),
    Mistake(
        "a route to nowhere before OSPF",
        ADM,
        (Edit(CORE, "", "", f"{ROUTE} Null0 105"),),
        S,
        "loppa-core-01 drops what is for 10.10.1.0/24",
    ),
    Mistake(
        "EOS: a route to nowhere behind OSPF",
        EOS,
        (Edit(EOS_CORE, "", "", "ip route 10.10.1.0/24 Null0 115"),),
        R,
        "ZONE-ADMINISTRATION-IN: 20 permit udp",
    ),
    Mistake(
        "a route to the router itself",
        ADM,
        (Edit(CORE, "", "", f"{ROUTE} 10.17.8.1"),),
        R,
        "ZONE-ADMINISTRATION-IN: permit udp",
    ),
    Mistake(
        "a route out of an interface",
        ADM,
        (Edit(CORE, "", "", f"{ROUTE} Vlan120"),),
        S,
        "loppa-core-01 looks for 10.10.1.11 in VLAN 120",
    ),
    Mistake(
        "OSPF shut",
        ADM,
        (Edit(CORE, "router ospf 1", "", "shutdown"),),
        S,
        "loppa-core-01 GigabitEthernet1/0/23 takes no part in OSPF",
    ),
    Mistake(
        "OSPF's wildcard as a mask",
        ADM,
        (
            Edit(
                CORE,
                "router ospf 1",
                "network 10.17.0.0 0.0.255.255 area 0",
                "network 10.17.0.0 255.255.0.0 area 0",
            ),
        ),
        R,
        "ZONE-ADMINISTRATION-IN: permit udp",
    ),
    Mistake(
        "EOS: OSPF not on the gateway",
        EOS,
        (Edit(EOS_CORE, GATEWAY, "ip ospf area 0.0.0.0"),),
        S,
        "on the way back: alta-leaf-02 drops what is for 10.0.0.0/8",
    ),
)
