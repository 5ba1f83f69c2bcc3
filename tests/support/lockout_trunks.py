"""What changes at a ProCurve's uplink of two cables, a trunk that stood there and let us in, and what that does."""

from tests.support.lockout_edits import becomes, gains, gone, top
from tests.support.lockout_verdicts import HARMLESS, LOCKS, UNKNOWN, procurve

TRUNK_LINE, TRUNK_IN_VLAN = "trunk 25,27 trk1 lacp", "tagged 26,Trk1"
TRUNKED = (
    top(TRUNK_LINE),
    becomes("tagged 25-26", TRUNK_IN_VLAN, within="vlan 100"),
    becomes("untagged 27-28", "untagged 28", within="vlan 999"),
    gone("disable", within="interface 27"),
)
TRUNK_ROWS = [
    procurve(HARMLESS, "another VLAN on the trunk", gains("vlan 777", 'name "TEST"', "tagged Trk1", "exit")),
    procurve(HARMLESS, "a name, and a cost", gains("interface Trk1", 'name "to the core"'),
        top("spanning-tree Trk1 priority 4", "spanning-tree Trk1 path-cost 20000")),
    procurve(HARMLESS, "a trunk of ports for clients", top("trunk 1-2 trk2 lacp"),
        gains("interface Trk2", "lacp key 7")),
    procurve(HARMLESS, "the trunks are trusted", top("arp-protect", "arp-protect vlan 100",
        "arp-protect trust 26,Trk1-Trk2")),
    procurve(LOCKS, "a member leaves the trunk", becomes(TRUNK_LINE, "trunk 25 trk1 lacp")),
    procurve(LOCKS, "the other member leaves it", becomes(TRUNK_LINE, "trunk 27 trk1 lacp")),
    procurve(LOCKS, "no trunk", gone(TRUNK_LINE)),
    procurve(LOCKS, "a port for clients in the trunk", becomes(TRUNK_LINE, "trunk 24-25,27 trk1 lacp")),
    procurve(LOCKS, "the trunk leaves the VLAN", becomes(TRUNK_IN_VLAN, "tagged 26", within="vlan 100")),
    procurve(LOCKS, "the VLAN untagged", becomes(TRUNK_IN_VLAN, "tagged 26", "untagged Trk1", within="vlan 100")),
    procurve(LOCKS, "its members in its place", becomes(TRUNK_IN_VLAN, "tagged 25-27", within="vlan 100")),
    procurve(LOCKS, "the trunk takes no switch", top("spanning-tree Trk1 bpdu-protection")),
    procurve(LOCKS, "the trunk takes no root", top("spanning-tree Trk1 root-guard")),
    procurve(LOCKS, "the trunk is off", gains("interface Trk1", "disable")),
    procurve(LOCKS, "a member is off", gains("interface 27", "disable")),
    procurve(LOCKS, "ARP of the gateway is not trusted", top("arp-protect", "arp-protect vlan 100",
        "arp-protect trust 25-27")),
    procurve(UNKNOWN, "the other end speaks LACP", becomes(TRUNK_LINE, "trunk 25,27 trk1 trunk")),
    procurve(UNKNOWN, "where an unused port leads", becomes(TRUNK_LINE, "trunk 25,27-28 trk1 lacp")),
    procurve(UNKNOWN, "a loop shuts the trunk", top("loop-protect 1-24,Trk1")),
    procurve(UNKNOWN, "a loop shuts a member", top("loop-protect 20-26,Trk2")),
    procurve(UNKNOWN, "no broadcasts, no ARP", gains("interface Trk1", "broadcast-limit 1")),
    procurve(UNKNOWN, "the other end has another key", gains("interface Trk1", "lacp key 7")),
]  # fmt: skip
