"""What ProCurve tells of its health, against texts laid out as switches print them."""

import contextlib
import random
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

import pytest

from nornir_tasks.core.errors import FellesdriftError, PlatformError
from nornir_tasks.platforms.common.health_state import (
    NO_LIGHT_DBM,
    DeviceHealth,
    Optics,
    PartState,
    PortCondition,
    PortHealth,
    PowerBudget,
    Route,
    SpanningTree,
    Temperature,
    TimeState,
)
from nornir_tasks.platforms.procurve import health

UNKNOWN = "Invalid input: whatever\n"

BRIEF = """
 Status and Counters - Port Status

                          | Intrusion                           MDI  Flow Bcast
  Port         Type       | Alert     Enabled Status Mode       Mode Ctrl Limit
  ------------ ---------- + --------- ------- ------ ---------- ---- ---- -----
  1            100/1000T  | No        Yes     Up     1000FDx    MDIX off  0
  2            100/1000T  | No        Yes     Down   1000FDx    Auto off  0
  3            100/1000T  | No        No      Down   1000FDx    Auto off  0
  4            100/1000T  | No        Yes     Down   1000FDx    Auto off  0
  26                      | No        Yes     Down   .               off  0
  27-Trk1      1000LX     | No        Yes     Up     1000FDx    NA   off  0
  28*          1000SX     | Yes       Yes     Up     1000FDx    NA   off  0
"""
COUNTERS = """
 Status and Counters - Port Counters

                                                                 Flow Bcast
  Port         Total Bytes    Total Frames   Errors Rx Drops Tx  Ctrl Limit
  ------------ -------------- -------------- --------- --------- ---- -----
  1            39,808,402     1,133,118      0         1,204     off  0
  2            0              0              0         0         off  0
  27-Trk1      4,294,967,295  3,123,456,789  12,345    0         off  0
  28*          1,000          10             7         3         off  0
"""
DAMAGED = """
 Status and Counters - Port Counters for port 27

  Name  : To the cellar
  MAC Address      : 0050b6-1a2b3c
  Link Status      : Up
  Port Enabled     : Yes
  Totals (Since boot or last clear) :
   Bytes Rx        : 4,294,967,295      Bytes Tx        : 24,133
  Errors (Since boot or last clear) :
   FCS Rx          : 12,001             Drops Tx        : 0
   Alignment Rx    : 0                  Collisions Tx   : 0
   Runts Rx        : 0                  Late Colln Tx   : 0
   Total Rx Errors : 12,345             Deferred Tx     : 0

 Status and Counters - Port Counters for port 28

  Errors (Since boot or last clear) :
   FCS Rx          : 0                  Drops Tx        : 3
   Total Rx Errors : 7                  Deferred Tx     : 0
"""
PROTECTION = """
 Status and Counters - STP BPDU Protection Information

 BPDU Protection Timeout (sec) : 0
 BPDU Protected Ports : 2,4

  Port   Type      Protection State             Errant BPDUs
  ------ --------- ---------- ----------------- ------------
  1      100/1000T No                           0
  2      100/1000T Yes                          0
  4      100/1000T Yes        Bpdu Error        11
"""
OPTICS = """
Transceiver in 26
   Interface Index    : 26
   Type               : 1000LX
   Diagnostic Support : DOM

 Status
   Temperature : 30.562C
   Tx Power    : 0.3324mW, -4.783dBm
   Rx Power    : 0.0000mW, -40.000dBm

 Recent Alarms:

   Rx power low alarm

Transceiver in 27
   Type               : 1000LX
   Diagnostic Support : DOM

 Status
   Tx Power    : 0.3324mW, -4.783dBm
   Rx Power    : 0.2728mW, -5.641dBm

 Recent Alarms:

Transceiver in 28
   Type               : 1000SX
   Diagnostic Support : None
"""
LOG = """ Keys:   W=Warning   I=Information
         M=Major     D=Debug E=Error
----  Reverse event Log listing: Events Since Boot  ----
I 12/01/26 04:59:30 00076 ports: port 27 is now on-line
I 12/01/26 04:59:00 00077 ports: port 27 is now off-line
I 11/30/26 05:00:00 00077 ports: port 2 is now off-line
I 01/01/90 00:00:12 00076 ports: port 28 is now on-line
W 12/01/26 04:00:00 00329 FFI: port 1-Excessive undersized/giant packets.
I 12/01/26 06:00:00 00076 ports: port 1 is now on-line
"""
CLOCK = "Tue Dec  1 05:00:00 2026\n"
PORTS = {
    "ports": BRIEF, "counters": COUNTERS, "damaged ports": DAMAGED, "protection": PROTECTION, "optics": OPTICS,
    "link changes": LOG, "clock": CLOCK,
}  # fmt: skip

