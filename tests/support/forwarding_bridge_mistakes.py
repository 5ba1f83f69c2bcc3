"""Mistakes in VLANs, trunks and ports."""

from tests.support.forwarding_mistakes import ADM, CORE, LEAF, SANDLAND, SCHOOL, TRUNK, Mistake, S, U, gi
from tests.support.forwarding_region import Edit

BRIDGES = (
    Mistake(
        "a trunk without the VLAN",
        ADM,
        (Edit("loppa-acc-01", f"interface {gi(49)}", TRUNK, "without 110"),),
        S,
        f"trunk loppa-acc-01 {gi(49)} does not carry VLAN 110",
    ),
    Mistake(
        "EOS: a trunk without the VLAN",
        SCHOOL,
        (Edit("loppa-acc-03", "interface Ethernet25", TRUNK, "without 120"),),
        S,
        "trunk loppa-acc-03 Ethernet25 does not carry VLAN 120",
    ),
    Mistake(
        "the core's trunk without the VLAN",
        SCHOOL,
        (Edit(CORE, f"interface {gi(2)}", TRUNK, "without 120"),),
        S,
        f"trunk {CORE} {gi(2)} does not carry VLAN 120",
    ),
    Mistake(
        "a trunk to one behind another",
        SCHOOL,
        (Edit("loppa-acc-03", "interface Ethernet26", TRUNK, "without 120"),),
        S,
        "trunk loppa-acc-03 Ethernet26 does not carry VLAN 120",
        ("loppa-acc-04",),
    ),
    Mistake(
        "ProCurve: a trunk without the VLAN",
        SANDLAND,
        (Edit("loppa-acc-07", "vlan 120", "tagged 25"),),
        S,
        "trunk loppa-acc-07 port 25 does not carry VLAN 120",
    ),
    Mistake(
        "ProCurve: an untagged uplink",
        SANDLAND,
        (Edit("loppa-acc-07", "vlan 120", "tagged 25", "untagged 25"),),
        S,
        f"trunk {CORE} {gi(5)} has VLAN 120 tagged, and loppa-acc-07 port 25 untagged (native)",
    ),
    Mistake(
        "a VLAN missing", SCHOOL, (Edit("loppa-acc-03", "", "vlan 120", "vlan 121"),), S, "loppa-acc-03 has no VLAN 120"
    ),
    Mistake(
        "a VLAN missing on the core", SCHOOL, (Edit(CORE, "", "vlan 120", "vlan 121"),), S, f"{CORE} has no VLAN 120"
    ),
    Mistake(
        "a VLAN suspended",
        SCHOOL,
        (Edit("loppa-acc-03", "vlan 120", "", "state suspend"),),
        S,
        "loppa-acc-03 vlan 120: state suspend",
    ),
    Mistake(
        "a VLAN shut", ADM, (Edit("loppa-acc-01", "vlan 110", "", "shutdown"),), S, "loppa-acc-01 vlan 110: shutdown"
    ),
    Mistake(
        "a native mismatch",
        ADM,
        (Edit("loppa-acc-01", f"interface {gi(49)}", "", "switchport trunk native vlan 110"),),
        S,
        f"trunk {CORE} {gi(1)} has VLAN 110 tagged, and loppa-acc-01 {gi(49)} untagged (native)",
    ),
    Mistake(
        "a trunk shut",
        ADM,
        (Edit(CORE, f"interface {gi(1)}", "", "shutdown"),),
        S,
        f"{CORE} interface {gi(1)}: shutdown",
    ),
    Mistake(
        "a trunk that is none",
        ADM,
        (Edit("loppa-acc-01", f"interface {gi(49)}", "switchport mode trunk", "switchport mode access"),),
        S,
        f"trunk loppa-acc-01 {gi(49)} does not carry VLAN 110",
    ),
    Mistake(
        "a trunk with BPDU guard",
        ADM,
        (Edit(CORE, f"interface {gi(1)}", "", "spanning-tree bpduguard enable"),),
        S,
        f"{CORE} {gi(1)}: spanning-tree bpduguard enable, and a switch is there",
    ),
    Mistake(
        "root guard towards the root",
        ADM,
        (Edit("loppa-acc-01", f"interface {gi(49)}", "", "spanning-tree guard root"),),
        S,
        f"loppa-acc-01 {gi(49)}: spanning-tree guard root",
    ),
    Mistake(
        "a port in another VLAN",
        ADM,
        (Edit("loppa-acc-01", f"interface {gi(7)}", "switchport access vlan 110", "switchport access vlan 120"),),
        S,
        f"loppa-acc-01 {gi(7)} does not carry VLAN 110 untagged: it has VLAN 120 untagged",
        ("loppa-acc-01",),
    ),
    Mistake(
        "a port shut",
        SCHOOL,
        (Edit("loppa-acc-03", "interface Ethernet4", "", "shutdown"),),
        S,
        "loppa-acc-03 interface Ethernet4: shutdown",
        ("loppa-acc-03",),
    ),
    Mistake(
        "a port with 802.1X",
        SCHOOL,
        (Edit("loppa-acc-03", "interface Ethernet4", "", "dot1x port-control auto"),),
        U,
        "loppa-acc-03 Ethernet4 in: dot1x port-control auto, which is not read and may drop it",
        ("loppa-acc-03",),
    ),
    Mistake(
        "a phone without its VLAN",
        ("telephony@loppa-radhus", "centre-names-01", "udp/53"),
        (Edit("loppa-acc-02", f"interface {gi(3)}", "switchport voice vlan 140"),),
        S,
        f"loppa-acc-02 {gi(3)} does not carry VLAN 140 tagged",
        ("loppa-acc-02",),
    ),
    Mistake(
        "a server's port elsewhere",
        ADM,
        (Edit(LEAF, "interface Ethernet42", "switchport access vlan 200", "switchport access vlan 1"),),
        S,
        f"{LEAF} Ethernet42 does not carry VLAN 200 untagged: it has VLAN 1 untagged",
    ),
)
