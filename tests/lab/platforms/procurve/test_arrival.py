"""What is applied arrives, with trunks and with several lines of one kind: typed on the lab's switch."""

import itertools
import os
import random
from functools import reduce
from pathlib import Path

import pytest

from lab.personalities.procurve.config import Configuration, Context, Question
from nornir_tasks.config.compare import compare
from nornir_tasks.model import Endpoint
from nornir_tasks.platforms.common.base import LoginAccount, PreparedChange
from nornir_tasks.platforms.procurve.platform import Procurve
from tests.support.permits import allow
from tests.support.procurve_bench import LEGACY, PASSWORD, served

PORT = int(os.environ["FELLESDRIFT_LAB_PORT"]) + 10
PROCURVE = Procurve()
HEAD = 'hostname "sw"\ninclude-credentials\n'
ADDRESS = "ip address 192.168.1.2 255.255.255.0"
PLAIN = f"""vlan 1
   name "DEFAULT_VLAN"
   untagged 1-52
   {ADDRESS}
   exit
vlan 20
   name "SKOLE"
   tagged 49-50
   no ip address
   exit
spanning-tree 49 root-guard
loop-protect 3
"""
LACP = f"""trunk 49-50 trk1 lacp
vlan 1
   name "DEFAULT_VLAN"
   no untagged 5
   untagged 1-4,6-48,51-52,Trk1
   {ADDRESS}
   exit
vlan 20
   name "SKOLE"
   untagged 5
   tagged Trk1
   no ip address
   exit
interface Trk1
   name "opp"
   exit
"""
OTHERS = f"""trunk 45-46,48 trk1 trunk
trunk 49,51 trk2 lacp
vlan 1
   name "DEFAULT_VLAN"
   no untagged 5-7,Trk1-Trk2
   untagged 1-4,8-44,47,50,52
   {ADDRESS}
   exit
vlan 20
   name "SKOLE"
   untagged 5-7,Trk1
   tagged 50,Trk2
   no ip address
   exit
vlan 30
   name "TLF"
   untagged Trk2
   tagged 1-3
   voice
   no ip address
   exit
spanning-tree
spanning-tree Trk1 priority 6
spanning-tree Trk2 root-guard
loop-protect Trk2
"""
LACP_AS_TRUNK = LACP.replace("trk1 lacp", "trk1 trunk")
WIDER = LACP.replace("trunk 49-50", "trunk 49-51").replace("51-52,Trk1", "52,Trk1")
SEVERAL = f"""trunk 51-52 trk24 trunk
logging 10.0.0.1
logging 10.0.0.2
sntp server priority 1 10.0.0.1
sntp server priority 2 10.0.0.2
ip authorized-managers 10.0.0.0 255.0.0.0 access manager
ip authorized-managers 10.9.0.1 255.255.255.255 access operator
ip route 10.0.0.0 255.0.0.0 192.168.1.1
ip route 10.8.0.0 255.255.0.0 192.168.1.7
ip dns server-address priority 1 10.0.0.1
ip dns server-address priority 2 10.0.0.2
snmp-server host 10.0.0.5 community "a"
snmp-server host 10.0.0.6 community "b" trap-level critical
radius-server host 10.0.0.8
radius-server host 10.0.0.9 key "k"
radius-server timeout 7
snmpv3 enable
snmpv3 user "nms" auth sha "a" priv aes "b"
snmpv3 user "other" auth md5 "c"
snmpv3 group managerpriv user "nms" sec-model ver3
sntp authentication key-id 1 authentication-mode md5 key-value "d" trusted
sntp authentication key-id 2 authentication-mode md5 key-value "e" trusted
aaa authentication ssh login radius local
aaa authentication ssh enable radius local
ip access-list extended "INN"
     10 permit tcp 10.0.0.0 0.255.255.255 192.168.1.2 0.0.0.0 eq 22
     20 deny ip 0.0.0.0 255.255.255.255 0.0.0.0 255.255.255.255 log
   exit
interface 5
   ip access-group "INN" in
   exit
vlan 1
   name "DEFAULT_VLAN"
   no untagged Trk24
   untagged 1-50
   {ADDRESS}
   ip address 192.168.7.2 255.255.255.0
   ip helper-address 10.0.0.5
   ip helper-address 10.0.0.6
   ip forward-protocol udp 10.0.0.5 snmp
   ipv6 enable
   ipv6 address dhcp full
   ipv6 address fd00::1/64
   ip igmp
   no ip igmp querier
   exit
vlan 20
   name "SKOLE"
   tagged Trk24
   no ip address
   exit
"""
FEWER = (
    SEVERAL.replace("logging 10.0.0.1\n", "").replace("   ip helper-address 10.0.0.5\n", "")
    .replace("   ip address 192.168.7.2 255.255.255.0\n", "").replace("   ipv6 enable\n", "")
    .replace("     20 deny", "     20 permit").replace("255.255.0.0 192.168.1.7", "255.255.0.0 192.168.1.8")
    .replace("ip route 10.0.0.0 255.0.0.0 192.168.1.1\n", "").replace('10.0.0.9 key "k"', '10.0.0.9 key "l"')
    .replace('priv aes "b"', 'priv aes "f"').replace("login radius local", "login tacacs local")
    .replace('snmpv3 user "other" auth md5 "c"\n', "").replace('key-value "d"', 'key-value "g"')
    .replace("aaa authentication ssh enable radius local\n", "").replace("fd00::1/64", "fd00::2/64")
    .replace("   no ip igmp querier\n", "")
)  # fmt: skip
MOVED = SEVERAL.replace("192.168.7.2 255.255.255.0", "192.168.7.3 255.255.255.0").replace(
    "untagged 1-50", "untagged 2-50"
)
MOVED = (
    MOVED.replace('10.0.0.9 key "k"', "10.0.0.9")
    .replace(' auth md5 "c"', "")
    .replace(
        """10.0.0.8
""",
        """10.0.0.8 key "m"
""",
    )
)
MOVED = MOVED.replace("no untagged Trk24", "no untagged 1,Trk24").replace("   tagged Trk24", "   untagged 1,Trk24")
ACCESS = """include-credentials
password port-access user-name "p" plaintext "a"
sntp authentication key-id 1 authentication-mode md5 encrypted-key "ZA==" trusted
key-chain "gone"
key-chain "gone" key 1 key-string "a"
key-chain "k"
key-chain "k" key 1 key-string "a"
key-chain "k" key 2 encrypted-key "Yg=="
snmp-server host 10.0.0.5 community "a" trap-level not-info
snmpv3 enable
snmpv3 only
snmpv3 user "nms" auth sha "a" priv "b"
snmpv3 group managerpriv user "nms" sec-model ver3
snmpv3 community index "1" name "a" sec-name "commanagerrw" tag "t"
snmpv3 notify "n" tagvalue "t" type inform
snmpv3 targetaddress "a" params "p" 10.0.0.5 taglist "t"
snmpv3 params "p" user "nms" sec-model ver3 message-processing ver3 priv
radius-server host 10.0.0.9 encrypted-key "YQ=="
radius-server key "a"
tacacs-server encrypted-key "YQ=="
aaa authentication port-access eap-radius
aaa authentication mac-based peap-mschapv2
aaa port-access authenticator 1-10,49
aaa port-access authenticator 1 client-limit 2
aaa port-access authenticator 2 client-limit 2
aaa port-access authenticator 2 quiet-period 5
aaa port-access authenticator 3 control authorized
aaa port-access authenticator active
aaa port-access supplicant 20
aaa port-access supplicant 20 identity "sw"
aaa port-access supplicant 20 secret "a"
aaa port-access mac-based 1-4
aaa port-access mac-based 2 addr-limit 3
aaa port-access mac-based addr-format multi-colon
aaa port-access web-based 11
aaa port-access 1 controlled-direction in
aaa port-access 2 controlled-direction in
"""
CHANGES = {
    "authenticator 1-10,49": "authenticator 1,3-8,30",
    "authenticator 1 client-limit 2": "authenticator 1 client-limit 3",
    "aaa port-access authenticator 2 client-limit 2\n": "", "aaa port-access authenticator 2 quiet-period 5\n": "",
    'secret "a"': 'encrypted-secret "YQ=="', "addr-limit 3": "addr-limit 4", "mac-based 1-4": "mac-based 1-3",
    "addr-format multi-colon": "addr-format single-dash", "aaa port-access web-based 11\n": "",
    "aaa port-access 2 controlled-direction in\n": "", 'encrypted-key "YQ=="': 'key "a"',
    'radius-server key "a"': 'radius-server encrypted-key "YQ=="', "access eap-radius": "access chap-radius",
    'key-chain "gone"\n': "", 'key-chain "gone" key 1 key-string "a"\n': "", 'key-string "a"': 'encrypted-key "YQ=="',
    'plaintext "a"': 'plaintext "b"', 'priv "b"': 'priv aes "b"', ' tag "t"': "", "inform": "trap",
    ' taglist "t"': "", "processing ver3 priv": "processing ver3 auth", "snmpv3 only\n": "",
    'encrypted-key "ZA==" trusted': 'key-value "d" trusted', "trap-level not-info": "trap-level critical",
}  # fmt: skip
ELSEWHERE = reduce(lambda text, change: text.replace(*change), CHANGES.items(), ACCESS)
TEXTS = {
    "plain": PLAIN, "lacp": LACP, "others": OTHERS, "lacp as trunk": LACP_AS_TRUNK, "wider": WIDER,
    "several": SEVERAL, "fewer": FEWER, "moved": MOVED,
    "access": ACCESS, "access elsewhere": ELSEWHERE,
}  # fmt: skip


