"""IOS in the product: render, overlay, remediation and secrets."""

import itertools
import os
from pathlib import Path

import pytest

from lab.personalities.ios.configuration.config import Cursor
from lab.personalities.ios.configuration.passwords import fits
from nornir_tasks.config.compare import compare
from nornir_tasks.config.render import render
from nornir_tasks.core.errors import PlatformError
from nornir_tasks.model import Stage
from nornir_tasks.platforms import platform
from nornir_tasks.platforms.ios.transfer import TYPED_DELIMITERS, delimit_banners
from tests.support.ios_bench import HABITS, IOS, NEW_PASSWORD, ROLES, before, config, device, drift, region, shown
from tests.support.model_parts import position

CASES = Path(__file__).resolve().parents[3] / "cases" / "render" / "ios"
STAGES = (Stage.CONNECT, Stage.HARMONISE, Stage.CUTOVER, Stage.RETIRE)
DIALECTS = ((), HABITS, ("password_7", "no_lldp", "banner", "no_portfast"))


def intended(role: str, stage: Stage, *habits: str) -> str:
    """The render at a stage, masked."""
    return render(device(role), position(stage), region(), IOS.mask(before(role, *habits))[0])


def filled(text: str, role: str, *habits: str) -> str:
    """With its secrets in place."""
    return IOS.unmask(text, {**IOS.mask(before(role, *habits))[1], "username drift": drift()})


def printed(text: str) -> str:
    """What a switch prints that was given this configuration."""
    return shown(config(text))


def typed(text: str, lines: tuple[str, ...]) -> str:
    """What a switch prints after the lines were typed into it; a refused line is an error."""
    switch = config(text)
    cursor = Cursor(switch.root)
    for line in lines:
        switch.apply(cursor, delimit_banners(line, TYPED_DELIMITERS), confirmed=True)
    return shown(switch)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("stage", STAGES)
def test_render_is_the_golden_file(role: str, stage: Stage) -> None:
    """Each stage renders what was read and found good; FELLESDRIFT_GOLDEN=1 writes the files anew."""
    case = CASES / f"{role}-{stage.word}.cfg"
    if os.environ.get("FELLESDRIFT_GOLDEN"):
        case.write_text(intended(role, stage, *HABITS))
    assert intended(role, stage, *HABITS) == case.read_text()


