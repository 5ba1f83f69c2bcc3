"""What people name as out, and what it means for them; on the real region."""

from functools import cache

import pytest

from nornir_tasks.core.errors import UsageError
from nornir_tasks.health.what_if import find_weakened, group_losses, parse_outage, summarise
from nornir_tasks.inventory.load import load_region
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.reachability.bridging import PortEnd
from nornir_tasks.reachability.outage import NO_LINK, NO_POWER, CutOff, Outage

SILENT = "does not answer"
UPLINK = PortEnd("loppa-core-01", "GigabitEthernet1/0/23")


@cache
def region() -> Region:
    """The inventory's."""
    return load_region()


@cache
def retired() -> Position:
    """Everybody is where they were going."""
    homes = region().municipalities.values()
    return Position(dict.fromkeys((home.name for home in homes if home.has_legacy), Stage.RETIRE))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("loppa-core-01", Outage(switches={"loppa-core-01": NO_POWER})),
        ("loppa-core-01:23", Outage(cables={UPLINK: NO_LINK})),
        ("alta-leaf-01:7", Outage(cables={PortEnd("alta-leaf-01", "Ethernet7"): NO_LINK})),
        ("loppa-db-01", Outage(servers={"loppa-db-01": SILENT})),
        ("names", Outage(servers={"centre-names-01": SILENT, "centre-names-02": SILENT})),
        ("loppa/mail", Outage(servers={"loppa-app-03": SILENT})),
    ],
)
def test_a_word_is_what_it_names(word: str, expected: Outage) -> None:
    assert parse_outage(region(), [word]) == expected


def test_a_line_is_named_by_its_contract() -> None:
    (end,) = parse_outage(region(), ["KF-1703"]).cables
    assert end.device in ("loppa-acc-03", "loppa-core-01")


def test_a_site_is_all_that_stands_there() -> None:
    outage = parse_outage(region(), ["loppa-radhus"])
    assert set(outage.switches) == {"loppa-core-01", "loppa-acc-01", "loppa-acc-02"}
    assert set(outage.servers) == {name for name in region().servers if name.startswith("loppa-")}
    assert set(outage.servers.values()) == {NO_POWER}


def test_words_add_up() -> None:
    outage = parse_outage(region(), ["loppa-core-01", "loppa-acc-01", "loppa-db-01"])
    assert (len(outage.switches), len(outage.servers)) == (2, 1)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("lopa-core-01", "loppa-core-01"),
        ("loppa-core-01:22", "expected a switch, a cable"),  # nothing is plugged in there that leads to a switch
        ("loppa-core-01:999", "expected a switch, a cable"),
        ("loppa-core-01:x", "expected a switch, a cable"),
        ("loppa/mial", "loppa/mail"),
        ("nowhere/mail", "expected a switch, a cable"),
        ("name", "names"),
        ("", "expected a switch, a cable"),
    ],
)
def test_a_word_that_names_nothing_is_refused_with_what_is_near(word: str, near: str) -> None:
    with pytest.raises(UsageError, match="--what-if: found") as refused:
        parse_outage(region(), [word])
    assert near in str(refused.value)


def list_weakened(*words: str) -> dict[str, str]:
    """What has no second any more, and what is left."""
    return {each.what: each.left for each in find_weakened(region(), retired(), parse_outage(region(), words))}


def test_of_two_the_last_one_is_named() -> None:
    assert list_weakened() == {}
    lines = "Loppa: lines to the centre"
    assert list_weakened("loppa-core-01:24") == {lines: "loppa-core-01 to alta-leaf-01"}
    assert list_weakened("alta-leaf-01:7") == {lines: "loppa-core-01 to hammerfest-leaf-01"}
    assert list_weakened("loppa-core-01:23", "loppa-core-01:24") == {}  # both: that is a loss, and no weakness
    assert list_weakened("centre-db-01")["Database: servers"] == "centre-db-02"
    # A record with several hosts does not say which of them has which port: any will do.
    assert list_weakened("loppa-hv-01") == {
        "Loppa: Directory and logins: servers": "loppa-dc-02",
        "Loppa: File and print: servers": "loppa-file-01",
    }


def test_a_leaf_takes_along_the_lines_and_the_servers_that_hang_on_it() -> None:
    weakened = list_weakened("alta-leaf-01")
    assert weakened["Loppa: lines to the centre"] == "loppa-core-01 to hammerfest-leaf-01"
    hung = {name for name, server in region().servers.items() if (server.attached or "").startswith("alta-leaf-01:")}
    assert hung
    assert {what for what, left in weakened.items() if what.endswith("servers") and left in hung} == set()


def test_losses_of_a_group_at_a_site_are_one_and_the_most_sensitive_comes_first() -> None:
    cuts = [
        CutOff("loppa", "office", "loppa-radhus", 11, "mail", "why"),
        CutOff("loppa", "office", "loppa-radhus", 32, "case_archive", "why"),
        CutOff("loppa", "care", "oksfjord-helsesenter", 48, "patient_record", "because"),
    ]
    care, office = group_losses(region(), cuts)
    assert (care.people, care.applications, care.cause) == (48, ("Patient record",), "because")
    assert "E-mail and calendar" in care.keeps
    assert (office.people, office.applications) == (32, ("Case and archive (Noark 5)", "E-mail and calendar"))
    assert summarise(region(), [care, office]) == (
        "80 people at 2 sites of Loppa lose Patient record, Case and archive (Noark 5), E-mail and calendar"
    )
    assert summarise(region(), []) == "everybody reaches what they use"


def test_of_several_municipalities_their_number_is_told() -> None:
    cuts = [CutOff(home, "care", site, 5, "patient_record", "") for home, site in SITES.items()]
    assert summarise(region(), group_losses(region(), cuts)).startswith(
        "10 people at 2 sites in 2 municipalities lose "
    )


SITES = {"loppa": "oksfjord-helsesenter", "hasvik": "hasvik-helsesenter"}