def shown(text: str, lines: tuple[str, ...] = (), count: int = 52) -> str:
    """What the lab's switch prints that booted a text, after the lines were typed into it; it refuses none."""
    switch = Configuration(count, "sw")
    assert switch.load(text) == []
    context = Context()
    for line in lines:
        try:
            sure = line == "no password port-access"  # it is asked, and answered as the session does
            context = Context() if line == "exit" else switch.obey(context, line, sure)
        except Question as question:
            raise AssertionError(f"{line}: {question}") from question
    return switch.text()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_switch_prints_again_what_it_has_printed(text: str) -> None:
    """What is saved is what is booted; nothing of the text is lost on the way."""
    first = shown(HEAD + text)
    assert shown(first) == first
    assert {line.strip() for line in text.splitlines()} <= {line.strip() for line in first.splitlines()}


@pytest.mark.parametrize(("here", "there"), list(itertools.permutations(TEXTS, 2)))
def test_what_is_applied_arrives(here: str, there: str) -> None:
    """From each configuration to each other, and so back again: the switch takes every line and says the same."""
    running, intended = shown(HEAD + TEXTS[here]), shown(HEAD + TEXTS[there])
    result = shown(running, PROCURVE.remediation(running, intended))
    assert compare(PROCURVE, result, intended).diff == ""
    assert PROCURVE.remediation(result, intended) == ()


