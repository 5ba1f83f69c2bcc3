"""What the proof says of edits that nobody named beforehand: it knows them, or it refuses them as unknown."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.core.verdict import Verdict
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.entries import CENTRE
from nornir_tasks.reachability.lockout_proof import find_lockouts
from nornir_tasks.reachability.unknown_lines import UNKNOWN as RULE
from tests.support import migration_plans
from tests.support.lockout_disguises import DISGUISE_REMOVALS, DISGUISES, FEATURES
from tests.support.lockout_edits import CORE, EOS, IOS, LEAF, PROCURVE, Edit, gains, top
from tests.support.lockout_trunks import TRUNK_ROWS, TRUNKED
from tests.support.lockout_verdicts import (
    EOS_ROWS,
    HARMLESS,
    IOS_ROWS,
    LOCKS,
    PROCURVE_ROWS,
    REMOVALS,
    UNKNOWN,
    UPLINK,
    Row,
)

ROWS = [*IOS_ROWS, *EOS_ROWS, *PROCURVE_ROWS, *DISGUISES, *FEATURES]
BLOCKS = {
    IOS: [UPLINK, "interface GigabitEthernet1/0/50", "interface Vlan100", "vlan 100", "line vty 0 4"],
    CORE: ["interface GigabitEthernet1/0/23", "interface GigabitEthernet1/0/4", "interface Vlan100", "router ospf 1"],
    EOS: ["interface Ethernet25", "interface Ethernet26", "interface Vlan100", "vlan 100", "management ssh"],
    LEAF: [
        "interface Ethernet7",
        "interface Ethernet45",
        "interface Management1",
        "router ospf 1",
        "interface Vlan200",
    ],
    PROCURVE: ["interface 25", "interface 26", "vlan 100"],
}
OFF_WAY = {
    IOS: ["interface GigabitEthernet1/0/1", "vlan 110", "line con 0"],
    EOS: ["interface Ethernet1", "vlan 110", "management telnet"],
    PROCURVE: ["interface 1", "vlan 110"],
}
Good = Callable[[str], str]


@pytest.fixture(scope="module")
def region() -> Region:
    """The real one."""
    return load_region()


@pytest.fixture(scope="module")
def then(region: Region) -> Position:
    """Where all have come to the standard."""
    return Position(dict.fromkeys(region.municipalities, Stage.RETIRE))


@pytest.fixture(scope="module")
def good(region: Region, then: Position) -> Good:
    """The standard's configuration of a switch."""
    return lambda name: render(region.devices[name], then, region)


def edit(text: str, edits: Iterable[Edit]) -> str:
    """A configuration after some edits."""
    lines = text.splitlines()
    for change in edits:
        lines = change(lines)
    return "".join(f"{line}\n" for line in lines)


def judge(reasons: Iterable[Verdict]) -> str:
    """The verdict of the proof in a word."""
    rules = {reason.rule for reason in reasons}
    return HARMLESS if not rules else UNKNOWN if rules == {RULE} else LOCKS


def identify(row: Row) -> str:
    return f"{row.device}: {row.why}"


@pytest.mark.parametrize("row", ROWS, ids=identify)
def test_an_edit_is_judged_or_refused_as_unknown(region: Region, then: Position, good: Good, row: Row) -> None:
    """Whether what let us in is said to be the standard, or is not told."""
    device, before = region.devices[row.device], good(row.device)
    after = edit(before, row.edits)
    assert after != before
    for running in (before, None):
        reasons = find_lockouts(device, after, then, region, running)
        assert judge(reasons) == row.verdict, [reason.text for reason in reasons]
        assert all(reason.subject == row.device and reason.expected and reason.actual for reason in reasons)


@pytest.mark.parametrize("row", [*REMOVALS, *DISGUISE_REMOVALS], ids=identify)
def test_what_goes_is_judged_by_its_kind(region: Region, then: Position, good: Good, row: Row) -> None:
    """A line that a login or a port of the way in may rest on does not go unknown; another does."""
    device, after = region.devices[row.device], good(row.device)
    reasons = find_lockouts(device, after, then, region, edit(after, row.edits))
    assert judge(reasons) == row.verdict, [reason.text for reason in reasons]


@pytest.mark.parametrize("row", TRUNK_ROWS, ids=identify)
def test_a_change_at_a_trunk_of_the_way_in(region: Region, then: Position, good: Good, row: Row) -> None:
    """Two cables to the core as one port, which is what carries VLANs; the standard's own lines are left."""
    ports = {port.number: port for port in region.devices[row.device].ports}
    ports[27] = ports[27].model_copy(update={"neighbour": ports[25].neighbour})
    device = region.devices[row.device].model_copy(update={"ports": tuple(ports.values())})
    doubled = region.model_copy(update={"devices": {**region.devices, device.name: device}})
    before = edit(good(row.device), TRUNKED)
    assert find_lockouts(device, before, then, doubled, before) == ()
    reasons = find_lockouts(device, edit(before, row.edits), then, doubled, before)
    assert judge(reasons) == row.verdict, [reason.text for reason in reasons]


@pytest.mark.parametrize("row", [row for row in ROWS if row.verdict == UNKNOWN], ids=identify)
def test_what_stood_there_and_let_us_in_is_no_news(region: Region, then: Position, good: Good, row: Row) -> None:
    """An unknown line of the legacy is no reason, whatever it is."""
    text = edit(good(row.device), row.edits)
    assert judge(find_lockouts(region.devices[row.device], text, then, region, text)) == HARMLESS


