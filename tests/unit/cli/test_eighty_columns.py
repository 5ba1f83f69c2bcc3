"""What a person reads in 80 columns: nothing wider, no name or address cut off or broken in two."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nornir_tasks.cli.inventory.names import _format_names, _head
from nornir_tasks.cli.inventory.reach import format_answers
from nornir_tasks.cli.inventory.services import MOST, format_matrix
from nornir_tasks.cli.migration import _format_fixed
from nornir_tasks.core.terminal import wrap
from nornir_tasks.inventory.load import load_region
from nornir_tasks.migration.fixed_addresses import FixedAddress, FixedAddresses
from nornir_tasks.model import Position, Region, Stage
from nornir_tasks.model.names import list_names
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import read_switches, render_intended
from nornir_tasks.reachability.places import Places
from nornir_tasks.reachability.service_matrix import ServiceAnswer
from nornir_tasks.reachability.service_questions import list_questions
from nornir_tasks.reachability.way import Outcome, Service
from nornir_tasks.reports.services_matrix import make_matrix

MUNICIPALITIES = ("alta", "hammerfest", "nordkapp", "masoy", "kvalsund", "hasvik", "loppa")
LONGEST = FixedAddress(
    "loppa-radhus", "loppa-acc-01", "GigabitEthernet1/0/48", "administration", 4094, "02:e0:c7:2a:40:bf",
    "192.168.123.210",
)  # fmt: skip


@pytest.fixture(scope="module")
def region() -> Region:
    """The sample inventory's."""
    return load_region()


def check(lines: list[str]) -> list[str]:
    """The same lines, none of which is too wide."""
    rows = "\n".join(lines).split("\n")
    assert [row for row in rows if len(row) > 80] == []
    return rows


def test_a_text_is_broken_between_words() -> None:
    """Not at the hyphens of names; what stands below is indented."""
    text = "  " + "loppa-core-01 " * 12
    lines = wrap(text, 4).split("\n")
    assert all(line.startswith("  loppa" if not number else "    loppa") for number, line in enumerate(lines))
    assert check(lines)
    assert " ".join(lines).split() == text.split()


def test_fixed_addresses_are_whole(region: Region) -> None:
    """Each with its port, MAC and address, below the site that somebody goes to and the switch there."""
    rows = (
        LONGEST,
        replace(LONGEST, address="10.0.0.1", mac="02:00:00:00:00:01"),
        replace(LONGEST, device="loppa-acc-02"),
        FixedAddress("", "", "", "", 1, "02:00:00:00:00:02", "192.168.17.9"),
    )
    found = FixedAddresses(True, rows, {"loppa-radhus": 3, "": 1}, surveyed=datetime(2026, 11, 30, 8, 6, tzinfo=UTC))
    lines = check(list(_format_fixed(region.municipalities["loppa"], found)))
    assert lines[0] == "4 with fixed addresses, surveyed 2026-11-30 08:06 UTC"
    for row in rows:
        line = next(line for line in lines if {row.mac, row.address} <= set(line.split()))
        assert {row.port, row.profile, str(row.vlan)} - {""} <= set(line.split())
    heads = [line for line in lines if line and not line.startswith(" ")]
    visit = region.municipalities["loppa"].migration.visits["loppa-radhus"]  # type: ignore[union-attr]
    assert heads[1:] == [
        f"loppa-radhus, loppa-acc-01: {visit.who}, by {visit.by}",
        f"loppa-radhus, loppa-acc-02: {visit.who}, by {visit.by}",
        "not heard on a port: nobody yet",
    ]


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
def test_services_name_each_application_whole(region: Region, municipality: str) -> None:
    """Also those of others, whose names are longer; losses are told up to a number, each in full words."""
    answers = [
        ServiceAnswer(question, "loppa-acc-01", Outcome.REACHED, "", is_moved=True)
        for question in list_questions(region, municipality)
        if question.wanted
    ]
    answers[:20] = [
        replace(answer, outcome=Outcome.STOPPED, deciding="ZONE-ADMINISTRATION-IN: no row permits it")
        for answer in answers[:20]
    ]
    matrix = make_matrix(answers, region.municipalities[municipality])
    lines = check(list(format_matrix("X at retire", matrix, "")))
    firsts = {line.split()[0] for line in lines if line}
    assert {row.name for row in (*matrix.applications, *matrix.services)} <= firsts
    for answer in matrix.lost[:MOST]:
        told = f"{answer.question.what}, {answer.question.target} {answer.question.port}: {answer.deciding}"
        assert told in " ".join(" ".join(lines).split())


@pytest.mark.parametrize("municipality", MUNICIPALITIES)
@pytest.mark.parametrize("stage", [Stage.LEGACY, Stage.CUTOVER])
def test_names_and_addresses_are_whole(region: Region, municipality: str, stage: Stage) -> None:
    """A line for each address."""
    position = Position({municipality: stage})
    listed = list_names(region, municipality, position)
    told = _format_names(region, municipality, position, listed)
    lines = check(list(_head(region, municipality, position, told)))
    words = set(" ".join(lines).split())
    assert {str(each.address) for name in listed for each in name.addresses} <= words


def test_a_way_is_told_hop_by_hop(region: Region) -> None:
    """With the row that lets it pass."""
    position = Position(dict.fromkeys(region.municipalities, Stage.RETIRE))
    texts = render_intended(region, position, ["hammerfest", "operations_centre"], lambda name: None).texts
    forwarding = Forwarding(read_switches(region, texts))
    places = Places(region, position, forwarding)
    (source, *_), (target, *_) = places.find("administration@hammerfest-radhus"), places.find("hammerfest-app-01")
    answer = forwarding.ask(source, target, Service.parse("tcp/443"))
    lines = check(list(format_answers([answer])))
    assert answer.outcome == Outcome.REACHED
    assert {crossing.device for crossing in answer.there.crossings} <= set(" ".join(lines).split())