SYSTEM = """
 Status and Counters - General System Information

  System Name        : cellar-1
  System Contact     :
  MAC Age Time (sec) : 300

  Software revision  : YA.16.10.0023        Base MAC Addr      : 0050b6-1a2b3c
  ROM Version        : YA.15.20             Serial Number      : CN00LAB001

  Up Time            : 55 days              Memory   - Total   : 67,108,864
  CPU Util (%)       : 4                             Free    : 16,777,216

  IP Mgmt  - Pkts Rx : 41,874               Packet   - Total   : 3000
             Pkts Tx : 39,125               Buffers    Free    : 2892
"""
CPU = "\n7/100 busy, for past 300 sec\n\n"
HEAT = """
 System Air Temperatures
  Temp    Current  Max   Min                        Avg
  Sensor  Temp     Temp  Temp  Threshold  OverTemp  Temp
  ------- -------- ----- ----- ---------- --------- -------
  Chassis 31C      33C   27C   55C        NO        29.46C
  Sys-2   28C      30C   -3C   55C        NO        27.00C
"""
FANS = """
Fan Information
  Num  | State       | Failures | Location
-------+-------------+----------+----------
Sys-1  | Fan OK      |   0      | Chassis
Sys-2  | Fan Failed  |   1      | Chassis
Sys-3  | Fan Removed |   0      | Chassis

1 / 3 Fans in Failure State
1 / 3 Fans have been in Failure State
"""
SUPPLIES = """
Power Supply Status:

 PS#    Model      Serial          State         AC/DC  + V    Wattage
 ---- --------- ------------ ----------------- -------------- ---------
   1  J9737A    CN00LAB002   Powered           AC 120V/240V         40
   2                         Not Present       -- ---------          0
   3  J9737A    CN00LAB003   Failed            AC 120V/240V          0

   1 /  3 supply bays delivering power.
   Total power: 40 W
"""
POE = """
 Status and Counters - System Power Status

  System Power Status    : No redundancy
  PoE Power Status       : No redundancy

 Chassis power-over-ethernet:

  Total Available Power  :  382 W
  Total Failover Pwr Avl :    0 W
  Total Redundancy Power :    0 W
  Total Power Drawn      :   45 W +/- 6W
  Total Power Reserved   :   45 W
  Total Remaining Power  :  337 W
"""
DEVICE = {
    "system": SYSTEM, "processor": CPU, "temperature": HEAT, "fans": FANS, "power supplies": SUPPLIES, "power": POE,
}  # fmt: skip

SNTP = """
 SNTP Configuration

  SNTP Authentication : Disabled
  Time Sync Mode: {mode}
  SNTP Mode : Unicast
  Poll Interval (sec) [720] : 720
"""
PACKETS = """
 SNTP Statistics

  Received Packets : {count}
  Sent Packets     : 42
  Dropped Packets  : 0
"""
NTP = """
 NTP Status Information

  NTP Status             : Enabled         NTP Mode         : Unicast
  Synchronization Status : Synchronized    Peer Dispersion  : 0.00000 sec
  Stratum Number         : 3               Leap Direction   : 0
  Reference Assoc ID     : 0               Clock Offset     : -0.00312 sec
  Reference              : 10.0.16.1       Root Delay       : 0.00125 sec
  Precision              : 2**-18          Root Dispersion  : 0.10234 sec
"""
TIME = {"time source": SNTP.format(mode="Ntp"), "time packets": UNKNOWN, "time": NTP}

