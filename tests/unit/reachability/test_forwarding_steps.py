"""Between two switches of a wave: what is carried over from the moment before is what would be worked out anew."""

import random

import pytest

from nornir_tasks.config.render import render
from nornir_tasks.migration.waves import order_waves
from nornir_tasks.model import Position, Stage
from nornir_tasks.platforms import platform
from nornir_tasks.reachability.forwarding import Forwarding
from nornir_tasks.reachability.intended import choose_position, read_switches, render_intended
from nornir_tasks.reachability.places import Places
from nornir_tasks.reachability.way import Reach, Service, Station
from tests.support import prepared_region
from tests.support.forwarding_bridge_mistakes import BRIDGES
from tests.support.forwarding_list_mistakes import LISTS
from tests.support.forwarding_mistakes import Mistake
from tests.support.forwarding_region import POSITION, edited, region, standard
from tests.support.forwarding_route_mistakes import ROUTES
from tests.support.forwarding_wild_mistakes import WILD

ZONES = ("administration", "school", "health", "telephony", "guest", "equipment")
TARGETS = ("centre-names-01", "centre-time-02", "loppa-acc-03", "loppa-core-01", "equipment@loppa-radhus", "8.8.8.8")
PORTS = ("icmp", "tcp/443", "udp/53", "tcp/22")
Question = tuple[Station, Station, Service]


def snapshot(name: str) -> str:
    """What a switch of the lab runs before anything moves, as a survey would keep it."""
    kind = platform(region().devices[name].platform)
    return kind.mask(kind.clean(prepared_region.legacy()[name]))[0]


def list_questions(places: Places) -> list[Question]:
    """Clients of every zone at every site, and two switches, to servers, switches, clients and the world."""
    sites = region().municipalities["loppa"].sites
    sources = [station for site in sites for zone in ZONES for station in places.find_clients("loppa", zone, site)]
    sources += [*places.find("loppa-acc-08"), *places.find("centre-control-01")]
    targets = [station for word in TARGETS for station in places.find(word)]
    return [(near, far, Service.parse(port)) for near in sources for far in targets for port in PORTS]


def summarise(reach: Reach) -> tuple[object, ...]:
    """All that an answer tells."""
    return (reach.outcome, reach.reason, reach.there, reach.back)


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.HARMONISE, Stage.CUTOVER], ids=lambda stage: stage.word)
def test_each_switch_of_a_stage(stage: Stage) -> None:
    """The answers after each switch, carried over and anew: outcome, way, rows and reason."""
    order = [name for wave in order_waves(region(), "loppa", stage) for name in wave.devices]
    homes = ["loppa", "operations_centre"]
    before = choose_position(region(), Position(), ["loppa"], stage.before)
    forwarding = Forwarding(read_switches(region(), render_intended(region(), before, homes, snapshot).texts))
    places = Places(region(), before, forwarding)
    dice = random.Random(f"20261130 {stage.word}")
    for count in range(1, len(order) + 1):
        for question in list_questions(places):
            forwarding.ask(*question)
        position = choose_position(region(), Position(), ["loppa"], stage, order[:count])
        name = order[count - 1]
        text = render(region().devices[name], position, region(), snapshot(name))
        forwarding = forwarding.advance(read_switches(region(), {name: text}))
        places = places.advance(position, forwarding)
        texts = render_intended(region(), position, homes, snapshot).texts
        anew = Forwarding(read_switches(region(), texts))
        questions = list_questions(Places(region(), position, anew))
        assert list_questions(places) == questions
        for question in dice.sample(questions, 300):
            assert summarise(forwarding.ask(*question)) == summarise(anew.ask(*question)), (name, question)


@pytest.fixture(scope="module")
def asked() -> Forwarding:
    """The standard, with everything asked once."""
    forwarding = Forwarding(read_switches(region(), standard()))
    for question in list_questions(Places(region(), POSITION, forwarding)):
        forwarding.ask(*question)
    return forwarding


@pytest.mark.parametrize("mistake", [*LISTS, *BRIDGES, *ROUTES, *WILD], ids=lambda mistake: mistake.name)
def test_a_mistake_in_the_middle(asked: Forwarding, mistake: Mistake) -> None:
    """A switch that is configured wrongly in its turn changes the answers that it changes, and no others."""
    texts = edited(mistake.edits)
    names = {edit.device for edit in mistake.edits}
    after = asked.advance(read_switches(region(), {name: texts[name] for name in names}))
    anew = Forwarding(read_switches(region(), texts))
    questions = list_questions(Places(region(), POSITION, anew))
    for question in random.Random(f"20261130 {mistake.name}").sample(questions, 200):
        assert after.ask(*question).outcome == anew.ask(*question).outcome, question


def test_what_a_switch_does_not_touch_is_not_worked_out_again(asked: Forwarding) -> None:
    """A port of one switch in another VLAN: the answers of all that passes other switches are the very same."""
    mistake = next(mistake for mistake in BRIDGES if mistake.name == "a port in another VLAN")
    after = asked.advance(read_switches(region(), {"loppa-acc-01": edited(mistake.edits)["loppa-acc-01"]}))
    behind = {"loppa-acc-01", "loppa-acc-02"}
    untouched = [
        question
        for question in list_questions(Places(region(), POSITION, asked))
        if not behind & {question[0].device, question[1].device}
    ]
    assert len(untouched) > 500
    assert all(after.ask(*question) is asked.ask(*question) for question in untouched)