@pytest.mark.parametrize("row", [row for row in ROWS if row.verdict == UNKNOWN], ids=identify)
def test_a_plan_lets_an_unknown_line_through_by_its_name(region: Region, then: Position, good: Good, row: Row) -> None:
    """By all of their names; the name of another line is not enough."""
    device, before = region.devices[row.device], good(row.device)
    after = edit(before, row.edits)
    names = {reason.actual for reason in find_lockouts(device, after, then, region, before)}
    assert find_lockouts(device, after, then, region, before, names) == ()
    assert find_lockouts(device, after, then, region, before, {f"{name} 1" for name in names}) != ()


def test_nothing_that_locks_out_is_let_through(region: Region, then: Position, good: Good) -> None:
    """Not even by the name of the line that does."""
    for row in (row for row in ROWS if row.verdict == LOCKS):
        device, before = region.devices[row.device], good(row.device)
        after = edit(before, row.edits)
        names = {f"+ {line.strip()}" for line in after.splitlines()}
        assert judge(find_lockouts(device, after, then, region, before, names)) == LOCKS


@pytest.mark.parametrize("name", BLOCKS)
def test_any_word_in_the_blocks_of_the_way_in_is_refused(region: Region, then: Position, good: Good, name: str) -> None:
    """A random word that no platform has, in every block of the way in and at the top, a few times each."""
    random, before, device = Random(name), good(name), region.devices[name]
    for block in [*BLOCKS[name], ""] * 5:
        words = " ".join("".join(random.choices("abcdefghij", k=random.randint(3, 9))) for _ in range(3))
        after = edit(before, [gains(block, words) if block else top(words)])
        reasons = find_lockouts(device, after, then, region, before)
        assert [reason.actual for reason in reasons] == [f"+ {block} / {words}" if block else f"+ {words}"]


@pytest.mark.parametrize("name", OFF_WAY)
def test_any_word_elsewhere_passes(region: Region, then: Position, good: Good, name: str) -> None:
    """A port for clients, another VLAN and another login are not the way in."""
    before, device = good(name), region.devices[name]
    for block in OFF_WAY[name]:
        assert find_lockouts(device, edit(before, [gains(block, "abc def")]), then, region, before) == ()


MUNICIPALITIES = ["alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa"]


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_no_stage_of_any_municipality_changes_an_unknown_line(region: Region, municipality: str) -> None:
    """Every switch at every stage, there and back, from what its municipality left; the centre's as well."""
    assert {*MUNICIPALITIES, CENTRE} == {*region.municipalities}
    for name, legacy in migration_plans.legacy(municipality).items():
        device, positions = region.devices[name], {stage: Position({municipality: stage}) for stage in Stage}
        texts = {stage: render(device, position, region, legacy) for stage, position in positions.items()}
        for stage in list(Stage)[1:]:
            for before, after in ((stage.before, stage), (stage, stage.before)):
                if texts[before] != texts[after]:
                    reasons = find_lockouts(device, texts[after], positions[after], region, texts[before])
                    assert reasons == (), f"{name} from {before.word} to {after.word}"


def test_a_block_that_is_unknown_as_a_whole_is_named_once(region: Region, then: Position, good: Good) -> None:
    """Its head stands for its lines, in the refusal and in what the plan lets through."""
    before = good(IOS)
    after = edit(before, [gains("event manager applet NIGHT", "event timer cron", "action 1 cli command reload")])
    reasons = find_lockouts(region.devices[IOS], after, then, region, before)
    assert [reason.text for reason in reasons] == [
        f"Expected only lines that the proof knows to touch the whole switch of {IOS}, "
        "actual: + event manager applet NIGHT"
    ]
    assert find_lockouts(region.devices[IOS], after, then, region, before, {"+ event manager applet NIGHT"}) == ()


def test_a_list_counts_where_something_unknown_names_it(region: Region, then: Position, good: Good) -> None:
    """A row comes into a list by which a policy that stood there before polices the processor."""
    policy = [
        gains("ip access-list extended MANAGEMENT", "permit tcp any any eq 443"),
        gains("class-map match-all COPP", "match access-group name MANAGEMENT"),
        gains("policy-map COPP", "class COPP"),
        gains("control-plane", "service-policy input COPP"),
    ]
    before = edit(good(IOS), policy)
    after = edit(before, [gains("ip access-list extended MANAGEMENT", "permit tcp any any eq 22")])
    reasons = find_lockouts(region.devices[IOS], after, then, region, before)
    assert [reason.actual for reason in reasons] == ["+ ip access-list extended MANAGEMENT / permit tcp any any eq 22"]
    unnamed = edit(good(IOS), policy[:3])
    after = edit(unnamed, [gains("ip access-list extended MANAGEMENT", "permit tcp any any eq 22")])
    assert find_lockouts(region.devices[IOS], after, then, region, unnamed) == ()


def test_the_table_covers_every_platform_and_verdict(region: Region) -> None:
    """At least nine rows of each verdict for each platform, and 120 in all."""
    count = Counter((region.devices[row.device].platform, row.verdict) for row in ROWS)
    assert len(ROWS) >= 120
    assert min(count[name, word] for name in ("ios", "eos", "procurve") for word in (LOCKS, UNKNOWN, HARMLESS)) >= 9