def draw(seed: int) -> str:
    """Any configuration with trunks: ports in VLANs and out of them, beside those of the trunks."""
    chance = random.Random(seed)
    switch = Configuration(52, "sw")
    copper = chance.sample(range(1, 49), 8)
    for number, members in enumerate((copper[:2], copper[2:5], chance.sample(range(49, 53), 2)), 1):
        if chance.random() < 0.7:
            ports = ",".join(map(str, members))
            switch.obey(Context(), f"trunk {ports} trk{number} {chance.choice(('lacp', 'trunk'))}")
    for vlan in chance.sample((10, 20, 30, 40), 3):
        for port in chance.sample(sorted(switch.bridged), 12):
            name = f"Trk{port - 1000}" if port > 1000 else str(port)
            switch.obey(Context(), f"vlan {vlan} {chance.choice(('tagged', 'untagged'))} {name}")
    vlan = chance.choice(sorted(switch.vlans))
    switch.obey(Context(), f"vlan {vlan} ip address 10.1.0.2/24")  # the same in both, and mostly of another VLAN
    return switch.text()


@pytest.mark.parametrize("seed", range(40))
def test_what_is_applied_arrives_wherever_the_ports_are(seed: int) -> None:
    """Between two that were drawn, both ways."""
    texts = draw(seed), draw(seed + 1000)
    for running, intended in (texts, texts[::-1]):
        result = shown(running, PROCURVE.remediation(running, intended))
        assert compare(PROCURVE, result, intended).diff == ""


def test_a_session_types_it_and_takes_it_back(tmp_path: Path) -> None:
    """Over SSH, with the prompts of an access list and of a trunk, and without leaving configuration mode early."""
    before = shown(LEGACY, count=28)
    lines = ("trunk 27-28 trk1 lacp", "vlan 20 tagged Trk1", "interface 25 disable")
    intended = shown(
        shown(LEGACY, lines, count=28) + 'ip access-list extended "INN"\n     10 permit ip 10.0.0.0 0.255.255.255 '
        "0.0.0.0 255.255.255.255\n   exit\nvlan 20\n   ip helper-address 10.0.0.5\n   ip helper-address 10.0.0.6\n"
        "   exit\ninterface Trk1\n   name \"opp\"\n   exit\n",
        count=28,
    )  # fmt: skip
    with served(tmp_path, PORT, before) as bench:
        where = Endpoint(host=bench.switch.facts.host, ssh_port=bench.port)
        session = allow(PROCURVE.connect(where, LoginAccount("kommune", PASSWORD), 10))
        with session:
            session.push(PreparedChange(before, intended, PROCURVE.remediation(before, intended)), 120)
            assert compare(PROCURVE, bench.running, intended).diff == ""
            assert session.ports()["27"]
            session.revert(before)
            assert bench.running == before
