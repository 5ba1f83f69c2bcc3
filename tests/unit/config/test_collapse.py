"""A diff made short: nothing is lost, and what is not alike is not said to be."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from nornir_tasks.config.collapse import DiffBlock, fold, list_lines, parse
from tests.support import migration_plans as plans


def printed(text: str) -> str:
    """As it is shown."""
    return "".join(f"{sign} {line}\n" for sign, line in list_lines(fold(text)))


def unfolded(blocks: Iterable[DiffBlock], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every line that the blocks stand for, with those above it."""
    for block in blocks:
        texts = [block.text]
        if block.alike > 1:
            numbers = re.search(r"\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*(?=\D*$)", block.text)
            assert numbers
            texts = [
                block.text[: numbers.start()] + str(number) + block.text[numbers.end() :]
                for part in numbers[0].split(",")
                for number in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)
            ]
            assert len(texts) == block.alike
        for text in texts:
            yield (*above, f"{block.sign}{text}")
            yield from unfolded(block.below, (*above, f"{block.sign}{text}"))


def test_ports_that_are_told_the_same_stand_once() -> None:
    """With their numbers, and how many they are."""
    text = "".join(f"  interface Gi1/0/{n}\n-  access vlan 10\n+  access vlan 110\n" for n in (1, 2, 3, 7))
    assert printed(text) == "  interface Gi1/0/1-3,7   (4 alike)\n-  access vlan 10\n+  access vlan 110\n"


def test_what_differs_stands_for_itself() -> None:
    """Another VLAN, another sign, another name."""
    text = (
        "  interface 1\n+  access vlan 10\n  interface 2\n+  access vlan 20\n"
        "  interface 3\n-  access vlan 10\n+ vlan 20\n+  name A\n+ vlan 30\n+  name B\n"
    )
    assert printed(text) == text


def test_addresses_and_lists_are_left_alone() -> None:
    """Only a number that stands for itself is one of a row of numbers."""
    text = "+ ntp server 10.10.1.10\n+ ntp server 10.10.1.11\n+ vlan 1,2\n+ vlan 1,3\n+ at 12:10\n+ at 12:11\n"
    assert printed(text) == text


def test_lines_within_a_block() -> None:
    """ProCurve has a line for each VLAN of a port."""
    text = "  interface 25\n+  tagged vlan 110\n+  tagged vlan 120\n-  tagged vlan 20\n"
    assert printed(text) == "  interface 25\n+  tagged vlan 110,120   (2 alike)\n-  tagged vlan 20\n"


def test_a_text_of_several_lines_stays_together() -> None:
    """EOS's banners."""
    assert printed("+ banner login\nHei\nEOF\n+ hostname x\n") == "+ banner login\n+  Hei\n+  EOF\n+ hostname x\n"


def test_nothing_is_lost() -> None:
    """Every line of every real diff, as often as it was there, and nothing else."""
    seen = [text for _, text in plans.moves("loppa")]
    for text in seen:
        assert Counter(unfolded(fold(text))) == Counter(unfolded(parse(text)))
        assert Counter(line for line in text.splitlines() if line[:1] in "+-") == Counter(
            f"{path[-1][0]} {' ' * (len(path) - 1)}{path[-1][1:]}".split("\n")[0]
            for path in unfolded(fold(text))
            if path[-1][0] != " "
        )


def test_a_cutover_fits_on_a_screen() -> None:
    """That is what it is for: a fifth of the lines, over all diffs of the stage."""
    before, after = plans.Stage.PILOT, plans.Stage.CUTOVER
    seen = [plans.diff(device, "loppa", before, after) for device in plans.legacy("loppa")]
    assert sum(len(list_lines(fold(text))) for text in seen) * 5 < sum(len(text.splitlines()) for text in seen)