@pytest.mark.parametrize("habits", DIALECTS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("stage", STAGES)
def test_the_switch_prints_the_render_line_for_line(role: str, stage: Stage, habits: tuple[str, ...]) -> None:
    """The order and the defaults of every stage are the switch's own."""
    text = filled(intended(role, stage, *habits), role, *habits)
    assert printed(text) == text


@pytest.mark.parametrize("habits", DIALECTS)
@pytest.mark.parametrize("role", ROLES)
def test_remediation_leads_from_each_stage_to_the_next_and_back(role: str, habits: tuple[str, ...]) -> None:
    """Running plus remediation is the intended configuration to the byte, in both directions, and from end to end."""
    texts = [before(role, *habits), *(filled(intended(role, stage, *habits), role, *habits) for stage in STAGES)]
    for here, there in [*itertools.pairwise(texts), (texts[0], texts[-1])]:
        assert typed(here, IOS.remediation(here, there)) == there
        assert typed(there, IOS.remediation(there, here)) == here


def test_remediation_leaves_a_family_before_the_next_line() -> None:
    """What a router and a VRF have beside their families arrives there, and not in the family typed before it."""
    legacy = before("access")
    first = (
        "vrf definition A\n rd 1:1\n address-family ipv4\n exit-address-family\nrouter bgp 1\n"
        " neighbor 10.0.0.1 remote-as 2\n address-family ipv4 vrf A\n  network 10.2.0.0\n exit-address-family\n"
    )
    second = (
        "vrf definition A\n address-family ipv4\n  route-target export 1:1\n exit-address-family\n"
        " address-family ipv6\n exit-address-family\n rd 1:1\nrouter bgp 1\n address-family ipv6\n"
        " exit-address-family\n address-family ipv4 vrf A\n  network 10.3.0.0\n exit-address-family\n"
        " neighbor 10.0.0.1 remote-as 3\n neighbor 10.0.0.9 remote-as 1\n"
    )
    texts = [legacy, *(legacy.removesuffix("end\n") + more + "end\n" for more in (first, second))]
    for here, there in [*itertools.pairwise(texts), *itertools.pairwise(texts[::-1])]:
        assert typed(printed(here), IOS.remediation(here, there)) == printed(there)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("stage", STAGES)
def test_nothing_to_do_is_no_lines(role: str, stage: Stage) -> None:
    """The no-op twin: from a configuration to itself there is no way to go."""
    text = intended(role, stage)
    assert IOS.remediation(text, text) == ()
    assert compare(IOS, text, text).equal


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("stage", STAGES)
def test_ssh_is_never_lost(role: str, stage: Stage) -> None:
    """At every stage the lines take SSH, somebody can log in, and SSH version 2 is on."""
    text = intended(role, stage, "telnet")
    for section in ("line vty 0 4", "line vty 5 15"):
        below = text.split(f"{section}\n", 1)[1].splitlines()[:3]
        assert any(line.startswith(" transport input") and "ssh" in line for line in below)
        assert " login local" in below
    assert "username drift privilege 15" in text
    assert "ip ssh version 2" in text


def test_a_trunk_keeps_what_it_carried_until_the_end() -> None:
    """The standard's VLANs come beside the old ones; a trunk that carries everything is left alone."""
    trunk = "interface GigabitEthernet1/0/1\n"
    harmonised = intended("access", Stage.HARMONISE).split(trunk, 1)[1]
    assert harmonised.splitlines()[1] == " switchport trunk allowed vlan 1,10,40,50,100,110,120,140,150,160,170,180"
    flat = intended("access", Stage.HARMONISE).split("interface GigabitEthernet1/0/2\n", 1)[1].split("interface", 1)[0]
    assert "allowed" not in flat
    assert " switchport trunk allowed vlan 100,110," in intended("access", Stage.RETIRE).split(trunk, 1)[1]


def test_the_core_has_its_gateways_and_their_policy() -> None:
    """Each zone's gateway has a list of its own, which lets answers through first."""
    text = intended("core", Stage.HARMONISE)
    assert "interface Vlan110\n description ADMINISTRATION\n ip address 10.17.8.1 255.255.248.0\n" in text
    assert " ip access-group ZONE-ADMINISTRATION-IN in\n ip helper-address 10.10.1.13\n" in text
    school = " permit tcp 10.17.16.0 0.0.7.255 any established\n permit udp any eq bootpc any eq bootps\n"
    assert f"ip access-list extended ZONE-SCHOOL-IN\n{school} remark common service names\n" in text


OVERLAYS = {
    "a single value is replaced": ("hostname a\n", "hostname b\n", "hostname b\n"),
    "a list grows, sorted": (
        "ntp server 10.0.0.9\n",
        "ntp server 10.0.0.10\nntp server 10.0.0.1\n",
        "ntp server 10.0.0.1\nntp server 10.0.0.9\nntp server 10.0.0.10\n",
    ),
    "a negation takes away": ("interface Gi1\n shutdown\n", "interface Gi1\n no shutdown\n", "interface Gi1\n"),
    "a negation that is shown stays": ("ip http server\n", "no ip http server\n", "no ip http server\n"),
    "a routed port is no switchport": (
        "interface Gi1\n switchport access vlan 20\n switchport mode access\n",
        "interface Gi1\n no switchport\n ip address 10.0.0.1 255.0.0.0\n",
        "interface Gi1\n no switchport\n ip address 10.0.0.1 255.0.0.0\n",
    ),
    "added VLANs are the union": (
        "interface Gi1\n switchport trunk allowed vlan 1,20\n",
        "interface Gi1\n switchport trunk allowed vlan add 18-19,100\n",
        "interface Gi1\n switchport trunk allowed vlan 1,18-20,100\n",
    ),
    "all VLANs stay all": (
        "interface Gi1\n switchport mode trunk\n",
        "interface Gi1\n switchport trunk allowed vlan add 100\n",
        "interface Gi1\n switchport mode trunk\n",
    ),
    "none becomes some": (
        "interface Gi1\n switchport trunk allowed vlan none\n",
        "interface Gi1\n switchport trunk allowed vlan add 100\n",
        "interface Gi1\n switchport trunk allowed vlan 100\n",
    ),
    "an access list is written anew": (
        "ip access-list extended A\n permit ip any any\n",
        "ip access-list extended A\n deny ip any host 10.0.0.1\n permit ip any any\n",
        "ip access-list extended A\n deny ip any host 10.0.0.1\n permit ip any any\n",
    ),
    "what nobody knows stays where it was": (
        "vlan 20\nfoo bar\nend\n",
        "vlan 10\n",
        "vlan 10\nvlan 20\nfoo bar\nend\n",
    ),
}


@pytest.mark.parametrize("case", OVERLAYS)
def test_overlay(case: str) -> None:
    """What merging comes to, and that merging the same again changes nothing."""
    legacy, additions, merged = OVERLAYS[case]
    assert IOS.overlay(legacy, additions) == merged
    assert IOS.overlay(merged, additions) == merged


def test_clean_leaves_nothing_but_configuration() -> None:
    """Header, comments, the software's own lines and trailing space go; a banner keeps its lines, whatever they say."""
    raw = (
        "Building configuration...\r\n\r\nCurrent configuration : 99 bytes\r\n!\r\n! Last configuration change at 1\r\n"
        "version 15.2\r\nhostname x  \r\nboot-start-marker\r\nbanner motd ^C\r\n! mind\r\n  the gap\r\n^C\r\nend\r\n"
    )
    assert IOS.clean(raw) == "hostname x\nbanner motd ^C\n! mind\n  the gap\n^C\nend\n"


def test_secrets_are_masked_and_come_back() -> None:
    """No hash, password or community is left in a masked text, and unmasking gives the same bytes."""
    text = (
        "enable secret 5 $1$abcd$canary1\nenable password 7 0822canary2\n"
        "username drift privilege 15 secret 9 $9$canary3\nusername kommune password 7 canary4\n"
        "snmp-server community canary5 RO\nsnmp-server community canary6 RW 10\n"
        "snmp-server host 10.0.0.1 version 2c canary7\n"
        "line vty 0 4\n password 7 canary8\nntp authentication-key 1 md5 canary9\n"
    )
    masked, secrets = IOS.mask(text)
    assert "canary" not in masked
    assert secrets["username drift"] == "9 $9$canary3"
    assert secrets["snmp-server community 2"] == "canary6"
    assert len(secrets) == 9
    assert IOS.unmask(masked, secrets) == text
    assert IOS.mask(masked) == (masked, {})


def test_a_password_is_not_taken_for_a_secret() -> None:
    """``password 7`` has a key of its own: it must not be written where the standard has ``secret``."""
    assert list(IOS.mask("username drift password 7 0822455D0A16\n")[1]) == ["username drift password"]


def test_unmask_names_the_secret_that_is_missing() -> None:
    """A secret that nobody has is an error, not an empty password."""
    with pytest.raises(PlatformError, match="username drift"):
        IOS.unmask(intended("access", Stage.RETIRE), {})


def test_the_hash_is_one_that_the_switch_takes() -> None:
    """Scrypt with a new salt each time, which the lab's switch verifies."""
    assert fits(drift(), NEW_PASSWORD)
    assert not fits(drift(), "another")
    assert IOS.hash_password(NEW_PASSWORD) != drift()
    assert NEW_PASSWORD not in drift()


def test_the_registry_knows_the_platform() -> None:
    """By name; and its tree speaks with the rules of this platform."""
    assert platform("ios").name == "ios"
    assert [node.text for node in IOS.tree("hostname x\nvlan 3,5\n").children] == ["hostname x", "vlan 3", "vlan 5"]