TREE = """
 Multiple Spanning Tree (MST) Information

  STP Enabled   : Yes
  Force Version : MSTP-operation
  IST Mapped VLANs : 1-4094
  Switch MAC Address : 0050b6-1a2b3c
  Switch Priority    : 32768
  Max Age  : 20

  Topology Change Count  : {count}
  Time Since Last Change : {since}

  CST Root MAC Address : 001c73-2795a2
  CST Root Priority    : 4096
  CST Root Path Cost   : 20000
  CST Root Port        : {port}

  Root Guard Ports     :
"""
ROUTES = """
                                IP Route Entries

  Destination        Gateway         VLAN Type      Sub-Type   Metric     Dist.
  ------------------ --------------- ---- --------- ---------- ---------- -----
  0.0.0.0/0          10.0.16.1       20   static               1          1
  10.0.16.0/24       MGMT VLAN       20   connected            1          0
  10.8.0.0/16        10.0.16.2       20   ospf      IntraArea  2          110
  10.8.9.0/24        reject               static               0          0
  127.0.0.0/8        reject               static               0          0
  127.0.0.1/32       lo0                  connected            1          0
"""


def answering(answers: Mapping[str, str], **other: str) -> health.Show:
    """Answers commands by their names: as given, or that it knows no such command."""
    by_name = {**answers, **{name.replace("_", " "): text for name, text in other.items()}}
    return lambda name, _ports: by_name.get(name, UNKNOWN)


def test_ports() -> None:
    up, no_link, closed, disabled = (
        PortCondition.UP, PortCondition.NO_LINK, PortCondition.CLOSED, PortCondition.DISABLED
    )  # fmt: skip
    assert health.read_ports(answering(PORTS)) == {
        # The log has port 1 change later than now, and port 28 before the clock was set: neither tells an age.
        "1": PortHealth(up, None, None, 0, 0, 1204, None),
        "2": PortHealth(no_link, None, 86400, 0, 0, 0, None),
        "3": PortHealth(closed, None, None, None, None, None, None),
        "4": PortHealth(disabled, "bpdu-protection", None, None, None, None, None),
        "26": PortHealth(no_link, None, None, None, None, None, Optics(NO_LIGHT_DBM, True)),
        "27": PortHealth(up, None, 30, 12345, 12001, 0, Optics(-5.641, False)),
        "28": PortHealth(up, None, None, 7, 0, 3, None),
    }


def test_what_is_asked_of_which_ports() -> None:
    asked: list[tuple[str, str]] = []

    def show(name: str, ports: str) -> str:
        asked.append((name, ports))
        return PORTS[name]

    health.read_ports(show)
    assert [about for about in asked if about[1]] == [("damaged ports", "27,28"), ("protection", "1-28")]


def test_ports_of_a_switch_that_knows_no_other_command() -> None:
    ports = health.read_ports(answering({"ports": BRIEF}))
    assert ports["1"] == PortHealth(PortCondition.UP, None, None, None, None, None, None)
    assert ports["4"].condition is PortCondition.NO_LINK


def test_a_module_s_and_a_member_s_ports_are_named_as_in_the_configuration() -> None:
    head = BRIEF[: BRIEF.index("  1 ")]
    rows = (
        "  A8*          10GbE-GEN  | No        Yes     Up     1000FDx    NA   off  0\n"
        "  1/28-Trk1    1000SX     | No        Yes     Up     1000FDx    NA   off  0\n"
    )
    assert list(health.read_ports(answering({"ports": head + rows}))) == ["A8", "1/28"]


@pytest.mark.parametrize("text", ["", UNKNOWN, BRIEF[: BRIEF.index("  1 ")]])
def test_no_row_of_ports_is_an_error(text: str) -> None:
    with pytest.raises(PlatformError, match=r"^show interfaces brief: "):
        health.read_ports(answering(PORTS, ports=text))


