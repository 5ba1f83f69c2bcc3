"""Mistakes in access lists: rows, masks, sides and orders, there and on the way back."""

from tests.support.forwarding_mistakes import (
    ADM,
    ADM_LIST,
    ANY,
    CORE,
    DENY,
    EOS,
    EOS_CORE,
    GUEST,
    GUEST_LIST,
    LEAF,
    NAMES,
    SANDLAND,
    VLAN_MAP,
    Mistake,
    R,
    S,
    U,
    gi,
    uplinks,
)
from tests.support.forwarding_region import Edit

LISTS = (
    Mistake(
        "a missing entry", ADM, (Edit(CORE, ADM_LIST, NAMES),), S, f"{CORE} Vlan110 in: ZONE-ADMINISTRATION-IN: {DENY}"
    ),
    Mistake(
        "an order that shadows",
        ADM,
        (Edit(CORE, ADM_LIST, NAMES), Edit(CORE, ADM_LIST, "permit ip any any", f"permit ip any any\n{NAMES}")),
        S,
        f"ZONE-ADMINISTRATION-IN: {DENY}",
    ),
    Mistake(
        "a deny in front",
        ADM,
        (Edit(CORE, ADM_LIST, "", "deny udp any any"),),
        S,
        "ZONE-ADMINISTRATION-IN: deny udp any any",
    ),
    Mistake("a wrong port", ADM, (Edit(CORE, ADM_LIST, NAMES, NAMES.replace("domain", "54")),), S, DENY),
    Mistake("a wrong protocol", ADM, (Edit(CORE, ADM_LIST, NAMES, NAMES.replace("udp", "tcp")),), S, DENY),
    Mistake("another host", ADM, (Edit(CORE, ADM_LIST, NAMES, NAMES.replace("1.11", "1.12")),), S, DENY),
    Mistake(
        "half of the zone",
        ADM,
        (Edit(CORE, ADM_LIST, NAMES, NAMES.replace("any host", "10.17.8.0 0.0.3.255 host")),),
        U,
        "permit udp 10.17.8.0 0.0.3.255 host 10.10.1.11 eq domain",
    ),
    Mistake("at night alone", ADM, (Edit(CORE, ADM_LIST, NAMES, f"{NAMES} time-range NIGHT"),), U, "time-range NIGHT"),
    Mistake(
        "a few ports of many",
        ("administration@loppa-radhus", "centre-names-01", "tcp/5000-5010"),
        (
            Edit(
                CORE,
                ADM_LIST,
                "permit tcp any host 10.10.1.11 range 5000 5010",
                "permit tcp any host 10.10.1.11 range 5000 5009",
            ),
        ),
        U,
        "range 5000 5009",
    ),
    Mistake(
        "a list on the wrong side",
        ADM,
        (
            Edit(
                CORE,
                "interface Vlan110",
                "ip access-group ZONE-ADMINISTRATION-IN in",
                "ip access-group ZONE-ADMINISTRATION-IN out",
            ),
        ),
        S,
        f"on the way back: {CORE} Vlan110 out: ZONE-ADMINISTRATION-IN: {DENY}",
    ),
    Mistake(
        "another zone's list",
        ADM,
        (
            Edit(CORE, GUEST_LIST, NAMES),
            Edit(
                CORE,
                "interface Vlan110",
                "ip access-group ZONE-ADMINISTRATION-IN in",
                "ip access-group ZONE-GUEST-IN in",
            ),
        ),
        S,
        f"{CORE} Vlan110 in: ZONE-GUEST-IN: {DENY}",
    ),
    Mistake(
        "an entry too wide",
        GUEST,
        (Edit(CORE, GUEST_LIST, "", "permit tcp any any"),),
        R,
        "ZONE-GUEST-IN: permit tcp any any",
        before=S,
    ),
    Mistake(
        "a mask too wide",
        GUEST,
        (Edit(CORE, GUEST_LIST, NAMES, "permit ip any 10.10.1.11 0.255.255.255"),),
        R,
        "permit ip any 10.10.1.11 0.255.255.255",
        before=S,
    ),
    Mistake(
        "one host too many",
        GUEST,
        (Edit(CORE, GUEST_LIST, "", "permit tcp host 10.17.64.99 any"),),
        U,
        "permit tcp host 10.17.64.99 any",
        before=S,
    ),
    Mistake(
        "no list at the gateway",
        GUEST,
        (Edit(CORE, "interface Vlan160", "ip access-group ZONE-GUEST-IN in"),),
        R,
        "ZONE-OPERATIONS-IN: permit tcp any any established",
        before=S,
    ),
    Mistake(
        "a list that is not there",
        GUEST,
        (Edit(CORE, "interface Vlan160", "ip access-group ZONE-GUEST-IN in", "ip access-group ZONE-GEST-IN in"),),
        R,
        "ZONE-OPERATIONS-IN: permit tcp any any established",
        before=S,
    ),
    Mistake(
        "a list on an uplink",
        ADM,
        tuple(
            edit
            for leaf in (LEAF, "hammerfest-leaf-01")
            for edit in (
                Edit(leaf, "interface Ethernet7", "", "ip access-group BLOCK in"),
                Edit(
                    leaf,
                    "",
                    "",
                    "\n".join(
                        [
                            "ip access-list BLOCK",
                            "   10 permit ospf any any",
                            "   20 deny udp any any eq domain",
                            "   30 permit ip any any",
                        ]
                    ),
                ),
            )
        ),
        S,
        f"{LEAF} Ethernet7 in: BLOCK: 20 deny udp any any eq domain",
    ),
    Mistake(
        "OSPF stopped on both uplinks",
        ADM,
        (
            *uplinks("", "ip access-group LINK in"),
            Edit(CORE, "", "", "ip access-list extended LINK\n permit tcp any any\n permit udp any any"),
        ),
        S,
        f"{CORE}: {CORE} interface {gi(23)}: ip access-group LINK in has no row that permits it",
    ),
    Mistake(
        "EOS: a missing entry",
        EOS,
        (Edit(EOS_CORE, "ip access-list ZONE-ADMINISTRATION-IN", f"20 {NAMES}"),),
        S,
        f"{EOS_CORE} Vlan110 in: ZONE-ADMINISTRATION-IN: 50 {DENY}",
    ),
    Mistake(
        "EOS: a number in front",
        EOS,
        (
            Edit(
                EOS_CORE,
                "ip access-list ZONE-ADMINISTRATION-IN",
                "60 permit ip any any",
                "60 permit ip any any\n  5 deny udp any any eq domain",
            ),
        ),
        S,
        "5 deny udp any any eq domain",
    ),
    Mistake(
        "ProCurve: a list on a VLAN",
        SANDLAND,
        (
            Edit("loppa-acc-07", "vlan 120", "", 'ip access-group "PUPILS" vlan-in'),
            Edit(
                "loppa-acc-07",
                "",
                "",
                f'ip access-list extended "PUPILS"\n   10 permit tcp {ANY} {ANY}\n   exit',
            ),
        ),
        S,
        "loppa-acc-07 VLAN 120: PUPILS: no row permits it",
    ),
    Mistake(
        "ProCurve: a list on one port",
        SANDLAND,
        (
            Edit("loppa-acc-07", "interface 4", "", 'ip access-group "NONE" in'),
            Edit(
                "loppa-acc-07",
                "",
                "",
                f'ip access-list extended "NONE"\n   10 deny udp {ANY} {ANY}\n   20 permit ip {ANY} {ANY}\n   exit',
            ),
        ),
        S,
        "loppa-acc-07 port 4 in: NONE: 10 deny udp",
        ("loppa-acc-07",),
    ),
    Mistake(
        "a VLAN map",
        ADM,
        (
            Edit(
                "loppa-acc-01",
                "",
                "",
                VLAN_MAP,
            ),
        ),
        S,
        "loppa-acc-01 VLAN 110: QUIET: vlan access-map QUIET 10: permit udp any any eq domain",
    ),
    Mistake(
        "no way back for UDP",
        ADM,
        (
            Edit(LEAF, "interface Vlan200", "ip access-group ZONE-SERVICES-IN in", "ip access-group BACK in"),
            Edit(LEAF, "", "", "ip access-list BACK\n   10 permit tcp any any established\n   20 permit icmp any any"),
        ),
        S,
        f"on the way back: {LEAF} Vlan200 in: BACK: no row permits it",
    ),
    Mistake(
        "a way back for answers alone",
        ("administration@loppa-radhus", "centre-names-01", "tcp/5000-5010"),
        (
            Edit(LEAF, "interface Vlan200", "ip access-group ZONE-SERVICES-IN in", "ip access-group BACK in"),
            Edit(LEAF, "", "", "ip access-list BACK\n   10 permit tcp any any established"),
        ),
        R,
        "BACK: 10 permit tcp any any established",
    ),
)
