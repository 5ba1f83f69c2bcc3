"""The address that a name leads to first is one that every user group reaches, at every stage and between switches."""

import pytest

from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Position, Stage
from nornir_tasks.model.names import list_names
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import choose_position, read_switches, render_intended
from nornir_tasks.reachability.places import Places
from nornir_tasks.reachability.service_questions import list_homes, list_questions
from nornir_tasks.reachability.way import Outcome
from tests.support import prepared_region
from tests.support.forwarding_region import region


def snapshot(name: str) -> str:
    """What a switch of the lab runs before anything moves, as a survey would keep it."""
    kind = platform(region().devices[name].platform)
    return kind.mask(kind.clean(prepared_region.legacy()[name]))[0]


def list_unreached(home: str, position: Position) -> list[tuple[str, ...]]:
    """Who asks for an application at the first address of each of its hosts, and does not reach it there."""
    texts = render_intended(region(), position, list_homes(region(), home), snapshot).texts
    forwarding = Forwarding(read_switches(region(), texts))
    places = Places(region(), position, forwarding)
    first = {}
    for name in list_names(region(), home, position):
        for each in reversed(name.addresses):
            first[str(name.record), each.host] = each.address
    unreached = []
    for question in list_questions(region(), home):
        if not question.wanted or not question.people or (question.record, question.target) not in first:
            continue
        address = first[question.record, question.target]
        stations = [s for s in places.find(question.target) if s.addresses.network_address == address]
        assert stations, (question.target, address)
        for client in places.find_clients(home, question.zone, question.site):
            vlan = region().of(home)[0].standard.zones[question.zone].vlan
            if question.comes_with_move and client.vlan != vlan:
                continue  # nothing leads from an old network to another municipality
            answers = [forwarding.ask(client, station, question.service).outcome for station in stations]
            if answers != [Outcome.REACHED]:
                unreached.append((question.group, client.device, question.what, str(address), str(answers)))
    return unreached


@pytest.mark.parametrize("stage", list(Stage), ids=lambda stage: stage.word)
def test_at_each_stage(stage: Stage) -> None:
    """In Loppa, beside an Alta that has come as far: two of its applications are used here."""
    position = Position({"loppa": stage, "alta": stage})
    assert list_unreached("loppa", position) == []


@pytest.mark.parametrize("stage", [Stage.HARMONISE, Stage.PILOT, Stage.CUTOVER, Stage.RETIRE], ids=lambda s: s.word)
def test_between_two_switches(stage: Stage) -> None:
    """After each switch of a stage."""
    order = [name for wave in order_waves(region(), "loppa", stage) for name in wave.devices]
    for count in range(1, len(order)):
        position = choose_position(region(), Position(), ["loppa"], stage, order[:count])
        assert list_unreached("loppa", position) == [], order[count - 1]