@pytest.mark.parametrize(
    ("power", "alarm", "optics"),
    [
        ("0.2728mW, -5.641dBm", "", Optics(-5.641, False)),
        ("0.0010mW, -28.000dBm", "Rx power low alarm", Optics(-28.0, True)),
        ("0.0010mW, -28.000dBm", "Rx power low warning", Optics(-28.0, False)),
        ("0.0000mW, -infdBm", "", Optics(NO_LIGHT_DBM, True)),
        ("0.0012mW, **dBm", "", None),
        ("N/A", "", None),
    ],
)
def test_received_light(power: str, alarm: str, optics: Optics | None) -> None:
    text = f"\nTransceiver in A1\n\n Status\n   Rx Power    : {power}\n\n Recent Alarms:\n\n   {alarm}\n\n"
    assert health.read_optics(text) == ({"A1": optics} if optics else {})


def test_without_a_clock_there_are_no_ages() -> None:
    assert health.read_link_ages(LOG, UNKNOWN) == {}
    assert health.read_link_ages(LOG, "Mon Jan  1 00:01:12 1990\n") == {"28": 60}
    assert health.read_link_ages(LOG, "Tue Abc  1 05:00:00 2026\n") == {}
    # A date that is none leaves the others.
    assert health.read_link_ages(LOG.replace("11/30/26", "13/41/26"), CLOCK).keys() == {"27"}


def test_device() -> None:
    assert health.read_device(answering(DEVICE)) == DeviceHealth(
        uptime_seconds=55 * 86400,
        restart_reason=None,
        processor_percent=7,
        memory_percent=75,
        temperature=Temperature(True, 31),
        fans=(("Sys-1", PartState.GOOD), ("Sys-2", PartState.FAILED), ("Sys-3", PartState.ABSENT)),
        power_supplies=(("1", PartState.GOOD), ("2", PartState.ABSENT), ("3", PartState.FAILED)),
        power_budget=PowerBudget(382.0, 45.0),
    )


def test_a_switch_that_knows_no_command_tells_nothing() -> None:
    nothing = answering({})
    assert health.read_device(nothing) == DeviceHealth(*[None] * 8)
    assert health.read_time(nothing) is None
    assert health.read_spanning_trees(UNKNOWN) is None
    with pytest.raises(PlatformError, match=r"^show ip route: "):
        health.read_route(UNKNOWN, "10.0.0.1")


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("2 percent busy, from 300 sec ago\n1 percent busy, from 5 sec ago\n", 2),
        ("\n97/100 busy, for past 300 sec\n", 97),
        ("1 percent busy, from 5 sec ago\n", None),
    ],
)
def test_the_processor_over_five_minutes(text: str, percent: int | None) -> None:
    assert health.read_device(answering({"processor": text})).processor_percent == percent


@pytest.mark.parametrize(
    ("span", "seconds"), [("2 hours", 7200), ("12 mins", 720), ("41 secs", 41), ("1 days", 86400), ("", 0)]
)
def test_spans(span: str, seconds: int) -> None:
    assert health.read_span(span) == seconds


def test_one_sensor_over_its_limit_is_too_hot() -> None:
    hot = HEAT.replace("28C      30C   -3C   55C        NO ", "57C      57C   -3C   55C        YES")
    assert health.read_temperature(hot) == Temperature(False, 57)


def test_a_switch_without_fans() -> None:
    assert health.read_fans("\nFan Information\n\n0 / 0 Fans in Failure State\n") == ()
    assert health.read_fans("\nFan Information\n\n0 / 2 Fans in Failure State\n") is None


def test_power_supplies_that_are_not_numbered_are_none() -> None:
    assert health.read_power_supplies(SUPPLIES[: SUPPLIES.index("   1 ")]) is None


OUT_OF_STEP = TimeState(False, None, None, None)


@pytest.mark.parametrize(
    ("mode", "packets", "status", "state"),
    [
        ("Ntp", UNKNOWN, NTP, TimeState(True, "10.0.16.1", 3, -0.00312)),
        ("Ntp", UNKNOWN, NTP.replace(": Synchronized ", ": Not Synchronized "), OUT_OF_STEP),
        ("Ntp", UNKNOWN, UNKNOWN, None),
        ("Sntp", PACKETS.format(count=0), UNKNOWN, OUT_OF_STEP),
        ("Sntp", PACKETS.format(count=41), UNKNOWN, None),
        ("Sntp", UNKNOWN, UNKNOWN, None),
        ("None", UNKNOWN, UNKNOWN, OUT_OF_STEP),
        ("Disabled", UNKNOWN, UNKNOWN, OUT_OF_STEP),
        ("Timep", UNKNOWN, UNKNOWN, None),
    ],
)
def test_time(mode: str, packets: str, status: str, state: TimeState | None) -> None:
    answers = {"time source": SNTP.format(mode=mode), "time packets": packets, "time": status}
    assert health.read_time(answering(answers)) == state


