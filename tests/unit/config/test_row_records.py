"""Which records bring a row of an access list: asked for by its number or its words."""

import pytest

from nornir_tasks.config.row_records import derive_access_lists
from nornir_tasks.config.view import build_view
from nornir_tasks.inventory.derivations import Derivation
from nornir_tasks.inventory.explain import WhyError, split_key
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from tests.support import small_region as small

CORE = "loppa-core-01"
MOVED = Position({"loppa": Stage.RETIRE})
ROW = "permit tcp 10.17.16.0 0.0.15.255 host 10.17.92.30 eq 443"


def ask(key: str, region: Region | None = None, position: Position = MOVED, host: str = CORE) -> Derivation:
    """What ``why HOST access_lists.KEY`` is told."""
    found = derive_access_lists(region or small.region(), host, split_key(key) if key else [], position)
    assert found is not None
    return found


def with_maps() -> Region:
    """The small region with another application at the same port of the same host."""
    here = small.region()
    home = small.loppa(applications={"case_archive": small.application(), "maps": small.application(label="Maps")})
    return here.model_copy(update={"municipalities": {**here.municipalities, "loppa": home}})


def test_the_lists_of_a_switch() -> None:
    """How many rows each has, without its remarks."""
    lists = ask("").value
    assert set(lists) == {"ZONE-OPERATIONS-IN", "ZONE-SCHOOL-IN", "ZONE-GUEST-IN", "ZONE-SERVERS-IN"}
    rows = ask("ZONE-SCHOOL-IN").value
    assert len(rows) == lists["ZONE-SCHOOL-IN"]
    assert list(rows) == [10 * place for place in range(1, len(rows) + 1)]


def test_a_row_by_its_words_and_by_its_number() -> None:
    """IOS numbers what decides alone, and its configuration shows no number."""
    told = ask(f"ZONE-SCHOOL-IN.{ROW}")
    (number,) = (number for number, text in ask("ZONE-SCHOOL-IN").value.items() if text == ROW)
    assert told == ask(f"ZONE-SCHOOL-IN.{number}")
    assert told.value == ROW
    assert told.rule == f"row {number} of ZONE-SCHOOL-IN at retire: for application loppa/case_archive"
    assert told.keys == ((CORE, "applications.case_archive"), ("app-01", "address"))


def test_all_records_that_want_a_row_are_named() -> None:
    """Not only the one that it stands below."""
    told = ask(f"ZONE-SCHOOL-IN.{ROW}", with_maps())
    assert told.rule.endswith(": for application loppa/case_archive, application loppa/maps")
    assert [key for _, key in told.keys] == ["applications.case_archive", "applications.maps", "address"]


def test_a_row_of_another_stage_is_found_at_that_stage() -> None:
    """Until retire a server answers at its old address, too; before there are lists, the standard's are told."""
    old = ROW.replace("10.17.92.30", "192.168.17.30")
    told = ask(f"ZONE-SCHOOL-IN.{old}", position=Position({"loppa": Stage.CUTOVER}))
    assert "at cutover: for application loppa/case_archive" in told.rule
    assert told.keys[1:] == (("app-01", "legacy_address"),)
    assert "at retire" in ask(f"ZONE-SCHOOL-IN.{ROW}", position=Position()).rule
    with pytest.raises(WhyError):
        ask(f"ZONE-SCHOOL-IN.{old}")


def test_rows_that_no_record_brings() -> None:
    """Answers, and the question for an address; what is denied is told with what is open beside it."""
    assert "answers over TCP" in ask("ZONE-SCHOOL-IN.10").rule
    assert ask("ZONE-SCHOOL-IN.10").keys == ()
    assert "ask for an address" in ask("ZONE-SCHOOL-IN.20").rule
    denied = ask("ZONE-GUEST-IN.deny ip any 10.0.0.0 0.255.255.255")
    assert "private networks stay closed beside what destination internet opens" in denied.rule
    assert denied.keys == ((CORE, "destinations.internet"),)


def test_a_switch_that_numbers_its_rows_itself() -> None:
    """EOS: remarks have numbers, too; the words may stand behind theirs, as the switch shows them."""
    region, position = load_region(), Position({"alta": Stage.RETIRE})
    rows = ask("ZONE-ADMINISTRATION-IN", region, position, "alta-core-01").value
    number, text = next((number, text) for number, text in rows.items() if text.endswith("host 10.11.92.60 eq https"))
    told = ask(f"ZONE-ADMINISTRATION-IN.{number} {text}", region, position, "alta-core-01")
    assert told == ask(f"ZONE-ADMINISTRATION-IN.{number}", region, position, "alta-core-01")
    assert told.keys == (("alta-core-01", "applications.case_archive"), ("alta-app-01", "address"))
    remark = ask(f"ZONE-ADMINISTRATION-IN.{number - 10}", region, position, "alta-core-01")
    assert remark.value == "remark application alta/case_archive"
    assert remark.keys == (("alta-core-01", "applications.case_archive"),)


def test_every_row_of_the_region_comes_from_records() -> None:
    """But answers over TCP and the question for an address: of cores and leaves, zones and exits."""
    region, count = load_region(), 0
    position = Position(dict.fromkeys(region.municipalities, Stage.RETIRE))
    for device in region.devices.values():
        for rules in build_view(device, position, region).access_lists.values():
            bare = [rule for rule in rules if not rule.records]
            count += len(rules)
            assert len([rule for rule in bare if rule.action == "permit"]) <= 2
            assert {rule.action for rule in bare} <= {"permit", "remark"}
            assert {rule.text for rule in bare if rule.action == "remark"} <= {"", *region.municipalities}
    assert count > 3000


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("ZONE-SCOOL-IN", "found no list 'ZONE-SCOOL-IN' at retire; did you mean ZONE-SCHOOL-IN?"),
        ("EDGE.10", "it has ZONE-OPERATIONS-IN, "),
        ("ZONE-SCHOOL-IN.15", "found no row '15', expected the number or the words of one; it has rows 10 to "),
        (f"ZONE-SCHOOL-IN.{ROW}0", f"did you mean {ROW}?"),
    ],
)
def test_what_is_not_there(key: str, told: str) -> None:
    """It names what is."""
    with pytest.raises(WhyError) as caught:
        ask(key)
    assert told in str(caught.value)


def test_a_switch_without_lists_and_a_server() -> None:
    """The one has none, of the other nothing is known."""
    assert ask("", host="loppa-acc-01").rule.startswith("none: this access switch")
    assert derive_access_lists(small.region(), "app-01", [], MOVED) is None
