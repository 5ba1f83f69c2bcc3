"""MAC and ARP tables as switches show them: whatever stands among the rows, those that are whole are read alike."""

import pytest

from nornir_tasks.platforms.common.address_tables import find_vlan, format_mac
from nornir_tasks.platforms.eos.readings import read_arp_rows as read_eos
from nornir_tasks.platforms.ios.readings import read_arp_rows as read_ios
from nornir_tasks.platforms.procurve.readings import read_arp_rows as read_procurve

IOS = """Protocol  Address          Age (min)  Hardware Addr   Type   Interface
Internet  192.168.20.1            -   0019.aa6b.3401  ARPA   Vlan20
Internet  192.168.20.14          30   0030.56a2.e726  ARPA   Vlan20
Internet  192.168.20.15           0   Incomplete      ARPA

Internet  192.168.20.16           0   d89e.f320.1857  ARPA   Vlan20 pv 201
Internet  192.168.20.17           -   0010.2345.1cda  ARPA
Internet  10.17.0.2               1   001b.0de6.2a80  ARPA   GigabitEthernet1/0/48
Internet  192.168.20.1"""
PROCURVE = """
 IP ARP table

  IP Address       MAC Address       Type    Port
  ---------------  ----------------- ------- ----
  192.168.16.1     0019aa-6b3401     dynamic 25
  192.168.16.10    000000-000000     dynamic
  192.168.16.98    004562-0ef456     dynamic Trk1
  192.168.16.99    00054e-0cb5

"""
EOS = {
    "vrfs": {
        "default": {
            "totalEntries": 3,
            "ipV4Neighbors": [
                {"hwAddress": "0030.56a2.e726", "address": "192.168.20.14", "interface": "Vlan20, Ethernet5", "age": 3},
                {"hwAddress": "d89e.f320.1857", "address": "192.168.20.16", "interface": "Vlan20, not learned"},
                {"hwAddress": "0000.0000.0000", "address": "192.168.20.17", "interface": "Vlan20, not learned"},
                {"hwAddress": "001b.0de6.2a80", "address": "10.17.0.2", "interface": "Ethernet48", "age": 0},
            ],
            "ipV6Neighbors": [{"hwAddress": "001b.0de6.2a80", "address": "fe80::21b:dff:fee6:2a80"}],
        },
        "MGMT": {"totalEntries": 0},
    }
}


@pytest.mark.parametrize(
    ("raw", "mac"),
    [
        ("0019.AA6B.3401", "00:19:aa:6b:34:01"),  # IOS, and EOS in a table
        ("00:19:AA:6B:34:01", "00:19:aa:6b:34:01"),  # as NAPALM hands it on
        ("0019aa-6b3401", "00:19:aa:6b:34:01"),  # ProCurve
        ("00-19-aa-6b-34-01", "00:19:aa:6b:34:01"),
        ("000000-000000", None),
        ("Incomplete", None),
        ("0019.aa6b", None),
        ("", None),
    ],
)
def test_a_mac_is_written_alike(raw: str, mac: str | None) -> None:
    """In lower case with colons; what is none is none."""
    assert format_mac(raw) == mac


def test_ios() -> None:
    """Neither its own addresses, nor open questions, nor a row that was cut short; a static entry has no interface."""
    assert read_ios(IOS) == [
        ("00:30:56:a2:e7:26", "192.168.20.14", 20),
        ("d8:9e:f3:20:18:57", "192.168.20.16", 20),
        ("00:10:23:45:1c:da", "192.168.20.17", None),
        ("00:1b:0d:e6:2a:80", "10.17.0.2", None),
    ]


def test_procurve() -> None:
    """An address that is asked for has a MAC of zeros and no port."""
    assert read_procurve(PROCURVE) == [
        ("00:19:aa:6b:34:01", "192.168.16.1", None),
        ("00:45:62:0e:f4:56", "192.168.16.98", None),
    ]


def test_eos() -> None:
    """All VRFs; of IPv6 nothing is asked."""
    assert read_eos(EOS) == [
        ("00:30:56:a2:e7:26", "192.168.20.14", 20),
        ("d8:9e:f3:20:18:57", "192.168.20.16", 20),
        ("00:1b:0d:e6:2a:80", "10.17.0.2", None),
    ]
    assert find_vlan("Vlan200x, Ethernet1") is None