@pytest.mark.parametrize(
    ("count", "since", "port", "tree"),
    [
        ("1,042", "3 days", "27", SpanningTree("CST", "00:1c:73:27:95:a2", 4096, False, "27", 1042, 259200)),
        ("2", "14 mins", "Trk1", SpanningTree("CST", "00:1c:73:27:95:a2", 4096, False, "Trk1", 2, 840)),
        ("7", "2 hours", "This switch is root", SpanningTree("CST", "00:1c:73:27:95:a2", 4096, True, None, 7, 7200)),
        ("0", "9 days", "A24", SpanningTree("CST", "00:1c:73:27:95:a2", 4096, False, "A24", 0, None)),
        ("", "", "27", SpanningTree("CST", "00:1c:73:27:95:a2", 4096, False, "27", None, None)),
    ],
)
def test_spanning_tree(count: str, since: str, port: str, tree: SpanningTree) -> None:
    assert health.read_spanning_trees(TREE.format(count=count, since=since, port=port)) == (tree,)


def test_spanning_tree_switched_off_or_told_in_another_form() -> None:
    title = "\n Multiple Spanning Tree (MST) Information\n\n"
    assert health.read_spanning_trees(f"{title}  STP Enabled   : No\n") == ()
    assert health.read_spanning_trees(f"{title}  STP Enabled [No] : No\n") == ()
    assert health.read_spanning_trees(f"{title}  STP Enabled   : Yes\n  Mode : RPVST\n") is None


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("192.0.2.1", Route("0.0.0.0/0", "static", ("10.0.16.1",))),
        ("10.0.16.77", Route("10.0.16.0/24", "connected", ())),
        ("10.8.1.1", Route("10.8.0.0/16", "ospf", ("10.0.16.2",))),
        ("10.8.9.1", Route("10.8.9.0/24", "static", ())),
        ("127.0.0.1", Route("127.0.0.1/32", "connected", ())),
    ],
)
def test_the_most_specific_route(address: str, route: Route) -> None:
    assert health.read_route(ROUTES, address) == route


def test_no_route_leads_there() -> None:
    assert health.read_route(ROUTES.replace("0.0.0.0/0  ", "172.16.0.0/12"), "192.0.2.1") is None


def damage(text: str, chance: random.Random) -> str:
    """A text with a few letters lost, doubled or changed, sometimes without its start."""
    letters = list(text)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(["", letters[place] * 2, chance.choice("0123456789-:,./|* \n%~éYNUD"), "\r\n"])
    start = chance.randrange(len(letters)) if chance.random() < 0.1 else 0
    return "".join(letters[start:])


READINGS: list[tuple[Callable[[health.Show], Any], Mapping[str, str], tuple[type, ...]]] = [
    (health.read_ports, PORTS, (dict,)),
    (health.read_device, DEVICE, (DeviceHealth,)),
    (health.read_time, TIME, (TimeState, NoneType)),
    (
        lambda show: health.read_spanning_trees(show("tree", "")),
        {"tree": TREE.format(count="1,042", since="3 days", port="27")},
        (tuple, NoneType),
    ),
    (lambda show: health.read_route(show("routes", ""), "10.8.9.1"), {"routes": ROUTES}, (Route, NoneType)),
]


@pytest.mark.parametrize("seed", range(300))
def test_a_damaged_answer_is_an_error_of_ours_or_of_the_right_kind(seed: int) -> None:
    chance = random.Random(seed)
    for read, answers, kinds in READINGS:
        harmed = {name: damage(text, chance) for name, text in answers.items()}
        with contextlib.suppress(FellesdriftError):
            assert isinstance(read(answering(harmed)), kinds)
