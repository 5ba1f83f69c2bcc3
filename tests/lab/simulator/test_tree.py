"""Indented text to a tree and back."""

import pytest

from lab.region.tree import Node, compact, dump, parse, ranges

TEXT = """\
hostname a
interface 1
 description x
 ip address 1.2.3.4 255.255.255.0
interface 2
 shutdown
end
"""


def test_what_is_read_is_written() -> None:
    assert dump(parse(TEXT)) == TEXT
    assert dump(parse(TEXT), indent="   ") == TEXT.replace("\n ", "\n   ")


def test_comments_and_empty_lines_are_dropped_and_any_indent_is_read() -> None:
    assert dump(parse("! header\n\ninterface 1\n   a\n     b\n   c\n!\nend\n")) == "interface 1\n a\n  b\n c\nend\n"


def test_a_banner_keeps_its_own_lines() -> None:
    text = "banner login ^C\n  Hands off!\n! not a comment\n^C\nend\n"
    root = parse(text, raw_until=lambda line: "^C" if line == "banner login ^C" else None)
    assert [child.line for child in root.children] == ["banner login ^C", "end"]
    assert dump(root) == text


def test_children_are_found_made_and_dropped() -> None:
    root = parse(TEXT)
    assert root.put("interface 1") is root.get("interface 1")
    assert [child.line for child in root.starting("interface")] == ["interface 1", "interface 2"]
    assert root.drop("end")
    assert not root.drop("end")
    assert root.drop_starting("interface")
    assert dump(root) == "hostname a\n"
    root.put("new").put("below")
    assert [(path, node.line) for path, node in root.walk()] == [
        ((), "hostname a"),
        ((), "new"),
        (("new",), "below"),
    ]


def test_a_copy_is_its_own() -> None:
    root = parse(TEXT)
    copy = root.copy()
    copy.put("interface 1").put("mtu 9000")
    assert dump(root) == TEXT
    assert isinstance(copy, Node)


@pytest.mark.parametrize(("text", "numbers"), [("1", [1]), ("1,3-5", [1, 3, 4, 5]), ("7-8, 10", [7, 8, 10])])
def test_ranges(text: str, numbers: list[int]) -> None:
    assert ranges(text) == numbers
    assert ranges(compact(numbers)) == numbers


@pytest.mark.parametrize("text", ["5-3", "", "a"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ranges(text)


def test_compact() -> None:
    assert compact([3, 1, 2, 7, 8]) == "1-3,7-8"
    assert compact([3, 1, 2, 7, 8], pairs=False) == "1-3,7,8"
