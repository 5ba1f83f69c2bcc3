"""What comparing, overlaying and remediating configurations costs, beside hier_config used plainly on the same texts.

Run alone: ``scripts/test -m benchmark -n 0 -s tests/nightly/benchmarks/test_configurations.py``. The figures are the
processor's seconds, the best of three, ours and its in turn.
"""

import gc
import random
import time
from collections.abc import Callable
from functools import partial

import pytest
from hier_config import Platform as Peer
from hier_config import get_hconfig

from nornir_tasks.config.compare import compare, list_lines
from nornir_tasks.platforms import platform
from tests.support.random_configurations import draw_blocks

pytestmark = pytest.mark.benchmark
PEERS = {"ios": Peer.CISCO_IOS, "eos": Peer.ARISTA_EOS, "procurve": Peer.HP_PROCURVE}
LINES, MANY = 10_000, 50_000
HALF = 0.5  # at most: what ours may cost, to hier_config's
MANY_SECONDS = 10


def draw_pair(kind: str, lines: int) -> tuple[str, str]:
    """Two configurations of so many lines; of the second one block in ten is another."""
    chance = random.Random(f"{kind} {lines}")
    first: dict[int, str] = {}
    number = 0
    while sum(block.count("\n") for block in first.values()) < lines:
        first |= draw_blocks(kind, chance, range(number + 1, number + 201))
        number += 200
    second = first | draw_blocks(kind, chance, range(5, number, 10))
    made = platform(kind)
    # What hier_config cannot read stays away: separators that are none, and texts over several lines.
    texts = ("".join(block for block in blocks.values() if "banner" not in block) for blocks in (first, second))
    here, there = (made.clean(text.replace("\u2028", "").replace("\x0b", "")) for text in texts)
    return here, there


def measure(work: Callable[[], object]) -> float:
    """The processor's seconds that a piece of work costs; what work before it left is swept away first."""
    list_lines.cache_clear()
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.parametrize("kind", PEERS)
def test_half_of_what_hier_config_costs(kind: str) -> None:
    """At 10,000 lines: what differs, and the commands from one to the other."""
    made, (here, there) = platform(kind), draw_pair(kind, LINES)

    def plain_difference() -> object:
        return list(get_hconfig(PEERS[kind], here).unified_diff(get_hconfig(PEERS[kind], there)))

    def plain_remediation() -> object:
        steps = get_hconfig(PEERS[kind], here).config_to_get_to(get_hconfig(PEERS[kind], there))
        return [line.cisco_style_text() for line in steps.all_children_sorted()]

    def plain_merge() -> object:
        merged = get_hconfig(PEERS[kind], here)
        merged.merge(get_hconfig(PEERS[kind], there))
        return [line.cisco_style_text() for line in merged.all_children()]

    pairs = {
        "compare": (partial(compare, made, here, there), plain_difference),
        "remediation": (partial(made.remediation, here, there), plain_remediation),
        "overlay": (partial(made.overlay, here, there), plain_merge),
    }
    for name, (ours, peer) in pairs.items():
        seconds = [(measure(ours), measure(peer)) for _ in range(3)]
        best_ours, best_peer = (min(column) for column in zip(*seconds, strict=True))
        print(f"\n{kind} {name}: {best_ours:.2f} s, hier_config {best_peer:.2f} s: {best_ours / best_peer:.2f}")
        assert best_ours <= HALF * best_peer, (kind, name)


@pytest.mark.parametrize("kind", PEERS)
def test_fifty_thousand_lines(kind: str) -> None:
    """Each piece of work within ten seconds of the processor."""
    made, (here, there) = platform(kind), draw_pair(kind, MANY)
    for name, work in (
        ("mask", partial(made.split_secrets, here)),
        ("compare", partial(compare, made, here, there)),
        ("remediation", partial(made.remediation, here, there)),
        ("overlay", partial(made.overlay, here, there)),
    ):
        seconds = measure(work)
        print(f"\n{kind} {name} of {here.count(chr(10))} lines: {seconds:.2f} s")
        assert seconds < MANY_SECONDS, (kind, name)
