"""The lab's ProCurve takes, shows and undoes lines as they are in the wild: keys, SNMPv3, who may use a port."""

import asyncio

import pytest

from lab.device.switch import Switch
from lab.testing.bench import bench
from tests.support.procurve_bench import LEGACY


@pytest.fixture
def switch() -> Switch:
    """A switch with a legacy configuration, saved."""
    return bench("procurve", startup=LEGACY)


def typed(switch: Switch, *lines: str) -> list[str]:
    """Type lines in configuration mode. Shape: the replies."""
    shell = switch.personality.shell("kommune", 15)

    async def talk() -> list[str]:
        return [(await shell.line(line)).text.strip() for line in ("", "no page", "configure", *lines)][3:]

    return asyncio.run(talk())


WILD = """snmp-server host 10.0.0.5 "Hemmelig77" Not-INFO
snmp-server host 10.0.0.6 community Hemmelig77 trap-level none
key-chain k
key-chain k key 1 key-string Hemmelig77
key-chain k key 2 encrypted-key U2FsdGVkX18XWadTeFN+bxHxKA/q+s5cV1NiYvx+TuA=
radius-server host 10.0.0.9 encrypted-key Hemmelig77
snmpv3 user nms auth sha Hemmelig77 priv Hemmelig77
snmpv3 community index 1 name Hemmelig77 sec-name commanagerr
aaa port-access supplicant 5-6
aaa port-access supplicant 5 secret Hemmelig77
password port-access user-name p Hemmelig77
aaa authentication port-access eap-radius
aaa port-access authenticator 1-4
aaa port-access authenticator 1-2 client-limit 3
aaa port-access authenticator 1-2 quiet-period 60
aaa port-access authenticator active""".splitlines()
SHOWN = """password port-access user-name "p" plaintext "Hemmelig77"
key-chain "k"
key-chain "k" key 1 key-string "Hemmelig77"
key-chain "k" key 2 encrypted-key "U2FsdGVkX18XWadTeFN+bxHxKA/q+s5cV1NiYvx+TuA="
snmp-server host 10.0.0.5 community "Hemmelig77" trap-level not-info
snmp-server host 10.0.0.6 community "Hemmelig77"
snmpv3 user "nms" auth sha "Hemmelig77" priv "Hemmelig77"
snmpv3 community index "1" name "Hemmelig77" sec-name "commanagerr"
radius-server host 10.0.0.9 encrypted-key "Hemmelig77"
aaa authentication port-access eap-radius
aaa port-access authenticator 1-4
aaa port-access authenticator 1 client-limit 3
aaa port-access authenticator 2 client-limit 3
aaa port-access authenticator active
aaa port-access supplicant 5-6
aaa port-access supplicant 5 secret "Hemmelig77"
""".splitlines()


def test_lines_of_the_wild_are_shown_as_the_switch_writes_them(switch: Switch) -> None:
    """In its places, ports joined, defaults left out; booted again it says the same, and ``no`` takes each away."""
    assert set(typed(switch, *WILD)) == {""}
    new = [line for line in switch.personality.text().splitlines() if line not in LEGACY.splitlines()]
    assert new == SHOWN
    assert bench("procurve", startup=switch.personality.text()).personality.text() == switch.personality.text()
    hidden = typed(switch, "no include-credentials", "show running-config")[-1]
    assert "Hemmelig77" not in hidden.replace('community "Hemmelig77"', "").replace('name "Hemmelig77"', "")
    typed(switch, "include-credentials", "y", *(f"no {line}" for line in reversed(new[1:])))
    typed(switch, "no password port-access", "y")
    assert switch.personality.text() == LEGACY


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('key-chain "k" key 1 key-string "x"', "Invalid input: k"),
        ('key-chain "k" key 256 key-string "x"', "Invalid input: 256"),
        ('aaa port-access supplicant 5 secret "x"', "Port 5 is not a supplicant."),
        ("aaa port-access authenticator 5 client-limit 2", "Port 5 is not an authenticator."),
        ("aaa port-access authenticator 1 client-limit 33", "Invalid input: 33"),
        ("aaa port-access authenticator Trk2", "Invalid input: Trk2"),
        ("aaa port-access authenticator 99", "Module not present for port or invalid port: 99"),
        ("aaa port-access authenticator 3", "Module not present for port or invalid port: 3"),  # a member of Trk2
        ("trunk 1 trk1 lacp", "Error configuring port 1: LACP and 802.1X cannot be run together."),
        ('password port-access user-name "p" sha1 "Hemmelig77"', 'Invalid input: "p"'),
        ('snmp-server host 10.0.0.5 "x" loud', "Invalid input: 10.0.0.5"),
        ('snmpv3 group nobody user "nms" sec-model ver3', "Invalid input: nobody"),
        ("encrypt-credentials", "Invalid input: encrypt-credentials"),
    ],
)
def test_lines_of_the_wild_that_the_switch_refuses(switch: Switch, line: str, words: str) -> None:
    """A setting of a port that does not ask, a key of no chain, values out of range: in its words, for nothing."""
    typed(switch, "trunk 3-4 trk2 lacp", "aaa port-access authenticator 1")
    before = switch.personality.text()
    assert typed(switch, line)[-1] == words
    assert switch.personality.text() == before


def test_a_port_that_asks_lets_nothing_through(switch: Switch) -> None:
    """No server answers: once 802.1X is on, such a port is in the VLAN of guests, or in none, but for a forced one."""
    typed(switch, "vlan 99", "aaa port-access authenticator 1-3", "aaa port-access mac-based 4")
    typed(switch, "aaa port-access authenticator 2 unauth-vid 99", "aaa port-access authenticator 3 control authorized")
    before = {port: switch.meaning.ports[port].access for port in range(1, 6)}
    assert before[4] is None
    assert all(before[port] for port in (1, 2, 3, 5))
    typed(switch, "aaa port-access authenticator active")
    after = {port: switch.meaning.ports[port] for port in range(1, 6)}
    assert {port: meaning.access for port, meaning in after.items()} == {**before, 1: None, 2: 99}
    assert not after[1].tagged
