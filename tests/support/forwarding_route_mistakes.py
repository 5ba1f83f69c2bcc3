"""Mistakes in gateways, routes, OSPF, and the way into a switch itself."""

from tests.support.forwarding_mistakes import ADM, CORE, LEAF, SSH, WORLD, Mistake, S, U, gi, uplinks
from tests.support.forwarding_region import Edit

EXITS = {"alta-leaf-02": "ALTA", "hammerfest-leaf-02": "HAMMERFEST"}
NOWHERE = "drops what is for 10.0.0.0/8, by a static route to nowhere"
ROUTES = (
    Mistake(
        "a gateway shut",
        ADM,
        (Edit(CORE, "interface Vlan110", "", "shutdown"),),
        S,
        f"nothing answers for 10.17.8.1: {CORE} interface Vlan110: shutdown",
    ),
    Mistake(
        "a wrong mask",
        ADM,
        (Edit(CORE, "interface Vlan110", "ip address 10.17.8.1 255.255.248.0", "ip address 10.17.8.1 255.255.255.0"),),
        U,
        f"in part: alta-leaf-02 {NOWHERE}",
    ),
    Mistake(
        "a wrong address",
        ADM,
        (Edit(CORE, "interface Vlan110", "ip address 10.17.8.1 255.255.248.0", "ip address 10.17.8.2 255.255.248.0"),),
        S,
        f"no switch has 10.17.8.1, looked for in VLAN 110 of loppa-acc-01; {CORE} Vlan110 has 10.17.8.2/21",
    ),
    Mistake(
        "a gateway in another VLAN",
        ADM,
        (
            Edit(CORE, "interface Vlan110", "ip address 10.17.8.1 255.255.248.0"),
            Edit(CORE, "", "", "interface Vlan111\n ip address 10.17.8.1 255.255.248.0"),
            Edit(CORE, "", "vlan 999", "vlan 111\nvlan 999"),
        ),
        S,
        f"nothing answers for 10.17.8.1: {CORE} Vlan111: no port that is up carries VLAN 111",
    ),
    Mistake(
        "a gateway in a VRF",
        ADM,
        (Edit(CORE, "interface Vlan110", "", "vrf forwarding OLD"),),
        S,
        f"{CORE} Vlan110 is in VRF OLD",
    ),
    Mistake(
        "OSPF passive",
        ADM,
        (
            Edit(CORE, "router ospf 1", f"no passive-interface {gi(23)}"),
            Edit(CORE, "router ospf 1", f"no passive-interface {gi(24)}"),
        ),
        S,
        f"no route to 10.10.1.11 on {CORE}: {CORE} {gi(23)} is passive in OSPF",
    ),
    Mistake(
        "OSPF passive on the leaves",
        ADM,
        (
            Edit(LEAF, "router ospf 1", "no passive-interface Ethernet7"),
            Edit("hammerfest-leaf-01", "router ospf 1", "no passive-interface Ethernet7"),
        ),
        S,
        f"{LEAF} Ethernet7 is passive in OSPF",
    ),
    Mistake(
        "the zones not told",
        ADM,
        (Edit(CORE, "router ospf 1", "network 10.17.0.0 0.0.255.255 area 0"),),
        S,
        f"on the way back: alta-leaf-02 {NOWHERE}",
    ),
    Mistake(
        "the services not told",
        ADM,
        (Edit(LEAF, "interface Vlan200", "ip ospf area 0.0.0.0"),),
        U,
        f"in part: hammerfest-leaf-02 {NOWHERE}",
    ),
    Mistake(
        "another OSPF area",
        ADM,
        tuple(
            Edit(
                CORE,
                "router ospf 1",
                f"network 10.10.250.{at} 0.0.0.1 area 0",
                f"network 10.10.250.{at} 0.0.0.1 area 7",
            )
            for at in (68, 70)
        ),
        S,
        "differ in their OSPF area: 7, 0",
    ),
    Mistake(
        "another OSPF network type",
        ADM,
        uplinks("ip ospf network point-to-point", ""),
        S,
        "differ in their OSPF network type: broadcast, point-to-point",
    ),
    Mistake(
        "OSPF with a password at one end",
        ADM,
        uplinks("", "ip ospf authentication message-digest"),
        S,
        "differ in their OSPF settings",
    ),
    Mistake(
        "a router id taken twice",
        ADM,
        (
            Edit(CORE, "router ospf 1", "router-id 10.17.255.1", "router-id 10.10.255.11"),
            Edit(CORE, f"interface {gi(24)}", "", "shutdown"),
        ),
        S,
        "have the same OSPF router id 10.10.255.11",
    ),
    Mistake(
        "uplinks in no common network",
        ADM,
        (
            Edit(
                CORE,
                f"interface {gi(23)}",
                "ip address 10.10.250.69 255.255.255.254",
                "ip address 10.10.250.75 255.255.255.254",
            ),
            Edit(CORE, f"interface {gi(24)}", "", "shutdown"),
        ),
        S,
        "takes no part in OSPF",
    ),
    Mistake("uplinks shut", ADM, uplinks("", "shutdown"), S, f"{CORE} interface {gi(23)}: shutdown"),
    Mistake(
        "a route to nowhere",
        ADM,
        (Edit(CORE, "", "", "ip route 10.10.1.0 255.255.255.0 Null0"),),
        S,
        f"{CORE} drops what is for 10.10.1.0/24, by a static route to nowhere",
    ),
    Mistake(
        "a route to whom does not route",
        ADM,
        (Edit(CORE, "", "", "ip route 10.10.1.11 255.255.255.255 10.17.0.11"),),
        S,
        "loppa-acc-01: IP routing is off",
    ),
    Mistake(
        "a route to an address of nobody's",
        ADM,
        (Edit(CORE, "", "", "ip route 10.10.1.11 255.255.255.255 10.17.0.9"),),
        S,
        f"no switch has 10.17.0.9, looked for in VLAN 100 of {CORE}",
    ),
    Mistake(
        "a loop",
        ADM,
        (Edit(LEAF, "", "", "ip route 10.17.8.0/21 10.10.251.145"),),
        S,
        f"on the way back: a loop of routes for 10.17.8.10: {LEAF}, alta-spine-01, {LEAF}",
    ),
    Mistake(
        "a route for half of a zone",
        ADM,
        (Edit(LEAF, "", "", "ip route 10.17.12.0/24 Null0"),),
        U,
        f"in part: {LEAF} drops what is for 10.17.12.0/24",
    ),
    Mistake("no routing", ADM, (Edit(CORE, "", "ip routing"),), S, f"{CORE}: IP routing is off"),
    Mistake(
        "EOS: a wrong default gateway",
        SSH,
        (Edit("loppa-acc-03", "", "ip route 0.0.0.0/0 10.17.0.1", "ip route 0.0.0.0/0 10.17.0.9"),),
        S,
        "on the way back: no switch has 10.17.0.9, looked for in VLAN 100 of loppa-acc-03",
    ),
    Mistake(
        "ProCurve: no default gateway",
        ("centre-control-01", "loppa-acc-07", "tcp/22"),
        (Edit("loppa-acc-07", "", "ip default-gateway 10.17.0.1"),),
        S,
        "on the way back: no route to 10.10.1.20 on loppa-acc-07",
    ),
    Mistake(
        "ProCurve: another address",
        ("centre-control-01", "loppa-acc-07", "icmp"),
        (
            Edit(
                "loppa-acc-07",
                "vlan 100",
                "ip address 10.17.2.107 255.255.248.0",
                "ip address 10.17.2.109 255.255.248.0",
            ),
        ),
        S,
        "loppa-acc-07 does not have 10.17.2.107",
    ),
    Mistake(
        "a list before the login",
        ("centre-control-01", "loppa-acc-01", "tcp/22"),
        (
            Edit("loppa-acc-01", "line vty 0 4", "", "access-class 10 in"),
            Edit("loppa-acc-01", "", "", "access-list 10 permit 10.9.9.9"),
        ),
        S,
        "loppa-acc-01 itself: 10: no row permits it",
    ),
    Mistake(
        "routing by a policy",
        ADM,
        (Edit(CORE, "interface Vlan110", "", "ip policy route-map PROXY"),),
        U,
        f"{CORE} Vlan110 in: ip policy route-map PROXY, which is not read and may drop it",
    ),
    Mistake(
        "a list before the login that names a switch",
        ("centre-control-01", "loppa-acc-01", "tcp/22"),
        (
            Edit("loppa-acc-01", "line vty 0 4", "", "access-class 110 in"),
            Edit("loppa-acc-01", "", "", "access-list 110 permit tcp any host 10.17.0.11 eq 22"),
        ),
        U,
        "loppa-acc-01 itself: 110: ",
    ),
    Mistake(
        "telnet alone",
        ("centre-control-01", "loppa-acc-01", "tcp/22"),
        (Edit("loppa-acc-01", "line vty 0 4", "transport input ssh", "transport input telnet"),),
        S,
        "loppa-acc-01: SSH is closed by line vty 0 4: transport input telnet",
    ),
    Mistake(
        "ways out that are not told",
        WORLD,
        tuple(Edit(leaf, "router ospf 1", "default-information originate") for leaf in EXITS),
        S,
        f"no route to 8.8.8.8 on {CORE}",
    ),
    Mistake(
        "ways out that are shut",
        WORLD,
        tuple(Edit(leaf, "interface Ethernet40", "", "shutdown") for leaf in EXITS),
        S,
        f"no route to 8.8.8.8 on {CORE}",
    ),
    Mistake(
        "exits that let no answer in",
        WORLD,
        tuple(
            Edit(leaf, f"ip access-list EXIT-{half}-INTERNET-IN", "190 permit tcp any eq https any established")
            for leaf, half in EXITS.items()
        ),
        S,
        "INTERNET-IN: no row permits it",
    ),
)
