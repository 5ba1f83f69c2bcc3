"""What differs, and whose doing it is."""

import pytest

from nornir_tasks.config.compare import compare, find_first_difference, find_legacy_lines
from nornir_tasks.platforms import platform

IOS = platform("ios")
LEGACY = """hostname SW-1
vlan 20
 name SKOLE
interface GigabitEthernet1/0/1
 switchport access vlan 20
ip access-list extended ZONE-SCHOOL-IN
 permit ip any 10.10.0.0 0.0.255.255
 deny ip any 10.0.0.0 0.255.255.255
"""
STANDARD = """hostname loppa-acc-01
vlan 120
 name SCHOOL
interface GigabitEthernet1/0/1
 switchport access vlan 120
"""


def test_equal_configurations() -> None:
    """Nothing to say."""
    same = compare(IOS, LEGACY, LEGACY)
    assert (same.equal, same.diff, same.drift, same.missing, same.extra) == (True, "", (), (), ())


def test_order_means_nothing_where_the_device_keeps_its_own() -> None:
    """VLANs after interfaces, or before."""
    lines = LEGACY.splitlines(keepends=True)
    assert compare(IOS, "".join([*lines[3:5], *lines[:3], *lines[5:]]), LEGACY).equal


def test_order_is_the_meaning_of_an_access_list() -> None:
    """The same entries the other way round let other packets through."""
    lines = LEGACY.splitlines(keepends=True)
    turned = compare(IOS, "".join([*lines[:6], lines[7], lines[6]]), LEGACY)
    assert not turned.equal
    assert turned.drift == ("~ ip access-list extended ZONE-SCHOOL-IN: its lines stand in another order",)
    assert turned.diff.splitlines()[0] == "  ip access-list extended ZONE-SCHOOL-IN"


def test_a_diff_shows_changed_lines_below_the_lines_they_belong_to() -> None:
    """From running to intended: minus goes, plus comes."""
    after = LEGACY.replace("access vlan 20", "access vlan 120")
    assert compare(IOS, LEGACY, after).diff == (
        "  interface GigabitEthernet1/0/1\n-  switchport access vlan 20\n+  switchport access vlan 120\n"
    )


@pytest.mark.parametrize(
    ("running", "drift"),
    [
        (LEGACY + "snmp-server location loft\n", ("+ snmp-server location loft",)),
        (LEGACY.replace("hostname SW-1\n", ""), ("- hostname SW-1",)),
        (LEGACY.replace(" name SKOLE\n", ""), ("- vlan 20 / name SKOLE",)),
    ],
)
def test_drift_is_what_somebody_did(running: str, drift: tuple[str, ...]) -> None:
    """A line in neither the legacy nor the intended configuration, or one that is gone."""
    assert compare(IOS, running, LEGACY, LEGACY).drift == drift


def test_what_is_left_of_the_legacy_is_no_drift() -> None:
    """It differs from the standard, but nobody did it."""
    both = STANDARD + "vlan 20\n name SKOLE\n"
    found = compare(IOS, both, STANDARD, LEGACY)
    assert (found.equal, found.drift) == (False, ())
    assert found.extra == (("vlan 20",), ("vlan 20", "name SKOLE"))
    assert find_legacy_lines(IOS, both, LEGACY, STANDARD) == ("vlan 20", "vlan 20 / name SKOLE")
    assert find_legacy_lines(IOS, STANDARD, LEGACY, STANDARD) == ()


@pytest.mark.parametrize(
    ("running", "words"),
    [
        (LEGACY, ""),
        (LEGACY.replace("SKOLE", "SKULE"), "line 3: expected ' name SKOLE', actual ' name SKULE'"),
        (LEGACY + "end\n", "line 9: expected 'the end', actual 'end'"),
    ],
)
def test_identical_is_line_for_line(running: str, words: str) -> None:
    """The first line that differs is named."""
    assert find_first_difference(running, LEGACY) == words
