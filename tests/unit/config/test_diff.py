"""Reading a diff line by line, and writing it again."""

import pytest

from nornir_tasks.config.collapse import fold, list_lines
from nornir_tasks.config.compare import compare, find_first_difference
from nornir_tasks.config.diff import (
    ChangedLine,
    ParentLine,
    count_changes,
    merge_number_changes,
    read,
    select_removed,
    write,
)
from nornir_tasks.platforms import platform
from tests.support import migration_plans as plans

DIFF = """+ hostname loppa-acc-01
  interface GigabitEthernet1/0/1
-  switchport trunk allowed vlan 1,10-12
+  switchport trunk allowed vlan 10-13
  interface GigabitEthernet1/0/2
-  switchport access vlan 10
- interface Vlan10
-  ip address 172.17.10.1 255.255.255.0
"""


def words(text: str) -> list[str]:
    """What each change says after lists are taken together."""
    return [change.words for change in merge_number_changes(read(text))]


def test_each_line_knows_where_it_stands() -> None:
    """And whether what it stands below stays, comes or goes."""
    found = read(DIFF)
    port, svi = ParentLine(" ", "interface GigabitEthernet1/0/1"), ParentLine("-", "interface Vlan10")
    assert found[0] == ChangedLine("+", "hostname loppa-acc-01")
    assert found[1] == ChangedLine("-", "switchport trunk allowed vlan 1,10-12", (port,))
    assert found[-1] == ChangedLine("-", "ip address 172.17.10.1 255.255.255.0", (svi,))
    assert found[-1].words == "- ip address 172.17.10.1 255.255.255.0 @ -interface Vlan10"
    assert count_changes(found) == (2, 4)


def test_a_text_of_several_lines_is_one_change() -> None:
    """EOS's banners: their lines have no sign."""
    found = read("+ banner login\nDriftssentralen\nEOF\n+ hostname x\n")
    assert [change.text for change in found] == ["banner login\nDriftssentralen\nEOF", "hostname x"]
    assert found[0].words == "+ banner login"


def test_every_real_diff_is_written_as_it_was_read() -> None:
    """All stages of Loppa, there and back."""
    seen = list(plans.moves("loppa"))
    assert len(seen) > 60
    assert [text for _, text in seen if write(read(text)) != text] == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["- allowed vlan 1,10", "+ allowed vlan 1,10,100"], ["~ allowed vlan +100"]),
        (["- allowed vlan 1-20", "+ allowed vlan 1-9,11-20"], ["~ allowed vlan -10"]),
        (["- allowed vlan 10,20", "+ allowed vlan 20,30-31"], ["~ allowed vlan -10 +30-31"]),
        (["- access vlan 10", "+ access vlan 110"], ["~ access vlan -10 +110"]),
        (["- tagged vlan 20", "- tagged vlan 30", "+ tagged vlan 120"], ["~ tagged vlan -20,30 +120"]),
        (["- tagged vlan 20"], ["- tagged vlan 20"]),
        (["- untagged vlan 20", "+ tagged vlan 20"], ["- untagged vlan 20", "+ tagged vlan 20"]),
        (["- permit any eq 22", "+ permit any eq 22"], ["- permit any eq 22", "+ permit any eq 22"]),  # another order
        (["- ip address 10.0.0.1/24", "+ ip address 10.0.0.1/25"], None),
        (["- description 10.0.0.1", "+ description 10.0.0.2"], None),
    ],
)
def test_numbers_that_give_way_to_others_are_one_change(lines: list[str], expected: list[str] | None) -> None:
    """Within a block. An address is no number."""
    text = "  interface 1\n" + "".join(f"{line[0]}  {line[2:]}\n" for line in lines)
    assert words(text) == [f"{line} @ interface 1" for line in (lines if expected is None else expected)]


def test_ports_are_not_taken_together() -> None:
    """What one port loses, another one does not gain."""
    text = "  interface 1\n-  access vlan 10\n  interface 2\n+  access vlan 20\n"
    assert words(text) == ["- access vlan 10 @ interface 1", "+ access vlan 20 @ interface 2"]


def test_blocks_are_not_taken_together() -> None:
    """A VLAN that goes is none that is renamed; nor is a line that others stand below."""
    text = "- vlan 20\n-  name SKOLE\n+ vlan 120\n+  name SCHOOL\n"
    assert words(text)[0] == "- vlan 20"
    inner = "  router bgp 1\n-  vrf 1\n-   neighbor x\n+  vrf 2\n+   neighbor x\n"
    assert words(inner)[0] == "- vrf 1 @ router bgp 1"


def test_what_goes() -> None:
    """Lines that go and lists that lose something, each below the lines it belongs to."""
    assert write(select_removed(read(DIFF))) == (
        "  interface GigabitEthernet1/0/1\n~  switchport trunk allowed vlan -1 +13\n"
        "  interface GigabitEthernet1/0/2\n-  switchport access vlan 10\n"
        "- interface Vlan10\n-  ip address 172.17.10.1 255.255.255.0\n"
    )


def test_a_list_that_only_grows_takes_nothing_away() -> None:
    """Nor does a line that comes."""
    text = "  interface 1\n-  allowed vlan 1\n+  allowed vlan 1,2\n+ hostname x\n"
    assert select_removed(read(text)) == ()


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_separator_that_is_none_begins_no_line(separator: str) -> None:
    """Only a line feed ends a line, for a device as for us: what somebody wrote into a description hides nothing."""
    text = f"interface GigabitEthernet1/0/1\n description a{separator}- shutdown\n"
    difference = compare(platform("ios"), "interface GigabitEthernet1/0/1\n", text)
    (change,) = read(difference.diff)
    assert (change.sign, change.text) == ("+", f"description a{separator}- shutdown")
    assert [sign for sign, _ in list_lines(fold(difference.diff))] == [" ", "+"]
    assert "line 2" in find_first_difference("interface GigabitEthernet1/0/1\nx\n", text)
