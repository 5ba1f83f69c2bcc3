"""Configurations of the wild, typed at the lab's switch and read back by NAPALM: the product sees no difference."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from napalm import get_network_driver

from nornir_tasks.config.compare import compare
from tests.support.ios_bench import HOST, IOS, PASSWORD, served

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 11
BANNER = "banner motd ^C\nVelkommen til Sør-Fron\n! ingen kommentar\n^C"
# Each as a switch shows it.
CASES = {
    "a trunk's list, broken": """\
interface GigabitEthernet1/0/1
 description disabled toalett
 switchport trunk allowed vlan 11,21,31,40,42-46,48,49,66,110,121,252,253,828
 switchport trunk allowed vlan add 921,924
 switchport mode trunk
""",
    "a numbered list and its remarks": """\
access-list 101 remark ---
access-list 101 permit tcp host 10.1.1.1 any eq 22
access-list 101 remark ---
access-list 101 deny   ip any any
""",
    "second lines": """\
interface Vlan30
 ip address 10.2.0.1 255.255.255.0 secondary
 ip address 10.3.0.1 255.255.255.0 secondary
 ip address 10.1.0.1 255.255.255.0
 ip helper-address 10.9.9.8
 ip helper-address 10.9.9.9
 ipv6 address 2001:DB8:1::1/64
 ipv6 address 2001:DB8:2::1/64
 ipv6 enable
!
vrf definition MGMT
 rd 1:1
 !
 address-family ipv4
 exit-address-family
!
ntp server 10.1.0.5
ntp server vrf MGMT 10.1.0.5
logging host 10.1.0.9
logging host 10.1.0.9 vrf MGMT
ip route vrf MGMT 0.0.0.0 0.0.0.0 10.1.0.254
snmp-server host 10.0.0.5 version 2c Hemmelig77
snmp-server host 10.0.0.5 vrf MGMT version 2c Hemmelig77
""",
    "contexts within contexts": """\
vrf definition MGMT
 rd 1:1
 !
 address-family ipv4
  route-target export 1:1
 exit-address-family
 !
 address-family ipv6
 exit-address-family
!
router bgp 65000
 bgp log-neighbor-changes
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.1 password 7 0822455D0A16
 neighbor 2001:DB8::2 remote-as 65002
 !
 address-family ipv6
  neighbor 2001:DB8::2 activate
 exit-address-family
!
class-map match-any TALE
 match ip dscp ef
policy-map UT
 class TALE
  priority
 class class-default
  bandwidth remaining percent 5
!
ip prefix-list INN seq 5 permit 10.0.0.0/8 le 24
route-map NABO permit 10
 match ip address prefix-list INN
""",
    "a port channel": """\
interface Port-channel1
 switchport trunk allowed vlan 10,20
 switchport mode trunk
!
interface GigabitEthernet1/0/11
 switchport trunk allowed vlan 10,20
 switchport mode trunk
 channel-group 1 mode active
!
interface GigabitEthernet1/0/12
 switchport trunk allowed vlan 10,20
 switchport mode trunk
 channel-group 1 mode active
""",
    "a banner": BANNER + "\n",
}


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Any]:
    """NAPALM's ios driver, logged in to a switch of the lab."""
    with served(tmp_path, PORT, "access", "telnet"):
        driver = get_network_driver("ios")(HOST, "kommune", PASSWORD, optional_args={"port": PORT})
        driver.open()
        yield driver
        driver.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_was_typed_is_what_napalm_reads(case: str, driver: Any) -> None:
    """What the product expects of the lines on this switch is what the switch has then, as the product reads it."""
    before = IOS.clean(str(driver.get_config(retrieve="running")["running"]))
    typed = case.replace("^C", "#").splitlines()
    heard = driver.device.send_config_set(typed, cmd_verify=False)
    assert not re.search(r"^ *%|rejected", heard, re.M), heard
    running = IOS.clean(str(driver.get_config(retrieve="running")["running"]))
    expected = IOS.overlay(before, IOS.clean(case))
    seen = compare(IOS, IOS.mask(running)[0], IOS.mask(expected)[0])
    assert seen.equal, seen.diff
    assert running != before
