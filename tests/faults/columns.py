"""The columns of the matrix: a switch each, what somebody edits on it, and at which commands a fault can strike."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One kind of session with one kind of switch.

    ``candidate``: the command with which the change comes to the switch; ``line``: a line of it, as it is written (more
    than one matches: the first counts); ``commit``: the command after which all of it runs; ``confirm``: the one that
    makes it stay. Expressions for the lab's ``fault``. ``other``: what somebody else configures meanwhile. ``port``: a
    client's, in the form of the configuration; ``moves``: lines that let it live elsewhere, so that the change brings
    it back; ``down`` and ``up``: those that take its link down, and let it come up.
    """

    name: str
    switch: str
    edits: tuple[str, ...]
    candidate: str
    line: str
    commit: str
    confirm: str
    refused: str = "snmp-server location"
    words: str = "Invalid input"  # the switch's own, for a line that it refuses
    other: tuple[str, ...] = ("vlan 778", "name SOMEBODY", "exit")
    other_gone: tuple[str, ...] = ("no vlan 778",)
    port: str = "GigabitEthernet1/0/4"
    moves: tuple[str, ...] = ("interface GigabitEthernet1/0/4", "switchport access vlan 777", "exit")
    down: str = "shutdown"
    up: str = "no shutdown"


_DRIFT = ("ntp server 10.9.9.9", "vlan 777", "name HAND", "exit", "snmp-server location nowhere")
IOS = Column(
    "IOS",
    "loppa-acc-06",
    ("interface GigabitEthernet1/0/20", "description by hand", "exit", *_DRIFT),
    candidate="^(scp -t|configure replace)",  # no file is sent that is there already
    line="^(no )?(ntp server|vlan|description|snmp-server location)",
    commit="^configure replace",
    confirm="^configure confirm",
)
EOS = Column(
    "EOS",
    "loppa-acc-05",
    ("interface Ethernet5", "description by hand", "exit", *_DRIFT),
    candidate="^configure session",
    line="^(ntp server|vlan|description|snmp-server location)",
    commit="commit timer",
    confirm="^configure session \\S+ commit$",
    port="Ethernet4",
    moves=("interface Ethernet4", "switchport trunk native vlan 777", "exit"),
)
PROCURVE = Column(
    "ProCurve",
    "loppa-acc-07",
    ("interface 3", 'name "by hand"', "exit", "logging 10.9.9.9", "vlan 777", 'name "HAND"', "exit",
     'snmp-server location "nowhere"'),
    candidate="^reload after",
    line="^(no )?(logging|vlan|interface|snmp-server location)",
    commit="^end$",  # out of the configuration, after the last line
    confirm="^no reload",
    words="Invalid",
    port="4",
    moves=("vlan 777", "untagged 4", "exit"),
    down="disable",
    up="enable",
)  # fmt: skip
# The archive is off, so that a scheduled reload protects the change.
IOS_RELOAD = Column(
    "IOS (r)",
    "loppa-acc-02",
    (*IOS.edits, "no archive"),
    candidate=IOS.candidate,
    line=IOS.line,
    commit="^configure replace flash",
    confirm="^reload cancel",
)
# The API is off, so that everything goes through the command line.
EOS_SSH = Column(
    "EOS (s)",
    "loppa-acc-03",
    (*EOS.edits, "management api http-commands", "shutdown", "exit"),
    candidate=EOS.candidate,
    line=EOS.line,
    commit=EOS.commit,
    confirm=EOS.confirm,
    port=EOS.port,
    moves=("interface Ethernet4", "switchport access vlan 777", "exit"),
)
PLATFORMS = (IOS, EOS, PROCURVE)
ALL = (*PLATFORMS, IOS_RELOAD, EOS_SSH)
